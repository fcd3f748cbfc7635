//! Files of the chat: uploaded by a visitor, handed out by addresses that carry their own signature.

use axum::Json;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use conversation::types::{Actor, AttachmentId, Language, Millis};
use conversation::{Error, access, attachments};
use portal::files::{file_response, media_type, safe_name};
use serde_json::Value;

use super::error::{Answer, Refused};
use super::limits::LARGEST;
use super::store::{self, Visitor};
use super::{Widget, session, view};

/// POST `uploads`.
pub(super) async fn upload(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
    mut multipart: Multipart,
) -> Answer<Json<Value>> {
    let store = &widget.app.store;
    let (_, visitor) = session::visitor(&widget, &key, &headers).await?;
    widget.limits.uploads.check(&visitor.visitor)?;
    let broken =
        |error: axum::extract::multipart::MultipartError| Refused::new(error.status(), "upload", error.body_text());
    while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = safe_name(field.file_name().unwrap_or_default());
        let kind = media_type(field.content_type().unwrap_or_default());
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(Refused::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    format!("the file has more than {LARGEST} bytes"),
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        if bytes.is_empty() {
            return Err(Refused::invalid("the file is empty"));
        }
        let blob = store.put_blob(&bytes).await?;
        let file = attachments::upload(store, &visitor.uploader(), &name, &kind, &blob).await?;
        return Ok(Json(view::file_json(store, &visitor, &file)));
    }
    Err(Refused::invalid("the upload has no part named `file`"))
}

/// GET `/widget/files/{signed}`. The signature says which browser was shown the file; whether its
/// contact may see it is asked anew each time.
pub(super) async fn download(State(widget): State<Widget>, Path(signed): Path<String>) -> Answer<Response> {
    let store = &widget.app.store;
    let text = store.keys().check("chat file", &signed).ok_or_else(Refused::missing)?;
    let mut parts = text.split('-');
    let (Some(visitor), Some(id), Some(until)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refused::missing());
    };
    if until.parse::<Millis>().map_or(true, |until| until < store.now()) {
        return Err(Refused::missing());
    }
    let visitor = Visitor {
        visitor: visitor.to_owned(),
        language: Language::En,
        signed_as: None,
    };
    let id = AttachmentId::from(id);
    let seen = match store::contact(store.db(), &visitor).await? {
        Some(contact) => access::attachment(store.db(), &Actor::Contact(contact), &id).await,
        None => Err(Error::NotFound),
    };
    let file = match seen {
        Ok(file) => file,
        // Not in a message yet: its uploader's alone.
        Err(Error::NotFound) => attachments::pending(store.db(), &visitor.uploader(), std::slice::from_ref(&id))
            .await
            .ok()
            .and_then(|mut files| files.pop())
            .ok_or_else(Refused::missing)?,
        Err(error) => return Err(error.into()),
    };
    if file.sha256.is_empty() {
        return Err(Refused::missing());
    }
    let bytes = store.blobs().get(&file.sha256).await?;
    Ok(file_response(&file.name, &file.media_type, bytes))
}
