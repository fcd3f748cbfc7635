//! The clocks of tickets. Each is a row that says how much time is used up, since when it runs, and
//! when it runs out, so that lists sort by an index and nothing has to be counted to show them.
//!
//! A clock is never told what happened: [`refresh_in`] compares what it should be, given ticket and
//! conversation, with what it is. Doing it twice changes nothing.

use serde_json::json;

pub use super::kind::ClockKind;
use super::policies;
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, sql};
use crate::error::Result;
use crate::events::EventKind;
use crate::lifecycle::UNTIL_REPLY;
use crate::store::{Store, Tx, event};
use crate::tickets::{self, TICKET, Ticket, history};
use crate::types::{Actor, ConversationId, Millis, TicketId, TicketStatus};

mod clock;

pub use clock::Clock;
use clock::Facts;

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    policy_id: String,
    allowed: Millis,
    spent: Millis,
    started_at: Millis,
    running_since: Option<Millis>,
    stopped_at: Option<Millis>,
    due_at: Option<Millis>,
    warn_at: Option<Millis>,
    warned_at: Option<Millis>,
    breached_at: Option<Millis>,
    kept: i64,
    broken: i64,
}

/// The clocks of a ticket, in the order of [`ClockKind::ALL`].
pub async fn of(on: impl On, ticket: &TicketId) -> Result<Vec<Clock>> {
    let rows: Vec<Row> = sql("SELECT kind, policy_id, allowed, spent, started_at, running_since, stopped_at, due_at, warn_at, warned_at, breached_at, kept, broken FROM ticket_clocks WHERE ticket_id = $1")
        .bind(ticket)
        .all(on)
        .await?;
    let mut clocks = rows
        .into_iter()
        .map(|row| {
            Ok(Clock {
                kind: ClockKind::from_text(&row.kind)?,
                policy: row.policy_id,
                allowed: row.allowed,
                spent: row.spent,
                started_at: row.started_at,
                running_since: row.running_since,
                stopped_at: row.stopped_at,
                due_at: row.due_at,
                warn_at: row.warn_at,
                warned_at: row.warned_at,
                breached_at: row.breached_at,
                kept: row.kept,
                broken: row.broken,
            })
        })
        .collect::<Result<Vec<Clock>>>()?;
    clocks.sort_by_key(|clock| clock.kind);
    Ok(clocks)
}

async fn facts(on: impl On, ticket: &Ticket, conversation: &Conversation) -> Result<Facts> {
    let answered: Option<(i64,)> = sql("SELECT at FROM messages WHERE conversation_id = $1 AND at >= $2 AND kind = 'outbound' AND author_kind IN ('agent', 'api') ORDER BY at, id LIMIT 1")
        .bind(&conversation.id)
        .bind(ticket.created_at)
        .optional(on)
        .await?;
    let is_held = match ticket.status {
        TicketStatus::Confirming => true,
        TicketStatus::Waiting => conversation.snoozed_until.is_none_or(|until| until == UNTIL_REPLY),
        _ => false,
    };
    Ok(Facts {
        answered_at: answered.map(|(at,)| at),
        waiting_since: conversation.waiting_since,
        is_held,
        resolved_at: ticket.resolved_at,
        created_at: ticket.created_at,
    })
}

