//! Agents who work in some inboxes only: what they see, what is given to them, what they are told, on both databases.

use std::collections::HashSet;

use conversation::access;
use conversation::bulk::{self, Came, Work};
use conversation::conversations::Conversation;
use conversation::db::sql;
use conversation::desk::bell::{self, Choice, Kind};
use conversation::desk::follow;
use conversation::desk::inboxes::InboxDesk;
use conversation::desk::presence;
use conversation::desk::share;
use conversation::inbox_agents::{self, WorksIn};
use conversation::lifecycle::{Action, act};
use conversation::lists::{self, Assignee, Filter, Place, Sort};
use conversation::reply::{ReplyKind, reply};
use conversation::scope::Scope;
use conversation::tickets::{self, NewTicket};
use conversation::types::{
    Actor, AgentId, Channel, ConversationId, ConversationStatus, InboxId, MessageKind, Priority, TicketId, TicketKind,
};
use conversation::{Error, board, teams, views};

use super::bed::{Bed, SECOND, both, mail, refusal};
use super::desk::{id, shared, work};

both!(
    who_works_in_some_inboxes_sees_what_is_in_these,
    every_list_holds_what_its_reader_sees_and_nothing_else,
    work_goes_to_whoever_sees_it,
    nobody_is_told_of_what_they_do_not_see,
    a_note_that_calls_somebody_who_does_not_see_it_says_so,
);

pub(super) async fn works_in(bed: &Bed, agent: &Actor, works: &WorksIn) -> bool {
    let mut tx = bed.store.begin().await.expect("begun");
    let has_changed = inbox_agents::set_in(&mut tx, &Actor::System, &id(agent), works)
        .await
        .expect("set");
    if has_changed {
        tx.commit().await.expect("committed");
    }
    has_changed
}

pub(super) async fn only(bed: &Bed, agent: &Actor, inboxes: &[&InboxId]) {
    let inboxes = inboxes.iter().map(|inbox| (*inbox).clone()).collect();
    works_in(bed, agent, &WorksIn::Only(inboxes)).await;
}

pub(super) async fn scope(bed: &Bed, agent: &Actor) -> Option<Scope> {
    Scope::of(bed.store.db(), &id(agent)).await.expect("a scope")
}

pub(super) async fn wrote(bed: &Bed, inbox: &InboxId, from: &str) -> ConversationId {
    bed.clock.advance(SECOND);
    let from = format!("{from}@example.org");
    bed.place(&mail(inbox, &from, &format!("{from}-{inbox}"), "Hello"))
        .await
        .0
}

async fn ticket(bed: &Bed, conversation: &ConversationId) -> TicketId {
    let mut tx = bed.store.begin().await.expect("begun");
    let new = NewTicket {
        conversation: conversation.clone(),
        subject: "Toner".to_owned(),
        kind: TicketKind::Request,
        brief: String::new(),
    };
    let ticket = tickets::open_in(&mut tx, &Actor::System, new).await.expect("a ticket");
    tx.commit().await.expect("committed");
    ticket.id
}

pub(super) async fn sees(bed: &Bed, agent: &Actor, conversation: &ConversationId) -> bool {
    match access::conversation(bed.store.db(), agent, conversation).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(error) => panic!("{error}"),
    }
}

pub(super) fn ids(rows: &[Conversation]) -> HashSet<ConversationId> {
    rows.iter().map(|one| one.id.clone()).collect()
}

