//! Import of machines and readings from files: stored, checked in full (nothing is written), imported when
//! somebody says so; both by a worker, with progress. What is known by serial number (or by counter, day and
//! number) is never written twice.

mod rows;

use billing::import::csv;
pub use billing::import::files::Import;
use billing::import::files::{Imports, Progress, count};
use billing::import::rows::Wrong;
use billing::{CustomerId, customers};
use conversation::db::{On, sql};
use conversation::types::Actor;
use conversation::{Error, Result, Tx};

use self::rows::{Found, MachineRow, ReadingRow, read};
use crate::ids::{Meaning, Source};
use crate::machines;
use crate::readings::{self, Entered, NewReading};
use crate::{Equipment, contracts, counters, sites};

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

/// A small file of this kind: its first row are the columns. Its customers and machines are to be there first.
pub const fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Machines => {
            "customer,model,serial,site,address,position,place,status,contract,installed_on,mono,color,total,notes\r\n\
             Grace Hill,Laser 400,SN-10001,Main office,\"4 Mill Lane, Leeds\",,Second floor,active,,2026-01-05,12500,3100,,\r\n\
             Grace Hill,Laser 200,SN-10002,Main office,\"4 Mill Lane, Leeds\",,Reception,active,,2026-01-05,,,800,\r\n"
        }
        Kind::Readings => {
            "serial,counter,value,day\r\nSN-10001,mono,13200,2026-02-01\r\nSN-10001,color,3350,2026-02-01\r\n"
        }
    }
}

const IMPORTS: Imports = Imports::of("equipment_imports");

/// Stores a file to be checked.
///
/// # Errors
/// [`Error::Invalid`] for a file that is too large or empty.
pub async fn begin(equipment: &Equipment, actor: &Actor, kind: Kind, name: &str, bytes: &[u8]) -> Result<String> {
    IMPORTS
        .begin(equipment.store(), actor, kind.as_str(), name, bytes)
        .await
}

/// Lets a checked import write.
///
/// # Errors
/// [`Error::Conflict`] unless it is checked.
pub async fn confirm(equipment: &Equipment, actor: &Actor, id: &str) -> Result<()> {
    IMPORTS.confirm(equipment.store(), actor, id).await
}

/// An import by id.
pub async fn load(on: impl On, id: &str) -> Result<Import> {
    IMPORTS.load(on, id).await
}

/// The newest imports.
pub async fn list(on: impl On) -> Result<Vec<Import>> {
    IMPORTS.list(on).await
}

pub(crate) async fn has_work(on: impl On) -> Result<bool> {
    Ok(IMPORTS.next(on).await?.is_some())
}

/// Does what is open; returns how many imports it finished a step of.
pub async fn run(equipment: &Equipment) -> Result<usize> {
    let mut count = 0;
    while let Some(import) = IMPORTS.next(equipment.store().db()).await? {
        step(equipment, &import).await?;
        count += 1;
    }
    Ok(count)
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
    let kind: Kind = import.kind.parse()?;
    let today = equipment.today();
    // A large file takes a second to read: not on the thread that answers others.
    let parsed = tokio::task::spawn_blocking(move || csv::parse(&bytes).map(|rows| read(kind, &rows, today)))
        .await
        .map_err(|error| Error::corrupt("import", error))?;
    let (found, mut wrongs) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let progress = Progress::unreadable(&error);
            return IMPORTS.save(store, &import.id, "failed", &progress).await;
        }
    };
    if import.state == "checking" {
        let total = count(found.len()) + count(wrongs.len());
        let mut progress = Progress {
            total,
            done: total,
            ..Progress::default()
        };
        for one in &found {
            match check(store.db(), one).await? {
                Ok(true) => progress.new += 1,
                Ok(false) => progress.known += 1,
                Err(wrong) => wrongs.push(wrong),
            }
        }
        return IMPORTS
            .save(store, &import.id, "checked", &progress.with_wrongs(wrongs))
            .await;
    }
    write(equipment, import, &found).await
}

/// Writes what is not known, some rows a transaction with their progress: what a crash leaves undone is done by
/// the next run, and nothing twice.
async fn write(equipment: &Equipment, import: &Import, found: &[Found]) -> Result<()> {
    let actor = import.begun_by();
    let mut progress = import.progress();
    let mut done = progress.skip(found.len());
    loop {
        let part = &found[done..found.len().min(done + BATCH)];
        let mut tx = equipment.store().begin().await?;
        for one in part {
            // What the check found wrong is in the report already.
            let Ok(_) = check(&mut tx, one).await? else { continue };
            match take(&mut tx, equipment, &actor, one).await {
                Ok(true) => progress.new += 1,
                Ok(false) => progress.known += 1,
                Err(Error::Invalid(why) | Error::Conflict(why)) => progress.refuse(one.line(), why),
                Err(error) => return Err(error),
            }
        }
        done += part.len();
        progress.done = count(done);
        IMPORTS.commit(tx, &import.id, &progress, done == found.len()).await?;
        if done == found.len() {
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
