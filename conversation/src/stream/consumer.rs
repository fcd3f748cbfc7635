//! Workers: at least once by the stream, once in effect by the `consumed` mark, in order within a
//! conversation.
//!
//! A hint makes its worker handle *everything* of that conversation that the group has not handled
//! up to that position, in order. Each effect and its mark share one transaction that holds the
//! conversation, so two workers with neighbouring hints take turns and neither repeats the other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{EventStream, Group, Hint, Stream, low_water};
use crate::db::{composed_sql, insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::{Event, EventRow};
use crate::guarded::guarded;
use crate::store::{Store, Tx};
use crate::trace;
use crate::types::{ConversationId, Position};

/// After this many failures an event is put aside, so that those behind it can go on.
pub const MOST_ATTEMPTS: i64 = 5;

/// How many conversations one worker handles at a time.
const AT_ONCE: usize = 8;

/// How long the marks of events that asked for nothing may wait for each other: they are most of what a
/// group is shown, and who dies in between looks at them again.
const GATHER: Duration = Duration::from_millis(100);
/// So many are marked at once.
const MOST_GATHERED: usize = 500;

/// Timing of a group; tests make it short.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How long to wait for something new.
    pub wait: Duration,
    /// After how long another worker's work is taken over.
    pub idle: Duration,
    /// How often to look for that.
    pub claim_every: Duration,
    /// How often to sweep.
    pub sweep_every: Duration,
    /// How old an unhandled event must be for the sweeper, in milliseconds.
    pub sweep_after: i64,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            wait: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            claim_every: Duration::from_secs(15),
            sweep_every: Duration::from_secs(30),
            sweep_after: 60_000,
        }
    }
}

/// The right to have the effect of one event, once.
#[derive(Debug, Clone)]
pub struct Claim {
    group: Group,
    position: Position,
}

impl Claim {
    /// The right of a group to an event; its first [`Claim::take`] has it.
    pub fn of(group: Group, position: Position) -> Claim {
        Claim { group, position }
    }

    /// Marks the event as handled in the transaction that has the effect. `false` means that it
    /// has been handled before: roll back and do nothing.
    pub async fn take(&self, tx: &mut Tx) -> Result<bool> {
        let marked = sql("INSERT INTO consumed (grp, position) VALUES ($1, $2) ON CONFLICT (grp, position) DO NOTHING")
            .bind(self.group.name)
            .bind(self.position)
            .run(&mut *tx)
            .await?;
        if marked == 0 {
            return Ok(false);
        }
        // At or below the low-water mark everything has been handled, and its marks are gone. It is looked at only
        // now: a statement that waits sees the mark as it was before, and what it waited for may be swept away.
        let (above,): (i64,) = sql("SELECT COUNT(*) FROM consumers WHERE grp = $1 AND low_water >= $2")
            .bind(self.group.name)
            .bind(self.position)
            .one(&mut *tx)
            .await?;
        let is_handled = above > 0;
        if is_handled {
            sql("DELETE FROM consumed WHERE grp = $1 AND position = $2")
                .bind(self.group.name)
                .bind(self.position)
                .run(tx)
                .await?;
        }
        Ok(!is_handled)
    }
}

/// What a handler did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// Its effect and the mark are committed.
    Done,
    /// The event asked for nothing; the mark is still to be set.
    Nothing,
}

/// What a group does with an event.
pub trait Handler: Send + Sync {
    /// Has the effect of the event in one transaction that takes the claim, or none.
    fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> impl Future<Output = Result<Handled>> + Send;

    /// The event failed for good: do what keeps the customer from being stranded. After a crash it is
    /// called again, so doing it twice must be the same as doing it once.
    fn give_up(&self, store: &Store, event: &Event, error: &str) -> impl Future<Output = ()> + Send;
}

