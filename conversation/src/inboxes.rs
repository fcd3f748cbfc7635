//! Inboxes: configured accounts, their sealed settings and their health.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::audit;
use crate::db::{On, composed_sql, sql};
use crate::deliveries;
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::inbound::Cursor;
use crate::outbound::SendError;
use crate::store::{Store, Tx};
use crate::types::{Actor, Channel, InboxHealth, InboxId, Language, Millis};

/// A configured account of a channel.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Inbox {
    /// Its id.
    pub id: InboxId,
    /// The channel.
    pub channel: Channel,
    /// The name that people and the command line use.
    pub name: String,
    /// The language it answers in when the customer's is unknown.
    pub language: Language,
    /// How the channel addresses it: e-mail address, phone number id, widget key.
    pub address: String,
    /// Whether it receives and sends.
    pub is_enabled: bool,
    /// Whether the bot answers first.
    pub bot_enabled: bool,
    /// How it is doing.
    pub health: InboxHealth,
    /// What is wrong, and what to do.
    pub health_detail: String,
    /// What kind of trouble that is: a stable code such as `imap.auth`, `smtp.sender`, `whatsapp.190`; empty while there is none.
    pub health_code: String,
    /// Since when.
    pub health_at: Millis,
    /// When it was added.
    pub created_at: Millis,
}

const INBOX: &str = "id, channel, name, language, address, is_enabled, bot_enabled, health, health_detail, health_code, health_at, created_at";

/// What to add.
#[derive(Debug, Clone)]
pub struct NewInbox<S> {
    /// The channel.
    pub channel: Channel,
    /// The name.
    pub name: String,
    /// The language.
    pub language: Language,
    /// The address.
    pub address: String,
    /// Whether the bot answers first.
    pub bot_enabled: bool,
    /// The channel's own settings; stored sealed.
    pub settings: S,
}

/// Adds an inbox.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken.
pub async fn create<S: Serialize>(store: &Store, actor: &Actor, new: NewInbox<S>) -> Result<InboxId> {
    let plain = serde_json::to_vec(&new.settings).map_err(|error| Error::Invalid(format!("settings: {error}")))?;
    let sealed = store.keys().seal(store.env(), &plain)?;
    let id = InboxId::from(store.env().ulid());
    let mut tx = store.begin().await?;
    let now = tx.now();
    let added = sql("INSERT INTO inboxes (id, channel, name, language, settings, address, is_enabled, bot_enabled, health, health_detail, health_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, '', $9, $9) ON CONFLICT (name) DO NOTHING")
        .bind(&id)
        .bind(new.channel)
        .bind(new.name.trim())
        .bind(new.language)
        .bind(sealed)
        .bind(new.address.trim())
        .bind(true)
        .bind(new.bot_enabled)
        .bind(now)
        .bind(InboxHealth::Unknown)
        .run(&mut tx)
        .await?;
    if added == 0 {
        return Err(Error::Conflict(format!(
            "there is an inbox named `{}` already",
            new.name.trim()
        )));
    }
    audit::record(
        &mut tx,
        actor,
        "inbox.created",
        id.as_str(),
        &json!({ "name": new.name, "channel": new.channel }),
    )
    .await?;
    tx.emit(updated(&id, actor));
    tx.commit().await?;
    store.inner.inboxes.forget();
    Ok(id)
}

fn updated(id: &InboxId, actor: &Actor) -> NewEvent {
    NewEvent {
        kind: EventKind::InboxUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({}),
    }
}

/// Replaces the settings of an inbox.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for settings that are no JSON.
pub async fn configure<S: Serialize>(
    store: &Store,
    actor: &Actor,
    id: &InboxId,
    settings: &S,
    bot_enabled: bool,
    is_enabled: bool,
) -> Result<()> {
    let plain = serde_json::to_vec(settings).map_err(|error| Error::Invalid(format!("settings: {error}")))?;
    let sealed = store.keys().seal(store.env(), &plain)?;
    let mut tx = store.begin().await?;
    let changed = sql("UPDATE inboxes SET settings = $2, bot_enabled = $3, is_enabled = $4 WHERE id = $1")
        .bind(id)
        .bind(sealed)
        .bind(bot_enabled)
        .bind(is_enabled)
        .run(&mut tx)
        .await?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    deliveries::wake_in(&mut tx, id).await?;
    audit::record(&mut tx, actor, "inbox.configured", id.as_str(), &json!({})).await?;
    tx.emit(updated(id, actor));
    tx.commit().await?;
    store.inner.inboxes.forget();
    Ok(())
}

