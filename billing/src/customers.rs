//! Customers: who is billed, and which contacts may see what is billed.

use std::collections::HashMap;

use conversation::contacts;
use conversation::db::{On, composed_sql, placeholders, rows_in, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::memberships;
use conversation::telephone::{self, Country};
use conversation::types::{Actor, CompanyId, ContactId, IdentityKind, Language, Millis};
use conversation::{Error, Result, Tx, audit};
use serde_json::json;

use crate::ids::CustomerId;
use crate::state::texts;

texts! {
    /// The channel that a customer prefers for reminders.
    Preferred, "channel for reminders" {
        /// E-mail.
        Email = "email",
        /// WhatsApp, where the customer has written by it; e-mail otherwise.
        Whatsapp = "whatsapp",
    }
}
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who is billed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The company; its people see what is billed to it.
    pub company_id: Option<CompanyId>,
    /// The person, where there is no company.
    pub contact_id: Option<ContactId>,
    /// The name on documents.
    pub name: String,
    /// Where documents go.
    pub email: Option<String>,
    /// The language of documents and mails.
    pub language: Language,
    /// How reminders go.
    pub channel: Preferred,
    /// The tax number on documents.
    pub tax_id: String,
    /// The address on documents, of several lines.
    pub address: String,
    /// Since when.
    pub created_at: Millis,
    /// When it changed last.
    pub updated_at: Millis,
}

const CUSTOMER: &str =
    "id, company_id, contact_id, name, email, language, channel, tax_id, address, created_at, updated_at";

/// What is known about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerData {
    /// The name on documents.
    pub name: String,
    /// Where documents go.
    pub email: Option<String>,
    /// The telephone, with its country code, that they write from by WhatsApp or call from. `None` leaves what is
    /// known.
    pub phone: Option<String>,
    /// Whether it is a company: then all people of the company of this name see its documents.
    pub is_company: bool,
    /// The language.
    pub language: Language,
    /// How reminders go.
    pub channel: Preferred,
    /// The tax number.
    pub tax_id: String,
    /// The address.
    pub address: String,
}

impl CustomerData {
    fn checked(mut self, home: Option<Country>) -> Result<CustomerData> {
        let cut = |text: &str, most: usize| text.trim().chars().take(most).collect::<String>();
        self.name = cut(&self.name, 200);
        self.tax_id = cut(&self.tax_id, 60);
        self.address = cut(&self.address, 500);
        if self.name.is_empty() {
            return Err(Error::Invalid("name: a customer has a name".to_owned()));
        }
        self.email = match self.email.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(email) => Some(
                contacts::normal_email(email)
                    .map_err(|_| Error::Invalid(format!("email: `{}` is not an e-mail address", cut(email, 100))))?,
            ),
            None => None,
        };
        self.phone = match self.phone.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(number) => Some(telephone::read(number, home)?),
            None => None,
        };
        Ok(self)
    }
}

/// A customer by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &CustomerId) -> Result<Customer> {
    composed_sql(format!("SELECT {CUSTOMER} FROM customers WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// What customers are called.
pub async fn names<'a>(
    on: impl On,
    ids: impl IntoIterator<Item = &'a CustomerId>,
) -> Result<HashMap<CustomerId, String>> {
    let ids = ids.into_iter().map(CustomerId::as_str);
    let rows = rows_in(on, "SELECT id, name FROM customers WHERE id IN", ids).await?;
    Ok(rows.into_iter().collect())
}

/// Customers by their ids, in no order.
pub async fn by_ids<'a>(on: impl On, ids: impl IntoIterator<Item = &'a CustomerId>) -> Result<Vec<Customer>> {
    let ids = ids.into_iter().map(CustomerId::as_str);
    rows_in(on, &format!("SELECT {CUSTOMER} FROM customers WHERE id IN"), ids).await
}

/// The customer whose documents go to this address.
pub async fn by_email(on: impl On, email: &str) -> Result<Option<Customer>> {
    composed_sql(format!("SELECT {CUSTOMER} FROM customers WHERE email = $1"))
        .bind(email)
        .optional(on)
        .await
}

/// Customers by name, after one; `search` is a part of name, address or tax number, or a telephone number.
pub async fn list(on: impl On, search: &str, after: Option<&CustomerId>, most: i64) -> Result<Vec<Customer>> {
    let mut on = on;
    let pattern = format!("%{}%", escaped(&search.trim().to_lowercase()));
    let caller = match telephone::read(search, telephone::home(&mut on).await?) {
        Ok(number) => contacts::by_identity(&mut on, IdentityKind::Phone, &number).await?,
        Err(_) => None,
    };
    let caller = caller.map(|(contact, _)| contact);
    let last: Option<(String,)> = match after {
        Some(id) => {
            sql("SELECT name FROM customers WHERE id = $1")
                .bind(id.as_str())
                .optional(&mut on)
                .await?
        }
        None => None,
    };
    composed_sql(format!(
        "SELECT {CUSTOMER} FROM customers WHERE ($1 = '%%' OR lower(name) LIKE $1 ESCAPE '!' OR lower(coalesce(email, '')) LIKE $1 ESCAPE '!' OR lower(tax_id) LIKE $1 ESCAPE '!' OR contact_id = $5 OR company_id = $6)
         AND (name > $2 OR (name = $2 AND id > $3)) ORDER BY name, id LIMIT $4"
    ))
    .bind(pattern)
    .bind(last.map(|(name,)| name).unwrap_or_default())
    .bind(after.map(CustomerId::as_str).unwrap_or_default())
    .bind(most)
    .bind(caller.as_ref().map(|contact| contact.id.as_str()).unwrap_or_default())
    .bind(caller.as_ref().and_then(|contact| contact.company_id.as_ref()).map(CompanyId::as_str).unwrap_or_default())
    .all(on)
    .await
}

