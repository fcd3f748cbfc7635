//! Tickets on both databases: levels with their checklists, the customer's word at the end, what is a
//! ticket's own, lists, and what the customer is told.

use conversation::card::{CardAction, CardAnswer, CardKind};
use conversation::desk::Texts;
use conversation::fields::{self, FieldKind, Target};
use conversation::lifecycle::{Action, act};
use conversation::tickets::edit::{self, Edit};
use conversation::tickets::levels::{self, Check, CheckKind, Told};
use conversation::tickets::links::{self, LinkKind};
use conversation::tickets::list::{self, Filter, Place, Sort, State, Whose};
use conversation::tickets::notices::{self, Closing, Notice, Occasion};
use conversation::tickets::{self, NewTicket, Ticket, categories, history, skills, solve};
use conversation::types::{
    Actor, AgentId, Channel, ConversationId, ConversationStatus, Language, Level, MessageKind, Priority, TicketId,
    TicketKind, TicketStatus,
};
use conversation::{access, views};

use super::bed::{Bed, HOUR, both, refusal, whatsapp};
use super::desk::{english, work};

both!(
    up_through_the_levels_and_closed_by_the_customer,
    a_level_takes_over_what_it_was_told,
    what_comes_back_goes_to_whoever_had_it,
    the_customers_word_counts,
    silence_closes_and_no_opens_it_where_it_was,
    one_of_two_tickets_is_solved_alone,
    what_is_a_tickets_own,
    links_and_references,
    lists_are_walked_page_by_page,
    the_customer_is_told_what_was_configured,
    those_who_know_come_first,
);

/// A WhatsApp conversation with a ticket.
async fn ticket(bed: &Bed, by: &Actor, from: &str) -> (ConversationId, TicketId) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (id, _) = bed
        .place(&whatsapp(&inbox, from, &format!("{from}-1"), "A tela fica preta"))
        .await;
    (id.clone(), open(bed, by, &id, "Tela preta").await)
}

async fn open(bed: &Bed, by: &Actor, conversation: &ConversationId, subject: &str) -> TicketId {
    let new = NewTicket {
        conversation: conversation.clone(),
        subject: subject.to_owned(),
        kind: TicketKind::Incident,
        brief: String::new(),
    };
    tickets::open(&bed.store, by, new).await.expect("a ticket").id
}

async fn now(bed: &Bed, id: &TicketId) -> Ticket {
    access::ticket(bed.store.db(), &Actor::System, id)
        .await
        .expect("the ticket")
}

async fn said(bed: &Bed, id: &ConversationId) -> Vec<String> {
    views::timeline(bed.store.db(), id, None, 100)
        .await
        .expect("a timeline")
        .into_iter()
        .filter(|message| message.kind == MessageKind::Outbound)
        .map(|message| message.text)
        .collect()
}

/// The customer writes, or presses what the newest question offers.
async fn hears(bed: &Bed, id: &ConversationId, text: &str, press: Option<usize>) {
    let conversation = bed.conversation(id).await;
    let from = conversation.reply_address.expect("an address");
    let mut message = whatsapp(&conversation.inbox_id, &from, &bed.store.env().ulid(), text);
    if let Some(at) = press {
        let timeline = views::timeline(bed.store.db(), id, None, 100)
            .await
            .expect("a timeline");
        let (asked, card) = timeline
            .iter()
            .rev()
            .find_map(|message| {
                let card = message.cards.iter().find(|card| card.kind == CardKind::Choice)?;
                Some((message.id.clone(), card.clone()))
            })
            .expect("a question");
        let CardAction::Answer { label, value } = &card.actions[at] else {
            panic!("an answer: {card:?}");
        };
        message.text = label.clone();
        message.answer = Some(CardAnswer {
            message: Some(asked),
            value: value.clone(),
            label: label.clone(),
        });
    }
    assert_eq!(bed.place(&message).await.0, *id);
    work(&bed.store).await;
}

fn texts(en: &str) -> Texts {
    english(en)
}

