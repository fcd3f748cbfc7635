//! The files of documents.

use conversation::db::{On, composed_sql, sql};
use conversation::inbound::BlobRef;
use conversation::types::Actor;
use conversation::{Error, Result, Tx};

use super::{changed, lock};
use crate::ids::DocumentId;

/// A file of a document.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DocumentFile {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub document_id: DocumentId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its bytes.
    pub sha256: String,
}

const FILE: &str = "id, document_id, name, media_type, size, sha256";

/// The files of a document.
pub async fn files(on: impl On, id: &DocumentId) -> Result<Vec<DocumentFile>> {
    composed_sql(format!(
        "SELECT {FILE} FROM document_files WHERE document_id = $1 ORDER BY id"
    ))
    .bind(id.as_str())
    .all(on)
    .await
}

/// One file.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn file(on: impl On, id: &str) -> Result<DocumentFile> {
    composed_sql(format!("SELECT {FILE} FROM document_files WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// Adds a file whose bytes are stored.
///
/// # Errors
/// [`Error::NotFound`] when there is no such document.
pub async fn attach_in(
    tx: &mut Tx,
    actor: &Actor,
    id: &DocumentId,
    name: &str,
    media_type: &str,
    blob: &BlobRef,
) -> Result<()> {
    let document = lock(tx, id).await?;
    let file = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO document_files (id, document_id, name, media_type, size, sha256, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(file)
        .bind(id.as_str())
        .bind(name.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        .bind(media_type)
        .bind(blob.size)
        .bind(blob.sha256.as_str())
        .bind(now)
        .run(&mut *tx)
        .await?;
    changed(tx, actor, id, &document.customer_id, "file");
    Ok(())
}
