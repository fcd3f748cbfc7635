//! An outbound message as the bytes of a mail: text and HTML, files, and the fields by which the
//! answer finds its way back (RFC 5322, RFC 3834).

use std::time::{Duration, UNIX_EPOCH};

use conversation::color::Color;
use conversation::deliveries::MailParts;
use conversation::outbound::{OutboundAttachment, OutboundMessage};
use conversation::types::{MessageId, Millis};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};

use super::auto::LOOP_HEADER;
use super::markdown;
use super::settings::EmailSettings;

mod body;

use body::{Words, html_body, text_body};

/// How many ids of References are written; the oldest and the nearest are kept.
const MAX_REFERENCES: usize = 20;

/// Why no mail could be made of a message. Trying again cannot help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The inbox's or the recipient's address is none.
    #[error("`{address}` is not an e-mail address ({what}); correct it and send again")]
    Address {
        /// Whose address: `inbox`, `recipient` or `reply address`.
        what: &'static str,
        /// The text.
        address: String,
    },
    /// The message cannot be written as a mail.
    #[error("the message cannot be written as a mail: {0}")]
    Build(String),
}

/// What mails have of the business and of this installation.
#[derive(Clone, Copy)]
pub struct House<'a> {
    /// Where its pages are.
    pub public_url: &'a str,
    /// The colour of cards and buttons.
    pub color: Color,
    /// The address that a card's answer button opens.
    pub answer_link: &'a (dyn Fn(&MessageId, &str) -> String + Sync),
    /// Where the reader of what advertises wants no more of it.
    pub leave_link: Option<&'a str>,
}

/// Whether it went to many.
fn is_broadcast(out: &OutboundMessage) -> bool {
    out.extra.as_ref().is_some_and(|extra| extra.get("broadcast").is_some())
}