async fn up_through_the_levels_and_closed_by_the_customer(bed: Bed) {
    let (ana, rui, eva) = (bed.agent("ana").await, bed.agent("rui").await, bed.agent("eva").await);
    let (conversation, id) = ticket(&bed, &ana, "5511911110001").await;
    let take = async |who: &str| {
        act(
            &bed.store,
            &Actor::Agent(who.into()),
            &conversation,
            Action::Assign(Some(who.into())),
        )
        .await
        .expect("taken")
    };
    take("ana").await;
    levels::go(&bed.store, &ana, &conversation, Level::N2, "Not the cable", &[])
        .await
        .expect("N2");
    take("rui").await;
    assert_eq!(now(&bed, &id).await.level, Level::N2);

    // N2 asks for more: it waits for the customer, and their answer brings it back.
    solve::ask_more(&bed.store, &rui, &id, "Pode mandar uma foto?")
        .await
        .expect("asked");
    assert_eq!(now(&bed, &id).await.status, TicketStatus::Waiting);
    assert_eq!(
        bed.conversation(&conversation).await.status,
        ConversationStatus::Snoozed
    );
    hears(&bed, &conversation, "Segue", None).await;
    let ticket = now(&bed, &id).await;
    assert_eq!(
        (ticket.status, ticket.level, ticket.assignee_id),
        (TicketStatus::Open, Level::N2, Some("rui".into()))
    );

    assert_eq!(
        refusal(levels::go(&bed.store, &rui, &conversation, Level::N3, " ", &[]).await),
        "say why: a reason is needed to change the level"
    );
    levels::go(&bed.store, &rui, &conversation, Level::N3, "A bug", &[])
        .await
        .expect("N3");
    take("eva").await;
    links::refer(&bed.store, &eva, &id, "", "https://tracker.example/browse/APP-7")
        .await
        .expect("named");

    // Closing asks the customer.
    solve::ask_solved(&bed.store, &eva, &id, "").await.expect("asked");
    let ticket = now(&bed, &id).await;
    assert_eq!(ticket.status, TicketStatus::Confirming);
    assert!(ticket.confirm_until.is_some());
    assert_eq!(
        refusal(solve::ask_solved(&bed.store, &eva, &id, "").await),
        "the customer is being asked already"
    );
    assert!(
        said(&bed, &conversation)
            .await
            .last()
            .expect("words")
            .contains("T-1 (Tela preta)")
    );
    hears(&bed, &conversation, "", Some(0)).await;
    let ticket = now(&bed, &id).await;
    assert_eq!((ticket.status, ticket.level), (TicketStatus::Resolved, Level::N3));
    assert!(ticket.resolved_at.is_some() && ticket.confirm_until.is_none());
    let conversation_now = bed.conversation(&conversation).await;
    assert_eq!(conversation_now.status, ConversationStatus::Resolved);
    assert_eq!(
        refusal(solve::ask_more(&bed.store, &eva, &id, "E?").await),
        "the ticket is solved; reopen it first"
    );

    let what: Vec<String> = history::of(bed.store.db(), &id)
        .await
        .expect("a history")
        .into_iter()
        .rev()
        .map(|entry| entry.what)
        .collect();
    for expected in [
        "opened",
        "assignee",
        "level",
        "status",
        "reference",
        "asked",
        "confirmed",
    ] {
        assert!(what.iter().any(|one| one == expected), "{expected} in {what:?}");
    }
    let moves = levels::moves(bed.store.db(), &conversation).await.expect("moves");
    assert_eq!(moves.len(), 2);
    assert_eq!(
        (moves[0].from, moves[0].to, moves[0].had_by.clone()),
        (Level::N2, Level::N3, Some("rui".into()))
    );
    bed.check().await;
}

