//! What no article answers: a list of articles to write, the most asked first.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::{self, Permission};
use conversation::types::ConversationId;
use kb::gaps::{self, Gap, State as GapState};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{Tone, badge, empty, form};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::frame::{Part, frame};
use super::place::article_path;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};

const PAGE: i64 = 50;
/// Questions of one matter that are shown.
const QUESTIONS: i64 = 100;
const HERE: &str = "/knowledge/gaps";
const SHOWN: [(GapState, &str); 4] = [
    (GapState::Open, "articles-gaps-open"),
    (GapState::Drafted, "articles-gaps-drafted"),
    (GapState::Answered, "articles-gaps-answered"),
    (GapState::Dismissed, "articles-gaps-dismissed"),
];

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    state: String,
    /// `asked.id` of the last one of the page before.
    #[serde(default)]
    after: String,
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let state: GapState = choice.state.parse().unwrap_or(GapState::Open);
    let after = choice
        .after
        .split_once('.')
        .and_then(|(asked, id)| Some((asked.parse::<i64>().ok()?, id)));
    let mut rows = gaps::list(app.store.db(), state, after, PAGE + 1).await?;
    let has_more = rows.len() > 50;
    rows.truncate(50);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| format!("{HERE}?state={}&after={}.{}", state.as_str(), last.asked, last.id));
    let body = html! {
        p.lead { (ctx.t("articles-gaps-lead")) }
        nav.tabs aria-label=(ctx.t("articles-part-gaps")) {
            @for (one, key) in SHOWN { a.tab href={ (HERE) "?state=" (one.as_str()) } aria-current=[(one == state).then_some("true")] { (ctx.t(key)) } }
        }
        @if rows.is_empty() { (empty(Icon::Question, &ctx.t("articles-gaps-none"), &ctx.t("articles-gaps-none-hint"))) }
        ul.people.gaps {
            @for gap in &rows {
                li.person {
                    span.gap-count title=(i18n::t_args(me.lang, "articles-gap-asked", &[("count", gap.asked.into())])) { (i18n::number(me.lang, gap.asked)) }
                    span.inbox-name {
                        a href={ (HERE) "/" (gap.id) } { (gap.question) }
                        span.muted { (about(&me, gap)) }
                    }
                    (actions(&me, gap))
                }
            }
        }
        @if let Some(next) = next { p { a.button.ghost href=(next) { (ctx.t("articles-more")) } } }
    };
    frame(&app, &me, Part::Gaps, &ctx.t("articles-part-gaps"), None, &body).await
}

fn about(me: &SignedIn, gap: &Gap) -> String {
    let asked = i18n::t_args(me.lang, "articles-gap-asked", &[("count", gap.asked.into())]);
    let when = i18n::relative(me.lang, me.now, gap.last_at, &me.tz);
    let last = i18n::t_args(me.lang, "articles-gap-last", &[("when", when.into())]);
    let languages: Vec<&str> = gap.languages.iter().map(|one| i18n::own_name(*one)).collect();
    format!("{asked} · {last} · {}", languages.join(", "))
}

fn actions(me: &SignedIn, gap: &Gap) -> Markup {
    let ctx = me.ctx();
    let may = me.can(Permission::Work);
    html! {
        @if let Some(article) = &gap.article_id { a.button.ghost href=(article_path(article)) { (icon(Icon::Book)) span { (ctx.t("articles-gap-article")) } } }
        @if may {
            form.gap-actions method="post" action={ (HERE) "/" (gap.id) } {
                (form::csrf(&ctx))
                @if gap.state == GapState::Open { button.button.primary type="submit" name="do" value="draft" { (ctx.t("articles-gap-write")) } }
                @if gap.state == GapState::Open { button.button.ghost type="submit" name="do" value="dismiss" { (ctx.t("articles-gap-dismiss")) } }
                @if gap.state == GapState::Dismissed { button.button.ghost type="submit" name="do" value="open" { (ctx.t("articles-gap-reopen")) } }
            }
        }
    }
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let gap = gaps::load(app.store.db(), &id).await?;
    let mut asked = gaps::questions(app.store.db(), &id, QUESTIONS).await?;
    // Who does not see everything reads what was asked where they see it.
    if me.scope().is_some() {
        let place = |one: &gaps::Asked| one.conversation_id.as_deref().map(ConversationId::from);
        let places: Vec<ConversationId> = asked.iter().filter_map(place).collect();
        let seen = access::seen_among(app.store.db(), &me.actor(), &places).await?;
        asked.retain(|one| place(one).is_none_or(|id| seen.contains(&id)));
    }
    let others = gaps::list(app.store.db(), GapState::Open, None, 100).await?;
    let body = html! {
        p.article-facts { (badge(Tone::Neutral, &about(&me, &gap))) }
        div.article-actions { (actions(&me, &gap)) }
        h2 { (ctx.t("articles-gap-questions")) }
        ul.people {
            @for one in &asked {
                li.person {
                    span.inbox-name { span lang=(one.language) { (one.question) } span.muted { (i18n::own_name(one.language)) " · " (i18n::relative(me.lang, me.now, one.at, &me.tz)) } }
                    @if let Some(conversation) = &one.conversation_id { a href=(routes::path(routes::CONVERSATION, conversation)) { (ctx.t("articles-gap-conversation")) } }
                }
            }
        }
        @if me.can(Permission::Work) && others.iter().any(|other| other.id != gap.id) {
            details.group {
                summary { (ctx.t("articles-gap-merge")) }
                form.settings-form method="post" action={ (HERE) "/" (gap.id) } {
                    (form::csrf(&ctx))
                    select.input name="into" aria-label=(ctx.t("articles-gap-merge")) {
                        @for other in others.iter().filter(|other| other.id != gap.id) { option value=(other.id) { (other.question) } }
                    }
                    button.button.ghost type="submit" name="do" value="merge" { (ctx.t("articles-gap-merge-do")) }
                }
            }
        }
        p { a href=(HERE) { (ctx.t("articles-gaps-back")) } }
    };
    frame(&app, &me, Part::Gaps, &gap.question, None, &body).await
}

/// POST `do` = `draft|dismiss|open|merge`, `into`.
pub(super) async fn act(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let actor = me.actor();
    match form.get("do") {
        "draft" => match gaps::draft(&app.store, &actor, &id).await {
            Ok(article) => return Ok(see_other(&format!("{}/edit", article_path(&article.id)))),
            // Somebody was faster: the list shows whose it is.
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        },
        "dismiss" => gaps::dismiss(&app.store, &actor, &id, true).await?,
        "open" => gaps::dismiss(&app.store, &actor, &id, false).await?,
        "merge" => {
            let into = form.get("into");
            gaps::merge(&app.store, &actor, &id, into).await?;
            return Ok(see_other(&format!("{HERE}/{}", routes::escape(into))));
        }
        _ => {}
    }
    Ok(see_other(HERE))
}
