//! What one request carries, and why none can be made.

use conversation::outbound::SendError;
use serde_json::{Value, json};

/// The code of [`SendError::Permanent`] when the window is closed and no template can carry it.
pub const WINDOW_CLOSED: &str = "whatsapp.window_closed";

/// Characters of a text message.
pub(super) const MAX_TEXT: usize = 4096;

/// Meta's id of an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MediaId(pub String);

/// Kind and content of one request.
pub(super) type Content = (&'static str, Value);

/// A text, with a picture of the page that it links to.
pub(super) fn text_content(text: String) -> Content {
    let has_link = text.contains("https://") || text.contains("http://");
    ("text", json!({ "body": text, "preview_url": has_link }))
}

/// That a message can never be sent as it is.
pub(crate) fn permanent(code: &str, reason: impl Into<String>) -> SendError {
    SendError::Permanent {
        code: format!("whatsapp.{code}"),
        reason: reason.into(),
    }
}
