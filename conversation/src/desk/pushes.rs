//! Web Push: the browsers that take it, and what waits to be sent to them.

use crate::db::{On, composed_sql};
use crate::error::{Error, Result};
use crate::store::{Store, Tx};
use crate::types::{AgentId, ContactId, Millis};

/// How long a sender may take, in milliseconds.
pub(crate) const LEASE: Millis = 60_000;
/// After this many attempts a word is given up.
const MOST_ATTEMPTS: i64 = 6;
/// A word that is older than this is no news, in milliseconds.
const STALE_AFTER: Millis = 3_600_000;
/// The most browsers of one person; the oldest makes room.
const MOST_BROWSERS: i64 = 20;

/// Whose browsers: each side has tables of its own, of the same shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Agents, for as long as they want it.
    Agents,
    /// Customers, while the session stands that signed the browser up.
    Contacts,
}

impl Side {
    /// The table of browsers, its column of owners, the table of what waits.
    const fn tables(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Side::Agents => ("push_subscriptions", "agent_id", "pushes"),
            Side::Contacts => ("contact_browsers", "contact_id", "contact_pushes"),
        }
    }
}

/// Forgets what the notification `$1` of an agent still had to push.
pub const FORGET: &str = "DELETE FROM pushes WHERE notification_id = $1";

/// Who signs a browser up.
#[derive(Debug, Clone, Copy)]
pub enum Owner<'a> {
    /// An agent.
    Agent(&'a AgentId),
    /// A customer, in the session that this hash names.
    Contact(&'a ContactId, &'a str),
}

impl Owner<'_> {
    const fn side(&self) -> Side {
        match self {
            Owner::Agent(_) => Side::Agents,
            Owner::Contact(..) => Side::Contacts,
        }
    }

    fn id(&self) -> &str {
        match self {
            Owner::Agent(id) => id.as_str(),
            Owner::Contact(id, _) => id.as_str(),
        }
    }
}

/// A browser that takes Web Push.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Whose: the id of an agent or a contact.
    pub owner: String,
    /// Where the push service takes words for it.
    pub endpoint: String,
    /// Its public key, base64url (RFC 8291).
    pub p256dh: String,
    /// Its secret, base64url (RFC 8291).
    pub auth: String,
    /// What the browser says that it is.
    pub user_agent: String,
    /// Since when.
    pub created_at: Millis,
}

/// Keeps a browser's subscription. The same browser signed in as somebody else is theirs now.
///
/// # Errors
/// [`Error::Invalid`] for what is too long to be one.
pub async fn subscribe(
    store: &Store,
    owner: Owner<'_>,
    endpoint: &str,
    p256dh: &str,
    auth: &str,
    user_agent: &str,
) -> Result<String> {
    if endpoint.len() > 2_000 || p256dh.len() > 200 || auth.len() > 100 {
        return Err(Error::Invalid(
            "subscription: longer than any browser makes it".to_owned(),
        ));
    }
    let (browsers, column, _) = owner.side().tables();
    let (session, value, renewed) = match owner {
        Owner::Agent(_) => ("", "", ""),
        Owner::Contact(..) => (", session", ", $8", ", session = excluded.session"),
    };
    let mut tx = store.begin().await?;
    let now = tx.now();
    let id = tx.env().ulid();
    let mut query = composed_sql(format!(
        "INSERT INTO {browsers} (id, {column}, endpoint, p256dh, auth, user_agent, created_at{session}) VALUES ($1, $2, $3, $4, $5, $6, $7{value})
         ON CONFLICT (endpoint) DO UPDATE SET {column} = excluded.{column}, p256dh = excluded.p256dh, auth = excluded.auth, user_agent = excluded.user_agent{renewed} RETURNING id"
    ))
    .bind(&id)
    .bind(owner.id())
    .bind(endpoint)
    .bind(p256dh)
    .bind(auth)
    .bind(user_agent.chars().take(200).collect::<String>())
    .bind(now);
    if let Owner::Contact(_, session) = owner {
        query = query.bind(session);
    }
    let (id,): (String,) = query.one(&mut tx).await?;
    composed_sql(format!("DELETE FROM {browsers} WHERE {column} = $1 AND id NOT IN (SELECT id FROM {browsers} WHERE {column} = $1 ORDER BY created_at DESC, id DESC LIMIT $2)"))
        .bind(owner.id())
        .bind(MOST_BROWSERS)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(id)
}

