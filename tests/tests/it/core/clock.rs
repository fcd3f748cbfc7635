//! Somebody sets the machine's clock, or it was wrong and is corrected: nothing waits for as long as it was wrong.

use conversation::clock::{self, Watch};
use conversation::db::sql;
use conversation::desk::presence::{self, Presence};
use conversation::lifecycle::{Action, act, wake_due};
use conversation::outbound::SendError;
use conversation::reply::{Sending, UNDO_WITHIN, reply_with};
use conversation::scheduled::release_due;
use conversation::types::{Channel, ConversationId, ConversationStatus, Millis};
use conversation::{access, deliveries, leases};

use super::bed::{Bed, HOUR, SECOND, both, mail};

const DAY: i64 = 24 * HOUR;

both! {
    a_lease_written_by_a_wrong_clock_ends,
    a_living_holder_keeps_its_lease,
    what_was_put_off_by_a_wrong_clock_is_tried_soon,
    who_starts_later_sees_it_in_the_log,
    steps_are_seen,
    what_waits_for_second_thoughts_leaves_in_seconds,
    a_snooze_lasts_as_long_as_was_chosen,
    nothing_was_said_in_the_future,
    who_left_is_away,
    who_is_alone_waits_for_nobody,
    a_sender_that_died_in_silence_holds_nothing_for_long,
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

async fn what_waits_for_second_thoughts_leaves_in_seconds(bed: Bed) {
    let (ana, conversation) = (bed.agent("ana").await, asked(&bed).await);
    let write = async |text: &str, sending: Sending| {
        let words = bed.words(&conversation, text);
        reply_with(&bed.store, &ana, words, sending).await.expect("a reply");
    };
    bed.clock.set(HOUR);
    write("The first.", Sending::with_undo(bed.store.now())).await;
    let chosen = bed.store.now() + 2 * HOUR;
    let later = Sending {
        send_at: Some(chosen),
        ..Sending::default()
    };
    write("The second, at the time that was chosen.", later).await;
    bed.clock.set(-HOUR);
    clock::went_back(&bed.store, HOUR).await.expect("it is seen");
    assert_eq!(release_due(&bed.store).await.expect("a look"), 0);
    bed.clock.advance(UNDO_WITHIN);
    assert_eq!(release_due(&bed.store).await.expect("a look"), 1, "not in an hour");
    clock::went_back(&bed.store, HOUR).await.expect("again");
    bed.clock.advance(2 * HOUR);
    assert_eq!(
        release_due(&bed.store).await.expect("a look"),
        0,
        "it was promised for then"
    );
    bed.clock.advance(HOUR);
    assert_eq!(release_due(&bed.store).await.expect("a look"), 1);
    assert_eq!(release_due(&bed.store).await.expect("a look"), 0, "once");
    bed.check().await;
}

async fn a_snooze_lasts_as_long_as_was_chosen(bed: Bed) {
    let (ana, conversation) = (bed.agent("ana").await, asked(&bed).await);
    const MINUTE: Millis = 60_000;
    // Not on a whole minute, as most clicks.
    bed.clock.advance(1234);
    let hide = async |until: Millis| {
        act(&bed.store, &ana, &conversation, Action::Snooze { until })
            .await
            .expect("hidden");
    };
    let until = async || bed.conversation(&conversation).await.snoozed_until;

    bed.clock.set(HOUR);
    hide(bed.store.now() + 3 * HOUR - 5).await;
    bed.clock.set(-HOUR);
    let right = bed.store.now();
    clock::went_back(&bed.store, HOUR).await.expect("it is seen");
    assert_eq!(until().await, Some(right + 3 * HOUR - 5), "for three hours");
    clock::went_back(&bed.store, HOUR).await.expect("again");
    assert_eq!(until().await, Some(right + 3 * HOUR - 5));

    // A time of the day stays what it is, and so does what was chosen when the clock was right.
    let evening = (bed.store.now() / HOUR + 8) * HOUR;
    bed.clock.set(HOUR);
    hide(evening).await;
    bed.clock.set(-HOUR);
    clock::went_back(&bed.store, HOUR).await.expect("it is seen");
    assert_eq!(until().await, Some(evening));
    let before = bed.store.now() + 2 * HOUR;
    hide(before).await;
    bed.clock.set(HOUR);
    bed.say(&ana, &conversation, "It comes tomorrow.").await;
    bed.clock.set(-HOUR);
    clock::went_back(&bed.store, HOUR).await.expect("it is seen");
    if bed.conversation(&conversation).await.status == ConversationStatus::Snoozed {
        assert_eq!(until().await, Some(before));
    }

    // What woke early stays awake, and wakes once.
    hide(bed.store.now() + 30 * MINUTE).await;
    bed.clock.set(HOUR);
    assert_eq!(wake_due(&bed.store).await.expect("a look"), 1);
    bed.clock.set(-HOUR);
    clock::went_back(&bed.store, HOUR).await.expect("it is seen");
    bed.clock.advance(HOUR);
    assert_eq!(wake_due(&bed.store).await.expect("a look"), 0);
    assert_eq!(bed.conversation(&conversation).await.status, ConversationStatus::Open);
    bed.check().await;
}

async fn nothing_was_said_in_the_future(bed: Bed) {
    let ana = bed.agent("ana").await;
    bed.clock.set(DAY);
    let conversation = asked(&bed).await;
    let said = bed.say(&ana, &conversation, "Is it the left one?").await.message;
    bed.clock.set(-DAY);
    clock::went_back(&bed.store, DAY).await.expect("it is seen");
    let now = bed.store.now();
    let message = access::message(bed.store.db(), &ana, &said).await.expect("it");
    assert_eq!(message.at, now);
    let found = bed.conversation(&conversation).await;
    assert_eq!(found.last_message_at, now);
    assert!(found.last_inbound_at <= Some(now));
    assert_eq!(clock::went_back(&bed.store, DAY).await.expect("again"), 0, "once");
    bed.check().await;
}

async fn who_left_is_away(bed: Bed) {
    bed.agent("ana").await;
    let ana = "ana".into();
    let is_there = async || {
        let desk = presence::load(bed.store.db(), &ana).await.expect("a desk");
        desk.presence(bed.store.now()) == Presence::Online
    };
    bed.clock.set(HOUR);
    presence::seen(&bed.store, &ana).await.expect("seen");
    bed.clock.set(-HOUR);
    clock::went_back(&bed.store, HOUR).await.expect("it is seen");
    assert!(is_there().await);
    bed.clock.advance(presence::ONLINE_FOR + 1);
    assert!(!is_there().await, "nobody saw her since");
    // Also while nobody knows that the clock went back.
    bed.clock.set(HOUR);
    presence::seen(&bed.store, &ana).await.expect("seen");
    bed.clock.set(-HOUR);
    presence::seen(&bed.store, &ana).await.expect("seen");
    bed.clock.advance(presence::ONLINE_FOR + 1);
    assert!(!is_there().await);
}

async fn who_is_alone_waits_for_nobody(bed: Bed) {
    let (ana, conversation) = (bed.agent("ana").await, asked(&bed).await);
    bed.say(&ana, &conversation, "It is on its way.").await;
    assert_eq!(deliveries::lease(&bed.store, "dead", 10).await.unwrap().len(), 1);
    assert_eq!(
        leases::hold(&bed.store, "box", "dead", 15 * SECOND).await.unwrap(),
        Some(1)
    );
    assert!(deliveries::lease(&bed.store, "alive", 10).await.unwrap().is_empty());
    assert_eq!(clock::free_all(&bed.store).await.unwrap(), 2);
    let taken = deliveries::lease(&bed.store, "alive", 10).await.unwrap();
    assert_eq!((taken.len(), taken[0].attempts), (1, 2));
    assert_eq!(
        leases::hold(&bed.store, "box", "alive", 15 * SECOND).await.unwrap(),
        Some(2)
    );
}

async fn a_sender_that_died_in_silence_holds_nothing_for_long(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    for number in 0..8 {
        let from = format!("c{number}@customer.test");
        let (conversation, _) = bed.place(&mail(&inbox, &from, &format!("{number}@c"), "Hello")).await;
        bed.say(&ana, &conversation, "It is on its way.").await;
    }
    // Whoever takes something tells nobody: the log knows nothing of a clock that was ten hours ahead.
    bed.clock.set(10 * HOUR);
    assert_eq!(deliveries::lease(&bed.store, "dead", 32).await.unwrap().len(), 8);
    bed.clock.set(-10 * HOUR);
    assert_eq!(clock::log_is_ahead_by(&bed.store).await.unwrap(), 0);
    bed.clock.advance(HOUR);
    assert!(deliveries::lease(&bed.store, "alive", 32).await.unwrap().is_empty());
    // So it is looked for (`end_holds`), whether anybody saw the clock go back or not.
    assert_eq!(clock::end_holds(&bed.store).await.unwrap(), 8);
    bed.clock.advance(deliveries::LEASE + SECOND);
    assert_eq!(deliveries::lease(&bed.store, "alive", 32).await.unwrap().len(), 8);
}
