//! What the database says of itself, and whole rows in and out whatever their table: what backup,
//! restore and the move to another engine stand on. With [`super::dialect`] the only file that knows
//! which engine is behind.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, FromRow, Row as _, TypeInfo as _, ValueRef as _};

use super::dialect::MIGRATIONS;
pub use super::dialect::newest_schema;
use super::{Db, DbTx, On, Target, Value, composed_sql, placeholders, rows_at_once, sql};
use crate::error::{Error, Result};

/// A table of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The places of the primary key's columns.
    pub key: Vec<usize>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// The five types of our schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    Int,
    /// BOOLEAN.
    Bool,
    /// BYTEA.
    Bytes,
    /// DOUBLE PRECISION.
    Real,
}

impl Kind {
    fn of(declared: &str) -> Option<Kind> {
        Some(match declared.to_ascii_uppercase().as_str() {
            "TEXT" => Kind::Text,
            "BIGINT" => Kind::Int,
            "BOOLEAN" => Kind::Bool,
            "BYTEA" => Kind::Bytes,
            "DOUBLE PRECISION" => Kind::Real,
            _ => return None,
        })
    }

    /// The value that means "nothing" in a column of this type.
    pub fn null(self) -> Value {
        match self {
            Kind::Text => Value::Text(None),
            Kind::Int => Value::Int(None),
            Kind::Bool => Value::Bool(None),
            Kind::Bytes => Value::Bytes(None),
            Kind::Real => Value::Real(None),
        }
    }
}

impl Table {
    /// The column names, quoted, for a statement.
    fn names(&self) -> String {
        let quoted: Vec<_> = self
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        quoted.join(", ")
    }

    fn key_names(&self) -> String {
        let quoted: Vec<_> = self
            .key
            .iter()
            .map(|&at| format!("\"{}\"", self.columns[at].name))
            .collect();
        quoted.join(", ")
    }

    /// The primary key of a row of this table.
    pub fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.key.iter().map(|&at| row[at].clone()).collect()
    }
}

/// The number of the newest migration that the database has had.
pub async fn schema(on: impl On) -> Result<i64> {
    let (version,): (i64,) = sql("SELECT CAST(MAX(version) AS BIGINT) FROM _sqlx_migrations")
        .one(on)
        .await?;
    Ok(version)
}

impl Db {
    /// Brings the schema to exactly `version`, for rows that an older release wrote.
    ///
    /// # Errors
    /// When the version is unknown or the database is beyond it.
    pub async fn migrate_to_version(&self, version: i64) -> Result<()> {
        let outcome = match self {
            Db::Sqlite { write, .. } => MIGRATIONS.run_to(version, write).await,
            Db::Postgres(pool) => MIGRATIONS.run_to(version, &**pool).await,
        };
        outcome.map_err(|error| Error::corrupt("schema", error))
    }

    /// One unchanging picture of the whole database, for reading.
    pub async fn snapshot(&self) -> Result<DbTx> {
        Ok(match self {
            Db::Sqlite { read, .. } => {
                let mut tx = DbTx::Sqlite(read.begin().await?);
                // SQLite takes the picture at the first read.
                schema(&mut tx).await?;
                tx
            }
            Db::Postgres(pool) => DbTx::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        })
    }
}

