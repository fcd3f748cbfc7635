//! A stand-in push service that checks the signature of who pushes and decrypts what comes, as a
//! browser does.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::desk::pushes::{self, Owner, Side};
use conversation::desk::worker::{self, DeskWorker};
use conversation::lifecycle::{Action, act};
use conversation::stream::consumer;
use conversation::types::{Actor, InboxId, Role};
use p256::SecretKey;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;

use super::sign_up::allowed;
use super::{PATIENCE, crypt, send_due, vapid};
use crate::auth::testing::{Browser, agent};
use crate::testing::{NOW, TestApp};
use channels::outgoing::{self, Allowed};

const AUTH: [u8; 16] = [9; 16];

#[derive(Clone)]
pub(crate) struct Service {
    secret: SecretKey,
    origin: Arc<Mutex<String>>,
    taken: Arc<Mutex<Vec<Value>>>,
    status: Arc<Mutex<StatusCode>>,
}

async fn take(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let authorization = header("authorization");
    let (token, key) = authorization
        .strip_prefix("vapid t=")
        .unwrap()
        .split_once(", k=")
        .unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let key = VerifyingKey::from_sec1_bytes(&decoded(key)).unwrap();
    let signature = Signature::from_slice(&decoded(signature)).unwrap();
    key.verify(signed.as_bytes(), &signature)
        .expect("signed by the key that is named");
    let claims: Value = serde_json::from_slice(&decoded(signed.split_once('.').unwrap().1)).unwrap();
    assert_eq!(claims["aud"], service.origin.lock().unwrap().as_str());
    assert!(claims["exp"].as_i64().unwrap() > NOW / 1000 && claims["exp"].as_i64().unwrap() <= NOW / 1000 + 86_400 * 2);
    assert!(claims["sub"].as_str().unwrap().starts_with("http"));
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert!(header("topic").len() <= 32);
    let plain = crypt::decrypt(&service.secret, &AUTH, &body);
    service
        .taken
        .lock()
        .unwrap()
        .push(serde_json::from_slice(&plain).unwrap());
    *service.status.lock().unwrap()
}

impl Service {
    pub(crate) async fn start(test: &TestApp) -> (Service, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let service = Service {
            secret: vapid::random_key(test.store().env()),
            origin: Arc::new(Mutex::new(origin.clone())),
            taken: Arc::default(),
            status: Arc::new(Mutex::new(StatusCode::CREATED)),
        };
        let routes = Router::new()
            .route("/push/{id}", post(take))
            .with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (service, format!("{origin}/push/1"))
    }

    /// What a browser would send of its keys.
    pub(crate) fn keys(&self) -> (String, String) {
        let point = crypt::point(&self.secret.public_key());
        (URL_SAFE_NO_PAD.encode(point), URL_SAFE_NO_PAD.encode(AUTH))
    }

    /// What it answers from now on.
    pub(crate) fn answer(&self, status: StatusCode) {
        *self.status.lock().unwrap() = status;
    }

    pub(crate) fn taken(&self) -> Vec<Value> {
        self.taken.lock().unwrap().clone()
    }
}

async fn work(test: &TestApp) {
    consumer::register(test.store(), &worker::GROUP).await.unwrap();
    let hints = consumer::sweep(test.store(), &worker::GROUP, 0).await.unwrap();
    consumer::work(test.store(), &worker::GROUP, &DeskWorker, hints).await;
}

/// An app that may call services on this machine.
async fn beside_services() -> (TestApp, InboxId) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut test = TestApp::new().await;
    let mut config = (*test.app.config).clone();
    config.outgoing.allow_private = "127.0.0.1".to_owned();
    test.app.config = Arc::new(config);
    let inbox = test.inbox().await;
    (test, inbox)
}

#[tokio::test]
async fn a_push_service_that_says_nothing_holds_up_no_other_browser() {
    let (test, inbox) = beside_services().await;
    let eva = agent(&test, "Eva", Role::Agent).await;
    let (service, endpoint) = Service::start(&test).await;
    // It takes connections, and nobody ever reads them.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = |number: u8| format!("http://{}/push/{number}", silent.local_addr().unwrap());
    let (key, auth) = service.keys();
    for endpoint in [nowhere(1), endpoint, nowhere(2)] {
        pushes::subscribe(test.store(), Owner::Agent(&eva.id), &endpoint, &key, &auth, "Browser")
            .await
            .unwrap();
    }
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "It is jammed").await;
    let id = filed.conversation.unwrap();
    act(test.store(), &Actor::System, &id, Action::Assign(Some(eva.id.clone())))
        .await
        .unwrap();
    work(&test).await;
    let patient = outgoing::client(&Allowed::new("127.0.0.1"), 100 * PATIENCE).unwrap();
    let app = test.app.clone();
    let sending = tokio::spawn(async move { send_due(&app, &patient).await });
    tests::harness::eventually("the word", async || (service.taken().len() == 1).then_some(())).await;
    sending.abort();
}

