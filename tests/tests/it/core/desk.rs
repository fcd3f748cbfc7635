//! The desk on both databases: canned replies, drafts, presence, sharing out, followers and mentions,
//! hours, silence.

use conversation::desk::canned::{self, NewCannedReply};
use conversation::desk::drafts::{self, DraftExtra};
use conversation::desk::fits::Matter;
use conversation::desk::hours::{self, Schedule};
use conversation::desk::inboxes::{self as inbox_desks, InboxDesk};
use conversation::desk::presence::{self, DeskEdit, Presence};
use conversation::desk::worker::{self, DeskWorker};
use conversation::desk::{Texts, follow, share, silence};
use conversation::lifecycle::{Action, act};
use conversation::reply::{ReplyKind, reply};
use conversation::stream::Hint;
use conversation::stream::consumer;
use conversation::types::{
    Actor, AgentId, Channel, ConversationId, ConversationStatus, InboxId, Language, Level, MessageKind,
};
use conversation::{Error, Store, teams, views};

use super::bed::{Bed, HOUR, SECOND, both, mail, refusal, webchat};

both!(
    canned_replies_are_found_and_filled,
    drafts_survive_and_do_not_write_over_each_other,
    agents_come_and_go,
    new_work_is_shared_out_fairly_within_capacity,
    two_processes_never_give_one_conversation_twice,
    a_note_calls_people_who_then_follow,
    nobody_is_there_is_said_once,
    silence_is_warned_of_and_then_closed,
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

async fn present(bed: &Bed, name: &str, capacity: i64) -> AgentId {
    let agent = id(&bed.agent(name).await);
    let edit = DeskEdit {
        capacity: Some(capacity),
        ..DeskEdit::default()
    };
    presence::edit(&bed.store, &agent, edit).await.expect("a desk");
    presence::seen(&bed.store, &agent).await.expect("seen");
    agent
}

async fn new_work_is_shared_out_fairly_within_capacity(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    shared(
        &bed,
        &inbox,
        InboxDesk {
            is_shared_out: true,
            ..InboxDesk::default()
        },
    )
    .await;
    let ana = present(&bed, "ana", 2).await;
    let eva = present(&bed, "eva", 5).await;
    let away = present(&bed, "zoe", 9).await;
    presence::edit(
        &bed.store,
        &away,
        DeskEdit {
            is_away: Some(true),
            ..DeskEdit::default()
        },
    )
    .await
    .expect("away");
    bed.agent("offline").await;
    let mut all = Vec::new();
    for number in 0..6 {
        let (conversation, _) = bed
            .place(&mail(
                &inbox,
                &format!("c{number}@example.org"),
                &format!("{number}@x"),
                "Hi",
            ))
            .await;
        work(&bed.store).await;
        all.push(conversation);
    }
    let mut to: Vec<String> = Vec::new();
    for conversation in &all {
        to.push(
            bed.conversation(conversation)
                .await
                .assignee_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        );
    }
    assert_eq!(
        to,
        ["ana", "eva", "ana", "eva", "eva", "eva"],
        "in turn, and never beyond capacity"
    );
    assert_eq!(share::give_waiting(&bed.store).await.expect("looked"), 0);

    let (last, _) = bed.place(&mail(&inbox, "c7@example.org", "7@x", "Hi")).await;
    work(&bed.store).await;
    assert_eq!(bed.conversation(&last).await.assignee_id, Some(eva.clone()));
    let (waits_too, _) = bed.place(&mail(&inbox, "c8@example.org", "8@x", "Hi")).await;
    work(&bed.store).await;
    assert_eq!(bed.conversation(&waits_too).await.assignee_id, None, "nobody has room");
    act(&bed.store, &Actor::Agent(ana.clone()), &all[0], Action::Resolve)
        .await
        .expect("resolved");
    assert_eq!(
        share::give_waiting(&bed.store).await.expect("looked"),
        1,
        "room was made"
    );
    assert_eq!(bed.conversation(&waits_too).await.assignee_id, Some(ana.clone()));

    // A team's work goes to the team, a level's to those who work there.
    let team = teams::create(&bed.store, &Actor::System, "Billing", std::slice::from_ref(&eva))
        .await
        .expect("a team");
    let edit = DeskEdit {
        levels: Some(vec![Level::N1, Level::N2]),
        capacity: Some(50),
        ..DeskEdit::default()
    };
    presence::edit(&bed.store, &ana, edit).await.expect("two levels");
    presence::edit(
        &bed.store,
        &eva,
        DeskEdit {
            capacity: Some(50),
            ..DeskEdit::default()
        },
    )
    .await
    .expect("room");
    act(&bed.store, &Actor::System, &all[1], Action::Assign(None))
        .await
        .expect("nobody's");
    act(&bed.store, &Actor::System, &all[1], Action::GiveTo(Some(team)))
        .await
        .expect("the team's");
    work(&bed.store).await;
    assert_eq!(bed.conversation(&all[1]).await.assignee_id, Some(eva));
    act(
        &bed.store,
        &Actor::System,
        &all[2],
        Action::MoveTo {
            level: Level::N2,
            reason: "Firmware".to_owned(),
        },
    )
    .await
    .expect("up");
    work(&bed.store).await;
    assert_eq!(bed.conversation(&all[2]).await.assignee_id, Some(ana));
    bed.check().await;
}

async fn two_processes_never_give_one_conversation_twice(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    shared(
        &bed,
        &inbox,
        InboxDesk {
            is_shared_out: true,
            ..InboxDesk::default()
        },
    )
    .await;
    for name in ["ana", "eva", "ivo"] {
        present(&bed, name, 4).await;
    }
    for number in 0..20 {
        bed.place(&mail(
            &inbox,
            &format!("c{number}@example.org"),
            &format!("{number}@x"),
            "Hi",
        ))
        .await;
    }
    // Two processes on one SQLite file is what the binary refuses; two workers in one process it has.
    let other = if bed.url.starts_with("sqlite") {
        bed.store.clone()
    } else {
        bed.second().await
    };
    consumer::register(&bed.store, &worker::GROUP).await.expect("register");
    tokio::join!(work(&bed.store), work(&other), async {
        share::give_waiting(&bed.store).await.expect("given");
    });
    let loads = bed
        .count("SELECT COUNT(*) FROM conversations WHERE assignee_id IS NOT NULL")
        .await;
    assert_eq!(loads, 12, "every desk is full, and no fuller");
    let most = bed.count("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM conversations WHERE assignee_id IS NOT NULL GROUP BY assignee_id) AS loads").await;
    assert_eq!(most, 4);
    let lines = bed.count("SELECT COUNT(*) FROM messages WHERE kind = 'activity'").await;
    assert_eq!(lines, 12, "each was given once");
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

/// Monday to Friday, nine to six, in UTC.
async fn office(bed: &Bed) -> String {
    let day = hours::read_spans("09:00-18:00").expect("spans");
    let schedule = Schedule {
        id: String::new(),
        name: "Office".to_owned(),
        time_zone: "UTC".to_owned(),
        week: (0..7)
            .map(|index| if index < 5 { day.clone() } else { Vec::new() })
            .collect(),
        holidays: Vec::new(),
    };
    hours::save(&bed.store, &Actor::System, schedule)
        .await
        .expect("hours")
        .id
}

async fn nobody_is_there_is_said_once(bed: Bed) {
    let schedule = office(&bed).await;
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let autoreply = Texts::of([
        (Language::En, "Closed".to_owned()),
        (Language::Pt, "Voltamos {{hours.opens}}".to_owned()),
    ]);
    shared(
        &bed,
        &inbox,
        InboxDesk {
            schedule: Some(schedule.clone()),
            autoreply,
            ..InboxDesk::default()
        },
    )
    .await;
    // The bed's clock stands on a Saturday at noon.
    let (conversation, _) = bed.place(&webchat(&inbox, "v1", "1", "Está aí?")).await;
    work(&bed.store).await;
    work(&bed.store).await;
    bed.place(&webchat(&inbox, "v1", "2", "?")).await;
    work(&bed.store).await;
    let said: Vec<_> = views::timeline(bed.store.db(), &conversation, None, 50)
        .await
        .expect("read")
        .into_iter()
        .filter(|message| message.kind == MessageKind::Outbound)
        .collect();
    assert_eq!(said.len(), 1, "once in a conversation");
    assert_eq!(said[0].text, "Voltamos segunda-feira 09:00");
    assert!(
        bed.conversation(&conversation).await.waiting_since.is_some(),
        "the customer still waits for a person"
    );
    // Monday at noon.
    bed.clock.advance(48 * HOUR);
    let (other, _) = bed.place(&webchat(&inbox, "v2", "3", "Bom dia")).await;
    work(&bed.store).await;
    assert_eq!(count(&bed, &other, MessageKind::Outbound).await, 0, "they are there");
    hours::remove(&bed.store, &Actor::System, &schedule)
        .await
        .expect("removed");
    bed.clock.advance(12 * HOUR);
    let (night, _) = bed.place(&webchat(&inbox, "v3", "4", "Boa noite")).await;
    work(&bed.store).await;
    assert_eq!(count(&bed, &night, MessageKind::Outbound).await, 0, "no hours, no word");
    bed.check().await;
}

async fn silence_is_warned_of_and_then_closed(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let desk = InboxDesk {
        warn_after: 48 * HOUR,
        close_after: 24 * HOUR,
        warning: english("Still there, {{contact.name}}?"),
        ..InboxDesk::default()
    };
    let short = InboxDesk {
        warn_after: 5,
        ..desk.clone()
    };
    assert!(refusal(inbox_desks::save(&bed.store, &ana, &inbox, &short).await).contains("one hour"));
    shared(&bed, &inbox, desk).await;
    let (silent, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Hi")).await;
    let (answers, _) = bed.place(&mail(&inbox, "b@example.org", "b@x", "Hi")).await;
    let (waits, _) = bed.place(&mail(&inbox, "c@example.org", "c@x", "Hi")).await;
    bed.say(&ana, &silent, "Try this").await;
    bed.say(&ana, &answers, "Try this").await;
    let look = async || silence::look(&bed.store).await.expect("looked");
    assert_eq!((look().await.warned, look().await.closed), (0, 0));
    bed.clock.advance(48 * HOUR);
    assert_eq!(look().await.warned, 2);
    assert_eq!(look().await.warned, 0, "once");
    bed.clock.advance(SECOND);
    let mut again = mail(&inbox, "b@example.org", "b2@x", "Here I am");
    again.subject = None;
    again.thread.in_reply_to = vec!["b@x".to_owned()];
    let (same, _) = bed.place(&again).await;
    assert_eq!(same, answers);
    bed.say(&ana, &answers, "Good").await;
    bed.clock.advance(24 * HOUR);
    let seen = look().await;
    assert_eq!((seen.warned, seen.closed), (0, 1));
    assert_eq!(bed.conversation(&silent).await.status, ConversationStatus::Resolved);
    assert_eq!(
        bed.conversation(&answers).await.status,
        ConversationStatus::Open,
        "whoever answers is asked anew"
    );
    assert_eq!(
        bed.conversation(&waits).await.status,
        ConversationStatus::Open,
        "who waits for us is not closed"
    );
    bed.clock.advance(24 * HOUR);
    assert_eq!(look().await.warned, 1);
    bed.check().await;
}
