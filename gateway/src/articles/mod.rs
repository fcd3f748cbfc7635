//! The knowledge base for those who write it: list, editor, review, versions, categories, files, and the questions
//! that no article answers. Plain forms that work without scripts; one script makes writing comfortable.
//!
//! Everybody of the business reads what is meant for their level; agents write.

mod act;
mod categories;
mod editor;
pub(crate) mod export;
mod files;
mod from;
mod gaps;
mod list;
mod reading;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::HashMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::{get, post};
use conversation::access::Permission;
use conversation::db::Db;
use conversation::desk::presence;
use conversation::types::{Actor, Language, Role};
use conversation::{Error, Result};
use kb::drafts::{self, Draft};
use kb::{Article, ArticleKind, Audience, gaps as questions, overview, store};
use maud::{Markup, html};
use ui::components::{Tone, badge};
use ui::icons::{Icon, icon};
use ui::layout::Section;
use ui::{Ctx, assets, i18n, routes};

use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::{SignedIn, guard};
use crate::boxed::boxed;
use crate::framed::{Framed, sheet};
use crate::people::agents;

pub(crate) use from::panel;

/// The routes of the knowledge base.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::KNOWLEDGE, get(boxed(list::show)))
        .route("/knowledge/new", get(boxed(editor::new)).post(boxed(editor::create)))
        .route("/knowledge/preview", post(boxed(editor::preview)))
        .route("/knowledge/export", get(boxed(export::download)))
        .route("/knowledge/from/{conversation}", get(boxed(from::show)))
        .route("/knowledge/gaps", get(boxed(gaps::list)))
        .route("/knowledge/gaps/{id}", get(boxed(gaps::show)).post(boxed(gaps::act)))
        .route(
            "/knowledge/categories",
            get(boxed(categories::list)).post(boxed(categories::create)),
        )
        .route("/knowledge/categories/{id}", post(boxed(categories::change)))
        .route("/knowledge/a/{id}", get(boxed(reading::show)).post(boxed(act::act)))
        .route(
            "/knowledge/a/{id}/edit",
            get(boxed(editor::edit)).post(boxed(editor::save)),
        )
        .route("/knowledge/a/{id}/keep", post(boxed(editor::keep)))
        .route(
            "/knowledge/a/{id}/versions",
            get(boxed(versions::show)).post(boxed(versions::restore)),
        )
        .route("/knowledge/a/{id}/feedback", get(boxed(reading::feedback)))
        .route(
            "/knowledge/a/{id}/files",
            post(boxed(files::upload)).layer(DefaultBodyLimit::max(kb::files::LARGEST + 1024 * 1024)),
        )
        .route("/knowledge/a/{id}/files/{file}", post(boxed(files::remove)));
    guard(app, inside)
}

/// An article's id in a path: ids hold a slash, which proxies do not like escaped.
pub(crate) fn path_id(id: &str) -> String {
    routes::escape(&id.replace('/', "~")).replace("%7E", "~")
}

/// The id that a path names.
pub(crate) fn id_of(path: &str) -> String {
    path.replace('~', "/")
}

/// The page of an article.
pub(crate) fn article_path(id: &str) -> String {
    format!("/knowledge/a/{}", path_id(id))
}

/// What somebody may read at most: what is meant for the highest level that they work at. Who oversees reads
/// everything.
///
/// # Errors
/// The database is not to be had.
pub(crate) async fn reads(app: &App, me: &SignedIn) -> Result<Audience> {
    Ok(match me.agent.role {
        Role::Administrator | Role::Supervisor => Audience::N3,
        Role::Agent | Role::Coordinator => {
            let desk = presence::load(app.store.db(), &me.agent.id).await?;
            desk.levels
                .iter()
                .map(|level| Audience::of_level(*level))
                .max()
                .unwrap_or(Audience::N1)
        }
    })
}

/// An article and its working copy, for somebody who may read both; what they may not read does not exist.
async fn readable(app: &App, me: &SignedIn, path: &str) -> Result<(Article, Option<Draft>), Failure> {
    let id = id_of(path);
    let article = store::load(app.store.db(), &id).await?;
    let draft = drafts::load(app.store.db(), &id).await?;
    let up_to = reads(app, me).await?;
    let is_above = |audience: Audience| audience > up_to;
    if is_above(article.place.audience) || draft.as_ref().is_some_and(|draft| is_above(draft.words.audience)) {
        return Err(Error::NotFound.into());
    }
    Ok((article, draft))
}

