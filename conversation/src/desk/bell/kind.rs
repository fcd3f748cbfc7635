//! What agents can be told of, and by which ways they want to hear of it.

use serde::{Deserialize, Serialize};

/// What an agent can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody gave them a conversation.
    Assigned,
    /// A note calls them.
    Mentioned,
    /// The customer wrote in a conversation of theirs.
    Answered,
    /// Something was said in a conversation that they follow.
    Followed,
    /// What they wrote did not reach the customer.
    Failed,
    /// New work waits at a level of theirs, and nobody has it.
    Waiting,
    /// The clock of a ticket of theirs is near its end, or has run out.
    Due,
    /// A customer gave a low score.
    LowScore,
    /// What they put off came back.
    Woken,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 9] = [
        Kind::Assigned,
        Kind::Mentioned,
        Kind::Answered,
        Kind::Followed,
        Kind::Failed,
        Kind::Waiting,
        Kind::Due,
        Kind::LowScore,
        Kind::Woken,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Assigned => "assigned",
            Kind::Mentioned => "mentioned",
            Kind::Answered => "answered",
            Kind::Followed => "followed",
            Kind::Failed => "failed",
            Kind::Waiting => "waiting",
            Kind::Due => "due",
            Kind::LowScore => "low_score",
            Kind::Woken => "woken",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What an agent wants who never said.
    pub const fn usual(self) -> Choice {
        match self {
            Kind::Assigned | Kind::Mentioned | Kind::Failed | Kind::LowScore => Choice {
                in_page: true,
                by_push: true,
                by_mail: true,
            },
            Kind::Answered | Kind::Due | Kind::Woken => Choice {
                in_page: true,
                by_push: true,
                by_mail: false,
            },
            Kind::Followed => Choice {
                in_page: true,
                by_push: false,
                by_mail: false,
            },
            Kind::Waiting => Choice {
                in_page: false,
                by_push: false,
                by_mail: false,
            },
        }
    }
}

/// By which ways an agent wants to hear of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// In the page, with the tone where that is on.
    pub in_page: bool,
    /// By Web Push.
    pub by_push: bool,
    /// In a mail, while they are away.
    pub by_mail: bool,
}
