//! Tests of Instagram and Messenger, by public surface: bodies that Meta posts, bodies that it is posted, and the stand-in
//! between the two.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use conversation::card::{Card, CardAction, CardKind};
use conversation::inbound::BlobRef;
use conversation::outbound::{OutboundAttachment, OutboundMessage, SendError};
use conversation::types::{Channel, DeliveryState, IdentityKind, InboxId, Language, Millis};
use serde_json::{Value, json};

use super::client::{Client, House};
use super::errors::{self, FILE, PERSON, RIGHTS, TOKEN, WINDOW_CLOSED};
use super::send::{mark, read_mark, requests};
use super::standin::{Fault, Standin};
use super::webhook::{MediaRef, Of, ParseError, Payload, parse};
use super::{MessengerSettings, settings::default_api_version};
use crate::whatsapp::client::{Journal, MediaError, Progress};

/// A Saturday in November 2026.
const NOW: Millis = 1_795_000_000_000;
const HOUR: Millis = 3_600_000;
const ANA: &str = "7001";

fn body(channel: Channel, event: Value) -> String {
    let object = match channel {
        Channel::Instagram => "instagram",
        _ => "page",
    };
    let mut whole = json!({ "sender": { "id": ANA }, "recipient": { "id": "1" }, "timestamp": NOW - 5 });
    whole
        .as_object_mut()
        .unwrap()
        .extend(event.as_object().unwrap().clone());
    json!({ "object": object, "entry": [{ "id": "1", "time": NOW, "messaging": [whole] }] }).to_string()
}

fn read(channel: Channel, event: Value) -> Payload {
    parse(channel, &InboxId::from("ig"), body(channel, event).as_bytes(), NOW).unwrap()
}

fn settings() -> MessengerSettings {
    MessengerSettings {
        account_id: "1".into(),
        access_token: "token".into(),
        app_secret: "secret".into(),
        verify_token: "verify".into(),
        graph_url: String::new(),
        api_version: default_api_version(),
        human_agent: true,
        max_media_bytes: 1024,
    }
}

fn outbound(text: &str) -> OutboundMessage {
    OutboundMessage {
        delivery: "01JDELIVERY000000000000001".into(),
        message: "01JMESSAGE0000000000000001".into(),
        conversation: "C1".into(),
        inbox: "ig".into(),
        recipient: ANA.into(),
        recipient_name: Some("Ana".into()),
        language: Language::Pt,
        author_name: "Bruno".into(),
        subject: None,
        text: text.into(),
        attachments: vec![],
        cards: vec![],
        external_id: "x".into(),
        reply_token: "t".into(),
        in_reply_to: None,
        references: vec![],
        is_automatic: false,
        last_inbound_at: Some(NOW - HOUR),
        quotes: None,
        extra: None,
    }
}

fn file(name: &str, media_type: &str, size: i64) -> OutboundAttachment {
    OutboundAttachment {
        name: name.into(),
        media_type: media_type.into(),
        blob: BlobRef {
            sha256: "0".repeat(64),
            size,
        },
    }
}

fn card(kind: CardKind, answers: &[&str]) -> Card {
    let answers = answers.iter().enumerate().map(|(at, label)| CardAction::Answer {
        label: (*label).into(),
        value: format!("v:{at}"),
    });
    let link = CardAction::Open {
        label: "Ler".into(),
        path: "/help/pt/a".into(),
    };
    Card {
        kind,
        reference: "a".into(),
        title: "Papel atolado".into(),
        body: "Abra a tampa.".into(),
        facts: vec![],
        actions: answers.chain([link]).collect(),
    }
}

fn bodies(channel: Channel, out: &OutboundMessage) -> Vec<Value> {
    let links: Vec<String> = (0..out.attachments.len())
        .map(|at| format!("https://desk.example/f/{at}"))
        .collect();
    requests(channel, out, NOW, &settings(), &links, "https://desk.example").unwrap()
}

