//! Macros: several steps at one press, an agent's own or everybody's.

use serde::Serialize;
use serde_json::json;

use super::fits::{self, Fits, Matter};
use super::steps::{self, Step};
use super::{from_json, name, to_json};
use crate::audit;
use crate::conversations;
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::{Actor, AgentId, ConversationId, Millis};

/// Several steps at one press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Macro {
    /// Its id.
    pub id: String,
    /// Whose it is; `None` is everybody's.
    pub owner: Option<AgentId>,
    /// What it is called.
    pub name: String,
    /// What it does.
    pub steps: Vec<Step>,
    /// The tickets that it is for.
    pub fits: Fits,
    /// How often it was run.
    pub uses: i64,
    /// When it changed last.
    pub updated_at: Millis,
}

type Row = (String, String, String, String, i64, i64);

const COLUMNS: &str = "id, owner_id, name, steps, uses, updated_at";

fn from_row((id, owner, name, steps, uses, updated_at): Row, fits: Fits) -> Result<Macro> {
    Ok(Macro {
        fits,
        steps: from_json(&format!("macro {id}"), &steps)?,
        id,
        owner: Some(owner).filter(|owner| !owner.is_empty()).map(AgentId::from),
        name,
        uses,
        updated_at,
    })
}

/// Keeps a macro; with an id it is changed, and whose it is stays. Without `fits` it stays for what it was.
///
/// # Errors
/// [`Error::Invalid`] without a name or steps, or for a category that is not there; [`Error::Conflict`] when the name is taken;
/// [`Error::NotFound`].
pub async fn save(
    store: &Store,
    actor: &Actor,
    id: Option<&str>,
    owner: Option<&AgentId>,
    called: &str,
    steps: &[Step],
    fits: Option<&Fits>,
) -> Result<Macro> {
    let called = name("name", called, 80)?;
    steps::check(steps, true)?;
    let old = match id {
        Some(id) => Some(load(store.db(), id).await?),
        None => None,
    };
    let owner = match &old {
        Some(old) => old.owner.clone(),
        None => owner.cloned(),
    };
    let mut tx = store.begin().await?;
    let now = tx.now();
    let id = match id {
        Some(id) => id.to_owned(),
        None => tx.env().ulid(),
    };
    let owner = owner.as_ref().map_or("", AgentId::as_str);
    let other: Option<(String,)> = sql("SELECT id FROM macros WHERE owner_id = $1 AND name = $2 AND id <> $3")
        .bind(owner)
        .bind(&called)
        .bind(&id)
        .optional(&mut tx)
        .await?;
    if other.is_some() {
        return Err(Error::Conflict(format!("there is a macro named `{called}` already")));
    }
    sql("INSERT INTO macros (id, owner_id, name, steps, uses, created_at, updated_at) VALUES ($1, $2, $3, $4, 0, $5, $5) ON CONFLICT (id) DO UPDATE SET name = excluded.name, steps = excluded.steps, updated_at = excluded.updated_at")
        .bind(&id)
        .bind(owner)
        .bind(&called)
        .bind(to_json(&steps))
        .bind(now)
        .run(&mut tx)
        .await?;
    if let Some(fits) = fits {
        fits::set_in(&mut tx, &id, fits).await?;
    }
    audit::record(&mut tx, actor, "macro.saved", &id, &json!({ "name": called })).await?;
    tx.commit_silently().await?;
    load(store.db(), &id).await
}

/// Throws a macro away.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    if sql("DELETE FROM macros WHERE id = $1").bind(id).run(&mut tx).await? == 0 {
        return Err(Error::NotFound);
    }
    fits::forget_in(&mut tx, id).await?;
    audit::record(&mut tx, actor, "macro.removed", id, &json!({})).await?;
    tx.commit_silently().await
}

/// One by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Macro> {
    let mut on = on;
    let row: Option<Row> = composed_sql(format!("SELECT {COLUMNS} FROM macros WHERE id = $1"))
        .bind(id)
        .optional(&mut on)
        .await?;
    from_row(row.ok_or(Error::NotFound)?, fits::of(on, id).await?)
}

/// Everybody's and this agent's own, by name.
pub async fn list(on: impl On, of: Option<&AgentId>) -> Result<Vec<Macro>> {
    let mut on = on;
    let of = of.map_or("", AgentId::as_str);
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {COLUMNS} FROM macros WHERE owner_id = '' OR owner_id = $1 ORDER BY name, id LIMIT 500"
    ))
    .bind(of)
    .all(&mut on)
    .await?;
    let mut fits = fits::of_all(on, "macros", of).await?;
    rows.into_iter()
        .map(|row| {
            let fits = fits.remove(&row.0).unwrap_or_default();
            from_row(row, fits)
        })
        .collect()
}

/// As [`list`], what was written for a matter like this one first, then what is for everything, then the rest.
pub async fn offered(on: impl On, of: &AgentId, matter: &Matter) -> Result<Vec<Macro>> {
    let mut all = list(on, Some(of)).await?;
    all.sort_by_key(|one| std::cmp::Reverse(one.fits.rank(matter)));
    Ok(all)
}

/// Runs a macro: all of its steps, or none. `once` is made by the caller, so that the same press
/// given twice is one run.
///
/// # Errors
/// [`Error::NotFound`] when it is somebody else's or gone; what keeps a step from being taken.
pub async fn run(
    store: &Store,
    actor: &Actor,
    id: &str,
    conversation: &ConversationId,
    once: &str,
) -> Result<Vec<&'static str>> {
    let found = load(store.db(), id).await?;
    if let (Some(owner), Actor::Agent(agent)) = (&found.owner, actor)
        && owner != agent
    {
        return Err(Error::NotFound);
    }
    let mut tx = store.begin().await?;
    let conversation = conversations::lock_current(&mut tx, conversation).await?;
    let key = format!("macro:{once}");
    let before: Option<(String,)> =
        sql("SELECT id FROM audit WHERE object = $1 AND action = 'macro.run' AND detail = $2")
            .bind(&conversation.id)
            .bind(json!({ "macro": id, "once": key }).to_string())
            .optional(&mut tx)
            .await?;
    if before.is_some() {
        return Ok(Vec::new());
    }
    let about = fits::about(&mut tx, &conversation).await?;
    let done = steps::take_in(&mut tx, actor, &conversation.id, &found.steps).await?;
    sql("UPDATE macros SET uses = uses + 1 WHERE id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    fits::used_in(&mut tx, id, about).await?;
    audit::record(
        &mut tx,
        actor,
        "macro.run",
        conversation.id.as_str(),
        &json!({ "macro": id, "once": key }),
    )
    .await?;
    tx.commit_any().await?;
    Ok(done)
}
