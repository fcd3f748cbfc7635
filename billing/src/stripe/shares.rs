//! Which invoices money that goes back is of, where one payment was of several. A refund that was begun on an invoice's
//! page names that invoice. Of what was begun at Stripe, or by the customer's bank, only the sum is known: where it is
//! what is left of one of the payments it is that one, else it is taken from them in their order. What was once written stays.

use conversation::db::{Value as Arg, composed_sql, placeholders, sql};
use conversation::{Result, Tx};
use serde_json::Value;

use super::settle::text;
use crate::documents;
use crate::ids::DocumentId;
use crate::money::Minor;
use crate::payments::Entry;

/// A part of what goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    /// The invoice.
    pub(super) document: DocumentId,
    /// How much, without sign.
    pub(super) amount: Minor,
    /// The name of its entry.
    pub(super) name: String,
}

/// What an entry about something of Stripe's is called; entries behind the first name their invoice, too.
pub(super) fn name(id: &str, further: Option<&DocumentId>) -> String {
    match further {
        None => format!("stripe:{id}"),
        Some(document) => format!("stripe:{id}/{document}"),
    }
}

/// The parts of a refund or a dispute of these payments, which share an intent and are not none.
pub(super) async fn of(tx: &mut Tx, payments: &[Entry], object: &Value, amount: Minor) -> Result<Vec<Share>> {
    let id = text(object, "id");
    let whole = |payment: &Entry| {
        vec![Share {
            document: payment.document_id.clone(),
            amount,
            name: name(id, None),
        }]
    };
    if let [one] = payments {
        return Ok(whole(one));
    }
    for payment in payments {
        documents::lock(tx, &payment.document_id).await?;
    }
    let known = written(tx, payments, id).await?;
    if !known.is_empty() {
        return Ok(known);
    }
    let named = text(&object["metadata"], "document");
    if let Some(one) = payments.iter().find(|payment| payment.document_id.as_str() == named) {
        return Ok(whole(one));
    }
    let mut left: Vec<(&Entry, Minor)> = Vec::with_capacity(payments.len());
    for payment in payments {
        let (back,): (i64,) = sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payments WHERE document_id = $1 AND intent = $2 AND kind <> 'payment' AND state <> 'failed'")
            .bind(payment.document_id.as_str())
            .bind(payment.intent.clone())
            .one(&mut *tx)
            .await?;
        left.push((payment, (payment.amount + back).max(0)));
    }
    if let Some((one, _)) = left.iter().find(|(_, left)| *left == amount) {
        return Ok(whole(one));
    }
    let mut rest = amount;
    let mut shares: Vec<Share> = Vec::new();
    for (payment, left) in left {
        let amount = rest.min(left);
        if amount > 0 {
            rest -= amount;
            shares.push(Share {
                amount,
                name: name(id, (!shares.is_empty()).then_some(&payment.document_id)),
                document: payment.document_id.clone(),
            });
        }
    }
    // More than was paid goes back all the same; it stands on the last of them.
    match (shares.last_mut(), payments.first()) {
        (Some(last), _) => last.amount += rest,
        (None, Some(first)) => return Ok(whole(first)),
        (None, None) => {}
    }
    Ok(shares)
}

/// What was written about it before.
async fn written(tx: &mut Tx, payments: &[Entry], id: &str) -> Result<Vec<Share>> {
    let names: Vec<String> = std::iter::once(name(id, None))
        .chain(payments.iter().map(|payment| name(id, Some(&payment.document_id))))
        .collect();
    let rows: Vec<(DocumentId, i64, String)> = composed_sql(format!(
        "SELECT document_id, amount, external_id FROM payments WHERE external_id IN {} ORDER BY id",
        placeholders(1, names.len(), 0)
    ))
    .bind_all(names.into_iter().map(Arg::from))
    .all(&mut *tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(document, amount, name)| Share {
            document,
            amount: -amount,
            name,
        })
        .collect())
}
