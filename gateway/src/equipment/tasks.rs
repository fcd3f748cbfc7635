//! What equipment does by itself: imports, wishes for readings, periods, renewals; and answers to reminders.

use std::time::Duration;

use conversation::leases;
use conversation::stream::consumer;
use conversation::types::Millis;
use equipment::answers::{self, Answers};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::supervisor::Supervisor;

/// How often work that somebody waits for is looked for.
const SOON: Duration = Duration::from_secs(2);
/// Every how many of these rounds the calendar is looked at.
const ROUNDS: u32 = 30;
/// How long one process has the work, in milliseconds.
const LEASE: Millis = 10 * 60_000;

/// Starts both.
pub(crate) fn start(app: &App, supervisor: &mut Supervisor) {
    let worked = app.clone();
    supervisor.run("equipment", move |stop| run(worked.clone(), stop));
    let answered = app.clone();
    supervisor.run("readings", move |stop| {
        let app = answered.clone();
        async move {
            let handler = Answers {
                equipment: app.equipment.clone(),
            };
            let worker = format!("readings-{}", app.process);
            let timing = app.config.stream.timing();
            Ok(consumer::run(&app.store, &app.stream, answers::GROUP, &worker, timing, &handler, stop).await?)
        }
    });
}

/// Works until told to stop. One process does it at a time.
async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let mut round = 0u32;
    while !stop.is_cancelled() {
        let is_calendar = round.is_multiple_of(ROUNDS);
        round = round.wrapping_add(1);
        let is_wanted = is_calendar || app.equipment.has_work().await?;
        if is_wanted
            && leases::hold(&app.store, "equipment", &app.process, LEASE)
                .await?
                .is_some()
        {
            equipment::import::run(&app.equipment).await?;
            if is_calendar {
                app.equipment.look().await?;
            }
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(SOON) => {} }
    }
    Ok(())
}
