//! Cards: references to things of the business inside a conversation, with a frozen summary.
//!
//! A card is defined once, as a [`Card`]; each channel draws it natively from the same parts: title,
//! lines, actions. A new kind (invoice, machine, survey) adds a [`CardKind`] and a function that
//! builds a `Card`; no channel has to change.

use serde::{Deserialize, Serialize};

use crate::types::{MessageId, UnknownValue};

/// What a card stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// A tracked request.
    Ticket,
    /// An article of the knowledge base.
    Article,
    /// A question of the bot with a choice of answers.
    Choice,
    /// An invoice, an estimate or a credit note; its card goes on changing with it.
    Invoice,
    /// A machine of the customer's; its card goes on changing with it.
    Machine,
    /// A technician's visit; its card goes on changing with it.
    Visit,
    /// A question about how it was, with a score for each answer.
    Survey,
}

impl CardKind {
    /// The kind as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            CardKind::Ticket => "ticket",
            CardKind::Article => "article",
            CardKind::Choice => "choice",
            CardKind::Invoice => "invoice",
            CardKind::Machine => "machine",
            CardKind::Visit => "visit",
            CardKind::Survey => "survey",
        }
    }
}

/// One card of a message, frozen when the message was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// What it stands for.
    pub kind: CardKind,
    /// The id of the ticket, article …
    pub reference: String,
    /// The headline, in the customer's language.
    pub title: String,
    /// A passage or description, plain text; may be empty.
    #[serde(default)]
    pub body: String,
    /// Small facts, in order: already translated label and value. A fact of a question that is called as one of its answers
    /// describes that answer.
    #[serde(default)]
    pub facts: Vec<(String, String)>,
    /// What the customer can do.
    #[serde(default)]
    pub actions: Vec<CardAction>,
}

impl Card {
    /// What describes an answer of a question, by the words on it.
    pub fn described(&self, label: &str) -> Option<&str> {
        let label = label.trim();
        self.facts
            .iter()
            .find(|(of, _)| self.kind == CardKind::Choice && of.trim() == label)
            .map(|(_, words)| words.trim())
            .filter(|words| !words.is_empty())
    }

    /// The facts that describe no answer.
    pub fn own_facts(&self) -> impl Iterator<Item = &(String, String)> {
        self.facts.iter().filter(|(of, _)| {
            let describes =
                |action: &CardAction| matches!(action, CardAction::Answer { label, .. } if label.trim() == of.trim());
            self.kind != CardKind::Choice || !self.actions.iter().any(describes)
        })
    }
}

/// One thing a customer can do with a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CardAction {
    /// Opens a page. `path` is relative to the public address of this installation.
    Open {
        /// The words on it, in the customer's language.
        label: String,
        /// Such as `/help/pt/some-article`.
        path: String,
    },
    /// Sends an answer back into the conversation.
    Answer {
        /// The words on it, whole; a channel whose buttons hold less cuts them itself.
        label: String,
        /// What comes back, such as `helped:yes`; the bot reads it.
        value: String,
    },
}

/// A customer's press on a card, as it comes back through any channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAnswer {
    /// The message whose card was pressed, where the channel tells.
    pub message: Option<MessageId>,
    /// The action's `value`.
    pub value: String,
    /// The words on the button, as the customer saw them.
    pub label: String,
}

impl CardAnswer {
    /// The text that travels through a channel that has one string for a button's payload
    /// (WhatsApp's `id`, a form field): `<message>|<value>`.
    pub fn payload(message: &MessageId, value: &str) -> String {
        format!("{message}|{value}")
    }

    /// Reads what [`CardAnswer::payload`] wrote; a payload without a message is taken as a bare value.
    pub fn from_payload(payload: &str, label: &str) -> CardAnswer {
        match payload.split_once('|') {
            Some((message, value)) if !message.is_empty() => CardAnswer {
                message: Some(MessageId::from(message)),
                value: value.to_owned(),
                label: label.to_owned(),
            },
            _ => CardAnswer {
                message: None,
                value: payload.to_owned(),
                label: label.to_owned(),
            },
        }
    }
}

impl std::str::FromStr for CardKind {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "ticket" => Ok(CardKind::Ticket),
            "article" => Ok(CardKind::Article),
            "choice" => Ok(CardKind::Choice),
            "invoice" => Ok(CardKind::Invoice),
            "machine" => Ok(CardKind::Machine),
            "visit" => Ok(CardKind::Visit),
            "survey" => Ok(CardKind::Survey),
            other => Err(UnknownValue {
                what: "card kind",
                value: other.to_owned(),
                expected: "ticket, article, choice, invoice, machine, visit, survey".to_owned(),
            }),
        }
    }
}
