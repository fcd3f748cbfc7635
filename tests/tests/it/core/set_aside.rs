//! What cannot be filed is kept for a person, once, and holds up nothing else.

use conversation::ingest::{Outcome, ingest, ingest_one};
use conversation::types::{Channel, InboxId};
use futures::future::join_all;

use super::bed::{Bed, both, mail, whatsapp};
use super::ingest::cursor;

both! {
    what_cannot_be_filed_is_set_aside_alone,
    what_is_set_aside_twice_is_one_entry,
    an_unknown_inbox_with_a_cursor_does_not_hold_up_the_mailbox,
}

async fn what_cannot_be_filed_is_set_aside_alone(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let good = |n: usize| whatsapp(&inbox, &format!("551199999000{n}"), &format!("wamid.{n}"), "Oi");
    let mut batch: Vec<_> = (0..5).map(good).collect();
    batch[2].inbox = InboxId::from("nowhere");
    let raw = bed.store.put_blob(b"{\"raw\": true}").await.expect("stored");
    batch[2].raw = Some(raw.clone());
    let filed = ingest(&bed.store, &batch).await.expect("ingest");
    let outcomes: Vec<_> = filed.iter().map(|filed| filed.outcome).collect();
    let mut expected = [Outcome::Created; 5];
    expected[2] = Outcome::Quarantined;
    assert_eq!(outcomes, expected);
    let entries = conversation::quarantine::list(bed.store.db(), 10)
        .await
        .expect("a list");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].raw_sha256.as_deref(), Some(raw.sha256.as_str()));
    assert_eq!(entries[0].external_id.as_deref(), Some("wamid.2"));
    assert!(entries[0].reason.contains("nowhere"), "{}", entries[0].reason);
    assert_eq!(conversation::quarantine::count(bed.store.db()).await.expect("count"), 1);
    bed.check().await;
}

async fn what_is_set_aside_twice_is_one_entry(bed: Bed) {
    let message = |n: usize| whatsapp(&InboxId::from("nowhere"), "5511999990001", &format!("wamid.{n}"), "Oi");
    let other = bed.second().await;
    let tasks = (0..8).map(|n| {
        let store = if n % 2 == 0 { bed.store.clone() } else { other.clone() };
        let message = message(1);
        tokio::spawn(async move { ingest_one(&store, message).await.expect("ingest").outcome })
    });
    for task in join_all(tasks).await {
        assert_eq!(task.expect("no panic"), Outcome::Quarantined);
    }
    assert_eq!(bed.quarantine().await.len(), 1);
    bed.file(&message(2)).await;
    assert_eq!(bed.quarantine().await.len(), 2, "another message is another entry");
    // What a person has looked at does not come back with the next delivery of the same.
    let ana = bed.agent("ana").await;
    for entry in conversation::quarantine::list(bed.store.db(), 10)
        .await
        .expect("a list")
    {
        conversation::quarantine::settle(&bed.store, &ana, &entry.id)
            .await
            .expect("settled");
    }
    bed.file(&message(1)).await;
    assert_eq!(bed.quarantine().await.len(), 0);
    bed.check().await;
}

async fn an_unknown_inbox_with_a_cursor_does_not_hold_up_the_mailbox(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let mut lost = mail(
        &InboxId::from("nowhere"),
        "ana@customer.test",
        "1@customer.test",
        "Hello",
    );
    lost.cursor = Some(cursor(1, 5));
    let good = mail(&inbox, "ana@customer.test", "2@customer.test", "Hello");
    let filed = ingest(&bed.store, &[lost, good]).await.expect("ingest");
    assert_eq!(
        [filed[0].outcome, filed[1].outcome],
        [Outcome::Quarantined, Outcome::Created]
    );
    bed.check().await;
}
