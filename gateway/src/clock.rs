//! Looks after the machine's clock: when it is set back, what was put off meanwhile does not wait for the time that it
//! showed.

use std::time::Duration;

use conversation::clock::{Watch, end_holds, log_is_ahead_by, went_back};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::webhooks;

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// In so many looks it is looked once for what a dead process holds whose clock was ahead.
const LOOKS: u32 = 30;

/// Runs until told to stop.
///
/// # Errors
/// When the database cannot be reached; begun again, it finds what is still to be done in the log.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let store = &app.store;
    let mut watch = Watch::new(store);
    // What is still to be done: while the database is away it waits.
    let mut back = log_is_ahead_by(store).await?;
    if back > 0 {
        tracing::warn!(
            milliseconds = back,
            "the newest event is from the future: was the clock set back?"
        );
    }
    for number in 0u32.. {
        if stop.is_cancelled() {
            break;
        }
        if number % LOOKS == 0 {
            end_holds(store).await?;
        }
        let step = watch.step(store);
        if step > 0 {
            tracing::warn!(milliseconds = step, "the machine's clock was set forward");
        } else if step < 0 {
            tracing::warn!(milliseconds = -step, "the machine's clock was set back");
            back = back.max(-step);
        }
        if back > 0 {
            let changed = went_back(store, back).await? + webhooks::queue::went_back(store, back).await?;
            tracing::info!(changed, "what waited for a time that is not yet does not wait any more");
            back = 0;
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(LOOK) => {} }
    }
    Ok(())
}
