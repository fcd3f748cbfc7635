//! One raw mail as a value; any bytes give one.
//!
//! `tree` finds the parts, `body` says what of them is text, HTML and files, `charset` and `words` turn
//! bytes into characters; `header` says who wrote to whom, and when.

use conversation::language;
use conversation::types::{Auto, Language};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cut;
use super::forward;
use super::headers::{Headers, after_empty_line, section_end};
use super::{auto, bounce, html, quote};

mod body;
mod calendar;
pub(super) mod charset;
mod cms;
mod files;
pub(super) mod header;
pub(super) mod parsed;
mod plain;
mod rtf;
mod tnef;
mod transfer;
mod tree;
mod uuencode;
mod words;

use body::Bodies;
pub use calendar::Invitation;
pub(crate) use parsed::file_name;
pub use parsed::{Forwarded, MailAddress, MailAttachment, ParsedMail, ThreadIndex};
use tree::Tree;

/// The header by which [`super::imap`] marks a mail of which it fetched only the header.
pub const OVERSIZED_HEADER: &str = "X-Switchboard-Oversized";
/// The header by which [`super::imap`] marks a mail that the server lists but does not give.
pub const UNREADABLE_HEADER: &str = "X-Switchboard-Unreadable";

/// Reads one raw mail. Never fails.
pub fn parse(raw: &[u8]) -> ParsedMail {
    let start = beginning(raw);
    let owned;
    let source = if memchr::memchr(b'\n', start).is_none() && start.contains(&b'\r') {
        // Line ends of a Macintosh of long ago.
        owned = start
            .iter()
            .map(|b| if *b == b'\r' { b'\n' } else { *b })
            .collect::<Vec<u8>>();
        owned.as_slice()
    } else {
        start
    };
    let headers = Headers::read(source);
    let mut mail = ParsedMail::empty(headers);
    let sha256 = hex::encode(Sha256::digest(raw));
    header::read(&mut mail, &sha256);
    let mut bodies = if mail.headers.is_empty() {
        // A body without any header: its first lines are words.
        let text = charset::decode(source, None, None).into_owned();
        Bodies::of_text(text)
    } else {
        let country = mail.from.as_ref().and_then(|from| country(&from.address));
        let tree = Tree::read(source, &mail.headers, after_empty_line(source, section_end(source)));
        Bodies::collect(&tree, country.as_deref())
    };
    uuencode::take(&mut bodies.text, &mut bodies.attachments);
    read_body(&mut mail, &bodies);
    mail.attachments = std::mem::take(&mut bodies.attachments);
    mail.is_signed = bodies.is_signed;
    mail.is_encrypted = bodies.is_encrypted;
    mail.invitation = bodies.invitation.take();
    mail.auto = auto::classify(&mail.headers, mail.subject.as_deref().unwrap_or_default());
    let facts = bounce::Notification {
        headers: &mail.headers,
        from: mail.from.as_ref().map_or("", |from| from.address.as_str()),
        subject: mail.subject.as_deref().unwrap_or_default(),
        text: &mail.text,
        status: bodies.delivery_status.as_deref(),
        returned: bodies.returned.as_deref(),
    };
    if mail.auto != Auto::Loop
        && let Some(found) = bounce::read(&facts)
    {
        mail.auto = found.auto;
        mail.bounce = found.bounce;
        mail.is_delayed = found.is_delayed;
    }
    if matches!(mail.auto, Auto::None | Auto::Bulk) {
        mail.forwarded = forward::find(&mail, bodies.returned.as_deref());
    }
    if mail.forwarded.is_some() {
        // What was passed on is the matter itself.
        mail.reply = mail.text.trim().to_owned();
    }
    let detected = language::detect(&mail.reply).or_else(|| language::detect(mail.subject.as_deref().unwrap_or("")));
    mail.language = detected.map(|detected| detected.language);
    mail.quarantined = quarantine_reason(&mail, raw);
    mail
}

/// The last label of a domain where it is a country's.
fn country(address: &str) -> Option<String> {
    let last = address.rsplit('.').next()?.to_ascii_lowercase();
    (last.len() == 2 && last.bytes().all(|b| b.is_ascii_lowercase())).then_some(last)
}

