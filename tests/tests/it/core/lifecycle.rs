//! What people do with a conversation: every action in every state.

use conversation::access;
use conversation::db::sql;
use conversation::desk::bell;
use conversation::lifecycle::{Action, UNTIL_REPLY, act, wake_due};
use conversation::restructure;
use conversation::tickets;
use conversation::types::{
    Actor, Channel, ConversationId, ConversationStatus, Level, Priority, TicketId, TicketStatus,
};
use conversation::views;

use super::bed::{Bed, HOUR, NOON, both, refusal, whatsapp};
use super::desk::work;
use super::ingest::ticket_in;

both! {
    every_action_in_every_state,
    arguments_are_checked,
    who_claims_second_is_told_who_has_it,
    what_was_hidden_comes_back,
    what_comes_back_stands_on_top_and_rings,
    only_the_newest_solved_ticket_opens_again,
    the_inbox_counts,
}

async fn fresh(bed: &Bed, agent: &Actor, status: ConversationStatus) -> (ConversationId, TicketId) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let from = bed.store.env().ulid();
    let (id, _) = bed.place(&whatsapp(&inbox, &from, &from, "Oi")).await;
    let ticket = tickets::open(&bed.store, agent, ticket_in(&id))
        .await
        .expect("a ticket")
        .id;
    match status {
        ConversationStatus::Open => {}
        ConversationStatus::Snoozed => drop(
            act(&bed.store, agent, &id, Action::Snooze { until: NOON + HOUR })
                .await
                .expect("snoozed"),
        ),
        ConversationStatus::Resolved => drop(act(&bed.store, agent, &id, Action::Resolve).await.expect("resolved")),
    }
    (id, ticket)
}

async fn every_action_in_every_state(bed: Bed) {
    use ConversationStatus::{Open, Resolved, Snoozed};
    let ana = bed.agent("ana").await;
    let me = || Some("ana".into());
    let up = || Action::MoveTo {
        level: Level::N2,
        reason: "A technician".to_owned(),
    };
    let snooze = || Action::Snooze { until: NOON + 2 * HOUR };
    let until_reply = || Action::Snooze { until: UNTIL_REPLY };
    // From, action, and where that leads with its ticket; None where it changes nothing, Err where it is refused.
    let table: Vec<(
        ConversationStatus,
        Action,
        Result<Option<(ConversationStatus, TicketStatus)>, &str>,
    )> = vec![
        (Open, Action::Assign(me()), Ok(Some((Open, TicketStatus::Open)))),
        (Snoozed, Action::Assign(me()), Ok(Some((Snoozed, TicketStatus::Open)))),
        (
            Resolved,
            Action::Assign(me()),
            Ok(Some((Resolved, TicketStatus::Resolved))),
        ),
        (Open, Action::Assign(None), Ok(None)),
        (Open, up(), Ok(Some((Open, TicketStatus::New)))),
        (Snoozed, up(), Ok(Some((Open, TicketStatus::New)))),
        (Resolved, up(), Ok(Some((Open, TicketStatus::Open)))),
        // The customer is not waited for, and is not told so.
        (Open, snooze(), Ok(Some((Snoozed, TicketStatus::New)))),
        (Snoozed, snooze(), Ok(Some((Snoozed, TicketStatus::New)))),
        (Open, until_reply(), Ok(Some((Snoozed, TicketStatus::Waiting)))),
        (Snoozed, until_reply(), Ok(Some((Snoozed, TicketStatus::Waiting)))),
        (
            Resolved,
            snooze(),
            Err("a resolved conversation cannot be snoozed; reopen it first"),
        ),
        (Open, Action::Resolve, Ok(Some((Resolved, TicketStatus::Resolved)))),
        (Snoozed, Action::Resolve, Ok(Some((Resolved, TicketStatus::Resolved)))),
        (Resolved, Action::Resolve, Ok(None)),
        (Open, Action::Reopen, Ok(None)),
        (Snoozed, Action::Reopen, Ok(Some((Open, TicketStatus::New)))),
        (Resolved, Action::Reopen, Ok(Some((Open, TicketStatus::Open)))),
        (
            Open,
            Action::Prioritise(Priority::Urgent),
            Ok(Some((Open, TicketStatus::New))),
        ),
        (
            Snoozed,
            Action::Prioritise(Priority::Urgent),
            Ok(Some((Snoozed, TicketStatus::New))),
        ),
        (
            Resolved,
            Action::Prioritise(Priority::Low),
            Ok(Some((Resolved, TicketStatus::Resolved))),
        ),
        (Open, Action::Prioritise(Priority::Normal), Ok(None)),
    ];
    for (status, action, expected) in table {
        let what = format!("{status}: {action:?}");
        let (id, ticket) = fresh(&bed, &ana, status).await;
        let head = bed.store.head().await.expect("head");
        let before = bed.conversation(&id).await;
        let outcome = act(&bed.store, &ana, &id, action.clone()).await;
        let after = bed.conversation(&id).await;
        let ticket = access::ticket(bed.store.db(), &ana, &ticket).await.expect("the ticket");
        match expected {
            Ok(Some((status, ticket_status))) => {
                assert_eq!(outcome.expect(&what).status, status, "{what}");
                assert_eq!((after.status, ticket.status), (status, ticket_status), "{what}");
                assert_eq!(
                    (ticket.level, ticket.priority, &ticket.assignee_id),
                    (after.level, after.priority, &after.assignee_id),
                    "{what}: the ticket follows"
                );
                assert_eq!(
                    ticket.resolved_at.is_some(),
                    ticket_status == TicketStatus::Resolved,
                    "{what}"
                );
                assert!(after.version > before.version && after.position > head, "{what}");
                // Doing it again is harmless.
                act(&bed.store, &ana, &id, action).await.expect(&what);
            }
            Ok(None) => {
                outcome.expect(&what);
                assert_eq!(after, before, "{what}");
                assert_eq!(bed.store.head().await.expect("head"), head, "{what}: no event");
            }
            Err(why) => {
                assert_eq!(refusal(outcome), why, "{what}");
                assert_eq!(after, before, "{what}");
            }
        }
    }
    bed.check().await;
}

