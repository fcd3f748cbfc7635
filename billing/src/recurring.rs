//! Invoices that come again each week, month or year.

use conversation::db::{On, composed_sql, sql};
use conversation::types::Actor;
use conversation::{Error, Result, Tx, audit};
use jiff::civil::Date;
use serde_json::json;

use crate::day::{self, Unit};
use crate::documents::{self, Draft};
use crate::ids::{CustomerId, DocumentId};
use crate::{Billing, customers, issue};

/// A recurrence.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Recurring {
    /// Its id.
    pub id: String,
    /// Whose.
    pub customer_id: CustomerId,
    /// A [`Draft`] as JSON.
    pub template: String,
    /// Every so many.
    pub every: i64,
    /// Weeks, months or years.
    pub unit: String,
    /// The first day, ISO.
    pub starts_on: String,
    /// The last day, ISO.
    pub ends_on: Option<String>,
    /// How many were made.
    pub made: i64,
    /// The next day, ISO; none when it has ended.
    pub next_on: Option<String>,
    /// Whether each is sent at once, or waits as a draft.
    pub is_sent: bool,
    /// Whether it goes on.
    pub is_active: bool,
}

const RECURRING: &str = "id, customer_id, template, every, unit, starts_on, ends_on, made, next_on, is_sent, is_active";

/// What to repeat.
#[derive(Debug, Clone)]
pub struct NewRecurring {
    /// Whose.
    pub customer: CustomerId,
    /// What each is made of; its days decide how long after the issue it is due.
    pub template: Draft,
    /// Every so many.
    pub every: i64,
    /// Weeks, months or years.
    pub unit: Unit,
    /// The last day.
    pub ends_on: Option<Date>,
    /// Whether each is sent at once.
    pub is_sent: bool,
}

/// All of them, or one customer's.
pub async fn list(on: impl On, customer: Option<&CustomerId>) -> Result<Vec<Recurring>> {
    composed_sql(format!(
        "SELECT {RECURRING} FROM recurring_documents WHERE ($1 = '' OR customer_id = $1) ORDER BY id DESC LIMIT 500"
    ))
    .bind(customer.map(CustomerId::as_str).unwrap_or_default())
    .all(on)
    .await
}

/// Begins one; the first is made on the template's day of issue.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong with it.
pub async fn create(billing: &Billing, actor: &Actor, mut new: NewRecurring) -> Result<String> {
    new.template.checked()?;
    new.template.external_number = None;
    new.template.related_id = None;
    if !(1..=120).contains(&new.every) {
        return Err(Error::Invalid("every: 1 to 120".to_owned()));
    }
    let start = new.template.issued_on;
    if new.ends_on.is_some_and(|end| end < start) {
        return Err(Error::Invalid("ends_on: not before the first day".to_owned()));
    }
    let template = serde_json::to_string(&new.template).map_err(|error| Error::corrupt("template", error))?;
    let mut tx = billing.store.begin().await?;
    customers::load(&mut tx, &new.customer).await?;
    let id = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO recurring_documents (id, customer_id, template, every, unit, starts_on, ends_on, made, next_on, is_sent, is_active, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $6, $8, $9, $10, $10)")
        .bind(id.as_str())
        .bind(new.customer.as_str())
        .bind(template)
        .bind(new.every)
        .bind(new.unit.as_str())
        .bind(start.to_string())
        .bind(new.ends_on.map(|end| end.to_string()))
        .bind(new.is_sent)
        .bind(true)
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "recurring.created", &id, &json!({})).await?;
    tx.commit_silently().await?;
    Ok(id)
}

/// Stops it or lets it go on; what it missed meanwhile is not made up for.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_active(billing: &Billing, actor: &Actor, id: &str, is_active: bool) -> Result<()> {
    let mut tx = billing.store.begin().await?;
    let found: Recurring = composed_sql(format!("SELECT {RECURRING} FROM recurring_documents WHERE id = $1"))
        .bind(id)
        .optional(&mut tx)
        .await?
        .ok_or(Error::NotFound)?;
    let (mut made, mut next_on) = (found.made, found.next_on.clone());
    if is_active {
        let today = billing.today().to_string();
        while next_on.as_ref().is_some_and(|next| *next < today) {
            made += 1;
            next_on = following(&found, made)?;
        }
    }
    let now = tx.now();
    sql("UPDATE recurring_documents SET is_active = $2, made = $3, next_on = $4, updated_at = $5 WHERE id = $1")
        .bind(id)
        .bind(is_active)
        .bind(made)
        .bind(next_on)
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(
        &mut tx,
        actor,
        "recurring.changed",
        id,
        &json!({ "is_active": is_active }),
    )
    .await?;
    tx.commit_silently().await
}

