use conversation::db::sql;
use conversation::types::Role;

use super::Keeper;
use crate::auth::testing::agent;
use crate::people::sessions::{self, Proof};
use crate::testing::TestApp;

const HOUR: i64 = 3_600_000;

async fn change(test: &TestApp, statement: &'static str) {
    let mut tx = test.store().begin().await.unwrap();
    sql(statement).run(&mut tx).await.unwrap();
    tx.commit_silently().await.unwrap();
}

#[tokio::test]
async fn a_step_back_is_not_forgotten_while_the_database_refuses() {
    let test = TestApp::new().await;
    let store = test.store();
    let ana = agent(&test, "Ana", Role::Agent).await;
    let mut keeper = Keeper::new(store);
    keeper.look(store).await.unwrap();
    test.clock.set(HOUR);
    let secret = sessions::create(store, &ana.id, "Firefox", Proof::Password)
        .await
        .unwrap();
    keeper.look(store).await.unwrap();
    test.clock.set(-HOUR);
    change(&test, "ALTER TABLE notices RENAME TO notices_away").await;
    assert!(keeper.look(store).await.is_err());
    assert!(keeper.look(store).await.is_err());
    change(&test, "ALTER TABLE notices_away RENAME TO notices").await;
    keeper.look(store).await.unwrap();
    let (_, session) = sessions::check(store, &secret).await.unwrap().unwrap();
    assert!(session.last_seen_at <= store.now(), "nobody signs in tomorrow");
    assert!(session.proved_at <= store.now());
}
