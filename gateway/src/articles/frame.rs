//! What all pages of the knowledge base have around them.

use axum::response::Response;
use conversation::access::Permission;
use kb::{gaps as questions, overview};
use maud::{Markup, html};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::layout::Section;
use ui::{assets, i18n, routes};

use super::place::reads;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::framed::{Framed, sheet};

/// The parts of the knowledge base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Articles,
    Review,
    Gaps,
    Categories,
}

/// One page. `said` is what just happened.
pub(super) async fn frame(
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
