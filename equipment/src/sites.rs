//! Sites: where machines stand.

use std::collections::HashMap;

use billing::{CustomerId, customers};
use conversation::db::{On, composed_sql, placeholders, rows_in, sql};
use conversation::types::{Actor, ContactId, Millis};
use conversation::{Error, Result, Tx, audit};
use serde_json::json;

use crate::ids::SiteId;
use crate::{changed, line, lines, machines};

/// Where machines stand.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Whose.
    pub customer_id: CustomerId,
    /// As people call it.
    pub name: String,
    /// The postal address, of several lines.
    pub address: String,
    /// Millionths of a degree, north positive.
    pub latitude: Option<i64>,
    /// Millionths of a degree, east positive.
    pub longitude: Option<i64>,
    /// Whom to ask for there.
    pub contact_name: String,
    /// Their telephone.
    pub contact_phone: String,
    /// For the technician.
    pub notes: String,
    /// When it changed last.
    pub updated_at: Millis,
}

const SITE: &str =
    "id, customer_id, name, address, latitude, longitude, contact_name, contact_phone, notes, updated_at";

/// What is known about a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteData {
    /// As people call it.
    pub name: String,
    /// The postal address.
    pub address: String,
    /// Latitude and longitude in millionths of a degree.
    pub position: Option<(i64, i64)>,
    /// Whom to ask for there.
    pub contact_name: String,
    /// Their telephone.
    pub contact_phone: String,
    /// For the technician.
    pub notes: String,
}

/// Reads `-0.180653, -78.467834` (also with a semicolon or a space between) into millionths of a degree.
///
/// # Errors
/// Says what was expected.
pub fn position(text: &str) -> Result<Option<(i64, i64)>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let odd = || Error::Invalid("position: latitude and longitude such as -0.180653, -78.467834".to_owned());
    let apart = |signs: &[char]| -> Vec<String> {
        let parts = text.split(signs).map(|part| part.trim().trim_end_matches(','));
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    // With something else between them, a comma is before decimals.
    let mut parts = apart(&[';', ' ', '\t', '\u{a0}']);
    match parts.len() {
        1 => parts = apart(&[',']),
        _ => parts.iter_mut().for_each(|part| *part = part.replace(',', ".")),
    }
    let [latitude, longitude] = parts.as_slice() else {
        return Err(odd());
    };
    let read = |text: &str, most: i64| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits: String = format!("{part:0<6}").chars().take(6).collect();
        let value: i64 = format!("{whole}{digits}").parse().map_err(|_| odd())?;
        let is_fine = value.abs() <= most * 1_000_000 && !whole.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if is_fine { Ok(value) } else { Err(odd()) }
    };
    Ok(Some((read(latitude, 90)?, read(longitude, 180)?)))
}

/// Millionths of a degree as people write them: `-0.180653`.
pub fn degrees(value: i64) -> String {
    let minus = if value < 0 { "-" } else { "" };
    format!(
        "{minus}{}.{:06}",
        value.unsigned_abs() / 1_000_000,
        value.unsigned_abs() % 1_000_000
    )
}

impl Site {
    /// Latitude and longitude, where both are known.
    pub fn position(&self) -> Option<(i64, i64)> {
        self.latitude.zip(self.longitude)
    }
}

impl SiteData {
    fn checked(mut self) -> Result<SiteData> {
        self.name = line(&self.name, 120);
        self.address = lines(&self.address, 500);
        self.contact_name = line(&self.contact_name, 120);
        self.contact_phone = line(&self.contact_phone, 60);
        self.notes = lines(&self.notes, 2_000);
        if self.name.is_empty() {
            return Err(Error::Invalid("name: a site has a name".to_owned()));
        }
        let is_far = |(latitude, longitude): &(i64, i64)| latitude.abs() > 90_000_000 || longitude.abs() > 180_000_000;
        if self.position.as_ref().is_some_and(is_far) {
            return Err(Error::Invalid(
                "position: latitude up to 90, longitude up to 180 degrees".to_owned(),
            ));
        }
        Ok(self)
    }
}

/// A site by id, for the business.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &SiteId) -> Result<Site> {
    composed_sql(format!("SELECT {SITE} FROM sites WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// Sites by their ids.
pub async fn by_ids<'a>(on: impl On, ids: impl IntoIterator<Item = &'a SiteId>) -> Result<HashMap<SiteId, Site>> {
    let select = format!("SELECT {SITE} FROM sites WHERE id IN");
    let rows: Vec<Site> = rows_in(on, &select, ids.into_iter().map(SiteId::as_str)).await?;
    Ok(rows.into_iter().map(|site| (site.id.clone(), site)).collect())
}

/// A site that a contact may see.
///
/// # Errors
/// [`Error::NotFound`], whether it is missing or another customer's.
pub async fn for_contact(on: impl On, contact: &ContactId, id: &SiteId) -> Result<Site> {
    let mut on = on;
    let site = load(&mut on, id).await?;
    if customers::may_see(&mut on, contact, &site.customer_id).await? {
        Ok(site)
    } else {
        Err(Error::NotFound)
    }
}

/// The sites of these customers by name, at most a thousand.
pub async fn of_customers(on: impl On, customers: &[CustomerId]) -> Result<Vec<Site>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 0);
    composed_sql(format!(
        "SELECT {SITE} FROM sites WHERE customer_id IN {list} ORDER BY name, id LIMIT 1000"
    ))
    .bind_all(customers.iter().map(CustomerId::as_str))
    .all(on)
    .await
}

