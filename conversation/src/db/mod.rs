//! One SQL text for SQLite and PostgreSQL: an enum over the two native pools, and queries whose
//! arguments are a small closed set of values.
//!
//! Write `$1` placeholders, RETURNING, ON CONFLICT, CTEs; keep to TEXT, BIGINT, BOOLEAN, BYTEA and
//! DOUBLE PRECISION; cast sums: `CAST(SUM(x) AS BIGINT)`. [`dialect`] and [`catalog`] are the only
//! files that know which engine is behind.

pub mod catalog;
pub mod dialect;
mod primary;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::pin::Pin;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite, Transaction};

use crate::error::Result;

/// The pools.
#[derive(Clone, Debug)]
pub enum Db {
    /// One writing connection (SQLite has one writer anyway; waiting in our queue is fairer than
    /// SQLITE_BUSY) and several that read.
    Sqlite {
        /// The writer.
        write: SqlitePool,
        /// The readers.
        read: SqlitePool,
    },
    /// One pool.
    Postgres(primary::Servers),
}

/// An open transaction's connection.
pub enum DbTx {
    /// SQLite, begun with BEGIN IMMEDIATE.
    Sqlite(Transaction<'static, Sqlite>),
    /// PostgreSQL, READ COMMITTED.
    Postgres(Transaction<'static, Postgres>),
}

/// One argument of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// BOOLEAN.
    Bool(Option<bool>),
    /// BYTEA.
    Bytes(Option<Vec<u8>>),
    /// DOUBLE PRECISION.
    Real(Option<f64>),
}

/// PostgreSQL's TEXT cannot hold NUL, SQLite's can; neither should differ, and no text is refused.
fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{FFFD}")
    } else {
        text
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(Some(storable(text)))
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Some(storable(text.to_owned())))
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}
impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Value::Text(text.map(storable))
    }
}
impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Value::Text(text.map(|text| storable(text.to_owned())))
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(Some(number))
    }
}
impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Value::Int(number)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(Some(flag))
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Real(Some(number))
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Bytes(Some(bytes))
    }
}
impl From<Option<Vec<u8>>> for Value {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Value::Bytes(bytes)
    }
}

macro_rules! text_values {
    ($($type:ty),+ $(,)?) => {$(
        impl From<&$type> for Value {
            fn from(value: &$type) -> Self {
                value.as_str().into()
            }
        }
        impl From<Option<&$type>> for Value {
            fn from(value: Option<&$type>) -> Self {
                value.map(|value| value.as_str()).into()
            }
        }
    )+};
}
use crate::types as t;
text_values!(
    t::InboxId,
    t::ContactId,
    t::CompanyId,
    t::IdentityId,
    t::ConversationId,
    t::MessageId,
    t::AttachmentId,
    t::DeliveryId,
    t::TicketId,
    t::AgentId,
    t::QuarantineId,
    t::ConversationMergeId,
    t::MergeId,
    t::TeamId,
    t::LabelId,
    t::ViewId,
    t::FieldId,
);

macro_rules! enum_values {
    ($($type:ty),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                value.as_str().into()
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                value.map(|value| value.as_str()).into()
            }
        }
    )+};
}
enum_values!(
    t::Channel,
    t::IdentityKind,
    t::Level,
    t::ConversationStatus,
    t::TicketStatus,
    t::InboxHealth,
    t::Priority,
    t::MessageKind,
    t::ActorKind,
    t::DeliveryState,
    t::RecipientRole,
    t::Auto,
    t::MatchedBy,
    t::TicketKind,
    t::Role,
    t::Language,
);

/// A row type that both engines can give.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// What a query runs on.
pub enum Target<'a> {
    /// A reading pool of SQLite.
    SqlitePool(&'a SqlitePool),
    /// A transaction of SQLite.
    SqliteTx(&'a mut SqliteConnection),
    /// A pool of PostgreSQL.
    PgPool(&'a primary::Servers),
    /// A transaction of PostgreSQL.
    PgTx(&'a mut PgConnection),
}

/// The pools (for reading) or an open transaction.
pub trait On: Send {
    /// Where to run.
    fn target(&mut self) -> Target<'_>;
}

impl On for &Db {
    fn target(&mut self) -> Target<'_> {
        match self {
            Db::Sqlite { read, .. } => Target::SqlitePool(read),
            Db::Postgres(pool) => Target::PgPool(pool),
        }
    }
}

impl On for DbTx {
    fn target(&mut self) -> Target<'_> {
        match self {
            DbTx::Sqlite(tx) => Target::SqliteTx(tx),
            DbTx::Postgres(tx) => Target::PgTx(tx),
        }
    }
}

impl<T: On> On for &mut T {
    fn target(&mut self) -> Target<'_> {
        (**self).target()
    }
}

