//! The sessions that links open, and who is signed in. Only hashes of secrets are stored.

use axum::http::{HeaderMap, header};
use conversation::contacts::{self, Contact};
use conversation::db::{On, sql};
use conversation::env::hash_secret;
use conversation::events::{EventKind, NewEvent};
use conversation::inbound::IdentityClaim;
use conversation::types::{Actor, CompanyId, ContactId, IdentityKind, Millis};
use conversation::{Result, Store, Tx, cleanup, doors};

pub use conversation::doors::{LINK_LASTS, Link, look};

const HOUR: Millis = 60 * 60 * 1000;
/// How long a remembered device stays signed in after it was last seen, in milliseconds.
pub const SESSION_LASTS: Millis = 90 * 24 * HOUR;
/// How long any other does, in milliseconds.
pub const SHORT_SESSION_LASTS: Millis = 12 * HOUR;
/// The cookie of a session.
pub const COOKIE: &str = "portal";

/// A link that was followed.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The cookie's secret.
    pub secret: String,
    /// Where the link leads.
    pub target: Option<String>,
}

/// The browser of a request, as the history keeps it.
pub(crate) fn user_agent(headers: &HeaderMap) -> &str {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Uses a link up and opens a session.
///
/// # Errors
/// [`conversation::Error::NotFound`] when the link is unknown, used, revoked or too old.
pub async fn follow(store: &Store, secret: &str, is_remembered: bool, address: &str, agent: &str) -> Result<Followed> {
    let mut tx = store.begin().await?;
    let (contact, target) = doors::follow_in(&mut tx, secret).await?;
    let said = target.as_deref().unwrap_or_default();
    let secret = begin_in(&mut tx, &contact, is_remembered, address, agent, said).await?;
    tx.commit_silently().await?;
    Ok(Followed { secret, target })
}

/// Opens a session for somebody who proved who they are; returns the cookie's secret.
pub(crate) async fn begin_in(
    tx: &mut Tx,
    contact: &ContactId,
    is_remembered: bool,
    address: &str,
    agent: &str,
    how: &str,
) -> Result<String> {
    let session = tx.env().secret();
    let id = tx.env().ulid();
    let now = tx.now();
    let lasts = if is_remembered {
        SESSION_LASTS
    } else {
        SHORT_SESSION_LASTS
    };
    sql("INSERT INTO portal_sessions (token_hash, id, contact_id, user_agent, last_seen_at, created_at, expires_at, address, proved_at) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $5)")
        .bind(hash_secret(&session))
        .bind(id)
        .bind(contact)
        .bind(agent.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        .bind(now)
        .bind(now + lasts)
        .bind(address)
        .run(&mut *tx)
        .await?;
    doors::note_in(tx, contact, "signed_in", how, address, agent).await?;
    Ok(session)
}

/// A browser that is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub contact: Contact,
    /// The hash of its secret, which names it.
    pub hash: String,
    /// When they last proved who they are.
    pub proved_at: Millis,
    /// The company that it looks at.
    pub company: Option<CompanyId>,
}

/// Whoever the request's cookie signs in.
pub async fn signed_in(store: &Store, headers: &HeaderMap) -> Result<Option<Contact>> {
    Ok(session(store, headers).await?.map(|session| session.contact))
}

/// The machine's clock went back: nobody used a session in the future, or proved there who they are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn went_back(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE portal_sessions SET last_seen_at = CASE WHEN last_seen_at > $1 THEN $1 ELSE last_seen_at END, proved_at = CASE WHEN proved_at > $1 THEN $1 ELSE proved_at END WHERE last_seen_at > $1 OR proved_at > $1")
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(changed)
}

/// The session of the request's cookie. A remembered device that comes back within its time stays
/// signed in for as long again.
pub async fn session(store: &Store, headers: &HeaderMap) -> Result<Option<Session>> {
    let Some(secret) = crate::request::cookie(headers, COOKIE) else {
        return Ok(None);
    };
    let now = store.now();
    let row: Option<(ContactId, Millis, Millis, Option<Millis>, Option<Millis>, Option<CompanyId>)> = sql("SELECT contact_id, created_at, expires_at, last_seen_at, proved_at, company_id FROM portal_sessions WHERE token_hash = $1 AND expires_at > $2 AND revoked_at IS NULL")
        .bind(hash_secret(secret))
        .bind(now)
        .optional(store.db())
        .await?;
    let Some((contact, created_at, expires_at, seen_at, proved_at, company)) = row else {
        return Ok(None);
    };
    let seen_at = seen_at.unwrap_or(created_at);
    // Seen in the future: by a clock that was wrong.
    if (now - seen_at).abs() > HOUR {
        let is_remembered = expires_at - seen_at > SHORT_SESSION_LASTS;
        let mut tx = store.begin().await?;
        sql("UPDATE portal_sessions SET last_seen_at = $2, expires_at = $3 WHERE token_hash = $1")
            .bind(hash_secret(secret))
            .bind(now)
            .bind(if is_remembered { now + SESSION_LASTS } else { expires_at })
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
    }
    Ok(Some(Session {
        contact: contacts::load(store.db(), &contact).await?,
        hash: hash_secret(secret),
        proved_at: proved_at.unwrap_or(created_at),
        company,
    }))
}

