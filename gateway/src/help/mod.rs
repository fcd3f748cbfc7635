//! The help centre: public articles under `/help/{language}`.
//!
//! Everything is served from the process's knowledge base, so that a page costs no query.

use std::num::NonZeroU32;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use conversation::types::Language;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use kb::store::{Verdict, record_feedback};
use kb::{Article, ArticleKind, Hit, markdown};
use maud::Markup;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use ui::Ctx;
use ui::help_pages::{self, Around, ArticleView, Found, HomeView, Shelf, ShelfKind, home_path};
use ui::portal_pages::Business;

use crate::app::App;

/// Results of one search.
const RESULTS: usize = 20;
/// A longer query is cut, in characters.
const LONGEST_QUERY: usize = 300;
/// A passage below a result is cut around what was asked for, in characters.
const SNIPPET: usize = 240;
/// What search engines show of an article, in characters.
const DESCRIPTION: usize = 160;
/// Verdicts that are kept, per second: whoever posts more only fills the table.
const VERDICTS_A_SECOND: NonZeroU32 = NonZeroU32::new(20).unwrap();

static VERDICTS: LazyLock<DefaultDirectRateLimiter> =
    LazyLock::new(|| RateLimiter::direct(Quota::per_second(VERDICTS_A_SECOND)));

/// The routes under `/help`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/help", get(entrance))
        .route("/help/{language}", get(home))
        .route("/help/{language}/{slug}", get(article))
        .route("/help/{language}/{slug}/feedback", post(feedback))
}

/// Leads to the reader's language.
async fn entrance(headers: HeaderMap) -> Response {
    let mut response = Redirect::temporary(&home_path(preferred(&headers))).into_response();
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

fn preferred(headers: &HeaderMap) -> Language {
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

async fn home(
    State(app): State<App>,
    Path(tag): Path<String>,
    Query(search): Query<Search>,
    headers: HeaderMap,
) -> Response {
    let language = match language(&tag, None) {
        Ok(language) => language,
        Err(Some(path)) => return Redirect::permanent(&path).into_response(),
        Err(None) => return missing(&app, preferred(&headers)),
    };
    app.knowledge.ready().await;
    let query: String = search.q.trim().chars().take(LONGEST_QUERY).collect();
    let mut around = around(&app, &home_path(language));
    around.languages = every_home();
    if query.is_empty() {
        let view = HomeView {
            shelves: shelves(&app.knowledge.published(language)),
            ..HomeView::default()
        };
        let page = draw(&app, language, |ctx| help_pages::home(ctx, &around, &view));
        return kept(&headers, page);
    }
    around.is_unlisted = true;
    let knowledge = app.knowledge.clone();
    let asked = query.clone();
    let found = tokio::task::spawn_blocking(move || knowledge.search(language, &asked, RESULTS)).await;
    let hits = match found {
        Ok(Ok(hits)) => hits,
        Ok(Err(error)) => {
            tracing::error!(%error, "a search failed");
            Vec::new()
        }
        Err(error) => {
            tracing::error!(%error, "a search failed");
            Vec::new()
        }
    };
    let view = HomeView {
        found: hits.iter().map(found_of).collect(),
        query,
        ..HomeView::default()
    };
    not_kept(
        StatusCode::OK,
        draw(&app, language, |ctx| help_pages::home(ctx, &around, &view)),
    )
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    helped: String,
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
        Err(None) => return missing(&app, preferred(&headers)),
    };
    app.knowledge.ready().await;
    let Some(article) = app.knowledge.at(language, &slug) else {
        return missing(&app, language);
    };
    let mut around = around(&app, &article.path());
    around.description = description(&article);
    around.languages = app
        .knowledge
        .translations(&article)
        .iter()
        .map(|translation| (translation.language, translation.path()))
        .collect();
    let view = ArticleView {
        title: article.title.clone(),
        html: markdown::to_html(&article.body),
        updated_at: article.updated_at,
        helped: match said.helped.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
    };
    let page = draw(&app, language, |ctx| help_pages::article(ctx, &around, &view));
    match view.helped {
        None => kept(&headers, page),
        Some(_) => not_kept(StatusCode::OK, page),
    }
}

async fn feedback(
    State(app): State<App>,
    Path((tag, slug)): Path<(String, String)>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    app.knowledge.ready().await;
    let article = Language::from_tag(&tag).and_then(|language| app.knowledge.at(language, &slug));
    let Some(article) = article else {
        return missing(&app, preferred(&headers));
    };
    let verdict = match said.helped.as_str() {
        "yes" => Some(Verdict::Helped),
        "no" => Some(Verdict::NotHelped),
        _ => None,
    };
    let Some(verdict) = verdict else {
        return Redirect::to(&article.path()).into_response();
    };
    if VERDICTS.check().is_ok()
        && let Err(error) = keep(&app, &article, verdict).await
    {
        // The reader has done their part; one verdict less is no reason for an error page.
        tracing::warn!(%error, article = article.id, "a verdict could not be kept");
    }
    Redirect::to(&format!("{}?helped={}", article.path(), said.helped)).into_response()
}

async fn keep(app: &App, article: &Article, verdict: Verdict) -> conversation::Result<()> {
    let mut tx = app.store.begin().await?;
    record_feedback(&mut tx, &article.id, None, "", verdict).await?;
    tx.commit_silently().await
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

fn around(app: &App, path: &str) -> Around {
    Around {
        business: Business {
            name: app.config.server.business_name.clone(),
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
        tz: &app.config.time_zone(),
        csrf: "",
    })
}

fn missing(app: &App, language: Language) -> Response {
    let mut around = around(app, &home_path(language));
    around.languages = every_home();
    around.is_unlisted = true;
    let page = draw(app, language, |ctx| help_pages::missing(ctx, &around));
    not_kept(StatusCode::NOT_FOUND, page)
}

/// A page that caches may keep for a minute, and compare after that.
fn kept(headers: &HeaderMap, page: Markup) -> Response {
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(page.0.as_bytes())[..12]));
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Html(page.0).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=60, stale-while-revalidate=600"),
    );
    // Compression changes the bytes, so the tag is a weak one.
    if let Ok(tag) = HeaderValue::from_str(&format!("W/{tag}")) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn not_kept(status: StatusCode, page: Markup) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Html(page.0)).into_response()
}

