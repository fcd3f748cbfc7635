//! One message as the bot sees it, with what happened before, and what it leaves behind.

use conversation::types::{Auto, Channel, Language, Millis};
use kb::Candidate;

use crate::button::CardValue;
use crate::decision::{Decision, Lead, Said, SmallTalk};
use crate::intent;
use crate::menu::{self, Found, Offer, Picked};
use crate::session::{Answered, BotSession, Offered};

/// One inbound message, as the bot sees it.
#[derive(Debug, Clone)]
pub struct Turn<'a> {
    /// What the customer wrote now, without quoted history.
    pub text: &'a str,
    /// The language to answer in.
    pub language: Language,
    /// The channel it came by.
    pub channel: Channel,
    /// Whether a person wrote it.
    pub auto: Auto,
    /// Whether files, pictures or a voice message came along.
    pub has_attachments: bool,
    /// It only reacts to another message (a thumb, a heart).
    pub is_reaction: bool,
    /// It only says whether they want marketing.
    pub is_about_marketing: bool,
    /// The value of the card button that was pressed.
    pub answer: Option<CardValue>,
    /// What happened before.
    pub session: &'a BotSession,
    /// Articles for `text`, most probable first.
    pub candidates: &'a [Candidate],
    /// Where the text asks several questions: the best article for each, in their order.
    pub parts: &'a [Candidate],
    /// What the business's own data say to a customer whose identity was proved.
    pub data: Option<&'a Said>,
    /// The text touches a matter that the business keeps for people.
    pub is_sensitive: bool,
    /// From this confidence on an answer is given.
    pub answer_at: f32,
    /// When it was written, in milliseconds.
    pub at: Millis,
    /// The menu of the inbox, where it has one that this channel shows.
    pub menu: Option<Offer<'a>>,
    /// What was chosen in it.
    pub picked: Option<&'a Picked<'a>>,
    /// What the chosen entry shows.
    pub found: Option<&'a Found>,
    /// The press, as it is remembered.
    pub press: Option<&'a str>,
}

impl Turn<'_> {
    /// Whether nothing was asked or chosen yet about the matter at hand.
    pub fn is_beginning(&self) -> bool {
        let session = self.session;
        session.last_question.is_none()
            && session.times_greeted == 0
            && session.offered.is_empty()
            && session.menu.entry.is_none()
            && !session.menu.is_waiting
    }

    /// Whether it asks something, rather than choosing or greeting.
    fn asks(&self, decision: &Decision) -> bool {
        let is_question = match decision {
            Decision::Silent { .. } | Decision::SmallTalk { .. } | Decision::MenuGone => false,
            Decision::Menu { lead, .. } => match lead {
                Lead::Greeting => intent::says_what(self.text),
                Lead::Asked | Lead::Gone => false,
                Lead::NotAnEntry | Lead::Unknown => true,
            },
            _ => true,
        };
        self.answer.is_none() && self.picked.is_none() && is_question && !self.text.trim().is_empty()
    }

    /// What the customer says about the last answer, by button or in words; `None` when nothing.
    pub fn helped(&self) -> Option<bool> {
        match &self.answer {
            Some(CardValue::HelpedYes(_)) => Some(true),
            Some(CardValue::HelpedNo(_)) => Some(false),
            Some(_) => None,
            // Said once is said: later words are about something else.
            None if self.session.answered.last().is_none_or(|last| last.helped.is_some()) => None,
            None => intent::helped(self.text),
        }
    }

    /// The session after a decision about this turn was carried out.
    #[must_use]
    pub fn after(&self, decision: &Decision) -> BotSession {
        let session = self.session;
        let mut next = session.clone();
        next.pending.clear();
        if let Some(helped) = self.helped()
            && let Some(last) = next.answered.last_mut()
        {
            last.helped = Some(helped);
        }
        next.menu = menu::after(self, decision);
        if matches!(self.picked, Some(Picked::Entry(_))) {
            // What was asked before it is another matter.
            next.last_question = None;
            next.times_asked = 0;
            next.times_greeted = 0;
        }
        if self.asks(decision) {
            // While a choice is open it is still the same matter, and what was asked stays counted.
            if session.offered.is_empty() && !session.is_repeat(self.text) {
                next.times_asked = 0;
            }
            next.times_greeted = 0;
            next.last_question = Some(clip(self.text));
            next.questions.push(clip(self.text));
            let surplus = next.questions.len().saturating_sub(BotSession::KEPT);
            next.questions.drain(..surplus);
        }
        match decision {
            Decision::Answer { candidate } => {
                next.offered.clear();
                next.answered.push(Answered::from(candidate));
                let surplus = next.answered.len().saturating_sub(BotSession::KEPT);
                next.answered.drain(..surplus);
            }
            Decision::AnswerAll { candidates } => {
                next.offered.clear();
                next.answered.extend(candidates.iter().map(Answered::from));
                let surplus = next.answered.len().saturating_sub(BotSession::KEPT);
                next.answered.drain(..surplus);
            }
            Decision::FromData { .. } | Decision::Ask { .. } | Decision::Portal | Decision::MenuGone => {
                next.offered.clear()
            }
            Decision::Menu { lead, .. } => {
                next.offered.clear();
                next.times_greeted += u32::from(*lead == Lead::Greeting);
            }
            Decision::Clarify { candidates } => {
                next.times_asked += 1;
                next.offered = candidates
                    .iter()
                    .map(|candidate| Offered {
                        article: candidate.article_id.clone(),
                        title: candidate.title.clone(),
                    })
                    .collect();
                next.last_offered.clone_from(&next.offered);
            }
            Decision::Escalate { reason } => {
                next.offered.clear();
                next.escalated.get_or_insert(*reason);
            }
            Decision::SmallTalk {
                kind: SmallTalk::Greeting,
            } => next.times_greeted += 1,
            Decision::SmallTalk { .. } | Decision::Silent { .. } => {}
        }
        next
    }
}

/// The beginning of a question, for the brief.
fn clip(text: &str) -> String {
    const CHARS: usize = 500;
    let text = text.trim();
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
