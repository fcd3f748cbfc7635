//! Whatever stands in texts and ids, a message is filed whole and known again.

use conversation::access;
use conversation::contacts::by_identity;
use conversation::ingest::Outcome;
use conversation::types::{Actor, Channel, IdentityKind, MatchedBy};

use super::bed::{Bed, both, mail};

both! {
    every_text_survives,
    ids_with_nul_are_recognised_again,
    endless_ids_do_not_keep_a_mail_out,
}

async fn every_text_survives(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    for (n, (text, kept)) in [
        ("a\0b", "a\u{FFFD}b"),
        (
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
        ),
        (
            "\u{202E}right to left\u{202C} שלום",
            "\u{202E}right to left\u{202C} שלום",
        ),
        (
            "e\u{301} é \u{FEFF} \u{FFFF} \u{10FFFF}",
            "e\u{301} é \u{FEFF} \u{FFFF} \u{10FFFF}",
        ),
        (
            "'; DROP TABLE messages; -- $1 ?1 \\' %s",
            "'; DROP TABLE messages; -- $1 ?1 \\' %s",
        ),
        ("", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let mut odd = mail(&inbox, "ana@customer.test", &format!("{n}@customer.test"), text);
        odd.html = Some(text.to_owned());
        odd.subject = Some(text.to_owned());
        odd.from.name = Some(text.to_owned());
        odd.extra = Some(serde_json::json!({ "type": "odd", "text": text }));
        let filed = bed.file(&odd).await;
        assert_ne!(
            filed.outcome,
            Outcome::Quarantined,
            "{text:?}: {:?}",
            bed.quarantine().await
        );
        let stored = access::message(bed.store.db(), &Actor::System, &filed.message.expect("filed"))
            .await
            .expect("stored");
        assert_eq!(stored.text, kept);
        assert_eq!(stored.html.as_deref(), Some(kept));
        assert_eq!(stored.extra, odd.extra, "JSON keeps even NUL");
    }
    let mut turned = mail(&inbox, "turned@customer.test", "turned@customer.test", "Hello");
    turned.from.name = Some("Rosa \u{202E}gnp.exe".to_owned());
    bed.place(&turned).await;
    let found = by_identity(bed.store.db(), IdentityKind::Email, "turned@customer.test").await;
    let (contact, _) = found.expect("read").expect("known");
    assert_eq!(contact.name, "Rosa gnp.exe", "it reads as it is written");
    let long = "á".repeat(2_000_000);
    let filed = bed
        .file(&mail(&inbox, "ana@customer.test", "long@customer.test", &long))
        .await;
    let stored = access::message(bed.store.db(), &Actor::System, &filed.message.expect("filed"))
        .await
        .expect("stored");
    assert_eq!(stored.text.len(), long.len());
    bed.check().await;
}

async fn ids_with_nul_are_recognised_again(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let odd = mail(&inbox, "a\0na@customer.test", "1\0@customer.test", "Hello");
    let first = bed.file(&odd).await;
    assert_eq!(first.outcome, Outcome::Created);
    let again = bed.file(&odd).await;
    assert_eq!((again.outcome, again.message), (Outcome::Duplicate, first.message));
    let mut answer = mail(&inbox, "a\0na@customer.test", "2@customer.test", "More");
    answer.thread.in_reply_to = vec!["1\0@customer.test".to_owned()];
    assert_eq!(
        bed.place(&answer).await,
        (first.conversation.expect("filed"), MatchedBy::InReplyTo)
    );
    bed.check().await;
}

async fn endless_ids_do_not_keep_a_mail_out(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    // Beyond what an index of PostgreSQL holds, and nothing that compression makes small.
    let endless = |seed: u64| -> String {
        let mut state = seed;
        (0..20_000)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from(b'a' + u8::try_from((state >> 33) % 26).expect("a letter"))
            })
            .collect()
    };
    let mut hostile = mail(&inbox, "ana@customer.test", &endless(1), "Hello");
    hostile.thread.references = (2..10).map(endless).collect();
    hostile.thread.in_reply_to = vec![endless(11)];
    hostile.recipients = vec![endless(12)];
    hostile.from.name = Some(endless(13));
    hostile.subject = Some(endless(14));
    let first = bed.file(&hostile).await;
    assert_eq!(first.outcome, Outcome::Created, "{:?}", bed.quarantine().await);
    assert_eq!(bed.file(&hostile).await.outcome, Outcome::Duplicate);
    let mut many = mail(&inbox, "ana@customer.test", "many@customer.test", "Hello");
    many.thread.references = (0..20_000).map(|n| format!("{n}@elsewhere.test")).collect();
    assert_eq!(bed.place(&many).await.1, MatchedBy::New);
    bed.check().await;
}
