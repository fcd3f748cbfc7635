//! Machines: what stands where, whose it is, and how it is found.

use std::collections::HashMap;

use billing::{CustomerId, customers, day};
use conversation::db::{On, composed_sql, insert_rows, rows_in, sql};
use conversation::inbound::BlobRef;
use conversation::types::{Actor, ContactId, Millis};
use conversation::{Env, Error, Result, Tx, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ids::{ContractId, MachineId, SiteId, Status};
use crate::{Equipment, card, changed, contracts, folded, line, lines, sites};

mod listing;

pub use listing::{Filter, by_site, count, list};

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Machine {
    /// Its id.
    pub id: MachineId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub site_id: Option<SiteId>,
    /// What was agreed about it.
    pub contract_id: Option<ContractId>,
    /// Since which day, ISO.
    pub contract_since: Option<String>,
    /// Maker and model.
    pub model: String,
    /// The serial number; one machine for each.
    pub serial: String,
    /// Where on its site: "3rd floor".
    pub place: String,
    /// What it is doing.
    pub status: Status,
    /// What its label says to a camera.
    pub code: String,
    /// The photo's bytes.
    pub photo_sha256: Option<String>,
    /// The photo's media type.
    pub photo_type: Option<String>,
    /// Since when it stands there, ISO.
    pub installed_on: Option<String>,
    /// Since when it is with this customer, ISO; nothing where it is with its first one.
    pub moved_on: Option<String>,
    /// JSON of [`Consumable`]s.
    pub consumables: String,
    /// For the business only.
    pub notes: String,
    /// What lists are ordered by.
    pub sort: String,
    /// When it changed last.
    pub updated_at: Millis,
}

const MACHINE: &str = "id, customer_id, site_id, contract_id, contract_since, model, serial, place, status, code, photo_sha256, photo_type, installed_on, moved_on, consumables, notes, sort, updated_at";

/// Something that a machine uses up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumable {
    /// Such as "Toner cyan".
    pub name: String,
    /// The part's number.
    #[serde(default)]
    pub part: String,
    /// How full it is, in per cent, where that is known.
    #[serde(default)]
    pub level: Option<i64>,
}

impl Machine {
    /// What it uses up.
    pub fn consumables(&self) -> Vec<Consumable> {
        serde_json::from_str(&self.consumables).unwrap_or_default()
    }

    /// How people call it: model, and where it stands.
    pub fn name(&self) -> String {
        if self.place.is_empty() {
            self.model.clone()
        } else {
            format!("{} · {}", self.model, self.place)
        }
    }

    /// How a customer calls it. Where it stands now is said to nobody who had it before.
    pub fn name_for(&self, customer: &CustomerId) -> String {
        if self.customer_id == *customer {
            self.name()
        } else {
            format!("{} · {}", self.model, self.serial)
        }
    }

    /// Whether a day of its history is of the time with the customer who has it now. The day it came belongs to whoever
    /// had it before, whose closing readings are of that day.
    pub fn is_of_now(&self, day: &str) -> bool {
        self.moved_on.as_deref().is_none_or(|came| day > came)
    }

    /// The label's code as it is printed: in groups of four.
    pub fn printed_code(&self) -> String {
        printed(&self.code)
    }
}

/// A code in groups of four.
pub fn printed(code: &str) -> String {
    let signs: Vec<char> = code.chars().collect();
    signs
        .chunks(4)
        .map(|chunk| chunk.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// A code as it is stored, from what a person may type: small letters, dashes and spaces do not matter, nor O
/// for 0 and I or L for 1.
pub fn typed_code(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .take(12)
        .collect()
}

/// Twelve signs of Crockford's Base 32: nobody guesses one.
fn new_code(env: &Env) -> String {
    const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = [0u8; 12];
    env.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(SIGNS[usize::from(byte & 31)]))
        .collect()
}

/// What is known about a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineData {
    /// Where it stands; of the same customer.
    pub site: Option<SiteId>,
    /// What was agreed about it; of the same customer.
    pub contract: Option<ContractId>,
    /// Maker and model.
    pub model: String,
    /// The serial number.
    pub serial: String,
    /// Where on its site.
    pub place: String,
    /// What it is doing.
    pub status: Status,
    /// Since when it stands there.
    pub installed_on: Option<String>,
    /// What it uses up.
    pub consumables: Vec<Consumable>,
    /// For the business only.
    pub notes: String,
}

