//! Carrying out what was decided, in one transaction that holds the conversation and looks again.

use conversation::conversations::Conversation;
use conversation::db::sql;
use conversation::events::Event;
use conversation::lifecycle::{Action, act_in};
use conversation::menus::{self, Does, Figures};
use conversation::reply::ReplyKind;
use conversation::stream::consumer::Claim;
use conversation::types::{Actor, ConversationId, Level};
use conversation::{Result, Store, Tx, automatic};
use kb::decisions::{self, Decided};
use kb::examples::{self, Source};
use kb::store::{Verdict, record_feedback};

use super::{Step, Thought, is_reaction};
use crate::decision::{Decision, Lead, Reason, Said, Silence, SmallTalk};
use crate::hand_over::{self, HandOver, hand_over, hold, load_session, save_session};
use crate::menu::{self, Offer};
use crate::session::BotSession;
use crate::{intent, say, words};

/// What carrying out came to.
pub(super) enum Carried {
    Done,
    Nothing,
    /// What it was decided from has changed.
    Stale,
}

/// Whether the customer wrote again after this message; what a stranger wrote is not theirs.
pub(super) async fn has_newer(tx: &mut Tx, thought: &Thought) -> Result<Option<Newer>> {
    let rows: Vec<(Option<String>, Option<String>, String)> = sql(
        "SELECT m.answer, m.extra, e.data FROM events e JOIN messages m ON m.id = e.subject_id
         WHERE e.conversation_id IN ($1, $2) AND e.position > $3 AND e.kind = 'message.created' AND m.conversation_id = $1 AND m.kind = 'inbound' AND m.auto = 'none'
         ORDER BY e.position LIMIT 20",
    )
    .bind(&thought.conversation)
    .bind(thought.named.as_ref().unwrap_or(&thought.conversation))
    .bind(thought.position)
    .all(tx)
    .await?;
    let mut newer = None;
    for (answer, extra, facts) in rows {
        let extra = extra.and_then(|text| serde_json::from_str(&text).ok());
        if is_reaction(extra.as_ref())
            || serde_json::from_str(&facts).is_ok_and(|facts| Event::tells_of_stranger(&facts))
        {
            continue;
        }
        if answer.is_none() {
            return Ok(Some(Newer::Text));
        }
        newer = Some(Newer::Press);
        // A press is about what was said before it: what stands here is answered on its own.
        break;
    }
    Ok(newer)
}

/// What was written since.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Newer {
    Text,
    Press,
}

/// A decision as it is counted; `None` for silence.
fn outcome_of(thought: &Thought, decision: &Decision) -> Option<(&'static str, Option<Reason>)> {
    Some(match decision {
        // What was known beforehand to be meant tells nothing about articles.
        Decision::Answer { .. } | Decision::FromData { .. } if !thought.chosen.is_empty() => ("menu", None),
        Decision::Menu { lead, .. } => (
            "menu",
            matches!(lead, Lead::Unknown | Lead::NotAnEntry).then_some(Reason::Unsure),
        ),
        Decision::Ask { .. } | Decision::Portal | Decision::MenuGone => ("menu", None),
        Decision::Answer { .. } | Decision::AnswerAll { .. } => ("answered", None),
        Decision::FromData { .. } => ("from_data", None),
        Decision::Clarify { .. } => ("clarified", None),
        Decision::SmallTalk { .. } => ("small_talk", None),
        Decision::Escalate { reason } => ("handed_over", Some(*reason)),
        Decision::Silent { .. } => return None,
    })
}

/// Whether a text is short enough, and one question: what the bot may learn from.
fn is_one_question(text: &str) -> bool {
    const CHARS: usize = 200;
    text.chars().count() <= CHARS && intent::questions_in(text) <= 1
}

/// Gives a held conversation to people without a word to the customer.
async fn move_quietly(tx: &mut Tx, id: &ConversationId, reason: &str, note: Option<&str>) -> Result<()> {
    let to_people = Action::MoveTo {
        level: Level::N1,
        reason: reason.to_owned(),
    };
    act_in(tx, &Actor::Bot, id, to_people).await?;
    match note {
        Some(note) => hand_over::say(tx, id, ReplyKind::Note, say::plain(note)).await,
        None => Ok(()),
    }
}