/// Brings the clocks of a ticket up to what they should be since an event at `at`. The transaction
/// holds the conversation. Returns whether anything changed that lists show.
pub(crate) async fn refresh_in(tx: &mut Tx, ticket: &Ticket, conversation: &Conversation, at: Millis) -> Result<bool> {
    let before = of(&mut *tx, &ticket.id).await?;
    let found = policies::for_ticket(&mut *tx, ticket, conversation).await?;
    if before.is_empty() && (found.is_none() || ticket.status == TicketStatus::Resolved) {
        return Ok(false);
    }
    let facts = facts(&mut *tx, ticket, conversation).await?;
    let mut due: Option<Millis> = None;
    let mut has_changed = false;
    for kind in ClockKind::ALL {
        let was = before.iter().find(|clock| clock.kind == kind);
        let now = match &found {
            Some((policy, calendar)) => Clock::moved(was, kind, &facts, policy, calendar.as_ref(), at),
            // No promise any more.
            None => was.cloned().map(|mut clock| {
                clock.hold(None, at);
                clock
            }),
        };
        let Some(clock) = now else { continue };
        due = [due, clock.due_at].into_iter().flatten().min();
        if was != Some(&clock) {
            write(tx, &ticket.id, &clock).await?;
            has_changed = true;
        }
    }
    let breached = ticket.breached_at;
    if due != ticket.due_at {
        has_changed = true;
        sql("UPDATE tickets SET due_at = $2 WHERE id = $1")
            .bind(&ticket.id)
            .bind(due)
            .run(&mut *tx)
            .await?;
    }
    let broken: Option<(i64,)> =
        sql("SELECT breached_at FROM ticket_clocks WHERE ticket_id = $1 AND breached_at IS NOT NULL ORDER BY breached_at LIMIT 1")
            .bind(&ticket.id)
            .optional(&mut *tx)
            .await?;
    if breached.is_none()
        && let Some((first,)) = broken
    {
        sql("UPDATE tickets SET breached_at = $2 WHERE id = $1")
            .bind(&ticket.id)
            .bind(first)
            .run(&mut *tx)
            .await?;
    }
    if has_changed {
        tx.emit(event(
            EventKind::TicketUpdated,
            &conversation.id,
            ticket.id.as_str(),
            &Actor::System,
            json!({ "number": ticket.number, "action": "clocks" }),
        ));
    }
    Ok(has_changed)
}

async fn write(tx: &mut Tx, ticket: &TicketId, clock: &Clock) -> Result<()> {
    sql("INSERT INTO ticket_clocks (ticket_id, kind, policy_id, allowed, spent, started_at, running_since, stopped_at, due_at, warn_at, warned_at, breached_at, kept, broken) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (ticket_id, kind) DO UPDATE SET policy_id = excluded.policy_id, allowed = excluded.allowed, spent = excluded.spent, started_at = excluded.started_at, running_since = excluded.running_since, stopped_at = excluded.stopped_at, due_at = excluded.due_at, warn_at = excluded.warn_at, warned_at = excluded.warned_at, breached_at = excluded.breached_at, kept = excluded.kept, broken = excluded.broken")
        .bind(ticket)
        .bind(clock.kind.as_str())
        .bind(&clock.policy)
        .bind(clock.allowed)
        .bind(clock.spent)
        .bind(clock.started_at)
        .bind(clock.running_since)
        .bind(clock.stopped_at)
        .bind(clock.due_at)
        .bind(clock.warn_at)
        .bind(clock.warned_at)
        .bind(clock.breached_at)
        .bind(clock.kept)
        .bind(clock.broken)
        .run(tx)
        .await?;
    Ok(())
}

/// What one look at the clocks came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many were found near their end.
    pub near: usize,
    /// How many were found broken.
    pub breached: usize,
    /// How many tickets had their clocks set anew after a policy changed.
    pub anew: usize,
}

/// Marks what has come near its end, and what has run out, each once. A few at a time; call it again.
pub async fn look(store: &Store) -> Result<Looked> {
    let mut looked = Looked {
        anew: rework(store).await?,
        ..Looked::default()
    };
    let now = store.now();
    let due: Vec<(TicketId, String)> = sql("SELECT ticket_id, kind FROM ticket_clocks WHERE due_at <= $1 AND breached_at IS NULL ORDER BY due_at LIMIT 100")
        .bind(now)
        .all(store.db())
        .await?;
    for (ticket, kind) in due {
        looked.breached += usize::from(mark(store, &ticket, ClockKind::from_text(&kind)?, "breached").await?);
    }
    let near: Vec<(TicketId, String)> = sql("SELECT ticket_id, kind FROM ticket_clocks WHERE warn_at <= $1 AND warned_at IS NULL AND due_at > $1 ORDER BY warn_at LIMIT 100")
        .bind(now)
        .all(store.db())
        .await?;
    for (ticket, kind) in near {
        looked.near += usize::from(mark(store, &ticket, ClockKind::from_text(&kind)?, "near").await?);
    }
    Ok(looked)
}

