//! Parts, files and everything that can be broken about them.

use serde_json::{Value, json};

use super::{Case, base64, crlf, mail};

fn push(cases: &mut Vec<Case>, name: &str, more: &str, body: &str, expect: Value) {
    cases.push(Case::new(name, mail("Printer", more, crlf(body).as_bytes()), expect));
}

fn file(name: &str, kind: &str, size: usize) -> Value {
    json!({ "name": name, "type": kind, "size": size })
}

pub(super) fn add(cases: &mut Vec<Case>) {
    trees(cases);
    files(cases);
    labelled(cases);
    large(cases);
}

fn trees(cases: &mut Vec<Case>) {
    let mixed = "Content-Type: multipart/mixed; boundary=B";
    let part = "--B\nContent-Type: text/plain\n\nHello\n";
    let pdf = "--B\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n";
    let whole = json!({ "text": "Hello", "attachments": [file("a.pdf", "application/pdf", 4)], "quarantined": null });
    push(
        cases,
        "tree-plain",
        mixed,
        &format!("{part}{pdf}--B--\n"),
        whole.clone(),
    );
    push(
        cases,
        "tree-unterminated",
        mixed,
        &format!("{part}{pdf}"),
        whole.clone(),
    );
    push(
        cases,
        "tree-preamble",
        mixed,
        &format!("This is a multi-part message.\n\n{part}{pdf}--B--\nepilogue"),
        whole.clone(),
    );
    push(
        cases,
        "tree-closed-too-early",
        mixed,
        &format!("{part}--B--\n{pdf}--B--\n"),
        whole.clone(),
    );
    push(
        cases,
        "tree-boundary-with-spaces",
        mixed,
        &format!("{}{pdf}--B--\n", part.replace("--B\n", "--B  \t\n")),
        whole.clone(),
    );
    push(
        cases,
        "tree-boundary-not-declared",
        "Content-Type: multipart/mixed",
        &format!(
            "{}{}--XYZ--\n",
            part.replace("--B", "--XYZ"),
            pdf.replace("--B", "--XYZ")
        ),
        whole.clone(),
    );
    push(
        cases,
        "tree-boundary-wrong",
        "Content-Type: multipart/mixed; boundary=other",
        &format!(
            "{}{}--XYZ--\n",
            part.replace("--B", "--XYZ"),
            pdf.replace("--B", "--XYZ")
        ),
        whole.clone(),
    );
    push(
        cases,
        "tree-no-content-type",
        "X-Nothing: x",
        &format!(
            "{}{}--XYZ--\n",
            part.replace("--B", "--XYZ"),
            pdf.replace("--B", "--XYZ")
        ),
        whole.clone(),
    );
    push(
        cases,
        "tree-part-without-header",
        mixed,
        &format!("--B\n\nHello\n{pdf}--B--\n"),
        whole.clone(),
    );
    push(
        cases,
        "tree-part-without-empty-line",
        mixed,
        &format!("--B\nHello\n{pdf}--B--\n"),
        whole.clone(),
    );
    push(
        cases,
        "tree-quoted-boundary",
        "Content-Type: multipart/mixed;\n boundary=\"B\"",
        &format!("{part}{pdf}--B--\n"),
        whole.clone(),
    );
    cases.push(Case::new(
        "tree-bare-line-feeds",
        String::from_utf8_lossy(&mail("Printer", mixed, format!("{part}{pdf}--B--\n").as_bytes()))
            .replace("\r\n", "\n"),
        whole.clone(),
    ));
    cases.push(Case::new(
        "tree-bare-returns",
        String::from_utf8_lossy(&mail("Printer", mixed, format!("{part}{pdf}--B--\n").as_bytes()))
            .replace("\r\n", "\r")
            .replace('\n', "\r"),
        whole.clone(),
    ));
    let inner = format!("--A\nContent-Type: multipart/mixed; boundary=B\n\n{part}{pdf}");
    push(
        cases,
        "tree-inner-never-closed",
        "Content-Type: multipart/mixed; boundary=A",
        &format!("{inner}--A\nContent-Type: text/csv; name=b.csv\n\na;b\n--A--\n"),
        json!({ "text": "Hello", "attachments": [file("a.pdf", "application/pdf", 4), file("b.csv", "text/csv", 3)] }),
    );
    push(
        cases,
        "tree-same-boundary-inside",
        "Content-Type: multipart/mixed; boundary=B",
        &format!("--B\nContent-Type: multipart/alternative; boundary=B\n\n{part}{pdf}--B--\n"),
        whole.clone(),
    );
    push(
        cases,
        "tree-alternative",
        "Content-Type: multipart/alternative; boundary=B",
        "--B\nContent-Type: text/plain\n\nHello\n--B\nContent-Type: text/html\n\n<p>Hello <b>page</b></p>\n--B--\n",
        json!({ "text": "Hello", "html": "<p>Hello <b>page</b></p>", "attachments": [] }),
    );
    push(
        cases,
        "tree-alternative-empty-text",
        "Content-Type: multipart/alternative; boundary=B",
        "--B\nContent-Type: text/plain\n\n\n--B\nContent-Type: text/html\n\n<p>Hello</p>\n--B--\n",
        json!({ "text": "Hello", "attachments": [] }),
    );
    push(
        cases,
        "tree-two-texts",
        mixed,
        "--B\nContent-Type: text/plain\n\nHello\n--B\nContent-Type: text/plain\n\nand bye\n--B--\n",
        json!({ "text": "Hello\n\nand bye", "attachments": [] }),
    );
    push(
        cases,
        "tree-text-picture-text",
        mixed,
        "--B\nContent-Type: text/html\n\n<p>Before</p>\n--B\nContent-Type: image/png\nContent-Disposition: inline; filename=p.png\nContent-Transfer-Encoding: base64\n\niVBORw==\n--B\nContent-Type: text/html\n\n<p>After</p>\n--B--\n",
        json!({ "text": "Before\n\nAfter", "attachments": [file("p.png", "image/png", 4)] }),
    );
    let related = "--B\nContent-Type: multipart/related; boundary=R\n\n--R\nContent-Type: text/html\n\n<p>See <img src=\"cid:p@x\"></p>\n--R\nContent-Type: image/png\nContent-ID: <p@x>\nContent-Transfer-Encoding: base64\n\niVBORw==\n--R--\n--B--\n";
    push(
        cases,
        "tree-related",
        mixed,
        related,
        json!({ "text": "See", "attachments": [{ "type": "image/png", "inline": true, "content_id": "p@x" }] }),
    );
    push(
        cases,
        "tree-related-by-place",
        "Content-Type: multipart/related; boundary=R",
        "--R\nContent-Type: text/html\n\n<p>See <img src=\"p1.png\"></p>\n--R\nContent-Type: image/png\nContent-Location: p1.png\nContent-Transfer-Encoding: base64\n\niVBORw==\n--R--\n",
        json!({ "attachments": [{ "name": "p1.png", "inline": true, "content_id": "p1.png" }] }),
    );
    push(
        cases,
        "tree-digest",
        "Content-Type: multipart/digest; boundary=B",
        "--B\n\nFrom: a@b.example\nSubject: One\n\nx\n--B\n\nFrom: a@b.example\nSubject: Two\n\ny\n--B--\n",
        json!({ "attachments": [{ "name": "One.eml" }, { "name": "Two.eml" }] }),
    );
    push(
        cases,
        "tree-nested-mail",
        mixed,
        "--B\n\nHello\n--B\nContent-Type: message/rfc822\n\nFrom: a@b.example\nSubject: Inner\nContent-Type: multipart/mixed; boundary=C\n\n--C\n\ndeep\n--C\nContent-Type: text/csv; name=c.csv\n\na\n--C--\n--B--\n",
        json!({ "text": "Hello", "attachments": [{ "name": "Inner.eml", "type": "message/rfc822" }] }),
    );
    for depth in [10usize, 39, 200, 2_000] {
        let mut body = String::new();
        for level in 1..=depth {
            body.push_str(&format!(
                "--b{}\nContent-Type: multipart/mixed; boundary=b{level}\n\n",
                level - 1
            ));
        }
        body.push_str(&format!("--b{depth}\nContent-Type: text/plain\n\nDeep inside\n"));
        let expect = if depth < 40 {
            json!({ "text": "Deep inside" })
        } else {
            json!({ "quarantined": null })
        };
        push(
            cases,
            &format!("tree-depth-{depth}"),
            "Content-Type: multipart/mixed; boundary=b0",
            &body,
            expect,
        );
    }
}

