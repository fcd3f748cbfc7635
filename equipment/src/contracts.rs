//! Contracts: terms, documents, what is included, what more costs, and their periods.

use std::collections::HashSet;

use billing::day::{self, Unit};
use billing::money::{Currency, LARGEST, Minor};
use billing::totals::Tax;
use billing::{CustomerId, customers};
use conversation::db::{On, composed_sql, insert_rows, placeholders, rows_in, sql};
use conversation::inbound::BlobRef;
use conversation::types::{Actor, ContactId, Millis};
use conversation::{Error, Result, Tx, audit};
use jiff::civil::Date;
use serde_json::json;

use crate::ids::{ContractId, CounterKind};
use crate::usage::{Band, Rate};
use crate::{changed, line, lines};

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// Whose.
    pub customer_id: CustomerId,
    /// As both sides call it.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Its conditions, of several lines.
    pub terms: String,
    /// Since when, ISO; periods count from here.
    pub starts_on: String,
    /// The last day, ISO.
    pub ends_on: Option<String>,
    /// It goes on for so many months; 0 ends it.
    pub renews_months: i64,
    /// The customer is told so many days before.
    pub notice_days: i64,
    /// A period has so many months.
    pub every: i64,
    /// The currency of its prices.
    pub currency: Currency,
    /// For a period, whatever is used.
    pub base_price: Minor,
    /// JSON of the taxes of its lines.
    pub taxes: String,
    /// What is included is for all machines together.
    pub is_pooled: bool,
    /// Invoices are sent at once.
    pub is_sent: bool,
    /// Whether it goes on.
    pub is_active: bool,
    /// How many periods were closed.
    pub closed: i64,
    /// When the next one can be, ISO.
    pub close_on: Option<String>,
    /// When it changed last.
    pub updated_at: Millis,
}

const CONTRACT: &str = "id, customer_id, number, title, terms, starts_on, ends_on, renews_months, notice_days, every, currency, base_price, taxes, is_pooled, is_sent, is_active, closed, close_on, updated_at";

impl Contract {
    /// The days of a period, from 0 on: the first and the last.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a stored day that is none.
    pub fn period(&self, number: i64) -> Result<(Date, Date)> {
        let start = day::parse(&self.starts_on)?;
        let first = day::nth(start, self.every, Unit::Month, number);
        let next = day::nth(start, self.every, Unit::Month, number + 1);
        Ok((first, day::plus(next, -1)))
    }

    /// The taxes of its lines.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where nobody can read them: without them an invoice would ask for too little.
    pub fn taxes(&self) -> Result<Vec<Tax>> {
        serde_json::from_str(&self.taxes)
            .map_err(|error| Error::corrupt(format!("taxes of contract {}", self.id), error))
    }
}

/// What is agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractData {
    /// As both sides call it.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Its conditions.
    pub terms: String,
    /// Since when.
    pub starts_on: Date,
    /// The last day.
    pub ends_on: Option<Date>,
    /// It goes on for so many months; 0 ends it.
    pub renews_months: i64,
    /// The customer is told so many days before.
    pub notice_days: i64,
    /// A period has so many months.
    pub every: i64,
    /// The currency of its prices.
    pub currency: Currency,
    /// For a period, whatever is used.
    pub base_price: Minor,
    /// The taxes of its lines.
    pub taxes: Vec<Tax>,
    /// What is included is for all machines together.
    pub is_pooled: bool,
    /// Invoices are sent at once.
    pub is_sent: bool,
    /// Whether it goes on.
    pub is_active: bool,
    /// What is included and what more costs.
    pub rates: Vec<Rate>,
}

