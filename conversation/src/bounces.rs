//! Addresses from which mail came back for good. Whoever writes to one again is told first; a mail from
//! it, or the writer's word, takes the mark off.

use serde_json::json;

use crate::activity::activity;
use crate::conversations;
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::store::{Store, Tx, conversation_updated};
use crate::types::{Actor, BounceReason, ConversationId, MessageId, Millis};

/// An address from which mail came back for good.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct BouncedAddress {
    /// The address, lower-cased.
    pub address: String,
    /// Why.
    pub reason: BounceReason,
    /// The enhanced status code; may be empty.
    pub status: String,
    /// The server's words; may be empty.
    pub words: String,
    /// How often it came back.
    pub count: i64,
    /// When it first did.
    pub first_at: Millis,
    /// When it last did.
    pub last_at: Millis,
}

const COLUMNS: &str = "address, reason, status, words, count, first_at, last_at";

/// Which of these addresses are marked.
///
/// # Errors
/// When the database is not to be had.
pub async fn of_addresses(on: impl On, addresses: &[String]) -> Result<Vec<BouncedAddress>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let lower: Vec<String> = addresses
        .iter()
        .take(200)
        .map(|address| address.to_lowercase())
        .collect();
    composed_sql(format!(
        "SELECT {COLUMNS} FROM bounced_addresses WHERE address IN {} ORDER BY address",
        placeholders(1, lower.len(), 0)
    ))
    .bind_all(lower.iter().map(String::as_str))
    .all(on)
    .await
}

/// Takes the mark off an address that the conversation writes to, on somebody's word that it is good.
/// Twice is as once.
///
/// # Errors
/// [`Error::NotFound`] when the conversation has nothing to do with the address.
pub async fn forgive(store: &Store, actor: &Actor, conversation: &ConversationId, address: &str) -> Result<()> {
    let address = address.trim().to_lowercase();
    let mut tx = store.begin().await?;
    let mut found = conversations::lock_current(&mut tx, conversation).await?;
    let is_reply_address = found
        .reply_address
        .as_ref()
        .is_some_and(|own| own.to_lowercase() == address);
    if !is_reply_address {
        let (takes_part,): (i64,) = sql("SELECT COUNT(*) FROM participants WHERE conversation_id = $1 AND value = $2")
            .bind(&found.id)
            .bind(address.as_str())
            .one(&mut tx)
            .await?;
        if takes_part == 0 {
            return Err(Error::NotFound);
        }
    }
    let gone: Option<(String,)> = sql("DELETE FROM bounced_addresses WHERE address = $1 RETURNING address")
        .bind(address.as_str())
        .optional(&mut tx)
        .await?;
    if gone.is_none() {
        return Ok(());
    }
    activity(
        &mut tx,
        &found,
        actor,
        json!({ "action": "forgiven", "address": address }),
    )
    .await?;
    found.message_count += 1;
    conversations::save(&mut tx, &mut found).await?;
    tx.emit(conversation_updated(&found.id, actor, json!({ "action": "forgiven" })));
    tx.commit().await?;
    Ok(())
}

/// Marks an address. The caller's transaction names the event: a failed delivery.
pub(crate) async fn record(
    tx: &mut Tx,
    address: &str,
    reason: BounceReason,
    status: &str,
    words: &str,
    conversation: &ConversationId,
) -> Result<()> {
    if !reason.is_final() {
        return Ok(());
    }
    let now = tx.now();
    sql("INSERT INTO bounced_addresses (address, reason, status, words, conversation_id, count, first_at, last_at) VALUES ($1, $2, $3, $4, $5, 1, $6, $6)
         ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, status = excluded.status, words = excluded.words, conversation_id = excluded.conversation_id, count = bounced_addresses.count + 1, last_at = excluded.last_at")
        .bind(address.to_lowercase())
        .bind(reason.as_str())
        .bind(status)
        .bind(words)
        .bind(conversation)
        .bind(now)
        .run(tx)
        .await
        .map(|_| ())
}

/// Takes the marks off addresses that just wrote to us.
pub(crate) async fn clear(tx: &mut Tx, addresses: &[String]) -> Result<()> {
    for part in addresses.chunks(200) {
        composed_sql(format!(
            "DELETE FROM bounced_addresses WHERE address IN {}",
            placeholders(1, part.len(), 0)
        ))
        .bind_all(part.iter().map(String::as_str))
        .run(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Refuses a message that was just written when one of its recipients is marked.
pub(crate) async fn refuse(tx: &mut Tx, message: &MessageId) -> Result<()> {
    let marked: Option<(String,)> = sql(
        "SELECT b.address FROM deliveries d JOIN bounced_addresses b ON b.address = LOWER(d.recipient) WHERE d.message_id = $1 AND d.channel = 'email' ORDER BY b.address LIMIT 1",
    )
    .bind(message)
    .optional(tx)
    .await?;
    match marked {
        Some((address,)) => Err(Error::Conflict(format!(
            "mail to {address} came back for good; say that the address is right, and send it again"
        ))),
        None => Ok(()),
    }
}