#[tokio::test]
async fn what_an_agent_is_told_comes_to_their_browser() {
    let (test, inbox) = beside_services().await;
    let (ana, eva) = (
        agent(&test, "Ana", Role::Agent).await,
        agent(&test, "Eva", Role::Agent).await,
    );
    let (service, endpoint) = Service::start(&test).await;
    let p256dh = URL_SAFE_NO_PAD.encode(crypt::point(&service.secret.public_key()));
    let auth = URL_SAFE_NO_PAD.encode(AUTH);
    let mut browser = Browser::of(&test, &eva).await.scripted();
    let key = browser.get("/push").await.expect(200);
    assert!(key.text.contains("\"key\":\"B"), "{}", key.text);
    for (endpoint, p256dh) in [("nowhere", p256dh.as_str()), (endpoint.as_str(), "AAAA")] {
        let answer = browser
            .post("/push", &[("endpoint", endpoint), ("p256dh", p256dh), ("auth", &auth)])
            .await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
    }
    let fields = [("endpoint", endpoint.as_str()), ("p256dh", &p256dh), ("auth", &auth)];
    browser.post("/push", &fields).await.expect(204);
    let filed = test
        .mail(&inbox, "joana@example.org", "a@x", "The printer is jammed")
        .await;
    let id = filed.conversation.unwrap();
    act(
        test.store(),
        &Actor::Agent(ana.id.clone()),
        &id,
        Action::Assign(Some(eva.id.clone())),
    )
    .await
    .unwrap();
    work(&test).await;

    let http = outgoing::client(&Allowed::new("127.0.0.1"), PATIENCE).unwrap();
    *service.status.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(send_due(&test.app, &http).await.unwrap(), 1);
    assert_eq!(send_due(&test.app, &http).await.unwrap(), 0, "not again at once");
    test.clock.advance(60_000);
    *service.status.lock().unwrap() = StatusCode::CREATED;
    assert_eq!(send_due(&test.app, &http).await.unwrap(), 1);
    test.clock.advance(600_000);
    assert_eq!(
        send_due(&test.app, &http).await.unwrap(),
        0,
        "once it is taken it is done"
    );
    let taken = service.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[1]["title"], "Ana gave you #1 Printer");
    assert_eq!(taken[1]["body"], "The printer is jammed");
    assert_eq!(taken[1]["url"], format!("/inbox/c/{id}"));

    // A browser that is gone is forgotten.
    *service.status.lock().unwrap() = StatusCode::GONE;
    test.clock.advance(600_000);
    test.mail(&inbox, "joana@example.org", "b@x", "Hello?").await;
    act(test.store(), &Actor::Agent(ana.id.clone()), &id, Action::Assign(None))
        .await
        .unwrap();
    act(
        test.store(),
        &Actor::Agent(ana.id.clone()),
        &id,
        Action::Assign(Some(eva.id.clone())),
    )
    .await
    .unwrap();
    work(&test).await;
    assert!(send_due(&test.app, &http).await.unwrap() > 0);
    assert!(
        pushes::of(test.store().db(), Side::Agents, eva.id.as_str(), NOW)
            .await
            .unwrap()
            .is_empty()
    );
    browser.post("/push", &fields).await.expect(204);
    browser
        .post("/push", &[("endpoint", &endpoint), ("off", "1")])
        .await
        .expect(204);
    assert!(
        pushes::of(test.store().db(), Side::Agents, eva.id.as_str(), NOW)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_key_stays_and_nobody_pushes_into_our_own_network() {
    let test = TestApp::new().await;
    let first = vapid::key(test.store()).await.unwrap();
    assert_eq!(vapid::key(test.store()).await.unwrap(), first);
    for (endpoint, is_fine) in [
        ("https://push.example.com/x", true),
        ("https://127.0.0.1/x", false),
        ("https://[::1]/x", false),
        ("https://10.1.2.3/x", false),
        ("file:///etc/passwd", false),
        ("", false),
    ] {
        assert_eq!(allowed(&test.app, endpoint).is_some(), is_fine, "{endpoint}");
    }
}
