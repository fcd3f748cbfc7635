//! Files, formatted mail and originals. All of it came from strangers: nothing here may run, and
//! only pictures that are pictures by their bytes are shown in place.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use conversation::conversations::Attachment;
use conversation::pictures::sniffed;
use conversation::types::{AttachmentId, Channel, MessageId};
use conversation::{Error, access, attachments, audit};
use maud::{DOCTYPE, PreEscaped, html};
use serde::Deserialize;
use ui::i18n;
use ui::routes;

use super::images::{self, REMOTE_SOURCE};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;

/// What a file may do when it is opened by itself: nothing.
const FILE_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// `/files/{id}`.
pub(super) async fn file(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let file = access::attachment(app.store.db(), &me.actor(), &AttachmentId::from(id)).await?;
    if file.sha256.is_empty() {
        return Err(Failure::NotYet);
    }
    // A player asks for part after part: one line for the first.
    if !headers.contains_key(header::RANGE) {
        let detail = serde_json::json!({ "name": file.name });
        audit::note(&app.store, &me.actor(), "file.opened", file.id.as_str(), &detail).await?;
    }
    let bytes = app.store.blobs().get(&file.sha256).await?;
    Ok(given(&file, bytes, &headers))
}

fn given(file: &Attachment, bytes: Bytes, headers: &HeaderMap) -> Response {
    let picture = sniffed(&bytes);
    let media_type = match picture {
        Some(kind) => kind,
        // Played by the page's own players, which take nothing else from it.
        None if is_playable(&file.media_type) => file.media_type.as_str(),
        None => "application/octet-stream",
    };
    let how = if picture.is_some() { "inline" } else { "attachment" };
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| range(text, bytes.len()));
    let (status, body, content_range) = match range {
        Some((from, to)) => {
            let whole = format!("bytes {from}-{to}/{}", bytes.len());
            (StatusCode::PARTIAL_CONTENT, bytes.slice(from..=to), Some(whole))
        }
        None => (StatusCode::OK, bytes, None),
    };
    let mut response = (status, Body::from(body)).into_response();
    let out = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, media_type);
    set(header::CONTENT_DISPOSITION, &disposition(how, &file.name));
    set(header::CONTENT_SECURITY_POLICY, FILE_POLICY);
    set(header::ACCEPT_RANGES, "bytes");
    // The bytes of an id never change; whoever signs out loses the page, not what they saw.
    set(header::CACHE_CONTROL, "private, max-age=86400, immutable");
    if let Some(whole) = content_range {
        set(header::CONTENT_RANGE, &whole);
    }
    response
}

fn is_playable(media_type: &str) -> bool {
    let is_token = media_type
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'+'));
    is_token && (media_type.starts_with("audio/") || media_type.starts_with("video/"))
}

/// `bytes=from-to` of RFC 9110, one range, both ends included.
fn range(text: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let last = length.checked_sub(1)?;
    let (from, to) = match (from, to) {
        ("", suffix) => (length.saturating_sub(suffix.parse().ok()?), last),
        (from, "") => (from.parse().ok()?, last),
        (from, to) => (from.parse().ok()?, to.parse::<usize>().ok()?.min(last)),
    };
    (from <= to).then_some((from, to))
}

/// RFC 6266: a name in ASCII for old programs, and the whole one (RFC 8187).
pub(super) fn disposition(how: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", routes::escape(name))
}

#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    images: String,
    #[serde(default)]
    download: String,
}