#[test]
fn what_people_write_is_read() {
    let image = "https://scontent.cdninstagram.com/v/1.jpg?x=1";
    let pdf = "https://cdn.fbsbx.com/v/Nota%20fiscal.pdf?x=1";
    let attached =
        |kind: &str, url: &str| json!({ "mid": "m1", "attachments": [{ "type": kind, "payload": { "url": url } }] });
    // The event, the text, the files, the kind that is drawn, what it refers to.
    type Case = (
        Value,
        &'static str,
        &'static [&'static str],
        &'static str,
        Option<&'static str>,
    );
    let cases: Vec<Case> = vec![
        (
            json!({ "message": { "mid": "m1", "text": "Oi 👋" } }),
            "Oi 👋",
            &[],
            "",
            None,
        ),
        (
            json!({ "message": attached("image", image) }),
            "📷",
            &["image.jpg"],
            "image",
            None,
        ),
        (
            json!({ "message": attached("audio", image) }),
            "🎤",
            &["audio.m4a"],
            "audio",
            None,
        ),
        (
            json!({ "message": attached("file", pdf) }),
            "📎",
            &["Nota fiscal.pdf"],
            "document",
            None,
        ),
        (
            json!({ "message": attached("story_mention", image) }),
            "🔗",
            &["story_mention.jpg"],
            "story_mention",
            None,
        ),
        (
            json!({ "message": { "mid": "m1", "attachments": [{ "type": "share", "payload": { "url": "https://shop.example/x" } }] } }),
            "🔗 https://shop.example/x",
            &[],
            "",
            None,
        ),
        (
            json!({ "message": { "mid": "m1", "attachments": [{ "type": "location", "payload": { "coordinates": { "lat": 1.5, "long": 2.5 } } }] } }),
            "📍",
            &[],
            "location",
            None,
        ),
        (
            json!({ "message": { "mid": "m1", "text": "Quanto?", "reply_to": { "mid": "m0" } } }),
            "Quanto?",
            &[],
            "",
            Some("m0"),
        ),
        (
            json!({ "message": { "mid": "m1", "text": "Lindo", "reply_to": { "story": { "id": "9", "url": image } } } }),
            "Lindo",
            &["story.jpg"],
            "story_reply",
            None,
        ),
        (
            json!({ "message": { "mid": "m1", "is_deleted": true } }),
            "🗑️",
            &[],
            "revoke",
            Some("m1"),
        ),
        (
            json!({ "message": { "mid": "m1", "is_unsupported": true } }),
            "❔",
            &[],
            "unsupported",
            None,
        ),
        (
            json!({ "message_edit": { "mid": "m1", "text": "Olá", "num_edit": 1 } }),
            "✏️ Olá",
            &[],
            "edit",
            Some("m1"),
        ),
        (
            json!({ "reaction": { "mid": "m1", "action": "react", "reaction": "love", "emoji": "❤️" } }),
            "❤️",
            &[],
            "reaction",
            Some("m1"),
        ),
        (
            json!({ "reaction": { "mid": "m1", "action": "unreact" } }),
            "✖️",
            &[],
            "reaction",
            Some("m1"),
        ),
        (
            json!({ "referral": { "source": "ADS", "ad_id": "5", "ads_context_data": { "ad_title": "Copiadoras" } } }),
            "👋",
            &[],
            "text",
            None,
        ),
        (json!({ "message": {} }), "❔", &[], "", None),
    ];
    for (event, text, files, kind, refers) in cases {
        let said = event.to_string();
        let payload = read(Channel::Instagram, event);
        assert!(
            payload.other.is_empty() && payload.messages.len() == 1,
            "{said}: {payload:?}"
        );
        let one = &payload.messages[0];
        assert_eq!(one.message.text, text, "{said}");
        let names: Vec<&str> = one.media.iter().map(|media| media.name.as_str()).collect();
        assert_eq!(names, files, "{said}");
        let extra = one.message.extra.clone().unwrap_or_default();
        assert_eq!(extra["type"].as_str().unwrap_or_default(), kind, "{said}");
        assert_eq!(
            one.message.thread.in_reply_to.first().map(String::as_str),
            refers,
            "{said}"
        );
        assert_eq!((one.message.sent_at, one.user.as_str()), (NOW - 5, ANA), "{said}");
        let claim = &one.message.from.identities[0];
        assert_eq!(
            (claim.kind, claim.value.as_str()),
            (IdentityKind::Instagram, "ig/7001"),
            "{said}"
        );
    }
    let ad = read(
        Channel::Messenger,
        json!({ "message": { "mid": "m", "text": "Oi", "referral": { "ad_id": "5" } } }),
    );
    assert_eq!(
        ad.messages[0].message.extra.as_ref().unwrap()["referral"]["source_type"],
        "ad"
    );
}

