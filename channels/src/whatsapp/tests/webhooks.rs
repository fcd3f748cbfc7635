use conversation::types::{DeliveryState, IdentityKind, InboxId};
use serde_json::{Value, json};

use super::NOW;
use crate::whatsapp::inbound::Inbound;
use crate::whatsapp::signature::{self, ChallengeError, SignatureError};
use crate::whatsapp::webhook::{ParseError, Payload, parse};
use crate::whatsapp::{canonical_phone, phone};

fn read(body: &[u8]) -> Payload {
    parse(&InboxId::from("wa"), body, NOW).expect("a readable web hook")
}

fn hook(value: Value) -> Vec<u8> {
    let entry = json!([{ "id": "1", "changes": [{ "field": "messages", "value": value }] }]);
    json!({ "object": "whatsapp_business_account", "entry": entry })
        .to_string()
        .into_bytes()
}

fn one(message: Value) -> Inbound {
    let mut whole = json!({ "id": "wamid.1", "from": "5511987654321", "timestamp": "1700000000" });
    for (key, value) in message.as_object().expect("an object") {
        whole[key] = value.clone();
    }
    let contacts = json!([{ "profile": { "name": "Rosa" }, "wa_id": "5511987654321" }]);
    let value = json!({ "metadata": { "phone_number_id": "77" }, "contacts": contacts, "messages": [whole] });
    let mut payload = read(&hook(value));
    assert!(payload.other.is_empty(), "{:?}", payload.other);
    assert_eq!(payload.messages.len(), 1);
    payload.messages.remove(0)
}

#[test]
fn every_kind_has_its_text() {
    let file = |more: Value| {
        let mut file = json!({ "id": "9", "mime_type": "application/pdf" });
        file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        file
    };
    let cases = [
        (json!({ "type": "text", "text": { "body": "Olá" } }), "Olá"),
        (json!({ "text": { "body": "no type" } }), "no type"),
        (
            json!({ "type": "image", "image": file(json!({ "caption": "olha" })) }),
            "olha",
        ),
        (json!({ "type": "image", "image": file(json!({})) }), "📷"),
        (json!({ "type": "video", "video": file(json!({})) }), "🎥"),
        (
            json!({ "type": "audio", "audio": file(json!({ "voice": true })) }),
            "🎤",
        ),
        (
            json!({ "type": "audio", "audio": file(json!({ "voice": false })) }),
            "🎵",
        ),
        (json!({ "type": "sticker", "sticker": file(json!({})) }), "💟"),
        (
            json!({ "type": "document", "document": file(json!({ "filename": "../boleto.pdf" })) }),
            "📎 _boleto.pdf",
        ),
        (
            json!({ "type": "location", "location": { "latitude": -23.5, "longitude": -46.6 } }),
            "📍 -23.5, -46.6",
        ),
        (
            json!({ "type": "location", "location": { "latitude": 1, "longitude": 2, "name": "Loja", "address": "Rua A" } }),
            "📍 Loja, Rua A",
        ),
        (
            json!({ "type": "contacts", "contacts": [{ "name": { "formatted_name": "Zé" }, "phones": [{ "phone": "+55 11" }] }] }),
            "👤 Zé +55 11",
        ),
        (
            json!({ "type": "reaction", "reaction": { "message_id": "w", "emoji": "👍" } }),
            "👍",
        ),
        (json!({ "type": "reaction", "reaction": { "message_id": "w" } }), "✖️"),
        (
            json!({ "type": "order", "order": { "text": "logo", "product_items": [{ "product_retailer_id": "T1", "quantity": 2 }] } }),
            "🛒 2 × T1\nlogo",
        ),
        (
            json!({ "type": "interactive", "interactive": { "nfm_reply": { "body": "Enviado" } } }),
            "📝 Enviado",
        ),
        (
            json!({ "type": "interactive", "interactive": { "type": "call_permission_reply" } }),
            "❔ call_permission_reply",
        ),
        (json!({ "type": "system", "system": { "body": "mudou" } }), "mudou"),
        (json!({ "type": "unsupported" }), "❔"),
        (
            json!({ "type": "unsupported", "unsupported": { "type": "poll" } }),
            "❔ poll",
        ),
        (json!({ "type": "request_welcome" }), "👋"),
        (json!({ "type": "hologram", "hologram": {} }), "❔ hologram"),
        (
            json!({ "type": "edit", "edit": { "original_message_id": "w", "message": { "type": "text", "text": { "body": "novo" } } } }),
            "✏️ novo",
        ),
        (
            json!({ "type": "revoke", "revoke": { "original_message_id": "w" } }),
            "🗑️",
        ),
    ];
    for (message, text) in cases {
        let inbound = one(message.clone());
        assert_eq!(inbound.message.text, text, "{message}");
        assert_eq!(inbound.message.quarantined, None, "{message}");
        assert_eq!(inbound.message.sent_at, 1_700_000_000_000);
        assert_eq!(inbound.message.from.name.as_deref(), Some("Rosa"));
        assert_eq!(inbound.phone_number_id.as_deref(), Some("77"));
        if text != "Olá" && text != "no type" {
            let kind = inbound.message.extra.as_ref().and_then(|e| e["type"].as_str());
            assert_eq!(kind, Some(message["type"].as_str().unwrap()), "{message}");
        } else {
            assert_eq!(inbound.message.extra, None);
        }
    }
}

