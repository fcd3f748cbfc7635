//! Who did what, for people who have to know later.

use crate::db::sql;
use crate::error::Result;
use crate::store::Tx;
use crate::types::Actor;

/// Records an action in the transaction that does it.
pub async fn record(tx: &mut Tx, actor: &Actor, action: &str, object: &str, detail: &serde_json::Value) -> Result<()> {
    let id = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO audit (id, at, actor, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(now)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(action)
        .bind(object)
        .bind(detail.to_string())
        .run(tx)
        .await?;
    Ok(())
}