/// Makes the mail. `parts` names all recipients; everybody gets the same mail, which does not name those of Bcc.
///
/// # Errors
/// [`ComposeError`]: what of the message cannot be said in a mail. Trying again changes nothing.
pub fn compose(
    out: &OutboundMessage,
    parts: &MailParts,
    inbox: &EmailSettings,
    attachments: Vec<(OutboundAttachment, Vec<u8>)>,
    house: &House<'_>,
    now: Millis,
) -> Result<Vec<u8>, ComposeError> {
    let words = Words::of(out.language);
    let mut builder = head(out, parts, inbox, words, now)?;
    if let Some(link) = house.leave_link {
        // RFC 8058: one press in the mail program; the page of the link asks first, for those who follow it.
        builder = raw(builder, "List-Unsubscribe", &format!("<{link}>"), true)?;
        builder = raw(builder, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click", true)?;
    }
    let (shown, attached) = apart(out, parts, attachments);
    let cid = |id: &str| {
        shown
            .iter()
            .any(|(one, ..)| one == id)
            .then(|| format!("{}@{}", id.to_ascii_lowercase(), domain_of(&inbox.address)))
    };
    let html = html_body(out, parts, house, &cid, words);
    let alternative = MultiPart::alternative().singlepart(SinglePart::plain(text_body(out, parts, house, words)));
    let body = if shown.is_empty() {
        alternative.singlepart(SinglePart::html(html))
    } else {
        let ids: Vec<Option<String>> = shown.iter().map(|(id, ..)| cid(id)).collect();
        let mut related = MultiPart::related().singlepart(SinglePart::html(html));
        for ((id, file, bytes), content_id) in shown.into_iter().zip(ids) {
            let part = Attachment::new_inline_with_name(content_id.unwrap_or(id), file_name(&file.name));
            related = related.singlepart(part.body(bytes, content_type(&file.media_type)));
        }
        alternative.multipart(related)
    };
    let message = if attached.is_empty() {
        builder.multipart(body)
    } else {
        let mut mixed = MultiPart::mixed().multipart(body);
        for (file, bytes) in attached {
            mixed =
                mixed.singlepart(Attachment::new(file_name(&file.name)).body(bytes, content_type(&file.media_type)));
        }
        builder.multipart(mixed)
    };
    message
        .map(|message| message.formatted())
        .map_err(|error| ComposeError::Build(error.to_string()))
}

/// Who writes to whom about what, where it belongs, and whether a person wrote it.
fn head(
    out: &OutboundMessage,
    parts: &MailParts,
    inbox: &EmailSettings,
    words: &Words,
    now: Millis,
) -> Result<MessageBuilder, ComposeError> {
    let from_name = match (out.author_name.trim(), inbox.name.trim()) {
        ("", name) | (name, "") => name.to_owned(),
        (author, name) if author == name => name.to_owned(),
        (author, name) => format!("{author} ({name})"),
    };
    let from = mailbox("inbox", &inbox.address, &from_name)?;
    let name_of = |address: &str| {
        let is_customer = parts
            .customer
            .as_deref()
            .is_none_or(|customer| customer.eq_ignore_ascii_case(address));
        out.recipient_name
            .as_deref()
            .filter(|_| is_customer)
            .unwrap_or_default()
    };
    let mut to = Vec::new();
    for address in &parts.to {
        to.push(mailbox("recipient", address, name_of(address))?);
    }
    let mut cc = Vec::new();
    for address in &parts.cc {
        cc.push(mailbox("recipient", address, name_of(address))?);
    }
    if to.is_empty() && cc.is_empty() {
        to.push(mailbox("recipient", &out.recipient, name_of(&out.recipient))?);
    }
    let reply_to = mailbox(
        "reply address",
        &reply_address(&inbox.address, &out.reply_token),
        &from_name,
    )?;
    let subject = subject(out, words);

    let mut builder = lettre::Message::builder()
        .date(UNIX_EPOCH + Duration::from_millis(now.max(0).unsigned_abs()))
        .from(from)
        .reply_to(reply_to)
        .subject(subject.clone())
        .message_id(Some(format!("<{}>", id(&out.external_id))));
    for one in to {
        builder = builder.to(one);
    }
    for one in cc {
        builder = builder.cc(one);
    }
    if let Some(parent) = &out.in_reply_to {
        builder = builder.in_reply_to(format!("<{}>", id(parent)));
    }
    let references = references(out);
    if !references.is_empty() {
        // One id a line: a line of this field must not pass 998 bytes.
        builder = builder.references(references.join(" "));
    }
    builder = raw(builder, LOOP_HEADER, out.conversation.as_str(), out.is_automatic)?;
    // RFC 3834, 5: an answer is `auto-replied`, what nobody asked for is `auto-generated`.
    let kind = if out.in_reply_to.is_some() {
        "auto-replied"
    } else {
        "auto-generated"
    };
    builder = raw(builder, "Auto-Submitted", kind, out.is_automatic)?;
    builder = raw(builder, "X-Auto-Response-Suppress", "All", out.is_automatic)?;
    let precedence = if is_broadcast(out) { "bulk" } else { "auto_reply" };
    builder = raw(builder, "Precedence", precedence, out.is_automatic)?;
    // Outlook and Exchange thread by these where they ignore References.
    builder = raw(builder, "Thread-Topic", &bare_subject(&subject), true)?;
    raw(builder, "Thread-Index", &thread_index(out, now), true)
}

/// A file of a mail: under the id that its text may show it by, what it is, its bytes.
type Shown = (String, OutboundAttachment, Vec<u8>);

/// Images that the text shows stand beside the HTML; everything else hangs on the mail.
fn apart(
    out: &OutboundMessage,
    parts: &MailParts,
    attachments: Vec<(OutboundAttachment, Vec<u8>)>,
) -> (Vec<Shown>, Vec<(OutboundAttachment, Vec<u8>)>) {
    let (mut shown, mut attached) = (Vec::new(), Vec::new());
    for (place, (file, bytes)) in attachments.into_iter().enumerate() {
        let id = parts.files.get(place).map(|id| id.as_str()).unwrap_or_default();
        let is_shown = file.media_type.starts_with("image/") && markdown::shows(&out.text, id);
        if is_shown {
            shown.push((id.to_owned(), file, bytes));
        } else {
            attached.push((file, bytes));
        }
    }
    (shown, attached)
}

/// `support@example.com` and a token as `support+token@example.com`.
pub fn reply_address(address: &str, token: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) if !token.is_empty() => format!("{local}+{token}@{domain}"),
        _ => address.to_owned(),
    }
}

