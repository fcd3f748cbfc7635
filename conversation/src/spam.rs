//! What is spam: a conversation that nobody works on, counts or answers, and that can be put back as if nothing had been.
//!
//! Such a conversation stands as resolved, so that nothing that looks for work finds it; `spam_since` says that it is none of
//! what was done, either. How it stood is kept in the table `spam`. Who is blocked, and what then comes of their messages, is
//! in [`crate::blocked`] and `ingest`.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::conversations::Conversation;
use crate::db::{On, composed_sql, placeholders, sql};
use crate::desk::bell;
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::restructure::{ASKS, UNANSWERED, let_go};
use crate::sla::clocks;
use crate::store::{Tx, event};
use crate::text_enum;
use crate::tickets::{self, history};
use crate::types::{Actor, ConversationId, ConversationStatus, Millis, Position, TicketId, TicketStatus};

text_enum! {
    /// Why a conversation is spam.
    Why, "reason of spam" {
        /// Somebody, or a rule, said so.
        Marked = "marked",
        /// Its sender is blocked.
        Blocked = "blocked",
        /// The mail server took it for spam.
        Judged = "judged",
        /// It was spam where it was imported from.
        Imported = "imported",
    }
}

impl Why {
    /// Whether it stays spam when somebody who is not blocked writes on. What a person said is for people to take back; what a
    /// server or a block said is said anew of every message.
    pub(crate) const fn is_lasting(self) -> bool {
        matches!(self, Why::Marked | Why::Imported)
    }
}

/// What is kept of a conversation that is spam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spam {
    /// The conversation.
    #[serde(skip)]
    pub conversation: ConversationId,
    /// Since when.
    pub at: Millis,
    /// Who said so.
    pub actor: Actor,
    /// Why.
    pub why: Why,
    /// What the mail server wrote, or who is blocked; empty where somebody said so.
    pub words: String,
}

/// How a conversation stood before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stood {
    pub(crate) status: ConversationStatus,
    #[serde(default)]
    pub(crate) resolved_at: Option<Millis>,
    #[serde(default)]
    pub(crate) snoozed_until: Option<Millis>,
    #[serde(default)]
    pub(crate) waiting_since: Option<Millis>,
    /// The last position that touched it: what was told later came while it was spam.
    #[serde(default)]
    pub(crate) position: Position,
    /// Tickets that were not solved, and how they stood.
    #[serde(default)]
    pub(crate) tickets: Vec<(TicketId, TicketStatus)>,
}

