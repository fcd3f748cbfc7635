//! What Stripe says about payments, refunds and disputes, written as entries.

use conversation::db::sql;
use conversation::types::Actor;
use conversation::{Error, Result, Tx};
use serde_json::Value;

use super::checkout::{self, Checkout};
use super::{odd, shares};
use crate::ids::DocumentId;
use crate::money::{Currency, Minor};
use crate::payments::{self, EntryKind, EntryState, Method, NewEntry};
use crate::{Billing, day, documents, notify};

pub(super) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

/// The id behind a field that holds an id or the whole object.
fn id_of(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value["id"].as_str()).map(str::to_owned)
}

/// Applies what a Checkout session says, however it was heard of; says whether anything changed. A session
/// that is not one of ours changes nothing.
///
/// # Errors
/// What the store says.
pub async fn session(billing: &Billing, actor: &Actor, session: &Value) -> Result<bool> {
    let mut tx = billing.store.begin().await?;
    let changed = session_in(&mut tx, billing, actor, session).await?;
    if changed {
        tx.commit().await?;
    } else {
        tx.commit_silently().await?;
    }
    Ok(changed)
}

pub(super) async fn session_in(tx: &mut Tx, billing: &Billing, actor: &Actor, session: &Value) -> Result<bool> {
    let Some(found) = checkout::by_session(&mut *tx, text(session, "id"), text(session, "client_reference_id")).await?
    else {
        return Ok(false);
    };
    let is_complete = text(session, "status") == "complete";
    let state = match (text(session, "status"), text(session, "payment_status")) {
        ("complete", "paid" | "no_payment_required") => "paid",
        ("complete", _) => "processing",
        ("expired", _) => "expired",
        _ => "open",
    };
    checkout::keep(tx, &found, text(session, "id"), state).await?;
    if !is_complete {
        return Ok(false);
    }
    let entry_state = if state == "paid" {
        EntryState::Succeeded
    } else {
        EntryState::Pending
    };
    entry(tx, billing, actor, &found, session, entry_state).await
}

/// A delayed method came to nothing.
pub(super) async fn session_failed_in(tx: &mut Tx, billing: &Billing, actor: &Actor, session: &Value) -> Result<bool> {
    let Some(found) = checkout::by_session(&mut *tx, text(session, "id"), text(session, "client_reference_id")).await?
    else {
        return Ok(false);
    };
    checkout::keep(tx, &found, text(session, "id"), "failed").await?;
    entry(tx, billing, actor, &found, session, EntryState::Failed).await
}

async fn entry(
    tx: &mut Tx,
    billing: &Billing,
    actor: &Actor,
    found: &Checkout,
    session: &Value,
    state: EntryState,
) -> Result<bool> {
    // What was paid is what Stripe says; it must be what we asked for, in our currency.
    let asked = found.amount();
    let currency = text(session, "currency").parse::<Currency>().ok();
    let amount = match (currency, session["amount_total"].as_i64()) {
        (Some(currency), Some(amount)) => currency.from_stripe(amount),
        _ => Some(asked),
    };
    if currency != Some(found.currency) || amount != Some(asked) {
        return match state {
            // Nothing was paid: there is nothing to compare.
            EntryState::Failed => Ok(false),
            EntryState::Pending | EntryState::Succeeded => odd::written_in(tx, actor, found, session).await,
        };
    }
    // All of them are held, in order, before anything that shows them is.
    for part in &found.parts {
        documents::lock(tx, &part.document).await?;
    }
    let intent = id_of(&session["payment_intent"]);
    let mut news: Vec<(DocumentId, Minor)> = Vec::new();
    for (place, part) in found.parts.iter().enumerate() {
        let new = NewEntry {
            document: part.document.clone(),
            kind: EntryKind::Payment,
            amount: part.amount,
            currency: found.currency,
            method: Method::Stripe,
            state,
            external_id: Some(shares::name(text(session, "id"), (place > 0).then_some(&part.document))),
            intent: intent.clone(),
            detail: method_words(session),
            happened_on: String::new(),
        };
        if payments::record_in(tx, billing, actor, new).await? {
            news.push((part.document.clone(), part.amount));
        }
    }
    let mut changed = !news.is_empty();
    match state {
        EntryState::Succeeded => notify::thank_in(tx, billing, &news).await?,
        EntryState::Failed => notify::regret_in(tx, billing, &news).await?,
        EntryState::Pending => {}
    }
    // Refunds and disputes that were heard of before their payment.
    if let Some(intent) = intent {
        let waiting: Vec<(String, String, String)> =
            sql("SELECT id, kind, waiting FROM stripe_events WHERE intent = $1 AND waiting IS NOT NULL ORDER BY received_at, id")
                .bind(intent)
                .all(&mut *tx)
                .await?;
        for (id, _, object) in waiting {
            let object: Value = serde_json::from_str(&object).map_err(|error| Error::corrupt("stripe event", error))?;
            changed |= object_in(tx, billing, actor, &object).await?.unwrap_or(false);
            sql("UPDATE stripe_events SET waiting = NULL WHERE id = $1")
                .bind(id)
                .run(&mut *tx)
                .await?;
        }
    }
    Ok(changed)
}

