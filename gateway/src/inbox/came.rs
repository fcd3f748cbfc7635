//! What came of a reply, for the page that shows it again.

use conversation::types::Position;

use super::copies::Copies;

/// Why the page is drawn: what came of a reply.
#[derive(Debug, Clone)]
pub(super) enum Came {
    /// Nothing came back.
    Nothing,
    /// A reply that was held back or refused, with what was written.
    Back {
        /// The words.
        text: String,
        /// It was a note.
        is_note: bool,
        /// Who was to get a copy, where that was asked.
        copies: Option<Copies>,
        /// Why.
        problem: Why,
    },
}

/// Why a reply comes back.
#[derive(Debug, Clone)]
pub(super) enum Why {
    /// Something newer than this position was said.
    Stale(Position),
    /// It cannot be taken; the words say why.
    Refused(String),
    /// These variables have no value yet.
    Open(Vec<String>),
}
