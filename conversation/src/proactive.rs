//! What a web chat says first: a few words beside its button, to whoever looks at a page for a while. The browser decides when;
//! what it says stands here alone. It becomes a message when somebody answers, as the first one of their conversation.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::audit;
use crate::conversations::Message;
use crate::db::{On, composed_sql, sql};
use crate::desk::{self, Texts};
use crate::error::{Error, Result};
use crate::inboxes::{self, Inbox};
use crate::store::{Store, Tx};
use crate::types::{Actor, ActorKind, AgentId, Channel, InboxId, Language, Millis};

/// The most of one inbox.
pub const MOST: usize = 20;
/// The longest text, in characters: it stands beside a button.
pub const LONGEST_TEXT: usize = 300;
/// The longest wait, in seconds.
pub const LONGEST_WAIT: i64 = 600;
/// The longest name, in characters.
const LONGEST_NAME: usize = 80;
/// The most pages of one message, and the longest address of one.
const MOST_PAGES: usize = 30;
const LONGEST_PAGE: usize = 300;
/// How many `*` one page may have.
const MOST_STARS: usize = 5;

/// What a chat says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proactive {
    /// Its id.
    pub id: String,
    /// The chat.
    pub inbox: InboxId,
    /// What the team calls it.
    pub name: String,
    /// Whether it is shown.
    pub is_on: bool,
    /// Where: paths or addresses, in which `*` stands for anything; none is every page.
    pub pages: Vec<String>,
    /// After how many seconds on the page.
    pub after_seconds: i64,
    /// Only while the inbox is open.
    pub in_hours: bool,
    /// What it says.
    pub words: Texts,
    /// In whose name; `None` is the business's.
    pub agent: Option<AgentId>,
    /// How often it was shown.
    pub shown: i64,
    /// How often the chat was opened by it.
    pub opened: i64,
    /// How many conversations began with it.
    pub answered: i64,
    /// When it changed last.
    pub updated_at: Millis,
}

impl Proactive {
    /// The words in a language, else in that of the inbox, else in any; with the language they are in.
    pub fn words_in(&self, language: Language, of_inbox: Language) -> Option<(Language, &str)> {
        [language, of_inbox]
            .into_iter()
            .find_map(|language| Some((language, self.words.get(language)?)))
            .or_else(|| self.words.iter().next())
    }
}

/// What to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewProactive {
    /// What the team calls it.
    pub name: String,
    /// Whether it is shown.
    pub is_on: bool,
    /// Where; none is every page.
    pub pages: Vec<String>,
    /// After how many seconds on the page.
    pub after_seconds: i64,
    /// Only while the inbox is open.
    pub in_hours: bool,
    /// What it says.
    pub words: Texts,
    /// In whose name; `None` is the business's.
    pub agent: Option<AgentId>,
}

/// The words of ours that somebody read before they wrote, and that stand nowhere yet: their conversation begins with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The proactive message.
    pub id: String,
    /// What the team calls it.
    pub name: String,
    /// What it said.
    pub text: String,
    /// In whose name; `None` is the business's.
    pub agent: Option<AgentId>,
}

/// What is counted as it happens in browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It was shown.
    Shown,
    /// The chat was opened by it.
    Opened,
}

type Row = (
    String,
    InboxId,
    String,
    bool,
    String,
    i64,
    bool,
    String,
    Option<AgentId>,
    i64,
    i64,
    i64,
    i64,
);

const COLUMNS: &str =
    "id, inbox_id, name, is_on, pages, after_seconds, in_hours, words, agent_id, shown, opened, answered, updated_at";

fn from_row(row: Row) -> Result<Proactive> {
    let (id, inbox, name, is_on, pages, after_seconds, in_hours, words, agent, shown, opened, answered, updated_at) =
        row;
    Ok(Proactive {
        words: Texts::from_json(&format!("proactive message {id}"), &words)?,
        id,
        inbox,
        name,
        is_on,
        pages: pages.lines().map(str::to_owned).collect(),
        after_seconds,
        in_hours,
        agent,
        shown,
        opened,
        answered,
        updated_at,
    })
}

fn invalid<T>(words: String) -> Result<T> {
    Err(Error::Invalid(words))
}

/// A page as it is kept: a path, or an address with its host.
fn page(given: &str) -> Result<String> {
    let page: String = given.trim().chars().filter(|c| !c.is_control()).collect();
    if page.chars().count() > LONGEST_PAGE {
        return invalid(format!("pages: at most {LONGEST_PAGE} characters in a line"));
    }
    if page.matches('*').count() > MOST_STARS {
        return invalid(format!("pages: at most {MOST_STARS} times `*` in a line"));
    }
    let is_page = ["/", "*", "https://", "http://"]
        .iter()
        .any(|start| page.starts_with(start))
        && !page.contains(char::is_whitespace);
    if !is_page {
        let shown: String = page.chars().take(100).collect();
        return invalid(format!(
            "pages: `{shown}` is no page; write a path such as /prices* or an address such as https://www.example.com/prices"
        ));
    }
    Ok(page)
}

