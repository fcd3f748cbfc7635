//! What pages and the API read: lists of conversations by pages, counts, timelines.

use serde::Serialize;

use crate::conversations::{Conversation, MESSAGE, Message, MessageRow};
use crate::db::{On, composed_sql, sql};
use crate::error::Result;
pub use crate::lists::{Assignee, Counts, Filter, Place, Sort, counts};
use crate::types::{ConversationId, ConversationStatus, MessageId, Millis};

/// Where a page ended: the next one begins behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageEnd {
    /// The time of its last row.
    pub at: Millis,
    /// The id of its last row.
    pub id: String,
}

impl PageEnd {
    /// The text that travels in a URL.
    pub fn to_text(&self) -> String {
        format!("{}-{}", self.at, self.id)
    }

    /// Reads it back; anything else is no place.
    pub fn from_text(text: &str) -> Option<PageEnd> {
        let (at, id) = text.split_once('-')?;
        Some(PageEnd {
            at: at.parse().ok()?,
            id: id.to_owned(),
        })
    }
}

/// Conversations, the one with the newest message first; `most` at a time.
pub async fn conversations(
    on: impl On,
    filter: &Filter,
    after: Option<&PageEnd>,
    most: i64,
) -> Result<Vec<Conversation>> {
    let after = after.map(|end| Place {
        part: 0,
        at: end.at,
        id: end.id.clone(),
    });
    crate::lists::list(on, filter, Sort::Newest, after.as_ref(), most).await
}

/// Conversations that wait for a person and have none: open, unassigned, past the bot.
pub async fn unassigned(on: impl On, after: Option<&PageEnd>, most: i64) -> Result<Vec<Conversation>> {
    let filter = Filter {
        status: Some(ConversationStatus::Open),
        assignee: Assignee::Nobody,
        is_past_bot: true,
        ..Filter::default()
    };
    conversations(on, &filter, after, most).await
}

/// Messages of a conversation, oldest first: the last `most` before `before` (a message's time and id).
pub async fn timeline(
    on: impl On,
    conversation: &ConversationId,
    before: Option<&PageEnd>,
    most: i64,
) -> Result<Vec<Message>> {
    let (at, id) = before.map_or((i64::MAX, "~"), |end| (end.at, end.id.as_str()));
    let rows: Vec<MessageRow> = composed_sql(format!(
        "SELECT {MESSAGE} FROM messages WHERE conversation_id = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4"
    ))
    .bind(conversation)
    .bind(at)
    .bind(id)
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().rev().map(Message::try_from).collect()
}

/// As [`timeline`], the other way: the first `most` from `from` on, itself included.
pub async fn timeline_from(
    on: impl On,
    conversation: &ConversationId,
    from: &PageEnd,
    most: i64,
) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = composed_sql(format!(
        "SELECT {MESSAGE} FROM messages WHERE conversation_id = $1 AND (at, id) >= ($2, $3) ORDER BY at, id LIMIT $4"
    ))
    .bind(conversation)
    .bind(from.at)
    .bind(from.id.as_str())
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// What the customer sees of a conversation, oldest first: what came in and went out, the last `most`.
pub async fn customer_timeline(on: impl On, conversation: &ConversationId, most: i64) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = composed_sql(format!(
        "SELECT {MESSAGE} FROM messages WHERE conversation_id = $1 AND kind IN ('inbound', 'outbound') ORDER BY at DESC, id DESC LIMIT $2"
    ))
    .bind(conversation)
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().rev().map(Message::try_from).collect()
}

/// Whether a message came in after a given one; the bot asks before it answers.
pub async fn newest_inbound(on: impl On, conversation: &ConversationId) -> Result<Option<MessageId>> {
    let row: Option<(MessageId,)> = sql(
        "SELECT id FROM messages WHERE conversation_id = $1 AND kind = 'inbound' ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(conversation)
    .optional(on)
    .await?;
    Ok(row.map(|(id,)| id))
}
