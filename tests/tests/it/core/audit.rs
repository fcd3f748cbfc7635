//! The audit and its chain.

use conversation::audit::{self, Filter, Place, chain};
use conversation::db::sql;
use conversation::types::Actor;
use serde_json::json;

use super::bed::{Bed, both};

const DAY: i64 = 24 * 60 * 60 * 1000;

both!(
    what_is_noted_is_found,
    every_change_breaks_the_chain,
    what_goes_by_age_leaves_its_seal,
    many_looks_share_few_commits,
);

async fn noted(bed: &Bed, action: &str, object: &str) {
    let actor = Actor::Agent("eva".into());
    audit::note(&bed.store, &actor, action, object, &json!({}))
        .await
        .expect("noted");
}

async fn seal_all(bed: &Bed) {
    while chain::seal(&bed.store).await.expect("sealed") > 0 {}
}

async fn what_is_noted_is_found(bed: Bed) {
    let place = Place::new("192.0.2.7", "Firefox");
    audit::from(place, noted(&bed, "file.opened", "F1")).await;
    bed.clock.advance(DAY);
    noted(&bed, "file.opened", "F2").await;
    noted(&bed, "field.removed", "F2").await;
    noted(&bed, "document.viewed", "D1").await;
    let find = async |filter: Filter| {
        let rows = audit::find(bed.store.db(), &filter, None, 10).await.expect("found");
        rows.into_iter().map(|row| (row.action, row.object)).collect::<Vec<_>>()
    };
    let pair = |action: &str, object: &str| (action.to_owned(), object.to_owned());
    let by_family = find(Filter {
        action: "file.".into(),
        ..Filter::default()
    })
    .await;
    assert_eq!(by_family, [pair("file.opened", "F2"), pair("file.opened", "F1")]);
    let exact = find(Filter {
        action: "field.removed".into(),
        ..Filter::default()
    })
    .await;
    assert_eq!(exact, [pair("field.removed", "F2")]);
    let by_object = find(Filter {
        object: "D1".into(),
        ..Filter::default()
    })
    .await;
    assert_eq!(by_object, [pair("document.viewed", "D1")]);
    let by_address = find(Filter {
        address: "192.0.2.7".into(),
        ..Filter::default()
    })
    .await;
    assert_eq!(by_address, [pair("file.opened", "F1")]);
    let since = bed.store.now() - 1;
    let late = find(Filter {
        since: Some(since),
        action: "file.".into(),
        ..Filter::default()
    })
    .await;
    assert_eq!(late, [pair("file.opened", "F2")]);
    let early = find(Filter {
        until: Some(since),
        ..Filter::default()
    })
    .await;
    assert_eq!(early, [pair("file.opened", "F1")]);
    let nobody = find(Filter {
        actor: Some(Actor::Agent("rui".into())),
        ..Filter::default()
    })
    .await;
    assert!(nobody.is_empty());
}

async fn every_change_breaks_the_chain(bed: Bed) {
    for number in 0..5 {
        noted(&bed, "file.opened", &format!("F{number}")).await;
        seal_all(&bed).await;
        bed.clock.advance(1000);
    }
    let whole = chain::check(&bed.store).await.expect("checked");
    assert_eq!(
        (whole.faults.len(), whole.seals, whole.unsealed),
        (0, 5, 0),
        "{whole:?}"
    );
    let wrong = async |statement: &'static str| {
        let mut tx = bed.store.begin().await.expect("begun");
        sql(statement).run(&mut tx).await.expect(statement);
        tx.commit_silently().await.expect("committed");
        chain::check(&bed.store).await.expect("checked").faults
    };
    let right = async |statement: &'static str| {
        let mut tx = bed.store.begin().await.expect("begun");
        sql(statement).run(&mut tx).await.expect(statement);
        tx.commit_silently().await.expect("committed");
        assert_eq!(
            chain::check(&bed.store).await.expect("checked").faults,
            Vec::<String>::new(),
            "{statement}"
        );
    };
    let changed = wrong("UPDATE audit SET object = 'X' WHERE object = 'F2'").await;
    assert!(changed[0].contains("a line of seal 3 was changed"), "{changed:?}");
    right("UPDATE audit SET object = 'F2' WHERE object = 'X'").await;
    let moved = wrong("UPDATE audit SET address = NULL WHERE object = 'F2'").await;
    assert!(moved[0].contains("seal 3"), "{moved:?}");
    right("UPDATE audit SET address = '' WHERE object = 'F2'").await;
    let digest = wrong("UPDATE audit_seals SET digest = 'x' WHERE number = 4").await;
    assert!(digest[0].contains("seal 4 was changed"), "{digest:?}");
    let gone = wrong("DELETE FROM audit WHERE object = 'F1'").await;
    assert!(gone[0].contains("seal 2 covers 1 lines, 0 are there"), "{gone:?}");
    let pruned = wrong("UPDATE audit_seals SET pruned_at = last_at WHERE number = 2").await;
    assert!(
        pruned
            .iter()
            .any(|fault| fault.contains("seal 2 went before their time")),
        "{pruned:?}"
    );
    let cut = wrong("DELETE FROM audit_seals WHERE number = 2").await;
    assert!(
        cut.iter().any(|fault| fault.contains("seals 2 to 2 are missing")),
        "{cut:?}"
    );
}

async fn what_goes_by_age_leaves_its_seal(bed: Bed) {
    noted(&bed, "file.opened", "old").await;
    seal_all(&bed).await;
    bed.clock.advance(100 * DAY);
    noted(&bed, "file.opened", "new").await;
    seal_all(&bed).await;
    // Nobody covers their tracks by a short retention.
    assert_eq!(
        chain::prunable(bed.store.db(), 1, bed.store.now())
            .await
            .expect("counted"),
        1
    );
    assert_eq!(chain::prune(&bed.store, 120).await.expect("pruned"), 0);
    assert_eq!(chain::prune(&bed.store, 1).await.expect("pruned"), 1);
    assert_eq!(chain::prune(&bed.store, 1).await.expect("pruned"), 0);
    seal_all(&bed).await;
    let found = chain::check(&bed.store).await.expect("checked");
    assert_eq!((found.faults.len(), found.pruned, found.seals), (0, 1, 3), "{found:?}");
    let rows = audit::find(bed.store.db(), &Filter::default(), None, 10)
        .await
        .expect("found");
    let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["audit.pruned", "file.opened"]);
}

async fn many_looks_share_few_commits(bed: Bed) {
    let work = (0..300).map(|number| {
        let store = bed.store.clone();
        tokio::spawn(async move {
            let actor = Actor::Agent("eva".into());
            audit::note(&store, &actor, "file.opened", &format!("F{number}"), &json!({})).await
        })
    });
    for done in futures::future::join_all(work).await {
        done.expect("ran").expect("noted");
    }
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM audit WHERE action = 'file.opened'")
        .one(bed.store.db())
        .await
        .expect("counted");
    assert_eq!(count, 300);
}
