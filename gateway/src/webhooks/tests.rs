use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use conversation::db::sql;
use conversation::events::EventKind;
use conversation::types::{Actor, Role};
use serde_json::{Value, json};

use super::send::Sender;
use super::{Wanted, create, edit, load, queue};
use crate::testing::TestApp;
use channels::outgoing::{Allowed, client};
use channels::standard_webhooks::sign;

const HOUR: i64 = 3_600_000;

/// The example of the specification's own libraries.
#[test]
fn signatures_are_those_of_standard_webhooks() {
    assert_eq!(
        sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#
        ),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

/// Somebody who is told; answers as the list says, then 204.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

impl Receiver {
    async fn start(answers: &[u16]) -> Receiver {
        let got: Arc<Mutex<Vec<(HeaderMap, String)>>> = Arc::default();
        let answers = Arc::new(Mutex::new(answers.to_vec()));
        let kept = got.clone();
        let router = Router::new().route(
            "/hook",
            post(async move |headers: HeaderMap, body: Bytes| {
                let body = String::from_utf8_lossy(&body).into_owned();
                kept.lock().unwrap().push((headers, body));
                let mut answers = answers.lock().unwrap();
                let status = if answers.is_empty() { 204 } else { answers.remove(0) };
                (StatusCode::from_u16(status).unwrap(), "so be it")
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Receiver { url, got }
    }

    fn ids(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|(headers, _)| headers["webhook-id"].to_str().unwrap().to_owned())
            .collect()
    }
}

fn sender(test: &TestApp) -> Sender {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let allowed = Allowed::new("127.0.0.1");
    Sender {
        store: test.store().clone(),
        client: client(&allowed, Duration::from_secs(5)).unwrap(),
        owner: "test".into(),
        allowed,
    }
}

fn wanted(url: &str, kinds: &[EventKind]) -> Wanted {
    Wanted {
        name: "crm".to_owned(),
        url: url.to_owned(),
        kinds: kinds.to_vec(),
        is_enabled: true,
    }
}

#[tokio::test]
async fn a_hook_is_told_once_and_signed() {
    let test = TestApp::new().await;
    let receiver = Receiver::start(&[]).await;
    let inbox = test.inbox().await;
    test.mail(&inbox, "before@customer.test", "0", "Nobody is told.").await;
    let kinds = [EventKind::MessageCreated];
    let (hook, secret) = create(test.store(), &Actor::System, &wanted(&receiver.url, &kinds))
        .await
        .unwrap();
    for n in 1..=3 {
        test.mail(&inbox, "ana@customer.test", &n.to_string(), &format!("Mail {n}"))
            .await;
    }
    // What comes as spam is told to nobody.
    let key = conversation::blocked::read("@shop.example").unwrap();
    conversation::blocked::block(test.store(), &Actor::System, key, "")
        .await
        .unwrap();
    test.mail(&inbox, "offers@shop.example", "4", "Buy now").await;
    let sender = sender(&test);
    sender.round().await.unwrap();
    sender.round().await.unwrap();
    let got = receiver.got.lock().unwrap().clone();
    assert_eq!(got.len(), 3, "{got:?}");
    let mut texts = Vec::new();
    for (headers, body) in &got {
        let header = |name: &str| headers[name].to_str().unwrap();
        let seconds = header("webhook-timestamp").parse().unwrap();
        assert_eq!(
            header("webhook-signature"),
            sign(&secret, header("webhook-id"), seconds, body)
        );
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["type"], "message.created");
        assert_eq!(
            header("webhook-id"),
            format!("evt_{}", body["data"]["event"]["position"])
        );
        texts.push(body["data"]["object"]["text"].as_str().unwrap().to_owned());
    }
    texts.sort();
    assert_eq!(texts, ["Mail 1", "Mail 2", "Mail 3"]);
    let log = queue::log(test.store().db(), &hook.id, None, 10).await.unwrap();
    assert!(
        log.iter()
            .all(|row| (row.state.as_str(), row.status) == ("sent", Some(204)))
    );
}

#[tokio::test]
async fn what_is_refused_is_tried_again_and_given_up_in_the_end() {
    let test = TestApp::new().await;
    let receiver = Receiver::start(&[500, 302, 404]).await;
    let (hook, _) = create(
        test.store(),
        &Actor::System,
        &wanted(&receiver.url, &[EventKind::ConversationCreated]),
    )
    .await
    .unwrap();
    let inbox = test.inbox().await;
    test.mail(&inbox, "ana@customer.test", "1", "Hello").await;
    let sender = sender(&test);
    let row = async || {
        queue::log(test.store().db(), &hook.id, None, 1)
            .await
            .unwrap()
            .remove(0)
    };
    for (attempt, status, pause) in [(1, 500, 5_000), (2, 302, 300_000), (3, 404, 1_800_000)] {
        sender.round().await.unwrap();
        let row = row().await;
        assert_eq!(
            (row.state.as_str(), row.attempts, row.status, row.next_attempt_at),
            ("queued", attempt, Some(status), Some(test.store().now() + pause))
        );
        assert!(load(test.store().db(), &hook.id).await.unwrap().failing_since.is_some());
        test.clock.advance(pause);
    }
    sender.round().await.unwrap();
    assert_eq!(row().await.state, "sent");
    assert_eq!(load(test.store().db(), &hook.id).await.unwrap().failing_since, None);
    let ids = receiver.ids();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| *id == ids[0]), "one event, one id: {ids:?}");

    // A receiver that is not there at all.
    edit(
        test.store(),
        &Actor::System,
        &hook.id,
        &wanted("http://127.0.0.1:9/", &[]),
    )
    .await
    .unwrap();
    test.mail(&inbox, "eva@customer.test", "2", "Hello").await;
    for _ in 0..10 {
        sender.round().await.unwrap();
        test.clock.advance(24 * HOUR);
    }
    let hook = load(test.store().db(), &hook.id).await.unwrap();
    assert!(!hook.is_enabled, "it is switched off by itself");
    assert!(hook.stopped_because.unwrap().contains("five days"));
}

