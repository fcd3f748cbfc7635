//! A conversation that we begin: once, with one person, and its answer comes back to it.

use conversation::begun::{Beginning, begin};
use conversation::blocked::{self, IfBlocked};
use conversation::ingest::ingest_one;
use conversation::reply::Sending;
use conversation::types::{Actor, Channel, ConversationStatus, Level, MessageId};
use conversation::{Error, access, deliveries};
use futures::future::join_all;

use super::bed::{Bed, both, mail, refusal};

both! {
    it_is_begun_once_and_answered_there,
    two_to_one_new_address_make_one_person,
    whoever_writes_to_us_meanwhile_is_the_same_person,
    what_cannot_be_begun,
    who_is_blocked_is_written_to_only_on_purpose,
}

async fn to(bed: &Bed, address: &str, name: &str) -> Beginning {
    Beginning {
        message: MessageId::from(bed.store.env().ulid()),
        inbox: bed.inbox(Channel::Email, true).await,
        address: address.to_owned(),
        name: name.to_owned(),
        subject: "  Your \n contract ".to_owned(),
        text: "It ends in May.".to_owned(),
        attachments: Vec::new(),
        sending: Sending::default(),
        if_blocked: IfBlocked::Refuse,
    }
}

async fn it_is_begun_once_and_answered_there(bed: Bed) {
    let ana = bed.agent("ana").await;
    let new = to(&bed, " Eva@Customer.test ", "Eva Gil").await;
    let first = begin(&bed.store, &ana, new.clone()).await.expect("begun");
    let again = begin(&bed.store, &ana, new.clone()).await.expect("known");
    assert_eq!(first, again);
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 1);

    let begun = access::conversation(bed.store.db(), &ana, &first).await.expect("there");
    assert_eq!(begun.subject.as_deref(), Some("Your contract"));
    assert_eq!((begun.status, begun.level), (ConversationStatus::Open, Level::N1));
    assert_eq!(
        begun.assignee_id.map(Actor::Agent),
        Some(ana.clone()),
        "whoever writes has it"
    );
    assert_eq!(begun.waiting_since, None, "nobody waits for us");
    assert_eq!(begun.preview, "It ends in May.");
    let contact = access::contact(bed.store.db(), &ana, &begun.contact_id)
        .await
        .expect("a contact");
    assert_eq!(contact.name, "Eva Gil");

    let sent = deliveries::of_messages(bed.store.db(), &[new.message])
        .await
        .expect("deliveries");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].recipient, "eva@customer.test");
    let mut answer = mail(&new.inbox, "eva@customer.test", "1@customer.test", "Thank you");
    answer.thread.in_reply_to = vec![sent[0].external_id.clone()];
    let (answered, _) = bed.place(&answer).await;
    assert_eq!(answered, first);
    let now = access::conversation(bed.store.db(), &ana, &first).await.expect("there");
    assert!(now.waiting_since.is_some(), "now the customer waits");
    assert_eq!(now.level, Level::N1, "and the bot stays out of it");
}

async fn whoever_writes_to_us_meanwhile_is_the_same_person(bed: Bed) {
    let ana = bed.agent("ana").await;
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for n in 0..40 {
        let address = format!("new{n}@customer.test");
        let new = to(&bed, &address, "").await;
        theirs.push(mail(&new.inbox, &address, &format!("{n}@customer.test"), "Hello"));
        ours.push(new);
    }
    let begun = join_all(ours.into_iter().map(|new| begin(&bed.store, &ana, new)));
    let came = join_all(theirs.iter().map(|mail| ingest_one(&bed.store, mail.clone())));
    let (begun, came) = tokio::join!(begun, came);
    for one in begun {
        one.expect("begun");
    }
    for one in came {
        one.expect("filed");
    }
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 40);
    bed.check().await;
}

async fn two_to_one_new_address_make_one_person(bed: Bed) {
    let (ana, rui) = (bed.agent("ana").await, bed.agent("rui").await);
    let new = to(&bed, "eva@customer.test", "Eva").await;
    let second = bed.second().await;
    let tasks = (0..6).map(|n| {
        let actor = if n % 2 == 0 { ana.clone() } else { rui.clone() };
        let store = if n % 2 == 0 { bed.store.clone() } else { second.clone() };
        let new = Beginning {
            message: MessageId::from(bed.store.env().ulid()),
            ..new.clone()
        };
        tokio::spawn(async move { begin(&store, &actor, new).await })
    });
    for task in join_all(tasks).await {
        task.expect("no panic").expect("begun");
    }
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM conversations").await, 6);
}

async fn what_cannot_be_begun(bed: Bed) {
    let ana = bed.agent("ana").await;
    let good = to(&bed, "eva@customer.test", "Eva").await;
    let with = |change: &dyn Fn(&mut Beginning)| {
        let mut new = good.clone();
        change(&mut new);
        new
    };
    for (new, why) in [
        (
            with(&|new| new.address = "eva".to_owned()),
            "that is not an e-mail address",
        ),
        (with(&|new| new.subject = "  ".to_owned()), "subject is empty"),
        (
            with(&|new| new.subject = "x".repeat(301)),
            "subject has more than 300 characters",
        ),
        (with(&|new| new.text = " ".to_owned()), "the message is empty"),
        (
            with(&|new| new.sending.cc = vec!["nobody".to_owned()]),
            "`nobody` is not an e-mail address",
        ),
    ] {
        assert_eq!(refusal(begin(&bed.store, &ana, new).await), why);
    }
    let chat = bed.inbox(Channel::Whatsapp, false).await;
    let new = with(&|new| new.inbox = chat.clone());
    assert!(matches!(begin(&bed.store, &ana, new).await, Err(Error::NotFound)));
    assert_eq!(bed.count("SELECT COUNT(*) FROM conversations").await, 0);
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 0);
}

async fn who_is_blocked_is_written_to_only_on_purpose(bed: Bed) {
    let ana = bed.agent("ana").await;
    let new = to(&bed, "eva@mail.customer.test", "Eva").await;
    for typed in ["eva@mail.customer.test", "@customer.test"] {
        let key = blocked::read(typed).expect("somebody");
        blocked::block(&bed.store, &ana, key, "").await.expect("blocked");
    }
    let Err(Error::Conflict(words)) = begin(&bed.store, &ana, new.clone()).await else {
        panic!("it says so first");
    };
    assert!(
        words.contains("eva@mail.customer.test") && words.contains("@customer.test"),
        "{words}"
    );
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM contacts").await,
        0,
        "nothing is left behind"
    );

    let kept = Beginning {
        if_blocked: IfBlocked::Keep,
        ..new.clone()
    };
    let first = begin(&bed.store, &ana, kept.clone()).await.expect("on purpose");
    assert_eq!(
        begin(&bed.store, &ana, new.clone()).await.expect("known"),
        first,
        "the same request"
    );
    let listed = || async { blocked::list(bed.store.db(), "", None, 50).await.expect("a list").len() };
    assert_eq!(listed().await, 2, "they stay blocked");

    let let_in = Beginning {
        message: MessageId::from(bed.store.env().ulid()),
        if_blocked: IfBlocked::LetIn,
        ..new
    };
    begin(&bed.store, &ana, let_in).await.expect("let in");
    assert_eq!(listed().await, 0);
    bed.check().await;
}
