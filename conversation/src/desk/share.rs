//! Sharing out: new work of people is given to agents in turn, to those who are there and have room.
//!
//! The choice and the assignment are one transaction that holds the conversation and every desk that
//! could be chosen, so that two processes never give one conversation twice, nor fill a desk beyond
//! its capacity.

use super::presence::ONLINE_FOR;
use crate::access;
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, sql};
use crate::error::Result;
use crate::lifecycle::{Action, act_in};
use crate::store::{Store, Tx};
use crate::teams;
use crate::tickets::skills;
use crate::types::{Actor, AgentId, ConversationId, ConversationStatus, Level, Millis};

/// Gives a conversation that the transaction holds to whoever's turn it is; `None` when it is
/// somebody's already, its inbox does not share out, or nobody has room.
pub async fn give_in(tx: &mut Tx, conversation: &Conversation) -> Result<Option<AgentId>> {
    let waits = conversation.status == ConversationStatus::Open
        && conversation.assignee_id.is_none()
        && conversation.level != Level::Bot
        && conversation.merged_into.is_none();
    if !waits || !is_shared_out(&mut *tx, conversation).await? {
        return Ok(None);
    }
    let Some(agent) = whose_turn(tx, conversation).await? else {
        return Ok(None);
    };
    act_in(
        tx,
        &Actor::System,
        &conversation.id,
        Action::Assign(Some(agent.clone())),
    )
    .await?;
    Ok(Some(agent))
}

async fn is_shared_out(on: impl On, conversation: &Conversation) -> Result<bool> {
    let row: Option<(bool,)> = sql("SELECT is_shared_out FROM inbox_desks WHERE inbox_id = $1")
        .bind(&conversation.inbox_id)
        .optional(on)
        .await?;
    Ok(row == Some((true,)))
}

/// Of those who are there, work at the level and in the inbox, and have room, the one who was given something longest
/// ago. Their desks are held until the commit.
async fn whose_turn(tx: &mut Tx, conversation: &Conversation) -> Result<Option<AgentId>> {
    let now = tx.now();
    let lock = tx.dialect().for_update();
    // In the order of their ids, so that two givers cannot wait for each other.
    let text = format!(
        "SELECT d.agent_id, d.capacity, d.levels, d.last_given_at FROM desks d WHERE d.seen_at >= $1 AND NOT d.is_away AND d.capacity > 0
         AND EXISTS (SELECT 1 FROM agents a WHERE a.id = d.agent_id AND a.is_enabled AND a.role <> 'supervisor') ORDER BY d.agent_id {lock}"
    );
    let desks: Vec<(AgentId, i64, String, Option<i64>)> =
        composed_sql(text).bind(now - ONLINE_FOR).all(&mut *tx).await?;
    let last = desks.iter().filter_map(|desk| desk.3).max().unwrap_or(0);
    let mut turns: Vec<(i64, AgentId, i64)> = desks
        .into_iter()
        .filter(|(_, _, levels, _)| levels.split(' ').any(|level| level == conversation.level.as_str()))
        .map(|(agent, capacity, _, given)| (given.unwrap_or(0), agent, capacity))
        .collect();
    // Those first who know what it is about.
    let who_knows = skills::who_knows(&mut *tx, &conversation.id).await?;
    turns.sort_by_key(|(given, agent, _)| (!who_knows.contains(agent), *given, agent.clone()));
    for (_, agent, capacity) in turns {
        if let Some(team) = &conversation.team_id
            && !teams::is_member(&mut *tx, team, &agent).await?
        {
            continue;
        }
        if !access::can_be_given(&mut *tx, &agent, conversation).await? {
            continue;
        }
        let (load,): (i64,) = sql(
            "SELECT COUNT(*) FROM conversations WHERE status = 'open' AND assignee_id = $1 AND merged_into IS NULL",
        )
        .bind(&agent)
        .one(&mut *tx)
        .await?;
        if load < capacity {
            // Grows with each turn, also within one millisecond.
            sql("UPDATE desks SET last_given_at = $2 WHERE agent_id = $1")
                .bind(&agent)
                .bind(now.max(last + 1))
                .run(tx)
                .await?;
            return Ok(Some(agent));
        }
    }
    Ok(None)
}

/// Gives what has waited for somebody to come or to have room, the longest wait first; returns how
/// many conversations it gave.
pub async fn give_waiting(store: &Store) -> Result<usize> {
    if !has_somebody(store.db(), store.now()).await? {
        return Ok(0);
    }
    let waiting: Vec<(ConversationId,)> = sql("SELECT c.id FROM conversations c JOIN inbox_desks i ON i.inbox_id = c.inbox_id AND i.is_shared_out
         WHERE c.status = 'open' AND c.assignee_id IS NULL AND c.level <> 'bot' AND c.merged_into IS NULL ORDER BY c.last_message_at, c.id LIMIT 100")
        .all(store.db())
        .await?;
    let mut given = 0;
    for (id,) in waiting {
        let mut tx = store.begin().await?;
        let conversation = conversations::lock(&mut tx, &id).await?;
        if give_in(&mut tx, &conversation).await?.is_some() {
            tx.commit().await?;
            given += 1;
        }
    }
    Ok(given)
}

async fn has_somebody(on: impl On, now: Millis) -> Result<bool> {
    let row: Option<(AgentId,)> =
        sql("SELECT agent_id FROM desks WHERE seen_at >= $1 AND NOT is_away AND capacity > 0 LIMIT 1")
            .bind(now - ONLINE_FOR)
            .optional(on)
            .await?;
    Ok(row.is_some())
}
