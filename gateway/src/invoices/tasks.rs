//! What billing does by itself: imports, recurrences, reminders, and payments whose news did not come.

use std::time::Duration;

use conversation::leases;
use conversation::types::Millis;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How often work that somebody waits for is looked for.
const SOON: Duration = Duration::from_secs(2);
/// Every how many of these rounds the calendar is looked at.
const ROUNDS: u32 = 30;
/// How long one process has the work, in milliseconds.
const LEASE: Millis = 10 * 60_000;

/// Works until told to stop. One process does it at a time.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let mut round = 0u32;
    while !stop.is_cancelled() {
        let is_calendar = round.is_multiple_of(ROUNDS);
        round = round.wrapping_add(1);
        let is_wanted = is_calendar || app.billing.has_work().await?;
        if is_wanted
            && leases::hold(&app.store, "billing", &app.process, LEASE)
                .await?
                .is_some()
        {
            billing::import::run(&app.billing).await?;
            billing::stripe::sweep(&app.billing).await?;
            if is_calendar {
                billing::stripe::prune(&app.billing).await?;
                billing::recurring::run(&app.billing).await?;
                billing::reminders::run(&app.billing).await?;
            }
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(SOON) => {} }
    }
    Ok(())
}
