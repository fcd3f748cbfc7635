//! A message of a customer as a web hook brings it, with the files that Meta still holds.

use conversation::inbound::{BlobRef, InboundAttachment, InboundMessage};
use serde::{Deserialize, Serialize};

/// One message of a customer, and what it takes to complete it.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The normal form; `attachments` is empty (see [`MediaRef::attachment`]), and so is `raw`
    /// until the body is stored.
    pub message: InboundMessage,
    /// Files to fetch with [`super::Client::fetch_media`], best after the message is filed.
    pub media: Vec<MediaRef>,
    /// Where an answer goes: the `wa_id` exactly as Meta gave it, else the business-scoped user id.
    /// The identity may be written differently (see [`super::canonical_phone`]).
    pub address: Option<String>,
    /// The number it was sent to. An app has one web hook for all its numbers, so this and not the
    /// address of the web hook says whose message it is.
    pub phone_number_id: Option<String>,
}

/// A file that Meta holds. As JSON it is the `source` of an attachment that is still to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRef {
    /// Meta's id of it.
    pub id: String,
    /// The file name, as sent or made from the type.
    pub name: String,
    /// The media type, without parameters.
    pub media_type: String,
    /// SHA-256 of the bytes as Meta writes it (base64 or hexadecimal).
    pub sha256: Option<String>,
    /// A voice message, not an audio file.
    pub is_voice: bool,
}

impl MediaRef {
    /// The attachment that stands for the file until it is fetched.
    pub fn attachment(&self) -> InboundAttachment {
        InboundAttachment {
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            inline: false,
            content_id: None,
            blob: BlobRef {
                sha256: String::new(),
                size: 0,
            },
            source: serde_json::to_value(self).ok(),
        }
    }
}
