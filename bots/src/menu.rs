//! The menu before the bot: what of it was chosen, by a press or in words, and what comes of that. Pure; what a channel
//! shows of it is in [`crate::say::menu`].

use conversation::menus::{self, About, Does, Entry, Menu};
use conversation::types::{Channel, Language, Millis};
use kb::Candidate;
use serde::{Deserialize, Serialize};

use crate::button::CardValue;
use crate::decision::{Decision, Lead, Reason, Said, Silence};
use crate::intent::{self, Matter, Way};
use crate::session::BotSession;
use crate::turn::Turn;

/// How often something that is no entry may be answered to a menu; then people take over.
const MOST_MISSES: u32 = 2;
/// A press that comes again so soon was one press, in milliseconds.
const TWICE_WITHIN: Millis = 60_000;
/// Presses that are remembered, so that each is counted once.
const KEPT: usize = 20;

/// The menu of an inbox, as one turn sees it.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The menu.
    pub menu: &'a Menu,
    /// The language of its inbox: what is missing in the customer's is said in it.
    pub of_inbox: Language,
}

/// What the bot remembers of a menu. Every field may be missing in stored JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MenuState {
    /// The place that was shown last: the id of a submenu, or nothing for the top; `None` where none was shown.
    pub open: Option<String>,
    /// The menu is what was said last.
    pub is_waiting: bool,
    /// How often something that is no entry was answered to it, one after the other.
    pub misses: u32,
    /// The entry that was chosen last, and did not open a submenu.
    pub entry: Option<String>,
    /// The titles of what was chosen from the top down, in the language of the inbox; a submenu that was opened is the last
    /// of them.
    pub path: Vec<String>,
    /// It asked for a question.
    pub is_asking: bool,
    /// The presses that were counted, the newest last.
    pub pressed: Vec<String>,
    /// When the newest of them came, in milliseconds; 0 where something else was said since.
    pub pressed_at: Millis,
}

/// What somebody chose.
#[derive(Debug, Clone, PartialEq)]
pub enum Picked<'a> {
    /// An entry: it and those that it stands in, from the top down.
    Entry(Vec<&'a Entry>),
    /// A submenu to look at, or the menu itself.
    Place(Option<String>),
    /// The way to a person.
    Person,
    /// An entry that is not there any more.
    Gone,
    /// The same press, once more.
    Twice,
}

/// What a chosen entry shows, looked up beforehand.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The article.
    Article(Box<Candidate>),
    /// What the business's data say.
    Data(Said),
}

/// One thing that can be chosen at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Row<'a> {
    /// An entry.
    Entry(&'a Entry),
    /// A person, where no entry leads to one.
    Person,
    /// The step before, in a submenu.
    Back,
}

/// Everything that can be chosen at a place, in its order: its numbers are their places, from 1.
pub fn rows<'a>(entries: &'a [Entry], is_submenu: bool) -> Vec<Row<'a>> {
    let has_person = menus::added(entries, false) > 0;
    entries
        .iter()
        .map(Row::Entry)
        .chain(has_person.then_some(Row::Person))
        .chain(is_submenu.then_some(Row::Back))
        .collect()
}

/// Whether a conversation can show one.
pub fn is_shown_by(channel: Channel) -> bool {
    menus::has_menus(channel)
}

/// How a press is remembered.
pub fn press_of(message: &str, value: &str) -> String {
    format!("{message}|{value}")
}

/// What a press chose; `None` where the button is not a menu's.
pub fn pressed<'a>(
    offer: Option<Offer<'a>>,
    session: &BotSession,
    answer: &CardValue,
    press: &str,
    at: Millis,
) -> Option<Picked<'a>> {
    let (CardValue::Menu(_) | CardValue::MenuAt(_)) = answer else {
        return None;
    };
    let state = &session.menu;
    let is_again = state.pressed.last().is_some_and(|last| last == press);
    if is_again && state.pressed_at > 0 && at.abs_diff(state.pressed_at) <= TWICE_WITHIN.unsigned_abs() {
        return Some(Picked::Twice);
    }
    let Some(offer) = offer else {
        return Some(Picked::Gone);
    };
    Some(match answer {
        CardValue::Menu(id) => match menus::way_to(&offer.menu.entries, id) {
            Some(way) => Picked::Entry(way),
            None => Picked::Gone,
        },
        CardValue::MenuAt(Some(id)) if offer.menu.at(Some(id)).is_some() => Picked::Place(Some(id.clone())),
        CardValue::MenuAt(Some(_)) => Picked::Gone,
        _ => Picked::Place(None),
    })
}

