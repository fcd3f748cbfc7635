//! The menu of an inbox: what a customer who only greets is offered to choose from. It is kept whole, as a tree; its figures
//! stand beside it, by entry. What a choice comes to is the bot's.

mod check;
mod figures;
mod gone;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::activity::activity;
use crate::audit;
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, sql};
use crate::desk::{Texts, from_json, to_json};
use crate::error::{Error, Result};
use crate::inboxes::{self, Inbox};
use crate::store::{Store, Tx, conversation_updated};
use crate::types::{Actor, Channel, ContactId, InboxId, LabelId, Language, Level, Millis, TeamId, UnknownValue};

pub use check::{added, shown_at};
pub use figures::{Figures, count_in, figures};
pub use gone::{Gone, gone};

/// The most that can be chosen at one place, with the ways that the bot adds ([`added`]): the rows of a list of WhatsApp's.
pub const MOST_SHOWN: usize = 10;
/// Up to so many are shown as buttons, more as a list.
pub const MOST_BUTTONS: usize = 3;
/// How many submenus may stand within each other.
pub const DEEPEST: usize = 2;
/// The most entries of one menu, at all its places.
pub const MOST: usize = 100;
/// The longest title, in characters as WhatsApp counts them (UTF-16 units): a row of a list.
pub const LONGEST_TITLE: usize = 24;
/// The longest title that a button shows whole.
pub const LONGEST_BUTTON: usize = 20;
/// The longest description under a title, counted alike.
pub const LONGEST_DESCRIPTION: usize = 72;
/// The longest greeting, and the longest words that ask for a question, in characters.
pub const LONGEST_GREETING: usize = 600;

/// When a menu comes by itself. Whoever asks for it gets it at any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appears {
    /// At the beginning, whatever was said.
    First,
    /// To a greeting, and where the bot has no answer.
    #[default]
    Unanswered,
}

impl Appears {
    /// Both.
    pub const ALL: [Appears; 2] = [Appears::Unanswered, Appears::First];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Appears::First => "first",
            Appears::Unanswered => "unanswered",
        }
    }
}

impl std::str::FromStr for Appears {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        Appears::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| UnknownValue {
                what: "appears",
                value: text.to_owned(),
                expected: "unanswered, first".to_owned(),
            })
    }
}

/// What of the business's data an entry answers with, for a customer who proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// What they owe.
    Balance,
    /// Their last invoices.
    Invoices,
    /// Where their tickets stand.
    Tickets,
    /// Their machines.
    Machines,
    /// When a technician comes.
    Visits,
}

impl About {
    /// Every one.
    pub const ALL: [About; 5] = [
        About::Balance,
        About::Invoices,
        About::Tickets,
        About::Machines,
        About::Visits,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            About::Balance => "balance",
            About::Invoices => "invoices",
            About::Tickets => "tickets",
            About::Machines => "machines",
            About::Visits => "visits",
        }
    }
}

impl std::str::FromStr for About {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        About::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| UnknownValue {
                what: "about",
                value: text.to_owned(),
                expected: "balance, invoices, tickets, machines, visits".to_owned(),
            })
    }
}

/// To whom an entry hands over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The team; `None` is nobody's in particular.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// The level; `None` is the first line.
    #[serde(default)]
    pub level: Option<Level>,
    /// A label for the conversation.
    #[serde(default)]
    pub label: Option<LabelId>,
    /// The category of its ticket, which says whose skill it asks for.
    #[serde(default)]
    pub category: Option<String>,
}

/// The words for what an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// [`Does::Submenu`].
    Submenu,
    /// [`Does::Article`].
    Article,
    /// [`Does::Answer`].
    Answer,
    /// [`Does::People`].
    People,
    /// [`Does::Ask`].
    Ask,
    /// [`Does::Portal`].
    Portal,
}

impl Word {
    /// Every one.
    pub const ALL: [Word; 6] = [
        Word::People,
        Word::Submenu,
        Word::Article,
        Word::Answer,
        Word::Ask,
        Word::Portal,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Word::Submenu => "submenu",
            Word::Article => "article",
            Word::Answer => "answer",
            Word::People => "people",
            Word::Ask => "ask",
            Word::Portal => "portal",
        }
    }
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum Does {
    /// Opens a menu below this one.
    Submenu {
        /// What is in it.
        entries: Vec<Entry>,
    },
    /// Shows an article, in the customer's language where it has one.
    Article {
        /// Its id.
        article: String,
    },
    /// Answers from the business's own data.
    Answer {
        /// About what.
        about: About,
    },
    /// Hands over to people.
    People(Route),
    /// Asks for a question in the customer's own words.
    Ask {
        /// With these words; the bot's own where it has none.
        #[serde(default)]
        words: Texts,
    },
    /// Sends the link of the portal.
    Portal,
}

