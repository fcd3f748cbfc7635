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

/// Who paid something else than was asked for, and nobody has written an entry on the invoice since, or voided it.
const ODD: &str = "c.state = 'odd' AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.document_id = c.document_id AND p.created_at >= c.checked_at) AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = c.document_id AND d.voided_at >= c.checked_at)";

/// The invoices on which something else was paid at Stripe than was asked for, until somebody writes an entry there or voids it; the latest first,
/// at most `most`.
///
/// # Errors
/// When the database cannot be reached.
pub async fn odd(on: impl On, most: i64) -> Result<Vec<Document>> {
    let mut on = on;
    let ids: Vec<(DocumentId,)> = composed_sql(format!(
        "SELECT DISTINCT c.document_id FROM checkouts c WHERE {ODD} ORDER BY c.document_id DESC LIMIT $1"
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
    let one: Option<(String,)> = composed_sql(format!(
        "SELECT c.id FROM checkouts c WHERE c.document_id = $1 AND {ODD} LIMIT 1"
    ))
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
    tracing::error!(session = id, invoice = %found.document_id, paid, paid_in, "what was paid does not fit the invoice; compare Stripe's dashboard");
    let detail = json!({
        "session": id,
        "asked": found.amount,
        "currency": found.currency,
        // As Stripe counts.
        "paid": paid,
        "paid_in": paid_in,
    });
    audit::record(tx, actor, "document.paid_oddly", found.document_id.as_str(), &detail).await?;
    let document = documents::load(&mut *tx, &found.document_id).await?;
    documents::changed(tx, actor, &document.id, &document.customer_id, "paid_oddly");
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
