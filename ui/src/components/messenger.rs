//! Words on Instagram and Messenger.

use std::borrow::Cow;

use conversation::types::Language;

use crate::i18n;

/// Why a message did not leave by Instagram or Messenger, by the error code of its delivery, in words that say what to do.
pub fn messenger_words(lang: Language, code: &str) -> Cow<'static, str> {
    match code.strip_prefix("messenger.").unwrap_or(code) {
        "window" => i18n::t(lang, "messenger-said-window"),
        "person" => i18n::t(lang, "messenger-said-person"),
        "file" => i18n::t(lang, "messenger-said-file"),
        "token" => i18n::t(lang, "messenger-said-token"),
        "rights" => i18n::t(lang, "messenger-said-rights"),
        "blocked" => i18n::t(lang, "messenger-said-blocked"),
        "settings" => i18n::t(lang, "messenger-said-settings"),
        "busy" | "http_429" => i18n::t(lang, "messenger-said-busy"),
        "trouble" | "1" | "2" => i18n::t(lang, "messenger-said-trouble"),
        "unreachable" => i18n::t(lang, "messenger-said-unreachable"),
        "unconfirmed" | "lost" | "timeout" | "broken" | "answer" | "no_id" | "panic" | "storage" => {
            i18n::t(lang, "messenger-said-unconfirmed")
        }
        status if status.starts_with("http_5") => i18n::t(lang, "messenger-said-unconfirmed"),
        _ => i18n::t(lang, "messenger-said-refused"),
    }
}
