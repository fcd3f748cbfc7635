//! The checks that cost next to nothing: what waits, the disk, the backups. They are made every minute for the
//! alerts, and whenever somebody opens the health page.

use std::path::Path;

use billing::stripe;
use conversation::db::sql;
use conversation::sent_copies::{self, Stuck};
use conversation::types::{InboxHealth, Millis};
use conversation::{Result, Store};

use super::disk::{self, Left};
use super::figures::{Figures, InboxState, Queue, Unfiled};
use super::finding::{Finding, Say};
use crate::backup::schedule;
use crate::config::Config;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
/// What waits longer than this in a queue waits too long.
pub(crate) const QUEUE: Millis = 15 * MINUTE;
/// An event whose effect takes longer than this is late.
pub(crate) const LAG: Millis = 10 * MINUTE;
/// A mailbox that was not read to its end for so long is not read.
pub(crate) const MAILBOX: Millis = 20 * MINUTE;
/// So many payments that do not fit are named.
const ODD: i64 = 20;
/// What other programs are told may wait longer: they may be away.
const WEBHOOKS: Millis = HOUR;

/// All of them.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn all(config: &Config, store: &Store) -> Result<Vec<Finding>> {
    let figures = Figures::read(store).await?;
    let mut found = vec![lag(&figures), dead(store, &figures).await?];
    found.extend(figures.queues.iter().map(|queue| queued(queue, figures.at)));
    found.extend(figures.inboxes.iter().filter_map(|inbox| answering(inbox, figures.at)));
    found.extend(figures.unfiled.iter().filter_map(unfiled));
    found.extend(sent_copies::stuck(store.db()).await?.iter().map(copies));
    found.push(quarantine(figures.quarantine));
    found.extend(odd_payments(store).await?);
    found.push(room("health-disk", &config.data.dir));
    found.push(backups(config, store).await?);
    Ok(found)
}

fn minutes(time: Millis) -> i64 {
    time / MINUTE
}

fn lag(figures: &Figures) -> Finding {
    let late = figures.lag();
    let slowest = figures
        .groups
        .iter()
        .min_by_key(|group| group.oldest.unwrap_or(i64::MAX));
    let behind = figures.groups.iter().map(|group| group.behind).max().unwrap_or(0);
    if late <= LAG {
        return Finding::good(
            "health-events",
            Say::Key("health-events-good", vec![("count", behind.into())]),
        );
    }
    let parts = vec![
        ("group", slowest.map_or("", |group| group.name.as_str()).into()),
        ("minutes", minutes(late).into()),
        ("count", behind.into()),
    ];
    Finding::bad(
        "health-events",
        Say::Key("health-events-late", parts),
        Say::key("health-events-next"),
    )
}

async fn dead(store: &Store, figures: &Figures) -> Result<Finding> {
    if figures.dead() == 0 {
        return Ok(Finding::good("health-dead", Say::key("health-dead-none")));
    }
    let last = conversation::stream::consumer::dead(store, 1).await?;
    let (group, position, error) = last
        .into_iter()
        .next()
        .map_or_else(Default::default, |(group, position, error, _)| (group, position, error));
    let parts = vec![
        ("count", figures.dead().into()),
        ("group", group.into()),
        // A number as it stands in the log, without marks for thousands.
        ("position", position.to_string().into()),
        ("error", error.into()),
    ];
    Ok(Finding::bad(
        "health-dead",
        Say::Key("health-dead-some", parts),
        Say::key("health-dead-next"),
    ))
}

fn queued(queue: &Queue, now: Millis) -> Finding {
    let check = match queue.name.as_str() {
        "notices" => "health-notices",
        "webhooks" => "health-webhooks",
        _ => "health-deliveries",
    };
    let limit = if queue.name == "webhooks" { WEBHOOKS } else { QUEUE };
    let waits = queue.oldest.map_or(0, |at| now - at);
    let parts = vec![("count", queue.waiting.into()), ("minutes", minutes(waits).into())];
    let found = if waits <= limit {
        let key = if queue.waiting == 0 {
            "health-queue-empty"
        } else {
            "health-queue-good"
        };
        Finding::good(check, Say::Key(key, parts))
    } else if queue.overdue.is_some_and(|at| now - at > limit) {
        // Nobody even tries.
        Finding::bad(
            check,
            Say::Key("health-queue-late", parts),
            Say::key("health-queue-next"),
        )
    } else if check == "health-webhooks" {
        Finding::bad(
            check,
            Say::Key("health-queue-late", parts),
            Say::key("health-webhooks-next"),
        )
    } else {
        Finding::bad(
            check,
            Say::Key("health-queue-late", parts),
            Say::key("health-refused-next"),
        )
    };
    match check {
        "health-deliveries" => found.about(&queue.name).id(&queue.name),
        _ => found,
    }
}

