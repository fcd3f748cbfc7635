//! Answers that wait unread in the chat go on by e-mail: together, once, to an address that is known.

use conversation::card::{Card, CardAction, CardKind};
use conversation::contacts::{self, merge, unmerge};
use conversation::continuity::{Patience, due, send_on};
use conversation::deliveries::{lease, load_outbound, mark_seen, of_messages, settle};
use conversation::inbound::IdentityClaim;
use conversation::outbound::Sent;
use conversation::reply::reply;
use conversation::types::{Channel, ContactId, ConversationId, DeliveryState, IdentityKind, MessageId};
use futures::future::join_all;

use super::bed::{Bed, HOUR, SECOND, both, refusal, webchat};

both! {
    ten_unread_answers_are_one_mail,
    talk_that_does_not_end_does_not_hold_it_up,
    what_was_read_stays,
    several_processes_send_it_once,
    a_typed_address_follows_a_merge_and_comes_back,
}

const PATIENCE: Patience = Patience {
    quiet: 120 * SECOND,
    most: 600 * SECOND,
};

/// A chat of somebody whose address is proved.
async fn chat(bed: &Bed) -> ConversationId {
    bed.agent("ana").await;
    bed.inbox(Channel::Email, false).await;
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let mut hello = webchat(&inbox, "visitor-1", "c1", "Hello");
    hello.from.identities.push(IdentityClaim {
        kind: IdentityKind::Email,
        value: "rui@customer.test".to_owned(),
        verified: true,
    });
    bed.place(&hello).await.0
}

async fn say(bed: &Bed, id: &ConversationId, text: &str) -> MessageId {
    let ana = conversation::types::Actor::Agent("ana".into());
    bed.say(&ana, id, text).await.message
}

/// What a sender would send now, after looking for what is due.
async fn sent_on(bed: &Bed) -> Vec<(String, String)> {
    let now = bed.store.now();
    for waiting in due(bed.store.db(), now, PATIENCE, 100).await.expect("a look") {
        send_on(&bed.store, &waiting.conversation, &waiting.address, PATIENCE)
            .await
            .expect("queued");
    }
    let mut mails = Vec::new();
    for leased in lease(&bed.store, "a", 100).await.expect("a lease") {
        let out = load_outbound(&bed.store, &leased).await.expect("loaded");
        mails.push((out.recipient, out.text));
    }
    mails
}

async fn ten_unread_answers_are_one_mail(bed: Bed) {
    let id = chat(&bed).await;
    let mut messages = Vec::new();
    for n in 0..9 {
        messages.push(say(&bed, &id, &format!("Answer {n}.")).await);
        bed.clock.advance(10 * SECOND);
        assert!(sent_on(&bed).await.is_empty(), "somebody is still writing");
    }
    let button = |value: &str| Card {
        kind: CardKind::Choice,
        reference: "q".to_owned(),
        title: "Did it help?".to_owned(),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![CardAction::Answer {
            label: "Yes".to_owned(),
            value: value.to_owned(),
        }],
    };
    for (text, value) in [("With a question.", "old"), ("With the last question.", "new")] {
        let mut new = bed.words(&id, text);
        new.cards = vec![button(value)];
        let ana = conversation::types::Actor::Agent("ana".into());
        messages.push(reply(&bed.store, &ana, new).await.expect("a reply").message);
    }
    bed.clock.advance(PATIENCE.quiet - SECOND);
    assert!(sent_on(&bed).await.is_empty(), "not quiet for long enough");
    bed.clock.advance(2 * SECOND);
    let now = bed.store.now();
    let waiting = due(bed.store.db(), now, PATIENCE, 100).await.expect("a look").remove(0);
    send_on(&bed.store, &waiting.conversation, &waiting.address, PATIENCE)
        .await
        .expect("queued");
    let leased = lease(&bed.store, "a", 100).await.expect("a lease");
    assert_eq!(leased.len(), 1, "one mail");
    let out = load_outbound(&bed.store, &leased[0]).await.expect("loaded");
    let whole = "Answer 0.\n\nAnswer 1.\n\nAnswer 2.\n\nAnswer 3.\n\nAnswer 4.\n\nAnswer 5.\n\nAnswer 6.\n\nAnswer 7.\n\nAnswer 8.\n\nWith a question.\n\nWith the last question.";
    assert_eq!(
        (out.recipient.as_str(), out.text.as_str()),
        ("rui@customer.test", whole)
    );
    assert_eq!(out.cards.len(), 2);
    assert_eq!(
        out.cards.iter().map(|card| card.actions.len()).collect::<Vec<_>>(),
        [0, 1],
        "a press belongs to the last message"
    );
    // Each of them shows that it went by mail, and how that went.
    for message in &messages {
        let of = of_messages(bed.store.db(), std::slice::from_ref(message))
            .await
            .expect("deliveries");
        let mails: Vec<_> = of
            .iter()
            .filter(|delivery| delivery.channel == Channel::Email)
            .collect();
        assert_eq!(mails.len(), 1, "{message}");
        assert_eq!((&mails[0].id, &mails[0].message_id), (&leased[0].id, message));
    }
    let sent = Sent {
        provider_id: None,
        is_delivered: false,
    };
    settle(&bed.store, "a", &leased[0], Ok(sent)).await.expect("settled");
    bed.clock.advance(HOUR);
    assert_eq!(
        due(bed.store.db(), bed.store.now(), PATIENCE, 100)
            .await
            .expect("a look"),
        []
    );
    // What is said later is another mail, without what went before.
    say(&bed, &id, "Later.").await;
    bed.clock.advance(PATIENCE.quiet + SECOND);
    let later: Vec<_> = sent_on(&bed)
        .await
        .into_iter()
        .map(|(_, text)| text)
        .filter(|text| text != whole)
        .collect();
    assert_eq!(later, ["Later."]);
    bed.check().await;
}

