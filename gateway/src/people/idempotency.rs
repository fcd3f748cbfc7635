//! Requests that are done once, however often they arrive: the first answer to a key is kept for a
//! day and given again. Answers are sealed, for some carry secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conversation::db::sql;
use conversation::once::Work;
use conversation::types::Millis;
use conversation::{Error, Result, Store, cleanup};
use serde::{Deserialize, Serialize};

/// How long an answer is kept, in milliseconds: a day, and another for a clock that was set by one.
pub const KEPT: Millis = 48 * 60 * 60 * 1000;
/// After this many milliseconds without a sign of life a request without an answer is one whose process died; the
/// same request may take it up again.
pub const ABANDONED: Millis = 15_000;
/// How often a living process gives the sign.
pub const RENEW_EVERY: std::time::Duration = std::time::Duration::from_secs(4);

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Do it.
    Proceed(Claimed),
    /// It was done: this was the answer.
    Done(Answer),
    /// It is being done at this moment.
    InProgress,
    /// It was done, in whole or in part, and the process died before its answer was kept.
    Lost,
    /// The key was used for something else.
    Mismatch,
}

/// A key that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The same ULID for every try of this key, for whatever needs an id.
    pub id: String,
    /// Who holds it: this try.
    pub owner: String,
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: String,
    /// Where the new thing is.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// Begins a request under a key. `scope` keeps callers apart; `request_hash` tells requests apart.
pub async fn claim(store: &Store, scope: &str, key: &str, request_hash: &str) -> Result<Claim> {
    let (id, owner) = (store.env().ulid(), store.env().ulid());
    let mut tx = store.begin().await?;
    let now = tx.now();
    let begun = sql("INSERT INTO idempotency (scope, key, request_hash, body, owner, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (scope, key) DO UPDATE SET request_hash = excluded.request_hash, status = NULL, body = excluded.body, owner = excluded.owner, done_at = NULL, created_at = excluded.created_at WHERE idempotency.created_at <= $7")
        .bind(scope)
        .bind(key)
        .bind(request_hash)
        .bind(&id)
        .bind(&owner)
        .bind(now)
        .bind(now - KEPT)
        .run(&mut tx)
        .await?;
    if begun > 0 {
        tx.commit_silently().await?;
        return Ok(Claim::Proceed(Claimed { id, owner }));
    }
    type Row = (String, Option<i64>, Option<String>, Millis, Option<Millis>);
    let (hash, status, body, alive_at, done_at): Row =
        sql("SELECT request_hash, status, body, created_at, done_at FROM idempotency WHERE scope = $1 AND key = $2")
            .bind(scope)
            .bind(key)
            .one(&mut tx)
            .await?;
    let body = body.unwrap_or_default();
    if hash != request_hash {
        return Ok(Claim::Mismatch);
    }
    if status.is_some() {
        let damaged = |why: String| Error::corrupt("kept answer", why);
        let sealed = STANDARD.decode(&body).map_err(|error| damaged(error.to_string()))?;
        let plain = store.keys().open(&sealed)?;
        let answer = serde_json::from_slice(&plain).map_err(|error| damaged(error.to_string()))?;
        return Ok(Claim::Done(answer));
    }
    // A sign of life from the future was given by a clock that was wrong; whoever lives gives the next one soon.
    if (now - ABANDONED + 1..now + ABANDONED).contains(&alive_at) {
        return Ok(Claim::InProgress);
    }
    if done_at.is_some() {
        return Ok(Claim::Lost);
    }
    // From here on the former owner, should it live after all, cannot commit.
    let taken = sql(
        "UPDATE idempotency SET created_at = $3, owner = $5 WHERE scope = $1 AND key = $2 AND status IS NULL AND done_at IS NULL AND created_at = $4",
    )
    .bind(scope)
    .bind(key)
    .bind(now)
    .bind(alive_at)
    .bind(&owner)
    .run(&mut tx)
    .await?;
    tx.commit_silently().await?;
    Ok(if taken > 0 {
        Claim::Proceed(Claimed { id: body, owner })
    } else {
        Claim::InProgress
    })
}

/// Says that the process which does a claimed request lives.
pub async fn renew(store: &Store, work: &Work) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE idempotency SET created_at = $4 WHERE scope = $1 AND key = $2 AND owner = $3 AND status IS NULL")
        .bind(&work.scope)
        .bind(&work.key)
        .bind(&work.owner)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Whoever did a request is dead: it may be taken up again at once. For a process that is alone and took none yet.
pub async fn free_all(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let dead_since = tx.now() - ABANDONED;
    let changed = sql("UPDATE idempotency SET created_at = $1 WHERE status IS NULL AND created_at > $1")
        .bind(dead_since)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(changed)
}

/// Keeps the answer of a claimed request.
pub async fn finish(store: &Store, work: &Work, answer: &Answer) -> Result<()> {
    let plain = serde_json::to_vec(answer).map_err(|error| Error::Invalid(format!("answer: {error}")))?;
    let sealed = STANDARD.encode(store.keys().seal(store.env(), &plain)?);
    let mut tx = store.begin().await?;
    sql(
        "UPDATE idempotency SET status = $4, body = $5 WHERE scope = $1 AND key = $2 AND owner = $3 AND status IS NULL",
    )
    .bind(&work.scope)
    .bind(&work.key)
    .bind(&work.owner)
    .bind(i64::from(answer.status))
    .bind(sealed)
    .run(&mut tx)
    .await?;
    tx.commit_silently().await
}

/// Gives a claimed request up: it failed, and may be tried again at once. What was refused (`is_refused`) changed nothing,
/// and its key is free for anything. What failed by our fault keeps its id for the next try: a database that went away
/// in the middle of a commit may have made it, and under the same id it is not made twice. Where something else of it
/// was committed, it is not tried again: nobody knows how much there is.
pub async fn release(store: &Store, work: &Work, is_refused: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    if is_refused {
        sql("DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND owner = $3 AND status IS NULL")
            .bind(&work.scope)
            .bind(&work.key)
            .bind(&work.owner)
            .run(&mut tx)
            .await?;
    } else {
        sql("UPDATE idempotency SET created_at = $4 WHERE scope = $1 AND key = $2 AND owner = $3 AND status IS NULL AND done_at IS NULL")
            .bind(&work.scope)
            .bind(&work.key)
            .bind(&work.owner)
            .bind(now - ABANDONED)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await
}

/// Forgets answers whose time is over, a part at a time; returns how many.
pub async fn prune(store: &Store) -> Result<u64> {
    let over = "DELETE FROM idempotency WHERE (scope, key) IN (SELECT scope, key FROM idempotency WHERE created_at <= $1 LIMIT $2)";
    cleanup::forget(store, over, store.now() - KEPT).await
}