/// A query that runs. In a box of its own: a future with the drivers' own futures inside is large, and
/// the compiler would have to see through them wherever one is awaited.
pub type Running<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A query and its arguments.
#[must_use = "a query does nothing until it is run"]
pub struct Sql {
    text: Cow<'static, str>,
    args: Vec<Value>,
}

/// A query from a text in the program.
pub fn sql(text: &'static str) -> Sql {
    Sql {
        text: Cow::Borrowed(text),
        args: Vec::new(),
    }
}

/// A query whose text was put together from constant pieces (filters, several rows of VALUES).
/// Nothing from outside may be part of `text`; a test keeps the callers few.
pub fn composed_sql(text: String) -> Sql {
    Sql {
        text: Cow::Owned(text),
        args: Vec::new(),
    }
}

/// Hands the text and its arguments to the driver of the engine that `$on` belongs to. Nothing here knows
/// the type of a row: the drivers' futures are compiled once, not again for each.
macro_rules! on_engine {
    ($self:ident, $on:ident, $run:ident) => {{
        macro_rules! with {
            ($db:ty, $executor:expr) => {{
                let mut query = sqlx::query::<$db>(AssertSqlSafe($self.text.into_owned()));
                for arg in $self.args {
                    query = match arg {
                        Value::Text(text) => query.bind(text),
                        Value::Int(number) => query.bind(number),
                        Value::Bool(flag) => query.bind(flag),
                        Value::Bytes(bytes) => query.bind(bytes),
                        Value::Real(number) => query.bind(number),
                    };
                }
                query.$run($executor).await?.into()
            }};
        }
        match $on {
            Target::SqlitePool(pool) => with!(Sqlite, pool),
            Target::SqliteTx(connection) => with!(Sqlite, connection),
            Target::PgPool(servers) => {
                servers.look().await;
                with!(Postgres, &**servers)
            }
            Target::PgTx(connection) => with!(Postgres, connection),
        }
    }};
}

/// The rows that an engine gave, before they are read as something.
enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    fn read<T: Row>(&self) -> Result<Vec<T>> {
        let rows: Result<Vec<T>, sqlx::Error> = match self {
            Rows::Sqlite(rows) => rows.iter().map(T::from_row).collect(),
            Rows::Postgres(rows) => rows.iter().map(T::from_row).collect(),
        };
        Ok(rows?)
    }
}

impl From<Vec<SqliteRow>> for Rows {
    fn from(rows: Vec<SqliteRow>) -> Self {
        Rows::Sqlite(rows)
    }
}
impl From<Vec<PgRow>> for Rows {
    fn from(rows: Vec<PgRow>) -> Self {
        Rows::Postgres(rows)
    }
}
impl From<Option<SqliteRow>> for Rows {
    fn from(row: Option<SqliteRow>) -> Self {
        Rows::Sqlite(Vec::from_iter(row))
    }
}
impl From<Option<PgRow>> for Rows {
    fn from(row: Option<PgRow>) -> Self {
        Rows::Postgres(Vec::from_iter(row))
    }
}

/// How many rows a statement changed.
struct Changed(u64);
impl From<sqlx::sqlite::SqliteQueryResult> for Changed {
    fn from(result: sqlx::sqlite::SqliteQueryResult) -> Self {
        Changed(result.rows_affected())
    }
}
impl From<sqlx::postgres::PgQueryResult> for Changed {
    fn from(result: sqlx::postgres::PgQueryResult) -> Self {
        Changed(result.rows_affected())
    }
}