async fn arguments_are_checked(bed: Bed) {
    let ana = bed.agent("ana").await;
    bed.agent("disabled").await;
    for role in ["supervisor", "coordinator"] {
        bed.agent(role).await;
        let mut tx = bed.store.begin().await.expect("begin");
        sql("UPDATE agents SET role = $1 WHERE id = $1")
            .bind(role)
            .run(&mut tx)
            .await
            .expect("a role");
        tx.commit_silently().await.expect("commit");
    }
    let (id, _) = fresh(&bed, &ana, ConversationStatus::Open).await;
    let (other, _) = fresh(&bed, &ana, ConversationStatus::Open).await;
    let why = |level, reason: &str| Action::MoveTo {
        level,
        reason: reason.to_owned(),
    };
    for (what, action, expected) in [
        (
            "nobody we know",
            Action::Assign(Some("nobody".into())),
            "that agent does not exist or is disabled",
        ),
        (
            "who left",
            Action::Assign(Some("disabled".into())),
            "that agent does not exist or is disabled",
        ),
        (
            "who only looks",
            Action::Assign(Some("supervisor".into())),
            "the role of Agent supervisor does not work on conversations",
        ),
        (
            "who looks after others",
            Action::Assign(Some("coordinator".into())),
            "Agent coordinator does not look after this customer",
        ),
        (
            "no reason",
            why(Level::N3, " \n"),
            "say why: a reason is needed to change the level",
        ),
        (
            "a novel",
            why(Level::N3, &"x".repeat(2001)),
            "the reason has more than 2000 characters",
        ),
        (
            "now",
            Action::Snooze { until: NOON },
            "snooze until a time that is still to come",
        ),
    ] {
        assert_eq!(refusal(act(&bed.store, &ana, &id, action).await), expected, "{what}");
    }
    assert_eq!(
        refusal(act(&bed.store, &ana, &"none".into(), Action::Resolve).await),
        "not found"
    );
    // Taking it over takes it from the bot; the next level's people pick it up themselves.
    act(&bed.store, &ana, &id, why(Level::Bot, "Try again"))
        .await
        .expect("given back");
    let taken = act(&bed.store, &ana, &id, Action::Assign(Some("ana".into())))
        .await
        .expect("taken");
    assert_eq!((taken.level, taken.assignee_id), (Level::N1, Some("ana".into())));
    assert_eq!(
        refusal(act(&bed.store, &ana, &id, why(Level::N3, "A bug")).await),
        "N3 takes over from N2: escalate to N2 first"
    );
    act(&bed.store, &ana, &id, why(Level::N2, "Not the cable"))
        .await
        .expect("escalated");
    let up = act(&bed.store, &ana, &id, why(Level::N3, "A bug"))
        .await
        .expect("escalated");
    assert_eq!((up.level, up.assignee_id), (Level::N3, None));
    let lines: Vec<_> = views::timeline(bed.store.db(), &id, None, 50)
        .await
        .expect("a timeline")
        .into_iter()
        .filter_map(|line| line.extra)
        .collect();
    assert_eq!(lines.last().expect("a line")["action"], "escalated");
    bed.one_person(&id, &other).await;
    restructure::merge(&bed.store, &ana, &other, &id).await.expect("merged");
    assert_eq!(
        refusal(act(&bed.store, &ana, &other, Action::Resolve).await),
        "the conversation became part of another one"
    );
    let (audited,): (i64,) = sql("SELECT COUNT(*) FROM audit WHERE object = $1")
        .bind(&id)
        .one(bed.store.db())
        .await
        .expect("audit");
    assert_eq!(audited, 5);
    bed.check().await;
}