/// Several by id, in no order.
pub(crate) async fn some(on: impl On, ids: &[&str]) -> Result<Vec<Site>> {
    let list = placeholders(1, ids.len(), 0);
    composed_sql(format!("SELECT {SITE} FROM sites WHERE id IN {list}"))
        .bind_all(ids.iter().copied())
        .all(on)
        .await
}

/// All sites by name, behind one; at most `most`.
pub async fn list(on: impl On, after: Option<&SiteId>, most: i64) -> Result<Vec<Site>> {
    let mut on = on;
    let last = match after {
        Some(id) => load(&mut on, id).await?.name,
        None => String::new(),
    };
    composed_sql(format!(
        "SELECT {SITE} FROM sites WHERE name > $1 OR (name = $1 AND id > $2) ORDER BY name, id LIMIT $3"
    ))
    .bind(last)
    .bind(after.map(SiteId::as_str).unwrap_or_default())
    .bind(most)
    .all(on)
    .await
}

/// The site of this name, made where there is none; for imports.
pub async fn named_in(tx: &mut Tx, actor: &Actor, customer: &CustomerId, name: &str, address: &str) -> Result<SiteId> {
    let known: Option<(SiteId,)> = sql("SELECT id FROM sites WHERE customer_id = $1 AND name = $2 ORDER BY id LIMIT 1")
        .bind(customer.as_str())
        .bind(line(name, 120))
        .optional(&mut *tx)
        .await?;
    match known {
        Some((id,)) => Ok(id),
        None => {
            let data = SiteData {
                name: name.to_owned(),
                address: address.to_owned(),
                ..SiteData::default()
            };
            create_in(tx, actor, customer, data).await
        }
    }
}

/// Adds a site.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::NotFound`] without the customer.
pub async fn create_in(tx: &mut Tx, actor: &Actor, customer: &CustomerId, data: SiteData) -> Result<SiteId> {
    let data = data.checked()?;
    customers::load(&mut *tx, customer).await?;
    let id = SiteId::from(tx.env().ulid());
    let now = tx.now();
    sql("INSERT INTO sites (id, customer_id, name, address, latitude, longitude, contact_name, contact_phone, notes, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)")
        .bind(id.as_str())
        .bind(customer.as_str())
        .bind(data.name)
        .bind(data.address)
        .bind(data.position.map(|(latitude, _)| latitude))
        .bind(data.position.map(|(_, longitude)| longitude))
        .bind(data.contact_name)
        .bind(data.contact_phone)
        .bind(data.notes)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "site.created", id.as_str(), &json!({})).await?;
    changed(tx, actor, id.as_str(), customer, "site");
    Ok(id)
}

/// Changes a site; its machines are found by its new name.
///
/// # Errors
/// As [`create_in`].
pub async fn edit_in(tx: &mut Tx, actor: &Actor, id: &SiteId, data: SiteData) -> Result<()> {
    let data = data.checked()?;
    let site = load(&mut *tx, id).await?;
    let now = tx.now();
    sql("UPDATE sites SET name = $2, address = $3, latitude = $4, longitude = $5, contact_name = $6, contact_phone = $7, notes = $8, updated_at = $9 WHERE id = $1")
        .bind(id.as_str())
        .bind(data.name.as_str())
        .bind(data.address)
        .bind(data.position.map(|(latitude, _)| latitude))
        .bind(data.position.map(|(_, longitude)| longitude))
        .bind(data.contact_name)
        .bind(data.contact_phone)
        .bind(data.notes)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if site.name != data.name {
        machines::reword_site_in(tx, id).await?;
    }
    audit::record(tx, actor, "site.edited", id.as_str(), &json!({})).await?;
    changed(tx, actor, id.as_str(), &site.customer_id, "site");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_to_the_millionth() {
        for (text, expected) in [
            ("", Ok(None)),
            ("-0.180653, -78.467834", Ok(Some((-180_653, -78_467_834)))),
            ("-0.180653;-78.467834", Ok(Some((-180_653, -78_467_834)))),
            ("-0,180653; -78,467834", Ok(Some((-180_653, -78_467_834)))),
            ("-0,180653 , -78,467834", Ok(Some((-180_653, -78_467_834)))),
            ("-0.180653,-78.467834", Ok(Some((-180_653, -78_467_834)))),
            ("-0,18,-78,46", Err(())),
            ("41 2.5", Ok(Some((41_000_000, 2_500_000)))),
            ("90.1234567 180", Err(())),
            ("91 0", Err(())),
            ("1", Err(())),
            ("a, b", Err(())),
            ("1.x, 2", Err(())),
        ] {
            assert_eq!(position(text).map_err(|_| ()), expected, "{text}");
        }
        for (value, text) in [(-180_653, "-0.180653"), (41_000_000, "41.000000")] {
            assert_eq!(degrees(value), text);
        }
    }
}
