//! The help centre: public articles under `/help/{language}`.
//!
//! Articles, topics and search are served from the process's knowledge base; a page asks the database only for the
//! business's logo.

mod about;
mod caching;
mod files;
mod found;
mod sitemap;
mod verdicts;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use conversation::types::Language;
use kb::{Article, ArticleKind, page as drawn, slugs};
use maud::Markup;
use serde::Deserialize;
use ui::Ctx;
use ui::help_pages::{
    self, Around, ArticleView, Found, HeadingView, HomeView, Shelf, ShelfKind, Topic, TopicView, home_path, topic_path,
};
use ui::portal_pages::Business;

use crate::app::App;
use crate::auth;
use crate::boxed::boxed;
use crate::readers::{self, cut_query};
use caching::{kept, not_kept, tagged};
use found::found_of;

/// Results of one search.
const RESULTS: usize = 20;
/// Results while somebody types.
const SUGGESTED: usize = 6;
/// What search engines show of an article, in characters.
const DESCRIPTION: usize = 160;
/// Articles of a shelf on the first page.
const SHELF: usize = 24;
/// Articles of a topic on the first page.
const TEASER: usize = 5;
/// Articles of one page of a topic.
const PAGE: usize = 100;
/// Related articles.
const RELATED: usize = 5;

/// The routes under `/help`, and what search engines ask for.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route("/help", get(boxed(entrance)))
        .route("/help/files/{id}", get(boxed(files::file)))
        .route("/help/{language}", get(boxed(home)))
        .route("/help/{language}/suggest", get(boxed(suggest)))
        .route("/help/{language}/topics/{topic}", get(boxed(topic)))
        .route("/help/{language}/{slug}", get(boxed(article)))
        .route("/help/{language}/{slug}/feedback", post(boxed(verdicts::feedback)))
        .route("/robots.txt", get(boxed(sitemap::robots)))
        .route("/sitemap.xml", get(boxed(sitemap::index)))
        .route("/sitemaps/{name}", get(boxed(sitemap::part)));
    auth::guard(app, inside)
}