async fn who_claims_second_is_told_who_has_it(bed: Bed) {
    let ana = bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    let (id, _) = fresh(&bed, &ana, ConversationStatus::Open).await;
    let claim = |agent: &str, from: Option<&str>| Action::Claim {
        agent: agent.into(),
        from: from.map(Into::into),
    };
    act(&bed.store, &ana, &id, claim("ana", None)).await.expect("claimed");
    assert_eq!(
        refusal(act(&bed.store, &eva, &id, claim("eva", None)).await),
        "Agent ana took this conversation a moment ago"
    );
    // Twice is once, and who sees whom they take it from may.
    act(&bed.store, &ana, &id, claim("ana", None)).await.expect("theirs");
    let taken = act(&bed.store, &eva, &id, claim("eva", Some("ana")))
        .await
        .expect("taken over");
    assert_eq!(taken.assignee_id, Some("eva".into()));
    bed.check().await;
}

async fn what_was_hidden_comes_back(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (first, _) = fresh(&bed, &ana, ConversationStatus::Snoozed).await;
    let (second, ticket) = fresh(&bed, &ana, ConversationStatus::Snoozed).await;
    let (third, _) = fresh(&bed, &ana, ConversationStatus::Snoozed).await;
    let (target, _) = fresh(&bed, &ana, ConversationStatus::Snoozed).await;
    act(&bed.store, &ana, &third, Action::Snooze { until: NOON + 3 * HOUR })
        .await
        .expect("for longer");
    // One that became part of another while it was hidden must not keep the others hidden.
    bed.one_person(&target, &first).await;
    restructure::merge(&bed.store, &ana, &first, &target)
        .await
        .expect("merged");
    assert_eq!(wake_due(&bed.store).await.expect("a look"), 0);
    bed.clock.advance(HOUR);
    assert_eq!(wake_due(&bed.store).await.expect("a look"), 2);
    for (id, status) in [
        (&target, ConversationStatus::Open),
        (&second, ConversationStatus::Open),
        (&third, ConversationStatus::Snoozed),
    ] {
        assert_eq!(bed.conversation(id).await.status, status);
    }
    assert_eq!(
        access::ticket(bed.store.db(), &ana, &ticket)
            .await
            .expect("the ticket")
            .status,
        TicketStatus::New
    );
    assert_eq!(wake_due(&bed.store).await.expect("a look"), 0);
    bed.check().await;
}

async fn what_comes_back_stands_on_top_and_rings(bed: Bed) {
    let (ana, eva) = (bed.agent("ana").await, bed.agent("eva").await);
    let (id, _) = fresh(&bed, &ana, ConversationStatus::Snoozed).await;
    let given = fresh(&bed, &eva, ConversationStatus::Snoozed).await.0;
    act(&bed.store, &eva, &given, Action::Assign(Some("ana".into())))
        .await
        .expect("given");
    let (by_hand, _) = fresh(&bed, &ana, ConversationStatus::Snoozed).await;
    act(&bed.store, &ana, &by_hand, Action::Reopen).await.expect("reopened");
    bed.clock.advance(HOUR - 1);
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    bed.place(&whatsapp(&inbox, "351900000077", "77", "Meanwhile")).await;
    work(&bed.store).await;
    bell::read(&bed.store, &"ana".into(), None).await.expect("read");
    bed.clock.advance(1);
    assert_eq!(wake_due(&bed.store).await.expect("a look"), 2);
    work(&bed.store).await;

    let all = views::conversations(bed.store.db(), &views::Filter::default(), None, 10)
        .await
        .expect("a list");
    assert!(all[..2].iter().all(|one| one.id == id || one.id == given), "on top");
    let told = async |agent: &str| -> Vec<_> {
        let told = bell::list(bed.store.db(), &agent.into()).await.expect("a bell");
        let mut told: Vec<_> = told
            .into_iter()
            .filter(|one| one.kind == bell::Kind::Woken)
            .map(|one| one.conversation)
            .collect();
        told.sort();
        told
    };
    let mut both_of_them = vec![id.clone(), given];
    both_of_them.sort();
    assert_eq!(told("ana").await, both_of_them, "who has it, else who put it off");
    assert!(told("eva").await.is_empty(), "it was given away");
    let lines = views::timeline(bed.store.db(), &id, None, 50)
        .await
        .expect("a timeline");
    let last = lines
        .into_iter()
        .filter_map(|line| line.extra)
        .next_back()
        .expect("a line");
    assert_eq!(
        (&last["action"], &last["from"]),
        (&"reopened".into(), &"snoozed".into())
    );
    bed.check().await;
}

