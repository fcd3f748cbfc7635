//! `/machines`: machines and their counters, for those who read counters elsewhere.

use ::equipment::counters::{self, Counter};
use ::equipment::machines::{self, Consumable, Filter, Machine, MachineData};
use ::equipment::{ContractId, CounterKind, MachineId, SiteId, Status};
use axum::Json as Answer;
use axum::extract::State;
use billing::{CustomerId, day};
use conversation::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// A counter of a machine.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counter)]
pub(super) struct CounterView {
    /// What it counts.
    #[schema(value_type = enums::CounterKind)]
    kind: CounterKind,
    /// What it showed last.
    value: i64,
    /// On which day.
    on: String,
    /// All copies since it began, over replacements.
    total: i64,
}

impl From<Counter> for CounterView {
    fn from(counter: Counter) -> CounterView {
        CounterView {
            kind: counter.kind,
            value: counter.last_value,
            on: counter.last_on,
            total: counter.last_total,
        }
    }
}

/// A machine.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Machine)]
pub(super) struct MachineView {
    /// Its id.
    id: String,
    /// Whose.
    customer_id: String,
    /// Where it stands.
    #[schema(required)]
    site_id: Option<String>,
    /// What was agreed about it.
    #[schema(required)]
    contract_id: Option<String>,
    /// Maker and model.
    model: String,
    /// The serial number.
    serial: String,
    /// Where on its site.
    place: String,
    /// What it is doing.
    #[schema(value_type = enums::MachineStatus)]
    status: Status,
    /// What its label opens.
    label_url: String,
    /// Its counters; empty in lists.
    counters: Vec<CounterView>,
    /// Since which day it is with this customer; nothing where it is with its first one.
    #[schema(required)]
    moved_on: Option<String>,
    /// When it changed last.
    updated_at: Time,
}

fn view(app: &App, machine: Machine, own: Vec<Counter>) -> MachineView {
    MachineView {
        label_url: ::equipment::labels::url(&app.public_url(), &machine.code),
        id: machine.id.to_string(),
        customer_id: machine.customer_id.to_string(),
        site_id: machine.site_id.map(|id| id.to_string()),
        contract_id: machine.contract_id.map(|id| id.to_string()),
        model: machine.model,
        serial: machine.serial,
        place: machine.place,
        status: machine.status,
        counters: own.into_iter().map(CounterView::from).collect(),
        moved_on: machine.moved_on,
        updated_at: Time(machine.updated_at),
    }
}

/// Which machines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MachineQuery {
    /// Beginnings of words of model, serial number, place, site, customer.
    q: Option<String>,
    /// Of this customer.
    customer: Option<String>,
    /// On this site.
    site: Option<String>,
    /// Under this contract.
    contract: Option<String>,
    /// Doing this.
    #[param(value_type = Option<enums::MachineStatus>)]
    status: Option<Status>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List machines
///
/// By model and serial number.
#[utoipa::path(get, path = "/machines", tag = "equipment", operation_id = "listMachines",
    params(MachineQuery), responses((status = 200, description = "A page of machines.", body = Page<MachineView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<MachineQuery>,
) -> Outcome<Answer<Page<MachineView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let filter = Filter {
        customers: query.customer.map(|id| vec![CustomerId::from(id)]),
        site: query.site.map(SiteId::from),
        contract: query.contract.map(ContractId::from),
        status: query.status,
        is_here: false,
        search: query.q.unwrap_or_default(),
    };
    let after = query.after.map(MachineId::from);
    let mut rows = machines::list(app.store.db(), &filter, after.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows
            .into_iter()
            .map(|machine| view(&app, machine, Vec::new()))
            .collect(),
    }))
}

pub(super) async fn load(app: &App, id: &MachineId) -> Outcome<MachineView> {
    let machine = machines::load(app.store.db(), id).await?;
    let own = counters::of_machine(app.store.db(), id).await?;
    Ok(view(app, machine, own))
}

/// Read a machine
///
/// With its counters.
#[utoipa::path(get, path = "/machines/{id}", tag = "equipment", operation_id = "getMachine",
    params(("id" = String, Path, description = "The machine.")),
    responses((status = 200, description = "The machine.", body = MachineView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<MachineView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(load(&app, &MachineId::from(id)).await?))
}

/// Something that a machine uses up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Consumable)]
pub(super) struct ConsumableBody {
    /// Such as "Toner cyan".
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// The part's number.
    #[serde(default)]
    part: String,
    /// How full it is, in per cent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    level: Option<i64>,
}