async fn who_works_in_some_inboxes_sees_what_is_in_these(bed: Bed) {
    let (support, payroll) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Whatsapp, false).await,
    );
    let (ana, eva) = (bed.agent("ana").await, bed.agent("eva").await);
    let (open, secret) = (wrote(&bed, &support, "joana").await, wrote(&bed, &payroll, "rui").await);
    let theirs = wrote(&bed, &payroll, "lia").await;
    act(&bed.store, &eva, &theirs, Action::Assign(Some(id(&ana))))
        .await
        .expect("given");
    let (of_open, of_secret) = (ticket(&bed, &open).await, ticket(&bed, &secret).await);
    assert!(
        scope(&bed, &ana).await.is_none(),
        "by default everybody sees everything"
    );
    assert!(sees(&bed, &ana, &secret).await);
    only(&bed, &ana, &[&support]).await;
    let db = bed.store.db();
    for (actor, conversation, expected) in [
        (&ana, &open, true),
        (&ana, &secret, false),
        // What is theirs stays theirs, wherever it is.
        (&ana, &theirs, true),
        (&eva, &secret, true),
        (&Actor::System, &secret, true),
        (&Actor::Api("crm".into()), &secret, true),
    ] {
        assert_eq!(
            sees(&bed, actor, conversation).await,
            expected,
            "{actor:?} {conversation}"
        );
    }
    let all = [open.clone(), secret.clone(), theirs.clone()];
    let seen = access::seen_among(db, &ana, &all).await.expect("seen");
    assert_eq!(seen, HashSet::from([open.clone(), theirs.clone()]));
    // Whatever hangs on a conversation goes with it.
    assert!(access::ticket(db, &ana, &of_open).await.is_ok());
    assert!(matches!(
        access::ticket(db, &ana, &of_secret).await,
        Err(Error::NotFound)
    ));
    let said = views::timeline(db, &secret, None, 10).await.expect("read").remove(0);
    assert!(matches!(
        access::message(db, &ana, &said.id).await,
        Err(Error::NotFound)
    ));
    let number = bed.conversation(&secret).await.number;
    let by_number = access::conversation_by_number(db, &ana, number).await;
    assert!(matches!(by_number, Err(Error::NotFound)));
    // Customers are everybody's; what they wrote is not.
    let customer = bed.conversation(&secret).await.contact_id;
    assert!(access::contact(db, &ana, &customer).await.is_ok());
    let of_customer = Filter {
        contact: Some(customer),
        scope: scope(&bed, &ana).await,
        ..Filter::default()
    };
    assert_eq!(lists::count(db, &of_customer, 10).await.expect("counted"), 0);
    assert!(access::inbox(db, &ana, &support).await.is_ok());
    assert!(matches!(access::inbox(db, &ana, &payroll).await, Err(Error::NotFound)));
    // What is given away is out of sight.
    act(&bed.store, &eva, &theirs, Action::Assign(None))
        .await
        .expect("given");
    assert!(!sees(&bed, &ana, &theirs).await);
    // An inbox that comes later is not theirs; of who works in all of them it is.
    let later = bed.inbox(Channel::Webchat, false).await;
    assert!(matches!(access::inbox(db, &ana, &later).await, Err(Error::NotFound)));
    assert!(access::inbox(db, &eva, &later).await.is_ok());
    // Administrators see everything.
    let mut tx = bed.store.begin().await.expect("begun");
    sql("UPDATE agents SET role = 'administrator' WHERE id = 'ana'")
        .run(&mut tx)
        .await
        .expect("made one");
    tx.commit_silently().await.expect("committed");
    assert!(sees(&bed, &ana, &secret).await && scope(&bed, &ana).await.is_none());
    bed.check().await;
}

/// Whether ana sees a conversation, told from its row alone.
fn shown(one: &Conversation, ana: &AgentId, inboxes: &[&InboxId]) -> bool {
    one.assignee_id.as_ref() == Some(ana) || inboxes.iter().any(|inbox| **inbox == one.inbox_id)
}

