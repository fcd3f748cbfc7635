//! What waits, as metrics: read from the database when they are asked for, at most every few seconds, so that
//! several readers cost no more than one.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use conversation::types::Millis;

use super::figures::Figures;
use crate::app::App;

/// Figures younger than this are not read again.
const FRESH_FOR: Millis = 5_000;
/// How long the database may take; after that the figures of the last time stand.
const PATIENCE: Duration = Duration::from_secs(3);

/// When they were read last, in this process.
static READ_AT: AtomicI64 = AtomicI64::new(0);

/// Every metric of this program: its name without the `_bucket`, `_sum` and `_count` of histograms, and what it
/// says. The dashboard and the alerts may name these and no others; a test compares them with the sources.
pub(crate) const METRICS: &[(&str, Kind, &str)] = &[
    (
        "backup_failures_total",
        Kind::Counter,
        "Backups by the clock that could not be taken",
    ),
    (
        "backup_last_success_timestamp_seconds",
        Kind::Gauge,
        "When the newest good backup of this machine was taken",
    ),
    (
        "bot_decisions_total",
        Kind::Counter,
        "What the bot decided, by decision",
    ),
    (
        "bot_let_go_total",
        Kind::Counter,
        "Conversations that waited too long for the bot and went to people",
    ),
    (
        "database_connections",
        Kind::Gauge,
        "Connections of the pool, by pool and state: busy, idle",
    ),
    (
        "database_connections_max",
        Kind::Gauge,
        "The most connections of the pool, by pool",
    ),
    (
        "delivery_attempts_total",
        Kind::Counter,
        "Attempts to send, by channel and outcome",
    ),
    (
        "disk_free_bytes",
        Kind::Gauge,
        "What may still be written where the data are",
    ),
    (
        "disk_size_bytes",
        Kind::Gauge,
        "The size of the file system where the data are",
    ),
    (
        "event_age_seconds",
        Kind::Gauge,
        "For how long the first unfinished event of a group waits",
    ),
    ("event_lag", Kind::Gauge, "Positions a group is behind"),
    ("event_position", Kind::Gauge, "The last position of the event log"),
    ("events_dead", Kind::Gauge, "Events that a group put aside for good"),
    ("events_handled_total", Kind::Counter, "Events that a group handled"),
    (
        "health_problems",
        Kind::Gauge,
        "Problems that people were told of and that are not over",
    ),
    (
        "http_request_seconds",
        Kind::Histogram,
        "Time to answer a request, by route and status",
    ),
    (
        "inbound_total",
        Kind::Counter,
        "Inbound messages, by channel and outcome",
    ),
    ("kb_articles", Kind::Gauge, "Articles that the bot knows"),
    ("kb_refresh_seconds", Kind::Histogram, "Time to read the articles again"),
    (
        "mailbox_age_seconds",
        Kind::Gauge,
        "For how long a mailbox was not read to its end, whichever process reads it",
    ),
    (
        "mailbox_checked_at",
        Kind::Gauge,
        "When this process last read a mailbox to its end",
    ),
    (
        "mailbox_failures_total",
        Kind::Counter,
        "Times that reading a mailbox had to begin again",
    ),
    (
        "mailbox_unfiled",
        Kind::Gauge,
        "Mails that are on the server and not in the store, by inbox and folder",
    ),
    (
        "push_total",
        Kind::Counter,
        "Web Push messages, by the status of the push service",
    ),
    (
        "quarantine_waiting",
        Kind::Gauge,
        "What arrived and waits for a person to look at it",
    ),
    (
        "queue_oldest_seconds",
        Kind::Gauge,
        "For how long the oldest of a queue waits, whatever the number of tries",
    ),
    (
        "queue_overdue_seconds",
        Kind::Gauge,
        "For how long the first of a queue is due and nobody took it",
    ),
    (
        "queue_waiting",
        Kind::Gauge,
        "What waits to be sent, by queue: the channels, notices, webhooks",
    ),
    (
        "search_position",
        Kind::Gauge,
        "Up to which position of the log the index of this process is",
    ),
    ("search_seconds", Kind::Histogram, "Time to search"),
    ("sign_in_total", Kind::Counter, "Sign-ins of agents, by outcome"),
    ("sse_clients", Kind::Gauge, "Open event streams of this process"),
    (
        "status_unmatched_total",
        Kind::Counter,
        "Statuses of messages that nobody sent",
    ),
    (
        "stream_relayed_position",
        Kind::Gauge,
        "The last position that this process copied to Redis",
    ),
    (
        "task_panics_total",
        Kind::Counter,
        "Background tasks that panicked and were started again",
    ),
    (
        "webhook_refused_total",
        Kind::Counter,
        "Web hooks of others that were refused, by channel",
    ),
    (
        "webhooks_sent_total",
        Kind::Counter,
        "Events told to other programs, by whether they were taken",
    ),
];