/// Leads to the reader's language.
async fn entrance(headers: HeaderMap) -> Response {
    let mut response = Redirect::temporary(&home_path(preferred(&headers))).into_response();
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

pub(crate) fn preferred(headers: &HeaderMap) -> Language {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(ui::i18n::accept)
        .unwrap_or(Language::En)
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn searched(app: &App, language: Language, query: &str, most: usize) -> Vec<Found> {
    let hits = readers::searched(app, language, query, most).await;
    hits.iter().map(found_of).collect()
}

async fn home(
    State(app): State<App>,
    Path(tag): Path<String>,
    Query(search): Query<Search>,
    headers: HeaderMap,
) -> Response {
    let language = match language(&tag, None) {
        Ok(language) => language,
        Err(Some(path)) => return Redirect::permanent(&path).into_response(),
        Err(None) => return missing(&app, preferred(&headers)).await,
    };
    app.knowledge.ready().await;
    let query = cut_query(&search.q);
    let mut around = around(&app, &home_path(language)).await;
    around.languages = every_home();
    if query.is_empty() {
        let view = first_page(&app, language);
        around.data = vec![about::site(&around, language)];
        around.description = ui::i18n::t(language, "help-description").into_owned();
        let page = draw(&app, language, |ctx| help_pages::home(ctx, &around, &view));
        return kept(&headers, page);
    }
    around.is_unlisted = true;
    let view = HomeView {
        found: searched(&app, language, &query, RESULTS).await,
        query,
        ..HomeView::default()
    };
    not_kept(
        StatusCode::OK,
        draw(&app, language, |ctx| help_pages::home(ctx, &around, &view)),
    )
}

fn first_page(app: &App, language: Language) -> HomeView {
    let tree = app.knowledge.tree();
    let loose = app.knowledge.in_category(language, None);
    let shelves = shelves(&loose);
    let shown: usize = shelves.iter().map(|shelf| shelf.articles.len()).sum();
    HomeView {
        topics: topics(app, language, &tree, None),
        has_more: shown < loose.len(),
        shelves,
        ..HomeView::default()
    }
}

/// The topics in another, or at the top, that hold something in this language.
fn topics(app: &App, language: Language, tree: &kb::categories::Tree, within: Option<&str>) -> Vec<Topic> {
    let counts = app.knowledge.category_counts(language);
    tree.below(within)
        .filter_map(|category| {
            let inside = tree.within(&category.id);
            let count: usize = inside.iter().filter_map(|id| counts.get(id)).sum();
            let mut articles = app.knowledge.in_category(language, Some(&category.id));
            for (_, below) in tree.walk() {
                if articles.len() >= TEASER {
                    break;
                }
                if below.id != category.id && inside.contains(&below.id) {
                    articles.extend(app.knowledge.in_category(language, Some(&below.id)));
                }
            }
            (count > 0).then(|| Topic {
                name: category.name(language).to_owned(),
                path: topic_path(language, &category.id),
                count,
                articles: links(articles.iter().take(TEASER)),
            })
        })
        .collect()
}

fn links<'a>(articles: impl Iterator<Item = &'a Arc<Article>>) -> Vec<(String, String)> {
    articles
        .map(|article| (article.title.clone(), article.path()))
        .collect()
}

/// GET `q`: results as a part of a page, while somebody types.
async fn suggest(
    State(app): State<App>,
    Path(tag): Path<String>,
    Query(search): Query<Search>,
    headers: HeaderMap,
) -> Response {
    let Ok(language) = language(&tag, None) else {
        return missing(&app, preferred(&headers)).await;
    };
    app.knowledge.ready().await;
    let query = cut_query(&search.q);
    let found = searched(&app, language, &query, SUGGESTED).await;
    let part = draw(&app, language, |ctx| help_pages::suggestions(ctx, &query, &found));
    let mut response = kept(&headers, part);
    response
        .headers_mut()
        .insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

#[derive(Deserialize)]
struct Paged {
    #[serde(default)]
    page: usize,
}

/// GET `page`: the articles of a topic; `all` is every article.
async fn topic(
    State(app): State<App>,
    Path((tag, id)): Path<(String, String)>,
    Query(paged): Query<Paged>,
    headers: HeaderMap,
) -> Response {
    let language = match language(&tag, None) {
        Ok(language) => language,
        Err(Some(path)) => {
            return Redirect::permanent(&format!("{path}/topics/{}", ui::routes::escape(&id))).into_response();
        }
        Err(None) => return missing(&app, preferred(&headers)).await,
    };
    app.knowledge.ready().await;
    let tree = app.knowledge.tree();
    let number = paged.page.clamp(1, 10_000);
    let skip = (number - 1) * PAGE;
    let (name, articles, count, inner) = if id == "all" {
        let (articles, count) = app.knowledge.page(language, skip, PAGE);
        let name = ui::i18n::t(language, "help-all").into_owned();
        (name, articles, count, Vec::new())
    } else {
        let Some(category) = tree.get(&id) else {
            return missing(&app, language).await;
        };
        let all = app.knowledge.in_category(language, Some(&id));
        let count = all.len();
        let articles = all.into_iter().skip(skip).take(PAGE).collect();
        let inner = topics(&app, language, &tree, Some(&id));
        (category.name(language).to_owned(), articles, count, inner)
    };
    if articles.is_empty() && inner.is_empty() && number > 1 {
        return missing(&app, language).await;
    }
    let here = topic_path(language, &id);
    let mut around = around(&app, &here).await;
    around.languages = Language::ALL
        .iter()
        .map(|&other| (other, topic_path(other, &id)))
        .collect();
    // Nothing to find here, or a later page: engines follow the links and keep the articles.
    around.is_unlisted = number > 1 || (articles.is_empty() && inner.is_empty());
    around.crumbs = about::crumbs(language, &tree, tree.get(&id).and_then(|one| one.parent.as_deref()));
    around.data = vec![about::trail(&around, &name)];
    let at = |number: usize| match number {
        1 => here.clone(),
        number => format!("{here}?page={number}"),
    };
    let view = TopicView {
        name,
        topics: inner,
        articles: links(articles.iter()),
        before: (number > 1).then(|| at(number - 1)),
        next: (skip + articles.len() < count).then(|| at(number + 1)),
    };
    kept(
        &headers,
        draw(&app, language, |ctx| help_pages::topic(ctx, &around, &view)),
    )
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    helped: String,
    #[serde(default)]
    comment: String,
}

async fn article(
    State(app): State<App>,
    Path((tag, slug)): Path<(String, String)>,
    Query(said): Query<Said>,
    headers: HeaderMap,
) -> Response {
    let language = match language(&tag, Some(&slug)) {
        Ok(language) => language,
        Err(Some(path)) => return Redirect::permanent(&path).into_response(),
        Err(None) => return missing(&app, preferred(&headers)).await,
    };
    app.knowledge.ready().await;
    let Some(article) = app.knowledge.at(language, &slug) else {
        return match moved(&app, language, &slug).await {
            Some(path) => Redirect::permanent(&path).into_response(),
            None => missing(&app, language).await,
        };
    };
    let tree = app.knowledge.tree();
    let mut around = around(&app, &article.path()).await;
    around.is_article = true;
    around.description = description(&article);
    around.languages = app
        .knowledge
        .translations(&article)
        .iter()
        .map(|translation| (translation.language, translation.path()))
        .collect();
    around.crumbs = about::crumbs(language, &tree, article.place.category.as_deref());
    around.data = vec![about::article(&around, &article), about::trail(&around, &article.title)];
    let page = drawn::draw(&article.body);
    let view = ArticleView {
        title: article.title.clone(),
        html: page.html,
        headings: headings(page.headings),
        updated_at: article.updated_at,
        helped: match said.helped.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        has_commented: !said.comment.is_empty(),
        related: links(app.knowledge.related(&article, RELATED).iter()),
    };
    if view.helped.is_none() && is_read(&headers) {
        app.knowledge.viewed(&article.id, app.store.now());
    }
    let page = draw(&app, language, |ctx| help_pages::article(ctx, &around, &view));
    match view.helped {
        None => kept(&headers, page),
        Some(_) => not_kept(StatusCode::OK, page),
    }
}

/// The table of contents of a drawn text.
pub(crate) fn headings(headings: Vec<kb::page::Heading>) -> Vec<HeadingView> {
    let view = |heading: kb::page::Heading| HeadingView {
        level: heading.level,
        id: heading.id,
        text: heading.text,
    };
    headings.into_iter().map(view).collect()
}

/// Where an article went that had this address once.
async fn moved(app: &App, language: Language, slug: &str) -> Option<String> {
    let id = match slugs::former(app.store.db(), language, slug).await {
        Ok(id) => id?,
        Err(error) => {
            tracing::warn!(%error, "a former address could not be looked up");
            return None;
        }
    };
    Some(app.knowledge.article(&id)?.path())
}

/// Whether a person asks, as far as the request says: no page that a browser fetches ahead, no robot.
fn is_read(headers: &HeaderMap) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let is_ahead = text("sec-purpose").contains("prefetch") || text("purpose").contains("prefetch");
    let agent = text("user-agent");
    let is_robot = ["bot", "crawl", "spider", "preview", "monitor"]
        .iter()
        .any(|word| agent.contains(word));
    !is_ahead && !is_robot
}

/// The language of a path; `Err(Some(path))` is where a near miss such as `pt-BR` really is.
fn language(tag: &str, slug: Option<&str>) -> Result<Language, Option<String>> {
    match (tag.parse::<Language>(), Language::from_tag(tag)) {
        (Ok(language), _) => Ok(language),
        (Err(_), Some(language)) => Err(Some(match slug {
            None => home_path(language),
            Some(slug) => format!("{}/{}", home_path(language), ui::routes::escape(slug)),
        })),
        (Err(_), None) => Err(None),
    }
}

async fn around(app: &App, path: &str) -> Around {
    let logo = match billing::settings::business(app.store.db(), &app.store).await {
        Ok(business) => business
            .logo
            .map(|logo| format!("/portal/logo?{}", logo.sha256.get(..12).unwrap_or_default())),
        Err(error) => {
            tracing::warn!(%error, "the logo could not be looked up");
            None
        }
    };
    Around {
        logo,
        business: Business {
            name: app.business_name(),
            url: None,
        },
        public_url: app.public_url(),
        path: path.to_owned(),
        ..Around::default()
    }
}

fn every_home() -> Vec<(Language, String)> {
    Language::ALL
        .iter()
        .map(|&language| (language, home_path(language)))
        .collect()
}

fn draw(app: &App, language: Language, page: impl FnOnce(&Ctx<'_>) -> Markup) -> Markup {
    page(&Ctx {
        lang: language,
        now: app.store.now(),
        tz: app.tz(),
        csrf: "",
    })
}

async fn missing(app: &App, language: Language) -> Response {
    let mut around = around(app, &home_path(language)).await;
    around.languages = every_home();
    around.is_unlisted = true;
    let page = draw(app, language, |ctx| help_pages::missing(ctx, &around));
    not_kept(StatusCode::NOT_FOUND, page)
}

fn shelves(articles: &[Arc<Article>]) -> Vec<Shelf> {
    [
        (ArticleKind::Guide, ShelfKind::Guides),
        (ArticleKind::Faq, ShelfKind::Questions),
        (ArticleKind::Manual, ShelfKind::Manuals),
    ]
    .into_iter()
    .map(|(kind, shelf)| Shelf {
        kind: shelf,
        articles: articles
            .iter()
            .filter(|article| article.kind == kind)
            .take(SHELF)
            .map(|article| (article.title.clone(), article.path()))
            .collect(),
    })
    .collect()
}

fn description(article: &Article) -> String {
    // Only the beginning is wanted; a long article is not read to its end for it.
    let end = article
        .body
        .char_indices()
        .nth(2_000)
        .map_or(article.body.len(), |(at, _)| at);
    let text = kb::markdown::to_text(&article.body[..end]);
    clip(&text.split_whitespace().collect::<Vec<_>>().join(" "), DESCRIPTION)
}

fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
