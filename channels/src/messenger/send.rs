//! An outbound message as the request bodies of Meta's API.
//!
//! One message may need several requests (long text, files, cards). Their number and order follow from the message alone.
//! What Instagram or Messenger does not take (a file of another kind, more buttons than fit) goes in words and as a link,
//! so that nothing of a message is left out.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/send-api>

use conversation::card::{Card, CardKind};
use conversation::marks;
use conversation::outbound::{OutboundAttachment, OutboundMessage, SendError};
use conversation::types::{Channel, DeliveryId, Millis};
use conversation::ways::{PEOPLES_WINDOW, WINDOW};
use serde_json::{Value, json};

use super::errors::{WINDOW_CLOSED, permanent};
use super::settings::MessengerSettings;
use crate::whatsapp::send::cards;
use crate::whatsapp::send::{length, split};

/// Bytes of a text on Instagram, characters of one on Messenger.
const INSTAGRAM_TEXT: usize = 1000;
const MESSENGER_TEXT: usize = 2000;
/// Buttons below a text, and the characters of that text.
const MOST_BUTTONS: usize = 3;
const BUTTONS_TEXT: usize = 640;
/// Answers to press that go away once somebody writes.
const MOST_QUICK: usize = 13;
/// Characters on either.
const BUTTON_TITLE: usize = 20;

const MIB: i64 = 1024 * 1024;

/// What a message of ours carries so that its echo is recognised: the delivery and which of its parts it is.
pub fn mark(delivery: &DeliveryId, part: usize, parts: usize) -> String {
    format!("switchboard:{delivery}:{part}:{parts}")
}

/// Reads what [`mark`] wrote.
pub fn read_mark(text: &str) -> Option<(DeliveryId, usize, usize)> {
    let mut fields = text.strip_prefix("switchboard:")?.split(':');
    let delivery = fields.next().filter(|id| conversation::types::is_id(id))?;
    let part = fields.next()?.parse().ok()?;
    let parts = fields.next()?.parse().ok()?;
    Some((DeliveryId::from(delivery), part, parts))
}

/// What an answer may be at the moment.
enum Allowed {
    /// Anything.
    Response,
    /// What a person wrote, marked as such.
    HumanAgent,
}

/// The bodies to POST to `/{account}/messages`, in order. `links` leads to the files, in their order, for whoever has them.
///
/// # Errors
/// [`SendError::Permanent`]: Meta's time for an answer is over, or there is nothing to say.
pub fn requests(
    channel: Channel,
    out: &OutboundMessage,
    now: Millis,
    settings: &MessengerSettings,
    links: &[String],
    public_url: &str,
) -> Result<Vec<Value>, SendError> {
    let allowed = allowed(out, now, settings)?;
    let mut messages = Vec::new();
    let text = marks::plain(&marks::with_base(out.text.trim(), public_url), "• ");
    messages.extend(texts(channel, &text));
    for (file, link) in out.attachments.iter().zip(links) {
        messages.extend(match attachment_kind(channel, file) {
            Some(kind) => vec![json!({ "attachment": { "type": kind, "payload": { "url": link } } })],
            None => texts(channel, &format!("📎 {}\n{link}", file.name)),
        });
    }
    for card in &out.cards {
        messages.extend(card_messages(channel, card, out, public_url)?);
    }
    if messages.is_empty() {
        return Err(permanent("messenger.empty", "The message has nothing to send."));
    }
    let parts = messages.len();
    let bodies = messages.into_iter().enumerate().map(|(part, mut message)| {
        // Instagram has no such field; there an echo is known by its id.
        if channel == Channel::Messenger {
            message["metadata"] = json!(mark(&out.delivery, part, parts));
        }
        let mut body = json!({ "recipient": { "id": out.recipient }, "message": message });
        match allowed {
            Allowed::Response => body["messaging_type"] = json!("RESPONSE"),
            Allowed::HumanAgent => {
                body["messaging_type"] = json!("MESSAGE_TAG");
                body["tag"] = json!("HUMAN_AGENT");
            }
        }
        body
    });
    Ok(bodies.collect())
}

