//! Who is shut out: senders as a channel knows them, or a whole mail domain.
//!
//! What they write is kept like everything that arrives, and goes to spam without a word to anybody. It is the way that is
//! blocked and not the person: who signs in to the portal, pays or answers by another way is who they always were.

mod domains;
mod toward;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use crate::activity::activity;
use crate::audit;
use crate::bridges;
use crate::contacts::{self, canonical_phone, is_phone, normal_email};
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::inbound::InboundMessage;
use crate::store::{Store, Tx, conversation_updated};
use crate::text_enum;
use crate::types::{Actor, Channel, ContactId, ConversationId, IdentityKind, Millis};

pub use domains::normal_domain;
pub(crate) use toward::heed;
pub use toward::{IfBlocked, names, toward};

/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 300;
/// The most that one look lists.
pub const MOST: i64 = 200;

text_enum! {
    /// What is blocked.
    Kind, "kind of blocked sender" {
        /// One mail address.
        Email = "email",
        /// Every address of a mail domain and of what is under it.
        Domain = "domain",
        /// A WhatsApp number, in digits, or user id.
        Whatsapp = "whatsapp",
        /// A browser in the chat.
        Visitor = "visitor",
        /// A user of another messenger, as [`crate::bridges`] holds them.
        Bridge = "bridge",
        /// A user of Instagram, by the id that they have for the business's account.
        Instagram = "instagram",
        /// A user of Messenger, by the id that they have for the business's page.
        Messenger = "messenger",
    }
}

/// A sender that is shut out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// Its id.
    pub id: String,
    /// What is blocked.
    pub kind: Kind,
    /// The address, domain, number or browser.
    pub value: String,
    /// Why, in somebody's words.
    pub reason: String,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Millis,
    /// How many messages came since.
    pub messages: i64,
    /// When the last of them came.
    pub last_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    kind: Kind,
    value: String,
    reason: String,
    actor: String,
    at: Millis,
    messages: i64,
    last_at: Option<Millis>,
}

const ROW: &str = "id, kind, value, reason, actor, at, messages, last_at";

impl TryFrom<Row> for Blocked {
    type Error = Error;
    fn try_from(row: Row) -> Result<Blocked> {
        Ok(Blocked {
            actor: crate::desk::from_json(&format!("blocked sender {}", row.id), &row.actor)?,
            id: row.id,
            kind: row.kind,
            value: row.value,
            reason: row.reason,
            at: row.at,
            messages: row.messages,
            last_at: row.last_at,
        })
    }
}

/// What a sender is known by, as it is looked up here.
pub type Key = (Kind, String);

/// By what an identity could be blocked: an address also by its domain and what that is under.
fn keys_of(kind: IdentityKind, value: &str) -> Vec<Key> {
    match kind {
        IdentityKind::Email => {
            let address = value.to_lowercase();
            let mut keys: Vec<Key> = domains::above(&address).map(|domain| (Kind::Domain, domain)).collect();
            keys.insert(0, (Kind::Email, address));
            keys
        }
        IdentityKind::Whatsapp | IdentityKind::Phone => {
            vec![(Kind::Whatsapp, value.trim_start_matches('+').to_owned())]
        }
        IdentityKind::Visitor => vec![(Kind::Visitor, value.to_owned())],
        IdentityKind::Bridge => vec![(Kind::Bridge, value.to_owned())],
        IdentityKind::Instagram => vec![(Kind::Instagram, value.to_owned())],
        IdentityKind::Messenger => vec![(Kind::Messenger, value.to_owned())],
        // Who signed in is known; it is not them who is shut out.
        IdentityKind::External | IdentityKind::Portal => Vec::new(),
    }
}

/// By what the sender of a message could be blocked.
pub(crate) fn keys(message: &InboundMessage) -> Vec<Key> {
    let signed_in = message.channel == Channel::Portal;
    message
        .from
        .identities
        .iter()
        // In the portal a proved identity is somebody who signed in; the public form proves none.
        .filter(|claim| !(signed_in && claim.verified))
        .flat_map(|claim| keys_of(claim.kind, &claim.value))
        .collect()
}

