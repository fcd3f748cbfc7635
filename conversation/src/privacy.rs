//! A person's data: what they agreed to, what they ask for, taking it along, erasing it. Erasing takes
//! words, names, addresses, files and original mails; what stays are numbers and times, which say nothing
//! of a person, and the books, which the law keeps.

use serde::Serialize;
use serde_json::json;

use crate::audit::{self, Place};
use crate::cleanup;
use crate::contacts;
use crate::conversations::{self, Conversation, Message};
use crate::db::{On, Value, composed_sql, insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::marketing::{self, MARKETING};
use crate::store::{Store, Tx, conversation_updated, event};
use crate::types::{Actor, ContactId, ConversationId, IdentityId, InboxId, MessageId, Millis};

/// What stands where words were.
pub const ERASED: &str = "[erased]";

/// What can be agreed to.
pub const CONSENTS: [&str; 4] = ["news", "whatsapp", MARKETING, "surveys"];

/// One time that somebody agreed or took it back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Consent {
    /// Its id.
    pub id: String,
    /// To what: one of [`CONSENTS`].
    pub kind: String,
    /// Whether they agreed.
    pub is_given: bool,
    /// Where: `portal`, `agent`, `api`, `whatsapp` (Meta told it), `message` (a word that they wrote).
    pub source: String,
    /// What they read when they did.
    pub words: String,
    /// From which network address.
    pub address: String,
    /// When.
    pub at: Millis,
}

/// What is kept of the words that somebody agreed to, in characters.
pub const LONGEST_WORDS: usize = 1_000;

/// Keeps that somebody agreed, or took it back; earlier answers stay.
///
/// # Errors
/// [`Error::Invalid`] for something that cannot be agreed to.
pub async fn consent_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    kind: &str,
    is_given: bool,
    source: &str,
    words: &str,
) -> Result<()> {
    if !CONSENTS.contains(&kind) {
        return Err(Error::Invalid(format!(
            "consent: `{kind}` is none; take one of {}",
            CONSENTS.join(", ")
        )));
    }
    let contact = contacts::load(&mut *tx, contact).await?;
    let said = Said {
        identity: None,
        inbox: None,
        source,
        words,
        at: None,
    };
    said_in(tx, actor, &contact.id, kind, is_given, said).await?;
    if kind == MARKETING {
        marketing::show(tx, actor, &contact, None, is_given, source).await?;
    }
    Ok(())
}

/// How an answer was given.
pub(crate) struct Said<'a> {
    /// By which of their addresses, where it counts for that one.
    pub(crate) identity: Option<IdentityId>,
    /// To which of our accounts, where it counts for that one.
    pub(crate) inbox: Option<InboxId>,
    /// Where, as [`Consent::source`].
    pub(crate) source: &'a str,
    /// What they read or wrote.
    pub(crate) words: &'a str,
    /// When, where it was not now.
    pub(crate) at: Option<Millis>,
}

/// Keeps an answer.
pub(crate) async fn said_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    kind: &str,
    is_given: bool,
    said: Said<'_>,
) -> Result<()> {
    let row: Vec<Value> = vec![
        tx.env().ulid().into(),
        contact.into(),
        kind.into(),
        is_given.into(),
        said.source.into(),
        said.words.chars().take(LONGEST_WORDS).collect::<String>().into(),
        serde_json::to_string(actor).unwrap_or_default().into(),
        Place::here().address.into(),
        said.at.unwrap_or_else(|| tx.now()).into(),
        said.identity.as_ref().into(),
        said.inbox.as_ref().into(),
    ];
    insert_rows(
        &mut *tx,
        "INSERT INTO consents (id, contact_id, kind, is_given, source, words, actor, address, at, identity_id, inbox_id) VALUES",
        "",
        vec![row],
    )
    .await?;
    let detail = json!({ "kind": kind, "is_given": is_given });
    audit::record(tx, actor, "contact.consent", contact.as_str(), &detail).await
}

