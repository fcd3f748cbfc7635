//! Deliveries: who may send when, and what is known afterwards.

use std::collections::HashSet;

use conversation::db::sql;
use conversation::deliveries::{
    Delivery, LEASE, go_on, keep_progress, lease, load_mail_parts, load_outbound, next_due, progress, record_statuses,
    send_again, settle,
};
use conversation::outbound::{SendError, Sent, StatusUpdate};
use conversation::types::{Actor, Auto, Channel, ConversationId, DeliveryState, Millis};
use conversation::{Store, inboxes};
use futures::future::join_all;

use super::bed::{Bed, HOUR, NOON, SECOND, both, mail, refusal, webchat, whatsapp};

both! {
    a_delivery_goes_its_way,
    a_mail_carries_the_subject_that_the_customer_uses_now,
    temporary_trouble_backs_off_and_ends,
    what_waits_for_an_account_leaves_once_it_is_changed_or_well,
    a_mail_that_may_have_left_is_not_sent_for_ever,
    two_senders_never_get_the_same,
    a_conversation_keeps_its_order,
    a_late_sender_changes_nothing,
    statuses_in_any_order,
    a_failed_delivery_is_sent_again,
    a_late_failure_of_an_earlier_try_fails_nothing,
    being_put_off_does_not_count,
    parts_of_a_message_are_remembered,
    an_answer_quotes_what_it_answers_and_a_notice_does_not,
}

fn sent(provider_id: &str) -> Result<Sent, SendError> {
    Ok(Sent {
        provider_id: Some(provider_id.to_owned()),
        is_delivered: false,
    })
}

fn temporary(retry_after: Option<Millis>) -> Result<Sent, SendError> {
    Err(SendError::Temporary {
        code: "smtp.451".to_owned(),
        reason: "come back later".to_owned(),
        retry_after,
    })
}

fn permanent() -> Result<Sent, SendError> {
    Err(SendError::Permanent {
        code: "smtp.550".to_owned(),
        reason: "no such user".to_owned(),
    })
}

pub(super) fn unknown() -> Result<Sent, SendError> {
    Err(SendError::Unknown {
        code: "timeout".to_owned(),
        reason: "no answer".to_owned(),
    })
}

/// One conversation on this channel with as many replies of ana's as asked for.
pub(super) async fn replies(bed: &Bed, channel: Channel, count: usize) -> (ConversationId, Vec<Delivery>) {
    let inbox = bed.inbox(channel, false).await;
    let ana = Actor::Agent("ana".into());
    let n = bed.store.env().ulid();
    let hello = match channel {
        Channel::Email => mail(
            &inbox,
            &format!("{n}@customer.test"),
            &format!("1.{n}@customer.test"),
            "Hello",
        ),
        Channel::Webchat => webchat(&inbox, &n, &n, "Hello"),
        _ => whatsapp(&inbox, &n, &n, "Oi"),
    };
    let (id, _) = bed.place(&hello).await;
    let mut deliveries = Vec::new();
    for n in 0..count {
        let replied = bed.say(&ana, &id, &format!("Answer {n}")).await;
        deliveries.push(bed.delivery(&replied.message).await);
    }
    (id, deliveries)
}

pub(super) async fn take(store: &Store, owner: &str) -> Vec<Delivery> {
    lease(store, owner, 100).await.expect("a lease")
}

pub(super) async fn now(bed: &Bed, delivery: &Delivery) -> Delivery {
    bed.delivery(&delivery.message_id).await
}

