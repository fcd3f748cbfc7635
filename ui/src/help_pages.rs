//! The help centre: the topics and articles of a language, what a search found, one article. All of it works without
//! scripts; a small one shows results while somebody types.

use conversation::types::{Language, Millis};
use maud::{Markup, PreEscaped, html};

use crate::components::{Tone, empty, time_tag, toast};
use crate::i18n::{own_name, t_args};
use crate::icons::{Icon, icon};
use crate::layout::{Page, Surface, initials, page};
use crate::portal_pages::Business;
use crate::{Ctx, i18n, routes};

/// The address of the help centre in a language.
pub fn home_path(language: Language) -> String {
    format!("{}/{language}", routes::HELP)
}

/// The address of a topic in a language.
pub fn topic_path(language: Language, topic: &str) -> String {
    format!("{}/topics/{}", home_path(language), routes::escape(topic))
}

/// What stands around every page of the help centre.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The business.
    pub business: Business,
    /// Its logo, a path of ours.
    pub logo: Option<String>,
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
    /// From the first page down to what holds this one: name and path.
    pub crumbs: Vec<(String, String)>,
    /// What machines read of the page: JSON-LD documents.
    pub data: Vec<String>,
    /// It is an article.
    pub is_article: bool,
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

/// A topic on the page above it.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// How many articles stand in it and below.
    pub count: usize,
    /// The first of them: title and path.
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
    /// What was asked; empty shows the topics.
    pub query: String,
    /// What was found.
    pub found: Vec<Found>,
    /// The topics at the top.
    pub topics: Vec<Topic>,
    /// Articles outside any topic.
    pub shelves: Vec<Shelf>,
    /// Whether there are articles that neither shows.
    pub has_more: bool,
}

/// The first page, or the results of a search.
pub fn home(ctx: &Ctx<'_>, around: &Around, view: &HomeView) -> Markup {
    let is_search = !view.query.is_empty();
    let title = if is_search {
        t_args(ctx.lang, "help-results", &[("query", view.query.as_str().into())])
    } else {
        ctx.t("help-title").into_owned()
    };
    let is_empty = view.topics.is_empty() && view.shelves.iter().all(|shelf| shelf.articles.is_empty());
    let body = html! {
        div.help-hero {
            h1 { (title) }
            (search_box(ctx, &view.query))
        }
        div.help-body {
            @if is_search {
                @if view.found.is_empty() { (empty(Icon::Question, &ctx.t("help-nothing"), &ctx.t("help-nothing-hint"))) }
                @else { ul.help-list.results { @for found in &view.found { li { (hit(ctx, found)) } } } }
            } @else if is_empty {
                (empty(Icon::Book, &ctx.t("help-empty"), &ctx.t("help-empty-hint")))
            } @else {
                (topics(ctx, &view.topics))
                div.help-kinds {
                    @for shelf in view.shelves.iter().filter(|shelf| !shelf.articles.is_empty()) {
                        section {
                            h2 { (shelf_title(ctx, shelf.kind)) }
                            (list(&shelf.articles))
                        }
                    }
                }
                @if view.has_more { p { a href=(topic_path(ctx.lang, "all")) { (ctx.t("help-all")) } } }
            }
            (contact(ctx))
        }
    };
    sheet(ctx, around, &title, &body)
}

fn topics(ctx: &Ctx<'_>, topics: &[Topic]) -> Markup {
    html! {
        @if !topics.is_empty() {
            div.help-topics {
                @for topic in topics {
                    section.help-topic {
                        h2 { a href=(topic.path) { (topic.name) } }
                        p.muted.small { (t_args(ctx.lang, "help-count", &[("count", topic.count.into())])) }
                        (list(&topic.articles))
                    }
                }
            }
        }
    }
}

fn list(articles: &[(String, String)]) -> Markup {
    html! { ul.help-list { @for (title, path) in articles { li { a href=(path) { (title) } } } } }
}

/// A topic, or all articles.
#[derive(Debug, Clone, Default)]
pub struct TopicView {
    /// Its name.
    pub name: String,
    /// The topics in it.
    pub topics: Vec<Topic>,
    /// The articles of this page: title and path.
    pub articles: Vec<(String, String)>,
    /// The path of the page before.
    pub before: Option<String>,
    /// The path of the page after.
    pub next: Option<String>,
}

