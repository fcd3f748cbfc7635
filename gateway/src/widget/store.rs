//! Rows of the widget: visitors, and what the frame asks that pages do not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conversation::blocked;
use conversation::contacts;
use conversation::conversations::Conversation;
use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::env::hash_secret;
use conversation::ingest::REOPEN_WITHIN;
use conversation::types::{
    Actor, ContactId, ConversationId, IdentityKind, InboxId, Language, MessageId, Millis, Position,
};
use conversation::{Result, Store, Tx, access};
use tokio::sync::OnceCell;

/// A browser that was not seen for so long begins anew, in milliseconds.
const FORGOTTEN_AFTER: Millis = 180 * 24 * 60 * 60 * 1000;
/// An agent who was seen in the last minutes is there, in milliseconds.
const SEEN_WITHIN: Millis = 3 * 60 * 1000;

/// A browser that opened the widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visitor {
    /// The value of its identity.
    pub(super) visitor: String,
    /// The language of the frame.
    pub(super) language: Language,
    /// The user of the business's site that it was signed in as.
    pub(super) signed_as: Option<String>,
}

impl Visitor {
    /// Whose uploads these are until a message takes them: visitors have no contact before their
    /// first message.
    pub(super) fn uploader(&self) -> Actor {
        Actor::Contact(ContactId::from(self.visitor.as_str()))
    }
}

/// Makes a visitor; returns it and its token.
pub(super) async fn add_visitor(
    store: &Store,
    inbox: &InboxId,
    language: Language,
    page: (&str, &str),
) -> Result<(Visitor, String)> {
    let token = store.env().secret();
    let visitor = Visitor {
        visitor: store.env().ulid(),
        language,
        signed_as: None,
    };
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO visitors (token_hash, inbox_id, visitor, language, page_url, page_title, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)")
        .bind(hash_secret(&token))
        .bind(inbox)
        .bind(visitor.visitor.as_str())
        .bind(language)
        .bind(page.0)
        .bind(page.1)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok((visitor, token))
}

/// The visitor of a token, unless it was forgotten.
pub(super) async fn visitor(on: impl On, inbox: &InboxId, token: &str, now: Millis) -> Result<Option<Visitor>> {
    let row: Option<(String, Language, Option<String>)> = sql("SELECT visitor, language, signed_as FROM visitors WHERE token_hash = $1 AND inbox_id = $2 AND last_seen_at > $3")
        .bind(hash_secret(token))
        .bind(inbox)
        .bind(now - FORGOTTEN_AFTER)
        .optional(on)
        .await?;
    Ok(row.map(|(visitor, language, signed_as)| Visitor {
        visitor,
        language,
        signed_as,
    }))
}

/// Remembers where and when a visitor was seen.
pub(super) async fn touch(store: &Store, visitor: &Visitor, page: (&str, &str)) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE visitors SET language = $2, page_url = $3, page_title = $4, last_seen_at = $5 WHERE visitor = $1")
        .bind(visitor.visitor.as_str())
        .bind(visitor.language)
        .bind(page.0)
        .bind(page.1)
        .bind(now)
        .run(&mut tx)
        .await?;
    visit(&mut tx, &visitor.visitor, page, now).await?;
    tx.commit_silently().await
}

/// Remembers one more page that a visitor saw, by address and title.
pub(super) async fn saw(store: &Store, visitor: &Visitor, page: (&str, &str)) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    visit(&mut tx, &visitor.visitor, page, now).await?;
    tx.commit_silently().await
}

/// How many pages of a visitor are kept.
const PAGES_KEPT: i64 = 10;

