//! Which conversation a message belongs to: every key, and every way to abuse one.

use conversation::contacts;
use conversation::inbound::{IdentityClaim, InboundMessage};
use conversation::lifecycle::{Action, act};
use conversation::restructure;
use conversation::tickets;
use conversation::types::{
    Actor, Channel, ContactId, ConversationId, ConversationStatus, IdentityKind, InboxId, MatchedBy,
};

use super::bed::{Bed, HOUR, both, mail, webchat, whatsapp};
use super::ingest::ticket_in;

both! {
    keys_of_a_mail,
    a_token_outlives_merging,
    strangers_get_a_conversation_of_their_own,
    a_merged_conversation_keeps_its_participants,
    chat_takes_up_what_is_open,
    a_mail_joins_an_open_chat,
    a_quoted_chat_message_leads_to_its_conversation,
    a_proved_identity_joins_contacts_it_came_with,
}

struct Thread {
    inbox: InboxId,
    id: ConversationId,
    contact: ContactId,
    answer: String,
    ticket: i64,
}

/// Ana wrote, naming a mail that we never had; an agent answered; there is a ticket.
async fn thread(bed: &Bed) -> Thread {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    let mut first = mail(&inbox, "ana@customer.test", "1@customer.test", "Hello");
    first.thread.references = vec!["never-held@customer.test".to_owned()];
    first.recipients = vec!["support@example.test".to_owned(), "Colleague@Customer.test".to_owned()];
    let filed = bed.file(&first).await;
    let id = filed.conversation.expect("filed");
    let ticket = tickets::open(&bed.store, &agent, ticket_in(&id))
        .await
        .expect("a ticket");
    let replied = bed.say(&agent, &id, "Answer").await;
    Thread {
        inbox,
        contact: filed.contact.expect("filed"),
        answer: bed.delivery(&replied.message).await.external_id,
        ticket: ticket.number,
        id,
    }
}

async fn company(bed: &Bed, contact: &ContactId, name: &str) {
    contacts::edit(&bed.store, &Actor::System, contact, "Somebody", None, Some(name))
        .await
        .expect("edited");
}

