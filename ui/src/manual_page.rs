//! A page of the documentation. It works without scripts.

use conversation::types::Language;
use maud::{Markup, PreEscaped, html};

use crate::help_pages::{self, HeadingView};
use crate::i18n::own_name;
use crate::icons::{Icon, icon};
use crate::layout::{Page, Surface, page as framed};
use crate::{Ctx, routes};

/// Pages that belong together.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// What they are about.
    pub name: String,
    /// Title and path, in order.
    pub pages: Vec<(String, String)>,
}

/// One page.
#[derive(Debug, Clone)]
pub struct ManualView {
    /// The headline.
    pub title: String,
    /// Its text as HTML that is safe to show.
    pub html: String,
    /// Its headings.
    pub headings: Vec<HeadingView>,
    /// Its path.
    pub here: String,
    /// It in each language that has it: language and path.
    pub languages: Vec<(Language, String)>,
}

/// One page, beside the list of all.
pub fn page(ctx: &Ctx<'_>, shelves: &[Shelf], view: &ManualView) -> Markup {
    let listed: Vec<&HeadingView> = view.headings.iter().filter(|heading| heading.level == 2).collect();
    let body = html! {
        article.help-article {
            h1 { (view.title) }
            @if listed.len() > 2 {
                details.help-contents {
                    summary { (ctx.t("help-contents")) }
                    (help_pages::contents(&listed))
                }
            }
            div.article { (PreEscaped(&view.html)) }
        }
    };
    sheet(ctx, shelves, view, &body)
}

/// There is no such page; the list of all stands beside the fact.
pub fn missing(ctx: &Ctx<'_>, shelves: &[Shelf]) -> Markup {
    let view = ManualView {
        title: ctx.t("error-missing-title").into_owned(),
        html: String::new(),
        headings: Vec::new(),
        here: String::new(),
        languages: Vec::new(),
    };
    let body = html! {
        div.help-article {
            p.error-code { "404" }
            h1 { (view.title) }
            p.lead { (ctx.t("error-missing-text")) }
        }
    };
    sheet(ctx, shelves, &view, &body)
}

fn sheet(ctx: &Ctx<'_>, shelves: &[Shelf], view: &ManualView, body: &Markup) -> Markup {
    let around = html! {
        header.help-head {
            a.portal-brand href=(routes::MANUAL) { span.portal-mark aria-hidden="true" { (icon(Icon::Mark)) } "Switchboard" }
            @if view.languages.len() > 1 {
                nav.languages aria-label=(ctx.t("language-label")) {
                    @for (language, path) in &view.languages {
                        a href=(path) lang=(language) hreflang=(language) aria-current=[(*language == ctx.lang).then_some("true")] { (own_name(*language)) }
                    }
                }
            }
        }
        div.manual {
            nav.manual-list aria-label=(ctx.t("manual-title")) lang=(Language::En) {
                @for shelf in shelves {
                    p.help-side-title { (shelf.name) }
                    ul { @for (title, path) in &shelf.pages { li { a href=(path) aria-current=[(*path == view.here).then_some("page")] { (title) } } } }
                }
            }
            main #main tabindex="-1" { (body) }
        }
    };
    let title = format!("{} · Switchboard", view.title);
    framed(&Page::new(ctx.lang, &title, Surface::Help), &around)
}
