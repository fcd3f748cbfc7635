//! The text of commands, the values of responses, and the words of errors.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{AttributeValue, Capability, Response};
use conversation::types::Millis;
use futures::FutureExt;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::{COMMAND, MailboxError};
use crate::email::bearer::Bearer;
use crate::email::mime::UNREADABLE_HEADER;
use crate::email::net::{NetError, Stream};

/// How much mail one FETCH asks for, in bytes, unless a single one is larger.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// How many mails one FETCH asks for.
const BATCH: usize = 50;

/// Groups of UIDs whose mails together stay below the limit of one FETCH.
pub(super) fn batches(sizes: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut batches: Vec<Vec<u32>> = Vec::new();
    let mut bytes = 0u64;
    for (uid, size) in sizes {
        let size = u64::from(*size);
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes + size <= BATCH_BYTES => {
                batch.push(*uid);
                bytes += size;
            }
            _ => {
                batches.push(vec![*uid]);
                bytes = size;
            }
        }
    }
    batches
}

/// `1,2,3` as `1:3`.
pub(super) fn uid_set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => ranges.push((uid, uid)),
        }
    }
    let ranges: Vec<String> = ranges
        .iter()
        .map(|(a, b)| if a == b { a.to_string() } else { format!("{a}:{b}") })
        .collect();
    ranges.join(",")
}

