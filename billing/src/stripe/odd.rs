//! Payments that do not fit their invoice: another amount, another currency. They wait for a person.

use conversation::audit;
use conversation::db::{On, composed_sql, sql};
use conversation::types::Actor;
use conversation::{Result, Tx};
use serde_json::{Value, json};

use super::checkout::Checkout;
use super::settle::text;
use crate::documents::{self, Document};
use crate::ids::DocumentId;

/// Invoices on which something else was paid than was asked for, alone or with others, and on which nobody has written an entry since, nor voided
/// them; `checkouts` that are odd are few.
const ODD: &str = "FROM (SELECT document_id, checked_at FROM checkouts WHERE state = 'odd' UNION ALL SELECT f.document_id, o.checked_at FROM checkouts o JOIN checkout_documents f ON f.checkout_id = o.id WHERE o.state = 'odd') c
    WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.document_id = c.document_id AND p.created_at >= c.checked_at) AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = c.document_id AND d.voided_at >= c.checked_at)";

/// The invoices on which something else was paid at Stripe than was asked for, until somebody writes an entry there or voids it; the latest first,
/// at most `most`.
///
/// # Errors
/// When the database cannot be reached.
pub async fn odd(on: impl On, most: i64) -> Result<Vec<Document>> {
    let mut on = on;
    let ids: Vec<(DocumentId,)> = composed_sql(format!(
        "SELECT DISTINCT c.document_id {ODD} ORDER BY c.document_id DESC LIMIT $1"
    ))
    .bind(most)
    .all(&mut on)
    .await?;
    let mut found = Vec::with_capacity(ids.len());
    for (id,) in ids {
        found.push(documents::load(&mut on, &id).await?);
    }
    Ok(found)
}

/// Whether something else was paid on this invoice, and nobody has looked at it since.
pub(super) async fn is_open(tx: &mut Tx, id: &DocumentId) -> Result<bool> {
    let one: Option<(DocumentId,)> = composed_sql(format!("SELECT c.document_id {ODD} AND c.document_id = $1 LIMIT 1"))
        .bind(id.as_str())
        .optional(tx)
        .await?;
    Ok(one.is_some())
}

/// Something else was paid than was asked for: no entry says what that settles, so a person must. Until they have, nobody is asked to pay
/// again, and the health of the installation says so.
pub(super) async fn written_in(tx: &mut Tx, actor: &Actor, found: &Checkout, session: &Value) -> Result<bool> {
    if !turn(tx, found).await? {
        return Ok(false);
    }
    let (id, paid_in) = (text(session, "id"), text(session, "currency"));
    let paid = session["amount_total"].as_i64();
    let detail = json!({
        "session": id,
        "asked": found.amount(),
        "currency": found.currency,
        // As Stripe counts.
        "paid": paid,
        "paid_in": paid_in,
    });
    for part in &found.parts {
        let invoice = &part.document;
        tracing::error!(session = id, %invoice, paid, paid_in, "what was paid does not fit the invoice; compare Stripe's dashboard");
        let document = documents::lock(tx, invoice).await?;
        audit::record(tx, actor, "document.paid_oddly", invoice.as_str(), &detail).await?;
        documents::changed(tx, actor, invoice, &document.customer_id, "paid_oddly");
    }
    Ok(true)
}

/// Something else was paid than this attempt asked for. `false` when that is known.
async fn turn(tx: &mut Tx, checkout: &Checkout) -> Result<bool> {
    let now = tx.now();
    let turned = sql(
        "UPDATE checkouts SET state = 'odd', checked_at = $2, next_check_at = NULL WHERE id = $1 AND state <> 'odd'",
    )
    .bind(checkout.id.as_str())
    .bind(now)
    .run(tx)
    .await?;
    Ok(turned > 0)
}