impl Stood {
    /// As it stands now, its tickets left out.
    pub(crate) fn of(conversation: &Conversation) -> Stood {
        Stood {
            status: conversation.status,
            resolved_at: conversation.resolved_at,
            snoozed_until: conversation.snoozed_until,
            waiting_since: conversation.waiting_since,
            position: conversation.position,
            tickets: Vec::new(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    conversation_id: ConversationId,
    at: Millis,
    actor: String,
    why: Why,
    words: String,
    stood: String,
}

const ROW: &str = "conversation_id, at, actor, why, words, stood";

impl Row {
    fn read(self) -> Result<(Spam, Stood)> {
        let of = format!("spam {}", self.conversation_id);
        let stood = crate::desk::from_json(&of, &self.stood)?;
        let spam = Spam {
            at: self.at,
            actor: crate::desk::from_json(&of, &self.actor)?,
            why: self.why,
            words: self.words,
            conversation: self.conversation_id,
        };
        Ok((spam, stood))
    }
}

/// What is kept of these conversations, of those that are spam.
pub async fn of(on: impl On, ids: &[ConversationId]) -> Result<Vec<Spam>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {ROW} FROM spam WHERE conversation_id IN {}",
        placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(on)
    .await?;
    rows.into_iter().map(|row| row.read().map(|(spam, _)| spam)).collect()
}

/// Nothing is done with what is spam until somebody says that it is not.
pub(crate) fn refuse(conversation: &Conversation) -> Result<()> {
    match conversation.spam_since {
        Some(_) => Err(Error::Invalid(
            "the conversation is in spam; say first that it is not".to_owned(),
        )),
        None => Ok(()),
    }
}

/// Keeps how a conversation stood, and makes it stand still. The caller writes the conversation.
pub(crate) async fn mark_in(tx: &mut Tx, actor: &Actor, conversation: &mut Conversation, why: Why) -> Result<()> {
    let now = tx.now();
    let mut stood = Stood::of(conversation);
    for ticket in tickets::of_conversation(&mut *tx, &conversation.id).await? {
        if ticket.status != TicketStatus::Resolved {
            stood.tickets.push((ticket.id, ticket.status));
        }
    }
    stand_still(conversation, now);
    keep_in(tx, &conversation.id, actor, why, "", &stood).await?;
    bell::hushed_in(tx, &conversation.id).await?;
    move_tickets(tx, actor, conversation, &stood.tickets, true).await
}

/// What a conversation is while it is spam.
pub(crate) fn stand_still(conversation: &mut Conversation, now: Millis) {
    conversation.spam_since = Some(now);
    conversation.status = ConversationStatus::Resolved;
    conversation.resolved_at = Some(now);
    conversation.snoozed_until = None;
    conversation.waiting_since = None;
}

/// Writes down since when, why and how it stood.
pub(crate) async fn keep_in(
    tx: &mut Tx,
    id: &ConversationId,
    actor: &Actor,
    why: Why,
    words: &str,
    stood: &Stood,
) -> Result<()> {
    let now = tx.now();
    let stood = serde_json::to_string(stood).map_err(|error| Error::corrupt("spam", error))?;
    sql("INSERT INTO spam (conversation_id, at, actor, why, words, stood) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (conversation_id) DO UPDATE SET at = excluded.at, actor = excluded.actor, why = excluded.why, words = excluded.words, stood = excluded.stood")
        .bind(id)
        .bind(now)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(why.as_str())
        .bind(words)
        .bind(stood)
        .run(tx)
        .await?;
    Ok(())
}

/// Puts a conversation back as it stood; what came meanwhile opens it and waits since it was said. The caller writes the
/// conversation.
pub(crate) async fn lift_in(tx: &mut Tx, actor: &Actor, conversation: &mut Conversation) -> Result<()> {
    let row: Option<Row> = composed_sql(format!("SELECT {ROW} FROM spam WHERE conversation_id = $1"))
        .bind(&conversation.id)
        .optional(&mut *tx)
        .await?;
    let kept = row.map(Row::read).transpose()?;
    let since = kept.as_ref().map_or(Millis::MIN, |(spam, _)| spam.at);
    let stood = kept.map(|(_, stood)| stood).unwrap_or(Stood {
        status: ConversationStatus::Open,
        resolved_at: None,
        snoozed_until: None,
        waiting_since: None,
        position: 0,
        tickets: Vec::new(),
    });
    let (came,): (Option<Millis>,) = composed_sql(format!(
        "SELECT MIN(m.at) FROM messages m WHERE m.conversation_id = $1 AND m.created_at >= $2 AND {ASKS} AND {UNANSWERED}
            AND NOT EXISTS (SELECT 1 FROM events e WHERE e.conversation_id = $1 AND e.position <= $3 AND e.kind = 'message.created' AND e.subject_id = m.id)"
    ))
    .bind(&conversation.id)
    .bind(since)
    .bind(stood.position)
    .one(&mut *tx)
    .await?;
    let now = tx.now();
    conversation.spam_since = None;
    conversation.waiting_since = stood.waiting_since.or(came);
    let is_due = stood.snoozed_until.is_some_and(|until| until <= now);
    if came.is_some() || is_due || stood.status == ConversationStatus::Open {
        conversation.status = ConversationStatus::Open;
        conversation.resolved_at = None;
        conversation.snoozed_until = None;
        let_go(tx, conversation).await?;
    } else {
        conversation.status = stood.status;
        conversation.resolved_at = stood.resolved_at;
        conversation.snoozed_until = stood.snoozed_until;
    }
    sql("DELETE FROM spam WHERE conversation_id = $1")
        .bind(&conversation.id)
        .run(&mut *tx)
        .await?;
    bell::hushed_in(tx, &conversation.id).await?;
    move_tickets(tx, actor, conversation, &stood.tickets, false).await
}

/// Solves the tickets of what became spam, or puts them back; without a word to the customer, and their clocks follow.
async fn move_tickets(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &Conversation,
    of: &[(TicketId, TicketStatus)],
    is_spam: bool,
) -> Result<()> {
    let now = tx.now();
    for (id, stood) in of {
        let ticket = tickets::load(&mut *tx, id).await?;
        let status = if is_spam { TicketStatus::Resolved } else { *stood };
        if ticket.status == status {
            continue;
        }
        sql("UPDATE tickets SET status = $2, resolved_at = $3, updated_at = $4, assignee_id = $5, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(status)
            .bind(is_spam.then_some(now))
            .bind(now)
            .bind(conversation.assignee_id.as_ref())
            .run(&mut *tx)
            .await?;
        let moved = json!({ "from": ticket.status, "to": status });
        history::record(tx, actor, id, "status", &moved).await?;
        // With a word of its own: what asks nothing but "it changed" is told to the customer.
        let action = if is_spam { "spam" } else { "not_spam" };
        tx.emit(event(
            EventKind::TicketUpdated,
            &conversation.id,
            id.as_str(),
            actor,
            json!({ "number": ticket.number, "action": action, "status": status, "was": ticket.status }),
        ));
        let ticket = tickets::load(&mut *tx, id).await?;
        clocks::refresh_in(tx, &ticket, conversation, now).await?;
    }
    Ok(())
}
