//! Readings that customers are asked for before a period ends.

use std::collections::HashMap;

use billing::{CustomerId, day};
use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::types::Millis;
use conversation::{Result, Tx};

use crate::contracts::{self, Contract};
use crate::counters::{self, Counter};
use crate::ids::{CounterKind, MachineId, Status};
use crate::machines::{self, Filter, Machine};
use crate::{Equipment, settings};

/// A reading that somebody was asked for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Wish {
    /// Its id.
    pub id: String,
    /// Of whom.
    pub customer_id: CustomerId,
    /// Of which machine.
    pub machine_id: MachineId,
    /// Until when, ISO.
    pub due_on: String,
    /// A reading from this day on answers it, ISO.
    pub since: String,
    /// JSON: days before the due day on which reminders went out.
    pub reminded: String,
    /// What was answered and waits to be confirmed: JSON.
    pub pending: Option<String>,
    /// When it was answered.
    pub answered_at: Option<Millis>,
}

const WISH: &str = "id, customer_id, machine_id, due_on, since, reminded, pending, answered_at";

/// One number that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The wish.
    pub wish: String,
    /// Of which machine.
    pub machine: Machine,
    /// Of which counter.
    pub counter: Counter,
    /// Until when, ISO.
    pub due_on: String,
}

/// The open wishes of these customers, what is due first first; at most two hundred.
pub async fn open_of(on: impl On, customers: &[CustomerId]) -> Result<Vec<Wish>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 0);
    composed_sql(format!(
        "SELECT {WISH} FROM reading_wishes WHERE customer_id IN {list} AND answered_at IS NULL ORDER BY due_on, id LIMIT 200"
    ))
    .bind_all(customers.iter().map(CustomerId::as_str))
    .all(on)
    .await
}

/// Whether a reading is wanted of anybody.
pub(crate) async fn is_any_open(on: impl On) -> Result<bool> {
    let any: Option<(String,)> = sql("SELECT id FROM reading_wishes WHERE answered_at IS NULL LIMIT 1")
        .optional(on)
        .await?;
    Ok(any.is_some())
}

/// The wishes for which a reminder may be due: those until `until`, from one customer on.
pub(crate) async fn due_until(on: impl On, until: &str) -> Result<Vec<Wish>> {
    composed_sql(format!(
        "SELECT {WISH} FROM reading_wishes WHERE answered_at IS NULL AND due_on <= $1 ORDER BY customer_id, due_on, id LIMIT 5000"
    ))
    .bind(until)
    .all(on)
    .await
}

/// The numbers that wishes want: the counters that a contract bills and that were not read since.
pub async fn wanted(on: impl On, wishes: &[Wish]) -> Result<Vec<Wanted>> {
    let mut on = on;
    let machines = machines::by_ids(&mut on, wishes.iter().map(|wish| &wish.machine_id)).await?;
    let ids: Vec<MachineId> = machines.keys().cloned().collect();
    let mut counters: HashMap<MachineId, Vec<Counter>> = HashMap::new();
    for counter in counters::of_machines(&mut on, &ids).await? {
        counters.entry(counter.machine_id.clone()).or_default().push(counter);
    }
    let billed = contracts::billed_counters(
        &mut on,
        machines.values().filter_map(|machine| machine.contract_id.as_ref()),
    )
    .await?;
    let mut found = Vec::new();
    for wish in wishes {
        let Some(machine) = machines.get(&wish.machine_id) else {
            continue;
        };
        // Without a contract all of them.
        let is_billed = |kind: CounterKind| match &machine.contract_id {
            Some(contract) => billed.contains(&(contract.clone(), kind)),
            None => true,
        };
        for counter in counters.get(&machine.id).into_iter().flatten() {
            if is_billed(counter.kind) && counter.last_on < wish.since {
                found.push(Wanted {
                    wish: wish.id.clone(),
                    machine: machine.clone(),
                    counter: counter.clone(),
                    due_on: wish.due_on.clone(),
                });
            }
        }
    }
    Ok(found)
}

