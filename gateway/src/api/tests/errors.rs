//! Every kind of error is a problem document.

use std::sync::Arc;

use conversation::types::Role;
use serde_json::json;

use super::{NOTHING, conversation, with_mail};
use crate::testing::TestApp;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn bodies_that_do_not_fit_are_explained() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let messages = format!("/conversations/{}/messages", conversation(&filed));
    let actions = format!("/conversations/{}/actions", conversation(&filed));
    for (path, body, status, kind, words) in [
        (&messages, "{", 400, "bad-request", "not JSON"),
        (&messages, "", 400, "bad-request", "not JSON"),
        (&messages, "{\"text\":\"\u{0}\"}", 400, "bad-request", "not JSON"),
        (&messages, "[1]", 422, "invalid", "does not fit"),
        (&messages, r#"{"text": 1}"#, 422, "invalid", "expected a string"),
        (&messages, r#"{"txt": "a"}"#, 422, "invalid", "unknown field `txt`"),
        (
            &messages,
            r#"{"text": "a", "kind": "shout"}"#,
            422,
            "invalid",
            "unknown variant `shout`",
        ),
        (&messages, r#"{"text": "a", "id": "short"}"#, 422, "invalid", "ULID"),
        (&messages, r#"{"text": "  "}"#, 422, "invalid", "empty"),
        (
            &messages,
            r#"{"attachments": ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]}"#,
            422,
            "invalid",
            "attachment",
        ),
        (
            &actions,
            r#"{"action": "explode"}"#,
            422,
            "invalid",
            "unknown variant `explode`",
        ),
        (
            &actions,
            r#"{"action": "resolve", "why": "done"}"#,
            422,
            "invalid",
            "unknown field `why`",
        ),
        (
            &actions,
            r#"{"action": "assign"}"#,
            422,
            "invalid",
            "missing field `agent`",
        ),
        (
            &actions,
            r#"{"action": "assign", "agent": "nobody"}"#,
            422,
            "invalid",
            "agent does not exist",
        ),
        (
            &actions,
            r#"{"action": "move_to", "level": "N2", "reason": " "}"#,
            422,
            "invalid",
            "say why",
        ),
        (
            &actions,
            r#"{"action": "snooze", "until": "tomorrow"}"#,
            422,
            "invalid",
            "RFC 3339",
        ),
        (
            &actions,
            r#"{"action": "snooze", "until": "2001-01-01T00:00:00Z"}"#,
            422,
            "invalid",
            "still to come",
        ),
        (
            &actions,
            r#"{"action": "return", "reason": "x"}"#,
            422,
            "invalid",
            "first level",
        ),
    ] {
        let answer = client.send("POST", path, &[JSON], body.as_bytes().to_vec()).await;
        let problem = answer.problem(status, kind);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{body}: {detail}");
        assert_eq!(problem["instance"], format!("/api/v1{path}"));
    }
    let answer = client
        .send("POST", &messages, &[("content-type", "text/plain")], b"{}".to_vec())
        .await;
    answer.problem(415, "unsupported-media-type");
    let answer = client.send("POST", &messages, &[JSON], vec![b' '; 300 * 1024]).await;
    let problem = answer.problem(413, "too-large");
    assert!(problem["detail"].as_str().unwrap().contains("262144"));
    let announced = [JSON, ("content-length", "99999999")];
    client
        .send("POST", &messages, &announced, b"{}".to_vec())
        .await
        .problem(413, "too-large");
}

#[tokio::test]
async fn queries_that_do_not_fit_are_explained() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Supervisor).await;
    for (path, words) in [
        ("/conversations?limit=0", "1 to 200"),
        ("/conversations?limit=201", "1 to 200"),
        ("/conversations?limit=many", "invalid digit"),
        ("/conversations?status=closed", "unknown variant `closed`"),
        ("/conversations?page=2", "unknown field `page`"),
        ("/conversations?after=garbage", "unchanged"),
        ("/tickets?after=garbage", "unchanged"),
        ("/quarantine?after=1", "unchanged"),
        ("/events?after=-1", "from 0"),
        ("/contacts?identity=ana@example.com", "colon"),
        ("/contacts?identity=fax:1", "identity kind"),
        ("/contacts?identity=email:ana", "e-mail"),
    ] {
        let problem = client.get(path).await.problem(422, "invalid");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{path}: {detail}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let test = TestApp::new().await;
    for client in [test.anonymous(), test.with_token(Role::Administrator).await] {
        for path in ["/nothing", "/conversations/a/b/c", ""] {
            let problem = client.get(path).await.problem(404, "not-found");
            assert_eq!(problem["instance"], format!("/api/v1{path}"));
        }
        let answer = client.send("DELETE", "/conversations", &[], Vec::new()).await;
        answer.problem(405, "method-not-allowed");
        assert_eq!(answer.header("allow"), "GET,HEAD,POST");
        let answer = client.send("POST", "/openapi.json", &[], Vec::new()).await;
        answer.problem(405, "method-not-allowed");
    }
    let path = "/conversations/%FF";
    test.with_token(Role::Agent)
        .await
        .get(path)
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn tokens_are_read_strictly() {
    let test = TestApp::new().await;
    for authorization in ["", "Bearer", "Bearer ", "Basic c2I6c2I=", "sb_x", "Bearer \u{e9}"] {
        let headers: &[(&str, &str)] = &[("authorization", authorization)];
        test.anonymous()
            .send("GET", "/me", headers, Vec::new())
            .await
            .problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn conflicts_say_what_is_in_the_way() {
    let (test, inbox, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let id = conversation(&filed);
    let path = format!("/conversations/{id}");
    let seen = client.get(&path).await.expect(200)["position"].as_i64().unwrap();
    let other = test.mail(&inbox, "ana@example.com", "m2@example.com", "Hello").await;
    let other = conversation(&other);
    let theirs = test.mail(&inbox, "eva@example.com", "m3@example.com", "Hello").await;
    let theirs = conversation(&theirs);
    // Somebody else's conversation does not hold a reply back, a newer message in this one does.
    let reply = json!({ "text": "We look at it", "seen": seen });
    client
        .post(&format!("{path}/messages"), reply.clone())
        .await
        .expect(201);
    let colleague = test.with_token(Role::Agent).await;
    let problem = colleague
        .post(&format!("{path}/messages"), reply)
        .await
        .problem(409, "stale");
    assert_eq!(problem["seen"], seen);
    assert!(problem["current"].as_i64().unwrap() > seen);

    for refused in [
        client.post(&format!("{path}/merge"), json!({ "from": &theirs })).await,
        client
            .post(&format!("/conversations/{theirs}/merge"), json!({ "from": &id }))
            .await,
    ] {
        let problem = refused.problem(409, "conflict");
        assert!(
            problem["detail"].as_str().unwrap().contains("two customers"),
            "{problem}"
        );
    }
    client
        .post(&format!("{path}/merge"), json!({ "from": &other }))
        .await
        .expect(200);
    let problem = client.post(&format!("{path}/merge"), json!({ "from": &other })).await;
    problem.problem(422, "invalid");
    let led = client.get(&format!("/conversations/{other}")).await.expect(200);
    assert_eq!(
        led["conversation"]["id"], id,
        "a merged conversation leads to where it is now"
    );

    let name = json!({ "channel": "portal", "name": "Support", "language": "en" });
    let boss = test.with_token(Role::Administrator).await;
    boss.post("/inboxes", name).await.problem(409, "conflict");
    client
        .get(&format!("/messages/{NOTHING}"))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable_and_says_no_more() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Agent).await;
    client.get("/me").await.expect(200);
    test.store().db().close().await;
    let answer = client.get("/me").await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    for leak in ["sql", "pool", "database"] {
        assert!(!text.contains(leak), "{text}");
    }
}

#[tokio::test]
async fn a_token_that_asks_too_often_waits_and_holds_up_no_other() {
    let mut test = TestApp::new().await;
    Arc::make_mut(&mut test.app.config).server.api_per_minute = 3;
    let client = test.with_token(Role::Agent).await;
    for _ in 0..3 {
        client.get("/labels").await.expect(200);
    }
    let answer = client.get("/labels").await;
    let problem = answer.problem(429, "too-many");
    assert!(problem["detail"].as_str().unwrap().contains("Retry-After"), "{problem}");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    test.with_token(Role::Agent).await.get("/labels").await.expect(200);
}

#[tokio::test]
async fn who_tries_tokens_is_slowed_down() {
    let test = TestApp::new().await;
    let stranger = test.with_secret("sb_0000");
    for _ in 0..300 {
        stranger.get("/labels").await.problem(401, "unauthorized");
    }
    stranger.get("/labels").await.problem(429, "too-many");
}
