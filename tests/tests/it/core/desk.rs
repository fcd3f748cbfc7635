//! The desk on both databases: canned replies, drafts, presence, followers and mentions.

use conversation::desk::canned::{self, NewCannedReply};
use conversation::desk::drafts::{self, DraftExtra};
use conversation::desk::fits::Matter;
use conversation::desk::inboxes::{self as inbox_desks, InboxDesk};
use conversation::desk::presence::{self, DeskEdit, Presence};
use conversation::desk::worker::{self, DeskWorker};
use conversation::desk::{Texts, follow};
use conversation::lists::{self, Filter, Sort};
use conversation::reply::{ReplyKind, reply};
use conversation::stream::Hint;
use conversation::stream::consumer;
use conversation::types::{Actor, AgentId, Channel, ConversationId, InboxId, Language, MessageKind};
use conversation::{Error, Store, restructure, views};

use super::bed::{Bed, both, mail, refusal};

both!(
    canned_replies_are_found_and_filled,
    drafts_survive_and_do_not_write_over_each_other,
    agents_come_and_go,
    a_note_calls_people_who_then_follow,
    a_note_that_moves_calls_from_where_it_is,
);

/// Everything that the desk has not handled yet.
pub(super) async fn work(store: &Store) {
    consumer::register(store, &worker::GROUP).await.expect("register");
    let hints: Vec<Hint> = consumer::sweep(store, &worker::GROUP, 0).await.expect("sweep");
    let positions: Vec<i64> = hints.iter().map(|hint| hint.position).collect();
    let mut done = consumer::work(store, &worker::GROUP, &DeskWorker, hints).await;
    done.sort_unstable();
    assert_eq!(done, positions, "every event was handled");
}

pub(super) fn id(actor: &Actor) -> AgentId {
    AgentId::from(actor.id())
}

pub(super) async fn shared(bed: &Bed, inbox: &InboxId, desk: InboxDesk) {
    inbox_desks::save(&bed.store, &Actor::System, inbox, &desk)
        .await
        .expect("a desk");
}

pub(super) fn english(words: &str) -> Texts {
    Texts::of([(Language::En, words.to_owned())])
}

pub(super) async fn count(bed: &Bed, conversation: &ConversationId, kind: MessageKind) -> usize {
    let all = views::timeline(bed.store.db(), conversation, None, 200)
        .await
        .expect("a timeline");
    all.iter().filter(|message| message.kind == kind).count()
}

