//! The installation looks after itself: figures for Prometheus, checks for people, alerts for who is not looking.

pub(crate) mod deep;
pub mod disk;
pub mod figures;
pub(crate) mod finding;
pub(crate) mod gauges;
pub(crate) mod problems;
pub(crate) mod quick;

#[cfg(test)]
mod tests;

use std::time::Duration;

use conversation::types::Millis;
use conversation::{Result, leases};

use crate::app::App;
use crate::supervisor::Supervisor;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);
/// How soon another process looks after what all share when one died, in milliseconds.
const LEASE: Millis = 150_000;

/// The name of this machine.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    match name.trim() {
        "" => "this machine".to_owned(),
        name => name.to_owned(),
    }
}

/// Looks every minute until told to stop.
pub(crate) fn start(app: &App, supervisor: &mut Supervisor) {
    let watched = app.clone();
    supervisor.run("watch", move |stop| {
        let app = watched.clone();
        async move {
            loop {
                // First what waited while nothing ran gets its time.
                tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(EVERY) => {} }
                look(&app).await?;
            }
            Ok(leases::release(&app.store, "watch", &app.process).await?)
        }
    });
}

/// One look.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn look(app: &App) -> Result<()> {
    let is_keeper = leases::hold(&app.store, "watch", &app.process, LEASE).await?.is_some();
    let findings = quick::all(&app.config, &app.store).await?;
    problems::settle(app, &findings, &host(), is_keeper).await
}
