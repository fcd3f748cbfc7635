//! Import of customers, and of invoices that were written elsewhere: a file is stored, checked in full (nothing is written),
//! and imported when somebody says so; both by a worker, with progress. An invoice that is known by its
//! number, a customer by the address or the name, is never written twice.

pub mod csv;
pub mod files;
pub mod people;
pub mod rows;

use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::telephone;
use conversation::types::Actor;
use conversation::{Error, Result, Tx};

pub use self::files::Import;
use self::files::{Imports, Progress, count};
use self::rows::Found;
use crate::customers::{self, CustomerData, Preferred};
use crate::documents;
use crate::ids::{CustomerId, DocumentId};
use crate::payments::{self, EntryKind, EntryState, Method, NewEntry};
use crate::settings;
use crate::{Billing, issue};

/// What files of other programs call a tax number.
const TAX_ID: &[&str] = &[
    "tax number",
    "vat number",
    "rfc",
    "nif",
    "cif",
    "cnpj",
    "cpf",
    "ruc",
    "rut",
];

/// How many invoices, or customers, share a transaction.
const BATCH: usize = 50;

conversation::text_enum! {
    /// What a file holds.
    Kind, "kind of import" {
        /// Customers, one a row.
        Customers = "customers",
        /// Invoices, one row a line of them.
        Invoices = "invoices",
    }
}

/// The columns of a kind of file; those with a star must be there.
pub const fn heads(kind: Kind) -> &'static str {
    match kind {
        Kind::Customers => people::HEADS,
        Kind::Invoices => {
            "number*, customer*, email, issued_on*, due_on, currency, description*, quantity, unit_price*, discount, tax, paid, paid_on, notes, tax_id, address, language"
        }
    }
}

/// A small file of this kind that can be brought as it is: its first row are the columns.
pub const fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Customers => {
            "name,email,phone,company,tax_id,address,language\r\n\
             Laura Soto,laura@norte.example,+593 99 123 4567,Talleres del Norte,1790012345001,\"Av. Central 12, Quito\",es\r\n\
             Diego Mora,diego@norte.example,,Talleres del Norte,,,es\r\n\
             Grace Hill,grace@hill.example,+44 7700 900123,,,\"4 Mill Lane, Leeds\",en\r\n"
        }
        Kind::Invoices => {
            "number,customer,email,issued_on,due_on,currency,description,quantity,unit_price,discount,tax,paid,paid_on,notes,tax_id,address,language\r\n\
             A-1001,Grace Hill,grace@hill.example,2026-01-05,2026-01-20,USD,Lease of a copier,1,120.00,,20,144.00,2026-01-18,,,,en\r\n\
             A-1002,Grace Hill,grace@hill.example,2026-02-05,2026-02-20,USD,Lease of a copier,1,120.00,,20,,,,,,en\r\n\
             A-1002,Grace Hill,grace@hill.example,2026-02-05,2026-02-20,USD,Copies over the allowance,350,0.02,,20,,,,,,en\r\n"
        }
    }
}

const IMPORTS: Imports = Imports::of("billing_imports");

/// Stores a file to be checked. The check writes nothing but its report.
///
/// # Errors
/// [`Error::Invalid`] for a file that is too large or empty.
pub async fn begin(billing: &Billing, actor: &Actor, kind: Kind, name: &str, bytes: &[u8]) -> Result<String> {
    IMPORTS.begin(&billing.store, actor, kind.as_str(), name, bytes).await
}

/// Lets a checked import write.
///
/// # Errors
/// [`Error::Conflict`] unless it is checked.
pub async fn confirm(billing: &Billing, actor: &Actor, id: &str) -> Result<()> {
    IMPORTS.confirm(&billing.store, actor, id).await
}

/// An import by id.
pub async fn load(on: impl On, id: &str) -> Result<Import> {
    IMPORTS.load(on, id).await
}

/// The newest imports.
pub async fn list(on: impl On) -> Result<Vec<Import>> {
    IMPORTS.list(on).await
}

/// Does what is open; returns how many imports it finished a step of.
pub async fn run(billing: &Billing) -> Result<usize> {
    let mut count = 0;
    while let Some(import) = IMPORTS.next(billing.store.db()).await? {
        step(billing, &import).await?;
        count += 1;
    }
    Ok(count)
}

async fn step(billing: &Billing, import: &Import) -> Result<()> {
    let store = &billing.store;
    let bytes = store.blobs().get(&import.sha256).await?;
    let business = settings::business(store.db(), store).await?;
    let home = telephone::home(store.db()).await?;
    let kind: Kind = import.kind.parse()?;
    // A large file takes a second to read: not on the thread that answers others.
    let read = tokio::task::spawn_blocking(move || {
        csv::parse(&bytes).map(|rows| match kind {
            Kind::Customers => {
                let (found, wrongs) = people::read(&rows, business.language, home);
                (Rows::Customers(found), wrongs)
            }
            Kind::Invoices => {
                let (found, wrongs) = rows::read(&rows, &business);
                (Rows::Invoices(found), wrongs)
            }
        })
    })
    .await
    .map_err(|error| Error::corrupt("import", error))?;
    let (found, wrongs) = match read {
        Ok(read) => read,
        Err(error) => {
            let progress = Progress::unreadable(&error);
            return IMPORTS.save(store, &import.id, "failed", &progress).await;
        }
    };
    if import.state == "checking" {
        let known = match &found {
            Rows::Customers(found) => known_customers(store.db(), found).await?,
            Rows::Invoices(found) => known(store.db(), found).await?,
        };
        let total = count(found.len());
        let state = if total == 0 { "failed" } else { "checked" };
        let progress = Progress {
            total,
            done: total,
            new: total - known,
            known,
            ..Progress::default()
        };
        return IMPORTS
            .save(store, &import.id, state, &progress.with_wrongs(wrongs))
            .await;
    }
    write(billing, import, &found).await
}