async fn a_delivery_goes_its_way(bed: Bed) {
    bed.agent("ana").await;
    let (id, queued) = replies(&bed, Channel::Email, 1).await;
    let leased = take(&bed.store, "a").await;
    assert_eq!(leased.len(), 1);
    assert_eq!((leased[0].id.clone(), leased[0].attempts), (queued[0].id.clone(), 1));
    let out = load_outbound(&bed.store, &leased[0]).await.expect("loaded");
    assert_eq!((out.text.as_str(), out.author_name.as_str()), ("Answer 0", "Agent ana"));
    assert_eq!(out.subject.as_deref(), Some("Toner"));
    assert!(
        out.in_reply_to.as_ref().is_some_and(|id| id.starts_with("1.")),
        "{out:?}"
    );
    assert_eq!(out.references, out.in_reply_to.clone().into_iter().collect::<Vec<_>>());
    assert_eq!(bed.store.keys().check_reply_token(&out.reply_token), Some(id));
    assert!(!out.is_automatic);
    settle(&bed.store, "a", &leased[0], sent("250 ok"))
        .await
        .expect("settled");
    let done = now(&bed, &queued[0]).await;
    assert_eq!(
        (done.state, done.sent_at, done.next_attempt_at),
        (DeliveryState::Sent, Some(NOON), None)
    );
    assert!(take(&bed.store, "a").await.is_empty());
    assert_eq!(next_due(bed.store.db()).await.expect("a look"), None);

    let (_, refused) = replies(&bed, Channel::Email, 1).await;
    let leased = take(&bed.store, "a").await;
    settle(&bed.store, "a", &leased[0], permanent()).await.expect("settled");
    let done = now(&bed, &refused[0]).await;
    assert_eq!((done.state, done.failed_at), (DeliveryState::Failed, Some(NOON)));
    assert_eq!(done.error_code.as_deref(), Some("smtp.550"));
    bed.check().await;
}

async fn temporary_trouble_backs_off_and_ends(bed: Bed) {
    bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Email, 1).await;
    let mut last = 0;
    for attempt in 1..=30 {
        let leased = take(&bed.store, "a").await;
        assert_eq!(leased.len(), 1, "attempt {attempt}");
        settle(&bed.store, "a", &leased[0], temporary(None))
            .await
            .expect("settled");
        let waiting = now(&bed, &queued[0]).await;
        assert_eq!(waiting.error_code.as_deref(), Some("smtp.451"));
        if attempt == 30 {
            assert_eq!(waiting.state, DeliveryState::Failed);
            break;
        }
        let due = waiting.next_attempt_at.expect("another try");
        assert_eq!(next_due(bed.store.db()).await.expect("a look"), Some(due));
        let pause = due - bed.store.now();
        assert!(
            pause >= last.min(2_560_000) && pause <= 3_072_000,
            "attempt {attempt}: {pause}"
        );
        assert!(attempt > 1 || (5_000..=6_000).contains(&pause), "{pause}");
        last = pause * 5 / 6;
        bed.clock.advance(pause - 1);
        assert!(take(&bed.store, "a").await.is_empty(), "not before it is due");
        bed.clock.advance(1);
    }
    assert_eq!(next_due(bed.store.db()).await.expect("a look"), None);
    // The provider's own wish counts.
    let (_, queued) = replies(&bed, Channel::Whatsapp, 1).await;
    let leased = take(&bed.store, "a").await;
    settle(&bed.store, "a", &leased[0], temporary(Some(90_001)))
        .await
        .expect("settled");
    assert_eq!(
        now(&bed, &queued[0]).await.next_attempt_at,
        Some(bed.store.now() + 90_001)
    );
    bed.check().await;
}

async fn a_mail_that_may_have_left_is_not_sent_for_ever(bed: Bed) {
    bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Email, 1).await;
    for attempt in 1..=30 {
        let leased = take(&bed.store, "a").await;
        assert_eq!(leased.len(), 1, "attempt {attempt}");
        settle(&bed.store, "a", &leased[0], unknown()).await.expect("settled");
        bed.clock.advance(3_600_000 * 5 / 4);
    }
    let given_up = now(&bed, &queued[0]).await;
    assert_eq!(given_up.state, DeliveryState::Failed);
    assert_eq!(given_up.error_code.as_deref(), Some("timeout"));
    let words = given_up.error.expect("words");
    assert!(
        words.contains("no answer") && words.contains("may have arrived"),
        "{words}"
    );
    assert!(take(&bed.store, "a").await.is_empty());
    bed.check().await;
}

