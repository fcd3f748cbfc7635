use conversation::types::Language;

use super::*;

fn notice() -> Notice {
    Notice {
        id: "01HZX0000000000000000000AA".into(),
        inbox_id: "inbox".into(),
        recipient: "ana@example.com".into(),
        language: Language::Es,
        subject: "Confirme su dirección\r\nBcc: x@example.com".into(),
        text: "Hola <b>.\n\nSegundo.".into(),
        action_label: "Confirmar".into(),
        action_url: "https://desk.example/confirm/abc?a=1&b=2".into(),
        message_id: "notice.1@example.org".into(),
        attempts: 1,
        created_at: 0,
        look: None,
    }
}

fn inbox() -> EmailSettings {
    EmailSettings {
        address: "support@example.org".into(),
        name: "Acme".into(),
        imap: None,
        smtp: None,
        ..EmailSettings::default()
    }
}

#[test]
fn a_notice_is_a_mail_with_text_html_and_one_link() {
    let raw =
        String::from_utf8(compose(&notice(), &Look::default(), None, &inbox(), 1_700_000_000_000).unwrap()).unwrap();
    let parsed = crate::email::mime::parse(raw.as_bytes());
    assert_eq!(parsed.message_id, "notice.1@example.org");
    assert_ne!(
        parsed.auto,
        conversation::types::Auto::None,
        "other systems must not answer it"
    );
    assert!(parsed.text.contains("Hola <b>.\n\nSegundo."), "{}", parsed.text);
    assert!(
        parsed.text.contains("https://desk.example/confirm/abc?a=1&b=2"),
        "{}",
        parsed.text
    );
    let html = parsed.html.unwrap_or_default();
    assert!(!html.contains("<b>"), "{html}");
    assert!(html.contains("Confirmar"), "{html}");
    assert!(!raw.contains("\nBcc:"), "a subject cannot add a field");
}

#[test]
fn what_is_no_address_is_refused_for_good() {
    for recipient in ["", "nobody", "a b@example.com", "x@"] {
        let notice = Notice {
            recipient: recipient.into(),
            ..notice()
        };
        assert!(
            matches!(
                compose(&notice, &Look::default(), None, &inbox(), 0),
                Err(SendError::Permanent { .. })
            ),
            "{recipient}"
        );
    }
}

#[test]
fn a_conversation_reads_alike_as_text_and_as_html() {
    let notice = Notice {
        action_label: String::new(),
        action_url: String::new(),
        ..notice()
    };
    let look = Look {
        said: vec![
            ("Ana · 10:00".into(), "Sin <tóner>\nhoy".into()),
            ("Acme · 10:05".into(), "Va uno".into()),
        ],
        ..Look::default()
    };
    let raw = compose(&notice, &look, None, &inbox(), 1_700_000_000_000).unwrap();
    let parsed = crate::email::mime::parse(&raw);
    let text = parsed.text.replace("\r\n", "\n");
    assert!(
        text.contains("Ana · 10:00\nSin <tóner>\nhoy\n\nAcme · 10:05\nVa uno"),
        "{text}"
    );
    assert!(
        !text.contains(":\n\n") && !text.ends_with(":\n"),
        "no link, no words on it: {text}"
    );
    let html = super::html(&notice, &look);
    assert!(
        html.contains("<strong>Ana · 10:00</strong><br>Sin &lt;tóner&gt;<br>hoy"),
        "{html}"
    );
    assert!(!html.contains("<a "), "{html}");
}

#[test]
fn an_answer_to_a_copy_goes_to_the_conversation() {
    let look = Look {
        reply_token: Some("r-abc".into()),
        ..Look::default()
    };
    let raw = compose(&notice(), &look, None, &inbox(), 0).unwrap();
    let parsed = crate::email::mime::parse(&raw);
    assert_eq!(parsed.reply_to[0].address, "support+r-abc@example.org");
    let raw = compose(&notice(), &Look::default(), None, &inbox(), 0).unwrap();
    assert!(crate::email::mime::parse(&raw).reply_to.is_empty());
}
