//! A question that an agent puts into a message of theirs, instead of waiting for the resolution to ask it.

use serde_json::json;

use super::ask::draw;
use super::{Kind, page_path, settings};
use crate::card::Card;
use crate::conversations::Conversation;
use crate::db::sql;
use crate::error::Result;
use crate::events::EventKind;
use crate::store::{Store, Tx, event};
use crate::types::{Actor, MessageId};
use crate::ways;

/// The small question as a card, under an id that is new; `None` where the business asks it of nobody in this inbox.
///
/// # Errors
/// When the database cannot be reached.
pub async fn card(store: &Store, conversation: &Conversation) -> Result<Option<Card>> {
    let db = store.db();
    let settings = settings::load(db, Kind::Csat).await?;
    if !settings.is_on(&conversation.inbox_id) {
        return Ok(None);
    }
    let id = store.env().ulid();
    let is_open = ways::is_window_open(db, conversation, store.now()).await?;
    let page = page_path(store.keys(), &id);
    Ok(Some(draw(&settings, Kind::Csat, &id, conversation, is_open, page)))
}

/// The message with the card of [`card`] is written: the question is asked.
///
/// # Errors
/// When the database cannot be reached.
pub async fn asked_in(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &Conversation,
    id: &str,
    message: &MessageId,
) -> Result<()> {
    // What was to be asked anyway is asked now.
    sql("DELETE FROM surveys WHERE conversation_id = $1 AND state = 'due' AND kind = $2")
        .bind(&conversation.id)
        .bind(Kind::Csat.as_str())
        .run(&mut *tx)
        .await?;
    let now = tx.now();
    sql("INSERT INTO surveys (id, kind, conversation_id, channel, language, agent_id, state, due_at, is_low, message_id, asked_at) VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7, $8, $9, $7)")
        .bind(id)
        .bind(Kind::Csat.as_str())
        .bind(&conversation.id)
        .bind(conversation.channel)
        .bind(conversation.language)
        .bind(conversation.assignee_id.as_ref())
        .bind(now)
        .bind(false)
        .bind(message)
        .run(&mut *tx)
        .await?;
    tx.emit(event(
        EventKind::SurveyAsked,
        &conversation.id,
        id,
        actor,
        json!({ "kind": Kind::Csat, "message": message }),
    ));
    Ok(())
}

/// Takes back what the message `$1` asked.
pub const WITHDRAW: &str = "UPDATE surveys SET state = 'skipped', reason = 'taken_back', asked_at = NULL, message_id = NULL WHERE message_id = $1 AND state = 'asked'";

/// The message that asked was taken back before it left: nobody was asked.
///
/// # Errors
/// When the database cannot be reached.
pub async fn withdraw(store: &Store, message: &MessageId) -> Result<()> {
    let mut tx = store.begin().await?;
    sql(WITHDRAW).bind(message).run(&mut tx).await?;
    tx.commit_silently().await
}