/// Ends the subscription of this browser.
pub async fn unsubscribe(store: &Store, owner: Owner<'_>, endpoint: &str) -> Result<()> {
    let (browsers, column, _) = owner.side().tables();
    let mut tx = store.begin().await?;
    composed_sql(format!("DELETE FROM {browsers} WHERE {column} = $1 AND endpoint = $2"))
        .bind(owner.id())
        .bind(endpoint)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// The browsers of somebody; a customer's, whose session stands.
pub async fn of(on: impl On, side: Side, owner: &str, now: Millis) -> Result<Vec<Subscription>> {
    let (browsers, column, _) = side.tables();
    let stands = match side {
        Side::Agents => "$2 >= 0",
        Side::Contacts => {
            "EXISTS (SELECT 1 FROM portal_sessions s WHERE s.token_hash = contact_browsers.session AND s.revoked_at IS NULL AND s.expires_at > $2)"
        }
    };
    composed_sql(format!("SELECT id, {column} AS owner, endpoint, p256dh, auth, user_agent, created_at FROM {browsers} WHERE {column} = $1 AND {stands} ORDER BY created_at, id"))
        .bind(owner)
        .bind(now)
        .all(on)
        .await
}

/// Queues a notification for every browser of somebody.
pub(crate) async fn queue_in(tx: &mut Tx, side: Side, owner: &str, notification: &str) -> Result<()> {
    let now = tx.now();
    let (.., waiting) = side.tables();
    for browser in of(&mut *tx, side, owner, now).await? {
        let id = tx.env().ulid();
        composed_sql(format!("INSERT INTO {waiting} (id, subscription_id, notification_id, attempts, next_attempt_at, created_at) VALUES ($1, $2, $3, 0, $4, $4)"))
            .bind(id)
            .bind(browser.id)
            .bind(notification)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// One word that is due.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Push {
    /// Its id.
    pub id: String,
    /// The browser.
    pub subscription_id: String,
    /// What it says.
    pub notification_id: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// Since when it waits.
    pub created_at: Millis,
}

/// What came of sending one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The push service took it, or never will.
    Done,
    /// The browser is gone: it is forgotten.
    Gone,
    /// Worth trying again, after so many milliseconds where the service says so.
    Again(Option<Millis>),
}

/// Takes what is due for one sender, with the browser it goes to.
pub async fn lease(store: &Store, side: Side, most: i64) -> Result<Vec<(Push, Subscription)>> {
    let (browsers, column, waiting) = side.tables();
    let now = store.now();
    let due: Option<(String,)> = composed_sql(format!(
        "SELECT id FROM {waiting} WHERE next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < $1) LIMIT 1"
    ))
    .bind(now)
    .optional(store.db())
    .await?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.begin().await?;
    composed_sql(format!("DELETE FROM {waiting} WHERE created_at < $1 OR attempts >= $2 OR NOT EXISTS (SELECT 1 FROM {browsers} s WHERE s.id = {waiting}.subscription_id)"))
        .bind(now - STALE_AFTER)
        .bind(MOST_ATTEMPTS)
        .run(&mut tx)
        .await?;
    let lock = tx.dialect().for_update_skip_locked();
    let leased: Vec<Push> = composed_sql(format!(
        "UPDATE {waiting} SET lease_until = $1, attempts = attempts + 1 WHERE id IN (
            SELECT id FROM {waiting} WHERE next_attempt_at <= $2 AND (lease_until IS NULL OR lease_until < $2) ORDER BY next_attempt_at, id LIMIT $3 {lock})
         RETURNING id, subscription_id, notification_id, attempts, created_at"
    ))
    .bind(now + LEASE)
    .bind(now)
    .bind(most)
    .all(&mut tx)
    .await?;
    let mut out = Vec::with_capacity(leased.len());
    for push in leased {
        let browser: Option<Subscription> = composed_sql(format!(
            "SELECT id, {column} AS owner, endpoint, p256dh, auth, user_agent, created_at FROM {browsers} WHERE id = $1"
        ))
        .bind(&push.subscription_id)
        .optional(&mut tx)
        .await?;
        if let Some(browser) = browser {
            out.push((push, browser));
        }
    }
    tx.commit_silently().await?;
    Ok(out)
}

/// Records what came of it.
pub async fn settle(store: &Store, side: Side, push: &Push, outcome: Outcome) -> Result<()> {
    let (browsers, _, waiting) = side.tables();
    let mut tx = store.begin().await?;
    let now = tx.now();
    match outcome {
        Outcome::Done => {
            composed_sql(format!("DELETE FROM {waiting} WHERE id = $1"))
                .bind(&push.id)
                .run(&mut tx)
                .await?;
        }
        Outcome::Gone => {
            composed_sql(format!("DELETE FROM {waiting} WHERE subscription_id = $1"))
                .bind(&push.subscription_id)
                .run(&mut tx)
                .await?;
            composed_sql(format!("DELETE FROM {browsers} WHERE id = $1"))
                .bind(&push.subscription_id)
                .run(&mut tx)
                .await?;
        }
        Outcome::Again(after) => {
            let pause = after.unwrap_or(5_000 << push.attempts.clamp(0, 8)).min(STALE_AFTER);
            composed_sql(format!(
                "UPDATE {waiting} SET next_attempt_at = $2, lease_until = NULL WHERE id = $1"
            ))
            .bind(&push.id)
            .bind(now + pause)
            .run(&mut tx)
            .await?;
        }
    }
    tx.commit_silently().await
}
