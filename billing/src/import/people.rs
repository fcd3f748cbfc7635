//! Rows of a file as customers: one row is one customer, or one more person of a company.

use std::collections::HashMap;

use conversation::db::{On, sql};
use conversation::telephone::Country;
use conversation::types::{Actor, IdentityKind, Language};
use conversation::{Error, Result, Tx, contacts};

use super::csv::Row;
use super::rows::{Column, Reader, Wrong, columns};
use crate::customers::{self, CustomerData, Preferred};
use crate::ids::CustomerId;

/// What a column holds, and how its head may be written.
const COLUMNS: &[Column] = &[
    (
        "name",
        &[
            "customer",
            "customer name",
            "client",
            "cliente",
            "nombre",
            "nome",
            "razon social",
            "razao social",
        ],
    ),
    (
        "email",
        &["customer email", "e-mail", "mail", "correo", "correo electronico"],
    ),
    (
        "phone",
        &[
            "telephone",
            "mobile",
            "whatsapp",
            "telefono",
            "celular",
            "movil",
            "telefone",
        ],
    ),
    (
        "company",
        &["company name", "organisation", "organization", "empresa", "compania"],
    ),
    ("tax_id", super::TAX_ID),
    ("address", &["direccion", "endereco"]),
    ("language", &["idioma", "lingua"]),
];

/// The columns of a file; those with a star must be there.
pub const HEADS: &str = "name*, email, phone, company, tax_id, address, language";

/// A customer as the file tells of it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its line.
    pub line: usize,
    /// What is known.
    pub data: CustomerData,
    /// Who it is of the company that `data` names.
    pub person: Option<String>,
}

/// The customers of a file, and the rows that cannot be taken. Whose language nobody says has the business's; a number
/// without its country code is of `home`.
pub fn read(rows: &[Row], language: Language, home: Option<Country>) -> (Vec<Found>, Vec<Wrong>) {
    let Some((head, rows)) = rows.split_first() else {
        return (Vec::new(), Vec::new());
    };
    let columns = match columns(head, COLUMNS, &["name"]) {
        Ok(columns) => columns,
        Err(wrong) => return (Vec::new(), vec![wrong]),
    };
    let mut found: Vec<Found> = Vec::new();
    let mut wrongs = Vec::new();
    let mut lines: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let reader = Reader { columns: &columns, row };
        match one(&reader, language, home, &lines) {
            Ok(one) => {
                lines.insert(one.key(), one.line);
                found.push(one);
            }
            Err(wrong) => wrongs.push(wrong),
        }
    }
    (found, wrongs)
}

impl Found {
    /// What tells one from another: the address, else the names.
    fn key(&self) -> String {
        let names = || format!("{}\n{}", self.data.name, self.person.as_deref().unwrap_or_default());
        self.data.email.clone().unwrap_or_else(names)
    }
}

fn one(
    reader: &Reader<'_>,
    language: Language,
    home: Option<Country>,
    lines: &HashMap<String, usize>,
) -> std::result::Result<Found, Wrong> {
    let name = reader.needed("name", 200)?;
    let company = reader.text("company", 200)?;
    // Some lists say whether it is a company, others which.
    let (name, is_company, person) = match company.to_lowercase().as_str() {
        "" | "0" | "no" | "n" | "false" | "falso" | "não" | "nao" => (name, false, None),
        "1" | "yes" | "y" | "true" | "x" | "si" | "sí" | "s" | "sim" | "verdadero" | "verdadeiro" => {
            (name, true, None)
        }
        _ if company == name => (name, true, None),
        _ => (company, true, Some(name)),
    };
    let found = Found {
        line: reader.line(),
        data: CustomerData {
            name,
            email: reader.email("email")?,
            phone: reader.phone("phone", home)?,
            is_company,
            language: reader.language(language)?,
            channel: Preferred::Email,
            tax_id: reader.text("tax_id", 60)?,
            address: reader.text("address", 500)?,
        },
        person,
    };
    if let Some(line) = lines.get(&found.key()) {
        let column = if found.data.email.is_some() { "email" } else { "name" };
        return Err(reader.wrong(column, format!("line {line} says the same")));
    }
    Ok(found)
}

async fn named(on: impl On, name: &str) -> Result<bool> {
    let known: Option<(CustomerId,)> = sql("SELECT id FROM customers WHERE name = $1 ORDER BY id LIMIT 1")
        .bind(name)
        .optional(on)
        .await?;
    Ok(known.is_some())
}

/// Whether it is there already: a person by the address, a company, or who has none, by the name.
pub async fn known(on: impl On, one: &Found) -> Result<bool> {
    let mut on = on;
    match (&one.data.email, &one.person) {
        (Some(email), None) => Ok(customers::by_email(&mut on, email).await?.is_some()),
        (Some(email), Some(_)) => {
            let person = contacts::by_identity(&mut on, IdentityKind::Email, email).await?;
            Ok(person.is_some() && named(&mut on, &one.data.name).await?)
        }
        (None, _) => named(&mut on, &one.data.name).await,
    }
}

/// Writes one; false when it was there.
///
/// # Errors
/// [`Error::Conflict`] where the address belongs to somebody of another company.
pub async fn take(tx: &mut Tx, actor: &Actor, one: &Found) -> Result<bool> {
    if known(&mut *tx, one).await? {
        return Ok(false);
    }
    let data = &one.data;
    if let (Some(email), Some(person)) = (&data.email, &one.person) {
        let contact = match contacts::by_identity(&mut *tx, IdentityKind::Email, email).await? {
            Some((contact, _)) => contact,
            None => {
                let id = contacts::create_in(tx, actor, person, Some(data.language)).await?;
                let id = contacts::prove_in(tx, actor, &id, IdentityKind::Email, email, "agent").await?;
                contacts::load(&mut *tx, &id).await?
            }
        };
        if named(&mut *tx, &data.name).await? {
            let contact = match &data.phone {
                Some(number) => {
                    let id = contacts::reached_by_in(tx, actor, &contact.id, number).await?;
                    contacts::load(&mut *tx, &id).await?
                }
                None => contact,
            };
            let company = contacts::company_in(tx, &data.name).await?;
            if contact.company_id.as_ref().is_some_and(|known| *known != company) {
                return Err(Error::Conflict(
                    "email: this address belongs to somebody of another company".to_owned(),
                ));
            }
            contacts::join_company_in(tx, actor, &contact.id, &company).await?;
            return Ok(true);
        }
    }
    customers::create_in(tx, actor, data.clone()).await?;
    Ok(true)
}
