//! Readings: what counters showed, as a chain of totals. A total counts all copies since the counter began,
//! whatever was replaced or ran over meanwhile; use between two days is the difference of two totals.

use billing::day;
use conversation::db::{On, composed_sql, sql};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Tx, audit};
use jiff::civil::Date;
use serde_json::json;

use crate::counters::{self, Counter, LARGEST};
use crate::doubt::{self, Around};
use crate::ids::{CounterId, Doubt, MachineId, Meaning, ReadingId, ReadingKind, Source};
use crate::{Equipment, card, changed, line, machines, wishes};

/// The pace is taken from the last so many days.
const PACE_DAYS: i64 = 180;
/// Fewer days say nothing about a pace.
const LEAST_DAYS: i64 = 7;

/// What a counter showed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reading {
    /// Its id.
    pub id: ReadingId,
    /// Of which counter.
    pub counter_id: CounterId,
    /// Of which machine.
    pub machine_id: MachineId,
    /// The day, ISO.
    pub taken_on: String,
    /// What the display showed.
    pub value: i64,
    /// All copies since the counter began.
    pub total: i64,
    /// What it says beside its number.
    pub kind: ReadingKind,
    /// Where it came from.
    pub source: Source,
    /// What was odd, and was confirmed.
    pub doubt: Option<Doubt>,
    /// Whether it was taken back.
    pub is_void: bool,
    /// What somebody wrote beside it.
    pub note: String,
    /// Who: JSON.
    pub actor: String,
    /// When it was handed in.
    pub created_at: Millis,
    /// The bytes of a picture of the counter.
    pub photo_sha256: Option<String>,
    /// The picture's media type.
    pub photo_type: Option<String>,
}

const READING: &str = "id, counter_id, machine_id, taken_on, value, total, kind, source, doubt, is_void, note, actor, created_at, photo_sha256, photo_type";

/// A reading to hand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReading {
    /// Of which counter.
    pub counter: CounterId,
    /// What the display shows.
    pub value: i64,
    /// The day.
    pub on: Date,
    /// Where it comes from.
    pub source: Source,
    /// How a doubtful number is to be understood, once somebody was asked.
    pub meaning: Option<Meaning>,
    /// What somebody wrote beside it.
    pub note: String,
}

/// What became of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// It counts.
    Stored(ReadingId),
    /// It is odd: ask, and hand it in again with a [`Meaning`]. Nothing was stored.
    Asks {
        /// What is odd.
        doubt: Doubt,
        /// What the counter showed before.
        before: i64,
        /// When, ISO.
        before_on: String,
        /// What the machine would have made by its own pace.
        expected: Option<i64>,
    },
}

/// The newest readings of a counter that count, the newest first.
pub async fn of_counter(on: impl On, counter: &CounterId, most: i64) -> Result<Vec<Reading>> {
    composed_sql(format!(
        "SELECT {READING} FROM readings WHERE counter_id = $1 AND NOT is_void ORDER BY taken_on DESC, id DESC LIMIT $2"
    ))
    .bind(counter.as_str())
    .bind(most)
    .all(on)
    .await
}

/// The newest readings of a machine, those taken back among them.
pub async fn of_machine(on: impl On, machine: &MachineId, most: i64) -> Result<Vec<Reading>> {
    composed_sql(format!(
        "SELECT {READING} FROM readings WHERE machine_id = $1 ORDER BY taken_on DESC, id DESC LIMIT $2"
    ))
    .bind(machine.as_str())
    .bind(most)
    .all(on)
    .await
}

/// Readings that were odd and were confirmed, the newest first: for somebody to look at.
pub async fn in_doubt(on: impl On, before: Option<&ReadingId>, most: i64) -> Result<Vec<Reading>> {
    composed_sql(format!(
        "SELECT {READING} FROM readings WHERE doubt IS NOT NULL AND NOT is_void AND id < $1 ORDER BY id DESC LIMIT $2"
    ))
    .bind(before.map_or("~", ReadingId::as_str))
    .bind(most)
    .all(on)
    .await
}

