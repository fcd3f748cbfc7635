//! Putting a backup back, into an empty database and folder.

use std::path::Path;

use anyhow::{Context, Result, bail};
use conversation::Store;
use conversation::db::catalog::{self, Table};
use conversation::db::{Db, DbTx, sql};

use super::archive::{Entry, Reader};
use super::progress::Progress;
use super::{FORMAT, KEY, MANIFEST, Manifest, TOTALS, Total, Totals, line};

/// A backup that has been opened as far as its key, before anything is changed.
pub(crate) struct Opened {
    /// What it is.
    pub(crate) manifest: Manifest,
    /// The instance key in it.
    pub(crate) key: String,
    archive: Reader,
}

/// Opens a backup and reads what it is.
///
/// # Errors
/// When it is none, is damaged, is encrypted otherwise, or comes from a newer release.
pub(crate) async fn open(path: &Path, passphrase: Option<&str>) -> Result<Opened> {
    let mut archive = Reader::open(path, passphrase).await?;
    let manifest: Manifest = match archive.next().await? {
        Some(entry) if entry.name == MANIFEST => {
            serde_json::from_slice(&entry.bytes).context("the backup's manifest cannot be read")?
        }
        _ => bail!("{} is not a backup of Switchboard", path.display()),
    };
    if manifest.format != FORMAT || manifest.schema > catalog::newest_schema() {
        bail!(
            "this backup was written by the newer release {}; install that release (or a later one) and restore again",
            manifest.version
        );
    }
    let key = match archive.next().await? {
        Some(entry) if entry.name == KEY => String::from_utf8(entry.bytes).context("the backup's key is no text")?,
        _ => bail!("the backup has no instance key"),
    };
    Ok(Opened { manifest, key, archive })
}

/// Whether a database holds nothing that somebody would miss.
pub(crate) async fn is_empty(db: &Db) -> Result<bool> {
    let (count,): (i64,) = sql("SELECT (SELECT COUNT(*) FROM agents) + (SELECT COUNT(*) FROM inboxes) + (SELECT COUNT(*) FROM contacts) + (SELECT COUNT(*) FROM events)")
        .one(db)
        .await?;
    Ok(count == 0)
}

/// Fills `store`'s empty database and files in one transaction, checks every count and sum, and brings the
/// schema up to date. `store`'s schema must be the backup's.
///
/// # Errors
/// When the backup is damaged or does not fit; the database is as empty as before then.
pub(crate) async fn restore(store: &Store, mut backup: Opened, progress: &mut Progress) -> Result<Totals> {
    let mut tx = store.db().begin().await?;
    let references = tx.suspend_references().await?;
    let tables = catalog::tables(&mut tx).await?;
    for table in &tables {
        catalog::empty(&mut tx, table).await?;
    }
    let mut found = Totals::default();
    let mut wanted = None;
    while let Some(entry) = backup.archive.next().await? {
        if entry.name == TOTALS {
            wanted =
                Some(serde_json::from_slice::<Totals>(&entry.bytes).context("the backup's totals cannot be read")?);
        } else if let Some(sha256) = entry.name.strip_prefix("files/") {
            store.blobs().put_object(sha256, entry.bytes).await?;
            found.files += 1;
        } else if entry.name.starts_with("tables/") {
            restore_rows(&mut tx, &tables, &entry, &mut found, progress).await?;
        } else {
            bail!("the backup holds `{}`, which this release does not know", entry.name);
        }
    }
    let wanted = wanted.context("the backup is cut: its totals are missing")?;
    compare(&wanted, &found)?;
    tx.restore_references(&references)
        .await
        .context("the backup's rows do not fit together")?;
    tx.commit().await.context("the backup's rows do not fit together")?;
    store.db().migrate().await?;
    progress.finish();
    Ok(wanted)
}

async fn restore_rows(
    tx: &mut DbTx,
    tables: &[Table],
    entry: &Entry,
    found: &mut Totals,
    progress: &mut Progress,
) -> Result<()> {
    let name = entry.name.split('/').nth(1).unwrap_or_default();
    let text = std::str::from_utf8(&entry.bytes).with_context(|| format!("{} is no text", entry.name))?;
    let mut lines = text.lines();
    let names: Vec<String> = serde_json::from_str(lines.next().unwrap_or_default())
        .with_context(|| format!("{} does not name its columns", entry.name))?;
    let table = tables
        .iter()
        .find(|table| table.name == name)
        .and_then(|table| in_order(table, &names))
        .with_context(|| format!("{} does not fit the schema of this release", entry.name))?;
    let total = found.tables.entry(name.to_owned()).or_default();
    let mut rows = Vec::new();
    for row in lines {
        total.add(row);
        rows.push(line::decode(row, &table)?);
    }
    let count = rows.len() as u64;
    catalog::insert(&mut *tx, &table, rows)
        .await
        .with_context(|| format!("{} cannot be written", entry.name))?;
    progress.add(count);
    Ok(())
}

/// The table with its columns as the archive names them.
fn in_order(table: &Table, names: &[String]) -> Option<Table> {
    if names.len() != table.columns.len() {
        return None;
    }
    let columns = names
        .iter()
        .map(|name| table.columns.iter().find(|column| column.name == *name).cloned())
        .collect::<Option<_>>()?;
    Some(Table {
        columns,
        ..table.clone()
    })
}

/// That what was found is what was promised.
pub(super) fn compare(wanted: &Totals, found: &Totals) -> Result<()> {
    let names = wanted.tables.keys().chain(found.tables.keys());
    for name in names {
        let of = |totals: &Totals| totals.tables.get(name).copied().unwrap_or_default();
        let (wanted, found): (Total, Total) = (of(wanted), of(found));
        if wanted != found {
            bail!(
                "{name}: {} rows were expected and {} found{}",
                wanted.rows,
                found.rows,
                if wanted.rows == found.rows {
                    ", with other contents"
                } else {
                    ""
                }
            );
        }
    }
    if wanted.files != found.files {
        bail!("{} files were expected and {} found", wanted.files, found.files);
    }
    Ok(())
}
