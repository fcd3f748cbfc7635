//! Proof that a web hook comes from Meta: the signature of its body and the challenge at set-up.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header that carries the signature.
pub const HEADER: &str = "X-Hub-Signature-256";

/// Why a web hook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header at all.
    #[error("the X-Hub-Signature-256 header is missing; only Meta's signed web hooks are taken")]
    Missing,
    /// A header that is no `sha256=` and 64 hexadecimal digits.
    #[error("the X-Hub-Signature-256 header is not `sha256=` followed by 64 hexadecimal digits")]
    Malformed,
    /// The secret or the body differ.
    #[error(
        "the signature does not fit the body; compare the app secret in this inbox's settings with the one in Meta's \
         app dashboard, and check that no proxy rewrites the body"
    )]
    Mismatch,
}

/// The header's value for a body.
pub fn sign(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(mac(app_secret, body).unwrap_or_default()))
}

/// Checks the header against the raw body, in constant time.
///
/// # Errors
/// [`SignatureError`]; the body must not be read.
pub fn verify(app_secret: &str, header: Option<&str>, body: &[u8]) -> Result<(), SignatureError> {
    let header = header.ok_or(SignatureError::Missing)?.trim();
    let digits = header.strip_prefix("sha256=").ok_or(SignatureError::Malformed)?;
    let mut given = [0u8; 32];
    hex::decode_to_slice(digits, &mut given).map_err(|_| SignatureError::Malformed)?;
    match mac(app_secret, body) {
        Some(expected) if bool::from(expected.ct_eq(&given)) => Ok(()),
        _ => Err(SignatureError::Mismatch),
    }
}

/// HMAC (RFC 2104) takes keys of any length; if the crate ever thinks otherwise, nothing verifies.
fn mac(app_secret: &str, body: &[u8]) -> Option<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(app_secret.as_bytes()).ok()?;
    mac.update(body);
    Some(mac.finalize().into_bytes().into())
}

/// Why the verification request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// `hub.mode` is not `subscribe`.
    #[error("hub.mode must be `subscribe`; this address answers Meta's web hooks")]
    Mode,
    /// `hub.verify_token` differs from the inbox's.
    #[error("hub.verify_token is not the verify token of this inbox")]
    Token,
    /// `hub.challenge` is missing.
    #[error("hub.challenge is missing")]
    Challenge,
}

/// What to answer to Meta's verification request: the challenge itself, as plain text.
///
/// # Errors
/// [`ChallengeError`]: what is wrong with the request.
pub fn challenge<'a>(
    verify_token: &str,
    mode: Option<&str>,
    token: Option<&str>,
    challenge: Option<&'a str>,
) -> Result<&'a str, ChallengeError> {
    if mode != Some("subscribe") {
        return Err(ChallengeError::Mode);
    }
    let given = token.unwrap_or_default();
    // An empty verify token would let anybody in.
    if verify_token.is_empty() || !bool::from(given.as_bytes().ct_eq(verify_token.as_bytes())) {
        return Err(ChallengeError::Token);
    }
    challenge
        .filter(|c| !c.is_empty() && c.len() <= 1024)
        .ok_or(ChallengeError::Challenge)
}
