//! Passwords: the rules, hashing and checking. Argon2id takes tens of milliseconds and 19 MiB, so
//! it runs on a blocking thread and at most two at a time.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use conversation::db::{On, sql};
use conversation::{Env, Error, Result, Tx};
use tokio::sync::Semaphore;

use crate::{Owner, common};

/// The shortest password, in characters.
pub const SHORTEST: usize = 10;
/// The longest password, in bytes: more would only keep the machine busy.
pub const LONGEST: usize = 1024;

static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash of a password that nobody has, checked against when there is none, so that an unknown
/// e-mail address takes as long as a wrong password.
pub const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3dpdGNoYm9hcmQtbm9ib2R5$X8dV3h4kT1bYq0p3mB6w2yq7s1fJr9cLkUeHnZ5aGgA";

/// Whether a password may be used by the owner of this e-mail address.
///
/// # Errors
/// [`Error::Invalid`] says which rule it breaks.
pub fn check_rules(password: &str, email: &str) -> Result<()> {
    let wrong = |words: String| Err(Error::Invalid(words));
    if password.chars().count() < SHORTEST {
        return wrong(format!("the password needs at least {SHORTEST} characters"));
    }
    if password.len() > LONGEST {
        return wrong(format!("the password is longer than {LONGEST} bytes"));
    }
    let plain = password.trim().to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if plain == email.to_lowercase() || (!local.is_empty() && plain == local.to_lowercase()) {
        return wrong("the password must not be the e-mail address".to_owned());
    }
    let mut characters = plain.chars();
    let first = characters.next();
    if characters.all(|c| Some(c) == first) {
        return wrong("the password is one character over and over".to_owned());
    }
    if common::is_common(password) {
        return wrong("the password is one of those that are tried first; take another".to_owned());
    }
    Ok(())
}

/// Hashes a password into a PHC string.
///
/// # Errors
/// When the machine cannot give the memory.
pub async fn hash(env: &Env, password: String) -> Result<String> {
    let mut salt = [0u8; 16];
    env.fill(&mut salt);
    on_blocking_thread(move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| Error::corrupt("password", error))
    })
    .await?
}

/// Whether a password fits a PHC string. Without one it takes as long and is false.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    on_blocking_thread(move || {
        let fits = Argon2::default()
            .verify_password(password.as_bytes(), hash.as_deref().unwrap_or(NOBODY))
            .is_ok();
        fits && hash.is_some()
    })
    .await
}

async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    // The semaphore is never closed.
    let _turn = AT_ONCE.acquire().await;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::corrupt("password", error))
}

/// Sets the password of somebody whose password is kept here: a contact.
pub async fn put_in(tx: &mut Tx, owner: &Owner, hash: &str) -> Result<()> {
    let now = tx.now();
    sql("INSERT INTO passwords (owner, hash, set_at) VALUES ($1, $2, $3) ON CONFLICT (owner) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at")
        .bind(owner.text())
        .bind(hash)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Takes it away again.
pub async fn remove_in(tx: &mut Tx, owner: &Owner) -> Result<()> {
    sql("DELETE FROM passwords WHERE owner = $1")
        .bind(owner.text())
        .run(tx)
        .await?;
    Ok(())
}

/// The hash of a contact's password, if they set one.
pub async fn of(on: impl On, owner: &Owner) -> Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT hash FROM passwords WHERE owner = $1")
        .bind(owner.text())
        .optional(on)
        .await?;
    Ok(row.map(|(hash,)| hash))
}