fn allowed(out: &OutboundMessage, now: Millis, settings: &MessengerSettings) -> Result<Allowed, SendError> {
    let since = out.last_inbound_at.map(|last| now.saturating_sub(last));
    match since {
        Some(since) if since < WINDOW => Ok(Allowed::Response),
        // Meta's rule: never what a machine says.
        Some(since) if since < PEOPLES_WINDOW && settings.human_agent && !out.is_automatic => Ok(Allowed::HumanAgent),
        _ => Err(permanent(
            WINDOW_CLOSED,
            "The customer last wrote too long ago: Meta takes answers for 24 hours, and those of people for 7 days where it \
             has allowed the app that.",
        )),
    }
}

/// A text in as many messages as it needs.
fn texts(channel: Channel, text: &str) -> Vec<Value> {
    parts(channel, text)
        .into_iter()
        .map(|text| json!({ "text": text }))
        .collect()
}

/// Instagram counts bytes, Messenger characters.
fn parts(channel: Channel, text: &str) -> Vec<String> {
    if channel != Channel::Instagram {
        return split(text, MESSENGER_TEXT);
    }
    let mut limit = INSTAGRAM_TEXT;
    loop {
        let parts = split(text, limit);
        if limit < 200 || parts.iter().all(|part| part.len() <= INSTAGRAM_TEXT) {
            return parts;
        }
        limit -= limit / 5;
    }
}

/// What kind of attachment a file is there; `None` where it goes as a link.
fn attachment_kind(channel: Channel, file: &OutboundAttachment) -> Option<&'static str> {
    let media_type = file.media_type.to_ascii_lowercase();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let (kind, most) = match (channel, media_type) {
        (_, "image/jpeg" | "image/png" | "image/gif") => ("image", 8),
        (Channel::Instagram, "video/mp4" | "video/ogg" | "video/quicktime" | "video/webm" | "video/x-msvideo") => {
            ("video", 25)
        }
        (Channel::Instagram, "audio/aac" | "audio/mp4" | "audio/x-m4a" | "audio/wav" | "audio/x-wav") => ("audio", 25),
        (Channel::Instagram, "application/pdf") => ("file", 25),
        (Channel::Instagram, _) => return None,
        (_, kind) if kind.starts_with("video/") => ("video", 25),
        (_, kind) if kind.starts_with("audio/") => ("audio", 25),
        _ => ("file", 25),
    };
    (1..=most * MIB).contains(&file.blob.size).then_some(kind)
}

/// A card: its words, with buttons for what can be answered.
fn card_messages(
    channel: Channel,
    card: &Card,
    out: &OutboundMessage,
    public_url: &str,
) -> Result<Vec<Value>, SendError> {
    let answers = cards::answers(card, out)?;
    let words = cards::plain(card, Some(public_url));
    if answers.is_empty() || answers.len() > MOST_QUICK {
        return Ok(texts(channel, &words));
    }
    let titles = cards::apart(&answers, BUTTON_TITLE);
    // A question counts its answers in its words; another card says those whole that a button cuts.
    let words = match card.kind {
        CardKind::Choice => words,
        _ => cards::numbered(words, &answers, BUTTON_TITLE),
    };
    let mut messages = Vec::new();
    if answers.len() <= MOST_BUTTONS {
        let most = match channel {
            Channel::Instagram => words.len(),
            _ => length(&words),
        };
        let text = if most <= BUTTONS_TEXT {
            words
        } else {
            messages.extend(texts(channel, &words));
            above_buttons(card)
        };
        let buttons: Vec<Value> = answers
            .iter()
            .zip(&titles)
            .map(|((_, payload), title)| json!({ "type": "postback", "title": title, "payload": payload }))
            .collect();
        let payload = json!({ "template_type": "button", "text": text, "buttons": buttons });
        messages.push(json!({ "attachment": { "type": "template", "payload": payload } }));
        return Ok(messages);
    }
    messages.extend(texts(channel, &words));
    let quick: Vec<Value> = answers
        .iter()
        .zip(&titles)
        .map(|((_, payload), title)| json!({ "content_type": "text", "title": title, "payload": payload }))
        .collect();
    if let Some(last) = messages.last_mut() {
        last["quick_replies"] = json!(quick);
    }
    Ok(messages)
}

/// What stands above the buttons of a card whose words went ahead.
fn above_buttons(card: &Card) -> String {
    let title = cards::shortened(card.title.trim(), BUTTONS_TEXT / 4);
    // Meta refuses an empty one.
    if title.is_empty() { "⬇️".to_owned() } else { title }
}
