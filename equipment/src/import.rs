//! Import of machines and readings from files: stored, checked in full (nothing is written), imported when
//! somebody says so; both by a worker, with progress. What is known by serial number (or by counter, day and
//! number) is never written twice.

mod rows;

use billing::import::csv;
use billing::import::rows::Wrong;
use billing::{CustomerId, customers};
use conversation::db::{On, composed_sql, sql};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Tx, audit};
use serde_json::json;

use self::rows::{Found, MachineRow, ReadingRow, read};
use crate::ids::{Meaning, Source};
use crate::machines;
use crate::readings::{self, Entered, NewReading};
use crate::{Equipment, contracts, counters, line, sites};

/// How many wrong rows the report shows.
const MOST_SHOWN: usize = 200;
/// How many rows share a transaction.
const BATCH: usize = 100;

conversation::text_enum! {
    /// What a file holds.
    Kind, "kind of import" {
        /// Machines with sites and counters.
        Machines = "machines",
        /// Readings of machines that are known.
        Readings = "readings",
    }
}

/// The columns of a kind of file; those with a star must be there.
pub const fn columns(kind: Kind) -> &'static str {
    match kind {
        Kind::Machines => {
            "customer*, model*, serial*, site, address, position, place, status, contract, installed_on, mono, color, total, notes"
        }
        Kind::Readings => "serial*, counter*, value*, day",
    }
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// What the file holds.
    pub kind: Kind,
    /// The file's name.
    pub name: String,
    /// The file's bytes.
    pub sha256: String,
    /// `checking`, `checked`, `importing`, `done`, `failed`.
    pub state: String,
    /// How many rows there are.
    pub rows_total: i64,
    /// How many were looked at.
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
    /// The rows that cannot be taken.
    pub fn wrongs(&self) -> Vec<Wrong> {
        serde_json::from_str(&self.report).unwrap_or_default()
    }

    /// Whether the worker has it.
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "checking" | "importing")
    }
}