fn files(cases: &mut Vec<Case>) {
    let mixed = "Content-Type: multipart/mixed; boundary=B";
    let names = [
        ("plain", "filename=report.pdf", "report.pdf"),
        ("quoted", "filename=\"my report.pdf\"", "my report.pdf"),
        ("semicolon", "filename=\"a;b.pdf\"", "a;b.pdf"),
        (
            "rfc2231",
            "filename*=utf-8''fa%C3%A7ade%20%E2%82%AC.pdf",
            "façade €.pdf",
        ),
        ("rfc2231-latin1", "filename*=iso-8859-1'fr'fa%E7ade.pdf", "façade.pdf"),
        (
            "rfc2231-pieces",
            "filename*0*=utf-8''fa%C3%A7;\n filename*1*=ade%20;\n filename*2=x.pdf",
            "façade x.pdf",
        ),
        ("encoded-word", "filename=\"=?utf-8?Q?fa=C3=A7ade.pdf?=\"", "façade.pdf"),
        (
            "encoded-words",
            "filename=\"=?utf-8?B?ZmHDp2E=?=\n =?utf-8?B?ZGUucGRm?=\"",
            "façade.pdf",
        ),
        ("percent", "filename=fa%C3%A7ade.pdf", "façade.pdf"),
        ("path", "filename=\"..\\..\\windows\\evil.pdf\"", "evil.pdf"),
        ("unix-path", "filename=\"/etc/passwd.pdf\"", "passwd.pdf"),
        ("dots", "filename=\"...hidden.pdf\"", "hidden.pdf"),
        ("direction", "filename*=utf-8''a%E2%80%AEfdp.exe", "afdp.exe"),
        ("open-quote", "filename=\"open.pdf", "open.pdf"),
        ("none", "x=y", "attachment-1.pdf"),
    ];
    for (how, parameter, name) in names {
        let body = format!(
            "--B\n\nHello\n--B\nContent-Type: application/pdf\nContent-Disposition: attachment; {parameter}\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--B--\n"
        );
        push(
            cases,
            &format!("file-name-{how}"),
            mixed,
            &body,
            json!({ "text": "Hello", "attachments": [file(name, "application/pdf", 4)] }),
        );
    }
    let with = |encoding: &str, content: &str| {
        format!(
            "--B\n\nHello\n--B\nContent-Type: application/octet-stream; name=x.bin\nContent-Transfer-Encoding: {encoding}\n\n{content}\n--B--\n"
        )
    };
    for (how, encoding, content, size) in [
        ("base64-broken-lines", "base64", "aGVs\nbG8g\n\nd29y\nbGQ=", 11),
        ("base64-with-spaces", "BASE64", " aGVs bG8g d29y bGQ= ", 11),
        ("base64-no-padding", "base64", "aGVsbG8", 5),
        ("base64-pieces", "base64", "aGVsbG8=\naGVsbG8=", 10),
        ("base64-with-comment", "base64 (really)", "aGVsbG8=", 5),
        ("not-base64", "base64", "This is no base64 at all, is it? (No.)", 38),
        ("unknown-encoding", "x-rot13", "uryyb", 5),
        ("qp-binary", "quoted-printable", "=00=FF=\nx", 3),
        ("uuencode", "x-uuencode", "begin 644 x\n%:&5L;&\\\n`\nend", 5),
    ] {
        push(
            cases,
            &format!("file-{how}"),
            mixed,
            &with(encoding, content),
            json!({ "text": "Hello", "attachments": [{ "name": "x.bin", "size": size }] }),
        );
    }
    push(
        cases,
        "file-uuencode-in-text",
        "Content-Type: text/plain",
        "See this.\n\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\nBye",
        json!({ "text": "See this.\n\nBye", "attachments": [{ "name": "a.txt", "size": 5 }] }),
    );
    push(
        cases,
        "file-text-inline-named",
        mixed,
        "--B\n\nHello\n--B\nContent-Type: text/plain; name=log.txt\nContent-Disposition: inline; filename=log.txt\n\nlog\n--B--\n",
        json!({ "text": "Hello", "attachments": [file("log.txt", "text/plain", 3)] }),
    );
    push(
        cases,
        "file-only",
        "Content-Type: application/pdf; name=scan.pdf\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64",
        "JVBERg==",
        json!({ "text": "", "attachments": [file("scan.pdf", "application/pdf", 4)] }),
    );
    push(
        cases,
        "file-body-with-name",
        "Content-Type: text/plain; name=message.txt",
        "Hello",
        json!({ "text": "Hello", "attachments": [] }),
    );
}

