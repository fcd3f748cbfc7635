//! What the clocks of a ticket measure.

use serde::Serialize;

use crate::error::{Error, Result};

/// What a clock measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// Until a person answers first.
    First,
    /// Until the customer who waits is answered.
    Next,
    /// Until it is solved.
    Resolution,
}

impl ClockKind {
    /// Every clock.
    pub const ALL: [ClockKind; 3] = [ClockKind::First, ClockKind::Next, ClockKind::Resolution];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            ClockKind::First => "first",
            ClockKind::Next => "next",
            ClockKind::Resolution => "resolution",
        }
    }

    pub(super) fn from_text(text: &str) -> Result<ClockKind> {
        ClockKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Error::corrupt("clock", text))
    }
}
