//! Which machines: by customer, site, contract, state and words.

use std::collections::HashMap;

use billing::CustomerId;
use conversation::Result;
use conversation::db::{On, Value, composed_sql, placeholders};

use super::{MACHINE, Machine, load};
use crate::folded;
use crate::ids::{ContractId, MachineId, SiteId, Status};

/// Which machines.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these customers only; an empty list finds nothing.
    pub customers: Option<Vec<CustomerId>>,
    /// On this site.
    pub site: Option<SiteId>,
    /// Under this contract.
    pub contract: Option<ContractId>,
    /// Doing this.
    pub status: Option<Status>,
    /// Not those that were taken away.
    pub is_here: bool,
    /// Beginnings of words of model, serial number, place, site, customer.
    pub search: String,
}

/// The condition of a filter, from the next placeholder on; `None` finds nothing.
fn condition(filter: &Filter, args: &mut Vec<Value>) -> Option<String> {
    let mut wheres = vec!["1 = 1".to_owned()];
    let arg = |args: &mut Vec<Value>, value: Value| {
        args.push(value);
        format!("${}", args.len())
    };
    if let Some(customers) = &filter.customers {
        if customers.is_empty() {
            return None;
        }
        let list = placeholders(1, customers.len(), args.len());
        args.extend(customers.iter().map(|id| Value::from(id.as_str())));
        wheres.push(format!("customer_id IN {list}"));
    }
    if let Some(site) = &filter.site {
        let place = arg(args, site.as_str().into());
        wheres.push(format!("site_id = {place}"));
    }
    if let Some(contract) = &filter.contract {
        let place = arg(args, contract.as_str().into());
        wheres.push(format!("contract_id = {place}"));
    }
    if let Some(status) = filter.status {
        let place = arg(args, status.as_str().into());
        wheres.push(format!("status = {place}"));
    }
    if filter.is_here {
        wheres.push("status <> 'retired'".to_owned());
    }
    for word in folded::search_words(&filter.search) {
        let (from, to) = folded::range(&word);
        let (from, to) = (arg(args, from.into()), arg(args, to.into()));
        wheres.push(format!(
            "id IN (SELECT machine_id FROM machine_words WHERE word >= {from} AND word < {to})"
        ));
    }
    Some(wheres.join(" AND "))
}

/// Machines by model and serial number, behind one; at most `most`.
pub async fn list(on: impl On, filter: &Filter, after: Option<&MachineId>, most: i64) -> Result<Vec<Machine>> {
    let mut on = on;
    let mut args = Vec::new();
    let Some(mut wheres) = condition(filter, &mut args) else {
        return Ok(Vec::new());
    };
    if let Some(id) = after {
        let last = load(&mut on, id).await?;
        args.push(last.sort.as_str().into());
        args.push(id.as_str().into());
        let (sort, id) = (args.len() - 1, args.len());
        wheres.push_str(&format!(" AND (sort > ${sort} OR (sort = ${sort} AND id > ${id}))"));
    }
    args.push(most.into());
    composed_sql(format!(
        "SELECT {MACHINE} FROM machines WHERE {wheres} ORDER BY sort, id LIMIT ${}",
        args.len()
    ))
    .bind_all(args)
    .all(on)
    .await
}

/// How many machines a customer's people see.
pub async fn count(on: impl On, customers: &[CustomerId]) -> Result<i64> {
    if customers.is_empty() {
        return Ok(0);
    }
    let list = placeholders(1, customers.len(), 0);
    let (count,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM machines WHERE customer_id IN {list} AND status <> 'retired'"
    ))
    .bind_all(customers.iter().map(CustomerId::as_str))
    .one(on)
    .await?;
    Ok(count)
}

/// How many machines stand on each site.
pub async fn by_site(on: impl On, filter: &Filter) -> Result<HashMap<SiteId, i64>> {
    let mut args = Vec::new();
    let Some(wheres) = condition(filter, &mut args) else {
        return Ok(HashMap::new());
    };
    let rows: Vec<(SiteId, i64)> = composed_sql(format!(
        "SELECT site_id, COUNT(*) FROM machines WHERE site_id IS NOT NULL AND {wheres} GROUP BY site_id"
    ))
    .bind_all(args)
    .all(on)
    .await?;
    Ok(rows.into_iter().collect())
}
