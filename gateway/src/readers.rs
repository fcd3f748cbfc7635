//! What readers of published articles are shown and what they say of them, in the help centre and in the chat.

use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};

use conversation::types::{Language, Millis};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use kb::store::Verdict;
use kb::{Article, Hit, feedback};
use sha2::{Digest, Sha256};

use crate::app::App;

/// A longer query is cut, in characters.
const LONGEST_QUERY: usize = 300;
/// A passage below a result is cut around what was asked for, in characters.
pub(crate) const SNIPPET: usize = 240;
/// Verdicts that are kept, per second: whoever posts more only fills the table.
const A_SECOND: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// What helped lately helps now, in milliseconds.
const LATELY: Millis = 90 * 24 * 60 * 60 * 1000;
/// Of all articles in all languages so many stand in the order of their use; the others follow by their titles.
const RANKED: i64 = 500;

static KEPT: LazyLock<DefaultDirectRateLimiter> = LazyLock::new(|| RateLimiter::direct(Quota::per_second(A_SECOND)));

/// What was asked, as it is looked for.
pub(crate) fn cut_query(text: &str) -> String {
    text.trim().chars().take(LONGEST_QUERY).collect()
}

/// Articles for a query; none where the index cannot be read.
pub(crate) async fn searched(app: &App, language: Language, query: &str, most: usize) -> Vec<Hit> {
    let (knowledge, asked) = (app.knowledge.clone(), query.to_owned());
    let found = tokio::task::spawn_blocking(move || knowledge.search(language, &asked, most)).await;
    match found {
        Ok(Ok(hits)) => hits,
        Ok(Err(error)) => {
            tracing::error!(%error, "a search failed");
            Vec::new()
        }
        Err(error) => {
            tracing::error!(%error, "a search failed");
            Vec::new()
        }
    }
}

/// The part of the passage around the first word that was asked for, in pieces; `true` marks what was asked for.
pub(crate) fn snippet(hit: &Hit) -> Vec<(String, bool)> {
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

/// The ids of the articles that were read and helped most lately, the best first, in whatever language.
///
/// # Errors
/// The database is not to be had.
pub(crate) async fn ranked(app: &App) -> conversation::Result<Vec<String>> {
    feedback::most_helpful(app.store.db(), app.store.now() - LATELY, RANKED).await
}

/// The first of the published articles of the first of these languages that has any: by rank, then by title.
pub(crate) fn first_of(app: &App, languages: &[Language], ranked: &[String], most: usize) -> Vec<Arc<Article>> {
    let knowledge = &app.knowledge;
    let Some(&language) = languages.iter().find(|&&one| knowledge.page(one, 0, 1).1 > 0) else {
        return Vec::new();
    };
    let mut first: Vec<Arc<Article>> = ranked
        .iter()
        .filter_map(|id| knowledge.article(id))
        .filter(|article| article.language == language)
        .take(most)
        .collect();
    let (by_title, _) = knowledge.page(language, 0, 2 * most);
    for article in by_title {
        if first.len() < most && first.iter().all(|one| one.id != article.id) {
            first.push(article);
        }
    }
    first
}

/// Keeps what a reader says of an article; a later word of theirs replaces it. `who` is turned into a code that nobody
/// can turn back, and that is another one for every article, so that it says nothing about what else they read.
pub(crate) async fn judge(app: &App, article: &Article, who: &str, verdict: Verdict, comment: &str) {
    let digest = hex::encode(Sha256::digest(format!("{}\n{who}", article.id)));
    let signed = app.store.keys().sign("reader", &digest);
    let reader = signed.rsplit('.').next().unwrap_or_default();
    if KEPT.check().is_ok()
        && let Err(error) = feedback::say(&app.store, &article.id, reader, verdict, comment).await
    {
        // The reader has done their part; one verdict less is no reason for an error page.
        tracing::warn!(%error, article = article.id, "a verdict could not be kept");
    }
}