impl Does {
    /// The word that it is stored and sent by.
    pub const fn word(&self) -> Word {
        match self {
            Does::Submenu { .. } => Word::Submenu,
            Does::Article { .. } => Word::Article,
            Does::Answer { .. } => Word::Answer,
            Does::People(_) => Word::People,
            Does::Ask { .. } => Word::Ask,
            Does::Portal => Word::Portal,
        }
    }
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id, unique in its menu. It stays when the entry is renamed or moved, so that a menu that was sent long ago
    /// still works.
    pub id: String,
    /// Its title.
    pub title: Texts,
    /// A line under it.
    #[serde(default)]
    pub description: Texts,
    /// What it does.
    #[serde(flatten)]
    pub does: Does,
}

impl Entry {
    /// What is in the submenu that it opens; nothing where it opens none.
    pub fn entries(&self) -> &[Entry] {
        match &self.does {
            Does::Submenu { entries } => entries,
            _ => &[],
        }
    }
}

/// What an inbox offers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Menu {
    /// The inbox.
    pub inbox: InboxId,
    /// Whether it is shown.
    pub is_on: bool,
    /// When it comes by itself.
    pub appears: Appears,
    /// What stands above the entries; its first line is the headline.
    pub greeting: Texts,
    /// What can be chosen, in its order.
    pub entries: Vec<Entry>,
    /// When it changed last.
    pub updated_at: Millis,
}

/// What to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMenu {
    /// Whether it is shown.
    pub is_on: bool,
    /// When it comes by itself.
    pub appears: Appears,
    /// What stands above the entries.
    pub greeting: Texts,
    /// What can be chosen, in its order; an entry without an id gets one.
    pub entries: Vec<Entry>,
}

/// The words in a language, else in that of the inbox, else in any; empty where there are none.
pub fn in_language(words: &Texts, language: Language, of_inbox: Language) -> &str {
    [language, of_inbox]
        .into_iter()
        .find_map(|language| words.get(language))
        .or_else(|| words.iter().next().map(|(_, words)| words))
        .unwrap_or_default()
}

/// The entries from the top down to the one of an id; `None` where there is none.
pub fn way_to<'a>(entries: &'a [Entry], id: &str) -> Option<Vec<&'a Entry>> {
    entries.iter().find_map(|entry| {
        if entry.id == id {
            return Some(vec![entry]);
        }
        let below = way_to(entry.entries(), id)?;
        Some(std::iter::once(entry).chain(below).collect())
    })
}

/// Every entry, each before what is in it, with how deep it stands, from 0.
pub fn all(entries: &[Entry]) -> Vec<(usize, &Entry)> {
    entries
        .iter()
        .flat_map(|entry| {
            let below = all(entry.entries()).into_iter().map(|(depth, one)| (depth + 1, one));
            std::iter::once((0, entry)).chain(below).collect::<Vec<_>>()
        })
        .collect()
}

/// What stands beside an entry and itself, to be changed; `None` where there is no such entry.
pub fn siblings_of<'a>(entries: &'a mut Vec<Entry>, id: &str) -> Option<&'a mut Vec<Entry>> {
    if entries.iter().any(|entry| entry.id == id) {
        return Some(entries);
    }
    entries.iter_mut().find_map(|entry| match &mut entry.does {
        Does::Submenu { entries } => siblings_of(entries, id),
        _ => None,
    })
}

/// What is in a submenu, or at the top without one, to be changed; `None` where there is no such submenu.
pub fn inside<'a>(entries: &'a mut Vec<Entry>, submenu: Option<&str>) -> Option<&'a mut Vec<Entry>> {
    let Some(id) = submenu else {
        return Some(entries);
    };
    let entry = siblings_of(entries, id)?.iter_mut().find(|entry| entry.id == id)?;
    match &mut entry.does {
        Does::Submenu { entries } => Some(entries),
        _ => None,
    }
}

impl Menu {
    /// The entries of a submenu, or those at the top; `None` where there is no such submenu.
    pub fn at(&self, submenu: Option<&str>) -> Option<&[Entry]> {
        let Some(id) = submenu else {
            return Some(&self.entries);
        };
        match &way_to(&self.entries, id)?.last()?.does {
            Does::Submenu { entries } => Some(entries),
            _ => None,
        }
    }
}

impl From<Menu> for NewMenu {
    fn from(menu: Menu) -> NewMenu {
        NewMenu {
            is_on: menu.is_on,
            appears: menu.appears,
            greeting: menu.greeting,
            entries: menu.entries,
        }
    }
}

/// Whether a channel can show one. Mail cannot: nobody presses through a menu by mail.
pub const fn has_menus(channel: Channel) -> bool {
    channel.is_chat()
}

/// The inbox that an id names, where its channel has menus.
///
/// # Errors
/// [`Error::NotFound`], also for inboxes of other channels.
pub async fn inbox(on: impl On, id: &InboxId) -> Result<Inbox> {
    let inbox = inboxes::load(on, id).await?;
    if has_menus(inbox.channel) {
        Ok(inbox)
    } else {
        Err(Error::NotFound)
    }
}

type Row = (bool, String, String, String, i64);

