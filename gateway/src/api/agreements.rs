//! Contracts and their use, requests, visits.

use ::equipment::contracts::{self, Contract, ContractData};
use ::equipment::requests::{self, Request};
use ::equipment::usage::{Band, Rate};
use ::equipment::visits::{self, NewVisit, Visit};
use ::equipment::{ContractId, CounterKind, MachineId, RequestId, RequestKind, VisitId, VisitState, periods, settings};
use axum::Json as Answer;
use axum::extract::State;
use billing::totals::Tax;
use billing::{CustomerId, day};
use conversation::Error;
use conversation::access::Permission;
use conversation::types::{AgentId, ConversationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit};
use super::guard::Caller;
use super::problem::Outcome;
use super::tickets::PageQuery;
use crate::app::App;

/// A step of the price.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Band)]
pub(super) struct BandBody {
    /// Up to so many copies beyond what is included; the last band has no end.
    #[serde(default)]
    up_to: Option<i64>,
    /// For a thousand copies, in minor units.
    #[schema(minimum = 0)]
    per_thousand: i64,
}

/// What is included of a counter, and what more costs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rate)]
pub(super) struct RateBody {
    /// Which counter.
    #[schema(value_type = enums::CounterKind)]
    counter: CounterKind,
    /// Copies in a period.
    #[schema(minimum = 0)]
    included: i64,
    /// The steps.
    #[serde(default)]
    bands: Vec<BandBody>,
}

/// A contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contract)]
pub(super) struct ContractView {
    /// Its id.
    id: String,
    /// Whose.
    customer_id: String,
    /// As both sides call it.
    number: String,
    /// What it is about.
    title: String,
    /// The first day.
    starts_on: String,
    /// The last day.
    #[schema(required)]
    ends_on: Option<String>,
    /// Whether it goes on.
    is_active: bool,
    /// How many periods were closed.
    closed: i64,
    /// When the next one is.
    #[schema(required)]
    close_on: Option<String>,
}

impl From<Contract> for ContractView {
    fn from(contract: Contract) -> ContractView {
        ContractView {
            id: contract.id.to_string(),
            customer_id: contract.customer_id.to_string(),
            number: contract.number,
            title: contract.title,
            starts_on: contract.starts_on,
            ends_on: contract.ends_on,
            is_active: contract.is_active,
            closed: contract.closed,
            close_on: contract.close_on,
        }
    }
}

/// List contracts
///
/// The newest first.
#[utoipa::path(get, path = "/contracts", tag = "equipment", operation_id = "listContracts",
    params(PageQuery), responses((status = 200, description = "A page of contracts.", body = Page<ContractView>)))]
pub(super) async fn contracts_list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<ContractView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let before = query.after.map(ContractId::from);
    let mut rows = contracts::list(app.store.db(), before.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows.into_iter().map(ContractView::from).collect(),
    }))
}

/// A contract to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractBody {
    /// Whose.
    customer: String,
    /// As both sides call it.
    #[schema(min_length = 1, max_length = 60)]
    number: String,
    /// What it is about.
    #[serde(default)]
    title: String,
    /// Its conditions.
    #[serde(default)]
    terms: String,
    /// The first day.
    starts_on: String,
    /// The last day.
    #[serde(default)]
    ends_on: Option<String>,
    /// It goes on for so many months; 0 ends it.
    #[serde(default)]
    renews_months: i64,
    /// The customer is told so many days before.
    #[serde(default)]
    notice_days: i64,
    /// A period has so many months; 1 unless given.
    #[serde(default)]
    every: Option<i64>,
    /// The currency of its prices.
    currency: String,
    /// For a period, whatever is used, in minor units.
    #[serde(default)]
    base_price: i64,
    /// The taxes of its lines, in hundredths of a per cent by name.
    #[serde(default)]
    taxes: std::collections::BTreeMap<String, i64>,
    /// What is included is for all machines together.
    #[serde(default)]
    is_pooled: bool,
    /// Invoices are sent at once.
    #[serde(default)]
    is_sent: bool,
    /// What is included and what more costs.
    #[serde(default)]
    rates: Vec<RateBody>,
}

