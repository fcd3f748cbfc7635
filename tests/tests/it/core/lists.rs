//! Lists, counts, teams, labels, kept lists, limits: the same on both databases.

use std::collections::HashSet;

use conversation::bulk::{self, Came, Work};
use conversation::lifecycle::{Action, act};
use conversation::lists::{self, Assignee, Filter, Place, Sort};
use conversation::types::{AgentId, Channel, ConversationId, ConversationStatus, Language, Level, Priority};
use conversation::{Error, contacts, labels, saved_views, sla, tallies, teams};

use super::bed::{Bed, HOUR, NOON, SECOND, both, mail, refusal, whatsapp};

both!(
    every_order_is_walked_page_by_page_without_loss,
    every_field_narrows,
    counts_are_exact_after_anything,
    a_team_has_what_is_given_to_it,
    labels_are_put_on_and_found_again,
    many_are_done_at_once_and_each_says_what_came_of_it,
    lists_are_kept_by_their_owner_and_shared,
    whoever_waits_is_due_by_urgency,
);

fn id(actor: &conversation::types::Actor) -> AgentId {
    AgentId::from(actor.id())
}

/// Some conversations that differ in everything that a list can be ordered by.
async fn some(bed: &Bed, count: usize) -> Vec<ConversationId> {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let mut all = Vec::new();
    for number in 0..count {
        bed.clock.advance(SECOND * (1 + (number as i64 % 3)));
        let from = format!("c{number}@example.test");
        let (one, _) = bed
            .place(&mail(&inbox, &from, &format!("m{number}"), "The toner is empty"))
            .await;
        let priority = Priority::ALL[number % 4];
        act(&bed.store, &ana, &one, Action::Prioritise(priority))
            .await
            .expect("a priority");
        if number % 3 == 0 {
            bed.say(&ana, &one, "On its way").await;
        }
        all.push(one);
    }
    all
}

async fn every_order_is_walked_page_by_page_without_loss(bed: Bed) {
    let all = some(&bed, 23).await;
    let ana = bed.agent("eva").await;
    sla::set(&bed.store, &ana, &[(Priority::Urgent, 10), (Priority::Low, 500)])
        .await
        .expect("limits");
    let filter = Filter::default();
    for sort in Sort::ALL {
        let whole = lists::list(bed.store.db(), &filter, sort, None, 100)
            .await
            .expect("a list");
        assert_eq!(whole.len(), all.len(), "{sort:?}");
        let mut walked = Vec::new();
        let mut after: Option<Place> = None;
        loop {
            let page = lists::list(bed.store.db(), &filter, sort, after.as_ref(), 4)
                .await
                .expect("a page");
            let Some(last) = page.last() else { break };
            after = Place::from_text(&sort.place(last).to_text());
            assert!(after.is_some());
            walked.extend(page);
        }
        assert_eq!(walked, whole, "{sort:?}");
        for pair in whole.windows(2) {
            let (one, two) = (&pair[0], &pair[1]);
            let is_in_order = match sort {
                Sort::Newest => one.last_message_at >= two.last_message_at,
                Sort::Oldest => one.last_message_at <= two.last_message_at,
                Sort::Priority => one.priority >= two.priority,
                Sort::Waiting => match (one.waiting_since, two.waiting_since) {
                    (Some(one), Some(two)) => one <= two,
                    (None, Some(_)) => false,
                    _ => true,
                },
                Sort::Due => match (one.due_at, two.due_at) {
                    (Some(one), Some(two)) => one <= two,
                    (None, Some(_)) => false,
                    _ => true,
                },
            };
            assert!(is_in_order, "{sort:?}: {one:?} {two:?}");
        }
    }
    for text in ["", "x", "0", "0.1", "a.1-x", "0.x-1", "-1.1-x"] {
        assert_eq!(Place::from_text(text), None, "{text}");
    }
    bed.check().await;
}

