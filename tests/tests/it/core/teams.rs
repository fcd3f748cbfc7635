//! A team that is removed: who takes over what it has, and what names it.

use conversation::desk::macros;
use conversation::desk::rules::{self, Occasion, Rule};
use conversation::desk::steps::Step;
use conversation::lifecycle::{Action, act};
use conversation::types::{Actor, Channel, ConversationId, TeamId};
use conversation::{Error, access, saved_views, teams};

use super::bed::{Bed, both, mail, refusal};
use super::desk::id;

both! {
    what_a_team_has_goes_to_another,
    what_a_team_has_goes_to_none,
    what_gives_to_a_team_needs_another,
    what_was_done_comes_back_to_no_team,
}

async fn given(bed: &Bed, by: &Actor, name: &str, team: &TeamId) -> ConversationId {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (conversation, _) = bed
        .place(&mail(
            &inbox,
            &format!("{name}@example.org"),
            &format!("{name}@x"),
            "Hi",
        ))
        .await;
    act(&bed.store, by, &conversation, Action::GiveTo(Some(team.clone())))
        .await
        .expect("given");
    conversation
}

async fn removed(bed: &Bed, by: &Actor, team: &TeamId, to: Option<&TeamId>) -> Result<(), Error> {
    teams::remove(&bed.store, by, team, to, async |_| Ok(())).await
}

fn rule(team: &TeamId) -> Rule {
    Rule {
        id: String::new(),
        name: "Billing".to_owned(),
        rank: 0,
        occasion: Occasion::Received,
        conditions: Vec::new(),
        steps: vec![Step::Team {
            team: Some(team.clone()),
        }],
        is_last: false,
        is_enabled: true,
        enabled_at: None,
        due_from: 0,
        minutes: 0,
        in_hours: false,
        updated_at: 0,
    }
}

async fn what_a_team_has_goes_to_another(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (store, db) = (&bed.store, bed.store.db());
    let old = teams::create(store, &ana, "Sales", &[id(&ana)]).await.expect("a team");
    let new = teams::create(store, &ana, "Accounts", &[]).await.expect("a team");
    let (open, done) = (given(&bed, &ana, "a", &old).await, given(&bed, &ana, "b", &old).await);
    act(store, &ana, &done, Action::Resolve).await.expect("resolved");
    let kept = rules::save(store, &ana, &rule(&old)).await.expect("a rule");
    let step = [Step::Team {
        team: Some(old.clone()),
    }];
    let own = macros::save(store, &ana, None, Some(&id(&ana)), "Hand over", &step, None)
        .await
        .expect("a macro");
    let query = format!("tab=all&team={old}&status=open");
    let view = saved_views::create(store, &id(&ana), "Theirs", &query, true)
        .await
        .expect("a list");
    let named = teams::named(db, &old).await.expect("named");
    assert_eq!(named.conversations, 1);
    assert_eq!(named.rules, [(kept.id.clone(), "Billing".to_owned())]);
    assert_eq!(named.macros, [(own.id.clone(), "Hand over".to_owned())]);
    assert_eq!(named.views, [(view.to_string(), "Theirs".to_owned())]);
    assert_eq!(teams::named(db, &new).await.expect("named"), teams::Named::default());

    for other in [&old, &TeamId::from("nobody")] {
        assert_eq!(
            refusal(removed(&bed, &ana, &old, Some(other)).await),
            "to: choose another team"
        );
    }
    removed(&bed, &ana, &old, Some(&new)).await.expect("removed");
    assert_eq!(bed.conversation(&open).await.team_id, Some(new.clone()));
    assert_eq!(
        bed.conversation(&done).await.team_id,
        Some(old.clone()),
        "history stays"
    );
    assert_eq!(teams::list(db).await.expect("teams").len(), 1);
    assert_eq!(
        teams::names(db)
            .await
            .expect("names")
            .get(old.as_str())
            .map(String::as_str),
        Some("Sales")
    );
    let steps = [Step::Team {
        team: Some(new.clone()),
    }];
    assert_eq!(rules::load(db, &kept.id).await.expect("the rule").steps, steps);
    assert_eq!(macros::load(db, &own.id).await.expect("the macro").steps, steps);
    let list = saved_views::load(db, &id(&ana), &view).await.expect("the list");
    assert_eq!(list.query, format!("tab=all&team={new}&status=open"));
    assert!(matches!(
        removed(&bed, &ana, &old, Some(&new)).await,
        Err(Error::NotFound)
    ));
    // Its name is free again.
    teams::create(store, &ana, "Sales", &[])
        .await
        .expect("a team of the same name");
    bed.check().await;
}

