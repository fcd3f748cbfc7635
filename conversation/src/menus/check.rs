//! What a menu may be, so that every channel can show it whole: WhatsApp's limits are everybody's.

use std::collections::HashSet;

use super::{
    Appears, DEEPEST, Does, Entry, LONGEST_DESCRIPTION, LONGEST_GREETING, LONGEST_TITLE, MOST, MOST_SHOWN, NewMenu,
    in_language,
};
use crate::desk::Texts;
use crate::error::{Error, Result};
use crate::types::Language;

fn invalid<T>(words: String) -> Result<T> {
    Err(Error::Invalid(words))
}

/// How many ways the bot adds to a place: to a person where no entry hands over, and back from a submenu.
pub fn added(entries: &[Entry], is_submenu: bool) -> usize {
    let has_people = entries.iter().any(|entry| matches!(entry.does, Does::People(_)));
    usize::from(!has_people) + usize::from(is_submenu)
}

/// How much can be chosen at a place, with what is added.
pub fn shown_at(entries: &[Entry], is_submenu: bool) -> usize {
    entries.len() + added(entries, is_submenu)
}

/// Checks a whole menu. What is wrong with an entry is said behind its place: `entries 2.1: …`.
pub(super) fn menu(menu: &NewMenu, of_inbox: Language) -> Result<()> {
    // Both are as good; a third one has to think of what is said here.
    match menu.appears {
        Appears::First | Appears::Unanswered => {}
    }
    if menu.greeting.is_empty() {
        return invalid("greeting: write the words in one language at least".to_owned());
    }
    lengths("greeting", &menu.greeting, LONGEST_GREETING)?;
    if menu.is_on && menu.entries.is_empty() {
        return invalid("entries: a menu that is shown needs one".to_owned());
    }
    if super::all(&menu.entries).len() > MOST {
        return invalid(format!("entries: at most {MOST} in all"));
    }
    place(&menu.entries, 0, "", of_inbox)?;
    let mut ids = HashSet::new();
    for (_, entry) in super::all(&menu.entries) {
        let is_id = !entry.id.is_empty()
            && entry.id.len() <= 40
            && entry
                .id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !is_id {
            return invalid("entries: an id is 1 to 40 letters a-z, digits, `-` or `_`".to_owned());
        }
        if !ids.insert(entry.id.as_str()) {
            return invalid(format!("entries: the id `{}` is there twice", entry.id));
        }
    }
    Ok(())
}

fn place(entries: &[Entry], depth: usize, before: &str, of_inbox: Language) -> Result<()> {
    let is_submenu = depth > 0;
    let most = MOST_SHOWN - added(entries, is_submenu);
    if entries.len() > most {
        return invalid(if is_submenu {
            format!("entries: at most {most} in this submenu, beside the ways back and to a person")
        } else if added(entries, false) > 0 {
            format!(
                "entries: at most {most}, beside the way to a person; if one of them hands over to people, one more"
            )
        } else {
            format!("entries: at most {most} in all")
        });
    }
    for (at, entry) in entries.iter().enumerate() {
        let here = format!("{before}{}", at + 1);
        self::entry(entry, depth).map_err(|error| match error {
            Error::Invalid(words) => Error::Invalid(format!("entries {here}: {words}")),
            error => error,
        })?;
        place(entry.entries(), depth + 1, &format!("{here}."), of_inbox)?;
    }
    distinct(entries, of_inbox)
}

/// Whoever reads a menu, in whichever language: no two entries beside each other are called the same.
fn distinct(entries: &[Entry], of_inbox: Language) -> Result<()> {
    for language in Language::ALL {
        let mut seen = HashSet::new();
        for entry in entries {
            let title = in_language(&entry.title, *language, of_inbox);
            if !seen.insert(title.to_lowercase()) {
                // The field that says it, which may be of another language than is read.
                let said_in = Language::ALL.iter().find(|one| entry.title.get(**one) == Some(title));
                let language = said_in.unwrap_or(language);
                return invalid(format!("title_{language}: another entry beside it is called “{title}”"));
            }
        }
    }
    Ok(())
}

/// Checks one entry by itself.
fn entry(entry: &Entry, depth: usize) -> Result<()> {
    if entry.title.is_empty() {
        return invalid("title: write the words in one language at least".to_owned());
    }
    lengths("title", &entry.title, LONGEST_TITLE)?;
    lengths("description", &entry.description, LONGEST_DESCRIPTION)?;
    for (what, words) in [("title", &entry.title), ("description", &entry.description)] {
        for (language, words) in words.iter() {
            if words.chars().any(char::is_control) {
                return invalid(format!("{what}_{language}: one line, please"));
            }
        }
    }
    match &entry.does {
        Does::Submenu { .. } if depth >= DEEPEST => {
            invalid(format!("does: at most {DEEPEST} submenus stand within each other"))
        }
        Does::Article { article } if article.trim().is_empty() => invalid("article: choose one".to_owned()),
        Does::People(route) if route.level == Some(crate::types::Level::Bot) => {
            invalid("level: choose a level of people".to_owned())
        }
        Does::Ask { words } => lengths("words", words, LONGEST_GREETING),
        _ => Ok(()),
    }
}

/// As WhatsApp counts.
fn lengths(what: &str, texts: &Texts, most: usize) -> Result<()> {
    for (language, words) in texts.iter() {
        if words.encode_utf16().count() > most {
            return invalid(format!("{what}_{language}: at most {most} characters"));
        }
    }
    Ok(())
}