impl MachineData {
    fn checked(mut self) -> Result<MachineData> {
        self.model = line(&self.model, 120);
        self.serial = line(&self.serial, 80);
        self.place = line(&self.place, 120);
        self.notes = lines(&self.notes, 4_000);
        if self.model.is_empty() {
            return Err(Error::Invalid("model: a machine has a model".to_owned()));
        }
        if self.serial.is_empty() {
            return Err(Error::Invalid("serial: a machine has a serial number".to_owned()));
        }
        if let Some(on) = self.installed_on.take().filter(|on| !on.trim().is_empty()) {
            let on = day::parse(&on).map_err(|error| Error::Invalid(format!("installed_on: {error}")))?;
            self.installed_on = Some(on.to_string());
        }
        if self.consumables.len() > 30 {
            return Err(Error::Invalid("consumables: at most thirty".to_owned()));
        }
        for one in &mut self.consumables {
            one.name = line(&one.name, 120);
            one.part = line(&one.part, 60);
            if one.name.is_empty() {
                return Err(Error::Invalid("consumables: each has a name".to_owned()));
            }
            if one.level.is_some_and(|level| !(0..=100).contains(&level)) {
                return Err(Error::Invalid("consumables: a level is 0 to 100 per cent".to_owned()));
            }
        }
        Ok(self)
    }
}

/// A machine by id, for the business.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &MachineId) -> Result<Machine> {
    composed_sql(format!("SELECT {MACHINE} FROM machines WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// Machines by their ids.
pub async fn by_ids<'a>(
    on: impl On,
    ids: impl IntoIterator<Item = &'a MachineId>,
) -> Result<HashMap<MachineId, Machine>> {
    let select = format!("SELECT {MACHINE} FROM machines WHERE id IN");
    let rows: Vec<Machine> = rows_in(on, &select, ids.into_iter().map(MachineId::as_str)).await?;
    Ok(rows.into_iter().map(|machine| (machine.id.clone(), machine)).collect())
}

/// A machine that a contact may see.
///
/// # Errors
/// [`Error::NotFound`], whether it is missing or another customer's.
pub async fn for_contact(on: impl On, contact: &ContactId, id: &MachineId) -> Result<Machine> {
    let mut on = on;
    let machine = load(&mut on, id).await?;
    if customers::may_see(&mut on, contact, &machine.customer_id).await? {
        Ok(machine)
    } else {
        Err(Error::NotFound)
    }
}

/// The machine whose label says this.
pub async fn by_code(on: impl On, code: &str) -> Result<Option<Machine>> {
    composed_sql(format!("SELECT {MACHINE} FROM machines WHERE code = $1"))
        .bind(typed_code(code))
        .optional(on)
        .await
}

/// The machine of a serial number.
pub async fn by_serial(on: impl On, serial: &str) -> Result<Option<Machine>> {
    composed_sql(format!("SELECT {MACHINE} FROM machines WHERE serial = $1"))
        .bind(line(serial, 80))
        .optional(on)
        .await
}

/// Site and contract belong to the machine's customer.
pub(crate) async fn relations(
    tx: &mut Tx,
    customer: &CustomerId,
    site: Option<&SiteId>,
    contract: Option<&ContractId>,
) -> Result<()> {
    if let Some(site) = site
        && sites::load(&mut *tx, site).await?.customer_id != *customer
    {
        return Err(Error::Invalid("site: that site is another customer's".to_owned()));
    }
    if let Some(contract) = contract
        && contracts::load(&mut *tx, contract).await?.customer_id != *customer
    {
        return Err(Error::Invalid(
            "contract: that contract is another customer's".to_owned(),
        ));
    }
    Ok(())
}

async fn taken(tx: &mut Tx, serial: &str, own: Option<&MachineId>) -> Result<()> {
    match by_serial(&mut *tx, serial).await? {
        Some(other) if Some(&other.id) != own => {
            Err(Error::Conflict(format!("serial: {serial} belongs to another machine")))
        }
        _ => Ok(()),
    }
}

fn json_of(consumables: &[Consumable]) -> Result<String> {
    serde_json::to_string(consumables).map_err(|error| Error::corrupt("consumables", error))
}

/// Adds a machine, with a new code for its label.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::Conflict`] when the serial number is another's.
pub async fn create_in(
    tx: &mut Tx,
    equipment: &Equipment,
    actor: &Actor,
    customer: &CustomerId,
    data: MachineData,
) -> Result<MachineId> {
    let data = data.checked()?;
    customers::load(&mut *tx, customer).await?;
    relations(tx, customer, data.site.as_ref(), data.contract.as_ref()).await?;
    taken(tx, &data.serial, None).await?;
    let id = MachineId::from(tx.env().ulid());
    let code = new_code(tx.env());
    let now = tx.now();
    let since = data.contract.as_ref().map(|_| equipment.today().to_string());
    let rows = sql("INSERT INTO machines (id, customer_id, site_id, contract_id, contract_since, model, serial, place, status, code, installed_on, consumables, notes, sort, created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, 1) ON CONFLICT DO NOTHING")
        .bind(id.as_str())
        .bind(customer.as_str())
        .bind(data.site.as_ref().map(SiteId::as_str))
        .bind(data.contract.as_ref().map(ContractId::as_str))
        .bind(since)
        .bind(data.model.as_str())
        .bind(data.serial.as_str())
        .bind(data.place.as_str())
        .bind(data.status.as_str())
        .bind(code)
        .bind(data.installed_on.as_deref())
        .bind(json_of(&data.consumables)?)
        .bind(data.notes.as_str())
        .bind(folded::sort_key(&format!("{} {}", data.model, data.serial)))
        .bind(now)
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::Conflict(format!(
            "serial: {} belongs to another machine",
            data.serial
        )));
    }
    reword_in(tx, &id).await?;
    audit::record(tx, actor, "machine.created", id.as_str(), &json!({})).await?;
    changed(tx, actor, id.as_str(), customer, "machine");
    Ok(id)
}