/// `/inbox/m/{id}/html`: cleaned when it came in, and locked in here all the same.
pub(super) async fn html(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response, Failure> {
    let message = access::message(app.store.db(), &me.actor(), &MessageId::from(id)).await?;
    let source = message.html.ok_or(Error::NotFound)?;
    let files = attachments::of_messages(app.store.db(), std::slice::from_ref(&message.id)).await?;
    let with_remote = !shown.images.is_empty();
    let has_remote = source.contains(REMOTE_SOURCE);
    let source = with_pictures(&source, &files);
    let source = if with_remote {
        images::through_us(&source, message.id.as_str())
    } else {
        source
    };
    // Nothing is ever loaded from elsewhere: pictures that the agent asks for come through us.
    let policy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";
    let page = html! {
        (DOCTYPE)
        html lang=(me.lang) {
            head {
                meta charset="utf-8";
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (message.subject.as_deref().unwrap_or_default()) }
                base target="_blank";
                style { (PreEscaped(STYLE)) }
            }
            body {
                @if has_remote && !with_remote {
                    p.switchboard-images { (i18n::t(me.lang, "mail-images")) " "
                        a href="?images=1" target="_self" { (i18n::t(me.lang, "mail-images-show")) } }
                }
                div { (PreEscaped(source)) }
            }
        }
    };
    let mut response = crate::auth::html(page);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

const STYLE: &str = "html{color-scheme:light;background:#fff}body{margin:12px;font:14px/1.5 system-ui,sans-serif;color:#1a1a1a;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}blockquote{margin:.5em 0;padding-left:.8em;border-left:3px solid #ddd;color:#555}pre{white-space:pre-wrap}.switchboard-images{margin:0 0 12px;padding:8px 12px;border-radius:6px;background:#f4f5f6;color:#59626c;font:13px/1.4 system-ui,sans-serif}.switchboard-images a{color:#0b6b5d}";

/// Puts our own addresses in place of `cid:` ones. Works on the cleaner's output, in which every value stands in double quotes.
fn with_pictures(source: &str, files: &[Attachment]) -> String {
    const CID: &str = " src=\"cid:";
    let by_id: HashMap<&str, &Attachment> = files
        .iter()
        .filter_map(|file| Some((file.content_id.as_deref()?, file)))
        .collect();
    let mut out = String::with_capacity(source.len() + 256);
    let mut rest = source;
    while let Some(at) = rest.find(CID) {
        out.push_str(&rest[..at]);
        let value = &rest[at + CID.len()..];
        let end = value.find('"').unwrap_or(value.len());
        let id = percent_decoded(&value[..end]);
        if let Some(file) = by_id.get(id.as_str()).or_else(|| by_id.get(&value[..end])) {
            out.push_str(" src=\"");
            out.push_str(&routes::path(routes::FILE, file.id.as_str()));
        } else {
            out.push_str(" data-missing=\"");
        }
        rest = &value[end..];
    }
    out.push_str(rest);
    out
}

fn percent_decoded(text: &str) -> String {
    // `k=v` decoding turns `+` into a space, which ids may hold; keep it.
    url::form_urlencoded::parse(text.replace('+', "%2B").as_bytes())
        .next()
        .map(|(key, value)| {
            if value.is_empty() {
                key.into_owned()
            } else {
                format!("{key}={value}")
            }
        })
        .unwrap_or_default()
}

/// `/inbox/m/{id}/raw`: as it arrived; as text to look at, or to keep with `download=1`.
pub(super) async fn raw(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response, Failure> {
    let message = access::message(app.store.db(), &me.actor(), &MessageId::from(id)).await?;
    let sha256 = message.raw_sha256.ok_or(Error::NotFound)?;
    let object = message.id.as_str();
    audit::note(&app.store, &me.actor(), "file.original", object, &serde_json::json!({})).await?;
    let bytes = app.store.blobs().get(&sha256).await?;
    let name = match message.channel {
        Channel::Email => format!("{}.eml", message.id),
        _ => format!("{}.txt", message.id),
    };
    Ok(original(&name, bytes, !shown.download.is_empty()))
}

/// The bytes of something that arrived, harmlessly.
pub(crate) fn original(name: &str, bytes: Bytes, download: bool) -> Response {
    let (how, kind) = if download {
        ("attachment", "application/octet-stream")
    } else {
        ("inline", "text/plain; charset=utf-8")
    };
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    if let Ok(value) = HeaderValue::from_str(&disposition(how, name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