impl NewProactive {
    async fn checked(self, on: impl On) -> Result<NewProactive> {
        let name = desk::name("name", &self.name, LONGEST_NAME)?;
        let mut pages: Vec<String> = Vec::new();
        for line in self.pages.iter().filter(|line| !line.trim().is_empty()) {
            let page = page(line)?;
            if !pages.contains(&page) {
                pages.push(page);
            }
        }
        if pages.len() > MOST_PAGES {
            return invalid(format!("pages: at most {MOST_PAGES} lines"));
        }
        if !(0..=LONGEST_WAIT).contains(&self.after_seconds) {
            return invalid(format!("after_seconds: 0 to {LONGEST_WAIT} seconds"));
        }
        if self.words.is_empty() {
            return invalid("words: write the words in one language at least".to_owned());
        }
        for (language, words) in self.words.iter() {
            if words.chars().count() > LONGEST_TEXT {
                return invalid(format!("words_{language}: at most {LONGEST_TEXT} characters"));
            }
        }
        if let Some(agent) = &self.agent {
            let known: Option<(bool,)> = sql("SELECT is_enabled FROM agents WHERE id = $1")
                .bind(agent)
                .optional(on)
                .await?;
            if known != Some((true,)) {
                return invalid("agent: choose somebody who works here".to_owned());
            }
        }
        Ok(NewProactive { name, pages, ..self })
    }
}

/// The chat that an id names.
///
/// # Errors
/// [`Error::NotFound`], also for inboxes of other channels.
pub async fn chat(on: impl On, inbox: &InboxId) -> Result<Inbox> {
    let inbox = inboxes::load(on, inbox).await?;
    match inbox.channel {
        Channel::Webchat => Ok(inbox),
        _ => Err(Error::NotFound),
    }
}

/// Those of a chat, in their order.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list(on: impl On, inbox: &InboxId) -> Result<Vec<Proactive>> {
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {COLUMNS} FROM proactive_messages WHERE inbox_id = $1 ORDER BY rank, id"
    ))
    .bind(inbox)
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// One of a chat.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, inbox: &InboxId, id: &str) -> Result<Proactive> {
    let row: Option<Row> = composed_sql(format!(
        "SELECT {COLUMNS} FROM proactive_messages WHERE inbox_id = $1 AND id = $2"
    ))
    .bind(inbox)
    .bind(id)
    .optional(on)
    .await?;
    from_row(row.ok_or(Error::NotFound)?)
}

/// Keeps a new one, behind the others.
///
/// # Errors
/// [`Error::Invalid`] names the field that is wrong; [`Error::Conflict`] when there are as many as there may be;
/// [`Error::NotFound`] when the inbox is no chat.
pub async fn create(store: &Store, actor: &Actor, inbox: &InboxId, new: NewProactive) -> Result<Proactive> {
    chat(store.db(), inbox).await?;
    let new = new.checked(store.db()).await?;
    let mut tx = store.begin().await?;
    let all = list(&mut tx, inbox).await?;
    if all.len() >= MOST {
        return Err(Error::Conflict(format!("at most {MOST} proactive messages in a chat")));
    }
    let (id, now) = (tx.env().ulid(), tx.now());
    let (last,): (i64,) =
        sql("SELECT CAST(COALESCE(MAX(rank), 0) AS BIGINT) FROM proactive_messages WHERE inbox_id = $1")
            .bind(inbox)
            .one(&mut tx)
            .await?;
    sql("INSERT INTO proactive_messages (id, inbox_id, rank, name, is_on, pages, after_seconds, in_hours, words, agent_id, shown, opened, answered, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, $11, $11)")
        .bind(id.as_str())
        .bind(inbox)
        .bind(last + 1)
        .bind(&new.name)
        .bind(new.is_on)
        .bind(new.pages.join("\n"))
        .bind(new.after_seconds)
        .bind(new.in_hours)
        .bind(new.words.to_json())
        .bind(new.agent.as_ref())
        .bind(now)
        .run(&mut tx)
        .await?;
    done(tx, actor, &id, "proactive.created", &new.name).await?;
    load(store.db(), inbox, &id).await
}

/// Changes one; its place and its figures stay.
///
/// # Errors
/// As [`create`].
pub async fn change(store: &Store, actor: &Actor, inbox: &InboxId, id: &str, new: NewProactive) -> Result<Proactive> {
    load(store.db(), inbox, id).await?;
    let new = new.checked(store.db()).await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE proactive_messages SET name = $3, is_on = $4, pages = $5, after_seconds = $6, in_hours = $7, words = $8, agent_id = $9, updated_at = $10 WHERE inbox_id = $1 AND id = $2")
        .bind(inbox)
        .bind(id)
        .bind(&new.name)
        .bind(new.is_on)
        .bind(new.pages.join("\n"))
        .bind(new.after_seconds)
        .bind(new.in_hours)
        .bind(new.words.to_json())
        .bind(new.agent.as_ref())
        .bind(now)
        .run(&mut tx)
        .await?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    done(tx, actor, id, "proactive.changed", &new.name).await?;
    load(store.db(), inbox, id).await
}

