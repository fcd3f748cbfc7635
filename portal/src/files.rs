//! Files to customers: drawn in place only where nothing can run, handed over as a download otherwise.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use conversation::types::{Actor, AttachmentId};
use conversation::{access, audit};

pub use crate::multipart::{media_type, safe_name};

use crate::Portal;
use crate::links;
use crate::request::{Failed, Page};

/// What browsers draw without running anything of it.
const DRAWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/amr",
    "audio/webm",
    "audio/wav",
    "video/mp4",
    "video/webm",
];

/// The answer that hands over a file. The sender's media type is believed only if it is one that
/// can do no harm; nothing is guessed from the bytes (`nosniff`), and nothing runs (`sandbox`).
pub fn file_response(name: &str, media_type: &str, bytes: Bytes) -> Response {
    let is_drawn = DRAWN.contains(&media_type);
    let kind = if is_drawn {
        media_type
    } else {
        "application/octet-stream"
    };
    let disposition = format!(
        "{}; filename=\"{}\"; filename*=UTF-8''{}",
        if is_drawn { "inline" } else { "attachment" },
        name.chars()
            .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') {
                c
            } else {
                '_'
            })
            .collect::<String>(),
        ui::routes::escape(name)
    );
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

/// GET `/portal/files/{id}`.
pub(crate) async fn download(State(portal): State<Portal>, headers: HeaderMap, Path(id): Path<String>) -> Page {
    let Some(contact) = links::signed_in(&portal.store, &headers).await? else {
        return Err(Failed::Status(StatusCode::UNAUTHORIZED));
    };
    let actor = Actor::Contact(contact.id);
    let file = access::attachment(portal.store.db(), &actor, &AttachmentId::from(id)).await?;
    if file.sha256.is_empty() {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    }
    let detail = serde_json::json!({ "name": file.name });
    audit::note(&portal.store, &actor, "file.opened", file.id.as_str(), &detail).await?;
    let bytes = portal.store.blobs().get(&file.sha256).await?;
    Ok(file_response(&file.name, &file.media_type, bytes))
}

/// A picture of ours, of a kind that was checked when it was taken.
pub fn picture(kind: &str, bytes: Bytes) -> Response {
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ],
        bytes,
    )
        .into_response()
}
