//! The web hook: signed, each event once, in one transaction with its effect.

use conversation::db::sql;
use conversation::types::Actor;
use serde_json::Value;

use super::settle;
use super::signature::{self, BadSignature};
use crate::{Billing, settings};

/// The largest body, in bytes.
pub const MAX_BODY: usize = 512 * 1024;

/// Why a web hook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Stripe is not set up.
    #[error("Stripe is not set up here")]
    Off,
    /// It is not Stripe's.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// Its signature is good, but it is no event.
    #[error("the body is not an event of Stripe")]
    Unreadable,
    /// The store failed; Stripe will come again.
    #[error(transparent)]
    Store(#[from] conversation::Error),
}

/// What came of a web hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Something changed.
    Changed,
    /// It was known, or is about something else.
    Nothing,
}

/// Takes a web hook by its raw body.
///
/// # Errors
/// [`HookError::Signature`] is to be answered with 400, [`HookError::Store`] with 503.
pub async fn receive(billing: &Billing, header: Option<&str>, body: &[u8]) -> Result<Taken, HookError> {
    if body.len() > MAX_BODY {
        return Err(HookError::Unreadable);
    }
    let keys = settings::stripe(billing.store.db(), &billing.store).await?;
    if keys.hook_secret.is_empty() {
        return Err(HookError::Off);
    }
    signature::check(header, body, &keys.hook_secret, billing.store.now())?;
    let event: Value = serde_json::from_slice(body).map_err(|_| HookError::Unreadable)?;
    let (Some(id), Some(kind)) = (event["id"].as_str(), event["type"].as_str()) else {
        return Err(HookError::Unreadable);
    };
    let object = &event["data"]["object"];
    let mut tx = billing.store.begin().await?;
    let now = tx.now();
    let fresh = sql(
        "INSERT INTO stripe_events (id, kind, intent, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(kind)
    .bind(settle::intent_of(object))
    .bind(now)
    .run(&mut tx)
    .await?;
    if fresh == 0 {
        return Ok(Taken::Nothing);
    }
    let actor = Actor::System;
    let outcome = match kind {
        "checkout.session.async_payment_failed" => settle::session_failed_in(&mut tx, billing, &actor, object).await,
        _ if kind.starts_with("checkout.session.") => settle::session_in(&mut tx, billing, &actor, object).await,
        _ if kind.starts_with("refund.") || kind.starts_with("charge.dispute.") || kind == "charge.refund.updated" => {
            match settle::object_in(&mut tx, billing, &actor, object).await {
                Ok(Some(changed)) => Ok(changed),
                Ok(None) => {
                    // It may be about a payment that we hear of in a moment, or not be ours at all.
                    sql("UPDATE stripe_events SET waiting = $2 WHERE id = $1")
                        .bind(id)
                        .bind(object.to_string())
                        .run(&mut tx)
                        .await?;
                    Ok(false)
                }
                Err(error) => Err(error),
            }
        }
        _ => Ok(false),
    };
    match outcome {
        Ok(true) => {
            tx.commit().await?;
            Ok(Taken::Changed)
        }
        Ok(false) => {
            tx.commit_silently().await?;
            Ok(Taken::Nothing)
        }
        // Stripe coming again would not help; a person must look.
        Err(error @ (conversation::Error::Invalid(_) | conversation::Error::Conflict(_))) => {
            tracing::error!(event = id, kind, %error, "a payment does not fit its invoice; compare Stripe's dashboard");
            Ok(Taken::Nothing)
        }
        Err(error) => Err(error.into()),
    }
}
