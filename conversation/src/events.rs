//! Events: what changed, numbered by position. Readers fetch the state themselves.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::{Actor, ConversationId, Millis, Position, UnknownValue};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What kind of thing changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)+
        }
        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$variant),+];
            /// The kind as it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(EventKind::$variant => $text,)+ }
            }
        }
        impl std::str::FromStr for EventKind {
            type Err = UnknownValue;
            fn from_str(text: &str) -> Result<Self, UnknownValue> {
                match text {
                    $($text => Ok(EventKind::$variant),)+
                    other => Err(UnknownValue { what: "event kind", value: other.to_owned(), expected: [$($text),+].join(", ") }),
                }
            }
        }
    };
}

kinds! {
    /// A conversation began.
    ConversationCreated = "conversation.created",
    /// Messages of the past were filed in it, by an import; nobody answers to that, and no web hook tells of it.
    ConversationImported = "conversation.imported",
    /// Its status, level, assignee, priority, subject or contact changed.
    ConversationUpdated = "conversation.updated",
    /// A message, note or activity line was added.
    MessageCreated = "message.created",
    /// A message moved or changed.
    MessageUpdated = "message.updated",
    /// A message was written that leaves later; `message.created` follows when it does.
    MessageScheduled = "message.scheduled",
    /// A message was taken back before it left, and is gone.
    MessageCancelled = "message.cancelled",
    /// A delivery went on: sent, delivered, read, failed.
    DeliveryUpdated = "delivery.updated",
    /// A ticket was opened.
    TicketCreated = "ticket.created",
    /// A ticket changed.
    TicketUpdated = "ticket.updated",
    /// A contact or its identities changed.
    ContactUpdated = "contact.updated",
    /// A contact came with an import; no web hook tells of it.
    ContactImported = "contact.imported",
    /// Two contacts became one, or two again.
    ContactMerged = "contact.merged",
    /// An inbox was added, changed, or its health did.
    InboxUpdated = "inbox.updated",
    /// Something was put aside for a person to look at, or settled.
    QuarantineUpdated = "quarantine.updated",
    /// An article was published, changed or withdrawn.
    ArticleUpdated = "article.updated",
    /// An agent was added or changed.
    AgentUpdated = "agent.updated",
    /// A team was added, changed or removed.
    TeamUpdated = "team.updated",
    /// A label was added, changed or removed.
    LabelUpdated = "label.updated",
    /// A saved list was added, changed or removed.
    ViewUpdated = "view.updated",
    /// A custom field was added, changed or removed.
    FieldUpdated = "field.updated",
    /// What an agent was told, or has read; the subject is the agent.
    NotificationUpdated = "notification.updated",
    /// What customers were told, or have read; `contacts` of the data names them.
    ContactNotified = "contact.notified",
    /// The limits of waiting changed.
    SlaUpdated = "sla.updated",
    /// An invoice, an estimate or what was paid on it changed.
    InvoiceUpdated = "invoice.updated",
    /// A site, a machine, a reading, a contract, a request or a visit changed.
    EquipmentUpdated = "equipment.updated",
    /// A customer was asked how it was; the subject is the survey.
    SurveyAsked = "survey.asked",
    /// A customer gave a score, or thought better of it; the subject is the survey.
    SurveyAnswered = "survey.answered",
    /// Something is wrong with the installation, or is well again; the subject is the problem.
    HealthChanged = "health.changed",
}

impl EventKind {
    /// Whether it tells of the past, which is no news to anybody.
    pub const fn is_past(self) -> bool {
        matches!(self, EventKind::ConversationImported | EventKind::ContactImported)
    }
}

/// An event before its commit.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What kind of thing changed.
    pub kind: EventKind,
    /// The conversation it belongs to; effects of one conversation's events happen in order.
    pub conversation: Option<ConversationId>,
    /// The id of what changed.
    pub subject: String,
    /// Who did it.
    pub actor: Actor,
    /// Small facts: a JSON object.
    pub data: serde_json::Value,
}

/// A committed event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number: dense, in the order of the commits.
    pub position: Position,
    /// What kind of thing changed.
    pub kind: EventKind,
    /// The conversation it belongs to.
    pub conversation_id: Option<ConversationId>,
    /// The id of what changed.
    pub subject_id: String,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Millis,
    /// Small facts.
    pub data: serde_json::Value,
    /// The trace that it was made in (`traceparent` of W3C Trace Context), where traces are kept.
    #[serde(default, skip_serializing)]
    pub trace: Option<String>,
}

impl Event {
    pub(crate) const STRANGER: &'static str = "stranger";

    /// Whether a message's author takes no part in the conversation: somebody was given its reply token, or found it.
    /// Such a word is filed and shown to people; nothing answers it, and nothing is done on the strength of it.
    pub fn is_by_stranger(&self) -> bool {
        Self::tells_of_stranger(&self.data)
    }

    pub(crate) const THANKS: &'static str = "thanks";

    /// Whether a message is thanks for what is done: it leaves its conversation resolved, and nobody has to look.
    pub fn is_thanks(&self) -> bool {
        self.data[Self::THANKS] == true
    }

    pub(crate) const SPAM: &'static str = "spam";

    /// Whether it is about what came as spam: nobody is told, and nothing is done on the strength of it.
    pub fn is_spam(&self) -> bool {
        self.data[Self::SPAM] == true
    }

    /// [`Event::is_by_stranger`], of an event's facts alone.
    pub fn tells_of_stranger(facts: &serde_json::Value) -> bool {
        facts[Self::STRANGER] == true
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    position: i64,
    kind: String,
    conversation_id: Option<String>,
    subject_id: String,
    actor: String,
    at: i64,
    data: String,
    trace: Option<String>,
}

impl TryFrom<EventRow> for Event {
    type Error = Error;
    fn try_from(row: EventRow) -> Result<Event> {
        let what = || format!("event {}", row.position);
        Ok(Event {
            position: row.position,
            kind: row.kind.parse().map_err(|error| Error::corrupt(what(), error))?,
            conversation_id: row.conversation_id.map(ConversationId::from),
            subject_id: row.subject_id,
            actor: serde_json::from_str(&row.actor)
                .map_err(|error| Error::corrupt(format!("event {}", row.position), error))?,
            at: row.at,
            trace: row.trace,
            data: serde_json::from_str(&row.data)
                .map_err(|error| Error::corrupt(format!("event {}", row.position), error))?,
        })
    }
}