/// All tables of ours, by name. The schema's own bookkeeping is not among them.
///
/// # Errors
/// [`Error::Corrupt`] for a table without a primary key or with a type that we do not use.
pub async fn tables(mut on: impl On) -> Result<Vec<Table>> {
    let is_sqlite = matches!(on.target(), Target::SqlitePool(_) | Target::SqliteTx(_));
    let names: Vec<(String,)> = sql(if is_sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE '!_%' ESCAPE '!' ORDER BY name"
    } else {
        "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name NOT LIKE '!_%' ESCAPE '!' ORDER BY 1"
    })
    .all(&mut on)
    .await?;
    let mut tables = Vec::with_capacity(names.len());
    for (name,) in names {
        // The place in the primary key, or zero.
        let columns: Vec<(String, String, i64)> = sql(if is_sqlite {
            "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid"
        } else {
            "SELECT CAST(c.column_name AS TEXT), CAST(c.data_type AS TEXT), COALESCE((
                SELECT CAST(k.ordinal_position AS BIGINT) FROM information_schema.table_constraints t
                JOIN information_schema.key_column_usage k ON k.constraint_name = t.constraint_name AND k.table_schema = t.table_schema AND k.table_name = t.table_name
                WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_schema = c.table_schema AND t.table_name = c.table_name AND k.column_name = c.column_name), 0)
             FROM information_schema.columns c WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.ordinal_position"
        })
        .bind(&name)
        .all(&mut on)
        .await?;
        let mut key: Vec<(i64, usize)> = columns
            .iter()
            .enumerate()
            .filter(|(_, (_, _, place))| *place > 0)
            .map(|(at, (_, _, place))| (*place, at))
            .collect();
        key.sort_unstable();
        if key.is_empty() {
            return Err(Error::corrupt("schema", format!("the table {name} has no primary key")));
        }
        let columns = columns
            .into_iter()
            .map(|(column, declared, _)| {
                let kind = Kind::of(&declared).ok_or_else(|| {
                    Error::corrupt("schema", format!("{name}.{column} has the foreign type {declared}"))
                })?;
                Ok(Column { name: column, kind })
            })
            .collect::<Result<_>>()?;
        tables.push(Table {
            name,
            columns,
            key: key.into_iter().map(|(_, at)| at).collect(),
        });
    }
    Ok(tables)
}

/// Whether there is a table of this name, ours or not.
pub async fn has_table(mut on: impl On, name: &str) -> Result<bool> {
    let is_sqlite = matches!(on.target(), Target::SqlitePool(_) | Target::SqliteTx(_));
    let (count,): (i64,) = sql(if is_sqlite {
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
    } else {
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1"
    })
    .bind(name)
    .one(&mut on)
    .await?;
    Ok(count > 0)
}

/// How many rows a table has.
pub async fn count(on: impl On, table: &Table) -> Result<i64> {
    let (count,): (i64,) = composed_sql(format!("SELECT COUNT(*) FROM \"{}\"", table.name))
        .one(on)
        .await?;
    Ok(count)
}

/// The next rows after a primary key, in its order, at most `most`.
pub async fn page(mut on: impl On, table: &Table, after: Option<&[Value]>, most: i64) -> Result<Vec<Vec<Value>>> {
    let (names, key) = (table.names(), table.key_names());
    let mut query;
    match after {
        None => {
            query = composed_sql(format!(
                "SELECT {names} FROM \"{}\" ORDER BY {key} LIMIT $1",
                table.name
            ));
        }
        Some(after) => {
            query = composed_sql(format!(
                "SELECT {names} FROM \"{}\" WHERE ({key}) > {} ORDER BY {key} LIMIT ${}",
                table.name,
                placeholders(1, after.len(), 0),
                after.len() + 1
            ));
            query = query.bind_all(after.iter().cloned());
        }
    }
    let rows: Vec<AnyRow> = query.bind(most).all(&mut on).await?;
    rows.into_iter()
        .map(|AnyRow(values)| {
            values
                .into_iter()
                .zip(&table.columns)
                .map(|(value, column)| fit(value, column, &table.name))
                .collect()
        })
        .collect()
}

/// Writes whole rows.
pub async fn insert(mut on: impl On, table: &Table, rows: Vec<Vec<Value>>) -> Result<()> {
    let columns = table.columns.len();
    let mut rest = rows.into_iter();
    while rest.len() > 0 {
        let take = rows_at_once(&mut on, columns, rest.len());
        composed_sql(format!(
            "INSERT INTO \"{}\" ({}) VALUES {}",
            table.name,
            table.names(),
            placeholders(take, columns, 0)
        ))
        .bind_all(rest.by_ref().take(take).flatten())
        .run(&mut on)
        .await?;
    }
    Ok(())
}

/// Removes every row.
pub async fn empty(on: impl On, table: &Table) -> Result<()> {
    composed_sql(format!("DELETE FROM \"{}\"", table.name)).run(on).await?;
    Ok(())
}