impl Sql {
    /// Adds the next argument.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds several arguments.
    pub fn bind_all<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.args.extend(values.into_iter().map(Into::into));
        self
    }

    /// Runs it; returns how many rows it changed.
    pub fn run<'a>(self, mut on: impl On + 'a) -> Running<'a, u64> {
        Box::pin(async move { self.changes(on.target()).await.map_err(primary::hear) })
    }

    /// All rows.
    pub fn all<'a, T: Row + 'a>(self, mut on: impl On + 'a) -> Running<'a, Vec<T>> {
        Box::pin(async move { self.every_row(on.target()).await.map_err(primary::hear)?.read() })
    }

    /// The first row, if there is one.
    pub fn optional<'a, T: Row + 'a>(self, mut on: impl On + 'a) -> Running<'a, Option<T>> {
        Box::pin(async move { Ok(self.first_row(on.target()).await.map_err(primary::hear)?.read()?.pop()) })
    }

    /// The one row that must be there.
    pub fn one<'a, T: Row + 'a>(self, mut on: impl On + 'a) -> Running<'a, T> {
        Box::pin(async move {
            let row = self.first_row(on.target()).await.map_err(primary::hear)?.read()?.pop();
            Ok(row.ok_or(sqlx::Error::RowNotFound)?)
        })
    }

    fn changes<'a>(self, on: Target<'a>) -> Running<'a, u64> {
        Box::pin(async move {
            let changed: Changed = on_engine!(self, on, execute);
            Ok(changed.0)
        })
    }

    fn every_row<'a>(self, on: Target<'a>) -> Running<'a, Rows> {
        Box::pin(async move { Ok(on_engine!(self, on, fetch_all)) })
    }

    fn first_row<'a>(self, on: Target<'a>) -> Running<'a, Rows> {
        Box::pin(async move { Ok(on_engine!(self, on, fetch_optional)) })
    }
}

/// `($1, $2), ($3, $4)` for `rows` rows of `columns`, beginning after `from` earlier arguments.
pub fn placeholders(rows: usize, columns: usize, from: usize) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                text.push_str(", ");
            }
            // Writing to a String cannot fail.
            let _ = write!(text, "${}", from + row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

/// How many of `left` rows the next statement takes: a power of two, so that the statement cache
/// stays small.
pub(crate) fn rows_at_once(on: &mut impl On, columns: usize, left: usize) -> usize {
    let most = match on.target() {
        // sqlx asks SQLite for the name of every argument, and SQLite looks through all of them each
        // time: beyond some two hundred that costs more than another statement.
        Target::SqlitePool(_) | Target::SqliteTx(_) => (200 / columns.max(1)).max(1),
        // It takes 65,535 arguments; 64 rows of any table stay far below.
        Target::PgPool(_) | Target::PgTx(_) => 64,
    };
    1 << left.min(most).max(1).ilog2()
}

/// Inserts many rows with few statements: `head` is `INSERT INTO t (a, b) VALUES`, `tail` an
/// ON CONFLICT.
pub async fn insert_rows(on: impl On, head: &'static str, tail: &'static str, rows: Vec<Vec<Value>>) -> Result<()> {
    insert_rows_counted(on, head, tail, rows).await.map(drop)
}

/// As [`insert_rows`]; returns how many rows were written, which an ON CONFLICT may make fewer.
pub(crate) async fn insert_rows_counted(
    mut on: impl On,
    head: &'static str,
    tail: &'static str,
    rows: Vec<Vec<Value>>,
) -> Result<u64> {
    let columns = match rows.first() {
        Some(row) => row.len(),
        None => return Ok(0),
    };
    let mut written = 0;
    let mut rest = rows.into_iter();
    loop {
        let left = rest.len();
        if left == 0 {
            return Ok(written);
        }
        let take = rows_at_once(&mut on, columns, left);
        let text = format!("{head} {} {tail}", placeholders(take, columns, 0));
        written += composed_sql(text)
            .bind_all(rest.by_ref().take(take).flatten())
            .run(&mut on)
            .await?;
    }
}

/// The rows of however many keys, each asked for once, in parts that any database takes. `select` ends with `IN` and is a text of the
/// program; the order of the rows is nobody's.
///
/// # Errors
/// When the database cannot be reached, or says something else than `T`.
pub fn rows_in<'a, T: Row + 'a, K: Ord + Into<Value>>(
    mut on: impl On + 'a,
    select: &str,
    keys: impl IntoIterator<Item = K>,
) -> Running<'a, Vec<T>> {
    let select = select.to_owned();
    let keys: BTreeSet<K> = keys.into_iter().collect();
    let keys: Vec<Value> = keys.into_iter().map(Into::into).collect();
    Box::pin(async move {
        let mut rows = Vec::with_capacity(keys.len());
        for part in parts(&keys) {
            let text = format!("{select} {}", placeholders(1, part.len(), 0));
            rows.extend(composed_sql(text).bind_all(part).all::<T>(&mut on).await?);
        }
        Ok(rows)
    })
}

/// Parts of a list for `IN`, each filled up to a power of two by repeating its last item, so that
/// the statement cache stays small whatever the number.
pub(crate) fn parts<T: Clone>(all: &[T]) -> impl Iterator<Item = Vec<T>> {
    const MOST: usize = 128;
    all.chunks(MOST).map(|part| {
        let mut part = part.to_vec();
        if let Some(last) = part.last().cloned() {
            part.resize(part.len().next_power_of_two(), last);
        }
        part
    })
}