async fn two_senders_never_get_the_same(bed: Bed) {
    bed.agent("ana").await;
    for _ in 0..12 {
        replies(&bed, Channel::Whatsapp, 1).await;
    }
    let second = bed.second().await;
    let tasks = (0..8).map(|n| {
        let store = if n % 2 == 0 { bed.store.clone() } else { second.clone() };
        tokio::spawn(async move { lease(&store, &format!("sender-{n}"), 3).await.expect("a lease") })
    });
    let leased: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("no panic"))
        .collect();
    assert!(leased.iter().all(|part| part.len() <= 3), "no more than asked for");
    let ids: Vec<_> = leased.iter().flatten().map(|delivery| delivery.id.clone()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    let rest = take(&bed.store, "last").await;
    assert_eq!(ids.len() + rest.len(), 12);
    bed.check().await;
}

async fn a_conversation_keeps_its_order(bed: Bed) {
    bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Whatsapp, 3).await;
    let leased = take(&bed.store, "a").await;
    assert_eq!(leased.iter().map(|one| &one.id).collect::<Vec<_>>(), [&queued[0].id]);
    assert!(take(&bed.store, "b").await.is_empty(), "the first is on its way");
    settle(&bed.store, "a", &leased[0], temporary(None))
        .await
        .expect("settled");
    assert!(
        take(&bed.store, "b").await.is_empty(),
        "the first comes first, however late"
    );
    let due = next_due(bed.store.db())
        .await
        .expect("a look")
        .expect("something waits");
    assert!(due > bed.store.now(), "what waits behind another is not due: {due}");
    bed.clock.advance(due - bed.store.now());
    for expected in &queued {
        let leased = take(&bed.store, "b").await;
        assert_eq!(leased.iter().map(|one| &one.id).collect::<Vec<_>>(), [&expected.id]);
        settle(&bed.store, "b", &leased[0], sent(expected.id.as_str()))
            .await
            .expect("settled");
    }
    bed.check().await;
}

pub(super) fn report(delivery: &Delivery, provider_id: &str, state: DeliveryState, at: Millis) -> StatusUpdate {
    StatusUpdate {
        inbox: delivery.inbox_id.clone(),
        provider_id: provider_id.to_owned(),
        delivery: Some(delivery.id.clone()),
        state,
        at,
        error: (state == DeliveryState::Failed).then(|| ("131026".to_owned(), "undeliverable".to_owned())),
        extra: None,
    }
}

async fn a_late_sender_changes_nothing(bed: Bed) {
    bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Email, 1).await;
    let late = take(&bed.store, "late").await.remove(0);
    bed.clock.advance(LEASE + 1);
    let current = take(&bed.store, "current").await.remove(0);
    for outcome in [temporary(None), permanent(), unknown()] {
        let head = bed.store.head().await.expect("head");
        settle(&bed.store, "late", &late, outcome.clone())
            .await
            .expect("settled");
        assert_eq!(now(&bed, &queued[0]).await.state, DeliveryState::Queued, "{outcome:?}");
        assert!(
            take(&bed.store, "third").await.is_empty(),
            "it is still the other's: {outcome:?}"
        );
        assert_eq!(
            bed.store.head().await.expect("head"),
            head,
            "nothing happened, so nothing is told"
        );
    }
    settle(&bed.store, "current", &current, sent("1"))
        .await
        .expect("settled");
    settle(&bed.store, "late", &late, permanent()).await.expect("settled");
    assert_eq!(now(&bed, &queued[0]).await.state, DeliveryState::Sent);

    // On WhatsApp the status web hook may be quicker than the answer to the request.
    let (_, queued) = replies(&bed, Channel::Whatsapp, 1).await;
    let leased = take(&bed.store, "a").await.remove(0);
    let word = report(&leased, "wamid.x", DeliveryState::Read, bed.store.now());
    record_statuses(&bed.store, &[word]).await.expect("recorded");
    settle(&bed.store, "a", &leased, sent("wamid.x"))
        .await
        .expect("settled");
    let done = now(&bed, &queued[0]).await;
    assert_eq!(
        (done.state, done.provider_id.as_deref()),
        (DeliveryState::Read, Some("wamid.x"))
    );
    bed.check().await;
}

