//! Files: uploaded first, taken by a message later.

use crate::conversations::Attachment;
use crate::db::{On, Value, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::inbound::BlobRef;
use crate::store::{Store, Tx};
use crate::types::{Actor, AttachmentId, MessageId, Millis};

pub(crate) const INSERT: &str = "INSERT INTO attachments (id, message_id, uploaded_by, name, media_type, size, sha256, is_inline, content_id, created_at) VALUES";
const ATTACHMENT: &str = "id, message_id, name, media_type, size, sha256, is_inline, content_id";

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
        Err(Error::Invalid(
            "an attachment is no longer there; upload it again".to_owned(),
        ))
    }
}

/// Puts uploaded files into a message.
pub(crate) async fn take(tx: &mut Tx, actor: &Actor, ids: &[AttachmentId], message: &MessageId) -> Result<()> {
    pending(&mut *tx, actor, ids).await?;
    for id in ids {
        sql("UPDATE attachments SET message_id = $2 WHERE id = $1 AND message_id IS NULL")
            .bind(id)
            .bind(message)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
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
