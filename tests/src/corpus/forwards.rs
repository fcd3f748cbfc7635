//! Mails that pass another one on.

use serde_json::json;

use super::{Case, crlf, mail};

/// A language: what Gmail and Apple announce, then From, Date, Subject, To.
const LANGUAGES: &[(&str, &str, &str, [&str; 4])] = &[
    (
        "en",
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        ["From", "Date", "Subject", "To"],
    ),
    (
        "es",
        "---------- Mensaje reenviado ---------",
        "Inicio del mensaje reenviado:",
        ["De", "Fecha", "Asunto", "Para"],
    ),
    (
        "pt",
        "---------- Mensagem encaminhada ---------",
        "Início da mensagem encaminhada:",
        ["De", "Data", "Assunto", "Para"],
    ),
    (
        "de",
        "---------- Weitergeleitete Nachricht ---------",
        "Anfang der weitergeleiteten Nachricht:",
        ["Von", "Datum", "Betreff", "An"],
    ),
    (
        "fr",
        "---------- Message transféré ---------",
        "Début du message transféré :",
        ["De", "Date", "Objet", "À"],
    ),
    (
        "it",
        "---------- Messaggio inoltrato ---------",
        "Inizio messaggio inoltrato:",
        ["Da", "Data", "Oggetto", "A"],
    ),
    (
        "nl",
        "---------- Doorgestuurd bericht ---------",
        "Begin doorgestuurd bericht:",
        ["Van", "Datum", "Onderwerp", "Aan"],
    ),
    (
        "sv",
        "---------- Vidarebefordrat meddelande ---------",
        "Vidarebefordrat brev:",
        ["Från", "Datum", "Ämne", "Till"],
    ),
    (
        "pl",
        "---------- Przekazana wiadomość ---------",
        "Początek przekazywanej wiadomości:",
        ["Od", "Data", "Temat", "Do"],
    ),
    (
        "ru",
        "---------- Пересылаемое сообщение ---------",
        "Начало переадресованного сообщения:",
        ["От", "Дата", "Тема", "Кому"],
    ),
    (
        "zh",
        "---------- 转发的邮件 ---------",
        "开始转发的邮件：",
        ["发件人", "日期", "主题", "收件人"],
    ),
    (
        "ja",
        "---------- 転送メッセージ ---------",
        "転送されたメッセージ:",
        ["差出人", "日付", "件名", "宛先"],
    ),
];

pub(super) fn add(cases: &mut Vec<Case>) {
    let kind = "Content-Type: text/plain; charset=utf-8";
    let expect = |subject: &str| {
        json!({ "forwarded": {
            "from": { "name": "Ana Lima", "address": "ana@acme.example" },
            "subject": subject,
            "body": "It is broken.\n\nAna",
            "comment": "Please help her.",
        } })
    };
    for (language, gmail, apple, [from, date, subject, to]) in LANGUAGES {
        let block = format!(
            "{from}: Ana Lima <ana@acme.example>\n{date}: 4/3/2025 09:15\n{subject}: Broken\n{to}: Bo Berg <bo@b.example>"
        );
        let text = format!("Please help her.\n\n{gmail}\n{block}\n\n\nIt is broken.\n\nAna\n");
        cases.push(Case::new(
            format!("forward-gmail-{language}"),
            mail("Fwd: Broken", kind, crlf(&text).as_bytes()),
            expect("Broken"),
        ));
        let quoted = format!("{block}\n\nIt is broken.\n\nAna").replace('\n', "\n> ");
        let text = format!("Please help her.\n\n{apple}\n\n> {quoted}\n");
        cases.push(Case::new(
            format!("forward-apple-{language}"),
            mail("Broken", kind, crlf(&text).as_bytes()),
            expect("Broken"),
        ));
        let text = format!("Please help her.\n\n{block}\n\nIt is broken.\n\nAna\n");
        cases.push(Case::new(
            format!("forward-outlook-{language}"),
            mail("FW: Broken", kind, crlf(&text).as_bytes()),
            expect("Broken"),
        ));
    }
    let attached = "--B\nContent-Type: text/plain\n\nPlease help her.\n--B\nContent-Type: message/rfc822\n\nFrom: Ana Lima <ana@acme.example>\nSubject: Broken\nContent-Type: text/plain\n\nIt is broken.\n\nAna\n--B--\n";
    cases.push(Case::new(
        "forward-attached",
        mail("Fwd: Broken", "Content-Type: multipart/mixed; boundary=B", crlf(attached).as_bytes()),
        json!({ "forwarded": { "from": { "name": "Ana Lima", "address": "ana@acme.example" }, "subject": "Broken" }, "attachments": [{ "name": "Broken.eml", "type": "message/rfc822" }] }),
    ));
}
