//! The database as the books read it, whichever engine is behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

/// Cheap to clone.
#[derive(Clone)]
pub(super) enum Ledger {
    /// A server, which is asked whether processes run or not.
    Server(PgPool),
    /// A file. It is opened for each question and only while a process runs: whoever starts finds it as the dead left
    /// it, not as SQLite put it in order for us.
    File { path: PathBuf, open: Arc<RwLock<()>> },
}

impl Ledger {
    pub(super) fn of_file(path: PathBuf) -> Ledger {
        Ledger::File {
            path,
            open: Arc::default(),
        }
    }

    /// Closes a file until the guard is dropped.
    pub(super) async fn close(&self) -> Option<OwnedRwLockWriteGuard<()>> {
        match self {
            Ledger::Server(_) => None,
            Ledger::File { open, .. } => Some(open.clone().write_owned().await),
        }
    }

    async fn connect(path: &PathBuf, writes: bool) -> sqlx::Result<SqliteConnection> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(!writes)
            .busy_timeout(Duration::from_secs(20));
        options.connect().await
    }

    /// The one number that a question is answered with.
    pub(super) async fn count(&self, query: &'static str) -> anyhow::Result<i64> {
        match self {
            Ledger::Server(pool) => Ok(sqlx::query_scalar(query).fetch_one(pool).await?),
            Ledger::File { path, open } => {
                let _open = open.read().await;
                let mut connection = Ledger::connect(path, false).await?;
                let count = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
                connection.close().await?;
                Ok(count)
            }
        }
    }

    /// A column of texts.
    pub(super) async fn texts(&self, query: &'static str) -> anyhow::Result<Vec<String>> {
        match self {
            Ledger::Server(pool) => Ok(sqlx::query_scalar(query).fetch_all(pool).await?),
            Ledger::File { path, open } => {
                let _open = open.read().await;
                let mut connection = Ledger::connect(path, false).await?;
                let texts = sqlx::query_scalar(query).fetch_all(&mut connection).await?;
                connection.close().await?;
                Ok(texts)
            }
        }
    }

    /// The first text that is found by a word.
    pub(super) async fn find(&self, query: &'static str, word: &str) -> anyhow::Result<Option<String>> {
        match self {
            Ledger::Server(pool) => Ok(sqlx::query_scalar(query).bind(word).fetch_optional(pool).await?),
            Ledger::File { path, open } => {
                let _open = open.read().await;
                let mut connection = Ledger::connect(path, false).await?;
                let found = sqlx::query_scalar(query).bind(word);
                let found = found.fetch_optional(&mut connection).await?;
                connection.close().await?;
                Ok(found)
            }
        }
    }

    /// Changes what a time, in UTC milliseconds, selects.
    pub(super) async fn change(&self, query: &'static str, at: i64) -> anyhow::Result<()> {
        match self {
            Ledger::Server(pool) => sqlx::query(query).bind(at).execute(pool).await.map(drop)?,
            Ledger::File { path, open } => {
                let _open = open.read().await;
                let mut connection = Ledger::connect(path, true).await?;
                sqlx::query(query).bind(at).execute(&mut connection).await?;
                connection.close().await?;
            }
        }
        Ok(())
    }
}
