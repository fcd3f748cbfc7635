//! One raw mail as a value; any bytes give one.
//!
//! `tree` finds the parts, `body` says what of them is text, HTML and files, `charset` and `words` turn
//! bytes into characters; `header` says who wrote to whom, and when.

use conversation::inbound::Bounce;
use conversation::language;
use conversation::types::{Auto, Language};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cut;
use super::forward::{self, Forwarded};
use super::headers::{Headers, section_end};
use super::{auto, bounce, html, quote};

mod body;
mod calendar;
pub(super) mod charset;
mod cms;
mod files;
mod header;
mod plain;
mod rtf;
mod tnef;
mod transfer;
mod tree;
mod uuencode;
mod words;

use body::Bodies;
pub use calendar::Invitation;
pub(super) use header::{address_in, decode_words};
use tree::Tree;

/// How many files of one mail are listed.
const MAX_ATTACHMENTS: usize = 1_000;
/// The header by which [`super::imap`] marks a mail of which it fetched only the header.
pub const OVERSIZED_HEADER: &str = "X-Switchboard-Oversized";
/// The header by which [`super::imap`] marks a mail that the server lists but does not give.
pub const UNREADABLE_HEADER: &str = "X-Switchboard-Unreadable";

/// One mail, read.
#[derive(Debug, Clone)]
pub struct ParsedMail {
    /// The Message-ID without angle brackets, or `sha256-<hex>@missing`.
    pub message_id: String,
    /// The ids of In-Reply-To.
    pub in_reply_to: Vec<String>,
    /// The ids of References, oldest first.
    pub references: Vec<String>,
    /// The subject, decoded.
    pub subject: Option<String>,
    /// The sender.
    pub from: Option<MailAddress>,
    /// Who it was addressed to.
    pub to: Vec<MailAddress>,
    /// Who got a copy.
    pub cc: Vec<MailAddress>,
    /// Who got a copy that nobody else sees: only the sender's own copy says it.
    pub bcc: Vec<MailAddress>,
    /// Where answers should go.
    pub reply_to: Vec<MailAddress>,
    /// When the sender says it was sent.
    pub date: Option<Timestamp>,
    /// The whole body as text.
    pub text: String,
    /// What the sender wrote now.
    pub reply: String,
    /// The body as sanitised HTML.
    pub html: Option<String>,
    /// The files.
    pub attachments: Vec<MailAttachment>,
    /// Whether a person wrote it.
    pub auto: Auto,
    /// What a delivery status notification says.
    pub bounce: Option<Bounce>,
    /// A notification that says the mail is only late, not lost.
    pub is_delayed: bool,
    /// The language of the reply.
    pub language: Option<Language>,
    /// Why a person should look at it.
    pub quarantined: Option<String>,
    /// The addresses it was delivered to, from Delivered-To, X-Original-To, Envelope-To and the
    /// like: the ones that carry a reply token even when To does not.
    pub delivered_to: Vec<String>,
    /// Whether the receiving server says that the sender's address is forged (RFC 8601).
    pub is_forged: bool,
    /// A meeting that it invites to, answers or cancels.
    pub invitation: Option<Invitation>,
    /// Somebody signed it (S/MIME or PGP); nothing is verified.
    pub is_signed: bool,
    /// It cannot be read without a key (S/MIME or PGP).
    pub is_encrypted: bool,
    /// The mail inside, when this one forwards it.
    pub forwarded: Option<Forwarded>,
    /// Outlook's id of the thread.
    pub thread_index: Option<ThreadIndex>,
    /// The header fields.
    pub headers: Headers,
}

/// A name and an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MailAddress {
    /// The display name.
    pub name: Option<String>,
    /// The address as written.
    pub address: String,
}

/// Thread-Index ([MS-OXOMSG] 2.2.1.3): its first 22 bytes are the same in the whole thread, and each
/// answer adds five.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadIndex {
    /// The bytes that name the thread, lower-case hexadecimal.
    pub id: String,
    /// Whether the mail is the first of its thread.
    pub begins: bool,
}

/// One file of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAttachment {
    /// The file name as sent, without any path, or one made from the type.
    pub name: String,
    /// The media type.
    pub media_type: String,
    /// Shown inside the body.
    pub inline: bool,
    /// The Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl ParsedMail {
    fn empty(headers: Headers) -> ParsedMail {
        ParsedMail {
            message_id: String::new(),
            in_reply_to: Vec::new(),
            references: Vec::new(),
            subject: None,
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            date: None,
            text: String::new(),
            reply: String::new(),
            html: None,
            attachments: Vec::new(),
            auto: Auto::None,
            bounce: None,
            is_delayed: false,
            language: None,
            quarantined: None,
            delivered_to: Vec::new(),
            is_forged: false,
            invitation: None,
            is_signed: false,
            is_encrypted: false,
            forwarded: None,
            thread_index: None,
            headers,
        }
    }
}

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
    uuencode::take(&mut bodies);
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

/// The position behind the empty line that ends a header section.
fn after_empty_line(raw: &[u8], end: usize) -> usize {
    match &raw[end.min(raw.len())..] {
        [b'\r', b'\n', ..] => end + 2,
        [b'\r', b'\r', b'\n', ..] => end + 3,
        [b'\n', ..] => end + 1,
        _ => end,
    }
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

/// A file name without path, control characters or direction overrides.
fn file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String = name
        .chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        })
        .collect();
    let name = name.trim().trim_start_matches('.');
    cut::truncate(name, 200).to_owned()
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
