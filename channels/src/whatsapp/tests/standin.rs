use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use conversation::outbound::SendError;
use conversation::types::DeliveryState;
use serde_json::{Value, json};

use super::{NOW, card, outbound};
use crate::whatsapp::Client;
use crate::whatsapp::send::requests;
use crate::whatsapp::signature;
use crate::whatsapp::standin::{Config, Fault, HookFault, HookStatus, Incoming, Standin, User};
use crate::whatsapp::webhook::{Payload, parse};

/// What a gateway does with web hooks, without the gateway.
#[derive(Clone, Default)]
pub(super) struct Target {
    bodies: Arc<Mutex<Vec<Payload>>>,
}

impl Target {
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let take = |State(target): State<Target>, headers: HeaderMap, body: Bytes| async move {
            let header = headers.get(signature::HEADER).and_then(|v| v.to_str().ok());
            if signature::verify("standin-secret", header, &body).is_err() {
                return StatusCode::UNAUTHORIZED;
            }
            target
                .bodies
                .lock()
                .unwrap()
                .push(parse(&"wa".into(), &body, NOW).unwrap());
            StatusCode::OK
        };
        let verify = |Query(query): Query<std::collections::HashMap<String, String>>| async move {
            let get = |key: &str| query.get(key).map(String::as_str);
            match signature::challenge(
                "standin-verify",
                get("hub.mode"),
                get("hub.verify_token"),
                get("hub.challenge"),
            ) {
                Ok(challenge) => (StatusCode::OK, challenge.to_owned()),
                Err(error) => (StatusCode::FORBIDDEN, error.to_string()),
            }
        };
        let app = Router::new()
            .route("/hook", post(take).get(verify))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    pub(super) fn taken(&self) -> Vec<Payload> {
        self.bodies.lock().unwrap().clone()
    }
}

pub(super) async fn world() -> (Standin, Target) {
    let target = Target::default();
    let config = Config {
        clock: Arc::new(|| NOW),
        target: Some(target.start().await),
        messages_per_second: 5,
        ..Config::default()
    };
    (Standin::start_with(config).await.unwrap(), target)
}

pub(super) fn rosa() -> User {
    User::new("5511987654321", "Rosa")
}

