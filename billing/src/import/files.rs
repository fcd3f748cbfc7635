//! Files that are imported: stored, checked in full (nothing is written), written when somebody says so; both by a
//! worker, with progress. What a row is, and what becomes of it, is up to whoever has the table.

use conversation::db::{On, composed_sql};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Store, Tx, audit};
use serde_json::json;

use super::csv;
use super::rows::Wrong;

/// How many wrong rows the report shows.
const MOST_SHOWN: usize = 200;
/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// One import.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// What the file holds, as its table calls it.
    pub kind: String,
    /// The file's name.
    pub name: String,
    /// The file's bytes.
    pub sha256: String,
    /// `checking`, `checked`, `importing`, `done`, `failed`.
    pub state: String,
    /// How many things are to be looked at.
    pub rows_total: i64,
    /// How many were.
    pub rows_done: i64,
    /// How many are (or will be) new.
    pub rows_new: i64,
    /// How many were there already.
    pub rows_known: i64,
    /// How many cannot be taken.
    pub rows_wrong: i64,
    /// The first of those: JSON of [`Wrong`].
    pub report: String,
    /// Who began it: JSON.
    pub actor: String,
    /// When it was begun.
    pub created_at: Millis,
}

const IMPORT: &str =
    "id, kind, name, sha256, state, rows_total, rows_done, rows_new, rows_known, rows_wrong, report, actor, created_at";

impl Import {
    /// The first rows that cannot be taken.
    pub fn wrongs(&self) -> Vec<Wrong> {
        serde_json::from_str(&self.report).unwrap_or_default()
    }

    /// Whether the worker has it.
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "checking" | "importing")
    }

    /// Who began it.
    pub fn begun_by(&self) -> Actor {
        serde_json::from_str(&self.actor).unwrap_or(Actor::System)
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        Progress {
            total: self.rows_total,
            done: self.rows_done,
            new: self.rows_new,
            known: self.rows_known,
            wrong: self.rows_wrong,
            report: self.wrongs(),
        }
    }
}

/// How far an import has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many things there are.
    pub total: i64,
    /// How many were looked at.
    pub done: i64,
    /// How many of them are new.
    pub new: i64,
    /// How many of them were there already.
    pub known: i64,
    /// How many of them cannot be taken.
    pub wrong: i64,
    /// The first of those.
    pub report: Vec<Wrong>,
}

impl Progress {
    /// Where a file ends that cannot be read.
    pub fn unreadable(why: &csv::BadFile) -> Progress {
        let mut progress = Progress::default();
        progress.refuse(1, why.to_string());
        progress
    }

    /// What the check found wrong.
    pub fn with_wrongs(mut self, mut wrongs: Vec<Wrong>) -> Progress {
        wrongs.sort_by_key(|wrong| wrong.line);
        self.wrong = count(wrongs.len());
        wrongs.truncate(MOST_SHOWN);
        self.report = wrongs;
        self
    }

    /// A row that was refused when it was to be written.
    pub fn refuse(&mut self, line: usize, why: String) {
        self.wrong += 1;
        if self.report.len() < MOST_SHOWN {
            let column = String::new();
            self.report.push(Wrong { line, column, why });
        }
    }

    /// How many things a worker that goes on need not look at again.
    pub fn skip(&self, all: usize) -> usize {
        usize::try_from(self.done).unwrap_or(0).min(all)
    }
}

/// A length as it is kept.
pub fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The imports of one table.
#[derive(Debug, Clone, Copy)]
pub struct Imports {
    table: &'static str,
}

impl Imports {
    /// Those that `table` keeps.
    pub const fn of(table: &'static str) -> Imports {
        Imports { table }
    }

