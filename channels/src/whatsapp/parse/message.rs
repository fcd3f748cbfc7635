//! One message of a customer.

use conversation::inbound::{InboundMessage, ThreadHints};
use conversation::types::{Auto, Channel, InboxId, Millis};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::kinds::{self, Content};
use super::sender::{self, Contacts};
use super::{json, time};
use crate::whatsapp::phone::is_user_id;
use crate::whatsapp::webhook::Inbound;

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
    let mut problem = None;
    let id = json::text(&item, "id");
    if !item.is_object() {
        problem = Some("the message is not an object".to_owned());
    } else if id.is_none() {
        problem = Some("the message has no `id`".to_owned());
    } else if from.identities.is_empty() {
        problem = Some("the message does not say who sent it".to_owned());
    }
    // Delivered again, the same broken message must be the same message.
    let external_id = id.unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(item.to_string()))));
    let sent_at = time(&item).unwrap_or(received_at);

    let kind = kinds::kind(&item);
    let content = kinds::content(&kind, &item);
    if let Some(why) = content.problem.clone() {
        problem.get_or_insert(why);
    }
    let mut left: Vec<String> = Vec::new();
    // Meta itself says that the number changed: the same person, from now on under the new one.
    if let Some(new) = &content.new_number {
        let before = from.identities.clone();
        sender::claim_number(&mut from.identities, Some(new));
        let stays = |value: &str| {
            let mut after = Vec::new();
            sender::claim_number(&mut after, Some(new));
            is_user_id(value) || after.iter().any(|claim| claim.value == value)
        };
        left.extend(
            before
                .into_iter()
                .map(|claim| claim.value)
                .filter(|value| !stays(value)),
        );
        address = Some(new.clone());
        from.address.clone_from(&address);
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
            inbox: inbox.clone(),
            channel: Channel::Whatsapp,
            external_id,
            sent_at,
            from,
            recipients: Vec::new(),
            subject: None,
            text,
            reply: None,
            html: None,
            attachments: Vec::new(),
            thread: ThreadHints {
                in_reply_to: in_reply_to.into_iter().collect(),
                ..ThreadHints::default()
            },
            auto: Auto::None,
            bounce: None,
            answer,
            raw: None,
            cursor: None,
            quarantined: problem,
            extra,
        },
        media,
        address,
        phone_number_id,
    }
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
