//! Files: uploaded first, taken by a message later.

use crate::conversations::Attachment;
use crate::db::{On, Value, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::inbound::BlobRef;
use crate::keys::Keys;
use crate::store::{Store, Tx};
use crate::types::{Actor, AttachmentId, ConversationId, InboxId, MessageId, Millis};

pub(crate) const INSERT: &str = "INSERT INTO attachments (id, message_id, uploaded_by, name, media_type, size, sha256, is_inline, content_id, source, fetch_attempts, fetch_at, created_at) VALUES";
const ATTACHMENT: &str =
    "id, message_id, name, media_type, size, sha256, is_inline, content_id, source, fetch_error, duration";

pub(crate) fn row(file: &Attachment, uploaded_by: Option<String>, now: Millis) -> Vec<Value> {
    vec![
        (&file.id).into(),
        file.message_id.as_ref().into(),
        uploaded_by.into(),
        file.name.as_str().into(),
        file.media_type.as_str().into(),
        file.size.into(),
        file.sha256.as_str().into(),
        file.is_inline.into(),
        file.content_id.clone().into(),
        file.source.clone().into(),
        0i64.into(),
        file.source.is_some().then_some(now).into(),
        now.into(),
    ]
}

fn owner(actor: &Actor) -> String {
    format!("{}:{}", actor.kind(), actor.id())
}

/// Records an uploaded file whose bytes are stored; only its uploader can put it into a message.
pub async fn upload(store: &Store, actor: &Actor, name: &str, media_type: &str, blob: &BlobRef) -> Result<Attachment> {
    let file = Attachment {
        id: AttachmentId::from(store.env().ulid()),
        message_id: None,
        name: name.chars().filter(|c| !c.is_control()).take(200).collect(),
        media_type: media_type.to_owned(),
        size: blob.size,
        sha256: blob.sha256.clone(),
        is_inline: false,
        content_id: None,
        source: None,
        fetch_error: None,
        duration: None,
    };
    let mut tx = store.begin().await?;
    crate::db::insert_rows(&mut tx, INSERT, "", vec![row(&file, Some(owner(actor)), store.now())]).await?;
    tx.commit_silently().await?;
    Ok(file)
}

/// Uploaded files that this actor has not put into a message yet.
///
/// # Errors
/// [`Error::Invalid`] when one is not there: unknown, somebody else's, or used.
pub async fn pending(on: impl On, actor: &Actor, ids: &[AttachmentId]) -> Result<Vec<Attachment>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {ATTACHMENT} FROM attachments WHERE message_id IS NULL AND id IN {} AND uploaded_by = ${}",
        placeholders(1, ids.len(), 0),
        ids.len() + 1
    );
    let found: Vec<Attachment> = composed_sql(text).bind_all(ids).bind(owner(actor)).all(on).await?;
    if found.len() == ids.len() {
        Ok(found)
    } else {
        Err(gone())
    }
}

fn gone() -> Error {
    Error::Invalid("an attachment is no longer there; upload it again".to_owned())
}

/// Puts uploaded files into a message.
pub(crate) async fn take(tx: &mut Tx, actor: &Actor, ids: &[AttachmentId], message: &MessageId) -> Result<()> {
    pending(&mut *tx, actor, ids).await?;
    for id in ids {
        let taken = sql("UPDATE attachments SET message_id = $2 WHERE id = $1 AND message_id IS NULL")
            .bind(id)
            .bind(message)
            .run(&mut *tx)
            .await?;
        // Another message was quicker.
        if taken == 0 {
            return Err(gone());
        }
    }
    Ok(())
}

/// Takes the files of a message that is taken back out of it, for `actor` to use again.
pub(crate) async fn give_back(tx: &mut Tx, actor: &Actor, message: &MessageId) -> Result<Vec<Attachment>> {
    let mut files: Vec<Attachment> = composed_sql(format!(
        "UPDATE attachments SET message_id = NULL, uploaded_by = $2 WHERE message_id = $1 RETURNING {ATTACHMENT}"
    ))
    .bind(message)
    .bind(owner(actor))
    .all(tx)
    .await?;
    files.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(files)
}

/// The files of several messages.
pub async fn of_messages(on: impl On, messages: &[MessageId]) -> Result<Vec<Attachment>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {ATTACHMENT} FROM attachments WHERE message_id IN {} ORDER BY id",
        placeholders(1, messages.len(), 0)
    );
    composed_sql(text).bind_all(messages).all(on).await
}

