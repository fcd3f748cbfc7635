//! Equipment for the business's people: machines, sites, contracts, readings, requests, visits, imports, settings,
//! and the technician's page for the phone. Plain forms that work without scripts. Everybody may read; agents
//! write; settings are the administrator's.

pub(crate) mod beside;
pub(crate) mod bot;
mod contract_form;
mod contracts;
mod frame;
mod import;
mod machine_form;
mod machines;
mod map;
mod moving;
mod paged;
mod plan;
mod readings;
mod refused;
mod requests;
mod settings;
mod sites;
mod tables;
pub(crate) mod tasks;
mod visit;
mod visits;

use axum::Router;
use axum::routing::{get, post};
use ui::routes;

use crate::app::App;
use crate::auth::guard;
use crate::boxed::boxed;

/// The routes of equipment.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::EQUIPMENT, get(boxed(machines::list)))
        .route(
            "/equipment/machines/new",
            get(boxed(machine_form::new)).post(boxed(machine_form::create)),
        )
        .route("/equipment/machines/{id}", get(boxed(machines::show)))
        .route(
            "/equipment/machines/{id}/edit",
            get(boxed(machine_form::edit)).post(boxed(machine_form::save)),
        )
        .route(
            "/equipment/machines/{id}/photo",
            get(boxed(machines::photo)).post(boxed(machines::set_photo)),
        )
        .route("/equipment/machines/{id}/counters", post(boxed(machines::add_counter)))
        .route("/equipment/machines/{id}/readings", post(boxed(readings::enter)))
        .route(
            "/equipment/machines/{id}/move",
            get(boxed(moving::ask)).post(boxed(moving::go)),
        )
        .route("/equipment/machines/{id}/visits", post(boxed(plan::plan)))
        .route("/equipment/machines/{id}/wish", post(boxed(readings::wish)))
        .route("/equipment/code/{code}", get(boxed(machines::by_code)))
        .route("/equipment/export", get(boxed(tables::export)))
        .route("/equipment/labels", get(boxed(machines::labels)))
        .route("/equipment/sites", get(boxed(sites::list)))
        .route(
            "/equipment/sites/new",
            get(boxed(sites::new)).post(boxed(sites::create)),
        )
        .route(
            "/equipment/sites/{id}",
            get(boxed(sites::edit)).post(boxed(sites::save)),
        )
        .route("/equipment/contracts", get(boxed(contracts::list)))
        .route(
            "/equipment/contracts/new",
            get(boxed(contract_form::new)).post(boxed(contract_form::create)),
        )
        .route("/equipment/contracts/{id}", get(boxed(contracts::show)))
        .route(
            "/equipment/contracts/{id}/edit",
            get(boxed(contract_form::edit)).post(boxed(contract_form::save)),
        )
        .route("/equipment/contracts/{id}/files", post(boxed(contracts::attach)))
        .route("/equipment/contracts/{id}/files/{file}", get(boxed(contracts::file)))
        .route("/equipment/map", get(boxed(map::show)))
        .route("/equipment/readings", get(boxed(readings::list)))
        .route("/equipment/readings/{id}/photo", get(boxed(readings::photo)))
        .route("/equipment/readings/{id}/void", post(boxed(readings::void)))
        .route("/equipment/requests", get(boxed(requests::list)))
        .route("/equipment/import", get(boxed(import::list)).post(boxed(import::begin)))
        .route("/equipment/import/example/{kind}", get(boxed(import::example)))
        .route("/equipment/import/{id}", get(boxed(import::show)))
        .route("/equipment/import/{id}/confirm", post(boxed(import::confirm)))
        .route(
            "/equipment/settings",
            get(boxed(settings::show)).post(boxed(settings::save)),
        )
        .route(routes::MY_VISITS, get(boxed(visits::day)))
        .route("/visits/{id}", get(boxed(visit::show)))
        .route("/visits/{id}/step", post(boxed(visit::step)))
        .route("/visits/{id}/move", post(boxed(visit::again)))
        .route("/visits/{id}/done", post(boxed(visit::finish)))
        .route("/visits/{id}/report", get(boxed(visit::report)));
    guard(app, inside)
}

#[cfg(test)]
mod tests;
