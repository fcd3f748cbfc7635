//! Words on bridges to other messengers.

use std::borrow::Cow;

use conversation::types::Language;

use crate::i18n;

/// Why a message did not go over a bridge, by the error code of its delivery, in words that say what to do.
pub fn bridge_words(lang: Language, code: &str) -> Cow<'static, str> {
    match code.strip_prefix("bridge.").unwrap_or(code) {
        "unreachable" => i18n::t(lang, "bridge-said-unreachable"),
        "401" | "403" => i18n::t(lang, "bridge-said-secret"),
        "404" | "405" | "410" => i18n::t(lang, "bridge-said-gone"),
        "url" | "settings" => i18n::t(lang, "bridge-said-url"),
        "too_large" | "413" => i18n::t(lang, "bridge-said-too-large"),
        "408" | "425" | "429" => i18n::t(lang, "bridge-said-busy"),
        status if status.len() == 3 && status.starts_with('5') => i18n::t(lang, "bridge-said-busy"),
        _ => i18n::t(lang, "bridge-said-refused"),
    }
}