/// How a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It only grows.
    Counter,
    /// What is, now.
    Gauge,
    /// Seconds, in buckets.
    Histogram,
}

/// Says what each metric is.
pub(crate) fn describe() {
    for (name, kind, words) in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *words),
            Kind::Gauge => metrics::describe_gauge!(*name, *words),
            Kind::Histogram => metrics::describe_histogram!(*name, *words),
        }
    }
}

fn seconds(from: Option<Millis>, to: Millis) -> f64 {
    from.map_or(0.0, |from| (to - from).max(0) as f64 / 1000.0)
}

/// Brings the gauges up to date.
pub(crate) async fn refresh(app: &App) {
    metrics::gauge!("sse_clients").set(app.realtime.followers() as f64);
    for pool in app.store.db().connections() {
        let busy = pool.open.saturating_sub(pool.idle);
        metrics::gauge!("database_connections", "pool" => pool.name, "state" => "busy").set(f64::from(busy));
        metrics::gauge!("database_connections", "pool" => pool.name, "state" => "idle").set(f64::from(pool.idle));
        metrics::gauge!("database_connections_max", "pool" => pool.name).set(f64::from(pool.most));
    }
    let (now, before) = (app.store.now(), READ_AT.load(Ordering::Relaxed));
    if (0..FRESH_FOR).contains(&(now - before)) {
        return;
    }
    READ_AT.store(now, Ordering::Relaxed);
    machine(app);
    match tokio::time::timeout(PATIENCE, read(app)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the figures could not be read; those of the last time stand"),
        Err(_) => tracing::warn!("the database is too slow for the figures; those of the last time stand"),
    }
}

/// What this machine has of its own.
fn machine(app: &App) {
    if let Ok(room) = super::disk::room(&app.config.data.dir) {
        metrics::gauge!("disk_free_bytes").set(room.free as f64);
        metrics::gauge!("disk_size_bytes").set(room.size as f64);
    }
}

async fn read(app: &App) -> conversation::Result<()> {
    let figures = Figures::read(&app.store).await?;
    metrics::gauge!("event_position").set(figures.head as f64);
    metrics::gauge!("quarantine_waiting").set(figures.quarantine as f64);
    metrics::gauge!("health_problems").set(super::problems::open(app.store.db()).await?.len() as f64);
    for queue in &figures.queues {
        metrics::gauge!("queue_waiting", "queue" => queue.name.clone()).set(queue.waiting as f64);
        metrics::gauge!("queue_oldest_seconds", "queue" => queue.name.clone()).set(seconds(queue.oldest, figures.at));
        metrics::gauge!("queue_overdue_seconds", "queue" => queue.name.clone()).set(seconds(queue.overdue, figures.at));
    }
    for group in &figures.groups {
        metrics::gauge!("event_lag", "group" => group.name.clone()).set(group.behind as f64);
        metrics::gauge!("event_age_seconds", "group" => group.name.clone()).set(seconds(group.oldest, figures.at));
        metrics::gauge!("events_dead", "group" => group.name.clone()).set(group.dead as f64);
    }
    for inbox in figures.inboxes.iter().filter(|inbox| inbox.looked_at.is_some()) {
        metrics::gauge!("mailbox_age_seconds", "inbox" => inbox.id.clone()).set(seconds(inbox.looked_at, figures.at));
    }
    for one in &figures.unfiled {
        metrics::gauge!("mailbox_unfiled", "inbox" => one.inbox.clone(), "folder" => one.folder.clone())
            .set(one.count as f64);
    }
    Ok(())
}
