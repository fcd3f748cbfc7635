//! Long tables as CSV, read part after part while they are sent.

use std::future::Future;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use conversation::Result;
use conversation::types::Language;
use futures::StreamExt;
use futures::stream::{once, try_unfold};
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
