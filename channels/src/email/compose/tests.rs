use conversation::card::CardKind;
use conversation::inbound::BlobRef;
use conversation::types::InboxId;

use super::*;
use crate::email::mime::parse;

const NOW: Millis = 1_741_079_700_000;
const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz234567abcd";

fn message() -> OutboundMessage {
    OutboundMessage {
        delivery: "D".into(),
        message: "M".into(),
        conversation: "C".into(),
        inbox: "I".into(),
        recipient: "ana@b.example".into(),
        recipient_name: Some("Ana Núñez".into()),
        language: Language::Es,
        author_name: "Bo".into(),
        subject: Some("Impresora".into()),
        text: "Hola **Ana**,\n\nvea https://h.example/a\n\n<script>".into(),
        attachments: Vec::new(),
        cards: Vec::new(),
        external_id: format!("01D.{TOKEN}@a.example"),
        reply_token: TOKEN.into(),
        in_reply_to: Some("2@b.example".into()),
        references: vec!["1@b.example".into(), "2@b.example".into()],
        is_automatic: false,
        last_inbound_at: None,
        quotes: None,
        extra: None,
    }
}

fn inbox() -> EmailSettings {
    EmailSettings {
        address: "support@a.example".into(),
        name: "Acme".into(),
        imap: None,
        smtp: None,
    }
}

fn write(message: &OutboundMessage, files: Vec<(OutboundAttachment, Vec<u8>)>) -> Vec<u8> {
    let link = |id: &MessageId, value: &str| format!("https://s.example/c/{id}-{value}");
    compose(message, &inbox(), files, "https://s.example/", &link, NOW).expect("composable")
}

#[test]
fn a_reply_threads_and_finds_its_way_back() {
    let raw = write(&message(), Vec::new());
    let mail = parse(&raw);
    assert_eq!(mail.message_id, format!("01D.{TOKEN}@a.example"));
    assert_eq!(mail.in_reply_to, ["2@b.example"]);
    assert_eq!(mail.references, ["1@b.example", "2@b.example"]);
    assert_eq!(mail.subject.as_deref(), Some("Re: Impresora"));
    assert_eq!(mail.reply_to[0].address, format!("support+{TOKEN}@a.example"));
    assert_eq!(
        mail.from.as_ref().map(|f| f.address.as_str()),
        Some("support@a.example")
    );
    assert_eq!(mail.from.and_then(|f| f.name).as_deref(), Some("Bo (Acme)"));
    assert_eq!(mail.to[0].name.as_deref(), Some("Ana Núñez"));
    assert_eq!(mail.date.map(|d| d.as_millisecond()), Some(NOW));
    assert_eq!(mail.headers.get("thread-topic"), Some("Impresora"));
    assert!(mail.headers.get("thread-index").is_some());
    assert!(mail.headers.get("auto-submitted").is_none() && mail.headers.get("x-switchboard-loop").is_none());
    assert!(
        mail.text.contains("Hola **Ana**,") && mail.text.contains("<script>"),
        "{}",
        mail.text
    );
    let html = mail.html.expect("an HTML part");
    assert!(
        html.contains("<strong>Ana</strong>") && html.contains("&lt;script&gt;"),
        "{html}"
    );
    assert!(raw.split(|b| *b == b'\n').all(|line| line.len() <= 998) && raw.is_ascii());
    // The answer to it carries the token home.
    let answer = format!(
        "From: ana@b.example\nTo: x@a.example\nIn-Reply-To: <{}>\n\nok",
        mail.message_id
    );
    let blob = BlobRef {
        sha256: String::new(),
        size: 0,
    };
    let inbound = crate::email::normal::to_inbound(parse(answer.as_bytes()), &InboxId::new("I"), blob, Vec::new(), NOW);
    assert_eq!(inbound.thread.tokens, [TOKEN]);
}

