//! Web Push: the browsers that take it, and what waits to be sent to them.

use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::store::{Store, Tx};
use crate::types::{AgentId, Millis};

/// How long a sender may take, in milliseconds.
const LEASE: Millis = 60_000;
/// After this many attempts a word is given up.
const MOST_ATTEMPTS: i64 = 6;
/// A word that is older than this is no news, in milliseconds.
const STALE_AFTER: Millis = 3_600_000;
/// The most browsers of one agent; the oldest makes room.
const MOST_BROWSERS: i64 = 20;

/// A browser that takes Web Push.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Whose.
    pub agent_id: AgentId,
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
    agent: &AgentId,
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
    let mut tx = store.begin().await?;
    let now = tx.now();
    let id = tx.env().ulid();
    let (id,): (String,) = sql("INSERT INTO push_subscriptions (id, agent_id, endpoint, p256dh, auth, user_agent, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (endpoint) DO UPDATE SET agent_id = excluded.agent_id, p256dh = excluded.p256dh, auth = excluded.auth, user_agent = excluded.user_agent RETURNING id")
        .bind(&id)
        .bind(agent)
        .bind(endpoint)
        .bind(p256dh)
        .bind(auth)
        .bind(user_agent.chars().take(200).collect::<String>())
        .bind(now)
        .one(&mut tx)
        .await?;
    sql("DELETE FROM push_subscriptions WHERE agent_id = $1 AND id NOT IN (SELECT id FROM push_subscriptions WHERE agent_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)")
        .bind(agent)
        .bind(MOST_BROWSERS)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(id)
}

/// Ends the subscription of this browser of an agent.
pub async fn unsubscribe(store: &Store, agent: &AgentId, endpoint: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("DELETE FROM push_subscriptions WHERE agent_id = $1 AND endpoint = $2")
        .bind(agent)
        .bind(endpoint)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// The browsers of an agent.
pub async fn of_agent(on: impl On, agent: &AgentId) -> Result<Vec<Subscription>> {
    sql("SELECT id, agent_id, endpoint, p256dh, auth, user_agent, created_at FROM push_subscriptions WHERE agent_id = $1 ORDER BY created_at, id")
        .bind(agent)
        .all(on)
        .await
}

/// Queues a notification for every browser of an agent.
pub(crate) async fn queue_in(tx: &mut Tx, agent: &AgentId, notification: &str) -> Result<()> {
    for browser in of_agent(&mut *tx, agent).await? {
        let id = tx.env().ulid();
        let now = tx.now();
        sql("INSERT INTO pushes (id, subscription_id, notification_id, attempts, next_attempt_at, created_at) VALUES ($1, $2, $3, 0, $4, $4)")
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
pub async fn lease(store: &Store, most: i64) -> Result<Vec<(Push, Subscription)>> {
    let now = store.now();
    let due: Option<(String,)> =
        sql("SELECT id FROM pushes WHERE next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < $1) LIMIT 1")
            .bind(now)
            .optional(store.db())
            .await?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.begin().await?;
    sql("DELETE FROM pushes WHERE created_at < $1 OR attempts >= $2 OR NOT EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.id = pushes.subscription_id)")
        .bind(now - STALE_AFTER)
        .bind(MOST_ATTEMPTS)
        .run(&mut tx)
        .await?;
    let lock = tx.dialect().for_update_skip_locked();
    let leased: Vec<Push> = composed_sql(format!(
        "UPDATE pushes SET lease_until = $1, attempts = attempts + 1 WHERE id IN (
            SELECT id FROM pushes WHERE next_attempt_at <= $2 AND (lease_until IS NULL OR lease_until < $2) ORDER BY next_attempt_at, id LIMIT $3 {lock})
         RETURNING id, subscription_id, notification_id, attempts, created_at"
    ))
    .bind(now + LEASE)
    .bind(now)
    .bind(most)
    .all(&mut tx)
    .await?;
    let mut out = Vec::with_capacity(leased.len());
    for push in leased {
        let browser: Option<Subscription> = sql(
            "SELECT id, agent_id, endpoint, p256dh, auth, user_agent, created_at FROM push_subscriptions WHERE id = $1",
        )
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
pub async fn settle(store: &Store, push: &Push, outcome: Outcome) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    match outcome {
        Outcome::Done => {
            sql("DELETE FROM pushes WHERE id = $1")
                .bind(&push.id)
                .run(&mut tx)
                .await?;
        }
        Outcome::Gone => {
            sql("DELETE FROM pushes WHERE subscription_id = $1")
                .bind(&push.subscription_id)
                .run(&mut tx)
                .await?;
            sql("DELETE FROM push_subscriptions WHERE id = $1")
                .bind(&push.subscription_id)
                .run(&mut tx)
                .await?;
        }
        Outcome::Again(after) => {
            let pause = after.unwrap_or(5_000 << push.attempts.clamp(0, 8)).min(STALE_AFTER);
            sql("UPDATE pushes SET next_attempt_at = $2, lease_until = NULL WHERE id = $1")
                .bind(&push.id)
                .bind(now + pause)
                .run(&mut tx)
                .await?;
        }
    }
    tx.commit_silently().await
}