fn labelled(cases: &mut Vec<Case>) {
    push(
        cases,
        "label-pgp-signed",
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=B",
        "--B\nContent-Type: text/plain\n\nHello\n--B\nContent-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\nx\n--B--\n",
        json!({ "text": "Hello", "signed": true, "encrypted": false, "attachments": [{ "name": "signature.asc" }] }),
    );
    push(
        cases,
        "label-smime-signed",
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=B",
        "--B\nContent-Type: text/plain\n\nHello\n--B\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIB\n--B--\n",
        json!({ "text": "Hello", "signed": true, "encrypted": false, "attachments": [{ "name": "smime.p7s" }] }),
    );
    push(
        cases,
        "label-pgp-encrypted",
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=B",
        "--B\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--B\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\nx\n--B--\n",
        json!({ "encrypted": true, "attachments": [{}, { "name": "encrypted.asc" }] }),
    );
    push(
        cases,
        "label-smime-encrypted",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64",
        "MIIBAA==",
        json!({ "encrypted": true, "attachments": [{ "name": "smime.p7m" }] }),
    );
    push(
        cases,
        "label-pgp-inline-signed",
        "Content-Type: text/plain",
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- --\nBo\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n",
        json!({ "signed": true, "reply": "Hello" }),
    );
    push(
        cases,
        "label-pgp-inline-encrypted",
        "Content-Type: text/plain",
        "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n",
        json!({ "encrypted": true }),
    );
    let content = b"Content-Type: text/plain\r\n\r\nHello inside\r\n";
    push(
        cases,
        "label-smime-opaque",
        "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64",
        &base64(&signed_data(content)).replace("\r\n", "\n"),
        json!({ "text": "Hello inside", "signed": true, "encrypted": false }),
    );
    let calendar = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Visit\nDTSTART:20250304T120000Z\nDTEND:20250304T133000Z\nLOCATION:Rua A\\, 1\nORGANIZER;CN=Ana:mailto:ana@acme.example\nEND:VEVENT\nEND:VCALENDAR\n";
    push(
        cases,
        "calendar-alone",
        "Content-Type: text/calendar; method=REQUEST; charset=utf-8",
        calendar,
        json!({ "text": "Visit\n2025-03-04 12:00 – 13:30 (UTC)\nRua A, 1\nAna <ana@acme.example>", "invitation": { "method": "request", "summary": "Visit", "start_at": 1_741_089_600_000_i64, "end_at": 1_741_095_000_000_i64 }, "attachments": [{ "type": "text/calendar" }] }),
    );
    push(
        cases,
        "calendar-alternative",
        "Content-Type: multipart/alternative; boundary=B",
        &format!(
            "--B\nContent-Type: text/plain\n\nPlease come.\n--B\nContent-Type: text/calendar; method=CANCEL\n\n{}--B--\n",
            calendar.replace("REQUEST", "CANCEL")
        ),
        json!({ "text": "Please come.", "invitation": { "method": "cancel", "location": "Rua A, 1" } }),
    );
    let tnef = tnef(&[("PLAN~1.TXT", b"plan")], "Hello from Outlook");
    let body = format!(
        "--B\nContent-Type: text/plain\n\n\n--B\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n{}--B--\n",
        base64(&tnef).replace("\r\n", "\n")
    );
    push(
        cases,
        "tnef",
        "Content-Type: multipart/mixed; boundary=B",
        &body,
        json!({ "text": "Hello from Outlook", "attachments": [{ "name": "PLAN~1.TXT", "size": 4 }] }),
    );
    let broken = format!(
        "--B\nContent-Type: text/plain\n\nHello\n--B\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n{}--B--\n",
        base64(b"no container").replace("\r\n", "\n")
    );
    push(
        cases,
        "tnef-broken",
        "Content-Type: multipart/mixed; boundary=B",
        &broken,
        json!({ "text": "Hello", "attachments": [{ "name": "winmail.dat", "size": 12 }] }),
    );
}

