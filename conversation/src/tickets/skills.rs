//! What agents know about: categories of tickets. Sharing out asks those first who know.

use std::collections::HashMap;

use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::tickets::categories::{self, Tree};
use crate::types::{AgentId, ConversationId};

/// The categories that an agent knows about.
pub async fn of_agent(on: impl On, agent: &AgentId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sql("SELECT category_id FROM agent_skills WHERE agent_id = $1 ORDER BY category_id")
        .bind(agent)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What each agent knows about; whoever knows of nothing is missing.
pub async fn of_all(on: impl On) -> Result<HashMap<AgentId, Vec<String>>> {
    let rows: Vec<(AgentId, String)> = sql("SELECT agent_id, category_id FROM agent_skills ORDER BY category_id")
        .all(on)
        .await?;
    let mut known: HashMap<AgentId, Vec<String>> = HashMap::new();
    for (agent, category) in rows {
        known.entry(agent).or_default().push(category);
    }
    Ok(known)
}

/// Says what an agent knows about; whoever knows a category knows what is below it.
///
/// # Errors
/// [`Error::Invalid`] for a category that is not there; [`Error::NotFound`] for nobody's id.
pub async fn set(store: &Store, agent: &AgentId, categories: &[String]) -> Result<()> {
    let mut tx = store.begin().await?;
    let known: Option<(String,)> = sql("SELECT id FROM agents WHERE id = $1")
        .bind(agent)
        .optional(&mut tx)
        .await?;
    known.ok_or(Error::NotFound)?;
    let tree = categories::tree(&mut tx).await?;
    if categories.iter().any(|id| tree.get(id).is_none()) {
        return Err(Error::Invalid("skills: there is no such category".to_owned()));
    }
    sql("DELETE FROM agent_skills WHERE agent_id = $1")
        .bind(agent)
        .run(&mut tx)
        .await?;
    for category in categories {
        sql("INSERT INTO agent_skills (agent_id, category_id) VALUES ($1, $2) ON CONFLICT (agent_id, category_id) DO NOTHING")
            .bind(agent)
            .bind(category)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await
}

/// Those who know what the conversation's newest unsolved ticket is about; empty where nobody does, or
/// nothing is said about it.
pub(crate) async fn who_knows(on: impl On, conversation: &ConversationId) -> Result<Vec<AgentId>> {
    let mut on = on;
    let Some(category) = super::current(&mut on, conversation)
        .await?
        .and_then(|ticket| ticket.category)
    else {
        return Ok(Vec::new());
    };
    let tree: Tree = categories::tree(&mut on).await?;
    let mut known = Vec::new();
    for above in tree.line(&category) {
        let rows: Vec<(AgentId,)> = sql("SELECT agent_id FROM agent_skills WHERE category_id = $1")
            .bind(&above.id)
            .all(&mut on)
            .await?;
        known.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(known)
}
