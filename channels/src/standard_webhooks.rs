//! Signatures by Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conversation::Env;
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;

/// What a secret begins with.
pub const PREFIX: &str = "whsec_";

/// A secret of 32 bytes, as receivers enter it.
pub fn new_secret(env: &Env) -> String {
    let mut bytes = [0u8; 32];
    env.fill(&mut bytes);
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// Whether a text is a secret as the standard wants it: of 24 to 64 bytes.
pub fn is_secret(text: &str) -> bool {
    let bytes = text.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
    bytes.is_some_and(|bytes| (24..=64).contains(&bytes.len()))
}

/// The value of `webhook-signature`. `seconds` is the Unix time of this attempt.
pub fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    let signed = mac(secret, id, seconds, body.as_bytes()).map(|mac| STANDARD.encode(mac.finalize().into_bytes()));
    signed.map_or_else(String::new, |signature| format!("v1,{signature}"))
}

/// Whether one of the signatures in a `webhook-signature` is this secret's; compared in constant time.
pub fn fits(secret: &str, id: &str, seconds: i64, body: &[u8], signatures: &str) -> bool {
    signatures.split(' ').any(|one| {
        let signature = one.strip_prefix("v1,").and_then(|one| STANDARD.decode(one).ok());
        let mac = mac(secret, id, seconds, body);
        signature
            .zip(mac)
            .is_some_and(|(signature, mac)| mac.verify_slice(&signature).is_ok())
    })
}

/// HMAC takes keys of any length, so this is there for every secret; no signature would match nothing.
fn mac(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let key = STANDARD
        .decode(secret.strip_prefix(PREFIX).unwrap_or(secret))
        .unwrap_or_default();
    let mut mac = <Hmac<Sha256>>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(mac)
}