/// Says and does what was decided, unless it is no longer true.
pub(super) async fn carry_out(store: &Store, claim: &Claim, thought: &Thought) -> Result<Carried> {
    let mut tx = store.begin().await?;
    if !claim.take(&mut tx).await? {
        return Ok(Carried::Done);
    }
    let Some(conversation) = hold(&mut tx, &thought.conversation).await? else {
        return Ok(Carried::Nothing);
    };
    if load_session(&mut tx, &conversation.id).await? != thought.before {
        return Ok(Carried::Stale);
    }
    let newer = has_newer(&mut tx, thought).await?;
    let (decision, after, verdict) = match &thought.step {
        Step::Move { reason, note } => {
            move_quietly(&mut tx, &conversation.id, reason, *note).await?;
            tx.commit().await?;
            return Ok(Carried::Done);
        }
        // Whatever it would say is one answer too many.
        Step::Carry { .. } if automatic::is_spent(&mut tx, &conversation).await? => {
            let language = thought.inbox.language;
            let (reason, note) = (words::answered_often(language), words::answered_often_note(language));
            move_quietly(&mut tx, &conversation.id, reason, Some(note)).await?;
            tx.commit().await?;
            return Ok(Carried::Done);
        }
        Step::Carry {
            decision,
            after,
            verdict,
        } => (decision, after, verdict),
    };
    if newer == Some(Newer::Text) && !thought.is_choice {
        // One answer for both; what was written here is read with the later one.
        let waiting = thought.before.waiting_with(&thought.text, thought.has_attachments);
        save_session(&mut tx, &conversation.id, &waiting).await?;
        tx.commit_silently().await?;
        return Ok(Carried::Done);
    }
    let id = &conversation.id;
    save_session(&mut tx, id, after).await?;
    if matches!(decision, Decision::Silent { why: Silence::Twice }) {
        if newer.is_some() {
            tx.commit_silently().await?;
        } else {
            menus::pressed_again_in(&mut tx, &conversation).await?;
            tx.commit().await?;
        }
        return Ok(Carried::Done);
    }
    remember(&mut tx, thought, id, decision, verdict.as_ref()).await?;
    if matches!(decision, Decision::Silent { .. }) {
        return Ok(Carried::Nothing);
    }
    if !thought.chosen.is_empty() && !thought.is_counted && after.menu.entry.is_some() {
        let way: Vec<&menus::Entry> = thought.chosen.iter().collect();
        if !matches!(way.last().map(|entry| &entry.does), Some(Does::Submenu { .. })) {
            menus::chosen_in(&mut tx, &conversation, &menu::titles(&way, thought.inbox.language)).await?;
        }
    }
    let outcome = say_it(&mut tx, thought, &conversation, decision, after, newer.is_some()).await?;
    menus::count_in(&mut tx, &thought.inbox.id, &counted(thought, decision, after)).await?;
    conversation::fault::point("bot.before_commit");
    tx.commit().await?;
    conversation::fault::point("bot.after_commit");
    metrics::counter!("bot_decisions_total", "decision" => outcome).increment(1);
    Ok(Carried::Done)
}

/// What the knowledge base learns of a turn: whether an article helped, and what was decided with which candidates.
async fn remember(
    tx: &mut Tx,
    thought: &Thought,
    id: &ConversationId,
    decision: &Decision,
    verdict: Option<&(String, Verdict)>,
) -> Result<()> {
    if let Some((article, verdict)) = verdict {
        let asked = thought.before.last_question.as_deref();
        let path = thought.before.menu.path.join(words::STEP);
        let question = asked.unwrap_or(if path.is_empty() { &thought.text } else { &path });
        record_feedback(&mut *tx, article, Some(id), question, *verdict).await?;
        // Titles of a menu are nobody's question.
        if *verdict == Verdict::Helped && is_one_question(question) && (asked.is_some() || path.is_empty()) {
            examples::learn_in(&mut *tx, &Actor::Bot, article, question, Source::Confirmed, Some(id)).await?;
        }
    }
    if let Some((outcome, reason)) = outcome_of(thought, decision) {
        let decided = Decided {
            conversation_id: id.clone(),
            message_id: thought.message.clone(),
            at: tx.now(),
            question: thought.text.clone(),
            language: thought.language,
            outcome: outcome.to_owned(),
            reason: reason.map(|reason| reason.as_str().to_owned()),
            answer_at: thought.answer_at,
            candidates: Decided::considered(&thought.candidates),
        };
        decisions::record_in(&mut *tx, &decided).await?;
    }
    Ok(())
}

fn offered(thought: &Thought) -> Option<Offer<'_>> {
    thought.menu.as_ref().map(|menu| Offer {
        menu,
        of_inbox: thought.inbox.language,
    })
}

/// An answer, with a way to the menu where there is one.
fn with_menu(thought: &Thought, said: Said) -> Said {
    match &thought.menu {
        Some(_) => say::menu::with_button(thought.language, said),
        None => said,
    }
}

