//! How many open conversations there are, as an agent divides them.

use serde::Serialize;

use super::{Filter, count};
use crate::db::{On, composed_sql, sql};
use crate::error::Result;
use crate::scope::Scope;
use crate::tallies::{self, Tally};
use crate::types::{AgentId, ConversationStatus, Level};

/// How many open conversations there are, as an agent divides them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Nobody's, escalated by the bot or never with it.
    pub unassigned: i64,
    /// This agent's.
    pub mine: i64,
    /// Those with a note that calls for this agent.
    pub mentioned: i64,
    /// Of the teams that this agent is in.
    pub team: i64,
    /// All open.
    pub all: i64,
}

impl Counts {
    async fn of(on: &mut impl On, me: &AgentId, tallies: Vec<Tally>) -> Result<Counts> {
        let teams = crate::teams::of_agent(on, me).await?;
        let mut counts = Counts::default();
        for tally in tallies {
            counts.all += tally.n;
            if tally.assignee_id.is_empty() && tally.level != Level::Bot {
                counts.unassigned += tally.n;
            }
            if tally.assignee_id == me.as_str() {
                counts.mine += tally.n;
            }
            if teams.iter().any(|team| team.as_str() == tally.team_id) {
                counts.team += tally.n;
            }
        }
        Ok(counts)
    }
}

/// Counts for the places of the inbox; exact.
pub async fn counts(on: impl On, me: &AgentId) -> Result<Counts> {
    let mut on = on;
    let tallies = tallies::of(&mut on, ConversationStatus::Open).await?;
    let mut counts = Counts::of(&mut on, me, tallies).await?;
    let (mentioned,): (i64,) = sql("SELECT COUNT(*) FROM (SELECT DISTINCT m.conversation_id FROM mentions m JOIN conversations c ON c.id = m.conversation_id WHERE m.agent_id = $1 AND c.status = 'open' AND c.merged_into IS NULL) AS found")
        .bind(me)
        .one(&mut on)
        .await?;
    counts.mentioned = mentioned;
    Ok(counts)
}

/// As [`counts`], of what somebody who does not see everything sees; counted, not kept.
pub async fn counts_within(on: impl On, scope: &Scope) -> Result<Counts> {
    let mut on = on;
    let open = open_within(&mut on, scope).await?;
    let mut counts = Counts::of(&mut on, &scope.agent, open).await?;
    let filter = Filter {
        status: Some(ConversationStatus::Open),
        mentions: Some(scope.agent.clone()),
        scope: Some(scope.clone()),
        ..Filter::default()
    };
    counts.mentioned = count(on, &filter, i64::MAX).await?;
    Ok(counts)
}

/// What is counted of the open conversations of some inboxes, from an index alone; the agent is bound as `$1`.
pub const OPEN_IN_INBOXES: &str = "SELECT 'open' AS status, level, COALESCE(assignee_id, '') AS assignee_id, COALESCE(team_id, '') AS team_id, COUNT(*) AS n FROM conversations WHERE status = 'open' AND merged_into IS NULL AND inbox_id IN (SELECT inbox_id FROM agent_inboxes WHERE agent_id = $1) GROUP BY 2, 3, 4";

/// What is somebody's in inboxes that they do not work in.
const OPEN_ELSEWHERE: &str = "SELECT 'open' AS status, level, COALESCE(assignee_id, '') AS assignee_id, COALESCE(team_id, '') AS team_id, COUNT(*) AS n FROM conversations WHERE status = 'open' AND merged_into IS NULL AND assignee_id = $1 AND inbox_id NOT IN (SELECT inbox_id FROM agent_inboxes WHERE agent_id = $1) GROUP BY 2, 3, 4";

/// The open conversations that somebody sees who does not see everything, counted as [`tallies`] count everybody's.
pub(crate) async fn open_within(on: impl On, scope: &Scope) -> Result<Vec<Tally>> {
    let mut on = on;
    if scope.by_company {
        let seen = scope.condition("c.contact_id", "c", "$1");
        let text = format!(
            "SELECT c.status, c.level, COALESCE(c.assignee_id, '') AS assignee_id, COALESCE(c.team_id, '') AS team_id, COUNT(*) AS n FROM conversations c WHERE c.merged_into IS NULL AND c.status = 'open'{seen} GROUP BY 1, 2, 3, 4"
        );
        return composed_sql(text).bind(&scope.agent).all(on).await;
    }
    let mut open: Vec<Tally> = sql(OPEN_IN_INBOXES).bind(&scope.agent).all(&mut on).await?;
    let elsewhere: Vec<Tally> = sql(OPEN_ELSEWHERE).bind(&scope.agent).all(&mut on).await?;
    open.extend(elsewhere);
    Ok(open)
}