/// Every answer of a contact, the newest first.
pub async fn consents(on: impl On, contact: &ContactId) -> Result<Vec<Consent>> {
    sql("SELECT id, kind, is_given, source, words, address, at FROM consents WHERE contact_id = $1 OR contact_id IN (SELECT id FROM contacts WHERE merged_into = $1) ORDER BY at DESC, id DESC LIMIT 1000")
        .bind(contact)
        .all(on)
        .await
}

/// Whether a contact agrees now. Who never answered did not.
pub async fn agrees(on: impl On, contact: &ContactId, kind: &str) -> Result<bool> {
    let all = consents(on, contact).await?;
    Ok(all.iter().find(|one| one.kind == kind).is_some_and(|one| one.is_given))
}

/// What somebody asked about their data.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// Whose data.
    pub contact_id: ContactId,
    /// `export` or `erase`.
    pub kind: String,
    /// `open`, `done`, `refused`.
    pub state: String,
    /// What was answered.
    pub note: String,
    /// When it was asked.
    pub at: Millis,
    /// When it was settled.
    pub settled_at: Option<Millis>,
}

const REQUEST: &str = "id, contact_id, kind, state, note, at, settled_at";

/// Asks for something; asking twice is asking once.
pub async fn ask(store: &Store, contact: &ContactId, kind: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let (open,): (i64,) =
        sql("SELECT COUNT(*) FROM privacy_requests WHERE contact_id = $1 AND kind = $2 AND state = 'open'")
            .bind(contact)
            .bind(kind)
            .one(&mut tx)
            .await?;
    if open == 0 {
        let id = tx.env().ulid();
        let now = tx.now();
        sql("INSERT INTO privacy_requests (id, contact_id, kind, state, note, at) VALUES ($1, $2, $3, 'open', '', $4)")
            .bind(&id)
            .bind(contact)
            .bind(kind)
            .bind(now)
            .run(&mut tx)
            .await?;
        let actor = Actor::Contact(contact.clone());
        audit::record(
            &mut tx,
            &actor,
            "contact.privacy_asked",
            contact.as_str(),
            &json!({ "kind": kind }),
        )
        .await?;
    }
    tx.commit_silently().await
}

/// How many conversations of somebody there are to erase.
pub async fn extent(on: impl On, contact: &ContactId) -> Result<i64> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM conversations WHERE contact_id = $1 AND merged_into IS NULL")
        .bind(contact)
        .one(on)
        .await?;
    Ok(count)
}

/// What waits for an answer, the oldest first.
pub async fn open_requests(on: impl On, most: i64) -> Result<Vec<Request>> {
    composed_sql(format!(
        "SELECT {REQUEST} FROM privacy_requests WHERE state = 'open' ORDER BY at, id LIMIT $1"
    ))
    .bind(most)
    .all(on)
    .await
}

/// What a contact asked, the newest first.
pub async fn requests_of(on: impl On, contact: &ContactId) -> Result<Vec<Request>> {
    composed_sql(format!(
        "SELECT {REQUEST} FROM privacy_requests WHERE contact_id = $1 ORDER BY id DESC LIMIT 100"
    ))
    .bind(contact)
    .all(on)
    .await
}

/// Settles a request.
///
/// # Errors
/// [`Error::NotFound`] when it is not open.
pub async fn settle(store: &Store, actor: &Actor, id: &str, state: &str, note: &str) -> Result<ContactId> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let row: Option<(ContactId,)> = sql("UPDATE privacy_requests SET state = $2, note = $3, settled_at = $4, settled_by = $5 WHERE id = $1 AND state = 'open' RETURNING contact_id")
        .bind(id)
        .bind(state)
        .bind(note.chars().take(500).collect::<String>())
        .bind(now)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .optional(&mut tx)
        .await?;
    let (contact,) = row.ok_or(Error::NotFound)?;
    let detail = json!({ "state": state });
    audit::record(&mut tx, actor, "contact.privacy_settled", contact.as_str(), &detail).await?;
    tx.commit_silently().await?;
    Ok(contact)
}

