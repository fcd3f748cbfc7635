use conversation::card::{Card, CardKind};
use conversation::inbound::BlobRef;
use conversation::outbound::{OutboundAttachment, OutboundMessage, SendError};
use conversation::types::Channel;
use serde_json::{Value, json};

use super::{HOUR, NOW, bodies, card, outbound, settings};
use crate::messenger::MessengerSettings;
use crate::messenger::errors::{self, FILE, PERSON, RIGHTS, TOKEN, WINDOW_CLOSED};
use crate::messenger::send::requests;

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
