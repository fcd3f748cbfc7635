//! Any words of an agent, of the API and of the mail that is quoted below them leave as one mail that can be read again, and as messages of WhatsApp.
#![no_main]

use channels::email::compose::compose;
use channels::email::{EmailSettings, mime};
use channels::whatsapp::{WhatsappSettings, send};
use conversation::deliveries::{MailParts, QuotedMessage};
use conversation::outbound::OutboundMessage;
use conversation::types::Language;
use libfuzzer_sys::fuzz_target;

const NOW: i64 = 1_700_000_000_000;

fn whatsapp() -> WhatsappSettings {
    WhatsappSettings {
        phone_number_id: "1".to_owned(),
        business_account_id: None,
        access_token: String::new(),
        app_secret: String::new(),
        verify_token: String::new(),
        graph_url: "http://127.0.0.1:9".to_owned(),
        api_version: "v23.0".to_owned(),
        template: None,
        public_url: None,
        messages_per_second: 80,
        max_media_bytes: 0,
        read_marks: false,
    }
}

fuzz_target!(|input: (&str, &str, &str, &str)| {
    let (text, subject, name, quoted) = input;
    // Nobody has a longer one here.
    let name: String = name.chars().take(200).collect();
    let mut out = OutboundMessage {
        delivery: "01HF0000000000000000000001".into(),
        message: "01HF0000000000000000000002".into(),
        conversation: "01HF0000000000000000000003".into(),
        inbox: "01HF0000000000000000000004".into(),
        recipient: "bo@b.example".to_owned(),
        recipient_name: Some(name.clone()),
        language: Language::Es,
        author_name: name.clone(),
        subject: Some(subject.to_owned()),
        text: text.to_owned(),
        attachments: Vec::new(),
        cards: Vec::new(),
        external_id: "one@acme.example".to_owned(),
        reply_token: "token".to_owned(),
        in_reply_to: Some(name.clone()),
        references: quoted.split(' ').map(str::to_owned).collect(),
        is_automatic: false,
        last_inbound_at: Some(NOW),
        quotes: None,
        extra: None,
    };
    let parts = MailParts {
        to: vec!["bo@b.example".to_owned()],
        cc: Vec::new(),
        customer: None,
        files: Vec::new(),
        quoted: Some(QuotedMessage {
            author: name,
            at: NOW,
            time_zone: None,
            text: quoted.to_owned(),
        }),
        is_quoting: true,
    };
    let inbox = EmailSettings {
        address: "support@acme.example".to_owned(),
        name: "Acme".to_owned(),
        ..EmailSettings::default()
    };
    if let Ok(raw) = compose(
        &out,
        &parts,
        &inbox,
        Vec::new(),
        "https://acme.example",
        &|_, _| String::new(),
        NOW,
    ) {
        let read = mime::parse(&raw);
        assert_eq!(read.message_id, "one@acme.example");
        assert_eq!(
            read.from.map(|from| from.address).as_deref(),
            Some("support@acme.example")
        );
        assert_eq!(read.to.len(), 1);
        assert!(read.cc.is_empty());
        // A page of very many marks is one that our own reader keeps as a file.
        assert!(read.attachments.iter().all(|file| file.name == "message.html"));
    }
    out.recipient = "5511999990000".to_owned();
    if let Ok(requests) = send::requests(&out, NOW, &whatsapp(), &[]) {
        assert!(!requests.is_empty());
    }
});
