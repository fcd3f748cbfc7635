//! Who waits, for those who watch over the work.

use crate::conversations::preview_of;
use crate::db::{On, composed_sql};
use crate::error::Result;
use crate::tallies::Tally;
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
    /// The beginning of what the customer wrote last; empty where that was no text.
    pub written: String,
    /// The beginning of the last message, whoever wrote it.
    pub preview: String,
    /// The customer's name.
    pub name: String,
    /// Its channel.
    pub channel: Channel,
    /// Who has it.
    pub level: Level,
    /// Since when the customer waits.
    pub waiting_since: Millis,
    /// Until when there should be an answer.
    pub due_at: Option<Millis>,
}

/// What holds for those who wait.
const WAITS: &str = "c.merged_into IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL";

/// The customers of a coordinator, who is bound as `$1`.
const THEIRS: &str = "AND p.company_id IN (SELECT company_id FROM agent_companies WHERE agent_id = $1)";

/// Those who wait longest, the longest wait first. With a coordinator, only customers of the companies that were given
/// to them.
pub async fn waiting(on: impl On, coordinator: Option<&AgentId>, most: i64) -> Result<Vec<Waiting>> {
    let theirs = coordinator.map_or("AND '' = $1", |_| THEIRS);
    // First who is shown, then what they wrote: not of everybody who waits.
    let mut waiting: Vec<Waiting> = composed_sql(format!(
        "SELECT w.id, w.number, w.subject, w.preview, w.name, w.channel, w.level, w.waiting_since, w.due_at,
            COALESCE((SELECT SUBSTR(m.text, 1, 1000) FROM messages m WHERE m.conversation_id = w.id AND m.kind = 'inbound' ORDER BY m.at DESC, m.id DESC LIMIT 1), '') AS written
         FROM (SELECT c.id, c.number, c.subject, c.preview, p.name, c.channel, c.level, c.waiting_since, c.due_at FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE {WAITS} {theirs} ORDER BY c.waiting_since, c.id LIMIT $2) AS w
         ORDER BY w.waiting_since, w.id"
    ))
    .bind(coordinator.map_or("", AgentId::as_str))
    .bind(most)
    .all(on)
    .await?;
    for one in &mut waiting {
        one.written = preview_of(&one.written);
    }
    Ok(waiting)
}

/// So many of those who wait are alike.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Alike {
    /// Their channel.
    pub channel: Channel,
    /// Who has them.
    pub level: Level,
    /// The team that has them.
    pub team_id: Option<TeamId>,
    /// How their limit stands: 0 there is time or no limit, 1 it is near, 2 it is over.
    pub urgency: i64,
    /// How many they are.
    pub n: i64,
}

/// How those who wait are counted; `theirs` narrows them. Nothing else of a conversation than what stands in the index
/// `conversations_waiting_counted`, so that no row is fetched and nothing sorted.
fn counting(theirs: &str) -> String {
    format!(
        "SELECT channel, level, team_id, CAST(CASE WHEN due_at <= $3 THEN 2 WHEN due_at <= $4 THEN 1 ELSE 0 END AS BIGINT) AS urgency, COUNT(*) AS n
         FROM (SELECT c.channel, c.level, c.team_id, c.due_at FROM conversations c WHERE {WAITS} {theirs} ORDER BY c.waiting_since, c.id LIMIT $2) AS waiting
         GROUP BY 1, 2, 3, 4"
    )
}

/// How everybody who waits is counted.
pub fn counting_all() -> String {
    counting("AND '' = $1")
}

/// Those who wait, counted by what they have in common; at most [`MOST`] in all, the longest wait first. A limit
/// before `risk` is near.
pub async fn counted(on: impl On, coordinator: Option<&AgentId>, now: Millis, risk: Millis) -> Result<Vec<Alike>> {
    let text = match coordinator {
        None => counting_all(),
        Some(_) => counting(
            "AND c.contact_id IN (SELECT p.id FROM contacts p WHERE p.company_id IN (SELECT company_id FROM agent_companies WHERE agent_id = $1))",
        ),
    };
    composed_sql(text)
        .bind(coordinator.map_or("", AgentId::as_str))
        .bind(MOST)
        .bind(now)
        .bind(risk)
        .all(on)
        .await
}

/// The open conversations of a coordinator's companies, counted as [`tallies`](crate::tallies) count everybody's.
pub async fn open_of(on: impl On, coordinator: &AgentId) -> Result<Vec<Tally>> {
    composed_sql(format!(
        "SELECT c.status, c.level, COALESCE(c.assignee_id, '') AS assignee_id, COALESCE(c.team_id, '') AS team_id, COUNT(*) AS n FROM contacts p JOIN conversations c ON c.contact_id = p.id WHERE c.merged_into IS NULL AND c.status = 'open' {THEIRS} GROUP BY 1, 2, 3, 4"
    ))
    .bind(coordinator)
    .all(on)
    .await
}
