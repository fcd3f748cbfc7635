//! An outbound message as the bytes of a mail: text and HTML, files, and the fields by which the
//! answer finds its way back (RFC 5322, RFC 3834).

use std::time::{Duration, UNIX_EPOCH};

use conversation::card::{Card, CardAction, CardKind};
use conversation::color::Color;
use conversation::deliveries::MailParts;
use conversation::marks;
use conversation::outbound::{OutboundAttachment, OutboundMessage};
use conversation::types::{Language, MessageId, Millis};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};

use super::auto::LOOP_HEADER;
use super::history;
use super::markdown::{self, escape};
use super::settings::EmailSettings;

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
    let builder = head(out, parts, inbox, words, now)?;
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
    builder = raw(builder, "Precedence", "auto_reply", out.is_automatic)?;
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

fn open_url(public_url: &str, path: &str) -> String {
    format!("{}/{}", public_url.trim_end_matches('/'), path.trim_start_matches('/'))
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

fn text_body(out: &OutboundMessage, parts: &MailParts, house: &House<'_>, words: &Words) -> String {
    let mut text = markdown::to_text(&marks::with_base(&out.text, house.public_url));
    for card in &out.cards {
        text.push_str("\n\n");
        text.push_str(&card_text(card, &out.message, house));
    }
    if out.is_automatic {
        text.push_str(&format!("\n\n{}", words.automatic_of(out)));
    }
    if let Some(quoted) = parts.quoted.as_ref().filter(|_| parts.is_quoting) {
        text.push_str("\n\n");
        text.push_str(&history::as_text(quoted, out.language));
    }
    text.push('\n');
    text.trim_start().to_owned()
}

fn card_text(card: &Card, message: &MessageId, house: &House<'_>) -> String {
    let mut lines = vec![one_line(&card.title)];
    lines.push("-".repeat(lines[0].chars().count().clamp(3, 60)));
    if !card.body.trim().is_empty() {
        lines.push(card.body.trim().to_owned());
    }
    for (label, value) in &card.facts {
        lines.push(format!("{}: {}", one_line(label), one_line(value)));
    }
    for action in &card.actions {
        let (label, url) = match action {
            CardAction::Open { label, path } => (label, open_url(house.public_url, path)),
            CardAction::Answer { label, value } => (label, (house.answer_link)(message, value)),
        };
        lines.push(format!("* {}: {url}", one_line(label)));
    }
    lines.join("\n")
}

/// Colours that stay readable when a mail program inverts them: text has no colour of its own,
/// borders and buttons are mid-tones.
const FONT: &str =
    "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5";
const BUTTON: &str = "display:inline-block;padding:9px 16px;border-radius:6px;text-decoration:none;font-weight:600";
const BUTTON_PLAIN: &str = "display:inline-block;padding:8px 15px;border-radius:6px;border:1px solid #8a94a6;color:inherit;text-decoration:none;font-weight:600";
/// Each button is as wide as its words; what finds no room stands in the next line, whole.
const BESIDE: &str = "max-width:100%;box-sizing:border-box;margin:0 8px 8px 0";

fn html_body(
    out: &OutboundMessage,
    parts: &MailParts,
    house: &House<'_>,
    cid: &dyn Fn(&str) -> Option<String>,
    words: &Words,
) -> String {
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         </head><body style=\"margin:0;padding:0\">\
         <table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"width:100%;max-width:600px;border-collapse:collapse\"><tr><td style=\"padding:4px;{FONT}\">",
        out.language
    );
    html.push_str(&markdown::to_html_with(
        &marks::with_base(&out.text, house.public_url),
        cid,
    ));
    for card in &out.cards {
        card_html(&mut html, card, &out.message, house);
    }
    if out.is_automatic {
        html.push_str(&format!(
            "<p style=\"margin:16px 0 0 0;font-size:12px;color:#75808f\">{}</p>",
            escape(&words.automatic_of(out))
        ));
    }
    if let Some(quoted) = parts.quoted.as_ref().filter(|_| parts.is_quoting) {
        html.push_str(&history::as_html(quoted, out.language));
    }
    html.push_str("</td></tr></table></body></html>");
    html
}

fn card_html(html: &mut String, card: &Card, message: &MessageId, house: &House<'_>) {
    let (ground, words) = house.color.button();
    let button = format!("{BUTTON};background-color:{};color:{}", ground.hex(), words.hex());
    html.push_str(&format!(
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"width:100%;border-collapse:separate;margin:8px 0 14px 0\"><tr>\
         <td style=\"padding:14px 16px;border:1px solid #8a94a6;border-left:4px solid {};border-radius:6px\">",
        house.color.hex()
    ));
    html.push_str(&format!(
        "<div style=\"font-weight:600;font-size:16px;{FONT}\">{}</div>",
        escape(&one_line(&card.title))
    ));
    if !card.body.trim().is_empty() {
        let body = escape(card.body.trim()).replace('\n', "<br>");
        html.push_str(&format!("<div style=\"margin:6px 0 0 0;{FONT}\">{body}</div>"));
    }
    if !card.facts.is_empty() {
        html.push_str(
            "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:8px 0 0 0\">",
        );
        for (label, value) in &card.facts {
            html.push_str(&format!(
                "<tr><td style=\"padding:2px 14px 2px 0;color:#75808f;{FONT}\">{}</td><td style=\"padding:2px 0;{FONT}\">{}</td></tr>",
                escape(&one_line(label)),
                escape(&one_line(value))
            ));
        }
        html.push_str("</table>");
    }
    if !card.actions.is_empty() {
        html.push_str("<div style=\"margin:12px 0 0 0\">");
        for action in &card.actions {
            let (label, url, style) = match action {
                CardAction::Open { label, path } => (label, open_url(house.public_url, path), button.as_str()),
                CardAction::Answer { label, value } => (label, (house.answer_link)(message, value), BUTTON_PLAIN),
            };
            html.push_str(&format!(
                "<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\" style=\"{FONT};{style};{BESIDE}\">{}</a> ",
                escape(&url),
                escape(&one_line(label))
            ));
        }
        html.push_str("</div>");
    }
    html.push_str("</td></tr></table>");
}

/// The few words that a mail adds of its own.
struct Words {
    your_message: &'static str,
    new_message: &'static str,
    automatic: &'static str,
    to_a_person: &'static str,
}

impl Words {
    /// Under a mail that nobody wrote. Whoever holds a ticket has been handed over: they need not ask for a person.
    fn automatic_of(&self, out: &OutboundMessage) -> String {
        if out.cards.iter().any(|card| card.kind == CardKind::Ticket) {
            self.automatic.to_owned()
        } else {
            format!("{} {}", self.automatic, self.to_a_person)
        }
    }

    fn of(language: Language) -> &'static Words {
        match language {
            Language::En => &Words {
                your_message: "your message",
                new_message: "A message for you",
                automatic: "This answer was written automatically.",
                to_a_person: "Reply to this mail to reach a person.",
            },
            Language::Es => &Words {
                your_message: "su mensaje",
                new_message: "Un mensaje para usted",
                automatic: "Esta respuesta se escribió automáticamente.",
                to_a_person: "Responda a este correo para hablar con una persona.",
            },
            Language::Pt => &Words {
                your_message: "sua mensagem",
                new_message: "Uma mensagem para você",
                automatic: "Esta resposta foi escrita automaticamente.",
                to_a_person: "Responda a este e-mail para falar com uma pessoa.",
            },
        }
    }
}

#[cfg(test)]
mod tests;
