//! Equipment for the business's people: machines, sites, contracts, readings, requests, visits, imports, settings,
//! and the technician's page for the phone. Plain forms that work without scripts. Everybody may read; agents
//! write; settings are the administrator's.

pub(crate) mod beside;
pub(crate) mod bot;
mod contract_form;
mod contracts;
mod import;
mod machine_form;
mod machines;
mod map;
mod paged;
mod readings;
mod requests;
mod settings;
mod sites;
pub(crate) mod tasks;
mod visit;
mod visits;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use conversation::access::Permission;
use maud::{Markup, html};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::layout::Section;
use ui::{assets, routes};

use crate::app::App;
use crate::auth::{SignedIn, guard};
use crate::boxed::boxed;
use crate::framed::{Framed, sheet};

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
        .route("/equipment/machines/{id}/visits", post(boxed(requests::plan)))
        .route("/equipment/machines/{id}/wish", post(boxed(readings::wish)))
        .route("/equipment/code/{code}", get(boxed(machines::by_code)))
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

/// The parts of equipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Machines,
    Sites,
    Map,
    Contracts,
    Readings,
    Requests,
    Visits,
    Import,
    Settings,
}

/// One page of equipment. `said` is what just happened.
pub(crate) fn frame(me: &SignedIn, part: Part, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
    let ctx = me.ctx();
    let parts = [
        (Part::Machines, routes::EQUIPMENT, Icon::Machine, "eq-machines"),
        (Part::Sites, "/equipment/sites", Icon::Company, "eq-sites"),
        (Part::Map, "/equipment/map", Icon::Map, "eq-map"),
        (Part::Contracts, "/equipment/contracts", Icon::Contract, "eq-contracts"),
        (Part::Readings, "/equipment/readings", Icon::Gauge, "eq-readings"),
        (Part::Requests, "/equipment/requests", Icon::Ticket, "eq-requests"),
        (Part::Visits, routes::MY_VISITS, Icon::Visit, "eq-visits"),
        (Part::Import, "/equipment/import", Icon::File, "billing-import"),
        (
            Part::Settings,
            "/equipment/settings",
            Icon::Settings,
            "billing-settings",
        ),
    ];
    let main = html! {
        main.settings.billing.equipment #main tabindex="-1" {
            nav.settings-nav aria-label=(ctx.t("rail-equipment")) {
                @for (one, href, glyph, key) in parts {
                    @let may = match one { Part::Settings => me.can(Permission::Administer), Part::Import => me.can(Permission::Bill), Part::Map => true, _ => me.can(Permission::Books) };
                    @if may { a href=(href) aria-current=[(one == part).then_some("page")] { (icon(glyph)) span { (ctx.t(key)) } } }
                }
            }
            div.settings-body { div.settings-sheet.wide {
                (sheet(title, said, body))
            } }
        }
    };
    let head = match part {
        Part::Visits => Some(html! { script src=(assets::url("visit.js")) defer {} }),
        Part::Map => Some(
            html! { link rel="stylesheet" href=(assets::url("map.css")); script src=(assets::url("map.js")) defer {} },
        ),
        _ => None,
    };
    let framed = Framed {
        head,
        ..Framed::new(Section::Equipment, title)
    };
    framed.answer(me, &main)
}

#[cfg(test)]
mod tests;