/// Adds a page to those that a visitor saw, unless it is the last one again; the oldest go.
async fn visit(tx: &mut Tx, visitor: &str, page: (&str, &str), now: Millis) -> Result<()> {
    let (url, title) = page;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Ok(());
    }
    let last: Option<(String,)> = sql("SELECT url FROM visitor_pages WHERE visitor = $1 ORDER BY at DESC LIMIT 1")
        .bind(visitor)
        .optional(&mut *tx)
        .await?;
    if last.is_some_and(|(last,)| last == url) {
        return Ok(());
    }
    sql("INSERT INTO visitor_pages (visitor, at, url, title) VALUES ($1, $2, $3, $4) ON CONFLICT (visitor, at) DO UPDATE SET url = excluded.url, title = excluded.title")
        .bind(visitor)
        .bind(now)
        .bind(url)
        .bind(title)
        .run(&mut *tx)
        .await?;
    sql("DELETE FROM visitor_pages WHERE visitor = $1 AND at NOT IN (SELECT at FROM visitor_pages WHERE visitor = $1 ORDER BY at DESC LIMIT $2)")
        .bind(visitor)
        .bind(PAGES_KEPT)
        .run(tx)
        .await?;
    Ok(())
}

/// The last pages that a contact saw in their browsers: (address, title, when), the newest first.
pub(crate) async fn pages_of(on: impl On, contact: &ContactId, most: i64) -> Result<Vec<(String, String, Millis)>> {
    sql("SELECT p.url, p.title, p.at FROM identities i JOIN visitor_pages p ON p.visitor = i.value WHERE i.contact_id = $1 AND i.kind = 'visitor' ORDER BY p.at DESC LIMIT $2")
        .bind(contact)
        .bind(most)
        .all(on)
        .await
}

/// Remembers whom a visitor was signed in as.
pub(super) async fn sign_as_in(tx: &mut Tx, visitor: &Visitor, user: &str) -> Result<()> {
    sql("UPDATE visitors SET signed_as = $2 WHERE visitor = $1")
        .bind(visitor.visitor.as_str())
        .bind(user)
        .run(tx)
        .await?;
    Ok(())
}

/// The contact that a visitor is, once it is one.
pub(super) async fn contact(on: impl On, visitor: &Visitor) -> Result<Option<ContactId>> {
    let found = contacts::by_identity(on, IdentityKind::Visitor, &visitor.visitor).await?;
    Ok(found.map(|(contact, _)| contact.id))
}