/// What can be taken from a file.
enum Rows {
    Customers(Vec<people::Found>),
    Invoices(Vec<Found>),
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Rows::Customers(found) => found.len(),
            Rows::Invoices(found) => found.len(),
        }
    }

    /// Where one begins in the file.
    fn line(&self, at: usize) -> usize {
        match self {
            Rows::Customers(found) => found[at].line,
            Rows::Invoices(found) => found[at].line,
        }
    }

    async fn take(&self, at: usize, tx: &mut Tx, billing: &Billing, actor: &Actor) -> Result<bool> {
        match self {
            Rows::Customers(found) => people::take(tx, actor, &found[at]).await,
            Rows::Invoices(found) => take(tx, billing, actor, &found[at]).await,
        }
    }
}

async fn known_customers(on: impl On, found: &[people::Found]) -> Result<i64> {
    let mut on = on;
    let mut sum = 0;
    for one in found {
        sum += i64::from(people::known(&mut on, one).await?);
    }
    Ok(sum)
}

async fn known(on: impl On, found: &[Found]) -> Result<i64> {
    let mut on = on;
    let mut sum = 0;
    for part in found.chunks(100) {
        let list = placeholders(1, part.len(), 0);
        let (known,): (i64,) = composed_sql(format!(
            "SELECT COUNT(*) FROM documents WHERE external_number IN {list}"
        ))
        .bind_all(part.iter().map(|one| one.number.as_str()))
        .one(&mut on)
        .await?;
        sum += known;
    }
    Ok(sum)
}

/// Writes what is not known, some a transaction with their progress: what a crash leaves undone is done by the
/// next run, and nothing twice.
async fn write(billing: &Billing, import: &Import, found: &Rows) -> Result<()> {
    let actor = import.begun_by();
    let mut progress = import.progress();
    let all = found.len();
    let mut done = progress.skip(all);
    loop {
        let end = all.min(done + BATCH);
        let mut tx = billing.store.begin().await?;
        for at in done..end {
            match found.take(at, &mut tx, billing, &actor).await {
                Ok(true) => progress.new += 1,
                Ok(false) => progress.known += 1,
                // The words are about this one; at most an invoice's customer was written before they were said.
                Err(Error::Invalid(why) | Error::Conflict(why)) => progress.refuse(found.line(at), why),
                Err(error) => return Err(error),
            }
        }
        done = end;
        progress.done = count(done);
        IMPORTS.commit(tx, &import.id, &progress, done == all).await?;
        if done == all {
            return Ok(());
        }
    }
}

/// Writes one invoice; false when it was there. A higher sum that was paid is taken over in any case.
///
/// # Errors
/// [`Error::Conflict`] where the number was given to an invoice that was written here.
pub async fn take(tx: &mut Tx, billing: &Billing, actor: &Actor, one: &Found) -> Result<bool> {
    let row: Option<(DocumentId,)> = sql("SELECT id FROM documents WHERE external_number = $1")
        .bind(one.number.as_str())
        .optional(&mut *tx)
        .await?;
    let (id, is_new) = match row {
        Some((id,)) => (id, false),
        None => {
            let taken: Option<(DocumentId,)> = sql("SELECT id FROM documents WHERE kind = 'invoice' AND number = $1")
                .bind(one.number.as_str())
                .optional(&mut *tx)
                .await?;
            if taken.is_some() {
                return Err(Error::Conflict(format!(
                    "number: {} was given to an invoice that was written here",
                    one.number
                )));
            }
            let customer = customer(tx, actor, one).await?;
            let id = documents::create_in(tx, actor, &customer, one.draft.clone()).await?;
            sql("UPDATE documents SET number = $2 WHERE id = $1")
                .bind(id.as_str())
                .bind(one.number.as_str())
                .run(&mut *tx)
                .await?;
            issue::send_in(tx, billing, actor, &id).await?;
            (id, true)
        }
    };
    if let Some((paid, on)) = one.paid {
        let document = documents::load(&mut *tx, &id).await?;
        let more = paid.min(document.total) - document.paid;
        if more > 0 {
            let new = NewEntry {
                document: id,
                kind: EntryKind::Payment,
                amount: more,
                currency: document.currency,
                method: Method::Other,
                state: EntryState::Succeeded,
                external_id: Some(format!("import:{}:{paid}", one.number)),
                intent: None,
                detail: String::new(),
                happened_on: on.unwrap_or(one.draft.issued_on).to_string(),
            };
            payments::record_in(tx, billing, actor, new).await?;
        }
    }
    Ok(is_new)
}

async fn customer(tx: &mut Tx, actor: &Actor, one: &Found) -> Result<CustomerId> {
    if let Some(email) = &one.email
        && let Some(known) = customers::by_email(&mut *tx, email).await?
    {
        return Ok(known.id);
    }
    let named: Option<(CustomerId, Option<String>)> =
        sql("SELECT id, email FROM customers WHERE name = $1 ORDER BY id LIMIT 1")
            .bind(one.customer.as_str())
            .optional(&mut *tx)
            .await?;
    match (named, &one.email) {
        // A name alone finds its customer; with another address it is somebody else of that name.
        (Some((id, known)), email) if email.is_none() || known.is_none() => Ok(id),
        _ => {
            let data = CustomerData {
                phone: None,
                name: one.customer.clone(),
                email: one.email.clone(),
                is_company: false,
                language: one.draft.language,
                channel: Preferred::Email,
                tax_id: one.tax_id.clone(),
                address: one.address.clone(),
            };
            customers::create_in(tx, actor, data).await
        }
    }
}

#[cfg(test)]
mod tests;
