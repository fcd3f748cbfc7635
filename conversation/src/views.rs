//! What pages and the API read: lists of conversations by pages, counts, timelines.

use serde::Serialize;

use crate::conversations::{CONVERSATION, Conversation, MESSAGE, Message, MessageRow};
use crate::db::{On, composed_sql, sql};
use crate::error::Result;
use crate::types::{AgentId, Channel, ContactId, ConversationId, ConversationStatus, Level, MessageId, Millis};

/// Which conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Open, snoozed or resolved; `None` is all.
    pub status: Option<ConversationStatus>,
    /// By who has it.
    pub assignee: Assignee,
    /// By channel.
    pub channel: Option<Channel>,
    /// By level.
    pub level: Option<Level>,
    /// By contact.
    pub contact: Option<ContactId>,
}

/// Conversations by who has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Assignee {
    /// Anybody or nobody.
    #[default]
    Any,
    /// Nobody.
    Nobody,
    /// This agent.
    Agent(AgentId),
}

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
    let mut text = format!("SELECT {CONVERSATION} FROM conversations WHERE merged_into IS NULL");
    let mut args: Vec<crate::db::Value> = Vec::new();
    let mut also = |condition: &str, value: crate::db::Value| {
        args.push(value);
        text.push_str(&condition.replace('?', &format!("${}", args.len())));
    };
    if let Some(status) = filter.status {
        also(" AND status = ?", status.into());
    }
    if let Some(channel) = filter.channel {
        also(" AND channel = ?", channel.into());
    }
    if let Some(level) = filter.level {
        also(" AND level = ?", level.into());
    }
    if let Some(contact) = &filter.contact {
        also(" AND contact_id = ?", contact.into());
    }
    if let Assignee::Agent(agent) = &filter.assignee {
        also(" AND assignee_id = ?", agent.into());
    }
    if let Some(end) = after {
        also(" AND (last_message_at, id) < (?, ", end.at.into());
        also("?)", end.id.as_str().into());
    }
    also("", most.into());
    if filter.assignee == Assignee::Nobody {
        text.push_str(" AND assignee_id IS NULL");
    }
    text.push_str(&format!(
        " ORDER BY last_message_at DESC, id DESC LIMIT ${}",
        args.len()
    ));
    composed_sql(text).bind_all(args).all(on).await
}

/// How many open conversations: with nobody (and not with the bot), with this agent, in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Counts {
    /// Nobody's, escalated by the bot or never with it.
    pub unassigned: i64,
    /// This agent's.
    pub mine: i64,
    /// All open.
    pub all: i64,
}

/// Counts for the tabs of the inbox.
pub async fn counts(on: impl On, me: &AgentId) -> Result<Counts> {
    sql("SELECT COUNT(CASE WHEN assignee_id IS NULL AND level <> 'bot' THEN 1 END) AS unassigned, COUNT(CASE WHEN assignee_id = $1 THEN 1 END) AS mine, COUNT(*) AS all_open
         FROM conversations WHERE status = 'open' AND merged_into IS NULL")
        .bind(me)
        .one::<(i64, i64, i64)>(on)
        .await
        .map(|(unassigned, mine, all)| Counts { unassigned, mine, all })
}

/// Conversations that wait for a person and have none: open, unassigned, past the bot.
pub async fn unassigned(on: impl On, after: Option<&PageEnd>, most: i64) -> Result<Vec<Conversation>> {
    let (at, id) = after.map_or((i64::MAX, "~"), |end| (end.at, end.id.as_str()));
    composed_sql(format!(
        "SELECT {CONVERSATION} FROM conversations WHERE merged_into IS NULL AND status = 'open' AND assignee_id IS NULL AND level <> 'bot' AND (last_message_at, id) < ($1, $2) ORDER BY last_message_at DESC, id DESC LIMIT $3"
    ))
    .bind(at)
    .bind(id)
    .bind(most)
    .all(on)
    .await
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
