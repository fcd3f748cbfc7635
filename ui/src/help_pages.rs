//! The help centre: the articles of a language, what a search found, one article. All of it works
//! without scripts.

use conversation::types::{Language, Millis};
use maud::{Markup, PreEscaped, html};

use crate::components::{Tone, empty, time_tag, toast};
use crate::i18n::{own_name, t_args};
use crate::icons::Icon;
use crate::layout::{Page, Surface, initials, page};
use crate::portal_pages::Business;
use crate::{Ctx, i18n, routes};

/// The address of the help centre in a language.
pub fn home_path(language: Language) -> String {
    format!("{}/{language}", routes::HELP)
}

/// What stands around every page of the help centre.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The business.
    pub business: Business,
    /// The public address of this installation, without a slash at its end.
    pub public_url: String,
    /// The same page in each language that has it: language and path.
    pub languages: Vec<(Language, String)>,
    /// The path of this page without its query; the address that search engines keep.
    pub path: String,
    /// A sentence for search engines; may be empty.
    pub description: String,
    /// Search engines leave it out: results of a search, errors.
    pub is_unlisted: bool,
}

/// What articles of a shelf are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShelfKind {
    /// Steps that lead to something done.
    Guides,
    /// Short answers.
    Questions,
    /// Reference.
    Manuals,
}

/// The articles of one kind.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// What they are for; its name stands above them.
    pub kind: ShelfKind,
    /// Title and path, in order.
    pub articles: Vec<(String, String)>,
}

/// One result of a search.
#[derive(Debug, Clone)]
pub struct Found {
    /// The headline.
    pub title: String,
    /// The path.
    pub path: String,
    /// Nothing was found in the reader's language; this is the one it is in.
    pub other_language: Option<Language>,
    /// The passage in pieces; `true` marks what was asked for.
    pub passage: Vec<(String, bool)>,
}

/// The first page, or the results of a search.
#[derive(Debug, Clone, Default)]
pub struct HomeView {
    /// What was asked; empty shows the shelves.
    pub query: String,
    /// What was found.
    pub found: Vec<Found>,
    /// All articles.
    pub shelves: Vec<Shelf>,
}

/// The first page, or the results of a search.
pub fn home(ctx: &Ctx<'_>, around: &Around, view: &HomeView) -> Markup {
    let is_search = !view.query.is_empty();
    let title = if is_search {
        t_args(ctx.lang, "help-results", &[("query", view.query.as_str().into())])
    } else {
        ctx.t("help-title").into_owned()
    };
    let body = html! {
        h1 { (title) }
        (search_box(ctx, &view.query))
        @if is_search {
            @if view.found.is_empty() { (empty(Icon::Question, &ctx.t("help-nothing"), &ctx.t("help-nothing-hint"))) }
            @else { ul.help-list { @for found in &view.found { li { (hit(ctx, found)) } } } }
        } @else if view.shelves.iter().all(|shelf| shelf.articles.is_empty()) {
            (empty(Icon::Book, &ctx.t("help-empty"), &ctx.t("help-empty-hint")))
        } @else {
            div.help-kinds {
                @for shelf in view.shelves.iter().filter(|shelf| !shelf.articles.is_empty()) {
                    section {
                        h2 { (shelf_title(ctx, shelf.kind)) }
                        ul.help-list { @for (title, path) in &shelf.articles { li { a href=(path) { (title) } } } }
                    }
                }
            }
        }
        (foot(ctx, is_search))
    };
    sheet(ctx, around, &title, &body)
}

/// One article.
#[derive(Debug, Clone)]
pub struct ArticleView {
    /// The headline.
    pub title: String,
    /// Its text as HTML that is safe to show.
    pub html: String,
    /// When it was changed last.
    pub updated_at: Millis,
    /// What the reader said about it just now.
    pub helped: Option<bool>,
}

