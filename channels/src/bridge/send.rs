//! What is posted to a bridge.

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conversation::card::{Card, CardAction, CardAnswer};
use conversation::outbound::{OutboundAttachment, OutboundMessage, SendError, Sent};
use conversation::types::Millis;
use reqwest::Response;
use serde_json::{Value, json};

use super::settings::BridgeSettings;
use super::{MOST_BYTES, own_id, sending_name, stored_id};
use crate::body::limited;
use crate::outgoing::{self, Allowed};
use crate::standard_webhooks::sign;
use crate::whatsapp::send::cards;

/// How long a bridge may take to answer.
const LIMIT: Duration = Duration::from_secs(30);
/// How much of an answer is read, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// How much of a refusal is kept, in characters.
const KEPT: usize = 300;

/// Posts to bridges.
pub struct Poster {
    allowed: Allowed,
    client: OnceLock<reqwest::Client>,
}

impl Poster {
    /// One that reaches the public internet, and the private hosts that are allowed.
    pub fn new(allowed: Allowed) -> Poster {
        Poster {
            allowed,
            client: OnceLock::new(),
        }
    }

    /// Posts a message. `number` says how often it was sent again at an agent's wish, `files` are the bytes of its
    /// files, in order.
    ///
    /// # Errors
    /// A bridge that cannot be reached, is too busy, or does not know us is asked again; what else it refuses is final.
    pub async fn send(
        &self,
        settings: &BridgeSettings,
        message: &OutboundMessage,
        number: usize,
        files: &[Vec<u8>],
        public_url: &str,
        now: Millis,
    ) -> Result<Sent, SendError> {
        let total: usize = files.iter().map(Vec::len).sum();
        if total > MOST_BYTES {
            return Err(permanent(
                "bridge.too_large",
                format!("the files have {total} bytes together; a bridge takes {MOST_BYTES}"),
            ));
        }
        let name = sending_name(&message.delivery, number);
        let mut data = data(message, files, public_url);
        data["delivery"] = json!(name);
        let body = json!({ "type": "message", "timestamp": moment(now), "data": data });
        let response = self.post(settings, &name, &body, now).await?;
        let answer = limited(response, LONGEST_ANSWER).await.unwrap_or_default();
        Ok(Sent {
            provider_id: id_of(&answer).map(|id| stored_id(&message.recipient, &id)),
            is_delivered: false,
        })
    }

    /// Asks a bridge whether it is there and knows our signature.
    ///
    /// # Errors
    /// As [`Poster::send`].
    pub async fn ping(&self, settings: &BridgeSettings, id: &str, now: Millis) -> Result<(), SendError> {
        let body = json!({ "type": "ping", "timestamp": moment(now) });
        self.post(settings, id, &body, now).await.map(drop)
    }

    async fn post(
        &self,
        settings: &BridgeSettings,
        id: &str,
        body: &Value,
        now: Millis,
    ) -> Result<Response, SendError> {
        if settings.url.trim().is_empty() {
            return Err(permanent(
                "bridge.url",
                "the inbox has no address that answers are posted to; enter it in its settings".to_owned(),
            ));
        }
        // The configuration may have become stricter since it was typed in.
        let url = outgoing::address(&settings.url, &self.allowed)
            .map_err(|words| permanent("bridge.url", words.to_owned()))?;
        let body = body.to_string();
        let seconds = now.div_euclid(1000);
        let response = self
            .client()?
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", sign(&settings.secret, id, seconds, &body))
            .body(body)
            .send()
            .await
            // Whether it has it or not: what comes again has the same id, and a bridge remembers those.
            .map_err(|error| temporary("bridge.unreachable", outgoing::words(&error, LIMIT), None))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refusal(response).await)
    }

    fn client(&self) -> Result<reqwest::Client, SendError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let made = outgoing::client(&self.allowed, LIMIT)
            .map_err(|error| temporary("bridge.unreachable", error.to_string(), None))?;
        Ok(self.client.get_or_init(|| made).clone())
    }
}

