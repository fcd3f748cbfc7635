//! Counters of machines. Each remembers its newest reading, so that lists need not look through the readings.

use billing::day;
use conversation::db::{On, composed_sql, rows_in, sql};
use conversation::types::Actor;
use conversation::{Error, Result, Tx, audit};
use jiff::civil::Date;
use serde_json::json;

use crate::ids::{CounterId, CounterKind, MachineId};
use crate::{changed, machines};

/// The largest number that a counter can show.
pub const LARGEST: i64 = 999_999_999_999;

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Counter {
    /// Its id.
    pub id: CounterId,
    /// Of which machine.
    pub machine_id: MachineId,
    /// What it counts.
    pub kind: CounterKind,
    /// It starts again at zero after so many digits.
    pub digits: i64,
    /// Where it began.
    pub start_value: i64,
    /// When, ISO.
    pub start_on: String,
    /// What it showed last.
    pub last_value: i64,
    /// When, ISO.
    pub last_on: String,
    /// All copies since it began, over replacements.
    pub last_total: i64,
    /// What the machine makes: copies in a thousand days; unknown at the beginning.
    pub pace: Option<i64>,
}

pub(crate) const COUNTER: &str =
    "id, machine_id, kind, digits, start_value, start_on, last_value, last_on, last_total, pace";

impl Counter {
    /// What it can show at most.
    pub fn top(&self) -> i64 {
        10i64.pow(u32::try_from(self.digits.clamp(1, 12)).unwrap_or(12)) - 1
    }

    /// What it will make in so many days, by its own pace.
    pub fn expected(&self, days: i64) -> Option<i64> {
        self.pace.map(|pace| pace.saturating_mul(days.max(0)) / 1_000)
    }
}

/// A counter by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &CounterId) -> Result<Counter> {
    composed_sql(format!("SELECT {COUNTER} FROM counters_of_machines WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// A counter, held until the commit.
pub(crate) async fn lock(tx: &mut Tx, id: &CounterId) -> Result<Counter> {
    composed_sql(format!(
        "UPDATE counters_of_machines SET digits = digits WHERE id = $1 RETURNING {COUNTER}"
    ))
    .bind(id.as_str())
    .optional(tx)
    .await?
    .ok_or(Error::NotFound)
}

/// The counters of machines, in the order of their kinds.
pub async fn of_machines(on: impl On, machines: &[MachineId]) -> Result<Vec<Counter>> {
    let select = format!("SELECT {COUNTER} FROM counters_of_machines WHERE machine_id IN");
    let mut found: Vec<Counter> = rows_in(on, &select, machines.iter().map(MachineId::as_str)).await?;
    found.sort_by(|a, b| (&a.machine_id, a.kind).cmp(&(&b.machine_id, b.kind)));
    Ok(found)
}

/// The counters of one machine.
pub async fn of_machine(on: impl On, machine: &MachineId) -> Result<Vec<Counter>> {
    of_machines(on, std::slice::from_ref(machine)).await
}

/// Adds a counter that shows `start_value` on a day.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::Conflict`] when the machine has such a counter.
pub async fn add_in(
    tx: &mut Tx,
    actor: &Actor,
    machine: &MachineId,
    kind: CounterKind,
    digits: i64,
    start_value: i64,
    start_on: Date,
) -> Result<CounterId> {
    let owner = machines::load(&mut *tx, machine).await?.customer_id;
    if !(3..=12).contains(&digits) {
        return Err(Error::Invalid("digits: a counter has 3 to 12 digits".to_owned()));
    }
    if !(0..=LARGEST).contains(&start_value) {
        return Err(Error::Invalid(format!("start_value: 0 to {LARGEST}")));
    }
    day::parse(&start_on.to_string())?;
    let id = CounterId::from(tx.env().ulid());
    let rows = sql("INSERT INTO counters_of_machines (id, machine_id, kind, digits, start_value, start_on, last_value, last_on, last_total) VALUES ($1, $2, $3, $4, $5, $6, $5, $6, 0) ON CONFLICT (machine_id, kind) DO NOTHING")
        .bind(id.as_str())
        .bind(machine.as_str())
        .bind(kind.as_str())
        .bind(digits.max(i64::try_from(start_value.to_string().len()).unwrap_or(12)))
        .bind(start_value)
        .bind(start_on.to_string())
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::Conflict(format!("kind: the machine has a counter `{kind}`")));
    }
    audit::record(tx, actor, "counter.added", machine.as_str(), &json!({ "kind": kind })).await?;
    changed(tx, actor, machine.as_str(), &owner, "counter");
    Ok(id)
}
