//! How far the reading of mailboxes is: folders, imports, and what an audit found.

use std::collections::HashSet;

use serde::Serialize;

use crate::db::{On, composed_sql, insert_rows, placeholders, sql};
use crate::error::Result;
use crate::inbound::Cursor;
use crate::inboxes;
use crate::store::Store;
use crate::types::{InboxId, Millis};

/// One folder that is read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Folder {
    /// Its name.
    pub folder: String,
    /// The numbering that its cursor counts in.
    pub uid_validity: i64,
    /// What reached the server before is left alone; 0 reads everything.
    pub since: Millis,
    /// How many mails the import began with.
    pub total: i64,
    /// How many of them are done.
    pub done: i64,
    /// When the import began.
    pub started_at: Millis,
    /// When it last went on.
    pub updated_at: Millis,
    /// When everything that was there was read.
    pub finished_at: Option<Millis>,
    /// Why this folder cannot be read.
    pub trouble: Option<String>,
    /// When the server was last compared with the store.
    pub audited_at: Option<Millis>,
    /// How many mails the server had then.
    pub audit_total: Option<i64>,
    /// How many of them were not filed.
    pub audit_unfiled: Option<i64>,
    /// Why the comparison could not be made.
    pub audit_error: Option<String>,
    /// Whether it is the folder for sent mail: what lies there was written by us.
    pub is_sent: bool,
}

const FOLDER: &str = "folder, uid_validity, since, total, done, started_at, updated_at, finished_at, trouble, audited_at, audit_total, audit_unfiled, audit_error, is_sent";

/// A mail that the server has and the store has not.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Unfiled {
    /// The folder.
    pub folder: String,
    /// The numbering of its UID.
    pub uid_validity: i64,
    /// Its UID.
    pub uid: i64,
    /// Its Message-ID, where it has one.
    pub message_id: Option<String>,
    /// Its From.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Its size in bytes.
    pub size: i64,
    /// When it reached the server.
    pub arrived_at: Option<Millis>,
}

/// How often [`looked`] writes, in milliseconds: often enough for an alert, seldom enough to cost nothing.
const LOOK_EVERY: Millis = 30_000;

