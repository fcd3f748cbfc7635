//! What happened while the machine's clock was ahead, once it is right again: nothing of it lies in the future, what
//! counts from now counts from now, and what was found to be over and is not is taken back.
//!
//! A time that somebody chose stays: tomorrow at nine is tomorrow at nine.

use serde_json::json;

use crate::conversations::{self, Conversation};
use crate::db::sql;
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::lifecycle::{Action, UNTIL_REPLY, act_in};
use crate::reply::UNDO_WITHIN;
use crate::sla::clocks;
use crate::store::{Store, Tx, conversation_updated, event};
use crate::tickets::{self, Ticket};
use crate::types::{Actor, ConversationId, Millis};

/// So many of the newest events are looked through for what was touched.
const NEWEST: i64 = 10_000;
/// How much later than it was chosen a snooze is written down at most.
const WRITING: Millis = 5_000;

/// Puts it right; returns how much. Doing it twice changes nothing more.
///
/// # Errors
/// When the database cannot be reached.
pub(super) async fn put_right(store: &Store) -> Result<u64> {
    let mut changed = held_back(store).await? + seen(store).await?;
    let touched: Vec<(ConversationId,)> = sql("SELECT DISTINCT conversation_id FROM (SELECT conversation_id, at FROM events ORDER BY position DESC LIMIT $2) AS newest WHERE at > $1 AND conversation_id IS NOT NULL ORDER BY conversation_id")
        .bind(store.now())
        .bind(NEWEST)
        .all(store.db())
        .await?;
    for (id,) in touched {
        changed += u64::from(conversation(store, &id).await?);
    }
    Ok(changed)
}

/// What waits a few seconds for second thoughts waits no longer than that.
async fn held_back(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE deliveries SET send_after = send_after - (queued_at - $1), queued_at = $1 WHERE state = 'scheduled' AND send_after > $1 AND queued_at > $1 AND send_after <= queued_at + $2")
        .bind(now)
        .bind(UNDO_WITHIN)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(changed)
}

/// Nobody was seen in the future: who left since then is away.
async fn seen(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let mut changed = sql("UPDATE desks SET seen_at = $1 WHERE seen_at > $1")
        .bind(now)
        .run(&mut tx)
        .await?;
    changed += sql("UPDATE notifications SET at = $1 WHERE mailed_at IS NULL AND at > $1")
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(changed)
}

async fn conversation(store: &Store, id: &ConversationId) -> Result<bool> {
    let mut tx = store.begin().await?;
    let mut conversation = match conversations::lock(&mut tx, id).await {
        Ok(conversation) if conversation.merged_into.is_none() => conversation,
        // It became part of another one, or is gone.
        Ok(_) | Err(Error::NotFound) => return Ok(false),
        Err(error) => return Err(error),
    };
    let now = tx.now();
    let mut has_changed = messages(&mut tx, &mut conversation, now).await?;
    for ticket in tickets::of_conversation(&mut tx, id).await? {
        has_changed |= ticket_clocks(&mut tx, ticket, &conversation, now).await?;
    }
    if let Some(until) = snoozed_too_long(&mut tx, &conversation, now).await? {
        has_changed |= act_in(&mut tx, &Actor::System, id, Action::Snooze { until }).await?.1;
    }
    if has_changed {
        tx.commit().await?;
    }
    Ok(has_changed)
}

/// No message lies in the future: the next one belongs below it, and whoever waits does so since now at the latest.
async fn messages(tx: &mut Tx, conversation: &mut Conversation, now: Millis) -> Result<bool> {
    let moved = sql("UPDATE messages SET at = $2 WHERE conversation_id = $1 AND at > $2")
        .bind(&conversation.id)
        .bind(now)
        .run(&mut *tx)
        .await?;
    let mut is_ahead = moved > 0 || conversation.last_message_at > now;
    conversation.last_message_at = conversation.last_message_at.min(now);
    for time in [&mut conversation.waiting_since, &mut conversation.last_inbound_at] {
        if let Some(at) = time.as_mut().filter(|at| **at > now) {
            *at = now;
            is_ahead = true;
        }
    }
    if is_ahead {
        conversations::save(tx, conversation).await?;
        tx.emit(conversation_updated(
            &conversation.id,
            &Actor::System,
            json!({ "action": "clock" }),
        ));
    }
    Ok(is_ahead)
}

