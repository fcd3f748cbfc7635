//! What all desks have in common: the form that each one's answers are brought into.

use conversation::telephone::{self, Country};
use conversation::types::{ConversationStatus, IdentityKind, Millis, Priority};
use serde_json::Value;

/// A person, as another desk knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// The desk's id.
    pub(crate) key: String,
    /// The name.
    pub(crate) name: String,
    /// The address.
    pub(crate) email: Option<String>,
    /// Telephone numbers.
    pub(crate) phones: Vec<String>,
    /// The name of their company.
    pub(crate) company: Option<String>,
}

impl Person {
    /// How our channels would know them; one without address and number by the desk's id.
    pub(crate) fn identities(&self, source: &str, home: Option<Country>) -> Vec<(IdentityKind, String)> {
        let email = self
            .email
            .as_deref()
            .and_then(|text| conversation::contacts::normal_email(text).ok());
        let mut found: Vec<(IdentityKind, String)> =
            email.map(|email| (IdentityKind::Email, email)).into_iter().collect();
        found.extend(
            self.phones
                .iter()
                .filter_map(|phone| telephone::read(phone, home).ok())
                .map(|phone| (IdentityKind::Phone, phone)),
        );
        if found.is_empty() && !self.key.is_empty() {
            found.push((IdentityKind::External, format!("{source}:{}", self.key)));
        }
        found
    }
}

/// A conversation of another desk, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Thread {
    /// The desk's id.
    pub(crate) key: String,
    /// The subject.
    pub(crate) subject: Option<String>,
    /// How it stands.
    pub(crate) status: ConversationStatus,
    /// It is spam there.
    pub(crate) is_spam: bool,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// The address of who has it.
    pub(crate) assignee: Option<String>,
    /// What it is labelled with.
    pub(crate) labels: Vec<String>,
    /// Whose it is.
    pub(crate) customer: Person,
    /// What was written, the oldest first.
    pub(crate) entries: Vec<Entry>,
}

/// One message of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The desk's id.
    pub(crate) key: String,
    /// The Message-ID, when it is a mail.
    pub(crate) message_id: Option<String>,
    /// Who wrote it.
    pub(crate) by: Wrote,
    /// When.
    pub(crate) at: Millis,
    /// The text; empty where only HTML is known.
    pub(crate) text: String,
    /// The page, as the desk has it: not sanitised.
    pub(crate) html: Option<String>,
    /// To and Cc.
    pub(crate) recipients: Vec<String>,
    /// Its files.
    pub(crate) files: Vec<Linked>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// The customer of the conversation, or the other person who took part.
    Customer(Option<Person>),
    /// Somebody of the business, by address and name.
    Business(Option<String>, String),
    /// A note of somebody of the business.
    Note(Option<String>, String),
}

/// A file that is still at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Linked {
    /// The name.
    pub(crate) name: String,
    /// The type, where the desk says it.
    pub(crate) media_type: Option<String>,
    /// Where it is.
    pub(crate) address: String,
    /// The Content-ID, where it is shown inside the body.
    pub(crate) content_id: Option<String>,
}

/// A text of an answer; `None` where it is missing, empty or of another type.
pub(crate) fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// An id of an answer: a number or a text.
pub(crate) fn id(value: &Value) -> Option<String> {
    value.as_i64().map(|id| id.to_string()).or_else(|| text(value))
}

/// A time of an answer: RFC 3339, or seconds since 1970.
pub(crate) fn time(value: &Value) -> Option<Millis> {
    if let Some(seconds) = value.as_i64() {
        return seconds.checked_mul(1000);
    }
    value
        .as_str()?
        .parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}

/// The items of an answer.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The addresses of a header or list.
pub(crate) fn addresses(value: &Value) -> Vec<String> {
    let parts: Vec<String> = match value {
        Value::String(text) => text.split([',', ';']).map(str::to_owned).collect(),
        Value::Array(all) => all.iter().filter_map(text).collect(),
        _ => Vec::new(),
    };
    parts
        .iter()
        .map(|part| part.rsplit_once('<').map_or(part.as_str(), |(_, address)| address))
        .filter_map(|part| conversation::contacts::normal_email(part.trim_end_matches(['>', ' '])).ok())
        .collect()
}

/// First and last name as one.
pub(crate) fn full_name(first: &Value, last: &Value) -> String {
    [text(first), text(last)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}