/// What to change of an inbox beside its channel's settings; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct InboxEdit {
    /// The name.
    pub name: Option<String>,
    /// The language.
    pub language: Option<Language>,
    /// Whether it receives and sends.
    pub is_enabled: Option<bool>,
    /// Whether the bot answers first.
    pub bot_enabled: Option<bool>,
}

/// Changes an inbox.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when another one has the name, [`Error::Invalid`] for a
/// name that is none.
pub async fn edit(store: &Store, actor: &Actor, id: &InboxId, edit: &InboxEdit) -> Result<()> {
    let name = edit.name.as_deref().map(str::trim);
    if name.is_some_and(|name| name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control)) {
        return Err(Error::Invalid("name: 1 to 100 characters".to_owned()));
    }
    let mut tx = store.begin().await?;
    let lock = tx.dialect().for_update();
    let old: Inbox = composed_sql(format!("SELECT {INBOX} FROM inboxes WHERE id = $1 {lock}"))
        .bind(id)
        .optional(&mut tx)
        .await?
        .ok_or(Error::NotFound)?;
    let name = name.unwrap_or(&old.name);
    let taken: Option<(String,)> = sql("SELECT id FROM inboxes WHERE name = $1 AND id <> $2")
        .bind(name)
        .bind(id)
        .optional(&mut tx)
        .await?;
    if taken.is_some() {
        return Err(Error::Conflict(format!("there is an inbox named `{name}` already")));
    }
    sql("UPDATE inboxes SET name = $2, language = $3, is_enabled = $4, bot_enabled = $5 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(edit.language.unwrap_or(old.language))
        .bind(edit.is_enabled.unwrap_or(old.is_enabled))
        .bind(edit.bot_enabled.unwrap_or(old.bot_enabled))
        .run(&mut tx)
        .await?;
    deliveries::wake_in(&mut tx, id).await?;
    audit::record(&mut tx, actor, "inbox.edited", id.as_str(), &json!({ "name": name })).await?;
    tx.emit(updated(id, actor));
    tx.commit().await?;
    Ok(())
}

/// The channel's own settings, opened.
pub async fn settings<S: DeserializeOwned>(store: &Store, id: &InboxId) -> Result<S> {
    let plain = open(store, id).await?;
    serde_json::from_slice(&plain).map_err(|error| Error::corrupt(format!("settings of inbox {id}"), error))
}

/// How long a process may go on with an account as it was before another process changed it.
const REMEMBERED: Duration = Duration::from_secs(1);

/// An account with its settings opened: what every web hook asks for first.
#[derive(Debug)]
pub struct Opened {
    /// The account.
    pub inbox: Inbox,
    plain: Plain,
}

/// Opened settings: secrets, which no log may show.
struct Plain(Vec<u8>);

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Opened {
    /// The channel's own settings.
    pub fn settings<S: DeserializeOwned>(&self) -> Result<S> {
        serde_json::from_slice(&self.plain.0)
            .map_err(|error| Error::corrupt(format!("settings of inbox {}", self.inbox.id), error))
    }
}

/// Accounts that this process has opened a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// Grows with every change that this process makes: what was read before it is not kept.
    generation: u64,
    opened: HashMap<(Channel, String), (Instant, Arc<Opened>)>,
}

impl Remembered {
    fn get(&self, key: &(Channel, String)) -> (u64, Option<Arc<Opened>>) {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory
            .opened
            .get(key)
            .filter(|(since, _)| since.elapsed() < REMEMBERED)
            .map(|(_, opened)| opened.clone());
        (memory.generation, known)
    }

    fn keep(&self, generation: u64, key: (Channel, String), opened: &Arc<Opened>) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.generation == generation {
            memory.opened.retain(|_, (since, _)| since.elapsed() < REMEMBERED);
            memory.opened.insert(key, (Instant::now(), opened.clone()));
        }
    }

    fn forget(&self) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.generation += 1;
        memory.opened.clear();
    }
}

/// An account by id, name or address, and its settings. What this process changes is seen at once,
/// what another one changes within a second.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn opened(store: &Store, channel: Channel, text: &str) -> Result<Arc<Opened>> {
    let key = (channel, text.to_owned());
    let (generation, known) = store.inner.inboxes.get(&key);
    if let Some(known) = known {
        return Ok(known);
    }
    let inbox = find(store.db(), channel, text).await?;
    let plain = Plain(open(store, &inbox.id).await?);
    let opened = Arc::new(Opened { inbox, plain });
    store.inner.inboxes.keep(generation, key, &opened);
    Ok(opened)
}

async fn open(store: &Store, id: &InboxId) -> Result<Vec<u8>> {
    let row: Option<(Vec<u8>,)> = sql("SELECT settings FROM inboxes WHERE id = $1")
        .bind(id)
        .optional(store.db())
        .await?;
    let (sealed,) = row.ok_or(Error::NotFound)?;
    store.keys().open(&sealed)
}