async fn every_field_narrows(bed: Bed) {
    let all = some(&bed, 12).await;
    let chat = bed.inbox(Channel::Whatsapp, true).await;
    let (bot, _) = bed.place(&whatsapp(&chat, "34600111222", "w1", "Hola")).await;
    let ana = bed.agent("eva").await;
    let label = labels::create(&bed.store, &ana, "Toner", None).await.expect("a label");
    labels::set(&bed.store, &ana, &all[5], std::slice::from_ref(&label.id), &[])
        .await
        .expect("labelled");
    let contact = bed.conversation(&all[7]).await.contact_id;
    contacts::edit(&bed.store, &ana, &contact, "Joana", None, Some("Padaria Estrela"))
        .await
        .expect("edited");
    let company = contacts::load(bed.store.db(), &contact)
        .await
        .expect("the contact")
        .company_id;
    act(&bed.store, &ana, &all[2], Action::Resolve).await.expect("resolved");
    let find = async |filter: Filter| -> HashSet<ConversationId> {
        let found = lists::list(bed.store.db(), &filter, Sort::Newest, None, 100)
            .await
            .expect("a list");
        let count = lists::count(bed.store.db(), &filter, 100).await.expect("a count");
        assert_eq!(count, found.len() as i64, "{filter:?}");
        found.into_iter().map(|one| one.id).collect()
    };
    let only = |ids: &[&ConversationId]| ids.iter().map(|id| (*id).clone()).collect::<HashSet<_>>();
    let none = Filter::default;
    assert_eq!(
        find(Filter {
            channel: Some(Channel::Whatsapp),
            ..none()
        })
        .await,
        only(&[&bot])
    );
    assert_eq!(
        find(Filter {
            level: Some(Level::Bot),
            ..none()
        })
        .await,
        only(&[&bot])
    );
    assert_eq!(
        find(Filter {
            inbox: Some(chat),
            ..none()
        })
        .await,
        only(&[&bot])
    );
    assert!(
        !find(Filter {
            is_past_bot: true,
            ..none()
        })
        .await
        .contains(&bot)
    );
    assert_eq!(
        find(Filter {
            label: Some(label.id),
            ..none()
        })
        .await,
        only(&[&all[5]])
    );
    assert_eq!(find(Filter { company, ..none() }).await, only(&[&all[7]]));
    assert_eq!(
        find(Filter {
            contact: Some(contact),
            ..none()
        })
        .await,
        only(&[&all[7]])
    );
    assert_eq!(
        find(Filter {
            status: Some(ConversationStatus::Resolved),
            ..none()
        })
        .await,
        only(&[&all[2]])
    );
    assert_eq!(
        find(Filter {
            priority: Some(Priority::Urgent),
            ..none()
        })
        .await,
        only(&[&all[3], &all[7], &all[11]])
    );
    assert!(
        find(Filter {
            language: Some(Language::Es),
            ..none()
        })
        .await
        .is_empty()
    );
    let answered = find(Filter {
        assignee: Assignee::Agent("ana".into()),
        ..none()
    })
    .await;
    assert_eq!(answered, only(&[&all[0], &all[3], &all[6], &all[9]]));
    let waiting = find(Filter {
        waiting_before: Some(NOON + HOUR),
        ..none()
    })
    .await;
    assert!(!waiting.contains(&all[0]) && waiting.contains(&all[1]));
    let last = bed.conversation(&all[11]).await.last_message_at;
    assert_eq!(
        find(Filter {
            active_since: Some(last),
            ..none()
        })
        .await,
        only(&[&all[11], &bot])
    );
}

async fn counts_are_exact_after_anything(bed: Bed) {
    let all = some(&bed, 9).await;
    let (ana, eva) = (bed.agent("eva").await, bed.agent("rui").await);
    for (number, one) in all.iter().enumerate() {
        let action = match number % 5 {
            0 => Action::Assign(Some(id(&eva))),
            1 => Action::Resolve,
            2 => Action::MoveTo {
                level: Level::N2,
                reason: "why".to_owned(),
            },
            3 => Action::Snooze { until: NOON + 9 * HOUR },
            _ => Action::Reopen,
        };
        act(&bed.store, &ana, one, action).await.expect("done");
    }
    bed.one_person(&all[0], &all[4]).await;
    conversation::restructure::merge(&bed.store, &ana, &all[4], &all[0])
        .await
        .expect("merged");
    bed.check().await;
    let counts = lists::counts(bed.store.db(), &id(&eva)).await.expect("counts");
    let open = lists::list(
        bed.store.db(),
        &Filter {
            status: Some(ConversationStatus::Open),
            ..Filter::default()
        },
        Sort::Newest,
        None,
        100,
    )
    .await
    .expect("a list");
    assert_eq!(counts.all, open.len() as i64);
    assert_eq!(
        counts.mine,
        open.iter().filter(|one| one.assignee_id == Some(id(&eva))).count() as i64
    );
    assert_eq!(
        counts.unassigned,
        open.iter()
            .filter(|one| one.assignee_id.is_none() && one.level != Level::Bot)
            .count() as i64
    );
    // Somebody changed the database by hand.
    let mut tx = bed.store.begin().await.expect("begin");
    conversation::db::sql("UPDATE tallies SET n = n + 3 WHERE n > 0")
        .run(&mut tx)
        .await
        .expect("broken");
    tx.commit_silently().await.expect("commit");
    assert!(tallies::recount(&bed.store).await.expect("recounted") > 0);
    assert_eq!(tallies::recount(&bed.store).await.expect("recounted"), 0);
    bed.check().await;
}