async fn a_level_takes_over_what_it_was_told(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (conversation, _) = ticket(&bed, &ana, "5511911110002").await;
    let check = |kind, is_required, words: &str| Check {
        id: String::new(),
        kind,
        is_required,
        labels: texts(words),
    };
    let list = [
        check(CheckKind::Text, true, "What was tried"),
        check(CheckKind::Tick, true, "Logs are attached"),
        check(CheckKind::Text, false, "Steps to reproduce"),
        check(CheckKind::Text, false, ""),
    ];
    levels::set_checklist(&bed.store, &ana, Level::N2, &list)
        .await
        .expect("kept");
    assert_eq!(
        refusal(levels::set_checklist(&bed.store, &ana, Level::N1, &list).await),
        "level: N2 or N3 takes over from another level"
    );
    let kept = levels::checklist(bed.store.db(), Level::N2).await.expect("a list");
    assert_eq!(kept.len(), 3, "a point without words is none");
    let told = |at: usize, answer: &str| Told {
        check: kept[at].id.clone(),
        answer: answer.to_owned(),
    };
    let go = async |told: &[Told]| levels::go(&bed.store, &ana, &conversation, Level::N2, "Deeper", told).await;
    assert_eq!(
        refusal(go(&[told(0, "Restarted"), told(1, " ")]).await),
        "the level needs to know before it takes over: Logs are attached"
    );
    // The plain action asks for the same.
    let plain = Action::MoveTo {
        level: Level::N2,
        reason: "Deeper".to_owned(),
    };
    assert!(refusal(act(&bed.store, &ana, &conversation, plain.clone()).await).starts_with("the level needs to know"));
    assert_eq!(bed.conversation(&conversation).await.level, Level::N1);
    go(&[told(0, "Restarted"), told(1, "yes"), told(2, &"x".repeat(4_001))])
        .await
        .expect_err("too long");
    go(&[told(0, "Restarted"), told(1, "yes")]).await.expect("taken over");
    let moves = levels::moves(bed.store.db(), &conversation).await.expect("moves");
    assert_eq!(
        moves[0].checks,
        [
            ("What was tried".to_owned(), "Restarted".to_owned()),
            ("Logs are attached".to_owned(), "yes".to_owned())
        ]
    );
    // What works by itself has nothing to say; people go one level at a time.
    let (other, _) = ticket(&bed, &ana, "5511911110003").await;
    assert_eq!(
        refusal(levels::go(&bed.store, &ana, &other, Level::N3, "Fast", &[]).await),
        "N3 takes over from N2: escalate to N2 first"
    );
    act(&bed.store, &Actor::System, &other, plain)
        .await
        .expect("a rule may");
    bed.check().await;
}

async fn what_comes_back_goes_to_whoever_had_it(bed: Bed) {
    let (ana, rui) = (bed.agent("ana").await, bed.agent("rui").await);
    let (conversation, id) = ticket(&bed, &ana, "5511911110004").await;
    for _ in 0..2 {
        let mine = Action::Assign(Some(AgentId::from("ana")));
        act(&bed.store, &ana, &conversation, mine).await.expect("taken");
        levels::go(&bed.store, &ana, &conversation, Level::N2, "Up", &[])
            .await
            .expect("up");
        let theirs = Action::Assign(Some(AgentId::from("rui")));
        act(&bed.store, &rui, &conversation, theirs).await.expect("taken");
        let back = levels::go(&bed.store, &rui, &conversation, Level::N1, "Down", &[])
            .await
            .expect("down");
        assert_eq!(back.assignee_id, Some("ana".into()));
    }
    let ticket = now(&bed, &id).await;
    assert_eq!((ticket.bounces, ticket.assignee_id), (2, Some("ana".into())));
    let moves = levels::moves(bed.store.db(), &conversation).await.expect("moves");
    assert_eq!(levels::bounces(&moves), 2);
    // Up again to the bot's side is no bounce.
    levels::go(&bed.store, &ana, &conversation, Level::Bot, "Let it try", &[])
        .await
        .expect("to the bot");
    assert_eq!(now(&bed, &id).await.bounces, 2);
    bed.check().await;
}

async fn the_customers_word_counts(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (stranger, strangers) = ticket(&bed, &ana, "5511911110005").await;
    solve::ask_solved(&bed.store, &ana, &strangers, "")
        .await
        .expect("asked");
    for (words, press, expected) in [
        ("", Some(0), TicketStatus::Resolved),
        ("", Some(1), TicketStatus::Open),
        ("Sim, obrigado!", None, TicketStatus::Resolved),
        ("Ainda não", None, TicketStatus::Open),
        ("A tela continua igual quando ligo de manhã", None, TicketStatus::Open),
    ] {
        let from = bed.store.env().ulid();
        let (conversation, id) = ticket(&bed, &ana, &from).await;
        act(&bed.store, &ana, &conversation, Action::Assign(Some("ana".into())))
            .await
            .expect("taken");
        solve::ask_solved(&bed.store, &ana, &id, "Resolvido?")
            .await
            .expect("asked");
        assert_eq!(
            bed.conversation(&conversation).await.status,
            ConversationStatus::Snoozed
        );
        work(&bed.store).await;
        assert_eq!(now(&bed, &id).await.status, TicketStatus::Confirming);
        hears(&bed, &conversation, words, press).await;
        let ticket = now(&bed, &id).await;
        assert_eq!(ticket.status, expected, "{words} {press:?}");
        assert_eq!(ticket.assignee_id, Some("ana".into()));
        let is_done = bed.conversation(&conversation).await.status == ConversationStatus::Resolved;
        assert_eq!(is_done, expected == TicketStatus::Resolved, "{words} {press:?}");
    }
    // A press that names somebody else's ticket is words, no more.
    let (conversation, own) = ticket(&bed, &ana, "5511911110006").await;
    let made_up = bed.conversation(&conversation).await;
    let mut message = whatsapp(&made_up.inbox_id, "5511911110006", "made-up", "Sim");
    message.answer = Some(CardAnswer {
        message: None,
        value: format!("solved:yes:{strangers}"),
        label: "Sim".to_owned(),
    });
    bed.place(&message).await;
    work(&bed.store).await;
    assert_eq!(now(&bed, &strangers).await.status, TicketStatus::Confirming);
    assert_eq!(now(&bed, &own).await.status, TicketStatus::New);
    assert_eq!(bed.conversation(&stranger).await.status, ConversationStatus::Snoozed);
    bed.check().await;
}