#[test]
fn presses_echoes_and_receipts_are_told_apart() {
    let pressed = json!({ "postback": { "mid": "m1", "title": "Sim", "payload": "01J|helped:yes" } });
    let quick = json!({ "message": { "mid": "m1", "text": "Sim", "quick_reply": { "payload": "01J|helped:yes" } } });
    for event in [pressed, quick] {
        let payload = read(Channel::Messenger, event);
        let message = &payload.messages[0].message;
        let answer = message.answer.as_ref().unwrap();
        assert_eq!((answer.value.as_str(), message.text.as_str()), ("helped:yes", "Sim"));
        assert_eq!(message.external_id, "m1");
    }
    let ours = mark(&"01JDELIVERY000000000000001".into(), 1, 3);
    let echo = json!({ "sender": { "id": "1" }, "recipient": { "id": ANA },
        "message": { "mid": "m2", "is_echo": true, "text": "Olá", "metadata": ours } });
    let payload = read(Channel::Messenger, echo);
    assert!(payload.messages.is_empty());
    assert_eq!(payload.echoes[0].user, ANA);
    let (delivery, part, parts) = read_mark(payload.echoes[0].mark.as_deref().unwrap()).unwrap();
    assert_eq!((delivery.as_str(), part, parts), ("01JDELIVERY000000000000001", 1, 3));
    for foreign in [
        "",
        "x",
        "switchboard:",
        "switchboard:../../x:0:1",
        "switchboard:01JDELIVERY000000000000001:a:b",
    ] {
        assert!(read_mark(foreign).is_none(), "{foreign}");
    }
    for (event, state, of) in [
        (
            json!({ "delivery": { "mids": ["a", "b"], "watermark": NOW - 9 } }),
            DeliveryState::Delivered,
            Of::Messages(vec!["a".into(), "b".into()]),
        ),
        (
            json!({ "delivery": { "watermark": NOW - 9 } }),
            DeliveryState::Delivered,
            Of::Until(NOW - 9),
        ),
        (
            json!({ "read": { "watermark": NOW - 8 } }),
            DeliveryState::Read,
            Of::Until(NOW - 8),
        ),
        (
            json!({ "read": { "mid": "a" } }),
            DeliveryState::Read,
            Of::Until(NOW - 5),
        ),
    ] {
        let payload = read(Channel::Messenger, event);
        assert_eq!((payload.receipts[0].state, &payload.receipts[0].of), (state, &of));
    }
}