/// The smallest DER that wraps a content (RFC 5652).
fn signed_data(content: &[u8]) -> Vec<u8> {
    let wrap = |tag: u8, inside: &[u8]| {
        let length = u16::try_from(inside.len()).unwrap_or(u16::MAX).to_be_bytes();
        [&[tag, 0x82][..], &length, inside].concat()
    };
    let oid = |last: u8| [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, last];
    let inner = wrap(0x30, &[&oid(1)[..], &wrap(0xa0, &wrap(0x04, content))].concat());
    let signed = wrap(0x30, &[&[0x02, 1, 1][..], &[0x31, 0], &inner].concat());
    wrap(0x30, &[&oid(2)[..], &wrap(0xa0, &signed)].concat())
}

/// The smallest container of Outlook's: a body and files.
fn tnef(files: &[(&str, &[u8])], body: &str) -> Vec<u8> {
    let attribute = |level: u8, id: u32, data: &[u8]| {
        let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        let length = u32::try_from(data.len()).unwrap_or(0).to_le_bytes();
        [&[level][..], &id.to_le_bytes(), &length, data, &sum.to_le_bytes()].concat()
    };
    let mut out = [&0x223e_9f78u32.to_le_bytes()[..], &[1, 0]].concat();
    out.extend(attribute(1, 0x0002_800c, format!("{body}\0").as_bytes()));
    for (name, bytes) in files {
        out.extend(attribute(2, 0x0006_9002, &[0; 14]));
        out.extend(attribute(2, 0x0001_8010, format!("{name}\0").as_bytes()));
        out.extend(attribute(2, 0x0006_800f, bytes));
    }
    out
}

fn large(cases: &mut Vec<Case>) {
    let mut body = String::from("--B\n\nHello\n");
    for number in 0..999 {
        body.push_str(&format!(
            "--B\nContent-Type: text/csv; name=f{number}.csv\n\n{number}\n"
        ));
    }
    body.push_str("--B--\n");
    let files: Vec<Value> = (0..999)
        .map(|number| json!({ "name": format!("f{number}.csv") }))
        .collect();
    push(
        cases,
        "large-thousand-parts",
        "Content-Type: multipart/mixed; boundary=B",
        &body,
        json!({ "text": "Hello", "attachments": files }),
    );
    let deep = format!(
        "<html><body>{}Hello{}</body></html>",
        "<div>".repeat(2_000),
        "</div>".repeat(2_000)
    );
    push(
        cases,
        "large-deep-page",
        "Content-Type: text/html",
        &deep,
        json!({ "text": "Hello", "html": null, "attachments": [{ "name": "message.html" }] }),
    );
    push(
        cases,
        "large-references",
        &format!("References: {}", "<a@b.example> ".repeat(200)),
        "Hello",
        json!({ "text": "Hello" }),
    );
}