async fn a_team_has_what_is_given_to_it(bed: Bed) {
    let all = some(&bed, 4).await;
    let (eva, rui) = (bed.agent("eva").await, bed.agent("rui").await);
    let team = teams::create(&bed.store, &eva, "  Second   line ", &[id(&eva)])
        .await
        .expect("a team");
    assert!(refusal(teams::create(&bed.store, &eva, "Second line", &[]).await).contains("already"));
    assert!(refusal(teams::create(&bed.store, &eva, " ", &[]).await).contains("name"));
    act(&bed.store, &eva, &all[0], Action::Assign(Some(id(&rui))))
        .await
        .expect("assigned");
    let given = act(&bed.store, &eva, &all[0], Action::GiveTo(Some(team.clone())))
        .await
        .expect("given");
    assert_eq!(given.assignee_id, None, "rui is not in the team");
    act(&bed.store, &eva, &all[1], Action::Assign(Some(id(&eva))))
        .await
        .expect("assigned");
    let kept = act(&bed.store, &eva, &all[1], Action::GiveTo(Some(team.clone())))
        .await
        .expect("given");
    assert_eq!(kept.assignee_id, Some(id(&eva)));
    assert!(refusal(act(&bed.store, &eva, &all[2], Action::GiveTo(Some("nobody".into()))).await).contains("exist"));
    assert_eq!(lists::counts(bed.store.db(), &id(&eva)).await.expect("counts").team, 2);
    assert_eq!(lists::counts(bed.store.db(), &id(&rui)).await.expect("counts").team, 0);
    let other = teams::create(&bed.store, &eva, "Billing", &[id(&rui)])
        .await
        .expect("a team");
    act(&bed.store, &eva, &all[2], Action::GiveTo(Some(other.clone())))
        .await
        .expect("given");
    let both = Filter {
        teams: vec![team.clone(), other],
        ..Filter::default()
    };
    let found = lists::list(bed.store.db(), &both, Sort::Newest, None, 2)
        .await
        .expect("a list");
    let place = Sort::Newest.place(found.last().expect("two"));
    let rest = lists::list(bed.store.db(), &both, Sort::Newest, Some(&place), 2)
        .await
        .expect("a list");
    assert_eq!((found.len(), rest.len()), (2, 1), "two teams are one list");
    assert_eq!(lists::count(bed.store.db(), &both, 10).await.expect("a count"), 3);
    teams::change(&bed.store, &eva, &team, "Third line", &[id(&rui)])
        .await
        .expect("changed");
    assert_eq!(lists::counts(bed.store.db(), &id(&rui)).await.expect("counts").team, 3);
    bed.check().await;
}

async fn labels_are_put_on_and_found_again(bed: Bed) {
    let all = some(&bed, 2).await;
    let eva = bed.agent("eva").await;
    let toner = labels::create(&bed.store, &eva, "Toner", None).await.expect("a label");
    assert_eq!(
        labels::create(&bed.store, &eva, "TONER", Some(3))
            .await
            .expect("the same")
            .id,
        toner.id
    );
    let urgent = labels::create(&bed.store, &eva, "Urgent", None).await.expect("a label");
    let put = |add: &[conversation::types::LabelId], remove: &[conversation::types::LabelId]| {
        let (add, remove, store, one) = (add.to_vec(), remove.to_vec(), bed.store.clone(), all[0].clone());
        let eva = eva.clone();
        async move { labels::set(&store, &eva, &one, &add, &remove).await }
    };
    assert!(put(&[toner.id.clone(), urgent.id.clone()], &[]).await.expect("put on"));
    assert!(!put(std::slice::from_ref(&toner.id), &[]).await.expect("nothing to do"));
    assert!(matches!(put(&["nothing".into()], &[]).await, Err(Error::NotFound)));
    // What is merged keeps its labels.
    bed.one_person(&all[1], &all[0]).await;
    conversation::restructure::merge(&bed.store, &eva, &all[0], &all[1])
        .await
        .expect("merged");
    let carried = labels::of_conversations(bed.store.db(), &all).await.expect("labels");
    assert_eq!(
        carried[&all[1]]
            .iter()
            .map(|label| label.name.as_str())
            .collect::<Vec<_>>(),
        ["Toner", "Urgent"]
    );
    assert!(refusal(labels::change(&bed.store, &eva, &urgent.id, "toner", 1).await).contains("already"));
    labels::change(&bed.store, &eva, &urgent.id, "Now", 7)
        .await
        .expect("changed");
    labels::remove(&bed.store, &eva, &toner.id).await.expect("removed");
    let left = labels::list(bed.store.db()).await.expect("labels");
    assert_eq!(
        left.iter()
            .map(|label| (label.name.as_str(), label.tint))
            .collect::<Vec<_>>(),
        [("Now", 1)]
    );
    for number in 0..labels::MOST {
        let one = labels::create(&bed.store, &eva, &format!("l{number}"), None)
            .await
            .expect("a label");
        let done = labels::set(&bed.store, &eva, &all[1], &[one.id], &[]).await;
        assert_eq!(
            done.is_err(),
            number == labels::MOST - 1,
            "with `Now` that is one too many"
        );
    }
}

