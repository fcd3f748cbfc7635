//! The header of a mail: who wrote to whom, when, in answer to what.
//!
//! Addresses and dates are read by mail-parser (RFC 5322), which sees nothing but those fields.

use jiff::Timestamp;
use mail_parser::MessageParser;

use super::parsed::{MailAddress, ParsedMail, ThreadIndex};
use super::{transfer, words};
use crate::email::cut;
use crate::email::headers::{Headers, message_ids};

/// How many ids of References are read, counted from the nearest.
pub(super) const MAX_REFERENCES: usize = 100;
/// How many addresses of one field are read.
const MAX_ADDRESSES: usize = 500;
/// The longest address field that is read, in bytes.
const MAX_ADDRESS_FIELD: usize = 64 * 1024;

/// Fills in what the header says. `sha256` is that of the whole mail and names one without a Message-ID.
pub(super) fn read(mail: &mut ParsedMail, sha256: &str) {
    let headers = &mail.headers;
    let fields = grammatical(headers);
    // A panic in the parser costs the names, not the mail.
    let message = std::panic::catch_unwind(|| MessageParser::default().parse_headers(fields.as_bytes()))
        .ok()
        .flatten();
    let message = message.as_ref();
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
    mail.thread_index = headers.get("thread-index").and_then(thread_index);
    mail.subject = headers
        .get("subject")
        .map(|value| clean_line(&words::decode(value)))
        .filter(|s| !s.is_empty());
    mail.from = ["from", "sender", "return-path"]
        .iter()
        .find_map(|name| headers.get(name).and_then(bare_address));
    let Some(message) = message else { return };
    mail.from = message
        .from()
        .and_then(|list| addresses(list).into_iter().next())
        .or_else(|| headers.get("from").and_then(bare_address))
        .or_else(|| message.sender().and_then(|list| addresses(list).into_iter().next()))
        .or_else(|| headers.get("return-path").and_then(bare_address));
    mail.to = message.to().map(addresses).unwrap_or_default();
    mail.cc = message.cc().map(addresses).unwrap_or_default();
    mail.bcc = message.bcc().map(addresses).unwrap_or_default();
    mail.reply_to = message.reply_to().map(addresses).unwrap_or_default();
    mail.date = message
        .date()
        .filter(|date| date.is_valid() && date.year >= 1970)
        .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok());
}

/// The fields that hold addresses and the date, rewritten so that the parser sees clean encoded words,
/// each field once, and nothing of the body.
fn grammatical(headers: &Headers) -> String {
    let mut out = String::new();
    for name in ["from", "sender", "to", "cc", "bcc", "reply-to", "date"] {
        let mut values = headers
            .all(name)
            .take(if matches!(name, "to" | "cc" | "bcc") { 50 } else { 1 });
        let Some(first) = values.next() else { continue };
        out.push_str(name);
        out.push_str(": ");
        out.push_str(&words::cleaned(cut::truncate(first, MAX_ADDRESS_FIELD)));
        for value in values {
            out.push_str(", ");
            out.push_str(&words::cleaned(cut::truncate(value, MAX_ADDRESS_FIELD)));
        }
        out.push('\n');
    }
    out.push('\n');
    out
}

/// Thread-Index ([MS-OXOMSG] 2.2.1.3), base64.
fn thread_index(value: &str) -> Option<ThreadIndex> {
    let bytes = transfer::base64(cut::truncate(value, 4_000).as_bytes())?;
    // The first six bytes are a time, the other sixteen are drawn by lot; all of them together name it.
    Some(ThreadIndex {
        id: hex::encode(bytes.get(..22)?),
        begins: bytes.len() < 27,
    })
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

/// The first address in a header value, with the name before it.
pub(in crate::email) fn address_in(value: &str) -> Option<MailAddress> {
    let value = decode_words(cut::truncate(value, 4_000));
    let found = bare_address(&value)?;
    let before = value.split_once(&found.address).map_or("", |(before, _)| before);
    let name = before
        .trim_end_matches(['<', '[', '(', ' '])
        .trim_end_matches("mailto:");
    let name = name.trim_matches([' ', '"', '\'', '[', '<', '(']).trim();
    Some(MailAddress {
        name: (!name.is_empty() && name.len() <= 200).then(|| name.to_owned()),
        address: found.address,
    })
}

/// Encoded words as text on one line.
pub(in crate::email) fn decode_words(value: &str) -> String {
    clean_line(&words::decode(value))
}

/// The first thing in a text that looks like an address.
fn bare_address(text: &str) -> Option<MailAddress> {
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')' | '[' | ']' | '\'' | '*')
    })
    .map(|word| {
        let word = word.trim_end_matches(['.', ':', '!', '?']);
        word.strip_prefix("mailto:").unwrap_or(word)
    })
    .find(|word| {
        word.split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.len() > 1 && word.len() <= 320)
    })
    .map(|address| MailAddress {
        name: None,
        address: address.to_owned(),
    })
}

/// Without control characters and runs of space.
pub(super) fn clean_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What Authentication-Results (RFC 8601) says of the sender. Only the topmost field counts: it is the one that the receiving server wrote.
fn is_forged(headers: &Headers) -> bool {
    let Some(results) = headers.get("authentication-results") else {
        return false;
    };
    let results = results.to_ascii_lowercase();
    let has = |what: &str| results.split([';', ' ', '\t']).any(|word| word == what);
    has("dmarc=fail") || (has("spf=fail") && !has("dkim=pass") && !has("dmarc=pass"))
}