/// All inboxes, by name.
pub async fn list(on: impl On) -> Result<Vec<Inbox>> {
    composed_sql(format!("SELECT {INBOX} FROM inboxes ORDER BY name"))
        .all(on)
        .await
}

/// The channel of each inbox that is switched on.
pub async fn channels(on: impl On) -> Result<Vec<Channel>> {
    let all = list(on).await?.into_iter().filter(|inbox| inbox.is_enabled);
    Ok(all.map(|inbox| inbox.channel).collect())
}

/// An inbox by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &InboxId) -> Result<Inbox> {
    composed_sql(format!("SELECT {INBOX} FROM inboxes WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// An inbox by id, name or address, as the command line and web hook addresses give it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(on: impl On, channel: Channel, text: &str) -> Result<Inbox> {
    composed_sql(format!(
        "SELECT {INBOX} FROM inboxes WHERE channel = $1 AND (id = $2 OR name = $2 OR address = $2) ORDER BY id LIMIT 1"
    ))
    .bind(channel)
    .bind(text)
    .optional(on)
    .await?
    .ok_or(Error::NotFound)
}

/// The mailbox that mails leave by when a conversation did not begin in one.
pub async fn default_email(on: impl On) -> Result<Option<Inbox>> {
    composed_sql(format!(
        "SELECT {INBOX} FROM inboxes WHERE channel = 'email' AND is_enabled ORDER BY created_at, id LIMIT 1"
    ))
    .optional(on)
    .await
}

/// Where a mailbox stands.
pub async fn cursor(on: impl On, id: &InboxId, folder: &str) -> Result<Option<Cursor>> {
    let row: Option<(i64, i64)> =
        sql("SELECT uid_validity, last_uid FROM inbox_cursors WHERE inbox_id = $1 AND folder = $2")
            .bind(id)
            .bind(folder)
            .optional(on)
            .await?;
    Ok(row.map(|(uid_validity, last_uid)| Cursor {
        folder: folder.to_owned(),
        uid_validity,
        last_uid,
    }))
}

/// Moves a mailbox cursor without a message (the mailbox is empty, or begins anew).
pub async fn move_cursor(store: &Store, id: &InboxId, cursor: &Cursor) -> Result<()> {
    let mut tx = store.begin().await?;
    move_cursor_in(&mut tx, id, cursor).await?;
    tx.commit_silently().await
}

/// As [`move_cursor`], within a transaction; also back.
pub(crate) async fn move_cursor_in(tx: &mut Tx, id: &InboxId, cursor: &Cursor) -> Result<()> {
    let now = tx.now();
    sql("INSERT INTO inbox_cursors (inbox_id, folder, uid_validity, last_uid, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (inbox_id, folder) DO UPDATE SET uid_validity = excluded.uid_validity, last_uid = excluded.last_uid, updated_at = excluded.updated_at")
        .bind(id)
        .bind(cursor.folder.as_str())
        .bind(cursor.uid_validity)
        .bind(cursor.last_uid)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// What is wrong with an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble<'a> {
    /// A stable code, as of a [`SendError`]; the pages have words for it.
    pub code: &'a str,
    /// What whoever refused said, in words of theirs.
    pub words: &'a str,
}

impl<'a> From<&'a SendError> for Trouble<'a> {
    fn from(error: &'a SendError) -> Self {
        Trouble {
            code: error.code(),
            words: error.reason(),
        }
    }
}

/// Records how an inbox is doing; only a change is an event.
pub async fn set_health(store: &Store, id: &InboxId, trouble: Option<Trouble<'_>>) -> Result<()> {
    let health = if trouble.is_none() {
        InboxHealth::Ok
    } else {
        InboxHealth::Failing
    };
    let Trouble { code, words } = trouble.unwrap_or(Trouble { code: "", words: "" });
    let current: Option<(InboxHealth, String, String)> =
        sql("SELECT health, health_detail, health_code FROM inboxes WHERE id = $1")
            .bind(id)
            .optional(store.db())
            .await?;
    if current.is_none_or(|(was, said, kind)| (was, said.as_str(), kind.as_str()) == (health, words, code)) {
        return Ok(());
    }
    let mut tx: Tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE inboxes SET health = $2, health_detail = $3, health_at = $4, health_code = $5 WHERE id = $1")
        .bind(id)
        .bind(health)
        .bind(words)
        .bind(now)
        .bind(code)
        .run(&mut tx)
        .await?;
    if health == InboxHealth::Ok {
        deliveries::wake_in(&mut tx, id).await?;
    }
    tx.emit(updated(id, &Actor::System));
    tx.commit().await?;
    store.inner.inboxes.forget();
    Ok(())
}
