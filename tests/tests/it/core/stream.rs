//! The stream, in the process and through Redis: every event has its effect once, in order within
//! its conversation, whatever happens to workers and to Redis.

mod blows;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use conversation::db::sql;
use conversation::events::{Event, EventKind, NewEvent};
use conversation::stream::consumer::{self, Claim, Handled, Handler, MOST_ATTEMPTS, Timing, dead, run, sweep};
use conversation::stream::embedded::Embedded;
use conversation::stream::redis::RedisStream;
use conversation::stream::{EventStream as _, Group, Stream, low_water};
use conversation::types::{Actor, ConversationId, Position};
use conversation::{Error, Result, Store};
use tests::harness::{Data, Redis, eventually};
use tests::need;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::bed::Bed;

/// Runs each flow as three named tests: embedded on SQLite, Redis with PostgreSQL, Redis with SQLite.
macro_rules! streams {
    ($($flow:ident),+ $(,)?) => {$(
        mod $flow {
            use super::*;
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn embedded() {
                super::$flow(Lane::embedded(Bed::sqlite().await).await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn redis_and_sqlite() {
                let redis = need!(Redis::start().await);
                super::$flow(Lane::redis(Bed::sqlite().await, redis).await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn redis_and_postgres() {
                let redis = need!(Redis::start().await);
                super::$flow(Lane::redis(need!(Bed::postgres().await), redis).await).await;
            }
        }
    )+};
}

streams! {
    several_workers_handle_each_event_once,
    a_worker_that_dies_is_taken_over,
    an_event_that_always_fails_is_put_aside,
    an_event_that_the_program_falls_over_stops_nobody,
    giving_up_survives_a_crash,
    what_the_stream_forgot_is_swept_up,
    the_low_water_mark_rises,
    a_handled_event_is_never_claimed_again,
    a_late_group_handles_history,
}

const GROUP: Group = Group {
    name: "suite",
    kinds: &[EventKind::MessageCreated, EventKind::ContactUpdated],
};

const QUICK: Timing = Timing {
    wait: Duration::from_millis(50),
    idle: Duration::from_millis(300),
    claim_every: Duration::from_millis(100),
    sweep_every: Duration::from_millis(100),
    // The clock of the tests stands still, so nothing is ever old: the stream itself has to do it.
    sweep_after: 1,
};

pub(super) struct Lane {
    pub(super) bed: Bed,
    pub(super) stream: Stream,
    redis: Option<Redis>,
    pub(super) stop: CancellationToken,
    relays: Vec<JoinHandle<Result<()>>>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn redis_stream(store: &Store, redis: &Redis) -> RedisStream {
    RedisStream::connect(store.clone(), &redis.url(), "suite")
        .await
        .expect("redis")
}

impl Lane {
    async fn embedded(bed: Bed) -> Lane {
        let stream = Stream::Embedded(Embedded::new(bed.store.clone()));
        Lane {
            bed,
            stream,
            redis: None,
            stop: CancellationToken::new(),
            relays: Vec::new(),
        }
    }

    /// With two relays, as two processes have.
    pub(super) async fn redis(bed: Bed, redis: Redis) -> Lane {
        let stop = CancellationToken::new();
        let (first, second) = (
            redis_stream(&bed.store, &redis).await,
            redis_stream(&bed.store, &redis).await,
        );
        let relays = [first.clone(), second]
            .map(|relay| {
                let stop = stop.clone();
                tokio::spawn(async move { relay.relay(stop).await })
            })
            .into();
        Lane {
            bed,
            stream: Stream::Redis(first),
            redis: Some(redis),
            stop,
            relays,
        }
    }

    fn worker(&self, name: &str, handler: &Arc<Recorder>, timing: Timing) -> JoinHandle<Result<()>> {
        let (store, stream, stop) = (self.bed.store.clone(), self.stream.clone(), self.stop.clone());
        let (name, handler) = (name.to_owned(), handler.clone());
        tokio::spawn(async move { run(&store, &stream, GROUP, &name, timing, &*handler, stop).await })
    }

    pub(super) async fn end(mut self, workers: Vec<JoinHandle<Result<()>>>) {
        self.stop.cancel();
        for task in workers.into_iter().chain(std::mem::take(&mut self.relays)) {
            task.await.expect("no panic").expect("a clean end");
        }
        self.bed.check().await;
    }
}

/// A committed event of a conversation.
pub(super) async fn tell(store: &Store, conversation: Option<&str>, subject: &str) -> Position {
    let mut tx = store.begin().await.expect("begin");
    tx.emit(NewEvent {
        kind: if conversation.is_some() {
            EventKind::MessageCreated
        } else {
            EventKind::ContactUpdated
        },
        conversation: conversation.map(ConversationId::from),
        subject: subject.to_owned(),
        actor: Actor::System,
        data: serde_json::json!({}),
    });
    // And one that the group does not want.
    tx.emit(NewEvent {
        kind: EventKind::AgentUpdated,
        conversation: None,
        subject: subject.to_owned(),
        actor: Actor::System,
        data: serde_json::json!({}),
    });
    tx.commit().await.expect("commit") - 1
}

/// Has its effect as a row of `settings`, in the transaction that takes the claim.
#[derive(Default)]
struct Recorder {
    calls: AtomicUsize,
    given_up: Mutex<Vec<Position>>,
    /// Subjects that fail.
    broken: Mutex<HashSet<String>>,
    /// Subjects on which the first worker hangs.
    hangs: Mutex<HashSet<String>>,
}

impl Handler for Recorder {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let hangs = self.hangs.lock().expect("lock").remove(&event.subject_id);
        if hangs {
            std::future::pending::<()>().await;
        }
        if event.subject_id == "nothing" {
            return Ok(Handled::Nothing);
        }
        let mut tx = store.begin().await?;
        if !claim.take(&mut tx).await? {
            return Ok(Handled::Done);
        }
        let order = store.env().ulid();
        let conversation = event.conversation_id.as_ref().map_or("", |id| id.as_str());
        sql("INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, $3)")
            .bind(&order)
            .bind(conversation)
            .bind(event.position)
            .run(&mut tx)
            .await?;
        if self.broken.lock().expect("lock").contains(&event.subject_id) {
            return Err(Error::Invalid("broken".to_owned()));
        }
        tx.commit_silently().await?;
        Ok(Handled::Done)
    }

    async fn give_up(&self, _store: &Store, event: &Event, error: &str) {
        assert_eq!(error, "broken");
        self.given_up.lock().expect("lock").push(event.position);
    }
}

/// Effects so far, in their order: conversation, position.
async fn effects(store: &Store) -> Vec<(String, Position)> {
    sql("SELECT value, updated_at FROM settings ORDER BY key")
        .all(store.db())
        .await
        .expect("effects")
}

async fn until_effects(store: &Store, count: usize) -> Vec<(String, Position)> {
    eventually(&format!("{count} effects"), async || {
        let found = effects(store).await;
        (found.len() >= count).then_some(found)
    })
    .await
}

fn assert_once_and_in_order(effects: &[(String, Position)], told: &[Position]) {
    let mut positions: Vec<_> = effects.iter().map(|(_, position)| *position).collect();
    positions.sort_unstable();
    let mut told = told.to_vec();
    told.sort_unstable();
    assert_eq!(positions, told, "every event once");
    let mut last: BTreeMap<&str, Position> = BTreeMap::new();
    for (conversation, position) in effects.iter().filter(|(conversation, _)| !conversation.is_empty()) {
        let before = last.insert(conversation, *position).unwrap_or(0);
        assert!(before < *position, "{conversation}: {before} before {position}");
    }
}

async fn several_workers_handle_each_event_once(lane: Lane) {
    let handler = Arc::new(Recorder::default());
    let workers: Vec<_> = (0..4).map(|n| lane.worker(&format!("w{n}"), &handler, QUICK)).collect();
    let mut told = Vec::new();
    for n in 0..60 {
        let conversation = format!("c{}", n % 5);
        told.push(
            tell(
                &lane.bed.store,
                (n % 7 != 0).then_some(conversation.as_str()),
                &format!("{n}"),
            )
            .await,
        );
    }
    let found = until_effects(&lane.bed.store, told.len()).await;
    assert_once_and_in_order(&found, &told);
    lane.end(workers).await;
}

async fn a_worker_that_dies_is_taken_over(lane: Lane) {
    let handler = Arc::new(Recorder::default());
    handler.hangs.lock().expect("lock").insert("1".to_owned());
    let mut told = Vec::new();
    for n in 0..6 {
        told.push(tell(&lane.bed.store, Some("c"), &format!("{n}")).await);
    }
    let first = lane.worker("first", &handler, QUICK);
    until_effects(&lane.bed.store, 1).await;
    eventually("the worker hangs", async || {
        (handler.calls.load(Ordering::SeqCst) == 2).then_some(())
    })
    .await;
    first.abort();
    let second = lane.worker("second", &handler, QUICK);
    let found = until_effects(&lane.bed.store, told.len()).await;
    assert_once_and_in_order(&found, &told);
    lane.end(vec![second]).await;
}

async fn an_event_that_always_fails_is_put_aside(lane: Lane) {
    let handler = Arc::new(Recorder::default());
    handler.broken.lock().expect("lock").insert("bad".to_owned());
    let mut told = vec![tell(&lane.bed.store, Some("c"), "good").await];
    let bad = tell(&lane.bed.store, Some("c"), "bad").await;
    told.push(tell(&lane.bed.store, Some("c"), "after").await);
    told.push(tell(&lane.bed.store, Some("other"), "other").await);
    let workers: Vec<_> = (0..2).map(|n| lane.worker(&format!("w{n}"), &handler, QUICK)).collect();
    let found = until_effects(&lane.bed.store, told.len()).await;
    assert_once_and_in_order(&found, &told);
    assert_eq!(*handler.given_up.lock().expect("lock"), [bad]);
    let aside = dead(&lane.bed.store, 10).await.expect("a list");
    assert_eq!(aside.len(), 1);
    assert_eq!(
        (aside[0].0.as_str(), aside[0].1, aside[0].2.as_str()),
        ("suite", bad, "broken")
    );
    let (attempts,): (i64,) = sql("SELECT attempts FROM consumer_failures")
        .one(lane.bed.store.db())
        .await
        .expect("one");
    assert_eq!(attempts, MOST_ATTEMPTS);
    lane.end(workers).await;
}

async fn what_the_stream_forgot_is_swept_up(lane: Lane) {
    let handler = Arc::new(Recorder::default());
    consumer::register(&lane.bed.store, &GROUP).await.expect("registered");
    let mut told = Vec::new();
    for n in 0..5 {
        told.push(tell(&lane.bed.store, Some("c"), &format!("{n}")).await);
    }
    // Given to somebody who neither handles nor returns them, and marked as done by the stream.
    let lost = eventually("all are handed out", async || {
        let hints = lane
            .stream
            .next(&GROUP, "lost", 64, Duration::from_millis(50))
            .await
            .expect("hints");
        let positions: Vec<_> = hints.into_iter().map(|hint| hint.position).collect();
        lane.stream.acknowledge(&GROUP, &positions).await.expect("acknowledged");
        positions.contains(&told[4]).then_some(positions)
    })
    .await;
    assert!(!lost.is_empty());
    let workers = vec![lane.worker("w", &handler, QUICK)];
    assert!(
        sweep(&lane.bed.store, &GROUP, 1).await.expect("a sweep").is_empty(),
        "they are too young"
    );
    lane.bed.clock.advance(2);
    let found = until_effects(&lane.bed.store, told.len()).await;
    assert_once_and_in_order(&found, &told);
    lane.end(workers).await;
}

async fn the_low_water_mark_rises(lane: Lane) {
    let store = lane.bed.store.clone();
    let handler = Arc::new(Recorder::default());
    for n in 0..20 {
        let subject = if n % 3 == 0 {
            "nothing".to_owned()
        } else {
            format!("{n}")
        };
        tell(&store, Some("c"), &subject).await;
    }
    let worker = lane.worker("w", &handler, QUICK);
    let head = store.head().await.expect("head");
    eventually("the mark is at the head", async || {
        (low_water(&store, &GROUP).await.expect("a look") == head).then_some(())
    })
    .await;
    // The marks below go with the next rise.
    tell(&store, Some("c"), "one more").await;
    let head = store.head().await.expect("head");
    eventually("the marks are gone", async || {
        let low = low_water(&store, &GROUP).await.expect("a look");
        let (left,): (i64,) = sql("SELECT COUNT(*) FROM consumed")
            .one(store.db())
            .await
            .expect("count");
        (low == head && left <= 1).then_some(())
    })
    .await;
    lane.end(vec![worker]).await;
}

async fn a_handled_event_is_never_claimed_again(lane: Lane) {
    let store = lane.bed.store.clone();
    let handler = Arc::new(Recorder::default());
    consumer::register(&store, &GROUP).await.expect("registered");
    let mut told = Vec::new();
    for n in 0..4 {
        told.push(tell(&store, Some("c"), &format!("{n}")).await);
    }
    let hint = |position| conversation::stream::Hint {
        position,
        conversation: Some("c".into()),
    };
    // The mark rises and the marks below it go between the look of a slow worker and its claim:
    // the worker's handler is called for what is done, and finds the claim taken.
    struct Slow<'a> {
        inner: &'a Recorder,
        between: tokio::sync::Mutex<bool>,
    }
    impl Handler for Slow<'_> {
        async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
            let mut first = self.between.lock().await;
            if std::mem::take(&mut *first) {
                let last = store.head().await? - 1;
                let hint = conversation::stream::Hint {
                    position: last,
                    conversation: Some("c".into()),
                };
                consumer::work(store, &GROUP, self.inner, vec![hint]).await;
                for _ in 0..3 {
                    sweep(store, &GROUP, 1).await?;
                    tell(store, None, "nothing").await;
                    let next = conversation::stream::Hint {
                        position: store.head().await? - 1,
                        conversation: None,
                    };
                    consumer::work(store, &GROUP, self.inner, vec![next]).await;
                }
                sweep(store, &GROUP, 1).await?;
            }
            drop(first);
            self.inner.handle(store, event, claim).await
        }
        async fn give_up(&self, _: &Store, _: &Event, _: &str) {}
    }
    let slow = Slow {
        inner: &handler,
        between: tokio::sync::Mutex::new(true),
    };
    consumer::work(&store, &GROUP, &slow, vec![hint(told[3])]).await;
    assert_once_and_in_order(&effects(&store).await, &told);
    lane.end(Vec::new()).await;
}

async fn a_late_group_handles_history(lane: Lane) {
    let handler = Arc::new(Recorder::default());
    let mut told = Vec::new();
    for n in 0..10 {
        told.push(tell(&lane.bed.store, Some(&format!("c{}", n % 2)), &format!("{n}")).await);
    }
    let worker = lane.worker("w", &handler, QUICK);
    assert_once_and_in_order(&until_effects(&lane.bed.store, told.len()).await, &told);
    lane.end(vec![worker]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_of_another_process_is_noticed() {
    let lane = Lane::embedded(Bed::sqlite().await).await;
    let handler = Arc::new(Recorder::default());
    let patient = Timing {
        wait: Duration::from_secs(30),
        claim_every: Duration::from_secs(30),
        sweep_every: Duration::from_secs(30),
        ..QUICK
    };
    let worker = lane.worker("w", &handler, patient);
    let other = lane.bed.second().await;
    let told = [tell(&other, Some("c"), "1").await, tell(&other, Some("c"), "2").await];
    assert_once_and_in_order(&until_effects(&lane.bed.store, 2).await, &told);
    lane.end(vec![worker]).await;
}

/// Fails always, and dies when it gives up for the first time.
#[derive(Default)]
struct Mortal {
    given_up: AtomicUsize,
}

impl Handler for Mortal {
    async fn handle(&self, _: &Store, _: &Event, _: &Claim) -> Result<Handled> {
        Err(Error::Invalid("broken".to_owned()))
    }

    async fn give_up(&self, _: &Store, _: &Event, _: &str) {
        let before = self.given_up.fetch_add(1, Ordering::SeqCst);
        assert!(before > 0, "the process dies here");
    }
}

async fn giving_up_survives_a_crash(lane: Lane) {
    let store = lane.bed.store.clone();
    consumer::register(&store, &GROUP).await.expect("registered");
    let position = tell(&store, Some("c"), "bad").await;
    let handler = Arc::new(Mortal::default());
    let mut deaths = 0;
    for _ in 0..=MOST_ATTEMPTS {
        let (store, handler) = (store.clone(), handler.clone());
        let hint = conversation::stream::Hint {
            position,
            conversation: Some(ConversationId::from("c")),
        };
        let worker = tokio::spawn(async move { consumer::work(&store, &GROUP, &*handler, vec![hint]).await });
        deaths += usize::from(worker.await.is_err());
    }
    assert_eq!(deaths, 1);
    assert_eq!(
        handler.given_up.load(Ordering::SeqCst),
        2,
        "who came after it did it again"
    );
    let aside = dead(&store, 10).await.expect("a list");
    assert_eq!(
        aside.iter().map(|(_, position, ..)| *position).collect::<Vec<_>>(),
        [position]
    );
    lane.end(Vec::new()).await;
}

/// Falls over one event, and has the effect of all others.
struct Fragile(Recorder);

impl Handler for Fragile {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        assert_ne!(event.subject_id, "bad", "an index is out of bounds");
        self.0.handle(store, event, claim).await
    }

    async fn give_up(&self, _: &Store, event: &Event, error: &str) {
        assert!(error.contains("an index is out of bounds"), "{error}");
        self.0.given_up.lock().expect("lock").push(event.position);
    }
}

async fn an_event_that_the_program_falls_over_stops_nobody(lane: Lane) {
    let store = lane.bed.store.clone();
    consumer::register(&store, &GROUP).await.expect("registered");
    let bad = tell(&store, Some("c"), "bad").await;
    let behind = tell(&store, Some("c"), "behind").await;
    let other = tell(&store, Some("d"), "other").await;
    let handler = Fragile(Recorder::default());
    let hints = || {
        [(behind, "c"), (other, "d")]
            .map(|(position, conversation)| conversation::stream::Hint {
                position,
                conversation: Some(ConversationId::from(conversation)),
            })
            .to_vec()
    };
    consumer::work(&store, &GROUP, &handler, hints()).await;
    let done: Vec<Position> = effects(&store).await.iter().map(|(_, position)| *position).collect();
    assert_eq!(done, [other], "the other conversation does not wait");
    for _ in 1..MOST_ATTEMPTS {
        consumer::work(&store, &GROUP, &handler, hints()).await;
    }
    let done: Vec<Position> = effects(&store).await.iter().map(|(_, position)| *position).collect();
    assert_eq!(done, [other, behind], "what stood behind it is handled");
    assert_eq!(*handler.0.given_up.lock().expect("lock"), [bad]);
    let aside = dead(&store, 10).await.expect("a list");
    assert_eq!(
        aside.iter().map(|(_, position, ..)| *position).collect::<Vec<_>>(),
        [bad]
    );
    lane.end(Vec::new()).await;
}
