//! `/machines/{id}/move`: a machine goes to another customer, or back into stock.

use ::equipment::counters;
use ::equipment::moves::{self, Move, To};
use ::equipment::{ContractId, CounterId, CounterKind, MachineId, SiteId, Source};
use axum::Json as Answer;
use axum::extract::State;
use billing::{CustomerId, day};
use conversation::access::Permission;
use serde::Deserialize;
use utoipa::ToSchema;

use super::enums;
use super::equipment::{MachineView, load};
use super::extract::{Id, Json};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// What a counter shows when its machine leaves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClosingBody {
    /// Which counter.
    #[schema(value_type = enums::CounterKind)]
    kind: CounterKind,
    /// What it shows.
    value: i64,
}

/// Where a machine goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveBody {
    /// To which customer; back into stock without one.
    #[serde(default)]
    customer: Option<String>,
    /// The last day where it is and the first one there; today unless given.
    #[serde(default)]
    on: Option<String>,
    /// A reading of each of its counters on that day, the last one of whoever has it now.
    #[serde(default)]
    closing: Vec<ClosingBody>,
    /// An odd number is right: somebody looked again.
    #[serde(default)]
    is_sure: bool,
    /// Where it stands there; a site of the new customer.
    #[serde(default)]
    site: Option<String>,
    /// Where on that site.
    #[serde(default)]
    place: String,
    /// What was agreed about it there; a contract of the new customer.
    #[serde(default)]
    contract: Option<String>,
}

/// Move a machine
///
/// To another customer, who sees nothing of what was read, asked for and done before, or back into stock. Its photo and
/// the contract it was under end there; what its counters made until then is billed by that contract.
#[utoipa::path(post, path = "/machines/{id}/move", tag = "equipment", operation_id = "moveMachine", request_body = MoveBody,
    params(("id" = String, Path, description = "The machine.")),
    responses((status = 200, description = "The machine, where it is now.", body = MachineView)))]
pub(super) async fn go(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<MoveBody>,
) -> Outcome<Answer<MachineView>> {
    caller.may(Permission::Work)?;
    let id = MachineId::from(id);
    let own = counters::of_machine(app.store.db(), &id).await?;
    let mut closing: Vec<(CounterId, i64)> = Vec::new();
    for one in body.closing {
        let counter = own.iter().find(|counter| counter.kind == one.kind);
        let counter =
            counter.ok_or_else(|| Problem::invalid(format!("closing: the machine has no counter {}", one.kind)))?;
        closing.push((counter.id.clone(), one.value));
    }
    let plan = Move {
        to: body
            .customer
            .map_or(To::Stock, |customer| To::Customer(CustomerId::from(customer))),
        on: match &body.on {
            Some(text) => day::parse(text)?,
            None => app.equipment.today(),
        },
        site: body.site.map(SiteId::from),
        contract: body.contract.map(ContractId::from),
        place: body.place,
        closing,
        source: Source::Api,
        is_sure: body.is_sure,
    };
    let mut tx = app.store.begin().await?;
    moves::move_in(&mut tx, &app.equipment, &caller.actor, &id, plan).await?;
    tx.commit().await?;
    Ok(Answer(load(&app, &id).await?))
}
