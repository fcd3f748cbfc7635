//! What a chat says first: how it is kept, and the conversation that it begins, once.

use conversation::db::sql;
use conversation::desk::Texts;
use conversation::events::EventKind;
use conversation::inbound::InboundMessage;
use conversation::ingest::{Outcome, ingest, ingest_one};
use conversation::proactive::{self, NewProactive, Opening, Seen};
use conversation::store::events_after;
use conversation::types::{Actor, ActorKind, AgentId, Channel, ConversationId, InboxId, Language, Level, MessageKind};
use conversation::{Error, views};
use futures::future::join_all;

use super::bed::{Bed, SECOND, both, refusal, webchat};

both! {
    they_are_kept_in_their_order,
    what_cannot_be_kept,
    a_conversation_begins_with_it_once,
    who_is_in_a_conversation_was_not_spoken_to_first,
    browsers_count_and_nothing_else,
}

fn words(text: &str) -> Texts {
    Texts::of([(Language::Es, text.to_owned())])
}

fn new(name: &str) -> NewProactive {
    NewProactive {
        name: name.to_owned(),
        is_on: true,
        words: words("¿Dudas?"),
        ..NewProactive::default()
    }
}

async fn names(bed: &Bed, inbox: &InboxId) -> Vec<String> {
    let all = proactive::list(bed.store.db(), inbox).await.expect("listed");
    all.into_iter().map(|one| one.name).collect()
}

async fn they_are_kept_in_their_order(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, true).await;
    let (store, by) = (&bed.store, Actor::System);
    for name in ["prices", "leasing", "everywhere"] {
        proactive::create(store, &by, &inbox, new(name)).await.expect("kept");
    }
    let all = proactive::list(store.db(), &inbox).await.expect("listed");
    proactive::shift(store, &by, &inbox, &all[2].id, true)
        .await
        .expect("moved");
    assert_eq!(names(&bed, &inbox).await, ["prices", "everywhere", "leasing"]);
    let changed = NewProactive {
        pages: vec![" /prices* ".to_owned(), String::new(), "/prices*".to_owned()],
        after_seconds: 20,
        ..new("rates")
    };
    let changed = proactive::change(store, &by, &inbox, &all[0].id, changed)
        .await
        .expect("changed");
    assert_eq!(changed.pages, ["/prices*"]);
    assert_eq!(changed.after_seconds, 20);
    assert_eq!(
        changed.words_in(Language::En, Language::Pt).map(|(_, text)| text),
        Some("¿Dudas?")
    );
    assert_eq!(
        names(&bed, &inbox).await,
        ["rates", "everywhere", "leasing"],
        "its place stays"
    );
    proactive::remove(store, &by, &inbox, &all[2].id)
        .await
        .expect("removed");
    assert_eq!(names(&bed, &inbox).await, ["rates", "leasing"]);
    // Those of another inbox are not to be had here.
    let other = bed.inbox(Channel::Webchat, true).await;
    for gone in [
        proactive::load(store.db(), &other, &all[0].id).await.err(),
        proactive::remove(store, &by, &other, &all[0].id).await.err(),
        proactive::shift(store, &by, &other, &all[0].id, true).await.err(),
        proactive::change(store, &by, &other, &all[0].id, new("x")).await.err(),
    ] {
        assert!(matches!(gone, Some(Error::NotFound)), "{gone:?}");
    }
}

async fn what_cannot_be_kept(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, true).await;
    let (store, by) = (&bed.store, Actor::System);
    let long = "x".repeat(301);
    let cases: [(NewProactive, &str); 9] = [
        (new(" "), "name is empty"),
        (new(&long), "name has more than 80 characters"),
        (
            NewProactive {
                words: Texts::default(),
                ..new("a")
            },
            "words: write the words in one language at least",
        ),
        (
            NewProactive {
                words: words(&long),
                ..new("a")
            },
            "words_es: at most 300 characters",
        ),
        (
            NewProactive {
                after_seconds: 601,
                ..new("a")
            },
            "after_seconds: 0 to 600 seconds",
        ),
        (
            NewProactive {
                after_seconds: -1,
                ..new("a")
            },
            "after_seconds: 0 to 600 seconds",
        ),
        (
            NewProactive {
                pages: vec!["prices".into()],
                ..new("a")
            },
            "pages: `prices` is no page; write a path such as /prices* or an address such as https://www.example.com/prices",
        ),
        (
            NewProactive {
                pages: vec!["/*a*b*c*d*e*".into()],
                ..new("a")
            },
            "pages: at most 5 times `*` in a line",
        ),
        (
            NewProactive {
                agent: Some(AgentId::from("nobody")),
                ..new("a")
            },
            "agent: choose somebody who works here",
        ),
    ];
    for (wrong, words) in cases {
        assert_eq!(refusal(proactive::create(store, &by, &inbox, wrong).await), words);
    }
    let mailbox = bed.inbox(Channel::Email, true).await;
    assert_eq!(
        refusal(proactive::create(store, &by, &mailbox, new("a")).await),
        "not found"
    );
    for number in 0..proactive::MOST {
        let one = new(&number.to_string());
        proactive::create(store, &by, &inbox, one).await.expect("kept");
    }
    let one_more = proactive::create(store, &by, &inbox, new("more")).await;
    assert_eq!(refusal(one_more), "at most 20 proactive messages in a chat");
}

async fn opening(bed: &Bed, inbox: &InboxId, agent: Option<AgentId>) -> Opening {
    let one = NewProactive { agent, ..new("prices") };
    let one = proactive::create(&bed.store, &Actor::System, inbox, one)
        .await
        .expect("kept");
    let inbox = proactive::chat(bed.store.db(), inbox).await.expect("a chat");
    proactive::opening(bed.store.db(), &inbox, &one.id, Language::En)
        .await
        .expect("looked up")
        .expect("there")
}

