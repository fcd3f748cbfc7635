//! Notices of delivery.

use conversation::db::sql;
use conversation::inbound::{Bounce, BouncedRecipient};
use conversation::lifecycle::{Action, act};
use conversation::notices::{self, NewNotice};
use conversation::reply::{Sending, reply_with};
use conversation::types::{Auto, BounceReason, Channel, ConversationStatus, DeliveryState, Language};
use conversation::{Error, access, bounces, deliveries};

use super::bed::{Bed, HOUR, NOON, both, mail};
use super::ingest::ticket_in;

both! {
    a_bounce_fails_its_delivery_and_reopens,
    a_delay_notice_changes_nothing,
    only_the_recipient_that_failed_is_marked,
    a_dead_address_is_not_tried_again_without_a_word,
    what_tells_of_news_and_comes_back_is_nobody_s_work_unless_it_carried_a_file,
}

async fn a_bounce_fails_its_delivery_and_reopens(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    for status in [
        ConversationStatus::Open,
        ConversationStatus::Snoozed,
        ConversationStatus::Resolved,
    ] {
        let from = format!("{status}@customer.test");
        let (id, _) = bed.place(&mail(&inbox, &from, &format!("1.{from}"), "Hello")).await;
        let ticket = conversation::tickets::open(&bed.store, &agent, ticket_in(&id))
            .await
            .expect("a ticket");
        let replied = bed.say(&agent, &id, "Answer").await;
        let action = match status {
            ConversationStatus::Open => None,
            ConversationStatus::Snoozed => Some(Action::Snooze { until: NOON + HOUR }),
            ConversationStatus::Resolved => Some(Action::Resolve),
        };
        if let Some(action) = action {
            act(&bed.store, &agent, &id, action).await.expect("allowed");
        }
        let delivery = bed.delivery(&replied.message).await;
        let mut bounce = mail(
            &inbox,
            "mailer-daemon@customer.test",
            &format!("b.{from}"),
            "Undeliverable",
        );
        bounce.auto = Auto::Bounce;
        bounce.bounce = Some(Bounce {
            recipient: Some(from.clone()),
            status: Some("5.1.1".to_owned()),
            diagnostic: Some("550 no such user".to_owned()),
            original_message_id: Some(delivery.external_id.clone()),
            reason: Some(BounceReason::NoMailbox),
            ..Bounce::default()
        });
        assert_eq!(bed.place(&bounce).await.0, id, "{status}");
        let delivery = bed.delivery(&replied.message).await;
        assert_eq!(delivery.state, DeliveryState::Failed);
        assert_eq!(delivery.error_code.as_deref(), Some("bounce.no_mailbox.5.1.1"));
        assert_eq!(delivery.error.as_deref(), Some("550 no such user"));
        let conversation = bed.conversation(&id).await;
        assert_eq!(conversation.status, ConversationStatus::Open, "{status}");
        assert_eq!(conversation.reply_address.as_deref(), Some(from.as_str()));
        let ticket = access::ticket(bed.store.db(), &agent, &ticket.id)
            .await
            .expect("the ticket");
        assert_eq!(
            ticket.status,
            conversation::types::TicketStatus::Open,
            "{status}: the ticket follows"
        );
    }
    bed.check().await;
}