fn mailbox(what: &'static str, address: &str, name: &str) -> Result<Mailbox, ComposeError> {
    let parsed: Address = address.trim().parse().map_err(|_| ComposeError::Address {
        what,
        address: address.to_owned(),
    })?;
    let name: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect();
    let name = name.trim();
    Ok(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), parsed))
}

fn raw(
    builder: MessageBuilder,
    name: &'static str,
    value: &str,
    is_wanted: bool,
) -> Result<MessageBuilder, ComposeError> {
    if !is_wanted {
        return Ok(builder);
    }
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| ComposeError::Build(error.to_string()))?;
    Ok(builder.raw_header(HeaderValue::new(name, one_line(value))))
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// An id without brackets or anything that could end the field.
fn id(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>'))
        .collect()
}

fn references(out: &OutboundMessage) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for found in out.references.iter().chain(&out.in_reply_to) {
        let found = id(found);
        // Ids that we made ourselves for mail without one lead nowhere outside.
        let is_ours = found.ends_with("@missing") || found.ends_with("@long");
        if !found.is_empty() && !is_ours && !ids.contains(&found) {
            ids.push(found);
        }
    }
    if ids.len() > MAX_REFERENCES {
        ids.drain(1..ids.len() - MAX_REFERENCES + 1);
    }
    ids.into_iter().map(|id| format!("<{id}>")).collect()
}

fn subject(out: &OutboundMessage, words: &Words) -> String {
    let subject = one_line(out.subject.as_deref().unwrap_or_default());
    let is_answer = out.in_reply_to.is_some() || !out.references.is_empty();
    if subject.is_empty() {
        return if is_answer {
            format!("Re: {}", words.your_message)
        } else {
            words.new_message.to_owned()
        };
    }
    // An answer to a forwarded mail is still `Re:`; a `Re:` is not repeated.
    let has_prefix = reply_prefix(&subject).is_some();
    if is_answer && !has_prefix {
        format!("Re: {subject}")
    } else {
        subject
    }
}

/// The length of a leading `Re:` in the forms that mail programs write.
fn reply_prefix(subject: &str) -> Option<usize> {
    let end = subject.find(':')?;
    let word = subject[..end]
        .trim()
        .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']'))
        .to_lowercase();
    matches!(word.as_str(), "re" | "res" | "aw" | "sv" | "antw" | "rv" | "r").then_some(end + 1)
}

fn bare_subject(subject: &str) -> String {
    let mut rest = subject;
    while let Some(end) = reply_prefix(rest) {
        rest = rest[end..].trim_start();
    }
    rest.to_owned()
}

/// Thread-Index as Outlook makes it: a header of 22 bytes (time and id of the thread, from the
/// conversation so that every mail of it agrees) and one child block for an answer.
fn thread_index(out: &OutboundMessage, now: Millis) -> String {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(out.conversation.as_str().as_bytes());
    let mut index = vec![0x01];
    index.extend_from_slice(&hash[..5]);
    index.extend_from_slice(&hash[5..21]);
    if out.in_reply_to.is_some() {
        let seconds = u32::try_from((now / 1_000) & 0x7fff_ffff).unwrap_or_default();
        index.extend_from_slice(&seconds.to_be_bytes());
        index.push(hash[21]);
    }
    base64::engine::general_purpose::STANDARD.encode(index)
}

fn content_type(kind: &str) -> ContentType {
    ContentType::parse(&one_line(kind)).unwrap_or_else(|_| {
        // The constant of lettre for "just bytes".
        ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN)
    })
}

fn file_name(name: &str) -> String {
    let name = one_line(name).replace(['/', '\\'], "_");
    if name.is_empty() { "file".to_owned() } else { name }
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

#[cfg(test)]
mod tests;
