//! What no person wrote, and what looks so.

use serde_json::json;

use super::{Case, mail};

pub(super) fn add(cases: &mut Vec<Case>) {
    let cases_of = [
        ("auto_reply", "rfc3834", "Auto-Submitted: auto-replied", "Re: Printer"),
        (
            "auto_reply",
            "rfc3834-generated",
            "Auto-Submitted: auto-generated; owner-email=\"a@b.example\"",
            "Report",
        ),
        ("none", "rfc3834-no", "Auto-Submitted: no", "Printer"),
        ("auto_reply", "precedence", "Precedence: auto_reply", "Re: Printer"),
        ("auto_reply", "x-autoreply", "X-Autoreply: yes", "Re: Printer"),
        ("none", "x-autoreply-no", "X-Autoreply: no", "Re: Printer"),
        ("auto_reply", "x-autorespond", "X-Autorespond: Printer", "Re: Printer"),
        (
            "auto_reply",
            "mdn",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=B",
            "Read: Printer",
        ),
        (
            "auto_reply",
            "exchange-en",
            "X-Auto-Response-Suppress: All",
            "Automatic reply: Printer",
        ),
        (
            "auto_reply",
            "exchange-es",
            "X-Auto-Response-Suppress: All",
            "Respuesta automática: Impresora",
        ),
        (
            "auto_reply",
            "exchange-pt",
            "X-Auto-Response-Suppress: All",
            "Resposta automática: Impressora",
        ),
        (
            "auto_reply",
            "exchange-de",
            "X-Auto-Response-Suppress: All",
            "Automatische Antwort: Drucker",
        ),
        (
            "auto_reply",
            "exchange-fr",
            "X-Auto-Response-Suppress: All",
            "Réponse automatique : Imprimante",
        ),
        ("auto_reply", "exchange-pl", "", "Automatyczna odpowiedź: Drukarka"),
        ("auto_reply", "exchange-zh", "", "自动答复: 打印机"),
        (
            "auto_reply",
            "vacation",
            "X-Auto-Response-Suppress: OOF",
            "I am on vacation until Monday",
        ),
        ("none", "person-on-vacation", "", "I am on vacation until Monday"),
        ("none", "person-automatic", "", "The automatic reply of my machine"),
        ("auto_reply", "challenge", "", "Please confirm your message"),
        (
            "bulk",
            "newsletter",
            "List-Unsubscribe: <https://shop.example/u>",
            "Offers",
        ),
        (
            "bulk",
            "list",
            "List-Id: <printers.lists.example>\nPrecedence: list",
            "[printers] Toner",
        ),
        ("bulk", "precedence-bulk", "Precedence: bulk", "Notice"),
        (
            "loop",
            "our-own",
            "X-Switchboard-Loop: 1\nAuto-Submitted: auto-replied",
            "Ticket 12",
        ),
    ];
    for (auto, name, more, subject) in cases_of {
        let has_kind = more.contains("multipart");
        let body: &[u8] = if has_kind {
            b"--B\r\n\r\nRead.\r\n--B\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: x\r\n--B--\r\n"
        } else {
            b"Hello\r\n"
        };
        let subject = if subject.is_ascii() {
            subject.to_owned()
        } else {
            use base64::Engine as _;
            format!(
                "=?utf-8?B?{}?=",
                base64::engine::general_purpose::STANDARD.encode(subject)
            )
        };
        cases.push(Case::new(
            format!("auto-{name}"),
            mail(&subject, more, body),
            json!({ "auto": auto, "bounce": null }),
        ));
    }
}
