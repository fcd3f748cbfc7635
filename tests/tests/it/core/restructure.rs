//! Messages put where they belong: where later mails land, and what is counted.

use conversation::contacts;
use conversation::lifecycle::{Action, act};
use conversation::restructure::{merge, move_messages, split};
use conversation::tickets;
use conversation::types::{
    Actor, Channel, ConversationId, ConversationStatus, InboxId, Level, MatchedBy, MessageId, TicketStatus,
};
use conversation::views;

use super::bed::{Bed, NOON, SECOND, both, mail, refusal};
use super::ingest::ticket_in;

both! {
    split_off_messages_take_their_answers_along,
    moved_messages_take_their_answers_along,
    merging_brings_everything,
    two_customers_never_read_each_other,
    merging_an_open_one_into_a_done_one_opens_it,
    who_waits_for_a_person_still_waits_after_a_merge,
    what_cannot_be_restructured,
}

/// A mail, our answer, a second mail, our answer; one second apart.
async fn thread(bed: &Bed, inbox: &InboxId, who: &str) -> (ConversationId, Vec<MessageId>, Vec<String>) {
    let ana = Actor::Agent("ana".into());
    let from = format!("{who}@customer.test");
    let (mut id, mut messages, mut ids) = (None, Vec::new(), Vec::new());
    for n in 0..2 {
        let external = format!("{n}.{who}@customer.test");
        let mut next = mail(inbox, &from, &external, &format!("Question {n}"));
        next.thread.references = ids.clone();
        let filed = bed.file(&next).await;
        messages.push(filed.message.expect("filed"));
        ids.push(external);
        bed.clock.advance(SECOND);
        let conversation = filed.conversation.expect("filed");
        let replied = bed.say(&ana, &conversation, &format!("Answer {n}")).await;
        ids.push(bed.delivery(&replied.message).await.external_id);
        messages.push(replied.message);
        bed.clock.advance(SECOND);
        assert!(id.is_none_or(|id| id == conversation));
        id = Some(conversation);
    }
    (id.expect("filed"), messages, ids)
}

/// Where an answer to that mail lands.
async fn lands(bed: &Bed, inbox: &InboxId, who: &str, to: &str) -> (ConversationId, MatchedBy) {
    let n = bed.store.env().ulid();
    let mut next = mail(
        inbox,
        &format!("{who}@customer.test"),
        &format!("{n}@customer.test"),
        "And then?",
    );
    next.thread.in_reply_to = vec![to.to_owned()];
    bed.place(&next).await
}

async fn texts(bed: &Bed, id: &ConversationId) -> Vec<String> {
    let timeline = views::customer_timeline(bed.store.db(), id, 100)
        .await
        .expect("a timeline");
    timeline.into_iter().map(|message| message.text).collect()
}

async fn split_off_messages_take_their_answers_along(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (first, messages, ids) = thread(&bed, &inbox, "rui").await;
    let second = split(&bed.store, &ana, &first, &messages[2..], Some(" Paper "))
        .await
        .expect("split");
    let (one, two) = (bed.conversation(&first).await, bed.conversation(&second).await);
    assert_eq!(
        (one.message_count, two.message_count),
        (3, 3),
        "two messages and a line each"
    );
    assert_eq!(
        (one.subject.as_deref(), two.subject.as_deref()),
        (Some("Toner"), Some("Paper"))
    );
    assert_eq!(two.related_to, Some(first.clone()));
    assert_eq!((one.preview.as_str(), two.preview.as_str()), ("Answer 0", "Answer 1"));
    assert_eq!(two.reply_address, one.reply_address);
    assert_eq!(texts(&bed, &first).await, ["Question 0", "Answer 0"]);
    assert_eq!(texts(&bed, &second).await, ["Question 1", "Answer 1"]);
    for (to, at) in ids.iter().zip([&first, &first, &second, &second]) {
        assert_eq!(lands(&bed, &inbox, "rui", to).await, (at.clone(), MatchedBy::InReplyTo));
    }
    // Its deliveries went along, too, and so does who waits: the last word is the customer's again.
    let (two, waiting) = (
        bed.conversation(&second).await,
        bed.conversation(&first).await.waiting_since,
    );
    assert!(two.waiting_since.is_some() && waiting.is_some());
    let last = bed.store.env().ulid();
    let mut question = mail(&inbox, "rui@customer.test", &last, "Something else");
    question.thread.in_reply_to = vec![ids[0].clone()];
    let asked = bed.file(&question).await.message.expect("filed");
    bed.say(&ana, &second, "Done").await;
    let third = split(&bed.store, &ana, &first, &[asked], None).await.expect("split");
    assert_eq!(
        bed.conversation(&third).await.waiting_since,
        Some(bed.store.now()),
        "who waits waits there now"
    );
    bed.check().await;
}

