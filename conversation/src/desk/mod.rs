//! The desk: what agents write with (canned replies, drafts), how they share the work (presence,
//! sharing out, followers), what helps them (macros, rules, business hours) and how they hear of
//! things (the bell).

pub mod bell;
pub mod canned;
pub mod drafts;
pub mod fits;
pub mod follow;
pub mod hours;
pub mod inboxes;
pub mod macros;
pub mod presence;
pub mod pushes;
pub mod rules;
pub mod share;
pub mod silence;
pub mod steps;
pub mod worker;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::Language;

/// One text in several languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts(BTreeMap<Language, String>);

impl Texts {
    /// These words in these languages; empty ones are left out.
    pub fn of(words: impl IntoIterator<Item = (Language, String)>) -> Texts {
        Texts(
            words
                .into_iter()
                .map(|(language, words)| (language, words.replace("\r\n", "\n").trim().to_owned()))
                .filter(|(_, words)| !words.is_empty())
                .collect(),
        )
    }

    /// Whether it says nothing in any language.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words in exactly this language.
    pub fn get(&self, language: Language) -> Option<&str> {
        self.0.get(&language).map(String::as_str)
    }

    /// The words in this language, else in English, else in any, with the language they are in.
    pub fn pick(&self, language: Language) -> Option<(Language, &str)> {
        let chosen = [language, Language::En]
            .into_iter()
            .find(|language| self.0.contains_key(language))
            .or_else(|| self.0.keys().next().copied())?;
        self.get(chosen).map(|words| (chosen, words))
    }

    /// Each language with its words.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.0.iter().map(|(language, words)| (*language, words.as_str()))
    }

    /// Refuses what is longer than a message may be.
    pub(crate) fn check(&self, what: &str) -> Result<()> {
        match self.0.iter().find(|(_, words)| words.chars().count() > 10_000) {
            Some((language, _)) => Err(Error::Invalid(format!(
                "{what}: the text in `{language}` has more than 10000 characters"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses a variable that stands for nothing: it would have to be taken out of every reply.
    pub(crate) fn check_variables(&self, what: &str) -> Result<()> {
        let named = self.0.values().flat_map(|words| canned::open_variables(words));
        match named
            .into_iter()
            .find(|name| !canned::VARIABLES.contains(&name.as_str()))
        {
            Some(name) => Err(Error::Invalid(format!("{what}: there is no variable {{{{{name}}}}}"))),
            None => Ok(()),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".to_owned())
    }

    pub(crate) fn from_json(what: &str, text: &str) -> Result<Texts> {
        from_json(what, text)
    }
}

/// Reads a column of JSON that this program wrote.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(what, error))
}

/// A value as a column of JSON.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Moves an id one place forward or back in an order; at its end it stays. Returns the place that it has then, from 0.
pub(crate) fn shift_in(order: &mut [String], id: &str, is_forward: bool) -> Result<usize> {
    let at = order.iter().position(|known| known == id).ok_or(Error::NotFound)?;
    let to = if is_forward {
        at.saturating_sub(1)
    } else {
        (at + 1).min(order.len() - 1)
    };
    order.swap(at, to);
    Ok(to)
}

/// A name that people gave something: one line, not empty, at most `most` characters.
pub(crate) fn name(what: &str, given: &str, most: usize) -> Result<String> {
    let name: String = given.trim().chars().filter(|c| !c.is_control()).collect();
    if name.is_empty() {
        return Err(Error::Invalid(format!("{what} is empty")));
    }
    if name.chars().count() > most {
        return Err(Error::Invalid(format!("{what} has more than {most} characters")));
    }
    Ok(name)
}
