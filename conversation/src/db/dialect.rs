//! The only file that knows which database is behind: connecting, beginning, locking, migrating.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _};

use super::primary::Servers;
use super::{Db, DbTx, composed_sql, parts, placeholders, sql};
use crate::error::{Error, Result};
use crate::types::Millis;

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// `all`, or `write` and `read`.
    pub name: &'static str,
    /// How many connections are open.
    pub open: u32,
    /// How many of them nobody uses.
    pub idle: u32,
    /// How many there may be.
    pub most: u32,
}

/// Reading SQLite is work for a processor of ours: connections beyond them would only hold memory.
fn readers() -> u32 {
    const LEAST: u32 = 4;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(processors).unwrap_or(LEAST).max(LEAST)
}

/// The steps from an empty database to today's.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// The number of the newest migration that this program knows.
pub fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|one| one.version).max().unwrap_or_default()
}

impl Db {
    /// Connects. `sqlite:PATH` (made when missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other address; the database where it cannot be reached.
    pub async fn connect(url: &str, connections: u32) -> Result<Db> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Db::Postgres(Servers::connect(url, connections).await?));
        }
        let path = url.strip_prefix("sqlite:").ok_or_else(|| {
            Error::Invalid(format!(
                "database.url: `{}` is neither sqlite:PATH nor postgres://…",
                url.split(':').next().unwrap_or_default()
            ))
        })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: what was acknowledged survives a power cut, not only a crash of ours.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .statement_cache_capacity(256)
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-8000");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(30))
            // A commit that finds the disk full ends the transaction in SQLite and not in the driver (sqlx 0.9.0), which
            // would refuse every one that follows, for good: such a connection is closed, and another one opened.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(connections.min(readers()))
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.optimize_on_close(false, None))
            .await?;
        Ok(Db::Sqlite { write, read })
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        let outcome = match self {
            Db::Sqlite { write, .. } => MIGRATIONS.run(write).await,
            Db::Postgres(pool) => MIGRATIONS.run(&**pool).await,
        };
        outcome.map_err(refusal)
    }

    /// Begins a writing transaction.
    ///
    /// The begin runs in a task of its own: a caller that goes away in the middle (a browser that
    /// closes its connection) would otherwise hand a connection back to the pool inside an open
    /// transaction (sqlx 0.9.0 on PostgreSQL).
    pub async fn begin(&self) -> Result<DbTx> {
        let db = self.clone();
        let begin = tokio::spawn(async move {
            Ok::<DbTx, sqlx::Error>(match db {
                Db::Sqlite { write, .. } => DbTx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
                Db::Postgres(pool) => DbTx::Postgres(pool.begin().await?),
            })
        });
        match begin.await {
            Ok(tx) => Ok(tx?),
            Err(_) => Err(Error::Database(sqlx::Error::WorkerCrashed)),
        }
    }

    /// Which engine, for people.
    pub fn engine(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "SQLite",
            Db::Postgres(_) => "PostgreSQL",
        }
    }

    /// The pools and how busy they are.
    pub fn connections(&self) -> Vec<Connections> {
        fn of<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Connections {
            Connections {
                name,
                open: pool.size(),
                idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
                most: pool.options().get_max_connections(),
            }
        }
        match self {
            Db::Sqlite { write, read } => vec![of("write", write), of("read", read)],
            Db::Postgres(pool) => vec![of("all", pool)],
        }
    }

    /// What the database's own clock says, where it is another machine's.
    pub async fn clock(&self) -> Result<Option<Millis>> {
        match self {
            Db::Sqlite { .. } => Ok(None),
            Db::Postgres(_) => {
                let (at,): (i64,) = sql("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
                    .one(self)
                    .await?;
                Ok(Some(at))
            }
        }
    }

    /// Tells the planner of queries how large tables are and how much their indexes narrow. PostgreSQL does it by
    /// itself; SQLite would go on guessing, and guess wrong where an installation has grown. Readers know it from
    /// their next connection on.
    pub async fn refresh_statistics(&self) -> Result<()> {
        if let Db::Sqlite { write, .. } = self {
            // 0x10003: which tables changed much, of all, without doing it. A large one takes seconds, in which nobody
            // else writes; between two of them whoever waits comes first.
            let due: Vec<String> = sqlx::query_scalar("PRAGMA optimize = 0x10003").fetch_all(write).await?;
            for statement in due.into_iter().filter(|statement| statement.starts_with("ANALYZE ")) {
                let mut connection = write.acquire().await?;
                // A part of each index is enough.
                sqlx::query("PRAGMA analysis_limit = 1000")
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(AssertSqlSafe(statement)).execute(&mut *connection).await?;
            }
        }
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl DbTx {
    /// Commits.
    pub async fn commit(self) -> Result<()> {
        match self {
            DbTx::Sqlite(tx) => tx.commit().await?,
            DbTx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// What to put behind a SELECT to hold its rows until the commit.
    pub fn for_update(&self) -> &'static str {
        match self {
            // BEGIN IMMEDIATE holds everything already.
            DbTx::Sqlite(_) => "",
            DbTx::Postgres(_) => "FOR UPDATE",
        }
    }

    /// What to put behind a SELECT to keep its rows as they are until the commit, beside others who
    /// only want the same.
    pub fn for_share(&self) -> &'static str {
        match self {
            DbTx::Sqlite(_) => "",
            DbTx::Postgres(_) => "FOR SHARE",
        }
    }

    /// What to put behind a SELECT that takes work: rows that another process holds are passed over.
    pub fn for_update_skip_locked(&self) -> &'static str {
        match self {
            DbTx::Sqlite(_) => "",
            DbTx::Postgres(_) => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// Makes transactions that name the same key take turns until their commit. Keys are locked in
    /// order, so that two callers with the same keys cannot wait for each other.
    pub async fn take_turns(&mut self, mut keys: Vec<String>) -> Result<()> {
        if let DbTx::Postgres(_) = self {
            keys.sort_unstable();
            keys.dedup();
            // The rows of VALUES are read, and so locked, in the order in which they stand.
            for part in parts(&keys) {
                let text = format!(
                    "SELECT COUNT(*) FROM (SELECT pg_advisory_xact_lock(hashtextextended(column1, 0)) FROM (VALUES {}) AS keys) AS held",
                    placeholders(part.len(), 1, 0)
                );
                composed_sql(text)
                    .bind_all(part.iter().map(String::as_str))
                    .one::<(i64,)>(&mut *self)
                    .await?;
            }
        }
        Ok(())
    }
}

/// Why a schema cannot be brought up to date, and what to do about it.
fn refusal(error: sqlx::migrate::MigrateError) -> Error {
    use sqlx::migrate::MigrateError;
    let newest = newest_schema();
    match error {
        MigrateError::VersionMissing(found) if found > newest => Error::Invalid(format!(
            "a newer release wrote this database (it has migration {found}, this release knows them up to {newest}): install that release or a later one; to go back, restore the backup that was taken before the upgrade"
        )),
        MigrateError::VersionMismatch(version) => Error::Invalid(format!(
            "this database had another migration {version} than this release has: was it written by a build of one's own? Use that build, or restore a backup"
        )),
        MigrateError::Execute(error) => Error::Database(error),
        error => Error::corrupt("schema", error),
    }
}
