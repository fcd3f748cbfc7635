//! Web hooks to other programs: every committed event of the kinds they ask for, signed as
//! [Standard Webhooks](https://www.standardwebhooks.com) says, tried again with back-off, kept in a
//! log, and told again on demand.
//!
//! A hook has a position in the event log. One process at a time moves it on and leaves a row for each event to
//! tell, in one commit; any process takes rows that are due. So nothing is skipped, whoever dies.

pub(crate) mod queue;
pub(crate) mod send;
pub(crate) mod verify;

#[cfg(test)]
mod tests;

use channels::standard_webhooks as sign;
use conversation::audit;
use conversation::db::{On, composed_sql, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, Millis, Position};
use conversation::{Error, Result, Store};
use serde_json::json;

/// The most hooks of an installation.
const MOST: usize = 50;
/// After this long without one success a hook is switched off, in milliseconds.
const PATIENCE: Millis = 5 * 24 * 3_600_000;

/// An address that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Which kinds of events; none means every kind.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything.
    pub is_enabled: bool,
    /// Up to here every event was looked at.
    pub position: Position,
    /// Since when nothing was taken.
    pub failing_since: Option<Millis>,
    /// Why it was switched off by itself.
    pub stopped_because: Option<String>,
    /// When it was added.
    pub created_at: Millis,
}

const WEBHOOK: &str = "id, name, url, kinds, is_enabled, position, failing_since, stopped_because, created_at";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    url: String,
    kinds: String,
    is_enabled: bool,
    position: i64,
    failing_since: Option<i64>,
    stopped_because: Option<String>,
    created_at: i64,
}

impl From<Row> for Webhook {
    fn from(row: Row) -> Webhook {
        // A kind that this release does not know is never emitted by it.
        let kinds: Vec<String> = serde_json::from_str(&row.kinds).unwrap_or_default();
        Webhook {
            kinds: kinds.iter().filter_map(|kind| kind.parse().ok()).collect(),
            id: row.id,
            name: row.name,
            url: row.url,
            is_enabled: row.is_enabled,
            position: row.position,
            failing_since: row.failing_since,
            stopped_because: row.stopped_because,
            created_at: row.created_at,
        }
    }
}

/// What a person decides about a hook. The address has been read by [`channels::outgoing::address`].
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What it is for.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Which kinds; none means every kind.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything.
    pub is_enabled: bool,
}

impl Wanted {
    fn check(&self) -> Result<()> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Error::Invalid("name: 1 to 100 characters".to_owned()));
        }
        if self.url.len() > 2000 {
            return Err(Error::Invalid("url: at most 2,000 characters".to_owned()));
        }
        Ok(())
    }

    fn kinds(&self) -> String {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.as_str()).collect();
        json!(kinds).to_string()
    }
}

fn changed(id: &str, actor: &Actor) -> NewEvent {
    NewEvent {
        kind: EventKind::InboxUpdated,
        conversation: None,
        subject: id.to_owned(),
        actor: actor.clone(),
        data: json!({ "webhook": true }),
    }
}

/// Adds a hook; it is told what happens from now on. Returns its secret as the other side enters it.
///
/// # Errors
/// [`Error::Invalid`] for a name that is none, [`Error::Conflict`] when there are too many.
pub async fn create(store: &Store, actor: &Actor, wanted: &Wanted) -> Result<(Webhook, String)> {
    wanted.check()?;
    let secret = sign::new_secret(store.env());
    let sealed = store.keys().seal(store.env(), secret.as_bytes())?;
    let id = store.env().ulid();
    let head = store.head().await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM webhooks").one(&mut tx).await?;
    if count >= MOST as i64 {
        return Err(Error::Conflict(format!(
            "there are {MOST} web hooks already; remove one first"
        )));
    }
    sql("INSERT INTO webhooks (id, name, url, kinds, secret, is_enabled, position, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)")
        .bind(&id)
        .bind(wanted.name.trim())
        .bind(&wanted.url)
        .bind(wanted.kinds())
        .bind(sealed)
        .bind(wanted.is_enabled)
        .bind(head)
        .bind(now)
        .run(&mut tx)
        .await?;
    let detail = json!({ "name": wanted.name, "url": wanted.url });
    audit::record(&mut tx, actor, "webhook.created", &id, &detail).await?;
    let hook = load(&mut tx, &id).await?;
    tx.emit(changed(&id, actor));
    tx.commit().await?;
    Ok((hook, secret))
}

/// Changes a hook. One that is switched on again begins with what happens from now on; what was missed
/// can be told by [`queue::replay`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`].
pub async fn edit(store: &Store, actor: &Actor, id: &str, wanted: &Wanted) -> Result<Webhook> {
    wanted.check()?;
    let head = store.head().await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    load(&mut tx, id).await?;
    // Asked where it is written: whoever moves the hook on, or stops it, may come in between.
    sql("UPDATE webhooks SET name = $2, url = $3, kinds = $4, is_enabled = $5, position = CASE WHEN $5 AND NOT is_enabled THEN $6 ELSE position END, updated_at = $7,
            failing_since = CASE WHEN $5 AND NOT is_enabled THEN NULL ELSE failing_since END, stopped_because = CASE WHEN $5 AND NOT is_enabled THEN NULL ELSE stopped_because END WHERE id = $1")
        .bind(id)
        .bind(wanted.name.trim())
        .bind(&wanted.url)
        .bind(wanted.kinds())
        .bind(wanted.is_enabled)
        .bind(head)
        .bind(now)
        .run(&mut tx)
        .await?;
    let detail = json!({ "name": wanted.name, "url": wanted.url, "is_enabled": wanted.is_enabled });
    audit::record(&mut tx, actor, "webhook.edited", id, &detail).await?;
    let hook = load(&mut tx, id).await?;
    tx.emit(changed(id, actor));
    tx.commit().await?;
    Ok(hook)
}

/// Removes a hook and its log.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let hook = load(&mut tx, id).await?;
    sql("DELETE FROM webhook_deliveries WHERE webhook_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    sql("DELETE FROM webhooks WHERE id = $1").bind(id).run(&mut tx).await?;
    let detail = json!({ "name": hook.name, "url": hook.url });
    audit::record(&mut tx, actor, "webhook.removed", id, &detail).await?;
    tx.emit(changed(id, actor));
    tx.commit().await?;
    Ok(())
}

/// All hooks, by name.
pub async fn list(on: impl On) -> Result<Vec<Webhook>> {
    let rows: Vec<Row> = composed_sql(format!("SELECT {WEBHOOK} FROM webhooks ORDER BY name, id"))
        .all(on)
        .await?;
    Ok(rows.into_iter().map(Webhook::from).collect())
}

/// A hook by its id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Webhook> {
    let row: Option<Row> = composed_sql(format!("SELECT {WEBHOOK} FROM webhooks WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    row.map(Webhook::from).ok_or(Error::NotFound)
}

/// The signing secret, opened.
pub(crate) async fn secret(store: &Store, id: &str) -> Result<String> {
    let row: Option<(Vec<u8>,)> = sql("SELECT secret FROM webhooks WHERE id = $1")
        .bind(id)
        .optional(store.db())
        .await?;
    let (sealed,) = row.ok_or(Error::NotFound)?;
    String::from_utf8(store.keys().open(&sealed)?).map_err(|error| Error::corrupt(format!("web hook {id}"), error))
}
