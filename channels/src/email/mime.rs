//! One raw mail as a value; any bytes give one. The only file that knows the MIME parser.

use conversation::inbound::Bounce;
use conversation::types::{Auto, Language};
use jiff::Timestamp;
use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::headers::{Headers, decode, message_ids, section_end};
use super::language;
use super::{auto, bounce, html, quote};

mod uuencode;

/// How many ids of References are read, counted from the nearest.
const MAX_REFERENCES: usize = 100;
/// How many addresses of one field are read.
const MAX_ADDRESSES: usize = 500;
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
            headers,
        }
    }
}

/// Reads one raw mail. Never fails.
pub fn parse(raw: &[u8]) -> ParsedMail {
    let prepared = prepare(raw);
    let headers = Headers::read(&prepared);
    let mut mail = ParsedMail::empty(headers);
    let sha256 = hex::encode(Sha256::digest(raw));
    let (message, has_failed) = parse_mime(&prepared);
    read_header(&mut mail, message.as_ref(), &sha256);
    let mut bodies = Bodies::default();
    match &message {
        Some(message) => collect(message, &mut bodies),
        None => bodies.text = decode(&prepared).into_owned(),
    }
    if has_failed {
        bodies = Bodies::default();
        bodies.text = decode(&prepared[section_end(&prepared)..]).into_owned();
    }
    // A body without any header: the parser takes its first lines for a header section.
    if mail.headers.is_empty() {
        bodies = Bodies {
            text: decode(&prepared).into_owned(),
            ..Bodies::default()
        };
    }
    uuencode::take(&mut bodies);
    read_body(&mut mail, &bodies);
    mail.attachments = std::mem::take(&mut bodies.attachments);
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
    mail.language = language::detect(&mail.reply).or_else(|| language::detect(mail.subject.as_deref().unwrap_or("")));
    mail.quarantined = quarantine_reason(&mail, raw);
    if has_failed && mail.quarantined.is_none() {
        mail.quarantined = Some("The mail's structure is broken; only its header and raw text are shown.".to_owned());
    }
    mail
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
        })),
        "language": mail.language.map(Language::as_str),
        "quarantined": mail.quarantined,
    })
}

/// Takes off an mbox line and empty lines before the header, and turns header bytes that are not
/// UTF-8 into UTF-8.
fn prepare(raw: &[u8]) -> Vec<u8> {
    let mut raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    while let [b'\r' | b'\n', rest @ ..] = raw {
        raw = rest;
    }
    if raw.starts_with(b"From ") || raw.starts_with(b">From ") {
        raw = match memchr::memchr(b'\n', raw) {
            Some(end) => &raw[end + 1..],
            None => raw,
        };
    }
    let end = section_end(raw);
    let (header, body) = raw.split_at(end);
    let mut prepared = Vec::with_capacity(raw.len() + 64);
    prepared.extend_from_slice(decode(header).as_bytes());
    prepared.extend_from_slice(body);
    prepared
}

/// Runs the parser. It asserts on some broken structures, so a panic in it is caught; then the
/// header is parsed alone, and whether that happened is told.
fn parse_mime(prepared: &[u8]) -> (Option<Message<'_>>, bool) {
    let attempt = |bytes| std::panic::catch_unwind(|| MessageParser::default().parse(bytes));
    match attempt(prepared) {
        Ok(message) => (message, false),
        Err(_) => (attempt(&prepared[..section_end(prepared)]).ok().flatten(), true),
    }
}

fn read_header(mail: &mut ParsedMail, message: Option<&Message<'_>>, sha256: &str) {
    let headers = &mail.headers;
    mail.message_id = headers
        .get("message-id")
        .and_then(|value| message_ids(value, 1).pop())
        .unwrap_or_else(|| format!("sha256-{sha256}@missing"));
    mail.in_reply_to = headers
        .all("in-reply-to")
        .flat_map(|value| message_ids(value, 10))
        .collect();
    mail.references = headers
        .all("references")
        .flat_map(|value| message_ids(value, MAX_REFERENCES))
        .collect();
    mail.delivered_to = [
        "delivered-to",
        "x-original-to",
        "envelope-to",
        "x-envelope-to",
        "x-delivered-to",
        "apparently-to",
    ]
    .iter()
    .flat_map(|name| headers.all(name))
    .take(MAX_ADDRESSES)
    .map(|value| value.trim_matches(['<', '>', ' ']).to_owned())
    .collect();
    mail.is_forged = is_forged(headers);
    let Some(message) = message else { return };
    mail.subject = message.subject().map(clean_line).filter(|s| !s.is_empty());
    mail.from = message
        .from()
        .and_then(|list| addresses(list).into_iter().next())
        .or_else(|| headers.get("from").and_then(bare_address))
        .or_else(|| message.sender().and_then(|list| addresses(list).into_iter().next()))
        .or_else(|| headers.get("return-path").and_then(bare_address));
    mail.to = message.to().map(addresses).unwrap_or_default();
    mail.cc = message.cc().map(addresses).unwrap_or_default();
    mail.reply_to = message.reply_to().map(addresses).unwrap_or_default();
    mail.date = message
        .date()
        .filter(|date| date.is_valid() && date.year >= 1970)
        .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok());
}