/// The menu of an inbox, where it has one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load(on: impl On, inbox: &InboxId) -> Result<Option<Menu>> {
    let row: Option<Row> = sql("SELECT is_on, appears, greeting, entries, updated_at FROM menus WHERE inbox_id = $1")
        .bind(inbox)
        .optional(on)
        .await?;
    let Some((is_on, appears, greeting, entries, updated_at)) = row else {
        return Ok(None);
    };
    let what = format!("menu of inbox {inbox}");
    Ok(Some(Menu {
        inbox: inbox.clone(),
        is_on,
        appears: appears.parse().map_err(|error| Error::corrupt(what.clone(), error))?,
        greeting: Texts::from_json(&what, &greeting)?,
        entries: from_json(&what, &entries)?,
        updated_at,
    }))
}

/// Keeps a menu, in the place of the one that was there. Figures stay with the ids of their entries.
///
/// # Errors
/// [`Error::Invalid`] says which entry is wrong and how; [`Error::NotFound`] where the inbox has no menus.
pub async fn save(store: &Store, actor: &Actor, id: &InboxId, new: NewMenu) -> Result<Menu> {
    change(store, actor, id, |menu| {
        *menu = new;
        Ok(())
    })
    .await
}

/// Changes a menu, or begins one: two changes at a time follow each other, and neither is lost.
///
/// # Errors
/// As [`save`], and whatever `with` refuses.
pub async fn change(
    store: &Store,
    actor: &Actor,
    id: &InboxId,
    with: impl FnOnce(&mut NewMenu) -> Result<()>,
) -> Result<Menu> {
    let mut tx = store.begin().await?;
    let inbox = held(&mut tx, id).await?;
    let old = load(&mut tx, id).await?;
    let mut new = old.clone().map(NewMenu::from).unwrap_or_default();
    with(&mut new)?;
    name_all(&tx, &mut new.entries);
    check::menu(&new, inbox.language)?;
    let known = old.as_ref().map_or(&[][..], |menu| &menu.entries);
    gone::refuse_new(&mut tx, known, &new.entries).await?;
    let now = tx.now();
    sql("INSERT INTO menus (inbox_id, is_on, appears, greeting, entries, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (inbox_id) DO UPDATE SET is_on = excluded.is_on, appears = excluded.appears, greeting = excluded.greeting, entries = excluded.entries, updated_at = excluded.updated_at")
        .bind(id)
        .bind(new.is_on)
        .bind(new.appears.as_str())
        .bind(new.greeting.to_json())
        .bind(to_json(&new.entries))
        .bind(now)
        .run(&mut tx)
        .await?;
    figures::forget_gone(&mut tx, id, &new.entries).await?;
    audit::record(
        &mut tx,
        actor,
        "menu.saved",
        id.as_str(),
        &json!({ "is_on": new.is_on }),
    )
    .await?;
    tx.commit_silently().await?;
    load(store.db(), id).await?.ok_or(Error::NotFound)
}

/// Removes a menu, with its figures. What was said with it stays in its conversations.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &InboxId) -> Result<()> {
    let mut tx = store.begin().await?;
    held(&mut tx, id).await?;
    if sql("DELETE FROM menus WHERE inbox_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?
        == 0
    {
        return Err(Error::NotFound);
    }
    sql("DELETE FROM menu_figures WHERE inbox_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "menu.removed", id.as_str(), &json!({})).await?;
    tx.commit_silently().await
}

/// Holds the row of an inbox, so that changes of its menu follow each other.
async fn held(tx: &mut Tx, id: &InboxId) -> Result<Inbox> {
    let lock = tx.dialect().for_update();
    let row: Option<(InboxId,)> = composed_sql(format!("SELECT id FROM inboxes WHERE id = $1 {lock}"))
        .bind(id)
        .optional(&mut *tx)
        .await?;
    row.ok_or(Error::NotFound)?;
    inbox(tx, id).await
}

fn name_all(tx: &Tx, entries: &mut [Entry]) {
    for entry in entries {
        if entry.id.is_empty() {
            entry.id = tx.env().ulid();
        }
        if let Does::Submenu { entries } = &mut entry.does {
            name_all(tx, entries);
        }
    }
}

/// Says in a held conversation what its customer chose: a line that its readers see, from the top down.
///
/// # Errors
/// When the database cannot be reached.
pub async fn chosen_in(tx: &mut Tx, conversation: &Conversation, path: &[String]) -> Result<()> {
    let mut held = conversations::lock(tx, &conversation.id).await?;
    let by = Actor::Contact(ContactId::clone(&held.contact_id));
    activity(tx, &held, &by, json!({ "action": "menu", "path": path })).await?;
    held.message_count += 1;
    conversations::save(tx, &mut held).await
}

/// The customer pressed once more what was answered a moment ago: nobody waits for another answer.
///
/// # Errors
/// When the database cannot be reached.
pub async fn pressed_again_in(tx: &mut Tx, conversation: &Conversation) -> Result<()> {
    let mut held = conversations::lock(tx, &conversation.id).await?;
    let by = Actor::Contact(ContactId::clone(&held.contact_id));
    held.waiting_since = None;
    conversations::save(tx, &mut held).await?;
    tx.emit(conversation_updated(
        &conversation.id,
        &by,
        json!({ "action": "pressed_again" }),
    ));
    Ok(())
}
