//! Import of invoices that were written elsewhere: a file is stored, checked in full (nothing is written),
//! and imported when somebody says so; both by a worker, with progress. An invoice that is known by its
//! number is never written twice.

pub mod csv;
pub mod rows;

use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Tx, audit};
use serde_json::json;

use self::rows::{Found, Wrong};
use crate::customers::{self, CustomerData, Preferred};
use crate::documents;
use crate::ids::{CustomerId, DocumentId};
use crate::payments::{self, EntryKind, EntryState, Method, NewEntry};
use crate::settings;
use crate::{Billing, issue};

/// How many wrong rows the report shows.
const MOST_SHOWN: usize = 200;
/// How many invoices share a transaction.
const BATCH: usize = 50;

/// One import.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// The file's name.
    pub name: String,
    /// The file's bytes.
    pub sha256: String,
    /// `checking`, `checked`, `importing`, `done`, `failed`.
    pub state: String,
    /// How many invoices are to be looked at.
    pub rows_total: i64,
    /// How many were.
    pub rows_done: i64,
    /// How many are (or will be) new.
    pub rows_new: i64,
    /// How many were there already.
    pub rows_known: i64,
    /// How many rows cannot be taken.
    pub rows_wrong: i64,
    /// The first of those: JSON of [`Wrong`].
    pub report: String,
    /// Who began it: JSON.
    pub actor: String,
    /// When it was begun.
    pub created_at: Millis,
}

const IMPORT: &str =
    "id, name, sha256, state, rows_total, rows_done, rows_new, rows_known, rows_wrong, report, actor, created_at";

impl Import {
    /// The rows that cannot be taken.
    pub fn wrongs(&self) -> Vec<Wrong> {
        serde_json::from_str(&self.report).unwrap_or_default()
    }

    /// Whether the worker has it.
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "checking" | "importing")
    }
}

/// Stores a file to be checked. The check writes nothing but its report.
///
/// # Errors
/// [`Error::Invalid`] for a file that is too large or empty.
pub async fn begin(billing: &Billing, actor: &Actor, name: &str, bytes: &[u8]) -> Result<String> {
    if bytes.is_empty() {
        return Err(Error::Invalid(csv::BadFile::Empty.to_string()));
    }
    if bytes.len() > csv::MOST_BYTES {
        return Err(Error::Invalid(csv::BadFile::TooLarge.to_string()));
    }
    let blob = billing.store.put_blob(bytes).await?;
    let mut tx = billing.store.begin().await?;
    let id = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO billing_imports (id, name, sha256, state, rows_total, rows_done, rows_new, rows_known, rows_wrong, report, actor, created_at, updated_at) VALUES ($1, $2, $3, 'checking', 0, 0, 0, 0, 0, '[]', $4, $5, $5)")
        .bind(id.as_str())
        .bind(name.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        .bind(blob.sha256.as_str())
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "import.begun", &id, &json!({})).await?;
    tx.commit_silently().await?;
    Ok(id)
}

/// Lets a checked import write.
///
/// # Errors
/// [`Error::Conflict`] unless it is checked.
pub async fn confirm(billing: &Billing, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = billing.store.begin().await?;
    let now = tx.now();
    let rows = sql("UPDATE billing_imports SET state = 'importing', rows_done = 0, rows_new = 0, rows_known = 0, updated_at = $2 WHERE id = $1 AND state = 'checked'")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::Conflict("this import is not waiting to be confirmed".to_owned()));
    }
    audit::record(&mut tx, actor, "import.confirmed", id, &json!({})).await?;
    tx.commit_silently().await
}