/// What `email inspect` prints.
pub fn inspect(raw: &[u8]) -> Value {
    let mail = parse(raw);
    json!({
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "subject": mail.subject,
        "from": mail.from.as_ref().map(|from| json!({"name": from.name, "address": from.address})),
        "to": mail.to,
        "cc": mail.cc,
        "reply_to": mail.reply_to,
        "date": mail.date.map(|date| date.to_string()),
        "text": mail.text,
        "reply": mail.reply,
        "html": mail.html,
        "attachments": mail.attachments.iter().map(|file| json!({
            "name": file.name,
            "type": file.media_type,
            "size": file.bytes.len(),
            "sha256": file.sha256,
            "inline": file.inline,
            "content_id": file.content_id,
        })).collect::<Vec<_>>(),
        "auto": mail.auto.as_str(),
        "bounce": mail.bounce.as_ref().map(|bounce| json!({
            "recipient": bounce.recipient,
            "status": bounce.status,
            "diagnostic": bounce.diagnostic,
            "original_message_id": bounce.original_message_id,
            "reason": bounce.reason,
            "delayed": bounce.is_delayed,
            "recipients": bounce.recipients,
        })),
        "forwarded": mail.forwarded,
        "invitation": mail.invitation,
        "signed": mail.is_signed,
        "encrypted": mail.is_encrypted,
        "language": mail.language.map(Language::as_str),
        "quarantined": mail.quarantined,
    })
}

/// Takes off a byte order mark, empty lines before the header and an mbox line.
fn beginning(raw: &[u8]) -> &[u8] {
    let mut raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    while let [b'\r' | b'\n', rest @ ..] = raw {
        raw = rest;
    }
    let is_mbox = |raw: &[u8]| {
        raw.strip_prefix(b"From ")
            .is_some_and(|rest| rest.trim_ascii_start().first().is_some_and(|b| *b != b':'))
    };
    if is_mbox(raw) || raw.strip_prefix(b">").is_some_and(is_mbox) {
        raw = match memchr::memchr(b'\n', raw) {
            Some(end) => &raw[end + 1..],
            None => raw,
        };
    }
    raw
}

fn read_body(mail: &mut ParsedMail, bodies: &Bodies) {
    let has_html = !bodies.html.trim().is_empty();
    mail.html = if has_html { html::sanitise(&bodies.html) } else { None };
    let mut text = bodies.text.replace("\r\n", "\n").replace('\0', "\u{fffd}");
    if text.trim().is_empty()
        && !has_html
        && let Some(invitation) = &bodies.invitation
    {
        text = invitation.as_text();
    }
    let is_forward = mail.subject.as_deref().is_some_and(quote::is_forward_subject);
    if has_html && html::is_tame(&bodies.html) {
        let marked = html::to_text(&quote::mark(&bodies.html));
        let from_html = quote::unmark(&marked);
        mail.text = if text.trim().is_empty() {
            from_html.clone()
        } else {
            text
        };
        let reply = quote::reply_of_marked(&marked, is_forward);
        // The structure of the HTML is the better witness; where it shows nothing, the text is.
        mail.reply = if reply.trim().len() < from_html.trim().len() || bodies.text.trim().is_empty() {
            reply
        } else {
            quote::reply(&mail.text, is_forward)
        };
    } else {
        mail.text = if has_html && text.trim().is_empty() {
            html::to_text(&bodies.html)
        } else {
            text
        };
        mail.reply = quote::reply(&mail.text, is_forward);
    }
}

fn quarantine_reason(mail: &ParsedMail, raw: &[u8]) -> Option<String> {
    if let Some(size) = mail.headers.get(&OVERSIZED_HEADER.to_ascii_lowercase()) {
        let size = cut::truncate(size, 20);
        return Some(format!(
            "The mail has {size} bytes, more than this inbox reads; only its header was fetched."
        ));
    }
    if let Some(words) = mail.headers.get(&UNREADABLE_HEADER.to_ascii_lowercase()) {
        return Some(format!("{}.", cut::truncate(words, 300)));
    }
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Some("The mail is empty.".to_owned());
    }
    if mail.headers.is_empty() {
        return Some("The mail has no header; everything is shown as its body.".to_owned());
    }
    if mail.from.is_none() && mail.auto != Auto::Bounce {
        return Some("The mail names no sender; nobody can be answered.".to_owned());
    }
    None
}

#[cfg(test)]
mod tests;
