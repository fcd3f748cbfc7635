//! Texts in the charsets of the world: declared rightly, wrongly and not at all, in every encoding.

use encoding_rs::Encoding;
use serde_json::json;

use super::{Case, base64, mail, quoted_printable};

/// A charset, a text in it, and whether it can be told without being declared.
const TEXTS: &[(&str, &str, bool)] = &[
    ("utf-8", "Olá, a impressora não funciona. Ação urgente!", true),
    (
        "windows-1252",
        "Olá, a impressora não funciona. Ação urgente – “já”, por favor.",
        true,
    ),
    (
        "iso-8859-2",
        "Dobrý den, tiskárna nefunguje. Děkuji za pomoc, příště lépe, žluťoučký kůň.",
        false,
    ),
    (
        "windows-1250",
        "Dzień dobry, drukarka nie działa. Dziękuję za pomoc, żółta gęś świszczy.",
        true,
    ),
    (
        "windows-1251",
        "Здравствуйте, принтер не печатает. Помогите, пожалуйста, это срочно.",
        true,
    ),
    (
        "koi8-r",
        "Здравствуйте, принтер не печатает. Помогите, пожалуйста, это срочно.",
        true,
    ),
    (
        "koi8-u",
        "Добрий день, принтер не друкує. Допоможіть, будь ласка, їжак і ґанок.",
        false,
    ),
    (
        "ibm866",
        "Здравствуйте, принтер не печатает. Помогите, пожалуйста, это срочно.",
        true,
    ),
    (
        "iso-8859-5",
        "Здравствуйте, принтер не печатает. Помогите, пожалуйста, это срочно.",
        false,
    ),
    (
        "windows-1253",
        "Καλημέρα, ο εκτυπωτής δεν λειτουργεί. Ευχαριστώ πολύ για τη βοήθεια.",
        true,
    ),
    (
        "iso-8859-7",
        "Καλημέρα, ο εκτυπωτής δεν λειτουργεί. Ευχαριστώ πολύ για τη βοήθεια.",
        false,
    ),
    (
        "windows-1254",
        "Merhaba, yazıcı çalışmıyor. Yardımınız için teşekkür ederim, iyi günler.",
        false,
    ),
    ("windows-1255", "שלום, המדפסת אינה עובדת. תודה רבה על העזרה.", true),
    ("windows-1256", "مرحبا، الطابعة لا تعمل. شكرا جزيلا على المساعدة.", true),
    (
        "shift_jis",
        "お世話になっております。プリンターが動きません。よろしくお願いいたします。",
        true,
    ),
    (
        "euc-jp",
        "お世話になっております。プリンターが動きません。よろしくお願いいたします。",
        true,
    ),
    (
        "iso-2022-jp",
        "お世話になっております。プリンターが動きません。よろしくお願いいたします。",
        true,
    ),
    (
        "gb18030",
        "您好，打印机无法工作，请帮助我们解决这个问题。谢谢您的支持。",
        true,
    ),
    (
        "big5",
        "您好，印表機無法工作，請幫助我們解決這個問題。謝謝您的支持。",
        true,
    ),
    (
        "euc-kr",
        "안녕하세요. 프린터가 작동하지 않습니다. 도와주시면 감사하겠습니다.",
        true,
    ),
    ("windows-874", "สวัสดีครับ เครื่องพิมพ์ไม่ทำงาน ช่วยด้วยครับ ขอบคุณมาก", true),
    ("windows-1258", "Chào bạn, máy in hỏng.", false),
    (
        "macintosh",
        "Guten Tag, der Drucker läuft nicht. Schöne Grüße, Müller",
        false,
    ),
];

