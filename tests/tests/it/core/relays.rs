//! Several processes around one Redis and one database.

use std::time::Duration;

use conversation::Store;
use conversation::events::{Event, EventKind};
use conversation::stream::consumer::{self, Claim, Handled, Handler};
use conversation::stream::redis::RedisStream;
use conversation::stream::{Group, Hint, Stream};
use tests::harness::{ChaosProxy, Mode, Redis};
use tests::need;

use super::bed::Bed;
use super::stream::{Lane, tell};

/// One process copies slowly what another commits and copies fast; neither may take the other's
/// haste for a foreign stream and throw it away, with all that its groups know.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hasty_relays_keep_the_stream() {
    let bed = need!(Bed::postgres().await);
    let redis = need!(Redis::start().await);
    let client = redis::Client::open(redis.url()).expect("a client");
    let mut connection = client.get_multiplexed_async_connection().await.expect("connected");
    let _: String = redis::cmd("XGROUP")
        .arg(&["CREATE", "suite:events", "witness", "0", "MKSTREAM"])
        .query_async(&mut connection)
        .await
        .expect("a group");
    let far = ChaosProxy::start(redis.address()).await.expect("a proxy");
    far.set(Mode::Delay(Duration::from_millis(20)));
    let second = bed.second().await;
    let tasks = [
        (bed.store.clone(), redis.url()),
        (second.clone(), redis.url()),
        (second, format!("redis://{}/", far.address())),
    ]
    .map(|(store, url)| {
        tokio::spawn(async move {
            let stream = RedisStream::connect(store.clone(), &url, "suite").await.expect("redis");
            for n in 0..30 {
                tell(&store, None, &format!("{n}")).await;
                stream.relay_once().await.expect("copied");
            }
        })
    });
    for task in futures::future::join_all(tasks).await {
        task.expect("no panic");
    }
    let info: redis::streams::StreamInfoStreamReply = redis::cmd("XINFO")
        .arg(&["STREAM", "suite:events"])
        .query_async(&mut connection)
        .await
        .expect("a stream");
    assert_eq!(info.length, 180, "every position, once");
    assert_eq!(info.last_generated_id, "180-0");
    assert_eq!(info.groups, 1, "it is still the same stream");
    bed.check().await;
}

/// Positions of other processes are announced in this one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn other_processes_commits_are_announced() {
    let lane = Lane::redis(need!(Bed::postgres().await), need!(Redis::start().await)).await;
    let Stream::Redis(stream) = lane.stream.clone() else {
        unreachable!("it is Redis")
    };
    let stop = lane.stop.clone();
    let listening = tokio::spawn(async move { stream.listen(stop).await });
    let other = lane.bed.second().await;
    let mut committed = lane.bed.store.committed();
    for n in 0..5 {
        let position = tell(&other, None, &format!("{n}")).await;
        tokio::time::timeout(tests::harness::DEADLINE, committed.wait_for(|at| *at > position))
            .await
            .expect("in time")
            .expect("the store lives");
    }
    lane.end(vec![listening]).await;
}

/// Wants nothing of any event.
struct Bystander;

impl Handler for Bystander {
    async fn handle(&self, _: &Store, _: &Event, _: &Claim) -> conversation::Result<Handled> {
        Ok(Handled::Nothing)
    }

    async fn give_up(&self, _: &Store, event: &Event, error: &str) {
        panic!("event {} was given up: {error}", event.position);
    }
}

/// Two workers that were shown the same events in another order mark them at the same moment;
/// neither may wait for a mark of the other who waits for one of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn marks_of_two_workers_do_not_cross() {
    const GROUP: Group = Group {
        name: "bystanders",
        kinds: &[EventKind::ContactUpdated],
    };
    let bed = need!(Bed::postgres().await);
    let second = bed.second().await;
    consumer::register(&bed.store, &GROUP).await.expect("register");
    for round in 0..8 {
        let mut positions = Vec::new();
        for n in 0..100 {
            positions.push(tell(&bed.store, None, &format!("{round}-{n}")).await);
        }
        let there: Vec<Hint> = positions
            .iter()
            .map(|&position| Hint {
                position,
                conversation: None,
            })
            .collect();
        let back = there.iter().rev().cloned().collect();
        let (one, other) = tokio::join!(
            consumer::work(&bed.store, &GROUP, &Bystander, there),
            consumer::work(&second, &GROUP, &Bystander, back),
        );
        for mut settled in [one, other] {
            settled.sort_unstable();
            assert_eq!(settled, positions, "round {round}: every event is settled");
        }
    }
    bed.check().await;
}
