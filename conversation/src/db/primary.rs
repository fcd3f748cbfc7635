//! Which of several PostgreSQL servers is written to, and finding it again when that changes.
//!
//! `postgres://user@one,two:5433/name` names several: the one that takes writes is used. When a server goes away, or
//! turns read-only because another one was made the primary, connections to it are given up and the servers are asked
//! again. With one address (a proxy, an address that moves) it is the same with one candidate.

use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection, PgPool};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{Error, Result};

/// How long one server may take to say whether it takes writes.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a connection is waited for.
const ACQUIRE: Duration = Duration::from_secs(10);
/// The servers are asked again at most so often.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The pool, and the servers that it may mean. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Servers {
    pool: PgPool,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    candidates: Vec<PgConnectOptions>,
    /// Up to which refusal and which loss the servers were asked.
    heard: (AtomicU64, AtomicU64),
    /// When they were asked last, and whether one took writes.
    asked: Mutex<Option<(Instant, bool)>>,
}

/// How many writes were refused because the server is read-only, in this process.
static REFUSED: AtomicU64 = AtomicU64::new(0);

/// How often a server was gone, in this process.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Hears of an error of a statement: after a server that is gone or read-only the next statement looks for another.
pub(super) fn hear(error: Error) -> Error {
    if error.is_read_only() {
        REFUSED.fetch_add(1, Ordering::Relaxed);
    } else if let Error::Database(error) = &error
        && is_gone(error)
    {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
    error
}

impl Deref for Servers {
    type Target = PgPool;
    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

/// A URL for each server that a URL names.
fn each(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return vec![url.to_owned()];
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), authority),
    };
    hosts
        .split(',')
        .map(|host| format!("{scheme}://{user}{host}{behind}"))
        .collect()
}

async fn takes_writes(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let asked = async {
        let mut connection = PgConnection::connect_with(options).await?;
        let answer: String = sqlx::query_scalar("SHOW transaction_read_only")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(answer == "off")
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// The first server that takes writes; where there is none, the first that answers.
async fn find(candidates: &[PgConnectOptions]) -> Result<PgConnectOptions, sqlx::Error> {
    let answers = futures::future::join_all(candidates.iter().map(takes_writes)).await;
    let mut second = None;
    let mut trouble = None;
    for (options, answer) in candidates.iter().zip(answers) {
        match answer {
            Ok(true) => return Ok(options.clone()),
            Ok(false) => second = second.or(Some(options)),
            Err(error) => trouble = trouble.or(Some(error)),
        }
    }
    match second {
        Some(options) => Ok(options.clone()),
        None => Err(trouble.unwrap_or(sqlx::Error::PoolTimedOut)),
    }
}

impl Servers {
    /// Connects to the server that takes writes.
    pub(super) async fn connect(url: &str, connections: u32) -> Result<Servers> {
        let candidates = each(url)
            .iter()
            .map(|url| Ok(PgConnectOptions::from_str(url)?.application_name("switchboard")))
            .collect::<Result<Vec<_>, sqlx::Error>>()?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE)
            .connect_with(find(&candidates).await?)
            .await?;
        Ok(Servers {
            pool,
            inner: Arc::new(Inner {
                candidates,
                heard: (
                    AtomicU64::new(REFUSED.load(Ordering::Relaxed)),
                    AtomicU64::new(LOST.load(Ordering::Relaxed)),
                ),
                asked: Mutex::new(None),
            }),
        })
    }

    /// Begins a transaction, on another server where the one until now is gone or takes no writes any more.
    pub(super) async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, sqlx::Error> {
        if !self.look().await && REFUSED.load(Ordering::Relaxed) != self.inner.heard.0.load(Ordering::Relaxed) {
            // Nobody takes writes at the moment: said at once, rather than found out by each statement.
            return Err(sqlx::Error::PoolTimedOut);
        }
        match self.pool.begin().await {
            Err(error) if is_gone(&error) && self.ask().await => self.pool.begin().await,
            begun => begun,
        }
    }

    /// Looks for the server that takes writes if something was wrong since the last look; whether there is one.
    pub(super) async fn look(&self) -> bool {
        let (refused, lost) = (REFUSED.load(Ordering::Relaxed), LOST.load(Ordering::Relaxed));
        let (heard_refused, heard_lost) = &self.inner.heard;
        if refused == heard_refused.load(Ordering::Relaxed) && lost == heard_lost.load(Ordering::Relaxed) {
            return true;
        }
        if !self.ask().await {
            return false;
        }
        heard_refused.store(refused, Ordering::Relaxed);
        heard_lost.store(lost, Ordering::Relaxed);
        true
    }

    /// Asks the servers which of them takes writes, and uses that one from now on; whether there is one.
    async fn ask(&self) -> bool {
        let mut asked = self.inner.asked.lock().await;
        if let Some((at, answer)) = *asked
            && at.elapsed() < ASK_EVERY
        {
            return answer;
        }
        let mut found = None;
        for options in &self.inner.candidates {
            if takes_writes(options).await.unwrap_or(false) {
                found = Some(options);
                break;
            }
        }
        *asked = Some((Instant::now(), found.is_some()));
        let Some(options) = found else {
            tracing::warn!("no database server takes writes at the moment");
            return false;
        };
        tracing::info!(
            host = options.get_host(),
            port = options.get_port(),
            "this database server takes writes"
        );
        self.pool.set_connect_options(options.clone());
        self.look_at_idle().await;
        true
    }

    /// Closes what is idle and belongs to a server that takes no writes any more.
    async fn look_at_idle(&self) {
        let mut held = Vec::new();
        for _ in 0..self.pool.num_idle() {
            match self.pool.try_acquire() {
                Some(connection) => held.push(connection),
                None => break,
            }
        }
        for mut connection in held {
            let asked = sqlx::query_scalar("SHOW transaction_read_only").fetch_one(&mut *connection);
            let answer: Option<String> = tokio::time::timeout(PATIENCE, asked).await.ok().and_then(Result::ok);
            if answer.as_deref() != Some("off") {
                drop(connection.detach());
            }
        }
    }
}

fn is_gone(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)
    ) || error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn a_url_may_name_several_servers() {
        for (url, servers) in [
            ("postgres://localhost/sb", vec!["postgres://localhost/sb"]),
            (
                "postgres://u:p%2C@one,two:5433/sb?sslmode=require",
                vec![
                    "postgres://u:p%2C@one/sb?sslmode=require",
                    "postgres://u:p%2C@two:5433/sb?sslmode=require",
                ],
            ),
            (
                "postgresql://[::1]:1,[::2]:2?dbname=a,b",
                vec!["postgresql://[::1]:1?dbname=a,b", "postgresql://[::2]:2?dbname=a,b"],
            ),
            ("postgres:relative", vec!["postgres:relative"]),
        ] {
            assert_eq!(each(url), servers);
        }
    }
}
