//! The task that lets rules act by time. One process does it, and none while the clock cannot be believed: what a rule wrote to a
//! customer does not come back when the clock turns out to have been ahead.

use std::time::Duration;

use channels::doors::Doors;
use conversation::clock::Watch;
use conversation::db::sql;
use conversation::desk::rules::timed::{is_any_on, look};
use conversation::types::Millis;
use conversation::{Result, Store, leases};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How often to look.
const EVERY: Duration = Duration::from_secs(5);
/// How soon another process takes over from one that died, in milliseconds.
const LEASE: Millis = 60_000;
const LEASE_NAME: &str = "rules by time";
/// An installation whose newest event is older, in milliseconds, was off: what customers wrote meanwhile is on its way.
const SILENT: Millis = 3_600_000;
/// For how long it is left to come in, in milliseconds.
const AFTER_SILENCE: Millis = 10 * 60_000;
/// A clock that was set forward by more than this, in milliseconds, may be put right again.
const JUMP: Millis = 60_000;
/// For how long that is waited for, in milliseconds.
const AFTER_JUMP: Millis = 3_600_000;

/// Looks until told to stop.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let mut patience = Patience::new(&app.store).await?;
    while !stop.is_cancelled() {
        // A lease is a write: where nothing acts by time, nothing is written.
        let is_mine = patience.is_over(&app.store)
            && is_any_on(app.store.db()).await?
            && leases::hold(&app.store, LEASE_NAME, &app.process, LEASE)
                .await?
                .is_some();
        let has_more = is_mine && look(&app.store, &Doors).await?.has_more;
        if !has_more {
            tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(EVERY) => {} }
        }
    }
    Ok(leases::release(&app.store, LEASE_NAME, &app.process).await?)
}

/// Whether the clock can be believed, and what came while nobody was here was read.
#[derive(Debug)]
struct Patience {
    watch: Watch,
    /// By the clock that nobody sets.
    until: Millis,
}

impl Patience {
    async fn new(store: &Store) -> Result<Patience> {
        let last: Option<(Millis,)> = sql("SELECT at FROM events ORDER BY position DESC LIMIT 1")
            .optional(store.db())
            .await?;
        let was_off = last.is_some_and(|(at,)| store.now() - at > SILENT);
        Ok(Patience {
            watch: Watch::new(store),
            until: store.env().steady() + if was_off { AFTER_SILENCE } else { 0 },
        })
    }

    fn is_over(&mut self, store: &Store) -> bool {
        let (step, steady) = (self.watch.step(store), store.env().steady());
        if step > JUMP {
            tracing::warn!(step, "the clock was set forward: rules by time wait for an hour");
            self.until = self.until.max(steady + AFTER_JUMP);
        } else if step < -JUMP {
            // It was put right.
            self.until = self.until.min(steady);
        }
        steady >= self.until
    }
}

#[cfg(test)]
mod tests;
