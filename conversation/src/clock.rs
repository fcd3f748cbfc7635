//! When the machine's clock was ahead for a while and is set right: what was put off or taken meanwhile carries times
//! from the future, and would wait for them.

mod meanwhile;

use crate::db::{composed_sql, sql};
use crate::deliveries;
use crate::desk::rules::timed;
use crate::error::Result;
use crate::store::Store;
use crate::types::Millis;

/// What waits for another try: table, what of it waits, and how long a sender may hold a row at most.
const WAITING: [(&str, &str, Millis); 5] = [
    ("deliveries", "state = 'queued'", deliveries::LEASE),
    ("notices", "state = 'queued'", crate::notices::LEASE),
    ("sent_copies", "state = 'queued'", crate::sent_copies::LEASE),
    ("pushes", "TRUE", crate::desk::pushes::LEASE),
    ("contact_pushes", "TRUE", crate::desk::pushes::LEASE),
];

/// A clock that stands still in comparison with the other one is no step; one that is corrected bit by bit neither.
pub const STEP: Millis = 2_000;

/// Compares the clock that people set with the one that nobody sets.
#[derive(Debug)]
pub struct Watch {
    ahead: Millis,
}

impl Watch {
    /// From now on.
    pub fn new(store: &Store) -> Watch {
        Watch { ahead: ahead(store) }
    }

    /// By how much the clock was set forward (more than 0) or back (less) since the last look; 0 when by less than
    /// [`STEP`].
    pub fn step(&mut self, store: &Store) -> Millis {
        let now = ahead(store);
        let step = now - self.ahead;
        if step.abs() < STEP {
            // Bit by bit is no step, however far it goes in the end.
            if step.abs() < STEP / 10 {
                self.ahead = now;
            }
            return 0;
        }
        self.ahead = now;
        step
    }
}

fn ahead(store: &Store) -> Millis {
    store.now() - store.env().steady()
}

/// By how much the newest events lie in the future: who starts after a step back was not there to see it. Several are
/// looked at: a process whose clock was right may have written the last.
///
/// # Errors
/// When the database cannot be reached.
pub async fn log_is_ahead_by(store: &Store) -> Result<Millis> {
    let (newest,): (Option<Millis>,) =
        sql("SELECT MAX(at) FROM (SELECT at FROM events ORDER BY position DESC LIMIT 1000) AS newest")
            .one(store.db())
            .await?;
    let by = newest.map_or(0, |at| at - store.now());
    Ok(if by < STEP { 0 } else { by })
}

/// What somebody holds is held no longer than it may be: whoever took it while its clock was ahead may be dead.
///
/// # Errors
/// When the database cannot be reached.
pub async fn end_holds(store: &Store) -> Result<u64> {
    let mut changed = 0;
    for (table, waits, lease) in WAITING {
        let limit = store.now() + lease;
        let held: Option<(Millis,)> = composed_sql(format!(
            "SELECT lease_until FROM {table} WHERE {waits} AND lease_until > $1 LIMIT 1"
        ))
        .bind(limit)
        .optional(store.db())
        .await?;
        if held.is_some() {
            let mut tx = store.begin().await?;
            changed += composed_sql(format!(
                "UPDATE {table} SET lease_until = $1 WHERE {waits} AND lease_until > $1"
            ))
            .bind(limit)
            .run(&mut tx)
            .await?;
            tx.commit_silently().await?;
        }
    }
    Ok(changed)
}

/// What anybody holds is free: whoever calls this is alone and has taken nothing yet, so that who held it is dead. What
/// of it may have left is treated as after any sender's death ([`deliveries::lease`]).
///
/// # Errors
/// When the database cannot be reached.
pub async fn free_all(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let mut changed = sql("UPDATE leases SET until = 0 WHERE until <> 0").run(&mut tx).await?;
    for (table, waits, _) in WAITING {
        changed += composed_sql(format!(
            "UPDATE {table} SET lease_until = $1 WHERE {waits} AND lease_until >= $1"
        ))
        .bind(now - 1)
        .run(&mut tx)
        .await?;
    }
    tx.commit_silently().await?;
    Ok(changed)
}

/// The clock went back by so many milliseconds: what waits for a time that was counted before waits that much less
/// long, and what somebody holds is held no longer than it may be. Returns how many rows that were. Doing it twice is
/// harmless: the worst is a try that comes early. What happened meanwhile is put right, too ([`meanwhile`]).
///
/// # Errors
/// When the database cannot be reached.
pub async fn went_back(store: &Store, by: Millis) -> Result<u64> {
    let mut changed = end_holds(store).await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    for (table, waits, _) in WAITING {
        changed += composed_sql(format!(
            "UPDATE {table} SET next_attempt_at = CASE WHEN next_attempt_at - $2 < $1 THEN $1 ELSE next_attempt_at - $2 END WHERE {waits} AND next_attempt_at > $1"
        ))
        .bind(now)
        .bind(by)
        .run(&mut tx)
        .await?;
    }
    // Whether it left is asked later, and no later than it would have been.
    changed += sql("UPDATE deliveries SET next_attempt_at = $1 WHERE state = 'unknown' AND next_attempt_at > $1")
        .bind(now + deliveries::CONFIRM_WITHIN)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    changed += timed::clock_went_back(store).await?;
    Ok(changed + meanwhile::put_right(store).await?)
}
