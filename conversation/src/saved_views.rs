//! Lists that people keep under a name: their own, or everybody's.

use serde::Serialize;
use serde_json::json;

use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx};
use crate::teams::name_of;
use crate::types::{Actor, AgentId, Millis, ViewId};

/// The longest query that is kept, in bytes.
pub const LONGEST_QUERY: usize = 1000;
/// The most lists that one agent keeps.
pub const MOST: i64 = 100;

/// A list that somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// Who keeps it.
    pub owner_id: AgentId,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// Its name.
    pub name: String,
    /// The query of the list, as its address says it, without the question mark.
    pub query: String,
    /// Since when.
    pub created_at: Millis,
    /// When it changed last.
    pub updated_at: Millis,
}

const VIEW: &str = "id, owner_id, is_shared, name, query, created_at, updated_at";

/// The lists that an agent sees: their own and the shared ones, by name.
pub async fn of_agent(on: impl On, agent: &AgentId) -> Result<Vec<SavedView>> {
    crate::db::composed_sql(format!(
        "SELECT {VIEW} FROM saved_views WHERE owner_id = $1 OR is_shared ORDER BY name, id"
    ))
    .bind(agent)
    .all(on)
    .await
}

/// A list that an agent sees.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, agent: &AgentId, id: &ViewId) -> Result<SavedView> {
    crate::db::composed_sql(format!(
        "SELECT {VIEW} FROM saved_views WHERE id = $1 AND (owner_id = $2 OR is_shared)"
    ))
    .bind(id)
    .bind(agent)
    .optional(on)
    .await?
    .ok_or(Error::NotFound)
}

fn checked(query: &str) -> Result<&str> {
    let query = query.trim_start_matches('?');
    if query.len() > LONGEST_QUERY {
        return Err(Error::Invalid("the list has too many conditions to be kept".to_owned()));
    }
    Ok(query)
}

/// Keeps a list.
///
/// # Errors
/// [`Error::Invalid`] without a name, with too long a query, or beyond [`MOST`].
pub async fn create(store: &Store, owner: &AgentId, name: &str, query: &str, is_shared: bool) -> Result<ViewId> {
    let (name, query) = (name_of(name)?, checked(query)?);
    let mut tx = store.begin().await?;
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM saved_views WHERE owner_id = $1")
        .bind(owner)
        .one(&mut tx)
        .await?;
    if count >= MOST {
        return Err(Error::Invalid(format!(
            "nobody keeps more than {MOST} lists; remove one"
        )));
    }
    let id = ViewId::from(tx.env().ulid());
    let now = tx.now();
    sql("INSERT INTO saved_views (id, owner_id, is_shared, name, query, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)")
        .bind(&id)
        .bind(owner)
        .bind(is_shared)
        .bind(name)
        .bind(query)
        .bind(now)
        .run(&mut tx)
        .await?;
    done(tx, owner, &id).await?;
    Ok(id)
}

/// Changes a list: its owner may, and of a shared one an administrator (`is_administrator`).
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn change(
    store: &Store,
    agent: &AgentId,
    is_administrator: bool,
    id: &ViewId,
    name: &str,
    query: &str,
    is_shared: bool,
) -> Result<()> {
    let (name, query) = (name_of(name)?, checked(query)?);
    let mut tx = store.begin().await?;
    let now = tx.now();
    let rows = sql("UPDATE saved_views SET name = $4, query = $5, is_shared = $6, updated_at = $7 WHERE id = $1 AND (owner_id = $2 OR (is_shared AND $3))")
        .bind(id)
        .bind(agent)
        .bind(is_administrator)
        .bind(name)
        .bind(query)
        .bind(is_shared)
        .bind(now)
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    done(tx, agent, id).await
}

/// Forgets a list; who may is as for [`change`].
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, agent: &AgentId, is_administrator: bool, id: &ViewId) -> Result<()> {
    let mut tx = store.begin().await?;
    let rows = sql("DELETE FROM saved_views WHERE id = $1 AND (owner_id = $2 OR (is_shared AND $3))")
        .bind(id)
        .bind(agent)
        .bind(is_administrator)
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    done(tx, agent, id).await
}

async fn done(mut tx: Tx, agent: &AgentId, id: &ViewId) -> Result<()> {
    tx.emit(NewEvent {
        kind: EventKind::ViewUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: Actor::Agent(agent.clone()),
        data: json!({}),
    });
    tx.commit().await?;
    Ok(())
}
