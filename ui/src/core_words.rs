//! What the core says, in the reader's language.
//!
//! The core speaks English to programs. Here stands what it can say to a person: the English words are the core's own, word
//! for word, with holes where it puts values, and so the other languages are found by them. A test reads the core's source
//! and finds what nobody translated.

use conversation::types::Language;

use crate::i18n;

/// The more special before the more general.
const KEYS: &[&str] = &[
    "core-customer-name",
    "core-not-address",
    "core-not-phone",
    "core-address-taken",
    "core-customer-known",
    "core-customer-other",
    "core-address-company",
    "core-not-day",
    "core-number-known",
    "core-credit-names",
    "core-credit-other",
    "core-issued-fixed",
    "core-only-draft",
    "core-import-over",
    "core-import-number",
    "core-payment-coming",
    "core-offer-past",
    "core-not-theirs",
    "core-only-issued",
    "core-other-currency",
    "core-more-than-nothing",
    "core-other-payment",
    "core-no-more-paid",
    "core-every",
    "core-ends-early",
    "core-stripe-none",
    "core-stripe-cannot",
    "core-refund-left",
    "core-stripe-amount",
    "core-upload-gone",
    "core-file-large",
    "core-bounced",
    "core-choose-some",
    "core-choose-two",
    "core-that-not-address",
    "core-contact-itself",
    "core-contact-part",
    "core-contact-part-now",
    "core-merge-undone",
    "core-no-mail-inbox",
    "core-no-zone",
    "core-only-failed",
    "core-shortcut",
    "core-one-language",
    "core-words-language",
    "core-canned-taken",
    "core-draft-long",
    "core-draft-changed",
    "core-not-span",
    "core-spans-overlap",
    "core-not-date",
    "core-holidays",
    "core-week-hours",
    "core-no-category",
    "core-not-zone",
    "core-schedule-taken",
    "core-silence",
    "core-no-hours",
    "core-macro-taken",
    "core-text-long",
    "core-capacity",
    "core-signature",
    "core-conditions",
    "core-condition-long",
    "core-rules-most",
    "core-steps-none",
    "core-steps-person",
    "core-agent-gone",
    "core-label-gone",
    "core-reply-variables",
    "core-field-choices",
    "core-field-most-choices",
    "core-fields-most",
    "core-field-taken",
    "core-field-value",
    "core-inbox-taken",
    "core-name-length",
    "core-label-taken",
    "core-labels-most",
    "core-merged",
    "core-team-gone",
    "core-say-why",
    "core-reason-long",
    "core-snooze-past",
    "core-snooze-resolved",
    "core-empty",
    "core-long",
    "core-answered-unknown",
    "core-note-later",
    "core-later-year",
    "core-message-taken",
    "core-recipients",
    "core-unreachable",
    "core-not-known-there",
    "core-several-mail",
    "core-split-all",
    "core-there-already",
    "core-conversation-itself",
    "core-theirs-already",
    "core-conversation-part",
    "core-two-customers",
    "core-others-words",
    "core-messages-some",
    "core-list-conditions",
    "core-lists-most",
    "core-moved-again",
    "core-back-only",
    "core-back-late",
    "core-back-left",
    "core-limit",
    "core-name-needed",
    "core-name-long",
    "core-team-taken",
    "core-ticket-subject",
    "core-question-words",
    "core-question-known",
    "core-confidence",
    "core-words-bytes",
    "core-words-zero",
    "core-words-groups",
    "core-words-line",
    "core-settings-saved",
    "core-slug-taken",
    "core-article-saved",
    "core-reissued",
    "core-agent-taken",
    "core-name-empty",
    "core-last-administrator",
    "core-agent-disabled",
    "core-administrator-there",
    "core-administrator-who",
    "core-set-up-already",
    "core-token-name",
    "core-tenant",
    "core-not-minutes",
    "core-url-long",
    "core-hooks-most",
    "core-hook-on",
    "core-client-secret",
    "core-client-id",
    "core-not-currency",
    "core-not-number",
    "core-too-fine",
    "core-too-large",
    "core-not-now",
    "core-not-this",
    "core-has-money",
    "core-too-much",
    "core-field-empty",
    "core-field-long",
    "core-steps-most",
    "core-article-title",
    "core-article-text",
    "core-article-questions",
    "core-article-category",
    "core-article-meanwhile",
    "core-article-empty",
    "core-article-languages",
    "core-article-review",
    "core-article-reviewer",
    "core-article-moved",
    "core-article-translated",
    "core-article-same-title",
    "core-article-file",
    "core-article-files",
    "core-categories-most",
    "core-category-name",
    "core-category-long",
    "core-category-above",
    "core-category-itself",
    "core-category-deep",
    "core-gap-itself",
    "core-gap-begun",
    "core-import-columns",
    "core-import-formula",
    "core-import-long",
    "core-import-empty",
    "core-import-before",
    "core-import-language",
    "core-import-negative",
    "core-import-email",
    "core-import-number-other",
    "core-import-twice",
    "core-import-rate",
    "core-import-file-large",
    "core-import-file-long",
    "core-import-file-table",
    "core-import-file-quote",
    "core-import-file-text",
    "core-import-file-empty",
    "core-import-missing",
    "core-import-whole",
    "core-import-to-come",
    "core-import-no-customer",
    "core-import-no-contract",
    "core-import-no-machine",
    "core-import-machine-status",
    "core-import-counter",
    "core-import-no-counter",
    "core-import-customer-gone",
    "core-import-counter-gone",
];

const HOLES: [(&str, &str); 2] = [("a", "\u{1}"), ("b", "\u{2}")];

/// What stands in the holes of a pattern; `None` where the text is another one.
fn holes(pattern: &str, text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut parts = pattern.split(['\u{1}', '\u{2}']).peekable();
    let mut rest = text.strip_prefix(parts.next()?)?;
    while let Some(part) = parts.next() {
        let at = if parts.peek().is_none() && part.is_empty() {
            rest.len()
        } else if parts.peek().is_none() {
            rest.len()
                .checked_sub(part.len())
                .filter(|at| rest.get(*at..) == Some(part))?
        } else {
            rest.find(part)?
        };
        found.push(rest.get(..at)?.to_owned());
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(found)
}

/// The words of the core in another language; `None` for what it says to programs only. What stands before a colon, the
/// name of a field, is left out: the page says it in its own words.
pub fn said(lang: Language, text: &str) -> Option<String> {
    let bare = text
        .split_once(": ")
        .filter(|(field, _)| field.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    [Some(text), bare.map(|(_, rest)| rest)]
        .into_iter()
        .flatten()
        .find_map(|text| {
            KEYS.iter().find_map(|key| {
                let pattern = i18n::t_args(Language::En, key, &HOLES.map(|(name, hole)| (name, hole.into())));
                let values = holes(&pattern, text)?;
                let args: Vec<_> = HOLES
                    .iter()
                    .zip(values)
                    .map(|((name, _), value)| (*name, value.into()))
                    .collect();
                Some(i18n::t_args(lang, key, &args))
            })
        })
}

#[cfg(test)]
mod tests;
