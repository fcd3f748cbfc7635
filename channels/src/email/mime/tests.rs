use super::parsed::MAX_ATTACHMENTS;
use super::*;

fn mail(header: &str, body: &[u8]) -> Vec<u8> {
    let mut raw = format!("{}\r\n\r\n", header.replace('\n', "\r\n")).into_bytes();
    raw.extend_from_slice(body);
    raw
}

const PLAIN: &str = "From: Ana <ana@a.example>\nTo: support@b.example\nSubject: Hi\nMessage-ID: <1@a.example>\nDate: Tue, 4 Mar 2025 09:15:00 -0300";

#[test]
fn a_plain_mail_is_read_whole() {
    let header = format!(
        "{PLAIN}\nIn-Reply-To: <p@b.example>\nReferences: <o@b.example>\n\t<p@b.example>\nCc: \"Bo, B\" <bo@c.example>, eva@d.example\nReply-To: other@a.example\nDelivered-To: support+tok@b.example"
    );
    let parsed = parse(&mail(&header, b"Hello there, the printer is broken.\r\n"));
    assert_eq!(parsed.message_id, "1@a.example");
    assert_eq!(parsed.in_reply_to, ["p@b.example"]);
    assert_eq!(parsed.references, ["o@b.example", "p@b.example"]);
    assert_eq!(parsed.subject.as_deref(), Some("Hi"));
    assert_eq!(
        parsed.from,
        Some(MailAddress {
            name: Some("Ana".into()),
            address: "ana@a.example".into()
        })
    );
    assert_eq!(parsed.cc.len(), 2);
    assert_eq!(parsed.cc[0].name.as_deref(), Some("Bo, B"));
    assert_eq!(parsed.reply_to[0].address, "other@a.example");
    assert_eq!(parsed.delivered_to, ["support+tok@b.example"]);
    assert_eq!(
        parsed.date.map(|d| d.to_string()).as_deref(),
        Some("2025-03-04T12:15:00Z")
    );
    assert_eq!(parsed.text.trim(), "Hello there, the printer is broken.");
    assert_eq!(parsed.language, Some(Language::En));
    assert_eq!((parsed.auto, parsed.quarantined), (Auto::None, None));
}

#[test]
fn charsets_are_found_out() {
    let text = "Olá, a impressão não funciona: café";
    let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("", text.as_bytes().to_vec()),
        ("", latin1.clone()),
        ("Content-Type: text/plain; charset=us-ascii", latin1.clone()),
        ("Content-Type: text/plain; charset=utf-8", latin1.clone()),
        ("Content-Type: text/plain; charset=iso-8859-1", latin1.clone()),
        ("Content-Type: text/plain; charset=iso-8859-1", text.as_bytes().to_vec()),
        ("Content-Type: text/plain; charset=x-unknown", latin1),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
            b"T2zDoSwgYSBpbXByZXNzw6NvIG7Do28gZnVuY2lvbmE6IGNhZsOp".to_vec(),
        ),
        (
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable",
            b"Ol=E1, a impress=E3o n=E3o funciona: caf=E9".to_vec(),
        ),
        (
            "Content-Transfer-Encoding: quoted-printable",
            b"Ol=E1, a impress=E3o n=E3o funciona: caf=E9".to_vec(),
        ),
    ];
    for (header, body) in cases {
        let header = if header.is_empty() {
            PLAIN.to_owned()
        } else {
            format!("{PLAIN}\nMIME-Version: 1.0\n{header}")
        };
        assert_eq!(parse(&mail(&header, &body)).text.trim(), text, "{header}");
    }
    // A subject in bare Latin-1, and one in an encoded word.
    let mut raw = b"From: a@b.example\r\nSubject: N\xe3o\r\n\r\nx".to_vec();
    assert_eq!(parse(&raw).subject.as_deref(), Some("Não"));
    raw = b"From: a@b.example\r\nSubject: =?iso-8859-1?Q?N=E3o?= =?utf-8?B?IMOpIGlzc28=?=\r\n\r\nx".to_vec();
    assert_eq!(parse(&raw).subject.as_deref(), Some("Não é isso"));
}

