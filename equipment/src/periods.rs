//! Periods of contracts: what was used, and the invoice that each ends in.

use std::collections::HashMap;

use billing::documents::{self, Draft};
use billing::state::Kind;
use billing::totals::{Line, Tax};
use billing::{Billing, DocumentId, day, issue, settings as business};
use conversation::db::{On, sql};
use conversation::types::{Actor, Language};
use conversation::{Error, Result, Tx};
use serde::{Deserialize, Serialize};

use crate::contracts::{self, Contract};
use crate::counters::{self, Counter};
use crate::ids::{ContractId, CounterId, MachineId};
use crate::machines::{self, Filter, Machine};
use crate::usage::{self, Measured, Pot, Rate, Slice};
use crate::words::{self, number};
use crate::{Equipment, changed, moves, readings, settings};

/// More lines than this are put together by counter and price.
const MOST_LINES: usize = 400;
/// How much of the sum an invoice says below its lines, in characters.
const LONGEST_NOTES: usize = 3_600;

/// A period that was closed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Period {
    /// Counts from 0.
    pub number: i64,
    /// Its first day, ISO.
    pub starts_on: String,
    /// Its last day, ISO.
    pub ends_on: String,
    /// Its invoice; none where nothing was to be paid.
    pub document_id: Option<DocumentId>,
    /// JSON of [`Summed`].
    pub usage_json: String,
}

/// How a period came to its sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summed {
    /// What was counted together.
    pub pots: Vec<Pot>,
    /// For a period, whatever is used, in minor units.
    pub base_price: i64,
}

impl Period {
    /// How it came to its sum.
    pub fn summed(&self) -> Option<Summed> {
        serde_json::from_str(&self.usage_json).ok()
    }
}

/// The closed periods of a contract, the newest first.
pub async fn of_contract(on: impl On, contract: &ContractId, most: i64) -> Result<Vec<Period>> {
    sql("SELECT number, starts_on, ends_on, document_id, usage_json FROM contract_periods WHERE contract_id = $1 ORDER BY number DESC LIMIT $2")
        .bind(contract.as_str())
        .bind(most)
        .all(on)
        .await
}

#[derive(sqlx::FromRow)]
struct Mark {
    counter_id: CounterId,
    total: i64,
    taken_on: String,
    period: i64,
}

/// The number of the period that a day lies in, not beyond `last`.
fn period_of(contract: &Contract, day: &str, last: i64) -> Result<i64> {
    for number in 0..=last {
        if contract.period(number)?.1.to_string().as_str() >= day {
            return Ok(number);
        }
    }
    Ok(last)
}

