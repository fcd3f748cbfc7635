//! `serve`: everything at once, or the roles that are asked for.

use std::future::IntoFuture;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use channels::dispatch::Dispatcher;
use channels::email::watch::{self, Timing};
use channels::notices::NoticeSender;
use channels::outgoing::Allowed;
use conversation::Env;
use conversation::color::Color;
use conversation::inboxes;
use conversation::lifecycle;
use conversation::stream::{Stream, consumer};
use conversation::types::{Channel, InboxId};
use futures::FutureExt as _;
use metrics_exporter_prometheus::PrometheusHandle;
use portal::notify::{self, Notify};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cleanup;
use crate::config::Config;
use crate::people::idempotency;
use crate::supervisor::Supervisor;
use crate::widget;
use crate::{backup, first_run, knowledge, router, telemetry, webhooks};

/// How often measurements are summed up.
const METRICS_EVERY: Duration = Duration::from_secs(10);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ProcessRole {
    /// Pages, API, web hooks.
    Web,
    /// Mailboxes in, deliveries out.
    Mail,
    /// The bot, notifications, files, the relay.
    Workers,
}

/// What a process does when nothing else is asked for.
pub(crate) const ALL_ROLES: &[ProcessRole] = &[ProcessRole::Web, ProcessRole::Mail, ProcessRole::Workers];

pub(super) async fn serve(config: Config, roles: &[ProcessRole]) -> Result<ExitCode> {
    let metrics = telemetry::install()?;
    allow_many_files();
    let app = App::open(config, Env::system()).await?;
    let alone = keep_alone(&app)?;
    if alone.is_some() && is_of_the_folder(&app) {
        free_all(&app).await?;
    }
    first_run::prepare(&app).await?;
    let running = start(app.clone(), roles, metrics, CancellationToken::new()).await?;
    announce(&app, running.listen, roles.contains(&ProcessRole::Web)).await?;
    wait_for_signal().await?;
    running.drain().await?;
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Every open page is a connection and every connection a file descriptor, of which a service is given
/// 1,024 at first: takes as many as it may have.
fn allow_many_files() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(most) => tracing::debug!(most, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}

/// The embedded mode is one process: a second one on the same data folder is refused. The lock ends
/// with the process, however it ends.
fn keep_alone(app: &App) -> Result<Option<std::fs::File>> {
    if matches!(app.stream, Stream::Redis(_)) {
        return Ok(None);
    }
    lock_folder(&app.config.data.dir).map(Some)
}

/// Whether the database lies in the data folder, whose lock keeps everybody else from it.
fn is_of_the_folder(app: &App) -> bool {
    let url = app.config.database_url();
    url.strip_prefix("sqlite:")
        .is_some_and(|path| std::path::Path::new(path).parent() == Some(app.config.data.dir.as_path()))
}

/// Who is alone does not wait for what a process before held when it was killed.
async fn free_all(app: &App) -> Result<()> {
    let mut freed = conversation::clock::free_all(&app.store).await?;
    freed += webhooks::queue::free_all(&app.store).await? + idempotency::free_all(&app.store).await?;
    if freed > 0 {
        tracing::info!(freed, "what the process before held is free");
    }
    Ok(())
}

/// Makes sure that nobody else works on a data folder.
pub(super) fn lock_folder(dir: &std::path::Path) -> Result<std::fs::File> {
    let path = dir.join("serve.lock");
    let file = std::fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => anyhow::bail!(
            "another Switchboard serves the data folder {}; stop it, or set database.url and redis.url so that several can share the work",
            dir.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// A started process.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) listen: std::net::SocketAddr,
    app: App,
    stop: CancellationToken,
    supervisor: Supervisor,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Tells the proxy in front that this process ends, and serves until the proxy had the time to hear of it
    /// (`server.drain_seconds`), or until the next signal.
    async fn drain(&self) -> Result<()> {
        self.app.is_ready.store(false, Ordering::Relaxed);
        let time = Duration::from_secs(self.app.config.server.drain_seconds.into());
        if !time.is_zero() {
            tracing::info!(seconds = time.as_secs(), "draining");
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                signal = wait_for_signal() => signal?,
            }
        }
        Ok(())
    }

    /// Stops taking requests and work, finishes what it has, closes.
    pub(crate) async fn stop(self) {
        tracing::info!("stopping");
        self.app.is_ready.store(false, Ordering::Relaxed);
        self.stop.cancel();
        self.supervisor.drain().await;
        // Connections that stream end with the token; slow downloads get a moment.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.server).await;
        self.app.store.db().close().await;
    }
}

/// Starts what the roles ask for and listens.
pub(crate) async fn start(
    app: App,
    roles: &[ProcessRole],
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> Result<Running> {
    // Handlers that stream end when the process does.
    let app = App {
        stop: stop.clone(),
        ..app
    };
    // Listening comes first: a second process on the same address must not touch the work.
    let listener = tokio::net::TcpListener::bind(app.config.server.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; is another Switchboard running there? Choose another address with SWITCHBOARD__SERVER__LISTEN=127.0.0.1:8081",
            app.config.server.listen
        )
    })?;
    let listen = listener.local_addr()?;
    let mut supervisor = Supervisor::new(stop.clone());
    start_tasks(&app, roles, &mut supervisor);
    let kept = metrics.clone();
    supervisor.run("metrics", move |stop| {
        let metrics = kept.clone();
        async move {
            // What was measured is held one by one until it is summed up, and nobody has to ask for it ever.
            while !stop.is_cancelled() {
                metrics.run_upkeep();
                tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(METRICS_EVERY) => {} }
            }
            Ok(())
        }
    });
    let routes = if roles.contains(&ProcessRole::Web) {
        router::routes(&app, metrics)
    } else {
        router::operations(&app, metrics)
    };
    let server = axum::serve(
        listener,
        routes.into_make_service_with_connect_info::<std::net::SocketAddr>(),
    )
    .with_graceful_shutdown(stop.clone().cancelled_owned())
    .into_future();
    let server = tokio::spawn(server);
    Ok(Running {
        listen,
        app,
        stop,
        supervisor,
        server,
    })
}