async fn every_list_holds_what_its_reader_sees_and_nothing_else(bed: Bed) {
    let mut all_inboxes = Vec::new();
    for channel in [Channel::Email, Channel::Whatsapp, Channel::Webchat, Channel::Email] {
        all_inboxes.push(bed.inbox(channel, false).await);
    }
    let (ana, eva) = (bed.agent("ana").await, bed.agent("eva").await);
    let team = teams::create(&bed.store, &Actor::System, "First line", &[id(&ana)])
        .await
        .expect("a team");
    for number in 0..32_usize {
        let one = wrote(&bed, &all_inboxes[number % 4], &format!("c{number}")).await;
        let actions = [
            Action::Prioritise(Priority::ALL[number / 4 % 4]),
            Action::Assign([None, Some(id(&ana)), Some(id(&eva))][number % 3].clone()),
            Action::GiveTo((number % 5 == 0).then(|| team.clone())),
        ];
        for action in actions {
            act(&bed.store, &Actor::System, &one, action).await.expect("done");
        }
        if number % 7 == 0 {
            act(&bed.store, &eva, &one, Action::Resolve).await.expect("resolved");
        }
        ticket(&bed, &one).await;
    }
    let db = bed.store.db();
    let whole = lists::list(db, &Filter::default(), Sort::Newest, None, 100)
        .await
        .expect("a list");
    assert_eq!(whole.len(), 32);
    for theirs in [&[][..], &[0], &[0, 2], &[0, 1, 2, 3]] {
        let inboxes: Vec<&InboxId> = theirs.iter().map(|at| &all_inboxes[*at]).collect();
        only(&bed, &ana, &inboxes).await;
        let scope = scope(&bed, &ana).await.expect("a scope");
        let open = |one: &&Conversation| one.status == ConversationStatus::Open;
        let is_shown = |one: &&Conversation| shown(one, &id(&ana), &inboxes);
        let base = Filter {
            scope: Some(scope.clone()),
            ..Filter::default()
        };
        type Fits<'a> = Box<dyn Fn(&Conversation) -> bool + 'a>;
        let narrowed: Vec<(Filter, Fits<'_>)> = vec![
            (Filter::default(), Box::new(|_| true)),
            (
                Filter {
                    status: Some(ConversationStatus::Open),
                    ..Filter::default()
                },
                Box::new(|one| one.status == ConversationStatus::Open),
            ),
            (
                Filter {
                    assignee: Assignee::Nobody,
                    ..Filter::default()
                },
                Box::new(|one| one.assignee_id.is_none()),
            ),
            (
                Filter {
                    assignee: Assignee::Agent(id(&ana)),
                    ..Filter::default()
                },
                Box::new(|one| one.assignee_id == Some(id(&ana))),
            ),
            (
                Filter {
                    assignee: Assignee::Agent(id(&eva)),
                    ..Filter::default()
                },
                Box::new(|one| one.assignee_id == Some(id(&eva))),
            ),
            (
                Filter {
                    inbox: Some(all_inboxes[1].clone()),
                    ..Filter::default()
                },
                Box::new(|one| one.inbox_id == all_inboxes[1]),
            ),
            (
                Filter {
                    teams: vec![team.clone()],
                    ..Filter::default()
                },
                Box::new(|one| one.team_id.as_ref() == Some(&team)),
            ),
            (
                Filter {
                    priority: Some(Priority::High),
                    ..Filter::default()
                },
                Box::new(|one| one.priority == Priority::High),
            ),
        ];
        for (filter, fits) in &narrowed {
            let filter = Filter {
                scope: base.scope.clone(),
                ..filter.clone()
            };
            let expected: Vec<Conversation> = whole.iter().filter(is_shown).filter(|one| fits(one)).cloned().collect();
            let counted = lists::count(db, &filter, 100).await.expect("counted");
            assert_eq!(counted, expected.len() as i64, "{theirs:?} {filter:?}");
            assert_eq!(lists::count(db, &filter, 3).await.expect("counted"), counted.min(3));
            for sort in Sort::ALL {
                let everything = Filter {
                    scope: None,
                    ..filter.clone()
                };
                let mut order = lists::list(db, &everything, sort, None, 100).await.expect("a list");
                order.retain(|one| shown(one, &id(&ana), &inboxes));
                let mut walked: Vec<Conversation> = Vec::new();
                let mut after: Option<Place> = None;
                loop {
                    let page = lists::list(db, &filter, sort, after.as_ref(), 4).await.expect("a page");
                    let Some(last) = page.last() else { break };
                    after = Some(sort.place(last));
                    walked.extend(page);
                }
                let in_order = |rows: &[Conversation]| rows.iter().map(|one| one.number).collect::<Vec<_>>();
                assert_eq!(in_order(&walked), in_order(&order), "{theirs:?} {filter:?} {sort:?}");
            }
        }
        let counts = lists::counts_within(db, &scope).await.expect("counted");
        let count = |fits: &dyn Fn(&Conversation) -> bool| {
            whole
                .iter()
                .filter(open)
                .filter(is_shown)
                .filter(|one| fits(one))
                .count() as i64
        };
        assert_eq!(counts.all, count(&|_| true), "{theirs:?}");
        assert_eq!(counts.mine, count(&|one| one.assignee_id == Some(id(&ana))));
        assert_eq!(counts.unassigned, count(&|one| one.assignee_id.is_none()));
        assert_eq!(counts.team, count(&|one| one.team_id.as_ref() == Some(&team)));
        let tallied: i64 = board::open_of(db, &scope)
            .await
            .expect("tallied")
            .iter()
            .map(|one| one.n)
            .sum();
        assert_eq!(tallied, counts.all);
        let waiting = board::waiting(db, Some(&scope), 100).await.expect("waiting");
        let expected: HashSet<ConversationId> = whole
            .iter()
            .filter(is_shown)
            .filter(|one| one.waiting_since.is_some())
            .map(|one| one.id.clone())
            .collect();
        assert_eq!(
            waiting.iter().map(|one| one.id.clone()).collect::<HashSet<_>>(),
            expected
        );
        let now = bed.store.now();
        let alike = board::counted(db, Some(&scope), now, now).await.expect("counted");
        assert_eq!(alike.iter().map(|one| one.n).sum::<i64>(), expected.len() as i64);
        let of_tickets = tickets::list::Filter {
            state: tickets::list::State::Any,
            scope: Some(scope.clone()),
            ..tickets::list::Filter::default()
        };
        let found = tickets::list::page(db, &of_tickets, tickets::list::Sort::Newest, None, 100)
            .await
            .expect("tickets");
        let of: HashSet<ConversationId> = found.into_iter().map(|one| one.conversation_id).collect();
        let seen: Vec<Conversation> = whole.iter().filter(is_shown).cloned().collect();
        assert_eq!(of, ids(&seen), "{theirs:?}");
        let queued: i64 = tickets::list::queues(db, Some(&scope))
            .await
            .expect("queues")
            .iter()
            .map(|(_, all, _)| all)
            .sum();
        assert!(queued <= seen.len() as i64, "{theirs:?}");
    }
    bed.check().await;
}

