//! Bytes: files up and down, messages as they came.

use axum::Json as Answer;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use conversation::access::{self, Permission};
use conversation::types::{AttachmentId, Channel, MessageId};
use conversation::{attachments, audit};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::extract::{Id, Query};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use super::views::AttachmentView;
use crate::app::App;

/// Bytes, described for OpenAPI.
pub(super) enum Octets {}

impl PartialSchema for Octets {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("Bytes, as they are."))
            .into()
    }
}
impl ToSchema for Octets {
    fn name() -> std::borrow::Cow<'static, str> {
        "Bytes".into()
    }
}

/// Read a message as it came
///
/// The original bytes: the whole mail, or the JSON of the provider's web hook.
#[utoipa::path(get, path = "/messages/{id}/raw", tag = "messages", operation_id = "getRawMessage",
    params(("id" = String, Path, description = "The message.")),
    responses((status = 200, description = "The bytes.", content(
        (Octets = "message/rfc822"), (serde_json::Value = "application/json"), (Octets = "application/octet-stream")))))]
pub(super) async fn raw(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Response> {
    caller.may(Permission::Read)?;
    let message = access::message(app.store.db(), &caller.actor, &MessageId::from(id)).await?;
    let sha256 = message.raw_sha256.ok_or_else(Problem::not_found)?;
    let object = message.id.as_str();
    audit::note(
        &app.store,
        &caller.actor,
        "file.original",
        object,
        &serde_json::json!({}),
    )
    .await?;
    let bytes = app.store.blobs().get(&sha256).await?;
    let (media_type, ending) = match message.channel {
        Channel::Email => ("message/rfc822", "eml"),
        _ if serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok() => ("application/json", "json"),
        _ => ("application/octet-stream", "bin"),
    };
    Ok(download_of(bytes, media_type, &format!("{}.{ending}", message.id)))
}

/// What is uploaded.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// The file name.
    name: String,
}

/// Upload a file
///
/// The body is the file and Content-Type its media type. The file waits for a message of this
/// token that names its id in `attachments`.
#[utoipa::path(post, path = "/attachments", tag = "messages", operation_id = "uploadAttachment", params(UploadQuery),
    request_body(content = Octets, content_type = "application/octet-stream", description = "The bytes."),
    responses((status = 201, description = "The file.", body = AttachmentView)))]
pub(super) async fn upload(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Outcome<(StatusCode, Answer<AttachmentView>)> {
    caller.may(Permission::Work)?;
    if query.name.trim().is_empty() {
        return Err(Problem::invalid("name: the file needs a name"));
    }
    if body.is_empty() {
        return Err(Problem::invalid("the file is empty"));
    }
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(plain_media_type)
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    let blob = app.store.put_blob(&body).await?;
    let file = attachments::upload(&app.store, &caller.actor, query.name.trim(), &media_type, &blob).await?;
    Ok((StatusCode::CREATED, Answer(file.into())))
}

/// Download a file
///
/// The bytes, always as a download: nothing in them runs or is guessed at. 409 while the bytes are
/// still with the channel.
#[utoipa::path(get, path = "/attachments/{id}", tag = "messages", operation_id = "downloadAttachment",
    params(("id" = String, Path, description = "The attachment.")),
    responses((status = 200, description = "The bytes, with the media type that the sender gave.", body = Octets, content_type = "*/*")))]
pub(super) async fn download(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Response> {
    caller.may(Permission::Read)?;
    let file = access::attachment(app.store.db(), &caller.actor, &AttachmentId::from(id)).await?;
    if file.sha256.is_empty() {
        return Err(Problem::conflict(match file.fetch_error {
            Some(words) => format!("the channel has not given the file yet: {words}"),
            None => "the file is still being fetched from the channel".to_owned(),
        }));
    }
    let detail = serde_json::json!({ "name": file.name });
    audit::note(&app.store, &caller.actor, "file.opened", file.id.as_str(), &detail).await?;
    let bytes = app.store.blobs().get(&file.sha256).await?;
    let media_type = plain_media_type(&file.media_type).unwrap_or_else(|| "application/octet-stream".to_owned());
    Ok(download_of(bytes, &media_type, &file.name))
}

/// `type/subtype` without parameters, if it is one.
fn plain_media_type(text: &str) -> Option<String> {
    let plain = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let (kind, subkind) = plain.split_once('/')?;
    (plain.len() <= 127 && is_token(kind) && is_token(subkind)).then_some(plain)
}

/// Bytes that no browser shows, runs or guesses about.
fn download_of(bytes: Bytes, media_type: &str, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    for (header, text) in [
        (CONTENT_TYPE, media_type),
        (CONTENT_DISPOSITION, disposition(name).as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (CACHE_CONTROL, "private, no-store"),
    ] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(header, value);
        }
    }
    response
}

/// Content-Disposition with the name in ASCII for old programs and as it is (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    use std::fmt::Write;
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '/' | '%' => '_',
            c if c.is_ascii() && !c.is_ascii_control() => c,
            _ => '_',
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}