async fn moved_messages_take_their_answers_along(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (first, messages, ids) = thread(&bed, &inbox, "rui").await;
    let (second, ..) = thread(&bed, &inbox, "eva").await;
    bed.one_person(&first, &second).await;
    move_messages(&bed.store, &ana, &messages[2..], &first, &second)
        .await
        .expect("moved");
    assert_eq!(texts(&bed, &first).await, ["Question 0", "Answer 0"]);
    let all = [
        "Question 1",
        "Answer 1",
        "Question 0",
        "Answer 0",
        "Question 1",
        "Answer 1",
    ];
    assert_eq!(texts(&bed, &second).await, all, "in the order of their times");
    assert_eq!(
        lands(&bed, &inbox, "rui", &ids[3]).await,
        (second.clone(), MatchedBy::InReplyTo)
    );
    assert_eq!(
        lands(&bed, &inbox, "rui", &ids[1]).await,
        (first.clone(), MatchedBy::InReplyTo)
    );
    assert_ne!(lands(&bed, &inbox, "stranger", &ids[3]).await.0, second);
    // And back.
    move_messages(&bed.store, &ana, &messages[2..], &second, &first)
        .await
        .expect("moved back");
    assert_eq!(
        lands(&bed, &inbox, "rui", &ids[3]).await,
        (first.clone(), MatchedBy::InReplyTo)
    );
    bed.check().await;
}

async fn two_customers_never_read_each_other(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (first, messages, ids) = thread(&bed, &inbox, "rui").await;
    let (second, ..) = thread(&bed, &inbox, "eva").await;
    let store = &bed.store;
    let (head, was) = (store.head().await.expect("head"), texts(&bed, &second).await);
    let words = refusal(merge(store, &ana, &first, &second).await);
    assert!(words.contains("merge the contacts first"), "{words}");
    for some in [&messages[..1], &messages[1..2], &messages[..]] {
        let words = refusal(move_messages(store, &ana, some, &first, &second).await);
        assert!(words.contains("another customer's"), "{words}");
    }
    assert_eq!(store.head().await.expect("head"), head, "nothing happened");
    assert_eq!(texts(&bed, &second).await, was);
    // What she wrote herself, into his conversation, moves to hers, and his addresses stay where they are.
    let mut hers = mail(&inbox, "eva@customer.test", "in-his@customer.test", "Me, too");
    hers.thread.tokens = vec![store.keys().reply_token(&first)];
    let filed = bed.file(&hers).await;
    assert_eq!(filed.conversation.as_ref(), Some(&first));
    let message = filed.message.expect("filed");
    move_messages(store, &ana, &[message], &first, &second)
        .await
        .expect("moved");
    assert_eq!(texts(&bed, &second).await.last().expect("a message"), "Me, too");
    let takes_part = conversation::conversations::participants(store.db(), &second)
        .await
        .expect("participants");
    assert!(!takes_part.iter().any(|one| one.starts_with("rui@")), "{takes_part:?}");
    assert_eq!(
        lands(&bed, &inbox, "rui", &ids[3]).await.0,
        first,
        "his answers stay his"
    );
    // One person after all.
    bed.one_person(&first, &second).await;
    move_messages(store, &ana, &messages[..1], &first, &second)
        .await
        .expect("moved");
    merge(store, &ana, &first, &second).await.expect("merged");
    bed.check().await;
}

async fn merging_brings_everything(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (first, _, ids) = thread(&bed, &inbox, "rui").await;
    let (second, _, others) = thread(&bed, &inbox, "rui2").await;
    bed.one_person(&first, &second).await;
    let ticket = tickets::open(&bed.store, &ana, ticket_in(&first))
        .await
        .expect("a ticket");
    merge(&bed.store, &ana, &first, &second).await.expect("merged");
    let into = bed.conversation(&first).await;
    assert_eq!(into.id, second);
    assert_eq!(into.message_count, 9, "eight messages and a line");
    assert_eq!(
        tickets::of_conversation(bed.store.db(), &second)
            .await
            .expect("tickets")[0]
            .id,
        ticket.id
    );
    for (who, to) in [("rui", &ids[0]), ("rui", &ids[3]), ("rui2", &others[1])] {
        assert_eq!(
            lands(&bed, &inbox, who, to).await,
            (second.clone(), MatchedBy::InReplyTo)
        );
    }
    let replied = bed.say(&ana, &first, "Written on the old page").await;
    assert_eq!(bed.delivery(&replied.message).await.conversation_id, second);
    // A ticket is opened where the conversation is now.
    let late = tickets::open(&bed.store, &ana, ticket_in(&first))
        .await
        .expect("a ticket");
    assert_eq!(late.conversation_id, second);
    let listed = views::conversations(bed.store.db(), &views::Filter::default(), None, 100)
        .await
        .expect("a list");
    assert_eq!(listed.iter().map(|one| &one.id).collect::<Vec<_>>(), [&second]);
    bed.check().await;
}