pub(super) fn add(cases: &mut Vec<Case>) {
    for (charset, text, can_be_told) in TEXTS {
        let Some(encoding) = Encoding::for_label(charset.as_bytes()) else {
            continue;
        };
        let (bytes, _, has_errors) = encoding.encode(text);
        let (bytes, text) = if has_errors {
            // What the charset cannot hold is left out.
            let plain: String = text.chars().filter(|c| !encoding.encode(&c.to_string()).2).collect();
            (encoding.encode(&plain).0.into_owned(), plain)
        } else {
            (bytes.into_owned(), (*text).to_owned())
        };
        let expect = json!({ "text": text, "reply": text, "quarantined": null });
        let declarations: &[(&str, &str)] = if *can_be_told {
            &[
                ("right", "declared"),
                ("none", ""),
                ("utf8", "utf-8"),
                ("ascii", "us-ascii"),
            ]
        } else {
            &[("right", "declared")]
        };
        for (how, label) in declarations {
            let label = if *label == "declared" { charset } else { label };
            let kind = if label.is_empty() {
                "Content-Type: text/plain".to_owned()
            } else {
                format!("Content-Type: text/plain; charset={label}")
            };
            for (encoding, body) in [
                ("8bit", bytes.clone()),
                ("base64", base64(&bytes).into_bytes()),
                ("quoted-printable", quoted_printable(&bytes).into_bytes()),
            ] {
                // One encoding is enough where the declaration is what is tried.
                if *how != "right" && encoding == "quoted-printable" {
                    continue;
                }
                let more = format!("{kind}\nContent-Transfer-Encoding: {encoding}");
                let raw = mail("Test", &more, &body);
                cases.push(Case::new(
                    format!("charset-{charset}-{how}-{encoding}"),
                    raw,
                    expect.clone(),
                ));
            }
        }
        // The same in the header: one word, and one that is cut in the middle of a character.
        use base64::Engine as _;
        let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        let short: String = text.chars().take(12).collect::<String>().trim().to_owned();
        let (short_bytes, _, _) = encoding.encode(&short);
        let subject = format!("=?{charset}?B?{}?=", encode(&short_bytes));
        let clean: String = short.split_whitespace().collect::<Vec<_>>().join(" ");
        cases.push(Case::new(
            format!("subject-{charset}"),
            mail(&subject, "", b"x\r\n"),
            json!({ "subject": clean }),
        ));
        if short_bytes.len() > 4 && *charset != "iso-2022-jp" {
            let (one, two) = short_bytes.split_at(3);
            let subject = format!("=?{charset}?B?{}?=\n =?{charset}?B?{}?=", encode(one), encode(two));
            cases.push(Case::new(
                format!("subject-{charset}-cut"),
                mail(&subject, "", b"x\r\n"),
                json!({ "subject": clean }),
            ));
        }
    }
    for (name, label, body, text) in [
        (
            "utf7",
            "utf-7",
            &b"Ol+AOE, a impress+AOM-o falhou: 1 +- 1"[..],
            "Olá, a impressão falhou: 1 + 1",
        ),
        ("hz", "hz-gb-2312", b"~{<:Ky2;S{~}", "己所不欲"),
        ("iso2022kr", "iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f ok", "안녕 ok"),
        ("utf16", "utf-16", b"\xff\xfeO\0l\0\xe1\0", "Olá"),
    ] {
        let more = format!("Content-Type: text/plain; charset={label}");
        cases.push(Case::new(
            format!("charset-{name}"),
            mail("Test", &more, body),
            json!({ "text": text }),
        ));
    }
    let html = b"<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=koi8-r\"></head><body><p>\xf0\xd2\xc9\xd7\xc5\xd4</p></body></html>";
    cases.push(Case::new(
        "charset-in-html",
        mail("Test", "Content-Type: text/html", html),
        json!({ "text": "Привет" }),
    ));
    let raw_subject = [&b"From: a@b.example\r\nSubject: \xcf\xf0\xe8\xed\xf2\xe5\xf0 \xed\xe5 \xf0\xe0\xe1\xee\xf2\xe0\xe5\xf2\r\n\r\nx\r\n"[..]].concat();
    cases.push(Case::new(
        "subject-raw-bytes",
        raw_subject,
        json!({ "subject": "Принтер не работает" }),
    ));
}
