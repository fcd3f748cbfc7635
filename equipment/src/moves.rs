//! A machine goes to another customer, or back into stock. What was read, asked for and done stays with whoever had it then:
//! the next one sees nothing of it, the business all of it.
//!
//! Stock is a customer of the business's own that nobody signs in for: it is made when the first machine comes back, so
//! that a machine is always somebody's.

use billing::customers::{self, CustomerData, Preferred};
use billing::{CustomerId, settings as business};
use conversation::db::{On, composed_sql, sql};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Tx, audit, cards};
use jiff::civil::Date;
use serde_json::json;

use crate::counters::{self, Counter};
use crate::ids::{ContractId, CounterId, MachineId, Meaning, SiteId, Source, Status};
use crate::machines::{self, Machine, relations};
use crate::readings::{self, Entered, NewReading};
use crate::{Equipment, changed, line, wishes, words};

/// Where a machine goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// To a customer.
    Customer(CustomerId),
    /// Back to the business.
    Stock,
}

/// How a machine goes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Where to.
    pub to: To,
    /// The last day where it is now, and the first one there.
    pub on: Date,
    /// Where it stands there; of the new customer.
    pub site: Option<SiteId>,
    /// What was agreed about it there; of the new customer.
    pub contract: Option<ContractId>,
    /// Where on that site.
    pub place: String,
    /// What each of its counters shows on that day.
    pub closing: Vec<(CounterId, i64)>,
    /// Who hands the numbers in.
    pub source: Source,
    /// An odd number is right: somebody looked again.
    pub is_sure: bool,
}

/// A time that a machine spent with a customer who has it no more.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stay {
    /// Its id.
    pub id: String,
    /// Which machine.
    pub machine_id: MachineId,
    /// With whom.
    pub customer_id: CustomerId,
    /// Under which contract it was.
    pub contract_id: Option<ContractId>,
    /// Since when, ISO.
    pub contract_since: Option<String>,
    /// How it was called there.
    pub name: String,
    /// Its first day there, ISO; nothing where it began there.
    pub since_on: Option<String>,
    /// Its last day there, ISO.
    pub until_on: String,
    /// When that was written down.
    pub created_at: Millis,
}

const STAY: &str = "id, machine_id, customer_id, contract_id, contract_since, name, since_on, until_on, created_at";

/// With whom a machine was before, the newest first.
pub async fn of_machine(on: impl On, machine: &MachineId) -> Result<Vec<Stay>> {
    composed_sql(format!(
        "SELECT {STAY} FROM machine_stays WHERE machine_id = $1 ORDER BY until_on DESC, id DESC LIMIT 100"
    ))
    .bind(machine.as_str())
    .all(on)
    .await
}

/// The machines that left a contract by going elsewhere.
pub(crate) async fn that_left(on: impl On, contract: &ContractId) -> Result<Vec<Stay>> {
    composed_sql(format!(
        "SELECT {STAY} FROM machine_stays WHERE contract_id = $1 ORDER BY until_on, id"
    ))
    .bind(contract.as_str())
    .all(on)
    .await
}

/// Moves a machine. Its closing readings are the last ones of whoever has it; its place, photo and contract end there, and
/// so does what they were asked for.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::Conflict`] when it is there already, or somebody is still to visit it;
/// [`Error::NotFound`].
pub async fn move_in(tx: &mut Tx, equipment: &Equipment, actor: &Actor, id: &MachineId, plan: Move) -> Result<()> {
    let machine = hold(tx, id).await?;
    let customer = match &plan.to {
        To::Customer(customer) => customers::load(&mut *tx, customer).await?.id,
        To::Stock => stock_in(tx, equipment, actor).await?,
    };
    if customer == machine.customer_id {
        return Err(Error::Conflict("customer: the machine is there already".to_owned()));
    }
    check_day(equipment, &machine, plan.on)?;
    nobody_comes(tx, id).await?;
    relations(tx, &customer, plan.site.as_ref(), plan.contract.as_ref()).await?;
    close_in(tx, equipment, actor, id, &plan).await?;
    remember_in(tx, &machine, plan.on).await?;
    wishes::end_in(tx, id).await?;
    // The stock may be chosen among the customers, too.
    let is_stored = stock(&mut *tx).await?.as_ref() == Some(&customer);
    put_in(tx, id, &customer, is_stored, &plan).await?;
    // What stands in conversations is how it was there.
    cards::leave_in(tx, id.as_str()).await?;
    machines::reword_in(tx, id).await?;
    let told = json!({ "from": machine.customer_id.as_str(), "to": customer.as_str(), "on": plan.on.to_string() });
    audit::record(tx, actor, "machine.moved", id.as_str(), &told).await?;
    changed(tx, actor, id.as_str(), &machine.customer_id, "moved");
    changed(tx, actor, id.as_str(), &customer, "moved");
    Ok(())
}

async fn hold(tx: &mut Tx, id: &MachineId) -> Result<Machine> {
    sql("UPDATE machines SET version = version + 1 WHERE id = $1")
        .bind(id.as_str())
        .run(&mut *tx)
        .await?;
    machines::load(tx, id).await
}

