//! What goes out is written once, by whoever saw what it answers.

use conversation::access;
use conversation::attachments;
use conversation::contacts;
use conversation::lifecycle::{Action, act};
use conversation::reply::{LONGEST_TEXT, NewReply, ReplyKind, reply};
use conversation::tickets;
use conversation::types::{
    Actor, Channel, ConversationStatus, DeliveryState, IdentityKind, Level, MessageId, MessageKind,
};
use conversation::{Error, views};
use futures::future::join_all;

use super::bed::{Bed, both, mail, portal, refusal, webchat, whatsapp};
use super::ingest::ticket_in;

both! {
    the_same_reply_given_twice_is_one,
    an_id_belongs_to_one_conversation,
    a_reply_on_a_stale_view_is_held_back,
    whoever_answers_has_it,
    a_note_goes_nowhere,
    the_message_id_carries_the_token,
    the_portal_answers_by_mail_where_there_is_a_mailbox,
    nobody_to_reach_is_said_clearly,
    files_are_the_uploaders,
    what_cannot_be_written,
}

async fn the_same_reply_given_twice_is_one(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (ana, rui) = (bed.agent("ana").await, bed.agent("rui").await);
    let (id, _) = bed.place(&whatsapp(&inbox, "5511999990001", "wamid.1", "Oi")).await;
    let words = bed.words(&id, "Olá");
    let second = bed.second().await;
    let tasks = (0..8).map(|n| {
        let (store, ana, words) = (
            if n % 2 == 0 { bed.store.clone() } else { second.clone() },
            ana.clone(),
            words.clone(),
        );
        tokio::spawn(async move { reply(&store, &ana, words).await })
    });
    let replied: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("no panic").expect("a reply"))
        .collect();
    assert_eq!(replied.iter().filter(|replied| !replied.is_repeated).count(), 1);
    assert!(
        replied
            .iter()
            .all(|one| one.message == replied[0].message && one.delivery == replied[0].delivery)
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM deliveries").await, 1);
    assert_eq!(
        refusal(reply(&bed.store, &rui, words).await),
        "this message id is taken"
    );
    bed.check().await;
}

async fn a_reply_on_a_stale_view_is_held_back(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let (ana, rui) = (bed.agent("ana").await, bed.agent("rui").await);
    let said = |id: &str| whatsapp(&inbox, "5511999990001", id, "Oi");
    let (id, _) = bed.place(&said("wamid.1")).await;
    let head = async || bed.store.head().await.expect("head");
    let seen = head().await;
    let at = |seen: i64, text: &str| NewReply {
        seen: Some(seen),
        ..bed.words(&id, text)
    };

    // One's own words, notes and lines of what happened hold nothing back.
    reply(&bed.store, &ana, at(seen, "Olá")).await.expect("fresh");
    reply(&bed.store, &ana, at(seen, "Olá de novo"))
        .await
        .expect("only I wrote");
    reply(
        &bed.store,
        &rui,
        NewReply {
            kind: ReplyKind::Note,
            ..at(seen, "Note")
        },
    )
    .await
    .expect("a note is never held back");
    act(
        &bed.store,
        &rui,
        &id,
        Action::Prioritise(conversation::types::Priority::High),
    )
    .await
    .expect("done");
    act(
        &bed.store,
        &rui,
        &id,
        Action::MoveTo {
            level: Level::N2,
            reason: "Why not".to_owned(),
        },
    )
    .await
    .expect("done");
    reply(&bed.store, &ana, at(seen, "E mais"))
        .await
        .expect("nothing was said");

    // A colleague's words, the bot's and the customer's do.
    for (who, write) in [
        ("colleague", Some(&rui)),
        ("bot", Some(&Actor::Bot)),
        ("customer", None),
    ] {
        let seen = head().await;
        match write {
            Some(actor) => drop(bed.say(actor, &id, "Newer").await),
            None => drop(bed.place(&said("wamid.2")).await),
        }
        let stale = reply(&bed.store, &ana, at(seen, "Stale")).await;
        match stale {
            Err(Error::Stale { seen: told, current }) => assert!(told == seen && current > seen, "{who}"),
            other => panic!("{who}: {other:?}"),
        }
        reply(&bed.store, &ana, at(head().await, "Seen now")).await.expect(who);
    }
    // A repetition of what was written in time is no stale reply.
    let words = at(head().await, "Once");
    reply(&bed.store, &ana, words.clone()).await.expect("fresh");
    bed.place(&said("wamid.3")).await;
    assert!(reply(&bed.store, &ana, words).await.expect("repeated").is_repeated);
    bed.check().await;
}

