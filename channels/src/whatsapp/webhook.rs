//! A web hook's body as what it says: messages, statuses, what people choose, and everything else.
//!
//! Meta batches: a body holds entries, an entry holds changes, a change holds messages and statuses.
//! All of them are read, each on its own, so that one that cannot be understood costs nothing but
//! itself; it comes out as a placeholder that a person sees.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>

use std::borrow::Cow;

use conversation::outbound::StatusUpdate;
use conversation::types::{InboxId, Millis};
use serde_json::Value;

use super::inbound::Inbound;
use super::parse::{self, Number, Place, json};
pub use super::parse::{Named, PastMessage, Preference};

/// Meta's bodies stay below 3 MB; a route may refuse longer ones before reading them.
pub const MAX_BODY: usize = 3 * 1024 * 1024;

/// Everything in one web hook.
#[derive(Debug, Clone, Default)]
pub struct Payload {
    /// What customers sent, in the order of the body.
    pub messages: Vec<Inbound>,
    /// What somebody of the business sent from the WhatsApp Business app; its sender is whom it went to.
    pub echoes: Vec<Inbound>,
    /// What became of messages that we sent.
    pub statuses: Vec<StatusUpdate>,
    /// What was said in chats on the telephone before the number came here, chat by chat, in any order.
    pub past: Vec<PastMessage>,
    /// Messages of such chats once more, with the files that they came without.
    pub files: Vec<PastMessage>,
    /// Whom the telephone's address book names.
    pub named: Vec<Named>,
    /// What customers told WhatsApp of our marketing messages.
    pub preferences: Vec<Preference>,
    /// What is none of these: account updates, errors, fields that are new. Kept for a person to see.
    pub other: Vec<Other>,
}

/// One thing in a web hook that is neither a message nor a status.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// The field of the change (`account_update`, `errors` …), or what stands in its place.
    pub field: String,
    /// The number it is about, where it says so.
    pub phone_number_id: Option<String>,
    /// Code and words, when it reports an error.
    pub error: Option<(String, String)>,
    /// Why it is here, when it should have been something else.
    pub problem: Option<String>,
    /// When it came.
    pub at: Millis,
    /// The thing itself.
    pub value: Value,
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
    #[error("`object` is {0}, not \"whatsapp_business_account\"; subscribe this address to WhatsApp only")]
    NotWhatsapp(String),
    /// No list of entries.
    #[error("`entry` is not a list")]
    NoEntries,
}

/// Reads a web hook. `received_at` stands in where Meta gives no usable time.
///
/// # Errors
/// [`ParseError`] where it is none of WhatsApp's; what is odd inside of one is no error.
pub fn parse(inbox: &InboxId, body: &[u8], received_at: Millis) -> Result<Payload, ParseError> {
    if body.len() > MAX_BODY {
        return Err(ParseError::TooLarge { size: body.len() });
    }
    let mut root = json::read(body).map_err(|e| ParseError::NotJson(e.to_string()))?;
    json::clean(&mut root);
    if root.get("object").and_then(Value::as_str) != Some("whatsapp_business_account") {
        let found: String = root
            .get("object")
            .unwrap_or(&Value::Null)
            .to_string()
            .chars()
            .take(80)
            .collect();
        return Err(ParseError::NotWhatsapp(found));
    }
    let Some(Value::Array(entries)) = root.get_mut("entry").map(Value::take) else {
        return Err(ParseError::NoEntries);
    };
    let mut reader = Reader {
        inbox,
        received_at,
        payload: Payload::default(),
    };
    for mut entry in entries {
        match entry.get_mut("changes").map(Value::take) {
            Some(Value::Array(changes)) => changes.into_iter().for_each(|change| reader.change(change)),
            _ => reader.other("entry", None, Some("`changes` is not a list".into()), entry),
        }
    }
    Ok(reader.payload)
}

/// The lists that a change may have.
const LISTS: [&str; 7] = [
    "messages",
    "message_echoes",
    "statuses",
    "user_preferences",
    "history",
    "state_sync",
    "errors",
];

struct Reader<'a> {
    inbox: &'a InboxId,
    received_at: Millis,
    payload: Payload,
}