async fn statuses_in_any_order(bed: Bed) {
    use DeliveryState::{Delivered, Failed, Read, Sent};
    bed.agent("ana").await;
    let cases: &[(&[DeliveryState], DeliveryState)] = &[
        (&[Sent, Delivered, Read], Read),
        (&[Read, Delivered, Sent], Read),
        (&[Delivered, Sent, Delivered, Read, Read], Read),
        (&[Delivered], Delivered),
        (&[Failed, Delivered], Failed),
        (&[Sent, Failed, Failed, Sent], Failed),
        (&[Delivered, Failed], Delivered),
        (&[Read, Failed], Read),
    ];
    for (n, (reports, expected)) in cases.iter().enumerate() {
        let (_, queued) = replies(&bed, Channel::Whatsapp, 1).await;
        let leased = take(&bed.store, "a").await.remove(0);
        let id = format!("wamid.{n}");
        settle(&bed.store, "a", &leased, sent(&id)).await.expect("settled");
        for (place, state) in reports.iter().enumerate() {
            let mut word = report(&leased, &id, *state, NOON + i64::try_from(place).expect("small"));
            // Some providers echo our id, some only their own.
            word.delivery = word.delivery.filter(|_| place % 2 == 0);
            record_statuses(&bed.store, std::slice::from_ref(&word))
                .await
                .expect("recorded");
            let head = bed.store.head().await.expect("head");
            assert_eq!(
                record_statuses(&bed.store, &[word]).await.expect("recorded"),
                0,
                "said twice"
            );
            assert_eq!(bed.store.head().await.expect("head"), head);
        }
        let done = now(&bed, &queued[0]).await;
        assert_eq!(done.state, *expected, "{reports:?}");
        assert_eq!(
            done.read_at.is_some(),
            reports.contains(&Read) && !matches!(expected, Failed),
            "{reports:?}"
        );
        assert_eq!(done.failed_at.is_some(), *expected == Failed, "{reports:?}");
        assert_eq!(
            done.error_code.as_deref(),
            (*expected == Failed).then_some("131026"),
            "{reports:?}"
        );
    }
    let (_, queued) = replies(&bed, Channel::Whatsapp, 1).await;
    let mut foreign = report(&queued[0], "wamid.unknown", Read, NOON);
    foreign.delivery = Some("nobody".into());
    assert_eq!(record_statuses(&bed.store, &[foreign]).await.expect("recorded"), 0);
    let mut other_inbox = report(&queued[0], "wamid.unknown", Read, NOON);
    other_inbox.inbox = "elsewhere".into();
    assert_eq!(
        record_statuses(&bed.store, &[other_inbox]).await.expect("recorded"),
        0,
        "an inbox speaks only for its own"
    );
    bed.check().await;
}

async fn a_failed_delivery_is_sent_again(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Whatsapp, 1).await;
    assert_eq!(
        refusal(send_again(&bed.store, &ana, &queued[0].id).await),
        "only a failed message can be sent again"
    );
    let leased = take(&bed.store, "a").await.remove(0);
    settle(&bed.store, "a", &leased, permanent()).await.expect("settled");
    send_again(&bed.store, &ana, &queued[0].id).await.expect("queued");
    let again = now(&bed, &queued[0]).await;
    assert_eq!(
        (again.state, again.attempts, again.failed_at),
        (DeliveryState::Queued, 0, None)
    );
    assert_eq!((again.error_code, again.error), (None, None), "its old trouble is over");
    assert_eq!(take(&bed.store, "a").await.len(), 1);
    assert_eq!(refusal(send_again(&bed.store, &ana, &"none".into()).await), "not found");
    bed.check().await;
}

