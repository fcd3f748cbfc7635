//! Taking back what lets somebody in.

use conversation::db::sql;
use conversation::types::AgentId;
use conversation::{Result, Tx};

/// Ends everything that lets somebody in without their password: sessions, but the one to `keep`, and links.
pub(super) async fn all_in(tx: &mut Tx, agent: &AgentId, keep: Option<&str>) -> Result<()> {
    sessions_in(tx, agent, keep).await?;
    links_in(tx, agent).await
}

async fn sessions_in(tx: &mut Tx, agent: &AgentId, keep: Option<&str>) -> Result<()> {
    sql("DELETE FROM agent_sessions WHERE agent_id = $1 AND token_hash <> $2")
        .bind(agent)
        .bind(keep.unwrap_or_default())
        .run(tx)
        .await?;
    Ok(())
}

/// Ends the links that were made for somebody and not used yet.
pub(super) async fn links_in(tx: &mut Tx, agent: &AgentId) -> Result<()> {
    let now = tx.now();
    sql("UPDATE agent_links SET used_at = $2 WHERE agent_id = $1 AND used_at IS NULL")
        .bind(agent)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}
