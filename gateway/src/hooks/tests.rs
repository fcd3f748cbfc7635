//! A bridge brings messages of another messenger and is posted the answers.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channels::bridge::BridgeSettings;
use channels::dispatch::Dispatcher;
use channels::outgoing::Allowed;
use channels::standard_webhooks::sign;
use conversation::card::{Card, CardAction, CardKind};
use conversation::inboxes::{self, NewInbox};
use conversation::reply::{NewReply, ReplyKind, Sending, reply_with};
use conversation::types::{
    Actor, Channel, ConversationId, DeliveryId, IdentityKind, InboxHealth, InboxId, Language, MessageId,
};
use conversation::{access, attachments, blocked, bridges, contacts, deliveries, views};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::testing::TestApp;

/// The messenger's side: takes what is posted to it if it is signed, answers as the list says, then with an id.
struct Bridge {
    test: TestApp,
    inbox: InboxId,
    settings: BridgeSettings,
    posted: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Bridge {
    async fn new() -> Bridge {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let test = TestApp::new().await;
        let posted: Arc<Mutex<Vec<Value>>> = Arc::default();
        let answers: Arc<Mutex<Vec<u16>>> = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = BridgeSettings {
            url: format!("http://{}/telegram", listener.local_addr().unwrap()),
            ..BridgeSettings::default()
        }
        .complete(test.store().env());
        let (kept, next, secret) = (posted.clone(), answers.clone(), settings.secret.clone());
        let router = Router::new().route(
            "/telegram",
            post(async move |headers: HeaderMap, body: Bytes| {
                let header = |name: &str| headers[name].to_str().unwrap().to_owned();
                let body = String::from_utf8(body.to_vec()).unwrap();
                let seconds = header("webhook-timestamp").parse().unwrap();
                let expected = sign(&secret, &header("webhook-id"), seconds, &body);
                if header("webhook-signature") != expected {
                    return (StatusCode::UNAUTHORIZED, "who are you?".to_owned());
                }
                let status = next.lock().unwrap().pop().unwrap_or(200);
                if status != 200 {
                    return (StatusCode::from_u16(status).unwrap(), "no such chat".to_owned());
                }
                let mut posted = kept.lock().unwrap();
                let mut body: Value = serde_json::from_str(&body).unwrap();
                body["webhook-id"] = json!(header("webhook-id"));
                posted.push(body);
                (StatusCode::OK, json!({ "id": 900 + posted.len() }).to_string())
            }),
        );
        tokio::spawn(axum::serve(listener, router).into_future());
        let new = NewInbox {
            channel: Channel::Bridge,
            name: "Telegram".to_owned(),
            language: Language::Es,
            address: settings.key.clone(),
            bot_enabled: false,
            settings: settings.clone(),
        };
        let inbox = inboxes::create(test.store(), &Actor::System, new).await.unwrap();
        Bridge {
            test,
            inbox,
            settings,
            posted,
            answers,
        }
    }

    async fn post_as(&self, secret: &str, name: &str, body: &str) -> (u16, String) {
        let request = Request::post(format!("/webhooks/bridge/{name}"))
            .header("authorization", format!("Bearer {secret}"))
            .body(Body::from(body.to_owned()))
            .unwrap();
        let router = super::routes().with_state(self.test.app.clone());
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn post(&self, body: &Value) -> (u16, String) {
        self.post_as(&self.settings.secret, self.inbox.as_str(), &body.to_string())
            .await
    }

    #[track_caller]
    fn taken((status, body): (u16, String)) -> Value {
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn say(&self, user: &str, id: &str, text: &str) -> Value {
        Bridge::taken(self.post(&message(user, id, text)).await)
    }

    async fn answer(&self, conversation: &Value, cards: Vec<Card>, quotes: Option<MessageId>) -> MessageId {
        let id = MessageId::from(self.test.store().env().ulid());
        let conversation = ConversationId::from(conversation.as_str().unwrap());
        let new = NewReply {
            cards,
            ..NewReply::of(id.clone(), &conversation, ReplyKind::Customer, "Sí, mañana.")
        };
        let sending = Sending {
            quotes,
            ..Sending::default()
        };
        reply_with(self.test.store(), &Actor::System, new, sending)
            .await
            .unwrap();
        id
    }

    async fn send(&self) {
        let dispatcher = Dispatcher::new(self.test.store().clone(), "test", "https://desk.example")
            .allowing(Allowed::new("127.0.0.1"));
        dispatcher.send_due().await.unwrap();
    }

    /// The only delivery of a message.
    async fn delivery(&self, message: &MessageId) -> Value {
        let all = deliveries::of_messages(self.test.store().db(), std::slice::from_ref(message))
            .await
            .unwrap();
        assert_eq!(all.len(), 1);
        serde_json::to_value(&all[0]).unwrap()
    }

    async fn configure(&self, settings: &BridgeSettings, is_enabled: bool) {
        inboxes::configure(
            self.test.store(),
            &Actor::System,
            &self.inbox,
            settings,
            false,
            is_enabled,
        )
        .await
        .unwrap();
    }

    async fn health(&self) -> InboxHealth {
        inboxes::load(self.test.store().db(), &self.inbox).await.unwrap().health
    }

    fn posted(&self) -> Vec<Value> {
        self.posted.lock().unwrap().clone()
    }
}

fn message(user: &str, id: &str, text: &str) -> Value {
    json!({ "type": "message", "id": id, "from": { "id": user, "name": "Ana", "language": "pt-BR" }, "text": text })
}

#[tokio::test]
async fn a_message_comes_by_a_bridge_and_its_answer_goes_back() {
    let bridge = Bridge::new().await;
    let first = bridge.say("77", "1", "¿Está mi impresora?").await;
    assert_eq!(first["outcome"], "created");
    assert_eq!(
        bridge.say("77", "1", "¿Está mi impresora?").await["outcome"],
        "duplicate"
    );
    // Messengers count anew for each user.
    let other = bridge.say("78", "1", "Hola").await;
    assert_eq!(other["outcome"], "created");
    assert_ne!(first["conversation"], other["conversation"]);
    let second = bridge.say("77", "2", "¿Hola?").await;
    assert_eq!(
        (&second["outcome"], &second["conversation"]),
        (&json!("appended"), &first["conversation"])
    );

    let answer = bridge.answer(&first["conversation"], Vec::new(), None).await;
    bridge.send().await;
    bridge.send().await;
    let posted = bridge.posted();
    assert_eq!(posted.len(), 1, "{posted:?}");
    let data = &posted[0]["data"];
    let delivery = bridge.delivery(&answer).await;
    assert_eq!(posted[0]["type"], "message");
    assert_eq!(posted[0]["webhook-id"], delivery["id"], "the same at each try");
    assert_eq!((&data["to"]["id"], &data["to"]["name"]), (&json!("77"), &json!("Ana")));
    assert_eq!(
        (&data["text"], &data["language"]),
        (&json!("Sí, mañana."), &json!("pt"))
    );
    assert_eq!(data["message"], answer.as_str());
    assert_eq!(delivery["state"], "sent");

    // The customer answers that very message, whatever the messenger calls it.
    let mut third = message("77", "3", "Gracias");
    third["answers"] = json!("901");
    let third = Bridge::taken(bridge.post(&third).await);
    assert_eq!(third["conversation"], first["conversation"]);

    for (state, expected) in [("delivered", "delivered"), ("read", "read"), ("delivered", "read")] {
        let status = json!({ "type": "status", "delivery": delivery["id"], "state": state });
        let noted = Bridge::taken(bridge.post(&status).await);
        assert_eq!(noted["is_news"], state == expected, "{state}");
        assert_eq!(bridge.delivery(&answer).await["state"], expected);
    }
}

#[tokio::test]
async fn an_answer_names_the_message_that_it_answers() {
    let bridge = Bridge::new().await;
    let first = bridge.say("77", "41", "¿Cuánto cuesta?").await;
    bridge.say("77", "42", "¿Y cuándo llega?").await;
    let quoted = MessageId::from(first["message"].as_str().unwrap());
    bridge.answer(&first["conversation"], Vec::new(), Some(quoted)).await;
    bridge.send().await;
    assert_eq!(bridge.posted()[0]["data"]["answers"], "41");
}

#[tokio::test]
async fn what_is_said_later_of_a_message_is_seen() {
    let bridge = Bridge::new().await;
    let first = bridge.say("77", "1", "Hola").await;
    let answer = bridge.answer(&first["conversation"], Vec::new(), None).await;
    bridge.send().await;
    let delivery = bridge.delivery(&answer).await;
    let failed =
        json!({ "type": "status", "delivery": delivery["id"], "state": "failed", "reason": "blocked by the user" });
    Bridge::taken(bridge.post(&failed).await);
    let delivery = bridge.delivery(&answer).await;
    assert_eq!(
        (&delivery["state"], &delivery["error"]),
        (&json!("failed"), &json!("blocked by the user"))
    );
    // Sent again it is another one to the bridge, which knows what it took; and late words on the first are no news.
    deliveries::send_again(
        bridge.test.store(),
        &Actor::System,
        &DeliveryId::from(delivery["id"].as_str().unwrap()),
    )
    .await
    .unwrap();
    bridge.send().await;
    let posted = bridge.posted();
    let names: Vec<&str> = posted.iter().map(|one| one["webhook-id"].as_str().unwrap()).collect();
    assert_ne!(names[0], names[1]);
    assert_eq!(Bridge::taken(bridge.post(&failed).await)["is_news"], false);
    assert_eq!(bridge.delivery(&answer).await["state"], "sent");
    let read = json!({ "type": "status", "delivery": names[1], "state": "read" });
    assert_eq!(Bridge::taken(bridge.post(&read).await)["is_news"], true);
    assert_eq!(bridge.delivery(&answer).await["state"], "read");
    // Nobody else's.
    let unknown = json!({ "type": "status", "delivery": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "state": "read" });
    assert_eq!(Bridge::taken(bridge.post(&unknown).await)["is_news"], false);
}

#[tokio::test]
async fn what_a_bridge_answers_decides_about_the_next_try() {
    for (status, state, code, health) in [
        (400, "failed", "bridge.400", InboxHealth::Unknown),
        (422, "failed", "bridge.422", InboxHealth::Unknown),
        (401, "queued", "bridge.401", InboxHealth::Failing),
        (404, "queued", "bridge.404", InboxHealth::Failing),
        (429, "queued", "bridge.429", InboxHealth::Unknown),
        (503, "queued", "bridge.503", InboxHealth::Failing),
    ] {
        let bridge = Bridge::new().await;
        let first = bridge.say("77", "1", "Hola").await;
        let answer = bridge.answer(&first["conversation"], Vec::new(), None).await;
        bridge.answers.lock().unwrap().push(status);
        bridge.send().await;
        let delivery = bridge.delivery(&answer).await;
        assert_eq!(
            (&delivery["state"], &delivery["error_code"]),
            (&json!(state), &json!(code))
        );
        assert_eq!(delivery["error"], format!("the bridge answered {status}: no such chat"));
        assert_eq!(bridge.health().await, health, "{status}");
        if state == "queued" {
            bridge.test.clock.advance(60_000);
            bridge.send().await;
            assert_eq!(bridge.delivery(&answer).await["state"], "sent", "{status}");
            assert_eq!(bridge.health().await, InboxHealth::Ok);
        }
    }
}

#[tokio::test]
async fn what_goes_to_a_bridge_without_an_address_waits_for_one() {
    for url in ["", "http://10.0.0.1/telegram"] {
        let bridge = Bridge::new().await;
        let first = bridge.say("77", "1", "Hola").await;
        let without = BridgeSettings {
            url: url.to_owned(),
            ..bridge.settings.clone()
        };
        bridge.configure(&without, true).await;
        let answer = bridge.answer(&first["conversation"], Vec::new(), None).await;
        bridge.send().await;
        let delivery = bridge.delivery(&answer).await;
        assert_eq!(
            (&delivery["state"], &delivery["error_code"]),
            (&json!("queued"), &json!("bridge.url"))
        );
        assert_eq!(bridge.health().await, InboxHealth::Failing);
        bridge.configure(&bridge.settings, true).await;
        bridge.send().await;
        assert_eq!(bridge.delivery(&answer).await["state"], "sent");
    }
}

#[tokio::test]
async fn files_go_both_ways_and_buttons_come_back() {
    let bridge = Bridge::new().await;
    let mut photo = message("77", "1", "");
    photo["files"] = json!([{ "name": "../../counter.png", "type": "image/png", "data": STANDARD.encode(b"\x89PNG\r\n\x1a\nbytes") }]);
    let first = Bridge::taken(bridge.post(&photo).await);
    let id = MessageId::from(first["message"].as_str().unwrap());
    let files = attachments::of_messages(bridge.test.store().db(), std::slice::from_ref(&id))
        .await
        .unwrap();
    assert_eq!(
        (files[0].name.as_str(), files[0].media_type.as_str(), files[0].size),
        ("counter.png", "image/png", 13)
    );
    let conversation = ConversationId::from(first["conversation"].as_str().unwrap());
    let timeline = views::timeline(bridge.test.store().db(), &conversation, None, 100)
        .await
        .unwrap();
    let raw = timeline
        .iter()
        .find(|one| one.id == id)
        .unwrap()
        .raw_sha256
        .clone()
        .unwrap();
    let raw = bridge.test.store().blobs().get(&raw).await.unwrap();
    let raw = String::from_utf8(raw.to_vec()).unwrap();
    assert!(raw.contains(&files[0].sha256) && !raw.contains("data"), "{raw}");

    let card = Card {
        kind: CardKind::Choice,
        reference: String::new(),
        title: "¿Le ayudó?".to_owned(),
        body: String::new(),
        facts: vec![("Contador".to_owned(), "1.200".to_owned())],
        actions: vec![
            CardAction::Answer {
                label: "Sí".to_owned(),
                value: "helped:yes".to_owned(),
            },
            CardAction::Open {
                label: "Leer".to_owned(),
                path: "/help/es/toner".to_owned(),
            },
        ],
    };
    let answer = bridge.answer(&first["conversation"], vec![card], None).await;
    bridge.send().await;
    let card = bridge.posted()[0]["data"]["cards"][0].clone();
    let payload = format!("{answer}|helped:yes");
    assert_eq!(
        card["actions"][0],
        json!({ "type": "answer", "label": "Sí", "payload": payload })
    );
    assert_eq!(card["actions"][1]["url"], "https://desk.example/help/es/toner");
    assert_eq!(
        card["text"],
        "¿Le ayudó?\nContador: 1.200\n1. Sí\nLeer: https://desk.example/help/es/toner"
    );
    let mut press = message("77", "2", "");
    press["answer"] = json!({ "payload": payload, "label": "Sí" });
    let pressed = Bridge::taken(bridge.post(&press).await);
    let id = MessageId::from(pressed["message"].as_str().unwrap());
    let stored = views::timeline(bridge.test.store().db(), &conversation, None, 100)
        .await
        .unwrap();
    assert_eq!(stored.iter().find(|one| one.id == id).unwrap().text, "Sí");
}

#[tokio::test]
async fn what_users_say_of_themselves_opens_nobodys_history() {
    let bridge = Bridge::new().await;
    let mail = bridge.test.inbox().await;
    let known = bridge.test.mail(&mail, "ana@customer.test", "m1", "My invoice?").await;
    let mut claims = message("77", "1", "Soy Ana");
    claims["from"] = json!({ "id": "77", "email": "ana@customer.test", "phone": "+54 11 5555-0000" });
    let filed = Bridge::taken(bridge.post(&claims).await);
    assert_ne!(filed["conversation"], json!(known.conversation));
    let store = bridge.test.store();
    let value = bridges::identity(&bridge.inbox, "77");
    let (contact, _) = contacts::by_identity(store.db(), IdentityKind::Bridge, &value)
        .await
        .unwrap()
        .unwrap();
    assert_ne!(Some(contact.id), known.contact);
}

#[tokio::test]
async fn whoever_is_blocked_there_is_kept_apart() {
    let bridge = Bridge::new().await;
    let store = bridge.test.store();
    let first = bridge.say("77", "1", "Hola").await;
    let conversation = ConversationId::from(first["conversation"].as_str().unwrap());
    let has_changed = blocked::block_here(store, &Actor::System, &conversation, false, "").await;
    assert!(has_changed.unwrap());
    let second = bridge.say("77", "2", "¡Compre ya!").await;
    assert_ne!(second["conversation"], first["conversation"]);
    let other = bridge.say("78", "2", "Hola").await;
    for (filed, is_spam) in [(&first, false), (&second, true), (&other, false)] {
        let id = ConversationId::from(filed["conversation"].as_str().unwrap());
        let found = access::conversation(store.db(), &Actor::System, &id).await.unwrap();
        assert_eq!(found.spam_since.is_some(), is_spam, "{filed}");
    }
}

#[tokio::test]
async fn only_the_bridge_itself_is_heard() {
    let bridge = Bridge::new().await;
    let body = message("77", "1", "Hola").to_string();
    let id = bridge.inbox.as_str();
    for (secret, name, expected) in [
        ("", id, 401),
        ("whsec_other", id, 401),
        (bridge.settings.secret.as_str(), "nobody", 404),
        (bridge.settings.secret.as_str(), id, 200),
        (bridge.settings.secret.as_str(), "Telegram", 200),
        (bridge.settings.secret.as_str(), bridge.settings.key.as_str(), 200),
    ] {
        assert_eq!(bridge.post_as(secret, name, &body).await.0, expected, "{secret} {name}");
    }
    // Nobody else's body is read, however long it is.
    let long = "x".repeat(channels::bridge::LONGEST_BODY + 1);
    for (secret, expected) in [("whsec_other", 401), (bridge.settings.secret.as_str(), 413)] {
        assert_eq!(bridge.post_as(secret, id, &long).await.0, expected);
    }
    bridge.configure(&bridge.settings, false).await;
    assert_eq!(bridge.post_as(&bridge.settings.secret, id, &body).await.0, 404);
}

#[tokio::test]
async fn what_a_bridge_says_wrongly_is_named() {
    let bridge = Bridge::new().await;
    let with = |field: &str, value: Value| {
        let mut body = message("77", "1", "Hola");
        body[field] = value;
        body
    };
    let file = |data: &str| json!([{ "name": "a.txt", "type": "text/plain", "data": data }]);
    let cases = [
        (json!([]), "the body"),
        (json!({ "type": "reaction" }), "unknown variant `reaction`"),
        (json!({ "type": "message" }), "missing field `id`"),
        (with("txt", json!("Hola")), "unknown field `txt`"),
        (with("id", json!(" ")), "id: 1 to 200 bytes"),
        (with("id", json!("x".repeat(201))), "id: 1 to 200 bytes"),
        (with("from", json!({ "id": "a\u{7}b" })), "from.id: 1 to 200 bytes"),
        (with("text", json!(" ")), "the message is empty"),
        (
            with("text", json!("x".repeat(50_001))),
            "text: more than 50000 characters",
        ),
        (with("at", json!("yesterday")), "at: RFC 3339"),
        (with("files", file("%%%")), "files[0].data: not base64"),
        (with("files", file("")), "files[0].data: the file is empty"),
        (
            with("files", json!(vec![json!({ "data": "YQ==" }); 11])),
            "files: at most 10",
        ),
        (with("answers", json!("")), "answers: 1 to 200 bytes"),
        (with("answer", json!({ "payload": "" })), "answer.payload"),
        (
            json!({ "type": "status", "delivery": "x", "state": "seen" }),
            "unknown variant `seen`",
        ),
    ];
    for (body, words) in cases {
        let (status, said) = bridge.post(&body).await;
        assert_eq!(status, 422, "{said}");
        assert!(said.contains(words), "`{said}` does not say `{words}`");
    }
    for body in ["", "{", "\u{0}", "[[[["] {
        let (status, _) = bridge
            .post_as(&bridge.settings.secret, bridge.inbox.as_str(), body)
            .await;
        assert_eq!(status, 422, "{body}");
    }
    let all = views::conversations(bridge.test.store().db(), &views::Filter::default(), None, 10)
        .await
        .unwrap();
    assert!(all.is_empty(), "nothing was filed");
}