async fn work_goes_to_whoever_sees_it(bed: Bed) {
    let (support, payroll) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Email, false).await,
    );
    let (ana, eva) = (bed.agent("ana").await, bed.agent("eva").await);
    only(&bed, &ana, &[&support]).await;
    let (open, secret) = (wrote(&bed, &support, "joana").await, wrote(&bed, &payroll, "rui").await);
    let given = act(&bed.store, &eva, &secret, Action::Assign(Some(id(&ana)))).await;
    assert_eq!(refusal(given), "Agent ana does not work in this inbox");
    let who = access::who_can_be_given(bed.store.db(), &bed.conversation(&secret).await)
        .await
        .expect("who");
    assert_eq!(who, HashSet::from([id(&eva)]));
    act(&bed.store, &eva, &open, Action::Assign(Some(id(&ana))))
        .await
        .expect("given");
    // In bulk each is reached through access, too.
    let came = bulk::run(
        &bed.store,
        &ana,
        &[open.clone(), secret.clone()],
        &Work::Act(Action::Resolve),
    )
    .await
    .expect("done");
    assert!(matches!(came[0].1, Came::Done), "{came:?}");
    assert!(matches!(came[1].1, Came::Refused(Error::NotFound)), "{came:?}");
    // Sharing out passes by who does not work there, although it would be their turn.
    for inbox in [&support, &payroll] {
        let desk = InboxDesk {
            is_shared_out: true,
            ..InboxDesk::default()
        };
        shared(&bed, inbox, desk).await;
    }
    presence::seen(&bed.store, &id(&ana)).await.expect("seen");
    assert_eq!(share::give_waiting(&bed.store).await.expect("given"), 0);
    presence::seen(&bed.store, &id(&eva)).await.expect("seen");
    assert_eq!(share::give_waiting(&bed.store).await.expect("given"), 1);
    assert_eq!(bed.conversation(&secret).await.assignee_id, Some(id(&eva)));
    bed.check().await;
}

