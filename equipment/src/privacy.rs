//! A person's data in the equipment: taking it along, and erasing it. What stays are machines, numbers and days,
//! which are the business's; whose they were says nothing any more.

use billing::customers;
use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::privacy::ERASED;
use conversation::types::ContactId;
use conversation::{Result, Tx};
use serde_json::{Value, json};

use crate::ids::{MachineId, SiteId};
use crate::machines;

/// By what a person is found where a name or a number was typed.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Their name; may be empty.
    pub name: String,
    /// Their addresses and numbers.
    pub addresses: Vec<String>,
}

/// What is known of a person, before it is erased.
pub async fn known(on: impl On, contact: &ContactId) -> Result<Known> {
    let mut on = on;
    let person = conversation::contacts::load(&mut on, contact).await?;
    let addresses = conversation::contacts::identities(on, contact).await?;
    Ok(Known {
        name: person.name,
        addresses: addresses.into_iter().map(|one| one.value).collect(),
    })
}

/// Takes away where a person's machines stand, what they wrote in requests, and their name and signature on reports.
/// What belongs to a company stays its own; only this person is taken out of it.
pub async fn erase_in(tx: &mut Tx, person: &ContactId, known: &Known) -> Result<()> {
    const OWN: &str = "SELECT id FROM customers WHERE contact_id = $1";
    sql("UPDATE machine_requests SET fields = '{}' WHERE contact_id = $1")
        .bind(person)
        .run(&mut *tx)
        .await?;
    for statement in [
        format!("UPDATE visits SET signed_by = '', signature = '', report_sha256 = NULL, purpose = '', work = '' WHERE customer_id IN ({OWN})"),
        "UPDATE visits SET signed_by = '', signature = '', report_sha256 = NULL WHERE conversation_id IN (SELECT id FROM conversations WHERE contact_id = $1)".to_owned(),
        format!("UPDATE machine_stays SET name = '' WHERE customer_id IN ({OWN})"),
        format!("UPDATE machines SET notes = '', photo_sha256 = NULL, photo_type = NULL WHERE customer_id IN ({OWN})"),
        format!("UPDATE readings SET note = '', photo_sha256 = NULL, photo_type = NULL WHERE machine_id IN (SELECT id FROM machines WHERE customer_id IN ({OWN}))"),
    ] {
        composed_sql(statement).bind(person).run(&mut *tx).await?;
    }
    composed_sql(format!("UPDATE sites SET name = $2, address = '', latitude = NULL, longitude = NULL, contact_name = '', contact_phone = '', notes = '' WHERE customer_id IN ({OWN})"))
        .bind(person)
        .bind(ERASED)
        .run(&mut *tx)
        .await?;
    if !known.name.trim().is_empty() {
        let name = known.name.trim().to_lowercase();
        sql("UPDATE visits SET signed_by = '', signature = '', report_sha256 = NULL WHERE LOWER(signed_by) = $1")
            .bind(name.as_str())
            .run(&mut *tx)
            .await?;
        sql("UPDATE sites SET contact_name = '', contact_phone = '' WHERE LOWER(contact_name) = $1")
            .bind(name.as_str())
            .run(&mut *tx)
            .await?;
    }
    for address in &known.addresses {
        sql("UPDATE sites SET contact_name = '', contact_phone = '' WHERE contact_phone = $1")
            .bind(address.as_str())
            .run(&mut *tx)
            .await?;
    }
    let own: Vec<(MachineId,)> = composed_sql(format!(
        "SELECT id FROM machines WHERE customer_id IN ({OWN}) ORDER BY id"
    ))
    .bind(person)
    .all(&mut *tx)
    .await?;
    for (machine,) in own {
        machines::reword_in(tx, &machine).await?;
    }
    Ok(())
}

type SiteRow = (SiteId, String, String, String, String);
type VisitRow = (String, i64, i64, String, String, String, String);