async fn silence_closes_and_no_opens_it_where_it_was(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (conversation, id) = ticket(&bed, &ana, "5511911110007").await;
    levels::go(&bed.store, &ana, &conversation, Level::N2, "Up", &[])
        .await
        .expect("up");
    act(&bed.store, &ana, &conversation, Action::Assign(Some("ana".into())))
        .await
        .expect("taken");
    let closing = Closing { hours: 2 };
    notices::set_closing(&bed.store, &ana, closing).await.expect("set");
    assert!(refusal(notices::set_closing(&bed.store, &ana, Closing { hours: -1 }).await).starts_with("hours:"));
    solve::ask_solved(&bed.store, &ana, &id, "").await.expect("asked");
    assert_eq!(solve::look(&bed.store).await.expect("a look"), 0);
    bed.clock.advance(2 * HOUR);
    let second = bed.second().await;
    let (one, two) = tokio::join!(solve::look(&bed.store), solve::look(&second));
    assert_eq!(one.expect("a look") + two.expect("a look"), 1, "once");
    assert_eq!(now(&bed, &id).await.status, TicketStatus::Resolved);
    assert_eq!(
        bed.conversation(&conversation).await.status,
        ConversationStatus::Resolved
    );
    // "Not solved" on the old card opens it where it was.
    bed.clock.advance(HOUR);
    hears(&bed, &conversation, "", Some(1)).await;
    let ticket = now(&bed, &id).await;
    assert_eq!(
        (ticket.status, ticket.level, ticket.assignee_id),
        (TicketStatus::Open, Level::N2, Some("ana".into()))
    );
    // And "yes" on it, after that, closes nothing.
    hears(&bed, &conversation, "", Some(0)).await;
    assert_eq!(now(&bed, &id).await.status, TicketStatus::Open);
    bed.check().await;
}

async fn one_of_two_tickets_is_solved_alone(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (conversation, first) = ticket(&bed, &ana, "5511911110008").await;
    let second = open(&bed, &ana, &conversation, "Outra coisa").await;
    solve::close(&bed.store, &ana, &second).await.expect("closed");
    assert_eq!(bed.conversation(&conversation).await.status, ConversationStatus::Open);
    // What happens to the conversation does not open it again.
    act(&bed.store, &ana, &conversation, Action::Prioritise(Priority::High))
        .await
        .expect("done");
    act(&bed.store, &ana, &conversation, Action::Assign(Some("ana".into())))
        .await
        .expect("done");
    assert_eq!(now(&bed, &second).await.status, TicketStatus::Resolved);
    assert_eq!(now(&bed, &first).await.priority, Priority::High);
    // Asking about one of two leaves the conversation open for the other.
    let third = open(&bed, &ana, &conversation, "Mais uma").await;
    solve::ask_solved(&bed.store, &ana, &third, "").await.expect("asked");
    assert_eq!(bed.conversation(&conversation).await.status, ConversationStatus::Open);
    solve::close(&bed.store, &ana, &third).await.expect("closed");
    solve::close(&bed.store, &ana, &first).await.expect("closed");
    assert_eq!(
        bed.conversation(&conversation).await.status,
        ConversationStatus::Resolved
    );
    solve::reopen(&bed.store, &ana, &first).await.expect("open again");
    assert_eq!(bed.conversation(&conversation).await.status, ConversationStatus::Open);
    let states = [
        now(&bed, &first).await.status,
        now(&bed, &second).await.status,
        now(&bed, &third).await.status,
    ];
    assert_eq!(
        states,
        [TicketStatus::Open, TicketStatus::Resolved, TicketStatus::Resolved]
    );
    bed.check().await;
}