async fn canned_replies_are_found_and_filled(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    let mut hello = mail(&inbox, "joana@example.org", "a@x", "Olá");
    hello.from.name = Some("Joana Reis".to_owned());
    hello.from.language = Some(Language::Pt);
    let (conversation, _) = bed.place(&hello).await;
    let store = &bed.store;
    let new = |owner: Option<AgentId>, shortcut: &str, bodies: Texts| NewCannedReply {
        owner,
        shortcut: shortcut.to_owned(),
        title: String::new(),
        category: "Saudação".to_owned(),
        bodies,
        fits: None,
    };
    let both = Texts::of([
        (Language::En, "Hi {{contact.first_name}}".to_owned()),
        (
            Language::Pt,
            "Olá {{contact.first_name}}, ticket {{ticket.number}}".to_owned(),
        ),
    ]);
    let hi = canned::create(store, &ana, new(None, "/Hi", both)).await.expect("kept");
    assert_eq!((hi.shortcut.as_str(), hi.title.as_str()), ("hi", "hi"));
    let own = canned::create(store, &ana, new(Some(id(&ana)), "hi", english("Mine")))
        .await
        .expect("one's own");
    assert!(refusal(canned::create(store, &ana, new(None, "hi", english("x"))).await).contains("already"));
    assert!(refusal(canned::create(store, &ana, new(None, "h i", english("x"))).await).contains("shortcut"));
    assert!(refusal(canned::create(store, &ana, new(None, "no", Texts::default())).await).contains("language"));
    // What stands for nothing would have to be taken out of every reply.
    let mistyped = english("Dear {{contact.name}}, {{contact.surname}}");
    assert_eq!(
        refusal(canned::create(store, &ana, new(None, "no", mistyped)).await),
        "bodies: there is no variable {{contact.surname}}"
    );

    let now = bed.conversation(&conversation).await;
    let matter = Matter::of(store.db(), &now).await.expect("a matter");
    let found = |typed: &'static str, who: AgentId| {
        let matter = matter.clone();
        async move {
            canned::find(store.db(), &who, typed, &matter, 10)
                .await
                .expect("found")
                .len()
        }
    };
    assert_eq!(found("h", id(&ana)).await, 2);
    assert_eq!(found("h", id(&eva)).await, 1, "what is one's own is nobody else's");
    assert_eq!(found("saudacao", id(&eva)).await, 1, "accents do not matter");
    assert_eq!(found("zzz", id(&ana)).await, 0);

    let (_, language, filled) = canned::for_conversation(store, &id(&ana), &now, &hi.id)
        .await
        .expect("filled");
    assert_eq!(language, Language::Pt, "the customer's language");
    assert_eq!(filled.text, "Olá Joana, ticket {{ticket.number}}");
    assert_eq!(filled.missing, ["ticket.number"]);
    let others = canned::for_conversation(store, &id(&eva), &now, &own.id).await;
    assert!(matches!(others, Err(Error::NotFound)));
    canned::used(store, &hi.id, &now).await.expect("counted");
    assert_eq!(canned::load(store.db(), &hi.id).await.expect("there").uses, 1);
    let first = canned::find(store.db(), &id(&ana), "h", &matter, 10)
        .await
        .expect("found")
        .remove(0);
    assert_eq!(first.id, hi.id, "what is used more comes first");
    canned::change(store, &ana, &own.id, new(None, "mine", english("Mine")))
        .await
        .expect("changed");
    assert_eq!(
        canned::load(store.db(), &own.id).await.expect("there").owner,
        Some(id(&ana))
    );
    canned::remove(store, &ana, &own.id).await.expect("removed");
    assert!(matches!(
        canned::remove(store, &ana, &own.id).await,
        Err(Error::NotFound)
    ));
}

async fn drafts_survive_and_do_not_write_over_each_other(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = id(&bed.agent("ana").await);
    let (conversation, _) = bed.place(&mail(&inbox, "joana@example.org", "a@x", "Hi")).await;
    let store = &bed.store;
    let extra = DraftExtra {
        cards: vec!["article:1".to_owned()],
        ..DraftExtra::default()
    };
    let none = DraftExtra::default();
    let first = drafts::keep(store, &ana, &conversation, true, "Half a", &extra, None)
        .await
        .expect("kept");
    let found = drafts::load(store.db(), &ana, &conversation)
        .await
        .expect("read")
        .expect("there");
    assert!(found.is_note);
    assert_eq!((found.text.as_str(), found.revision), ("Half a", first));
    assert_eq!(found.extra, extra);
    let second = drafts::keep(store, &ana, &conversation, false, "Half a word", &none, Some(first))
        .await
        .expect("kept");
    assert!(second > first);
    let late = drafts::keep(store, &ana, &conversation, false, "Old", &none, Some(first)).await;
    assert!(refusal(late).contains("another window"));
    let among = drafts::among(store.db(), &ana, std::slice::from_ref(&conversation))
        .await
        .expect("read");
    assert_eq!(among, [(conversation.clone(), "Half a word".to_owned())]);
    assert_eq!(
        drafts::keep(store, &ana, &conversation, false, "  ", &none, Some(second))
            .await
            .expect("emptied"),
        0
    );
    assert!(
        drafts::load(store.db(), &ana, &conversation)
            .await
            .expect("read")
            .is_none()
    );
    let long = "x".repeat(60_000);
    assert!(refusal(drafts::keep(store, &ana, &conversation, false, &long, &none, None).await).contains("too long"));
    bed.check().await;
}

