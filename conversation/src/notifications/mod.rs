//! What customers are told, each person by the ways that they chose. A sender names everybody whom a thing
//! concerns and what it would do by itself; the answer says what it is to do. Ways that a person chose and the
//! sender cannot take stay with the row as owed, and a worker takes them ([`owed`], [`take_in`]).

pub mod colleagues;
mod kind;

use serde::Serialize;
use serde_json::{Value, json};

pub use kind::{Choice, Kind, Ways};

use crate::contacts;
use crate::db::{On, composed_sql, placeholders, sql};
use crate::desk::pushes::{self, Side};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::keys::Keys;
use crate::privacy::family;
use crate::store::{Store, Tx};
use crate::types::{Actor, Channel, ContactId, Language, Millis};

/// A way that is owed longer than this is no news any more, in milliseconds.
const STALE_AFTER: Millis = 2 * 86_400_000;

/// What is told.
#[derive(Debug, Clone)]
pub struct News {
    /// Of what.
    pub kind: Kind,
    /// Names the sentence: `noted-{words}` of the texts.
    pub words: &'static str,
    /// Its arguments: an object of texts and numbers. `day` is an ISO day, `at` UTC milliseconds.
    pub args: Value,
    /// Where it leads: a path of ours.
    pub path: String,
    /// The id of what it is about.
    pub subject: String,
}

/// What a sender does for one person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender {
    /// Unless the person said otherwise.
    pub usual: Ways,
    /// Which ways it can take for them; what it cannot is owed.
    pub can: Ways,
}

impl Sender {
    /// It tells nobody by itself.
    pub const NONE: Sender = Sender {
        usual: Ways::USUAL,
        can: Ways {
            mail: false,
            whatsapp: false,
            push: false,
        },
    };

    /// It writes into a conversation, whose channel carries it.
    pub const fn of_channel(channel: Channel) -> Sender {
        match channel {
            Channel::Email => Sender {
                usual: Ways::MAIL,
                can: Ways::MAIL,
            },
            Channel::Whatsapp => Sender {
                usual: Ways::WHATSAPP,
                can: Ways::WHATSAPP,
            },
            _ => Sender::NONE,
        }
    }
}

/// What a sender is to do for one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Write a mail.
    pub mail: bool,
    /// Write by WhatsApp.
    pub whatsapp: bool,
    /// They said how they want to be told.
    pub is_chosen: bool,
}

impl Told {
    /// Whether a word in a conversation is to leave by its channel.
    pub const fn leaves_by(self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.mail,
            Channel::Whatsapp => self.whatsapp,
            _ => true,
        }
    }
}

/// What somebody chose, by kind; `usual` says what happens to who never did.
pub async fn choices(on: impl On, contact: &ContactId, usual: impl Fn(Kind) -> Ways) -> Result<Vec<Choice>> {
    let said = said(on, contact).await?;
    let of = |kind: Kind| said.iter().find(|(of, _)| *of == kind).map(|(_, ways)| *ways);
    Ok(Kind::ALL
        .into_iter()
        .map(|kind| Choice {
            kind,
            ways: of(kind).unwrap_or_else(|| usual(kind)),
            is_chosen: of(kind).is_some(),
        })
        .collect())
}

async fn said(on: impl On, contact: &ContactId) -> Result<Vec<(Kind, Ways)>> {
    let rows: Vec<(String, bool, bool, bool)> =
        sql("SELECT kind, by_mail, by_whatsapp, by_push FROM contact_choices WHERE contact_id = $1")
            .bind(contact)
            .all(on)
            .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(kind, mail, whatsapp, push)| Some((Kind::from_text(&kind)?, Ways { mail, whatsapp, push })))
        .collect())
}

