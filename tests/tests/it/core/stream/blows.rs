//! Redis loses what it had, or has what is not ours, while events are told and handled.

use super::*;

/// What is done to Redis while events are told and handled.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Flush,
    Restart(Data),
    Foreign,
}

async fn survives(blow: Blow) {
    let mut lane = Lane::redis(need!(Bed::postgres().await), need!(Redis::start().await)).await;
    let handler = Arc::new(Recorder::default());
    let workers: Vec<_> = (0..3).map(|n| lane.worker(&format!("w{n}"), &handler, QUICK)).collect();
    let store = lane.bed.store.clone();
    let mut told = Vec::new();
    for n in 0..45 {
        told.push(tell(&store, Some(&format!("c{}", n % 4)), &format!("{n}")).await);
        if n % 15 == 7 {
            let redis = lane.redis.as_mut().expect("redis");
            match blow {
                Blow::Flush => redis.flushall().await.expect("flushed"),
                Blow::Restart(data) => {
                    redis.stop().await.expect("stopped");
                    told.push(tell(&store, Some("c0"), "meanwhile").await);
                    redis.start_again(data).await.expect("started");
                }
                // A stream that is ahead of this database, as another installation's is.
                Blow::Foreign => {
                    let client = redis::Client::open(redis.url()).expect("a client");
                    let mut connection = client.get_multiplexed_async_connection().await.expect("connected");
                    let _: String = redis::cmd("XADD")
                        .arg("suite:events")
                        .arg("999999999-0")
                        .arg("kind")
                        .arg("contact.updated")
                        .query_async(&mut connection)
                        .await
                        .expect("added");
                }
            }
        }
        // What Redis forgot for good is found by its age.
        lane.bed.clock.advance(1);
    }
    let found = eventually("all effects", async || {
        lane.bed.clock.advance(1);
        let found = effects(&store).await;
        (found.len() >= told.len()).then_some(found)
    })
    .await;
    assert_once_and_in_order(&found, &told);
    // Redis is used again, not only the sweeper: what is told now is in its stream.
    let last = tell(&store, Some("c0"), "last").await;
    let client = redis::Client::open(lane.redis.as_ref().expect("redis").url()).expect("a client");
    eventually("the relay copies again", async || {
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        let entries: Vec<redis::Value> = redis::cmd("XRANGE")
            .arg("suite:events")
            .arg(format!("{last}-0"))
            .arg(format!("{last}-0"))
            .query_async(&mut connection)
            .await
            .ok()?;
        (!entries.is_empty()).then_some(())
    })
    .await;
    lane.end(workers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_is_flushed() {
    survives(Blow::Flush).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_is_restarted_with_its_data() {
    survives(Blow::Restart(Data::Kept)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_is_restarted_without_its_data() {
    survives(Blow::Restart(Data::Lost)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_has_a_stream_that_is_not_ours() {
    survives(Blow::Foreign).await;
}

/// A machine that stands still between looking and writing: meanwhile another worker has handled the event, and its
/// mark is swept away because the low-water mark has risen above it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_is_swept_away_meanwhile_frees_nothing() {
    let bed = need!(Bed::postgres().await);
    consumer::register(&bed.store, &GROUP).await.expect("registered");
    let position = tell(&bed.store, Some("c"), "1").await;
    let claim = Claim::of(GROUP, position);
    let mut first = bed.store.begin().await.expect("a transaction");
    assert!(claim.take(&mut first).await.expect("a claim"));

    let (store, late) = (bed.store.clone(), claim.clone());
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await?;
        late.take(&mut tx).await
    });
    eventually("the second one waits for the first", async || {
        let waiting = sql(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        let (waiting,): (i64,) = waiting.one(bed.store.db()).await.expect("a count");
        (waiting > 0).then_some(())
    })
    .await;
    for change in [
        "UPDATE consumers SET low_water = $2 WHERE grp = $1",
        "DELETE FROM consumed WHERE grp = $1 AND position <= $2",
    ] {
        let changed = sql(change).bind(GROUP.name).bind(position).run(&mut first).await;
        assert_eq!(changed.expect("a change"), 1);
    }
    first.commit_silently().await.expect("committed");
    assert!(!second.await.expect("no panic").expect("an answer"), "handled once");
}