/// The newest reading that counts on or before a day.
pub async fn at(on: impl On, counter: &CounterId, day: &str) -> Result<Option<Reading>> {
    composed_sql(format!(
        "SELECT {READING} FROM readings WHERE counter_id = $1 AND taken_on <= $2 AND NOT is_void ORDER BY taken_on DESC, id DESC LIMIT 1"
    ))
    .bind(counter.as_str())
    .bind(day)
    .optional(on)
    .await
}

async fn after(on: impl On, counter: &CounterId, day: &str) -> Result<Option<Reading>> {
    composed_sql(format!(
        "SELECT {READING} FROM readings WHERE counter_id = $1 AND taken_on > $2 AND NOT is_void ORDER BY taken_on, id LIMIT 1"
    ))
    .bind(counter.as_str())
    .bind(day)
    .optional(on)
    .await
}

/// Hands a reading in. The same number on the same day is the same reading.
///
/// # Errors
/// [`Error::Invalid`] for a number or a day that no counter can have; [`Error::NotFound`].
pub async fn enter_in(tx: &mut Tx, equipment: &Equipment, actor: &Actor, new: NewReading) -> Result<Entered> {
    if !(0..=LARGEST).contains(&new.value) {
        return Err(Error::Invalid(format!("value: a whole number from 0 to {LARGEST}")));
    }
    let counter = counters::lock(tx, &new.counter).await?;
    let on = new.on.to_string();
    check_day(equipment, &counter, &new)?;
    let before = at(&mut *tx, &counter.id, &on).await?;
    if let Some(same) = before
        .as_ref()
        .filter(|known| known.taken_on == on && known.value == new.value)
    {
        wishes::answered_in(tx, &counter.machine_id, &same.taken_on).await?;
        return Ok(Entered::Stored(same.id.clone()));
    }
    let (before_value, before_on) = before
        .as_ref()
        .map_or((counter.start_value, counter.start_on.clone()), |known| {
            (known.value, known.taken_on.clone())
        });
    let later = after(&mut *tx, &counter.id, &on).await?;
    let days = day::between(day::parse(&before_on)?, new.on);
    let around = Around {
        before: before_value,
        days,
        later: later
            .as_ref()
            .filter(|later| later.kind == ReadingKind::Plain)
            .map(|later| later.value),
        pace: counter.pace,
        top: counter.top(),
    };
    let doubt = doubt::doubt(new.value, &around);
    let kind = match (doubt, new.meaning) {
        (Some(doubt), None) => {
            return Ok(Entered::Asks {
                doubt,
                before: before_value,
                before_on,
                expected: counter.expected(days.max(1)),
            });
        }
        (None, _) => ReadingKind::Plain,
        (Some(doubt), Some(meaning)) => meant(doubt, meaning),
    };
    if doubt.is_some() && new.meaning == Some(Meaning::Corrected) {
        take_back_in(tx, &counter, &on, new.value).await?;
    }
    let id = ReadingId::from(tx.env().ulid());
    let now = tx.now();
    sql("INSERT INTO readings (id, counter_id, machine_id, taken_on, value, total, kind, source, doubt, is_void, note, actor, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, $12)")
        .bind(id.as_str())
        .bind(counter.id.as_str())
        .bind(counter.machine_id.as_str())
        .bind(on.as_str())
        .bind(new.value)
        .bind(kind.as_str())
        .bind(new.source.as_str())
        .bind(doubt.map(Doubt::as_str))
        .bind(false)
        .bind(line(&new.note, 300))
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(now)
        .run(&mut *tx)
        .await?;
    chain_in(tx, &counter).await?;
    wishes::answered_in(tx, &counter.machine_id, &on).await?;
    told_in(tx, actor, &counter, "reading").await?;
    Ok(Entered::Stored(id))
}

