//! Signatures by Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conversation::Env;
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// A secret of 32 bytes, as receivers enter it.
pub(crate) fn new_secret(env: &Env) -> String {
    let mut bytes = [0u8; 32];
    env.fill(&mut bytes);
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// The value of `webhook-signature`. `seconds` is the Unix time of this attempt.
pub(crate) fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    let key = STANDARD
        .decode(secret.strip_prefix(PREFIX).unwrap_or(secret))
        .unwrap_or_default();
    // HMAC takes keys of any length, so this cannot fail; no signature would match nothing.
    let Ok(mut mac) = <Hmac<Sha256>>::new_from_slice(&key) else {
        return String::new();
    };
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