/// What a turn adds to the figures of the menu's entries.
fn counted(thought: &Thought, decision: &Decision, after: &BotSession) -> Vec<(String, Figures)> {
    let mut added: Vec<(String, Figures)> = Vec::new();
    let mut add = |id: &str, one: Figures| added.push((id.to_owned(), one));
    if let (Decision::Menu { place, .. }, Some(menu)) = (decision, &thought.menu) {
        for entry in menu.at(place.as_deref()).unwrap_or_default() {
            let shown = Figures {
                shown: 1,
                ..Figures::default()
            };
            add(&entry.id, shown);
        }
    }
    if let (Some(entry), false) = (thought.chosen.last(), thought.is_counted) {
        let chosen = Figures {
            chosen: 1,
            ..Figures::default()
        };
        add(&entry.id, chosen);
    }
    // What was asked after "write your question" is answered by that entry.
    let was_asked = thought.before.menu.is_asking;
    let is_answer = match decision {
        Decision::Answer { .. } | Decision::AnswerAll { .. } | Decision::FromData { .. } | Decision::Portal => {
            !thought.chosen.is_empty() && !thought.is_counted || thought.chosen.is_empty() && was_asked
        }
        _ => false,
    };
    if let Some(entry) = &after.menu.entry {
        let one = Figures {
            answered: i64::from(is_answer),
            handed_over: i64::from(matches!(decision, Decision::Escalate { .. })),
            ..Figures::default()
        };
        if one != Figures::default() {
            add(entry, one);
        }
    }
    added
}

/// Says to the customer what was decided, and does what goes with it; returns how that is counted.
async fn say_it(
    tx: &mut Tx,
    thought: &Thought,
    conversation: &Conversation,
    decision: &Decision,
    after: &BotSession,
    has_newer: bool,
) -> Result<&'static str> {
    let (id, language) = (&conversation.id, thought.language);
    Ok(match decision {
        Decision::Answer { candidate } => {
            let said = with_menu(thought, say::answered(language, candidate));
            hand_over::say(tx, id, ReplyKind::Customer, said).await?;
            let question = after.last_question.as_deref().unwrap_or(&thought.text);
            record_feedback(tx, &candidate.article_id, Some(id), question, Verdict::Answered).await?;
            "answered"
        }
        Decision::AnswerAll { candidates } => {
            let said = with_menu(thought, say::answered_all(language, candidates));
            hand_over::say(tx, id, ReplyKind::Customer, said).await?;
            let question = after.last_question.as_deref().unwrap_or(&thought.text);
            for candidate in candidates {
                record_feedback(tx, &candidate.article_id, Some(id), question, Verdict::Answered).await?;
            }
            "answered"
        }
        Decision::FromData { said } => {
            let said = match &thought.menu {
                Some(_) => say::menu::with_way_back(language, said.clone()),
                None => said.clone(),
            };
            hand_over::say(tx, id, ReplyKind::Customer, said).await?;
            "from_data"
        }
        Decision::Menu { place, lead } => {
            let shown = offered(thought)
                .and_then(|offer| say::menu::shown(language, offer, place.as_deref(), *lead))
                .unwrap_or_else(|| say::menu::gone(language));
            hand_over::say(tx, id, ReplyKind::Customer, shown).await?;
            "menu"
        }
        Decision::Ask { words } => {
            let words = if words.is_empty() {
                words::ask_away(language)
            } else {
                words
            };
            hand_over::say(tx, id, ReplyKind::Customer, say::plain(words)).await?;
            "menu"
        }
        Decision::Portal => {
            let said = say::menu::with_way_back(language, say::menu::portal(language));
            hand_over::say(tx, id, ReplyKind::Customer, said).await?;
            "menu"
        }
        Decision::MenuGone => {
            hand_over::say(tx, id, ReplyKind::Customer, say::menu::gone(language)).await?;
            "menu"
        }
        Decision::Clarify { candidates } => {
            let said = say::clarify(language, candidates);
            hand_over::say(tx, id, ReplyKind::Customer, said).await?;
            "clarified"
        }
        Decision::SmallTalk { kind } => {
            hand_over::say(tx, id, ReplyKind::Customer, say::small_talk(language, *kind)).await?;
            // Solved, unless the customer is already at the next matter.
            if *kind == SmallTalk::GladItHelped && !has_newer {
                act_in(tx, &Actor::Bot, id, Action::Resolve).await?;
            }
            "small_talk"
        }
        Decision::Escalate { reason } => {
            let how = HandOver {
                reason: *reason,
                remark: None,
                route: thought.route().filter(|_| *reason == Reason::ChosenInMenu),
            };
            hand_over(tx, conversation, &thought.inbox, language, after, how).await?;
            reason.as_str()
        }
        Decision::Silent { .. } => "silent",
    })
}
