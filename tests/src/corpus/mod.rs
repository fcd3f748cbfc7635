//! The corpus of mails: made here, kept in `corpus/mail`, each with what must be read from it beside it.
//! What is expected comes from what was put in, never from what the parser says.

mod automatic;
mod bounces;
mod charsets;
mod forwards;
mod headers;
mod quoting;
mod structure;

use serde_json::Value;

/// One mail and what `email inspect` must say of it: every field that is named here, and perhaps more.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its two files.
    pub name: String,
    /// The mail.
    pub raw: Vec<u8>,
    /// What is expected.
    pub expect: Value,
}

impl Case {
    fn new(name: impl Into<String>, raw: impl Into<Vec<u8>>, expect: Value) -> Case {
        Case {
            name: name.into(),
            raw: raw.into(),
            expect,
        }
    }
}

/// All of them, in order of their names.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    charsets::add(&mut cases);
    quoting::add(&mut cases);
    forwards::add(&mut cases);
    bounces::add(&mut cases);
    automatic::add(&mut cases);
    headers::add(&mut cases);
    structure::add(&mut cases);
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// The header that most mails share; `more` adds fields, each on a line.
fn mail(subject: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let more = if more.is_empty() {
        String::new()
    } else {
        format!("{more}\n")
    };
    let header = format!(
        "From: Bo Berg <bo@b.example>\nTo: support@acme.example\nSubject: {subject}\nDate: Tue, 4 Mar 2025 09:15:00 +0100\nMessage-ID: <1@b.example>\nMIME-Version: 1.0\n{more}\n"
    );
    let mut raw = header.replace('\n', "\r\n").into_bytes();
    raw.extend_from_slice(body);
    raw
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap_or_default())
        .collect();
    lines.join("\r\n") + "\r\n"
}

fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut width = 0;
    for byte in bytes {
        let piece = match byte {
            b'\n' => {
                out.push_str("\r\n");
                width = 0;
                continue;
            }
            b'=' => "=3D".to_owned(),
            0x20..=0x7e => char::from(*byte).to_string(),
            byte => format!("={byte:02X}"),
        };
        if width + piece.len() > 74 {
            out.push_str("=\r\n");
            width = 0;
        }
        width += piece.len();
        out.push_str(&piece);
    }
    out + "\r\n"
}