#[test]
fn any_bytes_give_a_message() {
    let cases: &[&[u8]] = &[
        b"",
        b"\r\n\r\n",
        b"no header at all",
        b"\xff\xfe\x00\x01",
        b"From: \r\n\r\n",
        b"From: a@b.example",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Content-Type: multipart/alternative\r\n\r\n--\r\n",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b":\r\n: \r\n\r\n",
        b"From a@b Mon Jan 1 00:00:00 2024\nFrom: a@b.example\nSubject: mbox\n\nbody",
    ];
    for raw in cases {
        let parsed = parse(raw);
        assert!(!parsed.message_id.is_empty());
        assert!(inspect(raw).is_object());
    }
    assert_eq!(parse(b"no header at all").text, "no header at all");
    assert!(parse(b"no header at all").quarantined.is_some());
    assert!(parse(b"").quarantined.is_some());
    assert_eq!(parse(cases[10]).subject.as_deref(), Some("mbox"));
    let missing = parse(b"From: a@b.example\r\n\r\nx");
    assert!(missing.message_id.starts_with("sha256-") && missing.message_id.ends_with("@missing"));
    assert_eq!(missing.message_id, parse(b"From: a@b.example\r\n\r\nx").message_id);
    assert_ne!(missing.message_id, parse(b"From: a@b.example\r\n\r\ny").message_id);
}

#[test]
fn attachments_keep_their_bytes_and_lose_their_paths() {
    let header = format!("{PLAIN}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B");
    let body = "--B\r\nContent-Type: multipart/related; boundary=R\r\n\r\n--R\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>See <img src=\"cid:logo@a\"></p>\r\n--R\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo@a>\r\nContent-Disposition: inline; filename=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--R--\r\n--B\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''..%2F..%2Ffa%C3%A7ade.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--B\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\na;b\r\n--B\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: inner\r\n\r\ndeep\r\n--B--\r\n";
    let parsed = parse(&mail(&header, body.as_bytes()));
    let names: Vec<(&str, &str, bool, &[u8])> = parsed
        .attachments
        .iter()
        .map(|f| (f.name.as_str(), f.media_type.as_str(), f.inline, f.bytes.as_slice()))
        .collect();
    assert_eq!(names[0], ("logo.png", "image/png", true, &[0u8, 1, 2][..]));
    assert_eq!(names[1], ("façade.pdf", "application/pdf", false, &b"%PDF"[..]));
    assert_eq!((names[2].1, names[2].3), ("text/csv", &b"a;b"[..]));
    assert_eq!((names[3].0, names[3].1), ("inner.eml", "message/rfc822"));
    assert!(
        names[3].3.starts_with(b"From: x@y.example"),
        "{:?}",
        String::from_utf8_lossy(names[3].3)
    );
    assert_eq!(parsed.attachments[0].content_id.as_deref(), Some("logo@a"));
    assert_eq!(parsed.attachments[1].sha256, hex::encode(Sha256::digest(b"%PDF")));
    assert!(parsed.html.as_deref().is_some_and(|h| h.contains("cid:logo@a")));
    assert!(parsed.text.starts_with("See"), "{}", parsed.text);
}

#[test]
fn uuencoded_files_are_taken_out_of_the_text() {
    let parsed = parse(&mail(
        PLAIN,
        b"See this.\r\n\r\nbegin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\nBye",
    ));
    assert_eq!(parsed.attachments.len(), 1, "{}", parsed.text);
    assert_eq!(
        (
            parsed.attachments[0].name.as_str(),
            parsed.attachments[0].bytes.as_slice()
        ),
        ("a.txt", &b"hello"[..])
    );
    assert!(!parsed.text.contains("begin") && parsed.text.contains("Bye"));
    let prose = parse(&mail(PLAIN, b"Let us begin 644 times\nand see the end\nend"));
    assert!(prose.attachments.is_empty() && prose.text.contains("begin"));
}

