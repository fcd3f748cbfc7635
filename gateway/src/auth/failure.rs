//! What went wrong, as a page, a fragment or a redirection, in the reader's language.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::Error;
use conversation::types::Language;
use ui::i18n;

/// Why a request of an agent is not answered as asked.
#[derive(Debug)]
pub enum Failure {
    /// They have to sign in first.
    SignIn {
        /// Where they wanted to go.
        next: String,
    },
    /// They have to prove again who they are.
    Again {
        /// Where they wanted to go.
        next: String,
    },
    /// Their role does not include it.
    Forbidden,
    /// The form did not come from a page of theirs, or from one that has grown old.
    Forgery,
    /// A one-time link that is used up.
    Gone,
    /// A body that is too long.
    TooLarge,
    /// A body that cannot be read.
    Unreadable,
    /// A file that its channel has not given yet.
    NotYet,
    /// What is there and cannot be had at the moment; it may be asked for again.
    Away,
    /// A route outside the guard: a mistake of ours.
    Unguarded,
    /// The core refused or failed.
    Core(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Core(error)
    }
}

/// What a failure becomes; the guard, which knows the reader, draws it.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    pub(super) status: StatusCode,
    pub(super) sign_in: Option<String>,
    pub(super) again: Option<String>,
    pub(super) words: Option<fn(Language) -> Cow<'static, str>>,
    pub(super) core: Option<String>,
}