/// What the equipment knows of a person, for taking along: by name of the file.
pub async fn export(on: impl On, person: &ContactId) -> Result<Vec<(&'static str, Value)>> {
    let mut on = on;
    let own = customers::of_contact(&mut on, person).await?;
    let requests: Vec<(String, String, i64)> =
        sql("SELECT kind, fields, created_at FROM machine_requests WHERE contact_id = $1 ORDER BY id")
            .bind(person)
            .all(&mut on)
            .await?;
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let requests: Vec<Value> = requests
        .into_iter()
        .map(|(kind, fields, at)| json!({ "kind": kind, "fields": read(&fields), "at_ms": at }))
        .collect();
    let mut found = vec![("requests.json", json!(requests))];
    if own.is_empty() {
        return Ok(found);
    }
    let list = placeholders(1, own.len(), 0);
    let keys = || own.iter().map(|id| id.as_str());
    let sites: Vec<SiteRow> = composed_sql(format!(
        "SELECT id, name, address, contact_name, contact_phone FROM sites WHERE customer_id IN {list} ORDER BY id"
    ))
    .bind_all(keys())
    .all(&mut on)
    .await?;
    let sites: Vec<Value> = sites
        .into_iter()
        .map(|(id, name, address, contact, phone)| json!({ "id": id, "name": name, "address": address, "contact_name": contact, "contact_phone": phone }))
        .collect();
    found.push(("sites.json", json!(sites)));
    let rows: Vec<(String, String, String, String, String)> = composed_sql(format!(
        "SELECT id, model, serial, place, status FROM machines WHERE customer_id IN {list} ORDER BY id"
    ))
    .bind_all(keys())
    .all(&mut on)
    .await?;
    let all: Vec<Value> = rows
        .into_iter()
        .map(|(id, model, serial, place, status)| json!({ "id": id, "model": model, "serial": serial, "place": place, "status": status }))
        .collect();
    found.push(("machines.json", json!(all)));
    let rows: Vec<(String, String, String, Option<String>)> = composed_sql(format!(
        "SELECT number, title, starts_on, ends_on FROM contracts WHERE customer_id IN {list} ORDER BY id"
    ))
    .bind_all(keys())
    .all(&mut on)
    .await?;
    let contracts: Vec<Value> = rows
        .into_iter()
        .map(|(number, title, from, to)| json!({ "number": number, "title": title, "starts_on": from, "ends_on": to }))
        .collect();
    found.push(("contracts.json", json!(contracts)));
    let rows: Vec<VisitRow> = composed_sql(format!(
        "SELECT machine_id, starts_at, ends_at, state, purpose, work, signed_by FROM visits WHERE customer_id IN {list} ORDER BY id"
    ))
    .bind_all(keys())
    .all(on)
    .await?;
    let visits: Vec<Value> = rows
        .into_iter()
        .map(|(machine, from, to, state, purpose, work, signed)| {
            json!({ "machine": machine, "starts_at_ms": from, "ends_at_ms": to, "state": state, "purpose": purpose, "work": work, "signed_by": signed })
        })
        .collect();
    found.push(("visits.json", json!(visits)));
    Ok(found)
}

/// The times that machines spent with some customers: those they have, and those they had.
fn times(customers: &str) -> String {
    format!(
        "SELECT id AS machine_id, COALESCE(moved_on, '') AS since_on, '9999' AS until_on FROM machines WHERE customer_id IN {customers}
         UNION ALL SELECT machine_id, COALESCE(since_on, ''), until_on FROM machine_stays WHERE customer_id IN {customers}"
    )
}

/// Whether a reading `r` was taken in such a time `t`: the day on which a machine goes is of whoever had it.
const IN_TIME: &str = "r.taken_on > t.since_on AND r.taken_on <= t.until_on";

/// The years in which a person's machines were read, the first one first.
pub async fn years_of_readings(on: impl On, person: &ContactId) -> Result<Vec<String>> {
    let mut on = on;
    let own = customers::of_contact(&mut on, person).await?;
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, own.len(), 0);
    let years: Vec<(String,)> = composed_sql(format!(
        "SELECT DISTINCT SUBSTR(r.taken_on, 1, 4) AS year FROM ({}) t JOIN readings r ON r.machine_id = t.machine_id AND {IN_TIME} ORDER BY year",
        times(&list)
    ))
    .bind_all(own.iter().map(|id| id.as_str()))
    .all(on)
    .await?;
    Ok(years.into_iter().map(|(year,)| year).collect())
}

/// The readings of a person's machines in one year. All years at once may be half a million rows.
pub async fn readings_of_year(on: impl On, person: &ContactId, year: &str) -> Result<Value> {
    let mut on = on;
    let own = customers::of_contact(&mut on, person).await?;
    if own.is_empty() {
        return Ok(json!([]));
    }
    let list = placeholders(1, own.len(), 2);
    let rows: Vec<(String, String, String, i64, String)> = composed_sql(format!(
        "SELECT r.machine_id, c.kind, r.taken_on, r.value, r.source FROM ({}) t JOIN readings r ON r.machine_id = t.machine_id AND {IN_TIME} JOIN counters_of_machines c ON c.id = r.counter_id
         WHERE r.taken_on BETWEEN $1 AND $2 AND NOT r.is_void ORDER BY r.machine_id, r.taken_on, r.id",
        times(&list)
    ))
    .bind(format!("{year}-01-01"))
    .bind(format!("{year}-12-31"))
    .bind_all(own.iter().map(|id| id.as_str()))
    .all(on)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(machine, counter, on, value, source)| json!({ "machine": machine, "counter": counter, "on": on, "value": value, "source": source }))
        .collect())
}
