//! What a rule waits for: something that happens, or something that lasts.

use serde::{Deserialize, Serialize};

use crate::conversations::Conversation;
use crate::events::{Event, EventKind};
use crate::lifecycle::UNTIL_REPLY;
use crate::stretches::Stretch;
use crate::types::{Actor, ConversationStatus, Level, MessageKind};

/// What a rule waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A conversation began.
    Created,
    /// The customer wrote.
    Received,
    /// The customer was answered by a person or the bot.
    Sent,
    /// A note was written.
    Noted,
    /// Somebody was given the conversation, or it was taken from them.
    Assigned,
    /// It went to another level.
    Levelled,
    /// It was snoozed, resolved or opened again.
    Status,
    /// It became more or less urgent.
    Prioritised,
    /// A label was put on or taken off.
    Labelled,
    /// The clock of a ticket is near its end.
    Near,
    /// The clock of a ticket has run out.
    Breached,
    /// The customer gave a score, or changed it.
    Surveyed,
    /// It has waited for the customer for a time.
    WaitingCustomer,
    /// The customer has waited for us for a time.
    WaitingUs,
    /// Nobody has had it for a time, while it is open and with people.
    Unassigned,
    /// It has been open for a time.
    StaysOpen,
    /// It has been snoozed for a time.
    StaysSnoozed,
    /// It has been resolved for a time.
    StaysResolved,
}

impl Occasion {
    /// Every occasion.
    pub const ALL: [Occasion; 18] = [
        Occasion::Created,
        Occasion::Received,
        Occasion::Sent,
        Occasion::Noted,
        Occasion::Assigned,
        Occasion::Levelled,
        Occasion::Status,
        Occasion::Prioritised,
        Occasion::Labelled,
        Occasion::Near,
        Occasion::Breached,
        Occasion::Surveyed,
        Occasion::WaitingCustomer,
        Occasion::WaitingUs,
        Occasion::Unassigned,
        Occasion::StaysOpen,
        Occasion::StaysSnoozed,
        Occasion::StaysResolved,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Occasion::Created => "created",
            Occasion::Received => "received",
            Occasion::Sent => "sent",
            Occasion::Noted => "noted",
            Occasion::Assigned => "assigned",
            Occasion::Levelled => "levelled",
            Occasion::Status => "status",
            Occasion::Prioritised => "prioritised",
            Occasion::Labelled => "labelled",
            Occasion::Near => "near",
            Occasion::Breached => "breached",
            Occasion::Surveyed => "surveyed",
            Occasion::WaitingCustomer => "waiting_customer",
            Occasion::WaitingUs => "waiting_us",
            Occasion::Unassigned => "unassigned",
            Occasion::StaysOpen => "stays_open",
            Occasion::StaysSnoozed => "stays_snoozed",
            Occasion::StaysResolved => "stays_resolved",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Occasion> {
        Occasion::ALL.into_iter().find(|occasion| occasion.as_str() == text)
    }

    /// Whether it comes with time, and not with an event.
    pub const fn is_timed(self) -> bool {
        self.stretch().is_some()
    }

    /// What has to last, where it comes with time.
    pub(crate) const fn stretch(self) -> Option<Stretch> {
        let (holds, since) = match self {
            Occasion::WaitingCustomer => ("turn = 'customer'", "turn_since"),
            Occasion::WaitingUs => ("turn = 'us'", "turn_since"),
            Occasion::Unassigned => ("unheld_since IS NOT NULL", "unheld_since"),
            Occasion::StaysOpen => ("stood = 'open'", "stood_since"),
            Occasion::StaysSnoozed => ("stood = 'snoozed'", "stood_since"),
            Occasion::StaysResolved => ("stood = 'resolved'", "stood_since"),
            _ => return None,
        };
        Some(Stretch { holds, since })
    }

    /// Whether a conversation as it stands is in what has to last. While a release from before runs beside this one, it touches
    /// conversations and writes nothing of that down.
    pub(crate) fn lasts_in(self, of: &Conversation) -> bool {
        if of.merged_into.is_some() || of.spam_since.is_some() || of.quiet_since.is_some() {
            return false;
        }
        let is_open = of.status == ConversationStatus::Open;
        match self {
            Occasion::WaitingCustomer => {
                (is_open && of.waiting_since.is_none()) || of.snoozed_until == Some(UNTIL_REPLY)
            }
            Occasion::WaitingUs => is_open && of.waiting_since.is_some(),
            Occasion::Unassigned => is_open && of.assignee_id.is_none() && of.level != Level::Bot,
            Occasion::StaysOpen => is_open,
            Occasion::StaysSnoozed => of.status == ConversationStatus::Snoozed,
            Occasion::StaysResolved => of.status == ConversationStatus::Resolved,
            _ => false,
        }
    }

    /// What is asked of the database for it, where it comes with time.
    pub fn search(self) -> Option<[String; 2]> {
        self.stretch().map(Stretch::search)
    }

    /// What an event is an occasion for.
    pub fn of(event: &Event) -> Option<Occasion> {
        // Time itself: each clock tells it once, and no rule can make it tell it again.
        if event.kind == EventKind::TicketUpdated {
            return match event.data["action"].as_str()? {
                "near" => Some(Occasion::Near),
                "breached" => Some(Occasion::Breached),
                _ => None,
            };
        }
        // Loops end here: what the system does, rules included, is no occasion.
        if event.actor == Actor::System {
            return None;
        }
        match event.kind {
            EventKind::ConversationCreated => Some(Occasion::Created),
            EventKind::SurveyAnswered => Some(Occasion::Surveyed),
            EventKind::MessageCreated => match event.data["kind"].as_str()?.parse::<MessageKind>().ok()? {
                MessageKind::Inbound => Some(Occasion::Received),
                MessageKind::Outbound => Some(Occasion::Sent),
                MessageKind::Note => Some(Occasion::Noted),
                MessageKind::Activity | MessageKind::Scheduled => None,
            },
            EventKind::ConversationUpdated => match event.data["action"].as_str()? {
                "assigned" | "given" => Some(Occasion::Assigned),
                "escalated" | "returned" => Some(Occasion::Levelled),
                "snoozed" | "resolved" | "reopened" => Some(Occasion::Status),
                "prioritised" => Some(Occasion::Prioritised),
                "labelled" => Some(Occasion::Labelled),
                _ => None,
            },
            _ => None,
        }
    }
}