async fn merging_an_open_one_into_a_done_one_opens_it(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    for hidden in [
        Action::Resolve,
        Action::Snooze {
            until: NOON + 1_000 * SECOND,
        },
    ] {
        let n = bed.store.env().ulid();
        let (done, _) = bed
            .place(&mail(&inbox, &format!("{n}@c.test"), &format!("1{n}@c.test"), "One"))
            .await;
        let (open, _) = bed
            .place(&mail(&inbox, &format!("{n}@c.test"), &format!("2{n}@c.test"), "Two"))
            .await;
        let ticket = tickets::open(&bed.store, &ana, ticket_in(&open))
            .await
            .expect("a ticket");
        act(&bed.store, &ana, &done, hidden).await.expect("hidden");
        merge(&bed.store, &ana, &open, &done).await.expect("merged");
        let into = bed.conversation(&done).await;
        assert_eq!(into.status, ConversationStatus::Open);
        assert!(into.waiting_since.is_some());
        let ticket = conversation::access::ticket(bed.store.db(), &ana, &ticket.id)
            .await
            .expect("it");
        assert_eq!(ticket.status, TicketStatus::New);
    }
    bed.check().await;
}

async fn who_waits_for_a_person_still_waits_after_a_merge(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, true).await;
    let mut handed_over = Vec::new();
    for n in 0..2 {
        let asked = mail(
            &inbox,
            "rui@customer.test",
            &format!("{n}@customer.test"),
            "A person, please",
        );
        let (id, _) = bed.place(&asked).await;
        let to_people = Action::MoveTo {
            level: Level::N1,
            reason: "asked for a person".to_owned(),
        };
        bed.clock.advance(SECOND);
        act(&bed.store, &Actor::Bot, &id, to_people).await.expect("handed over");
        bed.say(&Actor::Bot, &id, "Somebody will answer you").await;
        bed.clock.advance(SECOND);
        handed_over.push(id);
    }
    let [first, second] = handed_over.as_slice() else {
        panic!("two conversations")
    };
    let since = bed.conversation(first).await.waiting_since;
    assert!(since.is_some());
    merge(&bed.store, &ana, first, second).await.expect("merged");
    assert_eq!(bed.conversation(second).await.waiting_since, since);
    // What a person said is an answer, also when it is merged.
    bed.say(&ana, second, "Here I am").await;
    let (third, _) = bed
        .place(&mail(&inbox, "rui@customer.test", "3@customer.test", "Thanks"))
        .await;
    bed.clock.advance(SECOND);
    bed.say(&ana, &third, "You are welcome").await;
    merge(&bed.store, &ana, second, &third).await.expect("merged");
    assert_eq!(bed.conversation(&third).await.waiting_since, None);
    bed.check().await;
}

async fn what_cannot_be_restructured(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (first, messages, _) = thread(&bed, &inbox, "rui").await;
    let (second, others, _) = thread(&bed, &inbox, "eva").await;
    let store = &bed.store;
    let head = store.head().await.expect("head");
    assert_eq!(
        refusal(split(store, &ana, &first, &[], None).await),
        "choose between 1 and 500 messages"
    );
    assert_eq!(
        refusal(split(store, &ana, &first, &messages, None).await),
        "leave at least one message behind, or merge the conversations instead"
    );
    assert_eq!(
        refusal(split(store, &ana, &first, &others[..1], None).await),
        "not found"
    );
    assert_eq!(
        refusal(split(store, &ana, &"none".into(), &messages[..1], None).await),
        "not found"
    );
    assert_eq!(
        refusal(move_messages(store, &ana, &messages[..1], &first, &first).await),
        "the messages are in that conversation already"
    );
    assert_eq!(
        refusal(move_messages(store, &ana, &messages[..1], &second, &first).await),
        "not found"
    );
    assert_eq!(
        refusal(merge(store, &ana, &first, &first).await),
        "a conversation cannot be merged with itself"
    );
    assert_eq!(refusal(merge(store, &ana, &first, &"none".into()).await), "not found");
    assert_eq!(store.head().await.expect("head"), head, "nothing happened");
    bed.one_person(&first, &second).await;
    merge(store, &ana, &first, &second).await.expect("merged");
    let taken = "one of the conversations is part of another one already";
    assert_eq!(refusal(merge(store, &ana, &first, &second).await), taken);
    assert_eq!(refusal(merge(store, &ana, &second, &first).await), taken);
    assert_eq!(
        refusal(move_messages(store, &ana, &others[..1], &second, &first).await),
        taken
    );
    // A note alone may go, however few messages stay.
    let (lonely, _) = bed.place(&mail(&inbox, "lone@c.test", "lone@c.test", "One")).await;
    let note = conversation::reply::NewReply {
        kind: conversation::reply::ReplyKind::Note,
        ..bed.words(&lonely, "A note")
    };
    let note = conversation::reply::reply(store, &ana, note)
        .await
        .expect("a note")
        .message;
    split(store, &ana, &lonely, &[note], None)
        .await
        .expect("the customer's message stays");
    // Contacts whose conversations were merged can be merged and parted, too.
    let contact = bed.conversation(&second).await.contact_id;
    let other = bed.conversation(&lonely).await.contact_id;
    contacts::merge(store, &ana, &contact, &other).await.expect("merged");
    bed.check().await;
}