async fn a_delay_notice_changes_nothing(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    let (id, _) = bed
        .place(&mail(&inbox, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let replied = bed.say(&agent, &id, "Answer").await;
    act(&bed.store, &agent, &id, Action::Resolve).await.expect("resolved");
    let mut delay = mail(&inbox, "mailer-daemon@customer.test", "d@customer.test", "Delayed");
    delay.auto = Auto::Bounce;
    delay.bounce = Some(Bounce {
        status: Some("4.4.1".to_owned()),
        is_delayed: true,
        original_message_id: Some(bed.delivery(&replied.message).await.external_id),
        ..Bounce::default()
    });
    assert_eq!(bed.place(&delay).await.0, id);
    assert_eq!(bed.delivery(&replied.message).await.state, DeliveryState::Queued);
    assert_eq!(bed.conversation(&id).await.status, ConversationStatus::Resolved);
    bed.check().await;
}

/// Four people got the mail under one Message-ID, one of them unseen by the others: what a report names
/// came back, and nothing else.
async fn only_the_recipient_that_failed_is_marked(bed: Bed) {
    struct Case {
        what: &'static str,
        /// Address, the one that was tried in its place, whether it is only late.
        named: &'static [(&'static str, Option<&'static str>, bool)],
        /// Whether the report says which mail it is.
        has_id: bool,
        failed: &'static [&'static str],
    }
    let cases = [
        Case {
            what: "one of them, in other letters",
            named: &[("BO@customer.test", None, false)],
            has_id: true,
            failed: &["bo@customer.test"],
        },
        Case {
            what: "two, and a third that is only late",
            named: &[
                ("ana@customer.test", None, true),
                ("bo@customer.test", None, false),
                ("archive@example.test", None, false),
            ],
            has_id: true,
            failed: &["archive@example.test", "bo@customer.test"],
        },
        Case {
            what: "forwarded: by the address that we wrote to",
            named: &[("bo@customer.test", Some("b.ortiz@elsewhere.test"), false)],
            has_id: true,
            failed: &["bo@customer.test"],
        },
        Case {
            what: "an original that we never wrote to, and the one that we did",
            named: &[("list@elsewhere.test", Some("Cy@customer.test"), false)],
            has_id: true,
            failed: &["Cy@customer.test"],
        },
        Case {
            what: "nobody of them",
            named: &[("someone@elsewhere.test", None, false)],
            has_id: true,
            failed: &[],
        },
        Case {
            what: "no address at all",
            named: &[("", None, false)],
            has_id: true,
            failed: &[],
        },
        Case {
            what: "the unseen one, without the mail's id",
            named: &[("archive@example.test", None, false)],
            has_id: false,
            failed: &["archive@example.test"],
        },
        Case {
            what: "one with capitals, without the mail's id",
            named: &[("Cy@customer.test", None, false)],
            has_id: false,
            failed: &["Cy@customer.test"],
        },
    ];
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    for (number, case) in cases.iter().enumerate() {
        let hello = mail(&inbox, "ana@customer.test", &format!("{number}@customer.test"), "Hello");
        let (id, _) = bed.place(&hello).await;
        // The word of the last round.
        for address in [
            "ana@customer.test",
            "bo@customer.test",
            "archive@example.test",
            "cy@customer.test",
        ] {
            let mut tx = bed.store.begin().await.expect("begin");
            sql("DELETE FROM bounced_addresses WHERE address = $1")
                .bind(address)
                .run(&mut tx)
                .await
                .expect("taken off");
            tx.commit_silently().await.expect("commit");
        }
        let sending = Sending {
            cc: vec!["bo@customer.test".to_owned(), "Cy@customer.test".to_owned()],
            bcc: vec!["archive@example.test".to_owned()],
            ..Sending::default()
        };
        let message = reply_with(&bed.store, &agent, bed.words(&id, "To all"), sending)
            .await
            .expect("a reply")
            .message;
        let all = deliveries::of_messages(bed.store.db(), std::slice::from_ref(&message))
            .await
            .expect("deliveries");
        assert_eq!(all.len(), 4);
        let mut notice = mail(
            &inbox,
            "mailer-daemon@customer.test",
            &format!("n{number}@customer.test"),
            "Undeliverable",
        );
        notice.auto = Auto::Bounce;
        notice.bounce = Some(Bounce {
            original_message_id: case.has_id.then(|| all[0].external_id.clone()),
            recipients: case
                .named
                .iter()
                .map(|(address, tried, is_delayed)| BouncedRecipient {
                    address: (*address).to_owned(),
                    tried: tried.map(str::to_owned),
                    status: Some(if *is_delayed { "4.4.1" } else { "5.1.1" }.to_owned()),
                    diagnostic: None,
                    reason: BounceReason::NoMailbox,
                    is_delayed: *is_delayed,
                })
                .collect(),
            ..Bounce::default()
        });
        bed.place(&notice).await;
        let mut failed: Vec<String> = deliveries::of_messages(bed.store.db(), &[message])
            .await
            .expect("deliveries")
            .into_iter()
            .filter(|one| one.state == DeliveryState::Failed)
            .map(|one| one.recipient)
            .collect();
        failed.sort_by_key(|address| address.to_lowercase());
        assert_eq!(failed, case.failed, "{}", case.what);
    }
    bed.check().await;
}

async fn a_dead_address_is_not_tried_again_without_a_word(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    let (id, _) = bed
        .place(&mail(&inbox, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let replied = bed.say(&agent, &id, "Answer").await;
    let delivery = bed.delivery(&replied.message).await;
    let notice = |n: &str, reason: BounceReason, original: Option<&str>| {
        let mut notice = mail(&inbox, "mailer-daemon@customer.test", n, "Undeliverable");
        notice.auto = Auto::Bounce;
        notice.bounce = Some(Bounce {
            recipient: Some("ana@customer.test".to_owned()),
            original_message_id: original.map(str::to_owned),
            reason: Some(reason),
            ..Bounce::default()
        });
        notice
    };
    let marked = async || {
        bounces::of_addresses(bed.store.db(), &["Ana@customer.test".to_owned()])
            .await
            .expect("addresses")
    };
    // A stranger's notice fails what it names at most; it marks nobody.
    bed.place(&notice("n0@evil.test", BounceReason::NoMailbox, None)).await;
    assert_eq!(bed.delivery(&replied.message).await.state, DeliveryState::Failed);
    assert!(marked().await.is_empty());
    // Full is not dead.
    let second = bed.say(&agent, &id, "Again").await;
    let full = bed.delivery(&second.message).await.external_id;
    bed.place(&notice("n1@customer.test", BounceReason::MailboxFull, Some(&full)))
        .await;
    assert!(marked().await.is_empty());
    let third = bed.say(&agent, &id, "Once more").await;
    let dead = bed.delivery(&third.message).await.external_id;
    bed.place(&notice("n2@customer.test", BounceReason::NoMailbox, Some(&dead)))
        .await;
    assert_eq!(marked().await[0].reason, BounceReason::NoMailbox);
    let refused = conversation::reply::reply(&bed.store, &agent, bed.words(&id, "Hello?")).await;
    assert!(
        matches!(&refused, Err(Error::Conflict(words)) if words.contains("ana@customer.test came back")),
        "{refused:?}"
    );
    // A note goes to nobody.
    let mut note = bed.words(&id, "Call her");
    note.kind = conversation::reply::ReplyKind::Note;
    conversation::reply::reply(&bed.store, &agent, note)
        .await
        .expect("a note");
    // The agent's word.
    bounces::forgive(&bed.store, &agent, &id, "ANA@customer.test")
        .await
        .expect("forgiven");
    bounces::forgive(&bed.store, &agent, &id, "ana@customer.test")
        .await
        .expect("twice is once");
    assert!(
        bounces::forgive(&bed.store, &agent, &id, "other@customer.test")
            .await
            .is_err()
    );
    let fourth = bed.say(&agent, &id, "Hello?").await;
    // It came back again, and then she wrote: the address is alive.
    let dead = bed.delivery(&fourth.message).await.external_id;
    bed.place(&notice("n3@customer.test", BounceReason::NoMailbox, Some(&dead)))
        .await;
    assert_eq!(marked().await.len(), 1);
    bed.place(&mail(&inbox, "ana@customer.test", "2@customer.test", "I am here"))
        .await;
    assert!(marked().await.is_empty());
    drop(delivery);
    bed.check().await;
}

/// A mail outside any conversation, and how it stands: its id, its Message-ID, its state and what went wrong.
async fn news(bed: &Bed, carries: Option<&str>) -> String {
    let new = NewNotice {
        recipient: "ana@customer.test".to_owned(),
        language: Language::En,
        subject: "Your link".to_owned(),
        text: "Here it is.".to_owned(),
        action_label: "Sign in".to_owned(),
        action_url: "https://desk.example/in/abc".to_owned(),
    };
    let id = notices::put(&bed.store, new).await.expect("queued").expect("a mailbox");
    let mut tx = bed.store.begin().await.expect("a transaction");
    sql("UPDATE notices SET file_sha256 = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(carries.map(str::to_owned))
        .run(&mut tx)
        .await
        .expect("dressed");
    tx.commit_silently().await.expect("kept");
    let leased = notices::lease(&bed.store, "test", 10).await.expect("leased");
    assert_eq!(leased.len(), 1);
    notices::settle(&bed.store, "test", &leased[0], Ok(()))
        .await
        .expect("sent");
    leased[0].message_id.clone()
}

async fn what_tells_of_news_and_comes_back_is_nobody_s_work_unless_it_carried_a_file(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    let (id, _) = bed
        .place(&mail(&inbox, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let replied = bed.say(&agent, &id, "Answer").await;
    let file = bed.store.put_blob(b"an invoice").await.expect("stored").sha256;
    for (carries, expected) in [
        (None, ConversationStatus::Resolved),
        (Some(file.as_str()), ConversationStatus::Open),
    ] {
        let original = news(&bed, carries).await;
        let mut report = mail(
            &inbox,
            "mailer-daemon@customer.test",
            &format!("n.{original}"),
            "Undeliverable",
        );
        report.auto = Auto::Bounce;
        report.bounce = Some(Bounce {
            recipient: Some("ana@customer.test".to_owned()),
            status: Some("5.1.1".to_owned()),
            diagnostic: Some("550 no such user".to_owned()),
            original_message_id: Some(original.clone()),
            reason: Some(BounceReason::NoMailbox),
            ..Bounce::default()
        });
        let (kept, _) = bed.place(&report).await;
        assert_ne!(kept, id);
        assert_eq!(bed.conversation(&kept).await.status, expected, "{carries:?}");
        let (state, error): (String, String) =
            sql("SELECT state, COALESCE(error, '') FROM notices WHERE message_id = $1")
                .bind(original.as_str())
                .one(bed.store.db())
                .await
                .expect("the notice");
        assert_eq!(
            (state.as_str(), error.as_str()),
            ("failed", "bounce.no_mailbox.5.1.1: 550 no such user")
        );
    }
    let marked = bounces::of_addresses(bed.store.db(), &["ana@customer.test".to_owned()])
        .await
        .expect("addresses");
    assert_eq!(
        marked[0].reason,
        BounceReason::NoMailbox,
        "agents are told before they write"
    );
    // The answer to her that left a moment before is another mail.
    assert_eq!(bed.delivery(&replied.message).await.state, DeliveryState::Queued);
    bed.check().await;
}