fn start_tasks(app: &App, roles: &[ProcessRole], supervisor: &mut Supervisor) {
    let does = |role| roles.contains(&role);
    start_stream(app, supervisor);
    if does(ProcessRole::Web) || does(ProcessRole::Workers) {
        knowledge::follow(app, supervisor);
    }
    if does(ProcessRole::Web) {
        task(app, supervisor, "search", |app, stop| async move {
            Ok(app.search.run(&app.store, stop).await?)
        });
        task(app, supervisor, "problems", crate::tickets::similar::run);
    }
    if does(ProcessRole::Mail) {
        start_mail(app, supervisor);
    }
    if does(ProcessRole::Workers) {
        start_workers(app, supervisor);
    }
}

/// A task that is given the application anew each time it begins.
fn task<F, R>(app: &App, supervisor: &mut Supervisor, name: &str, run: F)
where
    F: Fn(App, CancellationToken) -> R + Send + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    let app = app.clone();
    supervisor.run(name, move |stop| run(app.clone(), stop));
}

/// What every process does: it follows the stream, and with Redis it shares it with the others.
fn start_stream(app: &App, supervisor: &mut Supervisor) {
    task(app, supervisor, "realtime", |app, stop| async move {
        Ok(app.realtime.run(stop).await?)
    });
    task(app, supervisor, "clock", crate::clock::run);
    let Stream::Redis(redis) = &app.stream else {
        return;
    };
    let relay = redis.clone();
    supervisor.run("relay", move |stop| {
        let relay = relay.clone();
        async move { Ok(relay.relay(stop).await?) }
    });
    let (shared, moments) = (app.clone(), redis.clone());
    supervisor.run("signals", move |stop| {
        let (app, redis) = (shared.clone(), moments.clone());
        async move {
            app.realtime.share(&redis, &app.process, stop).await;
            Ok(())
        }
    });
    let listener = redis.clone();
    supervisor.run("listener", move |stop| {
        let listener = listener.clone();
        async move { Ok(listener.listen(stop).await?) }
    });
}

/// Messages in from mailboxes, and out by every channel.
fn start_mail(app: &App, supervisor: &mut Supervisor) {
    task(app, supervisor, "dispatcher", |app, stop| async move {
        let of = app.store.clone();
        let color = Arc::new(move || color_of_business(of.clone()).boxed());
        Ok(Dispatcher::new(app.store.clone(), &*app.process, app.public_url())
            .in_color(color)
            .allowing(Allowed::new(&app.config.outgoing.allow_private))
            .run(stop)
            .await?)
    });
    task(app, supervisor, "sent copies", |app, stop| async move {
        Ok(channels::email::copies::run(&app.store, stop).await?)
    });
    task(app, supervisor, "mailboxes", watch_mailboxes);
}

