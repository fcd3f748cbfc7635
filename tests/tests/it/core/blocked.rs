//! Who is blocked, and whom the mail server suspects, on both databases: what they write is kept and disturbs nobody.

use conversation::blocked::{self, Kind};
use conversation::inbound::InboundMessage;
use conversation::spam::Why;
use conversation::types::{
    Channel, ConversationStatus, IdentityKind, InboxId, Level, MatchedBy, MessageKind, TicketStatus,
};
use conversation::{tickets, views};

use super::bed::{Bed, HOUR, NOON, both, mail, message, refusal, webchat, whatsapp};
use super::spam::{answer, block, is_spam, lift, listed, why};

both!(
    a_blocked_sender_disturbs_nothing,
    a_blocked_sender_in_a_chat_goes_on_in_spam,
    who_is_let_in_again_writes_as_everybody,
    a_domain_is_blocked_with_what_is_under_it,
    who_signs_in_is_not_blocked,
    what_the_server_suspects_is_spam_unless_we_know_better,
);

async fn came(bed: &Bed) -> Vec<(String, i64)> {
    let all = blocked::list(bed.store.db(), "", None, 50).await.expect("a list");
    let mut all: Vec<_> = all.into_iter().map(|one| (one.value, one.messages)).collect();
    all.sort();
    all
}

async fn a_blocked_sender_disturbs_nothing(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, true).await;
    let (running, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Hello")).await;
    let said = bed.say(&ana, &running, "Yes?").await;
    let ours = bed.delivery(&said.message).await.external_id;
    assert!(
        blocked::block_here(&bed.store, &ana, &running, false, "Insults")
            .await
            .expect("blocked")
    );
    assert!(
        !blocked::block_here(&bed.store, &ana, &running, false, "")
            .await
            .expect("known")
    );
    let before = bed.conversation(&running).await;
    bed.clock.advance(HOUR);

    let (beside, by) = bed
        .place(&answer(&inbox, "JOAO@x.example".to_lowercase().as_str(), "b@x", &ours))
        .await;
    assert_eq!(by, MatchedBy::New);
    let now = bed.conversation(&running).await;
    assert_eq!(
        (now.status, now.waiting_since, now.last_message_at),
        (before.status, None, before.last_message_at)
    );
    let lines = views::timeline(bed.store.db(), &running, None, 20)
        .await
        .expect("messages");
    let line = lines.last().expect("a line");
    assert_eq!(line.kind, MessageKind::Activity);
    assert_eq!(line.extra.as_ref().expect("facts")["conversation"], beside.as_str());
    let spam = bed.conversation(&beside).await;
    assert_eq!((spam.related_to.as_ref(), spam.level), (Some(&running), Level::N1));
    assert_eq!(why(&bed, &beside).await, (Why::Blocked, "joao@x.example".to_owned()));

    // All that follows is one spam, also by the token of our own mail.
    assert_eq!(
        bed.place(&answer(&inbox, "joao@x.example", "c@x", &ours)).await.0,
        beside
    );
    let token = bed.store.keys().reply_token(&running);
    let mut forged = mail(&inbox, "joao@x.example", "d@x", "Again");
    forged.thread.tokens = vec![token];
    forged.thread.references = vec!["b@x".to_owned()];
    forged.from.identities[0].verified = false;
    assert_eq!(bed.place(&forged).await.0, beside);
    assert_eq!(came(&bed).await, [("joao@x.example".to_owned(), 3)]);
    assert_eq!(listed(&bed, true).await, std::slice::from_ref(&beside));
    // It can be put right.
    lift(&bed, &ana, &beside).await;
    let now = bed.conversation(&beside).await;
    assert_eq!(
        (now.status, now.waiting_since),
        (ConversationStatus::Open, Some(NOON + HOUR))
    );
    bed.check().await;
}

async fn a_blocked_sender_in_a_chat_goes_on_in_spam(bed: Bed) {
    let ana = bed.agent("ana").await;
    for (inbox, from, make) in [
        (
            bed.inbox(Channel::Whatsapp, false).await,
            "5511988887777",
            whatsapp as fn(&InboxId, &str, &str, &str) -> _,
        ),
        (bed.inbox(Channel::Webchat, false).await, "01VISITOR", webchat),
    ] {
        let (running, _) = bed.place(&make(&inbox, from, &format!("1{from}"), "Oi")).await;
        blocked::block_here(&bed.store, &ana, &running, false, "")
            .await
            .expect("blocked");
        let (beside, _) = bed.place(&make(&inbox, from, &format!("2{from}"), "Oi")).await;
        assert_ne!(beside, running);
        assert!(is_spam(&bed, &beside).await && !is_spam(&bed, &running).await);
        let (again, by) = bed.place(&make(&inbox, from, &format!("3{from}"), "Oi")).await;
        assert_eq!((again, by), (beside.clone(), MatchedBy::OpenConversation));
        assert!(blocked::unblock_here(&bed.store, &ana, &running).await.expect("let in"));
        assert_eq!(
            bed.place(&make(&inbox, from, &format!("4{from}"), "Oi")).await.0,
            running,
            "{from}"
        );
        assert!(is_spam(&bed, &beside).await, "what came stays where it is");
    }
    bed.check().await;
}

