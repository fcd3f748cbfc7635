use super::*;
use crate::email::mime::parse;

fn forwarded(subject: &str, text: &str) -> Option<Forwarded> {
    let raw = format!(
        "From: Bo Berg <bo@b.example>\r\nTo: support@acme.example\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    );
    parse(raw.as_bytes()).forwarded
}

#[test]
fn the_mail_inside_is_found_in_many_languages() {
    let address = "Ana Lima <ana@a.example>";
    let cases = [
        ("Fwd: x", format!("FYI\n\n---------- Forwarded message ---------\nFrom: {address}\nDate: Tue, 4 Mar 2025 at 09:15\nSubject: Broken\nTo: Bo\n\nIt is broken.")),
        ("RV: x", format!("FYI\n\nDe: {address}\nEnviado el: martes, 4 de marzo de 2025 9:15\nPara: Bo\nAsunto: Broken\n\nIt is broken.")),
        ("ENC: x", format!("FYI\n\n________________________________\nDe: {address}\nEnviado: terça-feira, 4 de março de 2025 09:15\nPara: Bo\nAssunto: Broken\n\nIt is broken.")),
        ("WG: x", "FYI\n\nVon: Ana Lima [mailto:ana@a.example]\nGesendet: Dienstag, 4. März 2025 09:15\nAn: Bo\nBetreff: Broken\n\nIt is broken.".to_owned()),
        ("TR: x", format!("FYI\n\nDe : {address}\nEnvoyé : mardi 4 mars 2025 09:15\nÀ : Bo\nObjet : Broken\n\nIt is broken.")),
        ("x", format!("FYI\n\nBegin forwarded message:\n\n> From: {address}\n> Subject: Broken\n> Date: 4 March 2025 at 09:15:00 CET\n> To: bo@b.example\n> \n> It is broken.")),
        ("x", format!("FYI\n\n-------- Weitergeleitete Nachricht --------\nBetreff: \tBroken\nDatum: \tTue, 4 Mar 2025 09:15:00 +0100\nVon: \t{address}\nAn: \tBo\n\n\nIt is broken.")),
        ("x", format!("FYI\n\n-------- Пересылаемое сообщение --------\nОт: {address}\nДата: 4 марта 2025, 09:15\nКому: Bo\nТема: Broken\n\nIt is broken.")),
        ("x", format!("FYI\n\n---------- 转发的邮件 ---------\n发件人： {address}\n日期： 2025年3月4日 09:15\n主题： Broken\n收件人： Bo\n\nIt is broken.")),
        ("x", format!("FYI\n\n---------- Forwarded message ---------\n差出人: {address}\n日時: 2025年3月4日 9:15\n件名: Broken\n宛先: Bo\n\nIt is broken.")),
        ("x", format!("FYI\n ----- Forwarded Message ----- From: {address}To: Bo <bo@b.example>Sent: Tuesday, March 4, 2025, 09:15 GMT+1Subject: Broken\n It is broken.")),
    ];
    for (subject, text) in cases {
        let found = forwarded(subject, &text).unwrap_or_else(|| panic!("{text}"));
        let from = found.from.expect("a sender");
        assert_eq!(
            (from.name.as_deref(), from.address.as_str()),
            (Some("Ana Lima"), "ana@a.example"),
            "{text}"
        );
        assert_eq!(found.subject.as_deref(), Some("Broken"), "{text}");
        assert_eq!(
            (found.body.as_str(), found.comment.as_str()),
            ("It is broken.", "FYI"),
            "{text}"
        );
    }
}

#[test]
fn an_answer_is_not_a_forward() {
    for (subject, text) in [
        (
            "Re: x",
            "No.\n\nFrom: Ana Lima <ana@a.example>\nSent: Tuesday, March 4, 2025 9:15 AM\nTo: Bo\nSubject: x\n\nIt is broken.",
        ),
        (
            "Re: x",
            "No.\n\nOn Tue, Mar 4, 2025 at 9:15 AM Ana Lima <ana@a.example> wrote:\n> It is broken.",
        ),
        (
            "Re: x",
            "No.\n\n-----Original Message-----\n\n---------- Forwarded message ----------\nFrom: Ana Lima <ana@a.example>\nDate: Tue, Sep 4, 2012 at 1:35 PM\nSubject: Two\nTo: Bo\n\nx",
        ),
        (
            "Re: x",
            "No.\n\nOn Tue, Mar 4, 2025 at 9:15 AM Bo <bo@b.example> wrote:\n> ---------- Forwarded message ----------\n> From: Ana Lima <ana@a.example>\n> Date: Tue, Sep 4, 2012 at 1:35 PM\n> Subject: Two\n> To: Bo\n",
        ),
        (
            "Re: FW: x",
            "No.\n\nFrom: Ana Lima <ana@a.example>\nSent: Tuesday, March 4, 2025 9:15 AM\nTo: Bo\nSubject: x\n\nIt is broken.",
        ),
        ("x", "Please forward this message: it matters."),
        ("x", "The forwarded message was lost."),
    ] {
        assert_eq!(forwarded(subject, text), None, "{text}");
    }
}

#[test]
fn a_mail_that_is_attached_is_forwarded_too() {
    let raw = "From: Bo <bo@b.example>\r\nSubject: Fw: Broken\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nSee attached.\r\n--B\r\nContent-Type: message/rfc822\r\n\r\nFrom: =?utf-8?Q?Ana_L=C3=ADma?= <ana@a.example>\r\nSubject: Broken\r\n\r\nIt is broken.\r\n--B--\r\n";
    let found = parse(raw.as_bytes()).forwarded.expect("a forward");
    let from = found.from.expect("a sender");
    assert_eq!(
        (from.name.as_deref(), from.address.as_str()),
        (Some("Ana Líma"), "ana@a.example")
    );
    assert_eq!(
        (found.subject.as_deref(), found.body.as_str()),
        (Some("Broken"), "It is broken.")
    );
}