/// Notes that a session's owner proved again who they are.
pub(crate) async fn prove(store: &Store, session: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE portal_sessions SET proved_at = $2 WHERE token_hash = $1")
        .bind(session)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Turns a session to another company.
pub(crate) async fn turn_to(store: &Store, session: &str, company: &CompanyId) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("UPDATE portal_sessions SET company_id = $2 WHERE token_hash = $1")
        .bind(session)
        .bind(company)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// A device that is signed in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Device {
    /// Its id.
    pub id: String,
    /// The browser.
    pub user_agent: Option<String>,
    /// When it was last seen.
    pub last_seen_at: Option<Millis>,
    /// Since when.
    pub created_at: Millis,
    /// The hash of its secret.
    pub token_hash: String,
}

/// The devices of a contact that are signed in, the newest first.
pub async fn devices(on: impl On, contact: &ContactId, now: Millis) -> Result<Vec<Device>> {
    sql(
        "SELECT COALESCE(id, token_hash) AS id, user_agent, last_seen_at, created_at, token_hash FROM portal_sessions
         WHERE contact_id = $1 AND expires_at > $2 AND revoked_at IS NULL ORDER BY created_at DESC LIMIT 50",
    )
    .bind(contact)
    .bind(now)
    .all(on)
    .await
}

/// Signs one device of a contact out, or all of them, and says so in the history. Returns how many.
pub async fn sign_out_in(
    tx: &mut Tx,
    contact: &ContactId,
    device: Option<&str>,
    by: &str,
    address: &str,
) -> Result<u64> {
    let now = tx.now();
    let ended = sql("UPDATE portal_sessions SET revoked_at = $3 WHERE contact_id = $1 AND revoked_at IS NULL AND ($2 = '' OR COALESCE(id, token_hash) = $2)")
        .bind(contact)
        .bind(device.unwrap_or_default())
        .bind(now)
        .run(&mut *tx)
        .await?;
    if ended > 0 {
        doors::note_in(tx, contact, "signed_out", by, address, "").await?;
    }
    Ok(ended)
}

/// Takes everything back that lets a contact in: links that are out and devices that are signed in.
///
/// # Errors
/// [`conversation::Error::NotFound`] without the contact.
pub async fn revoke(store: &Store, actor: &Actor, contact: &ContactId) -> Result<()> {
    let mut tx = store.begin().await?;
    let contact = contacts::load(&mut tx, contact).await?.id;
    doors::revoke_in(&mut tx, &contact).await?;
    sign_out_in(&mut tx, &contact, None, "business", "").await?;
    doors::note_in(&mut tx, &contact, "revoked", "", "", "").await?;
    conversation::audit::record(
        &mut tx,
        actor,
        "portal.revoked",
        contact.as_str(),
        &serde_json::json!({}),
    )
    .await?;
    tx.commit_silently().await
}

/// Writes a line of a contact's history.
pub(crate) async fn note(
    store: &Store,
    contact: &ContactId,
    what: &str,
    detail: &str,
    address: &str,
    agent: &str,
) -> Result<()> {
    let mut tx = store.begin().await?;
    doors::note_in(&mut tx, contact, what, detail, address, agent).await?;
    tx.commit_silently().await
}

/// The identities that a signed-in contact writes with, and the address that answers go to: the
/// portal user first, which the session proves.
pub(crate) async fn identities(store: &Store, contact: &Contact) -> Result<(Vec<IdentityClaim>, Option<String>)> {
    let known = contacts::identities(store.db(), &contact.id).await?;
    let user = match known.iter().find(|identity| identity.kind == IdentityKind::Portal) {
        Some(identity) => identity.value.clone(),
        None => {
            let mut tx = store.begin().await?;
            let value = contact.id.to_string();
            let actor = Actor::Contact(contact.id.clone());
            contacts::prove_in(&mut tx, &actor, &contact.id, IdentityKind::Portal, &value, "portal").await?;
            // Two first replies at once: the second proves nothing new, and commits all the same.
            tx.emit(NewEvent {
                kind: EventKind::ContactUpdated,
                conversation: None,
                subject: contact.id.to_string(),
                actor,
                data: serde_json::json!({}),
            });
            tx.commit().await?;
            value
        }
    };
    let claim = IdentityClaim {
        kind: IdentityKind::Portal,
        value: user,
        verified: true,
    };
    let emails = || known.iter().filter(|identity| identity.kind == IdentityKind::Email);
    let address = emails()
        .find(|identity| identity.is_verified)
        .or_else(|| emails().next())
        .map(|identity| identity.value.clone());
    Ok((vec![claim], address))
}

/// How long a link that is over is remembered, so that its page can say so, in milliseconds.
const REMEMBERED: Millis = 30 * 24 * 60 * 60 * 1000;
/// Forgets sessions whose time is over and links that nobody will open any more, a part at a time;
/// returns how many.
pub async fn prune(store: &Store) -> Result<u64> {
    let sessions = "DELETE FROM portal_sessions WHERE token_hash IN (SELECT token_hash FROM portal_sessions WHERE expires_at <= $1 LIMIT $2)";
    let links = "DELETE FROM portal_links WHERE token_hash IN (SELECT token_hash FROM portal_links WHERE expires_at <= $1 LIMIT $2)";
    let now = store.now();
    Ok(cleanup::forget(store, sessions, now).await? + cleanup::forget(store, links, now - REMEMBERED).await?)
}
