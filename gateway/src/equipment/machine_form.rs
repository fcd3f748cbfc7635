//! Adding and changing a machine.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::{CustomerId, customers};
use conversation::Error;
use conversation::access::Permission;
use equipment::machines::{self, Consumable, MachineData};
use equipment::{ContractId, MachineId, SiteId, Status, contracts, sites, words};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, with_status};
use crate::settings::meanwhile;
use crate::whose;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Whose {
    #[serde(default)]
    customer: String,
}

/// Consumables as lines: `name; part; level`.
fn written(all: &[Consumable]) -> String {
    all.iter()
        .map(|one| {
            let level = one.level.map(|level| level.to_string()).unwrap_or_default();
            format!("{}; {}; {level}", one.name, one.part)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn consumables(text: &str) -> Result<Vec<Consumable>, Error> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut parts = line.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_owned();
            let part = parts.next().unwrap_or_default().to_owned();
            let level = match parts.next().unwrap_or_default().trim_end_matches(['%', ' ']) {
                "" => None,
                text => Some(
                    text.parse()
                        .map_err(|_| Error::Invalid("consumables: name; part; per cent".to_owned()))?,
                ),
            };
            Ok(Consumable { name, part, level })
        })
        .collect()
}

fn read(form: &Form) -> Result<MachineData, Error> {
    let some = |name: &str| Some(form.get(name).to_owned()).filter(|text| !text.is_empty());
    Ok(MachineData {
        site: some("site").map(SiteId::from),
        contract: some("contract").map(ContractId::from),
        model: form.get("model").to_owned(),
        serial: form.get("serial").to_owned(),
        place: form.get("place").to_owned(),
        status: form.get("status").parse().unwrap_or(Status::Active),
        installed_on: some("installed_on"),
        consumables: consumables(form.get("consumables"))?,
        notes: form.get("notes").to_owned(),
    })
}

const FIELDS: [&str; 8] = [
    "model",
    "serial",
    "site",
    "contract",
    "place",
    "status",
    "installed_on",
    "consumables",
];

fn wrong(me: &SignedIn, error: &Error) -> Errors {
    let text = error.to_string();
    let field = FIELDS.into_iter().find(|field| text.starts_with(&format!("{field}:")));
    vec![(field.unwrap_or_default().to_owned(), failure::words(me.lang, error))]
}

async fn fields(app: &App, draw: &Draw<'_>, customer: &CustomerId) -> conversation::Result<Markup> {
    let (ctx, db) = (&draw.ctx, app.store.db());
    let said = words::of(ctx.lang);
    let of = std::slice::from_ref(customer);
    let own_sites = sites::of_customers(db, of).await?;
    let own_contracts = contracts::of_customers(db, of).await?;
    let mut places: Vec<(&str, &str)> = vec![("", "—")];
    places.extend(own_sites.iter().map(|site| (site.id.as_str(), site.name.as_str())));
    let mut agreed: Vec<(&str, &str)> = vec![("", "—")];
    agreed.extend(own_contracts.iter().map(|one| (one.id.as_str(), one.number.as_str())));
    let states: Vec<(&str, &str)> = Status::ALL
        .iter()
        .map(|status| (status.as_str(), said.state(*status)))
        .collect();
    Ok(html! {
        (draw.begin())
        div.row-fields { (draw.text("model", &ctx.t("eq-model"), "", true)) (draw.text("serial", said.serial, "", true)) }
        div.row-fields { (draw.choice("site", said.site, &places)) (draw.text("place", said.place, "", false)) }
        div.row-fields { (draw.choice("contract", &ctx.t("eq-contract"), &agreed)) (draw.choice("status", said.status, &states)) (draw.date("installed_on", &ctx.t("eq-since"), false)) }
        (draw.lines("consumables", &ctx.t("eq-consumables"), &ctx.t("eq-consumables-hint"), 4))
        (draw.lines("notes", &ctx.t("eq-notes"), "", 3))
        div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
    })
}

