//! Copies of sent mail that go into the account's own folder: wished for when the mail has left, made
//! by whoever is connected to the mailbox.

use crate::db::sql;
use crate::error::Result;
use crate::store::Store;
use crate::types::{InboxId, MessageId, Millis};

/// After this many attempts a copy is given up; the mail itself has left.
const MOST_ATTEMPTS: i64 = 12;
/// After so many attempts, some two minutes, the trouble is none that passes.
const SETTLED_BY: i64 = 4;
/// How long one attempt may take before another process tries, in milliseconds.
pub(crate) const LEASE: Millis = 10 * 60_000;

/// A copy to make.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SentCopy {
    /// The message.
    pub message_id: MessageId,
    /// The mailbox.
    pub inbox_id: InboxId,
    /// The mail as it left.
    pub raw_sha256: String,
    /// Its Message-ID, without angle brackets.
    pub external_id: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// Wishes for a copy; one for each message, to however many people it went.
pub async fn wish(
    store: &Store,
    message: &MessageId,
    inbox: &InboxId,
    raw_sha256: &str,
    external_id: &str,
) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO sent_copies (message_id, inbox_id, raw_sha256, external_id, state, attempts, next_attempt_at, created_at) VALUES ($1, $2, $3, $4, 'queued', 0, $5, $5) ON CONFLICT (message_id) DO NOTHING")
        .bind(message)
        .bind(inbox)
        .bind(raw_sha256)
        .bind(external_id)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Takes copies that are due; what a dead process left behind comes back when its lease ends.
pub async fn lease(store: &Store, most: i64) -> Result<Vec<SentCopy>> {
    // A look first: mostly nothing is due, and a writing transaction is not free.
    let due: Option<(String,)> = sql("SELECT message_id FROM sent_copies WHERE state = 'queued' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < $1) LIMIT 1")
        .bind(store.now())
        .optional(store.db())
        .await?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    let lock = tx.dialect().for_update_skip_locked();
    let mut taken: Vec<SentCopy> = crate::db::composed_sql(format!(
        "UPDATE sent_copies SET attempts = attempts + 1, lease_until = $2 WHERE message_id IN (SELECT message_id FROM sent_copies WHERE state = 'queued' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < $1) ORDER BY next_attempt_at, message_id LIMIT $3 {lock}) RETURNING message_id, inbox_id, raw_sha256, external_id, attempts"
    ))
    .bind(now)
    .bind(now + LEASE)
    .bind(most)
    .all(&mut tx)
    .await?;
    tx.commit_silently().await?;
    taken.sort_by(|a, b| a.message_id.cmp(&b.message_id));
    Ok(taken)
}

/// Records what came of it: made, or why not and whether it is worth another try.
pub async fn settle(store: &Store, copy: &SentCopy, outcome: std::result::Result<(), (String, bool)>) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let (state, error, next) = match outcome {
        Ok(()) => ("done", None, None),
        Err((words, true)) if copy.attempts < MOST_ATTEMPTS => {
            let pause = (10_000i64 << copy.attempts.clamp(0, 10)).min(3_600_000);
            ("queued", Some(words), Some(now + pause))
        }
        Err((words, _)) => ("failed", Some(words), None),
    };
    sql("UPDATE sent_copies SET state = $2, error = $3, next_attempt_at = $4, lease_until = NULL, settled_at = $5 WHERE message_id = $1 AND state = 'queued'")
        .bind(&copy.message_id)
        .bind(state)
        .bind(error)
        .bind(next)
        .bind((state != "queued").then_some(now))
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// A mailbox that takes no copies.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stuck {
    /// The mailbox.
    pub inbox_id: InboxId,
    /// What it is called.
    pub name: String,
    /// How many copies wait for it.
    pub count: i64,
    /// What its server says.
    pub error: String,
}

/// The mailboxes whose copies were tried so often that it is no passing trouble: most are full, and take no customer's mail either.
///
/// # Errors
/// When the database cannot be reached.
pub async fn stuck(on: impl crate::db::On) -> Result<Vec<Stuck>> {
    sql("SELECT s.inbox_id, i.name, COUNT(*) AS count, MAX(s.error) AS error FROM sent_copies s JOIN inboxes i ON i.id = s.inbox_id WHERE s.state = 'queued' AND s.attempts >= $1 AND s.error IS NOT NULL GROUP BY s.inbox_id, i.name ORDER BY i.name")
        .bind(SETTLED_BY)
        .all(on)
        .await
}