async fn what_a_team_has_goes_to_none(bed: Bed) {
    let ana = bed.agent("ana").await;
    let store = &bed.store;
    let old = teams::create(store, &ana, "Sales", &[]).await.expect("a team");
    let open = given(&bed, &ana, "a", &old).await;
    let query = format!("tab=all&team={old}");
    let view = saved_views::create(store, &id(&ana), "Theirs", &query, false)
        .await
        .expect("a list");
    removed(&bed, &ana, &old, None).await.expect("removed");
    assert_eq!(bed.conversation(&open).await.team_id, None);
    let list = saved_views::load(store.db(), &id(&ana), &view).await.expect("the list");
    assert_eq!(list.query, "tab=all");
    let gone = act(store, &ana, &open, Action::GiveTo(Some(old))).await;
    assert_eq!(refusal(gone), "that team does not exist");
    let said = bed
        .count("SELECT COUNT(*) FROM audit WHERE action = 'team.removed'")
        .await;
    assert_eq!(said, 1);
    bed.check().await;
}

async fn what_gives_to_a_team_needs_another(bed: Bed) {
    let ana = bed.agent("ana").await;
    let store = &bed.store;
    let old = teams::create(store, &ana, "Sales", &[]).await.expect("a team");
    let open = given(&bed, &ana, "a", &old).await;
    let kept = rules::save(store, &ana, &rule(&old)).await.expect("a rule");
    assert!(refusal(removed(&bed, &ana, &old, None).await).contains("rules or macros give to this team"));
    assert_eq!(
        bed.conversation(&open).await.team_id,
        Some(old.clone()),
        "nothing was done"
    );
    rules::remove(store, &ana, &kept.id).await.expect("removed");
    removed(&bed, &ana, &old, None).await.expect("removed");
    bed.check().await;
}

async fn what_was_done_comes_back_to_no_team(bed: Bed) {
    let ana = bed.agent("ana").await;
    let store = &bed.store;
    let inbox = bed.inbox(Channel::Email, false).await;
    let old = teams::create(store, &ana, "Sales", &[]).await.expect("a team");
    let mut all = Vec::new();
    for who in ["a", "b"] {
        let first = mail(&inbox, &format!("{who}@example.org"), &format!("{who}@x"), "Hi");
        let (conversation, _) = bed.place(&first).await;
        for action in [Action::GiveTo(Some(old.clone())), Action::Resolve] {
            act(store, &ana, &conversation, action).await.expect("done");
        }
        all.push(conversation);
    }
    removed(&bed, &ana, &old, None).await.expect("removed");
    // An agent opens one again, the customer the other.
    act(store, &ana, &all[0], Action::Reopen).await.expect("open");
    let mut again = mail(&inbox, "b@example.org", "b2@x", "Still there?");
    again.thread.in_reply_to = vec!["b@x".to_owned()];
    let (conversation, _) = bed.place(&again).await;
    assert_eq!(conversation, all[1]);
    for id in &all {
        let found = access::conversation(store.db(), &ana, id).await.expect("seen");
        assert_eq!(found.team_id, None);
    }
    bed.check().await;
}