async fn whoever_answers_has_it(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let ana = bed.agent("ana").await;
    let rui = bed.agent("rui").await;
    let (id, _) = bed.place(&whatsapp(&inbox, "5511999990001", "wamid.1", "Oi")).await;
    let ticket = tickets::open(&bed.store, &Actor::Bot, ticket_in(&id))
        .await
        .expect("a ticket");
    bed.say(&Actor::Bot, &id, "Olá").await;
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (conversation.level, conversation.assignee_id, conversation.waiting_since),
        (Level::Bot, None, None)
    );
    bed.say(&ana, &id, "Olá").await;
    bed.say(&rui, &id, "Olá também").await;
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (
            conversation.level,
            conversation.assignee_id.as_ref().map(|id| id.as_str())
        ),
        (Level::N1, Some("ana"))
    );
    assert_eq!(conversation.preview, "Olá também");
    let ticket = access::ticket(bed.store.db(), &ana, &ticket.id)
        .await
        .expect("the ticket");
    assert_eq!(
        (ticket.level, ticket.assignee_id),
        (Level::N1, conversation.assignee_id),
        "the ticket follows"
    );
    bed.check().await;
}

async fn a_note_goes_nowhere(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let ana = bed.agent("ana").await;
    let filed = bed.file(&whatsapp(&inbox, "5511999990001", "wamid.1", "Oi")).await;
    let (id, contact) = (
        filed.conversation.expect("filed"),
        Actor::Contact(filed.contact.expect("filed")),
    );
    let note = NewReply {
        kind: ReplyKind::Note,
        ..bed.words(&id, "Careful with this one")
    };
    let replied = reply(&bed.store, &ana, note).await.expect("a note");
    assert_eq!(replied.delivery, None);
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (conversation.level, conversation.assignee_id),
        (Level::Bot, None),
        "a note takes nothing over"
    );
    assert_eq!(conversation.preview, "Oi");
    assert!(conversation.waiting_since.is_some(), "the customer still waits");
    assert_eq!(conversation.message_count, 2);
    assert_eq!(bed.count("SELECT COUNT(*) FROM deliveries").await, 0);
    assert_eq!(
        refusal(access::message(bed.store.db(), &contact, &replied.message).await),
        "not found"
    );
    let seen = views::customer_timeline(bed.store.db(), &id, 50)
        .await
        .expect("a timeline");
    assert!(seen.iter().all(|message| message.kind != MessageKind::Note));
    bed.check().await;
}

