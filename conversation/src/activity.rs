//! Lines in a conversation that say what happened to it.

use serde_json::json;

use crate::conversations::{Conversation, INSERT_MESSAGE, Message};
use crate::db::insert_rows;
use crate::error::Result;
use crate::events::EventKind;
use crate::store::{Tx, event};
use crate::types::{Actor, MessageId, MessageKind};

/// Adds a line that says what happened (escalated, assigned, merged); drawn in the reader's
/// language from `what`. Returns the line's id.
pub(crate) async fn activity(
    tx: &mut Tx,
    conversation: &Conversation,
    actor: &Actor,
    what: serde_json::Value,
) -> Result<MessageId> {
    let id = MessageId::from(tx.env().ulid());
    let message = Message {
        extra: Some(what),
        ..Message::by(actor, id, conversation, MessageKind::Activity, "", tx.now())
    };
    insert_rows(&mut *tx, INSERT_MESSAGE, "", vec![message.row()]).await?;
    tx.emit(event(
        EventKind::MessageCreated,
        &conversation.id,
        message.id.as_str(),
        actor,
        json!({ "kind": "activity" }),
    ));
    Ok(message.id)
}