/// The conversation that the contact's next chat message joins: the one the frame shows.
pub(super) async fn current(store: &Store, contact: &ContactId) -> Result<Option<Conversation>> {
    // Who is shut out goes on with what is spam, and is not told so; everybody else begins anew beside it.
    let is_blocked = !blocked::of_contact(store.db(), contact).await?.is_empty();
    let row: Option<(ConversationId,)> = sql("SELECT id FROM conversations WHERE merged_into IS NULL AND contact_id = $1 AND (CASE WHEN spam_since IS NULL THEN (status <> 'resolved' OR resolved_at > $2) ELSE ($3 AND last_message_at > $2) END)
            ORDER BY CASE WHEN spam_since IS NULL THEN 1 ELSE 0 END, last_message_at DESC, id DESC LIMIT 1")
        .bind(contact)
        .bind(store.now() - REOPEN_WITHIN)
        .bind(is_blocked)
        .optional(store.db())
        .await?;
    match row {
        Some((id,)) => {
            let actor = Actor::Contact(contact.clone());
            Ok(Some(access::conversation(store.db(), &actor, &id).await?))
        }
        None => Ok(None),
    }
}

/// A message that was filed under this external id.
pub(super) async fn filed(on: impl On, inbox: &InboxId, external_id: &str) -> Result<Option<MessageId>> {
    let row: Option<(MessageId,)> = sql("SELECT id FROM messages WHERE inbox_id = $1 AND external_id = $2")
        .bind(inbox)
        .bind(external_id)
        .optional(on)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Up to when agents have read a conversation.
pub(super) async fn read_until(on: impl On, conversation: &ConversationId) -> Result<Option<Millis>> {
    let (at,): (Option<Millis>,) = sql("SELECT MAX(e.at) FROM events e WHERE e.conversation_id = $1 AND e.position <= (SELECT MAX(r.position) FROM agent_reads r WHERE r.conversation_id = $1)")
        .bind(conversation)
        .one(on)
        .await?;
    Ok(at)
}

/// Whether an agent was seen lately.
pub(super) async fn is_online(on: impl On, now: Millis) -> Result<bool> {
    let row: Option<(String,)> =
        sql("SELECT agent_id FROM agent_sessions WHERE last_seen_at > $1 AND expires_at > $2 LIMIT 1")
            .bind(now - SEEN_WITHIN)
            .bind(now)
            .optional(on)
            .await?;
    Ok(row.is_some())
}

/// One event of a conversation, as a replay needs it.
pub(super) type Replayed = (Position, String, String, String);

/// What happened in a conversation after a position and up to another: position, kind, subject, data.
pub(super) async fn happened(
    on: impl On,
    conversation: &ConversationId,
    after: Position,
    up_to: Position,
    most: i64,
) -> Result<Vec<Replayed>> {
    sql("SELECT position, kind, subject_id, data FROM events WHERE conversation_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4")
        .bind(conversation)
        .bind(after)
        .bind(up_to)
        .bind(most)
        .all(on)
        .await
}

/// Whether a contact was merged, or a merge undone, after a position.
pub(super) async fn was_merged(on: impl On, contact: &ContactId, after: Position, up_to: Position) -> Result<bool> {
    let row: Option<(Position,)> = sql("SELECT position FROM events WHERE position > $1 AND position <= $2 AND kind = 'contact.merged' AND subject_id = $3 LIMIT 1")
        .bind(after)
        .bind(up_to)
        .bind(contact)
        .optional(on)
        .await?;
    Ok(row.is_some())
}

/// Which visitors a contact has, asked once for all open widgets: each of them looks at every
/// chat message that a contact it does not know writes.
#[derive(Default)]
pub(super) struct Owners(Mutex<Cache>);

#[derive(Default)]
struct Cache {
    known: HashMap<ContactId, Arc<OnceCell<Arc<[String]>>>>,
    cleared_at: Position,
}

/// How many contacts are remembered.
const MOST_OWNERS: usize = 2048;

impl Owners {
    /// The visitors of a contact.
    pub(super) async fn visitors(&self, store: &Store, contact: &ContactId) -> Result<Arc<[String]>> {
        let cell = {
            let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if cache.known.len() >= MOST_OWNERS && !cache.known.contains_key(contact) {
                cache.known.clear();
            }
            cache.known.entry(contact.clone()).or_default().clone()
        };
        cell.get_or_try_init(|| async {
            let identities = contacts::identities(store.db(), contact).await?;
            Ok(identities
                .into_iter()
                .filter(|identity| identity.kind == IdentityKind::Visitor)
                .map(|identity| identity.value)
                .collect())
        })
        .await
        .cloned()
    }

    /// Forgets everything, once for each position: identities have moved.
    pub(super) fn forget(&self, position: Position) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if position > cache.cleared_at {
            cache.cleared_at = position;
            cache.known.clear();
        }
    }
}

/// A browser that looked at a page and never wrote is forgotten after this long, in milliseconds.
const SILENT_FOR: Millis = 30 * 24 * 60 * 60 * 1000;
/// How much one transaction forgets.
const PART: i64 = 500;

/// Forgets visitors who never said anything, left no address and were signed in as nobody, a part at a
/// time; returns how many.
pub(super) async fn prune(store: &Store) -> Result<u64> {
    let before = store.now() - SILENT_FOR;
    // A look first: those who said something stay for good and are looked at each time, which must not hold up who writes.
    let silent: Vec<(String,)> = sql("SELECT v.token_hash FROM visitors v WHERE v.last_seen_at < $1 AND v.signed_as IS NULL AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.kind = 'visitor' AND i.value = v.visitor) LIMIT $2")
        .bind(before)
        .bind(PART)
        .all(store.db())
        .await?;
    if silent.is_empty() {
        return Ok(0);
    }
    let list = placeholders(1, silent.len(), 1);
    let mut tx = store.begin().await?;
    let gone = composed_sql(format!("DELETE FROM visitors WHERE token_hash IN {list} AND last_seen_at < $1 AND signed_as IS NULL AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.kind = 'visitor' AND i.value = visitors.visitor)"))
        .bind(before)
        .bind_all(silent.iter().map(|(token,)| token.as_str()))
        .run(&mut tx)
        .await?;
    if gone > 0 {
        sql("DELETE FROM visitor_pages WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM visitors v WHERE v.visitor = visitor_pages.visitor)")
            .bind(before)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await?;
    Ok(gone)
}