async fn only_the_newest_solved_ticket_opens_again(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (id, old) = fresh(&bed, &ana, ConversationStatus::Resolved).await;
    act(&bed.store, &ana, &id, Action::Reopen).await.expect("reopened");
    act(&bed.store, &ana, &id, Action::Resolve).await.expect("resolved");
    let new = tickets::open(&bed.store, &ana, ticket_in(&id)).await.expect("a ticket");
    act(&bed.store, &ana, &id, Action::Reopen).await.expect("reopened");
    act(&bed.store, &ana, &id, Action::Resolve).await.expect("resolved");
    let from = access::conversation(bed.store.db(), &ana, &id)
        .await
        .expect("it")
        .reply_address
        .expect("an address");
    let inbox = bed.conversation(&id).await.inbox_id;
    assert_eq!(
        bed.place(&whatsapp(&inbox, &from, "wamid.back", "Ainda não")).await.0,
        id
    );
    let status = async |ticket: &TicketId| access::ticket(bed.store.db(), &ana, ticket).await.expect("it").status;
    assert_eq!(status(&old).await, TicketStatus::Resolved);
    assert_eq!(status(&new.id).await, TicketStatus::Open);
    assert_eq!(
        tickets::current(bed.store.db(), &id)
            .await
            .expect("a look")
            .expect("one")
            .id,
        new.id
    );
    bed.check().await;
}

async fn the_inbox_counts(bed: Bed) {
    let ana = bed.agent("ana").await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(fresh(&bed, &ana, ConversationStatus::Open).await.0);
        bed.clock.advance(1);
    }
    act(&bed.store, &ana, &ids[0], Action::Assign(Some("ana".into())))
        .await
        .expect("assigned");
    act(&bed.store, &ana, &ids[1], Action::Resolve).await.expect("resolved");
    act(
        &bed.store,
        &ana,
        &ids[2],
        Action::MoveTo {
            level: Level::Bot,
            reason: "Try".to_owned(),
        },
    )
    .await
    .expect("moved");
    let counts = views::counts(bed.store.db(), &"ana".into()).await.expect("counts");
    assert_eq!((counts.unassigned, counts.mine, counts.all), (2, 1, 4));
    let unassigned = views::unassigned(bed.store.db(), None, 10).await.expect("a list");
    assert_eq!(
        unassigned.iter().map(|one| &one.id).collect::<Vec<_>>(),
        [&ids[4], &ids[3]]
    );
    // Page by page, nothing twice and nothing left out.
    for filter in [
        views::Filter::default(),
        views::Filter {
            status: Some(ConversationStatus::Open),
            ..views::Filter::default()
        },
        views::Filter {
            assignee: views::Assignee::Nobody,
            channel: Some(Channel::Whatsapp),
            level: Some(Level::N1),
            ..views::Filter::default()
        },
        views::Filter {
            assignee: views::Assignee::Agent("ana".into()),
            ..views::Filter::default()
        },
    ] {
        let whole = views::conversations(bed.store.db(), &filter, None, 100)
            .await
            .expect("a list");
        let (mut pages, mut end) = (Vec::new(), None);
        loop {
            let page = views::conversations(bed.store.db(), &filter, end.as_ref(), 2)
                .await
                .expect("a page");
            let Some(last) = page.last() else { break };
            let place = views::PageEnd {
                at: last.last_message_at,
                id: last.id.to_string(),
            };
            end = views::PageEnd::from_text(&place.to_text());
            assert_eq!(end.as_ref(), Some(&place));
            pages.extend(page);
        }
        assert_eq!(pages, whole, "{filter:?}");
        assert!(!whole.is_empty(), "{filter:?}");
    }
    bed.check().await;
}