async fn what_is_a_tickets_own(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (_, id) = ticket(&bed, &ana, "5511911110009").await;
    let store = &bed.store;
    let hardware = categories::create(store, &ana, None, &texts("Hardware"))
        .await
        .expect("made");
    let screen = categories::create(store, &ana, Some(&hardware.id), &texts("Screen"))
        .await
        .expect("made");
    assert_eq!(
        refusal(categories::create(store, &ana, Some(&hardware.id), &texts("screen")).await),
        "there is a category of that name already"
    );
    assert!(refusal(categories::create(store, &ana, Some("gone"), &texts("x")).await).starts_with("parent"));
    let tree = categories::tree(store.db()).await.expect("a tree");
    assert_eq!(tree.name(&screen.id, Language::Pt), "Hardware › Screen");
    assert_eq!(tree.within(&hardware.id).len(), 2);
    let define = async |name: &str| {
        fields::define(store, &ana, Target::Ticket, name, FieldKind::Number, &[])
            .await
            .expect("a field")
    };
    let (serial, guests) = (define("Serial").await, define("Guests").await);
    edit::set_kinds(store, &guests, &[TicketKind::Request])
        .await
        .expect("set");
    let of = edit::of_kind(store.db(), TicketKind::Incident).await.expect("fields");
    assert_eq!(of.iter().map(|field| &field.id).collect::<Vec<_>>(), [&serial]);
    let change = async |change: Edit| edit::edit(store, &ana, &id, change).await;
    let refused = |fields: Vec<(conversation::types::FieldId, String)>, category: Option<&str>| Edit {
        fields,
        category: category.map(|id| Some(id.to_owned())),
        ..Edit::default()
    };
    assert_eq!(
        refusal(change(refused(vec![(guests.clone(), "3".to_owned())], None)).await),
        "fields: this kind of ticket has no such field"
    );
    assert!(refusal(change(refused(vec![(serial.clone(), "many".to_owned())], None)).await).contains("Serial"));
    assert!(refusal(change(refused(vec![], Some("gone"))).await).starts_with("category"));
    let edited = change(Edit {
        kind: Some(TicketKind::Request),
        category: Some(Some(screen.id.clone())),
        subject: Some(" Tela nova ".to_owned()),
        brief: Some("Quer outra".to_owned()),
        fields: vec![(guests.clone(), "3".to_owned()), (serial, "77".to_owned())],
    })
    .await
    .expect("changed");
    assert_eq!(
        (edited.kind, edited.subject.as_str()),
        (TicketKind::Request, "Tela nova")
    );
    assert_eq!(edited.category, Some(screen.id.clone()));
    let head = store.head().await.expect("head");
    change(Edit {
        kind: Some(TicketKind::Request),
        ..Edit::default()
    })
    .await
    .expect("nothing to do");
    assert_eq!(store.head().await.expect("head"), head, "no event");
    categories::remove(store, &ana, &hardware.id).await.expect("removed");
    assert!(categories::tree(store.db()).await.expect("a tree").all().is_empty());
    assert_eq!(now(&bed, &id).await.category, Some(screen.id));
    bed.check().await;
}

async fn links_and_references(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (_, one) = ticket(&bed, &ana, "5511911110010").await;
    let (_, two) = ticket(&bed, &ana, "5511911110011").await;
    let store = &bed.store;
    assert_eq!(
        refusal(links::link(store, &ana, &one, &one, LinkKind::Related).await),
        "a ticket cannot be linked with itself"
    );
    assert_eq!(
        refusal(links::link(store, &ana, &one, &"none".into(), LinkKind::Related).await),
        "not found"
    );
    links::link(store, &ana, &one, &two, LinkKind::Related)
        .await
        .expect("linked");
    links::link(store, &ana, &two, &one, LinkKind::Duplicate)
        .await
        .expect("the other way round now");
    let of = async |id: &TicketId| links::of(store.db(), id).await.expect("links");
    let (from_one, from_two) = (of(&one).await, of(&two).await);
    assert_eq!(
        (from_one.len(), from_one[0].is_own, &from_one[0].other.id),
        (1, false, &two)
    );
    assert_eq!(
        (from_two.len(), from_two[0].is_own, from_two[0].kind),
        (1, true, LinkKind::Duplicate)
    );
    links::unlink(store, &ana, &one, &two).await.expect("from either side");
    assert!(of(&two).await.is_empty());
    for url in ["javascript:alert(1)", "https://", "tracker", "https://a b"] {
        assert!(
            refusal(links::refer(store, &ana, &one, "x", url).await).starts_with("url"),
            "{url}"
        );
    }
    let named = links::refer(store, &ana, &one, "", "https://tracker.example/issues/42/")
        .await
        .expect("named");
    assert_eq!(named.name, "42");
    assert_eq!(refusal(links::unrefer(store, &ana, &two, &named.id).await), "not found");
    links::unrefer(store, &ana, &one, &named.id).await.expect("taken away");
    bed.check().await;
}

