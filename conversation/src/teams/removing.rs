//! Removing a team: what gives to it, who takes over what it has, and what is left of it.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;

use super::Team;
use crate::audit;
use crate::db::{On, sql};
use crate::desk::steps::Step;
use crate::desk::{from_json, to_json};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::lifecycle::{self, Action};
use crate::store::{Store, Tx};
use crate::types::{Actor, ConversationId, TeamId};

/// What would miss a team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// How many conversations it has that are not resolved.
    pub conversations: i64,
    /// Rules that give to it: id and name.
    pub rules: Vec<(String, String)>,
    /// Macros that give to it, everybody's and agents' own: id and name.
    pub macros: Vec<(String, String)>,
    /// Lists that somebody keeps of what it has: id and name.
    pub views: Vec<(String, String)>,
}

impl Named {
    /// Whether something gives to it, which then needs another team.
    pub fn is_given_to(&self) -> bool {
        !(self.rules.is_empty() && self.macros.is_empty())
    }
}

/// One team.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &TeamId) -> Result<Team> {
    sql("SELECT id, name, created_at FROM teams WHERE id = $1")
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// What all teams are or were called, those that were removed among them.
pub async fn names(on: impl On) -> Result<HashMap<String, String>> {
    let rows: Vec<(String, String)> = sql("SELECT id, name FROM teams UNION ALL SELECT id, name FROM removed_teams")
        .all(on)
        .await?;
    Ok(rows.into_iter().collect())
}

/// What would miss a team.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn named(on: impl On, id: &TeamId) -> Result<Named> {
    let mut on = on;
    load(&mut on, id).await?;
    let (conversations,): (i64,) =
        sql("SELECT COUNT(*) FROM conversations WHERE team_id = $1 AND status <> 'resolved' AND merged_into IS NULL")
            .bind(id)
            .one(&mut on)
            .await?;
    let called = |rows: Vec<(String, String, String)>| rows.into_iter().map(|(id, name, _)| (id, name)).collect();
    Ok(Named {
        conversations,
        rules: called(givers(&mut on, "rules", id).await?),
        macros: called(givers(&mut on, "macros", id).await?),
        views: called(views(&mut on, id).await?),
    })
}

/// Rules or macros that give to a team: id, name and steps.
async fn givers(on: impl On, table: &'static str, team: &TeamId) -> Result<Vec<(String, String, String)>> {
    let text = match table {
        "rules" => "SELECT id, name, steps FROM rules WHERE steps LIKE $1 ORDER BY name, id",
        _ => "SELECT id, name, steps FROM macros WHERE steps LIKE $1 ORDER BY name, id",
    };
    let mut rows: Vec<(String, String, String)> = sql(text).bind(format!("%{team}%")).all(on).await?;
    rows.retain(|(_, _, steps)| {
        from_json::<Vec<Step>>("steps", steps).is_ok_and(|steps| steps.iter().any(|step| gives_to(step, team)))
    });
    Ok(rows)
}

fn gives_to(step: &Step, id: &TeamId) -> bool {
    matches!(step, Step::Team { team: Some(team) } | Step::Tell { team, .. } if team == id)
}

/// Lists of what a team has: id, name and query.
async fn views(on: impl On, team: &TeamId) -> Result<Vec<(String, String, String)>> {
    let mut rows: Vec<(String, String, String)> =
        sql("SELECT id, name, query FROM saved_views WHERE query LIKE $1 ORDER BY name, id")
            .bind(format!("%team={team}%"))
            .all(on)
            .await?;
    let part = format!("team={team}");
    rows.retain(|(_, _, query)| query.split('&').any(|one| one == part));
    Ok(rows)
}

