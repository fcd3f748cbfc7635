//! The normal form that every channel sends from, and the typed outcome of sending.

use serde::{Deserialize, Serialize};

use crate::card::Card;
use crate::inbound::BlobRef;
use crate::types::{ConversationId, DeliveryId, InboxId, Language, MessageId, Millis};

/// One outbound message as its channel needs it; built by `deliveries::load`, sent outside any
/// transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutboundMessage {
    /// The delivery that is being made. WhatsApp carries it as `biz_opaque_callback_data`.
    pub delivery: DeliveryId,
    /// The message.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The account it leaves by.
    pub inbox: InboxId,
    /// The address, `wa_id` or visitor it goes to.
    pub recipient: String,
    /// The recipient's name, where known.
    pub recipient_name: Option<String>,
    /// The language of the customer.
    pub language: Language,
    /// The name the customer sees.
    pub author_name: String,
    /// The subject of the conversation.
    pub subject: Option<String>,
    /// The body as text (agents write a small Markdown).
    pub text: String,
    /// The files.
    pub attachments: Vec<OutboundAttachment>,
    /// The cards.
    pub cards: Vec<Card>,
    /// The Message-ID without angle brackets, fixed when the message was written.
    pub external_id: String,
    /// The signed reply token of the conversation.
    pub reply_token: String,
    /// The last inbound message's id on this channel, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Earlier ids of the thread, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// Written by the bot or the system, not by a person (RFC 3834).
    pub is_automatic: bool,
    /// When the recipient last wrote by this inbox; WhatsApp's 24-hour window counts from here.
    pub last_inbound_at: Option<Millis>,
    /// The provider's id of the one message that this one answers or reacts to, where its writer chose one.
    pub quotes: Option<String>,
    /// What only this channel has: an object with `type`, read by the channel's adapter.
    pub extra: Option<serde_json::Value>,
}

/// One file of an outbound message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundAttachment {
    /// The file name.
    pub name: String,
    /// The media type.
    pub media_type: String,
    /// The bytes.
    pub blob: BlobRef,
}

/// What the channel answered when it took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The provider's id: a `wamid`, a Message-ID.
    pub provider_id: Option<String>,
    /// Whether taking it means that the customer has it already (the web chat's own screen).
    pub is_delivered: bool,
}

/// Why a message did not leave. The dispatcher's next step depends on nothing else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Worth trying again, not before `retry_after` milliseconds when the provider says so.
    #[error("temporary ({code}): {reason}")]
    Temporary {
        /// A stable code, such as `smtp.451` or `whatsapp.130429`.
        code: String,
        /// Words for people.
        reason: String,
        /// How long the provider asks to wait, in milliseconds.
        retry_after: Option<i64>,
    },
    /// Trying again cannot help.
    #[error("permanent ({code}): {reason}")]
    Permanent {
        /// A stable code.
        code: String,
        /// Words for people.
        reason: String,
    },
    /// The provider may have taken it: only its own word may decide about a second try.
    #[error("unknown ({code}): {reason}")]
    Unknown {
        /// A stable code.
        code: String,
        /// Words for people.
        reason: String,
    },
}

impl SendError {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            SendError::Temporary { code, .. } | SendError::Permanent { code, .. } | SendError::Unknown { code, .. } => {
                code
            }
        }
    }

    /// The words for people.
    pub fn reason(&self) -> &str {
        match self {
            SendError::Temporary { reason, .. }
            | SendError::Permanent { reason, .. }
            | SendError::Unknown { reason, .. } => reason,
        }
    }
}

/// What could not be read or written decides as well: trouble that passes is worth another try.
impl From<crate::Error> for SendError {
    fn from(error: crate::Error) -> SendError {
        let (code, reason) = ("storage".to_owned(), error.to_string());
        if error.is_transient() {
            SendError::Temporary {
                code,
                reason,
                retry_after: None,
            }
        } else {
            SendError::Permanent { code, reason }
        }
    }
}

/// What a provider later says about a message it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusUpdate {
    /// The account that reported it.
    pub inbox: InboxId,
    /// The provider's id of the message.
    pub provider_id: String,
    /// Our delivery, where the provider echoes it.
    pub delivery: Option<DeliveryId>,
    /// The state it reports.
    pub state: crate::types::DeliveryState,
    /// The provider's time.
    pub at: Millis,
    /// Code and words of a failure.
    pub error: Option<(String, String)>,
    /// Pricing, conversation category and the like, as the provider gave them.
    pub extra: Option<serde_json::Value>,
}
