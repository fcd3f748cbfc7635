//! A conversation that we begin, at its first line. What customers begin is written with their messages, many at once
//! (`ingest/write.rs`).

use serde_json::Value;

use super::{Conversation, lock};
use crate::db::sql;
use crate::error::Result;
use crate::events::EventKind;
use crate::inboxes::Inbox;
use crate::store::{Tx, event};
use crate::types::{
    Actor, AgentId, Channel, ContactId, ConversationId, ConversationStatus, InboxId, Language, Level, Priority, TeamId,
};

/// What is known of it.
#[derive(Debug, Clone)]
pub(crate) struct NewConversation<'a> {
    pub(crate) contact: &'a ContactId,
    pub(crate) inbox: &'a InboxId,
    pub(crate) channel: Channel,
    pub(crate) subject: Option<&'a str>,
    pub(crate) language: Language,
    pub(crate) level: Level,
    pub(crate) assignee: Option<&'a AgentId>,
    pub(crate) team: Option<&'a TeamId>,
    pub(crate) priority: Priority,
    pub(crate) reply_address: Option<&'a str>,
    pub(crate) related_to: Option<&'a ConversationId>,
    /// It stands as resolved and in no list until its customer answers.
    pub(crate) is_quiet: bool,
}

impl<'a> NewConversation<'a> {
    /// One by an inbox, at the first line, with nobody.
    pub(crate) fn by(inbox: &'a Inbox, contact: &'a ContactId, language: Language) -> Self {
        NewConversation {
            contact,
            inbox: &inbox.id,
            channel: inbox.channel,
            subject: None,
            language,
            level: Level::N1,
            assignee: None,
            team: None,
            priority: Priority::Normal,
            reply_address: None,
            related_to: None,
            is_quiet: false,
        }
    }
}

/// Begins it, held until the commit; `said` is what its event says, and `actor` whose it is.
pub(crate) async fn begin_in(
    tx: &mut Tx,
    actor: &Actor,
    new: NewConversation<'_>,
    said: Value,
) -> Result<Conversation> {
    let id = ConversationId::from(tx.env().ulid());
    let number = tx.count("conversation", 1).await?;
    let now = tx.now();
    let quiet_since = new.is_quiet.then_some(now);
    let status = if new.is_quiet {
        ConversationStatus::Resolved
    } else {
        ConversationStatus::Open
    };
    sql("INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, assignee_id, team_id, priority, reply_address, preview, message_count, last_message_at, resolved_at, quiet_since, related_to, version, position, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', 0, $14, $15, $15, $16, 0, 0, $14, $14)")
        .bind(&id)
        .bind(number)
        .bind(new.contact)
        .bind(new.inbox)
        .bind(new.channel)
        .bind(new.subject)
        .bind(new.language)
        .bind(status)
        .bind(new.level)
        .bind(new.assignee)
        .bind(new.team)
        .bind(new.priority)
        .bind(new.reply_address)
        .bind(now)
        .bind(quiet_since)
        .bind(new.related_to)
        .run(&mut *tx)
        .await?;
    let conversation = lock(tx, &id).await?;
    tx.created(&conversation);
    tx.emit(event(EventKind::ConversationCreated, &id, id.as_str(), actor, said));
    Ok(conversation)
}