/// How it was paid: `pix`, `boleto`, `card`; what the session offered when it was one thing only.
fn method_words(session: &Value) -> String {
    let intent = &session["payment_intent"];
    let used = intent["latest_charge"]["payment_method_details"]["type"]
        .as_str()
        .or_else(|| intent["payment_method"]["type"].as_str());
    let offered = session["payment_method_types"].as_array();
    match (used, offered) {
        (Some(used), _) => used.to_owned(),
        (None, Some(types)) if types.len() == 1 => types[0].as_str().unwrap_or_default().to_owned(),
        _ => "Stripe".to_owned(),
    }
}

/// The payment intent that a refund or a dispute is about.
pub(super) fn intent_of(object: &Value) -> Option<String> {
    id_of(&object["payment_intent"])
}

/// Applies a refund or a dispute; `None` when its payment is not known (yet, or it is not ours).
pub(super) async fn object_in(tx: &mut Tx, billing: &Billing, actor: &Actor, object: &Value) -> Result<Option<bool>> {
    let Some(intent) = intent_of(object) else {
        return Ok(None);
    };
    let payments = payments::by_intent(&mut *tx, &intent).await?;
    let Some(currency) = payments.first().map(|payment| payment.currency) else {
        return Ok(None);
    };
    let (kind, state) = match (text(object, "object"), text(object, "status")) {
        ("refund", "succeeded") => (EntryKind::Refund, EntryState::Succeeded),
        ("refund", "failed" | "canceled") => (EntryKind::Refund, EntryState::Failed),
        ("refund", _) => (EntryKind::Refund, EntryState::Pending),
        ("dispute", "lost") => (EntryKind::Dispute, EntryState::Succeeded),
        ("dispute", "won" | "warning_closed" | "prevented") => (EntryKind::Dispute, EntryState::Failed),
        ("dispute", _) => (EntryKind::Dispute, EntryState::Pending),
        _ => return Ok(Some(false)),
    };
    let Some(amount) = object["amount"]
        .as_i64()
        .and_then(|amount| currency.from_stripe(amount))
        .filter(|amount| *amount > 0)
    else {
        return Ok(Some(false));
    };
    if !text(object, "currency").eq_ignore_ascii_case(currency.as_str()) {
        return Err(Error::Invalid(format!(
            "{}: another currency than its payment's",
            text(object, "id")
        )));
    }
    let created = object["created"].as_i64().unwrap_or(billing.store.now() / 1_000);
    let mut changed = false;
    for share in shares::of(tx, &payments, object, amount).await? {
        let new = NewEntry {
            document: share.document,
            kind,
            amount: share.amount,
            currency,
            method: Method::Stripe,
            state,
            external_id: Some(share.name),
            intent: Some(intent.clone()),
            detail: text(object, "reason").to_owned(),
            happened_on: day::of(created.saturating_mul(1_000), billing.zone.now()).to_string(),
        };
        changed |= payments::record_in(tx, billing, actor, new).await?;
    }
    Ok(Some(changed))
}
