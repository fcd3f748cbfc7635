//! The knowledge base and the bot as tasks of a process.

mod account;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bots::Bot;
use conversation::stream::consumer;
use kb::Knowledge;

use crate::app::App;
use crate::config::Config;
use crate::supervisor::Supervisor;

/// How often to look for customers whom the bot keeps waiting.
const RESCUE_EVERY: Duration = Duration::from_secs(20);

/// The knowledge base of this process, with its index in the data folder.
pub fn open(config: &Config) -> Result<Knowledge> {
    let dir = config.data.dir.join("index");
    Knowledge::open(Some(&dir)).context("the search index cannot be opened")
}

/// Keeps it in step with the database: for every process that answers or shows articles.
pub fn follow(app: &App, supervisor: &mut Supervisor) {
    let app = app.clone();
    supervisor.run("knowledge", move |stop| {
        let app = app.clone();
        async move { Ok(app.knowledge.run(&app.store, stop).await?) }
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
            let bot = Bot::new(app.knowledge.clone()).with_data([tickets, account]);
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
