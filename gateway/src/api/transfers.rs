//! Transfers that customers told of, for programs that read the bank's statement.

use ::billing::announced::{self, Found};
use ::billing::payments::{self, Entry};
use ::billing::{DocumentId, documents};
use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::billing::{DocumentBodyView, view};
use super::extract::{Id, Ids, Json, Page, Time};
use super::guard::Caller;
use super::problem::Outcome;
use crate::app::App;

/// A transfer that a customer told of and nobody has looked for yet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Transfer {
    /// Its id.
    id: String,
    /// How much they said, in minor units of the invoice's currency.
    amount: i64,
    /// The currency, ISO 4217.
    currency: String,
    /// The day that they named.
    day: String,
    /// What the bank calls it, as they typed it.
    reference: String,
    /// When they told.
    told_at: Time,
}

impl From<Entry> for Transfer {
    fn from(entry: Entry) -> Transfer {
        Transfer {
            amount: entry.amount,
            currency: entry.currency.to_string(),
            day: entry.happened_on,
            reference: entry.detail,
            told_at: Time(entry.created_at),
            id: entry.id,
        }
    }
}

/// List transfers that wait
///
/// What the customer of an invoice says they transferred and nobody has confirmed or denied, on one page.
#[utoipa::path(get, path = "/documents/{id}/transfers", tag = "billing", operation_id = "listTransfers",
    params(("id" = String, Path, description = "The invoice.")),
    responses((status = 200, description = "Those that wait.", body = Page<Transfer>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Page<Transfer>>> {
    caller.may(Permission::Read)?;
    let document = documents::load(app.store.db(), &DocumentId::from(id)).await?;
    let waiting = payments::of_document(app.store.db(), &document.id).await?;
    Ok(Answer(Page {
        items: waiting
            .into_iter()
            .filter(|entry| entry.announced().is_some())
            .map(Transfer::from)
            .collect(),
        next: None,
    }))
}

/// What somebody found who looked for the money.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FoundBody {
    /// Whether it arrived.
    arrived: bool,
    /// How much arrived, in minor units of the invoice's currency, where it is not what the customer said: banks keep fees.
    #[serde(default)]
    #[schema(minimum = 1)]
    amount: Option<i64>,
}

/// Confirm or deny a transfer
///
/// One that arrived is a payment from then on, and its customer is thanked; one that did not is asked for again.
#[utoipa::path(post, path = "/documents/{id}/transfers/{transfer}", tag = "billing", operation_id = "settleTransfer", request_body = FoundBody,
    params(("id" = String, Path, description = "The invoice."), ("transfer" = String, Path, description = "The transfer.")),
    responses((status = 200, description = "The invoice.", body = DocumentBodyView)))]
pub(super) async fn settle(
    State(app): State<App>,
    caller: Caller,
    Ids((id, transfer)): Ids,
    Json(body): Json<FoundBody>,
) -> Outcome<Answer<DocumentBodyView>> {
    caller.may(Permission::Work)?;
    let id = DocumentId::from(id);
    let told = payments::load(app.store.db(), &id, &transfer).await?;
    let found = match body.arrived {
        true => Found::Arrived(body.amount.unwrap_or(told.amount)),
        false => Found::Nothing,
    };
    announced::settle(&app.billing, &caller.actor, &id, &told.id, found).await?;
    if let Err(error) = ::billing::stripe::expire_open(&app.billing, &id).await {
        tracing::warn!(%error, "a payment page with an old amount could not be closed yet");
    }
    Ok(Answer(view(&app, documents::load(app.store.db(), &id).await?)))
}