/// A text as a part of a LIKE pattern whose escape is `!`.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The customers whose documents a contact may see: their own, those of whoever became part of them, and
/// those of the companies where they see documents.
pub async fn of_contact(on: impl On, contact: &ContactId) -> Result<Vec<CustomerId>> {
    within(on, contact, None).await
}

/// As [`of_contact`], of companies only this one.
pub async fn within(on: impl On, contact: &ContactId, company: Option<&CompanyId>) -> Result<Vec<CustomerId>> {
    let mut on = on;
    let own: Vec<(CustomerId,)> = sql(
        "WITH RECURSIVE family (id) AS (SELECT $1 UNION SELECT c.id FROM contacts c JOIN family f ON c.merged_into = f.id)
         SELECT id FROM customers WHERE contact_id IN (SELECT id FROM family)",
    )
    .bind(contact)
    .all(&mut on)
    .await?;
    let mut found: Vec<CustomerId> = own.into_iter().map(|(id,)| id).collect();
    for membership in memberships::of_contact(&mut on, contact).await? {
        let is_asked = company.is_none_or(|company| *company == membership.company_id);
        if membership.rights.sees_documents && is_asked {
            let of_company: Vec<(CustomerId,)> = sql("SELECT id FROM customers WHERE company_id = $1")
                .bind(&membership.company_id)
                .all(&mut on)
                .await?;
            found.extend(of_company.into_iter().map(|(id,)| id));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether a contact may see what is billed to a customer.
pub async fn may_see(on: impl On, contact: &ContactId, customer: &CustomerId) -> Result<bool> {
    Ok(of_contact(on, contact).await?.contains(customer))
}

/// The most people of one customer that are told of something.
const MOST_PEOPLE: i64 = 200;

/// Everybody who may see what is billed to a customer, in the order of their ids.
pub async fn who_see(on: impl On, customer: &Customer) -> Result<Vec<ContactId>> {
    let mut on = on;
    let rows: Vec<(ContactId,)> = sql("SELECT c.id FROM contacts c WHERE c.id = $1
         UNION SELECT c.id FROM contacts c WHERE c.company_id = $2
         UNION SELECT m.contact_id FROM memberships m WHERE m.company_id = $2 AND m.invited_as IS NULL
         ORDER BY 1 LIMIT $3")
    .bind(customer.contact_id.as_ref())
    .bind(customer.company_id.as_ref())
    .bind(MOST_PEOPLE)
    .all(&mut on)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for (id,) in rows {
        let id = contacts::load(&mut on, &id).await?.id;
        if !found.contains(&id) && may_see(&mut on, &id, &customer.id).await? {
            found.push(id);
        }
    }
    found.sort();
    Ok(found)
}

/// The contact that an address of a customer signs in, if one may see its documents.
pub async fn recipient(on: impl On, customer: &Customer) -> Result<Option<ContactId>> {
    let mut on = on;
    let Some(email) = &customer.email else {
        return Ok(None);
    };
    let Some((contact, _)) = contacts::by_identity(&mut on, IdentityKind::Email, email).await? else {
        return Ok(None);
    };
    Ok(may_see(&mut on, &contact.id, &customer.id).await?.then_some(contact.id))
}

/// The telephones of customers' own people, where one is known: of whom the address or the customer itself names.
pub async fn phones(on: impl On, all: &[Customer]) -> Result<HashMap<CustomerId, String>> {
    if all.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(CustomerId, String)> = composed_sql(format!(
        "SELECT c.id, p.value FROM customers c
         JOIN identities p ON p.kind = 'phone'
         AND p.contact_id = COALESCE((SELECT e.contact_id FROM identities e WHERE e.kind = 'email' AND e.value = c.email), c.contact_id)
         WHERE c.id IN {} ORDER BY p.is_verified, p.id",
        placeholders(1, all.len(), 0)
    ))
    .bind_all(all.iter().map(|one| one.id.as_str()))
    .all(on)
    .await?;
    // The last one stands: the proved ones come behind the others.
    Ok(rows.into_iter().collect())
}

/// Adds a customer. Its address becomes a contact's, so that the magic link knows whom to sign in.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::Conflict`] when the address or the company is a
/// customer's already.
pub async fn create_in(tx: &mut Tx, actor: &Actor, data: CustomerData) -> Result<CustomerId> {
    let data = data.checked(telephone::home(&mut *tx).await?)?;
    if let Some(email) = &data.email
        && by_email(&mut *tx, email).await?.is_some()
    {
        return Err(Error::Conflict(format!("email: {email} belongs to another customer")));
    }
    let id = CustomerId::from(tx.env().ulid());
    let now = tx.now();
    let (company, contact) = people(tx, actor, &data).await?;
    let rows = sql("INSERT INTO customers (id, company_id, contact_id, name, email, language, channel, tax_id, address, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING")
        .bind(id.as_str())
        .bind(company.as_ref())
        .bind(contact.as_ref())
        .bind(data.name)
        .bind(data.email)
        .bind(data.language)
        .bind(data.channel.as_str())
        .bind(data.tax_id)
        .bind(data.address)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::Conflict(
            "this company, person or address is a customer already".to_owned(),
        ));
    }
    audit::record(tx, actor, "customer.created", id.as_str(), &json!({})).await?;
    changed(tx, actor, &id);
    Ok(id)
}

/// Changes a customer. Documents that were issued keep the name and address that they had.
///
/// # Errors
/// As [`create_in`]; [`Error::NotFound`].
pub async fn edit_in(tx: &mut Tx, actor: &Actor, id: &CustomerId, data: CustomerData) -> Result<()> {
    let data = data.checked(telephone::home(&mut *tx).await?)?;
    load(&mut *tx, id).await?;
    if let Some(email) = &data.email
        && by_email(&mut *tx, email).await?.is_some_and(|other| other.id != *id)
    {
        return Err(Error::Conflict(format!("email: {email} belongs to another customer")));
    }
    let (company, contact) = people(tx, actor, &data).await?;
    let taken: Option<(CustomerId,)> =
        sql("SELECT id FROM customers WHERE id <> $1 AND (company_id = $2 OR contact_id = $3)")
            .bind(id.as_str())
            .bind(company.as_ref())
            .bind(contact.as_ref())
            .optional(&mut *tx)
            .await?;
    if taken.is_some() {
        return Err(Error::Conflict(
            "this company or person is another customer already".to_owned(),
        ));
    }
    let now = tx.now();
    sql("UPDATE customers SET company_id = $2, contact_id = $3, name = $4, email = $5, language = $6, channel = $7, tax_id = $8, address = $9, updated_at = $10 WHERE id = $1")
        .bind(id.as_str())
        .bind(company.as_ref())
        .bind(contact.as_ref())
        .bind(data.name)
        .bind(data.email)
        .bind(data.language)
        .bind(data.channel.as_str())
        .bind(data.tax_id)
        .bind(data.address)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "customer.edited", id.as_str(), &json!({})).await?;
    changed(tx, actor, id);
    Ok(())
}

/// The company and the person behind a customer, made where there is none.
async fn people(tx: &mut Tx, actor: &Actor, data: &CustomerData) -> Result<(Option<CompanyId>, Option<ContactId>)> {
    let known = match (&data.email, &data.phone) {
        (Some(email), _) => contacts::by_identity(&mut *tx, IdentityKind::Email, email).await?,
        (None, Some(number)) => contacts::by_identity(&mut *tx, IdentityKind::Phone, number).await?,
        (None, None) => None,
    };
    let mut person = match (known, &data.email) {
        (Some((contact, _)), _) => Some(contact),
        (None, Some(email)) => {
            let id = contacts::create_in(tx, actor, &data.name, Some(data.language)).await?;
            let id = contacts::prove_in(tx, actor, &id, IdentityKind::Email, email, "agent").await?;
            Some(contacts::load(&mut *tx, &id).await?)
        }
        (None, None) if data.phone.is_some() => {
            let id = contacts::create_in(tx, actor, &data.name, Some(data.language)).await?;
            Some(contacts::load(&mut *tx, &id).await?)
        }
        (None, None) => None,
    };
    if let (Some(contact), Some(number)) = (&person, &data.phone) {
        let id = contacts::reached_by_in(tx, actor, &contact.id, number).await?;
        person = Some(contacts::load(&mut *tx, &id).await?);
    }
    if !data.is_company {
        return Ok((None, person.map(|contact| contact.id)));
    }
    let company = contacts::company_in(tx, &data.name).await?;
    if let Some(contact) = person
        && contact.company_id.as_ref() != Some(&company)
    {
        if contact.company_id.is_some() {
            return Err(Error::Conflict(
                "email: this address belongs to somebody of another company".to_owned(),
            ));
        }
        contacts::join_company_in(tx, actor, &contact.id, &company).await?;
    }
    Ok((Some(company), None))
}

pub(crate) fn changed(tx: &mut Tx, actor: &Actor, id: &CustomerId) {
    tx.emit(NewEvent {
        kind: EventKind::InvoiceUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({ "customer": id.as_str() }),
    });
}

conversation::text_columns!(Preferred);