/// Marks one clock, if it is still so with the conversation held.
async fn mark(store: &Store, id: &TicketId, kind: ClockKind, what: &'static str) -> Result<bool> {
    let mut tx = store.begin().await?;
    let seen = tickets::load(&mut tx, id).await?;
    let conversation = conversations::lock_current(&mut tx, &seen.conversation_id).await?;
    let now = tx.now();
    let text = if what == "breached" {
        "UPDATE ticket_clocks SET breached_at = $3, warned_at = COALESCE(warned_at, $3), broken = broken + 1 WHERE ticket_id = $1 AND kind = $2 AND due_at <= $3 AND breached_at IS NULL"
    } else {
        "UPDATE ticket_clocks SET warned_at = $3 WHERE ticket_id = $1 AND kind = $2 AND warn_at <= $3 AND warned_at IS NULL"
    };
    let marked = sql(text).bind(id).bind(kind.as_str()).bind(now).run(&mut tx).await?;
    if marked == 0 {
        return Ok(false);
    }
    if what == "breached" {
        sql("UPDATE tickets SET breached_at = COALESCE(breached_at, $2) WHERE id = $1")
            .bind(id)
            .bind(now)
            .run(&mut tx)
            .await?;
    }
    history::record(&mut tx, &Actor::System, id, what, &json!({ "clock": kind })).await?;
    tx.emit(event(
        EventKind::TicketUpdated,
        &conversation.id,
        id.as_str(),
        &Actor::System,
        json!({ "number": seen.number, "action": what, "clock": kind }),
    ));
    tx.commit().await?;
    Ok(true)
}

async fn rework(store: &Store) -> Result<usize> {
    const AT_ONCE: i64 = 50;
    let row: Option<(i64,)> = sql("SELECT after FROM sla_rework WHERE id = 'open'")
        .optional(store.db())
        .await?;
    let Some((after,)) = row else {
        return Ok(0);
    };
    let some: Vec<Ticket> = composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE status <> 'resolved' AND number > $1 ORDER BY number LIMIT {AT_ONCE}"
    ))
    .bind(after)
    .all(store.db())
    .await?;
    for ticket in &some {
        let mut tx = store.begin().await?;
        let conversation = conversations::lock_current(&mut tx, &ticket.conversation_id).await?;
        let ticket = tickets::load(&mut tx, &ticket.id).await?;
        let now = tx.now();
        if refresh_in(&mut tx, &ticket, &conversation, now).await? {
            tx.commit().await?;
        }
    }
    let mut tx = store.begin().await?;
    match some.last() {
        // Only from where this look began: another change may have begun anew.
        Some(last) => {
            sql("UPDATE sla_rework SET after = $2 WHERE id = 'open' AND after = $1")
                .bind(after)
                .bind(last.number)
                .run(&mut tx)
                .await?
        }
        None => {
            sql("DELETE FROM sla_rework WHERE id = 'open' AND after = $1")
                .bind(after)
                .run(&mut tx)
                .await?
        }
    };
    tx.commit_silently().await?;
    Ok(some.len())
}

/// The clock of each conversation's tickets that runs out first, for lists: (conversation, due, broken).
pub async fn of_conversations(
    on: impl On,
    ids: &[ConversationId],
) -> Result<Vec<(ConversationId, Option<Millis>, Option<Millis>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    composed_sql(format!(
        "SELECT conversation_id, MIN(due_at), MIN(breached_at) FROM tickets WHERE conversation_id IN {} AND status <> 'resolved' GROUP BY conversation_id",
        crate::db::placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(on)
    .await
}