/// Stores a file to be checked.
///
/// # Errors
/// [`Error::Invalid`] for a file that is too large or empty.
pub async fn begin(equipment: &Equipment, actor: &Actor, kind: Kind, name: &str, bytes: &[u8]) -> Result<String> {
    let store = equipment.store();
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
    sql("INSERT INTO equipment_imports (id, kind, name, sha256, state, rows_total, rows_done, rows_new, rows_known, rows_wrong, report, actor, created_at, updated_at) VALUES ($1, $2, $3, $4, 'checking', 0, 0, 0, 0, 0, '[]', $5, $6, $6)")
        .bind(id.as_str())
        .bind(kind.as_str())
        .bind(line(name, 200))
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
pub async fn confirm(equipment: &Equipment, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = equipment.store().begin().await?;
    let now = tx.now();
    let rows = sql("UPDATE equipment_imports SET state = 'importing', rows_done = 0, rows_new = 0, rows_known = 0, updated_at = $2 WHERE id = $1 AND state = 'checked'")
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
pub async fn load(on: impl On, id: &str) -> Result<Import> {
    composed_sql(format!("SELECT {IMPORT} FROM equipment_imports WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// The newest imports.
pub async fn list(on: impl On) -> Result<Vec<Import>> {
    composed_sql(format!(
        "SELECT {IMPORT} FROM equipment_imports ORDER BY id DESC LIMIT 30"
    ))
    .all(on)
    .await
}

pub(crate) async fn has_work(on: impl On) -> Result<bool> {
    let row: Option<(String,)> =
        sql("SELECT id FROM equipment_imports WHERE state IN ('checking', 'importing') LIMIT 1")
            .optional(on)
            .await?;
    Ok(row.is_some())
}

/// Does what is open; returns how many imports it finished a step of.
pub async fn run(equipment: &Equipment) -> Result<usize> {
    let mut count = 0;
    loop {
        let next: Option<Import> = composed_sql(format!(
            "SELECT {IMPORT} FROM equipment_imports WHERE state IN ('checking', 'importing') ORDER BY created_at LIMIT 1"
        ))
        .optional(equipment.store().db())
        .await?;
        let Some(import) = next else {
            return Ok(count);
        };
        step(equipment, &import).await?;
        count += 1;
    }
}

/// Whether a row is known, new, or cannot be: looked at without writing.
async fn check(on: impl On, one: &Found) -> Result<Result<bool, Wrong>> {
    let mut on = on;
    let wrong = |column: &str, why: &str| {
        Ok(Err(Wrong {
            line: one.line(),
            column: column.to_owned(),
            why: why.to_owned(),
        }))
    };
    match one {
        Found::Machine(row) => {
            if customer_of(&mut on, &row.customer).await?.is_none() {
                return wrong(
                    "customer",
                    "no customer has this name or address; add it in billing first",
                );
            }
            if !row.contract.is_empty() && contracts::by_number(&mut on, &row.contract).await?.is_none() {
                return wrong("contract", "there is no contract of this number");
            }
            Ok(Ok(machines::by_serial(&mut on, &row.data.serial).await?.is_none()))
        }
        Found::Reading(row) => {
            let Some(machine) = machines::by_serial(&mut on, &row.serial).await? else {
                return wrong("serial", "there is no machine of this serial number");
            };
            let counters = counters::of_machine(&mut on, &machine.id).await?;
            let Some(counter) = counters.iter().find(|counter| counter.kind == row.counter) else {
                return wrong("counter", "the machine has no such counter");
            };
            let known = readings::at(&mut on, &counter.id, &row.on.to_string()).await?;
            Ok(Ok(known.is_none_or(|known| {
                known.taken_on != row.on.to_string() || known.value != row.value
            })))
        }
    }
}

async fn customer_of(on: impl On, text: &str) -> Result<Option<CustomerId>> {
    let mut on = on;
    if text.contains('@')
        && let Some(known) = customers::by_email(&mut on, &text.to_lowercase()).await?
    {
        return Ok(Some(known.id));
    }
    let named: Option<(CustomerId,)> = sql("SELECT id FROM customers WHERE name = $1 ORDER BY id LIMIT 1")
        .bind(text)
        .optional(on)
        .await?;
    Ok(named.map(|(id,)| id))
}

async fn step(equipment: &Equipment, import: &Import) -> Result<()> {
    let store = equipment.store();
    let bytes = store.blobs().get(&import.sha256).await?;
    let (kind, today) = (import.kind, equipment.today());
    // A large file takes a second to read: not on the thread that answers others.
    let parsed = tokio::task::spawn_blocking(move || csv::parse(&bytes).map(|rows| read(kind, &rows, today)))
        .await
        .map_err(|error| Error::corrupt("import", error))?;
    let (found, mut wrongs) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let wrong = Wrong {
                line: 1,
                column: String::new(),
                why: error.to_string(),
            };
            return save(equipment, import, "failed", (0, 0, 0, 0), &[wrong], 1).await;
        }
    };
    let total = count(found.len()) + count(wrongs.len());
    if import.state == "checking" {
        let (mut new, mut known) = (0, 0);
        for one in &found {
            match check(store.db(), one).await? {
                Ok(true) => new += 1,
                Ok(false) => known += 1,
                Err(wrong) => wrongs.push(wrong),
            }
        }
        wrongs.sort_by_key(|wrong| wrong.line);
        let all = count(wrongs.len());
        return save(equipment, import, "checked", (total, total, new, known), &wrongs, all).await;
    }
    write(equipment, import, &found, total).await
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn save(
    equipment: &Equipment,
    import: &Import,
    state: &str,
    sums: (i64, i64, i64, i64),
    wrongs: &[Wrong],
    all_wrong: i64,
) -> Result<()> {
    let mut tx = equipment.store().begin().await?;
    save_in(&mut tx, import, state, sums, wrongs, all_wrong).await?;
    tx.commit_silently().await
}

async fn save_in(
    tx: &mut Tx,
    import: &Import,
    state: &str,
    (total, done, new, known): (i64, i64, i64, i64),
    wrongs: &[Wrong],
    all_wrong: i64,
) -> Result<()> {
    let report = serde_json::to_string(&wrongs.iter().take(MOST_SHOWN).collect::<Vec<_>>())
        .map_err(|error| Error::corrupt("report", error))?;
    let now = tx.now();
    sql("UPDATE equipment_imports SET state = $2, rows_total = $3, rows_done = $4, rows_new = $5, rows_known = $6, rows_wrong = $7, report = $8, updated_at = $9 WHERE id = $1")
        .bind(import.id.as_str())
        .bind(state)
        .bind(total)
        .bind(done)
        .bind(new)
        .bind(known)
        .bind(all_wrong)
        .bind(report)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Writes what is not known, some rows a transaction with their progress: what a crash leaves undone is done by
/// the next run, and nothing twice.
async fn write(equipment: &Equipment, import: &Import, found: &[Found], total: i64) -> Result<()> {
    let actor: Actor = serde_json::from_str(&import.actor).unwrap_or(Actor::System);
    let mut wrongs = import.wrongs();
    let (mut new, mut known, mut all_wrong) = (import.rows_new, import.rows_known, import.rows_wrong);
    let before = usize::try_from(import.rows_done).unwrap_or(0).min(found.len());
    let mut done = before;
    loop {
        let part = &found[done..found.len().min(done + BATCH)];
        let mut tx = equipment.store().begin().await?;
        for one in part {
            // What the check found wrong is in the report already.
            let Ok(_) = check(&mut tx, one).await? else { continue };
            match take(&mut tx, equipment, &actor, one).await {
                Ok(true) => new += 1,
                Ok(false) => known += 1,
                Err(Error::Invalid(why) | Error::Conflict(why)) => {
                    all_wrong += 1;
                    wrongs.push(Wrong {
                        line: one.line(),
                        column: String::new(),
                        why,
                    });
                }
                Err(error) => return Err(error),
            }
        }
        done += part.len();
        let state = if done >= found.len() { "done" } else { "importing" };
        save_in(
            &mut tx,
            import,
            state,
            (total, count(done), new, known),
            &wrongs,
            all_wrong,
        )
        .await?;
        if tx.has_events() {
            tx.commit().await?;
        } else {
            tx.commit_silently().await?;
        }
        if done >= found.len() {
            return Ok(());
        }
    }
}

/// Writes one row; false when it was there.
async fn take(tx: &mut Tx, equipment: &Equipment, actor: &Actor, one: &Found) -> Result<bool> {
    match one {
        Found::Machine(row) => take_machine(tx, equipment, actor, row).await,
        Found::Reading(row) => take_reading(tx, equipment, actor, row).await,
    }
}

async fn take_machine(tx: &mut Tx, equipment: &Equipment, actor: &Actor, row: &MachineRow) -> Result<bool> {
    if machines::by_serial(&mut *tx, &row.data.serial).await?.is_some() {
        return Ok(false);
    }
    let Some(customer) = customer_of(&mut *tx, &row.customer).await? else {
        return Err(Error::Invalid("customer: there is no such customer".to_owned()));
    };
    let mut data = row.data.clone();
    if !row.site.is_empty() {
        let site = sites::named_in(tx, actor, &customer, &row.site, &row.address).await?;
        if let Some((latitude, longitude)) = row.position {
            sql("UPDATE sites SET latitude = $2, longitude = $3 WHERE id = $1 AND latitude IS NULL")
                .bind(site.as_str())
                .bind(latitude)
                .bind(longitude)
                .run(&mut *tx)
                .await?;
        }
        data.site = Some(site);
    }
    if !row.contract.is_empty() {
        data.contract = contracts::by_number(&mut *tx, &row.contract)
            .await?
            .map(|found| found.id);
    }
    let id = machines::create_in(tx, equipment, actor, &customer, data).await?;
    for (kind, value) in &row.counters {
        counters::add_in(tx, actor, &id, *kind, 7, *value, equipment.today()).await?;
    }
    Ok(true)
}

async fn take_reading(tx: &mut Tx, equipment: &Equipment, actor: &Actor, row: &ReadingRow) -> Result<bool> {
    let Ok(is_new) = check(&mut *tx, &Found::Reading(row.clone())).await? else {
        return Err(Error::Invalid("serial: there is no such counter".to_owned()));
    };
    let Some(machine) = machines::by_serial(&mut *tx, &row.serial).await? else {
        return Ok(false);
    };
    let counters = counters::of_machine(&mut *tx, &machine.id).await?;
    let Some(counter) = counters.into_iter().find(|counter| counter.kind == row.counter) else {
        return Ok(false);
    };
    let mut new = NewReading {
        counter: counter.id,
        value: row.value,
        on: row.on,
        source: Source::File,
        meaning: None,
        note: String::new(),
    };
    if let Entered::Asks { .. } = readings::enter_in(tx, equipment, actor, new.clone()).await? {
        // A file cannot be asked: it counts, and stands among the readings to look at.
        new.meaning = Some(Meaning::Right);
        readings::enter_in(tx, equipment, actor, new).await?;
    }
    Ok(is_new)
}