#[test]
fn the_reply_comes_from_html_or_text() {
    let header = format!("{PLAIN}\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=B");
    let body = "--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDa.\r\n\r\nAna 4 mar klingon:\r\nold text\r\n--B\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<div>Da.</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">Ana 4 mar klingon:</div><blockquote class=\"gmail_quote\">old text</blockquote></div>\r\n--B--\r\n";
    let parsed = parse(&mail(&header, body.as_bytes()));
    assert_eq!(parsed.reply, "Da.");
    assert!(parsed.text.contains("old text"));
}

#[test]
fn forged_senders_are_told_apart() {
    let results = [
        (
            "mx.b.example; spf=pass smtp.mailfrom=a.example; dkim=pass; dmarc=pass",
            false,
        ),
        (
            "mx.b.example; dkim=none; dmarc=fail (p=reject) header.from=a.example",
            true,
        ),
        ("mx.b.example; spf=fail smtp.mailfrom=a.example", true),
        ("mx.b.example; spf=fail; dkim=pass header.d=a.example", false),
        ("mx.b.example; spf=softfail", false),
    ];
    for (value, is_forged) in results {
        let header = format!("Authentication-Results: {value}\n{PLAIN}");
        assert_eq!(parse(&mail(&header, b"x")).is_forged, is_forged, "{value}");
    }
}

#[test]
fn an_oversized_mail_is_kept_for_a_person() {
    let parsed = parse(&mail(&format!("{OVERSIZED_HEADER}: 99000000\n{PLAIN}"), b""));
    assert_eq!(parsed.message_id, "1@a.example");
    assert!(parsed.quarantined.is_some_and(|why| why.contains("99000000")));
}

#[test]
fn deep_nesting_and_long_headers_are_cut() {
    let mut deep = String::from("From: a@b.example\r\n");
    for number in 0..2_000 {
        deep.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{number}\r\n\r\n--b{number}\r\n"
        ));
    }
    assert!(parse(deep.as_bytes()).attachments.len() <= MAX_ATTACHMENTS);
    let of = |head: String| parse(format!("From: a@b.example\r\n{head}\r\n\r\nx").as_bytes());
    assert_eq!(of(format!("X: {}", "y ".repeat(500_000))).text, "x");
    let many = of(format!("References: {}", "<a@b>".repeat(100_000)));
    assert_eq!(
        (many.references.len(), many.text.as_str()),
        (header::MAX_REFERENCES, "x")
    );
    let tags = parse(
        format!(
            "From: a@b.example\r\nContent-Type: text/html\r\n\r\n{}",
            "<div>".repeat(90_000)
        )
        .as_bytes(),
    );
    assert_eq!(tags.text.trim(), "");
    let files = parse(format!("From: a@b.example\r\n\r\n{}", "begin 644 x\r\n".repeat(50_000)).as_bytes());
    assert!(files.attachments.len() <= MAX_ATTACHMENTS);
}

#[test]
fn a_structure_that_stops_the_parser_is_still_shown() {
    let raw = mail(
        &format!("{PLAIN}\nContent-Type: multipart/mixed; boundary=B"),
        b"--B\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type:-=B\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>deep</p>\r\n--B--\r\n",
    );
    let parsed = parse(&raw);
    assert_eq!(
        (parsed.message_id.as_str(), parsed.subject.as_deref()),
        ("1@a.example", Some("Hi"))
    );
    let is_attached = parsed
        .attachments
        .iter()
        .any(|file| file.bytes.windows(4).any(|w| w == b"deep"));
    assert!(is_attached || parsed.text.contains("deep"), "{parsed:?}");
}