#[test]
fn nothing_that_comes_is_dropped_and_nothing_panics() {
    let inbox = InboxId::from("ig");
    let parsed = |body: &str| parse(Channel::Instagram, &inbox, body.as_bytes(), NOW);
    assert!(matches!(parsed("{"), Err(ParseError::NotJson(_))));
    assert!(matches!(
        parsed(r#"{"object":"page","entry":[]}"#),
        Err(ParseError::OtherProduct { .. })
    ));
    assert!(matches!(
        parsed(r#"{"object":"instagram"}"#),
        Err(ParseError::NoEntries)
    ));
    let large = "x".repeat(super::webhook::MAX_BODY + 1);
    assert!(matches!(parsed(&large), Err(ParseError::TooLarge { .. })));
    for (event, field) in [
        (json!({ "optin": { "type": "x" } }), "optin"),
        (
            json!({ "sender": null, "message": { "mid": "m", "text": "x" } }),
            "messaging",
        ),
        (
            json!({ "sender": { "id": "\u{1}" }, "message": { "mid": "m" } }),
            "messaging",
        ),
    ] {
        let payload = read(Channel::Instagram, event);
        assert_eq!((payload.messages.len(), payload.other[0].field.as_str()), (0, field));
    }
    let entries = r#"{"object":"instagram","entry":[7,{"id":"1","changes":[{"field":"comments","value":{}}]},
        {"id":"1","messaging":"x"},{"id":"1","standby":[{"sender":{"id":"7001"},"message":{"mid":"m","text":"Oi"}}]}]}"#;
    let payload = parsed(entries).unwrap();
    let fields: Vec<&str> = payload.other.iter().map(|other| other.field.as_str()).collect();
    assert_eq!(fields, ["entry", "comments", "messaging"]);
    // Another program has the conversation: people see it, the bot keeps out.
    assert_eq!(payload.messages[0].message.extra.as_ref().unwrap()["for_people"], true);
    let again = read(Channel::Instagram, json!({ "referral": { "ref": "x" } }));
    let twice = read(Channel::Instagram, json!({ "referral": { "ref": "x" } }));
    assert_eq!(
        again.messages[0].message.external_id,
        twice.messages[0].message.external_id
    );
}