fn answering(inbox: &InboxState, now: Millis) -> Option<Finding> {
    let found = if inbox.health == InboxHealth::Failing {
        Finding::bad(
            "health-inbox",
            Say::Inbox(inbox.health_code.clone(), inbox.health_detail.clone()),
            Say::key("health-inbox-next"),
        )
    } else {
        let late = now - inbox.looked_at?;
        let parts = vec![("minutes", minutes(late).into())];
        if late > MAILBOX {
            Finding::bad(
                "health-inbox",
                Say::Key("health-mailbox-late", parts),
                Say::key("health-mailbox-next"),
            )
        } else {
            Finding::good("health-inbox", Say::Key("health-mailbox-good", parts))
        }
    };
    Some(found.about(&inbox.name).id(&inbox.id))
}

/// A mailbox that takes no copies of sent mail is most often full, and takes no customer's mail either.
fn copies(stuck: &Stuck) -> Finding {
    let parts = vec![("count", stuck.count.into()), ("error", stuck.error.as_str().into())];
    Finding::bad(
        "health-copies",
        Say::Key("health-copies-stuck", parts),
        Say::key("health-copies-next"),
    )
    .about(&stuck.name)
    .id(stuck.inbox_id.as_str())
}

/// The audit of a mailbox is made once a day: what it misses is told, not only written into the log.
fn unfiled(one: &Unfiled) -> Option<Finding> {
    let parts = vec![("count", one.count.into()), ("folder", one.folder.as_str().into())];
    (one.count > 0).then(|| {
        Finding::bad(
            "health-unfiled",
            Say::Key("health-folder-unfiled", parts),
            Say::key("health-folder-next"),
        )
        .about(&one.name)
        .id(&format!("{}:{}", one.inbox, one.folder))
    })
}

/// Money that does not fit its invoice: one finding for each, so that each is told.
async fn odd_payments(store: &Store) -> Result<Vec<Finding>> {
    let odd = stripe::odd(store.db(), ODD).await?;
    Ok(odd
        .into_iter()
        .map(|document| {
            let parts = vec![("invoice", document.name().into())];
            Finding::bad(
                "health-payment",
                Say::Key("health-payment-odd", parts),
                Say::key("health-payment-next"),
            )
            .about(document.name())
            .id(document.id.as_str())
        })
        .collect())
}

fn quarantine(waiting: i64) -> Finding {
    if waiting == 0 {
        Finding::good("health-quarantine", Say::key("health-quarantine-none"))
    } else {
        Finding::note(
            "health-quarantine",
            Say::Key("health-quarantine-some", vec![("count", waiting.into())]),
        )
        .next(Say::key("health-quarantine-next"))
    }
}

/// The room where a folder is.
pub(crate) fn room(check: &'static str, dir: &Path) -> Finding {
    let room = match disk::room(dir) {
        Ok(room) => room,
        Err(error) => {
            return Finding::bad(
                check,
                Say::Raw(format!("{}: {error}", dir.display())),
                Say::key("health-disk-next"),
            )
            .local();
        }
    };
    let parts = vec![
        ("free", (room.free / 1_000_000_000).to_string().into()),
        ("size", (room.size / 1_000_000_000).to_string().into()),
        ("place", dir.display().to_string().into()),
    ];
    match room.state() {
        Left::Enough => Finding::good(check, Say::Key("health-disk-good", parts)),
        Left::Little => Finding::bad(
            check,
            Say::Key("health-disk-little", parts),
            Say::key("health-disk-next"),
        ),
        Left::Full => Finding::bad(check, Say::Key("health-disk-full", parts), Say::key("health-disk-next")),
    }
    .local()
}

/// The backups by the clock, of this machine.
pub(crate) async fn backups(config: &Config, store: &Store) -> Result<Finding> {
    let every = i64::from(config.backup.every_hours);
    let newest = match schedule::newest(config).await {
        Ok(newest) => newest,
        Err(error) => {
            let words = Say::Raw(format!("{error:#}"));
            return Ok(Finding::bad("health-backup", words, Say::key("health-backup-next")).local());
        }
    };
    let late = (every + 1) * HOUR;
    let found = match newest {
        None if every == 0 => {
            Finding::note("health-backup", Say::key("health-backup-off")).next(Say::key("health-backup-off-next"))
        }
        None => {
            if let Err(error) = schedule::can_be_written(config) {
                let words = Say::Raw(format!("{error:#}"));
                return Ok(Finding::bad("health-backup", words, Say::key("health-backup-place-next")).local());
            }
            // A new installation has not been there long enough.
            let first: Option<(i64,)> = sql("SELECT at FROM events WHERE position = 1")
                .optional(store.db())
                .await?;
            if first.is_none_or(|(at,)| store.now() - at <= late) {
                Finding::note("health-backup", Say::key("health-backup-none"))
            } else {
                Finding::bad(
                    "health-backup",
                    Say::key("health-backup-none"),
                    Say::key("health-backup-next"),
                )
            }
        }
        Some((file, at)) => {
            let age = store.now() - at;
            let parts = vec![("hours", (age / HOUR).into()), ("file", file.into())];
            if every > 0 && age > late {
                Finding::bad(
                    "health-backup",
                    Say::Key("health-backup-old", parts),
                    Say::key("health-backup-next"),
                )
            } else {
                Finding::good("health-backup", Say::Key("health-backup-old", parts))
            }
        }
    };
    Ok(found.local())
}