#[test]
fn a_message_with_its_block_missing_is_a_placeholder_that_says_so() {
    for (message, text) in [
        (json!({ "type": "interactive" }), "⚠️ interactive"),
        (json!({ "type": "text", "text": { "body": 5 } }), "⚠️ text"),
        (json!({ "type": "image", "image": { "mime_type": "image/png" } }), "📷"),
        (json!({ "type": "contacts", "contacts": "no list" }), "⚠️ contacts"),
        (json!({ "type": "location", "location": {} }), "📍"),
        (json!({}), "⚠️"),
    ] {
        let inbound = one(message.clone());
        assert_eq!(inbound.message.text, text, "{message}");
        assert!(inbound.message.quarantined.is_some(), "{message}");
        // All of it is kept, ids included.
        assert_eq!(inbound.message.extra.unwrap()["id"], "wamid.1");
    }
}

#[test]
fn one_poisoned_message_stops_nothing() {
    let good = |id: &str| json!({ "id": id, "from": "5511987654321", "type": "text", "text": { "body": id } });
    let contacts = json!([{ "wa_id": "5511987654321", "profile": { "name": "a\u{0}b" } }]);
    let messages = json!([good("a"), 17, { "type": "text" }, null, good("b")]);
    let statuses = json!([{ "id": "w", "status": "sent" }, { "status": "sent" }, { "id": "w", "status": "shiny" }, []]);
    let errors = json!([{ "code": 131000, "title": "Oops" }]);
    let first =
        json!({ "contacts": contacts, "messages": messages, "statuses": statuses, "errors": errors, "new": [1] });
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [
            { "changes": [{ "field": "messages", "value": first }, { "field": "account_update", "value": { "event": "X" } }] },
            { "changes": 5 },
            7,
            { "changes": [{ "field": "messages", "value": "?" }, { "field": "messages", "value": { "messages": {} } }] },
            { "changes": [{ "field": "messages", "value": { "contacts": contacts, "messages": [good("c")] } }] },
        ],
    });
    let payload = read(body.to_string().as_bytes());
    let texts: Vec<&str> = payload.messages.iter().map(|m| m.message.text.as_str()).collect();
    assert_eq!(texts, ["a", "⚠️", "⚠️ text", "⚠️", "b", "c"]);
    let quarantined: Vec<bool> = payload
        .messages
        .iter()
        .map(|m| m.message.quarantined.is_some())
        .collect();
    assert_eq!(quarantined, [false, true, true, true, false, false]);
    assert_eq!(payload.statuses.len(), 1);
    let fields: Vec<&str> = payload.other.iter().map(|o| o.field.as_str()).collect();
    let expected = [
        "statuses",
        "statuses",
        "statuses",
        "errors",
        "new",
        "account_update",
        "entry",
        "entry",
        "messages",
        "messages",
    ];
    assert_eq!(fields, expected);
    assert_eq!(payload.other[3].error, Some(("whatsapp.131000".into(), "Oops".into())));
    // Delivered again, the broken ones are the same messages; and no NUL gets as far as a database.
    let again = read(body.to_string().as_bytes());
    for (a, b) in payload.messages.iter().zip(&again.messages) {
        assert_eq!(a.message.external_id, b.message.external_id);
    }
    assert_eq!(payload.messages[0].message.from.name.as_deref(), Some("a\u{FFFD}b"));
}