async fn agents_come_and_go(bed: Bed) {
    let ana = id(&bed.agent("ana").await);
    let store = &bed.store;
    let presence = async || {
        presence::load(store.db(), &ana)
            .await
            .expect("a desk")
            .presence(store.now())
    };
    assert_eq!(presence().await, Presence::Offline);
    assert!(presence::seen(store, &ana).await.expect("seen"), "they came just now");
    assert!(!presence::seen(store, &ana).await.expect("seen"));
    assert_eq!(presence().await, Presence::Online);
    presence::edit(
        store,
        &ana,
        DeskEdit {
            is_away: Some(true),
            signature: Some("Ana\r\nDesk".to_owned()),
            ..DeskEdit::default()
        },
    )
    .await
    .expect("away");
    assert_eq!(presence().await, Presence::Away);
    bed.clock.advance(presence::ONLINE_FOR + 1);
    assert_eq!(presence().await, Presence::Offline);
    presence::edit(
        store,
        &ana,
        DeskEdit {
            is_away: Some(false),
            ..DeskEdit::default()
        },
    )
    .await
    .expect("back");
    presence::seen(store, &ana).await.expect("seen");
    assert_eq!(presence().await, Presence::Online);
    presence::left(store, &ana).await.expect("gone");
    assert_eq!(presence().await, Presence::Offline);
    assert_eq!(
        presence::load(store.db(), &ana).await.expect("a desk").signature,
        "Ana\nDesk"
    );
    let wrong = presence::edit(
        store,
        &ana,
        DeskEdit {
            capacity: Some(-1),
            ..DeskEdit::default()
        },
    )
    .await;
    assert!(refusal(wrong).contains("capacity"));
    let nobody = presence::edit(store, &AgentId::from("nobody"), DeskEdit::default()).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}

async fn a_note_that_moves_calls_from_where_it_is(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    let (conversation, _) = bed.place(&mail(&inbox, "joana@example.org", "a@x", "Hi")).await;
    let mut note = bed.words(&conversation, "@Agent eva please look");
    note.kind = ReplyKind::Note;
    let note = reply(&bed.store, &ana, note).await.expect("a note").message;
    let elsewhere = restructure::split(&bed.store, &ana, &conversation, std::slice::from_ref(&note), None)
        .await
        .expect("split");
    let called = follow::mentioned_in(bed.store.db(), &note).await.expect("read");
    assert_eq!(called, [id(&eva)]);
    let filter = Filter {
        mentions: Some(id(&eva)),
        ..Filter::default()
    };
    let found: Vec<ConversationId> = lists::list(bed.store.db(), &filter, Sort::Newest, None, 10)
        .await
        .expect("read")
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(found, [elsewhere]);
    bed.check().await;
}

async fn a_note_calls_people_who_then_follow(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    bed.agent("disabled").await;
    let (conversation, _) = bed.place(&mail(&inbox, "joana@example.org", "a@x", "Hi")).await;
    let mut note = bed.words(
        &conversation,
        "@Agent eva please look, @Agent ana too; not @Agent disabled",
    );
    note.kind = ReplyKind::Note;
    let written = reply(&bed.store, &ana, note).await.expect("a note");
    let called = follow::mentioned_in(bed.store.db(), &written.message)
        .await
        .expect("read");
    assert_eq!(called, [id(&eva)], "nobody calls themselves");
    let followers = follow::followers(bed.store.db(), &conversation).await.expect("read");
    assert_eq!(followers, [(id(&eva), "Agent eva".to_owned())]);
    bed.say(
        &ana,
        &conversation,
        "@Agent eva is not called by what the customer reads",
    )
    .await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM mentions").await, 1);
    follow::follow(&bed.store, &id(&eva), &conversation, false)
        .await
        .expect("no more");
    assert!(
        follow::followers(bed.store.db(), &conversation)
            .await
            .expect("read")
            .is_empty()
    );
    bed.check().await;
}
