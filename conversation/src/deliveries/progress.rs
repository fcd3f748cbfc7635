//! What of a delivery that needs several sends has left.

use super::Delivery;
use crate::db::{On, insert_rows, sql};
use crate::error::Result;
use crate::store::Store;
use crate::types::DeliveryId;

/// What of a delivery that needs several sends has left; the channel's own JSON.
pub async fn progress(on: impl On, id: &DeliveryId) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> = sql("SELECT progress FROM deliveries WHERE id = $1")
        .bind(id)
        .optional(on)
        .await?;
    Ok(row.and_then(|(progress,)| progress))
}

/// Keeps the provider's ids of a message's parts, so that an answer to any of them is found.
pub async fn keep_provider_ids(store: &Store, delivery: &Delivery, ids: &[String]) -> Result<()> {
    let rows: Vec<Vec<crate::db::Value>> = ids
        .iter()
        .filter(|id| !id.is_empty())
        .map(|id| {
            vec![
                (&delivery.inbox_id).into(),
                id.as_str().into(),
                (&delivery.message_id).into(),
            ]
        })
        .collect();
    let mut tx = store.begin().await?;
    insert_rows(
        &mut tx,
        "INSERT INTO provider_ids (inbox_id, provider_id, message_id) VALUES",
        "ON CONFLICT (inbox_id, provider_id) DO NOTHING",
        rows,
    )
    .await?;
    tx.commit_silently().await
}

/// Keeps the progress of a delivery before its next part leaves. Progress only grows: what the provider said of an earlier part
/// takes nothing back that the sender has noted since.
pub async fn keep_progress(store: &Store, id: &DeliveryId, progress: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("UPDATE deliveries SET progress = $2 WHERE id = $1 AND (progress IS NULL OR LENGTH(progress) <= LENGTH($2))")
        .bind(id)
        .bind(progress)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Goes on with a delivery of which the provider has confirmed a part, after a try whose end is
/// not known.
pub async fn go_on(store: &Store, id: &DeliveryId) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE deliveries SET state = 'queued', next_attempt_at = $2 WHERE id = $1 AND state = 'unknown'")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}