/// A topic, or all articles.
pub fn topic(ctx: &Ctx<'_>, around: &Around, view: &TopicView) -> Markup {
    let body = html! {
        div.help-body {
            (crumbs(ctx, around))
            h1 { (view.name) }
            (search_box(ctx, ""))
            (topics(ctx, &view.topics))
            (list(&view.articles))
            @if view.before.is_some() || view.next.is_some() {
                nav.help-pages aria-label=(ctx.t("help-pages")) {
                    @if let Some(path) = &view.before { a href=(path) rel="prev" { (ctx.t("help-before")) } }
                    @if let Some(path) = &view.next { a href=(path) rel="next" { (ctx.t("help-next")) } }
                }
            }
            (contact(ctx))
        }
    };
    sheet(ctx, around, &view.name, &body)
}

/// An entry of an article's table of contents.
#[derive(Debug, Clone)]
pub struct HeadingView {
    /// 2 for the highest.
    pub level: u8,
    /// Names it in the address.
    pub id: String,
    /// Its words.
    pub text: String,
}

/// One article.
#[derive(Debug, Clone)]
pub struct ArticleView {
    /// The headline.
    pub title: String,
    /// Its text as HTML that is safe to show.
    pub html: String,
    /// Its headings.
    pub headings: Vec<HeadingView>,
    /// When it was changed last.
    pub updated_at: Millis,
    /// What the reader said about it just now.
    pub helped: Option<bool>,
    /// The reader wrote something as well.
    pub has_commented: bool,
    /// Articles of the same matter: title and path.
    pub related: Vec<(String, String)>,
}

/// Headings from which on there is a table of contents.
const CONTENTS: usize = 3;

/// One article.
pub fn article(ctx: &Ctx<'_>, around: &Around, view: &ArticleView) -> Markup {
    let date = i18n::date(ctx.lang, view.updated_at, ctx.tz);
    let updated = t_args(ctx.lang, "help-updated", &[("date", date.into())]);
    let listed: Vec<&HeadingView> = view.headings.iter().filter(|heading| heading.level <= 3).collect();
    let has_contents = listed.len() >= CONTENTS;
    let body = html! {
        div.help-body.is-article {
            (crumbs(ctx, around))
            div.help-columns {
                article.help-article {
                    h1 { (view.title) }
                    p.muted.small { (time_tag(ctx, view.updated_at, &updated)) }
                    @if has_contents {
                        details.help-contents {
                            summary { (ctx.t("help-contents")) }
                            (contents(&listed))
                        }
                    }
                    div.article { (PreEscaped(&view.html)) }
                    (vote(ctx, around, view))
                }
                aside.help-side {
                    @if has_contents { nav.help-contents-wide aria-label=(ctx.t("help-contents")) { p.help-side-title { (ctx.t("help-contents")) } (contents(&listed)) } }
                    @if !view.related.is_empty() {
                        section.help-related aria-labelledby="related" {
                            h2.help-side-title #related { (ctx.t("help-related")) }
                            (list(&view.related))
                        }
                    }
                }
            }
            (contact(ctx))
        }
    };
    sheet(ctx, around, &view.title, &body)
}

pub(crate) fn contents(headings: &[&HeadingView]) -> Markup {
    html! { ul { @for heading in headings { li data-level=(heading.level) { a href={ "#" (heading.id) } { (heading.text) } } } } }
}

