use conversation::types::{Channel, DeliveryState, IdentityKind, InboxId};
use serde_json::{Value, json};

use super::{ANA, NOW};
use crate::messenger::send::{mark, read_mark};
use crate::messenger::webhook::{MAX_BODY, Of, ParseError, Payload, parse};

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
    let large = "x".repeat(MAX_BODY + 1);
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
