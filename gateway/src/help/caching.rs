//! What caches may keep of the help centre.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;
use sha2::{Digest, Sha256};

/// A page that caches may keep for a minute, and compare after that.
pub(super) fn kept(headers: &HeaderMap, page: Markup) -> Response {
    let text = page.into_string();
    tagged(headers, &text.clone(), Html(text))
}

/// An answer with a tag of its content; a reader who has it gets nothing more.
pub(super) fn tagged(headers: &HeaderMap, content: &str, whole: impl IntoResponse) -> Response {
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(content.as_bytes())[..12]));
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        whole.into_response()
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

/// A page that is of this moment only.
pub(super) fn not_kept(status: StatusCode, page: Markup) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Html(page.0)).into_response()
}
