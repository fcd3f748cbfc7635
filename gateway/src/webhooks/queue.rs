//! What is to be told to whom, and how it went.

use conversation::db::{On, composed_sql, insert_rows, sql};
use conversation::events::Event;
use conversation::types::{Actor, Millis, Position};
use conversation::{Error, Result, Store, Tx, audit, cleanup};
use serde_json::json;

use super::{PATIENCE, Webhook, changed, list, load};

/// How long one attempt may take before another process tries, in milliseconds.
const LEASE: Millis = 60_000;
/// The pauses before each further attempt, in milliseconds: about three days in all.
const PAUSES: [Millis; 9] = [
    5_000,
    5 * 60_000,
    30 * 60_000,
    2 * 3_600_000,
    5 * 3_600_000,
    10 * 3_600_000,
    14 * 3_600_000,
    20 * 3_600_000,
    24 * 3_600_000,
];
/// How long the log is kept, in milliseconds.
const KEPT: Millis = 30 * 24 * 3_600_000;
/// Events that are looked at in one commit.
const EVENTS: i64 = 500;

/// One event for one hook.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Delivery {
    /// The hook.
    pub webhook_id: String,
    /// The event.
    pub position: Position,
    /// `queued`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<Millis>,
    /// The HTTP status of the last answer.
    pub status: Option<i64>,
    /// What is wrong, or the beginning of the last answer.
    pub answer: Option<String>,
    /// How long the last attempt took, in milliseconds.
    pub took: Option<i64>,
    /// When it was queued.
    pub queued_at: Millis,
    /// When it was taken or given up.
    pub settled_at: Option<Millis>,
}

const DELIVERY: &str =
    "webhook_id, position, state, attempts, next_attempt_at, status, answer, took, queued_at, settled_at";

/// Moves every enabled hook on to the end of the log. Returns whether there was anything to tell.
pub(crate) async fn fan_out(store: &Store) -> Result<bool> {
    let mut found = false;
    for hook in list(store.db()).await?.into_iter().filter(|hook| hook.is_enabled) {
        found |= advance(store, &hook).await?;
    }
    Ok(found)
}

async fn advance(store: &Store, hook: &Webhook) -> Result<bool> {
    let mut position = hook.position;
    let mut found = false;
    loop {
        let events = conversation::store::events_after(store.db(), position, EVENTS).await?;
        let Some(last) = events.last() else { return Ok(found) };
        let mut tx = store.begin().await?;
        // Only from where this was read: another process may have been here.
        let moved = sql("UPDATE webhooks SET position = $3 WHERE id = $1 AND position = $2 AND is_enabled")
            .bind(&hook.id)
            .bind(position)
            .bind(last.position)
            .run(&mut tx)
            .await?;
        if moved == 0 {
            return Ok(found);
        }
        position = last.position;
        let wanted: Vec<Position> = events
            .iter()
            .filter(|event| is_wanted(hook, event))
            .map(|event| event.position)
            .collect();
        found |= !wanted.is_empty();
        enqueue(&mut tx, hook, &wanted).await?;
        tx.commit_silently().await?;
    }
}

fn is_wanted(hook: &Webhook, event: &Event) -> bool {
    // An import of years is no news, and what came as spam neither; that something became spam is told.
    !event.kind.is_past() && !event.is_spam() && (hook.kinds.is_empty() || hook.kinds.contains(&event.kind))
}

