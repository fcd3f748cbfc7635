//! How far each agent has read in each conversation, as positions of the event log.

use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::desk::bell;
use conversation::types::{AgentId, ConversationId, Position};
use conversation::{Result, Store};

/// Records that an agent has seen a conversation up to a position; it never goes back. What they were
/// told of it is read then.
pub async fn mark(store: &Store, agent: &AgentId, conversation: &ConversationId, position: Position) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("INSERT INTO agent_reads (agent_id, conversation_id, position) VALUES ($1, $2, $3)
         ON CONFLICT (agent_id, conversation_id) DO UPDATE SET position = excluded.position WHERE excluded.position > agent_reads.position")
        .bind(agent)
        .bind(conversation)
        .bind(position)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    bell::read(store, agent, Some(conversation)).await.map(|_| ())
}

/// How far an agent has read in these conversations; those never opened are missing.
pub async fn positions(
    on: impl On,
    agent: &AgentId,
    conversations: &[ConversationId],
) -> Result<Vec<(ConversationId, Position)>> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    composed_sql(format!(
        "SELECT conversation_id, position FROM agent_reads WHERE agent_id = $1 AND conversation_id IN {}",
        placeholders(1, conversations.len(), 1)
    ))
    .bind(agent)
    .bind_all(conversations)
    .all(on)
    .await
}
