//! What things of an article are called.

use std::collections::HashMap;

use conversation::Result;
use conversation::db::Db;
use conversation::types::{Actor, Language};
use kb::drafts;
use kb::{ArticleKind, Audience};
use maud::{Markup, html};
use ui::components::{Tone, badge};
use ui::{Ctx, i18n};

use crate::people::agents;

/// Who wrote something, as people call them.
pub(super) async fn names(db: &Db) -> Result<HashMap<String, String>> {
    let agents = agents::list(db).await?;
    Ok(agents
        .into_iter()
        .map(|agent| (agent.id.to_string(), agent.name))
        .collect())
}

pub(super) fn name_of(names: &HashMap<String, String>, actor: &Actor) -> String {
    match actor {
        Actor::Agent(id) => names.get(id.as_str()).cloned().unwrap_or_default(),
        Actor::Api(name) => name.clone(),
        _ => "Switchboard".to_owned(),
    }
}

pub(super) fn kind_name(ctx: &Ctx<'_>, kind: ArticleKind) -> std::borrow::Cow<'static, str> {
    match kind {
        ArticleKind::Guide => ctx.t("articles-kind-guide"),
        ArticleKind::Faq => ctx.t("articles-kind-faq"),
        ArticleKind::Manual => ctx.t("articles-kind-manual"),
    }
}

pub(super) fn audience_name(ctx: &Ctx<'_>, audience: Audience) -> String {
    match audience {
        Audience::Public => ctx.t("articles-audience-public").into_owned(),
        Audience::N3 => i18n::t_args(ctx.lang, "articles-audience-only", &[("level", "N3".into())]),
        level => i18n::t_args(ctx.lang, "articles-audience-from", &[("level", level.as_str().into())]),
    }
}

/// What state an article is in.
pub(super) fn state_badges(
    ctx: &Ctx<'_>,
    status: kb::ArticleStatus,
    draft: Option<drafts::State>,
    is_internal: bool,
) -> Markup {
    let is_published = status == kb::ArticleStatus::Published;
    html! {
        @if is_published { (badge(Tone::Good, &ctx.t("articles-state-published"))) }
        @match draft {
            Some(drafts::State::Review) => (badge(Tone::Warn, &ctx.t("articles-state-review"))),
            Some(drafts::State::Draft) if is_published => (badge(Tone::Accent, &ctx.t("articles-state-changed"))),
            _ if !is_published => (badge(Tone::Neutral, &ctx.t("articles-state-draft"))),
            _ => {},
        }
        @if is_internal { (badge(Tone::Neutral, &ctx.t("articles-internal"))) }
    }
}

pub(super) fn languages() -> Vec<(&'static str, &'static str)> {
    Language::ALL
        .iter()
        .map(|language| (language.as_str(), i18n::own_name(*language)))
        .collect()
}

const KINDS: [ArticleKind; 3] = [ArticleKind::Guide, ArticleKind::Faq, ArticleKind::Manual];

/// The kinds as a form offers them.
pub(super) fn kinds(ctx: &Ctx<'_>) -> Vec<(&'static str, String)> {
    KINDS
        .iter()
        .map(|kind| (kind.as_str(), kind_name(ctx, *kind).into_owned()))
        .collect()
}
