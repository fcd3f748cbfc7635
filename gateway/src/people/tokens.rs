//! Tokens of the JSON API: `sb_` and 64 hexadecimal digits. Only the hash is stored, so a token is
//! shown once.

use std::collections::HashSet;

use conversation::audit;
use conversation::db::{On, composed_sql, sql};
use conversation::env::hash_secret;
use conversation::types::{Actor, Millis, Role};
use conversation::{Error, Result, Store};
use serde_json::json;

use super::agents::one_at_a_time;
use super::changed;

/// How much older than now the recorded last use may be, in milliseconds.
const USED_EVERY: Millis = 60_000;

/// One token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: String,
    /// What it is for; the author of what it writes.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Millis,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

const TOKEN: &str = "id, name, role, created_at, last_used_at, revoked_at";

type Row = (String, String, Role, Millis, Option<Millis>, Option<Millis>);

fn from_row((id, name, role, created_at, last_used_at, revoked_at): Row) -> ApiToken {
    ApiToken {
        id,
        name,
        role,
        created_at,
        last_used_at,
        revoked_at,
    }
}

/// Makes a token and returns it with its secret, which cannot be shown again. A name that was used
/// before gets a number, such as `crm 2`.
///
/// # Errors
/// [`Error::Invalid`] without a name.
pub async fn create(store: &Store, actor: &Actor, name: &str, role: Role) -> Result<(ApiToken, String)> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    if name.is_empty() {
        return Err(Error::Invalid(
            "a token needs a name that says what it is for".to_owned(),
        ));
    }
    if role == Role::Coordinator {
        return Err(Error::Invalid(
            "role: a token cannot look after companies; give it the role agent or supervisor".to_owned(),
        ));
    }
    let secret = format!("sb_{}", store.env().secret());
    let id = store.env().ulid();
    let mut tx = store.begin().await?;
    // Two tokens of one name would be one author; revoked ones keep theirs.
    one_at_a_time(&mut tx).await?;
    let taken: Vec<(String,)> = sql("SELECT name FROM api_tokens").all(&mut tx).await?;
    let taken: HashSet<String> = taken.into_iter().map(|(name,)| name).collect();
    let mut free = name.clone();
    let mut number = 1;
    while taken.contains(&free) {
        number += 1;
        free = format!("{name} {number}");
    }
    let name = free;
    let now = tx.now();
    sql("INSERT INTO api_tokens (id, name, role, token_hash, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&id)
        .bind(&name)
        .bind(role)
        .bind(hash_secret(&secret))
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(
        &mut tx,
        actor,
        "token.created",
        &id,
        &json!({ "name": name, "role": role }),
    )
    .await?;
    tx.emit(changed(&id, actor, "token_created"));
    tx.commit().await?;
    let token = from_row((id, name, role, now, None, None));
    Ok((token, secret))
}

/// The token of this secret, if it is good.
pub async fn check(store: &Store, secret: &str) -> Result<Option<ApiToken>> {
    let is_shaped = secret
        .strip_prefix("sb_")
        .is_some_and(|rest| rest.len() == 64 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !is_shaped {
        return Ok(None);
    }
    let row: Option<Row> = composed_sql(format!(
        "SELECT {TOKEN} FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL"
    ))
    .bind(hash_secret(secret))
    .optional(store.db())
    .await?;
    let Some(mut token) = row.map(from_row) else {
        return Ok(None);
    };
    let now = store.now();
    if token.last_used_at.is_none_or(|at| now - at >= USED_EVERY) {
        token.last_used_at = Some(now);
        let mut tx = store.begin().await?;
        sql("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1")
            .bind(&token.id)
            .bind(now)
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
    }
    Ok(Some(token))
}

/// All tokens, the newest first.
pub async fn list(on: impl On) -> Result<Vec<ApiToken>> {
    let rows: Vec<Row> = composed_sql(format!("SELECT {TOKEN} FROM api_tokens ORDER BY id DESC"))
        .all(on)
        .await?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// Makes a token useless from now on.
///
/// # Errors
/// [`Error::NotFound`] when it is unknown or revoked already.
pub async fn revoke(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let rows = sql("UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, actor, "token.revoked", id, &json!({})).await?;
    tx.emit(changed(id, actor, "token_revoked"));
    tx.commit().await?;
    Ok(())
}