async fn lists_are_walked_page_by_page(bed: Bed) {
    let ana = bed.agent("ana").await;
    let mut all = Vec::new();
    for number in 0..9 {
        let (conversation, id) = ticket(&bed, &ana, &format!("55119222200{number:02}")).await;
        bed.clock.advance(1000);
        match number % 3 {
            0 => drop(
                act(&bed.store, &ana, &conversation, Action::Assign(Some("ana".into())))
                    .await
                    .expect("done"),
            ),
            1 => drop(
                levels::go(&bed.store, &ana, &conversation, Level::N2, "Up", &[])
                    .await
                    .expect("up"),
            ),
            _ => {}
        }
        if number == 4 {
            solve::close(&bed.store, &ana, &id).await.expect("closed");
        }
        all.push(id);
    }
    let filters = [
        (Filter::default(), 8),
        (
            Filter {
                state: State::Any,
                ..Filter::default()
            },
            9,
        ),
        (
            Filter {
                state: State::Is(TicketStatus::Resolved),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                state: State::Is(TicketStatus::New),
                ..Filter::default()
            },
            5,
        ),
        (
            Filter {
                level: Some(Level::N2),
                ..Filter::default()
            },
            2,
        ),
        (
            Filter {
                whose: Whose::Agent("ana".into()),
                ..Filter::default()
            },
            3,
        ),
        (
            Filter {
                whose: Whose::Nobody,
                kind: Some(TicketKind::Incident),
                ..Filter::default()
            },
            5,
        ),
        (
            Filter {
                priority: Some(Priority::Urgent),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                categories: Some(vec!["x".to_owned(), "y".to_owned()]),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                categories: Some(Vec::new()),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                is_breached: true,
                ..Filter::default()
            },
            0,
        ),
    ];
    for (filter, count) in filters {
        for sort in Sort::ALL {
            let whole = list::page(bed.store.db(), &filter, sort, None, 100)
                .await
                .expect("a list");
            let expected = if sort == Sort::Due { 0 } else { count };
            assert_eq!(whole.len(), expected, "{filter:?} {sort:?}");
            let (mut pages, mut place) = (Vec::new(), None);
            loop {
                let page = list::page(bed.store.db(), &filter, sort, place, 2)
                    .await
                    .expect("a page");
                let Some(last) = page.last() else { break };
                let text = Place::behind(last, sort).to_text();
                place = Some(Place::from_text(&text).expect("it reads what it wrote"));
                pages.extend(page);
            }
            assert_eq!(pages, whole, "{filter:?} {sort:?}");
        }
    }
    let queues = list::queues(bed.store.db()).await.expect("queues");
    assert_eq!(queues[1..3], [(Level::N1, 6, 3), (Level::N2, 2, 2)]);
    bed.check().await;
}