/// A snooze for some hours that was chosen while the clock was ahead ends when those hours are over.
async fn snoozed_too_long(tx: &mut Tx, conversation: &Conversation, now: Millis) -> Result<Option<Millis>> {
    let Some(until) = conversation
        .snoozed_until
        .filter(|until| *until > now && *until != UNTIL_REPLY)
    else {
        return Ok(None);
    };
    let chosen: Option<(Millis,)> = sql("SELECT at FROM events WHERE conversation_id = $1 AND kind = 'conversation.updated' AND at > $2 AND data LIKE '%\"snoozed\"%' AND data LIKE '%' || $3 || '%' ORDER BY position DESC LIMIT 1")
        .bind(&conversation.id)
        .bind(now)
        .bind(until.to_string())
        .optional(tx)
        .await?;
    // Hours and minutes are counted from when it was chosen; a time of the day falls on no such distance from it.
    let is_counted = |at: Millis| {
        let beyond = (until - at).rem_euclid(60_000);
        until % 60_000 != 0 && (beyond == 0 || beyond > 60_000 - WRITING)
    };
    Ok(chosen.and_then(|(at,)| is_counted(at).then(|| (until - (at - now)).max(now + 1))))
}

/// A clock of a ticket that was found to have run out, and has not, runs on; one that began in the future begins now.
async fn ticket_clocks(tx: &mut Tx, mut ticket: Ticket, conversation: &Conversation, now: Millis) -> Result<bool> {
    if ticket.created_at > now {
        ticket.created_at = now;
        sql("UPDATE tickets SET created_at = $2 WHERE id = $1")
            .bind(&ticket.id)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    let mut changed = sql("UPDATE ticket_clocks SET started_at = CASE WHEN started_at > $2 THEN $2 ELSE started_at END, running_since = CASE WHEN running_since > $2 THEN $2 ELSE running_since END, due_at = CASE WHEN running_since > $2 THEN due_at - (running_since - $2) ELSE due_at END WHERE ticket_id = $1 AND stopped_at IS NULL AND (started_at > $2 OR running_since > $2)")
        .bind(&ticket.id)
        .bind(now)
        .run(&mut *tx)
        .await?;
    let kept = sql("UPDATE ticket_clocks SET breached_at = NULL, broken = broken - 1 WHERE ticket_id = $1 AND stopped_at IS NULL AND breached_at > $2 AND (due_at > $2 OR (due_at IS NULL AND spent <= allowed))")
        .bind(&ticket.id)
        .bind(now)
        .run(&mut *tx)
        .await?;
    let far = sql("UPDATE ticket_clocks SET warned_at = NULL WHERE ticket_id = $1 AND stopped_at IS NULL AND breached_at IS NULL AND warned_at > $2 AND (warn_at > $2 OR warn_at IS NULL)")
        .bind(&ticket.id)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if kept > 0 {
        sql("UPDATE tickets SET breached_at = (SELECT MIN(c.breached_at) FROM ticket_clocks c WHERE c.ticket_id = tickets.id) WHERE id = $1")
            .bind(&ticket.id)
            .run(&mut *tx)
            .await?;
        ticket.breached_at = None;
    }
    // What the history says of it never happened.
    if kept + far > 0 {
        sql("DELETE FROM ticket_history WHERE ticket_id = $1 AND what IN ('near', 'breached') AND at > $2")
            .bind(&ticket.id)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    changed += kept + far;
    let is_told = clocks::refresh_in(tx, &ticket, conversation, now).await?;
    if changed > 0 && !is_told {
        tx.emit(event(
            EventKind::TicketUpdated,
            &conversation.id,
            ticket.id.as_str(),
            &Actor::System,
            json!({ "number": ticket.number, "action": "clocks" }),
        ));
    }
    Ok(changed > 0 || is_told)
}