/// A machine to add, or as it is from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MachineBody {
    /// Whose. A machine that is there stays its customer's; `POST /machines/{id}/move` brings it to another one.
    #[serde(default)]
    customer: Option<String>,
    /// Where it stands.
    #[serde(default)]
    site: Option<String>,
    /// What was agreed about it.
    #[serde(default)]
    contract: Option<String>,
    /// Maker and model.
    #[schema(min_length = 1, max_length = 120)]
    model: String,
    /// The serial number; one machine for each.
    #[schema(min_length = 1, max_length = 80)]
    serial: String,
    /// Where on its site.
    #[serde(default)]
    place: String,
    /// What it is doing; in use unless given.
    #[serde(default)]
    #[schema(value_type = Option<enums::MachineStatus>)]
    status: Option<Status>,
    /// What it uses up.
    #[serde(default)]
    consumables: Vec<ConsumableBody>,
    /// For the business only.
    #[serde(default)]
    notes: String,
}

impl From<MachineBody> for MachineData {
    fn from(body: MachineBody) -> MachineData {
        MachineData {
            site: body.site.map(SiteId::from),
            contract: body.contract.map(ContractId::from),
            model: body.model,
            serial: body.serial,
            place: body.place,
            status: body.status.unwrap_or(Status::Active),
            installed_on: None,
            consumables: body
                .consumables
                .into_iter()
                .map(|one| Consumable {
                    name: one.name,
                    part: one.part,
                    level: one.level,
                })
                .collect(),
            notes: body.notes,
        }
    }
}

/// Add a machine
///
/// It gets a code for its label.
#[utoipa::path(post, path = "/machines", tag = "equipment", operation_id = "addMachine", request_body = MachineBody,
    responses((status = 201, description = "The machine.", body = MachineView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Json(mut body): Json<MachineBody>,
) -> Outcome<Created<MachineView>> {
    caller.may(Permission::Work)?;
    let customer = CustomerId::from(body.customer.take().unwrap_or_default());
    let mut tx = app.store.begin().await?;
    let id = machines::create_in(&mut tx, &app.equipment, &caller.actor, &customer, body.into()).await?;
    tx.commit().await?;
    Ok(Created(format!("/machines/{id}"), load(&app, &id).await?))
}

/// Change a machine
///
/// Everything that is left out is emptied; its customer, counters and label stay. Another customer is refused: `POST
/// /machines/{id}/move` brings it there.
#[utoipa::path(put, path = "/machines/{id}", tag = "equipment", operation_id = "changeMachine", request_body = MachineBody,
    params(("id" = String, Path, description = "The machine.")),
    responses((status = 200, description = "The machine.", body = MachineView)))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<MachineBody>,
) -> Outcome<Answer<MachineView>> {
    caller.may(Permission::Work)?;
    let id = MachineId::from(id);
    let known = machines::load(app.store.db(), &id).await?;
    if body
        .customer
        .as_deref()
        .is_some_and(|other| other != known.customer_id.as_str())
    {
        return Err(Problem::conflict(
            "customer: a machine stays its customer's here; POST /machines/{id}/move brings it to another one",
        ));
    }
    let data = MachineData {
        installed_on: known.installed_on,
        ..body.into()
    };
    let mut tx = app.store.begin().await?;
    machines::edit_in(&mut tx, &app.equipment, &caller.actor, &id, data).await?;
    tx.commit().await?;
    Ok(Answer(load(&app, &id).await?))
}

/// A counter to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CounterBody {
    /// What it counts.
    #[schema(value_type = enums::CounterKind)]
    kind: CounterKind,
    /// What it shows on the first day.
    #[serde(default)]
    value: i64,
    /// After how many digits it begins again at zero; 7 unless given.
    #[serde(default)]
    digits: Option<i64>,
    /// The first day; today unless given.
    #[serde(default)]
    on: Option<String>,
}

/// Add a counter
///
/// A machine has one of each kind.
#[utoipa::path(post, path = "/machines/{id}/counters", tag = "equipment", operation_id = "addCounter", request_body = CounterBody,
    params(("id" = String, Path, description = "The machine.")),
    responses((status = 200, description = "The machine.", body = MachineView)))]
pub(super) async fn add_counter(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<CounterBody>,
) -> Outcome<Answer<MachineView>> {
    caller.may(Permission::Work)?;
    let id = MachineId::from(id);
    let on = match &body.on {
        Some(text) => day::parse(text)?,
        None => app.equipment.today(),
    };
    let mut tx = app.store.begin().await?;
    let digits = body.digits.unwrap_or(7);
    counters::add_in(&mut tx, &caller.actor, &id, body.kind, digits, body.value, on).await?;
    tx.commit().await?;
    Ok(Answer(load(&app, &id).await?))
}
