//! Somebody sets the machine's clock, or it was wrong and is corrected: nothing waits for as long as it was wrong.

use conversation::clock::{self, Watch};
use conversation::db::sql;
use conversation::outbound::SendError;
use conversation::types::{Channel, ConversationId};
use conversation::{deliveries, leases};

use super::bed::{Bed, HOUR, SECOND, both, mail};

const DAY: i64 = 24 * HOUR;

both! {
    a_lease_written_by_a_wrong_clock_ends,
    a_living_holder_keeps_its_lease,
    what_was_put_off_by_a_wrong_clock_is_tried_soon,
    who_starts_later_sees_it_in_the_log,
    steps_are_seen,
}

/// A customer has written a mail.
async fn asked(bed: &Bed) -> ConversationId {
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.place(&mail(&inbox, "bea@customer.test", "1@c", "It is empty"))
        .await
        .0
}

async fn a_lease_written_by_a_wrong_clock_ends(bed: Bed) {
    bed.clock.set(DAY);
    assert_eq!(
        leases::hold(&bed.store, "box", "dead", 15 * SECOND).await.unwrap(),
        Some(1)
    );
    bed.clock.set(-DAY);
    let hold = async || leases::hold(&bed.store, "box", "alive", 15 * SECOND).await.unwrap();
    assert_eq!(hold().await, None, "nobody knows yet that the holder is dead");
    bed.clock.advance(14 * SECOND);
    assert_eq!(hold().await, None, "it may still be renewed");
    bed.clock.advance(2 * SECOND);
    assert_eq!(hold().await, Some(2), "nobody renewed it for as long as it lasts");
    bed.clock.advance(10 * SECOND);
    assert_eq!(hold().await, Some(2), "and it is a lease like any other");
}

async fn a_living_holder_keeps_its_lease(bed: Bed) {
    // Its clock is a day ahead of ours, for good.
    for _ in 0..10 {
        bed.clock.set(DAY);
        let held = leases::hold(&bed.store, "box", "ahead", 15 * SECOND).await.unwrap();
        assert_eq!(held, Some(1), "it renews what it holds");
        bed.clock.set(-DAY);
        bed.clock.advance(5 * SECOND);
        assert_eq!(
            leases::hold(&bed.store, "box", "right", 15 * SECOND).await.unwrap(),
            None
        );
    }
}

async fn what_was_put_off_by_a_wrong_clock_is_tried_soon(bed: Bed) {
    let (ana, conversation) = (bed.agent("ana").await, asked(&bed).await);
    let right = bed.store.now();
    bed.clock.set(DAY);
    bed.say(&ana, &conversation, "The first.").await;
    let taken = deliveries::lease(&bed.store, "sender", 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    let busy = SendError::Temporary {
        code: "421".to_owned(),
        reason: "busy".to_owned(),
        retry_after: None,
    };
    deliveries::settle(&bed.store, "sender", &taken[0], Err(busy))
        .await
        .unwrap();
    bed.say(&ana, &conversation, "The second.").await;
    bed.clock.set(-DAY);
    assert!(
        deliveries::lease(&bed.store, "sender", 10).await.unwrap().is_empty(),
        "all of it is due tomorrow"
    );

    assert!(clock::went_back(&bed.store, DAY).await.unwrap() > 0);
    bed.clock.advance(7 * SECOND);
    let taken = deliveries::lease(&bed.store, "sender", 10).await.unwrap();
    assert_eq!(taken.len(), 1, "the first is due again, the second waits for it");
    assert_eq!(taken[0].attempts, 2);
    // Whoever held it while the clock was ahead died.
    let mut tx = bed.store.begin().await.unwrap();
    sql("UPDATE deliveries SET lease_until = $1 WHERE state = 'queued' AND lease_until IS NOT NULL")
        .bind(right + DAY)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    assert_eq!(clock::end_holds(&bed.store).await.unwrap(), 1);
    assert_eq!(clock::end_holds(&bed.store).await.unwrap(), 0, "once");
    bed.clock.advance(deliveries::LEASE + SECOND);
    assert_eq!(deliveries::lease(&bed.store, "sender", 10).await.unwrap().len(), 1);
}

async fn who_starts_later_sees_it_in_the_log(bed: Bed) {
    assert_eq!(
        clock::log_is_ahead_by(&bed.store).await.unwrap(),
        0,
        "nothing was written yet"
    );
    bed.clock.set(DAY);
    asked(&bed).await;
    assert_eq!(clock::log_is_ahead_by(&bed.store).await.unwrap(), 0);
    bed.clock.set(-DAY);
    assert_eq!(clock::log_is_ahead_by(&bed.store).await.unwrap(), DAY);
    // Somebody else goes on with the right time.
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.place(&mail(&inbox, "eva@customer.test", "2@c", "It is full")).await;
    assert_eq!(clock::log_is_ahead_by(&bed.store).await.unwrap(), DAY);
}

async fn steps_are_seen(bed: Bed) {
    let mut watch = Watch::new(&bed.store);
    bed.clock.advance(HOUR);
    assert_eq!(watch.step(&bed.store), 0, "time that passes is no step");
    bed.clock.set(HOUR);
    assert_eq!((watch.step(&bed.store), watch.step(&bed.store)), (HOUR, 0));
    bed.clock.set(-DAY);
    assert_eq!((watch.step(&bed.store), watch.step(&bed.store)), (-DAY, 0));
    for _ in 0..100 {
        bed.clock.set(50);
        assert_eq!(watch.step(&bed.store), 0, "corrected bit by bit");
    }
}
