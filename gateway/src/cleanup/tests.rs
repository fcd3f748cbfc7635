use conversation::db::sql;
use tokio_util::sync::CancellationToken;

use crate::testing::TestApp;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn run(test: &TestApp, statement: &'static str, values: &[&str], times: &[i64]) {
    let mut tx = test.store().begin().await.unwrap();
    let mut query = sql(statement);
    for value in values {
        query = query.bind(*value);
    }
    for time in times {
        query = query.bind(*time);
    }
    query.run(&mut tx).await.unwrap();
    tx.commit_silently().await.unwrap();
}

async fn left(test: &TestApp, query: &'static str) -> Vec<String> {
    let rows: Vec<(String,)> = sql(query).all(test.store().db()).await.unwrap();
    rows.into_iter().map(|(value,)| value).collect()
}

#[tokio::test]
async fn what_is_over_goes_and_what_is_not_stays() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let filed = test.mail(&inbox, "ana@customer.test", "1@customer.test", "Hello").await;
    let contact = filed.contact.unwrap();
    let now = test.store().now();
    let mut tx = test.store().begin().await.unwrap();
    sql("INSERT INTO agents (id, email, name, role, language, is_enabled, created_at) VALUES ('eva', 'eva@desk.test', 'Eva', 'agent', 'en', $1, $2)")
        .bind(true)
        .bind(now)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    for (name, ends) in [("over", now - 31 * DAY), ("just over", now - DAY), ("good", now + DAY)] {
        let who = [name, contact.as_str()];
        run(
            &test,
            "INSERT INTO portal_links (token_hash, contact_id, created_at, expires_at) VALUES ($1, $2, $3, $3)",
            &who,
            &[ends],
        )
        .await;
        run(
            &test,
            "INSERT INTO portal_sessions (token_hash, contact_id, created_at, expires_at) VALUES ($1, $2, $3, $3)",
            &who,
            &[ends],
        )
        .await;
        run(
            &test,
            "INSERT INTO agent_links (token_hash, agent_id, created_at, expires_at) VALUES ($1, 'eva', $2, $2)",
            &[name],
            &[ends],
        )
        .await;
        run(&test, "INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at, last_seen_at, user_agent) VALUES ($1, 'eva', $2, $2, $2, '')", &[name], &[ends]).await;
        run(
            &test,
            "INSERT INTO idempotency (scope, key, request_hash, created_at) VALUES ('t', $1, '', $2)",
            &[name],
            &[ends],
        )
        .await;
    }
    const VISITOR: &str = "INSERT INTO visitors (token_hash, visitor, inbox_id, language, page_url, page_title, created_at, last_seen_at) VALUES ($1, $1, $2, 'en', '', '', $3, $3)";
    for (name, seen) in [
        ("silent", now - 31 * DAY),
        ("spoke", now - 31 * DAY),
        ("signed", now - 31 * DAY),
        ("silent but here", now - DAY),
    ] {
        run(&test, VISITOR, &[name, inbox.as_str()], &[seen]).await;
    }
    run(
        &test,
        "UPDATE visitors SET signed_as = 'user' WHERE visitor = 'signed'",
        &[],
        &[],
    )
    .await;
    const IDENTITY: &str = "INSERT INTO identities (id, contact_id, kind, value, is_verified, source, created_at) VALUES ('i', $1, 'visitor', 'spoke', TRUE, 'webchat', $2)";
    run(&test, IDENTITY, &[contact.as_str()], &[now]).await;
    const NOTICE: &str = "INSERT INTO notices (id, inbox_id, recipient, language, subject, text, action_label, action_url, message_id, state, attempts, created_at, settled_at) VALUES ($1, $2, '', 'en', '', '', '', '', $1, 'sent', 1, $3, $3)";
    run(&test, NOTICE, &["old", inbox.as_str()], &[now - 31 * DAY]).await;
    run(&test, NOTICE, &["new", inbox.as_str()], &[now - DAY]).await;

    super::once(test.store(), "test", &CancellationToken::new())
        .await
        .unwrap();

    for (query, expected) in [
        (
            "SELECT token_hash FROM portal_links ORDER BY 1",
            &["good", "just over"][..],
        ),
        ("SELECT token_hash FROM portal_sessions ORDER BY 1", &["good"]),
        ("SELECT token_hash FROM agent_links ORDER BY 1", &["good", "just over"]),
        ("SELECT token_hash FROM agent_sessions ORDER BY 1", &["good"]),
        ("SELECT key FROM idempotency ORDER BY 1", &["good", "just over"]),
        (
            "SELECT visitor FROM visitors ORDER BY 1",
            &["signed", "silent but here", "spoke"],
        ),
        ("SELECT id FROM notices ORDER BY 1", &["new"]),
    ] {
        assert_eq!(left(&test, query).await, expected, "{query}");
    }
    assert_eq!(
        left(&test, "SELECT id FROM messages").await.len(),
        1,
        "what was said stays"
    );
}

#[tokio::test]
async fn one_process_does_it() {
    let test = TestApp::new().await;
    let stop = CancellationToken::new();
    stop.cancel();
    let mine = conversation::leases::hold(test.store(), super::LEASE_NAME, "one", super::LEASE)
        .await
        .unwrap();
    assert!(mine.is_some());
    // The other one finds it held, and gives nothing of the first one's back.
    super::run(test.store(), "other", stop).await.unwrap();
    assert_eq!(
        conversation::leases::hold(test.store(), super::LEASE_NAME, "other", super::LEASE)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn nothing_goes_on_the_word_of_a_clock_that_jumped() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    test.mail(&inbox, "ana@customer.test", "1@customer.test", "Hello").await;
    let store = test.store();
    let mut clock = super::Trust::new(store).await.unwrap();
    assert!(clock.is_good(store));
    test.clock.advance(3_600_000);
    assert!(clock.is_good(store), "time that passes is no jump");
    test.clock.set(40 * DAY);
    assert!(!clock.is_good(store));
    test.clock.set(-40 * DAY);
    assert!(clock.is_good(store), "it is right again");
    // It stays so: then it is the time.
    test.clock.set(40 * DAY);
    assert!(!clock.is_good(store));
    test.clock.advance(3_600_000);
    assert!(clock.is_good(store));
    // Who starts finds a log that ended long ago.
    let mut clock = super::Trust::new(store).await.unwrap();
    assert!(!clock.is_good(store));
    assert!(clock.is_good(store));
}