/// One file by id; callers outside the core use `access`.
pub(crate) async fn load(on: impl On, id: &AttachmentId) -> Result<Attachment> {
    composed_sql(format!("SELECT {ATTACHMENT} FROM attachments WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// What signs a link to a file.
const LINKED: &str = "file";

/// The path of a file for whoever has it, good until a time.
pub fn link(keys: &Keys, id: &AttachmentId, until: Millis) -> String {
    format!("/f/{}", keys.sign(LINKED, &format!("{id}.{until}")))
}

/// The file of what [`link`] signed, and until when the link is good; `None` where nobody here signed it.
pub fn linked(keys: &Keys, signed: &str) -> Option<(AttachmentId, Millis)> {
    let text = keys.check(LINKED, signed)?;
    let (id, until) = text.rsplit_once('.')?;
    Some((AttachmentId::from(id), until.parse().ok()?))
}

/// A file that is still with its channel.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Fetch {
    /// The file.
    pub id: AttachmentId,
    /// Its message.
    pub message_id: MessageId,
    /// The message's conversation.
    pub conversation_id: ConversationId,
    /// The account that can fetch it.
    pub inbox_id: InboxId,
    /// Where; the channel's own JSON.
    pub source: String,
    /// How often it was tried.
    pub fetch_attempts: i64,
}

/// A file that its channel gave.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The stored bytes.
    pub blob: BlobRef,
    /// The media type.
    pub media_type: String,
    /// How long a recording plays.
    pub duration: Option<Millis>,
}

/// Records how long an uploaded recording plays.
pub async fn set_duration(store: &Store, id: &AttachmentId, duration: Millis) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("UPDATE attachments SET duration = $2 WHERE id = $1")
        .bind(id)
        .bind(duration)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// After this many attempts a file is given up; the message says so.
const MOST_FETCHES: i64 = 12;

/// Files to fetch now; each is leased by moving its next attempt ahead.
pub async fn lease_fetches(store: &Store, most: i64) -> Result<Vec<Fetch>> {
    let now = store.now();
    // Every commit wakes the fetcher; most of them bring no file, and a look disturbs no writer.
    let due: Option<(AttachmentId,)> = sql(
        "SELECT id FROM attachments WHERE fetch_at IS NOT NULL AND fetch_at <= $1 AND message_id IS NOT NULL LIMIT 1",
    )
    .bind(now)
    .optional(store.db())
    .await?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.begin().await?;
    let lock = tx.dialect().for_update_skip_locked();
    let due: Vec<(AttachmentId,)> = composed_sql(format!(
        "UPDATE attachments SET fetch_attempts = fetch_attempts + 1, fetch_at = $1 WHERE id IN (SELECT id FROM attachments WHERE fetch_at <= $2 AND message_id IS NOT NULL ORDER BY fetch_at LIMIT $3 {lock}) RETURNING id"
    ))
    .bind(now + 120_000)
    .bind(now)
    .bind(most)
    .all(&mut tx)
    .await?;
    let ids: Vec<AttachmentId> = due.into_iter().map(|(id,)| id).collect();
    let mut fetches = Vec::new();
    if !ids.is_empty() {
        fetches = composed_sql(format!(
            "SELECT a.id, a.message_id, m.conversation_id, m.inbox_id, a.source, a.fetch_attempts FROM attachments a JOIN messages m ON m.id = a.message_id WHERE a.id IN {} ORDER BY a.id",
            placeholders(1, ids.len(), 0)
        ))
        .bind_all(&ids)
        .all(&mut tx)
        .await?;
    }
    tx.commit_silently().await?;
    Ok(fetches)
}

/// Records a fetched file, or why it could not be fetched; `again` says that it may work later.
pub async fn settle_fetch(store: &Store, fetch: &Fetch, outcome: Result<Fetched, (String, bool)>) -> Result<()> {
    let mut tx = store.begin().await?;
    crate::conversations::lock(&mut tx, &fetch.conversation_id).await?;
    let now = tx.now();
    match outcome {
        Ok(Fetched {
            blob,
            media_type,
            duration,
        }) => {
            sql("UPDATE attachments SET sha256 = $2, size = $3, media_type = $4, duration = $5, source = NULL, fetch_at = NULL, fetch_error = NULL WHERE id = $1")
                .bind(&fetch.id)
                .bind(blob.sha256)
                .bind(blob.size)
                .bind(media_type)
                .bind(duration)
                .run(&mut tx)
                .await?;
        }
        Err((words, again)) => {
            let again = again && fetch.fetch_attempts < MOST_FETCHES;
            let pause = 5_000i64 << fetch.fetch_attempts.clamp(0, 9);
            sql("UPDATE attachments SET fetch_at = $2, fetch_error = $3 WHERE id = $1")
                .bind(&fetch.id)
                .bind(again.then_some(now + pause))
                .bind(words)
                .run(&mut tx)
                .await?;
        }
    }
    tx.emit(crate::store::event(
        crate::events::EventKind::MessageUpdated,
        &fetch.conversation_id,
        fetch.message_id.as_str(),
        &Actor::System,
        serde_json::json!({ "attachment": fetch.id }),
    ));
    tx.commit().await?;
    Ok(())
}
