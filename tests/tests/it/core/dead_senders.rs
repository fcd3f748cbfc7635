//! Deliveries whose sender died: mail goes again, WhatsApp waits for word.

use conversation::deliveries::{CONFIRM_WITHIN, LEASE, record_statuses, settle};
use conversation::types::{Channel, DeliveryState};

use super::bed::{Bed, both};
use super::deliveries::{now, replies, report, take, unknown};

both! {
    a_sender_that_always_dies_is_not_given_it_for_ever,
    a_dead_senders_mail_is_sent_again,
    a_dead_senders_whatsapp_waits_for_word,
    many_dead_sends_wait_for_word,
}

async fn a_sender_that_always_dies_is_not_given_it_for_ever(bed: Bed) {
    bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Email, 1).await;
    let mut tries = 0;
    while !take(&bed.store, "a").await.is_empty() {
        tries += 1;
        assert!(tries <= 30, "it is tried without an end");
        bed.clock.advance(LEASE + 1);
    }
    let done = now(&bed, &queued[0]).await;
    assert_eq!((tries, done.state), (30, DeliveryState::Failed));
    assert!(done.error.is_some());
    bed.check().await;
}

async fn a_dead_senders_mail_is_sent_again(bed: Bed) {
    bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Email, 1).await;
    let first = take(&bed.store, "dead").await;
    bed.clock.advance(LEASE);
    assert!(take(&bed.store, "b").await.is_empty());
    bed.clock.advance(1);
    let second = take(&bed.store, "b").await;
    assert_eq!((second[0].id.clone(), second[0].attempts), (queued[0].id.clone(), 2));
    assert_eq!(second[0].external_id, first[0].external_id, "under the same Message-ID");
    // Mail whose end is not known is tried again, too.
    settle(&bed.store, "b", &second[0], unknown()).await.expect("settled");
    let waiting = now(&bed, &queued[0]).await;
    assert_eq!(
        (waiting.state, waiting.error_code.as_deref()),
        (DeliveryState::Queued, Some("timeout"))
    );
    bed.check().await;
}

async fn a_dead_senders_whatsapp_waits_for_word(bed: Bed) {
    bed.agent("ana").await;
    // Two that died in the middle, and two whose provider did not answer; one of each is confirmed.
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(replies(&bed, Channel::Whatsapp, 1).await.1.remove(0));
    }
    let leased = take(&bed.store, "dead").await;
    assert_eq!(leased.len(), 4);
    for delivery in &all[2..] {
        settle(&bed.store, "dead", delivery, unknown()).await.expect("settled");
    }
    bed.clock.advance(LEASE + 1);
    assert!(take(&bed.store, "b").await.is_empty(), "it may have left: never twice");
    for delivery in &all {
        assert_eq!(now(&bed, delivery).await.state, DeliveryState::Unknown);
    }
    for delivery in [&all[0], &all[2]] {
        let word = report(
            delivery,
            &format!("wamid.{}", delivery.id),
            DeliveryState::Delivered,
            bed.store.now(),
        );
        assert_eq!(record_statuses(&bed.store, &[word]).await.expect("recorded"), 1);
    }
    bed.clock.advance(CONFIRM_WITHIN);
    assert!(take(&bed.store, "b").await.is_empty());
    for (delivery, state) in all.iter().zip([
        DeliveryState::Delivered,
        DeliveryState::Failed,
        DeliveryState::Delivered,
        DeliveryState::Failed,
    ]) {
        let done = now(&bed, delivery).await;
        assert_eq!(done.state, state);
        assert_eq!(done.error.is_some(), state == DeliveryState::Failed);
    }
    bed.check().await;
}

async fn many_dead_sends_wait_for_word(bed: Bed) {
    bed.agent("ana").await;
    const MANY: usize = 60;
    let mut queued = Vec::new();
    for _ in 0..MANY {
        queued.extend(replies(&bed, Channel::Whatsapp, 1).await.1);
    }
    assert_eq!(take(&bed.store, "dead").await.len(), MANY);
    bed.clock.advance(LEASE + 1);
    for _ in 0..MANY {
        assert_eq!(take(&bed.store, "b").await, [], "Meta may have had any of them");
    }
    for one in &queued {
        assert_eq!(now(&bed, one).await.state, DeliveryState::Unknown);
    }
    bed.check().await;
}