/// Notes that a mailbox was read to its end now.
pub async fn looked(store: &Store, inbox: &InboxId) -> Result<()> {
    let known: Option<(i64,)> = sql("SELECT at FROM mailbox_looks WHERE inbox_id = $1")
        .bind(inbox)
        .optional(store.db())
        .await?;
    let now = store.now();
    if known.is_some_and(|(at,)| (0..LOOK_EVERY).contains(&(now - at))) {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    sql("INSERT INTO mailbox_looks (inbox_id, at) VALUES ($1, $2) ON CONFLICT (inbox_id) DO UPDATE SET at = excluded.at")
        .bind(inbox)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// The folders of an inbox, by name.
pub async fn folders(on: impl On, inbox: &InboxId) -> Result<Vec<Folder>> {
    composed_sql(format!(
        "SELECT {FOLDER} FROM mailbox_folders WHERE inbox_id = $1 ORDER BY folder"
    ))
    .bind(inbox)
    .all(on)
    .await
}

/// One folder.
pub async fn folder(on: impl On, inbox: &InboxId, name: &str) -> Result<Option<Folder>> {
    composed_sql(format!(
        "SELECT {FOLDER} FROM mailbox_folders WHERE inbox_id = $1 AND folder = $2"
    ))
    .bind(inbox)
    .bind(name)
    .optional(on)
    .await
}

/// Begins (or begins anew) to read a folder above a cursor, of which `total` mails are known. The
/// cursor is set in the same commit, so that a start that is cut off decides nothing twice.
pub async fn attach(
    store: &Store,
    inbox: &InboxId,
    cursor: &Cursor,
    since: Millis,
    total: i64,
    is_sent: bool,
) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    inboxes::move_cursor_in(&mut tx, inbox, cursor).await?;
    sql("INSERT INTO mailbox_folders (inbox_id, folder, uid_validity, since, total, done, started_at, updated_at, is_sent) VALUES ($1, $2, $3, $4, $5, 0, $6, $6, $7)
         ON CONFLICT (inbox_id, folder) DO UPDATE SET is_sent = excluded.is_sent, uid_validity = excluded.uid_validity, since = excluded.since, total = excluded.total, done = 0, started_at = excluded.started_at, updated_at = excluded.updated_at, finished_at = NULL, trouble = NULL")
        .bind(inbox)
        .bind(cursor.folder.as_str())
        .bind(cursor.uid_validity)
        .bind(since)
        .bind(total)
        .bind(now)
        .bind(is_sent)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Stops following the mailbox's folders for sent mail, but for one: followed again, they are followed from then on.
pub async fn forget_sent(store: &Store, inbox: &InboxId, but: Option<&str>) -> Result<()> {
    let followed = folders(store.db(), inbox).await?;
    let gone: Vec<&Folder> = followed
        .iter()
        .filter(|folder| folder.is_sent && Some(folder.folder.as_str()) != but)
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    for folder in gone {
        for statement in [
            "DELETE FROM inbox_cursors WHERE inbox_id = $1 AND folder = $2",
            "DELETE FROM mailbox_folders WHERE inbox_id = $1 AND folder = $2",
        ] {
            sql(statement)
                .bind(inbox)
                .bind(folder.folder.as_str())
                .run(&mut tx)
                .await?;
        }
    }
    tx.commit_silently().await
}

/// Records how many mails of an import are done, and whether it is at its end.
pub async fn progress(store: &Store, inbox: &InboxId, name: &str, done: i64, is_finished: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE mailbox_folders SET done = $3, updated_at = $4, finished_at = CASE WHEN $5 THEN COALESCE(finished_at, $4) ELSE finished_at END, trouble = NULL WHERE inbox_id = $1 AND folder = $2")
        .bind(inbox)
        .bind(name)
        .bind(done)
        .bind(now)
        .bind(is_finished)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Records why a folder cannot be read while the others can; `None` when it can. `is_sent` says which it is to be where it
/// never could be opened.
pub async fn set_trouble(
    store: &Store,
    inbox: &InboxId,
    name: &str,
    trouble: Option<&str>,
    is_sent: bool,
) -> Result<()> {
    let known = folder(store.db(), inbox, name).await?;
    if known.as_ref().is_some_and(|known| known.trouble.as_deref() == trouble) {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    // A folder that never could be opened stands here with its trouble only.
    sql("INSERT INTO mailbox_folders (inbox_id, folder, uid_validity, since, total, done, started_at, updated_at, trouble, is_sent) VALUES ($1, $2, 0, 0, 0, 0, $3, $3, $4, $5)
         ON CONFLICT (inbox_id, folder) DO UPDATE SET trouble = excluded.trouble")
        .bind(inbox)
        .bind(name)
        .bind(now)
        .bind(trouble)
        .bind(is_sent)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Which of these ids stand somewhere: as a message of this inbox, as a mail that another inbox
/// filed, as one that we sent, or in the quarantine.
pub async fn known(on: impl On, inbox: &InboxId, ids: &[String]) -> Result<HashSet<String>> {
    let mut on = on;
    let mut known = HashSet::new();
    for part in ids.chunks(200) {
        let list = placeholders(1, part.len(), 1);
        let found: Vec<(String,)> = composed_sql(format!(
            "SELECT external_id FROM messages WHERE inbox_id = $1 AND external_id IN {list}
             UNION SELECT mid FROM thread_ids WHERE is_held AND mid IN {list}
             UNION SELECT external_id FROM quarantine WHERE inbox_id = $1 AND external_id IN {list}"
        ))
        .bind(inbox)
        .bind_all(part.iter().map(String::as_str))
        .all(&mut on)
        .await?;
        known.extend(found.into_iter().map(|(id,)| id));
    }
    Ok(known)
}

/// Records what a comparison of a folder with the store found; it replaces what was found before.
pub async fn record_audit(
    store: &Store,
    inbox: &InboxId,
    name: &str,
    outcome: Result<(i64, Vec<Unfiled>), &str>,
) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let (total, count, error) = match &outcome {
        Ok((total, unfiled)) => (Some(*total), i64::try_from(unfiled.len()).ok(), None),
        Err(words) => (None, None, Some(*words)),
    };
    sql("UPDATE mailbox_folders SET audited_at = $3, audit_total = COALESCE($4, audit_total), audit_unfiled = COALESCE($5, audit_unfiled), audit_error = $6 WHERE inbox_id = $1 AND folder = $2")
        .bind(inbox)
        .bind(name)
        .bind(now)
        .bind(total)
        .bind(count)
        .bind(error)
        .run(&mut tx)
        .await?;
    if let Ok((_, unfiled)) = outcome {
        sql("DELETE FROM mailbox_unfiled WHERE inbox_id = $1 AND folder = $2")
            .bind(inbox)
            .bind(name)
            .run(&mut tx)
            .await?;
        let rows = unfiled
            .into_iter()
            .map(|mail| {
                vec![
                    inbox.into(),
                    mail.folder.into(),
                    mail.uid_validity.into(),
                    mail.uid.into(),
                    mail.message_id.into(),
                    mail.sender.into(),
                    mail.subject.into(),
                    mail.size.into(),
                    mail.arrived_at.into(),
                    now.into(),
                ]
            })
            .collect();
        insert_rows(&mut tx, "INSERT INTO mailbox_unfiled (inbox_id, folder, uid_validity, uid, message_id, sender, subject, size, arrived_at, found_at) VALUES", "", rows).await?;
    }
    tx.commit_silently().await
}

/// What the last audits found and nobody has filed since, at most `most`.
pub async fn unfiled(on: impl On, inbox: &InboxId, most: i64) -> Result<Vec<Unfiled>> {
    sql("SELECT folder, uid_validity, uid, message_id, sender, subject, size, arrived_at FROM mailbox_unfiled WHERE inbox_id = $1 ORDER BY folder, uid LIMIT $2")
        .bind(inbox)
        .bind(most)
        .all(on)
        .await
}

/// Takes a mail that is filed now off the list.
pub async fn settle_unfiled(store: &Store, inbox: &InboxId, mail: &Unfiled) -> Result<()> {
    let mut tx = store.begin().await?;
    let gone =
        sql("DELETE FROM mailbox_unfiled WHERE inbox_id = $1 AND folder = $2 AND uid_validity = $3 AND uid = $4")
            .bind(inbox)
            .bind(mail.folder.as_str())
            .bind(mail.uid_validity)
            .bind(mail.uid)
            .run(&mut tx)
            .await?;
    if gone > 0 {
        sql("UPDATE mailbox_folders SET audit_unfiled = audit_unfiled - 1 WHERE inbox_id = $1 AND folder = $2 AND audit_unfiled > 0")
            .bind(inbox)
            .bind(mail.folder.as_str())
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await
}