/// Changes a machine; its cards are drawn anew.
///
/// # Errors
/// As [`create_in`].
pub async fn edit_in(
    tx: &mut Tx,
    equipment: &Equipment,
    actor: &Actor,
    id: &MachineId,
    data: MachineData,
) -> Result<()> {
    let data = data.checked()?;
    let machine = load(&mut *tx, id).await?;
    relations(tx, &machine.customer_id, data.site.as_ref(), data.contract.as_ref()).await?;
    taken(tx, &data.serial, Some(id)).await?;
    let now = tx.now();
    let since = match (&data.contract, &machine.contract_id) {
        (None, _) => None,
        (Some(new), Some(old)) if new == old => machine.contract_since.clone(),
        (Some(_), _) => Some(equipment.today().to_string()),
    };
    sql("UPDATE machines SET site_id = $2, contract_id = $3, contract_since = $4, model = $5, serial = $6, place = $7, status = $8, installed_on = $9, consumables = $10, notes = $11, sort = $12, updated_at = $13, version = version + 1 WHERE id = $1")
        .bind(id.as_str())
        .bind(data.site.as_ref().map(SiteId::as_str))
        .bind(data.contract.as_ref().map(ContractId::as_str))
        .bind(since)
        .bind(data.model.as_str())
        .bind(data.serial.as_str())
        .bind(data.place.as_str())
        .bind(data.status.as_str())
        .bind(data.installed_on.as_deref())
        .bind(json_of(&data.consumables)?)
        .bind(data.notes.as_str())
        .bind(folded::sort_key(&format!("{} {}", data.model, data.serial)))
        .bind(now)
        .run(&mut *tx)
        .await?;
    reword_in(tx, id).await?;
    audit::record(tx, actor, "machine.edited", id.as_str(), &json!({})).await?;
    changed(tx, actor, id.as_str(), &machine.customer_id, "machine");
    card::refresh_machine_in(tx, actor, id).await
}

/// Gives a machine a photo, PNG or JPEG, whose bytes are stored.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_photo_in(tx: &mut Tx, actor: &Actor, id: &MachineId, media_type: &str, blob: &BlobRef) -> Result<()> {
    let machine = load(&mut *tx, id).await?;
    sql("UPDATE machines SET photo_sha256 = $2, photo_type = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(blob.sha256.as_str())
        .bind(media_type)
        .run(&mut *tx)
        .await?;
    changed(tx, actor, id.as_str(), &machine.customer_id, "photo");
    Ok(())
}

/// Writes the words by which a machine is found.
pub(crate) async fn reword_in(tx: &mut Tx, id: &MachineId) -> Result<()> {
    let (text,): (String,) = sql(
        "SELECT m.model || ' ' || m.serial || ' ' || m.place || ' ' || coalesce(s.name, '') || ' ' || c.name
         FROM machines m JOIN customers c ON c.id = m.customer_id LEFT JOIN sites s ON s.id = m.site_id WHERE m.id = $1",
    )
    .bind(id.as_str())
    .one(&mut *tx)
    .await?;
    sql("DELETE FROM machine_words WHERE machine_id = $1")
        .bind(id.as_str())
        .run(&mut *tx)
        .await?;
    let rows = folded::words(&text)
        .into_iter()
        .map(|word| vec![word.into(), id.as_str().into()])
        .collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO machine_words (word, machine_id) VALUES",
        "",
        rows,
    )
    .await
}

pub(crate) async fn reword_site_in(tx: &mut Tx, site: &SiteId) -> Result<()> {
    let ids: Vec<(MachineId,)> = sql("SELECT id FROM machines WHERE site_id = $1")
        .bind(site.as_str())
        .all(&mut *tx)
        .await?;
    for (id,) in ids {
        reword_in(tx, &id).await?;
    }
    Ok(())
}

/// Makes the machines of a customer be found by its new name.
pub async fn reword_customer_in(tx: &mut Tx, customer: &CustomerId) -> Result<()> {
    let ids: Vec<(MachineId,)> = sql("SELECT id FROM machines WHERE customer_id = $1")
        .bind(customer.as_str())
        .all(&mut *tx)
        .await?;
    for (id,) in ids {
        reword_in(tx, &id).await?;
    }
    Ok(())
}
