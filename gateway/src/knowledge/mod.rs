//! The knowledge base and the bot as tasks of a process.

mod account;
pub(crate) mod counted;

use std::sync::Arc;
use std::time::Duration;

use bots::Bot;
use conversation::leases;
use conversation::stream::consumer;
use portal::notify::AfterReceipt;

use crate::app::App;
use crate::supervisor::Supervisor;

/// How often to look for customers whom the bot keeps waiting.
const RESCUE_EVERY: Duration = Duration::from_secs(20);
/// How often the views of articles are written down.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How often the questions that nothing answered are put together, and how soon another process takes over.
const GATHER_EVERY: Duration = Duration::from_secs(10);
const GATHER_LEASE: conversation::types::Millis = 3 * 60 * 1000;

/// Keeps it in step with the database: for every process that answers or shows articles.
pub fn follow(app: &App, supervisor: &mut Supervisor) {
    let followed = app.clone();
    supervisor.run("knowledge", move |stop| {
        let app = followed.clone();
        async move { Ok(app.knowledge.run(&app.store, stop).await?) }
    });
    let counted = app.clone();
    supervisor.run("article views", move |stop| {
        let app = counted.clone();
        async move {
            while !stop.is_cancelled() {
                tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(COUNT_EVERY) => {} }
                app.knowledge.flush_views(&app.store).await?;
            }
            Ok(())
        }
    });
}

/// The bot, and the sweep below it that lets no customer wait.
pub fn work(app: &App, supervisor: &mut Supervisor) {
    let answering = app.clone();
    supervisor.run("bot", move |stop| {
        let app = answering.clone();
        async move {
            let tickets: Arc<dyn bots::BusinessData> = Arc::new(bots::Tickets);
            let account: Arc<dyn bots::BusinessData> = Arc::new(account::Account(app.billing.clone()));
            let machines: Arc<dyn bots::BusinessData> =
                Arc::new(crate::equipment::bot::Machines(app.equipment.clone()));
            let bot = AfterReceipt(Bot::new(app.knowledge.clone()).with_data([tickets, account, machines]));
            Ok(consumer::run(
                &app.store,
                &app.stream,
                bots::GROUP,
                &app.process,
                app.config.stream.timing(),
                &bot,
                stop,
            )
            .await?)
        }
    });
    let gathering = app.clone();
    supervisor.run("open questions", move |stop| {
        let app = gathering.clone();
        async move {
            while !stop.is_cancelled() {
                let held = leases::hold(&app.store, "open questions", &app.process, GATHER_LEASE).await?;
                if held.is_some() {
                    let settings = kb::settings::load(app.store.db()).await?;
                    while kb::gaps::collect(&app.store, &settings).await? > 0 && !stop.is_cancelled() {}
                }
                tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(GATHER_EVERY) => {} }
            }
            leases::release(&app.store, "open questions", &app.process).await?;
            Ok(())
        }
    });
    let rescuing = app.clone();
    supervisor.run("bot-rescue", move |stop| {
        let store = rescuing.store.clone();
        async move {
            while !stop.is_cancelled() {
                let rescued = bots::rescue(&store, store.now()).await?;
                if rescued > 0 {
                    tracing::warn!(rescued, "customers waited for the bot and went to people");
                }
                tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(RESCUE_EVERY) => {} }
            }
            Ok(())
        }
    });
}