fn addresses(list: &mail_parser::Address<'_>) -> Vec<MailAddress> {
    list.iter()
        .take(MAX_ADDRESSES)
        .filter_map(|addr| {
            let name = addr.name().map(clean_line).filter(|n| !n.is_empty());
            let address: String = addr.address().unwrap_or_default().split_whitespace().collect();
            let address = address.trim_matches(['<', '>', '\'', '"', ',', ';']).to_owned();
            if !address.contains('@') {
                // `"anna@example.com" <>` or a bare name: an address in the name is better than none.
                let found = name.as_deref().and_then(bare_address);
                return found.map(|found| MailAddress { name: None, ..found });
            }
            // A name that only repeats the address says nothing.
            let name = name.filter(|n| !n.trim_matches(['\'', '"']).eq_ignore_ascii_case(&address));
            Some(MailAddress { name, address })
        })
        .collect()
}

/// The first thing in a text that looks like an address.
fn bare_address(text: &str) -> Option<MailAddress> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')' | '\''))
        .find(|word| {
            word.split_once('@')
                .is_some_and(|(local, domain)| !local.is_empty() && domain.len() > 1 && word.len() <= 320)
        })
        .map(|address| MailAddress {
            name: None,
            address: address.to_owned(),
        })
}

fn clean_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Only the topmost field counts: it is the one that the receiving server wrote.
fn is_forged(headers: &Headers) -> bool {
    let Some(results) = headers.get("authentication-results") else {
        return false;
    };
    let results = results.to_ascii_lowercase();
    let has = |what: &str| results.split([';', ' ', '\t']).any(|word| word == what);
    has("dmarc=fail") || (has("spf=fail") && !has("dkim=pass") && !has("dmarc=pass"))
}

#[derive(Default)]
struct Bodies {
    text: String,
    html: String,
    attachments: Vec<MailAttachment>,
    delivery_status: Option<String>,
    returned: Option<Vec<u8>>,
}

fn collect(message: &Message<'_>, bodies: &mut Bodies) {
    for id in &message.text_body {
        if let Some(part) = message.parts.get(*id as usize)
            && let PartType::Text(text) = &part.body
        {
            if !bodies.text.is_empty() {
                bodies.text.push('\n');
            }
            bodies.text.push_str(&text_of(message, part, text));
        }
    }
    for id in &message.html_body {
        if let Some(part) = message.parts.get(*id as usize)
            && let PartType::Html(text) = &part.body
        {
            bodies.html.push_str(&text_of(message, part, text));
        }
    }
    for (index, part) in message.parts.iter().enumerate() {
        let kind = media_type(part);
        match kind.as_str() {
            "message/delivery-status" | "message/global-delivery-status" if bodies.delivery_status.is_none() => {
                bodies.delivery_status = Some(decode(&contents(message, part)).into_owned());
            }
            "message/rfc822"
            | "text/rfc822-headers"
            | "message/rfc822-headers"
            | "message/global"
            | "message/global-headers"
            | "message/partial"
                if bodies.returned.is_none() =>
            {
                bodies.returned = Some(contents(message, part));
            }
            _ => {}
        }
        let id = u32::try_from(index).unwrap_or(u32::MAX);
        if message.attachments.contains(&id) && bodies.attachments.len() < MAX_ATTACHMENTS {
            let number = bodies.attachments.len() + 1;
            bodies.attachments.push(attachment(message, part, &kind, number));
        }
    }
}