/// What the counters under a contract made since they were billed, by readings until a day.
async fn measure(on: impl On, contract: &Contract, rates: &[Rate], until: &str) -> Result<Vec<Measured>> {
    let mut on = on;
    let marks: Vec<Mark> = sql("SELECT counter_id, total, taken_on, period FROM contract_marks WHERE contract_id = $1")
        .bind(contract.id.as_str())
        .all(&mut on)
        .await?;
    let marks: HashMap<CounterId, Mark> = marks.into_iter().map(|mark| (mark.counter_id.clone(), mark)).collect();
    let filter = Filter {
        contract: Some(contract.id.clone()),
        ..Filter::default()
    };
    // Those that left come first: where one came back, its mark is that of the machine as it is there now.
    let mut found = left(&mut on, contract, rates, &marks, until).await?;
    let mut after: Option<MachineId> = None;
    loop {
        let page = machines::list(&mut on, &filter, after.as_ref(), 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        let ids: Vec<MachineId> = page.iter().map(|machine| machine.id.clone()).collect();
        let counters = counters::of_machines(&mut on, &ids).await?;
        for machine in &page {
            let own = counters.iter().filter(|counter| counter.machine_id == machine.id);
            for counter in own.filter(|counter| rates.iter().any(|rate| rate.counter == counter.kind)) {
                // What was billed before it went away and came back says nothing of now.
                let mark = marks.get(&counter.id).filter(|mark| {
                    machine
                        .moved_on
                        .as_deref()
                        .is_none_or(|came| mark.taken_on.as_str() >= came)
                });
                found.push(measured(&mut on, contract, machine, counter, mark, until).await?);
            }
        }
    }
    Ok(found)
}

/// What the counters of machines that went elsewhere made under a contract until they left, and was not billed yet.
async fn left(
    on: impl On,
    contract: &Contract,
    rates: &[Rate],
    marks: &HashMap<CounterId, Mark>,
    until: &str,
) -> Result<Vec<Measured>> {
    let mut on = on;
    let mut found = Vec::new();
    for stay in moves::that_left(&mut on, &contract.id).await? {
        let own = counters::of_machine(&mut on, &stay.machine_id).await?;
        let machine = Machine {
            contract_since: stay.contract_since.clone(),
            ..machines::load(&mut on, &stay.machine_id).await?
        };
        let last = until.min(stay.until_on.as_str());
        for counter in own
            .iter()
            .filter(|counter| rates.iter().any(|rate| rate.counter == counter.kind))
        {
            let mark = marks.get(&counter.id);
            if mark.is_some_and(|mark| mark.taken_on >= stay.until_on) {
                continue;
            }
            let one = measured(&mut on, contract, &machine, counter, mark, last).await?;
            found.extend(one.to.is_some().then(|| Measured {
                machine: stay.name.clone(),
                ..one
            }));
        }
    }
    Ok(found)
}

async fn measured(
    on: impl On,
    contract: &Contract,
    machine: &Machine,
    counter: &Counter,
    mark: Option<&Mark>,
    until: &str,
) -> Result<Measured> {
    let mut on = on;
    let (from, from_on, period) = match mark {
        Some(mark) => (mark.total, mark.taken_on.clone(), mark.period),
        None => {
            let since = machine.contract_since.as_deref().unwrap_or_default();
            let since = since.max(contract.starts_on.as_str());
            let before = period_of(contract, since, contract.closed)? - 1;
            match readings::at(&mut on, &counter.id, since).await? {
                Some(base) => (base.total, base.taken_on, before),
                None => (0, counter.start_on.clone(), before),
            }
        }
    };
    let newest = if counter.last_on.as_str() <= until {
        (counter.last_on > from_on).then(|| (counter.last_total, counter.last_on.clone()))
    } else {
        readings::at(&mut on, &counter.id, until)
            .await?
            .filter(|reading| reading.taken_on > from_on)
            .map(|reading| (reading.total, reading.taken_on))
    };
    Ok(Measured {
        counter_id: counter.id.to_string(),
        machine: machine.name(),
        serial: machine.serial.clone(),
        counter: counter.kind,
        from,
        to: newest.as_ref().map(|(total, _)| *total),
        from_on,
        to_on: newest.map(|(_, on)| on),
        periods: (contract.closed - period).max(1),
    })
}

/// What the running period comes to so far.
pub async fn running(equipment: &Equipment, contract: &Contract) -> Result<Vec<Pot>> {
    let db = equipment.store().db();
    let rates = contracts::rates(db, &contract.id).await?;
    let today = equipment.today().to_string();
    let measured = measure(db, contract, &rates, &today).await?;
    Ok(usage::pots(&rates, contract.is_pooled, &measured))
}

/// Closes every period whose day has come; each once, its invoice in the same commit. A contract that cannot be billed
/// stays due and holds up no other.
pub(crate) async fn close_due(equipment: &Equipment) -> Result<usize> {
    let store = equipment.store();
    let today = equipment.today().to_string();
    let mut count = 0;
    let mut failed: Option<Contract> = None;
    while let Some(contract) = contracts::to_close(store.db(), &today, failed.as_ref()).await? {
        let made = match close(equipment, &contract).await {
            Ok(made) => made,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!(contract = contract.number, %error, "a period could not be billed");
                failed = Some(contract);
                continue;
            }
        };
        count += 1;
        if let (Some(id), true) = (made, contract.is_sent) {
            match issue::send(&equipment.billing, &Actor::System, &id, false).await {
                Ok(_) | Err(Error::Conflict(_) | Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(count)
}

async fn close(equipment: &Equipment, contract: &Contract) -> Result<Option<DocumentId>> {
    let billing = &equipment.billing;
    let mut tx = billing.store.begin().await?;
    // Whoever moves the number closes the period.
    let taken = sql("UPDATE contracts SET closed = closed + 1 WHERE id = $1 AND closed = $2")
        .bind(contract.id.as_str())
        .bind(contract.closed)
        .run(&mut tx)
        .await?;
    if taken == 0 {
        return Ok(None);
    }
    let grace = settings::load(&mut tx).await?.close_after_days;
    let (first, last) = contract.period(contract.closed)?;
    let rates = contracts::rates(&mut tx, &contract.id).await?;
    let until = day::plus(last, grace).to_string();
    let measured = measure(&mut tx, contract, &rates, &until).await?;
    let pots = usage::pots(&rates, contract.is_pooled, &measured);
    let customer = billing::customers::load(&mut tx, &contract.customer_id).await?;
    let lines = lines(
        contract,
        &pots,
        (&first.to_string(), &last.to_string()),
        customer.language,
    )?;
    let document = if lines.is_empty() {
        None
    } else {
        let notes = notes(&pots, customer.language);
        Some(invoice_in(&mut tx, billing, contract, customer.language, lines, notes).await?)
    };
    remember(&mut tx, contract, &pots).await?;
    let summed = Summed {
        pots,
        base_price: contract.base_price,
    };
    let now = tx.now();
    sql("INSERT INTO contract_periods (contract_id, number, starts_on, ends_on, document_id, usage_json, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(contract.id.as_str())
        .bind(contract.closed)
        .bind(first.to_string())
        .bind(last.to_string())
        .bind(document.as_ref().map(DocumentId::as_str))
        .bind(serde_json::to_string(&summed).map_err(|error| Error::corrupt("usage", error))?)
        .bind(now)
        .run(&mut tx)
        .await?;
    let next = contracts::load(&mut tx, &contract.id).await?;
    let close_on = contracts::close_on(&next, grace)?;
    let is_over = close_on.is_none() && contract.renews_months == 0;
    sql("UPDATE contracts SET close_on = $2, is_active = $3 WHERE id = $1")
        .bind(contract.id.as_str())
        .bind(close_on)
        .bind(!is_over)
        .run(&mut tx)
        .await?;
    changed(
        &mut tx,
        &Actor::System,
        contract.id.as_str(),
        &contract.customer_id,
        "period",
    );
    tx.commit().await?;
    Ok(document)
}

/// The draft of a period's invoice.
async fn invoice_in(
    tx: &mut Tx,
    billing: &Billing,
    contract: &Contract,
    language: Language,
    lines: Vec<Line>,
    notes: String,
) -> Result<DocumentId> {
    let own = business::business(&mut *tx, &billing.store).await?;
    let today = billing.today();
    let draft = Draft {
        kind: Kind::Invoice,
        currency: contract.currency,
        language,
        issued_on: today,
        due_on: day::plus(today, own.due_days),
        rounding: own.rounding,
        notes,
        lines,
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: true,
    };
    documents::create_in(tx, &Actor::System, &contract.customer_id, draft).await
}

/// Remembers up to which totals was billed.
async fn remember(tx: &mut Tx, contract: &Contract, pots: &[Pot]) -> Result<()> {
    for part in pots.iter().filter(|pot| !pot.is_carried).flat_map(|pot| &pot.parts) {
        let (Some(to), Some(on)) = (part.to, &part.to_on) else {
            continue;
        };
        sql("INSERT INTO contract_marks (contract_id, counter_id, total, taken_on, period) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (contract_id, counter_id) DO UPDATE SET total = excluded.total, taken_on = excluded.taken_on, period = excluded.period")
            .bind(contract.id.as_str())
            .bind(part.counter_id.as_str())
            .bind(to)
            .bind(on.as_str())
            .bind(contract.closed)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Whose a pot is.
fn owner(pot: &Pot, language: Language) -> String {
    match pot.parts.as_slice() {
        [part] => format!("{} ({})", part.machine, part.serial),
        _ => words::of(language).together.to_owned(),
    }
}

fn line_of(taxes: &[Tax], slice: Slice, description: String, language: Language) -> Line {
    let (quantity, unit_price, by_thousand) = usage::line_of(slice);
    Line {
        description: if by_thousand {
            format!("{description} · {}", words::of(language).per_thousand)
        } else {
            description
        },
        quantity,
        unit_price,
        discount: 0,
        taxes: taxes.to_vec(),
    }
}

/// The lines of a period's invoice.
///
/// # Errors
/// As [`Contract::taxes`].
fn lines(contract: &Contract, pots: &[Pot], span: (&str, &str), language: Language) -> Result<Vec<Line>> {
    let said = words::of(language);
    let taxes = contract.taxes()?;
    let billed: Vec<&Pot> = pots.iter().filter(|pot| !pot.is_carried).collect();
    let mut lines = Vec::new();
    if contract.base_price > 0 {
        let (from, to) = (words::day(span.0, language), words::day(span.1, language));
        lines.push(Line {
            description: format!("{} · {} · {from} – {to}", said.base, contract.number),
            quantity: 1_000,
            unit_price: contract.base_price,
            discount: 0,
            taxes: taxes.clone(),
        });
    }
    if billed.iter().map(|pot| pot.slices.len()).sum::<usize>() <= MOST_LINES {
        for pot in billed {
            for slice in &pot.slices {
                let text = said
                    .excess_line
                    .replace("{counter}", said.counter(pot.counter))
                    .replace("{excess}", &number(slice.copies, language))
                    .replace("{included}", &number(pot.included, language));
                let text = format!("{text} · {}", owner(pot, language));
                lines.push(line_of(&taxes, *slice, text, language));
            }
        }
        return Ok(lines);
    }
    // Very many machines: the same price of the same counter is one line.
    let mut sums: std::collections::BTreeMap<(crate::CounterKind, i64), (i64, i64)> = std::collections::BTreeMap::new();
    for pot in billed {
        for slice in &pot.slices {
            let sum = sums.entry((pot.counter, slice.per_thousand)).or_default();
            sum.0 = sum.0.saturating_add(slice.copies);
            sum.1 = sum.1.saturating_add(pot.included);
        }
    }
    for ((counter, per_thousand), (copies, included)) in sums {
        let text = said
            .excess_line
            .replace("{counter}", said.counter(counter))
            .replace("{excess}", &number(copies, language))
            .replace("{included}", &number(included, language));
        lines.push(line_of(&taxes, Slice { copies, per_thousand }, text, language));
    }
    Ok(lines)
}

/// The sum, shown.
pub fn notes(pots: &[Pot], language: Language) -> String {
    let said = words::of(language);
    if pots.is_empty() {
        return String::new();
    }
    let mut text = said.how_summed.to_owned();
    for pot in pots {
        let mut part = format!("\n{} · {}: ", owner(pot, language), said.counter(pot.counter));
        if pot.is_carried {
            part.push_str(said.carried);
        } else {
            if let [one] = pot.parts.as_slice() {
                part.push_str(&format!(
                    "{} − {} = ",
                    number(one.to.unwrap_or(one.from), language),
                    number(one.from, language)
                ));
            }
            part.push_str(
                &said
                    .sum
                    .replace("{used}", &number(pot.used, language))
                    .replace("{included}", &number(pot.included, language))
                    .replace("{excess}", &number(pot.excess, language)),
            );
        }
        if text.chars().count() + part.chars().count() > LONGEST_NOTES {
            text.push_str(&format!("\n{}", said.and_more));
            break;
        }
        text.push_str(&part);
    }
    text
}