fn vote(ctx: &Ctx<'_>, around: &Around, view: &ArticleView) -> Markup {
    html! {
        div.help-vote #vote {
            @match view.helped {
                Some(true) => (toast(Tone::Good, &ctx.t("help-thanks"))),
                Some(false) => {
                    (toast(Tone::Neutral, &ctx.t(if view.has_commented { "help-thanks" } else { "help-sorry" })))
                    @if !view.has_commented {
                        form.help-comment method="post" action={ (around.path) "/feedback" } {
                            input type="hidden" name="helped" value="no";
                            label for="f-comment" { (ctx.t("help-comment")) }
                            textarea.input #f-comment name="comment" rows="3" maxlength="2000" {}
                            button.button.ghost type="submit" { (ctx.t("help-comment-send")) }
                        }
                    }
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
    }
}

/// There is no such article; the search box is beside the fact.
pub fn missing(ctx: &Ctx<'_>, around: &Around) -> Markup {
    let body = html! {
        div.help-body {
            p.error-code { "404" }
            h1 { (ctx.t("error-missing-title")) }
            p.lead { (ctx.t("error-missing-text")) }
            (search_box(ctx, ""))
            p { a href=(home_path(ctx.lang)) { (ctx.t("help-all")) } }
            (contact(ctx))
        }
    };
    sheet(ctx, around, &ctx.t("error-missing-title"), &body)
}

/// Results below the search box while somebody types.
pub fn suggestions(ctx: &Ctx<'_>, query: &str, found: &[Found]) -> Markup {
    html! {
        @if found.is_empty() { p.help-suggest-none { (ctx.t("help-nothing")) } }
        @else {
            ul.help-list { @for one in found { li { (hit(ctx, one)) } } }
            a.help-suggest-all href={ (home_path(ctx.lang)) "?q=" (routes::escape(query)) } { (ctx.t("help-all-results")) }
        }
    }
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
        form.help-search role="search" method="get" action=(home_path(ctx.lang)) data-suggest={ (home_path(ctx.lang)) "/suggest" } {
            input.input #help-q type="search" name="q" value=(query) maxlength="300" autocomplete="off" aria-label=(label) placeholder=(label);
            button.button.primary type="submit" { (ctx.t("help-search-button")) }
            div.help-suggest #help-suggest role="region" aria-label=(ctx.t("help-suggest")) aria-live="polite" hidden {}
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

fn crumbs(ctx: &Ctx<'_>, around: &Around) -> Markup {
    html! {
        nav.help-crumbs aria-label=(ctx.t("help-crumbs")) {
            ol { @for (name, path) in &around.crumbs { li { a href=(path) { (name) } } } }
        }
    }
}

fn contact(ctx: &Ctx<'_>) -> Markup {
    html! {
        section.help-contact aria-labelledby="help-contact" {
            h2 #help-contact { (ctx.t("help-still")) }
            p.muted { (ctx.t("help-still-hint")) }
            a.button.primary href=(routes::TICKET_NEW) { (icon(Icon::Email)) span { (ctx.t("help-contact")) } }
        }
    }
}

fn head(ctx: &Ctx<'_>, around: &Around, title: &str) -> Markup {
    let absolute = |path: &str| format!("{}{path}", around.public_url);
    html! {
        link rel="stylesheet" href="/portal/brand.css";
        @if around.is_unlisted { meta name="robots" content="noindex"; }
        @else {
            link rel="canonical" href=(absolute(&around.path));
            @for (language, path) in &around.languages { link rel="alternate" hreflang=(language) href=(absolute(path)); }
            @if around.path == home_path(ctx.lang) { link rel="alternate" hreflang="x-default" href=(absolute(routes::HELP)); }
            @if !around.description.is_empty() { meta name="description" content=(around.description); }
            meta property="og:title" content=(title);
            @if !around.description.is_empty() { meta property="og:description" content=(around.description); }
            meta property="og:type" content=(if around.is_article { "article" } else { "website" });
            meta property="og:url" content=(absolute(&around.path));
            @if !around.business.name.is_empty() { meta property="og:site_name" content=(around.business.name); }
            meta property="og:locale" content=(ctx.lang);
            @if let Some(logo) = &around.logo { meta property="og:image" content=(absolute(logo)); }
            // A block of data, which no browser runs; `<` cannot end it.
            @for data in &around.data { script type="application/ld+json" { (PreEscaped(data.replace('<', "\\u003c"))) } }
        }
    }
}

fn sheet(ctx: &Ctx<'_>, around: &Around, title: &str, body: &Markup) -> Markup {
    let name = &around.business.name;
    let page_title = if name.is_empty() {
        title.to_owned()
    } else {
        format!("{title} · {name}")
    };
    let framed = html! {
        header.help-head {
            a.portal-brand href=(home_path(ctx.lang)) {
                @match &around.logo {
                    Some(logo) => img.help-logo src=(logo) alt=(name) height="36";,
                    None => { span.portal-mark aria-hidden="true" { (initials(name)) } (name) },
                }
            }
            nav.languages aria-label=(ctx.t("language-label")) {
                @for (language, path) in &around.languages {
                    a href=(path) lang=(language) hreflang=(language) aria-current=[(*language == ctx.lang).then_some("true")] { (own_name(*language)) }
                }
            }
        }
        main #main tabindex="-1" { (body) }
    };
    page(
        &Page {
            csrf: ctx.csrf,
            head: Some(head(ctx, around, title)),
            ..Page::new(ctx.lang, &page_title, Surface::Help)
        },
        &framed,
    )
}
