//! What customers are told of, and by which ways.

use serde::{Deserialize, Serialize};

/// What a customer can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A ticket of theirs changed.
    Ticket,
    /// A ticket of a colleague changed, of those whom they chose.
    Colleague,
    /// A technician's visit was planned, moved, or done.
    Visit,
    /// An invoice, an estimate or a credit note came.
    Invoice,
    /// A payment arrived.
    Payment,
    /// An invoice is due soon, or overdue.
    Due,
    /// A counter wants to be read.
    Reading,
    /// A contract ends or renews.
    Contract,
    /// They are asked how it was.
    Survey,
    /// Who may come in, or what somebody may see, changed.
    Access,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 10] = [
        Kind::Ticket,
        Kind::Colleague,
        Kind::Visit,
        Kind::Invoice,
        Kind::Payment,
        Kind::Due,
        Kind::Reading,
        Kind::Contract,
        Kind::Survey,
        Kind::Access,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Ticket => "ticket",
            Kind::Colleague => "colleague",
            Kind::Visit => "visit",
            Kind::Invoice => "invoice",
            Kind::Payment => "payment",
            Kind::Due => "due",
            Kind::Reading => "reading",
            Kind::Contract => "contract",
            Kind::Survey => "survey",
            Kind::Access => "access",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether its mails carry a link that ends them with one press (RFC 8058). Invoices and what
    /// guards the account are turned off by somebody who is signed in, not by a mail program.
    pub const fn ends_by_link(self) -> bool {
        !matches!(self, Kind::Invoice | Kind::Access)
    }

    /// Whether a later word about the same thing takes the place of one that nobody read.
    pub(super) const fn is_replaced(self) -> bool {
        matches!(self, Kind::Ticket | Kind::Colleague | Kind::Visit)
    }
}

/// By which ways beside the portal, which always shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ways {
    /// By mail.
    pub mail: bool,
    /// By WhatsApp.
    pub whatsapp: bool,
    /// By Web Push, on the browsers that they signed up.
    pub push: bool,
}

impl Ways {
    /// What happens unless a sender does more by itself: a browser that was signed up shows everything.
    pub const USUAL: Ways = Ways {
        mail: false,
        whatsapp: false,
        push: true,
    };

    /// As [`Ways::USUAL`], and by mail.
    pub const MAIL: Ways = Ways {
        mail: true,
        ..Ways::USUAL
    };

    /// As [`Ways::USUAL`], and by WhatsApp.
    pub const WHATSAPP: Ways = Ways {
        whatsapp: true,
        ..Ways::USUAL
    };
}

/// What somebody chose for a kind; `ways` is what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The kind.
    pub kind: Kind,
    /// By which ways they are told.
    pub ways: Ways,
    /// They said so; else it is as usual.
    pub is_chosen: bool,
}