/// Whether the trouble is with the bridge, not with this message.
pub(crate) fn is_about_inbox(error: &SendError) -> bool {
    match error {
        // One that asks to come later is well.
        SendError::Temporary { code, .. } => {
            code.starts_with("bridge.") && !matches!(code.as_str(), "bridge.408" | "bridge.425" | "bridge.429")
        }
        SendError::Permanent { code, .. } => code == "bridge.url" || code == "bridge.settings",
        SendError::Unknown { .. } => false,
    }
}

async fn refusal(response: Response) -> SendError {
    let status = response.status().as_u16();
    let retry_after = outgoing::retry_after(&response);
    let answer = limited(response, LONGEST_ANSWER).await.unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer);
    let said: String = answer.trim().chars().take(KEPT).collect();
    let reason = if said.is_empty() {
        format!("the bridge answered {status}")
    } else {
        format!("the bridge answered {status}: {said}")
    };
    let code = format!("bridge.{status}");
    match status {
        // Not this message is wrong but the address or the secret, and both can be mended; or it should come later.
        300..=399 | 401 | 403 | 404 | 405 | 408 | 410 | 425 | 429 | 500..=599 => temporary(&code, reason, retry_after),
        _ => permanent(&code, reason),
    }
}

fn temporary(code: &str, reason: String, retry_after: Option<Millis>) -> SendError {
    SendError::Temporary {
        code: code.to_owned(),
        reason,
        retry_after,
    }
}

fn permanent(code: &str, reason: String) -> SendError {
    SendError::Permanent {
        code: code.to_owned(),
        reason,
    }
}

fn data(message: &OutboundMessage, files: &[Vec<u8>], public_url: &str) -> Value {
    json!({
        "message": message.message,
        "conversation": message.conversation,
        "inbox": message.inbox,
        "to": { "id": message.recipient, "name": message.recipient_name },
        "language": message.language,
        "author": message.author_name,
        "is_automatic": message.is_automatic,
        "text": message.text,
        "answers": message.quotes.as_deref().and_then(|id| own_id(&message.recipient, id)),
        "cards": message.cards.iter().map(|one| card(message, one, public_url)).collect::<Vec<_>>(),
        "files": message.attachments.iter().zip(files).map(|(file, bytes)| attached(file, bytes)).collect::<Vec<_>>(),
    })
}

fn attached(file: &OutboundAttachment, bytes: &[u8]) -> Value {
    json!({
        "name": file.name,
        "type": file.media_type,
        "size": bytes.len(),
        "sha256": file.blob.sha256,
        "data": STANDARD.encode(bytes),
    })
}

/// A card in parts, for a messenger that has buttons, and as words for one that has none.
fn card(message: &OutboundMessage, card: &Card, public_url: &str) -> Value {
    let base = public_url.trim_end_matches('/');
    let actions: Vec<Value> = card
        .actions
        .iter()
        .map(|action| match action {
            CardAction::Open { label, path } => {
                json!({ "type": "open", "label": label, "url": format!("{base}/{}", path.trim_start_matches('/')) })
            }
            CardAction::Answer { label, value } => {
                json!({ "type": "answer", "label": label, "payload": CardAnswer::payload(&message.message, value) })
            }
        })
        .collect();
    let facts: Vec<Value> = card
        .facts
        .iter()
        .map(|(label, value)| json!({ "label": label, "value": value }))
        .collect();
    json!({
        "kind": card.kind,
        "title": card.title,
        "body": card.body,
        "facts": facts,
        "actions": actions,
        "text": cards::plain(card, Some(base)),
    })
}

/// The id that the bridge gives our message, where it gives one.
fn id_of(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let id = match answer.get("id")? {
        Value::String(id) => id.trim().to_owned(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let is_id = !id.is_empty() && id.len() <= 200 && !id.chars().any(char::is_control);
    is_id.then_some(id)
}

fn moment(at: Millis) -> String {
    let moment = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::MAX);
    format!("{moment:.3}")
}