fn attachment(message: &Message<'_>, part: &MessagePart<'_>, kind: &str, number: usize) -> MailAttachment {
    let bytes = contents(message, part);
    let content_id = part
        .content_id()
        .map(|id| id.trim_matches(['<', '>', ' ']).to_owned())
        .filter(|id| !id.is_empty());
    let is_attachment = part.content_disposition().is_some_and(|d| d.is_attachment());
    let is_inline = part.content_disposition().is_some_and(|d| d.is_inline());
    let name = part.attachment_name().map(file_name).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| match &part.body {
        PartType::Message(inner) => {
            let subject = inner
                .subject()
                .map(|s| file_name(&clean_line(s)))
                .filter(|s| !s.is_empty());
            format!("{}.eml", subject.unwrap_or_else(|| format!("message-{number}")))
        }
        _ => format!("attachment-{number}.{}", extension(kind)),
    });
    MailAttachment {
        name,
        media_type: kind.to_owned(),
        inline: !is_attachment && (is_inline || content_id.is_some()) && kind.starts_with("image/"),
        content_id,
        sha256: hex::encode(Sha256::digest(&bytes)),
        bytes,
    }
}

/// The bytes of a part, transfer encoding removed, charset untouched.
fn contents(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    match &part.body {
        PartType::Text(_) | PartType::Html(_) => raw_contents(message, part),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
        PartType::Message(inner) => inner.raw_message().to_vec(),
        PartType::Multipart(_) => Vec::new(),
    }
}

/// The bytes of a text part as they were before the parser guessed a charset.
fn raw_contents(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    let start = part.offset_body as usize;
    let end = (part.offset_end as usize).min(message.raw_message.len());
    let raw = message.raw_message.get(start..end).unwrap_or_default();
    let decoded = match part.encoding {
        Encoding::None => None,
        Encoding::Base64 => base64_decode(raw),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
    };
    match decoded {
        Some(bytes) => bytes,
        None if part.encoding == Encoding::None || part.is_encoding_problem => raw.to_vec(),
        None => part.contents().to_vec(),
    }
}

/// The text of a part. The declared charset is believed unless the bytes say otherwise: bytes that
/// are valid UTF-8 with multi-byte characters are UTF-8 whatever is declared, and bytes that are
/// not what is declared are Windows-1252.
fn text_of(message: &Message<'_>, part: &MessagePart<'_>, parsed: &str) -> String {
    if parsed.is_ascii() && !parsed.contains('\u{1b}') {
        return parsed.to_owned();
    }
    let bytes = raw_contents(message, part);
    let declared = part
        .content_type()
        .and_then(|c| c.attribute("charset"))
        .map(|c| c.trim_matches(['"', '\'', ' ']));
    let known = declared.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let is_single_byte = known.is_none_or(|e| e == encoding_rs::WINDOWS_1252 || e == encoding_rs::UTF_8);
    if is_single_byte && std::str::from_utf8(&bytes).is_ok() {
        return decode(&bytes).into_owned();
    }
    if !parsed.contains('\u{fffd}') {
        return parsed.to_owned();
    }
    match known {
        Some(encoding) if encoding != encoding_rs::UTF_8 => {
            let (text, _, has_errors) = encoding.decode(&bytes);
            if has_errors {
                decode(&bytes).into_owned()
            } else {
                text.into_owned()
            }
        }
        // A few broken bytes in a long UTF-8 text are damage, not another charset.
        Some(_) if is_mostly_utf8(&bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => decode(&bytes).into_owned(),
    }
}

fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let mut good = 0;
    let mut bad = 0;
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

fn media_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(kind) => {
            let text = format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")).to_ascii_lowercase();
            let is_clean = text.len() <= 120
                && text
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>'));
            if is_clean {
                text
            } else {
                "application/octet-stream".to_owned()
            }
        }
        None => match &part.body {
            PartType::Text(_) => "text/plain".to_owned(),
            PartType::Html(_) => "text/html".to_owned(),
            PartType::Message(_) => "message/rfc822".to_owned(),
            _ => "application/octet-stream".to_owned(),
        },
    }
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
    language::truncate(name, 200).to_owned()
}

fn extension(kind: &str) -> &str {
    match kind {
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "application/pdf" => "pdf",
        "message/rfc822" => "eml",
        _ => "bin",
    }
}

fn read_body(mail: &mut ParsedMail, bodies: &Bodies) {
    let has_html = !bodies.html.trim().is_empty();
    mail.html = if has_html { html::sanitise(&bodies.html) } else { None };
    let text = bodies.text.replace("\r\n", "\n").replace('\0', "\u{fffd}");
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
        let size = language::truncate(size, 20);
        return Some(format!(
            "The mail has {size} bytes, more than this inbox reads; only its header was fetched."
        ));
    }
    if let Some(words) = mail.headers.get(&UNREADABLE_HEADER.to_ascii_lowercase()) {
        return Some(format!("{}.", language::truncate(words, 300)));
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