async fn parts_of_a_message_are_remembered(bed: Bed) {
    bed.agent("ana").await;
    let (_, queued) = replies(&bed, Channel::Whatsapp, 1).await;
    let leased = take(&bed.store, "a").await.remove(0);
    assert_eq!(progress(bed.store.db(), &leased.id).await.expect("a look"), None);
    keep_progress(&bed.store, &leased.id, "{\"left\":2}")
        .await
        .expect("kept");
    settle(&bed.store, "a", &leased, unknown()).await.expect("settled");
    assert!(take(&bed.store, "b").await.is_empty());
    go_on(&bed.store, &leased.id).await.expect("goes on");
    assert_eq!(take(&bed.store, "b").await.len(), 1);
    assert_eq!(
        progress(bed.store.db(), &queued[0].id)
            .await
            .expect("a look")
            .as_deref(),
        Some("{\"left\":2}")
    );
    let (unsettled,): (i64,) = sql("SELECT COUNT(*) FROM deliveries WHERE state = 'unknown'")
        .one(bed.store.db())
        .await
        .expect("count");
    assert_eq!(unsettled, 0);
    bed.check().await;
}

fn failed(of: &Delivery, provider_id: &str, is_named: bool) -> StatusUpdate {
    StatusUpdate {
        inbox: of.inbox_id.clone(),
        provider_id: provider_id.to_owned(),
        delivery: is_named.then(|| of.id.clone()),
        state: DeliveryState::Failed,
        at: NOON,
        error: Some(("131026".to_owned(), "undeliverable".to_owned())),
        extra: None,
    }
}

async fn a_late_failure_of_an_earlier_try_fails_nothing(bed: Bed) {
    let ana = bed.agent("ana").await;
    replies(&bed, Channel::Whatsapp, 1).await;
    let first = take(&bed.store, "a").await.remove(0);
    settle(&bed.store, "a", &first, sent("wamid.1")).await.expect("settled");
    let now = async || {
        conversation::deliveries::of_messages(bed.store.db(), std::slice::from_ref(&first.message_id))
            .await
            .expect("deliveries")
            .remove(0)
    };
    let word = async |provider_id: &str| {
        record_statuses(&bed.store, &[failed(&first, provider_id, true)])
            .await
            .expect("recorded")
    };
    assert_eq!(word("wamid.1").await, 1, "the try that it is about");
    send_again(&bed.store, &ana, &first.id).await.expect("queued");
    assert_eq!(word("wamid.1").await, 0, "before the second try");
    let second = take(&bed.store, "a").await.remove(0);
    assert_eq!(word("wamid.1").await, 0, "during the second try");
    settle(&bed.store, "a", &second, sent("wamid.2"))
        .await
        .expect("settled");
    assert_eq!(word("wamid.1").await, 0, "after the second try");
    assert_eq!(now().await.state, DeliveryState::Sent);
    assert_eq!(word("wamid.2").await, 1, "the second try");
    assert_eq!(now().await.state, DeliveryState::Failed);
    // And once more: both earlier tries are remembered.
    send_again(&bed.store, &ana, &first.id).await.expect("queued");
    let third = take(&bed.store, "a").await.remove(0);
    assert_eq!((word("wamid.1").await, word("wamid.2").await), (0, 0));
    assert_eq!(
        record_statuses(&bed.store, &[failed(&third, "wamid.3", true)])
            .await
            .expect("recorded"),
        1,
        "word of the third try may come before its answer"
    );
    bed.check().await;
}

async fn being_put_off_does_not_count(bed: Bed) {
    bed.agent("ana").await;
    replies(&bed, Channel::Email, 1).await;
    for _ in 0..40 {
        let leased = take(&bed.store, "a").await.remove(0);
        assert_eq!(leased.attempts, 1);
        settle(&bed.store, "a", &leased, temporary(Some(SECOND)))
            .await
            .expect("settled");
        bed.clock.advance(2 * SECOND);
    }
    let leased = take(&bed.store, "a").await.remove(0);
    settle(&bed.store, "a", &leased, temporary(None))
        .await
        .expect("settled");
    bed.clock.advance(HOUR);
    let leased = take(&bed.store, "a").await.remove(0);
    assert_eq!((leased.state, leased.attempts), (DeliveryState::Queued, 2));
    bed.check().await;
}

