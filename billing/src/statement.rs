//! The statement of a customer: what was paid in a lifetime and what is owed now, per currency.

use std::collections::BTreeMap;

use conversation::Result;
use conversation::db::{On, Value, composed_sql, placeholders};

use crate::entries::{EntryKind, EntryState, Method};
use crate::ids::{CustomerId, DocumentId};
use crate::money::{Currency, Minor};
use crate::period::Period;

/// The sums of one currency.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sums {
    /// The currency.
    pub currency: Currency,
    /// What was paid, refunds off.
    pub paid: Minor,
    /// What is owed now.
    pub owed: Minor,
    /// What of it is past its day.
    pub overdue: Minor,
    /// What is on its way.
    pub pending: Minor,
    /// How many invoices are open.
    pub open: i64,
}

/// The statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// Each currency that was ever used.
    pub currencies: Vec<Sums>,
    /// The years in which something was issued, the newest first.
    pub years: Vec<i16>,
}

/// The statement of these customers together, on a day.
pub async fn load(on: impl On, customers: &[CustomerId], today: &str) -> Result<Statement> {
    let mut on = on;
    if customers.is_empty() {
        return Ok(Statement::default());
    }
    let ids = || customers.iter().map(|id| Value::from(id.as_str()));
    let list = placeholders(1, customers.len(), 1);
    // Two questions, each answered by an index alone: of years of invoices that are paid only what was paid is read.
    let paid: Vec<(Currency, i64)> = composed_sql(paid_sql(&placeholders(1, customers.len(), 0)))
        .bind_all(ids())
        .all(&mut on)
        .await?;
    let open: Vec<Sums> = composed_sql(open_sql(&list))
        .bind(today)
        .bind_all(ids())
        .all(&mut on)
        .await?;
    let mut open: BTreeMap<Currency, Sums> = open.into_iter().map(|sums| (sums.currency, sums)).collect();
    let mut currencies: Vec<Sums> = paid
        .into_iter()
        .map(|(currency, paid)| Sums {
            paid,
            ..open.remove(&currency).unwrap_or(Sums {
                currency,
                paid,
                owed: 0,
                overdue: 0,
                pending: 0,
                open: 0,
            })
        })
        .collect();
    currencies.sort_by_key(|sums| sums.currency);
    // From year to year along the index, not through every document.
    let mut years: Vec<i16> = Vec::new();
    let mut before = "a".to_owned();
    while years.len() < MOST_YEARS {
        let newest: Option<(String,)> = composed_sql(format!(
            "SELECT issued_on FROM documents WHERE (state <> 'draft' OR is_published) AND issued_on < $1 AND customer_id IN {list} ORDER BY issued_on DESC LIMIT 1"
        ))
        .bind(before.as_str())
        .bind_all(ids())
        .optional(&mut on)
        .await?;
        let Some(year) = newest.as_ref().and_then(|(day,)| day.get(..4)) else {
            break;
        };
        let Ok(number) = year.parse() else { break };
        years.push(number);
        before = year.to_owned();
    }
    Ok(Statement { currencies, years })
}

/// What each currency's invoices were paid; `list` are the customers.
pub fn paid_sql(list: &str) -> String {
    format!(
        "SELECT currency, CAST(SUM(paid) AS BIGINT) AS paid FROM documents
         WHERE kind = 'invoice' AND state <> 'draft' AND customer_id IN {list} GROUP BY currency"
    )
}

/// What is open in each currency on the day `$1`; `list` are the customers.
pub fn open_sql(list: &str) -> String {
    format!(
        "SELECT currency, CAST(0 AS BIGINT) AS paid, CAST(SUM(total - paid - credited) AS BIGINT) AS owed,
            CAST(SUM(CASE WHEN due_on < $1 THEN total - paid - credited ELSE 0 END) AS BIGINT) AS overdue,
            CAST(SUM(pending) AS BIGINT) AS pending, COUNT(*) AS open
         FROM documents WHERE kind = 'invoice' AND state IN ('sent', 'viewed', 'partly_paid') AND customer_id IN {list} GROUP BY currency"
    )
}

/// The most years that the statement offers to choose from.
const MOST_YEARS: usize = 60;

/// An entry of the payment history.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Past {
    /// The invoice.
    pub document_id: DocumentId,
    /// Its number.
    pub number: Option<String>,
    /// What the entry is.
    pub kind: EntryKind,
    /// Signed.
    pub amount: Minor,
    /// The currency.
    pub currency: Currency,
    /// How.
    pub method: Method,
    /// How far.
    pub state: EntryState,
    /// A word about it.
    pub detail: String,
    /// The day, ISO.
    pub happened_on: String,
}

/// The payment history of these customers, of a period or ever, the newest first.
pub async fn history(on: impl On, customers: &[CustomerId], period: Option<&Period>, most: i64) -> Result<Vec<Past>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 3);
    let (from, to) = period.map_or(("", "9"), |period| (period.from.as_str(), period.to.as_str()));
    composed_sql(format!(
        "SELECT p.document_id, d.number, p.kind, p.amount, p.currency, p.method, p.state, p.detail, p.happened_on
         FROM payments p JOIN documents d ON d.id = p.document_id WHERE p.customer_id IN {list} AND p.happened_on BETWEEN $2 AND $3 ORDER BY p.happened_on DESC, p.id DESC LIMIT $1"
    ))
    .bind(most)
    .bind(from)
    .bind(to)
    .bind_all(customers.iter().map(|id| Value::from(id.as_str())))
    .all(on)
    .await
}
