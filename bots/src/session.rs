//! What the bot remembers of one conversation, kept as JSON.

use kb::{Candidate, Passage};
use serde::{Deserialize, Serialize};

use crate::decision::Reason;
use crate::intent;
use crate::menu::MenuState;

/// One article that was shown as the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The article.
    pub article: String,
    /// Its headline.
    pub title: String,
    /// The headings over the passages that were shown; `None` in what older versions stored.
    #[serde(default)]
    pub headings: Option<Vec<String>>,
    /// Whether the customer said that it helped; `None` while nothing was said.
    #[serde(default)]
    pub helped: Option<bool>,
}

impl From<&Candidate> for Answered {
    fn from(candidate: &Candidate) -> Answered {
        Answered {
            article: candidate.article_id.clone(),
            title: candidate.title.clone(),
            headings: Some(headings(candidate)),
            helped: None,
        }
    }
}

/// One choice of a clarifying question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// The article.
    pub article: String,
    /// Its headline, as offered.
    pub title: String,
}

/// A message that came just before another one: the answer to the later one is for both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What was written.
    pub text: String,
    /// Whether files came along.
    #[serde(default)]
    pub has_attachments: bool,
}

/// The bot's memory of one conversation. Every field may be missing in stored JSON, so that a row
/// of an older version still reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BotSession {
    /// The last question that was understood as one.
    pub last_question: Option<String>,
    /// Every question of this conversation, oldest first, at most [`BotSession::KEPT`].
    pub questions: Vec<String>,
    /// What the open clarifying question offered; empty when none is open.
    pub offered: Vec<Offered>,
    /// What the last clarifying question offered, for the brief; stays after it is closed.
    pub last_offered: Vec<Offered>,
    /// How often a clarifying question was asked about the matter at hand.
    pub times_asked: u32,
    /// The answers given, oldest first, at most [`BotSession::KEPT`].
    pub answered: Vec<Answered>,
    /// How often one was asked what it is about, and named nothing yet.
    pub times_greeted: u32,
    /// Why it was handed over; set once.
    pub escalated: Option<Reason>,
    /// Messages that wait for the answer to a later one, oldest first, at most [`BotSession::KEPT`].
    pub pending: Vec<Pending>,
    /// What was shown and chosen of the inbox's menu.
    pub menu: MenuState,
}

impl BotSession {
    /// Questions and answers kept; a brief needs no more.
    pub const KEPT: usize = 20;
    /// What is read of a message that waits for a later one, in characters.
    const PENDING_CHARS: usize = 2_000;

    /// Reads stored JSON. Damaged JSON is a fresh session: forgetting is better than not answering.
    pub fn from_json(json: &str) -> BotSession {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// As it is stored.
    pub fn to_json(&self) -> String {
        // Only strings, numbers and lists: there is no key or value that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The session for a conversation that people gave back, or that was solved and goes on: what was
    /// said stays known, but it is a new matter.
    #[must_use]
    pub fn begun_anew(mut self) -> BotSession {
        self.escalated = None;
        self.offered.clear();
        self.last_question = None;
        self.times_asked = 0;
        self.times_greeted = 0;
        // An old menu still works, and what was counted stays so.
        self.menu = MenuState {
            open: self.menu.open,
            pressed: self.menu.pressed,
            ..MenuState::default()
        };
        self
    }

    /// The session with one more message that a later one is answered with.
    #[must_use]
    pub fn waiting_with(&self, text: &str, has_attachments: bool) -> BotSession {
        let mut next = self.clone();
        next.pending.push(Pending {
            text: text.chars().take(Self::PENDING_CHARS).collect(),
            has_attachments,
        });
        let surplus = next.pending.len().saturating_sub(Self::KEPT);
        next.pending.drain(..surplus);
        next
    }

    /// What of a candidate was not shown yet; `None` where nothing is left, or its article was shown `most` times.
    pub fn unseen(&self, candidate: &Candidate, most: usize) -> Option<Candidate> {
        let shown: Vec<&Answered> = self
            .answered
            .iter()
            .filter(|shown| shown.article == candidate.article_id)
            .collect();
        if shown.is_empty() {
            return Some(candidate.clone());
        }
        let is_new = |passage: &Passage| {
            let holds = |shown: &&Answered| shown.headings.as_ref().is_none_or(|all| all.contains(&passage.heading));
            !shown.iter().any(holds)
        };
        let passages: Vec<Passage> = candidate
            .passages
            .iter()
            .filter(|passage| is_new(passage))
            .cloned()
            .collect();
        (shown.len() < most && !passages.is_empty()).then(|| Candidate {
            passages,
            ..candidate.clone()
        })
    }

    /// Whether a text asks again what was asked before.
    pub fn is_repeat(&self, text: &str) -> bool {
        self.last_question
            .as_deref()
            .is_some_and(|last| intent::is_same_question(last, text))
    }
}

fn headings(candidate: &Candidate) -> Vec<String> {
    candidate
        .passages
        .iter()
        .map(|passage| passage.heading.clone())
        .collect()
}

#[cfg(test)]
mod tests;
