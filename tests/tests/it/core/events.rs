//! Positions: dense, in the order of the commits, and never without a name.

use conversation::events::{EventKind, NewEvent};
use conversation::store::events_after;
use conversation::types::Actor;
use conversation::{Store, db::sql};
use futures::future::join_all;

use super::bed::{Bed, both, refusal};

both! {
    positions_are_dense_in_the_order_of_the_commits,
    a_commit_names_its_events,
    committed_positions_are_announced,
}

pub(super) fn named(subject: &str) -> NewEvent {
    NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: subject.to_owned(),
        actor: Actor::System,
        data: serde_json::json!({}),
    }
}

pub(super) async fn commit(store: &Store, subject: &str, count: usize) -> i64 {
    let mut tx = store.begin().await.expect("begin");
    for _ in 0..count {
        tx.emit(named(subject));
    }
    tx.commit().await.expect("commit")
}

async fn positions_are_dense_in_the_order_of_the_commits(bed: Bed) {
    let second = bed.second().await;
    // A reader that never sees a position appear behind one that it has seen.
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let reader = second.clone();
    let reading = tokio::spawn(async move {
        let (mut seen, mut is_over) = (Vec::new(), false);
        loop {
            // Asked before the look: what was committed by then is seen by it.
            is_over |= stopped.try_recv().is_ok();
            let after = seen.last().copied().unwrap_or(0);
            let new = events_after(reader.db(), after, 1000).await.expect("events");
            seen.extend(new.iter().map(|event| event.position));
            if is_over && new.is_empty() {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    });
    let writers = (0..16).map(|writer| {
        let store = if writer % 2 == 0 {
            bed.store.clone()
        } else {
            second.clone()
        };
        tokio::spawn(async move {
            let mut committed = Vec::new();
            for turn in 0..12 {
                let mut tx = store.begin().await.expect("begin");
                let count = 1 + (writer + turn) % 3;
                for _ in 0..count {
                    tx.emit(named(&format!("{writer}-{turn}")));
                }
                match (writer + turn) % 4 {
                    // Dropped: nothing happened.
                    0 => drop(tx),
                    // Cut off in the middle: all or nothing.
                    1 if turn % 2 == 0 => {
                        let commit = tokio::spawn(tx.commit());
                        tokio::task::yield_now().await;
                        commit.abort();
                        let _ = commit.await;
                    }
                    _ => {
                        let last = tx.commit().await.expect("commit");
                        committed.push((last, i64::from(count), format!("{writer}-{turn}")));
                    }
                }
            }
            committed
        })
    });
    let committed: Vec<_> = join_all(writers)
        .await
        .into_iter()
        .flat_map(|task| task.expect("no panic"))
        .collect();
    stop.send(()).expect("it reads");
    let seen = reading.await.expect("no panic");
    let dense: Vec<i64> = (1..=seen.last().copied().unwrap_or(0)).collect();
    assert_eq!(seen, dense, "as they appeared");
    let events = events_after(bed.store.db(), 0, 10_000).await.expect("events");
    for (last, count, subject) in committed {
        for position in last - count + 1..=last {
            let event = &events[usize::try_from(position - 1).expect("small")];
            assert_eq!(
                (event.position, &event.subject_id),
                (position, &subject),
                "its own, and together"
            );
        }
    }
    bed.check().await;
}

async fn a_commit_names_its_events(bed: Bed) {
    let tx = bed.store.begin().await.expect("begin");
    assert!(refusal(tx.commit().await).contains("without naming its events"));
    let mut tx = bed.store.begin().await.expect("begin");
    tx.emit(named("one"));
    assert!(refusal(tx.commit_silently().await).contains("events were named"));
    let mut tx = bed.store.begin().await.expect("begin");
    sql("INSERT INTO settings (key, value, updated_at) VALUES ('a', 'b', 0)")
        .run(&mut tx)
        .await
        .expect("a row");
    assert!(tx.commit().await.is_err());
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM settings").await,
        0,
        "and nothing of it stays"
    );
    assert_eq!(bed.store.head().await.expect("head"), 0);
    bed.check().await;
}

async fn committed_positions_are_announced(bed: Bed) {
    let mut committed = bed.store.committed();
    assert_eq!(commit(&bed.store, "a", 3).await, 3);
    committed.changed().await.expect("the store lives");
    assert_eq!(*committed.borrow_and_update(), 3);
    bed.store.announce(2);
    assert!(!committed.has_changed().expect("the store lives"), "never back");
    bed.store.announce(9);
    assert_eq!(*committed.borrow_and_update(), 9);
    let some = events_after(bed.store.db(), 1, 1).await.expect("events");
    assert_eq!(some.iter().map(|event| event.position).collect::<Vec<_>>(), [2]);
    bed.check().await;
}
