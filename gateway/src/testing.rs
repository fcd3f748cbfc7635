//! The whole app on SQLite in a temporary folder, with a clock that only tests move.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use conversation::env::FakeClock;
use conversation::inbound::{IdentityClaim, InboundMessage, Sender, ThreadHints};
use conversation::inboxes::{self, NewInbox};
use conversation::ingest::{Filed, ingest};
use conversation::types::{Actor, Auto, Channel, IdentityKind, InboxId, Language, Role};
use conversation::{Env, Store};
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::App;
use crate::config::Config;
use crate::people::tokens;

/// 2026-01-05T10:00:00Z.
pub(crate) const NOW: i64 = 1_767_607_200_000;

/// The app, its clock and its folder.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: FakeClock,
    _dir: tempfile::TempDir,
}

impl TestApp {
    pub(crate) async fn new() -> TestApp {
        let dir = tempfile::tempdir().unwrap();
        let clock = FakeClock::new(NOW);
        let mut config = Config::default();
        config.data.dir = dir.path().to_owned();
        config.database.connections = 4;
        config.server.max_body = 256 * 1024;
        let app = App::open(config, Env::fixed(clock.clone(), 7)).await.unwrap();
        TestApp { app, clock, _dir: dir }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.app.store
    }

    fn router(&self) -> Router {
        Router::new()
            .nest("/api/v1", crate::api::routes(&self.app))
            .with_state(self.app.clone())
    }

    /// A client with a new token of this role.
    pub(crate) async fn with_token(&self, role: Role) -> Client {
        let name = format!("{role}-{}", self.store().env().ulid());
        let (_, secret) = tokens::create(self.store(), &Actor::System, &name, role).await.unwrap();
        self.with_secret(&secret)
    }

    /// A client with this token.
    pub(crate) fn with_secret(&self, secret: &str) -> Client {
        Client {
            router: self.router(),
            authorization: Some(format!("Bearer {secret}")),
        }
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client {
            router: self.router(),
            authorization: None,
        }
    }

    /// A mailbox.
    pub(crate) async fn inbox(&self) -> InboxId {
        let new = NewInbox {
            channel: Channel::Email,
            name: "Support".to_owned(),
            language: Language::En,
            address: "support@example.com".to_owned(),
            bot_enabled: false,
            settings: json!({ "address": "support@example.com" }),
        };
        inboxes::create(self.store(), &Actor::System, new).await.unwrap()
    }

    /// A mail that came in.
    pub(crate) async fn mail(&self, inbox: &InboxId, from: &str, id: &str, text: &str) -> Filed {
        let message = self.message(inbox, from, id, text).await;
        ingest(self.store(), &[message]).await.unwrap().remove(0)
    }

    /// A mail that comes in.
    pub(crate) async fn message(&self, inbox: &InboxId, from: &str, id: &str, text: &str) -> InboundMessage {
        let raw = format!("Message-ID: <{id}>\r\nFrom: {from}\r\n\r\n{text}\r\n");
        InboundMessage {
            inbox: inbox.clone(),
            channel: Channel::Email,
            external_id: id.to_owned(),
            sent_at: self.store().now(),
            from: Sender {
                identities: vec![IdentityClaim {
                    kind: IdentityKind::Email,
                    value: from.to_owned(),
                    verified: true,
                }],
                address: Some(from.to_owned()),
                name: Some("Ana".to_owned()),
                language: Some(Language::Es),
            },
            recipients: vec!["support@example.com".to_owned()],
            subject: Some("Printer".to_owned()),
            text: text.to_owned(),
            reply: None,
            html: None,
            attachments: Vec::new(),
            thread: ThreadHints::default(),
            auto: Auto::None,
            bounce: None,
            answer: None,
            raw: Some(self.store().put_blob(raw.as_bytes()).await.unwrap()),
            cursor: None,
            quarantined: None,
            judged: None,
            extra: None,
            opening: None,
        }
    }
}

/// Sends requests to the app's router.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    authorization: Option<String>,
}

impl Client {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.json("POST", path, &[], body).await
    }

    pub(crate) async fn post_once(&self, path: &str, key: &str, body: Value) -> Answer {
        self.json("POST", path, &[("idempotency-key", key)], body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json("PATCH", path, &[], body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.json("PUT", path, &[], body).await
    }

    async fn json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        self.send(method, path, &headers, body.to_string().into_bytes()).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: Arc::new(to_bytes(body, usize::MAX).await.unwrap().to_vec()),
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Arc<Vec<u8>>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The JSON of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts a problem document of this status and kind; returns it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status.as_u16(), status, "{text}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{text}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:problem:switchboard:{kind}"), "{text}");
        assert_eq!(problem["status"], status, "{text}");
        for member in ["title", "detail", "instance"] {
            assert!(
                problem[member].as_str().is_some_and(|words| !words.is_empty()),
                "{member}: {text}"
            );
        }
        problem
    }
}