async fn keys_of_a_mail(bed: Bed) {
    let thread = thread(&bed).await;
    let token = bed.store.keys().reply_token(&thread.id);
    let mut tampered = token.clone();
    let last = tampered.pop().expect("a token");
    tampered.push(if last == '0' { '1' } else { '0' });
    let number = thread.ticket;
    let colleague = bed
        .file(&mail(&thread.inbox, "boss@customer.test", "boss.0", "Hi"))
        .await;
    company(&bed, &thread.contact, "Customer Ltd").await;
    company(&bed, &colleague.contact.expect("filed"), "Customer Ltd").await;
    let ours = |by| Some(by);
    let fresh = None;
    type Edit = Box<dyn Fn(&mut InboundMessage) + Send + Sync>;
    let cases: Vec<(&str, &str, Edit, Option<MatchedBy>)> = vec![
        (
            "token",
            "ana",
            {
                let t = token.clone();
                Box::new(move |m| m.thread.tokens = vec![t.clone()])
            },
            ours(MatchedBy::ReplyToken),
        ),
        (
            "token in capitals",
            "ana",
            {
                let t = token.to_uppercase();
                Box::new(move |m| m.thread.tokens = vec![t.clone()])
            },
            ours(MatchedBy::ReplyToken),
        ),
        (
            "token of a stranger: whoever was given it may answer",
            "eve",
            {
                let t = token.clone();
                Box::new(move |m| m.thread.tokens = vec![t.clone()])
            },
            ours(MatchedBy::ReplyToken),
        ),
        (
            "tampered token",
            "ana",
            {
                let t = tampered.clone();
                Box::new(move |m| m.thread.tokens = vec![t.clone()])
            },
            fresh,
        ),
        (
            "tampered token, then a good one",
            "ana",
            {
                let (a, b) = (tampered.clone(), token.clone());
                Box::new(move |m| m.thread.tokens = vec![a.clone(), b.clone()])
            },
            ours(MatchedBy::ReplyToken),
        ),
        (
            "token that is no token",
            "ana",
            Box::new(|m| m.thread.tokens = vec![String::new(), "ç".repeat(21), "x".repeat(42)]),
            fresh,
        ),
        (
            "answer to our answer",
            "ana",
            {
                let a = thread.answer.clone();
                Box::new(move |m| m.thread.in_reply_to = vec![a.clone()])
            },
            ours(MatchedBy::InReplyTo),
        ),
        (
            "answer to her own",
            "ana",
            Box::new(|m| m.thread.in_reply_to = vec!["1@customer.test".to_owned()]),
            ours(MatchedBy::InReplyTo),
        ),
        (
            "reference",
            "ana",
            {
                let a = thread.answer.clone();
                Box::new(move |m| m.thread.references = vec![a.clone(), "later@x.test".to_owned()])
            },
            ours(MatchedBy::References),
        ),
        (
            "reference that we only saw",
            "ana",
            Box::new(|m| m.thread.in_reply_to = vec!["never-held@customer.test".to_owned()]),
            ours(MatchedBy::SeenReference),
        ),
        (
            "seen reference, from whoever was in Cc",
            "colleague",
            Box::new(|m| m.thread.references = vec!["never-held@customer.test".to_owned()]),
            ours(MatchedBy::SeenReference),
        ),
        (
            "answer from whoever was in Cc",
            "colleague",
            {
                let a = thread.answer.clone();
                Box::new(move |m| m.thread.in_reply_to = vec![a.clone()])
            },
            ours(MatchedBy::InReplyTo),
        ),
        (
            "answer from a colleague of the same company",
            "boss",
            {
                let a = thread.answer.clone();
                Box::new(move |m| m.thread.in_reply_to = vec![a.clone()])
            },
            ours(MatchedBy::InReplyTo),
        ),
        (
            "ticket number",
            "ana",
            Box::new(move |m| m.subject = Some(format!("RE: [#{number}] Toner"))),
            ours(MatchedBy::TicketNumber),
        ),
        (
            "ticket number from a colleague",
            "boss",
            Box::new(move |m| m.subject = Some(format!("#{number}"))),
            ours(MatchedBy::TicketNumber),
        ),
        (
            "unknown ticket number",
            "ana",
            Box::new(|m| m.subject = Some("#999".to_owned())),
            fresh,
        ),
        ("nothing", "ana", Box::new(|_| ()), fresh),
        (
            "the same subject only",
            "ana",
            Box::new(|m| m.subject = Some("Re: Toner".to_owned())),
            fresh,
        ),
        (
            "unproved sender, answer",
            "ana",
            {
                let a = thread.answer.clone();
                Box::new(move |m| {
                    m.thread.in_reply_to = vec![a.clone()];
                    m.from.identities[0].verified = false;
                })
            },
            fresh,
        ),
        (
            "unproved sender, ticket number",
            "ana",
            Box::new(move |m| {
                m.subject = Some(format!("[#{number}]"));
                m.from.identities[0].verified = false;
            }),
            fresh,
        ),
        (
            "unproved sender, token",
            "ana",
            {
                let t = token.clone();
                Box::new(move |m| {
                    m.thread.tokens = vec![t.clone()];
                    m.from.identities[0].verified = false;
                })
            },
            ours(MatchedBy::ReplyToken),
        ),
    ];
    for (n, (what, who, edit, expected)) in cases.into_iter().enumerate() {
        let mut next = mail(
            &thread.inbox,
            &format!("{who}@customer.test"),
            &format!("case-{n}@customer.test"),
            what,
        );
        edit(&mut next);
        let (id, by) = bed.place(&next).await;
        match expected {
            Some(expected) => assert_eq!((&id, by), (&thread.id, expected), "{what}"),
            None => {
                assert_ne!(id, thread.id, "{what}");
                assert_eq!(by, MatchedBy::New, "{what}");
            }
        }
    }
    bed.check().await;
}

async fn a_token_outlives_merging(bed: Bed) {
    let thread = thread(&bed).await;
    let agent = Actor::System;
    let mut last = thread.id.clone();
    // Merged, and what it was merged into merged again, three times.
    for n in 0..3 {
        let (next, _) = bed
            .place(&mail(
                &thread.inbox,
                "ana@customer.test",
                &format!("m{n}@customer.test"),
                "Else",
            ))
            .await;
        restructure::merge(&bed.store, &agent, &last, &next)
            .await
            .expect("merged");
        last = next;
    }
    let token = bed.store.keys().reply_token(&thread.id);
    let mut by_token = mail(&thread.inbox, "ana@customer.test", "t@customer.test", "By token");
    by_token.thread.tokens = vec![token];
    let mut by_answer = mail(&thread.inbox, "ana@customer.test", "a@customer.test", "By answer");
    by_answer.thread.in_reply_to = vec![thread.answer.clone()];
    let mut by_number = mail(&thread.inbox, "ana@customer.test", "n@customer.test", "By number");
    by_number.subject = Some(format!("[#{}]", thread.ticket));
    let mut by_page = mail(&thread.inbox, "ana@customer.test", "p@customer.test", "By page");
    by_page.thread.conversation = Some(thread.id.clone());
    for (message, by) in [
        (by_token, MatchedBy::ReplyToken),
        (by_answer, MatchedBy::InReplyTo),
        (by_number, MatchedBy::TicketNumber),
        (by_page, MatchedBy::Explicit),
    ] {
        assert_eq!(bed.place(&message).await, (last.clone(), by));
    }
    assert_eq!(bed.conversation(&thread.id).await.id, last);
    // A person who writes on the page of the first one writes into the last.
    let ana = bed.agent("rui").await;
    let replied = bed.say(&ana, &thread.id, "Here").await;
    assert_eq!(bed.delivery(&replied.message).await.conversation_id, last);
    bed.check().await;
}