/// A rule that a row of one table points to a row of another, taken off while rows come in any order.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Reference {
    /// The table that points.
    pub table: String,
    /// The rule's name.
    pub name: String,
    /// The rule.
    pub rule: String,
}

impl DbTx {
    /// Lets rows come in any order until the commit. On SQLite the commit checks the references; on
    /// PostgreSQL the rules are taken off and must be put back with [`DbTx::restore_references`].
    pub async fn suspend_references(&mut self) -> Result<Vec<Reference>> {
        if let DbTx::Sqlite(_) = self {
            sql("PRAGMA defer_foreign_keys = ON").run(&mut *self).await?;
            return Ok(Vec::new());
        }
        let references: Vec<Reference> = sql(
            "SELECT CAST(t.relname AS TEXT) AS \"table\", CAST(c.conname AS TEXT) AS name, pg_get_constraintdef(c.oid) AS rule
             FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
             WHERE c.contype = 'f' AND t.relnamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2",
        )
        .all(&mut *self)
        .await?;
        for one in &references {
            composed_sql(format!(
                "ALTER TABLE \"{}\" DROP CONSTRAINT \"{}\"",
                one.table, one.name
            ))
            .run(&mut *self)
            .await?;
        }
        Ok(references)
    }

    /// Puts the rules back; every row is checked.
    ///
    /// # Errors
    /// When a row points nowhere.
    pub async fn restore_references(&mut self, references: &[Reference]) -> Result<()> {
        for one in references {
            composed_sql(format!(
                "ALTER TABLE \"{}\" ADD CONSTRAINT \"{}\" {}",
                one.table, one.name, one.rule
            ))
            .run(&mut *self)
            .await?;
        }
        Ok(())
    }
}

/// A row as the engine gives it.
struct AnyRow(Vec<Value>);

impl FromRow<'_, SqliteRow> for AnyRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let values = row.columns().iter().map(|column| {
            let at = column.ordinal();
            let raw = row.try_get_raw(at)?;
            if raw.is_null() {
                return Ok(Value::Text(None));
            }
            Ok(match raw.type_info().name() {
                "INTEGER" | "BOOLEAN" => Value::Int(Some(row.try_get_unchecked(at)?)),
                "REAL" => Value::Real(Some(row.try_get_unchecked(at)?)),
                "BLOB" => Value::Bytes(Some(row.try_get_unchecked(at)?)),
                _ => Value::Text(Some(row.try_get_unchecked(at)?)),
            })
        });
        Ok(AnyRow(values.collect::<Result<_, sqlx::Error>>()?))
    }
}

impl FromRow<'_, PgRow> for AnyRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let values = row.columns().iter().map(|column| {
            let at = column.ordinal();
            Ok(match column.type_info().name() {
                "INT8" => Value::Int(row.try_get(at)?),
                "BOOL" => Value::Bool(row.try_get(at)?),
                "BYTEA" => Value::Bytes(row.try_get(at)?),
                "FLOAT8" => Value::Real(row.try_get(at)?),
                _ => Value::Text(row.try_get(at)?),
            })
        });
        Ok(AnyRow(values.collect::<Result<_, sqlx::Error>>()?))
    }
}

/// SQLite keeps what it was given in any column, and a truth as a number.
fn fit(value: Value, column: &Column, table: &str) -> Result<Value> {
    Ok(match (column.kind, value) {
        (kind, Value::Text(None)) => kind.null(),
        (Kind::Bool, Value::Int(Some(number))) => Value::Bool(Some(number != 0)),
        #[expect(clippy::cast_precision_loss, reason = "a whole number that SQLite kept for a REAL")]
        (Kind::Real, Value::Int(Some(number))) => Value::Real(Some(number as f64)),
        (Kind::Text, value @ Value::Text(_))
        | (Kind::Int, value @ Value::Int(_))
        | (Kind::Bool, value @ Value::Bool(_))
        | (Kind::Bytes, value @ Value::Bytes(_))
        | (Kind::Real, value @ Value::Real(_)) => value,
        (kind, value) => {
            return Err(Error::corrupt(
                "row",
                format!("{table}.{} should hold {kind:?} and holds {value:?}", column.name),
            ));
        }
    })
}