/// Who wrote something, as people call them.
async fn names(db: &Db) -> Result<HashMap<String, String>> {
    let agents = agents::list(db).await?;
    Ok(agents
        .into_iter()
        .map(|agent| (agent.id.to_string(), agent.name))
        .collect())
}

fn name_of(names: &HashMap<String, String>, actor: &Actor) -> String {
    match actor {
        Actor::Agent(id) => names.get(id.as_str()).cloned().unwrap_or_default(),
        Actor::Api(name) => name.clone(),
        _ => "Switchboard".to_owned(),
    }
}

fn kind_name(ctx: &Ctx<'_>, kind: ArticleKind) -> std::borrow::Cow<'static, str> {
    match kind {
        ArticleKind::Guide => ctx.t("articles-kind-guide"),
        ArticleKind::Faq => ctx.t("articles-kind-faq"),
        ArticleKind::Manual => ctx.t("articles-kind-manual"),
    }
}

fn audience_name(ctx: &Ctx<'_>, audience: Audience) -> String {
    match audience {
        Audience::Public => ctx.t("articles-audience-public").into_owned(),
        Audience::N3 => i18n::t_args(ctx.lang, "articles-audience-only", &[("level", "N3".into())]),
        level => i18n::t_args(ctx.lang, "articles-audience-from", &[("level", level.as_str().into())]),
    }
}

/// What state an article is in.
fn state_badges(ctx: &Ctx<'_>, status: kb::ArticleStatus, draft: Option<drafts::State>, is_internal: bool) -> Markup {
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

fn languages() -> Vec<(&'static str, &'static str)> {
    Language::ALL
        .iter()
        .map(|language| (language.as_str(), i18n::own_name(*language)))
        .collect()
}

/// The parts of the knowledge base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Articles,
    Review,
    Gaps,
    Categories,
}

/// One page. `said` is what just happened.
async fn frame(
    app: &App,
    me: &SignedIn,
    part: Part,
    title: &str,
    said: Option<(Tone, &str)>,
    body: &Markup,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let waiting = overview::waiting(app.store.db(), reads(app, me).await?).await?;
    let open = questions::open(app.store.db()).await?;
    let parts = [
        (
            Part::Articles,
            routes::KNOWLEDGE,
            Icon::Book,
            ctx.t("articles-part-list"),
            0,
        ),
        (
            Part::Review,
            "/knowledge?shown=review",
            Icon::Verified,
            ctx.t("articles-part-review"),
            waiting,
        ),
        (
            Part::Gaps,
            "/knowledge/gaps",
            Icon::Question,
            ctx.t("articles-part-gaps"),
            open,
        ),
        (
            Part::Categories,
            "/knowledge/categories",
            Icon::Aside,
            ctx.t("articles-part-categories"),
            0,
        ),
    ];
    let main = html! {
        main.settings.knowledge #main tabindex="-1" {
            nav.settings-nav aria-label=(ctx.t("rail-knowledge")) {
                @for (one, href, glyph, words, count) in &parts {
                    a href=(href) aria-current=[(*one == part).then_some("page")] {
                        (icon(*glyph)) span { (words) }
                        @if *count > 0 { span.count { (i18n::number(me.lang, *count)) } }
                    }
                }
                a href={ (routes::HELP) "/" (me.lang) } { (icon(Icon::Globe)) span { (ctx.t("articles-part-help")) } }
                @if me.can(Permission::Administer) { a href="/settings/knowledge" { (icon(Icon::Bot)) span { (ctx.t("articles-part-bot")) } } }
            }
            div.settings-body { div.settings-sheet.wide {
                (sheet(title, said, body))
            } }
        }
    };
    let head = html! { script src=(assets::url("knowledge.js")) defer {} };
    let framed = Framed {
        head: Some(head),
        ..Framed::new(Section::Knowledge, title)
    };
    Ok(framed.answer(me, &main))
}
