//! Takes away what is kept for a time only. One process does it, the one that holds the lease; how long
//! what is kept stands beside each rule.

use std::time::Duration;

use conversation::clock::Watch;
use conversation::db::sql;
use conversation::types::Millis;
use conversation::{Result, Store, cleanup, leases};
use portal::links as portal_links;
use tokio_util::sync::CancellationToken;

use crate::people::{idempotency, links, sessions};
use crate::{webhooks, widget};

/// An installation whose newest event is older, in milliseconds, was off, or its clock is ahead now.
const QUIET: Millis = 3 * 24 * 3600 * 1000;
/// How often to look.
const EVERY: Duration = Duration::from_secs(3600);
/// How soon another process takes over from one that died, in milliseconds: longer than the pause, so
/// that the same one goes on.
const LEASE: Millis = 2 * 3600 * 1000;
const LEASE_NAME: &str = "cleanup";
/// How many parts of one kind a look takes at most; the rest waits for the next one, so that a first
/// look at an old installation holds nobody up.
const MOST_PARTS: usize = 500;

/// Cleans up until told to stop.
///
/// # Errors
/// When the database cannot be reached.
pub async fn run(store: &Store, process: &str, stop: CancellationToken) -> Result<()> {
    let mut clock = Trust::new(store).await?;
    while !stop.is_cancelled() {
        if !clock.is_good(store) {
            tracing::warn!(
                "the clock may be ahead of the right time: nothing is cleaned up before it stayed so for an hour"
            );
        } else if leases::hold(store, LEASE_NAME, process, LEASE).await?.is_some() {
            once(store, process, &stop).await?;
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(EVERY) => {} }
    }
    leases::release(store, LEASE_NAME, process).await
}

/// Whether the clock can be believed when it says that something is over. What is deleted does not come back when the
/// clock turns out to have been ahead, and a clock that jumps is most often put right within minutes.
#[derive(Debug)]
struct Trust {
    watch: Watch,
    is_doubtful: bool,
}

impl Trust {
    /// At a start: a log that ends long ago may have been off for that long, and the clock may be ahead.
    async fn new(store: &Store) -> Result<Trust> {
        let last = last_event(store).await?;
        Ok(Trust {
            watch: Watch::new(store),
            is_doubtful: last.is_some_and(|at| store.now() - at > QUIET),
        })
    }

    /// Asked before each look: not when it was set forward since the one before.
    fn is_good(&mut self, store: &Store) -> bool {
        let was_set = self.watch.step(store) > 0;
        !(was_set || std::mem::take(&mut self.is_doubtful))
    }
}

async fn last_event(store: &Store) -> Result<Option<Millis>> {
    let row: Option<(Millis,)> = sql("SELECT at FROM events ORDER BY position DESC LIMIT 1")
        .optional(store.db())
        .await?;
    Ok(row.map(|(at,)| at))
}

/// One look at everything.
///
/// # Errors
/// When the database cannot be reached; the next look goes on.
pub async fn once(store: &Store, process: &str, stop: &CancellationToken) -> Result<()> {
    let mut gone = 0;
    for rule in RULES {
        gone += all(store, process, stop, rule).await?;
    }
    if gone > 0 {
        tracing::info!(gone, "what was kept for a time only is gone");
    }
    store.db().refresh_statistics().await
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    Uploads,
    Notices,
    AgentLinks,
    AgentSessions,
    Idempotency,
    WebHooks,
    Portal,
    Visitors,
    Desk,
    SignInSteps,
    Kept,
    Bytes,
}

/// Uploads before bytes: what they name is freed first.
const RULES: [Rule; 12] = [
    Rule::Uploads,
    Rule::Notices,
    Rule::AgentLinks,
    Rule::AgentSessions,
    Rule::Idempotency,
    Rule::WebHooks,
    Rule::Portal,
    Rule::Visitors,
    Rule::Desk,
    Rule::SignInSteps,
    Rule::Kept,
    Rule::Bytes,
];

async fn part(store: &Store, rule: Rule) -> Result<u64> {
    match rule {
        Rule::Uploads => cleanup::uploads(store).await,
        Rule::Notices => cleanup::notices(store).await,
        Rule::AgentLinks => links::prune(store).await,
        Rule::AgentSessions => sessions::prune(store).await,
        Rule::Idempotency => idempotency::prune(store).await,
        Rule::WebHooks => webhooks::queue::prune(store).await,
        Rule::Portal => portal_links::prune(store).await,
        Rule::Visitors => widget::prune_visitors(store).await,
        Rule::Desk => Ok(conversation::desk::bell::prune(store).await? + conversation::desk::fits::clean(store).await?),
        Rule::SignInSteps => identity::steps::prune(store).await,
        Rule::Kept => crate::privacy::retention::part(store).await,
        Rule::Bytes => Ok(cleanup::bytes(store).await? as u64),
    }
}

/// Part after part, until there is none, the lease is lost, or the process stops.
async fn all(store: &Store, process: &str, stop: &CancellationToken, rule: Rule) -> Result<u64> {
    let mut gone = 0;
    for number in 0..MOST_PARTS {
        if stop.is_cancelled() {
            break;
        }
        if number % 50 == 49 && leases::hold(store, LEASE_NAME, process, LEASE).await?.is_none() {
            break;
        }
        match part(store, rule).await? {
            0 => break,
            some => gone += some,
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests;