#[test]
fn automatic_mail_says_so_and_comes_back_as_a_loop() {
    let mut out = message();
    out.is_automatic = true;
    let mail = parse(&write(&out, Vec::new()));
    assert_eq!(mail.headers.get("auto-submitted"), Some("auto-replied"));
    assert_eq!(mail.headers.get("x-auto-response-suppress"), Some("All"));
    assert_eq!(mail.headers.get("precedence"), Some("auto_reply"));
    assert_eq!(mail.auto, conversation::types::Auto::Loop);
    assert!(mail.text.contains("automáticamente"));
}

#[test]
fn subjects_are_prefixed_once() {
    let cases = [
        (Some("Re: x"), true, "Re: x"),
        (Some("RES: x"), true, "RES: x"),
        (Some("x"), true, "Re: x"),
        (Some("x"), false, "x"),
        (Some("Fwd: x"), true, "Re: Fwd: x"),
        (Some("a\r\nBcc: evil@x.example"), false, "a  Bcc: evil@x.example"),
        (None, true, "Re: su mensaje"),
        (Some(" "), false, "Un mensaje para usted"),
    ];
    for (subject, is_answer, expected) in cases {
        let mut out = message();
        out.subject = subject.map(str::to_owned);
        if !is_answer {
            out.in_reply_to = None;
            out.references.clear();
        }
        let mail = parse(&write(&out, Vec::new()));
        assert_eq!(
            mail.subject.as_deref(),
            Some(expected.split_whitespace().collect::<Vec<_>>().join(" ").as_str())
        );
        assert!(mail.headers.get("bcc").is_none());
    }
}

#[test]
fn files_arrive_as_they_were() {
    let file = |name: &str, kind: &str| OutboundAttachment {
        name: name.into(),
        media_type: kind.into(),
        blob: BlobRef {
            sha256: String::new(),
            size: 3,
        },
    };
    let files = vec![
        (file("informe ç.pdf", "application/pdf"), vec![0, 255, 13, 10]),
        (file("../x\r\ny", "not a type"), b"abc".to_vec()),
    ];
    let mail = parse(&write(&message(), files));
    assert_eq!(mail.attachments.len(), 2);
    assert_eq!(
        (mail.attachments[0].name.as_str(), mail.attachments[0].bytes.as_slice()),
        ("informe ç.pdf", &[0, 255, 13, 10][..])
    );
    assert_eq!(mail.attachments[1].media_type, "application/octet-stream");
    assert_eq!(mail.attachments[1].bytes, b"abc");
}

#[test]
fn cards_are_drawn_in_both_parts() {
    let mut out = message();
    out.cards = vec![Card {
        kind: CardKind::Ticket,
        reference: "T".into(),
        title: "Ticket #7 <b>".into(),
        body: "Line\nnext".into(),
        facts: vec![("Estado".into(), "Nuevo & listo".into())],
        actions: vec![
            CardAction::Open {
                label: "Abrir".into(),
                path: "/portal/t/7".into(),
            },
            CardAction::Answer {
                label: "Sí".into(),
                value: "helped:yes".into(),
            },
        ],
    }];
    let mail = parse(&write(&out, Vec::new()));
    for part in [
        "Ticket #7 <b>",
        "Line\nnext",
        "Estado: Nuevo & listo",
        "Abrir: https://s.example/portal/t/7",
        "Sí: https://s.example/c/M-helped:yes",
    ] {
        assert!(mail.text.contains(part), "{part} in {}", mail.text);
    }
    let html = mail.html.expect("an HTML part");
    for part in [
        "Ticket #7 &lt;b&gt;",
        "Line<br>next",
        "Nuevo &amp; listo",
        "href=\"https://s.example/portal/t/7\"",
        "href=\"https://s.example/c/M-helped:yes\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn a_wrong_address_is_named() {
    let mut out = message();
    out.recipient = "nobody".into();
    let link = |_: &MessageId, _: &str| String::new();
    let error = compose(&out, &inbox(), Vec::new(), "", &link, NOW).expect_err("no address");
    assert_eq!(
        error,
        ComposeError::Address {
            what: "recipient",
            address: "nobody".into()
        }
    );
}
