//! Files as Meta takes them.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>

use conversation::outbound::{OutboundAttachment, SendError};
use serde_json::json;

use super::content::{Content, MediaId, permanent};
use crate::whatsapp::limits::Limit;

/// Characters of a caption.
pub(crate) const MAX_CAPTION: usize = 1024;

const MIB: i64 = 1024 * 1024;

/// Media type, the kind of message it makes, and the most bytes Meta takes of it.
const TYPES: &[(&str, &str, i64)] = &[
    ("image/jpeg", "image", 5 * MIB),
    ("image/png", "image", 5 * MIB),
    ("video/mp4", "video", 16 * MIB),
    ("video/3gpp", "video", 16 * MIB),
    ("audio/aac", "audio", 16 * MIB),
    ("audio/amr", "audio", 16 * MIB),
    ("audio/mpeg", "audio", 16 * MIB),
    ("audio/mp4", "audio", 16 * MIB),
    ("audio/ogg", "audio", 16 * MIB),
    ("application/pdf", "document", 100 * MIB),
    ("application/msword", "document", 100 * MIB),
    ("application/vnd.ms-excel", "document", 100 * MIB),
    ("application/vnd.ms-powerpoint", "document", 100 * MIB),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "document",
        100 * MIB,
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "document",
        100 * MIB,
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "document",
        100 * MIB,
    ),
    ("text/plain", "document", 100 * MIB),
];

/// The media type to upload a file with, once it is sure that Meta takes it.
///
/// # Errors
/// [`SendError::Permanent`] for a type or a size that Meta does not take.
pub fn upload_type(attachment: &OutboundAttachment) -> Result<&'static str, SendError> {
    Ok(row(attachment)?.0)
}

pub(crate) fn has_caption(kind: &str) -> bool {
    matches!(kind, "image" | "video" | "document")
}

pub(crate) fn content(attachment: &OutboundAttachment, id: &MediaId) -> Result<Content, SendError> {
    let (_, kind, _) = row(attachment)?;
    let content = match kind {
        // WhatsApp shows a document by its name.
        "document" => json!({ "id": id, "filename": attachment.name }),
        _ => json!({ "id": id }),
    };
    Ok((kind, content))
}

/// Why Meta would not take a file.
///
/// # Errors
/// The [`Limit`] that it breaks.
pub fn refusal(attachment: &OutboundAttachment) -> Result<(), Limit> {
    let named = |key| Limit::new(key).with("name", &attachment.name);
    let Some((.., most)) = known(attachment) else {
        return Err(named("file-type").with("type", &attachment.media_type));
    };
    let size = attachment.blob.size;
    if size > most {
        let whole = (size + MIB - 1) / MIB;
        return Err(named("file-size").with("size", whole).with("most", most / MIB));
    }
    if size == 0 { Err(named("file-empty")) } else { Ok(()) }
}

/// What Meta makes of a file's type.
fn known(attachment: &OutboundAttachment) -> Option<(&'static str, &'static str, i64)> {
    let full = attachment.media_type.to_ascii_lowercase();
    let bare = full.split(';').next().unwrap_or_default().trim();
    let bare = match bare {
        "image/jpg" => "image/jpeg",
        "audio/mp3" => "audio/mpeg",
        "audio/x-m4a" | "audio/m4a" => "audio/mp4",
        "audio/opus" => "audio/ogg",
        // Tables, code and the like are text; their name still tells what they are.
        text if text.starts_with("text/") => "text/plain",
        "application/json" | "application/xml" => "text/plain",
        other => other,
    };
    TYPES.iter().find(|(media_type, ..)| *media_type == bare).copied()
}

fn row(attachment: &OutboundAttachment) -> Result<(&'static str, &'static str, i64), SendError> {
    let Some(row) = known(attachment) else {
        return Err(permanent(
            "media_type",
            format!(
                "WhatsApp does not take `{}` ({}). It takes JPEG and PNG images, MP4 video, audio, PDF, Office \
                 documents and text.",
                attachment.name, attachment.media_type
            ),
        ));
    };
    let size = attachment.blob.size;
    if size > row.2 {
        let reason = format!(
            "`{}` has {} MB; WhatsApp takes at most {} MB of this type.",
            attachment.name,
            (size + MIB - 1) / MIB,
            row.2 / MIB
        );
        return Err(permanent("media_too_large", reason));
    }
    if size == 0 {
        return Err(permanent(
            "media_empty",
            format!("`{}` is empty; WhatsApp refuses empty files.", attachment.name),
        ));
    }
    Ok(row)
}
