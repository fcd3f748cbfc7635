//! What is kept for a time only, and goes when that is over. Everything that a customer or an agent
//! said stays; this is about what led to nothing.
//!
//! Each function takes one part in one short transaction and returns how much went; it is called
//! until that is nothing.

use crate::db::{composed_sql, sql};
use crate::error::Result;
use crate::store::Store;
use crate::types::Millis;

const DAY: Millis = 24 * 60 * 60 * 1000;

/// A file that was uploaded and put into no message within this time is gone: its writer closed the
/// page, or thought better of it.
pub const UPLOADS_LAST: Millis = DAY;
/// Bytes that nothing names this long after they were stored last.
pub const BYTES_LAST: Millis = 2 * DAY;
/// Mails outside any conversation, after they left or failed. Their words are wiped at once.
pub const NOTICES_LAST: Millis = 30 * DAY;

/// How much one transaction takes.
const PART: i64 = 200;

/// Every column that names stored bytes, and whether an index finds them. A test compares it with the
/// schema: a table that is not here would lose what it names.
pub const NAMES_OF_BYTES: [(&str, &str, bool); 14] = [
    ("messages", "raw_sha256", true),
    ("attachments", "sha256", true),
    ("quarantine", "raw_sha256", true),
    ("sent_copies", "raw_sha256", false),
    ("notices", "file_sha256", false),
    ("document_files", "sha256", false),
    ("billing_imports", "sha256", false),
    ("business_pictures", "sha256", true),
    ("article_files", "sha256", true),
    ("contract_files", "sha256", true),
    ("machines", "photo_sha256", true),
    ("readings", "photo_sha256", true),
    ("visits", "report_sha256", true),
    ("equipment_imports", "sha256", false),
];

/// Forgets uploads that no message took.
pub async fn uploads(store: &Store) -> Result<u64> {
    forget(
        store,
        "DELETE FROM attachments WHERE id IN (SELECT id FROM attachments WHERE message_id IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2) AND message_id IS NULL",
        store.now() - UPLOADS_LAST,
    )
    .await
}

/// Forgets mails outside any conversation that left or failed long ago.
pub async fn notices(store: &Store) -> Result<u64> {
    forget(
        store,
        "DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE settled_at < $1 ORDER BY settled_at LIMIT $2)",
        store.now() - NOTICES_LAST,
    )
    .await
}

/// Takes a part of what is older than a moment, which stands at `$1` of the statement; how much it may be stands at `$2`.
/// Returns how many went.
pub async fn forget(store: &Store, statement: &'static str, before: Millis) -> Result<u64> {
    let mut tx = store.begin().await?;
    let gone = sql(statement).bind(before).bind(PART).run(&mut tx).await?;
    tx.commit_silently().await?;
    Ok(gone)
}

/// That no column names the bytes of row `b`. A table without an index is read once for a part, not
/// once for each row of it.
fn unnamed() -> String {
    NAMES_OF_BYTES
        .iter()
        .map(|(table, column, is_indexed)| {
            if *is_indexed {
                format!("NOT EXISTS (SELECT 1 FROM {table} n WHERE n.{column} = b.sha256)")
            } else {
                format!("b.sha256 NOT IN (SELECT {column} FROM {table} WHERE {column} IS NOT NULL)")
            }
        })
        .collect::<Vec<_>>()
        .join(" AND ")
}

/// Looks through the next part of the stored bytes for those that nothing names, and deletes them.
/// Returns how many rows it looked at; with 0 it has seen all that are old enough.
///
/// Bytes in rows go in one statement. For those in the object store the row is marked first, so that
/// whoever wants to store the same bytes at this moment is told to come again; then the object goes,
/// then the row.
pub async fn bytes(store: &Store) -> Result<usize> {
    finish_condemned(store).await?;
    let (checked,): (i64,) = sql("SELECT value FROM counters WHERE name = 'blobs_checked'")
        .one(store.db())
        .await?;
    let before = store.now() - BYTES_LAST;
    // The rows themselves are chosen by age alone: those of one millisecond are seen together.
    let ages: Vec<(i64,)> =
        sql("SELECT created_at FROM blobs WHERE created_at > $1 AND created_at < $2 ORDER BY created_at LIMIT $3")
            .bind(checked)
            .bind(before)
            .bind(PART)
            .all(store.db())
            .await?;
    let Some((last,)) = ages.last().copied() else {
        return Ok(0);
    };
    let unnamed = unnamed();
    let mut tx = store.begin().await?;
    let now = tx.now();
    let gone = composed_sql(format!(
        "DELETE FROM blobs AS b WHERE b.created_at > $1 AND b.created_at <= $2 AND b.data IS NOT NULL AND {unnamed}"
    ))
    .bind(checked)
    .bind(last)
    .run(&mut tx)
    .await?;
    let condemned = composed_sql(format!(
        "UPDATE blobs AS b SET condemned_at = $3 WHERE b.created_at > $1 AND b.created_at <= $2 AND b.data IS NULL AND {unnamed}"
    ))
    .bind(checked)
    .bind(last)
    .bind(now)
    .run(&mut tx)
    .await?;
    sql("UPDATE counters SET value = $1 WHERE name = 'blobs_checked'")
        .bind(last)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    crate::fault::point("cleanup.condemned");
    if condemned > 0 {
        finish_condemned(store).await?;
    }
    if gone + condemned > 0 {
        tracing::info!(
            rows = gone,
            objects = condemned,
            "stored bytes that nothing named are gone"
        );
    }
    Ok(ages.len())
}

/// Deletes the objects of marked rows, and then the rows: also those of a process that died in between.
async fn finish_condemned(store: &Store) -> Result<()> {
    let marked: Vec<(String,)> = sql("SELECT sha256 FROM blobs WHERE condemned_at IS NOT NULL")
        .all(store.db())
        .await?;
    for (sha256,) in marked {
        store.blobs().delete_object(&sha256).await?;
        let mut tx = store.begin().await?;
        sql("DELETE FROM blobs WHERE sha256 = $1 AND condemned_at IS NOT NULL")
            .bind(sha256)
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
    }
    Ok(())
}