/// Every place of a value at which something else could stand, with that in its place.
fn broken(whole: &Value) -> Vec<Value> {
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    places(item, &format!("{at}/{index}"), found);
                }
            }
            Value::Object(fields) => {
                for (key, field) in fields {
                    places(field, &format!("{at}/{key}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    places(whole, "", &mut found);
    let others = [
        json!(null),
        json!(7),
        json!(""),
        json!("\u{0}x"),
        json!([]),
        json!({}),
        json!([[]]),
        json!(true),
    ];
    let each = found.iter().flat_map(|at| others.iter().map(move |other| (at, other)));
    each.map(|(at, other)| {
        let mut one = whole.clone();
        *one.pointer_mut(at).unwrap() = other.clone();
        one
    })
    .collect()
}

#[test]
fn whatever_is_wrong_with_an_event_it_is_seen() {
    let url = "https://scontent.cdninstagram.com/v/1.jpg";
    let events = [
        json!({ "message": { "mid": "m", "text": "Oi", "reply_to": { "mid": "n", "story": { "id": "9", "url": url } },
            "quick_reply": { "payload": "x" }, "referral": { "ad_id": "1", "ads_context_data": { "ad_title": "t" } },
            "attachments": [{ "type": "image", "payload": { "url": url, "sticker_id": 1 } }, { "type": "location", "payload": { "coordinates": { "lat": 1, "long": 2 } } }] } }),
        json!({ "postback": { "mid": "m", "title": "Sim", "payload": "p", "referral": { "ref": "r" } } }),
        json!({ "reaction": { "mid": "m", "action": "react", "reaction": "love", "emoji": "x" } }),
        json!({ "message_edit": { "mid": "m", "text": "x", "num_edit": 1 } }),
        json!({ "message": { "mid": "m", "is_echo": true, "metadata": "x", "text": "y" } }),
        json!({ "delivery": { "mids": ["a"], "watermark": NOW } }),
        json!({ "read": { "watermark": NOW } }),
    ];
    for event in events {
        let whole: Value = serde_json::from_str(&body(Channel::Instagram, event)).unwrap();
        for one in broken(&whole) {
            let said = one.to_string();
            let Ok(payload) = parse(Channel::Instagram, &InboxId::from("ig"), said.as_bytes(), NOW) else {
                continue;
            };
            let count = payload.messages.len() + payload.echoes.len() + payload.receipts.len() + payload.other.len();
            let is_empty = one["entry"].as_array().is_some_and(Vec::is_empty)
                || one["entry"][0]["messaging"].as_array().is_some_and(Vec::is_empty);
            assert!(count > 0 || is_empty, "{said}");
            for message in payload.messages.iter().chain(&payload.echoes) {
                assert!(!message.message.text.trim().is_empty(), "{said}");
                assert!(
                    !message.message.external_id.is_empty() && !message.message.text.contains('\0'),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn a_message_becomes_what_the_platform_takes() {
    let mut out = outbound("**Olá!** Veja [o guia](/help/pt/a):\n- um\n- dois");
    out.attachments = vec![
        file("foto.png", "image/png", 10),
        file("nota.pdf", "application/pdf", 10),
        file("tabela.xlsx", "application/vnd.ms-excel", 10),
        file("filme.mp4", "video/mp4", 40 * 1024 * 1024),
    ];
    out.cards = vec![card(
        CardKind::Article,
        &["Sim, obrigado", "Não, falar com uma pessoa agora"],
    )];
    let kinds = |bodies: &[Value]| -> Vec<String> {
        let kind = |body: &Value| match body["message"]["attachment"]["type"].as_str() {
            Some(kind) => kind.to_owned(),
            None => "text".to_owned(),
        };
        bodies.iter().map(kind).collect()
    };
    let page = bodies(Channel::Messenger, &out);
    assert_eq!(kinds(&page), ["text", "image", "file", "file", "text", "template"]);
    assert_eq!(
        page[0]["message"]["text"],
        "Olá! Veja o guia (https://desk.example/help/pt/a):\n• um\n• dois"
    );
    assert_eq!(page[0]["messaging_type"], "RESPONSE");
    assert_eq!(
        page[2]["message"]["metadata"],
        "switchboard:01JDELIVERY000000000000001:2:6"
    );
    assert_eq!(page[4]["message"]["text"], "📎 filme.mp4\nhttps://desk.example/f/3");
    let template = &page[5]["message"]["attachment"]["payload"];
    let words = template["text"].as_str().unwrap();
    assert!(words.starts_with("Papel atolado\nAbra a tampa.") && words.contains("https://desk.example/help/pt/a"));
    assert!(words.ends_with("2. Não, falar com uma pessoa agora"), "{words}");
    assert_eq!(template["buttons"][0]["payload"], "01JMESSAGE0000000000000001|v:0");
    assert!(template["buttons"][1]["title"].as_str().unwrap().chars().count() <= 20);
    let instagram = bodies(Channel::Instagram, &out);
    // Instagram takes no tables: it goes as a link.
    assert_eq!(kinds(&instagram), ["text", "image", "file", "text", "text", "template"]);
    assert!(instagram.iter().all(|body| body["message"].get("metadata").is_none()));
}

#[test]
fn long_texts_and_many_answers_keep_every_word() {
    let long = "Açúcar é bom. ".repeat(300);
    for (channel, limit) in [(Channel::Instagram, 1000), (Channel::Messenger, 2000)] {
        let parts = bodies(channel, &outbound(&long));
        let texts: Vec<&str> = parts
            .iter()
            .map(|body| body["message"]["text"].as_str().unwrap())
            .collect();
        let counted = |text: &str| match channel {
            Channel::Instagram => text.len(),
            _ => text.chars().count(),
        };
        assert!(texts.len() > 1 && texts.iter().all(|text| counted(text) <= limit));
        assert_eq!(texts.join(" "), long.trim());
    }
    let mut out = outbound("");
    let scores: Vec<String> = (0..=10).map(|score| score.to_string()).collect();
    let scores: Vec<&str> = scores.iter().map(String::as_str).collect();
    out.cards = vec![card(CardKind::Survey, &scores)];
    let asked = bodies(Channel::Instagram, &out);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["message"]["quick_replies"].as_array().unwrap().len(), 11);
    let many: Vec<String> = (0..20).map(|at| format!("Assunto {at}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    out.cards = vec![card(CardKind::Choice, &many)];
    let text = bodies(Channel::Messenger, &out)[0]["message"]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        text.contains("\n1. Assunto 0\n") && text.contains("\n20. Assunto 19"),
        "{text}"
    );
    out.cards = vec![Card {
        body: "Abra a tampa. ".repeat(100),
        ..card(CardKind::Article, &["Sim", "Não"])
    }];
    let long_card = bodies(Channel::Messenger, &out);
    assert_eq!(
        long_card.last().unwrap()["message"]["attachment"]["payload"]["text"],
        "Papel atolado"
    );
    let empty = requests(
        Channel::Messenger,
        &outbound(" "),
        NOW,
        &settings(),
        &[],
        "https://d.example",
    );
    assert_eq!(empty.unwrap_err().code(), "messenger.empty");
}

#[test]
fn metas_times_for_answers_are_kept() {
    // Hours since the customer wrote, written by a machine, allowed to people; the kind, or none.
    for (hours, is_automatic, human_agent, kind) in [
        (Some(23), true, false, Some("RESPONSE")),
        (Some(25), false, true, Some("MESSAGE_TAG")),
        (Some(25), true, true, None),
        (Some(25), false, false, None),
        (Some(24 * 7 + 1), false, true, None),
        (None, false, true, None),
    ] {
        let out = OutboundMessage {
            last_inbound_at: hours.map(|hours| NOW - hours * HOUR),
            is_automatic,
            ..outbound("Olá")
        };
        let settings = MessengerSettings {
            human_agent,
            ..settings()
        };
        let made = requests(Channel::Messenger, &out, NOW, &settings, &[], "https://d.example");
        match (made, kind) {
            (Ok(made), Some(kind)) => {
                assert_eq!(made[0]["messaging_type"], kind);
                assert_eq!(
                    made[0]["tag"].as_str(),
                    (kind == "MESSAGE_TAG").then_some("HUMAN_AGENT")
                );
            }
            (Err(error), None) => assert_eq!(error.code(), WINDOW_CLOSED),
            (made, kind) => panic!("{hours:?} {is_automatic} {human_agent}: {made:?}, not {kind:?}"),
        }
    }
}

#[test]
fn metas_errors_say_what_to_do() {
    let error = |code: i64, subcode: i64, is_transient: bool| {
        json!({ "error": { "message": "words", "code": code, "error_subcode": subcode, "is_transient": is_transient } })
            .to_string()
    };
    for (status, body, code, is_temporary) in [
        (403, error(10, 2_018_278, false), WINDOW_CLOSED, false),
        (403, error(10, 2_534_022, false), WINDOW_CLOSED, false),
        (403, error(10, 0, false), RIGHTS, false),
        (403, error(230, 0, false), RIGHTS, false),
        (400, error(200, 1_545_041, false), PERSON, false),
        (400, error(551, 0, false), PERSON, false),
        (400, error(100, 2_018_001, false), PERSON, false),
        (400, error(100, 2_018_008, false), FILE, false),
        (400, error(100, 0, false), "messenger.100", false),
        (401, error(190, 460, false), TOKEN, false),
        (400, error(613, 0, false), "messenger.busy", true),
        (500, error(2, 0, true), "messenger.trouble", true),
        (400, error(7777, 0, true), "messenger.7777", true),
        (429, String::new(), "messenger.http_429", true),
        (404, "<html>".to_owned(), "messenger.http_404", false),
    ] {
        let error = errors::from_response(status, None, body.as_bytes());
        assert_eq!(error.code(), code, "{body}");
        assert_eq!(matches!(error, SendError::Temporary { .. }), is_temporary, "{body}");
    }
    let between = errors::from_response(502, None, b"<html>");
    assert!(matches!(between, SendError::Unknown { .. }), "{between:?}");
}

/// Keeps nothing; its messages have no files of their own.
#[derive(Default)]
struct Notes(Mutex<Vec<Progress>>);

impl Journal for Notes {
    async fn bytes(&self, _: &BlobRef) -> Result<Bytes, SendError> {
        Ok(Bytes::new())
    }

    async fn keep(&self, progress: &Progress) -> Result<(), SendError> {
        self.0.lock().unwrap().push(progress.clone());
        Ok(())
    }
}

async fn standin(channel: Channel) -> (Standin, Client) {
    let standin = Standin::start_with(channel, true, Arc::new(|| NOW)).await.unwrap();
    standin.set_echoes(false);
    // Nobody listens; the window is open all the same.
    let _ = standin
        .event(ANA, json!({ "message": { "mid": "m0", "text": "Oi" } }))
        .await;
    let client = Client::new(channel, standin.settings()).unwrap();
    (standin, client)
}

async fn deliver(client: &Client, out: &OutboundMessage, progress: &mut Progress) -> Result<Option<String>, SendError> {
    let house = House {
        links: &[],
        public_url: "https://desk.example",
    };
    let notes = Notes::default();
    let sent = client.deliver(out, NOW, progress, &notes, house).await;
    sent.map(|sent| sent.provider_id)
}

#[tokio::test]
async fn a_message_of_several_parts_arrives_once() {
    for channel in [Channel::Instagram, Channel::Messenger] {
        let (standin, client) = standin(channel).await;
        let mut out = outbound(&"frase. ".repeat(400));
        out.cards = vec![card(CardKind::Article, &["Sim", "Não"])];
        let parts = bodies(channel, &out).len();
        let mut progress = Progress::default();
        standin.fault(Fault::CutAfterAccepting);
        let cut = deliver(&client, &out, &mut progress).await.unwrap_err();
        assert!(matches!(cut, SendError::Unknown { .. }), "{cut:?}");
        // The echo says that the first part left.
        progress.parts = parts;
        progress.accepted.push(standin.accepted()[0].mid.clone());
        let last = deliver(&client, &out, &mut progress).await.unwrap();
        let accepted = standin.accepted();
        assert_eq!((accepted.len(), last.as_ref()), (parts, Some(&accepted[parts - 1].mid)));
        let again = deliver(&client, &out, &mut progress).await.unwrap();
        assert_eq!((again, standin.accepted().len()), (last, parts));
    }
}

#[tokio::test]
async fn the_account_people_and_files_are_asked_for() {
    let (standin, client) = standin(Channel::Instagram).await;
    assert_eq!(client.check().await.unwrap(), "Copiadoras Andinas, @andinas");
    client.subscribe().await.unwrap();
    assert!(standin.subscribed().unwrap().contains("message_reactions"));
    standin.set_name(ANA, json!({ "name": "Ana Souza", "username": "anas" }));
    standin.set_name("7002", json!({ "first_name": "Rui", "last_name": "Lima" }));
    standin.set_name("7003", json!({ "username": "tere" }));
    for (user, name) in [
        (ANA, Some("Ana Souza")),
        ("7002", Some("Rui Lima")),
        ("7003", Some("@tere")),
        ("7004", None),
        ("../x", None),
    ] {
        assert_eq!(client.name_of(user).await.as_deref(), name, "{user}");
    }
    let media = |url: String| MediaRef {
        url,
        name: "image.jpg".into(),
        media_type: "image/jpeg".into(),
    };
    let fetched = client
        .fetch(&media(standin.store(b"\x89PNG\r\n\x1a\n", "image/png")))
        .await
        .unwrap();
    assert_eq!((fetched.bytes.len(), fetched.media_type.as_str()), (8, "image/png"));
    let gone = client.fetch(&media(format!("{}/files/none", standin.url))).await;
    assert!(matches!(gone, Err(MediaError::Gone(_))), "{gone:?}");
    for foreign in [
        "http://127.0.0.1:1/x",
        "https://fbcdn.net.evil.example/x",
        "https://u:p@x.fbcdn.net/x",
    ] {
        let refused = client.fetch(&media(foreign.to_owned())).await;
        assert!(matches!(refused, Err(MediaError::Refused(_))), "{foreign}: {refused:?}");
    }
    standin.revoke_token(true);
    assert_eq!(client.check().await.unwrap_err().code(), TOKEN);
    standin.revoke_token(false);
    standin.is_away(ANA);
    let refused = deliver(&client, &outbound("Olá"), &mut Progress::default()).await;
    assert_eq!(refused.unwrap_err().code(), PERSON);
    standin.fault(Fault::Error(613, 0));
    let busy = deliver(&client, &outbound("Olá"), &mut Progress::default()).await;
    assert_eq!(busy.unwrap_err().code(), "messenger.busy");
}
