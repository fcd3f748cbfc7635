//! What pages and the API read: lists of conversations by pages, counts, timelines.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::conversations::{CONVERSATION, Conversation, MESSAGE, Message, MessageRow};
use crate::db::{Db, On, composed_sql, sql};
use crate::error::Result;
use crate::types::{
    AgentId, Channel, ContactId, ConversationId, ConversationStatus, InboxId, Level, MessageId, Millis,
};

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
