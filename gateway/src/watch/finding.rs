//! What a check found, in words that every reader's language has.

use conversation::types::Language;
use ui::i18n::{self, FluentValue};

use crate::trouble;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// As it should be.
    Good,
    /// Works, and is worth knowing.
    Note,
    /// Something is lost, late or refused until somebody does something.
    Bad,
}

/// A number or a text inside a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Number(i64),
}

impl From<i64> for Part {
    fn from(number: i64) -> Part {
        Part::Number(number)
    }
}
impl From<usize> for Part {
    fn from(number: usize) -> Part {
        Part::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
impl From<String> for Part {
    fn from(text: String) -> Part {
        Part::Text(text)
    }
}
impl From<&str> for Part {
    fn from(text: &str) -> Part {
        Part::Text(text.to_owned())
    }
}

/// A sentence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Say {
    /// One that is translated.
    Key(&'static str, Vec<(&'static str, Part)>),
    /// What another program said, as it said it.
    Raw(String),
    /// What is wrong with an inbox: the code that was kept, and what the other side said.
    Inbox(String, String),
}

impl Say {
    /// A translated sentence without parts.
    pub(crate) fn key(key: &'static str) -> Say {
        Say::Key(key, Vec::new())
    }

    /// In a language.
    pub(crate) fn words(&self, lang: Language) -> String {
        match self {
            Say::Raw(text) => text.clone(),
            Say::Inbox(code, theirs) => trouble::of_inbox(lang, code, theirs),
            Say::Key(key, parts) => {
                let parts: Vec<(&'static str, FluentValue<'_>)> = parts
                    .iter()
                    .map(|(name, part)| {
                        let value = match part {
                            Part::Text(text) => FluentValue::from(text.as_str()),
                            Part::Number(number) => FluentValue::from(i18n::number(lang, *number)),
                        };
                        (*name, value)
                    })
                    .collect();
                i18n::t_args(lang, key, &parts)
            }
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// The key of what was looked at, such as `health-disk`.
    pub(crate) check: &'static str,
    /// Which one of several: the name of an inbox, of a queue.
    pub(crate) about: String,
    /// Its id, where names may change.
    pub(crate) id: String,
    /// How serious it is.
    pub(crate) level: Level,
    /// What was found.
    pub(crate) detail: Say,
    /// What to do.
    pub(crate) next: Option<Say>,
    /// Whether it is this machine's own, not everybody's.
    pub(crate) is_local: bool,
}

impl Finding {
    pub(crate) fn new(check: &'static str, level: Level, detail: Say) -> Finding {
        Finding {
            check,
            about: String::new(),
            id: String::new(),
            level,
            detail,
            next: None,
            is_local: false,
        }
    }

    pub(crate) fn good(check: &'static str, detail: Say) -> Finding {
        Finding::new(check, Level::Good, detail)
    }

    pub(crate) fn note(check: &'static str, detail: Say) -> Finding {
        Finding::new(check, Level::Note, detail)
    }

    pub(crate) fn bad(check: &'static str, detail: Say, next: Say) -> Finding {
        Finding {
            next: Some(next),
            ..Finding::new(check, Level::Bad, detail)
        }
    }

    /// Names which one of several it is about.
    pub(crate) fn about(self, about: &str) -> Finding {
        Finding {
            about: about.to_owned(),
            ..self
        }
    }

    /// Names what it is about by an id that stays.
    pub(crate) fn id(self, id: &str) -> Finding {
        Finding {
            id: id.to_owned(),
            ..self
        }
    }

    /// Marks it as this machine's own.
    pub(crate) fn local(self) -> Finding {
        Finding { is_local: true, ..self }
    }

    /// Adds what to do to a note.
    pub(crate) fn next(self, next: Say) -> Finding {
        Finding {
            next: Some(next),
            ..self
        }
    }

    /// What was looked at, in a language.
    pub(crate) fn title(&self, lang: Language) -> String {
        title(lang, self.check, &self.about)
    }
}

/// The name of a check, and what it is about.
pub(crate) fn title(lang: Language, check: &str, about: &str) -> String {
    let check = i18n::t(lang, check);
    if about.is_empty() {
        check.into_owned()
    } else {
        format!("{check}: {about}")
    }
}
