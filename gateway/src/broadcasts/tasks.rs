//! The task that carries broadcasts on.

use std::time::Duration;

use anyhow::Result;
use channels::broadcasts::Voices;
use conversation::broadcasts::work;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How often it looks; the pace is counted by the minute.
const EVERY: Duration = Duration::from_secs(1);

/// Counts, begins and writes until told to stop; what is being written then is finished.
pub(crate) async fn run(app: App, stop: CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        let done = work(&app.store, &Voices, &app.process).await?;
        if !done.has_more {
            tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(EVERY) => {} }
        }
    }
    Ok(())
}
