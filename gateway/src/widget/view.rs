//! Messages as the frame gets them. Notes and activity lines never do.

use std::collections::HashMap;

use channels::webchat::client_id;
use conversation::conversations::{Attachment, Message, is_elsewhere};
use conversation::proactive::{self, Opening};
use conversation::types::{
    Actor, ActorKind, AttachmentId, Channel, ContactId, ConversationId, MessageId, MessageKind, Millis,
};
use conversation::{Result, Store, access, attachments, reply, views};
use serde_json::{Value, json};

use super::store::{self, Visitor};
use crate::app::App;

/// An address is good for a day at least and two at most, so that it stays the same for a while and
/// browsers keep the file.
const DAY: Millis = 24 * 60 * 60 * 1000;

/// How many messages a session begins with, the newest.
const MOST: i64 = 100;

/// A message for the frame.
pub(super) struct Shown {
    /// Our id; `json.id` is the browser's own where it made one.
    pub(super) message: MessageId,
    /// Inbound or outbound.
    pub(super) kind: MessageKind,
    /// As the protocol has it.
    pub(super) json: Value,
}

/// What the customer sees of a conversation, oldest first.
pub(super) async fn timeline(
    app: &App,
    visitor: &Visitor,
    contact: &ContactId,
    conversation: &ConversationId,
) -> Result<Vec<Shown>> {
    let actor = Actor::Contact(contact.clone());
    let conversation = access::conversation(app.store.db(), &actor, conversation).await?;
    let messages = views::customer_timeline(app.store.db(), &conversation.id, MOST).await?;
    shown(app, visitor, &conversation.id, messages).await
}

/// One message, if the contact may see it and it is in a conversation that the frame shows.
pub(super) async fn one(
    app: &App,
    visitor: &Visitor,
    contact: &ContactId,
    message: &MessageId,
) -> Result<Option<Shown>> {
    let actor = Actor::Contact(contact.clone());
    let message = match access::message(app.store.db(), &actor, message).await {
        Ok(message) => message,
        Err(conversation::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let conversation = message.conversation_id.clone();
    Ok(shown(app, visitor, &conversation, vec![message]).await?.pop())
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    conversation: &ConversationId,
    messages: Vec<Message>,
) -> Result<Vec<Shown>> {
    let (store, db) = (&app.store, app.store.db());
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id.clone()).collect();
    let mut files: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    for file in attachments::of_messages(db, &ids).await? {
        if let Some(message) = file.message_id.clone() {
            files.entry(message).or_default().push(file);
        }
    }
    let mut names = reply::speakers(store, &messages).await?;
    if messages
        .iter()
        .any(|message| proactive::of(message).is_some() && proactive::speaker(message).0 == ActorKind::System)
    {
        names.insert(Actor::System.id().to_owned(), app.business_name());
    }
    let has_inbound = messages.iter().any(|message| message.kind == MessageKind::Inbound);
    let read_until = if has_inbound {
        store::read_until(db, conversation).await?
    } else {
        None
    };
    let answered: HashMap<MessageId, String> = messages
        .iter()
        .filter_map(|message| message.answer.as_ref())
        .filter_map(|answer| Some((answer.message.clone()?, answer.value.clone())))
        .collect();
    Ok(messages
        .into_iter()
        .map(|message| {
            let files = files.remove(&message.id).unwrap_or_default();
            let json = json(store, visitor, &message, files, &names, &answered, read_until);
            Shown {
                message: message.id,
                kind: message.kind,
                json,
            }
        })
        .collect())
}

/// The id that the frame knows a message by: the browser's own where it made one, and of a proactive message the one that it was
/// shown with.
fn shown_id(message: &Message) -> &str {
    if let Some(id) = proactive::of(message) {
        return id;
    }
    message
        .external_id
        .as_deref()
        .filter(|_| message.channel == Channel::Webchat && message.kind == MessageKind::Inbound)
        .and_then(client_id)
        .unwrap_or(message.id.as_str())
}

fn json(
    store: &Store,
    visitor: &Visitor,
    message: &Message,
    files: Vec<Attachment>,
    names: &HashMap<String, String>,
    answered: &HashMap<MessageId, String>,
    read_until: Option<Millis>,
) -> Value {
    let is_own = message.kind == MessageKind::Inbound;
    let first = proactive::of(message).is_some();
    let (speaks, who) = proactive::speaker(message);
    // Of what the system says by itself nobody is named, but the business is where it spoke first.
    let name = if speaks == ActorKind::System && !first {
        ""
    } else {
        names.get(who).map_or("", String::as_str)
    };
    let kind = match speaks {
        _ if is_own => "contact",
        ActorKind::Contact => "contact",
        ActorKind::Agent | ActorKind::Api => "agent",
        ActorKind::Bot => "bot",
        ActorKind::System => "system",
    };
    let state = is_own.then(|| {
        if read_until.is_some_and(|at| message.created_at <= at) {
            "read"
        } else {
            "sent"
        }
    });
    json!({
        "id": shown_id(message),
        "author": { "name": name, "kind": kind },
        "at": message.at,
        // The frame has no marks of its own; what the customer wrote stays as they wrote it.
        "text": if is_own || is_elsewhere(message.extra.as_ref()) { message.text.clone() } else { ui::components::markup::plain(&message.text) },
        "cards": message.cards,
        "attachments": files.iter().map(|file| file_json(store, visitor, file)).collect::<Vec<_>>(),
        "state": state,
        "answered": answered.get(&message.id),
        // Said by mail or in the portal: where it is read, too.
        "proactive": first.then_some(true),
        "elsewhere": (message.channel != Channel::Webchat).then_some(true),
    })
}

/// A proactive message before anybody answered it, as the frame gets it.
pub(super) async fn opening(app: &App, opening: &Opening) -> Result<Value> {
    let agent = reply::agent_names(&app.store, opening.agent.as_slice()).await?.pop();
    let (kind, name) = match agent {
        Some((_, name)) => ("agent", name),
        None => ("system", app.business_name()),
    };
    Ok(json!({
        "id": opening.id,
        "author": { "name": name, "kind": kind },
        "at": app.store.now(),
        "text": ui::components::markup::plain(&opening.text),
        "cards": [],
        "attachments": [],
        "proactive": true,
    }))
}

/// A file as the frame gets it.
pub(super) fn file_json(store: &Store, visitor: &Visitor, file: &Attachment) -> Value {
    json!({
        "id": file.id,
        "name": file.name,
        "type": file.media_type,
        "size": file.size,
        "url": url(store, visitor, &file.id),
    })
}

fn url(store: &Store, visitor: &Visitor, id: &AttachmentId) -> String {
    let until = (store.now() / DAY + 2) * DAY;
    let text = format!("{}-{id}-{until}", visitor.visitor);
    format!("/widget/files/{}", store.keys().sign("chat file", &text))
}
