//! Sign-ins and proofs that are half done: what was asked, kept on this side until the answer comes.
//! The browser holds a random secret, its hash is here; each is taken once and for a few minutes.

use conversation::db::{On, sql};
use conversation::env::hash_secret;
use conversation::types::Millis;
use conversation::{Error, Result, Store, cleanup};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long one waits, in milliseconds.
pub const LASTS: Millis = 10 * 60 * 1000;

/// Begins one; `owner` is empty where nobody is known yet. Returns its secret.
pub async fn begin<T: Serialize>(store: &Store, kind: &str, owner: &str, data: &T) -> Result<String> {
    let data = serde_json::to_string(data).map_err(|error| Error::corrupt("step", error))?;
    let secret = store.env().secret();
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO sign_in_steps (token_hash, kind, owner, data, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(hash_secret(&secret))
        .bind(kind)
        .bind(owner)
        .bind(data)
        .bind(now + LASTS)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(secret)
}

fn read<T: DeserializeOwned>(row: Option<(String, String)>) -> Result<Option<(String, T)>> {
    row.map(|(owner, data)| {
        serde_json::from_str(&data)
            .map(|data| (owner, data))
            .map_err(|error| Error::corrupt("step", error))
    })
    .transpose()
}

/// Owner and data of one that still waits.
pub async fn look<T: DeserializeOwned>(
    on: impl On,
    kind: &str,
    secret: &str,
    now: Millis,
) -> Result<Option<(String, T)>> {
    let row = sql("SELECT owner, data FROM sign_in_steps WHERE token_hash = $1 AND kind = $2 AND expires_at > $3")
        .bind(hash_secret(secret))
        .bind(kind)
        .bind(now)
        .optional(on)
        .await?;
    read(row)
}

/// As [`look`], and it waits no more.
pub async fn take<T: DeserializeOwned>(store: &Store, kind: &str, secret: &str) -> Result<Option<(String, T)>> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let row =
        sql("DELETE FROM sign_in_steps WHERE token_hash = $1 AND kind = $2 AND expires_at > $3 RETURNING owner, data")
            .bind(hash_secret(secret))
            .bind(kind)
            .bind(now)
            .optional(&mut tx)
            .await?;
    tx.commit_silently().await?;
    read(row)
}

/// Forgets those that nobody finished, a part at a time; returns how many.
pub async fn prune(store: &Store) -> Result<u64> {
    let over = "DELETE FROM sign_in_steps WHERE token_hash IN (SELECT token_hash FROM sign_in_steps WHERE expires_at <= $1 LIMIT $2)";
    cleanup::forget(store, over, store.now()).await
}
