//! Deliveries to one user of a messenger, where the provider speaks of them without our names for them.

use super::{DELIVERY, Delivery, advance};
use crate::db::{On, composed_sql, sql};
use crate::error::Result;
use crate::types::{DeliveryId, DeliveryState, IdentityKind, InboxId, Millis};

/// The conversations of whoever has an identity: deliveries are found through them, as they are kept by conversation.
const THEIRS: &str = "conversation_id IN (SELECT c.id FROM conversations c JOIN identities i ON i.contact_id = c.contact_id WHERE i.kind = $2 AND i.value = $3)";

/// Those of an inbox that left no later than `until` and are not known to be as far as `state`.
///
/// # Errors
/// When the database cannot be reached.
pub async fn sent_until(
    on: impl On,
    inbox: &InboxId,
    (kind, identity): (IdentityKind, &str),
    until: Millis,
    state: DeliveryState,
) -> Result<Vec<DeliveryId>> {
    let found: Vec<Delivery> = composed_sql(format!(
        "SELECT {DELIVERY} FROM deliveries WHERE inbox_id = $1 AND {THEIRS} AND state IN ('sent', 'delivered') AND sent_at <= $4 ORDER BY id"
    ))
    .bind(inbox)
    .bind(kind)
    .bind(identity)
    .bind(until)
    .all(on)
    .await?;
    let behind = found
        .into_iter()
        .filter(|delivery| advance(delivery.state, state) != delivery.state);
    Ok(behind.map(|delivery| delivery.id).collect())
}

/// Those of an inbox that are being sent at the moment, or may have left.
///
/// # Errors
/// When the database cannot be reached.
pub async fn under_way(on: impl On, inbox: &InboxId, (kind, identity): (IdentityKind, &str)) -> Result<Vec<Delivery>> {
    composed_sql(format!(
        "SELECT {DELIVERY} FROM deliveries WHERE inbox_id = $1 AND {THEIRS} AND (state = 'unknown' OR (state = 'queued' AND lease_owner IS NOT NULL)) ORDER BY id"
    ))
    .bind(inbox)
    .bind(kind)
    .bind(identity)
    .all(on)
    .await
}

/// Whether the provider's id is that of a message, or of a part of one, that left from here.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_ours(on: impl On, inbox: &InboxId, provider_id: &str) -> Result<bool> {
    let mut on = on;
    for question in [
        "SELECT id FROM deliveries WHERE provider_id = $2 AND inbox_id = $1 LIMIT 1",
        "SELECT message_id FROM provider_ids WHERE inbox_id = $1 AND provider_id = $2",
    ] {
        let row: Option<(String,)> = sql(question).bind(inbox).bind(provider_id).optional(&mut on).await?;
        if row.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
