//! A form that was refused and comes back as it was filled, on a page that has several.

use conversation::Error;
use conversation::types::Language;
use maud::{Markup, html};

use crate::auth::failure::{self, Failure};
use crate::auth::form::Form;

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A reading of a machine.
    Reading,
    /// A counter that a machine gets.
    Counter,
    /// A visit that is planned.
    Visit,
    /// Another time or technician for a visit.
    Again,
    /// What was done at a visit.
    Report,
}

/// A form that comes back.
#[derive(Debug)]
pub(super) struct Refused<'a> {
    pub(super) of: Of,
    /// What it was filled with.
    pub(super) form: &'a Form,
    /// Why.
    words: String,
    /// It was not refused: it is asked whether it is meant.
    pub(super) is_asked: bool,
}

impl<'a> Refused<'a> {
    /// A form that the core refused; every other failure is no matter of the form.
    pub(super) fn by(of: Of, lang: Language, form: &'a Form, error: Error) -> Result<Refused<'a>, Failure> {
        match error {
            Error::Invalid(_) | Error::Conflict(_) => Ok(Refused::because(of, form, failure::words(lang, &error))),
            error => Err(error.into()),
        }
    }

    /// A form that was refused with these words.
    pub(super) fn because(of: Of, form: &'a Form, words: String) -> Refused<'a> {
        Refused {
            of,
            form,
            words,
            is_asked: false,
        }
    }

    /// A form that waits for an answer.
    pub(super) fn asked(of: Of, form: &'a Form, words: String) -> Refused<'a> {
        Refused {
            is_asked: true,
            ..Refused::because(of, form, words)
        }
    }

    /// What a field was filled with, or what it holds at first.
    pub(super) fn value(refused: Option<&Refused<'_>>, name: &str, otherwise: &str) -> String {
        refused.map_or(otherwise, |one| one.form.get(name)).to_owned()
    }

    /// Why it came back, above its fields.
    pub(super) fn why(refused: Option<&Refused<'_>>) -> Markup {
        html! { @if let Some(refused) = refused { p.form-summary role="alert" { (refused.words) } } }
    }
}
