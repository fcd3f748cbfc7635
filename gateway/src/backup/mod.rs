//! Everything in one file, and back: database, files and the instance key.
//!
//! A backup is a tar archive, gzipped, and encrypted when there is a passphrase. It is taken from one
//! unchanging picture of the database while the gateway runs, and is the same whichever database it
//! came from: what SQLite wrote, PostgreSQL reads. The search index is not in it; it is made again from the articles.
//!
//! ```text
//! manifest.json           what it is: format, release, schema, position
//! instance.key            what opens the sealed settings
//! tables/<name>/<n>.jsonl rows, a line each; the first line names the columns
//! files/<sha256>          bytes that are too large for a row
//! totals.json             rows and sums by table; its absence means that the archive was cut
//! ```

pub(crate) mod archive;
pub(crate) mod export;
pub(crate) mod line;
pub(crate) mod moving;
pub(crate) mod place;
pub(crate) mod progress;
pub(crate) mod read;
pub(crate) mod schedule;
mod seal;
pub(crate) mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anyhow::Result;
use conversation::Store;
use conversation::db::catalog::{self, Table};
use conversation::db::{DbTx, sql};
use serde::{Deserialize, Serialize};

use self::progress::Progress;

/// The layout described above.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const KEY: &str = "instance.key";
const TOTALS: &str = "totals.json";
/// Who works on what at the moment says nothing to whoever restores.
const LEFT_OUT: &[&str] = &["leases"];
/// Rows in one entry of the archive, and in one statement's reach of memory.
const ROWS: i64 = 400;

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The layout.
    pub(crate) format: u32,
    /// The release that wrote it.
    pub(crate) version: String,
    /// The newest migration of its database.
    pub(crate) schema: i64,
    /// Where it came from.
    pub(crate) engine: String,
    /// When, in UTC milliseconds.
    pub(crate) at: i64,
    /// The last position in it.
    pub(crate) position: i64,
}

/// What a table held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Total {
    /// Rows.
    pub(crate) rows: i64,
    /// The sum over the rows' SHA-256, whatever their order.
    pub(crate) sum: u64,
}

impl Total {
    /// Counts a row in.
    pub(crate) fn add(&mut self, row: &str) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(line::sum(row));
    }
}

/// What a whole backup holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    /// By table.
    pub(crate) tables: BTreeMap<String, Total>,
    /// Files beside the rows.
    pub(crate) files: u64,
    /// Files that the database names and the store no longer had.
    pub(crate) missing: Vec<String>,
}

impl Totals {
    /// All rows.
    pub(crate) fn rows(&self) -> i64 {
        self.tables.values().map(|total| total.rows).sum()
    }
}

/// One unchanging picture of the database, what is written of it in which layout, and its tables but for those
/// that are left out.
async fn picture(
    store: &Store,
    progress: &mut Progress,
    format: u32,
    without: &[&str],
) -> Result<(DbTx, Manifest, Vec<Table>)> {
    let mut picture = store.db().snapshot().await?;
    let (position,): (i64,) = sql("SELECT value FROM counters WHERE name = 'position'")
        .one(&mut picture)
        .await?;
    let manifest = Manifest {
        format,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: catalog::schema(&mut picture).await?,
        engine: store.db().engine().to_owned(),
        at: store.now(),
        position,
    };
    let mut tables = catalog::tables(&mut picture).await?;
    tables.retain(|table| !LEFT_OUT.contains(&table.name.as_str()) && !without.contains(&table.name.as_str()));
    let mut rows = 0;
    for table in &tables {
        rows += catalog::count(&mut picture, table).await?;
    }
    progress.expect(rows.try_into().unwrap_or_default());
    Ok((picture, manifest, tables))
}