async fn who_is_let_in_again_writes_as_everybody(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    block(&bed, &ana, "joao@x.example").await;
    let (first, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "One")).await;
    assert!(is_spam(&bed, &first).await);
    let blocked = blocked::list(bed.store.db(), "JOAO", None, 10).await.expect("a list");
    assert_eq!(
        (blocked.len(), blocked[0].messages, blocked[0].last_at),
        (1, 1, Some(NOON))
    );
    blocked::unblock(&bed.store, &ana, &blocked[0].id)
        .await
        .expect("let in");
    let (second, _) = bed.place(&mail(&inbox, "joao@x.example", "b@x", "Two")).await;
    let now = bed.conversation(&second).await;
    assert_eq!(
        (now.spam_since, now.status, now.waiting_since),
        (None, ConversationStatus::Open, Some(NOON))
    );
    // What only the block made spam comes out with the next word in it.
    bed.clock.advance(HOUR);
    assert_eq!(
        bed.place(&answer(&inbox, "joao@x.example", "c@x", "a@x")).await.0,
        first
    );
    let now = bed.conversation(&first).await;
    assert_eq!((now.spam_since, now.status), (None, ConversationStatus::Open));
    assert_eq!(now.waiting_since, Some(NOON), "nobody answered the first one either");
    bed.check().await;
}

async fn a_domain_is_blocked_with_what_is_under_it(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let refused = async |text: &str| {
        let key = blocked::read(text).expect("readable");
        refusal(blocked::block(&bed.store, &ana, key, "").await)
    };
    assert!(refused("gmail.com").await.contains("everybody"));
    assert!(refused("@hotmail.com.br").await.contains("everybody"));
    assert!(
        refused("example.test").await.contains("own"),
        "the inboxes' and agents' domain"
    );
    assert!(refused("ana@example.test").await.contains("own"));
    for text in ["", "nobody", "12", "a b@c"] {
        assert!(blocked::read(text).is_err(), "{text}");
    }
    assert_eq!(
        blocked::read("+55 (11) 98888-7777").expect("a number"),
        (Kind::Whatsapp, "5511988887777".to_owned())
    );
    block(&bed, &ana, "@shop.example").await;
    for (number, (from, expected)) in [
        ("ana@shop.example", true),
        ("x@news.shop.example", true),
        ("x@myshop.example", false),
        ("shop.example@other.example", false),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, _) = bed.place(&mail(&inbox, from, &format!("{number}@x"), "Offer")).await;
        assert_eq!(is_spam(&bed, &id).await, expected, "{from}");
    }
    assert_eq!(came(&bed).await, [("shop.example".to_owned(), 2)]);
    bed.check().await;
}

async fn who_signs_in_is_not_blocked(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Portal, false).await;
    block(&bed, &ana, "joao@x.example").await;
    let form = |id: &str, is_signed_in: bool| {
        let mut form = message(
            Channel::Portal,
            &inbox,
            IdentityKind::Email,
            "joao@x.example",
            id,
            "Help",
        );
        form.from.identities[0].verified = is_signed_in;
        form.subject = Some("Help".to_owned());
        form
    };
    let (by_form, _) = bed.place(&form("1", false)).await;
    assert!(is_spam(&bed, &by_form).await, "anybody can type an address");
    let ticket = tickets::of_conversation(bed.store.db(), &by_form)
        .await
        .expect("tickets")
        .remove(0);
    assert_eq!(
        ticket.status,
        TicketStatus::Resolved,
        "its number can be told, and it is nobody's work"
    );
    let (signed_in, _) = bed.place(&form("2", true)).await;
    assert!(!is_spam(&bed, &signed_in).await);
    lift(&bed, &ana, &by_form).await;
    let ticket = tickets::load(bed.store.db(), &ticket.id).await.expect("there");
    assert_eq!((ticket.status, ticket.resolved_at), (TicketStatus::New, None));
    bed.check().await;
}

async fn what_the_server_suspects_is_spam_unless_we_know_better(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let judged = |mut message: InboundMessage| {
        message.judged = Some("X-Spam-Flag: YES".to_owned());
        message
    };
    let (id, _) = bed.place(&judged(mail(&inbox, "joao@x.example", "a@x", "Offer"))).await;
    assert_eq!(why(&bed, &id).await, (Why::Judged, "X-Spam-Flag: YES".to_owned()));
    let (again, _) = bed.place(&judged(answer(&inbox, "joao@x.example", "b@x", "a@x"))).await;
    assert_eq!(again, id, "on with the spam that it answers");
    assert!(is_spam(&bed, &id).await);
    // A mail that the server has nothing against takes the thread out.
    bed.place(&answer(&inbox, "joao@x.example", "c@x", "b@x")).await;
    assert!(!is_spam(&bed, &id).await);
    assert_eq!(bed.conversation(&id).await.waiting_since, Some(NOON));

    // Who answers us is believed, and so is whom we answered before.
    let said = bed.say(&ana, &id, "Which offer?").await;
    let ours = bed.delivery(&said.message).await.external_id;
    bed.clock.advance(HOUR);
    assert_eq!(
        bed.place(&judged(answer(&inbox, "joao@x.example", "d@x", &ours)))
            .await
            .0,
        id
    );
    assert_eq!(bed.conversation(&id).await.waiting_since, Some(NOON + HOUR));
    let (known, _) = bed
        .place(&judged(mail(&inbox, "joao@x.example", "e@x", "Another")))
        .await;
    assert!(!is_spam(&bed, &known).await);
    // But not somebody who only says that he is him.
    let mut forged = judged(mail(&inbox, "joao@x.example", "f@x", "Wire me money"));
    forged.from.identities[0].verified = false;
    let (forged, _) = bed.place(&forged).await;
    assert!(is_spam(&bed, &forged).await);
    bed.check().await;
}
