//! Teams: groups of agents that a conversation can be given to.

mod removing;

pub(crate) use removing::forget_gone;
pub use removing::{Named, load, named, names, remove};
use serde::Serialize;
use serde_json::json;

use crate::audit;
use crate::db::{On, insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx};
use crate::types::{Actor, AgentId, Millis, TeamId};

/// A group of agents.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Since when.
    pub created_at: Millis,
}

/// The longest name of a team, a label, a view or a field, in characters.
pub const LONGEST_NAME: usize = 60;

/// A name as it is kept: trimmed, on one line.
///
/// # Errors
/// [`Error::Invalid`] when nothing is left, or too much.
pub(crate) fn name_of(text: &str) -> Result<String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Error::Invalid("a name is needed".to_owned()));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid(format!(
            "the name has more than {LONGEST_NAME} characters"
        )));
    }
    Ok(name)
}

/// All teams, by name.
pub async fn list(on: impl On) -> Result<Vec<Team>> {
    sql("SELECT id, name, created_at FROM teams ORDER BY name, id")
        .all(on)
        .await
}

/// Who is in which team.
pub async fn members(on: impl On) -> Result<Vec<(TeamId, AgentId)>> {
    sql("SELECT team_id, agent_id FROM team_members ORDER BY team_id, agent_id")
        .all(on)
        .await
}

/// The teams that an agent is in.
pub async fn of_agent(on: impl On, agent: &AgentId) -> Result<Vec<TeamId>> {
    let rows: Vec<(TeamId,)> = sql("SELECT team_id FROM team_members WHERE agent_id = $1 ORDER BY team_id")
        .bind(agent)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether an agent is in a team.
pub async fn is_member(on: impl On, team: &TeamId, agent: &AgentId) -> Result<bool> {
    let row: Option<(TeamId,)> = sql("SELECT team_id FROM team_members WHERE team_id = $1 AND agent_id = $2")
        .bind(team)
        .bind(agent)
        .optional(on)
        .await?;
    Ok(row.is_some())
}

/// Adds a team.
///
/// # Errors
/// [`Error::Invalid`] without a name; [`Error::Conflict`] when there is one of that name.
pub async fn create(store: &Store, actor: &Actor, name: &str, members: &[AgentId]) -> Result<TeamId> {
    let name = name_of(name)?;
    let mut tx = store.begin().await?;
    let id = TeamId::from(tx.env().ulid());
    let now = tx.now();
    let added = sql("INSERT INTO teams (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(&id)
        .bind(name.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    if added == 0 {
        return Err(taken());
    }
    fill(&mut tx, &id, members).await?;
    done(tx, actor, &id, "team.created").await?;
    Ok(id)
}

/// Renames a team and says who is in it.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn change(store: &Store, actor: &Actor, id: &TeamId, name: &str, members: &[AgentId]) -> Result<()> {
    let name = name_of(name)?;
    let mut tx = store.begin().await?;
    let other: Option<(TeamId,)> = sql("SELECT id FROM teams WHERE name = $1 AND id <> $2")
        .bind(name.as_str())
        .bind(id)
        .optional(&mut tx)
        .await?;
    if other.is_some() {
        return Err(taken());
    }
    let changed = sql("UPDATE teams SET name = $2 WHERE id = $1")
        .bind(id)
        .bind(name)
        .run(&mut tx)
        .await?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    sql("DELETE FROM team_members WHERE team_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    fill(&mut tx, id, members).await?;
    done(tx, actor, id, "team.changed").await
}

fn taken() -> Error {
    Error::Conflict("there is a team of that name already".to_owned())
}

async fn fill(tx: &mut Tx, id: &TeamId, members: &[AgentId]) -> Result<()> {
    let mut members = members.to_vec();
    members.sort();
    members.dedup();
    let rows = members.iter().map(|agent| vec![id.into(), agent.into()]).collect();
    insert_rows(tx, "INSERT INTO team_members (team_id, agent_id) VALUES", "", rows).await
}

async fn done(mut tx: Tx, actor: &Actor, id: &TeamId, action: &str) -> Result<()> {
    audit::record(&mut tx, actor, action, id.as_str(), &json!({})).await?;
    tx.emit(NewEvent {
        kind: EventKind::TeamUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({}),
    });
    tx.commit().await?;
    Ok(())
}