/// Runs one worker of a group until told to stop; then finishes what it has, and leaves.
pub async fn run<H: Handler>(
    store: &Store,
    stream: &Stream,
    group: Group,
    worker: &str,
    timing: Timing,
    handler: &H,
    stop: CancellationToken,
) -> Result<()> {
    register(store, &group).await?;
    let mut claim_at = tokio::time::Instant::now() + timing.claim_every;
    let mut sweep_at = tokio::time::Instant::now();
    let mut gathered = Gathered::default();
    while !stop.is_cancelled() {
        let wait = timing.wait.min(timing.claim_every).min(timing.sweep_every);
        let wait = gathered.due_in().map_or(wait, |due| due.min(wait));
        let mut hints = tokio::select! {
            () = stop.cancelled() => break,
            hints = stream.next(&group, worker, 64, wait) => match hints {
                Ok(hints) => hints,
                Err(error) => {
                    // Without the stream the sweeper still finds the work.
                    tracing::warn!(group = group.name, %error, "no word from the stream");
                    tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(Duration::from_millis(500)) => {} }
                    Vec::new()
                }
            },
        };
        let now = tokio::time::Instant::now();
        if now >= claim_at {
            claim_at = now + timing.claim_every;
            match stream.claim_stale(&group, worker, timing.idle, 64).await {
                Ok(stale) => hints.extend(stale),
                Err(error) => tracing::warn!(group = group.name, %error, "no word of stale work"),
            }
        }
        if now >= sweep_at {
            sweep_at = now + timing.sweep_every;
            match sweep(store, &group, timing.sweep_after).await {
                Ok(found) => hints.extend(found),
                Err(error) => {
                    tracing::warn!(group = group.name, %error, "the sweep will be tried again")
                }
            }
        }
        let mut done = handle(store, &group, handler, hints, &mut gathered).await;
        if gathered.is_due() {
            done.extend(gathered.mark(store, &group).await);
        }
        acknowledge(stream, &group, &done).await;
    }
    let done = gathered.mark(store, &group).await;
    acknowledge(stream, &group, &done).await;
    stream.leave(&group, worker).await
}

async fn acknowledge(stream: &Stream, group: &Group, done: &[Position]) {
    if done.is_empty() {
        return;
    }
    if let Err(error) = stream.acknowledge(group, done).await {
        // They come again and are found to be handled.
        tracing::warn!(group = group.name, %error, "handled events could not be acknowledged");
    }
}

/// Events that asked for nothing and are not marked yet, and the hints that wait for that.
#[derive(Debug, Default)]
struct Gathered {
    nothing: BTreeSet<Position>,
    hints: Vec<Position>,
    since: Option<tokio::time::Instant>,
}

impl Gathered {
    fn add(&mut self, nothing: impl IntoIterator<Item = Position>) {
        self.nothing.extend(nothing);
        if !self.nothing.is_empty() && self.since.is_none() {
            self.since = Some(tokio::time::Instant::now());
        }
    }

    fn due_in(&self) -> Option<Duration> {
        self.since.map(|since| GATHER.saturating_sub(since.elapsed()))
    }

    fn is_due(&self) -> bool {
        self.nothing.len() >= MOST_GATHERED || self.due_in().is_some_and(|due| due.is_zero())
    }

    /// Marks them in one commit; returns the hints that are settled by that, none if it failed: then they
    /// are marked with the next.
    async fn mark(&mut self, store: &Store, group: &Group) -> Vec<Position> {
        if let Err(error) = mark(store, group, &self.nothing).await {
            tracing::warn!(group = group.name, %error, "events that asked for nothing will be marked later");
            self.since = Some(tokio::time::Instant::now());
            return Vec::new();
        }
        self.nothing.clear();
        self.since = None;
        std::mem::take(&mut self.hints)
    }
}

/// Makes the group known; a group that is new to an old database handles its history too.
pub async fn register(store: &Store, group: &Group) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("INSERT INTO consumers (grp, low_water) VALUES ($1, 0) ON CONFLICT (grp) DO NOTHING")
        .bind(group.name)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Handles hints, several conversations at a time; returns the positions that are settled.
pub async fn work<H: Handler>(store: &Store, group: &Group, handler: &H, hints: Vec<Hint>) -> Vec<Position> {
    let mut gathered = Gathered::default();
    let mut done = handle(store, group, handler, hints, &mut gathered).await;
    done.extend(gathered.mark(store, group).await);
    done
}

