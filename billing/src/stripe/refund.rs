//! Money that goes back by Stripe.

use conversation::types::Actor;
use conversation::{Error, audit};
use serde_json::json;

use super::client::StripeError;
use super::{checkout, settle};
use crate::Billing;
use crate::ids::DocumentId;
use crate::money::Minor;
use crate::payments::{self, EntryKind, EntryState, Method};

/// Sends money back by Stripe: a part of one payment or all of it. `once` makes a repeated press harmless.
///
/// # Errors
/// [`Error::Invalid`] for more than is left of it.
pub async fn refund(
    billing: &Billing,
    actor: &Actor,
    document: &DocumentId,
    payment: &str,
    amount: Minor,
    once: &str,
) -> Result<(), StripeError> {
    let keys = checkout::keys(billing).await?;
    let entries = payments::of_document(billing.store.db(), document).await?;
    let found = entries
        .iter()
        .find(|entry| entry.id == payment && entry.kind == EntryKind::Payment && entry.method == Method::Stripe)
        .ok_or(Error::NotFound)?;
    let intent = found.intent.as_deref().ok_or(Error::NotFound)?;
    let back: Minor = entries
        .iter()
        .filter(|entry| {
            entry.kind != EntryKind::Payment
                && entry.intent.as_deref() == Some(intent)
                && entry.state != EntryState::Failed
        })
        .map(|entry| entry.amount)
        .sum();
    if found.state != EntryState::Succeeded || amount <= 0 || amount > found.amount + back {
        return Err(Error::Invalid("amount: no more than is left of this payment".to_owned()).into());
    }
    let asked = found
        .currency
        .to_stripe(amount)
        .ok_or_else(|| Error::Invalid("amount: Stripe has no such amount in this currency".to_owned()))?;
    let form = [
        ("payment_intent".to_owned(), intent.to_owned()),
        ("amount".to_owned(), asked.to_string()),
        ("metadata[document]".to_owned(), document.to_string()),
    ];
    let refund = billing
        .stripe
        .post(&keys.secret_key, "/v1/refunds", &form, Some(&format!("refund-{once}")))
        .await?;
    let mut tx = billing.store.begin().await?;
    audit::record(
        &mut tx,
        actor,
        "payment.refunded",
        document.as_str(),
        &json!({ "amount": amount }),
    )
    .await?;
    match settle::object_in(&mut tx, billing, actor, &refund).await? {
        Some(true) => {
            tx.commit().await?;
        }
        _ => tx.commit_silently().await?,
    }
    Ok(())
}