async fn enqueue(tx: &mut conversation::store::Tx, hook: &Webhook, positions: &[Position]) -> Result<()> {
    let now = tx.now();
    let rows = positions
        .iter()
        .map(|position| {
            vec![
                hook.id.as_str().into(),
                (*position).into(),
                "queued".into(),
                0.into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    insert_rows(
        tx,
        "INSERT INTO webhook_deliveries (webhook_id, position, state, attempts, next_attempt_at, queued_at) VALUES",
        "ON CONFLICT (webhook_id, position) DO UPDATE SET state = 'queued', attempts = 0, next_attempt_at = excluded.next_attempt_at, queued_at = excluded.queued_at, settled_at = NULL, lease_owner = NULL, lease_until = NULL",
        rows,
    )
    .await
}

/// Tells a hook again what happened after a position: every kind it asks for, as if it were new. Returns how
/// many events that is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] for a hook that is switched off.
pub(crate) async fn replay(store: &Store, actor: &Actor, id: &str, after: Position) -> Result<u64> {
    let hook = load(store.db(), id).await?;
    if !hook.is_enabled {
        return Err(Error::Conflict("switch the web hook on first".to_owned()));
    }
    let mut count = 0;
    let mut position = after.max(0);
    // What is beyond the hook's own position comes by itself.
    while position < hook.position {
        let mut events = conversation::store::events_after(store.db(), position, EVENTS).await?;
        events.retain(|event| event.position <= hook.position);
        let Some(last) = events.last() else { break };
        position = last.position;
        let wanted: Vec<Position> = events
            .iter()
            .filter(|event| is_wanted(&hook, event))
            .map(|event| event.position)
            .collect();
        count += wanted.len() as u64;
        let mut tx = store.begin().await?;
        enqueue(&mut tx, &hook, &wanted).await?;
        tx.commit_silently().await?;
    }
    note_replay(store, actor, id, json!({ "after": after, "events": count })).await?;
    Ok(count)
}

/// Tells a hook one event again.
///
/// # Errors
/// [`Error::NotFound`] when the log does not have it.
pub(crate) async fn replay_one(store: &Store, actor: &Actor, id: &str, position: Position) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE webhook_deliveries SET state = 'queued', attempts = 0, next_attempt_at = $3, queued_at = $3, settled_at = NULL, lease_owner = NULL, lease_until = NULL WHERE webhook_id = $1 AND position = $2")
        .bind(id)
        .bind(position)
        .bind(now)
        .run(&mut tx)
        .await?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    tx.commit_silently().await?;
    note_replay(store, actor, id, json!({ "position": position })).await
}

async fn note_replay(store: &Store, actor: &Actor, id: &str, detail: serde_json::Value) -> Result<()> {
    let mut tx = store.begin().await?;
    audit::record(&mut tx, actor, "webhook.replayed", id, &detail).await?;
    // The commit wakes the sender.
    tx.emit(changed(id, actor));
    tx.commit().await?;
    Ok(())
}

/// The log of a hook, the newest event first, below `before`.
pub(crate) async fn log(on: impl On, id: &str, before: Option<Position>, most: i64) -> Result<Vec<Delivery>> {
    composed_sql(format!(
        "SELECT {DELIVERY} FROM webhook_deliveries WHERE webhook_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3"
    ))
    .bind(id)
    .bind(before.unwrap_or(i64::MAX))
    .bind(most)
    .all(on)
    .await
}

/// When the next attempt is due.
pub(crate) async fn next_due(on: impl On) -> Result<Option<Millis>> {
    let (at,): (Option<i64>,) = sql("SELECT MIN(CASE WHEN lease_until IS NOT NULL AND lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END) FROM webhook_deliveries WHERE state = 'queued'")
        .one(on)
        .await?;
    Ok(at)
}

/// The clock went back by so many milliseconds: see [`conversation::clock::went_back`].
pub(crate) async fn went_back(store: &Store, by: Millis) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let mut changed = sql("UPDATE webhook_deliveries SET next_attempt_at = CASE WHEN next_attempt_at - $2 < $1 THEN $1 ELSE next_attempt_at - $2 END WHERE state = 'queued' AND next_attempt_at > $1")
        .bind(now)
        .bind(by)
        .run(&mut tx)
        .await?;
    changed += end_holds_in(&mut tx).await?;
    tx.commit_silently().await?;
    Ok(changed)
}

/// Nobody holds a row for longer than they may: see [`conversation::clock::end_holds`].
pub(crate) async fn end_holds(store: &Store) -> Result<u64> {
    let limit = store.now() + LEASE;
    let held: Option<(Millis,)> =
        sql("SELECT lease_until FROM webhook_deliveries WHERE state = 'queued' AND lease_until > $1 LIMIT 1")
            .bind(limit)
            .optional(store.db())
            .await?;
    if held.is_none() {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    let changed = end_holds_in(&mut tx).await?;
    tx.commit_silently().await?;
    Ok(changed)
}

/// What anybody holds is free: see [`conversation::clock::free_all`].
pub(crate) async fn free_all(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE webhook_deliveries SET lease_until = $1 WHERE state = 'queued' AND lease_until >= $1")
        .bind(now - 1)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(changed)
}

async fn end_holds_in(tx: &mut Tx) -> Result<u64> {
    let limit = tx.now() + LEASE;
    sql("UPDATE webhook_deliveries SET lease_until = $1 WHERE state = 'queued' AND lease_until > $1")
        .bind(limit)
        .run(tx)
        .await
}

/// Takes rows that are due, at most `each` of a hook, so that a slow one keeps nobody waiting.
pub(crate) async fn lease(store: &Store, owner: &str, each: i64) -> Result<Vec<Delivery>> {
    let now = store.now();
    let mut leased = Vec::new();
    // Every commit wakes a sender; most of them queue nothing, and a look disturbs no writer.
    let due: Option<(Position,)> = sql("SELECT position FROM webhook_deliveries WHERE state = 'queued' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < $1) LIMIT 1")
        .bind(now)
        .optional(store.db())
        .await?;
    if due.is_none() {
        return Ok(leased);
    }
    for hook in list(store.db()).await?.into_iter().filter(|hook| hook.is_enabled) {
        let mut tx = store.begin().await?;
        // The outer condition is looked at again by a process that had to wait for another one's rows.
        let rows: Vec<Delivery> = composed_sql(format!(
            "WITH due AS (
                SELECT webhook_id, position FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'queued' AND next_attempt_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
                ORDER BY position LIMIT $3)
             UPDATE webhook_deliveries SET lease_owner = $4, lease_until = $5, attempts = attempts + 1
             WHERE webhook_id = $1 AND position IN (SELECT position FROM due) AND state = 'queued' AND (lease_until IS NULL OR lease_until < $2) RETURNING {DELIVERY}"
        ))
        .bind(&hook.id)
        .bind(now)
        .bind(each)
        .bind(owner)
        .bind(now + LEASE)
        .all(&mut tx)
        .await?;
        tx.commit_silently().await?;
        leased.extend(rows);
    }
    leased.sort_by_key(|delivery| delivery.position);
    Ok(leased)
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The HTTP status, when there was an answer.
    pub(crate) status: Option<u16>,
    /// What is wrong, or the beginning of the answer.
    pub(crate) answer: String,
    /// How long it took, in milliseconds.
    pub(crate) took: i64,
    /// What the other side asked us to wait, in milliseconds.
    pub(crate) retry_after: Option<Millis>,
}

impl Outcome {
    fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// 410 Gone: the receiver does not want the hook any more.
    fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// Writes down how an attempt went. A hook that is gone, or took nothing for days, is switched off.
pub(crate) async fn settle(store: &Store, owner: &str, delivery: &Delivery, outcome: &Outcome) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let tried = usize::try_from(delivery.attempts).unwrap_or(1).max(1);
    let (state, next) = if outcome.is_taken() {
        ("sent", None)
    } else if outcome.is_gone() {
        ("failed", None)
    } else {
        match PAUSES.get(tried - 1) {
            Some(pause) => (
                "queued",
                Some(now + outcome.retry_after.unwrap_or_default().max(*pause)),
            ),
            None => ("failed", None),
        }
    };
    let settled = sql("UPDATE webhook_deliveries SET state = $4, next_attempt_at = $5, status = $6, answer = $7, took = $8, settled_at = $9, lease_owner = NULL, lease_until = NULL WHERE webhook_id = $1 AND position = $2 AND lease_owner = $3 AND state = 'queued'")
        .bind(&delivery.webhook_id)
        .bind(delivery.position)
        .bind(owner)
        .bind(state)
        .bind(next)
        .bind(outcome.status.map(i64::from))
        .bind(&outcome.answer)
        .bind(outcome.took)
        .bind(next.is_none().then_some(now))
        .run(&mut tx)
        .await?;
    if settled == 0 {
        // It was told again meanwhile, or the hook is gone: that counts.
        return Ok(());
    }
    let hook = load(&mut tx, &delivery.webhook_id).await?;
    let failing_since = if outcome.is_taken() {
        None
    } else {
        Some(hook.failing_since.unwrap_or(now))
    };
    // What was under way when it was switched off, by itself or by somebody, switches nothing off.
    let why = if !hook.is_enabled {
        None
    } else if outcome.is_gone() {
        Some("the other side answered 410 Gone".to_owned())
    } else if failing_since.is_some_and(|since| now - since >= PATIENCE) {
        Some("nothing was taken for five days".to_owned())
    } else {
        None
    };
    let is_news = failing_since.is_some() != hook.failing_since.is_some() || why.is_some();
    if is_news {
        sql("UPDATE webhooks SET failing_since = $2, is_enabled = CASE WHEN $3 THEN FALSE ELSE is_enabled END, stopped_because = COALESCE($4, stopped_because) WHERE id = $1")
            .bind(&hook.id)
            .bind(failing_since)
            .bind(why.is_some())
            .bind(why.as_deref())
            .run(&mut tx)
            .await?;
    }
    if let Some(why) = why {
        audit::record(
            &mut tx,
            &Actor::System,
            "webhook.stopped",
            &hook.id,
            &json!({ "why": why }),
        )
        .await?;
        tx.emit(changed(&hook.id, &Actor::System));
        tx.commit().await?;
        return Ok(());
    }
    tx.commit_silently().await
}

/// Forgets what was settled long ago, a part at a time; returns how many.
pub(crate) async fn prune(store: &Store) -> Result<u64> {
    let over = "DELETE FROM webhook_deliveries WHERE (webhook_id, position) IN (SELECT webhook_id, position FROM webhook_deliveries WHERE settled_at < $1 LIMIT $2)";
    cleanup::forget(store, over, store.now() - KEPT).await
}