/// What is done behind the pages: who is told, what is due, what is kept only for a time.
fn start_workers(app: &App, supervisor: &mut Supervisor) {
    crate::watch::start(app, supervisor);
    knowledge::work(app, supervisor);
    task(app, supervisor, "notices", |app, stop| async move {
        Ok(NoticeSender::new(app.store.clone(), &*app.process).run(stop).await?)
    });
    task(app, supervisor, "continuity", |app, stop| async move {
        Ok(widget::continuity::run(&app.store, app.config.chat.email_after, stop).await?)
    });
    task(app, supervisor, "notify", |app, stop| async move {
        let worker = format!("notify-{}", app.process);
        let timing = app.config.stream.timing();
        Ok(consumer::run(&app.store, &app.stream, notify::GROUP, &worker, timing, &Notify, stop).await?)
    });
    crate::commands::desk::start(app, supervisor);
    crate::reports::start(app, supervisor);
    task(app, supervisor, "billing", crate::invoices::tasks::run);
    crate::equipment::tasks::start(app, supervisor);
    crate::notifications::start(app, supervisor);
    task(app, supervisor, "cleanup", |app, stop| async move {
        Ok(cleanup::run(&app.store, &app.process, stop).await?)
    });
    task(app, supervisor, "audit", |app, stop| async move {
        while !stop.is_cancelled() {
            while conversation::audit::chain::seal(&app.store).await? > 0 {}
            rest(&stop, Duration::from_secs(5)).await;
        }
        Ok(())
    });
    task(app, supervisor, "webhooks", |app, stop| async move {
        webhooks::send::run(&app, stop).await
    });
    task(app, supervisor, "backups", |app, stop| async move {
        backup::schedule::run(&app, stop).await
    });
    task(app, supervisor, "files", |app, stop| async move {
        Ok(channels::files::fetch(&app.store, stop).await?)
    });
    task(app, supervisor, "templates", |app, stop| async move {
        while !stop.is_cancelled() {
            channels::whatsapp::templates::sync_due(&app.store).await?;
            rest(&stop, Duration::from_secs(60)).await;
        }
        Ok(())
    });
    task(app, supervisor, "broadcasts", crate::broadcasts::tasks::run);
    task(app, supervisor, "snoozed", |app, stop| async move {
        while !stop.is_cancelled() {
            lifecycle::wake_due(&app.store).await?;
            rest(&stop, Duration::from_secs(10)).await;
        }
        Ok(())
    });
}

/// Waits between two rounds of a task, unless it is told to stop.
async fn rest(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

/// Runs a watcher for each mailbox, and follows what is added, changed and disabled.
async fn watch_mailboxes(app: App, stop: CancellationToken) -> Result<()> {
    let timing = Timing {
        poll_every: Duration::from_secs(app.config.mail.poll_every.max(1)),
        idle_for: Duration::from_secs(app.config.mail.idle_for.max(1)),
    };
    let mut committed = app.store.committed();
    let mut running: Vec<(InboxId, CancellationToken, tokio::task::JoinHandle<()>)> = Vec::new();
    while !stop.is_cancelled() {
        committed.mark_unchanged();
        let wanted: Vec<InboxId> = inboxes::list(app.store.db())
            .await?
            .into_iter()
            .filter(|inbox| inbox.channel == Channel::Email && inbox.is_enabled)
            .map(|inbox| inbox.id)
            .collect();
        running.retain(|(id, own, handle)| {
            if !wanted.contains(id) {
                own.cancel();
            }
            !handle.is_finished()
        });
        for id in wanted {
            if running.iter().any(|(known, _, _)| *known == id) {
                continue;
            }
            let own = stop.child_token();
            let (app, watched, token) = (app.clone(), id.clone(), own.clone());
            let handle = tokio::spawn(async move {
                if let Err(error) = watch::watch(&app.store, &watched, &app.process, timing, token).await {
                    tracing::warn!(inbox = %watched, %error, "watching the mailbox is begun again");
                }
            });
            running.push((id, own, handle));
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(3)) => {}
        }
    }
    for (_, _, handle) in running {
        // A watcher that panicked has logged it; its lease runs out.
        let _ = handle.await;
    }
    Ok(())
}

/// The colour that mails wear; a mail goes out in ours rather than not at all.
async fn color_of_business(store: conversation::Store) -> Color {
    match billing::settings::business(store.db(), &store).await {
        Ok(business) => Color::parse(&business.color).unwrap_or(Color::OURS),
        Err(error) => {
            tracing::warn!(%error, "the business's colour cannot be read");
            Color::OURS
        }
    }
}

/// What a person sees in the terminal.
async fn announce(app: &App, listen: std::net::SocketAddr, has_web: bool) -> Result<()> {
    let url = app
        .config
        .server
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{listen}"));
    let stream = match app.stream {
        Stream::Embedded(_) => "in this process",
        Stream::Redis(_) => "Redis",
    };
    println!("Switchboard {} on {url}", env!("CARGO_PKG_VERSION"));
    println!(
        "  database  {}   stream  {stream}   data  {}",
        app.store.db().engine(),
        app.config.data.dir.display()
    );
    if has_web {
        if let Some(link) = first_run::set_up_link(&app.store, &url).await? {
            println!("\n  Set up the first administrator (once, within a day):\n  {link}\n");
        }
        println!("  inbox     {url}/inbox");
        println!("  chat      {url}/sample");
        println!("  form      {url}/portal/tickets/new");
    }
    println!("\n  Stop with Ctrl-C.");
    Ok(())
}

pub(crate) async fn wait_for_signal() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