async fn a_merged_conversation_keeps_its_participants(bed: Bed) {
    let thread = thread(&bed).await;
    let mut last = thread.id.clone();
    for n in 0..2 {
        let (next, _) = bed
            .place(&mail(
                &thread.inbox,
                "ana@customer.test",
                &format!("m{n}@customer.test"),
                "Else",
            ))
            .await;
        restructure::merge(&bed.store, &Actor::System, &last, &next)
            .await
            .expect("merged");
        last = next;
    }
    let mut late = mail(&thread.inbox, "colleague@customer.test", "c@customer.test", "Late");
    late.thread.in_reply_to = vec![thread.answer.clone()];
    assert_eq!(bed.place(&late).await, (last, MatchedBy::InReplyTo));
    bed.check().await;
}

async fn strangers_get_a_conversation_of_their_own(bed: Bed) {
    let thread = thread(&bed).await;
    let answer = thread.answer.clone();
    let forged: Vec<(&str, Box<dyn Fn(&mut InboundMessage)>)> = vec![
        ("In-Reply-To", {
            let a = answer.clone();
            Box::new(move |m| m.thread.in_reply_to = vec![a.clone()])
        }),
        ("References", {
            let a = answer.clone();
            Box::new(move |m| m.thread.references = vec![a.clone()])
        }),
        (
            "seen reference",
            Box::new(|m| m.thread.references = vec!["never-held@customer.test".to_owned()]),
        ),
        (
            "ticket number",
            Box::new(move |m| m.subject = Some(format!("[#{}]", thread.ticket))),
        ),
    ];
    for (n, (what, edit)) in forged.into_iter().enumerate() {
        let mut mail = mail(
            &thread.inbox,
            &format!("eve{n}@evil.test"),
            &format!("{n}@evil.test"),
            "Let me in",
        );
        edit(&mut mail);
        let (id, by) = bed.place(&mail).await;
        assert_ne!(id, thread.id, "{what}");
        assert_eq!(by, MatchedBy::New, "{what}");
        assert_eq!(
            bed.conversation(&id).await.related_to.as_ref(),
            Some(&thread.id),
            "{what}"
        );
        // What the stranger wrote does not make the stranger known to the other conversation.
        let mut again = super::bed::mail(
            &thread.inbox,
            &format!("eve{n}@evil.test"),
            &format!("again{n}@evil.test"),
            "Again",
        );
        again.thread.in_reply_to = vec![answer.clone()];
        assert_ne!(bed.place(&again).await.0, thread.id, "{what}");
    }
    assert_eq!(
        bed.conversation(&thread.id).await.reply_address.as_deref(),
        Some("ana@customer.test")
    );
    bed.check().await;
}

async fn chat_takes_up_what_is_open(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let agent = bed.agent("ana").await;
    let said = |id: &str| whatsapp(&inbox, "5511999990001", id, "Oi");
    let (first, _) = bed.place(&said("wamid.1")).await;
    assert_eq!(
        bed.place(&said("wamid.2")).await,
        (first.clone(), MatchedBy::OpenConversation)
    );
    act(
        &bed.store,
        &agent,
        &first,
        Action::Snooze {
            until: super::bed::NOON + HOUR,
        },
    )
    .await
    .expect("snoozed");
    assert_eq!(bed.place(&said("wamid.3")).await.0, first);
    assert_eq!(
        bed.conversation(&first).await.status,
        ConversationStatus::Open,
        "a customer's word wakes it"
    );
    act(&bed.store, &agent, &first, Action::Resolve)
        .await
        .expect("resolved");
    bed.clock.advance(24 * HOUR - 1);
    assert_eq!(
        bed.place(&said("wamid.4")).await,
        (first.clone(), MatchedBy::OpenConversation)
    );
    assert_eq!(bed.conversation(&first).await.status, ConversationStatus::Open);
    act(&bed.store, &agent, &first, Action::Resolve)
        .await
        .expect("resolved");
    bed.clock.advance(24 * HOUR);
    let (second, by) = bed.place(&said("wamid.5")).await;
    assert_ne!(first, second);
    assert_eq!(by, MatchedBy::New);
    // Of several open ones it takes the latest.
    act(&bed.store, &agent, &first, Action::Reopen).await.expect("reopened");
    assert_eq!(bed.place(&said("wamid.6")).await.0, second);
    bed.check().await;
}