/// The contact and whoever became part of it.
pub(crate) async fn family(on: impl On, contact: &ContactId) -> Result<Vec<ContactId>> {
    let rows: Vec<(ContactId,)> = sql(
        "WITH RECURSIVE family (id) AS (SELECT $1 UNION SELECT c.id FROM contacts c JOIN family f ON c.merged_into = f.id) SELECT id FROM family",
    )
    .bind(contact)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The conversations of a contact, those that became part of others too, oldest first.
pub async fn conversations_of(on: impl On, contact: &ContactId) -> Result<Vec<ConversationId>> {
    let mut on = on;
    let mut found = Vec::new();
    for one in family(&mut on, contact).await? {
        let rows: Vec<(ConversationId,)> = sql("SELECT id FROM conversations WHERE contact_id = $1 ORDER BY id")
            .bind(&one)
            .all(&mut on)
            .await?;
        found.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// The messages of a conversation behind one, oldest first, for taking along. Notes are the business's.
pub async fn messages_of(on: impl On, conversation: &ConversationId, after: &str, most: i64) -> Result<Vec<Message>> {
    let mut on = on;
    let rows: Vec<(MessageId,)> =
        sql("SELECT id FROM messages WHERE conversation_id = $1 AND id > $2 AND kind IN ('inbound', 'outbound') ORDER BY id LIMIT $3")
            .bind(conversation)
            .bind(after)
            .bind(most)
            .all(&mut on)
            .await?;
    let mut found = Vec::with_capacity(rows.len());
    for (id,) in rows {
        found.push(conversations::load_message(&mut on, &id).await?);
    }
    Ok(found)
}

/// Takes the words of a conversation away: texts, subjects, files, original mails, addresses, and what the
/// bot made of it. Numbers, times and levels stay, so that reports do.
pub async fn erase_conversation(store: &Store, actor: &Actor, id: &ConversationId) -> Result<u64> {
    erase_if(store, actor, id, |_| true).await
}

/// As [`erase_conversation`] of what is spam, since a moment and with nothing said after it; what somebody took out of spam
/// a moment ago stays.
pub async fn erase_spam(store: &Store, actor: &Actor, id: &ConversationId, before: Millis) -> Result<u64> {
    let is_due =
        |held: &Conversation| held.spam_since.is_some_and(|since| since < before) && held.last_message_at < before;
    erase_if(store, actor, id, is_due).await
}

async fn erase_if(
    store: &Store,
    actor: &Actor,
    id: &ConversationId,
    is_due: impl Fn(&Conversation) -> bool,
) -> Result<u64> {
    let mut tx = store.begin().await?;
    let held = conversations::lock(&mut tx, id).await?;
    if !is_due(&held) {
        return Ok(0);
    }
    let messages: Vec<(MessageId,)> = sql("UPDATE messages SET text = $2, subject = NULL, body = NULL, html = NULL, cards = '[]', answer = NULL, extra = NULL, raw_sha256 = NULL WHERE conversation_id = $1 AND kind <> 'activity' RETURNING id")
        .bind(id)
        .bind(ERASED)
        .all(&mut tx)
        .await?;
    for statement in [
        "DELETE FROM attachments WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)",
        "DELETE FROM card_uses WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)",
        "DELETE FROM sent_copies WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)",
        "DELETE FROM participants WHERE conversation_id = $1",
        "DELETE FROM drafts WHERE conversation_id = $1",
        "DELETE FROM thread_ids WHERE conversation_id = $1",
        "DELETE FROM conversation_merges WHERE from_id = $1 OR into_id = $1",
        "UPDATE spam SET words = '' WHERE conversation_id = $1",
        "DELETE FROM bot_sessions WHERE conversation_id = $1",
        "DELETE FROM bot_decisions WHERE conversation_id = $1",
        "DELETE FROM learned_examples WHERE conversation_id = $1",
        "UPDATE article_feedback SET question = '' WHERE conversation_id = $1",
        "UPDATE notifications SET words = '' WHERE conversation_id = $1",
        "UPDATE deliveries SET recipient = '', extra = NULL WHERE conversation_id = $1 AND state NOT IN ('queued', 'unknown')",
        "DELETE FROM custom_values WHERE object_id = $1",
        "UPDATE surveys SET comment = NULL WHERE conversation_id = $1",
        "UPDATE diagnoses SET answers = '[]', state = CASE WHEN state = 'running' THEN 'stopped' ELSE state END WHERE conversation_id = $1",
        "UPDATE level_moves SET checks = '[]', reason = '' WHERE conversation_id = $1",
        "UPDATE ticket_history SET data = '{}' WHERE what IN ('subject', 'brief') AND ticket_id IN (SELECT id FROM tickets WHERE conversation_id = $1)",
        "DELETE FROM contact_notifications WHERE contact_id = (SELECT contact_id FROM conversations WHERE id = $1) AND subject IN (SELECT id FROM tickets WHERE conversation_id = $1)",
        "UPDATE conversations SET subject = NULL, preview = '', reply_identity = NULL, reply_address = NULL, version = version + 1 WHERE id = $1",
        "UPDATE tickets SET subject = '', brief = '', version = version + 1 WHERE conversation_id = $1",
    ] {
        sql(statement).bind(id).run(&mut tx).await?;
    }
    let count = messages.len() as u64;
    for (message,) in messages {
        tx.emit(event(
            EventKind::MessageUpdated,
            id,
            message.as_str(),
            actor,
            json!({ "action": "erased" }),
        ));
    }
    tx.emit(conversation_updated(&held.id, actor, json!({ "action": "erased" })));
    tx.commit().await?;
    Ok(count)
}

/// What an erasure took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Conversations.
    pub conversations: u64,
    /// Messages.
    pub messages: u64,
}

/// Erases a person: their conversations, names, addresses, doors and accesses. Their id stays, with nothing
/// behind it, so that what the books name still stands. What proves who they are and what billing knows
/// is for the caller, in `also`, within the last transaction.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] while something is on its way to them.
pub async fn erase(
    store: &Store,
    actor: &Actor,
    contact: &ContactId,
    also: impl AsyncFnOnce(&mut Tx, &[ContactId]) -> Result<()>,
) -> Result<Erased> {
    let contact = contacts::load(store.db(), contact).await?.id;
    let mut erased = Erased::default();
    for conversation in conversations_of(store.db(), &contact).await? {
        erased.messages += erase_conversation(store, actor, &conversation).await?;
        erased.conversations += 1;
    }
    let people = family(store.db(), &contact).await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    for one in &people {
        let addresses: Vec<(String,)> = sql("SELECT value FROM identities WHERE contact_id = $1")
            .bind(one)
            .all(&mut tx)
            .await?;
        for (address,) in addresses {
            for statement in [
                "DELETE FROM windows WHERE address = $1",
                "DELETE FROM bounced_addresses WHERE address = $1",
                "DELETE FROM visitor_pages WHERE visitor = $1",
                "DELETE FROM visitors WHERE visitor = $1",
                "DELETE FROM notices WHERE recipient = $1 AND state <> 'queued'",
            ] {
                sql(statement).bind(&address).run(&mut tx).await?;
            }
        }
        for statement in [
            "DELETE FROM identities WHERE contact_id = $1",
            "DELETE FROM claims WHERE contact_id = $1",
            "DELETE FROM memberships WHERE contact_id = $1",
            "DELETE FROM portal_links WHERE contact_id = $1",
            "DELETE FROM portal_sessions WHERE contact_id = $1",
            "DELETE FROM portal_accesses WHERE contact_id = $1",
            "DELETE FROM custom_values WHERE object_id = $1",
            "DELETE FROM contact_pushes WHERE subscription_id IN (SELECT id FROM contact_browsers WHERE contact_id = $1)",
            "DELETE FROM contact_browsers WHERE contact_id = $1",
            "DELETE FROM contact_notifications WHERE contact_id = $1",
            "DELETE FROM contact_choices WHERE contact_id = $1",
            "DELETE FROM colleague_notices WHERE contact_id = $1",
            "DELETE FROM colleague_notices WHERE colleague_id = $1",
            "DELETE FROM survey_turns WHERE contact_id = $1",
            "UPDATE contact_merges SET moved = '{}', reason = '' WHERE winner_id = $1 OR loser_id = $1",
            "UPDATE consents SET address = '' WHERE contact_id = $1",
            "UPDATE broadcast_recipients SET address = '' WHERE contact_id = $1",
        ] {
            sql(statement).bind(one).run(&mut tx).await?;
        }
        sql("UPDATE contacts SET name = '', language = NULL, company_id = NULL, tz = NULL, erased_at = $2, updated_at = $2 WHERE id = $1")
            .bind(one)
            .bind(now)
            .run(&mut tx)
            .await?;
    }
    also(&mut tx, &people).await?;
    audit::record(&mut tx, actor, "contact.erased", contact.as_str(), &json!(erased)).await?;
    tx.emit(NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: contact.to_string(),
        actor: actor.clone(),
        data: json!({ "action": "erased" }),
    });
    tx.commit().await?;
    Ok(erased)
}

/// Spam since before a moment, with nothing said after it, that still holds words, oldest first.
pub async fn old_spam(on: impl On, before: Millis, most: i64) -> Result<Vec<ConversationId>> {
    let rows: Vec<(ConversationId,)> = sql("SELECT c.id FROM spam s JOIN conversations c ON c.id = s.conversation_id WHERE c.spam_since < $1 AND c.last_message_at < $1
          AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.kind <> 'activity' AND m.text <> $2)
          ORDER BY c.spam_since, c.id LIMIT $3")
        .bind(before)
        .bind(ERASED)
        .bind(most)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Resolved conversations whose last message is older than a moment and that still hold words, oldest first; spam has days of
/// its own.
pub async fn old_conversations(on: impl On, before: Millis, most: i64) -> Result<Vec<ConversationId>> {
    let rows: Vec<(ConversationId,)> = sql("SELECT c.id FROM conversations c WHERE c.status = 'resolved' AND c.spam_since IS NULL AND c.merged_into IS NULL AND c.last_message_at < $1
          AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.kind <> 'activity' AND m.text <> $2)
          ORDER BY c.last_message_at LIMIT $3")
        .bind(before)
        .bind(ERASED)
        .bind(most)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many of them there are, counted no further than `most`.
pub async fn count_old_conversations(on: impl On, before: Millis, most: i64) -> Result<i64> {
    Ok(i64::try_from(old_conversations(on, before, most).await?.len()).unwrap_or(most))
}

/// Kinds that are forgotten by age, each with the statement that counts and the one that takes a part;
/// `$1` is the moment, `$2` how many.
const BY_AGE: [(&str, &str, &str); 4] = [
    (
        "notifications",
        "SELECT COUNT(*) FROM contact_notifications WHERE at < $1",
        "DELETE FROM contact_notifications WHERE id IN (SELECT id FROM contact_notifications WHERE at < $1 LIMIT $2)",
    ),
    (
        "originals",
        "SELECT COUNT(*) FROM messages WHERE raw_sha256 IS NOT NULL AND created_at < $1",
        "UPDATE messages SET raw_sha256 = NULL WHERE id IN (SELECT id FROM messages WHERE raw_sha256 IS NOT NULL AND created_at < $1 LIMIT $2)",
    ),
    (
        "accesses",
        "SELECT COUNT(*) FROM portal_accesses WHERE at < $1",
        "DELETE FROM portal_accesses WHERE id IN (SELECT id FROM portal_accesses WHERE at < $1 LIMIT $2)",
    ),
    (
        "quarantine",
        "SELECT COUNT(*) FROM quarantine WHERE settled_at IS NOT NULL AND at < $1",
        "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE settled_at IS NOT NULL AND at < $1 LIMIT $2)",
    ),
];

/// How many of a kind are older than a moment; none for a kind that is not forgotten this way.
pub async fn count_old(on: impl On, kind: &str, before: Millis) -> Result<Option<i64>> {
    let Some((_, count, _)) = BY_AGE.iter().find(|(name, ..)| *name == kind) else {
        return Ok(None);
    };
    let (found,): (i64,) = sql(count).bind(before).one(on).await?;
    Ok(Some(found))
}

/// Forgets a part of a kind; returns how many went.
pub async fn forget_old(store: &Store, kind: &str, before: Millis) -> Result<u64> {
    let Some((_, _, statement)) = BY_AGE.iter().find(|(name, ..)| *name == kind) else {
        return Ok(0);
    };
    cleanup::forget(store, statement, before).await
}
