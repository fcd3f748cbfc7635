//! Requests that are done once.

use std::time::Duration;

use conversation::db::sql;
use conversation::types::Role;
use serde_json::{Value, json};

use super::{conversation, with_mail};
use crate::people::idempotency;
use crate::testing::{Client, TestApp};

async fn count(client: &Client, path: &str) -> usize {
    client.get(path).await.expect(200)["messages"]["items"]
        .as_array()
        .unwrap()
        .len()
}

#[tokio::test]
async fn the_same_request_under_a_key_happens_once() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}", conversation(&filed));
    let messages = format!("{path}/messages");
    let body = json!({ "text": "We look at it" });
    let first = client.post_once(&messages, "k1", body.clone()).await;
    first.expect(201);
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = client.post_once(&messages, "k1", body.clone()).await;
    assert_eq!(again.expect(201), first.json());
    assert_eq!(again.body, first.body, "the very answer");
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(count(&client, &path).await, 2);

    let other = json!({ "text": "Something else" });
    client
        .post_once(&messages, "k1", other.clone())
        .await
        .problem(422, "idempotency-key-reused");
    let elsewhere = format!("{path}/actions");
    client
        .post_once(&elsewhere, "k1", json!({ "action": "resolve" }))
        .await
        .problem(422, "idempotency-key-reused");
    assert_eq!(count(&client, &path).await, 2);

    client.post_once(&messages, "k2", other).await.expect(201);
    let colleague = test.with_token(Role::Agent).await;
    colleague.post_once(&messages, "k1", body.clone()).await.expect(201);
    assert_eq!(count(&client, &path).await, 4, "another key, another caller's key");

    test.clock.advance(idempotency::KEPT);
    let late = client.post_once(&messages, "k1", body).await;
    late.expect(201);
    assert_eq!(late.header("idempotent-replayed"), "");
    assert_eq!(count(&client, &path).await, 5, "after a day the key is free");
}

#[tokio::test]
async fn answers_without_a_body_are_kept_too() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Agent).await;
    let entry = conversation::quarantine::NewEntry {
        inbox: None,
        channel: conversation::types::Channel::Email,
        external_id: None,
        reason: "cannot be read".to_owned(),
        raw_sha256: None,
    };
    let id = conversation::quarantine::put(test.store(), entry).await.unwrap();
    let path = format!("/quarantine/{id}/settle");
    for replayed in ["", "true"] {
        let answer = client.post_once(&path, "k", Value::Null).await;
        answer.expect(204);
        assert_eq!(answer.header("idempotent-replayed"), replayed);
    }
    client
        .post_once(&path, "k2", Value::Null)
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_request_that_failed_may_be_mended() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let messages = format!("/conversations/{}/messages", conversation(&filed));
    client
        .post_once(&messages, "k", json!({ "text": " " }))
        .await
        .problem(422, "invalid");
    client
        .post_once(&messages, "k", json!({ "text": "Now with words" }))
        .await
        .expect(201);
}

#[tokio::test]
async fn many_at_once_are_one() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}", conversation(&filed));
    let messages = format!("{path}/messages");
    let tries = (0..8).map(|_| {
        let (client, messages) = (client.clone(), messages.clone());
        tokio::spawn(async move { client.post_once(&messages, "k", json!({ "text": "Once" })).await })
    });
    let mut written = 0;
    for answer in futures::future::join_all(tries).await {
        let answer = answer.unwrap();
        match answer.status.as_u16() {
            201 => written += 1,
            _ => {
                answer.problem(409, "in-progress");
                assert_eq!(answer.header("retry-after"), "1");
            }
        }
    }
    assert!(written >= 1);
    assert_eq!(count(&client, &path).await, 2);
}

