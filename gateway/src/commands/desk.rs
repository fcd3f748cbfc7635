//! The tasks of the desk: rules and the bell, rules by time, sharing out, silence, Web Push, mails to who is away.

use std::time::Duration;

use conversation::desk::worker::{self, DeskWorker};
use conversation::stream::consumer;

use crate::app::App;
use crate::supervisor::Supervisor;
use crate::{bell, push};

/// How often the desk looks at what only the clock brings about.
const EVERY: Duration = Duration::from_secs(5);

pub(super) fn start(app: &App, supervisor: &mut Supervisor) {
    let handled = app.clone();
    supervisor.run("desk", move |stop| {
        let app = handled.clone();
        async move {
            let name = format!("desk-{}", app.process);
            let timing = app.config.stream.timing();
            Ok(consumer::run(&app.store, &app.stream, worker::GROUP, &name, timing, &DeskWorker, stop).await?)
        }
    });
    let watched = app.store.clone();
    supervisor.run("desk clock", move |stop| {
        let store = watched.clone();
        async move {
            while !stop.is_cancelled() {
                worker::look(&store).await?;
                tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(EVERY) => {} }
            }
            Ok(())
        }
    });
    let timed = app.clone();
    supervisor.run("rules by time", move |stop| crate::timed::run(timed.clone(), stop));
    let pushed = app.clone();
    supervisor.run("push", move |stop| {
        let app = pushed.clone();
        async move { Ok(push::run(&app, stop).await?) }
    });
    let mailed = app.clone();
    supervisor.run("digests", move |stop| {
        let app = mailed.clone();
        async move { Ok(bell::run_digests(&app, stop).await?) }
    });
}
