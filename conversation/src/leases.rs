//! Leases: one process at a time does a thing (polls a mailbox, sweeps a group), with a fencing
//! token that grows with every change of hands.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::db::sql;
use crate::error::Result;
use crate::store::Store;
use crate::types::Millis;

/// What this process saw of leases that others hold, by name: until when they said to hold it, and when that was first
/// seen, by the clock that nobody sets. As many as there are things to hold.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<HashMap<String, (Millis, Millis)>>);

impl Watched {
    /// Whether somebody has said nothing new for so long.
    fn is_silent(&self, name: &str, until: Millis, now: Millis, lasts: Millis) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, since) = seen.entry(name.to_owned()).or_insert((until, now));
        if *known != until {
            (*known, *since) = (until, now);
        }
        now - *since > lasts
    }

    fn forget(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

/// Takes or keeps a lease for `lasts` milliseconds. Returns its token, or `None` while somebody
/// else holds it. Whoever holds it renews it before it ends: one that stays as it is for longer than it lasts belongs
/// to nobody, whatever clock it was written by.
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
    if row.is_some() {
        tx.commit_silently().await?;
        store.inner.leases.forget(name);
        return Ok(row.map(|(token,)| token));
    }
    let (until,): (Millis,) = sql("SELECT until FROM leases WHERE name = $1")
        .bind(name)
        .one(&mut tx)
        .await?;
    if !store.inner.leases.is_silent(name, until, store.env().steady(), lasts) {
        return Ok(None);
    }
    let row: Option<(i64,)> = sql(
        "UPDATE leases SET owner = $2, until = $3, token = token + 1 WHERE name = $1 AND until = $4 RETURNING token",
    )
    .bind(name)
    .bind(owner)
    .bind(now + lasts)
    .bind(until)
    .optional(&mut tx)
    .await?;
    tx.commit_silently().await?;
    store.inner.leases.forget(name);
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
