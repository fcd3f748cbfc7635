//! One-time links that let a person set a password: the first administrator's set-up and the
//! invitations. Only the hash of a link is stored.

use conversation::audit;
use conversation::db::{On, sql};
use conversation::env::hash_secret;
use conversation::types::{Actor, AgentId, Language, Millis, Role};
use conversation::{Error, Result, Store, Tx, cleanup};
use serde_json::json;

use super::agents::{self, Agent, NewAgent};
use super::{password, revoke};

/// How long a link is good for, in milliseconds.
pub const LASTS: Millis = 7 * 24 * 60 * 60 * 1000;

/// Where a link leads: the page that asks for a password.
pub fn url(public_url: &str, secret: &str) -> String {
    format!("{public_url}/welcome/{secret}")
}

/// What a link that is still good is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The first administrator: the page asks for name and address, too.
    SetUp,
    /// An invited agent, or one who forgot the password.
    Agent(Agent),
}

/// Makes a link for an agent, or for the first administrator, and returns its secret. An agent's
/// earlier links end.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for a disabled agent; [`Error::Conflict`] for a set-up
/// link when there is an administrator.
pub async fn create(store: &Store, actor: &Actor, agent: Option<&AgentId>) -> Result<String> {
    let mut tx = store.begin().await?;
    let secret = create_in(&mut tx, actor, agent, LASTS).await?;
    if agent.is_some() {
        tx.commit().await?;
    } else {
        tx.commit_silently().await?;
    }
    Ok(secret)
}

/// As [`create`], as part of a transaction of the caller's; good for `lasts` milliseconds.
pub async fn create_in(tx: &mut Tx, actor: &Actor, agent: Option<&AgentId>, lasts: Millis) -> Result<String> {
    match agent {
        Some(id) => {
            if !agents::load(&mut *tx, id).await?.is_enabled {
                return Err(Error::Invalid("that agent is disabled; enable it first".to_owned()));
            }
            revoke::links_in(tx, id).await?;
            tx.emit(super::changed(id.as_str(), actor, "invited"));
        }
        None if agents::has_administrator(&mut *tx).await? => {
            return Err(Error::Conflict(
                "there is an administrator already; ask them for an invitation".to_owned(),
            ));
        }
        None => {}
    }
    let secret = tx.env().secret();
    let now = tx.now();
    sql("INSERT INTO agent_links (token_hash, agent_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(hash_secret(&secret))
        .bind(agent)
        .bind(now)
        .bind(now + lasts)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "link.created", agent.map_or("", AgentId::as_str), &json!({})).await?;
    Ok(secret)
}

/// What a link is for, if it is still good; the page asks before it shows its form.
pub async fn check(on: impl On, secret: &str, now: Millis) -> Result<Option<Link>> {
    let mut on = on;
    let row: Option<(Option<AgentId>,)> =
        sql("SELECT agent_id FROM agent_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
            .bind(hash_secret(secret))
            .bind(now)
            .optional(&mut on)
            .await?;
    match row {
        None => Ok(None),
        Some((None,)) => Ok(if agents::has_administrator(on).await? {
            None
        } else {
            Some(Link::SetUp)
        }),
        Some((Some(id),)) => {
            let agent = agents::load(on, &id).await?;
            Ok(agent.is_enabled.then_some(Link::Agent(agent)))
        }
    }
}

/// What the page of a link sends.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// The new password.
    pub password: String,
    /// Who the first administrator is; not looked at for an invitation.
    pub administrator: Option<NewAdministrator>,
}

/// Who the first administrator is.
#[derive(Debug, Clone)]
pub struct NewAdministrator {
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The language of their pages.
    pub language: Language,
}

/// Uses a link: sets the agent's password, or adds the first administrator, in the same
/// transaction that ends the link.
///
/// # Errors
/// [`Error::NotFound`] when the link is unknown, used or expired; [`Error::Invalid`] when the
/// password breaks a rule or the administrator is missing (the link stays good);
/// [`Error::Conflict`] when somebody else set the installation up.
pub async fn consume(store: &Store, secret: &str, welcome: Welcome) -> Result<Agent> {
    let link = check(store.db(), secret, store.now()).await?.ok_or(Error::NotFound)?;
    let email = match (&link, &welcome.administrator) {
        (Link::Agent(agent), _) => agent.email.clone(),
        (Link::SetUp, Some(new)) => new.email.trim().to_lowercase(),
        (Link::SetUp, None) => return Err(Error::Invalid("say who the administrator is".to_owned())),
    };
    password::check_rules(&welcome.password, &email)?;
    let hash = password::hash(store.env(), welcome.password).await?;
    let mut tx = store.begin().await?;
    if link == Link::SetUp {
        // Several links lead here: whoever comes by one holds all of them.
        agents::one_at_a_time(&mut tx).await?;
    }
    let now = tx.now();
    let used = sql("UPDATE agent_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(hash_secret(secret))
        .bind(now)
        .run(&mut tx)
        .await?;
    if used == 0 {
        return Err(Error::NotFound);
    }
    let id = match (link, welcome.administrator) {
        (Link::Agent(agent), _) => agent.id,
        (Link::SetUp, Some(new)) => {
            if agents::has_administrator(&mut tx).await? {
                return Err(Error::Conflict(
                    "somebody else has set this installation up already".to_owned(),
                ));
            }
            let new = NewAgent {
                email: new.email,
                name: new.name,
                role: Role::Administrator,
                language: new.language,
            };
            sql("UPDATE agent_links SET used_at = $1 WHERE agent_id IS NULL AND used_at IS NULL")
                .bind(now)
                .run(&mut tx)
                .await?;
            agents::create_in(&mut tx, &Actor::System, new).await?.id
        }
        (Link::SetUp, None) => return Err(Error::NotFound),
    };
    agents::put_password_in(&mut tx, &Actor::Agent(id.clone()), &id, &hash, None).await?;
    let agent = agents::load(&mut tx, &id).await?;
    if !agent.is_enabled {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(agent)
}

/// How long a link that was used or is over is remembered, so that its page can say so, in milliseconds.
const REMEMBERED: Millis = 30 * 24 * 60 * 60 * 1000;
/// Forgets links that nobody will open any more, a part at a time; returns how many.
pub async fn prune(store: &Store) -> Result<u64> {
    let over = "DELETE FROM agent_links WHERE token_hash IN (SELECT token_hash FROM agent_links WHERE expires_at <= $1 OR used_at <= $1 LIMIT $2)";
    cleanup::forget(store, over, store.now() - REMEMBERED).await
}