pub(super) fn uid_of(values: &[AttributeValue<'_>]) -> Option<u32> {
    values.iter().find_map(|value| {
        if let AttributeValue::Uid(uid) = value {
            Some(*uid)
        } else {
            None
        }
    })
}

pub(super) fn size_of(values: &[AttributeValue<'_>]) -> Option<u32> {
    values.iter().find_map(|value| {
        if let AttributeValue::Rfc822Size(size) = value {
            Some(*size)
        } else {
            None
        }
    })
}

pub(super) fn body_of(values: &[AttributeValue<'_>]) -> Option<Vec<u8>> {
    values.iter().find_map(|value| match value {
        AttributeValue::BodySection { data: Some(data), .. } => Some(data.to_vec()),
        _ => None,
    })
}

/// INTERNALDATE, such as `17-Jul-1996 02:44:25 -0700`; the day may have a space before it.
pub(super) fn arrived_at(values: &[AttributeValue<'_>]) -> Option<Millis> {
    let text = values.iter().find_map(|value| match value {
        AttributeValue::InternalDate(text) => Some(text.trim()),
        _ => None,
    })?;
    let moment = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text)
        .and_then(|parsed| parsed.to_timestamp())
        .ok()?;
    Some(moment.as_millisecond())
}

/// The fields of a header that were asked for; an empty header is none that was forgotten.
pub(super) fn header_of(values: &[AttributeValue<'_>]) -> Option<Vec<u8>> {
    values.iter().find_map(|value| match value {
        AttributeValue::BodySection { data, .. } => Some(data.as_deref().unwrap_or_default().to_vec()),
        _ => None,
    })
}

/// A folder name out of modified UTF-7 (RFC 3501, 5.1.3); what is none stays as it is.
pub(super) fn decoded(name: &str) -> String {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let mut out = String::new();
    let mut rest = name;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let Some(end) = after.find('-') else {
            rest = &rest[start..];
            break;
        };
        let letters = if end == 0 {
            Some("&".to_owned())
        } else {
            engine.decode(after[..end].replace(',', "/")).ok().and_then(|bytes| {
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                    .collect();
                String::from_utf16(&units).ok().filter(|_| bytes.len() % 2 == 0)
            })
        };
        match letters {
            Some(letters) => out.push_str(&letters),
            None => out.push_str(&rest[start..start + 2 + end]),
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

pub(super) fn unreadable(place: &str, uid: u32) -> Vec<u8> {
    format!("{UNREADABLE_HEADER}: {place} lists the mail with UID {uid} but does not give it\r\n\r\n").into_bytes()
}

/// A folder name as a quoted string in modified UTF-7 (RFC 3501, 5.1.3).
pub(super) fn quoted(folder: &str) -> String {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let mut out = String::from("\"");
    let mut foreign: Vec<u8> = Vec::new();
    let flush = |foreign: &mut Vec<u8>, out: &mut String| {
        if !foreign.is_empty() {
            out.push('&');
            out.push_str(&engine.encode(&*foreign).replace('/', ","));
            out.push('-');
            foreign.clear();
        }
    };
    for c in folder.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut foreign, &mut out);
            match c {
                '&' => out.push_str("&-"),
                '"' | '\\' => {
                    out.push('\\');
                    out.push(c);
                }
                c => out.push(c),
            }
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                foreign.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut foreign, &mut out);
    out.push('"');
    out
}

/// The server's own words in async-imap's `code: …, info: Some("…")`.
pub(super) fn server_words(text: &str) -> String {
    let words = text
        .split_once("info: Some(\"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"));
    brief(words.unwrap_or(text))
}

pub(super) fn first_word(command: &str) -> &str {
    command.split(' ').next().unwrap_or(command)
}

pub(super) async fn limited<T>(
    place: &str,
    what: &str,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Result<T, MailboxError> {
    let heard = timeout(limit, unharmed(place, future)).await;
    heard.map_err(|_| silent(place, what))?
}

/// What the library's parser falls over (a status in letters that are not ASCII right behind its code, in imap-proto 0.17) is the server's
/// fault to whoever looks at the mailbox, and ends this connection, not the task that reads all its folders.
pub(super) async fn unharmed<T>(place: &str, future: impl Future<Output = T>) -> Result<T, MailboxError> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|_| {
        MailboxError::Protocol(format!(
            "{place} answers what cannot be read as IMAP; the log has the place, please report it"
        ))
    })
}

/// The way of showing a token that the server offers. The command goes past the client, which keeps
/// answers to itself until somebody is signed in.
pub(super) async fn offered(client: &mut Client<Stream>, place: &str) -> Result<Bearer, MailboxError> {
    limited(
        place,
        "CAPABILITY",
        COMMAND,
        client.get_mut().write_all(b"C0 CAPABILITY\r\n"),
    )
    .await?
    .map_err(|error| broken(place, &error))?;
    let mut mechanisms: Vec<String> = Vec::new();
    loop {
        let answer = limited(place, "CAPABILITY", COMMAND, client.read_response()).await?;
        let Some(answer) = answer.map_err(|error| broken(place, &error))? else {
            return Err(MailboxError::Network(format!("{place} closed the connection")));
        };
        match answer.parsed() {
            Response::Capabilities(found) => mechanisms.extend(found.iter().filter_map(|one| match one {
                Capability::Auth(name) => Some(name.to_string()),
                _ => None,
            })),
            Response::Done { .. } => return Ok(Bearer::of(mechanisms.iter().map(String::as_str))),
            _ => {}
        }
    }
}

/// The most of a server's words that is repeated, in letters.
const MOST_WORDS: usize = 300;

/// A server's words, as far as somebody reads them.
pub(super) fn brief(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(MOST_WORDS).collect()
}

/// The first line that could not be read. async-imap's words hold all that was read so far, whole mails in it, as numbers and once more as text.
fn beginning(words: &str) -> String {
    let Some((_, text)) = words.split_once("during parsing of \"") else {
        return brief(words);
    };
    let line = text.split("\\r\\n").next().unwrap_or_default();
    format!("`{}`", line.chars().take(80).collect::<String>())
}

pub(super) fn silent(place: &str, what: &str) -> MailboxError {
    MailboxError::Timeout(format!(
        "{place} does not answer ({what}); check port and TLS mode; else the server is overloaded or a firewall is in between"
    ))
}

pub(super) fn broken(place: &str, error: &std::io::Error) -> MailboxError {
    match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::Other | std::io::ErrorKind::InvalidInput => {
            MailboxError::Protocol(format!(
                "{place} answers what is not IMAP: {}; check port and TLS mode",
                beginning(&error.to_string())
            ))
        }
        _ => MailboxError::Network(format!("the connection to {place} broke: {error}")),
    }
}

pub(super) fn failed(place: &str, error: &async_imap::error::Error) -> MailboxError {
    match error {
        async_imap::error::Error::Io(error) => broken(place, error),
        async_imap::error::Error::ConnectionLost => MailboxError::Network(format!("{place} closed the connection")),
        error => MailboxError::Protocol(format!("{place}: {}", brief(&error.to_string()))),
    }
}

pub(super) fn not_signed_in(place: &str) -> String {
    format!("the account for {place} is not connected; connect it in the settings of the inbox")
}

pub(super) fn not_connected(place: &str, error: &NetError) -> MailboxError {
    match error {
        NetError::Tcp(error) => MailboxError::Network(format!(
            "{place} cannot be reached: {error}; check host, port and firewall"
        )),
        NetError::Tls(words) => MailboxError::Tls(format!(
            "{place} does not prove who it is: {words}; check the host name and TLS mode, or add its certificate"
        )),
        NetError::Timeout(_) => MailboxError::Timeout(format!("{place}: {error}; check host, port and firewall")),
    }
}