async fn many_are_done_at_once_and_each_says_what_came_of_it(bed: Bed) {
    let mut all = some(&bed, 3).await;
    let eva = bed.agent("eva").await;
    act(&bed.store, &eva, &all[1], Action::Resolve).await.expect("resolved");
    all.push("nothing".into());
    let came = bulk::run(&bed.store, &eva, &all, &Work::Act(Action::Resolve))
        .await
        .expect("run");
    let said: Vec<&str> = came
        .iter()
        .map(|(_, came)| match came {
            Came::Done => "done",
            Came::Unchanged => "unchanged",
            Came::Refused(Error::NotFound) => "missing",
            Came::Refused(_) => "refused",
        })
        .collect();
    assert_eq!(said, ["done", "unchanged", "done", "missing"]);
    assert!(refusal(bulk::run(&bed.store, &eva, &[], &Work::Act(Action::Resolve)).await).contains('1'));
    let many = vec![all[0].clone(); bulk::MOST + 1];
    assert!(refusal(bulk::run(&bed.store, &eva, &many, &Work::Act(Action::Resolve)).await).contains("500"));
    bed.check().await;
}

async fn lists_are_kept_by_their_owner_and_shared(bed: Bed) {
    let (eva, rui) = (id(&bed.agent("eva").await), id(&bed.agent("rui").await));
    let own = saved_views::create(&bed.store, &eva, "Mine", "?tab=mine", false)
        .await
        .expect("kept");
    let shared = saved_views::create(&bed.store, &eva, "All", "tab=all&sort=due", true)
        .await
        .expect("kept");
    let names = async |agent: &AgentId| -> Vec<String> {
        let all = saved_views::of_agent(bed.store.db(), agent).await.expect("lists");
        all.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(names(&eva).await, ["All", "Mine"]);
    assert_eq!(names(&rui).await, ["All"]);
    assert_eq!(
        saved_views::load(bed.store.db(), &eva, &own).await.expect("mine").query,
        "tab=mine"
    );
    assert!(matches!(
        saved_views::load(bed.store.db(), &rui, &own).await,
        Err(Error::NotFound)
    ));
    for is_administrator in [false, true] {
        let done = saved_views::remove(&bed.store, &rui, is_administrator, &own).await;
        assert!(matches!(done, Err(Error::NotFound)), "somebody's own list is theirs");
    }
    let change = async |administrator| {
        saved_views::change(&bed.store, &rui, administrator, &shared, "Everything", "tab=all", true).await
    };
    assert!(matches!(change(false).await, Err(Error::NotFound)));
    change(true).await.expect("an administrator may");
    assert_eq!(names(&rui).await, ["Everything"]);
    let long = "x".repeat(saved_views::LONGEST_QUERY + 1);
    assert!(refusal(saved_views::create(&bed.store, &eva, "Long", &long, false).await).contains("many"));
}

async fn whoever_waits_is_due_by_urgency(bed: Bed) {
    let eva = bed.agent("eva").await;
    sla::set(&bed.store, &eva, &[(Priority::Normal, 60), (Priority::Urgent, 5)])
        .await
        .expect("limits");
    let inbox = bed.inbox(Channel::Email, false).await;
    let (one, _) = bed.place(&mail(&inbox, "a@example.test", "m1", "Toner")).await;
    let waits = bed.conversation(&one).await.waiting_since.expect("waits");
    assert_eq!(bed.conversation(&one).await.due_at, Some(waits + HOUR));
    act(&bed.store, &eva, &one, Action::Prioritise(Priority::Urgent))
        .await
        .expect("urgent");
    assert_eq!(bed.conversation(&one).await.due_at, Some(waits + 5 * 60 * SECOND));
    act(&bed.store, &eva, &one, Action::Prioritise(Priority::Low))
        .await
        .expect("low");
    assert_eq!(bed.conversation(&one).await.due_at, None, "low has no limit");
    sla::set(&bed.store, &eva, &[(Priority::Low, 1)]).await.expect("limits");
    assert_eq!(
        bed.conversation(&one).await.due_at,
        Some(waits + 60 * SECOND),
        "what waits is measured anew"
    );
    bed.say(&eva, &one, "Here it is").await;
    assert_eq!(bed.conversation(&one).await.due_at, None, "nobody waits any more");
    for minutes in [0, -1, sla::LONGEST + 1] {
        assert!(refusal(sla::set(&bed.store, &eva, &[(Priority::Low, minutes)]).await).contains("minutes"));
    }
}
