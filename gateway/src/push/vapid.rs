//! Who pushes: the installation's key, and the word that it signs for each push service (RFC 8292).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::db::sql;
use conversation::types::Millis;
use conversation::{Env, Error, Result, Store};
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;

use super::crypt::point;

/// Where the sealed key stands among the settings.
const SETTING: &str = "push.vapid";
/// For how long a signed word is good, in seconds: RFC 8292 allows a day.
const GOOD_FOR: i64 = 12 * 3600;

/// The installation's key; made when it is asked for first.
pub(crate) async fn key(store: &Store) -> Result<SecretKey> {
    if let Some(key) = stored(store).await? {
        return Ok(key);
    }
    let fresh = random_key(store.env());
    let sealed = store.keys().seal(store.env(), &fresh.to_bytes())?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    // Another process may be as quick: the first one's key stays.
    sql("INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING")
        .bind(SETTING)
        .bind(json!(URL_SAFE_NO_PAD.encode(sealed)).to_string())
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    stored(store).await?.ok_or(Error::NotFound)
}

async fn stored(store: &Store) -> Result<Option<SecretKey>> {
    let Some(text) = crate::people::settings::get::<String>(store.db(), SETTING).await? else {
        return Ok(None);
    };
    let sealed = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|error| Error::corrupt(SETTING, error))?;
    let plain = store.keys().open(&sealed)?;
    SecretKey::from_slice(&plain)
        .map(Some)
        .map_err(|error| Error::corrupt(SETTING, error))
}

/// A random key of the curve.
pub(crate) fn random_key(env: &Env) -> SecretKey {
    loop {
        let mut bytes = [0u8; 32];
        env.fill(&mut bytes);
        // All but one in 2^32 random numbers are keys.
        if let Ok(key) = SecretKey::from_slice(&bytes) {
            return key;
        }
    }
}

/// The public key, as browsers want it.
pub(crate) fn public(key: &SecretKey) -> String {
    URL_SAFE_NO_PAD.encode(point(&key.public_key()))
}

/// The `Authorization` of a push to a service of this origin.
pub(crate) fn authorization(key: &SecretKey, origin: &str, contact: &str, now: Millis) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "typ": "JWT", "alg": "ES256" }));
    let claims = part(json!({ "aud": origin, "exp": now / 1000 + GOOD_FOR, "sub": contact }));
    let signed = format!("{head}.{claims}");
    let signature: Signature = SigningKey::from(key).sign(signed.as_bytes());
    format!(
        "vapid t={signed}.{}, k={}",
        URL_SAFE_NO_PAD.encode(signature.to_bytes()),
        public(key)
    )
}
