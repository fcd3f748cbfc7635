//! Long tables as CSV, read part after part while they are sent.

use std::future::Future;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use conversation::types::{Actor, Language};
use conversation::{Result, Store, audit};
use futures::StreamExt;
use futures::stream::{once, try_unfold};
use serde_json::json;
use ui::spreadsheet::{self, Cell};

/// A file with the heads of its columns and what `part` reads: rows and where the next part begins, `None` behind the
/// last. What fails breaks the file off, so that nobody takes it for whole.
pub(crate) fn download<At, Part, Read>(name: &str, language: Language, head: &[&str], part: Part) -> Response
where
    At: Default + Send + 'static,
    Part: FnMut(At) -> Read + Send + 'static,
    Read: Future<Output = Result<Option<(String, At)>>> + Send + 'static,
{
    let head = spreadsheet::row(language, head.iter().map(|title| Cell::Text(title)));
    let head = once(std::future::ready(Ok(format!("{}{head}", spreadsheet::MARK))));
    let parts = head.chain(try_unfold(At::default(), part));
    (
        [
            (header::CONTENT_TYPE, spreadsheet::MEDIA_TYPE.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ],
        // What compresses it asks once more behind its end.
        Body::from_stream(parts.fuse()),
    )
        .into_response()
}

/// Notes in the audit who took which list along, as narrowed by `query`.
pub(crate) async fn note(store: &Store, actor: &Actor, list: &str, query: &str) -> Result<()> {
    audit::note(store, actor, "list.exported", list, &json!({ "query": query })).await
}