/// What somebody chose in words; `None` where they asked something.
pub fn typed<'a>(offer: Offer<'a>, session: &BotSession, text: &str) -> Option<Picked<'a>> {
    match intent::asks_for_menu(text) {
        Some(Way::Top) => return Some(Picked::Place(None)),
        Some(Way::Back) => return Some(Picked::Place(above(offer.menu, session))),
        None => {}
    }
    let open = session.menu.open.as_deref()?;
    // A question that is open is nearer than the menu before it.
    if session.menu.is_asking || !session.offered.is_empty() {
        return None;
    }
    let submenu = Some(open).filter(|id| !id.is_empty());
    let way = submenu.map_or(Some(Vec::new()), |id| menus::way_to(&offer.menu.entries, id))?;
    let entries = offer.menu.at(submenu)?;
    let rows = rows(entries, submenu.is_some());
    let chosen = match intent::menu_number(text) {
        Some(number) => *rows.get(number - 1)?,
        None => {
            let titles: Vec<Vec<&str>> = entries
                .iter()
                .map(|entry| entry.title.iter().map(|(_, title)| title).collect())
                .collect();
            Row::Entry(&entries[intent::nearest_title(text, &titles)?])
        }
    };
    Some(match chosen {
        Row::Entry(entry) => Picked::Entry(way.into_iter().chain([entry]).collect()),
        Row::Person => Picked::Person,
        Row::Back => Picked::Place(above(offer.menu, session)),
    })
}

/// What of the business's data an entry asks for.
pub fn matter(about: About) -> Matter {
    match about {
        About::Balance => Matter::Balance,
        About::Invoices => Matter::Invoice,
        About::Tickets => Matter::Ticket,
        About::Machines => Matter::Machine,
        About::Visits => Matter::Visit,
    }
}

/// What comes of a choice.
pub(crate) fn decide(turn: &Turn<'_>, picked: &Picked<'_>) -> Decision {
    let top = |lead| Decision::Menu { place: None, lead };
    match picked {
        Picked::Twice => Decision::Silent { why: Silence::Twice },
        Picked::Person => Decision::Escalate {
            reason: Reason::AskedForPerson,
        },
        Picked::Place(place) => Decision::Menu {
            place: place.clone(),
            lead: Lead::Asked,
        },
        Picked::Gone if turn.menu.is_some() => top(Lead::Gone),
        Picked::Gone => Decision::MenuGone,
        Picked::Entry(way) => way.last().map_or(top(Lead::Asked), |entry| of_entry(turn, entry)),
    }
}

fn of_entry(turn: &Turn<'_>, entry: &Entry) -> Decision {
    // What is named there and gone, or says nothing for this customer, is for people.
    let to_people = Decision::Escalate {
        reason: Reason::ChosenInMenu,
    };
    match (&entry.does, turn.found) {
        (Does::Submenu { .. }, _) => Decision::Menu {
            place: Some(entry.id.clone()),
            lead: Lead::Asked,
        },
        (Does::Article { .. }, Some(Found::Article(candidate))) => Decision::Answer {
            candidate: Candidate {
                confidence: 1.0,
                ..(**candidate).clone()
            },
        },
        (Does::Answer { .. }, Some(Found::Data(said))) => Decision::FromData { said: said.clone() },
        (Does::Ask { words }, _) => {
            let of_inbox = turn.menu.map_or(turn.language, |offer| offer.of_inbox);
            Decision::Ask {
                words: menus::in_language(words, turn.language, of_inbox).to_owned(),
            }
        }
        (Does::Portal, _) => Decision::Portal,
        (Does::People(_) | Does::Article { .. } | Does::Answer { .. }, _) => to_people,
    }
}