#[tokio::test]
async fn a_hook_that_was_stopped_says_why_once_and_whoever_switched_it_off_did_so() {
    let test = TestApp::new().await;
    let store = test.store();
    let kinds = [EventKind::ConversationCreated];
    let (hook, _) = create(store, &Actor::System, &wanted("http://127.0.0.1:9/", &kinds))
        .await
        .unwrap();
    let inbox = test.inbox().await;
    for number in 1..=3 {
        let from = format!("c{number}@customer.test");
        test.mail(&inbox, &from, &number.to_string(), "Hello").await;
    }
    queue::fan_out(store).await.unwrap();
    let outcome = |status: Option<u16>| queue::Outcome {
        status,
        answer: String::new(),
        took: 1,
        retry_after: None,
    };
    let leased = async || {
        let leased = queue::lease(store, "us", 10).await.unwrap();
        assert_eq!(leased.len(), 3);
        leased
    };
    let all = leased().await;
    queue::settle(store, "us", &all[0], &outcome(None)).await.unwrap();
    test.clock.advance(6 * 24 * HOUR);
    // All three are under way when the patience ends.
    let all = leased().await;
    queue::settle(store, "us", &all[0], &outcome(None)).await.unwrap();
    queue::settle(store, "us", &all[1], &outcome(None)).await.unwrap();
    let stops = async || {
        let (stops,): (i64,) = sql("SELECT COUNT(*) FROM audit WHERE action = 'webhook.stopped'")
            .one(store.db())
            .await
            .unwrap();
        stops
    };
    assert_eq!(stops().await, 1);
    queue::settle(store, "us", &all[2], &outcome(Some(204))).await.unwrap();
    let found = load(store.db(), &hook.id).await.unwrap();
    assert!(!found.is_enabled);
    assert!(found.stopped_because.is_some_and(|why| why.contains("five days")));

    // Switched off by somebody while the last one is under way: not by itself.
    let on = wanted("http://127.0.0.1:9/", &kinds);
    edit(store, &Actor::System, &hook.id, &on).await.unwrap();
    test.mail(&inbox, "d@customer.test", "4", "Hello").await;
    queue::fan_out(store).await.unwrap();
    let last = queue::lease(store, "us", 10).await.unwrap();
    let off = Wanted {
        is_enabled: false,
        ..on
    };
    edit(store, &Actor::System, &hook.id, &off).await.unwrap();
    let last = last.last().unwrap();
    queue::settle(store, "us", last, &outcome(Some(410))).await.unwrap();
    assert_eq!(load(store.db(), &hook.id).await.unwrap().stopped_because, None);
    assert_eq!(stops().await, 1);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_not_told_again() {
    let test = TestApp::new().await;
    let receiver = Receiver::start(&[410]).await;
    let (hook, _) = create(
        test.store(),
        &Actor::System,
        &wanted(&receiver.url, &[EventKind::ConversationCreated]),
    )
    .await
    .unwrap();
    let inbox = test.inbox().await;
    test.mail(&inbox, "ana@customer.test", "1", "Hello").await;
    let sender = sender(&test);
    sender.round().await.unwrap();
    test.mail(&inbox, "eva@customer.test", "2", "Hello").await;
    sender.round().await.unwrap();
    assert_eq!(receiver.ids().len(), 1);
    assert!(!load(test.store().db(), &hook.id).await.unwrap().is_enabled);
}

#[tokio::test]
async fn a_hook_whose_secret_cannot_be_read_holds_up_no_other() {
    let test = TestApp::new().await;
    let (lost, well) = (Receiver::start(&[]).await, Receiver::start(&[]).await);
    let inbox = test.inbox().await;
    let kinds = [EventKind::MessageCreated];
    let mut hooks = Vec::new();
    for receiver in [&lost, &well] {
        let wanted = wanted(&receiver.url, &kinds);
        hooks.push(create(test.store(), &Actor::System, &wanted).await.unwrap().0);
    }
    // Sealed with a key that is not here any more.
    let mut tx = test.store().begin().await.unwrap();
    sql("UPDATE webhooks SET secret = $2 WHERE id = $1")
        .bind(hooks[0].id.as_str())
        .bind(vec![7u8; 60])
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    test.mail(&inbox, "ana@customer.test", "1", "Mail").await;
    sender(&test).round().await.unwrap();
    assert_eq!((lost.ids().len(), well.ids().len()), (0, 1));
    let last = queue::log(test.store().db(), &hooks[0].id, None, 10)
        .await
        .unwrap()
        .remove(0);
    assert_eq!((last.state.as_str(), last.status), ("queued", None), "{last:?}");
    assert!(last.answer.is_some_and(|words| !words.is_empty()));
}

#[tokio::test]
async fn what_was_told_is_told_again_on_demand() {
    let test = TestApp::new().await;
    let receiver = Receiver::start(&[]).await;
    let client = test.with_token(Role::Administrator).await;
    let (hook, _) = create(
        test.store(),
        &Actor::System,
        &wanted(&receiver.url, &[EventKind::MessageCreated]),
    )
    .await
    .unwrap();
    let inbox = test.inbox().await;
    for n in 1..=3 {
        test.mail(&inbox, "ana@customer.test", &n.to_string(), "Hello").await;
    }
    let sender = sender(&test);
    sender.round().await.unwrap();
    let mut first = receiver.ids();
    first.sort();
    let path = format!("/webhooks/{}", hook.id);
    let log = client.get(&format!("{path}/deliveries?limit=2")).await.expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
    let second = log["items"][1]["position"].as_i64().unwrap();
    let replay = format!("{path}/replay");
    for (body, told) in [
        (json!({ "position": second }), vec![&first[1]]),
        (json!({ "after": second }), vec![&first[2]]),
        (json!({ "after": 0 }), first.iter().collect()),
    ] {
        receiver.got.lock().unwrap().clear();
        client.post(&replay, body).await.expect(200);
        sender.round().await.unwrap();
        let mut ids = receiver.ids();
        ids.sort();
        assert_eq!(ids.iter().collect::<Vec<_>>(), told);
    }
    for body in [json!({}), json!({ "after": -1 }), json!({ "after": 1, "position": 1 })] {
        client.post(&replay, body).await.problem(422, "invalid");
    }
    client
        .post(&replay, json!({ "position": 999 }))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn private_addresses_are_refused() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://[fd00::1]/",
        "x",
        "https://a:b@example.com/",
    ] {
        let body = json!({ "name": "crm", "url": url });
        client.post("/webhooks", body).await.problem(422, "invalid");
    }
    let body = json!({ "name": "crm", "url": "https://example.com/hook", "kinds": ["ticket.created"] });
    let made = client.post("/webhooks", body).await.expect(201);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let path = format!("/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let read = client.get(&path).await;
    assert!(!String::from_utf8_lossy(&read.body).contains(secret));
    assert_eq!(read.expect(200)["kinds"], json!(["ticket.created"]));
    client
        .patch(&path, json!({ "url": "https://10.0.0.1/" }))
        .await
        .problem(422, "invalid");
    let edited = client.patch(&path, json!({ "is_enabled": false })).await.expect(200);
    assert_eq!(
        (&edited["is_enabled"], &edited["url"]),
        (&json!(false), &json!("https://example.com/hook"))
    );
    assert_eq!(client.send("DELETE", &path, &[], Vec::new()).await.status, 204);
    client.get(&path).await.problem(404, "not-found");
}