/// What an odd number is, as whoever handed it in explained it.
const fn meant(doubt: Doubt, meaning: Meaning) -> ReadingKind {
    match (doubt, meaning) {
        (Doubt::Jump, Meaning::Right | Meaning::Rollover) | (_, Meaning::Corrected) => ReadingKind::Plain,
        (Doubt::Lower, Meaning::Rollover) => ReadingKind::Rollover,
        // A higher number cannot have begun again at zero; a lower one without a word was replaced.
        (_, Meaning::Replaced) | (Doubt::Lower, Meaning::Right) => ReadingKind::Replaced,
    }
}

/// Refuses a day that no reading of this counter can be of.
fn check_day(equipment: &Equipment, counter: &Counter, new: &NewReading) -> Result<()> {
    if day::between(equipment.today(), new.on) > 1 {
        return Err(Error::Invalid("on: that day is still to come".to_owned()));
    }
    if new.on.to_string() < counter.start_on {
        return Err(Error::Invalid(format!(
            "on: the counter began on {}; a reading cannot be older",
            counter.start_on
        )));
    }
    Ok(())
}

/// One reading.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &ReadingId) -> Result<Reading> {
    composed_sql(format!("SELECT {READING} FROM readings WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// Puts a picture of the counter beside a reading; its bytes are stored.
///
/// # Errors
/// What the database refuses.
pub async fn set_photo_in(tx: &mut Tx, id: &ReadingId, media_type: &str, sha256: &str) -> Result<()> {
    sql("UPDATE readings SET photo_sha256 = $2, photo_type = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(sha256)
        .bind(media_type)
        .run(&mut *tx)
        .await?;
    Ok(())
}

/// Takes back the earlier readings that a correction contradicts: from its day backwards while they are higher.
async fn take_back_in(tx: &mut Tx, counter: &Counter, on: &str, value: i64) -> Result<()> {
    loop {
        match at(&mut *tx, &counter.id, on).await? {
            Some(wrong) if wrong.value > value => {
                sql("UPDATE readings SET is_void = $2 WHERE id = $1")
                    .bind(wrong.id.as_str())
                    .bind(true)
                    .run(&mut *tx)
                    .await?;
            }
            _ => return Ok(()),
        }
    }
}

/// Takes a reading back; what came after it counts on.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it was taken back before.
pub async fn void_in(tx: &mut Tx, actor: &Actor, id: &ReadingId) -> Result<()> {
    let found: Option<(CounterId,)> = sql("SELECT counter_id FROM readings WHERE id = $1")
        .bind(id.as_str())
        .optional(&mut *tx)
        .await?;
    let (counter,) = found.ok_or(Error::NotFound)?;
    let counter = counters::lock(tx, &counter).await?;
    let rows = sql("UPDATE readings SET is_void = $2 WHERE id = $1 AND NOT is_void")
        .bind(id.as_str())
        .bind(true)
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::Conflict("this reading was taken back before".to_owned()));
    }
    chain_in(tx, &counter).await?;
    audit::record(
        tx,
        actor,
        "reading.void",
        counter.machine_id.as_str(),
        &json!({ "reading": id.as_str() }),
    )
    .await?;
    told_in(tx, actor, &counter, "reading").await
}

async fn told_in(tx: &mut Tx, actor: &Actor, counter: &Counter, what: &str) -> Result<()> {
    let machine = machines::load(&mut *tx, &counter.machine_id).await?;
    changed(tx, actor, machine.id.as_str(), &machine.customer_id, what);
    card::refresh_machine_in(tx, actor, &machine.id).await
}

/// Sums the chain again and remembers its end. A machine's ten years of weekly readings are five hundred rows.
async fn chain_in(tx: &mut Tx, counter: &Counter) -> Result<()> {
    let rows: Vec<Reading> = composed_sql(format!(
        "SELECT {READING} FROM readings WHERE counter_id = $1 AND NOT is_void ORDER BY taken_on, id"
    ))
    .bind(counter.id.as_str())
    .all(&mut *tx)
    .await?;
    let mut digits = counter.digits;
    for row in &rows {
        digits = digits.max(i64::try_from(row.value.to_string().len()).unwrap_or(12));
    }
    let counter = Counter {
        digits,
        ..counter.clone()
    };
    let totals = totals(&counter, &rows);
    for (row, total) in rows.iter().zip(&totals) {
        if row.total != *total {
            sql("UPDATE readings SET total = $2 WHERE id = $1")
                .bind(row.id.as_str())
                .bind(*total)
                .run(&mut *tx)
                .await?;
        }
    }
    let (value, on, total) = match (rows.last(), totals.last()) {
        (Some(last), Some(total)) => (last.value, last.taken_on.clone(), *total),
        _ => (counter.start_value, counter.start_on.clone(), 0),
    };
    sql("UPDATE counters_of_machines SET digits = $2, last_value = $3, last_on = $4, last_total = $5, pace = $6 WHERE id = $1")
        .bind(counter.id.as_str())
        .bind(digits)
        .bind(value)
        .bind(on)
        .bind(total)
        .bind(pace(&counter, &rows, &totals)?)
        .run(tx)
        .await?;
    Ok(())
}

/// The totals of readings in order. Pure.
pub fn totals(counter: &Counter, readings: &[Reading]) -> Vec<i64> {
    let mut value = counter.start_value;
    let mut total = 0i64;
    readings
        .iter()
        .map(|reading| {
            let made = match reading.kind {
                ReadingKind::Plain => reading.value - value,
                ReadingKind::Rollover => reading.value + counter.top() + 1 - value,
                ReadingKind::Replaced => 0,
            };
            // A plain one below its neighbour is a contradiction somebody let stand: nothing was made.
            total = total.saturating_add(made.max(0));
            value = reading.value;
            total
        })
        .collect()
}

/// What the machine makes in a thousand days, by the last half year; `None` where there is too little.
fn pace(counter: &Counter, readings: &[Reading], totals: &[i64]) -> Result<Option<i64>> {
    let (Some(last), Some(last_total)) = (readings.last(), totals.last()) else {
        return Ok(None);
    };
    let end = day::parse(&last.taken_on)?;
    let begin = day::plus(end, -PACE_DAYS).to_string();
    let mut from = (counter.start_on.as_str(), 0i64);
    for (reading, total) in readings.iter().zip(totals) {
        if reading.taken_on > begin {
            break;
        }
        from = (reading.taken_on.as_str(), *total);
    }
    let days = day::between(day::parse(from.0)?, end);
    Ok((days >= LEAST_DAYS).then(|| (last_total - from.1).saturating_mul(1_000) / days))
}

/// Copies made in each month (`2026-01`), in order, by the last readings of a counter: what was made until a
/// reading counts for the month of that reading. `since`: only what was made after that day.
pub async fn by_month(on: impl On, counter: &CounterId, since: Option<&str>, most: i64) -> Result<Vec<(String, i64)>> {
    let mut on = on;
    let mut rows = of_counter(&mut on, counter, most.saturating_add(1)).await?;
    let earlier = match since {
        Some(day) => at(&mut on, counter, day).await?.map_or(0, |reading| reading.total),
        None => 0,
    };
    rows.retain(|reading| since.is_none_or(|day| reading.taken_on.as_str() > day));
    // With more than was asked for, the oldest only says where the others begin.
    let is_cut = i64::try_from(rows.len()).unwrap_or(i64::MAX) > most;
    let mut before = if is_cut {
        rows.pop().map_or(0, |oldest| oldest.total)
    } else {
        earlier
    };
    let mut months: Vec<(String, i64)> = Vec::new();
    for reading in rows.into_iter().rev() {
        let month = reading.taken_on.get(..7).unwrap_or_default().to_owned();
        let made = (reading.total - before).max(0);
        before = reading.total;
        match months.last_mut() {
            Some((last, sum)) if *last == month => *sum += made,
            _ => months.push((month, made)),
        }
    }
    Ok(months)
}
