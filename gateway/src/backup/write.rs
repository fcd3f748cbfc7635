//! Taking a backup, while everything runs.

use std::path::Path;

use anyhow::{Context, Result};
use conversation::Store;
use conversation::db::catalog::{self, Table};
use conversation::db::{DbTx, sql};

use super::archive::Writer;
use super::progress::Progress;
use super::{FORMAT, KEY, MANIFEST, Manifest, ROWS, TOTALS, Totals, line};

/// A backup that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// What it is.
    pub(crate) manifest: Manifest,
    /// What it holds.
    pub(crate) totals: Totals,
    /// Bytes of the file.
    pub(crate) size: u64,
}

/// Writes everything to the new file `path`. `key` is the instance key as text.
///
/// # Errors
/// When the database, a file or the disk refuses; no file is left behind then.
pub(crate) async fn write(
    store: &Store,
    key: &str,
    path: &Path,
    passphrase: Option<&str>,
    progress: &mut Progress,
) -> Result<Written> {
    let (mut picture, manifest, tables) = super::picture(store, progress, FORMAT, &[]).await?;
    let mut archive = Writer::create(path, passphrase, store.env(), manifest.at)?;
    archive.add(MANIFEST, serde_json::to_vec_pretty(&manifest)?).await?;
    archive.add(KEY, key.as_bytes().to_vec()).await?;
    let mut totals = Totals::default();
    for table in &tables {
        write_table(&mut picture, table, &mut archive, &mut totals, progress).await?;
    }
    write_files(store, &mut picture, &mut archive, &mut totals).await?;
    archive.add(TOTALS, serde_json::to_vec_pretty(&totals)?).await?;
    let size = archive.finish().await?;
    progress.finish();
    Ok(Written { manifest, totals, size })
}

async fn write_table(
    picture: &mut DbTx,
    table: &Table,
    archive: &mut Writer,
    totals: &mut Totals,
    progress: &mut Progress,
) -> Result<()> {
    let names: Vec<_> = table.columns.iter().map(|column| &column.name).collect();
    let head = serde_json::to_string(&names)?;
    let total = totals.tables.entry(table.name.clone()).or_default();
    let mut after = None;
    for number in 1.. {
        let rows = catalog::page(&mut *picture, table, after.as_deref(), ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = Some(table.key_of(last));
        let mut text = head.clone();
        for row in &rows {
            let line = line::encode(row);
            total.add(&line);
            text.push('\n');
            text.push_str(&line);
        }
        let count = rows.len();
        archive
            .add(format!("tables/{}/{number:06}.jsonl", table.name), text.into_bytes())
            .await?;
        progress.add(count as u64);
        if (count as i64) < ROWS {
            break;
        }
    }
    Ok(())
}

/// Bytes too large for a row. They are never changed, so they need no picture; one that was removed
/// since is named.
async fn write_files(store: &Store, picture: &mut DbTx, archive: &mut Writer, totals: &mut Totals) -> Result<()> {
    let mut after = String::new();
    loop {
        let names: Vec<(String,)> =
            sql("SELECT sha256 FROM blobs WHERE data IS NULL AND sha256 > $1 ORDER BY sha256 LIMIT 200")
                .bind(&after)
                .all(&mut *picture)
                .await?;
        let Some((last,)) = names.last() else { return Ok(()) };
        after.clone_from(last);
        for (sha256,) in names {
            match store.blobs().get(&sha256).await {
                Ok(bytes) => {
                    archive.add(format!("files/{sha256}"), bytes.to_vec()).await?;
                    totals.files += 1;
                }
                Err(conversation::Error::NotFound | conversation::Error::Corrupt { .. }) => totals.missing.push(sha256),
                Err(error) => return Err(error).with_context(|| format!("the file {sha256} cannot be read")),
            }
        }
    }
}