/// Removes a team. What it has that is not resolved goes to `to`, or to no team; rules, macros and kept lists that name it
/// name `to` from now on. What is resolved stays with its name until it is opened again. `before` is part of the first
/// commit, for what other parts of the house know of teams.
///
/// When it is cut off half-way, the team is still there, and doing it again does the rest.
///
/// # Errors
/// [`Error::Conflict`] without `to` where rules or macros give to it; [`Error::Invalid`] where `to` is no other team;
/// [`Error::NotFound`].
pub async fn remove(
    store: &Store,
    actor: &Actor,
    id: &TeamId,
    to: Option<&TeamId>,
    before: impl AsyncFnOnce(&mut Tx) -> Result<()>,
) -> Result<()> {
    let mut tx = store.begin().await?;
    let team = load(&mut tx, id).await?;
    if let Some(to) = to
        && (to == id || load(&mut tx, to).await.is_err())
    {
        return Err(Error::Invalid("to: choose another team".to_owned()));
    }
    if to.is_none() && named(&mut tx, id).await?.is_given_to() {
        return Err(Error::Conflict(
            "rules or macros give to this team: choose the team that takes its place, or change them first".to_owned(),
        ));
    }
    rename(&mut tx, actor, id, to).await?;
    before(&mut tx).await?;
    tx.commit_any().await?;
    for conversation in of_team(store.db(), id).await? {
        match lifecycle::act(store, actor, &conversation, Action::GiveTo(to.cloned())).await {
            // Somebody merged it a moment ago.
            Ok(_) | Err(Error::Conflict(_) | Error::NotFound | Error::Invalid(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let mut tx = store.begin().await?;
    // What came meanwhile.
    for conversation in of_team(&mut tx, id).await? {
        lifecycle::act_in(&mut tx, actor, &conversation, Action::GiveTo(to.cloned())).await?;
    }
    let now = tx.now();
    sql("DELETE FROM team_members WHERE team_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    if sql("DELETE FROM teams WHERE id = $1").bind(id).run(&mut tx).await? == 0 {
        return Err(Error::NotFound);
    }
    sql("INSERT INTO removed_teams (id, name, removed_at) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(team.name.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(
        &mut tx,
        actor,
        "team.removed",
        id.as_str(),
        &json!({ "name": team.name, "to": to }),
    )
    .await?;
    tx.emit(NewEvent {
        kind: EventKind::TeamUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({ "removed": true }),
    });
    tx.commit().await?;
    Ok(())
}

async fn of_team(on: impl On, id: &TeamId) -> Result<Vec<ConversationId>> {
    let rows: Vec<(ConversationId,)> = sql(
        "SELECT id FROM conversations WHERE team_id = $1 AND status <> 'resolved' AND merged_into IS NULL ORDER BY id",
    )
    .bind(id)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What names a team names another one; a kept list of what no team has loses the condition.
async fn rename(tx: &mut Tx, actor: &Actor, id: &TeamId, to: Option<&TeamId>) -> Result<()> {
    let now = tx.now();
    if let Some(to) = to {
        for (table, code) in [("rules", "rule.saved"), ("macros", "macro.saved")] {
            for (one, name, steps) in givers(&mut *tx, table, id).await? {
                let mut steps: Vec<Step> = from_json("steps", &steps)?;
                for step in steps.iter_mut().filter(|step| gives_to(step, id)) {
                    match step {
                        Step::Tell { team, .. } | Step::Team { team: Some(team) } => *team = to.clone(),
                        _ => {}
                    }
                }
                let text = match table {
                    "rules" => "UPDATE rules SET steps = $2, updated_at = $3 WHERE id = $1",
                    _ => "UPDATE macros SET steps = $2, updated_at = $3 WHERE id = $1",
                };
                sql(text)
                    .bind(one.as_str())
                    .bind(to_json(&steps))
                    .bind(now)
                    .run(&mut *tx)
                    .await?;
                audit::record(tx, actor, code, &one, &json!({ "name": name, "team": id, "to": to })).await?;
            }
        }
    }
    let part = format!("team={id}");
    for (one, _, query) in views(&mut *tx, id).await? {
        let parts: Vec<String> = query
            .split('&')
            .filter_map(|text| match to {
                _ if text != part => Some(text.to_owned()),
                Some(to) => Some(format!("team={to}")),
                None => None,
            })
            .collect();
        sql("UPDATE saved_views SET query = $2, updated_at = $3 WHERE id = $1")
            .bind(one.as_str())
            .bind(parts.join("&"))
            .bind(now)
            .run(&mut *tx)
            .await?;
        tx.emit(NewEvent {
            kind: EventKind::ViewUpdated,
            conversation: None,
            subject: one,
            actor: actor.clone(),
            data: json!({}),
        });
    }
    Ok(())
}

/// A team that was removed has nothing: what was resolved with it and is opened again is no team's.
pub(crate) async fn forget_gone(tx: &mut Tx, team: &mut Option<TeamId>) -> Result<()> {
    let Some(id) = &team else { return Ok(()) };
    let gone: Option<(String,)> = sql("SELECT id FROM removed_teams WHERE id = $1")
        .bind(id)
        .optional(tx)
        .await?;
    if gone.is_some() {
        *team = None;
    }
    Ok(())
}