/// The day after so many were made, none behind the end.
fn following(recurring: &Recurring, made: i64) -> Result<Option<String>> {
    let start = day::parse(&recurring.starts_on)?;
    let unit = Unit::parse(&recurring.unit)?;
    let next = day::nth(start, recurring.every, unit, made).to_string();
    Ok(match &recurring.ends_on {
        Some(end) if next > *end => None,
        _ => Some(next),
    })
}

/// Makes what is due; returns how many. One a transaction, and none twice: the day is part of a unique key. One that cannot
/// be made stays due and holds up no other.
pub async fn run(billing: &Billing) -> Result<usize> {
    let mut count = 0;
    let today = billing.today().to_string();
    // Made, but its sending was cut short.
    let left: Vec<(DocumentId,)> = sql("SELECT d.id FROM documents d JOIN recurring_documents r ON r.id = d.recurring_id WHERE d.recurring_id IS NOT NULL AND d.state = 'draft' AND r.is_sent AND r.is_active ORDER BY d.id LIMIT 100")
        .all(billing.store.db())
        .await?;
    for (id,) in left {
        send(billing, &id).await?;
    }
    // The day and the id of the last one that could not be made.
    let mut behind = (String::new(), String::new());
    loop {
        let due: Option<Recurring> = composed_sql(format!(
            "SELECT {RECURRING} FROM recurring_documents WHERE is_active AND next_on IS NOT NULL AND next_on <= $1 AND (next_on, id) > ($2, $3) ORDER BY next_on, id LIMIT 1"
        ))
        .bind(today.as_str())
        .bind(behind.0.as_str())
        .bind(behind.1.as_str())
        .optional(billing.store.db())
        .await?;
        let Some(due) = due else {
            return Ok(count);
        };
        let mut tx = billing.store.begin().await?;
        let made = match make(&mut tx, &due).await {
            Ok(made) => made,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!(recurring = due.id, %error, "a recurring document could not be made");
                behind = (due.next_on.unwrap_or_default(), due.id);
                continue;
            }
        };
        match &made {
            Some(_) => {
                tx.commit().await?;
            }
            None => tx.commit_silently().await?,
        }
        if let Some(id) = made {
            count += 1;
            if due.is_sent {
                send(billing, &id).await?;
            }
        }
    }
}

/// Sends what was made, unless another process or a person was first.
async fn send(billing: &Billing, id: &DocumentId) -> Result<()> {
    match issue::send(billing, &Actor::System, id, false).await {
        Ok(_) | Err(Error::Conflict(_) | Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn make(tx: &mut Tx, due: &Recurring) -> Result<Option<DocumentId>> {
    let Some(on) = &due.next_on else {
        return Ok(None);
    };
    let next = following(due, due.made + 1)?;
    let now = tx.now();
    let taken = sql("UPDATE recurring_documents SET made = made + 1, next_on = $3, updated_at = $4 WHERE id = $1 AND made = $2 AND is_active")
        .bind(due.id.as_str())
        .bind(due.made)
        .bind(next)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if taken == 0 {
        return Ok(None);
    }
    let mut draft: Draft =
        serde_json::from_str(&due.template).map_err(|error| Error::corrupt(format!("recurring {}", due.id), error))?;
    let term = day::between(draft.issued_on, draft.due_on);
    draft.issued_on = day::parse(on)?;
    draft.due_on = day::plus(draft.issued_on, term);
    let id = documents::create_in(tx, &Actor::System, &due.customer_id, draft).await?;
    sql("UPDATE documents SET recurring_id = $2, recurring_on = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(due.id.as_str())
        .bind(on.as_str())
        .run(tx)
        .await?;
    Ok(Some(id))
}
