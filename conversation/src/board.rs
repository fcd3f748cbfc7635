//! Who waits, for those who watch over the work.

use crate::conversations::preview_of;
use crate::db::{On, composed_sql};
use crate::error::Result;
use crate::lists;
use crate::scope::Scope;
use crate::tallies::Tally;
use crate::types::{Channel, ConversationId, Level, Millis, TeamId};

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

/// What somebody sees who does not see everything, bound as `$1`; all of it where nobody is.
fn seen_by(scope: Option<&Scope>) -> String {
    scope.map_or_else(
        || "AND '' = $1".to_owned(),
        |scope| scope.condition("c.contact_id", "c", "$1"),
    )
}

/// Those who wait longest, the longest wait first; with a scope only those that its agent sees.
pub async fn waiting(on: impl On, scope: Option<&Scope>, most: i64) -> Result<Vec<Waiting>> {
    let theirs = seen_by(scope);
    // First who is shown, then what they wrote: not of everybody who waits.
    let mut waiting: Vec<Waiting> = composed_sql(format!(
        "SELECT w.id, w.number, w.subject, w.preview, w.name, w.channel, w.level, w.waiting_since, w.due_at,
            COALESCE((SELECT SUBSTR(m.text, 1, 1000) FROM messages m WHERE m.conversation_id = w.id AND m.kind = 'inbound' ORDER BY m.at DESC, m.id DESC LIMIT 1), '') AS written
         FROM (SELECT c.id, c.number, c.subject, c.preview, p.name, c.channel, c.level, c.waiting_since, c.due_at FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE {WAITS} {theirs} ORDER BY c.waiting_since, c.id LIMIT $2) AS w
         ORDER BY w.waiting_since, w.id"
    ))
    .bind(scope.map_or("", |scope| scope.agent.as_str()))
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
pub async fn counted(on: impl On, scope: Option<&Scope>, now: Millis, risk: Millis) -> Result<Vec<Alike>> {
    composed_sql(counting(&seen_by(scope)))
        .bind(scope.map_or("", |scope| scope.agent.as_str()))
        .bind(MOST)
        .bind(now)
        .bind(risk)
        .all(on)
        .await
}

/// The open conversations that somebody sees who does not see everything, counted as [`tallies`](crate::tallies) count
/// everybody's.
pub async fn open_of(on: impl On, scope: &Scope) -> Result<Vec<Tally>> {
    lists::open_within(on, scope).await
}