/// Keeps what somebody chose for these kinds; `None` is as usual again.
///
/// # Errors
/// [`Error::NotFound`] without the contact.
pub async fn choose_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    choices: &[(Kind, Option<Ways>)],
) -> Result<()> {
    let contact = contacts::load(&mut *tx, contact).await?.id;
    let now = tx.now();
    for (kind, ways) in choices {
        let Some(ways) = ways else {
            sql("DELETE FROM contact_choices WHERE contact_id = $1 AND kind = $2")
                .bind(&contact)
                .bind(kind.as_str())
                .run(&mut *tx)
                .await?;
            continue;
        };
        sql("INSERT INTO contact_choices (contact_id, kind, by_mail, by_whatsapp, by_push, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (contact_id, kind) DO UPDATE SET by_mail = excluded.by_mail, by_whatsapp = excluded.by_whatsapp, by_push = excluded.by_push, updated_at = excluded.updated_at")
            .bind(&contact)
            .bind(kind.as_str())
            .bind(ways.mail)
            .bind(ways.whatsapp)
            .bind(ways.push)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    let detail: Vec<Value> = choices
        .iter()
        .map(|(kind, ways)| json!({ "kind": kind, "ways": ways }))
        .collect();
    crate::audit::record(
        tx,
        actor,
        "contact.notifications_chosen",
        contact.as_str(),
        &json!(detail),
    )
    .await
}

/// Tells people of something, in the caller's transaction; answers in their order what the sender is to do.
/// Nobody is named twice.
pub async fn tell_in(tx: &mut Tx, news: &News, people: &[(ContactId, Sender)]) -> Result<Vec<Told>> {
    let mut told = Vec::with_capacity(people.len());
    let args = news.args.to_string();
    for (contact, sender) in people {
        let chosen = said(&mut *tx, contact)
            .await?
            .into_iter()
            .find(|(kind, _)| *kind == news.kind)
            .map(|(_, ways)| ways);
        let ways = chosen.unwrap_or(sender.usual);
        let owes = match (ways.mail && !sender.can.mail, ways.whatsapp && !sender.can.whatsapp) {
            (true, true) => "mail whatsapp",
            (true, false) => "mail",
            (false, true) => "whatsapp",
            (false, false) => "",
        };
        if news.kind.is_replaced() {
            sql("DELETE FROM contact_notifications WHERE contact_id = $1 AND kind = $2 AND subject = $3 AND read_at IS NULL AND owes = ''")
                .bind(contact)
                .bind(news.kind.as_str())
                .bind(news.subject.as_str())
                .run(&mut *tx)
                .await?;
        }
        let id = tx.env().ulid();
        let now = tx.now();
        sql("INSERT INTO contact_notifications (id, contact_id, kind, words, args, path, subject, owes, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
            .bind(id.as_str())
            .bind(contact)
            .bind(news.kind.as_str())
            .bind(news.words)
            .bind(args.as_str())
            .bind(news.path.as_str())
            .bind(news.subject.as_str())
            .bind(owes)
            .bind(now)
            .run(&mut *tx)
            .await?;
        if ways.push {
            pushes::queue_in(tx, Side::Contacts, contact.as_str(), &id).await?;
        }
        told.push(Told {
            mail: ways.mail && sender.can.mail,
            whatsapp: ways.whatsapp && sender.can.whatsapp,
            is_chosen: chosen.is_some(),
        });
    }
    if !people.is_empty() {
        tx.emit(changed(people.iter().map(|(contact, _)| contact)));
    }
    Ok(told)
}

/// Tells one person, by a sender that does nothing itself.
pub async fn tell_one_in(tx: &mut Tx, news: &News, contact: &ContactId) -> Result<()> {
    let contact = contacts::load(&mut *tx, contact).await?.id;
    tell_in(tx, news, &[(contact, Sender::NONE)]).await.map(drop)
}

/// The pages of these people look again.
fn changed<'a>(contacts: impl Iterator<Item = &'a ContactId>) -> NewEvent {
    let contacts: Vec<&ContactId> = contacts.collect();
    NewEvent {
        kind: EventKind::ContactNotified,
        conversation: None,
        subject: contacts.first().map(|one| one.to_string()).unwrap_or_default(),
        actor: Actor::System,
        data: json!({ "contacts": contacts }),
    }
}

/// One thing that somebody was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// Whose.
    pub contact_id: ContactId,
    /// Of what: a [`Kind`] as text.
    pub kind: String,
    /// Names the sentence.
    pub words: String,
    /// Its arguments: JSON.
    pub args: String,
    /// Where it leads.
    pub path: String,
    /// The id of what it is about.
    pub subject: String,
    /// The ways that are still owed.
    pub owes: String,
    /// When.
    pub at: Millis,
    /// When it was read.
    pub read_at: Option<Millis>,
}

impl Notification {
    /// Of what.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_text(&self.kind)
    }

    /// The arguments of its sentence.
    pub fn args(&self) -> Value {
        serde_json::from_str(&self.args).unwrap_or_default()
    }
}

const NOTIFICATION: &str = "id, contact_id, kind, words, args, path, subject, owes, at, read_at";

/// What somebody was told, the newest first, behind one.
pub async fn list(on: impl On, contact: &ContactId, after: Option<&str>, most: i64) -> Result<Vec<Notification>> {
    let mut on = on;
    let people = family(&mut on, contact).await?;
    let list = placeholders(1, people.len(), 2);
    composed_sql(format!(
        "SELECT {NOTIFICATION} FROM contact_notifications WHERE ($1 = '' OR id < $1) AND contact_id IN {list} ORDER BY id DESC LIMIT $2"
    ))
    .bind(after.unwrap_or_default())
    .bind(most)
    .bind_all(people.iter().map(ContactId::as_str))
    .all(on)
    .await
}

/// One by id, of anybody.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Notification> {
    composed_sql(format!(
        "SELECT {NOTIFICATION} FROM contact_notifications WHERE id = $1"
    ))
    .bind(id)
    .optional(on)
    .await?
    .ok_or(Error::NotFound)
}

