//! The worker of the group `bot`: reads a message, decides outside any transaction, and carries the
//! decision out in one that holds the conversation and looks again.
//!
//! Between the two anything may have happened: an agent took over, the customer wrote more. What is
//! then no longer true is not said.

mod carry;
mod offered;

use std::sync::Arc;
use std::time::Duration;

use conversation::card::CardAnswer;
use conversation::conversations::{Conversation, Message};
use conversation::db::sql;
use conversation::events::{Event, EventKind};
use conversation::inboxes::{self, Inbox};
use conversation::language;
use conversation::marketing;
use conversation::menus::{self, Does, Menu};
use conversation::stream::Group;
use conversation::stream::consumer::{Claim, Handled, Handler};
use conversation::types::{Actor, Auto, ConversationId, Language, MatchedBy, MessageId, MessageKind, Position};
use conversation::{Error, Result, Store, access};
use kb::store::Verdict;
use kb::{Candidate, Knowledge};

use crate::business::{self, BusinessData, Sources};
use crate::button::CardValue;
use crate::decide::decide;
use crate::decision::{Decision, Reason, Said, Silence, SmallTalk};
use crate::hand_over::{self, can_reach, is_with_bot, load_session};
use crate::menu::{self, Found, Offer, Picked};
use crate::session::BotSession;
use crate::turn::Turn;
use crate::{intent, say, words};
use carry::{Carried, carry_out};

/// The bot's group on the stream.
pub const GROUP: Group = Group {
    name: "bot",
    kinds: &[EventKind::MessageCreated],
};

/// Candidates that a decision looks at.
const CANDIDATES: usize = 8;
/// A subject is read with the text, up to this many characters.
const SUBJECT: usize = 200;
/// How often a decision is taken anew because the customer or a colleague was faster.
const ROUNDS: usize = 8;
/// How long a first message after a start waits for the knowledge base.
const PATIENCE: Duration = Duration::from_secs(20);

/// The bot.
#[derive(Clone)]
pub struct Bot {
    knowledge: Knowledge,
    sources: Sources,
}

impl Bot {
    /// A bot that answers from this knowledge base.
    pub fn new(knowledge: Knowledge) -> Bot {
        Bot {
            knowledge,
            sources: Sources::from([]),
        }
    }

    /// The same bot, which answers from the business's own data as well.
    #[must_use]
    pub fn with_data(self, sources: impl IntoIterator<Item = Arc<dyn BusinessData>>) -> Bot {
        Bot {
            sources: sources.into_iter().collect(),
            ..self
        }
    }
}

/// What one message asks for, and what it was decided from.
struct Thought {
    position: Position,
    /// The conversation as the event names it; it may have been merged since.
    named: Option<ConversationId>,
    conversation: ConversationId,
    text: String,
    has_attachments: bool,
    /// It is about what was said before it: a press, or an entry of the menu in words.
    is_choice: bool,
    language: Language,
    inbox: Inbox,
    /// The menu of the inbox, where this conversation shows one.
    menu: Option<Menu>,
    /// What was chosen in it: the entries from the top down.
    chosen: Vec<menus::Entry>,
    /// It is a press that was counted before.
    is_counted: bool,
    /// The session that it was decided from.
    before: BotSession,
    message: MessageId,
    /// What was considered, and the confidence that an answer needed.
    candidates: Vec<Candidate>,
    answer_at: f32,
    step: Step,
}

impl Thought {
    /// To whom the chosen entry hands over.
    fn route(&self) -> Option<&menus::Route> {
        match &self.chosen.last()?.does {
            Does::People(route) => Some(route),
            _ => None,
        }
    }
}

enum Step {
    /// Says or hands over, and remembers.
    Carry {
        decision: Decision,
        after: Box<BotSession>,
        /// What the customer said about an article: its id and the verdict.
        verdict: Option<(String, Verdict)>,
    },
    /// Gives it to people without a word to the customer; a note says what the reason alone does not.
    Move {
        reason: &'static str,
        note: Option<&'static str>,
    },
}

