//! A customer's account between two days: the balance before, what was charged and paid, the balance after, each movement.

use std::collections::BTreeMap;

use conversation::Result;
use conversation::db::{On, Value, composed_sql, placeholders};

use crate::entries::Method;
use crate::ids::{CustomerId, DocumentId};
use crate::money::{Currency, Minor};

/// Two days, ISO, both of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// The sums of one currency. `before + charged - credited - paid` is `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The currency.
    pub currency: Currency,
    /// What was owed when the period began.
    pub before: Minor,
    /// What invoices of the period add.
    pub charged: Minor,
    /// What credit notes of the period take off.
    pub credited: Minor,
    /// What was paid in the period, refunds off.
    pub paid: Minor,
    /// What is owed at its end.
    pub after: Minor,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Movement {
    /// The currency.
    pub currency: Currency,
    /// The day, ISO.
    pub day: String,
    /// `invoice`, `credit_note`, `payment`, `refund` or `dispute`.
    pub what: String,
    /// The document that it is, or that it pays.
    pub document_id: DocumentId,
    /// Its number.
    pub number: Option<String>,
    /// What it adds to what is owed; a payment takes off.
    pub amount: Minor,
    /// How it was paid, of a payment.
    pub method: Option<Method>,
    /// A word about it, of a payment.
    pub detail: String,
}

/// The documents that count: invoices and credit notes that were issued and stand.
const COUNTS: &str =
    "((kind = 'invoice' AND state NOT IN ('draft', 'void')) OR (kind = 'credit_note' AND state IN ('sent', 'viewed')))";

fn ids(customers: &[CustomerId]) -> impl Iterator<Item = Value> + '_ {
    customers.iter().map(|id| Value::from(id.as_str()))
}

/// The sums of these customers together, for each currency that they have.
pub async fn accounts(on: impl On, customers: &[CustomerId], period: &Period) -> Result<Vec<Account>> {
    let mut on = on;
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 2);
    let documents: Vec<(Currency, i64, i64, i64)> = composed_sql(format!(
        "SELECT currency,
            CAST(SUM(CASE WHEN issued_on >= $1 THEN 0 WHEN kind = 'invoice' THEN total ELSE -total END) AS BIGINT),
            CAST(SUM(CASE WHEN issued_on >= $1 AND kind = 'invoice' THEN total ELSE 0 END) AS BIGINT),
            CAST(SUM(CASE WHEN issued_on >= $1 AND kind = 'credit_note' THEN total ELSE 0 END) AS BIGINT)
         FROM documents WHERE {COUNTS} AND issued_on <= $2 AND customer_id IN {list} GROUP BY currency"
    ))
    .bind(period.from.as_str())
    .bind(period.to.as_str())
    .bind_all(ids(customers))
    .all(&mut on)
    .await?;
    let paid: Vec<(Currency, i64, i64)> = composed_sql(format!(
        "SELECT currency, CAST(SUM(CASE WHEN happened_on < $1 THEN amount ELSE 0 END) AS BIGINT),
            CAST(SUM(CASE WHEN happened_on >= $1 THEN amount ELSE 0 END) AS BIGINT)
         FROM payments WHERE state = 'succeeded' AND happened_on <= $2 AND customer_id IN {list} GROUP BY currency"
    ))
    .bind(period.from.as_str())
    .bind(period.to.as_str())
    .bind_all(ids(customers))
    .all(&mut on)
    .await?;
    let mut found: BTreeMap<Currency, Account> = BTreeMap::new();
    let nothing = |currency| Account {
        currency,
        before: 0,
        charged: 0,
        credited: 0,
        paid: 0,
        after: 0,
    };
    for (currency, before, charged, credited) in documents {
        let one = found.entry(currency).or_insert_with(|| nothing(currency));
        (one.before, one.charged, one.credited) = (before, charged, credited);
    }
    for (currency, before, paid) in paid {
        let one = found.entry(currency).or_insert_with(|| nothing(currency));
        one.before -= before;
        one.paid = paid;
    }
    Ok(found
        .into_values()
        .map(|one| Account {
            after: one.before + one.charged - one.credited - one.paid,
            ..one
        })
        .collect())
}

/// What happened in the period, currency by currency in the order of days; at most `most`.
pub async fn movements(on: impl On, customers: &[CustomerId], period: &Period, most: i64) -> Result<Vec<Movement>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let documents = placeholders(1, customers.len(), 3);
    let payments = placeholders(1, customers.len(), 3 + customers.len());
    composed_sql(format!(
        "SELECT currency, day, what, document_id, number, amount, method, detail FROM (
            SELECT currency, issued_on AS day, 0 AS place, id, kind AS what, id AS document_id, number,
                CASE WHEN kind = 'invoice' THEN total ELSE -total END AS amount, NULL AS method, '' AS detail
            FROM documents WHERE {COUNTS} AND issued_on BETWEEN $1 AND $2 AND customer_id IN {documents}
            UNION ALL
            SELECT p.currency, p.happened_on, 1, p.id, p.kind, p.document_id, d.number, -p.amount, p.method, p.detail
            FROM payments p JOIN documents d ON d.id = p.document_id
            WHERE p.state = 'succeeded' AND p.happened_on BETWEEN $1 AND $2 AND p.customer_id IN {payments}
         ) AS happened ORDER BY currency, day, place, id LIMIT $3"
    ))
    .bind(period.from.as_str())
    .bind(period.to.as_str())
    .bind(most)
    .bind_all(ids(customers).chain(ids(customers)))
    .all(on)
    .await
}
