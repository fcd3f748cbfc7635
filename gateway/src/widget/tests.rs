mod articles;
mod before;
mod identities;
mod live;
mod proactive;
mod transcript;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use channels::email::EmailSettings;
use conversation::card::{Card, CardAction, CardKind};
use conversation::contacts;
use conversation::deliveries;
use conversation::env::FakeClock;
use conversation::inbound::{IdentityClaim, InboundMessage, Sender, ThreadHints};
use conversation::inboxes::{self, NewInbox};
use conversation::ingest::ingest_one;
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{
    Actor, Auto, Channel, ContactId, ConversationId, DeliveryState, IdentityKind, InboxId, Language, MessageId,
};
use conversation::{Env, Store};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::before::Before;
use super::identity::sign;
use super::settings::WidgetSettings;
use crate::app::App;
use crate::config::Config;

const NOW: i64 = 1_700_000_000_000;
const SECRET: &str = "the site's secret";

struct Desk {
    clock: FakeClock,
    app: App,
    router: axum::Router,
    mailbox: InboxId,
    _dir: tempfile::TempDir,
}

async fn desk() -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(NOW);
    let mut config = Config::default();
    config.data.dir = dir.path().to_owned();
    config.server.public_url = Some("https://desk.example".into());
    let app = App::open(config, Env::fixed(clock.clone(), 7)).await.unwrap();
    let new = NewInbox {
        channel: Channel::Webchat,
        name: "Website".into(),
        language: Language::En,
        address: "website".into(),
        bot_enabled: false,
        settings: WidgetSettings {
            key: "website".into(),
            identity_secret: SECRET.into(),
            allowed_origins: vec!["https://www.example.com".into()],
            greeting: [(Language::Pt, "Olá!".to_owned())].into(),
            color: Some("#2456c7".into()),
            before: Before::default(),
            articles: true,
        },
    };
    inboxes::create(&app.store, &Actor::System, new).await.unwrap();
    let new = NewInbox {
        channel: Channel::Email,
        name: "Support".into(),
        language: Language::En,
        address: "support@desk.example".into(),
        bot_enabled: false,
        settings: EmailSettings {
            address: "support@desk.example".into(),
            name: "Desk".into(),
            imap: None,
            smtp: None,
            ..EmailSettings::default()
        },
    };
    let mailbox = inboxes::create(&app.store, &Actor::System, new).await.unwrap();
    let router = super::routes(app.clone(), CancellationToken::new());
    Desk {
        clock,
        app,
        router,
        mailbox,
        _dir: dir,
    }
}

impl Desk {
    fn store(&self) -> &Store {
        &self.app.store
    }

