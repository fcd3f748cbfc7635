//! Shared HTML: layout, components, translations and browser assets.
//!
//! Begin reading at [`components`] (a card, a message, a form: drawn once, used on every page), [`layout`], and
//! [`inbox_page`], the largest page; [`i18n`] finds words in `locales`, and `client` is what runs in the browser.
//!
//! Three surfaces are drawn here: the agents' inbox, the frame of the chat widget and the portal's
//! pages. Everything is a function from plain view structs to [`maud::Markup`]; the gateway and the
//! portal map their rows to the views. No page carries an inline script, an inline handler or a
//! style attribute, and none loads anything from another origin, so that this policy holds:
//! `default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:;
//! media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'`.

pub mod access_pages;
pub mod assets;
pub mod bell_page;
pub mod board_page;
pub mod charts;
pub mod client_pages;
pub mod components;
pub mod core_words;
pub mod desk_words;
mod door;
pub mod help_pages;
pub mod i18n;
pub mod icons;
pub mod inbox_page;
pub mod layout;
pub mod leave_page;
pub mod manual_page;
pub mod portal_pages;
pub mod report_pages;
pub mod routes;
pub mod sample_page;
pub mod sign_in_pages;
pub mod spreadsheet;
pub mod survey_page;
pub mod told;
pub mod widget_page;

use std::borrow::Cow;

use conversation::types::{Language, Millis};
use jiff::tz::TimeZone;

/// What every component needs to know about the reader and the moment.
#[derive(Debug, Clone, Copy)]
pub struct Ctx<'a> {
    /// The language of the reader.
    pub lang: Language,
    /// Now, which relative times count from.
    pub now: Millis,
    /// The reader's time zone.
    pub tz: &'a TimeZone,
    /// The session's anti-forgery token: a hidden field `csrf` of every form and the header
    /// `x-csrf-token` of every request that the browser modules make. Empty leaves both out.
    pub csrf: &'a str,
}

impl Ctx<'_> {
    /// A text of the reader's language.
    pub fn t(&self, key: &str) -> Cow<'static, str> {
        i18n::t(self.lang, key)
    }
}

/// The name of a browser and its system, from what it says of itself.
pub fn browser_name(lang: Language, agent: &str) -> String {
    let find = |names: &[(&str, &str)]| {
        names
            .iter()
            .find(|(sign, _)| agent.contains(sign))
            .map(|(_, name)| (*name).to_owned())
    };
    let program = find(&[
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => i18n::t(lang, "client-unknown-browser").into_owned(),
    }
}
