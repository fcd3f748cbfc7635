//! Tests of the WhatsApp channel, by public surface.

mod choosing;
mod client;
mod composing;
mod limits;
mod standin;
mod webhooks;

use conversation::card::{Card, CardAction, CardKind};
use conversation::outbound::OutboundMessage;
use conversation::types::{Language, Millis};

use super::WhatsappSettings;
use super::settings::{FallbackTemplate, TemplateParameter};

/// A Saturday in November 2026.
const NOW: Millis = 1_795_000_000_000;

fn settings() -> WhatsappSettings {
    WhatsappSettings {
        phone_number_id: "1".into(),
        business_account_id: None,
        access_token: "token".into(),
        app_secret: "secret".into(),
        verify_token: "verify".into(),
        graph_url: "http://127.0.0.1:9".into(),
        api_version: "v23.0".into(),
        template: Some(FallbackTemplate {
            name: "answer".into(),
            language: "pt_BR".into(),
            parameters: vec![TemplateParameter::RecipientName, TemplateParameter::Text],
        }),
        public_url: Some("https://desk.example/".into()),
        messages_per_second: 80,
        max_media_bytes: 1024,
        read_marks: true,
    }
}

fn outbound(text: &str) -> OutboundMessage {
    OutboundMessage {
        delivery: "D1".into(),
        message: "M1".into(),
        conversation: "C1".into(),
        inbox: "wa".into(),
        recipient: "5511987654321".into(),
        recipient_name: Some("Rosa".into()),
        language: Language::Pt,
        author_name: "Ana".into(),
        subject: None,
        text: text.into(),
        attachments: vec![],
        cards: vec![],
        external_id: "x".into(),
        reply_token: "t".into(),
        in_reply_to: None,
        references: vec![],
        is_automatic: false,
        last_inbound_at: Some(NOW - 1000),
        quotes: None,
        extra: None,
    }
}

fn card(answers: &[&str], links: &[&str]) -> Card {
    let answers = answers.iter().map(|label| CardAction::Answer {
        label: (*label).into(),
        value: format!("v:{label}"),
    });
    let links = links.iter().map(|label| CardAction::Open {
        label: (*label).into(),
        path: "/help/pt/a".into(),
    });
    Card {
        kind: CardKind::Article,
        reference: "a".into(),
        title: "Trocar o *toner*".into(),
        body: "Abra a tampa.".into(),
        facts: vec![("Modelo".into(), "X1".into())],
        actions: answers.chain(links).collect(),
    }
}
