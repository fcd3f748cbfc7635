//! Sites of all customers as the business's people see them on a map: what stands there, and who comes next.

use std::collections::HashMap;

use conversation::db::{On, Value, composed_sql, placeholders};
use conversation::types::{AgentId, Millis};
use conversation::{Error, Result};

use crate::folded;
use crate::ids::SiteId;
use crate::sites::{self, Site};

/// For so many days ahead a visit is shown.
pub const AHEAD: i64 = 14;
const DAY: Millis = 86_400_000;

/// Which sites.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of customers of the companies that were given to this coordinator.
    pub coordinator: Option<AgentId>,
    /// Beginnings of words of the machines there, the site, the customer.
    pub search: String,
    /// Only where somebody comes within [`AHEAD`] days.
    pub is_visited: bool,
}

/// One site.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The site.
    pub site: Site,
    /// Its customer's name.
    pub owner: String,
    /// Machines that stand there.
    pub machines: i64,
    /// The next visit: from, to, the technician's name.
    pub visit: Option<(Millis, Millis, String)>,
}

/// A page of sites by name, behind one; at most `most`.
///
/// # Errors
/// [`Error::NotFound`] when the site before is gone.
pub async fn spots(
    on: impl On,
    filter: &Filter,
    now: Millis,
    after: Option<&SiteId>,
    most: usize,
) -> Result<Vec<Spot>> {
    let mut on = on;
    let last = match after {
        Some(id) => sites::load(&mut on, id).await?.name,
        None => String::new(),
    };
    let mut args: Vec<Value> = vec![
        last.into(),
        after.map_or("", SiteId::as_str).into(),
        i64::try_from(most).unwrap_or(i64::MAX).into(),
    ];
    let wheres = narrowing(filter, now, &mut args);
    let ids: Vec<(SiteId, String)> = composed_sql(format!(
        "SELECT s.id, o.name FROM sites s JOIN customers o ON o.id = s.customer_id WHERE (s.name > $1 OR (s.name = $1 AND s.id > $2)){wheres} ORDER BY s.name, s.id LIMIT $3"
    ))
    .bind_all(args)
    .all(&mut on)
    .await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let known: Vec<&str> = ids.iter().map(|(id, _)| id.as_str()).collect();
    let mut all: HashMap<SiteId, Site> = sites::some(&mut on, &known)
        .await?
        .into_iter()
        .map(|site| (site.id.clone(), site))
        .collect();
    let machines = machines_at(&mut on, &known).await?;
    let mut visits = next_visits(&mut on, &known, now).await?;
    Ok(ids
        .into_iter()
        .filter_map(|(id, owner)| {
            Some(Spot {
                machines: machines.get(&id).copied().unwrap_or(0),
                visit: visits.remove(&id),
                site: all.remove(&id)?,
                owner,
            })
        })
        .collect())
}

/// What a filter asks beside the place in the list, as SQL to put behind it.
fn narrowing(filter: &Filter, now: Millis, args: &mut Vec<Value>) -> String {
    let mut wheres: Vec<String> = Vec::new();
    let mut arg = |value: Value| {
        args.push(value);
        format!("${}", args.len())
    };
    if let Some(coordinator) = &filter.coordinator {
        let who = arg(coordinator.as_str().into());
        wheres.push(format!(
            "s.customer_id IN (SELECT c.id FROM customers c JOIN agent_companies k ON k.company_id = c.company_id WHERE k.agent_id = {who} UNION SELECT c.id FROM customers c JOIN contacts p ON p.id = c.contact_id JOIN agent_companies k ON k.company_id = p.company_id WHERE k.agent_id = {who})"
        ));
    }
    for word in folded::search_words(&filter.search) {
        let (from, to) = folded::range(&word);
        let (from, to) = (arg(from.into()), arg(to.into()));
        wheres.push(format!(
            "s.id IN (SELECT m.site_id FROM machine_words w JOIN machines m ON m.id = w.machine_id WHERE w.word >= {from} AND w.word < {to} AND m.site_id IS NOT NULL)"
        ));
    }
    if filter.is_visited {
        let (from, to) = (arg((now - DAY).into()), arg((now + AHEAD * DAY).into()));
        wheres.push(format!(
            "s.id IN (SELECT v.site_id FROM visits v WHERE v.starts_at >= {from} AND v.starts_at < {to} AND v.state IN ('planned', 'on_way', 'there') AND v.site_id IS NOT NULL)"
        ));
    }
    wheres.iter().map(|one| format!(" AND {one}")).collect()
}

async fn machines_at(on: impl On, sites: &[&str]) -> Result<HashMap<SiteId, i64>> {
    let rows: Vec<(SiteId, i64)> = composed_sql(format!(
        "SELECT site_id, COUNT(*) FROM machines WHERE status <> 'retired' AND site_id IN {} GROUP BY site_id",
        placeholders(1, sites.len(), 0)
    ))
    .bind_all(sites.iter().copied())
    .all(on)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Who comes next to each site: from, to, the technician's name.
async fn next_visits(on: impl On, sites: &[&str], now: Millis) -> Result<HashMap<SiteId, (Millis, Millis, String)>> {
    let coming: Vec<(SiteId, i64, i64, String)> = composed_sql(format!(
        "SELECT v.site_id, v.starts_at, v.ends_at, a.name FROM visits v JOIN agents a ON a.id = v.agent_id WHERE v.starts_at >= $1 AND v.starts_at < $2 AND v.state IN ('planned', 'on_way', 'there') AND v.site_id IN {} ORDER BY v.starts_at, v.id",
        placeholders(1, sites.len(), 2)
    ))
    .bind(now - DAY)
    .bind(now + AHEAD * DAY)
    .bind_all(sites.iter().copied())
    .all(on)
    .await?;
    let mut visits: HashMap<SiteId, (Millis, Millis, String)> = HashMap::new();
    for (site, from, to, name) in coming {
        visits.entry(site).or_insert((from, to, name));
    }
    Ok(visits)
}

/// The site behind which a page goes on, as far as it is the reader's to see.
///
/// # Errors
/// Never: what is not there begins at the beginning.
pub async fn place(on: impl On, id: &str) -> Result<Option<SiteId>> {
    if id.is_empty() {
        return Ok(None);
    }
    match sites::load(on, &SiteId::from(id)).await {
        Ok(site) => Ok(Some(site.id)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