async fn talk_that_does_not_end_does_not_hold_it_up(bed: Bed) {
    let id = chat(&bed).await;
    let mut mails = Vec::new();
    for n in 0..12 {
        say(&bed, &id, &format!("{n}")).await;
        bed.clock.advance(60 * SECOND);
        mails.extend(sent_on(&bed).await);
        if !mails.is_empty() {
            assert_eq!(n, 10, "when the first had waited for the longest time");
            break;
        }
    }
    assert_eq!(mails.len(), 1);
    bed.check().await;
}

async fn what_was_read_stays(bed: Bed) {
    let id = chat(&bed).await;
    let read = say(&bed, &id, "Seen.").await;
    let shown = say(&bed, &id, "On a screen that nobody looked at.").await;
    for (message, state) in [(&shown, DeliveryState::Delivered), (&read, DeliveryState::Read)] {
        mark_seen(&bed.store, &id, message, state).await.expect("marked");
    }
    bed.clock.advance(PATIENCE.quiet + SECOND);
    let mails = sent_on(&bed).await;
    assert_eq!(
        mails,
        [(
            "rui@customer.test".to_owned(),
            "On a screen that nobody looked at.".to_owned()
        )]
    );
    // Months later it is no longer news.
    let late = say(&bed, &id, "Nobody sent this in time.").await;
    bed.clock.advance(8 * 24 * HOUR);
    assert!(
        due(bed.store.db(), bed.store.now(), PATIENCE, 100)
            .await
            .expect("a look")
            .is_empty()
    );
    assert_eq!(of_messages(bed.store.db(), &[late]).await.expect("deliveries").len(), 1);
    bed.check().await;
}

async fn several_processes_send_it_once(bed: Bed) {
    let id = chat(&bed).await;
    for n in 0..10 {
        say(&bed, &id, &format!("{n}")).await;
    }
    assert_eq!(
        send_on(&bed.store, &id, "rui@customer.test", PATIENCE)
            .await
            .expect("a look"),
        None,
        "too early"
    );
    bed.clock.advance(PATIENCE.quiet + SECOND);
    let other = bed.second().await;
    let tasks = (0..8).map(|n| {
        let (store, id) = (if n % 2 == 0 { bed.store.clone() } else { other.clone() }, id.clone());
        tokio::spawn(async move {
            send_on(&store, &id, "rui@customer.test", PATIENCE)
                .await
                .expect("a look")
        })
    });
    let queued = join_all(tasks)
        .await
        .into_iter()
        .filter_map(|task| task.expect("no panic"))
        .count();
    assert_eq!(queued, 1);
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM deliveries WHERE channel = 'email'")
            .await,
        1
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM delivery_parts").await, 9);
    bed.check().await;
}

/// Somebody who only typed an address.
async fn typed(bed: &Bed, visitor: &str, address: &str) -> (ConversationId, ContactId) {
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let filed = bed.file(&webchat(&inbox, visitor, visitor, "Hello")).await;
    let contact = filed.contact.expect("filed");
    contacts::claim(&bed.store, &contact, IdentityKind::Email, address)
        .await
        .expect("claimed");
    (filed.conversation.expect("filed"), contact)
}

async fn a_typed_address_follows_a_merge_and_comes_back(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let (theirs, winner) = {
        let filed = bed.file(&webchat(&inbox, "visitor-0", "c0", "Hello")).await;
        (filed.conversation.expect("filed"), filed.contact.expect("filed"))
    };
    let (_, loser) = typed(&bed, "visitor-2", "rui@customer.test").await;
    let (both, again) = typed(&bed, "visitor-3", "rui@customer.test").await;
    say(&bed, &theirs, "To whoever it is.").await;
    bed.clock.advance(PATIENCE.quiet + SECOND);
    let look = async || {
        due(bed.store.db(), bed.store.now(), PATIENCE, 100)
            .await
            .expect("a look")
    };
    assert_eq!(look().await, [], "no address is known");
    let first = merge(&bed.store, &ana, &winner, &loser).await.expect("merged");
    let second = merge(&bed.store, &ana, &winner, &again)
        .await
        .expect("the same address twice");
    let waiting = look().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (&waiting[0].conversation, waiting[0].address.as_str()),
        (&theirs, "rui@customer.test")
    );
    unmerge(&bed.store, &ana, &second).await.expect("undone");
    unmerge(&bed.store, &ana, &first).await.expect("undone");
    assert_eq!(look().await, [], "the address went back");
    assert_eq!(
        refusal(send_on(&bed.store, &theirs, "rui@customer.test", PATIENCE).await),
        "no e-mail inbox is configured"
    );
    say(&bed, &both, "To the other.").await;
    bed.clock.advance(PATIENCE.quiet + SECOND);
    let waiting = look().await;
    assert_eq!((waiting.len(), &waiting[0].conversation), (1, &both));
    bed.check().await;
}
