//! Tickets on both databases: levels with their checklists, the customer's word at the end, what is a
//! ticket's own, lists, and what the customer is told.

use conversation::card::{CardAction, CardAnswer, CardKind};
use conversation::desk::Texts;
use conversation::lifecycle::{Action, act};
use conversation::tickets::levels::{self, Check, CheckKind, Told};
use conversation::tickets::links;
use conversation::tickets::notices::{self, Closing};
use conversation::tickets::{self, NewTicket, Ticket, history, solve};
use conversation::types::{
    Actor, AgentId, Channel, ConversationId, ConversationStatus, Level, MessageKind, Priority, TicketId, TicketKind,
    TicketStatus,
};
use conversation::{access, views};

use super::bed::{Bed, HOUR, both, mail, refusal, whatsapp};
use super::desk::{english, work};

both!(
    up_through_the_levels_and_closed_by_the_customer,
    a_level_takes_over_what_it_was_told,
    what_comes_back_goes_to_whoever_had_it,
    the_customers_word_counts,
    somebody_elses_word_solves_nothing,
    silence_closes_and_no_opens_it_where_it_was,
    one_of_two_tickets_is_solved_alone,
);

/// A WhatsApp conversation with a ticket.
pub(super) async fn ticket(bed: &Bed, by: &Actor, from: &str) -> (ConversationId, TicketId) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (id, _) = bed
        .place(&whatsapp(&inbox, from, &format!("{from}-1"), "A tela fica preta"))
        .await;
    (id.clone(), open(bed, by, &id, "Tela preta").await)
}

pub(super) async fn open(bed: &Bed, by: &Actor, conversation: &ConversationId, subject: &str) -> TicketId {
    let new = NewTicket {
        conversation: conversation.clone(),
        subject: subject.to_owned(),
        kind: TicketKind::Incident,
        brief: String::new(),
    };
    tickets::open(&bed.store, by, new).await.expect("a ticket").id
}

pub(super) async fn now(bed: &Bed, id: &TicketId) -> Ticket {
    access::ticket(bed.store.db(), &Actor::System, id)
        .await
        .expect("the ticket")
}

pub(super) async fn said(bed: &Bed, id: &ConversationId) -> Vec<String> {
    views::timeline(bed.store.db(), id, None, 100)
        .await
        .expect("a timeline")
        .into_iter()
        .filter(|message| message.kind == MessageKind::Outbound)
        .map(|message| message.text)
        .collect()
}

/// The customer writes, or presses what the newest question offers.
pub(super) async fn hears(bed: &Bed, id: &ConversationId, text: &str, press: Option<usize>) {
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

pub(super) fn texts(en: &str) -> Texts {
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

/// Whoever was given the reply token of a customer's conversation is read by people, and decides nothing.
async fn somebody_elses_word_solves_nothing(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    for words in ["Yes, solved", "Not solved", "What is this about?"] {
        let (conversation, id) = ticket(&bed, &ana, &bed.store.env().ulid()).await;
        solve::ask_solved(&bed.store, &ana, &id, "").await.expect("asked");
        work(&bed.store).await;
        let mut mail = mail(&inbox, "eve@elsewhere.test", &bed.store.env().ulid(), words);
        mail.thread.tokens = vec![bed.store.keys().reply_token(&conversation)];
        assert_eq!(bed.place(&mail).await.0, conversation);
        work(&bed.store).await;
        // Nor does silence close what nobody has read yet.
        bed.clock.advance(30 * 24 * HOUR);
        assert_eq!(solve::look(&bed.store).await.expect("a look"), 0, "{words}");
        assert_eq!(now(&bed, &id).await.status, TicketStatus::Open, "{words}");
        assert_eq!(
            bed.conversation(&conversation).await.status,
            ConversationStatus::Open,
            "{words}"
        );
    }
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
