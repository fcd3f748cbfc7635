//! When a customer can be told of a ticket.

use serde::{Deserialize, Serialize};

/// What customers can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A ticket was opened by a person.
    Opened,
    /// Somebody began to work on it.
    Started,
    /// It went to a higher level.
    Escalated,
    /// It waits for the customer.
    Waiting,
    /// The question whether it is solved; it is asked in any case, these are its words.
    Asked,
    /// It is solved.
    Resolved,
    /// It was opened again.
    Reopened,
}

impl Occasion {
    /// Every occasion.
    pub const ALL: [Occasion; 7] = [
        Occasion::Opened,
        Occasion::Started,
        Occasion::Escalated,
        Occasion::Waiting,
        Occasion::Asked,
        Occasion::Resolved,
        Occasion::Reopened,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Occasion::Opened => "opened",
            Occasion::Started => "started",
            Occasion::Escalated => "escalated",
            Occasion::Waiting => "waiting",
            Occasion::Asked => "asked",
            Occasion::Resolved => "resolved",
            Occasion::Reopened => "reopened",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Occasion> {
        Occasion::ALL.into_iter().find(|one| one.as_str() == text)
    }
}
