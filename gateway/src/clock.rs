//! Looks after the machine's clock: when it is set back, what was put off meanwhile does not wait for the time that it
//! showed.

use std::time::Duration;

use conversation::clock::{Watch, end_holds, log_is_ahead_by, went_back};
use conversation::types::Millis;
use conversation::{Result, Store};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::people::sessions;
use crate::watch::problems;
use crate::webhooks;

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// In so many looks it is looked once for what a dead process holds whose clock was ahead.
const LOOKS: u32 = 30;

/// Runs until told to stop.
///
/// # Errors
/// Never: what the database refuses is done at a later look.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let mut keeper = Keeper::new(&app.store);
    while !stop.is_cancelled() {
        if let Err(error) = keeper.look(&app.store).await {
            tracing::warn!(%error, "the clock cannot be looked after; trying again");
        }
        // Somebody may have chosen another name or zone in another process.
        if keeper.looks.is_multiple_of(LOOKS)
            && let Err(error) = app.billing.follow().await
        {
            tracing::warn!(%error, "the chosen name and time zone cannot be read; trying again");
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(LOOK) => {} }
    }
    Ok(())
}

/// What is still to be done. It is kept while the database is away: the log, which says it as well, goes on meanwhile.
#[derive(Debug)]
struct Keeper {
    watch: Watch,
    /// By how many milliseconds the clock went back without anything having been moved for it.
    back: Millis,
    has_read_log: bool,
    looks: u32,
}

impl Keeper {
    fn new(store: &Store) -> Keeper {
        Keeper {
            watch: Watch::new(store),
            back: 0,
            has_read_log: false,
            looks: 0,
        }
    }

    async fn look(&mut self, store: &Store) -> Result<()> {
        let step = self.watch.step(store);
        if step > 0 {
            tracing::warn!(milliseconds = step, "the machine's clock was set forward");
        } else if step < 0 {
            tracing::warn!(milliseconds = -step, "the machine's clock was set back");
            self.back = self.back.max(-step);
        }
        if !self.has_read_log {
            let ahead = log_is_ahead_by(store).await?;
            self.has_read_log = true;
            if ahead > 0 {
                tracing::warn!(
                    milliseconds = ahead,
                    "the newest event is from the future: was the clock set back?"
                );
                self.back = self.back.max(ahead);
            }
        }
        if self.looks.is_multiple_of(LOOKS) {
            end_holds(store).await?;
            webhooks::queue::end_holds(store).await?;
        }
        self.looks = self.looks.wrapping_add(1);
        if self.back > 0 {
            let mut changed = went_back(store, self.back).await? + webhooks::queue::went_back(store, self.back).await?;
            changed += sessions::went_back(store).await? + portal::links::went_back(store).await?;
            changed += problems::went_back(store).await?;
            tracing::info!(changed, "what waited for a time that is not yet does not wait any more");
            self.back = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