async fn a_mail_joins_an_open_chat(bed: Bed) {
    let (mailbox, chat) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Webchat, false).await,
    );
    let agent = bed.agent("ana").await;
    let mut hello = webchat(&chat, "visitor-1", "c1", "Hello");
    hello.from.identities.push(IdentityClaim {
        kind: IdentityKind::Email,
        value: "ana@customer.test".to_owned(),
        verified: true,
    });
    let (id, _) = bed.place(&hello).await;
    let mail = |n: &str| super::bed::mail(&mailbox, "ana@customer.test", n, "By mail");
    assert_eq!(
        bed.place(&mail("1@customer.test")).await,
        (id.clone(), MatchedBy::OpenConversation)
    );
    let joined = bed.conversation(&id).await;
    assert_eq!(
        joined.channel,
        Channel::Email,
        "the answer goes where the customer is now"
    );
    assert_eq!(joined.reply_address.as_deref(), Some("ana@customer.test"));
    // It is a mail conversation now: a second matter is a second conversation…
    let (other, _) = bed.place(&mail("2@customer.test")).await;
    assert_ne!(other, id);
    // …and a mail to a chat that is done begins anew.
    assert_eq!(bed.place(&webchat(&chat, "visitor-1", "c2", "Back")).await.0, other);
    act(&bed.store, &agent, &other, Action::Resolve)
        .await
        .expect("resolved");
    act(&bed.store, &agent, &id, Action::Resolve).await.expect("resolved");
    assert_eq!(bed.place(&mail("3@customer.test")).await.1, MatchedBy::New);
    bed.check().await;
}

async fn a_quoted_chat_message_leads_to_its_conversation(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let agent = bed.agent("ana").await;
    let (old, _) = bed.place(&whatsapp(&inbox, "5511999990001", "wamid.1", "Oi")).await;
    let replied = bed.say(&agent, &old, "Olá").await;
    let leased = conversation::deliveries::lease(&bed.store, "sender", 10)
        .await
        .expect("leased");
    let sent = conversation::outbound::Sent {
        provider_id: Some("wamid.ours".to_owned()),
        is_delivered: false,
    };
    conversation::deliveries::settle(&bed.store, "sender", &leased[0], Ok(sent))
        .await
        .expect("settled");
    assert_eq!(leased[0].message_id, replied.message);
    act(&bed.store, &agent, &old, Action::Resolve).await.expect("resolved");
    bed.clock.advance(48 * HOUR);
    let (new, _) = bed
        .place(&whatsapp(&inbox, "5511999990001", "wamid.2", "Outra coisa"))
        .await;
    assert_ne!(old, new);
    for (n, quoted) in ["wamid.1", "wamid.ours"].into_iter().enumerate() {
        let mut answer = whatsapp(&inbox, "5511999990001", &format!("wamid.q{n}"), "Sobre isto");
        answer.thread.in_reply_to = vec![quoted.to_owned()];
        assert_eq!(
            bed.place(&answer).await,
            (old.clone(), MatchedBy::InReplyTo),
            "{quoted}"
        );
        let mut forged = whatsapp(&inbox, "5511999990666", &format!("wamid.f{n}"), "Deixa-me entrar");
        forged.thread.in_reply_to = vec![quoted.to_owned()];
        assert_ne!(bed.place(&forged).await.0, old, "{quoted}");
    }
    bed.check().await;
}

async fn a_proved_identity_joins_contacts_it_came_with(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let with = |id: &str, verified: bool, value: &str| {
        let mut said = webchat(&inbox, &format!("visitor-{id}"), id, "Hello");
        said.from.identities.push(IdentityClaim {
            kind: IdentityKind::External,
            value: value.to_owned(),
            verified,
        });
        said
    };
    let first = bed.file(&with("1", true, "user-1")).await.contact;
    assert_eq!(
        bed.file(&with("2", true, "user-1")).await.contact,
        first,
        "the site signed for it"
    );
    let forged = bed.file(&with("3", false, "user-1")).await.contact;
    assert_ne!(forged, first, "it only says so");
    bed.check().await;
}