#[test]
fn a_body_with_broken_characters_is_read() {
    let whole = hook(
        json!({ "messages": [{ "id": "1", "from": "5511987654321", "type": "text", "text": { "body": "HERE" } }] }),
    );
    let whole = String::from_utf8(whole).unwrap();
    for (broken, text) in [
        (&b"a\\ud83db"[..], "a\u{FFFD}b"),
        (b"a\\udc00", "a\u{FFFD}"),
        (b"\\ud83d\\ude00 \\ud83d", "😀 \u{FFFD}"),
        (b"\\\\ud83d \\ud83d", "\\ud83d \u{FFFD}"),
        (b"caf\xe9", "caf\u{FFFD}"),
    ] {
        let at = whole.find("HERE").unwrap();
        let body = [&whole.as_bytes()[..at], broken, &whole.as_bytes()[at + 4..]].concat();
        assert_eq!(read(&body).messages[0].message.text, text);
    }
}

#[test]
fn what_is_no_web_hook_of_whatsapp_is_refused_with_a_reason() {
    let inbox = InboxId::from("wa");
    let error = |body: &[u8]| parse(&inbox, body, NOW).unwrap_err();
    assert!(matches!(error(b"<xml>"), ParseError::NotJson(_)));
    assert!(matches!(error(b"{\"object\":\"whatsapp"), ParseError::NotJson(_)));
    assert_eq!(
        error(b"{\"object\":\"page\"}"),
        ParseError::NotWhatsapp("\"page\"".into())
    );
    assert_eq!(error(b"[]"), ParseError::NotWhatsapp("null".into()));
    assert_eq!(
        error(b"{\"object\":\"whatsapp_business_account\",\"entry\":{}}"),
        ParseError::NoEntries
    );
    assert!(matches!(
        error(&vec![b' '; 3 * 1024 * 1024 + 1]),
        ParseError::TooLarge { .. }
    ));
    assert!(matches!(error("[".repeat(100_000).as_bytes()), ParseError::NotJson(_)));
}

#[test]
fn senders_are_known_by_number_and_by_user_id() {
    use IdentityKind::{Phone, Whatsapp};
    let ana = json!({ "wa_id": "551187654321", "user_id": "BR.1", "profile": { "name": "Ana" } });
    let bia = json!({ "user_id": "BR.2", "profile": { "username": "bia" } });
    let cases = [
        // An old Brazilian number: known in the new form, answered in the old one.
        (
            json!({ "from": "551187654321" }),
            vec![
                (Whatsapp, "5511987654321"),
                (Whatsapp, "BR.1"),
                (Phone, "+5511987654321"),
            ],
            Some("551187654321"),
            Some("Ana"),
        ),
        (
            json!({ "from_user_id": "BR.2" }),
            vec![(Whatsapp, "BR.2")],
            Some("BR.2"),
            Some("@bia"),
        ),
        (
            json!({ "from": "BR.2" }),
            vec![(Whatsapp, "BR.2")],
            Some("BR.2"),
            Some("@bia"),
        ),
        (
            json!({ "from": "351912345678", "from_user_id": "PT.9" }),
            vec![(Whatsapp, "351912345678"), (Whatsapp, "PT.9"), (Phone, "+351912345678")],
            Some("351912345678"),
            None,
        ),
        (json!({}), vec![], None, None),
        (
            json!({ "from": "551187654321", "type": "system", "system": { "wa_id": "5521912345678" } }),
            vec![
                (Whatsapp, "5511987654321"),
                (Whatsapp, "BR.1"),
                (Phone, "+5511987654321"),
                (Whatsapp, "5521912345678"),
                (Phone, "+5521912345678"),
            ],
            Some("5521912345678"),
            Some("Ana"),
        ),
    ];
    for (mut message, identities, address, name) in cases {
        message["id"] = json!("w");
        let value = json!({ "contacts": [ana, bia], "messages": [message] });
        let inbound = read(&hook(value)).messages.remove(0);
        let from = inbound.message.from;
        let found: Vec<_> = from.identities.iter().map(|i| (i.kind, i.value.as_str())).collect();
        assert_eq!(found, identities);
        assert!(from.identities.iter().all(|i| i.verified));
        assert_eq!(inbound.address.as_deref(), address);
        assert_eq!(from.address.as_deref(), address);
        assert_eq!(from.name.as_deref(), name);
        assert_eq!(
            inbound.message.quarantined.is_some() && address.is_some(),
            message.get("type").is_none() && address.is_some()
        );
    }
}

