//! Agents: the people of the business.

use conversation::audit;
use conversation::contacts::normal_email;
use conversation::db::{On, composed_sql, sql};
use conversation::lifecycle::{Action, act};
use conversation::scope::Scope;
use conversation::types::{Actor, AgentId, ConversationId, Language, Millis, Role};
use conversation::{Error, Result, Store, Tx};
use jiff::tz::TimeZone;
use serde_json::json;

use super::{changed, password, revoke};

/// A person of the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The e-mail address, lower-cased.
    pub email: String,
    /// The name that colleagues and customers see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language of their pages.
    pub language: Language,
    /// The time zone that they read times in; empty for that of the business.
    pub time_zone: String,
    /// Whether a password was set; without one they cannot sign in.
    pub has_password: bool,
    /// Whether they may sign in and be assigned to.
    pub is_enabled: bool,
    /// Whether they work in every inbox, also in those that come later.
    pub in_all_inboxes: bool,
    /// When they were added.
    pub created_at: Millis,
}

const AGENT: &str = "id, email, name, role, language, time_zone, password_hash, is_enabled, in_all_inboxes, created_at";

type Row = (
    AgentId,
    String,
    String,
    Role,
    Language,
    String,
    Option<String>,
    bool,
    bool,
    Millis,
);

fn from_row(row: Row) -> Agent {
    let (id, email, name, role, language, time_zone, password_hash, is_enabled, in_all_inboxes, created_at) = row;
    Agent {
        id,
        email,
        name,
        role,
        language,
        time_zone,
        has_password: password_hash.is_some(),
        is_enabled,
        in_all_inboxes,
        created_at,
    }
}

impl Agent {
    /// What they see, where that is not everything.
    pub fn scope(&self) -> Option<Scope> {
        Scope::new(&self.id, self.role, self.in_all_inboxes)
    }

    /// The time zone that they read times in.
    pub fn zone(&self, business: &TimeZone) -> TimeZone {
        match self.time_zone.as_str() {
            "" => business.clone(),
            // One that this program's tables do not know any more is as if there were none.
            name => TimeZone::get(name).unwrap_or_else(|_| business.clone()),
        }
    }
}

/// Whom to add.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// The e-mail address.
    pub email: String,
    /// The name; the local part of the address when it is empty.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language of their pages.
    pub language: Language,
}

/// Adds an agent, who cannot sign in before a password is set.
///
/// # Errors
/// [`Error::Invalid`] for what is no address; [`Error::Conflict`] when the address is taken.
pub async fn create(store: &Store, actor: &Actor, new: NewAgent) -> Result<Agent> {
    let mut tx = store.begin().await?;
    let agent = create_in(&mut tx, actor, new).await?;
    tx.commit().await?;
    Ok(agent)
}

/// As [`create`], as part of a transaction of the caller's.
pub async fn create_in(tx: &mut Tx, actor: &Actor, new: NewAgent) -> Result<Agent> {
    let email = normal_email(&new.email)?;
    let name: String = match new.name.trim() {
        "" => email.split('@').next().unwrap_or_default().to_owned(),
        name => name.chars().filter(|c| !c.is_control()).take(200).collect(),
    };
    let id = AgentId::from(tx.env().ulid());
    let now = tx.now();
    let added = sql("INSERT INTO agents (id, email, name, role, language, is_enabled, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email) DO NOTHING")
        .bind(&id)
        .bind(&email)
        .bind(&name)
        .bind(new.role)
        .bind(new.language)
        .bind(true)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if added == 0 {
        return Err(Error::Conflict(format!(
            "there is an agent with the address {email} already"
        )));
    }
    audit::record(
        tx,
        actor,
        "agent.created",
        id.as_str(),
        &json!({ "email": email, "role": new.role }),
    )
    .await?;
    tx.emit(changed(id.as_str(), actor, "created"));
    load(tx, &id).await
}