impl Reader<'_> {
    fn change(&mut self, mut change: Value) {
        let field = json::text(&change, "field").unwrap_or_else(|| "(none)".to_owned());
        let Some(Value::Object(mut value)) = change.get_mut("value").map(Value::take) else {
            return self.other(&field, None, Some("`value` is not an object".into()), change);
        };
        let metadata = value.remove("metadata");
        let of_number = |key| metadata.as_ref().and_then(|metadata| json::text(metadata, key));
        let number = of_number("phone_number_id");
        let is_before = ["history", "smb_app_state_sync"].contains(&field.as_str());
        if !is_before && !["messages", "user_preferences", "smb_message_echoes"].contains(&field.as_str()) {
            value.extend(metadata.map(|metadata| ("metadata".to_owned(), metadata)));
            return self.other(&field, number, None, Value::Object(value));
        }
        let contacts = match value.remove("contacts") {
            Some(Value::Array(contacts)) => contacts,
            _ => Vec::new(),
        };
        let contacts = parse::Contacts::new(&contacts);
        let shown = of_number("display_phone_number");
        let whole = Number {
            id: number.as_deref(),
            shown: shown.as_deref(),
        };
        for key in LISTS {
            match value.remove(key) {
                None | Some(Value::Null) => {}
                Some(Value::Array(items)) => {
                    for item in items {
                        match key {
                            "messages" if is_before => self.past(&contacts, &whole, Place::Alone, item),
                            "messages" => self.message(&contacts, &number, item),
                            "message_echoes" => self.echo(&contacts, &number, item),
                            "statuses" => self.status(&number, item),
                            "user_preferences" => self.preference(&contacts, &number, item),
                            "history" => self.chats(&contacts, &whole, item),
                            "state_sync" => self.named(&whole, item),
                            _ => self.other("errors", number.clone(), None, item),
                        }
                    }
                }
                Some(wrong) => {
                    self.other(
                        key,
                        number.clone(),
                        Some(format!("`{key}` is not a list").into()),
                        wrong,
                    );
                }
            }
        }
        value.remove("messaging_product");
        // Whatever Meta adds to this field in future is neither dropped nor mistaken for a message.
        for (key, item) in value {
            self.other(&key, number.clone(), None, item);
        }
    }

    fn message(&mut self, contacts: &parse::Contacts<'_>, number: &Option<String>, item: Value) {
        let inbound = parse::message(self.inbox, contacts, number.clone(), item, self.received_at);
        self.payload.messages.push(inbound);
    }

    fn echo(&mut self, contacts: &parse::Contacts<'_>, number: &Option<String>, item: Value) {
        match parse::echo(self.inbox, contacts, number.clone(), item, self.received_at) {
            Ok(echo) => self.payload.echoes.push(echo),
            Err((problem, item)) => self.other("message_echoes", number.clone(), Some(problem.into()), item),
        }
    }

    /// A part of what the telephone knows from before: chats, or why there are none.
    fn chats(&mut self, contacts: &parse::Contacts<'_>, number: &Number<'_>, mut part: Value) {
        let id = number.id.map(str::to_owned);
        let errors = part.get_mut("errors").map(Value::take);
        let chats = part.get_mut("threads").map(Value::take);
        let (errors, chats) = match (errors, chats) {
            (None, None) => {
                let problem = "it has neither `threads` nor `errors`";
                return self.other("history", id, Some(problem.into()), part);
            }
            lists => lists,
        };
        for error in list(errors) {
            self.other("history", id.clone(), None, error);
        }
        for mut chat in list(chats) {
            let with = json::text(&chat, "id");
            match chat.get_mut("messages").map(Value::take) {
                Some(Value::Array(messages)) => {
                    for message in messages {
                        self.past(contacts, number, Place::Chat(with.as_deref()), message);
                    }
                }
                _ => self.other("history", id.clone(), Some("`messages` is not a list".into()), chat),
            }
        }
    }

    fn past(&mut self, contacts: &parse::Contacts<'_>, number: &Number<'_>, place: Place<'_>, message: Value) {
        match parse::past(self.inbox, contacts, number, place, message, self.received_at) {
            Ok(past) => match place {
                Place::Chat(_) => self.payload.past.push(past),
                Place::Alone => self.payload.files.push(past),
            },
            Err((problem, item)) => self.other("history", number.id.map(str::to_owned), Some(problem.into()), item),
        }
    }

    fn named(&mut self, number: &Number<'_>, item: Value) {
        match parse::named(number, &item) {
            Ok(named) => self.payload.named.extend(named),
            Err(problem) => self.other("state_sync", number.id.map(str::to_owned), Some(problem.into()), item),
        }
    }

    fn status(&mut self, number: &Option<String>, item: Value) {
        match parse::status(self.inbox, number.as_deref(), &item, self.received_at) {
            Ok(status) => self.payload.statuses.push(status),
            Err(problem) => self.other("statuses", number.clone(), Some(problem.into()), item),
        }
    }

    fn preference(&mut self, contacts: &parse::Contacts<'_>, number: &Option<String>, item: Value) {
        match parse::preference(contacts, number.as_deref(), &item, self.received_at) {
            Ok(preference) => self.payload.preferences.push(preference),
            Err(problem) => self.other("user_preferences", number.clone(), Some(problem.into()), item),
        }
    }

    fn other(&mut self, field: &str, number: Option<String>, problem: Option<Cow<'static, str>>, value: Value) {
        self.payload.other.push(Other {
            field: field.to_owned(),
            phone_number_id: number,
            error: parse::error_words(&value),
            problem: problem.map(Cow::into_owned),
            at: self.received_at,
            value,
        });
    }
}

/// The items of a list; anything else stands alone.
fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(other) => vec![other],
    }
}