/// One article.
pub fn article(ctx: &Ctx<'_>, around: &Around, view: &ArticleView) -> Markup {
    let date = i18n::date(ctx.lang, view.updated_at, ctx.tz);
    let updated = t_args(ctx.lang, "help-updated", &[("date", date.into())]);
    let body = html! {
        p.small { a href=(home_path(ctx.lang)) { (ctx.t("help-all")) } }
        h1 { (view.title) }
        div.article { (PreEscaped(&view.html)) }
        p.muted.small { (time_tag(ctx, view.updated_at, &updated)) }
        div.help-vote {
            @match view.helped {
                Some(true) => (toast(Tone::Good, &ctx.t("help-thanks"))),
                Some(false) => {
                    (toast(Tone::Neutral, &ctx.t("help-sorry")))
                    a.button.primary href=(routes::TICKET_NEW) { (ctx.t("help-contact")) }
                }
                None => {
                    strong #help-question { (ctx.t("help-question")) }
                    form method="post" action={ (around.path) "/feedback" } aria-labelledby="help-question" {
                        button.button.ghost type="submit" name="helped" value="yes" { (ctx.t("help-yes")) }
                        button.button.ghost type="submit" name="helped" value="no" { (ctx.t("help-no")) }
                    }
                }
            }
        }
    };
    sheet(ctx, around, &view.title, &body)
}

/// There is no such article; the search box is beside the fact.
pub fn missing(ctx: &Ctx<'_>, around: &Around) -> Markup {
    let body = html! {
        p.error-code { "404" }
        h1 { (ctx.t("error-missing-title")) }
        p.lead { (ctx.t("error-missing-text")) }
        (search_box(ctx, ""))
        p { a href=(home_path(ctx.lang)) { (ctx.t("help-all")) } }
        (foot(ctx, true))
    };
    sheet(ctx, around, &ctx.t("error-missing-title"), &body)
}

fn shelf_title(ctx: &Ctx<'_>, kind: ShelfKind) -> std::borrow::Cow<'static, str> {
    match kind {
        ShelfKind::Guides => ctx.t("help-kind-guide"),
        ShelfKind::Questions => ctx.t("help-kind-faq"),
        ShelfKind::Manuals => ctx.t("help-kind-manual"),
    }
}

fn search_box(ctx: &Ctx<'_>, query: &str) -> Markup {
    let label = ctx.t("help-search");
    html! {
        form.help-search role="search" method="get" action=(home_path(ctx.lang)) {
            input.input type="search" name="q" value=(query) maxlength="300" aria-label=(label) placeholder=(label);
            button.button.primary type="submit" { (ctx.t("help-search-button")) }
        }
    }
}

fn hit(ctx: &Ctx<'_>, found: &Found) -> Markup {
    html! {
        a href=(found.path) hreflang=[found.other_language] {
            span.hit-title { (found.title) }
            @if let Some(language) = found.other_language {
                span.muted.small { " · " (t_args(ctx.lang, "help-other-language", &[("language", own_name(language).into())])) }
            }
            span.hit-text lang=[found.other_language] {
                @for (text, is_marked) in &found.passage { @if *is_marked { mark { (text) } } @else { (text) } }
            }
        }
    }
}

fn foot(ctx: &Ctx<'_>, is_still: bool) -> Markup {
    html! {
        div.help-foot {
            @if is_still { span { (ctx.t("help-still")) } }
            a href=(routes::TICKET_NEW) { (ctx.t("help-contact")) }
        }
    }
}

fn sheet(ctx: &Ctx<'_>, around: &Around, title: &str, body: &Markup) -> Markup {
    let absolute = |path: &str| format!("{}{path}", around.public_url);
    let head = html! {
        @if around.is_unlisted { meta name="robots" content="noindex"; }
        @else {
            link rel="canonical" href=(absolute(&around.path));
            @for (language, path) in &around.languages { link rel="alternate" hreflang=(language) href=(absolute(path)); }
            @if around.path == home_path(ctx.lang) { link rel="alternate" hreflang="x-default" href=(absolute(routes::HELP)); }
            @if !around.description.is_empty() { meta name="description" content=(around.description); }
        }
    };
    let name = &around.business.name;
    let framed = html! {
        div.portal {
            header.portal-head {
                a.portal-brand href=(home_path(ctx.lang)) { span.portal-mark aria-hidden="true" { (initials(name)) } (name) }
                nav.languages aria-label=(ctx.t("language-label")) {
                    @for (language, path) in &around.languages {
                        a href=(path) lang=(language) hreflang=(language) aria-current=[(*language == ctx.lang).then_some("true")] { (own_name(*language)) }
                    }
                }
            }
            main.sheet #main tabindex="-1" { (body) }
        }
    };
    let page_title = if name.is_empty() {
        title.to_owned()
    } else {
        format!("{title} · {name}")
    };
    page(
        &Page {
            csrf: ctx.csrf,
            head: Some(head),
            ..Page::new(ctx.lang, &page_title, Surface::Portal)
        },
        &framed,
    )
}