async fn an_answer_quotes_what_it_answers_and_a_notice_does_not(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let asked = mail(&inbox, "rui@customer.test", "1@customer.test", "What does it cost?");
    let (id, _) = bed.place(&asked).await;
    let ana = bed.agent("ana").await;
    for (actor, wants, expected) in [
        (&ana, true, Some("What does it cost?")),
        (&ana, false, None),
        (&Actor::System, true, None),
    ] {
        let said = bed.say(actor, &id, "How was our help?").await;
        let delivery = bed.delivery(&said.message).await;
        let parts = load_mail_parts(&bed.store, &delivery, wants).await.expect("parts");
        let quoted = parts.quoted.map(|quoted| quoted.text);
        assert_eq!(quoted.as_deref(), expected, "{actor:?}");
    }
    bed.check().await;
}

async fn a_mail_carries_the_subject_that_the_customer_uses_now(bed: Bed) {
    bed.agent("ana").await;
    let (id, _) = replies(&bed, Channel::Email, 1).await;
    let leased = take(&bed.store, "a").await;
    // What a machine answers in between says nothing of the matter; what the customer wrote last does.
    for (n, subject, auto, expected) in [
        ("2", "RE: The paper, too", Auto::None, "RE: The paper, too"),
        ("3", "Out of office", Auto::AutoReply, "RE: The paper, too"),
        ("4", "", Auto::None, "Toner"),
    ] {
        let mut again = mail(&bed.conversation(&id).await.inbox_id, "a@customer.test", n, "More");
        again.subject = Some(subject.to_owned());
        again.auto = auto;
        again.from.identities[0].value.clone_from(&leased[0].recipient);
        again.thread.in_reply_to = vec![leased[0].external_id.clone()];
        bed.clock.advance(SECOND);
        assert_eq!(bed.place(&again).await.0, id);
        let out = load_outbound(&bed.store, &leased[0]).await.expect("loaded");
        assert_eq!(out.subject.as_deref(), Some(expected), "{subject}");
    }
    bed.check().await;
}

async fn what_waits_for_an_account_leaves_once_it_is_changed_or_well(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let other = bed.inbox(Channel::Email, false).await;
    for (inbox, id) in [(&inbox, "one"), (&other, "two")] {
        let (conversation, _) = bed
            .place(&mail(inbox, &format!("{id}@customer.test"), id, "Hello"))
            .await;
        bed.say(&ana, &conversation, "An answer").await;
    }
    let refused = |code: &str| {
        Err(SendError::Temporary {
            code: code.to_owned(),
            reason: "the password is wrong".to_owned(),
            retry_after: None,
        })
    };
    let due = async || lease(&bed.store, "test", 10).await.expect("leased");
    let edit = inboxes::InboxEdit::default();
    for round in 0..3 {
        let leased = due().await;
        assert_eq!(leased.len(), if round == 0 { 2 } else { 1 }, "round {round}");
        for delivery in &leased {
            settle(&bed.store, "test", delivery, refused("smtp.auth"))
                .await
                .expect("settled");
        }
        assert!(due().await.is_empty(), "it waits for its next try");
        match round {
            0 => inboxes::edit(&bed.store, &ana, &inbox, &edit).await.expect("changed"),
            1 => {
                inboxes::set_health(
                    &bed.store,
                    &inbox,
                    Some(inboxes::Trouble {
                        code: "smtp.auth",
                        words: "refused",
                    }),
                )
                .await
                .expect("noted");
                assert!(due().await.is_empty(), "trouble wakes nothing");
                inboxes::set_health(&bed.store, &inbox, None).await.expect("noted");
            }
            _ => inboxes::configure(&bed.store, &ana, &inbox, &serde_json::json!({}), false, true)
                .await
                .expect("changed"),
        }
    }
    let leased = due().await;
    assert_eq!(leased.len(), 1, "what another account has waits on");
    assert_eq!(leased[0].inbox_id, inbox);
}
