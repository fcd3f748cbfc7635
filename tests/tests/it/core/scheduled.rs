//! Messages that leave later, messages that are taken back, and mails to several people.

use conversation::access;
use conversation::attachments;
use conversation::db::sql;
use conversation::deliveries::{self, Delivery, lease, next_due, settle};
use conversation::events::{Event, EventKind};
use conversation::lifecycle::{Action, act};
use conversation::outbound::{SendError, Sent};
use conversation::reply::{MOST_RECIPIENTS, ReplyKind, SEND_WITHIN, Sending, UNDO_WITHIN, reply_with};
use conversation::scheduled::{cancel, release_due, reschedule};
use conversation::store::events_after;
use conversation::surveys;
use conversation::types::{
    Actor, AttachmentId, Channel, ContactId, ConversationId, DeliveryState, Level, MessageId, MessageKind,
    RecipientRole,
};
use conversation::views;
use futures::future::join;

use super::bed::{Bed, HOUR, NOON, SECOND, both, mail, refusal, webchat, whatsapp};

both! {
    what_is_held_back_leaves_when_its_time_comes,
    the_customer_sees_it_when_it_leaves,
    what_is_taken_back_was_never_there,
    what_left_cannot_be_taken_back,
    what_the_server_refused_for_now_can_be_taken_back,
    a_sender_and_a_second_thought_race,
    another_time,
    later_ones_do_not_wait_for_a_held_one,
    files_come_back,
    two_processes_release_once,
    each_recipient_has_a_delivery,
    recipients_that_cannot_be,
    times_that_cannot_be,
    nobody_is_asked_how_it_was_before_the_answer_left,
}

async fn hello(bed: &Bed, channel: Channel) -> ConversationId {
    let inbox = bed.inbox(channel, true).await;
    let hello = match channel {
        Channel::Email => mail(&inbox, "eva@customer.test", "1@customer.test", "Hello"),
        Channel::Webchat => webchat(&inbox, "visitor", "1", "Hello"),
        _ => whatsapp(&inbox, "5511999990000", "wamid.1", "Oi"),
    };
    bed.place(&hello).await.0
}

async fn held(bed: &Bed, actor: &Actor, id: &ConversationId, text: &str) -> MessageId {
    let replied = reply_with(
        &bed.store,
        actor,
        bed.words(id, text),
        Sending::with_undo(bed.store.now()),
    )
    .await
    .expect("a reply");
    replied.message
}

async fn kind(bed: &Bed, id: &MessageId) -> MessageKind {
    access::message(bed.store.db(), &Actor::System, id)
        .await
        .expect("the message")
        .kind
}

async fn told(bed: &Bed) -> Vec<EventKind> {
    let events: Vec<Event> = events_after(bed.store.db(), 0, 1000).await.expect("events");
    events.into_iter().map(|event| event.kind).collect()
}

async fn shown(bed: &Bed, id: &ConversationId) -> Vec<String> {
    let messages = views::customer_timeline(bed.store.db(), id, 100)
        .await
        .expect("a timeline");
    messages.into_iter().map(|message| message.text).collect()
}

async fn take(bed: &Bed) -> Vec<Delivery> {
    lease(&bed.store, "a", 100).await.expect("a lease")
}

async fn of(bed: &Bed, id: &MessageId) -> Vec<Delivery> {
    deliveries::of_messages(bed.store.db(), std::slice::from_ref(id))
        .await
        .expect("deliveries")
}