fn answer(bed: &Bed, inbox: &InboxId, id: &str, opening: &Opening) -> InboundMessage {
    let mut message = webchat(inbox, "browser", id, id);
    message.sent_at = bed.store.now();
    message.opening = Some(opening.clone());
    message
}

async fn said(bed: &Bed, conversation: &ConversationId) -> Vec<(MessageKind, String)> {
    views::customer_timeline(bed.store.db(), conversation, 100)
        .await
        .expect("read")
        .into_iter()
        .map(|message| (message.kind, message.text))
        .collect()
}

async fn answered(bed: &Bed, inbox: &InboxId) -> i64 {
    proactive::list(bed.store.db(), inbox).await.expect("listed")[0].answered
}

async fn a_conversation_begins_with_it_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, true).await;
    let Actor::Agent(ana) = bed.agent("ana").await else {
        panic!("an agent")
    };
    let opening = opening(&bed, &inbox, Some(ana.clone())).await;
    assert_eq!(opening.agent, Some(ana.clone()));
    let second = bed.second().await;
    // Three tabs and two processes, each of them twice.
    let tabs = ["one", "two", "three"];
    let sent = tabs.iter().chain(&tabs).enumerate().map(|(number, id)| {
        let store = if number % 2 == 0 { &bed.store } else { &second };
        ingest_one(store, answer(&bed, &inbox, id, &opening))
    });
    let filed: Vec<_> = join_all(sent)
        .await
        .into_iter()
        .map(|filed| filed.expect("filed"))
        .collect();
    let created = filed.iter().filter(|one| one.outcome == Outcome::Created).count();
    assert_eq!(created, 1);
    let id = filed[0].conversation.clone().expect("a conversation");
    let all = said(&bed, &id).await;
    assert_eq!(all[0], (MessageKind::Outbound, "¿Dudas?".to_owned()));
    let mut theirs: Vec<&str> = all[1..].iter().map(|(_, text)| text.as_str()).collect();
    theirs.sort_unstable();
    assert_eq!(theirs, ["one", "three", "two"], "each once, and what we said once");
    assert_eq!(answered(&bed, &inbox).await, 1);

    let first = views::customer_timeline(bed.store.db(), &id, 100)
        .await
        .expect("read")
        .remove(0);
    assert_eq!(first.author_kind, ActorKind::System, "nobody answered yet");
    assert_eq!(proactive::speaker(&first), (ActorKind::Agent, ana.as_str()));
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (conversation.level, conversation.assignee_id),
        (Level::Bot, None),
        "as any that begins"
    );
    assert!(conversation.waiting_since.is_some());
    assert_eq!(conversation.message_count, 4);
    let (deliveries,): (i64,) = sql("SELECT COUNT(*) FROM deliveries")
        .one(bed.store.db())
        .await
        .expect("counted");
    assert_eq!(deliveries, 0, "it was read where it was shown");
    let told: Vec<bool> = events_after(bed.store.db(), 0, 100)
        .await
        .expect("events")
        .into_iter()
        .filter(|event| event.kind == EventKind::MessageCreated)
        .map(|event| event.data["kind"] == "inbound")
        .collect();
    assert_eq!(
        told,
        [false, true, true, true],
        "those who answer hear of what was asked"
    );

    bed.check().await;

    // Who left does not speak any more.
    let mut tx = bed.store.begin().await.expect("begun");
    sql("UPDATE agents SET is_enabled = $1")
        .bind(false)
        .run(&mut tx)
        .await
        .expect("left");
    tx.commit_silently().await.expect("kept");
    let chat = proactive::chat(bed.store.db(), &inbox).await.expect("a chat");
    let now = proactive::opening(bed.store.db(), &chat, &opening.id, Language::En).await;
    assert_eq!(now.expect("looked up").expect("there").agent, None);
}

async fn who_is_in_a_conversation_was_not_spoken_to_first(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let opening = opening(&bed, &inbox, None).await;
    let begun = ingest(&bed.store, &[webchat(&inbox, "browser", "hello", "hello")])
        .await
        .expect("filed")
        .remove(0);
    bed.clock.advance(SECOND);
    let more = ingest_one(&bed.store, answer(&bed, &inbox, "more", &opening))
        .await
        .expect("filed");
    assert_eq!(more.conversation, begun.conversation);
    let id = begun.conversation.expect("a conversation");
    let texts: Vec<String> = said(&bed, &id).await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["hello", "more"]);
    assert_eq!(answered(&bed, &inbox).await, 0);
}

async fn browsers_count_and_nothing_else(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let other = bed.inbox(Channel::Webchat, false).await;
    let one = proactive::create(&bed.store, &Actor::System, &inbox, new("prices"))
        .await
        .expect("kept");
    let seen = |what: &[Seen]| what.iter().map(|seen| (one.id.clone(), *seen)).collect::<Vec<_>>();
    for (at, what) in [
        (&inbox, seen(&[Seen::Shown, Seen::Shown, Seen::Opened])),
        (&inbox, seen(&[Seen::Shown])),
        (&other, seen(&[Seen::Shown])),
        (
            &inbox,
            vec![("'; DROP TABLE proactive_messages".to_owned(), Seen::Shown)],
        ),
    ] {
        proactive::count(&bed.store, at, &what).await.expect("counted");
    }
    let one = proactive::load(bed.store.db(), &inbox, &one.id).await.expect("there");
    assert_eq!(
        (one.shown, one.opened, one.answered),
        (2, 1, 0),
        "a request counts each once"
    );
    let (rows,): (i64,) = sql("SELECT COUNT(*) FROM proactive_messages")
        .one(bed.store.db())
        .await
        .expect("counted");
    assert_eq!(rows, 1);
}
