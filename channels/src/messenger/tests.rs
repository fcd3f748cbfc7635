//! Tests of Instagram and Messenger, by public surface: bodies that Meta posts, bodies that it is posted, and the stand-in
//! between the two.

mod client;
mod composing;
mod webhooks;

use conversation::card::{Card, CardAction, CardKind};
use conversation::outbound::OutboundMessage;
use conversation::types::{Channel, Language, Millis};
use serde_json::Value;

use super::send::requests;
use super::{MessengerSettings, settings::default_api_version};

/// A Saturday in November 2026.
const NOW: Millis = 1_795_000_000_000;
const HOUR: Millis = 3_600_000;
const ANA: &str = "7001";

fn settings() -> MessengerSettings {
    MessengerSettings {
        account_id: "1".into(),
        access_token: "token".into(),
        app_secret: "secret".into(),
        verify_token: "verify".into(),
        graph_url: String::new(),
        api_version: default_api_version(),
        human_agent: true,
        read_marks: true,
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
