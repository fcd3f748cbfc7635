//! What a channel makes of a broadcast, and what its error codes mean for the rest of it.

use std::future::Future;

use super::{Broadcast, Content, Person};
use crate::desk::canned::{Values, open_variables};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::Channel;

/// The variables that a broadcast may name: those of saved replies that somebody has without a conversation.
pub const VARIABLES: &[&str] = &[
    "contact.name",
    "contact.first_name",
    "contact.email",
    "company.name",
    "inbox.name",
];

/// A message for one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// The subject, on a channel that has one.
    pub subject: Option<String>,
    /// The words; of a template as it reads.
    pub text: String,
    /// What only the channel reads.
    pub extra: Option<serde_json::Value>,
}

/// What an error of one message says of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing: it is this person's.
    Person,
    /// The account sends too much, or cannot send: the others wait with it.
    Wait,
    /// Going on would make it worse: somebody has to say that it goes on.
    Stop,
}

/// What a channel knows.
pub trait Voice: Sync {
    /// The message for one recipient; `None` where it names something that is not known of them.
    fn words(
        &self,
        store: &Store,
        broadcast: &Broadcast,
        person: &Person,
    ) -> impl Future<Output = Result<Option<Words>>> + Send;

    /// What an error code of a delivery says of the others.
    fn trouble(&self, channel: Channel, code: &str) -> Trouble;
}

/// A text with what is known of somebody; `None` where it names something that is not.
pub fn filled(text: &str, person: &Person) -> Option<String> {
    let values = Values::of_person(&person.name, &person.email, &person.company, &person.inbox_name);
    let filled = values.fill(text);
    filled.missing.is_empty().then_some(filled.text)
}

/// Whether a content names only what somebody can have.
pub(super) fn check(content: &Content) -> Result<()> {
    let texts: Vec<&String> = match content {
        Content::Template { values, .. } => values.values().collect(),
        Content::Mail { subject, text } => vec![subject, text],
    };
    let unknown = texts
        .into_iter()
        .flat_map(|text| open_variables(text))
        .find(|name| !VARIABLES.contains(&name.as_str()));
    match unknown {
        Some(name) => Err(Error::Invalid(format!("there is no variable {name} in a broadcast"))),
        None => Ok(()),
    }
}
