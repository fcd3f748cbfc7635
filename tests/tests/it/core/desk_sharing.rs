//! Sharing out, on both databases: fairly, within capacity, to one only.

use conversation::desk::inboxes::InboxDesk;
use conversation::desk::presence::{self, DeskEdit};
use conversation::desk::share;
use conversation::desk::worker::{self};
use conversation::lifecycle::{Action, act};
use conversation::stream::consumer;
use conversation::teams;
use conversation::types::{Actor, AgentId, Channel, Level};

use super::bed::{Bed, both, mail};
use super::desk::{id, shared, work};

both!(
    new_work_is_shared_out_fairly_within_capacity,
    two_processes_never_give_one_conversation_twice,
);

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
