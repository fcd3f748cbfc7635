//! What arrived and could not be filed. Kept with its raw bytes until a person settles it.

use serde::Serialize;
use serde_json::json;

use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx};
use crate::types::{Actor, Channel, InboxId, Millis, QuarantineId};
use crate::views::PageEnd;

/// What is known of it when it is put aside.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// The inbox, when that much was clear.
    pub inbox: Option<InboxId>,
    /// The channel.
    pub channel: Channel,
    /// The channel's id, when there was one.
    pub external_id: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The stored raw bytes.
    pub raw_sha256: Option<String>,
}

/// Something that waits for a person.
#[derive(Debug, Clone, sqlx::FromRow, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: QuarantineId,
    /// The inbox.
    pub inbox_id: Option<InboxId>,
    /// The channel.
    pub channel: Channel,
    /// The channel's id.
    pub external_id: Option<String>,
    /// Why.
    pub reason: String,
    /// The stored raw bytes.
    pub raw_sha256: Option<String>,
    /// When it arrived.
    pub at: Millis,
}

pub(crate) async fn put_in(tx: &mut Tx, entry: NewEntry) -> Result<QuarantineId> {
    let id = QuarantineId::from(tx.env().ulid());
    let now = tx.now();
    sql("INSERT INTO quarantine (id, inbox_id, channel, external_id, reason, raw_sha256, at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&id)
        .bind(entry.inbox.as_ref())
        .bind(entry.channel)
        .bind(entry.external_id)
        .bind(entry.reason.chars().take(1000).collect::<String>())
        .bind(entry.raw_sha256)
        .bind(now)
        .run(&mut *tx)
        .await?;
    tx.emit(NewEvent {
        kind: EventKind::QuarantineUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: Actor::System,
        data: json!({ "channel": entry.channel }),
    });
    Ok(id)
}

/// Puts something aside.
pub async fn put(store: &Store, entry: NewEntry) -> Result<QuarantineId> {
    let mut tx = store.begin().await?;
    let id = put_in(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(id)
}

/// What waits, newest first, at most `most`.
pub async fn list(on: impl On, most: i64) -> Result<Vec<Entry>> {
    sql("SELECT id, inbox_id, channel, external_id, reason, raw_sha256, at FROM quarantine WHERE settled_at IS NULL ORDER BY at DESC LIMIT $1").bind(most).all(on).await
}

/// What waits, newest first, behind the end of a page; at most `most`.
pub async fn page(on: impl On, after: Option<&PageEnd>, most: i64) -> Result<Vec<Entry>> {
    let (at, id) = after.map_or((i64::MAX, "~"), |end| (end.at, end.id.as_str()));
    sql("SELECT id, inbox_id, channel, external_id, reason, raw_sha256, at FROM quarantine WHERE settled_at IS NULL AND (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3")
        .bind(at)
        .bind(id)
        .bind(most)
        .all(on)
        .await
}

/// How many wait.
pub async fn count(on: impl On) -> Result<i64> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM quarantine WHERE settled_at IS NULL")
        .one(on)
        .await?;
    Ok(count)
}

/// Marks one as looked at.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn settle(store: &Store, actor: &Actor, id: &QuarantineId) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE quarantine SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    tx.emit(NewEvent {
        kind: EventKind::QuarantineUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({ "settled": true }),
    });
    tx.commit().await?;
    Ok(())
}

/// Whether a message was set aside before; takes the turn of it, so that two who set it aside at once
/// make one entry.
pub(crate) async fn has(tx: &mut Tx, inbox: &InboxId, external_id: &str) -> Result<bool> {
    tx.dialect()
        .take_turns(vec![format!("quarantine:{inbox}:{external_id}")])
        .await?;
    let row: Option<(QuarantineId,)> =
        sql("SELECT id FROM quarantine WHERE inbox_id = $1 AND external_id IS NOT NULL AND external_id = $2 LIMIT 1")
            .bind(inbox)
            .bind(external_id)
            .optional(tx)
            .await?;
    Ok(row.is_some())
}

/// Whether the same bytes were put aside for the same reason before.
pub async fn is_known(on: impl On, raw_sha256: &str, reason: &str) -> Result<bool> {
    let row: Option<(QuarantineId,)> = sql("SELECT id FROM quarantine WHERE raw_sha256 = $1 AND reason = $2 LIMIT 1")
        .bind(raw_sha256)
        .bind(reason)
        .optional(on)
        .await?;
    Ok(row.is_some())
}