/// The place before the one that is open.
fn above(menu: &Menu, session: &BotSession) -> Option<String> {
    let open = session.menu.open.as_deref().filter(|id| !id.is_empty())?;
    before(menu, open)
}

/// The place that a submenu stands in; nothing is the top.
pub fn before(menu: &Menu, submenu: &str) -> Option<String> {
    let way = menus::way_to(&menu.entries, submenu)?;
    let parent = way.len().checked_sub(2)?;
    Some(way[parent].id.clone())
}

/// The menu in the place of a greeting, where there is one.
pub(crate) fn greeting(turn: &Turn<'_>) -> Option<Decision> {
    turn.menu.map(|_| Decision::Menu {
        place: None,
        lead: Lead::Greeting,
    })
}

/// Nothing is known about what was said: the menu is shown, and the second time in a row people take over. `None` where
/// there is no menu, or it was not about one.
pub(crate) fn unknown(turn: &Turn<'_>) -> Option<Decision> {
    let state = &turn.session.menu;
    // Whoever was asked for their question has put it; what came along is to be looked at.
    if turn.menu.is_none() || state.is_asking || turn.has_attachments {
        return None;
    }
    if !state.is_waiting {
        return Some(Decision::Menu {
            place: None,
            lead: Lead::Unknown,
        });
    }
    (state.misses + 1 < MOST_MISSES).then(|| Decision::Menu {
        place: state.open.clone().filter(|id| !id.is_empty()),
        lead: Lead::NotAnEntry,
    })
}

/// What is remembered of the menu after a decision.
pub(crate) fn after(turn: &Turn<'_>, decision: &Decision) -> MenuState {
    let mut next = turn.session.menu.clone();
    next.pressed_at = 0;
    if let (Some(press), Some(_)) = (turn.press, turn.picked) {
        next.pressed_at = turn.at;
        if !next.pressed.iter().any(|known| known == press) {
            next.pressed.push(press.to_owned());
            let surplus = next.pressed.len().saturating_sub(KEPT);
            next.pressed.drain(..surplus);
        }
    }
    let of_inbox = turn.menu.map_or(turn.language, |offer| offer.of_inbox);
    if let Some(Picked::Place(place)) = turn.picked {
        let way = place
            .as_ref()
            .zip(turn.menu)
            .and_then(|(id, offer)| menus::way_to(&offer.menu.entries, id));
        next.entry = None;
        next.path = titles(&way.unwrap_or_default(), of_inbox);
    }
    if let Some(Picked::Entry(way)) = turn.picked {
        next.misses = 0;
        next.is_asking = false;
        next.entry = None;
        next.path = titles(way, of_inbox);
        if let Some(entry) = way.last().filter(|entry| !matches!(entry.does, Does::Submenu { .. })) {
            next.entry = Some(entry.id.clone());
        }
    }
    match decision {
        Decision::Menu { place, lead } => {
            next.misses = match lead {
                Lead::NotAnEntry => next.misses + 1,
                _ => 0,
            };
            next.open = Some(place.clone().unwrap_or_default());
            next.is_waiting = true;
            next.is_asking = false;
        }
        Decision::Ask { .. } => {
            next.is_waiting = false;
            next.is_asking = true;
        }
        Decision::Silent { .. } | Decision::SmallTalk { .. } => {}
        Decision::Clarify { .. } => next.is_waiting = false,
        _ => {
            next.is_waiting = false;
            next.is_asking = false;
            next.misses = 0;
        }
    }
    next
}

/// The titles of a way from the top down.
pub fn titles(way: &[&Entry], language: Language) -> Vec<String> {
    way.iter()
        .map(|entry| menus::in_language(&entry.title, language, language).to_owned())
        .collect()
}

#[cfg(test)]
mod tests;