impl ContractData {
    fn checked(mut self) -> Result<ContractData> {
        let bad = |words: &str| Err(Error::Invalid(words.to_owned()));
        self.number = line(&self.number, 60);
        self.title = line(&self.title, 200);
        self.terms = lines(&self.terms, 20_000);
        if self.number.is_empty() {
            return bad("number: a contract has a number");
        }
        if self.ends_on.is_some_and(|end| end < self.starts_on) {
            return bad("ends_on: not before the first day");
        }
        if !(0..=120).contains(&self.renews_months) {
            return bad("renews_months: 0 to 120 months");
        }
        if !(0..=365).contains(&self.notice_days) {
            return bad("notice_days: 0 to 365 days");
        }
        if !(1..=24).contains(&self.every) {
            return bad("every: a period has 1 to 24 months");
        }
        if !(0..=LARGEST).contains(&self.base_price) {
            return bad("base_price: not negative, and not that large");
        }
        if self.taxes.len() > 6 {
            return bad("taxes: at most six");
        }
        if self.rates.len() > CounterKind::ALL.len() {
            return bad("rates: one for each counter");
        }
        for (index, rate) in self.rates.iter().enumerate() {
            if self.rates[..index].iter().any(|other| other.counter == rate.counter) {
                return bad("rates: one for each counter");
            }
            check_bands(rate)?;
        }
        Ok(self)
    }
}

fn check_bands(rate: &Rate) -> Result<()> {
    let bad = |words: &str| Err(Error::Invalid(format!("rates: {}: {words}", rate.counter)));
    if !(0..=1_000_000_000).contains(&rate.included) {
        return bad("what is included is a number of copies, at most a thousand millions");
    }
    if rate.bands.len() > 10 {
        return bad("at most ten bands");
    }
    let mut last = 0;
    for (index, band) in rate.bands.iter().enumerate() {
        if !(0..=1_000_000_000).contains(&band.per_thousand) {
            return bad("a price is not negative, and not that large");
        }
        match band.up_to {
            Some(up_to) if up_to <= last || up_to > 1_000_000_000 => {
                return bad("each band ends behind the one before");
            }
            Some(up_to) => last = up_to,
            None if index + 1 != rate.bands.len() => return bad("only the last band has no end"),
            None => {}
        }
    }
    if rate.bands.last().is_some_and(|band| band.up_to.is_some()) {
        return bad("the last band has no end, so that every copy has a price");
    }
    Ok(())
}

/// A contract by id, for the business.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &ContractId) -> Result<Contract> {
    composed_sql(format!("SELECT {CONTRACT} FROM contracts WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// A contract that a contact may see.
///
/// # Errors
/// [`Error::NotFound`], whether it is missing or another customer's.
pub async fn for_contact(on: impl On, contact: &ContactId, id: &ContractId) -> Result<Contract> {
    let mut on = on;
    let contract = load(&mut on, id).await?;
    if customers::may_see(&mut on, contact, &contract.customer_id).await? {
        Ok(contract)
    } else {
        Err(Error::NotFound)
    }
}

/// A contract by its number.
pub async fn by_number(on: impl On, number: &str) -> Result<Option<Contract>> {
    composed_sql(format!("SELECT {CONTRACT} FROM contracts WHERE number = $1"))
        .bind(line(number, 60))
        .optional(on)
        .await
}

/// The contracts of these customers, those that go on first; at most two hundred.
pub async fn of_customers(on: impl On, customers: &[CustomerId]) -> Result<Vec<Contract>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 0);
    composed_sql(format!(
        "SELECT {CONTRACT} FROM contracts WHERE customer_id IN {list} ORDER BY CASE WHEN is_active THEN 0 ELSE 1 END, id DESC LIMIT 200"
    ))
    .bind_all(customers.iter().map(CustomerId::as_str))
    .all(on)
    .await
}

/// All contracts, the newest first, before one; at most `most`.
pub async fn list(on: impl On, before: Option<&ContractId>, most: i64) -> Result<Vec<Contract>> {
    composed_sql(format!(
        "SELECT {CONTRACT} FROM contracts WHERE id < $1 ORDER BY id DESC LIMIT $2"
    ))
    .bind(before.map_or("~", ContractId::as_str))
    .bind(most)
    .all(on)
    .await
}

/// The contract whose next period could be closed first, behind one of them; none when no other can be by this day.
pub(crate) async fn to_close(on: impl On, today: &str, behind: Option<&Contract>) -> Result<Option<Contract>> {
    let close_on = behind.and_then(|contract| contract.close_on.as_deref());
    composed_sql(format!(
        "SELECT {CONTRACT} FROM contracts WHERE is_active AND close_on IS NOT NULL AND close_on <= $1 AND (close_on, id) > ($2, $3) ORDER BY close_on, id LIMIT 1"
    ))
    .bind(today)
    .bind(close_on.unwrap_or_default())
    .bind(behind.map_or("", |contract| contract.id.as_str()))
    .optional(on)
    .await
}

