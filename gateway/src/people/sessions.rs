//! Sessions of agents: a random secret in a cookie, its hash here.

use conversation::audit;
use conversation::db::{On, composed_sql, sql};
use conversation::env::hash_secret;
use conversation::types::{Actor, AgentId, Millis};
use conversation::{Error, Result, Store, cleanup};
use serde_json::json;

use super::agents::{self, Agent};

/// How long a session lasts after it was last used, in milliseconds.
pub const LASTS: Millis = 30 * 24 * 60 * 60 * 1000;
/// How much older than now the recorded last use may be, in milliseconds.
const SEEN_EVERY: Millis = 60_000;

/// One signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists; nobody can sign in with it.
    pub id: String,
    /// Since when.
    pub created_at: Millis,
    /// Until when, unless it is used before.
    pub expires_at: Millis,
    /// When it was used last, to the minute.
    pub last_seen_at: Millis,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The network address that it began from.
    pub address: String,
    /// When its agent last proved who they are.
    pub proved_at: Millis,
    /// How.
    pub proved_by: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    token_hash: String,
    agent_id: AgentId,
    created_at: Millis,
    expires_at: Millis,
    last_seen_at: Millis,
    user_agent: String,
    address: Option<String>,
    proved_at: Option<Millis>,
    proved_by: Option<String>,
}

const ROW: &str =
    "token_hash, agent_id, created_at, expires_at, last_seen_at, user_agent, address, proved_at, proved_by";

fn from_row(row: Row) -> Session {
    Session {
        id: row.token_hash,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_seen_at: row.last_seen_at,
        user_agent: row.user_agent,
        address: row.address.unwrap_or_default(),
        proved_at: row.proved_at.unwrap_or(row.created_at),
        proved_by: row.proved_by.unwrap_or_else(|| "password".to_owned()),
    }
}

/// How an agent proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A password alone.
    Password,
    /// A password and a code.
    Code,
    /// A passkey.
    Passkey,
    /// The provider of the single sign-on.
    Sso,
    /// A one-time link.
    Link,
}

impl Proof {
    /// As the table writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Proof::Password => "password",
            Proof::Code => "code",
            Proof::Passkey => "passkey",
            Proof::Sso => "sso",
            Proof::Link => "link",
        }
    }
}

/// Begins a session and returns its secret.
pub async fn create(store: &Store, agent: &AgentId, user_agent: &str, by: Proof) -> Result<String> {
    let secret = store.env().secret();
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at, last_seen_at, user_agent, address, proved_at, proved_by) VALUES ($1, $2, $3, $4, $3, $5, $6, $3, $7)")
        .bind(hash_secret(&secret))
        .bind(agent)
        .bind(now)
        .bind(now + LASTS)
        .bind(user_agent.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        .bind(audit::Place::here().address)
        .bind(by.as_str())
        .run(&mut tx)
        .await?;
    audit::record(
        &mut tx,
        &Actor::Agent(agent.clone()),
        "agent.signed_in",
        agent.as_str(),
        &json!({ "by": by }),
    )
    .await?;
    tx.commit_silently().await?;
    Ok(secret)
}

/// Whose session it is, if it is good. Using it makes it last.
pub async fn check(store: &Store, secret: &str) -> Result<Option<(Agent, Session)>> {
    let now = store.now();
    let hash = hash_secret(secret);
    let row: Option<Row> = composed_sql(format!(
        "SELECT {ROW} FROM agent_sessions WHERE token_hash = $1 AND expires_at > $2"
    ))
    .bind(&hash)
    .bind(now)
    .optional(store.db())
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let agent = row.agent_id.clone();
    let mut session = from_row(row);
    let agent = agents::load(store.db(), &agent).await?;
    if !agent.is_enabled {
        return Ok(None);
    }
    // Used in the future: by a clock that was wrong.
    if (now - session.last_seen_at).abs() >= SEEN_EVERY {
        (session.last_seen_at, session.expires_at) = (now, now + LASTS);
        let mut tx = store.begin().await?;
        sql("UPDATE agent_sessions SET last_seen_at = $2, expires_at = $3 WHERE token_hash = $1")
            .bind(&hash)
            .bind(session.last_seen_at)
            .bind(session.expires_at)
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
    }
    Ok(Some((agent, session)))
}

/// The machine's clock went back: nobody used a session in the future, or proved there who they are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn went_back(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE agent_sessions SET last_seen_at = CASE WHEN last_seen_at > $1 THEN $1 ELSE last_seen_at END, proved_at = CASE WHEN proved_at > $1 THEN $1 ELSE proved_at END WHERE last_seen_at > $1 OR proved_at > $1")
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(changed)
}

/// An agent's sessions that are good, the last used first.
pub async fn list(on: impl On, agent: &AgentId, now: Millis) -> Result<Vec<Session>> {
    let rows: Vec<Row> = composed_sql(format!("SELECT {ROW} FROM agent_sessions WHERE agent_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, token_hash"))
        .bind(agent)
        .bind(now)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// Notes that the agent of a session proved again who they are.
pub async fn prove(store: &Store, actor: &Actor, agent: &AgentId, id: &str, by: Proof) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE agent_sessions SET proved_at = $2, proved_by = $3 WHERE token_hash = $1")
        .bind(id)
        .bind(now)
        .bind(by.as_str())
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "agent.proved", agent.as_str(), &json!({ "by": by })).await?;
    tx.commit_silently().await
}

/// Ends all sessions of an agent but one.
pub async fn revoke_others(store: &Store, actor: &Actor, agent: &AgentId, keep: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("DELETE FROM agent_sessions WHERE agent_id = $1 AND token_hash <> $2")
        .bind(agent)
        .bind(keep)
        .run(&mut tx)
        .await?;
    audit::record(
        &mut tx,
        actor,
        "agent.session_ended",
        agent.as_str(),
        &json!({ "which": "others" }),
    )
    .await?;
    tx.commit_silently().await
}

/// Ends the session of this secret (signing out). Ending one that is not there is no error.
pub async fn revoke(store: &Store, secret: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("DELETE FROM agent_sessions WHERE token_hash = $1")
        .bind(hash_secret(secret))
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Ends one of an agent's sessions by its id in [`list`].
///
/// # Errors
/// [`Error::NotFound`] when it is not there or another agent's.
pub async fn revoke_by_id(store: &Store, actor: &Actor, agent: &AgentId, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let ended = sql("DELETE FROM agent_sessions WHERE token_hash = $1 AND agent_id = $2")
        .bind(id)
        .bind(agent)
        .run(&mut tx)
        .await?;
    if ended == 0 {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, actor, "agent.session_ended", agent.as_str(), &json!({})).await?;
    tx.commit_silently().await
}

/// Forgets sessions whose time is over, a part at a time; returns how many.
pub async fn prune(store: &Store) -> Result<u64> {
    let over = "DELETE FROM agent_sessions WHERE token_hash IN (SELECT token_hash FROM agent_sessions WHERE expires_at <= $1 LIMIT $2)";
    cleanup::forget(store, over, store.now()).await
}
