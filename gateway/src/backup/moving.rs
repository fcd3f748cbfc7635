//! `migrate-to`: from SQLite to PostgreSQL, in steps that survive being broken off.
//!
//! The target remembers how far each table is in tables of its own (`_moving`), in the same commit
//! as the rows. While they exist, no gateway starts on it.

use anyhow::{Context, Result, bail};
use conversation::db::catalog::{self, Reference, Table};
use conversation::db::{Db, DbTx, Value, sql};

use super::progress::Progress;
use super::read::{compare, is_empty};
use super::{LEFT_OUT, ROWS, Total, Totals, line};

/// Moves every row; returns what was moved, checked on the other side.
///
/// # Errors
/// When the target is not empty, or a row does not arrive. Calling it again goes on.
pub(crate) async fn move_rows(source: &Db, target: &Db, progress: &mut Progress) -> Result<Totals> {
    let mut picture = source.snapshot().await?;
    let mut tables = catalog::tables(&mut picture).await?;
    if tables != catalog::tables(target).await? {
        bail!("the two databases have different tables; was one of them changed by hand?");
    }
    tables.retain(|table| !LEFT_OUT.contains(&table.name.as_str()));
    let mut rows = 0;
    for table in &tables {
        rows += catalog::count(&mut picture, table).await?;
    }
    // Every row is written, and then read back.
    progress.expect(u64::try_from(rows).unwrap_or_default() * 2);
    if !is_unfinished(target).await? {
        begin(target).await?;
    }
    let mut moved = Totals::default();
    for table in &tables {
        let total = move_table(&mut picture, target, table, progress).await?;
        moved.tables.insert(table.name.clone(), total);
    }
    let mut arrived = Totals::default();
    for table in &tables {
        let total = read_back(target, table, progress).await?;
        arrived.tables.insert(table.name.clone(), total);
    }
    compare(&moved, &arrived).context("what arrived is not what was sent")?;
    finish(target).await?;
    progress.finish();
    Ok(arrived)
}

/// Whether a move to this database was begun and not finished.
pub(crate) async fn is_unfinished(target: &Db) -> Result<bool> {
    catalog::has_table(target, "_moving").await.map_err(Into::into)
}

async fn begin(target: &Db) -> Result<()> {
    if !is_empty(target).await? {
        bail!("the target is not empty; give an empty database");
    }
    let mut tx = target.begin().await?;
    sql("CREATE TABLE _moving (name TEXT PRIMARY KEY, last_key TEXT NOT NULL, moved BIGINT NOT NULL, sum TEXT NOT NULL)")
        .run(&mut tx)
        .await?;
    sql("CREATE TABLE _moving_references (name TEXT NOT NULL, \"table\" TEXT NOT NULL, rule TEXT NOT NULL)")
        .run(&mut tx)
        .await?;
    for one in tx.suspend_references().await? {
        sql("INSERT INTO _moving_references (name, \"table\", rule) VALUES ($1, $2, $3)")
            .bind(one.name)
            .bind(one.table)
            .bind(one.rule)
            .run(&mut tx)
            .await?;
    }
    for table in catalog::tables(&mut tx).await? {
        catalog::empty(&mut tx, &table).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn move_table(picture: &mut DbTx, target: &Db, table: &Table, progress: &mut Progress) -> Result<Total> {
    let keys = Table {
        columns: table.key.iter().map(|&at| table.columns[at].clone()).collect(),
        ..table.clone()
    };
    let known: Option<(String, i64, String)> = sql("SELECT last_key, moved, sum FROM _moving WHERE name = $1")
        .bind(&table.name)
        .optional(target)
        .await?;
    let mut total = Total::default();
    let mut after: Option<Vec<Value>> = None;
    if let Some((last_key, rows, sum)) = known {
        total = Total {
            rows,
            sum: sum.parse().context("_moving holds no sum")?,
        };
        after = Some(line::decode(&last_key, &keys)?);
        progress.add(rows.try_into().unwrap_or_default());
    }
    loop {
        let rows = catalog::page(&mut *picture, table, after.as_deref(), ROWS).await?;
        let Some(last) = rows.last() else { return Ok(total) };
        let key = table.key_of(last);
        for row in &rows {
            total.add(&line::encode(row));
        }
        let count = rows.len() as u64;
        let mut tx = target.begin().await?;
        catalog::insert(&mut tx, table, rows)
            .await
            .with_context(|| format!("rows of {} do not fit", table.name))?;
        sql(
            "INSERT INTO _moving (name, last_key, moved, sum) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET last_key = excluded.last_key, moved = excluded.moved, sum = excluded.sum",
        )
        .bind(&table.name)
        .bind(line::encode(&key))
        .bind(total.rows)
        .bind(total.sum.to_string())
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        conversation::fault::point("moving.page");
        after = Some(key);
        progress.add(count);
    }
}

async fn read_back(target: &Db, table: &Table, progress: &mut Progress) -> Result<Total> {
    let mut total = Total::default();
    let mut after: Option<Vec<Value>> = None;
    loop {
        let rows = catalog::page(target, table, after.as_deref(), ROWS).await?;
        let Some(last) = rows.last() else { return Ok(total) };
        after = Some(table.key_of(last));
        for row in &rows {
            total.add(&line::encode(row));
        }
        progress.add(rows.len() as u64);
    }
}

async fn finish(target: &Db) -> Result<()> {
    let mut tx = target.begin().await?;
    let references: Vec<Reference> =
        sql("SELECT \"table\", name, rule FROM _moving_references ORDER BY \"table\", name")
            .all(&mut tx)
            .await?;
    tx.restore_references(&references)
        .await
        .context("the rows do not fit together")?;
    sql("DROP TABLE _moving").run(&mut tx).await?;
    sql("DROP TABLE _moving_references").run(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