/// The contracts that end between two days.
pub(crate) async fn ending(on: impl On, until: &str) -> Result<Vec<Contract>> {
    composed_sql(format!(
        "SELECT {CONTRACT} FROM contracts WHERE is_active AND ends_on IS NOT NULL AND ends_on <= $1 ORDER BY ends_on, id LIMIT 1000"
    ))
    .bind(until)
    .all(on)
    .await
}

#[derive(sqlx::FromRow)]
struct RateRow {
    counter: CounterKind,
    included: i64,
    bands: String,
}

/// Which counters these contracts bill.
pub(crate) async fn billed_counters<'a>(
    on: impl On,
    contracts: impl Iterator<Item = &'a ContractId>,
) -> Result<HashSet<(ContractId, CounterKind)>> {
    let select = "SELECT contract_id, counter FROM contract_rates WHERE contract_id IN";
    let rows = rows_in(on, select, contracts.map(ContractId::as_str)).await?;
    Ok(rows.into_iter().collect())
}

/// What is included and what more costs, in the order of the counters.
pub async fn rates(on: impl On, id: &ContractId) -> Result<Vec<Rate>> {
    let rows: Vec<RateRow> = sql("SELECT counter, included, bands FROM contract_rates WHERE contract_id = $1")
        .bind(id.as_str())
        .all(on)
        .await?;
    let mut rates = rows
        .into_iter()
        .map(|row| {
            let bands: Vec<Band> = serde_json::from_str(&row.bands)
                .map_err(|error| Error::corrupt(format!("rates of contract {id}"), error))?;
            Ok(Rate {
                counter: row.counter,
                included: row.included,
                bands,
            })
        })
        .collect::<Result<Vec<Rate>>>()?;
    rates.sort_by_key(|rate| rate.counter);
    Ok(rates)
}

async fn write_rates(tx: &mut Tx, id: &ContractId, rates: &[Rate]) -> Result<()> {
    sql("DELETE FROM contract_rates WHERE contract_id = $1")
        .bind(id.as_str())
        .run(&mut *tx)
        .await?;
    let mut rows = Vec::with_capacity(rates.len());
    for rate in rates {
        let bands = serde_json::to_string(&rate.bands).map_err(|error| Error::corrupt("bands", error))?;
        rows.push(vec![
            id.as_str().into(),
            rate.counter.as_str().into(),
            rate.included.into(),
            bands.into(),
        ]);
    }
    insert_rows(
        &mut *tx,
        "INSERT INTO contract_rates (contract_id, counter, included, bands) VALUES",
        "",
        rows,
    )
    .await
}

/// When the next period can be closed: so many days after its end; never once the contract ended before it.
pub(crate) fn close_on(contract: &Contract, grace: i64) -> Result<Option<String>> {
    let (first, last) = contract.period(contract.closed)?;
    let is_over = contract.ends_on.as_ref().is_some_and(|end| *end < first.to_string());
    Ok((!is_over).then(|| day::plus(last, grace.clamp(0, 60) + 1).to_string()))
}

/// Writes a contract.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::Conflict`] when the number is taken.
pub async fn create_in(
    tx: &mut Tx,
    actor: &Actor,
    customer: &CustomerId,
    grace: i64,
    data: ContractData,
) -> Result<ContractId> {
    let data = data.checked()?;
    customers::load(&mut *tx, customer).await?;
    let id = ContractId::from(tx.env().ulid());
    let now = tx.now();
    let rows = sql("INSERT INTO contracts (id, customer_id, number, title, terms, starts_on, ends_on, renews_months, notice_days, every, currency, base_price, taxes, is_pooled, is_sent, is_active, closed, close_on, created_at, updated_at, version) VALUES ($1, $2, $3, '', '', $4, NULL, 0, 0, 1, $5, 0, '[]', $6, $6, $6, 0, NULL, $7, $7, 1) ON CONFLICT DO NOTHING")
        .bind(id.as_str())
        .bind(customer.as_str())
        .bind(data.number.as_str())
        .bind(data.starts_on.to_string())
        .bind(data.currency.as_str())
        .bind(false)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::Conflict(format!(
            "number: there is a contract {} already",
            data.number
        )));
    }
    write(tx, &id, grace, data).await?;
    audit::record(tx, actor, "contract.created", id.as_str(), &json!({})).await?;
    changed(tx, actor, id.as_str(), customer, "contract");
    Ok(id)
}