#[test]
fn one_telephone_has_one_value() {
    for (digits, canonical) in [
        ("551187654321", "5511987654321"),
        ("5511987654321", "5511987654321"),
        ("551133334444", "551133334444"),
        ("5215512345678", "525512345678"),
        ("525512345678", "525512345678"),
        ("5491112345678", "5491112345678"),
        ("541112345678", "5491112345678"),
        ("16505551234", "16505551234"),
        ("BR.123", "BR.123"),
        ("", ""),
    ] {
        assert_eq!(canonical_phone(digits), canonical);
        assert_eq!(canonical_phone(canonical), canonical, "twice is once");
    }
    assert!(
        phone::is_user_id("US.ENT.118")
            && !phone::is_user_id("us.1")
            && !phone::is_user_id("US.")
            && !phone::is_user_id("16505551234")
    );
}

#[test]
fn quotes_answers_and_files_are_found() {
    let inbound = one(json!({
        "type": "interactive",
        "context": { "from": "x", "id": "wamid.Q" },
        "interactive": { "button_reply": { "id": "M9|helped:yes", "title": "Sim" } },
    }));
    let answer = inbound.message.answer.unwrap();
    assert_eq!(
        (
            answer.message.unwrap().as_str(),
            answer.value.as_str(),
            answer.label.as_str()
        ),
        ("M9", "helped:yes", "Sim")
    );
    assert_eq!(inbound.message.thread.in_reply_to, ["wamid.Q"]);
    assert!(inbound.message.extra.unwrap().get("context").is_none());

    let template = one(json!({ "type": "button", "button": { "payload": "stop", "text": "Parar" } }));
    assert_eq!(
        template.message.answer.map(|a| (a.message, a.value)),
        Some((None, "stop".into()))
    );

    for kind in ["reaction", "edit", "revoke"] {
        let block = json!({ "message_id": "w0", "original_message_id": "w0", "message": { "type": "text", "text": { "body": "x" } } });
        assert_eq!(
            one(json!({ "type": kind, kind: block })).message.thread.in_reply_to,
            ["w0"]
        );
    }

    let file = one(json!({
        "type": "image",
        "context": { "forwarded": true },
        "referral": { "source_id": "ad" },
        "image": { "id": 42, "mime_type": "image/JPEG; x=1", "sha256": "abc", "url": "https://lookaside.fbsbx.com/x" },
    }));
    let media = &file.media[0];
    assert_eq!(
        (media.id.as_str(), media.name.as_str(), media.media_type.as_str()),
        ("42", "image.jpg", "image/jpeg")
    );
    // Until it is fetched, an attachment stands for it and says where it is.
    let source = media.attachment().source.unwrap();
    let back: crate::whatsapp::inbound::MediaRef = serde_json::from_value(source).unwrap();
    assert_eq!(&back, media);
    let extra = file.message.extra.unwrap();
    assert_eq!(
        (&extra["context"]["forwarded"], &extra["referral"]["source_id"]),
        (&json!(true), &json!("ad"))
    );
    assert!(extra["image"].get("url").is_none());
}

#[test]
fn times_are_metas() {
    for (timestamp, expected) in [
        (json!("1700000000"), 1_700_000_000_000),
        (json!(1_700_000_000), 1_700_000_000_000),
        (json!("1700000000123"), 1_700_000_000_123),
        (json!("0"), NOW),
        (json!("-5"), NOW),
        (json!("99999999999999999999"), NOW),
        (json!({}), NOW),
    ] {
        let inbound = one(json!({ "type": "request_welcome", "timestamp": timestamp }));
        assert_eq!(inbound.message.sent_at, expected, "{timestamp}");
    }
}

#[test]
fn statuses_name_their_delivery_and_part() {
    let status = |more: Value| {
        let mut status = json!({ "id": "wamid.S", "timestamp": "1700000000", "recipient_id": "5511" });
        status
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        read(&hook(json!({ "statuses": [status] }))).statuses.remove(0)
    };
    for (word, state) in [
        ("sent", DeliveryState::Sent),
        ("delivered", DeliveryState::Delivered),
        ("read", DeliveryState::Read),
        ("played", DeliveryState::Read),
    ] {
        let update = status(json!({ "status": word, "biz_opaque_callback_data": "D7#2/3" }));
        assert_eq!((update.state, update.at), (state, 1_700_000_000_000));
        assert_eq!(update.delivery.unwrap().as_str(), "D7");
        let extra = update.extra.unwrap();
        assert_eq!((&extra["part"], &extra["parts"]), (&json!(1), &json!(3)));
        assert_eq!(update.error, None);
    }
    let error = json!([{ "code": 131026, "title": "Message undeliverable", "error_data": { "details": "No." } }]);
    let failed = status(json!({ "status": "failed", "errors": error, "biz_opaque_callback_data": "D7" }));
    assert_eq!(
        failed.error,
        Some(("whatsapp.131026".into(), "Message undeliverable: No.".into()))
    );
    assert_eq!(failed.delivery.unwrap().as_str(), "D7");
    assert!(status(json!({ "status": "failed" })).error.is_some());
}

