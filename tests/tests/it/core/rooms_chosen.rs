//! Where agents work: how it is said, and who is narrowed by their companies besides, on both databases.

use std::collections::HashSet;

use conversation::db::sql;
use conversation::inbox_agents::{self, WorksIn};
use conversation::lists::{self, Filter, Sort};
use conversation::types::{Actor, Channel};
use conversation::{Error, memberships, reports};

use super::bed::{Bed, both, refusal};
use super::desk::id;
use super::rooms::{ids, only, scope, sees, works_in, wrote};

both!(
    where_an_agent_works_is_said_once_and_audited,
    a_coordinator_is_narrowed_by_both,
);

async fn where_an_agent_works_is_said_once_and_audited(bed: Bed) {
    let (support, payroll) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Email, false).await,
    );
    let (ana, eva) = (bed.agent("ana").await, bed.agent("eva").await);
    let db = bed.store.db();
    let both = WorksIn::Only(vec![payroll.clone(), support.clone()]);
    assert!(!works_in(&bed, &ana, &WorksIn::All).await, "so it was");
    assert!(works_in(&bed, &ana, &both).await);
    let again = WorksIn::Only(vec![support.clone(), payroll.clone(), support.clone()]);
    assert!(!works_in(&bed, &ana, &again).await, "in whatever order");
    let mut tx = bed.store.begin().await.expect("begun");
    let unknown = WorksIn::Only(vec![support.clone(), "nowhere".into()]);
    let refused = inbox_agents::set_in(&mut tx, &Actor::System, &id(&ana), &unknown).await;
    assert_eq!(refusal(refused), "inboxes: there is no inbox `nowhere`");
    let nobody = inbox_agents::set_in(&mut tx, &Actor::System, &"nobody".into(), &both).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
    drop(tx);
    let mut tx = bed.store.begin().await.expect("begun");
    let put = async |tx: &mut conversation::Tx, agent: &Actor, is_on| {
        inbox_agents::put_in(tx, &Actor::System, &id(agent), &payroll, is_on)
            .await
            .expect("put")
    };
    assert!(put(&mut tx, &ana, false).await);
    assert!(!put(&mut tx, &ana, false).await, "out of it already");
    assert!(
        !put(&mut tx, &eva, false).await,
        "who works everywhere works there, too"
    );
    tx.commit().await.expect("committed");
    let everybody = inbox_agents::of_everybody(db).await.expect("read");
    assert_eq!(everybody[&id(&ana)], WorksIn::Only(vec![support.clone()]));
    assert_eq!(everybody[&id(&eva)], WorksIn::All);
    assert!(works_in(&bed, &ana, &WorksIn::All).await);
    assert_eq!(inbox_agents::of_agent(db, &id(&ana)).await.expect("read"), WorksIn::All);
    assert_eq!(bed.count("SELECT COUNT(*) FROM agent_inboxes").await, 0);
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM audit WHERE action = 'agent.inboxes'")
            .await,
        3
    );
    bed.check().await;
}

async fn a_coordinator_is_narrowed_by_both(bed: Bed) {
    let (support, payroll) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Email, false).await,
    );
    let ana = bed.agent("ana").await;
    let (open, elsewhere, strangers) = (
        wrote(&bed, &support, "joana").await,
        wrote(&bed, &payroll, "rui").await,
        wrote(&bed, &support, "lia").await,
    );
    let mut tx = bed.store.begin().await.expect("begun");
    let acme = conversation::contacts::company_in(&mut tx, "Acme")
        .await
        .expect("a company");
    sql("UPDATE agents SET role = 'coordinator'")
        .run(&mut tx)
        .await
        .expect("made one");
    memberships::look_after_in(&mut tx, &Actor::System, &id(&ana), &acme, true)
        .await
        .expect("given");
    tx.commit().await.expect("committed");
    for one in [&open, &elsewhere] {
        let contact = bed.conversation(one).await.contact_id;
        conversation::contacts::edit(&bed.store, &Actor::System, &contact, "Somebody", None, Some("Acme"))
            .await
            .expect("of Acme");
    }
    let listed = async || {
        let filter = Filter {
            scope: scope(&bed, &ana).await,
            ..Filter::default()
        };
        let rows = lists::list(bed.store.db(), &filter, Sort::Newest, None, 10)
            .await
            .expect("a list");
        let counts = lists::counts_within(bed.store.db(), &filter.scope.expect("a scope")).await;
        assert_eq!(counts.expect("counted").all, rows.len() as i64);
        ids(&rows)
    };
    assert_eq!(listed().await, HashSet::from([open.clone(), elsewhere.clone()]));
    only(&bed, &ana, &[&support]).await;
    assert_eq!(listed().await, HashSet::from([open.clone()]));
    for (one, expected) in [(&open, true), (&elsewhere, false), (&strangers, false)] {
        assert_eq!(sees(&bed, &ana, one).await, expected);
    }
    // What is theirs in another inbox they see; of another company they do not.
    let mut tx = bed.store.begin().await.expect("begun");
    sql("UPDATE conversations SET assignee_id = 'ana' WHERE id <> $1")
        .bind(&open)
        .run(&mut tx)
        .await
        .expect("assigned");
    tx.commit_silently().await.expect("committed");
    assert!(sees(&bed, &ana, &elsewhere).await && !sees(&bed, &ana, &strangers).await);
    assert_eq!(listed().await, HashSet::from([open, elsewhere]));
    // The figures of a supervisor's inboxes.
    reports::follow(&bed.store, &jiff::tz::TimeZone::UTC)
        .await
        .expect("counted");
    let of = reports::Question::of_inboxes(&id(&ana), "2020-01-01", "2030-01-01");
    let sums = reports::total(bed.store.db(), &of).await.expect("sums");
    assert_eq!(sums.created, 2, "those of the support inbox");
}