/// Changes a contract. Periods that were closed stay what they were.
///
/// # Errors
/// As [`create_in`]; [`Error::Conflict`] when the first day would change after a period was closed.
pub async fn edit_in(tx: &mut Tx, actor: &Actor, id: &ContractId, grace: i64, data: ContractData) -> Result<()> {
    let data = data.checked()?;
    let contract = load(&mut *tx, id).await?;
    if by_number(&mut *tx, &data.number)
        .await?
        .is_some_and(|other| other.id != *id)
    {
        return Err(Error::Conflict(format!(
            "number: there is a contract {} already",
            data.number
        )));
    }
    let moves = data.starts_on.to_string() != contract.starts_on || data.every != contract.every;
    if contract.closed > 0 && moves {
        return Err(Error::Conflict(
            "starts_on: a period was billed; the first day and the length of periods stay".to_owned(),
        ));
    }
    write(tx, id, grace, data).await?;
    audit::record(tx, actor, "contract.edited", id.as_str(), &json!({})).await?;
    changed(tx, actor, id.as_str(), &contract.customer_id, "contract");
    Ok(())
}

async fn write(tx: &mut Tx, id: &ContractId, grace: i64, data: ContractData) -> Result<()> {
    let now = tx.now();
    let taxes = serde_json::to_string(&data.taxes).map_err(|error| Error::corrupt("taxes", error))?;
    sql("UPDATE contracts SET number = $2, title = $3, terms = $4, starts_on = $5, ends_on = $6, renews_months = $7, notice_days = $8, every = $9, currency = $10, base_price = $11, taxes = $12, is_pooled = $13, is_sent = $14, is_active = $15, updated_at = $16, version = version + 1 WHERE id = $1")
        .bind(id.as_str())
        .bind(data.number)
        .bind(data.title)
        .bind(data.terms)
        .bind(data.starts_on.to_string())
        .bind(data.ends_on.map(|end| end.to_string()))
        .bind(data.renews_months)
        .bind(data.notice_days)
        .bind(data.every)
        .bind(data.currency.as_str())
        .bind(data.base_price)
        .bind(taxes)
        .bind(data.is_pooled)
        .bind(data.is_sent)
        .bind(data.is_active)
        .bind(now)
        .run(&mut *tx)
        .await?;
    write_rates(tx, id, &data.rates).await?;
    let contract = load(&mut *tx, id).await?;
    sql("UPDATE contracts SET close_on = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(close_on(&contract, grace)?)
        .run(tx)
        .await?;
    Ok(())
}

/// A file of a contract.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ContractFile {
    /// Its id.
    pub id: String,
    /// Of which contract.
    pub contract_id: ContractId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its bytes.
    pub sha256: String,
}

/// The files of a contract.
pub async fn files(on: impl On, id: &ContractId) -> Result<Vec<ContractFile>> {
    sql("SELECT id, contract_id, name, media_type, size, sha256 FROM contract_files WHERE contract_id = $1 ORDER BY id")
        .bind(id.as_str())
        .all(on)
        .await
}

/// Adds a file whose bytes are stored.
pub async fn attach_in(
    tx: &mut Tx,
    actor: &Actor,
    id: &ContractId,
    name: &str,
    media_type: &str,
    blob: &BlobRef,
) -> Result<()> {
    let contract = load(&mut *tx, id).await?;
    let file = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO contract_files (id, contract_id, name, media_type, size, sha256, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(file)
        .bind(id.as_str())
        .bind(line(name, 200))
        .bind(media_type)
        .bind(blob.size)
        .bind(blob.sha256.as_str())
        .bind(now)
        .run(&mut *tx)
        .await?;
    changed(tx, actor, id.as_str(), &contract.customer_id, "file");
    Ok(())
}