async fn the_customer_is_told_what_was_configured(bed: Bed) {
    let ana = bed.agent("ana").await;
    let keep = async |kind, occasion, en: &str, pt: &str| {
        let notice = Notice {
            inbox: None,
            kind,
            occasion,
            texts: Texts::of([(Language::En, en.to_owned()), (Language::Pt, pt.to_owned())]),
        };
        notices::save(&bed.store, &ana, &notice).await.expect("kept");
    };
    keep(
        None,
        Occasion::Opened,
        "Opened",
        "Aberto {{ticket.number}}: {{ticket.subject}}",
    )
    .await;
    keep(None, Occasion::Started, "Started", "Em andamento, {{ticket.status}}").await;
    keep(
        Some(TicketKind::Incident),
        Occasion::Resolved,
        "Done",
        "Feito {{ticket.number}}",
    )
    .await;
    keep(Some(TicketKind::Question), Occasion::Resolved, "Answered", "Respondido").await;
    let (conversation, id) = ticket(&bed, &ana, "5511911110012").await;
    work(&bed.store).await;
    act(&bed.store, &ana, &conversation, Action::Assign(Some("ana".into())))
        .await
        .expect("taken");
    work(&bed.store).await;
    work(&bed.store).await;
    act(&bed.store, &ana, &conversation, Action::Resolve)
        .await
        .expect("resolved");
    work(&bed.store).await;
    assert_eq!(
        said(&bed, &conversation).await,
        ["Aberto T-1: Tela preta", "Em andamento, Em andamento", "Feito T-1"],
        "each once, in the customer's language"
    );
    // The card of the first message turned with the ticket.
    let timeline = views::timeline(bed.store.db(), &conversation, None, 100)
        .await
        .expect("a timeline");
    for message in timeline.iter().filter(|message| !message.cards.is_empty()) {
        assert_eq!(message.cards[0].facts[0].1, "Resolvido", "{message:?}");
    }
    // Empty words for a kind are silence there; what the customer did themselves they are not told.
    keep(Some(TicketKind::Incident), Occasion::Reopened, "", "").await;
    keep(None, Occasion::Reopened, "Open again", "De novo").await;
    hears(&bed, &conversation, "Voltou a falhar, infelizmente", None).await;
    solve::close(&bed.store, &ana, &id).await.expect("closed");
    solve::reopen(&bed.store, &ana, &id).await.expect("opened");
    work(&bed.store).await;
    assert_eq!(
        said(&bed, &conversation).await.len(),
        3,
        "nothing about opening again, and what is over is not said"
    );
    notices::remove(&bed.store, &ana, None, None, Occasion::Opened)
        .await
        .expect("removed");
    assert_eq!(
        refusal(notices::remove(&bed.store, &ana, None, None, Occasion::Opened).await),
        "not found"
    );
    assert_eq!(notices::list(bed.store.db()).await.expect("a list").len(), 5);
    bed.check().await;
}

async fn those_who_know_come_first(bed: Bed) {
    use conversation::desk::inboxes::InboxDesk;
    use conversation::desk::presence::{self, DeskEdit};
    let mut ids = Vec::new();
    for name in ["ana", "eva", "rui"] {
        let agent = AgentId::from(bed.agent(name).await.id());
        let edit = DeskEdit {
            capacity: Some(5),
            levels: Some(vec![Level::N1, Level::N2]),
            ..DeskEdit::default()
        };
        presence::edit(&bed.store, &agent, edit).await.expect("a desk");
        presence::seen(&bed.store, &agent).await.expect("there");
        ids.push(agent);
    }
    let eva = ids[1].clone();
    let ana = Actor::Agent(ids[0].clone());
    let network = categories::create(&bed.store, &ana, None, &texts("Network"))
        .await
        .expect("made");
    let wifi = categories::create(&bed.store, &ana, Some(&network.id), &texts("WiFi"))
        .await
        .expect("made");
    assert!(refusal(skills::set(&bed.store, &eva, &["gone".to_owned()]).await).starts_with("skills"));
    skills::set(&bed.store, &eva, std::slice::from_ref(&network.id))
        .await
        .expect("set");
    assert_eq!(
        skills::of_agent(bed.store.db(), &eva).await.expect("skills"),
        [network.id.clone()]
    );
    for number in 0..3 {
        let (conversation, id) = ticket(&bed, &Actor::System, &format!("55119333300{number:02}")).await;
        let category = Edit {
            category: Some(Some(wifi.id.clone())),
            ..Edit::default()
        };
        edit::edit(&bed.store, &ana, &id, category).await.expect("said");
        let inbox = bed.conversation(&conversation).await.inbox_id;
        let desk = InboxDesk {
            is_shared_out: true,
            ..InboxDesk::default()
        };
        super::desk::shared(&bed, &inbox, desk).await;
        levels::go(&bed.store, &Actor::System, &conversation, Level::N2, "Up", &[])
            .await
            .expect("up");
        work(&bed.store).await;
        let given = bed.conversation(&conversation).await.assignee_id;
        assert_eq!(given, Some(eva.clone()), "who knows what is above it knows it");
    }
    bed.check().await;
}