/// An import by id.
pub async fn load(on: impl On, id: &str) -> Result<Import> {
    composed_sql(format!("SELECT {IMPORT} FROM billing_imports WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// The newest imports.
pub async fn list(on: impl On) -> Result<Vec<Import>> {
    composed_sql(format!(
        "SELECT {IMPORT} FROM billing_imports ORDER BY id DESC LIMIT 30"
    ))
    .all(on)
    .await
}

/// Does what is open; returns how many imports it finished a step of.
pub async fn run(billing: &Billing) -> Result<usize> {
    let mut count = 0;
    loop {
        let next: Option<Import> = composed_sql(format!(
            "SELECT {IMPORT} FROM billing_imports WHERE state IN ('checking', 'importing') ORDER BY created_at LIMIT 1"
        ))
        .optional(billing.store.db())
        .await?;
        let Some(import) = next else {
            return Ok(count);
        };
        step(billing, &import).await?;
        count += 1;
    }
}

async fn step(billing: &Billing, import: &Import) -> Result<()> {
    let store = &billing.store;
    let bytes = store.blobs().get(&import.sha256).await?;
    let business = settings::business(store.db(), store).await?;
    // A large file takes a second to read: not on the thread that answers others.
    let read = tokio::task::spawn_blocking(move || csv::parse(&bytes).map(|rows| rows::read(&rows, &business)))
        .await
        .map_err(|error| Error::corrupt("import", error))?;
    let (found, wrongs) = match read {
        Ok(read) => read,
        Err(error) => {
            let wrong = Wrong {
                line: 1,
                column: String::new(),
                why: error.to_string(),
            };
            return finish(billing, import, "failed", (0, 0, 0), &[wrong]).await;
        }
    };
    if import.state == "checking" {
        let known = known(store.db(), &found).await?;
        let total = count(found.len());
        let state = if found.is_empty() { "failed" } else { "checked" };
        return finish(billing, import, state, (total, total - known, known), &wrongs).await;
    }
    write(billing, import, &found).await
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
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

async fn finish(
    billing: &Billing,
    import: &Import,
    state: &str,
    (total, new, known): (i64, i64, i64),
    wrongs: &[Wrong],
) -> Result<()> {
    let report = serde_json::to_string(&wrongs.iter().take(MOST_SHOWN).collect::<Vec<_>>())
        .map_err(|error| Error::corrupt("report", error))?;
    let mut tx = billing.store.begin().await?;
    let now = tx.now();
    sql("UPDATE billing_imports SET state = $2, rows_total = $3, rows_done = $3, rows_new = $4, rows_known = $5, rows_wrong = $6, report = $7, updated_at = $8 WHERE id = $1")
        .bind(import.id.as_str())
        .bind(state)
        .bind(total)
        .bind(new)
        .bind(known)
        .bind(count(wrongs.len()))
        .bind(report)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Writes what is not known, some invoices a transaction with their progress: what a crash leaves undone is
/// done by the next run, and nothing twice.
async fn write(billing: &Billing, import: &Import, found: &[Found]) -> Result<()> {
    let actor: Actor = serde_json::from_str(&import.actor).unwrap_or(Actor::System);
    let mut refused: Vec<Wrong> = import.wrongs();
    let done_before = usize::try_from(import.rows_done).unwrap_or(0);
    let (mut new, mut known) = (import.rows_new, import.rows_known);
    let mut done = done_before;
    for part in found[done_before.min(found.len())..].chunks(BATCH) {
        let mut tx = billing.store.begin().await?;
        let mut is_loud = false;
        for one in part {
            match take(&mut tx, billing, &actor, one).await {
                Ok(true) => {
                    new += 1;
                    is_loud = true;
                }
                Ok(false) => known += 1,
                // The words are about this invoice; at most its customer was written before they were said.
                Err(Error::Invalid(why) | Error::Conflict(why)) => {
                    if refused.len() < MOST_SHOWN {
                        refused.push(Wrong {
                            line: one.line,
                            column: String::new(),
                            why,
                        });
                    }
                }
                Err(error) => return Err(error),
            }
        }
        done += part.len();
        let state = if done >= found.len() { "done" } else { "importing" };
        let report = serde_json::to_string(&refused).map_err(|error| Error::corrupt("report", error))?;
        let now = tx.now();
        sql("UPDATE billing_imports SET state = $2, rows_done = $3, rows_new = $4, rows_known = $5, rows_wrong = $6, report = $7, updated_at = $8 WHERE id = $1")
            .bind(import.id.as_str())
            .bind(state)
            .bind(count(done))
            .bind(new)
            .bind(known)
            .bind(count(refused.len()).max(import.rows_wrong))
            .bind(report)
            .bind(now)
            .run(&mut tx)
            .await?;
        if !is_loud {
            // An edit of a known invoice may have named an event, too.
            documents::changed(
                &mut tx,
                &actor,
                &DocumentId::from(import.id.as_str()),
                &CustomerId::from(""),
                "import",
            );
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Writes one invoice; false when it was there. A higher sum that was paid is taken over in any case.
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