/// One of a contact's by id.
///
/// # Errors
/// [`Error::NotFound`], whether it is missing or somebody else's.
pub async fn for_contact(on: impl On, contact: &ContactId, id: &str) -> Result<Notification> {
    let mut on = on;
    let found = load(&mut on, id).await?;
    if family(on, contact).await?.contains(&found.contact_id) {
        Ok(found)
    } else {
        Err(Error::NotFound)
    }
}

/// How many somebody has not read, counted up to 100.
pub async fn unread(on: impl On, contact: &ContactId) -> Result<i64> {
    let mut on = on;
    let people = family(&mut on, contact).await?;
    let list = placeholders(1, people.len(), 0);
    let (count,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM contact_notifications WHERE read_at IS NULL AND contact_id IN {list} LIMIT 100) AS few"
    ))
    .bind_all(people.iter().map(ContactId::as_str))
    .one(on)
    .await?;
    Ok(count)
}

/// What of somebody's is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// Everything.
    All,
    /// One, by id.
    One(&'a str),
    /// What leads to a path of ours, for they are there.
    Path(&'a str),
}

/// Somebody has read what they were told. Returns how many were unread.
pub async fn read(store: &Store, contact: &ContactId, which: Which<'_>) -> Result<u64> {
    let people = family(store.db(), contact).await?;
    let list = placeholders(1, people.len(), 2);
    let (column, value) = match which {
        Which::All => ("''", ""),
        Which::One(id) => ("id", id),
        Which::Path(path) => ("path", path),
    };
    // A look first: a page is opened often, a writing transaction is not free.
    let any: Option<(String,)> = composed_sql(format!(
        "SELECT id FROM contact_notifications WHERE read_at IS NULL AND {column} = $1 AND $2 >= 0 AND contact_id IN {list} LIMIT 1"
    ))
    .bind(value)
    .bind(store.now())
    .bind_all(people.iter().map(ContactId::as_str))
    .optional(store.db())
    .await?;
    if any.is_none() {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    let count = composed_sql(format!(
        "UPDATE contact_notifications SET read_at = $2 WHERE read_at IS NULL AND {column} = $1 AND contact_id IN {list}"
    ))
    .bind(value)
    .bind(now)
    .bind_all(people.iter().map(ContactId::as_str))
    .run(&mut tx)
    .await?;
    if count == 0 {
        return Ok(0);
    }
    tx.emit(changed(people.iter()));
    tx.commit().await?;
    Ok(count)
}

/// What a worker still has to bring to people, the oldest first.
pub async fn owed(on: impl On, most: i64) -> Result<Vec<Notification>> {
    composed_sql(format!(
        "SELECT {NOTIFICATION} FROM contact_notifications WHERE owes <> '' ORDER BY id LIMIT $1"
    ))
    .bind(most)
    .all(on)
    .await
}

/// Takes what one owes, in the transaction that does it: once, whoever asks at the same moment. What is
/// old is taken and not done. Answers whether to do it.
pub async fn take_in(tx: &mut Tx, owed: &Notification) -> Result<bool> {
    let now = tx.now();
    let taken = sql("UPDATE contact_notifications SET owes = '' WHERE id = $1 AND owes = $2")
        .bind(owed.id.as_str())
        .bind(owed.owes.as_str())
        .run(tx)
        .await?;
    Ok(taken == 1 && now - owed.at <= STALE_AFTER)
}

/// The path that ends the mails of a kind for somebody: its GET shows a page, its POST does it (RFC 8058).
pub fn stop_path(keys: &Keys, contact: &ContactId, kind: Kind) -> String {
    let text = format!("{contact}:{}", kind.as_str());
    format!("/portal/notifications/stop/{}", keys.sign("stop-mails", &text))
}

/// Whose mails of which kind a signed word ends.
pub fn of_stop(keys: &Keys, signed: &str) -> Option<(ContactId, Kind)> {
    let (contact, kind) = keys.check("stop-mails", signed)?.split_once(':')?;
    Some((ContactId::from(contact), Kind::from_text(kind)?))
}

/// The words on that link.
pub const fn stop_words(language: Language) -> &'static str {
    match language {
        Language::En => "Stop mails of this kind",
        Language::Es => "No recibir más correos de este tipo",
        Language::Pt => "Não receber mais e-mails deste tipo",
    }
}

/// Somebody wants no more mails of a kind; the other ways stay as they are.
pub async fn stop(store: &Store, contact: &ContactId, kind: Kind) -> Result<()> {
    let contact = contacts::load(store.db(), contact).await?.id;
    let said = said(store.db(), &contact).await?;
    let now = said.iter().find(|(of, _)| *of == kind).map(|(_, ways)| *ways);
    let ways = Ways {
        mail: false,
        ..now.unwrap_or(Ways::USUAL)
    };
    let mut tx = store.begin().await?;
    let actor = Actor::Contact(contact.clone());
    choose_in(&mut tx, &actor, &contact, &[(kind, Some(ways))]).await?;
    tx.commit_silently().await
}