async fn what_is_held_back_leaves_when_its_time_comes(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let waiting = bed.conversation(&id).await.waiting_since;
    let message = held(&bed, &ana, &id, "See you").await;
    let delivery = bed.delivery(&message).await;
    assert_eq!(delivery.state, DeliveryState::Scheduled);
    assert_eq!(delivery.send_after, Some(NOON + UNDO_WITHIN));
    assert_eq!(delivery.next_attempt_at, None);
    assert_eq!(next_due(bed.store.db()).await.expect("due"), Some(NOON + UNDO_WITHIN));
    let conversation = bed.conversation(&id).await;
    // Whoever writes has it at once: the bot must not answer in between. The customer still waits.
    assert_eq!(conversation.level, Level::N1);
    assert_eq!(conversation.assignee_id.as_ref().map(|id| id.as_str()), Some("ana"));
    assert_eq!(conversation.waiting_since, waiting);
    assert_eq!(conversation.preview, "Hello");
    bed.clock.advance(UNDO_WITHIN - 1);
    assert_eq!(release_due(&bed.store).await.expect("none"), 0);
    assert_eq!(take(&bed).await, []);
    bed.clock.advance(1);
    assert_eq!(release_due(&bed.store).await.expect("one"), 1);
    assert_eq!(release_due(&bed.store).await.expect("none"), 0);
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (conversation.waiting_since, conversation.preview.as_str()),
        (None, "See you")
    );
    let leased = take(&bed).await;
    assert_eq!(leased.len(), 1);
    assert_eq!(leased[0].id, delivery.id);
    let found = access::message(bed.store.db(), &ana, &message)
        .await
        .expect("the message");
    assert_eq!((found.kind, found.at), (MessageKind::Outbound, NOON + UNDO_WITHIN));
    let created = told(&bed).await;
    assert_eq!(
        created
            .iter()
            .filter(|kind| **kind == EventKind::MessageCreated)
            .count(),
        2,
        "one for the mail, one for the answer when it left: {created:?}"
    );
    bed.check().await;
}

async fn the_customer_sees_it_when_it_leaves(bed: Bed) {
    let ana = bed.agent("ana").await;
    for channel in [Channel::Webchat, Channel::Whatsapp] {
        let id = hello(&bed, channel).await;
        let contact = Actor::Contact(bed.conversation(&id).await.contact_id);
        let message = held(&bed, &ana, &id, "Here").await;
        assert_eq!(shown(&bed, &id).await.len(), 1);
        assert_eq!(
            refusal(access::message(bed.store.db(), &contact, &message).await),
            "not found"
        );
        bed.clock.advance(UNDO_WITHIN);
        release_due(&bed.store).await.expect("released");
        assert_eq!(shown(&bed, &id).await.len(), 2);
        access::message(bed.store.db(), &contact, &message)
            .await
            .expect("the customer sees it");
        let expected = if channel == Channel::Webchat {
            DeliveryState::Sent
        } else {
            DeliveryState::Queued
        };
        assert_eq!(bed.delivery(&message).await.state, expected, "{channel}");
    }
    bed.check().await;
}

async fn what_is_taken_back_was_never_there(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let before = bed.conversation(&id).await;
    let message = held(&bed, &ana, &id, "Wrong words").await;
    let mid = bed.delivery(&message).await.external_id;
    let taken = cancel(&bed.store, &ana, &message).await.expect("taken back");
    assert_eq!(
        (taken.conversation.clone(), taken.text.as_str()),
        (id.clone(), "Wrong words")
    );
    assert_eq!(
        refusal(access::message(bed.store.db(), &ana, &message).await),
        "not found"
    );
    assert_eq!(refusal(cancel(&bed.store, &ana, &message).await), "not found");
    assert_eq!(of(&bed, &message).await, []);
    let after = bed.conversation(&id).await;
    assert_eq!(after.message_count, before.message_count);
    assert_eq!(after.waiting_since, before.waiting_since);
    let (known,): (i64,) = sql("SELECT COUNT(*) FROM thread_ids WHERE mid = $1")
        .bind(mid)
        .one(bed.store.db())
        .await
        .expect("thread ids");
    assert_eq!(known, 0);
    bed.clock.advance(HOUR);
    assert_eq!(release_due(&bed.store).await.expect("none"), 0);
    assert_eq!(take(&bed).await, []);
    assert_eq!(told(&bed).await.last(), Some(&EventKind::MessageCancelled));
    // One that was not held back, and that no sender took yet, is as well.
    let replied = bed.say(&ana, &id, "Queued").await;
    assert_eq!(bed.conversation(&id).await.waiting_since, None);
    cancel(&bed.store, &ana, &replied.message).await.expect("taken back");
    let after = bed.conversation(&id).await;
    assert_eq!(
        (after.waiting_since, after.preview.as_str()),
        (before.waiting_since, "Hello")
    );
    assert_eq!(shown(&bed, &id).await, ["Hello"]);
    let (kept,): (i64,) = sql("SELECT COUNT(*) FROM audit WHERE action = 'message.cancelled'")
        .one(bed.store.db())
        .await
        .expect("audit");
    assert_eq!(kept, 2);
    bed.check().await;
}

