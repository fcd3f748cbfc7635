//! What is wrong with a web hook whose signature does not fit. Pure: the command `webhooks verify` asks it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use channels::standard_webhooks::{self as sign, PREFIX};

/// A web hook as its receiver got it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received<'a> {
    /// `webhook-id`.
    pub(crate) id: &'a str,
    /// `webhook-timestamp`: Unix seconds.
    pub(crate) timestamp: &'a str,
    /// `webhook-signature`: one or several, with spaces between.
    pub(crate) signature: &'a str,
    /// The bytes of the body, before anything read them.
    pub(crate) body: &'a [u8],
}

/// A web hook of this installation: what it is called, and its secret.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Its name.
    pub(crate) name: String,
    /// Its secret, as receivers enter it.
    pub(crate) secret: String,
}

/// How a body differs from the one that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Altered {
    /// Line breaks at its end that were not there.
    BreakAtEnd,
    /// A byte order mark before it.
    ByteOrderMark,
    /// JSON that was read and written anew: other spaces, another order.
    WrittenAnew,
    /// It is no JSON, so a part of it is missing.
    Cut,
    /// Something else in it, in the id or in the time.
    Somehow,
}

/// What came of looking at a signature. Seconds are the receiver's clock against the time that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// It fits; the name of the hook where that is known.
    Good(Option<String>),
    /// It fits, but was made so many seconds ago.
    TooOld(i64),
    /// It fits, but was made so many seconds from now.
    TooEarly(i64),
    /// A header is not there.
    NoHeader(&'static str),
    /// `webhook-timestamp` is no Unix time in seconds.
    NoTime,
    /// `webhook-signature` holds no `v1,…`.
    NoSignature,
    /// What was given as the secret is none.
    NoSecret,
    /// Another hook's secret signed it: its name.
    OthersSecret(String),
    /// The secret is that of a hook here, or the rest says so by itself: what was signed is not what is here.
    Altered(Altered),
    /// Another secret or another body: without the installation that sent it nobody can tell.
    SecretOrBody,
    /// None of the installation's secrets fits.
    NobodysSecret,
}

/// Looks at a signature. `secret` is the receiver's, `known` what this installation signs with; one of them suffices. `now` and `tolerance` are seconds.
pub(crate) fn look(received: Received<'_>, secret: Option<&str>, known: &[Known], now: i64, tolerance: i64) -> Found {
    for (name, value) in [
        ("webhook-id", received.id),
        ("webhook-timestamp", received.timestamp),
        ("webhook-signature", received.signature),
    ] {
        if value.is_empty() {
            return Found::NoHeader(name);
        }
    }
    let Some(seconds) = received
        .timestamp
        .parse::<i64>()
        .ok()
        .filter(|at| *at < 100_000_000_000)
    else {
        return Found::NoTime;
    };
    if !received.signature.split(' ').any(|one| one.starts_with("v1,")) {
        return Found::NoSignature;
    }
    let fits = |secret: &str, body: &[u8]| sign::fits(secret, received.id, seconds, body, received.signature);
    let right_age = |hook: Option<String>| match now - seconds {
        age if age > tolerance => Found::TooOld(age),
        age if age < -tolerance => Found::TooEarly(-age),
        _ => Found::Good(hook),
    };
    let name_of = |secret: &str| {
        let known = known.iter().find(|known| bare(&known.secret) == bare(secret));
        known.map(|known| known.name.clone())
    };
    if let Some(secret) = secret {
        if !is_secret(secret) {
            return Found::NoSecret;
        }
        if fits(secret, received.body) {
            return right_age(name_of(secret));
        }
        if let Some(how) = altered(received.body, |body| fits(secret, body)) {
            return Found::Altered(how);
        }
    }
    if let Some(signer) = known.iter().find(|known| fits(&known.secret, received.body)) {
        return match secret {
            Some(_) => Found::OthersSecret(signer.name.clone()),
            None => right_age(Some(signer.name.clone())),
        };
    }
    if secret.is_some_and(|secret| name_of(secret).is_some()) {
        let is_json = serde_json::from_slice::<Value>(received.body).is_ok();
        return Found::Altered(if is_json { Altered::Somehow } else { Altered::Cut });
    }
    if secret.is_some() {
        return Found::SecretOrBody;
    }
    let how = altered(received.body, |body| {
        known.iter().any(|known| fits(&known.secret, body))
    });
    how.map_or(Found::NobodysSecret, Found::Altered)
}