/// Handles hints; returns those that are settled. What asked for nothing is gathered, with the hints that it
/// settles once it is marked.
async fn handle<H: Handler>(
    store: &Store,
    group: &Group,
    handler: &H,
    hints: Vec<Hint>,
    gathered: &mut Gathered,
) -> Vec<Position> {
    let mut by_conversation: BTreeMap<Option<ConversationId>, Vec<Position>> = BTreeMap::new();
    let mut alone = Vec::new();
    for hint in hints {
        match hint.conversation {
            Some(conversation) => by_conversation
                .entry(Some(conversation))
                .or_default()
                .push(hint.position),
            None => alone.push(hint.position),
        }
    }
    let jobs = by_conversation
        .into_iter()
        .chain(alone.into_iter().map(|position| (None, vec![position])));
    let known = &gathered.nothing;
    let results: Vec<(Vec<Position>, Vec<Position>)> = futures::stream::iter(jobs)
        .map(|(conversation, positions)| async move {
            let mut nothing = Vec::new();
            match drain(
                store,
                group,
                handler,
                conversation.as_ref(),
                &positions,
                known,
                &mut nothing,
            )
            .await
            {
                Ok(()) => (positions, nothing),
                Err(error) => {
                    tracing::warn!(group = group.name, %error, "an event will be handled later");
                    (Vec::new(), nothing)
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let (settled, nothing): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    gathered.add(nothing.into_iter().flatten());
    let (waiting, done) = settled
        .into_iter()
        .flatten()
        .partition(|position| gathered.nothing.contains(position));
    gathered.hints.extend::<Vec<Position>>(waiting);
    done
}

/// Handles everything of one conversation up to the newest hint, in order, but what is `known` to ask for
/// nothing. Whatever comes of it, the events in `nothing` asked for nothing and are still to be marked.
async fn drain<H: Handler>(
    store: &Store,
    group: &Group,
    handler: &H,
    conversation: Option<&ConversationId>,
    positions: &[Position],
    known: &BTreeSet<Position>,
    nothing: &mut Vec<Position>,
) -> Result<()> {
    let Some(up_to) = positions.iter().copied().max() else {
        return Ok(());
    };
    const LOW: &str = "COALESCE((SELECT low_water FROM consumers WHERE grp = $1), 0)";
    const COLUMNS: &str = "e.position, e.kind, e.conversation_id, e.subject_id, e.actor, e.at, e.data, e.trace";
    let open = format!(
        "e.kind IN {} AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.grp = $1 AND c.position = e.position)",
        group.kinds_sql()
    );
    let rows: Vec<EventRow> = match conversation {
        Some(id) => {
            composed_sql(format!(
                "SELECT {COLUMNS} FROM events e WHERE e.conversation_id = $2 AND e.position > {LOW} AND e.position <= $3 AND {open} ORDER BY e.position"
            ))
            .bind(group.name)
            .bind(id)
            .bind(up_to)
            .all(store.db())
            .await?
        }
        None => {
            composed_sql(format!("SELECT {COLUMNS} FROM events e WHERE e.position = $2 AND e.position > {LOW} AND {open}"))
                .bind(group.name)
                .bind(up_to)
                .all(store.db())
                .await?
        }
    };
    for row in rows {
        let event = Event::try_from(row)?;
        if known.contains(&event.position) {
            continue;
        }
        let claim = Claim {
            group: *group,
            position: event.position,
        };
        let span = tracing::info_span!(
            target: "trace",
            "handle",
            otel.name = format!("{} {}", group.name, event.kind.as_str()),
            otel.kind = "consumer",
            event.position = event.position,
        );
        trace::follow(&span, event.trace.as_deref());
        let handled = guarded(handler.handle(store, &event, &claim)).instrument(span).await;
        match handled.unwrap_or_else(|panicked| Err(Error::corrupt("event", panicked))) {
            Ok(Handled::Done) => metrics::counter!("events_handled_total", "group" => group.name).increment(1),
            Ok(Handled::Nothing) => nothing.push(event.position),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                let (attempts, is_dead) = fail(store, &claim, &error).await?;
                if is_dead {
                    // Another worker gave it up at the same moment.
                    continue;
                }
                if attempts < MOST_ATTEMPTS {
                    return Err(error);
                }
                // First what keeps the customer from being stranded, then the mark that it is over:
                // who dies in between does it again.
                handler.give_up(store, &event, &error.to_string()).await;
                crate::fault::point("consumer.given_up");
                bury(store, &claim).await?;
                tracing::error!(group = group.name, position = event.position, %error, "an event was put aside");
            }
        }
    }
    Ok(())
}

async fn mark(store: &Store, group: &Group, positions: &BTreeSet<Position>) -> Result<()> {
    if positions.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    // In their order, so that two workers that mark the same events cannot wait for each other.
    let rows = positions
        .iter()
        .map(|&position| vec![group.name.into(), position.into()])
        .collect();
    insert_rows(
        &mut tx,
        "INSERT INTO consumed (grp, position) VALUES",
        "ON CONFLICT (grp, position) DO NOTHING",
        rows,
    )
    .await?;
    tx.commit_silently().await
}

/// How often it has failed now, and whether it was put aside already.
async fn fail(store: &Store, claim: &Claim, error: &Error) -> Result<(i64, bool)> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let outcome: (i64, bool) = sql("INSERT INTO consumer_failures (grp, position, attempts, error, is_dead, at) VALUES ($1, $2, 1, $3, $4, $5)
         ON CONFLICT (grp, position) DO UPDATE SET attempts = consumer_failures.attempts + 1, error = excluded.error, at = excluded.at RETURNING attempts, is_dead")
    .bind(claim.group.name)
    .bind(claim.position)
    .bind(error.to_string())
    .bind(false)
    .bind(now)
    .one(&mut tx)
    .await?;
    tx.commit_silently().await?;
    Ok(outcome)
}

/// Puts an event aside for good.
async fn bury(store: &Store, claim: &Claim) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("UPDATE consumer_failures SET is_dead = $3 WHERE grp = $1 AND position = $2")
        .bind(claim.group.name)
        .bind(claim.position)
        .bind(true)
        .run(&mut tx)
        .await?;
    claim.take(&mut tx).await?;
    tx.commit_silently().await
}

/// Finds what the stream forgot, and moves the low-water mark up to the first unhandled event.
pub async fn sweep(store: &Store, group: &Group, older_than: i64) -> Result<Vec<Hint>> {
    let low = low_water(store, group).await?;
    let head = store.head().await?;
    let open = format!(
        "e.position > $2 AND e.position <= $3 AND e.kind IN {} AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.grp = $1 AND c.position = e.position)",
        group.kinds_sql()
    );
    let (first,): (Option<i64>,) = composed_sql(format!("SELECT MIN(e.position) FROM events e WHERE {open}"))
        .bind(group.name)
        .bind(low)
        .bind(head)
        .one(store.db())
        .await?;
    let new_low = first.map_or(head, |first| first - 1);
    if new_low > low {
        let mut tx = store.begin().await?;
        sql("UPDATE consumers SET low_water = $2 WHERE grp = $1 AND low_water < $2")
            .bind(group.name)
            .bind(new_low)
            .run(&mut tx)
            .await?;
        // Only what was below the mark before: whoever looks at this moment sees the old mark with
        // all that it stands for, or the new one.
        sql("DELETE FROM consumed WHERE grp = $1 AND position <= $2")
            .bind(group.name)
            .bind(low)
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
    }
    metrics::gauge!("event_lag", "group" => group.name).set((head - new_low) as f64);
    let rows: Vec<(i64, Option<ConversationId>)> = composed_sql(format!(
        "SELECT e.position, e.conversation_id FROM events e WHERE {open} AND (e.at <= $4 OR e.at > $5) ORDER BY e.position LIMIT 500"
    ))
    .bind(group.name)
    .bind(new_low)
    .bind(head)
    .bind(store.now() - older_than)
    // Written while a clock was ahead: nobody waits until that time has come.
    .bind(store.now() + older_than)
    .all(store.db())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(position, conversation)| Hint { position, conversation })
        .collect())
}

/// Events that were put aside: group, position, error, when.
pub async fn dead(store: &Store, most: i64) -> Result<Vec<(String, i64, String, i64)>> {
    sql("SELECT grp, position, error, at FROM consumer_failures WHERE is_dead ORDER BY at DESC LIMIT $1")
        .bind(most)
        .all(store.db())
        .await
}