impl Handler for Bot {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        for _ in 0..ROUNDS {
            let Some(thought) = self.think(store, event).await? else {
                return Ok(Handled::Nothing);
            };
            match carry_out(store, claim, &thought).await? {
                Carried::Done => return Ok(Handled::Done),
                Carried::Nothing => return Ok(Handled::Nothing),
                Carried::Stale => {}
            }
        }
        Err(Error::Conflict(
            "the conversation changed each time while the bot was deciding".to_owned(),
        ))
    }

    async fn give_up(&self, store: &Store, event: &Event, error: &str) {
        if let Some(conversation) = &event.conversation_id
            && is_inbound(event)
        {
            hand_over::give_up(store, conversation, error).await;
        }
    }
}

fn is_inbound(event: &Event) -> bool {
    event.data["kind"] == MessageKind::Inbound.as_str()
}

impl Bot {
    /// What to do about a message; `None` when there is nothing to do.
    async fn think(&self, store: &Store, event: &Event) -> Result<Option<Thought>> {
        if !is_inbound(event) || event.is_spam() {
            return Ok(None);
        }
        let id = MessageId::from(event.subject_id.as_str());
        let (message, conversation) = match access::message_in(store.db(), &Actor::Bot, &id).await {
            Ok(found) => found,
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !is_with_bot(&conversation) {
            return Ok(None);
        }
        for source in self.sources.iter().filter(|_| !event.is_by_stranger()) {
            if source.takes(&message, &conversation).await? {
                tracing::debug!(message = %id, "another part answers");
                return Ok(None);
            }
        }
        let inbox = inboxes::load(store.db(), &conversation.inbox_id).await?;
        let before = load_session(store.db(), &conversation.id).await?;
        let has_attachments = has_attachments(store, &id).await?;
        let text = readable(&message);
        let mut thought = Thought {
            position: event.position,
            named: event.conversation_id.clone(),
            conversation: conversation.id.clone(),
            text: text.clone(),
            has_attachments,
            is_choice: message.answer.is_some(),
            menu: self.menu(store, &inbox, &conversation, &message).await?,
            chosen: Vec::new(),
            is_counted: false,
            language: conversation.language,
            message: id.clone(),
            candidates: Vec::new(),
            answer_at: kb::ANSWER_AT,
            step: Step::Move {
                reason: words::bot_is_off(inbox.language),
                note: None,
            },
            inbox,
            before,
        };
        if message.auto == Auto::Bounce {
            thought.step = Step::Move {
                reason: words::came_back(thought.inbox.language),
                note: None,
            };
            return Ok(Some(thought));
        }
        if event.is_by_stranger() && message.auto == Auto::None {
            // An answer would go to the customer, who asked for nothing, and say what somebody else wanted to know.
            thought.step = Step::Move {
                reason: words::stranger_wrote(thought.inbox.language),
                note: Some(words::stranger_note(thought.inbox.language)),
            };
            return Ok(Some(thought));
        }
        if !thought.inbox.bot_enabled {
            return Ok((message.auto == Auto::None).then_some(thought));
        }
        self.decide(store, &mut thought, &conversation, &message).await?;
        Ok(match &thought.step {
            Step::Carry {
                decision: Decision::Silent { why },
                ..
            } if *why != Silence::Twice => {
                tracing::debug!(message = %id, ?why, "nothing to say");
                None
            }
            _ => Some(thought),
        })
    }

    async fn decide(
        &self,
        store: &Store,
        thought: &mut Thought,
        conversation: &Conversation,
        message: &Message,
    ) -> Result<()> {
        // People had it and gave it back.
        let session = match thought.before.escalated {
            Some(_) => thought.before.clone().begun_anew(),
            None => thought.before.clone(),
        };
        let mut text = String::new();
        for earlier in &session.pending {
            text.push_str(&earlier.text);
            text.push('\n');
        }
        text.push_str(&thought.text);
        // Only what is plain changes the language of a conversation.
        thought.language = language::detect(&text)
            .filter(|detected| detected.is_plain)
            .map_or(conversation.language, |detected| detected.language);
        let answer = message.answer.as_ref().map(read_answer);
        // An empty base would hand every question over; at a start it may only not be read yet.
        if tokio::time::timeout(PATIENCE, self.knowledge.ready()).await.is_err() {
            tracing::warn!("answering before the knowledge base was read");
        }
        let settings = self.knowledge.settings();
        let menu = thought.menu.take();
        let offer = menu.as_ref().map(|menu| Offer {
            menu,
            of_inbox: thought.inbox.language,
        });
        let press = message
            .answer
            .as_ref()
            .map(|answer| menu::press_of(answer.message.as_ref().map_or("", MessageId::as_str), &answer.value));
        let picked = match (&answer, &press, offer) {
            (Some(answer), Some(press), _) => menu::pressed(offer, &session, answer, press, message.at),
            // A greeting that came just before says nothing about what is chosen.
            (None, _, Some(offer)) => {
                let is_alone = session.pending.iter().all(|one| !intent::says_what(&one.text));
                menu::typed(offer, &session, if is_alone { &thought.text } else { &text })
            }
            _ => None,
        };
        let found = self
            .found(store, conversation, picked.as_ref(), thought.language)
            .await?;
        let is_question = answer.is_none() && picked.is_none();
        let candidates = match (&found, &picked) {
            (Some(Found::Article(article)), _) => vec![(**article).clone()],
            (_, Some(_)) => Vec::new(),
            _ => self.candidates(thought.language, &text, message, &session, answer.as_ref()),
        };
        let parts: Vec<Candidate> = if is_question && intent::questions_in(&text) > 1 {
            self.parts(thought.language, &text)
        } else {
            Vec::new()
        };
        let data = if is_question {
            self.data(store, conversation, &session, &text, thought.language)
                .await?
        } else {
            None
        };
        let said = marketing::word_in(store.db(), &conversation.contact_id, message).await?;
        let is_about_marketing = said.is_some();
        let turn = Turn {
            text: &text,
            language: thought.language,
            channel: conversation.channel,
            auto: message.auto,
            has_attachments: thought.has_attachments || session.pending.iter().any(|earlier| earlier.has_attachments),
            is_reaction: is_reaction(message.extra.as_ref()),
            is_about_marketing,
            answer,
            session: &session,
            candidates: &candidates,
            parts: &parts,
            data: data.as_ref(),
            is_sensitive: intent::mentions(&text, settings.sensitive_phrases()),
            answer_at: settings.answer_at,
            at: message.at,
            menu: offer,
            picked: picked.as_ref(),
            found: found.as_ref(),
            press: press.as_deref(),
        };
        let mut decision = decide(&turn);
        if !can_reach(conversation) && !matches!(decision, Decision::Silent { .. } | Decision::Escalate { .. }) {
            decision = Decision::Escalate {
                reason: Reason::BotFailed,
            };
        }
        let mut after = turn.after(&decision);
        if let Decision::SmallTalk {
            kind: SmallTalk::GladItHelped,
        } = decision
        {
            after = after.begun_anew();
        }
        let verdict = verdict(&turn);
        thought.is_choice = !is_question;
        thought.is_counted = press.is_some_and(|press| session.menu.pressed.contains(&press));
        if let Some(Picked::Entry(way)) = &picked {
            thought.chosen = way.iter().map(|entry| (*entry).clone()).collect();
        }
        thought.step = Step::Carry {
            decision,
            after: Box::new(after),
            verdict,
        };
        thought.candidates = candidates;
        thought.menu = menu;
        thought.answer_at = settings.answer_at;
        Ok(())
    }

    /// What the business's own data says to a text, where it asks for some of it.
    async fn data(
        &self,
        store: &Store,
        conversation: &Conversation,
        session: &BotSession,
        text: &str,
        language: Language,
    ) -> Result<Option<Said>> {
        let matter = intent::matter(text);
        // "And the one of last month?" is about what was asked before.
        let last = session.last_question.as_deref().filter(|_| intent::is_follow_up(text));
        let last = last.and_then(intent::matter).filter(|_| matter.is_none());
        match matter.or(last) {
            Some(matter) => {
                // How to be known was said already.
                let is_repeat = session.is_repeat(text) || last.is_some();
                business::answer(&self.sources, store, conversation, matter, language, is_repeat).await
            }
            None => Ok(None),
        }
    }

    /// The best article for each question of a text; none when one of them has none.
    fn parts(&self, language: Language, text: &str) -> Vec<Candidate> {
        let questions = intent::questions(text);
        let found: Vec<Candidate> = questions
            .iter()
            .filter_map(|question| self.knowledge.candidates(language, question, 1).into_iter().next())
            .collect();
        if found.len() == questions.len() {
            found
        } else {
            Vec::new()
        }
    }

    fn candidates(
        &self,
        language: Language,
        text: &str,
        message: &Message,
        session: &BotSession,
        answer: Option<&CardValue>,
    ) -> Vec<Candidate> {
        let last = session.last_question.as_deref().unwrap_or_default();
        match answer {
            Some(CardValue::Choose(article)) => self.knowledge.chosen(article, last).into_iter().collect(),
            Some(_) => Vec::new(),
            None => {
                // The first mail of a matter often says it in its subject.
                let question = match (&message.subject, message.matched_by) {
                    (Some(subject), Some(MatchedBy::New)) => {
                        format!("{}\n{text}", say::clip(subject.trim(), SUBJECT))
                    }
                    _ => text.to_owned(),
                };
                let mut candidates = self.knowledge.candidates(language, &question, CANDIDATES);
                if !last.is_empty() && intent::is_follow_up(text) {
                    // "And for the black one?" is about what was asked before.
                    let whole = format!("{last}\n{text}");
                    let in_topic = self.knowledge.candidates(language, &whole, CANDIDATES);
                    let best = |found: &[Candidate]| found.first().map_or(0.0, |best| best.confidence);
                    if best(&in_topic) > best(&candidates) {
                        candidates = in_topic;
                    }
                }
                // What was offered can be chosen in words, even if these words mean something else.
                for offered in &session.offered {
                    if !candidates.iter().any(|known| known.article_id == offered.article)
                        && let Some(chosen) = self.knowledge.chosen(&offered.article, last)
                    {
                        candidates.push(Candidate {
                            confidence: 0.0,
                            ..chosen
                        });
                    }
                }
                candidates
            }
        }
    }
}

fn read_answer(answer: &CardAnswer) -> CardValue {
    CardValue::parse(&answer.value)
}

/// What there is to read: the text, or the subject of a mail that says all in it.
fn readable(message: &Message) -> String {
    let text = message.text.trim();
    match &message.subject {
        Some(subject) if text.is_empty() && message.matched_by == Some(MatchedBy::New) => subject.trim().to_owned(),
        _ => text.to_owned(),
    }
}

fn is_reaction(extra: Option<&serde_json::Value>) -> bool {
    extra.is_some_and(|extra| extra["type"] == "reaction")
}

async fn has_attachments(store: &Store, message: &MessageId) -> Result<bool> {
    let row: Option<(String,)> = sql("SELECT id FROM attachments WHERE message_id = $1 LIMIT 1")
        .bind(message)
        .optional(store.db())
        .await?;
    Ok(row.is_some())
}

/// Whether what was shown helped, where the customer says so.
fn verdict(turn: &Turn<'_>) -> Option<(String, Verdict)> {
    let helped = turn.helped()?;
    let named = match &turn.answer {
        Some(CardValue::HelpedYes(article) | CardValue::HelpedNo(article)) => article.as_deref(),
        _ => None,
    };
    // Only what was shown can have helped: a button's value may have been made up.
    let shown = &turn.session.answered;
    let article = shown
        .iter()
        .find(|shown| Some(shown.article.as_str()) == named)
        .or(shown.last())?;
    let verdict = if helped { Verdict::Helped } else { Verdict::NotHelped };
    Some((article.article.clone(), verdict))
}

#[cfg(test)]
mod tests;
