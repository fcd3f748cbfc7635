//! Who waits, for those who watch over the work.

use crate::db::{On, sql};
use crate::error::Result;
use crate::types::{AgentId, Channel, ConversationId, Level, Millis, TeamId};

/// So many of those who wait are looked at, the longest wait first.
pub const MOST: i64 = 2_000;

/// A conversation whose customer waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// Its id.
    pub id: ConversationId,
    /// Its number.
    pub number: i64,
    /// What it is about.
    pub subject: Option<String>,
    /// The beginning of the last message.
    pub preview: String,
    /// The customer's name.
    pub name: String,
    /// Its channel.
    pub channel: Channel,
    /// Who has it.
    pub level: Level,
    /// The team that has it.
    pub team_id: Option<TeamId>,
    /// The agent who has it.
    pub assignee_id: Option<AgentId>,
    /// Since when the customer waits.
    pub waiting_since: Millis,
    /// Until when there should be an answer.
    pub due_at: Option<Millis>,
}

/// Everybody who waits, the longest wait first; at most [`MOST`].
pub async fn waiting(on: impl On) -> Result<Vec<Waiting>> {
    sql("SELECT c.id, c.number, c.subject, c.preview, p.name, c.channel, c.level, c.team_id, c.assignee_id, c.waiting_since, c.due_at FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.merged_into IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL ORDER BY c.waiting_since, c.id LIMIT $1")
        .bind(MOST)
        .all(on)
        .await
}