fn check_day(equipment: &Equipment, machine: &Machine, on: Date) -> Result<()> {
    if on > equipment.today() {
        return Err(Error::Invalid("on: that day is still to come".to_owned()));
    }
    match &machine.moved_on {
        Some(came) if on.to_string() < *came => Err(Error::Invalid(format!(
            "on: the machine came here on {came}; it cannot have left before"
        ))),
        _ => Ok(()),
    }
}

/// Somebody who is still to come would stand before the wrong door.
async fn nobody_comes(tx: &mut Tx, id: &MachineId) -> Result<()> {
    let open: Option<(String,)> =
        sql("SELECT id FROM visits WHERE machine_id = $1 AND state IN ('planned', 'on_way', 'there') LIMIT 1")
            .bind(id.as_str())
            .optional(tx)
            .await?;
    match open {
        Some(_) => Err(Error::Conflict(
            "a visit to this machine is still open; finish or cancel it first".to_owned(),
        )),
        None => Ok(()),
    }
}

/// Reads every counter once more, for whoever has the machine now.
async fn close_in(tx: &mut Tx, equipment: &Equipment, actor: &Actor, id: &MachineId, plan: &Move) -> Result<()> {
    let own: Vec<Counter> = counters::of_machine(&mut *tx, id).await?;
    if plan
        .closing
        .iter()
        .any(|(counter, _)| !own.iter().any(|one| one.id == *counter))
    {
        return Err(Error::NotFound);
    }
    for counter in own {
        let Some((_, value)) = plan.closing.iter().find(|(one, _)| *one == counter.id) else {
            return Err(Error::Invalid(
                "closing: say what each of its counters shows on that day".to_owned(),
            ));
        };
        let new = NewReading {
            counter: counter.id,
            value: *value,
            on: plan.on,
            source: plan.source,
            meaning: plan.is_sure.then_some(Meaning::Right),
            note: String::new(),
        };
        if let Entered::Asks { before, .. } = readings::enter_in(&mut *tx, equipment, actor, new).await? {
            return Err(Error::Invalid(format!(
                "closing: {value} does not follow {before}; look again, or say that it is right"
            )));
        }
    }
    Ok(())
}

async fn remember_in(tx: &mut Tx, machine: &Machine, until: Date) -> Result<()> {
    let (id, now) = (tx.env().ulid(), tx.now());
    sql("INSERT INTO machine_stays (id, machine_id, customer_id, contract_id, contract_since, name, since_on, until_on, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(id)
        .bind(machine.id.as_str())
        .bind(machine.customer_id.as_str())
        .bind(machine.contract_id.as_ref().map(ContractId::as_str))
        .bind(machine.contract_since.as_deref())
        .bind(machine.name())
        .bind(machine.moved_on.as_deref())
        .bind(until.to_string())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

async fn put_in(tx: &mut Tx, id: &MachineId, customer: &CustomerId, is_stored: bool, plan: &Move) -> Result<()> {
    let (on, now) = (plan.on.to_string(), tx.now());
    let (status, installed_on) = if is_stored {
        (Status::Stored, None)
    } else {
        (Status::Active, Some(on.as_str()))
    };
    sql("UPDATE machines SET customer_id = $2, site_id = $3, contract_id = $4, contract_since = $5, place = $6, status = $7, installed_on = $8, moved_on = $9, photo_sha256 = NULL, photo_type = NULL, updated_at = $10 WHERE id = $1")
        .bind(id.as_str())
        .bind(customer.as_str())
        .bind(plan.site.as_ref().map(SiteId::as_str))
        .bind(plan.contract.as_ref().map(ContractId::as_str))
        .bind(plan.contract.as_ref().map(|_| on.as_str()))
        .bind(line(&plan.place, 120))
        .bind(status.as_str())
        .bind(installed_on)
        .bind(on.as_str())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

const STOCK: &str = "stock";

/// Whose the machines in stock are; nobody's before the first came back.
pub async fn stock(on: impl On) -> Result<Option<CustomerId>> {
    let row: Option<(CustomerId,)> =
        sql("SELECT c.id FROM equipment_settings s JOIN customers c ON c.id = s.value WHERE s.key = $1")
            .bind(STOCK)
            .optional(on)
            .await?;
    Ok(row.map(|(id,)| id))
}

async fn stock_in(tx: &mut Tx, equipment: &Equipment, actor: &Actor) -> Result<CustomerId> {
    tx.take_turns(vec!["equipment-stock".to_owned()]).await?;
    if let Some(known) = stock(&mut *tx).await? {
        return Ok(known);
    }
    let own = business::business(&mut *tx, equipment.store()).await?;
    let data = CustomerData {
        name: words::of(own.language).stock.to_owned(),
        email: None,
        phone: None,
        is_company: false,
        language: own.language,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let id = customers::create_in(&mut *tx, actor, data).await?;
    let now = tx.now();
    sql("INSERT INTO equipment_settings (key, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
        .bind(STOCK)
        .bind(id.as_str())
        .bind(now)
        .run(tx)
        .await?;
    Ok(id)
}