/// An agent by id.
pub async fn load(on: impl On, id: &AgentId) -> Result<Agent> {
    let row: Option<Row> = composed_sql(format!("SELECT {AGENT} FROM agents WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    row.map(from_row).ok_or(Error::NotFound)
}

/// An agent by e-mail address, in any case.
pub async fn by_email(on: impl On, email: &str) -> Result<Option<Agent>> {
    let row: Option<Row> = composed_sql(format!("SELECT {AGENT} FROM agents WHERE email = $1"))
        .bind(email.trim().to_lowercase())
        .optional(on)
        .await?;
    Ok(row.map(from_row))
}

/// All agents, by name.
pub async fn list(on: impl On) -> Result<Vec<Agent>> {
    let rows: Vec<Row> = composed_sql(format!("SELECT {AGENT} FROM agents ORDER BY name, id"))
        .all(on)
        .await?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// Agents in the order of their ids behind one; at most `most`.
pub async fn page(on: impl On, after: Option<&AgentId>, most: i64) -> Result<Vec<Agent>> {
    let rows: Vec<Row> = composed_sql(format!("SELECT {AGENT} FROM agents WHERE id > $1 ORDER BY id LIMIT $2"))
        .bind(after.map_or("", AgentId::as_str))
        .bind(most)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// Whether there is anybody who can administer; while there is not, a set-up link is offered.
pub async fn has_administrator(on: impl On) -> Result<bool> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM agents WHERE role = 'administrator' AND is_enabled")
        .one(on)
        .await?;
    Ok(count > 0)
}

/// Whether anybody is known here at all: before that, nobody can sign in.
pub async fn is_anybody_known(on: impl On) -> Result<bool> {
    let known: Option<(i64,)> = sql("SELECT CAST(1 AS BIGINT) FROM agents LIMIT 1").optional(on).await?;
    Ok(known.is_some())
}

/// Sets an agent's password. All their sessions and open links end.
///
/// # Errors
/// [`Error::Invalid`] when it breaks a rule; [`Error::NotFound`].
pub async fn set_password(store: &Store, actor: &Actor, id: &AgentId, new_password: &str) -> Result<()> {
    change_password(store, actor, id, new_password, None).await
}

/// As [`set_password`]; the session to `keep`, by its id, goes on.
pub async fn change_password(
    store: &Store,
    actor: &Actor,
    id: &AgentId,
    new_password: &str,
    keep: Option<&str>,
) -> Result<()> {
    let agent = load(store.db(), id).await?;
    password::check_rules(new_password, &agent.email)?;
    let hash = password::hash(store.env(), new_password.to_owned()).await?;
    let mut tx = store.begin().await?;
    put_password_in(&mut tx, actor, id, &hash, keep).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn put_password_in(
    tx: &mut Tx,
    actor: &Actor,
    id: &AgentId,
    hash: &str,
    keep: Option<&str>,
) -> Result<()> {
    let rows = sql("UPDATE agents SET password_hash = $2 WHERE id = $1")
        .bind(id)
        .bind(hash)
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    revoke::all_in(tx, id, keep).await?;
    audit::record(tx, actor, "agent.password_set", id.as_str(), &json!({})).await?;
    tx.emit(changed(id.as_str(), actor, "password_set"));
    Ok(())
}

/// The agent with this address and password, if both are right and the agent is enabled. A wrong
/// address takes as long as a wrong password.
pub async fn sign_in(store: &Store, email: &str, given: &str) -> Result<Option<Agent>> {
    let row: Option<Row> = composed_sql(format!("SELECT {AGENT} FROM agents WHERE email = $1"))
        .bind(email.trim().to_lowercase())
        .optional(store.db())
        .await?;
    let hash = row.as_ref().and_then(|row| row.6.clone());
    let fits = password::verify(given.to_owned(), hash).await?;
    Ok(row.map(from_row).filter(|agent| fits && agent.is_enabled))
}

/// What to change of an agent; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct AgentEdit {
    /// The name.
    pub name: Option<String>,
    /// The role.
    pub role: Option<Role>,
    /// The language.
    pub language: Option<Language>,
    /// The time zone; empty for that of the business.
    pub time_zone: Option<String>,
}

/// Changes name, role, language or time zone.
///
/// # Errors
/// [`Error::Conflict`] when nobody would be left to administer; [`Error::NotFound`].
pub async fn edit(store: &Store, actor: &Actor, id: &AgentId, edit: AgentEdit) -> Result<Agent> {
    let mut tx = store.begin().await?;
    one_at_a_time(&mut tx).await?;
    let before = load(&mut tx, id).await?;
    let name = match edit.name.as_deref().map(str::trim) {
        None => before.name,
        Some("") => return Err(Error::Invalid("the name is empty".to_owned())),
        Some(name) => name.chars().filter(|c| !c.is_control()).take(200).collect(),
    };
    let time_zone = match edit.time_zone {
        None => before.time_zone,
        Some(name) if name.is_empty() || TimeZone::get(&name).is_ok_and(|zone| !zone.is_unknown()) => name,
        Some(name) => {
            return Err(Error::Invalid(format!(
                "time_zone: `{}` is not a time zone such as America/Sao_Paulo",
                name.chars().take(60).collect::<String>()
            )));
        }
    };
    sql("UPDATE agents SET name = $2, role = $3, language = $4, time_zone = $5 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(edit.role.unwrap_or(before.role))
        .bind(edit.language.unwrap_or(before.language))
        .bind(time_zone)
        .run(&mut tx)
        .await?;
    keep_an_administrator(&mut tx).await?;
    let after = load(&mut tx, id).await?;
    audit::record(
        &mut tx,
        actor,
        "agent.edited",
        id.as_str(),
        &json!({ "role": { "from": before.role, "to": after.role } }),
    )
    .await?;
    tx.emit(changed(id.as_str(), actor, "edited"));
    tx.commit().await?;
    Ok(after)
}

/// Takes an agent's access away: their sessions and links end at once. What they wrote stays;
/// what they had open or snoozed is nobody's again, and what was done becomes so when its customer writes.
///
/// # Errors
/// [`Error::Conflict`] when nobody would be left to administer; [`Error::NotFound`].
pub async fn disable(store: &Store, actor: &Actor, id: &AgentId) -> Result<()> {
    switch(store, actor, id, false).await?;
    give_back(store, actor, id).await
}

/// Nobody waits for who is gone: what they had is anybody's again. Each in a commit of its own, after the one that
/// made them gone; what that left undone is done when they are disabled again, or when the customer writes.
async fn give_back(store: &Store, actor: &Actor, id: &AgentId) -> Result<()> {
    let theirs: Vec<(ConversationId,)> = sql("SELECT id FROM conversations WHERE assignee_id = $1 AND status <> 'resolved' AND merged_into IS NULL ORDER BY id")
        .bind(id)
        .all(store.db())
        .await?;
    for (conversation,) in theirs {
        match act(store, actor, &conversation, Action::Assign(None)).await {
            // Somebody merged it a moment ago.
            Ok(_) | Err(Error::Conflict(_) | Error::NotFound | Error::Invalid(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Gives a disabled agent access again.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn enable(store: &Store, actor: &Actor, id: &AgentId) -> Result<()> {
    switch(store, actor, id, true).await
}

async fn switch(store: &Store, actor: &Actor, id: &AgentId, is_enabled: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    one_at_a_time(&mut tx).await?;
    let agent = load(&mut tx, id).await?;
    if agent.is_enabled == is_enabled {
        return Ok(());
    }
    sql("UPDATE agents SET is_enabled = $2 WHERE id = $1")
        .bind(id)
        .bind(is_enabled)
        .run(&mut tx)
        .await?;
    if !is_enabled {
        keep_an_administrator(&mut tx).await?;
        revoke::all_in(&mut tx, id, None).await?;
    }
    let what = if is_enabled { "enabled" } else { "disabled" };
    audit::record(&mut tx, actor, &format!("agent.{what}"), id.as_str(), &json!({})).await?;
    tx.emit(changed(id.as_str(), actor, what));
    tx.commit().await?;
    Ok(())
}

/// Makes changes to who administers take turns: two administrators who disable each other at the
/// same moment must not both succeed.
pub(super) async fn one_at_a_time(tx: &mut Tx) -> Result<()> {
    // The row that every commit with events takes last anyway.
    sql("UPDATE counters SET value = value WHERE name = 'position'")
        .run(tx)
        .await?;
    Ok(())
}

async fn keep_an_administrator(tx: &mut Tx) -> Result<()> {
    if has_administrator(tx).await? {
        Ok(())
    } else {
        Err(Error::Conflict(
            "nobody would be left to administer; make somebody else an administrator first".to_owned(),
        ))
    }
}
