//! Meta's error codes as the three outcomes that the dispatcher knows.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

use conversation::outbound::SendError;
use serde_json::Value;

use super::rate::PAIR_INTERVAL;

/// What an error of Meta's is about, and so who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This message, or this customer.
    Message,
    /// The number, its account or its token: every message fails until an administrator acts.
    Inbox,
    /// Too much in too little time; waiting helps.
    Rate,
    /// Meta's own trouble; waiting helps.
    Provider,
}

const MINUTE: i64 = 60_000;

/// What a code is about, and how long to wait at least where waiting helps.
pub fn scope(code: i64) -> Option<(Scope, Option<i64>)> {
    Some(match code {
        // One person, one message in six seconds.
        131056 => (Scope::Rate, Some(PAIR_INTERVAL)),
        // Messages a second.
        130429 => (Scope::Rate, Some(1_000)),
        // Calls an hour of the app, the account, the endpoint.
        4 | 80007 | 613 | 133016 | 131208 => (Scope::Rate, Some(5 * MINUTE)),
        // Quality limits, which Meta lifts after hours.
        131048 | 131064 | 132069 => (Scope::Rate, Some(60 * MINUTE)),
        // 131057: the number is being moved or upgraded, which takes minutes.
        1 | 2 | 131000 | 131016 | 133004 => (Scope::Provider, None),
        131057 | 2494100 => (Scope::Provider, Some(5 * MINUTE)),
        // Token and permissions.
        0 | 3 | 10 | 190 | 200..=299 | 131005 => (Scope::Inbox, None),
        // Account blocked, locked, unpaid, not registered, without an approved name.
        33 | 368 | 131031 | 131037 | 131042 | 131044 | 131045 | 133010 | 134011 => (Scope::Inbox, None),
        // The number is not registered, or not yet again.
        133000 | 133005 | 133006 | 133008 | 133009 | 133015 | 136025 => (Scope::Inbox, None),
        100
        | 506
        | 130472
        | 130497
        | 131001
        | 131002
        | 131006
        | 131008
        | 131009
        | 131020
        | 131021
        | 131026
        | 131030
        | 131041
        | 131043
        | 131047
        | 131049..=131055
        | 131062
        | 131063
        | 132000..=132068
        | 134100..=134102
        | 135000
        | 137000
        | 1752041 => (Scope::Message, None),
        _ => return None,
    })
}

/// What an answer of the Graph API that is no success means.
///
/// `retry_after` is the header of that name in seconds, where there is one.
pub fn from_response(status: u16, retry_after: Option<i64>, body: &[u8]) -> SendError {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let Some(error) = body
        .as_ref()
        .and_then(|b| b.get("error"))
        .filter(|e| e.get("code").is_some_and(Value::is_i64))
    else {
        // Without Meta's own words somebody in between answered, and may have passed the message on.
        let code = format!("whatsapp.http_{status}");
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
    let code = error["code"].as_i64().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
    let (message, details) = (text(&error["message"]), text(&error["error_data"]["details"]));
    let mut reason = if details.is_empty() || message.contains(&details) {
        message
    } else {
        format!("{message}: {details}")
    };
    if reason.is_empty() {
        reason = format!("error {code}");
    }
    let is_transient = error["is_transient"].as_bool() == Some(true);
    let words = format!("whatsapp.{code}");
    let wait = retry_after.map(|seconds| seconds.saturating_mul(1000));
    match scope(code) {
        Some((Scope::Rate | Scope::Provider, default)) => SendError::Temporary {
            code: words,
            reason,
            retry_after: wait.or(default),
        },
        Some((Scope::Message | Scope::Inbox, _)) if !is_transient => SendError::Permanent { code: words, reason },
        _ if is_transient || status >= 500 || status == 429 => SendError::Temporary {
            code: words,
            reason,
            retry_after: wait,
        },
        _ => SendError::Permanent { code: words, reason },
    }
}

/// The number of a code such as `whatsapp.131047`.
pub fn number(code: &str) -> Option<i64> {
    code.strip_prefix("whatsapp.")?.parse().ok()
}

/// Whether an error means that nothing can leave by this inbox until somebody acts.
pub fn is_about_inbox(error: &SendError) -> bool {
    number(error.code())
        .and_then(scope)
        .is_some_and(|(scope, _)| scope == Scope::Inbox)
}