async fn what_left_cannot_be_taken_back(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let message = bed.say(&ana, &id, "Gone").await.message;
    let leased = take(&bed).await;
    let words = refusal(cancel(&bed.store, &ana, &message).await);
    assert!(words.contains("on its way"), "{words}");
    let sent = Ok(Sent {
        provider_id: None,
        is_delivered: false,
    });
    settle(&bed.store, "a", &leased[0], sent).await.expect("settled");
    assert!(refusal(cancel(&bed.store, &ana, &message).await).contains("on its way"));
    assert_eq!(kind(&bed, &message).await, MessageKind::Outbound);
    // What the widget showed is read already.
    let chat = hello(&bed, Channel::Webchat).await;
    let shown = bed.say(&ana, &chat, "Shown").await.message;
    assert!(refusal(cancel(&bed.store, &ana, &shown).await).contains("on its way"));
    // Notes are not sent; messages of the customer's are theirs.
    let mut note = bed.words(&id, "Psst");
    note.kind = ReplyKind::Note;
    let note = conversation::reply::reply(&bed.store, &ana, note)
        .await
        .expect("a note");
    assert!(refusal(cancel(&bed.store, &ana, &note.message).await).contains("only a message"));
    let all = views::timeline(bed.store.db(), &id, None, 10)
        .await
        .expect("a timeline");
    assert!(refusal(cancel(&bed.store, &ana, &all[0].id).await).contains("only a message"));
    bed.check().await;
}

async fn what_the_server_refused_for_now_can_be_taken_back(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let refused = |code: &str| {
        Err(SendError::Temporary {
            code: code.to_owned(),
            reason: "later".to_owned(),
            retry_after: None,
        })
    };
    for (outcome, may) in [
        (refused("smtp.451"), true),
        (
            Err(SendError::Unknown {
                code: "smtp.unanswered".to_owned(),
                reason: "the connection was lost".to_owned(),
            }),
            false,
        ),
    ] {
        let message = bed.say(&ana, &id, "Perhaps").await.message;
        let leased = take(&bed).await;
        settle(&bed.store, "a", &leased[0], outcome).await.expect("settled");
        assert_eq!(cancel(&bed.store, &ana, &message).await.is_ok(), may);
    }
    bed.check().await;
}

async fn a_sender_and_a_second_thought_race(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let (mut sent, mut cancelled) = (0, 0);
    for n in 0..30 {
        let message = bed.say(&ana, &id, &format!("Answer {n}")).await.message;
        let (leased, taken) = join(lease(&bed.store, "a", 10), cancel(&bed.store, &ana, &message)).await;
        let leased = leased.expect("a lease");
        assert_eq!(leased.is_empty(), taken.is_ok(), "either it leaves or it is taken back");
        match leased.first() {
            Some(delivery) => {
                let done = Ok(Sent {
                    provider_id: None,
                    is_delivered: false,
                });
                settle(&bed.store, "a", delivery, done).await.expect("settled");
                sent += 1;
            }
            None => cancelled += 1,
        }
    }
    assert_eq!(sent + cancelled, 30);
    bed.check().await;
}

async fn another_time(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let message = held(&bed, &ana, &id, "Later").await;
    reschedule(&bed.store, &ana, &message, NOON + HOUR)
        .await
        .expect("later");
    bed.clock.advance(UNDO_WITHIN);
    assert_eq!(release_due(&bed.store).await.expect("none"), 0);
    let words = refusal(reschedule(&bed.store, &ana, &message, NOON + 2 * SEND_WITHIN).await);
    assert!(words.contains("a year"), "{words}");
    reschedule(&bed.store, &ana, &message, 0).await.expect("now");
    assert_eq!(kind(&bed, &message).await, MessageKind::Outbound);
    assert_eq!(take(&bed).await.len(), 1);
    let words = refusal(reschedule(&bed.store, &ana, &message, NOON + HOUR).await);
    assert!(words.contains("left already"), "{words}");
    bed.check().await;
}

