//! A web hook's body as what it says: messages, receipts, and everything else.
//!
//! A body holds entries of one or several accounts, an entry holds events. Each is read on its own, so that one that cannot
//! be understood costs nothing but itself.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks>

use conversation::inbound::InboundMessage;
use conversation::types::{Channel, DeliveryState, InboxId, Millis};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parse;
use crate::whatsapp::parse::json;

/// A route may refuse longer bodies before reading them.
pub const MAX_BODY: usize = 3 * 1024 * 1024;

/// Everything in one web hook.
#[derive(Debug, Clone, Default)]
pub struct Payload {
    /// What customers sent, in the order of the body.
    pub messages: Vec<Inbound>,
    /// What was sent to customers, from here or by another program of the business.
    pub echoes: Vec<Inbound>,
    /// How far messages of ours came.
    pub receipts: Vec<Receipt>,
    /// What is none of these, or could not be read. Kept for a person to see.
    pub other: Vec<Other>,
}

/// One message, and what it takes to complete it.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The normal form; `attachments` is empty, and so is `raw` until the body is stored. The sender of an echo is whom it
    /// went to.
    pub message: InboundMessage,
    /// Files to fetch, best after the message is filed.
    pub media: Vec<MediaRef>,
    /// The customer's id there.
    pub user: String,
    /// The account that the web hook names: an app has one web hook for all its accounts.
    pub account: Option<String>,
    /// What we wrote into a message of ours, where its echo brings it back ([`super::send::mark`]).
    pub mark: Option<String>,
}

/// A file that Meta holds. As JSON it is the `source` of an attachment that is still to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRef {
    /// Where, for some days.
    pub url: String,
    /// A name made from its kind.
    pub name: String,
    /// The media type that its kind has most often; the bytes say which it is.
    pub media_type: String,
}

/// How far messages of ours came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The account.
    pub account: Option<String>,
    /// The customer's id there.
    pub user: String,
    /// Which messages.
    pub of: Of,
    /// How far.
    pub state: DeliveryState,
    /// Since when.
    pub at: Millis,
}

/// Which messages a receipt is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// These.
    Messages(Vec<String>),
    /// All that left until then.
    Until(Millis),
}

/// One thing in a web hook that is neither a message nor a receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// What it is, or what stands in its place.
    pub field: String,
    /// Why it is here, when it should have been something else.
    pub problem: Option<String>,
}

/// Why a body holds nothing that can be read. It is to be kept and shown all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More bytes than Meta ever sends.
    #[error("the web hook has {size} bytes; Meta sends at most {MAX_BODY}")]
    TooLarge {
        /// Its length.
        size: usize,
    },
    /// Not JSON.
    #[error("the web hook is not JSON: {0}")]
    NotJson(String),
    /// JSON, but of another product.
    #[error("`object` is {found}, not \"{wanted}\"; subscribe this address to that product")]
    OtherProduct {
        /// What it says.
        found: String,
        /// What it should say.
        wanted: &'static str,
    },
    /// No list of entries.
    #[error("`entry` is not a list")]
    NoEntries,
}

/// Reads a web hook. `received_at` stands in where Meta gives no usable time.
///
/// # Errors
/// [`ParseError`] where it is none of this product's; what is odd inside of one is no error.
pub fn parse(channel: Channel, inbox: &InboxId, body: &[u8], received_at: Millis) -> Result<Payload, ParseError> {
    if body.len() > MAX_BODY {
        return Err(ParseError::TooLarge { size: body.len() });
    }
    let mut root = json::read(body).map_err(|error| ParseError::NotJson(error.to_string()))?;
    json::clean(&mut root);
    let wanted = match channel {
        Channel::Instagram => "instagram",
        _ => "page",
    };
    if root.get("object").and_then(Value::as_str) != Some(wanted) {
        let found = root.get("object").unwrap_or(&Value::Null).to_string();
        return Err(ParseError::OtherProduct {
            found: found.chars().take(80).collect(),
            wanted,
        });
    }
    let Some(Value::Array(entries)) = root.get_mut("entry").map(Value::take) else {
        return Err(ParseError::NoEntries);
    };
    let mut payload = Payload::default();
    for entry in entries {
        read_entry(&mut payload, channel, inbox, entry, received_at);
    }
    Ok(payload)
}

fn read_entry(payload: &mut Payload, channel: Channel, inbox: &InboxId, mut entry: Value, received_at: Millis) {
    let account = json::text(&entry, "id");
    let mut is_empty = true;
    // In `standby` another program has the conversation: people see what is said, the bot keeps out of it.
    for (list, is_ours) in [("messaging", true), ("standby", false)] {
        match entry.get_mut(list).map(Value::take) {
            None | Some(Value::Null) => {}
            Some(Value::Array(events)) => {
                is_empty = false;
                for event in events {
                    let place = parse::Place {
                        channel,
                        inbox,
                        account: account.as_deref(),
                        received_at,
                        is_ours,
                    };
                    parse::event(payload, &place, &event);
                }
            }
            Some(_) => {
                is_empty = false;
                payload.other.push(Other {
                    field: list.to_owned(),
                    problem: Some("it is not a list".to_owned()),
                });
            }
        }
    }
    // Comments, mentions and the like, where somebody subscribed to them.
    for change in json::list(&entry, "changes") {
        is_empty = false;
        payload.other.push(Other {
            field: json::text(change, "field").unwrap_or_else(|| "changes".to_owned()),
            problem: None,
        });
    }
    if is_empty {
        payload.other.push(Other {
            field: "entry".to_owned(),
            problem: Some("it has neither `messaging` nor `changes`".to_owned()),
        });
    }
}
