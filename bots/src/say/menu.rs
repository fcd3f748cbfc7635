//! The menu as the message that the customer gets: one card, which each channel shows its own way.

use conversation::card::{Card, CardAction, CardKind};
use conversation::menus::{self, Entry};
use conversation::types::Language;

use super::{answer, plain};
use crate::button::CardValue;
use crate::decision::{Lead, Said};
use crate::menu::{Offer, Row, before, rows};
use crate::words;

/// A place of the menu; `None` where it is not there any more.
pub fn shown(language: Language, offer: Offer<'_>, place: Option<&str>, lead: Lead) -> Option<Said> {
    let Offer { menu, of_inbox } = offer;
    let entries = menu.at(place)?;
    let submenu = match place {
        Some(id) => menus::way_to(&menu.entries, id)?.last().copied(),
        None => None,
    };
    let (title, body) = heads(language, offer, submenu, lead);
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut actions: Vec<CardAction> = Vec::new();
    for row in rows(entries, place.is_some()) {
        let (label, value) = match row {
            Row::Entry(entry) => {
                let title = menus::in_language(&entry.title, language, of_inbox).to_owned();
                let description = menus::in_language(&entry.description, language, of_inbox);
                if !description.is_empty() {
                    facts.push((title.clone(), description.to_owned()));
                }
                (title, CardValue::Menu(entry.id.clone()))
            }
            Row::Person => (words::person_label(language).to_owned(), CardValue::Person),
            Row::Back => {
                let back = place.and_then(|id| before(menu, id));
                (words::back_label(language).to_owned(), CardValue::MenuAt(back))
            }
        };
        // A business may have called an entry as the bot calls its own; no channel shows two buttons that are the same.
        let is_new =
            |action: &CardAction| !matches!(action, CardAction::Answer { label: known, .. } if *known == label);
        if actions.iter().all(is_new) {
            actions.push(answer(label, &value));
        }
    }
    Some(Said {
        text: String::new(),
        cards: vec![Card {
            kind: CardKind::Choice,
            reference: String::new(),
            title,
            body,
            facts,
            actions,
        }],
    })
}

/// Headline and what stands under it.
fn heads(language: Language, offer: Offer<'_>, submenu: Option<&Entry>, lead: Lead) -> (String, String) {
    let how = words::menu_how(language).to_owned();
    let lead = match lead {
        Lead::Greeting | Lead::Asked => None,
        Lead::Gone => Some(words::entry_gone(language)),
        Lead::NotAnEntry => Some(words::not_an_entry(language)),
        Lead::Unknown => Some(words::unknown_but_menu(language)),
    };
    if let Some(lead) = lead {
        return (lead.to_owned(), how);
    }
    if let Some(entry) = submenu {
        return (
            menus::in_language(&entry.title, language, offer.of_inbox).to_owned(),
            how,
        );
    }
    let greeting = menus::in_language(&offer.menu.greeting, language, offer.of_inbox).trim();
    let (first, rest) = greeting.split_once('\n').unwrap_or((greeting, ""));
    let rest = rest.trim();
    let body = if rest.is_empty() { how } else { format!("{rest}\n{how}") };
    (first.trim().to_owned(), body)
}

/// The link of the portal.
pub fn portal(language: Language) -> Said {
    /// The page that asks for the address that a link is sent to, or shows what it is of.
    const PORTAL: &str = "/portal";
    Said {
        text: words::portal_intro(language).to_owned(),
        cards: vec![Card {
            kind: CardKind::Choice,
            reference: String::new(),
            title: words::portal_title(language).to_owned(),
            body: String::new(),
            facts: Vec::new(),
            actions: vec![CardAction::Open {
                label: words::portal_label(language).to_owned(),
                path: PORTAL.to_owned(),
            }],
        }],
    }
}

/// The menu that was pressed is gone, and there is no other: what to do instead.
pub fn gone(language: Language) -> Said {
    Said {
        cards: vec![super::rather_a_person(language)],
        ..plain(words::menu_gone(language))
    }
}

/// Adds how to see the menu again.
pub fn with_way_back(language: Language, said: Said) -> Said {
    Said {
        text: format!("{}\n\n{}", said.text.trim(), words::menu_again(language))
            .trim()
            .to_owned(),
        ..said
    }
}

/// Adds a button for the menu to an answer, where it has a card to stand on.
pub fn with_button(language: Language, mut said: Said) -> Said {
    if let Some(card) = said.cards.last_mut() {
        card.actions
            .push(answer(words::menu_label(language).to_owned(), &CardValue::MenuAt(None)));
    }
    said
}