/// Which customer, for a new machine, site or contract: a page that asks.
pub(super) async fn ask_customer(
    app: &App,
    me: &SignedIn,
    part: Part,
    title: &str,
    query: &str,
) -> Result<Response, Failure> {
    let body = whose::ask(app, me, query, &[]).await?;
    Ok(frame(me, part, title, None, &body))
}

pub(super) async fn new(State(app): State<App>, me: SignedIn, Query(whose): Query<Whose>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let title = words::of(me.lang).machine;
    match whose::customer_of(&app, &whose.customer).await? {
        Some(customer) => {
            let form = Form::of([("customer", customer.id.to_string()), ("status", "active".to_owned())]);
            new_page(&app, &me, &customer.id, &form, &Errors::new()).await
        }
        None => ask_customer(&app, &me, Part::Machines, title, &whose.customer).await,
    }
}

async fn new_page(
    app: &App,
    me: &SignedIn,
    customer: &CustomerId,
    sent: &Form,
    errors: &Errors,
) -> Result<Response, Failure> {
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let owner = customers::load(app.store.db(), customer).await?;
    let body = html! { p.lead { (owner.name) } (draw.summary())
    form.settings-form method="post" action="/equipment/machines/new" { input type="hidden" name="customer" value=(customer); (fields(app, &draw, customer).await?) } };
    Ok(answer(me, words::of(me.lang).machine, errors, &body))
}

fn answer(me: &SignedIn, title: &str, errors: &Errors, body: &Markup) -> Response {
    let page = frame(me, Part::Machines, title, None, body);
    with_status(page, errors)
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let customer = CustomerId::from(form.get("customer"));
    let made = async {
        let data = read(&form)?;
        let mut tx = app.store.begin().await?;
        let id = machines::create_in(&mut tx, &app.equipment, &me.actor(), &customer, data).await?;
        tx.commit().await?;
        Ok(id)
    };
    match made.await {
        Ok(id) => Ok(see_other(&format!("/equipment/machines/{id}"))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            new_page(&app, &me, &customer, &form, &wrong(&me, &error)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn edit(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let machine = machines::load(app.store.db(), &MachineId::from(id)).await?;
    let mut form = filled(&machine);
    meanwhile::stamp(&mut form);
    edit_page(&app, &me, &machine, &form, &Errors::new()).await
}

fn filled(machine: &machines::Machine) -> Form {
    let text = |id: Option<String>| id.unwrap_or_default();
    Form::of([
        ("model", machine.model.clone()),
        ("serial", machine.serial.clone()),
        ("site", text(machine.site_id.as_ref().map(ToString::to_string))),
        ("contract", text(machine.contract_id.as_ref().map(ToString::to_string))),
        ("place", machine.place.clone()),
        ("status", machine.status.to_string()),
        ("installed_on", text(machine.installed_on.clone())),
        ("consumables", written(&machine.consumables())),
        ("notes", machine.notes.clone()),
    ])
}

async fn edit_page(
    app: &App,
    me: &SignedIn,
    machine: &machines::Machine,
    sent: &Form,
    errors: &Errors,
) -> Result<Response, Failure> {
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let body = html! { (draw.summary())
    form.settings-form method="post" action={ "/equipment/machines/" (machine.id) "/edit" } { (fields(app, &draw, &machine.customer_id).await?) } };
    Ok(answer(me, &machine.name(), errors, &body))
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Bill)?;
    let machine = machines::load(app.store.db(), &MachineId::from(id)).await?;
    let objects = [machine.id.as_str()];
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, filled(&machine), &objects).await? {
        return edit_page(&app, &me, &machine, &form, &errors).await;
    }
    let saved = async {
        let data = read(&form)?;
        let mut tx = app.store.begin().await?;
        machines::edit_in(&mut tx, &app.equipment, &me.actor(), &machine.id, data).await?;
        tx.commit().await?;
        Ok(())
    };
    match saved.await {
        Ok(()) => Ok(see_other(&format!("/equipment/machines/{}?said=saved", machine.id))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            edit_page(&app, &me, &machine, &form, &wrong(&me, &error)).await
        }
        Err(error) => Err(error.into()),
    }
}
