//! Lines in a conversation that say what happened to it.

use serde_json::json;

use crate::conversations::{Conversation, INSERT_MESSAGE, Message};
use crate::db::insert_rows;
use crate::error::Result;
use crate::events::EventKind;
use crate::store::{Tx, event};
use crate::types::{Actor, Auto, MessageId, MessageKind};

/// Adds a line that says what happened (escalated, assigned, merged); drawn in the reader's
/// language from `what`. Returns the line's id.
pub(crate) async fn activity(
    tx: &mut Tx,
    conversation: &Conversation,
    actor: &Actor,
    what: serde_json::Value,
) -> Result<MessageId> {
    let now = tx.now();
    let message = Message {
        id: MessageId::from(tx.env().ulid()),
        conversation_id: conversation.id.clone(),
        kind: MessageKind::Activity,
        channel: conversation.channel,
        inbox_id: None,
        author_kind: actor.kind(),
        author_id: actor.id().to_owned(),
        external_id: None,
        subject: None,
        text: String::new(),
        body: None,
        html: None,
        cards: Vec::new(),
        answer: None,
        extra: Some(what),
        auto: Auto::None,
        matched_by: None,
        in_reply_to: None,
        quarantined: None,
        raw_sha256: None,
        sent_at: now,
        at: now,
        created_at: now,
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