/// Removes one, with its figures. What was said with it stays in its conversations.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, inbox: &InboxId, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let old = load(&mut tx, inbox, id).await?;
    sql("DELETE FROM proactive_messages WHERE id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    done(tx, actor, id, "proactive.removed", &old.name).await
}

/// Moves one a place forward or back: of those that fit a page the first is shown.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn shift(store: &Store, actor: &Actor, inbox: &InboxId, id: &str, is_forward: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    let all = list(&mut tx, inbox).await?;
    let name = all.iter().find(|one| one.id == id).map(|one| one.name.clone());
    let mut order: Vec<String> = all.into_iter().map(|one| one.id).collect();
    desk::shift_in(&mut order, id, is_forward)?;
    for (id, rank) in order.iter().zip(1i64..) {
        sql("UPDATE proactive_messages SET rank = $2 WHERE id = $1")
            .bind(id)
            .bind(rank)
            .run(&mut tx)
            .await?;
    }
    done(tx, actor, id, "proactive.moved", &name.unwrap_or_default()).await
}

async fn done(mut tx: Tx, actor: &Actor, id: &str, action: &str, name: &str) -> Result<()> {
    audit::record(&mut tx, actor, action, id, &json!({ "name": name })).await?;
    tx.commit_silently().await
}

/// Counts what browsers say; ids of no message of this chat count nothing, and nothing is kept but the sums.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count(store: &Store, inbox: &InboxId, seen: &[(String, Seen)]) -> Result<()> {
    let mut ids: Vec<&str> = seen.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut tx = store.begin().await?;
    let mut counted = 0;
    // In the order of their ids, as others lock them.
    for id in ids.into_iter().take(MOST) {
        let was = |what: Seen| i64::from(seen.iter().any(|(one, seen)| one == id && *seen == what));
        counted += sql(
            "UPDATE proactive_messages SET shown = shown + $3, opened = opened + $4 WHERE inbox_id = $1 AND id = $2",
        )
        .bind(inbox)
        .bind(id)
        .bind(was(Seen::Shown))
        .bind(was(Seen::Opened))
        .run(&mut tx)
        .await?;
    }
    if counted > 0 {
        tx.commit_silently().await?;
    }
    Ok(())
}

/// Counts conversations that began with one.
pub(crate) async fn answered_in(tx: &mut Tx, answered: &[String]) -> Result<()> {
    let mut ids: Vec<&String> = answered.iter().collect();
    ids.sort_unstable();
    for id in ids {
        sql("UPDATE proactive_messages SET answered = answered + 1 WHERE id = $1")
            .bind(id)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// What somebody read who names a message of this chat and the language that it was in; `None` where it is gone. Whoever left the
/// business does not speak any more.
///
/// # Errors
/// When the database cannot be reached.
pub async fn opening(on: impl On, inbox: &Inbox, id: &str, language: Language) -> Result<Option<Opening>> {
    let mut on = on;
    let one = match load(&mut on, &inbox.id, id).await {
        Ok(one) => one,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some((_, text)) = one.words_in(language, inbox.language) else {
        return Ok(None);
    };
    let text = text.to_owned();
    let names = names(on, std::slice::from_ref(&one)).await?;
    Ok(Some(Opening {
        text,
        agent: one.agent.filter(|agent| names.iter().any(|(id, _)| id == agent)),
        id: one.id,
        name: one.name,
    }))
}

/// The proactive message that a message was, where it was one.
pub fn of(message: &Message) -> Option<&str> {
    let extra = message.extra.as_ref()?;
    extra["proactive"].as_str().filter(|_| extra["type"] == "proactive")
}

/// Who speaks in a message: its author, and of a proactive one the agent in whose name it was said.
pub fn speaker(message: &Message) -> (ActorKind, &str) {
    let agent = of(message).and_then(|_| message.extra.as_ref()?["agent"].as_str());
    match agent {
        Some(agent) => (ActorKind::Agent, agent),
        None => (message.author_kind, &message.author_id),
    }
}

/// The names of the agents in whose name these speak; of those who are still there.
///
/// # Errors
/// When the database cannot be reached.
pub async fn names(on: impl On, all: &[Proactive]) -> Result<Vec<(AgentId, String)>> {
    let mut ids: Vec<&AgentId> = all.iter().filter_map(|one| one.agent.as_ref()).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    composed_sql(format!(
        "SELECT id, name FROM agents WHERE is_enabled = $1 AND id IN {}",
        crate::db::placeholders(1, ids.len(), 1)
    ))
    .bind(true)
    .bind_all(ids)
    .all(on)
    .await
}
