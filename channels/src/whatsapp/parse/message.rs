//! One message of a customer.

use conversation::inbound::{InboundMessage, Sender, ThreadHints};
use conversation::types::{Channel, InboxId, Millis};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::kinds::{self, Content};
use super::sender::{self, Contacts};
use super::{json, time};
use crate::whatsapp::inbound::Inbound;
use crate::whatsapp::phone::is_user_id;

/// Reads one message. It always returns something that a person can see: what cannot be read comes
/// out as a placeholder that says why.
pub(crate) fn message(
    inbox: &InboxId,
    contacts: &Contacts<'_>,
    phone_number_id: Option<String>,
    item: Value,
    received_at: Millis,
) -> Inbound {
    let (mut from, mut address) = sender::sender(contacts, &item);
    let id = json::text(&item, "id");
    let mut problem = if !item.is_object() {
        Some("the message is not an object".to_owned())
    } else if id.is_none() {
        Some("the message has no `id`".to_owned())
    } else if from.identities.is_empty() {
        Some("the message does not say who sent it".to_owned())
    } else {
        None
    };
    // Delivered again, the same broken message must be the same message.
    let external_id = id.unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(item.to_string()))));
    let sent_at = time(&item).unwrap_or(received_at);

    let kind = kinds::kind(&item);
    let content = kinds::content(&kind, &item);
    if let Some(why) = content.problem.clone() {
        problem.get_or_insert(why);
    }
    let mut left: Vec<String> = Vec::new();
    if let Some(new) = &content.new_number {
        left = take_new_number(&mut from, new);
        address = Some(new.clone());
    }
    let mut extra = extra(&kind, item, problem.is_some());
    if let Some(Value::Object(fields)) = extra.as_mut().filter(|_| !left.is_empty()) {
        fields.insert("left".to_owned(), left.into());
    }
    let Content {
        text,
        media,
        answer,
        in_reply_to,
        ..
    } = content;
    Inbound {
        message: InboundMessage {
            thread: ThreadHints {
                in_reply_to: in_reply_to.into_iter().collect(),
                ..ThreadHints::default()
            },
            answer,
            quarantined: problem,
            judged: None,
            extra,
            opening: None,
            ..InboundMessage::saying(text, from, (inbox.clone(), Channel::Whatsapp), external_id, sent_at)
        },
        media,
        address,
        phone_number_id,
    }
}

/// Meta itself says that the number changed: the same person, from now on under the new one. Returns the numbers that are no
/// longer theirs.
fn take_new_number(from: &mut Sender, new: &str) -> Vec<String> {
    let before = from.identities.clone();
    sender::claim_number(&mut from.identities, Some(new));
    from.address = Some(new.to_owned());
    let mut under_the_new = Vec::new();
    sender::claim_number(&mut under_the_new, Some(new));
    before
        .into_iter()
        .map(|claim| claim.value)
        .filter(|value| !is_user_id(value) && under_the_new.iter().all(|claim| claim.value != *value))
        .collect()
}

/// What only WhatsApp has: `type` and the provider's own fields. A plain text has nothing more.
fn extra(kind: &str, item: Value, is_broken: bool) -> Option<Value> {
    let mut fields = match item {
        Value::Object(fields) => fields,
        other => Map::from_iter([("raw".to_owned(), other)]),
    };
    if !is_broken {
        for known in ["id", "from", "from_user_id", "timestamp"] {
            fields.remove(known);
        }
        if kind == "text" {
            fields.remove("text");
        }
        // The quoted id is a thread hint already; what is left says forwarded, product, …
        if let Some(Value::Object(context)) = fields.get_mut("context") {
            context.remove("id");
            context.remove("from");
            if context.is_empty() {
                fields.remove("context");
            }
        }
        // A link to the file lives five minutes and is a secret while it does.
        if let Some(Value::Object(block)) = fields.get_mut(kind) {
            block.remove("url");
        }
    }
    fields.insert("type".to_owned(), Value::String(kind.to_owned()));
    (kind != "text" || fields.len() > 1).then_some(Value::Object(fields))
}
