//! The floors: bare rows and bare stream entries, with the pool settings that the core uses.

use std::time::{Duration, Instant};

use conversation::db::Db;
use sqlx::{Executor as _, Row as _};

/// The bytes of a bare row: what a typical message is long.
const ROW: usize = 540;

/// A table with one index.
const TABLE: &str = "CREATE TABLE bare (id TEXT PRIMARY KEY, body TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO bare (id, body) VALUES ($1, $2)";

/// Bare rows in a database of their own.
pub(crate) struct Rows {
    db: Db,
    next: u64,
    body: String,
}

impl Rows {
    /// Connects as the core does, and makes the table.
    pub(crate) async fn new(url: &str) -> anyhow::Result<Rows> {
        let db = Db::connect(url, 10).await?;
        match &db {
            Db::Sqlite { write, .. } => write.execute(TABLE).await.map(|_| ())?,
            Db::Postgres(pool) => pool.execute(TABLE).await.map(|_| ())?,
        }
        Ok(Rows {
            db,
            next: 0,
            body: "x".repeat(ROW - 26),
        })
    }

    /// One INSERT that commits itself.
    pub(crate) async fn insert(&mut self) -> anyhow::Result<()> {
        self.next += 1;
        // Scattered like the ids of messages from several senders, and as long as a ULID.
        let id = format!("{:026x}", self.next.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let done = match &self.db {
            Db::Sqlite { write, .. } => {
                let statement = sqlx::query(INSERT).bind(id).bind(&self.body);
                statement.execute(write).await?.rows_affected()
            }
            Db::Postgres(pool) => {
                let statement = sqlx::query(INSERT).bind(id).bind(&self.body);
                statement.execute(&**pool).await?.rows_affected()
            }
        };
        anyhow::ensure!(done == 1, "{done} rows were inserted instead of one");
        Ok(())
    }

    /// One caller, one row after the other: rows a second.
    pub(crate) async fn rate(&mut self, time: Duration) -> anyhow::Result<f64> {
        let (began, before) = (Instant::now(), self.next);
        while began.elapsed() < time {
            self.insert().await?;
        }
        let rate = (self.next - before) as f64 / began.elapsed().as_secs_f64();
        let count = "SELECT COUNT(*) FROM bare";
        let stored: i64 = match &self.db {
            Db::Sqlite { write, .. } => sqlx::query(count).fetch_one(write).await?.try_get(0)?,
            Db::Postgres(pool) => sqlx::query(count).fetch_one(&**pool).await?.try_get(0)?,
        };
        anyhow::ensure!(u64::try_from(stored)? == self.next, "bare rows are missing");
        Ok(rate)
    }

    /// Closes the connections.
    pub(crate) async fn close(self) {
        self.db.close().await;
    }
}

/// XADD, one after the other, on one connection: entries a second.
pub(crate) async fn xadd_rate(url: &str, time: Duration) -> anyhow::Result<f64> {
    let client = redis::Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let (began, mut added) = (Instant::now(), 0u64);
    let _: i64 = redis::cmd("DEL").arg("bare").query_async(&mut connection).await?;
    while began.elapsed() < time {
        let _: String = redis::cmd("XADD")
            .arg(&["bare", "*", "kind", "message.created", "conversation"])
            .arg("01ARZ3NDEKTSV4RRFFQ69G5FAV")
            .query_async(&mut connection)
            .await?;
        added += 1;
    }
    let rate = added as f64 / began.elapsed().as_secs_f64();
    let stored: u64 = redis::cmd("XLEN").arg("bare").query_async(&mut connection).await?;
    anyhow::ensure!(stored == added, "bare entries are missing");
    Ok(rate)
}
