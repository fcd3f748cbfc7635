//! `/knowledge`: the articles with their state, their readers, and how they did.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::types::Language;
use kb::ArticleKind;
use kb::categories::Tree;
use kb::feedback::{self, Reach};
use kb::overview::{self, Line, Shown, Which};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{Tone, badge, empty};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::frame::{Part, frame};
use super::place::{article_path, reads};
use super::words::{kind_name, languages, state_badges};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::knowledge::counted::counted_since;

/// Articles of one page.
const PAGE: usize = 50;
/// Articles that a search finds by their text.
const FOUND: usize = 50;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    shown: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    q: String,
    /// `time.id` of the last article of the page before.
    #[serde(default)]
    after: String,
}

impl Choice {
    fn link(&self, shown: Shown, after: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("shown", shown.as_str()),
            ("language", &self.language),
            ("kind", &self.kind),
            ("category", &self.category),
            ("q", &self.q),
            ("after", after),
        ] {
            if !value.is_empty() && value != "all" {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() {
            routes::KNOWLEDGE.to_owned()
        } else {
            format!("{}?{query}", routes::KNOWLEDGE)
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let shown = Shown::of(&choice.shown);
    let up_to = reads(&app, &me).await?;
    let language: Option<Language> = choice.language.parse().ok();
    let tree = kb::categories::load(app.store.db()).await?;
    let which = Which {
        shown,
        language,
        kind: choice.kind.parse::<ArticleKind>().ok(),
        categories: (!choice.category.is_empty()).then(|| tree.within(&choice.category).into_iter().collect()),
        up_to,
        words: choice.q.clone(),
        found: found(&app, &choice.q, up_to).await,
    };
    let after = choice
        .after
        .split_once('.')
        .and_then(|(at, id)| Some((at.parse::<i64>().ok()?, id)));
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut lines = overview::list(app.store.db(), &which, after, most).await?;
    let has_more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let next = lines
        .last()
        .filter(|_| has_more)
        .map(|last| choice.link(shown, &format!("{}.{}", last.updated_at, last.id)));
    let ids: Vec<String> = lines.iter().map(|line| line.id.clone()).collect();
    let reach = feedback::reach(app.store.db(), &ids, counted_since(&app)).await?;
    let body = html! {
        div.knowledge-head {
            nav.tabs aria-label=(ctx.t("articles-head-state")) {
                @for one in Shown::ALL {
                    a.tab href=(choice.link(*one, "")) aria-current=[(*one == shown).then_some("true")] { (ctx.t(shown_key(*one))) }
                }
            }
            @if me.can(Permission::Work) { a.button.primary href="/knowledge/new" { (icon(Icon::Plus)) span { (ctx.t("articles-new")) } } }
        }
        (narrowing(&ctx, &choice, shown, &tree))
        @if lines.is_empty() { (empty(Icon::Book, &ctx.t("articles-none"), &ctx.t("articles-none-hint"))) }
        @else {
            (table(&ctx, &lines, &tree, &reach))
            p.muted.small { (i18n::t_args(me.lang, "articles-figures-days", &[("days", crate::knowledge::counted::COUNTED_DAYS.into())])) }
        }
        @if let Some(next) = next { p { a.button.ghost href=(next) { (ctx.t("articles-more")) } } }
        p.muted.small { a href="/knowledge/export" download { (ctx.t("articles-export")) } }
    };
    let part = if shown == Shown::Review {
        Part::Review
    } else {
        Part::Articles
    };
    frame(&app, &me, part, &ctx.t("rail-knowledge"), None, &body).await
}

/// The form that narrows the list.
fn narrowing(ctx: &ui::Ctx<'_>, choice: &Choice, shown: Shown, tree: &Tree) -> Markup {
    let all = ctx.t("articles-any");
    let options = |values: Vec<(String, String)>| -> Vec<(String, String)> {
        std::iter::once((String::new(), all.clone().into_owned()))
            .chain(values)
            .collect()
    };
    let kinds = [ArticleKind::Guide, ArticleKind::Faq, ArticleKind::Manual];
    let filters = [
        (
            "language",
            ctx.t("articles-language"),
            choice.language.as_str(),
            options(
                languages()
                    .into_iter()
                    .map(|(value, name)| (value.to_owned(), name.to_owned()))
                    .collect(),
            ),
        ),
        (
            "kind",
            ctx.t("articles-kind"),
            choice.kind.as_str(),
            options(
                kinds
                    .iter()
                    .map(|kind| (kind.as_str().to_owned(), kind_name(ctx, *kind).into_owned()))
                    .collect(),
            ),
        ),
        (
            "category",
            ctx.t("articles-category"),
            choice.category.as_str(),
            options(
                tree.walk()
                    .into_iter()
                    .map(|(depth, one)| (one.id.clone(), format!("{}{}", "– ".repeat(depth), one.name(ctx.lang))))
                    .collect(),
            ),
        ),
    ];
    html! {
        form.filters method="get" action=(routes::KNOWLEDGE) role="search" data-filter=(ctx.t("filters-renewed")) {
            @if shown != Shown::All { input type="hidden" name="shown" value=(shown.as_str()); }
            input.input type="search" name="q" value=(choice.q) maxlength="200" aria-label=(ctx.t("articles-search")) placeholder=(ctx.t("articles-search"));
            @for (name, label, value, options) in &filters {
                select.input name=(name) aria-label=(label) {
                    @for (key, words) in options { option value=(key) selected[key == value] { @if key.is_empty() { (label) ": " } (words) } }
                }
            }
            button.button.ghost type="submit" { (ctx.t("articles-filter")) }
        }
    }
}

fn table(ctx: &ui::Ctx<'_>, lines: &[Line], tree: &Tree, reach: &HashMap<String, Reach>) -> Markup {
    let lang = ctx.lang;
    let heads = [
        "articles-head-article",
        "articles-head-state",
        "articles-head-views",
        "articles-head-helped",
        "articles-head-answered",
        "articles-head-escalated",
    ]
    .map(|key| ctx.t(key));
    let category_name = |line: &Line| tree.name_of(line.category.as_deref(), lang).map(str::to_owned);
    html! {
        div.knowledge-table tabindex="0" role="region" aria-label=(ctx.t("articles-part-list")) { table.articles {
            thead { tr { @for (at, word) in heads.iter().enumerate() { th scope="col" class=[(at > 1).then_some("tally")] { (word) } } } }
            tbody { @for line in lines {
                @let reach = reach.get(&line.id).copied().unwrap_or_default();
                tr {
                    td {
                        a.article-title href=(article_path(&line.id)) lang=(line.language) { (line.title) }
                        span.muted.small {
                            span.language-mark { (line.language) } " " (kind_name(ctx, line.kind))
                            @if let Some(name) = category_name(line) { " · " (name) }
                            " · " (i18n::relative(lang, ctx.now, line.updated_at, ctx.tz))
                        }
                    }
                    td { span.states {
                        (state_badges(ctx, line.status, line.draft, line.audience.is_internal()))
                        @if line.is_outdated { (badge(Tone::Warn, &ctx.t("articles-outdated"))) }
                    } }
                    td.tally data-label=(heads[2]) { (i18n::number(lang, reach.views)) }
                    td.tally data-label=(heads[3]) { (i18n::number(lang, reach.helped)) " / " (i18n::number(lang, reach.not_helped)) }
                    td.tally data-label=(heads[4]) { (i18n::number(lang, reach.answered)) }
                    td.tally data-label=(heads[5]) { (i18n::number(lang, reach.escalated)) }
                }
            } }
        } }
    }
}

fn shown_key(shown: Shown) -> &'static str {
    match shown {
        Shown::All => "articles-shown-all",
        Shown::Drafts => "articles-shown-drafts",
        Shown::Review => "articles-shown-review",
        Shown::Published => "articles-shown-published",
        Shown::Outdated => "articles-shown-outdated",
    }
}

/// Articles whose text holds the words, in any language.
async fn found(app: &App, words: &str, up_to: kb::Audience) -> Vec<String> {
    if words.trim().is_empty() {
        return Vec::new();
    }
    let (knowledge, words) = (app.knowledge.clone(), words.to_owned());
    let search = move || {
        let mut ids = Vec::new();
        for &language in Language::ALL {
            let open = knowledge.search(language, &words, FOUND).unwrap_or_default();
            let internal = knowledge
                .search_internal(up_to, language, &words, FOUND)
                .unwrap_or_default();
            ids.extend(
                open.into_iter()
                    .chain(internal)
                    .filter(|hit| !hit.is_other_language)
                    .map(|hit| hit.article_id),
            );
        }
        ids
    };
    tokio::task::spawn_blocking(search).await.unwrap_or_default()
}