/// Write a contract
///
/// Its periods are billed by readings from its first day on.
#[utoipa::path(post, path = "/contracts", tag = "equipment", operation_id = "writeContract", request_body = ContractBody,
    responses((status = 201, description = "The contract.", body = ContractView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn contract_write(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<ContractBody>,
) -> Outcome<Created<ContractView>> {
    caller.may(Permission::Work)?;
    let invalid = |error: billing::money::UnknownCurrency| Error::Invalid(format!("currency: {error}"));
    let data = ContractData {
        number: body.number,
        title: body.title,
        terms: body.terms,
        starts_on: day::parse(&body.starts_on)?,
        ends_on: body.ends_on.as_deref().map(day::parse).transpose()?,
        renews_months: body.renews_months,
        notice_days: body.notice_days,
        every: body.every.unwrap_or(1),
        currency: body.currency.parse().map_err(invalid)?,
        base_price: body.base_price,
        taxes: body.taxes.into_iter().map(|(name, rate)| Tax { name, rate }).collect(),
        is_pooled: body.is_pooled,
        is_sent: body.is_sent,
        is_active: true,
        rates: body
            .rates
            .into_iter()
            .map(|rate| Rate {
                counter: rate.counter,
                included: rate.included,
                bands: rate
                    .bands
                    .into_iter()
                    .map(|band| Band {
                        up_to: band.up_to,
                        per_thousand: band.per_thousand,
                    })
                    .collect(),
            })
            .collect(),
    };
    let grace = settings::load(app.store.db()).await?.close_after_days;
    let customer = CustomerId::from(body.customer);
    let mut tx = app.store.begin().await?;
    let id = contracts::create_in(&mut tx, &caller.actor, &customer, grace, data).await?;
    tx.commit().await?;
    let made = contracts::load(app.store.db(), &id).await?;
    Ok(Created(format!("/contracts/{id}"), made.into()))
}

/// What a counter, or all of a kind together, used in the running period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(super) struct UsageView {
    /// Which counter.
    #[schema(value_type = enums::CounterKind)]
    counter: CounterKind,
    /// The serial numbers of the machines.
    serials: Vec<String>,
    /// Copies used.
    used: i64,
    /// Copies included.
    included: i64,
    /// Copies beyond.
    excess: i64,
    /// A reading is missing: what is used is not billed before it comes.
    is_carried: bool,
}

/// Read the use under a contract
///
/// Of the running period, so far.
#[utoipa::path(get, path = "/contracts/{id}/usage", tag = "equipment", operation_id = "getUsage",
    params(("id" = String, Path, description = "The contract.")),
    responses((status = 200, description = "What was used of what is included.", body = Vec<UsageView>)))]
pub(super) async fn usage(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Vec<UsageView>>> {
    caller.may(Permission::Read)?;
    let contract = contracts::load(app.store.db(), &ContractId::from(id)).await?;
    let pots = periods::running(&app.equipment, &contract).await?;
    let shown = pots.into_iter().map(|pot| UsageView {
        counter: pot.counter,
        serials: pot.parts.iter().map(|part| part.serial.clone()).collect(),
        used: pot.used,
        included: pot.included,
        excess: pot.excess,
        is_carried: pot.is_carried,
    });
    Ok(Answer(shown.collect()))
}

/// What a customer asked for about a machine.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MachineRequest)]
pub(super) struct RequestView {
    /// Its id.
    id: String,
    /// About which machine; null where the label was not known.
    #[schema(required)]
    machine_id: Option<String>,
    /// What kind.
    #[schema(value_type = enums::RequestKind)]
    kind: RequestKind,
    /// Whether the sender is known to belong to the machine.
    is_known: bool,
    /// Its conversation.
    conversation_id: String,
    /// Its ticket.
    #[schema(required)]
    ticket_id: Option<String>,
    /// When.
    created_at: Time,
}

impl From<Request> for RequestView {
    fn from(request: Request) -> RequestView {
        RequestView {
            id: request.id.to_string(),
            machine_id: request.machine_id.map(|id| id.to_string()),
            kind: request.kind,
            is_known: request.is_known,
            conversation_id: request.conversation_id.to_string(),
            ticket_id: request.ticket_id.map(|id| id.to_string()),
            created_at: Time(request.created_at),
        }
    }
}

/// List requests
///
/// The newest first.
#[utoipa::path(get, path = "/machine-requests", tag = "equipment", operation_id = "listMachineRequests",
    params(PageQuery), responses((status = 200, description = "A page of requests.", body = Page<RequestView>)))]