/// Marks a machine's wishes as answered once all the numbers are there.
pub(crate) async fn answered_in(tx: &mut Tx, machine: &MachineId, _on: &str) -> Result<()> {
    let now = tx.now();
    sql("UPDATE reading_wishes SET answered_at = $2, pending = NULL WHERE machine_id = $1 AND answered_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM counters_of_machines c JOIN machines m ON m.id = c.machine_id LEFT JOIN contract_rates r ON r.contract_id = m.contract_id AND r.counter = c.kind
            WHERE c.machine_id = $1 AND (m.contract_id IS NULL OR r.counter IS NOT NULL) AND c.last_on < reading_wishes.since)")
        .bind(machine.as_str())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Opens the wishes of the periods that end soon; each period of a contract once.
pub(crate) async fn open_due(equipment: &Equipment) -> Result<()> {
    let store = equipment.store();
    let settings = settings::load(store.db()).await?;
    let Some(early) = settings.remind_days.iter().max().copied() else {
        return Ok(());
    };
    let today = equipment.today();
    let from = today.to_string();
    let until = day::plus(today, early + settings.close_after_days + 1).to_string();
    let soon: Vec<(crate::ids::ContractId,)> = sql(
        "SELECT id FROM contracts WHERE is_active AND close_on IS NOT NULL AND close_on > $1 AND close_on <= $2 ORDER BY close_on, id LIMIT 2000",
    )
    .bind(from)
    .bind(until)
    .all(store.db())
    .await?;
    for (id,) in soon {
        let contract = contracts::load(store.db(), &id).await?;
        let (_, last) = contract.period(contract.closed)?;
        if day::between(today, last) > early || last < today {
            continue;
        }
        let mut tx = store.begin().await?;
        let now = tx.now();
        let is_new = sql("INSERT INTO contract_news (contract_id, what, day, at) VALUES ($1, 'readings', $2, $3) ON CONFLICT DO NOTHING")
            .bind(contract.id.as_str())
            .bind(last.to_string())
            .bind(now)
            .run(&mut tx)
            .await?
            == 1;
        if is_new {
            open_in(&mut tx, &contract, &last.to_string(), &today.to_string()).await?;
        }
        tx.commit_silently().await?;
    }
    Ok(())
}

async fn open_in(tx: &mut Tx, contract: &Contract, due_on: &str, since: &str) -> Result<()> {
    let kinds: Vec<CounterKind> = contracts::rates(&mut *tx, &contract.id)
        .await?
        .into_iter()
        .map(|rate| rate.counter)
        .collect();
    let filter = Filter {
        contract: Some(contract.id.clone()),
        ..Filter::default()
    };
    let mut after: Option<MachineId> = None;
    loop {
        let page = machines::list(&mut *tx, &filter, after.as_ref(), 200).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id.clone());
        for machine in page
            .iter()
            .filter(|one| matches!(one.status, Status::Active | Status::Repair))
        {
            let counters = counters::of_machine(&mut *tx, &machine.id).await?;
            let is_wanted = counters
                .iter()
                .any(|counter| kinds.contains(&counter.kind) && counter.last_on.as_str() < since);
            if is_wanted {
                wish_in(tx, machine, due_on, since).await?;
            }
        }
    }
}

/// Nobody is asked for a machine's readings any more: it is with somebody else, who may be asked for the same day.
pub(crate) async fn end_in(tx: &mut Tx, machine: &MachineId) -> Result<()> {
    sql("DELETE FROM reading_wishes WHERE machine_id = $1 AND answered_at IS NULL")
        .bind(machine.as_str())
        .run(tx)
        .await?;
    Ok(())
}

/// Asks for the readings of one machine; an older wish ends with it.
pub async fn wish_in(tx: &mut Tx, machine: &Machine, due_on: &str, since: &str) -> Result<()> {
    let id = tx.env().ulid();
    let now = tx.now();
    sql("UPDATE reading_wishes SET answered_at = $3, pending = NULL WHERE machine_id = $1 AND answered_at IS NULL AND due_on < $2")
        .bind(machine.id.as_str())
        .bind(due_on)
        .bind(now)
        .run(&mut *tx)
        .await?;
    sql("INSERT INTO reading_wishes (id, customer_id, machine_id, due_on, since, reminded, created_at) VALUES ($1, $2, $3, $4, $5, '[]', $6) ON CONFLICT (machine_id, due_on) DO NOTHING")
        .bind(id)
        .bind(machine.customer_id.as_str())
        .bind(machine.id.as_str())
        .bind(due_on)
        .bind(since)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}