async fn later_ones_do_not_wait_for_a_held_one(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let tomorrow = Sending {
        send_at: Some(NOON + 24 * HOUR),
        ..Sending::default()
    };
    reply_with(&bed.store, &ana, bed.words(&id, "Tomorrow"), tomorrow)
        .await
        .expect("scheduled");
    let now = bed.say(&ana, &id, "Now").await;
    let leased = take(&bed).await;
    assert_eq!(
        leased.iter().map(|one| &one.message_id).collect::<Vec<_>>(),
        [&now.message]
    );
    // Held back for the same while, they leave in the order they were written.
    let first = held(&bed, &ana, &id, "One").await;
    bed.clock.advance(SECOND);
    let second = held(&bed, &ana, &id, "Two").await;
    bed.clock.advance(HOUR);
    release_due(&bed.store).await.expect("released");
    let (a, b) = (bed.delivery(&first).await, bed.delivery(&second).await);
    assert!(a.id < b.id && a.next_attempt_at <= b.next_attempt_at);
    bed.check().await;
}

async fn files_come_back(bed: Bed) {
    let ana = bed.agent("ana").await;
    let bob = bed.agent("bob").await;
    let id = hello(&bed, Channel::Email).await;
    let blob = bed.store.put_blob(b"price list").await.expect("stored");
    let file = attachments::upload(&bed.store, &ana, "prices.txt", "text/plain", &blob)
        .await
        .expect("uploaded");
    let with_file = |id: &ConversationId, files: Vec<AttachmentId>| {
        let mut words = bed.words(id, "Attached");
        words.attachments = files;
        words
    };
    let message = reply_with(
        &bed.store,
        &ana,
        with_file(&id, vec![file.id.clone()]),
        Sending::with_undo(NOON),
    )
    .await
    .expect("a reply")
    .message;
    let taken = cancel(&bed.store, &bob, &message).await.expect("taken back");
    assert_eq!(
        taken.attachments.iter().map(|one| &one.id).collect::<Vec<_>>(),
        [&file.id]
    );
    // They are bob's now: he wrote nothing yet, ana took them out of nothing.
    let again = reply_with(
        &bed.store,
        &bob,
        with_file(&id, vec![file.id.clone()]),
        Sending::default(),
    )
    .await
    .expect("the same file again");
    let files = attachments::of_messages(bed.store.db(), &[again.message])
        .await
        .expect("files");
    assert_eq!(files.len(), 1);
    bed.check().await;
}

async fn two_processes_release_once(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    for n in 0..10 {
        held(&bed, &ana, &id, &format!("Answer {n}")).await;
    }
    bed.clock.advance(UNDO_WITHIN);
    let other = bed.second().await;
    let (a, b) = join(release_due(&bed.store), release_due(&other)).await;
    assert_eq!(a.expect("released") + b.expect("released"), 10);
    let created = told(&bed).await;
    assert_eq!(
        created
            .iter()
            .filter(|kind| **kind == EventKind::MessageCreated)
            .count(),
        11
    );
    bed.check().await;
}

async fn each_recipient_has_a_delivery(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let sending = Sending {
        cc: vec!["Boss@customer.test".to_owned(), "EVA@customer.test".to_owned()],
        bcc: vec!["archive@example.test".to_owned()],
        ..Sending::default()
    };
    let message = reply_with(&bed.store, &ana, bed.words(&id, "To all"), sending)
        .await
        .expect("a reply")
        .message;
    let all = of(&bed, &message).await;
    let people: Vec<(RecipientRole, &str)> = all.iter().map(|one| (one.role, one.recipient.as_str())).collect();
    assert_eq!(
        people,
        [
            (RecipientRole::To, "eva@customer.test"),
            (RecipientRole::Cc, "Boss@customer.test"),
            (RecipientRole::Bcc, "archive@example.test"),
        ],
        "each once"
    );
    assert!(
        all.iter().all(|one| one.external_id == all[0].external_id),
        "one Message-ID"
    );
    let leased = take(&bed).await;
    assert_eq!(leased.len(), 3);
    let outcome = |place: usize| match place {
        1 => Err(SendError::Permanent {
            code: "smtp.550".to_owned(),
            reason: "no such user".to_owned(),
        }),
        _ => Ok(Sent {
            provider_id: None,
            is_delivered: false,
        }),
    };
    for (place, delivery) in leased.iter().enumerate() {
        settle(&bed.store, "a", delivery, outcome(place))
            .await
            .expect("settled");
    }
    let states: Vec<DeliveryState> = of(&bed, &message).await.into_iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [DeliveryState::Sent, DeliveryState::Failed, DeliveryState::Sent],
        "one that is refused does not fail the others"
    );
    // Whoever got it may answer: the boss's mail belongs here.
    let inbox = bed.conversation(&id).await.inbox_id;
    let mut answer = mail(&inbox, "boss@customer.test", "2@customer.test", "Fine");
    answer.thread.in_reply_to = vec![all[0].external_id.clone()];
    assert_eq!(bed.place(&answer).await.0, id);
    bed.check().await;
}