pub(super) async fn requests_list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<RequestView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let before = query.after.map(RequestId::from);
    let mut rows = requests::list(app.store.db(), before.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows.into_iter().map(RequestView::from).collect(),
    }))
}

/// A technician at a machine.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Visit)]
pub(super) struct VisitView {
    /// Its id.
    id: String,
    /// At which machine.
    machine_id: String,
    /// Who comes.
    agent_id: String,
    /// What for.
    purpose: String,
    /// The window's beginning.
    starts_at: Time,
    /// The window's end.
    ends_at: Time,
    /// Where it stands.
    #[schema(value_type = enums::VisitState)]
    state: VisitState,
    /// What was done.
    work: String,
    /// Who signed.
    signed_by: String,
}

impl From<Visit> for VisitView {
    fn from(visit: Visit) -> VisitView {
        VisitView {
            id: visit.id.to_string(),
            machine_id: visit.machine_id.to_string(),
            agent_id: visit.agent_id.to_string(),
            purpose: visit.purpose,
            starts_at: Time(visit.starts_at),
            ends_at: Time(visit.ends_at),
            state: visit.state,
            work: visit.work,
            signed_by: visit.signed_by,
        }
    }
}

/// Read a visit
///
/// As it stands now.
#[utoipa::path(get, path = "/visits/{id}", tag = "equipment", operation_id = "getVisit",
    params(("id" = String, Path, description = "The visit.")),
    responses((status = 200, description = "The visit.", body = VisitView)))]
pub(super) async fn visit(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<VisitView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(visits::load(app.store.db(), &VisitId::from(id)).await?.into()))
}

/// A visit to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitBody {
    /// At which machine.
    machine: String,
    /// Who comes.
    agent: String,
    /// What for.
    #[serde(default)]
    purpose: String,
    /// The window's beginning.
    starts_at: Time,
    /// The window's end.
    ends_at: Time,
    /// What asked for it.
    #[serde(default)]
    request: Option<String>,
    /// Where the customer is told; the request's unless given.
    #[serde(default)]
    conversation: Option<String>,
    /// It has taken place and is only written down: nobody is told that somebody comes.
    #[serde(default)]
    has_happened: bool,
}

/// Plan a visit
///
/// The customer is told in the conversation that asked for it. A time that is over is refused unless the visit has taken
/// place, and so is a machine that is retired.
#[utoipa::path(post, path = "/visits", tag = "equipment", operation_id = "planVisit", request_body = VisitBody,
    responses((status = 201, description = "The visit.", body = VisitView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn visit_plan(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<VisitBody>,
) -> Outcome<Created<VisitView>> {
    caller.may(Permission::Work)?;
    let new = NewVisit {
        machine: MachineId::from(body.machine),
        agent: AgentId::from(body.agent),
        purpose: body.purpose,
        starts_at: body.starts_at.0,
        ends_at: body.ends_at.0,
        request: body.request.map(RequestId::from),
        conversation: body.conversation.map(ConversationId::from),
        has_happened: body.has_happened,
    };
    let mut tx = app.store.begin().await?;
    let id = visits::plan_in(&mut tx, &app.equipment, &caller.actor, new).await?;
    tx.commit().await?;
    let made = visits::load(app.store.db(), &id).await?;
    Ok(Created(format!("/visits/{id}"), made.into()))
}