async fn call(standin: &Standin, body: &Value) -> (u16, Value) {
    let settings = standin.settings();
    let url = format!("{}/v23.0/{}/messages", standin.url, settings.phone_number_id);
    let call = reqwest::Client::new()
        .post(url)
        .bearer_auth(&settings.access_token)
        .json(body);
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn refuses_what_meta_refuses() {
    let (standin, _target) = world().await;
    standin.open_window("5511987654321", NOW);
    let base = |kind: &str, content: Value| json!({ "messaging_product": "whatsapp", "to": "5511987654321", "type": kind, kind: content });
    let button = |title: &str, id: &str| json!({ "type": "reply", "reply": { "id": id, "title": title } });
    let buttons = |buttons: Value| {
        base(
            "interactive",
            json!({ "type": "button", "body": { "text": "?" }, "action": { "buttons": buttons } }),
        )
    };
    let template = |name: &str, parameters: Value| {
        let body = json!([{ "type": "body", "parameters": parameters }]);
        base(
            "template",
            json!({ "name": name, "language": { "code": "pt_BR" }, "components": body }),
        )
    };
    let mut elsewhere = base("text", json!({ "body": "x" }));
    elsewhere["to"] = json!("5521999998888");
    let cases = [
        (json!({ "to": "1" }), 100),
        (
            json!({ "messaging_product": "whatsapp", "type": "text", "text": { "body": "x" } }),
            131008,
        ),
        (base("text", json!({ "body": "" })), 131008),
        (base("text", json!({ "body": "x".repeat(4097) })), 131009),
        (base("image", json!({ "id": "1" })), 131009),
        (
            base("audio", json!({ "link": "https://a.example", "caption": "x" })),
            100,
        ),
        (buttons(json!([])), 131009),
        (
            buttons(json!([
                button("a", "1"),
                button("b", "2"),
                button("c", "3"),
                button("d", "4")
            ])),
            131009,
        ),
        (buttons(json!([button("a title of twenty-one", "1")])), 131009),
        (buttons(json!([button("a", "1"), button("a", "2")])), 131009),
        (template("nothing", json!([])), 132001),
        (template("answer", json!([])), 132000),
        (template("answer", json!([{ "type": "text", "text": "a\nb" }])), 132012),
        (base("hologram", json!({})), 131051),
        (elsewhere, 131047),
    ];
    for (body, code) in cases {
        let (status, answer) = call(&standin, &body).await;
        assert_eq!(answer["error"]["code"], code, "{body} {answer}");
        assert!((400..500).contains(&status));
        assert_eq!(answer["error"]["type"], "OAuthException");
    }
    assert!(standin.accepted().is_empty());
    let fine = template("answer", json!([{ "type": "text", "text": "oi" }]));
    assert_eq!(call(&standin, &fine).await.0, 200);
    // Five a second, and the clock stands still.
    for _ in 0..4 {
        assert_eq!(call(&standin, &fine).await.0, 200);
    }
    assert_eq!(call(&standin, &fine).await.1["error"]["code"], 130429);
}

#[tokio::test]
async fn customers_write_in_every_way() {
    let (standin, target) = world().await;
    let bytes = Bytes::from_static(b"file");
    let all = vec![
        Incoming::Text("Olá".into()),
        Incoming::Image(bytes.clone(), Some("foto".into())),
        Incoming::Video(bytes.clone(), None),
        Incoming::Voice(bytes.clone()),
        Incoming::Audio(bytes.clone()),
        Incoming::Document(bytes.clone(), "a.pdf".into(), None),
        Incoming::Sticker(bytes.clone()),
        Incoming::Location(-23.5, -46.6, Some(("Loja".into(), "Rua A".into()))),
        Incoming::Contacts(vec![("Zé".into(), "+55 11 1".into())]),
        Incoming::ButtonReply("M|v".into(), "Sim".into()),
        Incoming::ListReply("M|v".into(), "Sim".into()),
        Incoming::TemplateButton("p".into(), "Sim".into()),
        Incoming::FormReply(json!({ "a": 1 })),
        Incoming::Reaction("wamid.1".into(), Some("👍".into())),
        Incoming::Order(vec![("T1".into(), 2, 9.5, "BRL".into())]),
        Incoming::ChangedNumber("5521912345678".into()),
        Incoming::Unsupported,
        Incoming::RequestWelcome,
        Incoming::Edit("wamid.1".into(), "novo".into()),
        Incoming::Revoke("wamid.1".into()),
    ];
    let count = all.len();
    for incoming in all {
        let posted = standin.inbound(&rosa(), incoming).await.unwrap();
        assert_eq!(posted.status, 200);
    }
    let taken = target.taken();
    assert_eq!(taken.len(), count);
    let client = Client::new(standin.settings(), NOW).unwrap();
    let mut files = 0;
    for payload in &taken {
        let inbound = &payload.messages[0];
        assert_eq!(inbound.message.quarantined, None, "{inbound:?}");
        assert!(!inbound.message.text.is_empty());
        assert_eq!(inbound.message.sent_at, NOW);
        for media in &inbound.media {
            assert_eq!(client.fetch_media(media).await.unwrap().bytes, b"file");
            files += 1;
        }
    }
    assert_eq!(files, 6);
}

#[tokio::test]
async fn batches_repeats_and_forgeries() {
    let (standin, target) = world().await;
    let letters = || {
        vec![
            (rosa(), Incoming::Text("a".into())),
            (User::hidden("BR.5", "Bia"), Incoming::Text("b".into())),
            (rosa(), Incoming::Raw(json!({ "type": "text" }))),
        ]
    };
    for is_one_change in [true, false] {
        let posted = standin.batch(letters(), is_one_change).await.unwrap();
        let payload = target.taken().pop().unwrap();
        let ids: Vec<&str> = payload
            .messages
            .iter()
            .map(|m| m.message.external_id.as_str())
            .collect();
        assert_eq!(ids, posted.ids);
        let poisoned: Vec<bool> = payload
            .messages
            .iter()
            .map(|m| m.message.quarantined.is_some())
            .collect();
        assert_eq!(poisoned, [false, false, true]);
        assert_eq!(payload.messages[1].address.as_deref(), Some("BR.5"));
        assert_eq!(payload.messages[1].message.from.name.as_deref(), Some("Bia"));
    }
    assert_eq!(standin.repeat().await.unwrap().status, 200);
    assert_eq!(target.taken().len(), 3);
    for (fault, status, taken) in [
        (HookFault::WrongSignature, 401, 0),
        (HookFault::NoSignature, 401, 0),
        (HookFault::Lost, 0, 0),
        (HookFault::Duplicate, 200, 2),
    ] {
        standin.hook_fault(fault);
        let before = target.taken().len();
        let posted = standin.inbound(&rosa(), Incoming::Text("x".into())).await.unwrap();
        assert_eq!(
            (posted.status, target.taken().len() - before),
            (status, taken),
            "{fault:?}"
        );
    }
    assert_eq!(
        standin.verify_target("standin-verify", "42").await.unwrap(),
        (200, "42".into())
    );
    assert_eq!(standin.verify_target("guess", "42").await.unwrap().0, 403);
}

#[tokio::test]
async fn statuses_and_presses_follow_what_was_sent() {
    let (standin, target) = world().await;
    standin.inbound(&rosa(), Incoming::Text("Oi".into())).await.unwrap();
    standin.set_automatic_statuses(&[HookStatus::Read, HookStatus::Sent, HookStatus::Delivered]);
    let client = Client::new(standin.settings(), NOW).unwrap();
    let mut out = outbound("");
    out.cards = vec![card(&["Sim", "Não"], &[])];
    let request = requests(&out, NOW, client.settings(), &[]).unwrap().remove(0);
    let sent = client.send(&request, NOW).await.unwrap().provider_id.unwrap();
    standin.settled().await;
    let states: Vec<_> = target.taken().into_iter().flat_map(|p| p.statuses).collect();
    let words: Vec<_> = states.iter().map(|s| s.state).collect();
    assert_eq!(
        words,
        [DeliveryState::Read, DeliveryState::Sent, DeliveryState::Delivered]
    );
    assert!(
        states
            .iter()
            .all(|s| s.provider_id == sent && s.delivery.as_ref().unwrap().as_str() == "D1")
    );

    standin.press(&rosa(), &sent, 1).await.unwrap();
    let press = target.taken().pop().unwrap().messages.remove(0).message;
    let answer = press.answer.unwrap();
    assert_eq!(
        (answer.message.unwrap().as_str(), answer.value.as_str()),
        ("M1", "v:Não")
    );
    assert_eq!(press.thread.in_reply_to, [sent]);
    assert!(standin.accepted()[0].text().contains("Trocar o toner"));

    standin.fault(Fault::FailLater(131026));
    client.send(&request, NOW).await.unwrap();
    standin.settled().await;
    let last = target.taken().pop().unwrap().statuses.remove(0);
    assert_eq!(
        (last.state, last.error.unwrap().0.as_str()),
        (DeliveryState::Failed, "whatsapp.131026")
    );
    standin
        .statuses(&last.provider_id, &[HookStatus::Delivered])
        .await
        .unwrap();
    assert_eq!(
        target.taken().pop().unwrap().statuses[0].state,
        DeliveryState::Delivered
    );
}

#[tokio::test]
async fn the_window_opens_with_a_message_and_only_for_its_sender() {
    let (standin, _target) = world().await;
    let client = Client::new(standin.settings(), NOW).unwrap();
    let request = requests(&outbound("Oi"), NOW, client.settings(), &[])
        .unwrap()
        .remove(0);
    let error = client.send(&request, NOW).await.unwrap_err();
    assert!(
        matches!(&error, SendError::Permanent { code, .. } if code == "whatsapp.131047"),
        "{error}"
    );
    // The same telephone in its old form opens it.
    standin
        .inbound(&User::new("551187654321", "Rosa"), Incoming::Text("Oi".into()))
        .await
        .unwrap();
    client.send(&request, NOW).await.unwrap();
}
