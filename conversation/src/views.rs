//! What pages and the API read: lists of conversations by pages, counts, timelines.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::conversations::{Conversation, MESSAGE, Message, MessageRow};
use crate::db::{Db, On, composed_sql, sql};
use crate::error::Result;
pub use crate::lists::{Assignee, Counts, Filter, Place, Sort, counts};
use crate::types::{ConversationId, ConversationStatus, InboxId, MessageId, Millis};

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

/// The messages behind the channel's ids that others answer, quote or react to: of the same contact only.
/// An id that is not known is left out.
pub async fn referred(
    on: &Db,
    conversation: &ConversationId,
    ids: &[(InboxId, String)],
) -> Result<Vec<(String, Message)>> {
    const WAYS: [&str; 3] = [
        "SELECT external_id, id FROM messages WHERE external_id IS NOT NULL AND (inbox_id, external_id) IN",
        "SELECT provider_id, message_id FROM deliveries WHERE provider_id IS NOT NULL AND (inbox_id, provider_id) IN",
        "SELECT provider_id, message_id FROM provider_ids WHERE (inbox_id, provider_id) IN",
    ];
    let mut found: BTreeMap<String, MessageId> = BTreeMap::new();
    for part in crate::db::parts(ids) {
        for way in WAYS {
            let text = format!("{way} (VALUES {})", crate::db::placeholders(part.len(), 2, 0));
            let mut query = composed_sql(text);
            for (inbox, id) in &part {
                query = query.bind(inbox).bind(id.as_str());
            }
            let rows: Vec<(String, MessageId)> = query.all(on).await?;
            found.extend(rows);
        }
    }
    let wanted: Vec<MessageId> = found.values().cloned().collect();
    let mut messages: HashMap<MessageId, Message> = HashMap::new();
    for part in crate::db::parts(&wanted) {
        let rows: Vec<MessageRow> = composed_sql(format!(
            "SELECT {MESSAGE} FROM messages WHERE id IN {} AND conversation_id IN (SELECT other.id FROM conversations one JOIN conversations other ON other.contact_id = one.contact_id WHERE one.id = ${})",
            crate::db::placeholders(1, part.len(), 0),
            part.len() + 1
        ))
        .bind_all(&part)
        .bind(conversation)
        .all(on)
        .await?;
        for row in rows {
            let message = Message::try_from(row)?;
            messages.insert(message.id.clone(), message);
        }
    }
    Ok(found
        .into_iter()
        .filter_map(|(id, message)| Some((id, messages.get(&message)?.clone())))
        .collect())
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
