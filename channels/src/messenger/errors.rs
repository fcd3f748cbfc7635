//! Meta's error codes as the three outcomes that the dispatcher knows.
//!
//! <https://developers.facebook.com/docs/messenger-platform/error-codes>

use conversation::outbound::SendError;
use serde_json::Value;

/// The answer would come too late: Meta's time for it is over.
pub const WINDOW_CLOSED: &str = "messenger.window";
/// Whoever it is for cannot or does not want to be reached.
pub const PERSON: &str = "messenger.person";
/// A file that Meta could not fetch or does not take.
pub const FILE: &str = "messenger.file";
/// The token is not (or no longer) accepted.
pub const TOKEN: &str = "messenger.token";
/// The token or the app lacks a right.
pub const RIGHTS: &str = "messenger.rights";
/// Meta blocked the account or the app for breaking a rule.
pub const BLOCKED: &str = "messenger.blocked";
/// The inbox's settings cannot be used.
pub const SETTINGS: &str = "messenger.settings";

const MINUTE: i64 = 60_000;

/// What an error is about.
enum Meaning {
    /// Final, with this code.
    Final(&'static str),
    /// Waiting helps, so long at least.
    Wait(&'static str, Option<i64>),
    /// Not known; the number stands in the code.
    Unnamed,
}

/// A number means several things, and the one below it says which.
fn meaning(code: i64, below: i64) -> Meaning {
    match (code, below) {
        (10, 2_018_065 | 2_018_108 | 2_018_278 | 2_534_022) => Meaning::Final(WINDOW_CLOSED),
        (551, _) | (200, 1_545_041) | (100, 33 | 2_018_001 | 2_534_014) => Meaning::Final(PERSON),
        (100, 2_018_008 | 2_018_047 | 2_018_074 | 2_018_109 | 2_018_294) | (546, _) => Meaning::Final(FILE),
        (4 | 32 | 613, _) => Meaning::Wait("messenger.busy", Some(5 * MINUTE)),
        (1 | 2 | 1200, _) => Meaning::Wait("messenger.trouble", None),
        (0 | 102 | 190, _) => Meaning::Final(TOKEN),
        (3 | 10 | 200..=299, _) => Meaning::Final(RIGHTS),
        (368, _) => Meaning::Final(BLOCKED),
        _ => Meaning::Unnamed,
    }
}

/// What an answer of the Graph API that is no success means. `retry_after` is the header of that name in seconds, where
/// there is one.
pub fn from_response(status: u16, retry_after: Option<i64>, body: &[u8]) -> SendError {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let error = body
        .as_ref()
        .and_then(|body| body.get("error"))
        .filter(|error| error.get("code").is_some_and(Value::is_i64));
    let Some(error) = error else {
        // Without Meta's own words somebody in between answered, and may have passed the message on.
        let code = format!("messenger.http_{status}");
        let reason = format!("The Graph API answered HTTP {status} without an error of its own.");
        return match status {
            429 => SendError::Temporary {
                code,
                reason,
                retry_after: Some(retry_after.unwrap_or(60) * 1000),
            },
            400..=499 => SendError::Permanent { code, reason },
            _ => SendError::Unknown { code, reason },
        };
    };
    let number = |key: &str| error[key].as_i64().unwrap_or_default();
    let (code, below) = (number("code"), number("error_subcode"));
    let said = error["message"].as_str().unwrap_or_default().trim();
    let reason = match (said, below) {
        ("", _) => format!("error {code}"),
        (said, 0) => said.to_owned(),
        (said, below) => format!("{said} ({code}/{below})"),
    };
    let wait = retry_after.map(|seconds| seconds.saturating_mul(1000));
    let is_transient = error["is_transient"].as_bool() == Some(true) || status >= 500 || status == 429;
    match meaning(code, below) {
        Meaning::Wait(code, least) => SendError::Temporary {
            code: code.to_owned(),
            reason,
            retry_after: wait.or(least),
        },
        Meaning::Final(code) => SendError::Permanent {
            code: code.to_owned(),
            reason,
        },
        Meaning::Unnamed if is_transient => SendError::Temporary {
            code: format!("messenger.{code}"),
            reason,
            retry_after: wait,
        },
        Meaning::Unnamed => SendError::Permanent {
            code: format!("messenger.{code}"),
            reason,
        },
    }
}

/// Whether nothing can leave by this inbox until somebody acts.
pub fn is_about_inbox(error: &SendError) -> bool {
    matches!(error.code(), TOKEN | RIGHTS | BLOCKED | SETTINGS)
}

/// That a message can never be sent as it is.
pub(crate) fn permanent(code: &str, reason: impl Into<String>) -> SendError {
    SendError::Permanent {
        code: code.to_owned(),
        reason: reason.into(),
    }
}