    /// Stores a file to be checked. The check writes nothing but its report.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a file that is too large or empty.
    pub async fn begin(self, store: &Store, actor: &Actor, kind: &str, name: &str, bytes: &[u8]) -> Result<String> {
        if bytes.is_empty() {
            return Err(Error::Invalid(csv::BadFile::Empty.to_string()));
        }
        if bytes.len() > csv::MOST_BYTES {
            return Err(Error::Invalid(csv::BadFile::TooLarge.to_string()));
        }
        let blob = store.put_blob(bytes).await?;
        let mut tx = store.begin().await?;
        let id = tx.env().ulid();
        let now = tx.now();
        let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        composed_sql(format!(
            "INSERT INTO {} (id, kind, name, sha256, state, rows_total, rows_done, rows_new, rows_known, rows_wrong, report, actor, created_at, updated_at) VALUES ($1, $2, $3, $4, 'checking', 0, 0, 0, 0, 0, '[]', $5, $6, $6)",
            self.table
        ))
        .bind(id.as_str())
        .bind(kind)
        .bind(name)
        .bind(blob.sha256.as_str())
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(now)
        .run(&mut tx)
        .await?;
        audit::record(&mut tx, actor, "import.begun", &id, &json!({ "kind": kind })).await?;
        tx.commit_silently().await?;
        Ok(id)
    }

    /// Lets a checked import write.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless it is checked.
    pub async fn confirm(self, store: &Store, actor: &Actor, id: &str) -> Result<()> {
        let mut tx = store.begin().await?;
        let now = tx.now();
        let rows = composed_sql(format!(
            "UPDATE {} SET state = 'importing', rows_done = 0, rows_new = 0, rows_known = 0, updated_at = $2 WHERE id = $1 AND state = 'checked'",
            self.table
        ))
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
        if rows == 0 {
            return Err(Error::Conflict("this import is not waiting to be confirmed".to_owned()));
        }
        audit::record(&mut tx, actor, "import.confirmed", id, &json!({})).await?;
        tx.commit_silently().await
    }

    /// An import by id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn load(self, on: impl On, id: &str) -> Result<Import> {
        composed_sql(format!("SELECT {IMPORT} FROM {} WHERE id = $1", self.table))
            .bind(id)
            .optional(on)
            .await?
            .ok_or(Error::NotFound)
    }

    /// The newest imports.
    pub async fn list(self, on: impl On) -> Result<Vec<Import>> {
        composed_sql(format!("SELECT {IMPORT} FROM {} ORDER BY id DESC LIMIT 30", self.table))
            .all(on)
            .await
    }

    /// The oldest that a worker has something to do for.
    pub async fn next(self, on: impl On) -> Result<Option<Import>> {
        composed_sql(format!(
            "SELECT {IMPORT} FROM {} WHERE state IN ('checking', 'importing') ORDER BY created_at LIMIT 1",
            self.table
        ))
        .optional(on)
        .await
    }

    /// Keeps how far an import has come, with what was written for it.
    pub async fn save_in(self, tx: &mut Tx, id: &str, state: &str, progress: &Progress) -> Result<()> {
        let report = serde_json::to_string(&progress.report).map_err(|error| Error::corrupt("report", error))?;
        let now = tx.now();
        composed_sql(format!(
            "UPDATE {} SET state = $2, rows_total = $3, rows_done = $4, rows_new = $5, rows_known = $6, rows_wrong = $7, report = $8, updated_at = $9 WHERE id = $1",
            self.table
        ))
        .bind(id)
        .bind(state)
        .bind(progress.total)
        .bind(progress.done)
        .bind(progress.new)
        .bind(progress.known)
        .bind(progress.wrong)
        .bind(report)
        .bind(now)
        .run(tx)
        .await?;
        Ok(())
    }

    /// The same where nothing was written for it.
    pub async fn save(self, store: &Store, id: &str, state: &str, progress: &Progress) -> Result<()> {
        let mut tx = store.begin().await?;
        self.save_in(&mut tx, id, state, progress).await?;
        tx.commit_silently().await
    }

    /// Keeps how far an import has come after some of its rows were written; done with the last of them.
    pub async fn commit(self, mut tx: Tx, id: &str, progress: &Progress, is_last: bool) -> Result<()> {
        let state = if is_last { "done" } else { "importing" };
        self.save_in(&mut tx, id, state, progress).await?;
        tx.commit_any().await?;
        Ok(())
    }
}