impl From<&Error> for Failed {
    fn from(error: &Error) -> Failed {
        let status = match error {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) | Error::Stale { .. } => StatusCode::CONFLICT,
            error if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let is_words = matches!(error, Error::Invalid(_) | Error::Conflict(_));
        Failed {
            status,
            sign_in: None,
            again: None,
            words: None,
            core: is_words.then(|| error.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let plain = |status| Failed {
            status,
            sign_in: None,
            again: None,
            words: None,
            core: None,
        };
        let failed = match self {
            Failure::SignIn { next } => Failed {
                sign_in: Some(next),
                ..plain(StatusCode::UNAUTHORIZED)
            },
            Failure::Again { next } => Failed {
                again: Some(next),
                ..plain(StatusCode::UNAUTHORIZED)
            },
            Failure::Forbidden => Failed {
                words: Some(|lang| i18n::t(lang, "error-role")),
                ..plain(StatusCode::FORBIDDEN)
            },
            Failure::Forgery => Failed {
                words: Some(|lang| i18n::t(lang, "error-forgery")),
                ..plain(StatusCode::FORBIDDEN)
            },
            Failure::Gone => plain(StatusCode::GONE),
            Failure::TooLarge => Failed {
                words: Some(|lang| i18n::t(lang, "error-too-large")),
                ..plain(StatusCode::PAYLOAD_TOO_LARGE)
            },
            Failure::Unreadable => plain(StatusCode::BAD_REQUEST),
            Failure::NotYet => Failed {
                words: Some(|lang| i18n::t(lang, "error-file-not-yet")),
                ..plain(StatusCode::SERVICE_UNAVAILABLE)
            },
            Failure::Away => plain(StatusCode::SERVICE_UNAVAILABLE),
            Failure::Unguarded => {
                tracing::error!("a route stands outside the guard");
                plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Failure::Core(error) => {
                let failed = Failed::from(&error);
                if failed.status.is_server_error() {
                    tracing::error!(%error, "a request of an agent failed");
                }
                failed
            }
        };
        let mut response = failed.status.into_response();
        response.extensions_mut().insert(failed);
        response
    }
}

impl Failed {
    /// Whether there is no such thing, or none for them.
    pub(super) fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// Whether a role was not enough.
    pub(super) fn is_refusal(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }
}

/// The words of an error of the core, in the reader's language.
pub fn words(lang: Language, error: &Error) -> String {
    match error {
        Error::Invalid(text) | Error::Conflict(text) => sentence(known(lang, text)),
        Error::NotFound => i18n::t(lang, "error-missing-title").into_owned(),
        error if error.is_transient() => i18n::t(lang, "error-down-text").into_owned(),
        _ => i18n::t(lang, "error-failed-text").into_owned(),
    }
}

/// The core speaks in parts of sentences; what stands alone begins with a capital, unless it begins with an address or
/// a number that is nobody's to change.
pub(super) fn sentence(words: String) -> String {
    let is_word = words
        .split(' ')
        .next()
        .is_some_and(|first| first.chars().all(|c| c.is_alphabetic() || c == ','));
    let mut letters = words.chars();
    match letters.next() {
        Some(first) if is_word => first.to_uppercase().chain(letters).collect(),
        _ => words,
    }
}

/// The core speaks English to programs. What it says about the things that agents do has words in
/// every language here; the rest is said in general, with the core's own words behind.
pub(crate) fn known(lang: Language, text: &str) -> String {
    let has = |part: &str| text.contains(part);
    let words = if has("message is empty") {
        i18n::t(lang, "error-empty")
    } else if has("characters") && has("message has more") {
        i18n::t(lang, "error-long")
    } else if has("came back for good") {
        i18n::t(lang, "error-bounced")
    } else if has("is theirs already") {
        i18n::t(lang, "error-theirs")
    } else if has("not an e-mail address") {
        i18n::t(lang, "error-address")
    } else if has("cannot be reached") {
        i18n::t(lang, "error-unreachable")
    } else if has("say why") {
        i18n::t(lang, "error-reason")
    } else if has("agent does not exist") || has("agent is disabled") {
        i18n::t(lang, "error-agent")
    } else if has("cannot be snoozed") {
        i18n::t(lang, "error-snooze")
    } else if has("only a failed message") {
        i18n::t(lang, "error-retry")
    } else if has("became part of another") || has("is part of another") {
        i18n::t(lang, "error-merged")
    } else if has("merged with itself") || has("in that conversation already") {
        i18n::t(lang, "error-itself")
    } else if has("leave at least one message") {
        i18n::t(lang, "error-split-all")
    } else if has("attachment is no longer there") {
        i18n::t(lang, "error-upload")
    } else if has("password needs at least") {
        i18n::t(lang, "error-password-short")
    } else if has("password is longer") {
        i18n::t(lang, "error-password-long")
    } else if has("one of those that are tried first") {
        i18n::t(lang, "error-password-common")
    } else if has("not the code that the app shows") {
        i18n::t(lang, "second-wrong")
    } else if has("passkey was not accepted") {
        i18n::t(lang, "passkey-refused")
    } else if has("no administrator could sign in") {
        i18n::t(lang, "error-nobody-in")
    } else if has("password must not be") || has("one character over and over") {
        i18n::t(lang, "error-password-weak")
    } else if has("agent with the address") {
        i18n::t(lang, "error-email-taken")
    } else if has("inbox named") || has("token named") {
        i18n::t(lang, "error-name-taken")
    } else if has("nobody would be left") {
        i18n::t(lang, "error-last-administrator")
    } else if has("needs to know before it takes over") {
        let missing = text.split_once(": ").map_or("", |(_, missing)| missing);
        return i18n::t_args(lang, "error-checklist", &[("missing", missing.into())]);
    } else if has("escalate to N2 first") {
        i18n::t(lang, "error-skipped")
    } else if has("before the bot has it") {
        i18n::t(lang, "error-bot-level")
    } else if has("being asked already") {
        i18n::t(lang, "error-asked")
    } else if has("the ticket is solved") {
        i18n::t(lang, "error-solved")
    } else if has("no ticket of that number") {
        i18n::t(lang, "error-ticket-number")
    } else if has("category of that name") {
        i18n::t(lang, "error-category")
    } else if let Some(words) = ui::core_words::said(lang, text) {
        return words;
    } else {
        return format!("{} ({text})", i18n::t(lang, "error-not-possible"));
    };
    words.into_owned()
}
