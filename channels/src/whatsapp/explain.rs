//! Error codes in plain words: what happened, and what to do about it. The numbers are those of the Cloud API
//! (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes), the words our own ([`super::send`], [`super::limits`]).
//!
//! The tables are parted by what is to blame.

use conversation::types::Language;

use super::errors;

mod account;
mod content;
mod customer;
mod service;
mod templates;

/// One code in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub what: &'static str,
    /// What a person can do.
    pub todo: &'static str,
}

/// Codes that mean the same to the person who reads, and the words in English, Spanish, Portuguese.
struct Entry {
    codes: &'static [&'static str],
    words: [(&'static str, &'static str); 3],
}

/// Explains a code such as `whatsapp.131047`. Unknown codes have no explanation; show their own words.
pub fn explain(code: &str, language: Language) -> Option<Explanation> {
    let short = code.strip_prefix("whatsapp.").unwrap_or(code);
    let language = match language {
        Language::En => 0,
        Language::Es => 1,
        Language::Pt => 2,
    };
    let entry = all().find(|entry| entry.codes.contains(&short)).or_else(|| {
        // Permission errors are a whole range.
        let is_permission = errors::number(code).is_some_and(|n| (200..=299).contains(&n));
        is_permission.then(|| all().find(|entry| entry.codes.contains(&"10")))?
    })?;
    let (what, todo) = entry.words[language];
    Some(Explanation { what, todo })
}

/// Every code that [`explain`] knows by name.
pub fn codes() -> impl Iterator<Item = &'static str> {
    all().flat_map(|entry| entry.codes).copied()
}

fn all() -> impl Iterator<Item = &'static Entry> {
    [
        customer::ENTRIES,
        account::ENTRIES,
        templates::ENTRIES,
        content::ENTRIES,
        service::ENTRIES,
    ]
    .into_iter()
    .flatten()
}
