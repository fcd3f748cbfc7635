//! Signed identities: a JWT (RFC 7519, HS256) that the business's own server made for a user who is
//! signed in there. Pure.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::contacts::normal_email;
use conversation::types::Millis;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The longest token, in bytes.
const LONGEST: usize = 4096;
/// The furthest end, in milliseconds.
const LASTS: Millis = 24 * 60 * 60 * 1000;
/// How far clocks may be apart, in milliseconds.
const LEEWAY: Millis = 60_000;

/// Who the business says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user's id there.
    pub sub: String,
    /// A proved address, lower-cased.
    pub email: Option<String>,
    /// A proved number, E.164.
    pub phone: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// Why an identity is not believed. The words are for whoever connects the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The inbox has no secret.
    #[error("this inbox takes no signed identities; set its identity secret")]
    NotConfigured,
    /// Three parts of base64url with JSON objects are expected.
    #[error("the identity is not a JWT")]
    Malformed,
    /// `none`, or a key of another kind.
    #[error("the identity's `alg` must be HS256")]
    Algorithm,
    /// Made with another secret, or changed on the way.
    #[error("the identity's signature does not fit the inbox's identity secret")]
    Signature,
    /// No end, or one too far.
    #[error("the identity needs `exp`, at most 24 hours ahead")]
    Lifetime,
    /// Too late, or too early.
    #[error("the identity has expired or is not valid yet; sign a new one for each page")]
    Expired,
    /// Nobody.
    #[error("the identity needs `sub`, the user's id, of 1 to 200 characters")]
    Subject,
    /// A claim that cannot be used.
    #[error("the identity's `email` or `phone` is not in the form of one (phones: E.164, such as +5511999990000)")]
    Claim,
}

impl Rejected {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Rejected::NotConfigured => "identity_not_configured",
            Rejected::Malformed => "identity_malformed",
            Rejected::Algorithm => "identity_algorithm",
            Rejected::Signature => "identity_signature",
            Rejected::Lifetime => "identity_lifetime",
            Rejected::Expired => "identity_expired",
            Rejected::Subject => "identity_subject",
            Rejected::Claim => "identity_claim",
        }
    }
}

/// Checks a token.
///
/// # Errors
/// The first thing that is wrong with it. The signature is checked before any claim is read.
pub fn verify(token: &str, secret: Option<&str>, now: Millis) -> Result<Claims, Rejected> {
    let secret = secret
        .filter(|secret| !secret.is_empty())
        .ok_or(Rejected::NotConfigured)?;
    if token.len() > LONGEST {
        return Err(Rejected::Malformed);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Rejected::Malformed);
    };
    let fields = object(header)?;
    if fields.get("alg").and_then(Value::as_str) != Some("HS256") || fields.contains_key("crit") {
        return Err(Rejected::Algorithm);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Rejected::Malformed)?;
    let mut mac = <Hmac<Sha256>>::new_from_slice(secret.as_bytes()).map_err(|_| Rejected::NotConfigured)?;
    mac.update(header.as_bytes());
    mac.update(b".");
    mac.update(payload.as_bytes());
    if !bool::from(mac.finalize().into_bytes().as_slice().ct_eq(&signature)) {
        return Err(Rejected::Signature);
    }
    claims(&object(payload)?, now)
}

fn object(part: &str) -> Result<Map<String, Value>, Rejected> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejected::Malformed)?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Rejected::Malformed),
    }
}

fn claims(fields: &Map<String, Value>, now: Millis) -> Result<Claims, Rejected> {
    // NumericDate: seconds, perhaps with a fraction. Anything else in its place is refused.
    let time = |name: &str| match fields.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) if (0.0..1e11).contains(&seconds) => Ok(Some((seconds * 1000.0) as Millis)),
            _ => Err(Rejected::Lifetime),
        },
    };
    let ends_at = time("exp")?.ok_or(Rejected::Lifetime)?;
    if ends_at > now + LASTS + LEEWAY {
        return Err(Rejected::Lifetime);
    }
    if ends_at <= now - LEEWAY {
        return Err(Rejected::Expired);
    }
    for name in ["iat", "nbf"] {
        if time(name)?.is_some_and(|at| at > now + LEEWAY) {
            return Err(Rejected::Expired);
        }
    }
    let sub = match fields.get("sub") {
        Some(Value::String(sub)) => sub.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(Rejected::Subject),
    };
    if sub.is_empty() || sub.chars().count() > 200 || sub.chars().any(char::is_control) {
        return Err(Rejected::Subject);
    }
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim())),
        Some(_) => Err(Rejected::Claim),
    };
    // As OpenID Connect has it: an address that the site itself has not proved proves nothing here.
    let is_proved = |name: &str| fields.get(name) != Some(&Value::Bool(false));
    let email = match text("email")?.filter(|_| is_proved("email_verified")) {
        Some(email) => Some(normal_email(email).map_err(|_| Rejected::Claim)?),
        None => None,
    };
    let phone = match text("phone")?
        .or(text("phone_number")?)
        .filter(|_| is_proved("phone_number_verified"))
    {
        Some(phone) => Some(normal_phone(phone).ok_or(Rejected::Claim)?),
        None => None,
    };
    let name = text("name")?.map(|name| name.chars().filter(|c| !c.is_control()).take(200).collect());
    Ok(Claims {
        sub,
        email,
        phone,
        name,
    })
}

fn normal_phone(text: &str) -> Option<String> {
    let digits: String = text
        .strip_prefix('+')?
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
        .collect();
    let is_number = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    is_number.then(|| format!("+{digits}"))
}

/// Signs claims as the business's server would; for the sample page and for tests.
pub fn sign(claims: &Value, secret: &str) -> String {
    sign_with(r#"{"alg":"HS256","typ":"JWT"}"#, claims, secret)
}

pub(super) fn sign_with(header: &str, claims: &Value, secret: &str) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    // HMAC takes keys of any length; an empty code fits nothing.
    let code = <Hmac<Sha256>>::new_from_slice(secret.as_bytes()).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    );
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code))
}

#[cfg(test)]
mod tests;
