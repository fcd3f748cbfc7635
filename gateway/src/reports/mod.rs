//! Reports and the live board: figures for supervisors and administrators, everybody's own for agents.

mod board;
mod choice;
mod drawn;
pub(crate) mod figures;
pub(crate) mod mail;
mod names;
mod page;
pub(crate) mod question;
#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use conversation::{Result, leases, reports, surveys};
use tokio_util::sync::CancellationToken;
use ui::routes;

use crate::app::App;
use crate::auth::guard;
use crate::boxed::boxed;
use crate::supervisor::Supervisor;

pub(crate) use choice::{Choice, Period};
pub(crate) use page::by;

/// The routes of reports and board.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::REPORTS, get(boxed(page::show)))
        .route(routes::REPORTS_CSV, get(boxed(page::csv)))
        .route(routes::REPORT_MAILS, post(boxed(page::add_mail)))
        .route(routes::REPORT_MAIL_REMOVE, post(boxed(page::remove_mail)))
        .route(routes::BOARD, get(boxed(board::show)));
    guard(app, inside)
}

/// How often the figures look for what is new.
const COUNT_EVERY: Duration = Duration::from_secs(3);
/// How often surveys and mailed reports look at the clock.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How soon another process takes over from one that died, in milliseconds.
const LEASE: i64 = 60_000;

/// The tasks: figures that follow the log, surveys that become due, reports that are mailed. Each is done by one
/// process at a time; what two did at once would still be done once.
pub(crate) fn start(app: &App, supervisor: &mut Supervisor) {
    let counted = app.clone();
    supervisor.run("figures", move |stop| {
        let app = counted.clone();
        async move { Ok(count(&app, stop).await?) }
    });
    let asked = app.clone();
    supervisor.run("surveys", move |stop| {
        let app = asked.clone();
        async move { Ok(ask(&app, stop).await?) }
    });
}

async fn count(app: &App, stop: CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        if leases::hold(&app.store, "figures", &app.process, LEASE)
            .await?
            .is_some()
        {
            let mut steps = 0;
            while !stop.is_cancelled() && reports::step(&app.store, app.tz()).await?.is_behind {
                steps += 1;
                if steps % 50 == 0
                    && leases::hold(&app.store, "figures", &app.process, LEASE)
                        .await?
                        .is_none()
                {
                    break;
                }
            }
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(COUNT_EVERY) => {} }
    }
    leases::release(&app.store, "figures", &app.process).await
}

async fn ask(app: &App, stop: CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        if leases::hold(&app.store, "surveys", &app.process, LEASE)
            .await?
            .is_some()
        {
            surveys::ask_due(&app.store).await?;
            surveys::take_turns(&app.store).await?;
            mail::send_due(app).await?;
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(LOOK_EVERY) => {} }
    }
    leases::release(&app.store, "surveys", &app.process).await
}
