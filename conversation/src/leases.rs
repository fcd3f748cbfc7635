//! Leases: one process at a time does a thing (polls a mailbox, sweeps a group), with a fencing
//! token that grows with every change of hands.

use crate::db::sql;
use crate::error::Result;
use crate::store::Store;
use crate::types::Millis;

/// Takes or keeps a lease for `lasts` milliseconds. Returns its token, or `None` while somebody
/// else holds it.
pub async fn hold(store: &Store, name: &str, owner: &str, lasts: Millis) -> Result<Option<i64>> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let row: Option<(i64,)> = sql("INSERT INTO leases (name, owner, token, until) VALUES ($1, $2, 1, $3)
         ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until,
            token = CASE WHEN leases.owner = excluded.owner THEN leases.token ELSE leases.token + 1 END
         WHERE leases.owner = excluded.owner OR leases.until < $4
         RETURNING token")
    .bind(name)
    .bind(owner)
    .bind(now + lasts)
    .bind(now)
    .optional(&mut tx)
    .await?;
    tx.commit_silently().await?;
    Ok(row.map(|(token,)| token))
}

/// Gives a lease back.
pub async fn release(store: &Store, name: &str, owner: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("UPDATE leases SET until = 0 WHERE name = $1 AND owner = $2")
        .bind(name)
        .bind(owner)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}