async fn the_message_id_carries_the_token(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let (id, _) = bed
        .place(&mail(&inbox, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let replied = bed.say(&ana, &id, "Answer").await;
    let delivery = bed.delivery(&replied.message).await;
    assert_eq!(Some(&delivery.id), replied.delivery.as_ref());
    assert_eq!(delivery.state, DeliveryState::Queued);
    assert_eq!(
        (delivery.recipient.as_str(), delivery.channel),
        ("ana@customer.test", Channel::Email)
    );
    let (local, domain) = delivery.external_id.split_once('@').expect("a Message-ID");
    assert_eq!(domain, "example.test");
    let token = local.split_once('.').expect("a token").1;
    assert_eq!(bed.store.keys().check_reply_token(token), Some(id));
    // What comes back to us as it went out is not a message of the customer's.
    let mut own = mail(&inbox, "support@example.test", &delivery.external_id, "Answer");
    own.auto = conversation::types::Auto::Loop;
    assert_eq!(bed.file(&own).await.outcome, conversation::ingest::Outcome::Duplicate);
    bed.check().await;
}

async fn the_portal_answers_by_mail_where_there_is_a_mailbox(bed: Bed) {
    let inbox = bed.inbox(Channel::Portal, false).await;
    let ana = bed.agent("ana").await;
    let mut form = portal(&inbox, "user-1", "form.1", "The pump drips");
    form.from.identities.push(conversation::inbound::IdentityClaim {
        kind: IdentityKind::Email,
        value: "ana@customer.test".to_owned(),
        verified: true,
    });
    let (id, _) = bed.place(&form).await;
    let delivery = bed.delivery(&bed.say(&ana, &id, "No mailbox yet").await.message).await;
    assert_eq!(
        (delivery.channel, delivery.state),
        (Channel::Portal, DeliveryState::Sent),
        "it stands in the portal"
    );
    let mailbox = bed.inbox(Channel::Email, false).await;
    let delivery = bed.delivery(&bed.say(&ana, &id, "By mail").await.message).await;
    assert_eq!(
        (delivery.channel, delivery.state),
        (Channel::Email, DeliveryState::Queued)
    );
    assert_eq!(
        (delivery.inbox_id, delivery.recipient.as_str()),
        (mailbox.clone(), "ana@customer.test")
    );
    let mut back = mail(&mailbox, "ana@customer.test", "2@customer.test", "Thanks");
    back.thread.in_reply_to = vec![delivery.external_id];
    assert_eq!(bed.place(&back).await.0, id);
    bed.check().await;
}

async fn nobody_to_reach_is_said_clearly(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let ana = bed.agent("ana").await;
    let mut anonymous = whatsapp(&inbox, "", "wamid.1", "Oi");
    anonymous.from.identities.clear();
    let (id, _) = bed.place(&anonymous).await;
    let words = refusal(reply(&bed.store, &ana, bed.words(&id, "Olá")).await);
    assert!(words.starts_with("the customer cannot be reached"), "{words}");
    assert_eq!(bed.conversation(&id).await.assignee_id, None, "nothing happened");
    let nowhere = "01HG35KNG0E339WRV08N848DX0".into();
    assert_eq!(
        refusal(reply(&bed.store, &ana, bed.words(&nowhere, "Olá")).await),
        "not found"
    );
    bed.check().await;
}

async fn files_are_the_uploaders(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (ana, rui) = (bed.agent("ana").await, bed.agent("rui").await);
    let (id, _) = bed.place(&whatsapp(&inbox, "5511999990001", "wamid.1", "Oi")).await;
    let blob = bed.store.put_blob(b"a manual").await.expect("stored");
    let file = attachments::upload(&bed.store, &ana, "man\nual.pdf", "application/pdf", &blob)
        .await
        .expect("uploaded");
    assert_eq!(file.name, "manual.pdf");
    assert_eq!(
        refusal(access::attachment(bed.store.db(), &ana, &file.id).await),
        "not found",
        "it is in no message yet"
    );
    let with = |text: &str| NewReply {
        attachments: vec![file.id.clone()],
        ..bed.words(&id, text)
    };
    let gone = "an attachment is no longer there; upload it again";
    assert_eq!(refusal(reply(&bed.store, &rui, with("Mine")).await), gone);
    // Two messages at once: one of them gets it.
    let second = bed.second().await;
    let tasks = (0..6).map(|n| {
        let (store, ana, words) = (
            if n % 2 == 0 { bed.store.clone() } else { second.clone() },
            ana.clone(),
            with(""),
        );
        tokio::spawn(async move { reply(&store, &ana, words).await })
    });
    let outcomes: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("no panic"))
        .collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in outcomes {
        if let Ok(replied) = outcome {
            let file = access::attachment(bed.store.db(), &ana, &file.id)
                .await
                .expect("in a message");
            assert_eq!(file.message_id, Some(replied.message));
            assert_eq!(
                &bed.store.blobs().get(&file.sha256).await.expect("stored")[..],
                b"a manual"
            );
        } else {
            assert_eq!(refusal(outcome), gone);
        }
    }
    bed.check().await;
}

async fn what_cannot_be_written(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let ana = bed.agent("ana").await;
    let filed = bed.file(&webchat(&inbox, "visitor-1", "c1", "Hello")).await;
    let id = filed.conversation.expect("filed");
    for (what, words, why) in [
        ("nothing", bed.words(&id, " \n "), "the message is empty"),
        (
            "a novel",
            bed.words(&id, &"á".repeat(LONGEST_TEXT + 1)),
            "the message has more than 50000 characters",
        ),
        (
            "an odd id",
            NewReply {
                id: MessageId::from("1"),
                ..bed.words(&id, "Hello")
            },
            "the message id is not a ULID",
        ),
        (
            "a file of nobody's",
            NewReply {
                attachments: vec!["none".into()],
                ..bed.words(&id, "Hello")
            },
            "an attachment is no longer there; upload it again",
        ),
    ] {
        assert_eq!(refusal(reply(&bed.store, &ana, words).await), why, "{what}");
    }
    reply(&bed.store, &ana, bed.words(&id, &"á".repeat(LONGEST_TEXT)))
        .await
        .expect("just short enough");
    // Writing to who is done with does not open it.
    act(&bed.store, &ana, &id, Action::Resolve).await.expect("resolved");
    bed.say(&ana, &id, "One more thing").await;
    assert_eq!(bed.conversation(&id).await.status, ConversationStatus::Resolved);
    // After two contacts became one, the visitor still sees the conversation, and nobody else's.
    let other = bed.file(&webchat(&inbox, "visitor-2", "c2", "Hello")).await;
    let (first, second) = (filed.contact.expect("filed"), other.contact.expect("filed"));
    let foreign = Actor::Contact(second.clone());
    assert_eq!(
        refusal(access::conversation(bed.store.db(), &foreign, &id).await),
        "not found"
    );
    contacts::merge(&bed.store, &ana, &first, &second)
        .await
        .expect("merged");
    access::conversation(bed.store.db(), &foreign, &id)
        .await
        .expect("the two are one");
    bed.check().await;
}

async fn an_id_belongs_to_one_conversation(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let ana = bed.agent("ana").await;
    let (here, _) = bed.place(&whatsapp(&inbox, "5511999990001", "wamid.1", "Oi")).await;
    let (there, _) = bed.place(&whatsapp(&inbox, "5511999990002", "wamid.2", "Oi")).await;
    let words = bed.words(&here, "Olá");
    let first = reply(&bed.store, &ana, words.clone()).await.expect("written");
    let elsewhere = NewReply {
        conversation: there.clone(),
        ..words.clone()
    };
    assert_eq!(
        refusal(reply(&bed.store, &ana, elsewhere).await),
        "this message id is taken",
        "the other customer was not answered"
    );
    // Split off since, it was written there all the same.
    conversation::restructure::split(&bed.store, &ana, &here, std::slice::from_ref(&first.message), None)
        .await
        .expect("split");
    let again = reply(&bed.store, &ana, words).await.expect("a repetition");
    assert!(again.is_repeated);
    bed.check().await;
}