fn bare(secret: &str) -> &str {
    secret.strip_prefix(PREFIX).unwrap_or(secret)
}

fn is_secret(secret: &str) -> bool {
    STANDARD.decode(bare(secret)).is_ok_and(|key| !key.is_empty())
}

/// What frameworks do to a body before it is looked at, undone.
fn altered(body: &[u8], fits: impl Fn(&[u8]) -> bool) -> Option<Altered> {
    let without_mark = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if without_mark.len() < body.len() && fits(without_mark) {
        return Some(Altered::ByteOrderMark);
    }
    let trimmed = without_mark.trim_ascii_end();
    if trimmed.len() < without_mark.len() && fits(trimmed) {
        return Some(Altered::BreakAtEnd);
    }
    let value: Value = serde_json::from_slice(trimmed).ok()?;
    fits(value.to_string().as_bytes()).then_some(Altered::WrittenAnew)
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Good(Some(hook)) => write!(f, "the signature fits: it is of the web hook `{hook}`"),
            Found::Good(None) => f.write_str("the signature fits"),
            Found::TooOld(age) => write!(
                f,
                "too old: the signature fits, but was made {age} seconds before it was received; somebody sends it again, or the clock here is ahead (a request that was kept: say with --at when it came)"
            ),
            Found::TooEarly(ahead) => write!(
                f,
                "from the future: the signature fits, but was made {ahead} seconds after it was received; the clock here is behind"
            ),
            Found::NoHeader(name) => write!(
                f,
                "the header `{name}` is missing; a proxy or framework took it away, or it was not given here"
            ),
            Found::NoTime => f.write_str("the header `webhook-timestamp` is no Unix time in seconds"),
            Found::NoSignature => {
                f.write_str("the header `webhook-signature` holds no signature of version 1 (`v1,` and base64)")
            }
            Found::NoSecret => f.write_str(
                "the secret is none: it is `whsec_` and base64, as Settings → Web hooks showed it when the hook was made",
            ),
            Found::OthersSecret(hook) => write!(
                f,
                "wrong secret: the body is as it was sent, and signed with the secret of the web hook `{hook}`"
            ),
            Found::Altered(how) => {
                f.write_str("altered: the secret is right, but this is not what was signed; ")?;
                f.write_str(match how {
                    Altered::BreakAtEnd => "a line break was added to the end of the body",
                    Altered::ByteOrderMark => "a byte order mark was put before the body",
                    Altered::WrittenAnew => {
                        "the body was read as JSON and written anew: take the bytes as they came, before anything reads them"
                    }
                    Altered::Cut => "the body is no JSON: a part of it is missing",
                    Altered::Somehow => "the body, `webhook-id` or `webhook-timestamp` was changed, or they are of two requests",
                })
            }
            Found::SecretOrBody => f.write_str(
                "the signature does not fit: another secret, or another body than was signed; called where Switchboard runs, this command can tell which",
            ),
            Found::NobodysSecret => f.write_str(
                "no web hook of this installation signed this body: it was changed on the way, its hook was removed since, or another installation sent it",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const BODY: &str = r#"{"a":1,"b":"é"}"#;
    const AT: i64 = 1_614_265_330;

    fn known(secrets: &[&str]) -> Vec<Known> {
        let name = |secret: &&str| if *secret == SECRET { "crm" } else { "shop" };
        secrets
            .iter()
            .map(|secret| Known {
                name: name(secret).to_owned(),
                secret: (*secret).to_owned(),
            })
            .collect()
    }

    #[test]
    fn it_says_what_is_wrong() {
        let signed = sign::sign(SECRET, "evt_7", AT, BODY);
        let crm = || Some("crm".to_owned());
        let cases: &[(&str, Option<&str>, &[&str], i64, Found)] = &[
            (BODY, Some(SECRET), &[], AT, Found::Good(None)),
            // The prefix is no part of it.
            (BODY, SECRET.strip_prefix(PREFIX), &[SECRET], AT, Found::Good(crm())),
            (BODY, None, &[OTHER, SECRET], AT + 300, Found::Good(crm())),
            (BODY, Some(SECRET), &[], AT + 301, Found::TooOld(301)),
            (BODY, None, &[SECRET], AT - 301, Found::TooEarly(301)),
            (BODY, Some("password!"), &[SECRET], AT, Found::NoSecret),
            (BODY, Some(OTHER), &[], AT, Found::SecretOrBody),
            (
                BODY,
                Some(OTHER),
                &[OTHER, SECRET],
                AT,
                Found::OthersSecret("crm".to_owned()),
            ),
            (r#"{"a":2}"#, Some(OTHER), &[], AT, Found::SecretOrBody),
            (
                r#"{"a":2}"#,
                Some(SECRET),
                &[SECRET],
                AT,
                Found::Altered(Altered::Somehow),
            ),
            (
                r#"{"a":1,"b"#,
                Some(SECRET),
                &[SECRET],
                AT,
                Found::Altered(Altered::Cut),
            ),
            (r#"{"a":2}"#, None, &[SECRET], AT, Found::NobodysSecret),
            (
                "{\"a\":1,\"b\":\"é\"}\r\n",
                Some(SECRET),
                &[],
                AT,
                Found::Altered(Altered::BreakAtEnd),
            ),
            (
                "\u{feff}{\"a\":1,\"b\":\"é\"}",
                Some(SECRET),
                &[],
                AT,
                Found::Altered(Altered::ByteOrderMark),
            ),
            (
                "{\n  \"b\": \"\\u00e9\",\n  \"a\": 1\n}",
                Some(SECRET),
                &[],
                AT,
                Found::Altered(Altered::WrittenAnew),
            ),
            (
                "{\"b\": \"é\", \"a\": 1}\n",
                None,
                &[OTHER, SECRET],
                AT,
                Found::Altered(Altered::WrittenAnew),
            ),
        ];
        for (body, secret, secrets, now, expected) in cases {
            let received = Received {
                id: "evt_7",
                timestamp: "1614265330",
                // A receiver may be sent the signatures of two secrets.
                signature: &format!("v1a,of-another-kind {signed}"),
                body: body.as_bytes(),
            };
            let found = look(received, *secret, &known(secrets), *now, 300);
            assert_eq!(found, *expected, "{body:?} with {secret:?}");
        }
    }

    #[test]
    fn it_says_which_header_is_wrong() {
        let signed = sign::sign(SECRET, "evt_7", AT, BODY);
        for (id, timestamp, signature, expected) in [
            ("", "1614265330", signed.as_str(), Found::NoHeader("webhook-id")),
            ("evt_7", "", &signed, Found::NoHeader("webhook-timestamp")),
            ("evt_7", "1614265330", "", Found::NoHeader("webhook-signature")),
            ("evt_7", "yesterday", &signed, Found::NoTime),
            // Milliseconds.
            ("evt_7", "1614265330000", &signed, Found::NoTime),
            ("evt_7", "1614265330", "sha256=abc", Found::NoSignature),
            ("evt_8", "1614265330", &signed, Found::Altered(Altered::Somehow)),
        ] {
            let received = Received {
                id,
                timestamp,
                signature,
                body: BODY.as_bytes(),
            };
            assert_eq!(
                look(received, Some(SECRET), &known(&[SECRET]), AT, 300),
                expected,
                "{id} {timestamp}"
            );
        }
    }
}
