//! Whether the keys are good, asked of Stripe without changing anything.

use super::client::StripeError;
use crate::{Billing, settings};

/// What Stripe says of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// No keys are set: customers pay otherwise.
    None,
    /// They are good.
    Good {
        /// The account's id; empty where the key may not see it.
        id: String,
        /// Whether the account may take payments; a new one may not before it is verified.
        can_charge: bool,
        /// Whether these are keys for trying.
        is_test: bool,
    },
    /// One key is for trying and the other is not.
    Mixed,
    /// There is no secret for the web hook: payments are heard of late, by the sweep only.
    NoHook,
}

/// Asks Stripe for the account that the secret key belongs to.
///
/// # Errors
/// What Stripe says; [`StripeError::Refused`] with status 401 for a key that is not (or no longer) one.
pub async fn account(billing: &Billing) -> Result<Account, StripeError> {
    let keys = settings::stripe(billing.store.db(), &billing.store).await?;
    if !keys.is_set() {
        return Ok(Account::None);
    }
    let is_test = keys.secret_key.contains("_test_");
    if !keys.publishable_key.is_empty() && keys.publishable_key.contains("_test_") != is_test {
        return Ok(Account::Mixed);
    }
    let answer = match billing.stripe.get(&keys.secret_key, "/v1/account").await {
        Ok(answer) => answer,
        // A restricted key that may not see the account is one all the same.
        Err(StripeError::Refused { status: 403, .. }) => serde_json::json!({ "charges_enabled": true }),
        Err(error) => return Err(error),
    };
    if keys.hook_secret.is_empty() {
        return Ok(Account::NoHook);
    }
    Ok(Account::Good {
        id: answer["id"].as_str().unwrap_or_default().to_owned(),
        can_charge: answer["charges_enabled"].as_bool().unwrap_or(false),
        is_test,
    })
}
