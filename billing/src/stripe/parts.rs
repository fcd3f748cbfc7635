//! What an attempt to pay is made of: invoices, each with what is asked for it. The first stands in the attempt's
//! own row, further ones in `checkout_documents`.

use std::collections::HashMap;

use conversation::db::{On, Value, composed_sql, placeholders, sql};
use conversation::types::Millis;
use conversation::{Result, Tx};

use super::checkout::Checkout;
use crate::documents::{self, Document};
use crate::ids::DocumentId;
use crate::money::{Currency, Minor};

/// An invoice of an attempt, and what is asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The invoice.
    pub document: DocumentId,
    /// What is asked for it.
    pub amount: Minor,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    document_id: DocumentId,
    session_id: Option<String>,
    surface: String,
    amount: Minor,
    currency: Currency,
    state: String,
    created_at: Millis,
}

/// The attempts of which a condition holds (on `checkouts`), the latest first.
pub(super) async fn load(on: impl On, condition: &str, args: Vec<Value>, most: i64) -> Result<Vec<Checkout>> {
    let mut on = on;
    let limit = args.len() + 1;
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT id, document_id, session_id, surface, amount, currency, state, created_at FROM checkouts WHERE {condition} ORDER BY id DESC LIMIT ${limit}"
    ))
    .bind_all(args)
    .bind(most)
    .all(&mut on)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let further: Vec<(String, DocumentId, Minor)> = composed_sql(format!(
        "SELECT checkout_id, document_id, amount FROM checkout_documents WHERE checkout_id IN {} ORDER BY document_id",
        placeholders(1, rows.len(), 0)
    ))
    .bind_all(rows.iter().map(|row| Value::from(row.id.as_str())))
    .all(&mut on)
    .await?;
    let mut parts: HashMap<String, Vec<Part>> = HashMap::new();
    for (checkout, document, amount) in further {
        parts.entry(checkout).or_default().push(Part { document, amount });
    }
    Ok(rows
        .into_iter()
        .map(|row| Checkout {
            parts: std::iter::once(Part {
                document: row.document_id,
                amount: row.amount,
            })
            .chain(parts.remove(&row.id).unwrap_or_default())
            .collect(),
            id: row.id,
            session_id: row.session_id,
            surface: row.surface,
            currency: row.currency,
            state: row.state,
            created_at: row.created_at,
        })
        .collect())
}

/// The attempts that can still be paid and ask for one of these invoices.
pub(super) async fn open(on: impl On, documents: &[&DocumentId]) -> Result<Vec<Checkout>> {
    let list = placeholders(1, documents.len(), 0);
    let condition = format!(
        "state IN ('new', 'open') AND (document_id IN {list} OR id IN (SELECT checkout_id FROM checkout_documents WHERE document_id IN {list}))"
    );
    let args = documents.iter().map(|id| Value::from(id.as_str())).collect();
    load(on, &condition, args, i64::MAX).await
}

/// Writes a new attempt, which is asked about at `next`.
pub(super) async fn write(tx: &mut Tx, checkout: &Checkout, next: Millis) -> Result<()> {
    for (place, part) in checkout.parts.iter().enumerate() {
        let written = if place == 0 {
            sql("INSERT INTO checkouts (id, document_id, amount, surface, currency, state, checked_at, next_check_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)")
                .bind(checkout.id.as_str())
                .bind(part.document.as_str())
                .bind(part.amount)
                .bind(checkout.surface.as_str())
                .bind(checkout.currency.as_str())
                .bind(checkout.state.as_str())
                .bind(checkout.created_at)
                .bind(next)
        } else {
            sql("INSERT INTO checkout_documents (checkout_id, document_id, amount) VALUES ($1, $2, $3)")
                .bind(checkout.id.as_str())
                .bind(part.document.as_str())
                .bind(part.amount)
        };
        written.run(&mut *tx).await?;
    }
    Ok(())
}

impl Checkout {
    /// What is asked for altogether.
    pub fn amount(&self) -> Minor {
        self.parts.iter().map(|part| part.amount).sum()
    }

    /// Whether it asks for this invoice.
    pub fn covers(&self, id: &DocumentId) -> bool {
        self.parts.iter().any(|part| part.document == *id)
    }

    /// Its invoices, in order.
    pub(super) async fn documents(&self, on: impl On) -> Result<Vec<Document>> {
        let mut on = on;
        let mut found = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            found.push(documents::load(&mut on, &part.document).await?);
        }
        Ok(found)
    }
}