#[tokio::test]
async fn a_reply_whose_process_died_while_its_clock_was_ahead_is_written_at_once() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let messages = format!("/conversations/{}/messages", conversation(&filed));
    let body = json!({ "text": "We look at it" });
    let first = client.post_once(&messages, "k", body.clone()).await.expect(201);
    let mut tx = test.store().begin().await.unwrap();
    conversation::db::sql(
        "UPDATE idempotency SET status = NULL, body = $1, created_at = created_at + 86400000 WHERE key = 'k'",
    )
    .bind(first["id"].as_str().unwrap())
    .run(&mut tx)
    .await
    .unwrap();
    tx.commit_silently().await.unwrap();
    // Nobody waits a day for a sign of life that was never given.
    let again = client.post_once(&messages, "k", body).await.expect(200);
    assert_eq!(again["id"], first["id"]);
}

#[tokio::test]
async fn a_reply_whose_process_died_is_not_written_twice() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}", conversation(&filed));
    let messages = format!("{path}/messages");
    let body = json!({ "text": "We look at it" });
    let first = client.post_once(&messages, "k", body.clone()).await.expect(201);
    // As it is when the process dies between the commit of the message and of its answer: the key
    // is claimed, with the id that the message got, and has no answer.
    let mut tx = test.store().begin().await.unwrap();
    conversation::db::sql("UPDATE idempotency SET status = NULL, body = $1 WHERE key = 'k'")
        .bind(first["id"].as_str().unwrap())
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    client
        .post_once(&messages, "k", body.clone())
        .await
        .problem(409, "in-progress");
    test.clock.advance(idempotency::ABANDONED);
    let again = client.post_once(&messages, "k", body).await.expect(200);
    assert_eq!(again["id"], first["id"]);
    assert_eq!(count(&client, &path).await, 2);
}

#[tokio::test]
async fn what_a_dead_process_did_is_not_done_twice() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let body = json!({ "name": "Wholesale" });
    client.post_once("/labels", "k", body.clone()).await.expect(201);
    // As it is when the process dies between the commit of the label and of its answer.
    let mut tx = test.store().begin().await.unwrap();
    conversation::db::sql("UPDATE idempotency SET status = NULL, body = 'x' WHERE key = 'k'")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    client
        .post_once("/labels", "k", body.clone())
        .await
        .problem(409, "in-progress");
    test.clock.advance(idempotency::ABANDONED);
    client.post_once("/labels", "k", body).await.problem(409, "answer-lost");
    let all = client.get("/labels").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn keys_are_short_text() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Agent).await;
    let long = "k".repeat(256);
    for key in ["", &long, "\u{e9}"] {
        client
            .post_once("/tickets", key, json!({}))
            .await
            .problem(400, "bad-request");
    }
}

#[tokio::test]
async fn kept_answers_are_sealed() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let body = json!({ "email": "eva@example.com", "role": "agent", "language": "pt" });
    let invited = client.post_once("/agents/invites", "k", body).await.expect(201);
    let secret = invited["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    let (kept,): (String,) = conversation::db::sql("SELECT body FROM idempotency WHERE key = 'k'")
        .one(test.store().db())
        .await
        .unwrap();
    assert!(!kept.contains(&secret) && !kept.contains("eva"));
}

#[tokio::test]
async fn a_key_is_free_as_soon_as_the_database_takes_it() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let messages = format!("/conversations/{}/messages", conversation(&filed));
    let change = async |statement: &'static str| {
        let mut tx = test.store().begin().await.unwrap();
        sql(statement).run(&mut tx).await.unwrap();
        tx.commit_silently().await.unwrap();
    };
    // From the moment on that it is claimed nothing of it can be written, as on a full disk.
    change(
        "CREATE TRIGGER full BEFORE UPDATE ON idempotency BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
    )
    .await;
    let body = json!({ "text": "We look at it" });
    let refused = client.post_once(&messages, "k1", body.clone()).await;
    assert!(refused.status.is_server_error(), "{}", refused.status);
    let repeated = client.post_once(&messages, "k1", body.clone()).await;
    assert_eq!(repeated.status, 409, "nobody knows yet what became of it");
    change("DROP TRIGGER full").await;
    let taken = async {
        // The clock of the test stands still: it is not freed because it waited long enough.
        while client.post_once(&messages, "k1", body.clone()).await.status != 201 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), taken)
        .await
        .expect("the key is free");
}
