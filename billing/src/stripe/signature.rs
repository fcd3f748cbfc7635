//! The signature of a web hook: HMAC-SHA256 over the raw body and its time.
//! <https://docs.stripe.com/webhooks#verify-manually>

use conversation::types::Millis;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How old a signature may be, in seconds.
pub const TOLERANCE: i64 = 300;

/// Why a web hook is not Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// No header, or one that is no signature.
    #[error("the header Stripe-Signature is missing or unreadable")]
    Missing,
    /// Too old, or from the future.
    #[error("the signature's time is more than {TOLERANCE} seconds away; check the clock of this machine")]
    Old,
    /// Not made with our secret.
    #[error("the signature does not fit; check the web hook's secret in the billing settings")]
    Wrong,
}

fn mac(secret: &str, at: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// The header that Stripe sends; `at` in seconds.
pub fn sign(secret: &str, at: i64, body: &[u8]) -> String {
    let code = mac(secret, at, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("t={at},v1={}", code.unwrap_or_default())
}

/// Checks the header against the raw body. `secrets` may hold several, parted by commas or spaces, so
/// that a secret can be rolled.
///
/// # Errors
/// Says what is wrong with it.
pub fn check(header: Option<&str>, body: &[u8], secrets: &str, now: Millis) -> Result<(), BadSignature> {
    let header = header.ok_or(BadSignature::Missing)?;
    let mut at = None;
    let mut codes: Vec<[u8; 32]> = Vec::new();
    for part in header.split(',').take(20) {
        match part.trim().split_once('=') {
            Some(("t", value)) => at = value.parse::<i64>().ok(),
            Some(("v1", value)) => {
                let mut code = [0u8; 32];
                if hex::decode_to_slice(value, &mut code).is_ok() {
                    codes.push(code);
                }
            }
            // v0 is a test scheme, others do not exist yet.
            _ => {}
        }
    }
    let at = at.ok_or(BadSignature::Missing)?;
    if codes.is_empty() {
        return Err(BadSignature::Missing);
    }
    let mut is_ours = false;
    for secret in secrets
        .split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|one| !one.is_empty())
    {
        let Some(mac) = mac(secret, at, body) else { continue };
        let expected = mac.finalize().into_bytes();
        for code in &codes {
            is_ours |= bool::from(expected.as_slice().ct_eq(code.as_slice()));
        }
    }
    if !is_ours {
        return Err(BadSignature::Wrong);
    }
    // After the code: a stranger learns nothing about our clock.
    if (now / 1_000).saturating_sub(at).unsigned_abs() > TOLERANCE.unsigned_abs() {
        return Err(BadSignature::Old);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fresh_signatures_with_our_secret_pass() {
        let body = br#"{"id":"evt_1"}"#;
        let now = 1_767_607_200_000;
        let at = now / 1_000;
        let good = sign("whsec_a", at, body);
        let code = good.rsplit_once('=').map(|(_, code)| code.to_owned()).unwrap();
        let two = format!("t={at},v1={},v1={code}", "0".repeat(64));
        let v0 = format!("t={at},v0={code}");
        for (header, secrets, body, expected) in [
            (Some(good.as_str()), "whsec_a", &body[..], Ok(())),
            (Some(&good), "whsec_b, whsec_a", body, Ok(())),
            (Some(&two), "whsec_a", body, Ok(())),
            (Some(&good), "whsec_b", body, Err(BadSignature::Wrong)),
            (Some(&good), "", body, Err(BadSignature::Wrong)),
            (Some(&good), "whsec_a", br#"{"id":"evt_2"}"#, Err(BadSignature::Wrong)),
            (Some(&v0), "whsec_a", body, Err(BadSignature::Missing)),
            (None, "whsec_a", body, Err(BadSignature::Missing)),
            (Some(""), "whsec_a", body, Err(BadSignature::Missing)),
            (Some("t=x,v1=zz"), "whsec_a", body, Err(BadSignature::Missing)),
        ] {
            assert_eq!(check(header, body, secrets, now), expected, "{header:?} {secrets}");
        }
        for (away, expected) in [
            (299, Ok(())),
            (-299, Ok(())),
            (301, Err(BadSignature::Old)),
            (-301, Err(BadSignature::Old)),
        ] {
            assert_eq!(
                check(Some(&good), body, "whsec_a", now + away * 1_000),
                expected,
                "{away}"
            );
        }
    }
}
