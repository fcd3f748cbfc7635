//! Texts in English, Spanish and Portuguese (Fluent), and dates, times and numbers as each
//! language writes them. The time zone is always a parameter.

use std::borrow::Cow;
use std::sync::LazyLock;

use conversation::types::Language;
pub use fluent_bundle::FluentValue;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

mod format;
pub use format::{
    MOST_COUNTED, badge, bytes, date, date_time, day, day_mark, iso, number, percent, relative, time, until,
};

/// The files of a language, one for each part of the house.
macro_rules! texts {
    ($language:literal) => {
        texts!($language: "common", "inbox", "sign-in", "portal", "widget", "sample", "settings", "help", "webhooks", "mailbox", "lists", "client", "billing", "whatsapp", "messenger", "answers", "mail", "desk", "desk-settings", "start", "tickets", "surveys", "reports", "articles", "equipment", "access", "looks", "health", "notifications", "core", "audit", "countries", "spam", "broadcasts", "proactive", "menu", "timed")
    };
    ($language:literal: $($part:literal),+) => {
        concat!($(include_str!(concat!("../locales/", $language, "/", $part, ".ftl")), "\n"),+)
    };
}

const SOURCES: [(Language, &str); 3] = [
    (Language::En, texts!("en")),
    (Language::Es, texts!("es")),
    (Language::Pt, texts!("pt")),
];

static BUNDLES: LazyLock<Vec<(Language, FluentBundle<FluentResource>)>> = LazyLock::new(|| {
    SOURCES
        .into_iter()
        .map(|(language, source)| {
            let id: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            // The marks around arguments are for mixed directions of writing, which these three
            // languages do not have; they would end up in file names and subjects.
            bundle.set_use_isolating(false);
            // A mistake in a file loses that message only; the tests refuse any mistake.
            let resource = match FluentResource::try_new(source.to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
            (language, bundle)
        })
        .collect()
});

fn bundle(lang: Language) -> Option<&'static FluentBundle<FluentResource>> {
    BUNDLES
        .iter()
        .find(|(language, _)| *language == lang)
        .map(|(_, bundle)| bundle)
}

fn lookup(lang: Language, key: &str, args: Option<&FluentArgs<'_>>) -> Option<Cow<'static, str>> {
    let bundle = bundle(lang)?;
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    match args {
        None => Some(bundle.format_pattern(pattern, None, &mut errors)),
        Some(args) => Some(Cow::Owned(
            bundle.format_pattern(pattern, Some(args), &mut errors).into_owned(),
        )),
    }
}

/// A text without arguments. An unknown key answers in English, then with the key itself.
pub fn t(lang: Language, key: &str) -> Cow<'static, str> {
    lookup(lang, key, None)
        .or_else(|| lookup(Language::En, key, None))
        .unwrap_or_else(|| Cow::Owned(key.to_owned()))
}

/// A text with arguments; numbers choose the plural form of the language.
pub fn t_args(lang: Language, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
    let mut fluent_args = FluentArgs::with_capacity(args.len());
    for (name, value) in args {
        fluent_args.set(*name, value.clone());
    }
    lookup(lang, key, Some(&fluent_args))
        .or_else(|| lookup(Language::En, key, Some(&fluent_args)))
        .map_or_else(|| key.to_owned(), Cow::into_owned)
}

/// Whether the key exists in the language, for callers that have a text to fall back on.
pub fn has(lang: Language, key: &str) -> bool {
    bundle(lang).is_some_and(|bundle| bundle.has_message(key))
}

/// The name of a language in itself.
pub const fn own_name(lang: Language) -> &'static str {
    match lang {
        Language::En => "English",
        Language::Es => "Español",
        Language::Pt => "Português",
    }
}

/// Picks the reader's language from an `Accept-Language` header; `None` when it names none of ours.
/// Only the first 512 bytes are looked at.
pub fn accept(header: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for part in header.get(..512).unwrap_or(header).split(',') {
        let mut fields = part.split(';');
        let Some(language) = fields.next().and_then(|tag| Language::from_tag(tag.trim())) else {
            continue;
        };
        let quality = fields
            .find_map(|field| field.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .unwrap_or(1.0);
        if quality > 0.0 && best.is_none_or(|(top, _)| quality > top) {
            best = Some((quality, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests;