async fn recipients_that_cannot_be(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let to = |list: Vec<String>| Sending {
        to: list,
        ..Sending::default()
    };
    for wrong in [
        "",
        "nobody",
        "a b@c.test",
        "a@c.test\r\nBcc: x@y.test",
        "<a@c.test>",
        "@c.test",
        "a@",
    ] {
        let words = refusal(reply_with(&bed.store, &ana, bed.words(&id, "Hi"), to(vec![wrong.to_owned()])).await);
        assert!(words.contains("is not an e-mail address"), "{wrong:?}: {words}");
    }
    let many = (0..=MOST_RECIPIENTS).map(|n| format!("p{n}@c.test")).collect();
    let words = refusal(reply_with(&bed.store, &ana, bed.words(&id, "Hi"), to(many)).await);
    assert!(words.contains("at most 50"), "{words}");
    let chat = hello(&bed, Channel::Webchat).await;
    let words = refusal(
        reply_with(
            &bed.store,
            &ana,
            bed.words(&chat, "Hi"),
            to(vec!["a@c.test".to_owned()]),
        )
        .await,
    );
    assert!(words.contains("only mail"), "{words}");
    bed.check().await;
}

async fn times_that_cannot_be(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let at = |send_at| Sending {
        send_at: Some(send_at),
        ..Sending::default()
    };
    let mut note = bed.words(&id, "Psst");
    note.kind = ReplyKind::Note;
    let words = refusal(reply_with(&bed.store, &ana, note, at(NOON + HOUR)).await);
    assert!(words.contains("a note is not sent"), "{words}");
    let words = refusal(reply_with(&bed.store, &ana, bed.words(&id, "Hi"), at(NOON + SEND_WITHIN + 1)).await);
    assert!(words.contains("more than a year"), "{words}");
    // A time that is over is now.
    let message = reply_with(&bed.store, &ana, bed.words(&id, "Hi"), at(NOON - 1))
        .await
        .expect("sent")
        .message;
    assert_eq!(kind(&bed, &message).await, MessageKind::Outbound);
    // The same request again is the same message, held or not.
    let held = bed.words(&id, "Once");
    let first = reply_with(&bed.store, &ana, held.clone(), at(NOON + HOUR))
        .await
        .expect("held");
    let second = reply_with(&bed.store, &ana, held, at(NOON + HOUR)).await.expect("held");
    assert!(second.is_repeated);
    assert_eq!((first.message, first.delivery), (second.message, second.delivery));
    // A stranger sees nothing of it.
    let stranger = Actor::Contact(ContactId::from("01ARZ3NDEKTSV4RRFFQ69G5FAW"));
    assert!(access::conversation(bed.store.db(), &stranger, &id).await.is_err());
    bed.check().await;
}

async fn nobody_is_asked_how_it_was_before_the_answer_left(bed: Bed) {
    let ana = bed.agent("ana").await;
    let id = hello(&bed, Channel::Email).await;
    let at_once = surveys::Settings {
        inboxes: vec![bed.conversation(&id).await.inbox_id],
        delay: 0,
        ..surveys::Settings::usual(surveys::Kind::Csat)
    };
    surveys::save_settings(&bed.store, &Actor::System, &at_once)
        .await
        .expect("settings");
    held(&bed, &ana, &id, "Here it is").await;
    act(&bed.store, &ana, &id, Action::Resolve).await.expect("resolved");
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 0);
    bed.clock.advance(UNDO_WITHIN);
    release_due(&bed.store).await.expect("released");
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 1);
    assert_eq!(shown(&bed, &id).await[1], "Here it is");
    bed.check().await;
}