#[test]
fn signatures_are_checked_over_the_raw_body() {
    let body = b"{\"a\": 1}";
    let good = signature::sign("secret", body);
    assert_eq!(good.len(), 71);
    // HMAC-SHA-256, RFC 4231 test case 2.
    assert_eq!(
        signature::sign("Jefe", b"what do ya want for nothing?"),
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    let upper = format!("sha256={}", good[7..].to_uppercase());
    for (secret, header, body, expected) in [
        ("secret", Some(good.as_str()), &body[..], Ok(())),
        ("secret", Some(upper.as_str()), &body[..], Ok(())),
        ("other", Some(good.as_str()), &body[..], Err(SignatureError::Mismatch)),
        (
            "secret",
            Some(good.as_str()),
            b"{\"a\":1}",
            Err(SignatureError::Mismatch),
        ),
        ("secret", None, &body[..], Err(SignatureError::Missing)),
        ("secret", Some(""), &body[..], Err(SignatureError::Malformed)),
        ("secret", Some(&good[7..]), &body[..], Err(SignatureError::Malformed)),
        ("secret", Some("sha1=00"), &body[..], Err(SignatureError::Malformed)),
        ("secret", Some(&good[..70]), &body[..], Err(SignatureError::Malformed)),
        ("secret", Some("sha256=zz"), &body[..], Err(SignatureError::Malformed)),
    ] {
        assert_eq!(signature::verify(secret, header, body), expected, "{header:?}");
    }
}

#[test]
fn the_challenge_is_answered_to_who_knows_the_word() {
    let ask = |mode, token, challenge| signature::challenge("word", mode, token, challenge);
    assert_eq!(ask(Some("subscribe"), Some("word"), Some("123")), Ok("123"));
    assert_eq!(ask(Some("other"), Some("word"), Some("123")), Err(ChallengeError::Mode));
    assert_eq!(ask(None, Some("word"), Some("123")), Err(ChallengeError::Mode));
    assert_eq!(
        ask(Some("subscribe"), Some("work"), Some("123")),
        Err(ChallengeError::Token)
    );
    assert_eq!(ask(Some("subscribe"), None, Some("123")), Err(ChallengeError::Token));
    assert_eq!(
        ask(Some("subscribe"), Some("word"), None),
        Err(ChallengeError::Challenge)
    );
    assert_eq!(
        signature::challenge("", Some("subscribe"), Some(""), Some("1")),
        Err(ChallengeError::Token)
    );
}

#[test]
fn a_damaged_body_is_an_error_or_is_read_and_never_a_panic() {
    let kinds = ["text", "image", "interactive", "edit", "contacts", "order", "\u{1F600}"];
    let messages: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({ "id": "w", "from": "551187654321", "timestamp": "1700000000", "type": kind, *kind: { "id": "1", "body": "é\\" } }))
        .collect();
    let body = hook(
        json!({ "contacts": [{ "wa_id": "1" }], "messages": messages, "statuses": [{ "id": "w", "status": "sent" }] }),
    );
    let inbox = InboxId::from("wa");
    let mut read = 0;
    for at in 0..body.len() {
        for with in [b'"', b'\\', b'{', b']', b'0', 0, 0xFF] {
            let mut damaged = body.clone();
            damaged[at] = with;
            if let Ok(payload) = parse(&inbox, &damaged, NOW) {
                read += 1;
                // Whatever was readable as JSON is somewhere in the result.
                let items =
                    payload.messages.len() + payload.statuses.len() + payload.preferences.len() + payload.other.len();
                assert!(items > 0, "{}", String::from_utf8_lossy(&damaged));
            }
        }
        assert!(parse(&inbox, &body[..at], NOW).is_err());
    }
    assert!(read > 0);
}