    async fn call(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, bytes.to_vec())
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> (StatusCode, Value) {
        let mut request = Request::post(format!("/widget/api/website/{path}")).header("host", "desk.example");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let (status, _, bytes) = self.call(request.body(Body::from(body.to_string())).unwrap()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A new visitor's token.
    async fn visitor(&self) -> String {
        let (status, session) = self.post("session", "", json!({ "language": "en" })).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session["token"].as_str().unwrap().to_owned()
    }

    async fn session(&self, token: &str) -> Value {
        let (status, session) = self
            .post("session", "", json!({ "token": token, "language": "en" }))
            .await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session
    }

    async fn write(&self, token: &str, text: &str) -> Value {
        let id = self.store().env().ulid();
        let (status, message) = self
            .post("messages", token, json!({ "id": id, "text": text, "attachments": [] }))
            .await;
        assert_eq!(status, StatusCode::OK, "{message}");
        message
    }

    async fn conversation(&self, token: &str) -> ConversationId {
        ConversationId::from(self.session(token).await["conversation"].as_str().unwrap())
    }

    async fn answer(&self, conversation: &ConversationId, kind: ReplyKind, text: &str, cards: Vec<Card>) -> MessageId {
        let new = NewReply {
            id: MessageId::from(self.store().env().ulid()),
            conversation: conversation.clone(),
            kind,
            text: text.into(),
            cards,
            attachments: Vec::new(),
            seen: None,
        };
        let replied = reply::reply(self.store(), &Actor::Agent("01AGENT".into()), new).await;
        replied.unwrap().message
    }

    /// A mail from a known customer; returns the contact.
    async fn mail(&self, from: &str, text: &str) -> ContactId {
        let message = InboundMessage {
            inbox: self.mailbox.clone(),
            channel: Channel::Email,
            external_id: format!("{}@example.com", self.store().env().ulid()),
            sent_at: NOW,
            from: Sender {
                identities: vec![IdentityClaim {
                    kind: IdentityKind::Email,
                    value: from.into(),
                    verified: true,
                }],
                ..Sender::default()
            },
            recipients: Vec::new(),
            subject: Some("Toner".into()),
            text: text.into(),
            reply: None,
            html: None,
            attachments: Vec::new(),
            thread: ThreadHints::default(),
            auto: Auto::None,
            bounce: None,
            answer: None,
            raw: None,
            cursor: None,
            quarantined: None,
            judged: None,
            extra: None,
            opening: None,
        };
        ingest_one(self.store(), message).await.unwrap().contact.unwrap()
    }

    async fn contact(&self, session: &Value) -> Option<ContactId> {
        let visitor = session["visitor"].as_str().unwrap();
        contacts::by_identity(self.store().db(), IdentityKind::Visitor, visitor)
            .await
            .unwrap()
            .map(|(contact, _)| contact.id)
    }

    fn jwt(&self, claims: Value) -> String {
        let mut all = json!({ "exp": self.store().now() / 1000 + 600 });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        sign(&all, SECRET)
    }

    async fn sign_in(&self, token: &str, claims: Value) -> (StatusCode, Value) {
        let body = json!({ "token": token, "identity": self.jwt(claims), "language": "en" });
        self.post("session", "", body).await
    }

    /// Opens a stream and reads until `enough` says so.
    async fn stream(&self, token: &str, after: i64, enough: impl Fn(&[Frame]) -> bool) -> Vec<Frame> {
        let mut reader = self.open(token, after).await;
        reader.until(enough).await
    }

    async fn open(&self, token: &str, after: i64) -> Reader {
        let request = Request::get(format!("/widget/api/website/stream?after={after}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Reader {
            body: response.into_body().into_data_stream(),
            text: String::new(),
            frames: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Frame {
    event: String,
    data: Value,
    id: Option<i64>,
}

struct Reader {
    body: axum::body::BodyDataStream,
    text: String,
    frames: Vec<Frame>,
}

impl Reader {
    async fn until(&mut self, enough: impl Fn(&[Frame]) -> bool) -> Vec<Frame> {
        while !enough(&self.frames) {
            let chunk = tokio::time::timeout(std::time::Duration::from_secs(20), self.body.next()).await;
            match chunk.expect("the stream says nothing more") {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap()),
                None => break,
            }
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let Some(event) = field("event:") {
                    self.frames.push(Frame {
                        event: event.to_owned(),
                        data: serde_json::from_str(field("data:").unwrap_or("")).unwrap_or(Value::Null),
                        id: field("id:").and_then(|id| id.parse().ok()),
                    });
                }
                self.text = rest.to_owned();
            }
        }
        self.frames.clone()
    }
}

fn texts(session: &Value) -> Vec<&str> {
    let messages = session["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_chat_without_a_colour_of_its_own_wears_the_business_s() {
    let desk = desk().await;
    let business = billing::settings::Business {
        color: "#14532d".into(),
        ..billing::settings::Business::default()
    };
    billing::settings::set_business(desk.store(), &Actor::System, &business)
        .await
        .unwrap();
    let (_, chosen) = desk.post("session", "", json!({})).await;
    assert_eq!(chosen["settings"]["color"], "#2456c7", "its own colour comes first");
    let inbox = inboxes::list(desk.store().db())
        .await
        .unwrap()
        .into_iter()
        .find(|inbox| inbox.channel == Channel::Webchat)
        .unwrap();
    let settings: WidgetSettings = inboxes::settings(desk.store(), &inbox.id).await.unwrap();
    let plain = WidgetSettings {
        color: None,
        ..settings
    };
    inboxes::configure(desk.store(), &Actor::System, &inbox.id, &plain, false, true)
        .await
        .unwrap();
    // What the server remembers of an inbox, it remembers for a second.
    desk.clock.advance(60_000);
    let (_, first) = desk.post("session", "", json!({})).await;
    assert_eq!(first["settings"]["color"], "#14532d");
}

#[tokio::test]
async fn a_conversation_from_hello_to_answer() {
    let desk = desk().await;
    let (_, first) = desk
        .post(
            "session",
            "",
            json!({ "language": "pt-BR", "page_url": "https://www.example.com/", "page_title": "Home" }),
        )
        .await;
    assert_eq!((&first["greeting"], &first["language"]), (&json!("Olá!"), &json!("pt")));
    assert_eq!(first["settings"]["color"], "#2456c7");
    assert_eq!(first["conversation"], Value::Null);
    assert_eq!(
        desk.contact(&first).await,
        None,
        "a contact appears with the first message"
    );
    let token = first["token"].as_str().unwrap();

    let written = desk.write(token, "Bom dia").await;
    assert_eq!(
        (&written["text"], &written["state"]),
        (&json!("Bom dia"), &json!("sent"))
    );
    let conversation = desk.conversation(token).await;
    desk.answer(&conversation, ReplyKind::Note, "a note", vec![]).await;
    let answer = desk
        .answer(&conversation, ReplyKind::Customer, "Olá, Ana", vec![])
        .await;

    let session = desk.session(token).await;
    assert_eq!(texts(&session), ["Bom dia", "Olá, Ana"], "notes never leak");
    assert_eq!(session["messages"][0]["id"], written["id"]);
    assert_eq!(session["messages"][1]["author"]["kind"], "agent");
    assert_eq!(session["messages"][1]["elsewhere"], Value::Null, "said here");
    let state = || async {
        deliveries::of_messages(desk.store().db(), std::slice::from_ref(&answer))
            .await
            .unwrap()[0]
            .state
    };
    assert_eq!(state().await, DeliveryState::Delivered);
    let (status, _) = desk.post("read", token, json!({ "message": answer })).await;
    assert_eq!((status, state().await), (StatusCode::NO_CONTENT, DeliveryState::Read));
}

#[tokio::test]
async fn the_same_message_twice_is_one() {
    let desk = desk().await;
    let token = desk.visitor().await;
    let body = json!({ "id": desk.store().env().ulid(), "text": "once", "attachments": [] });
    let (_, first) = desk.post("messages", &token, body.clone()).await;
    let (status, second) = desk.post("messages", &token, body.clone()).await;
    assert_eq!((status, &second), (StatusCode::OK, &first));
    assert_eq!(texts(&desk.session(&token).await), ["once"]);
    // Another browser with the same id has a message of its own.
    let other = desk.visitor().await;
    let mut theirs = body;
    theirs["text"] = json!("another");
    let (_, message) = desk.post("messages", &other, theirs).await;
    assert_eq!(message["text"], "another");
    assert_eq!(texts(&desk.session(&token).await), ["once"]);
}

#[tokio::test]
async fn a_stranger_sees_nothing() {
    let desk = desk().await;
    let (ana, eve) = (desk.visitor().await, desk.visitor().await);
    desk.write(&ana, "secret").await;
    desk.write(&eve, "hello").await;
    let conversation = desk.conversation(&ana).await;
    let card = Card {
        kind: CardKind::Choice,
        reference: "q".into(),
        title: "Better?".into(),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![CardAction::Answer {
            label: "Yes".into(),
            value: "helped:yes".into(),
        }],
    };
    let question = desk.answer(&conversation, ReplyKind::Customer, "?", vec![card]).await;
    assert_eq!(texts(&desk.session(&eve).await), ["hello"]);

    let payload = format!("{question}|helped:yes");
    let press = |id: &str| json!({ "id": id, "text": "Yes", "attachments": [], "answer": { "payload": payload, "label": "Yes" } });
    let id = desk.store().env().ulid();
    assert_eq!(
        desk.post("messages", &eve, press(&id)).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    desk.post("read", &eve, json!({ "message": question })).await;
    let state = deliveries::of_messages(desk.store().db(), std::slice::from_ref(&question))
        .await
        .unwrap()[0]
        .state;
    assert_ne!(state, DeliveryState::Read, "a stranger reads nothing");
    assert_eq!(desk.post("messages", &ana, press(&id)).await.0, StatusCode::OK);
    assert_eq!(desk.session(&ana).await["messages"][1]["answered"], "helped:yes");
}

#[tokio::test]
async fn tokens_that_are_refused() {
    let desk = desk().await;
    let token = desk.visitor().await;
    let message = json!({ "id": desk.store().env().ulid(), "text": "x", "attachments": [] });
    for bad in ["", "wrong", &token[1..], &token.to_uppercase()] {
        assert_eq!(
            desk.post("messages", bad, message.clone()).await.0,
            StatusCode::UNAUTHORIZED,
            "{bad}"
        );
    }
    let (status, _) = desk.post("session", "", json!({ "token": "wrong" })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    desk.clock.advance(200 * 24 * 3600 * 1000);
    let (status, _) = desk.post("messages", &token, message).await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "a browser that was away for half a year begins anew"
    );
}

#[tokio::test]
async fn bodies_that_are_refused() {
    let desk = desk().await;
    let token = desk.visitor().await;
    let id = desk.store().env().ulid();
    for (name, body, status) in [
        ("empty", json!({ "id": id, "text": " " }), 422),
        ("no ULID", json!({ "id": "x", "text": "a" }), 422),
        ("too long", json!({ "id": id, "text": "a".repeat(10_001) }), 422),
        (
            "unknown file",
            json!({ "id": id, "text": "a", "attachments": ["01X"] }),
            422,
        ),
        ("no object", json!([]), 400),
        ("text is a number", json!({ "id": id, "text": 5 }), 400),
    ] {
        let (found, answer) = desk.post("messages", &token, body).await;
        assert_eq!(found.as_u16(), status, "{name}: {answer}");
        assert!(!answer["message"].as_str().unwrap().is_empty(), "{name}");
    }
    assert_eq!(
        desk.post("email", &token, json!({ "email": "nobody" }))
            .await
            .0
            .as_u16(),
        422
    );
    assert_eq!(
        desk.post("messages", &token, json!({ "id": id, "text": "a" })).await.0,
        StatusCode::OK
    );
}
