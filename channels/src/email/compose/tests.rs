use conversation::card::{Card, CardAction, CardKind};
use conversation::inbound::BlobRef;
use conversation::types::{InboxId, Language};

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
        ..EmailSettings::default()
    }
}

fn house(link: &(dyn Fn(&MessageId, &str) -> String + Sync)) -> House<'_> {
    House {
        public_url: "https://s.example/",
        color: Color([0x7a, 0x1f, 0xa2]),
        answer_link: link,
        leave_link: None,
    }
}

fn write(message: &OutboundMessage, files: Vec<(OutboundAttachment, Vec<u8>)>) -> Vec<u8> {
    let link = |id: &MessageId, value: &str| format!("https://s.example/c/{id}-{value}");
    compose(message, &MailParts::default(), &inbox(), files, &house(&link), NOW).expect("composable")
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
        mail.text.contains("Hola Ana,") && mail.text.contains("<script>"),
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

/// "Reply to reach a person" under "a person will answer you" would read as if nobody came by oneself.
#[test]
fn who_was_handed_over_is_not_told_to_ask_for_a_person() {
    let mut out = message();
    out.is_automatic = true;
    let asks = |out: &OutboundMessage| {
        let mail = write(out, Vec::new());
        let parsed = parse(&mail);
        [parsed.text.as_str(), parsed.html.as_deref().unwrap_or_default()].map(|body| {
            assert!(body.contains("Esta respuesta se escribió automáticamente."), "{body}");
            body.contains("para hablar con una persona")
        })
    };
    assert_eq!(asks(&out), [true, true]);
    out.cards = vec![Card {
        kind: CardKind::Ticket,
        reference: "T".to_owned(),
        title: "T-1 · Tóner".to_owned(),
        body: String::new(),
        facts: Vec::new(),
        actions: Vec::new(),
    }];
    assert_eq!(asks(&out), [false, false]);
}

#[test]
fn what_is_marked_is_drawn_in_both_parts() {
    let mut out = message();
    out.text = "Esto puede servirle:\n\n### Atasco de papel\n\n1. **Abra** la tapa\n  - la _de atrás_\n2. Vea [la guía](/help/es/papel)\n\n> Con cuidado.".into();
    let mail = parse(&write(&out, Vec::new()));
    assert!(
        mail.text.starts_with(
            "Esto puede servirle:\n\nAtasco de papel\n\n1. Abra la tapa\n  - la de atrás\n2. Vea la guía (https://s.example/help/es/papel)\n\n> Con cuidado."
        ),
        "{:?}",
        mail.text
    );
    let html = mail.html.expect("an HTML part");
    for part in [
        ">Atasco de papel</h4>",
        "<strong>Abra</strong> la tapa<ul",
        "la <em>de atrás</em></li></ul></li><li",
        "href=\"https://s.example/help/es/papel\"",
        ">Con cuidado.</blockquote>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
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
fn cards_wear_the_colour_of_the_business() {
    let mut out = message();
    out.cards = vec![Card {
        kind: CardKind::Article,
        reference: "A".into(),
        title: "Toner".into(),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![CardAction::Open {
            label: "Abrir".into(),
            path: "/help/es/toner".into(),
        }],
    }];
    let link = |_: &MessageId, _: &str| String::new();
    // Yellow takes dark words, what takes neither is darkened for white ones.
    for (color, expected) in [
        (
            [0x7a, 0x1f, 0xa2],
            ["solid #7a1fa2", "background-color:#7a1fa2;color:#ffffff"],
        ),
        (
            [0xff, 0xd6, 0x00],
            ["solid #ffd600", "background-color:#ffd600;color:#101418"],
        ),
    ] {
        let house = House {
            color: Color(color),
            ..house(&link)
        };
        let raw = compose(&out, &MailParts::default(), &inbox(), Vec::new(), &house, NOW).expect("composable");
        let html = parse(&raw).html.expect("an HTML part");
        for part in expected {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}

#[test]
fn advertising_says_how_to_get_no_more_of_it() {
    let mut out = message();
    out.is_automatic = true;
    let link = |_: &MessageId, _: &str| String::new();
    for (extra, leave_link) in [
        (
            serde_json::json!({ "type": "broadcast", "broadcast": "B", "is_marketing": true }),
            Some("https://s.example/u/C.x"),
        ),
        (
            serde_json::json!({ "type": "broadcast", "broadcast": "B", "is_marketing": false }),
            None,
        ),
    ] {
        out.extra = Some(extra);
        let house = House {
            leave_link,
            ..house(&link)
        };
        let raw = compose(&out, &MailParts::default(), &inbox(), Vec::new(), &house, NOW).expect("composable");
        let mail = parse(&raw);
        assert_eq!(mail.headers.get("precedence"), Some("bulk"));
        assert_eq!(mail.headers.get("auto-submitted"), Some("auto-replied"));
        let wanted = leave_link.map(|link| format!("<{link}>"));
        assert_eq!(mail.headers.get("list-unsubscribe"), wanted.as_deref());
        let press = leave_link.map(|_| "List-Unsubscribe=One-Click");
        assert_eq!(mail.headers.get("list-unsubscribe-post"), press);
        for text in [mail.html.expect("an HTML part"), mail.text] {
            assert_eq!(text.contains("https://s.example/u/C.x"), leave_link.is_some(), "{text}");
            assert!(!text.contains("automatically"), "{text}");
        }
    }
}

#[test]
fn a_wrong_address_is_named() {
    let mut out = message();
    out.recipient = "nobody".into();
    let link = |_: &MessageId, _: &str| String::new();
    let error = compose(&out, &MailParts::default(), &inbox(), Vec::new(), &house(&link), NOW).expect_err("no address");
    assert_eq!(
        error,
        ComposeError::Address {
            what: "recipient",
            address: "nobody".into()
        }
    );
}

fn with(parts: &MailParts, out: &OutboundMessage, files: Vec<(OutboundAttachment, Vec<u8>)>) -> String {
    let link = |id: &MessageId, value: &str| format!("https://s.example/c/{id}-{value}");
    let raw = compose(out, parts, &inbox(), files, &house(&link), NOW).expect("composable");
    String::from_utf8(raw).expect("ASCII")
}

#[test]
fn everybody_is_named_but_those_of_bcc() {
    let parts = MailParts {
        to: vec!["ana@b.example".into(), "eva@b.example".into()],
        cc: vec!["boss@b.example".into()],
        customer: Some("Ana@b.example".into()),
        ..MailParts::default()
    };
    let mut out = message();
    // Whoever's delivery it is, the mail is the same.
    for recipient in ["ana@b.example", "boss@b.example", "secret@c.example"] {
        out.recipient = recipient.into();
        let raw = with(&parts, &out, Vec::new());
        let mail = parse(raw.as_bytes());
        let of = |list: &[crate::email::mime::MailAddress]| -> Vec<String> {
            list.iter()
                .map(|one| format!("{} {}", one.name.as_deref().unwrap_or("-"), one.address))
                .collect()
        };
        assert_eq!(of(&mail.to), ["Ana Núñez ana@b.example", "- eva@b.example"]);
        assert_eq!(of(&mail.cc), ["- boss@b.example"]);
        assert!(
            !raw.contains("secret@") && !raw.to_lowercase().contains("\nbcc:"),
            "{raw}"
        );
    }
}

#[test]
fn the_message_that_is_answered_is_quoted_where_the_inbox_wants_it() {
    let mut parts = MailParts {
        quoted: Some(conversation::deliveries::QuotedMessage {
            author: "Ana <b>\r\nX: y".into(),
            at: NOW,
            time_zone: None,
            text: "The printer\r\nis <b>empty</b>\n> since Monday".into(),
        }),
        ..MailParts::default()
    };
    let out = message();
    assert!(!with(&parts, &out, Vec::new()).contains("escribi"), "not asked for");
    parts.is_quoting = true;
    let mail = parse(with(&parts, &out, Vec::new()).as_bytes());
    assert!(
        mail.text.trim_end().ends_with(
            "El 04/03/2025 a las 09:15 UTC, Ana <b>  X: y escribió:\n> The printer\n> is <b>empty</b>\n>> since Monday"
        ),
        "{:?}",
        mail.text
    );
    // Who answers us sees the time of the business, and what was quoted is not taken for their words.
    for (language, expected) in [
        (Language::En, "On 4 Mar 2025 at 04:15, "),
        (Language::Es, "El 04/03/2025 a las 04:15, "),
        (Language::Pt, "Em 04/03/2025 às 04:15, "),
    ] {
        let mut there = parts.clone();
        there.quoted.as_mut().expect("a quotation").time_zone = Some("America/Guayaquil".to_owned());
        let out = OutboundMessage { language, ..message() };
        let mail = parse(with(&there, &out, Vec::new()).as_bytes());
        assert!(mail.text.contains(expected), "{}", mail.text);
        assert!(!mail.reply.contains("The printer"), "{}", mail.reply);
    }
    let html = mail.html.expect("an HTML part");
    assert!(
        html.contains("The printer<br>is &lt;b&gt;empty&lt;/b&gt;<blockquote") && !html.contains("&gt; since"),
        "{html}"
    );
    assert!(html.contains(">since Monday</blockquote></blockquote>"), "{html}");
    // However deep somebody quotes, the mail can be drawn.
    if let Some(quoted) = &mut parts.quoted {
        quoted.text = format!("{} a\n\n> b\n\nc", ">".repeat(10_000));
    }
    let html = parse(with(&parts, &out, Vec::new()).as_bytes())
        .html
        .expect("an HTML part");
    assert!(
        html.matches("<blockquote").count() < 15 && html.contains("</blockquote>c</blockquote>"),
        "{html}"
    );
    // What comes back with it quoted again does not grow for ever.
    if let Some(quoted) = &mut parts.quoted {
        quoted.text = "ü".repeat(100_000);
    }
    let raw = with(&parts, &out, Vec::new());
    assert!(raw.len() < 200_000, "{}", raw.len());
}

#[test]
fn images_that_the_text_shows_stand_beside_it() {
    let png = |name: &str| OutboundAttachment {
        name: name.into(),
        media_type: "image/png".into(),
        blob: BlobRef {
            sha256: String::new(),
            size: 3,
        },
    };
    let parts = MailParts {
        files: vec!["01AAA".into(), "01BBB".into()],
        ..MailParts::default()
    };
    let mut out = message();
    out.text = "Press ![the red button](attachment:01BBB), not ![that](attachment:01ZZZ)".into();
    let files = vec![
        (png("price.png"), b"one".to_vec()),
        (png("button.png"), b"two".to_vec()),
    ];
    let raw = with(&parts, &out, files);
    let mail = parse(raw.as_bytes());
    let html = mail.html.expect("an HTML part");
    assert!(
        html.contains("<img") && html.contains("alt=\"the red button\""),
        "{html}"
    );
    assert!(
        raw.contains("Content-ID: <01bbb@a.example>") && raw.contains("cid:01bbb@a.example"),
        "{raw}"
    );
    let kinds: Vec<(&str, bool)> = mail
        .attachments
        .iter()
        .map(|file| (file.name.as_str(), file.inline))
        .collect();
    assert!(
        kinds.contains(&("button.png", true)) && kinds.contains(&("price.png", false)),
        "{kinds:?}"
    );
    assert!(mail.text.contains("Press [the red button], not"), "{}", mail.text);
    let order = [
        raw.find("multipart/mixed"),
        raw.find("multipart/alternative"),
        raw.find("multipart/related"),
    ];
    assert!(
        order.windows(2).all(|pair| pair[0].is_some() && pair[0] < pair[1]),
        "{order:?}"
    );
}

#[test]
fn automatic_mail_is_no_list() {
    let mut out = message();
    out.is_automatic = true;
    out.in_reply_to = None;
    out.references.clear();
    let raw = with(&MailParts::default(), &out, Vec::new());
    let mail = parse(raw.as_bytes());
    assert_eq!(
        mail.headers.get("auto-submitted"),
        Some("auto-generated"),
        "nobody asked"
    );
    assert!(
        !raw.to_lowercase().contains("\nlist-"),
        "an answer to one person names no list: {raw}"
    );
}