/// Which of these are blocked.
pub(crate) async fn among(on: impl On, keys: impl IntoIterator<Item = Key>) -> Result<Vec<(Key, String)>> {
    let mut on = on;
    let wanted: BTreeSet<Key> = keys.into_iter().collect();
    let wanted: Vec<Key> = wanted.into_iter().collect();
    let mut found = Vec::new();
    for part in crate::db::parts(&wanted) {
        let mut query = composed_sql(format!(
            "SELECT kind, value, id FROM blocked_senders WHERE (kind, value) IN (VALUES {})",
            placeholders(part.len(), 2, 0)
        ));
        for (kind, value) in &part {
            query = query.bind(kind.as_str()).bind(value.as_str());
        }
        let rows: Vec<(Kind, String, String)> = query.all(&mut on).await?;
        found.extend(rows.into_iter().map(|(kind, value, id)| ((kind, value), id)));
    }
    Ok(found)
}

/// Counts messages of blocked senders. In the order of the ids, so that two who count cannot wait for each other.
pub(crate) async fn count_in(tx: &mut Tx, ids: impl IntoIterator<Item = (String, i64)>) -> Result<()> {
    let now = tx.now();
    for (id, messages) in ids {
        sql("UPDATE blocked_senders SET messages = messages + $2, last_at = $3 WHERE id = $1")
            .bind(id)
            .bind(messages)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// By what the customer of a conversation can be blocked where it is: what their channel knows them by. Empty where there is
/// nothing to block, as in a call or in the portal of somebody who signed in.
///
/// # Errors
/// When the database cannot be reached.
pub async fn of_conversation(on: impl On, conversation: &Conversation) -> Result<Vec<Key>> {
    let identities = contacts::identities(on, &conversation.contact_id).await?;
    let address = conversation.reply_address.as_deref().unwrap_or_default().to_lowercase();
    let of = |kinds: &[IdentityKind]| -> Vec<&contacts::Identity> {
        identities.iter().filter(|one| kinds.contains(&one.kind)).collect()
    };
    let found: Vec<&contacts::Identity> = match conversation.channel {
        Channel::Email | Channel::Portal => {
            let is_signed_in = conversation.channel == Channel::Portal
                && identities.iter().any(|one| one.kind == IdentityKind::Portal);
            let mails = if is_signed_in {
                Vec::new()
            } else {
                of(&[IdentityKind::Email])
            };
            let written = mails
                .iter()
                .copied()
                .find(|one| one.value.eq_ignore_ascii_case(&address));
            written.or_else(|| mails.first().copied()).into_iter().collect()
        }
        // Number and user id are the same person there.
        Channel::Whatsapp => of(&[IdentityKind::Whatsapp, IdentityKind::Phone]),
        Channel::Webchat => of(&[IdentityKind::Visitor]),
        Channel::Bridge => of(&[IdentityKind::Bridge]),
        Channel::Instagram => of(&[IdentityKind::Instagram]),
        Channel::Messenger => of(&[IdentityKind::Messenger]),
        Channel::Phone => Vec::new(),
    };
    Ok(found
        .into_iter()
        .filter_map(|one| keys_of(one.kind, &one.value).into_iter().next())
        .collect())
}

/// What of a contact's is blocked, domains included.
///
/// # Errors
/// When the database cannot be reached.
pub async fn of_contact(on: impl On, contact: &ContactId) -> Result<Vec<Blocked>> {
    let mut on = on;
    let identities = contacts::identities(&mut on, contact).await?;
    let keys = identities.iter().flat_map(|one| keys_of(one.kind, &one.value));
    let ids: Vec<String> = among(&mut on, keys).await?.into_iter().map(|(_, id)| id).collect();
    let rows: Vec<Row> = crate::db::rows_in(
        &mut on,
        "SELECT id, kind, value, reason, actor, at, messages, last_at FROM blocked_senders WHERE id IN",
        ids.iter().map(String::as_str),
    )
    .await?;
    rows.into_iter().map(Blocked::try_from).collect()
}

/// The form in which something typed is blocked: an address, a domain (`x.example` or `@x.example`), a number with its plus sign.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub fn read(text: &str) -> Result<Key> {
    let text = text.trim();
    if let Some(domain) = text
        .strip_prefix('@')
        .or_else(|| (!text.contains('@') && text.contains('.')).then_some(text))
        && domain.contains(char::is_alphabetic)
    {
        return Ok((Kind::Domain, normal_domain(domain)?));
    }
    if text.contains('@') {
        return Ok((Kind::Email, normal_email(text)?));
    }
    let digits: String = text.chars().filter(|c| !" +-().".contains(*c)).collect();
    if is_phone(&digits) {
        return Ok((Kind::Whatsapp, canonical_phone(&digits)));
    }
    Err(Error::Invalid(
        "that is no e-mail address, domain or telephone number".to_owned(),
    ))
}

/// Refuses what would shut out the business itself, or half the world.
///
/// # Errors
/// [`Error::Invalid`] says which of them it is.
pub async fn may_block(on: impl On, (kind, value): &Key) -> Result<()> {
    let mut on = on;
    let domain = match kind {
        Kind::Domain => value.as_str(),
        Kind::Email => value.rsplit_once('@').map_or("", |(_, domain)| domain),
        Kind::Whatsapp | Kind::Visitor | Kind::Bridge | Kind::Instagram | Kind::Messenger => return Ok(()),
    };
    if *kind == Kind::Domain && domains::is_shared(domain) {
        return Err(Error::Invalid(
            "everybody has an address at this domain; block the one address instead".to_owned(),
        ));
    }
    let ours: Vec<(String,)> =
        sql("SELECT address FROM inboxes WHERE channel = 'email' UNION SELECT email FROM agents")
            .all(&mut on)
            .await?;
    let is_ours = ours.iter().any(|(address,)| {
        let address = address.to_lowercase();
        match kind {
            Kind::Domain => domains::above(&address).any(|one| one == *value),
            _ => address == *value,
        }
    });
    if is_ours {
        return Err(Error::Invalid("that is the business's own address".to_owned()));
    }
    Ok(())
}

/// Shuts senders out; who is so already stays as they are. Returns what is blocked now and was not.
///
/// # Errors
/// [`Error::Invalid`] for the business's own, for a domain at which everybody has an address, for a reason that is too long.
pub async fn block_in(tx: &mut Tx, actor: &Actor, keys: &[Key], reason: &str) -> Result<Vec<Key>> {
    let reason = reason.trim();
    if reason.chars().count() > LONGEST_REASON {
        return Err(Error::Invalid(format!(
            "the reason has more than {LONGEST_REASON} characters"
        )));
    }
    let now = tx.now();
    let mut done = Vec::new();
    for key in keys {
        may_block(&mut *tx, key).await?;
        let id = tx.env().ulid();
        let new = sql("INSERT INTO blocked_senders (id, kind, value, reason, actor, at, messages) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (kind, value) DO NOTHING")
            .bind(id.as_str())
            .bind(key.0.as_str())
            .bind(key.1.as_str())
            .bind(reason)
            .bind(serde_json::to_string(actor).unwrap_or_default())
            .bind(now)
            .run(&mut *tx)
            .await?;
        if new == 1 {
            let what = json!({ "kind": key.0, "value": key.1, "reason": reason });
            audit::record(tx, actor, "sender.blocked", &id, &what).await?;
            done.push(key.clone());
        }
    }
    Ok(done)
}

/// As [`block_in`], of what was typed.
///
/// # Errors
/// As [`block_in`].
pub async fn block(store: &Store, actor: &Actor, key: Key, reason: &str) -> Result<Option<Blocked>> {
    let mut tx = store.begin().await?;
    let done = block_in(&mut tx, actor, std::slice::from_ref(&key), reason).await?;
    if done.is_empty() {
        return Ok(None);
    }
    let (_, id) = among(&mut tx, [key]).await?.into_iter().next().ok_or(Error::NotFound)?;
    let blocked = load(&mut tx, &id).await?;
    tx.commit_silently().await?;
    Ok(Some(blocked))
}

/// Shuts out the customer of a conversation where they are, or the whole domain of their address; a line there says so.
/// Returns whether anybody was let in until now.
///
/// # Errors
/// As [`block_in`]; [`Error::Invalid`] where there is nobody to block.
pub async fn block_here(
    store: &Store,
    actor: &Actor,
    id: &ConversationId,
    is_domain: bool,
    reason: &str,
) -> Result<bool> {
    let mut tx = store.begin().await?;
    let has_changed = block_here_in(&mut tx, actor, id, is_domain, reason).await?;
    if has_changed {
        tx.commit().await?;
    }
    Ok(has_changed)
}

/// As [`block_here`], as part of a transaction of the caller's.
///
/// # Errors
/// As [`block_here`].
pub async fn block_here_in(
    tx: &mut Tx,
    actor: &Actor,
    id: &ConversationId,
    is_domain: bool,
    reason: &str,
) -> Result<bool> {
    let conversation = conversations::lock_current(tx, id).await?;
    let mut keys = of_conversation(&mut *tx, &conversation).await?;
    if is_domain {
        keys.retain(|(kind, _)| *kind == Kind::Email);
        for key in &mut keys {
            let domain = key.1.rsplit_once('@').map_or("", |(_, domain)| domain);
            *key = (Kind::Domain, normal_domain(domain)?);
        }
    }
    if keys.is_empty() {
        return Err(Error::Invalid(
            "there is no sender here who could be blocked".to_owned(),
        ));
    }
    let done = block_in(tx, actor, &keys, reason).await?;
    if done.is_empty() {
        return Ok(false);
    }
    say_in(
        tx,
        actor,
        conversation,
        json!({ "action": "sender_blocked", "domain": is_domain }),
    )
    .await?;
    Ok(true)
}

/// Lets the customer of a conversation in again, by every way that they are known by; a line there says so.
///
/// # Errors
/// [`Error::NotFound`] where the conversation is gone.
pub async fn unblock_here(store: &Store, actor: &Actor, id: &ConversationId) -> Result<bool> {
    let mut tx = store.begin().await?;
    let conversation = conversations::lock_current(&mut tx, id).await?;
    let blocked = of_contact(&mut tx, &conversation.contact_id).await?;
    let mut has_gone = false;
    for one in blocked {
        has_gone |= remove_in(&mut tx, actor, &one.id).await?;
    }
    if !has_gone {
        return Ok(false);
    }
    say_in(&mut tx, actor, conversation, json!({ "action": "sender_unblocked" })).await?;
    tx.commit().await?;
    Ok(true)
}

/// A line in the conversation that says who was blocked, or is no longer.
async fn say_in(tx: &mut Tx, actor: &Actor, mut conversation: Conversation, what: serde_json::Value) -> Result<()> {
    activity(tx, &conversation, actor, what.clone()).await?;
    conversation.message_count += 1;
    conversations::save(tx, &mut conversation).await?;
    tx.emit(conversation_updated(&conversation.id, actor, what));
    Ok(())
}

/// As people write it.
pub fn shown((kind, value): &Key) -> String {
    match kind {
        Kind::Domain => format!("@{value}"),
        Kind::Whatsapp if is_phone(value) => format!("+{value}"),
        Kind::Bridge | Kind::Instagram | Kind::Messenger => bridges::user_of_any(value).to_owned(),
        Kind::Email | Kind::Whatsapp | Kind::Visitor => value.clone(),
    }
}

async fn remove_in(tx: &mut Tx, actor: &Actor, id: &str) -> Result<bool> {
    let gone: Option<(Kind, String)> = sql("DELETE FROM blocked_senders WHERE id = $1 RETURNING kind, value")
        .bind(id)
        .optional(&mut *tx)
        .await?;
    let Some((kind, value)) = gone else { return Ok(false) };
    let what = json!({ "kind": kind, "value": value });
    audit::record(tx, actor, "sender.unblocked", id, &what).await?;
    Ok(true)
}

/// Lets somebody in again: the next message comes as any other. What came stays where it is.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn unblock(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    if !remove_in(&mut tx, actor, id).await? {
        return Err(Error::NotFound);
    }
    tx.commit_silently().await
}

/// The blocked senders whose value or reason holds a text, the last first; `before` is the id of the last of the page before.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list(on: impl On, text: &str, before: Option<&str>, most: i64) -> Result<Vec<Blocked>> {
    let like = format!(
        "%{}%",
        text.trim()
            .to_lowercase()
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_")
    );
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {ROW} FROM blocked_senders WHERE id < $1 AND (LOWER(value) LIKE $2 ESCAPE '\\' OR LOWER(reason) LIKE $2 ESCAPE '\\') ORDER BY id DESC LIMIT $3"
    ))
    // Above every id, whatever the database sorts by.
    .bind(before.unwrap_or("8"))
    .bind(like)
    .bind(most.clamp(1, MOST))
    .all(on)
    .await?;
    rows.into_iter().map(Blocked::try_from).collect()
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Blocked> {
    let row: Option<Row> = composed_sql(format!("SELECT {ROW} FROM blocked_senders WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}