fn shelves(articles: &[std::sync::Arc<Article>]) -> Vec<Shelf> {
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
    let text = markdown::to_text(&article.body[..end]);
    clip(&text.split_whitespace().collect::<Vec<_>>().join(" "), DESCRIPTION)
}

fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn found_of(hit: &Hit) -> Found {
    Found {
        title: hit.title.clone(),
        path: hit.path(),
        other_language: hit.is_other_language.then_some(hit.language),
        passage: snippet(hit),
    }
}

/// The part of the passage around the first word that was asked for, in pieces.
fn snippet(hit: &Hit) -> Vec<(String, bool)> {
    let passage = &hit.passage;
    let first = hit.highlights.first().map_or(0, |range| range.start);
    // A third of the room stands before it.
    let before = passage[..first].char_indices().rev().nth(SNIPPET / 3);
    let start = before.map_or(0, |(at, _)| {
        passage[at..first].find(' ').map_or(at, |space| at + space + 1)
    });
    let end = passage[start..]
        .char_indices()
        .nth(SNIPPET)
        .map_or(passage.len(), |(at, _)| start + at);
    let mut pieces = Vec::new();
    if start > 0 {
        pieces.push(("… ".to_owned(), false));
    }
    let mut at = start;
    for range in &hit.highlights {
        if range.start < at || range.end > end {
            continue;
        }
        pieces.push((passage[at..range.start].to_owned(), false));
        pieces.push((passage[range.clone()].to_owned(), true));
        at = range.end;
    }
    pieces.push((passage[at..end].to_owned(), false));
    if end < passage.len() {
        pieces.push(("…".to_owned(), false));
    }
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

#[cfg(test)]
mod tests;