async fn told(bed: &Bed, agent: &Actor) -> (usize, i64) {
    let db = bed.store.db();
    let all = bell::list(db, &id(agent)).await.expect("a list");
    (all.len(), bell::unread(db, &id(agent)).await.expect("counted"))
}

async fn nobody_is_told_of_what_they_do_not_see(bed: Bed) {
    let (support, payroll) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Email, false).await,
    );
    let (ana, eva) = (bed.agent("ana").await, bed.agent("eva").await);
    let (open, secret) = (wrote(&bed, &support, "joana").await, wrote(&bed, &payroll, "rui").await);
    let by_all = Choice {
        in_page: true,
        by_push: false,
        by_mail: true,
    };
    bell::choose(&bed.store, &id(&ana), &[(Kind::Followed, by_all)])
        .await
        .expect("chosen");
    for conversation in [&open, &secret] {
        follow::follow(&bed.store, &id(&ana), conversation, true)
            .await
            .expect("follows");
        let mut note = bed.words(conversation, "Look at this");
        note.kind = ReplyKind::Note;
        reply(&bed.store, &eva, note).await.expect("a note");
    }
    work(&bed.store).await;
    assert_eq!(told(&bed, &ana).await, (2, 2));
    only(&bed, &ana, &[&support]).await;
    assert_eq!(
        told(&bed, &ana).await,
        (1, 1),
        "what was told of the other one is out of sight"
    );
    let mut note = bed.words(&secret, "And at that");
    note.kind = ReplyKind::Note;
    reply(&bed.store, &eva, note).await.expect("a note");
    work(&bed.store).await;
    assert_eq!(
        told(&bed, &ana).await,
        (1, 1),
        "who follows it and does not see it is not told"
    );
    let mut tx = bed.store.begin().await.expect("begun");
    let digest = bell::take_digest_in(&mut tx, &id(&ana)).await.expect("a digest");
    tx.commit_silently().await.expect("committed");
    assert_eq!(
        digest.told.into_iter().map(|one| one.conversation).collect::<Vec<_>>(),
        [open]
    );
    works_in(&bed, &ana, &WorksIn::All).await;
    assert_eq!(told(&bed, &ana).await.0, 2, "it comes back with the sight of it");
    bed.check().await;
}

async fn a_note_that_calls_somebody_who_does_not_see_it_says_so(bed: Bed) {
    let (support, payroll) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Email, false).await,
    );
    let (ana, eva) = (bed.agent("ana").await, bed.agent("eva").await);
    let rui = bed.agent("rui").await;
    only(&bed, &ana, &[&support]).await;
    let secret = wrote(&bed, &payroll, "joana").await;
    let mut note = bed.words(&secret, "@Agent ana and @Agent rui, please look");
    note.kind = ReplyKind::Note;
    let written = reply(&bed.store, &eva, note.clone()).await.expect("a note");
    let called = follow::mentioned_in(bed.store.db(), &written.message)
        .await
        .expect("read");
    assert_eq!(called, [id(&rui)]);
    let followers = follow::followers(bed.store.db(), &secret).await.expect("followers");
    assert_eq!(
        followers.iter().map(|(one, _)| one.clone()).collect::<Vec<_>>(),
        [id(&rui)]
    );
    // Sent twice it is said once.
    reply(&bed.store, &eva, note).await.expect("the same");
    let lines: Vec<serde_json::Value> = views::timeline(bed.store.db(), &secret, None, 20)
        .await
        .expect("read")
        .into_iter()
        .filter(|one| one.kind == MessageKind::Activity)
        .filter_map(|one| one.extra)
        .collect();
    assert_eq!(
        lines,
        [serde_json::json!({ "action": "not_called", "names": ["Agent ana"] })]
    );
    bed.check().await;
}
