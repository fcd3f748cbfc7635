//! The customer's equipment: home, machines, requests, readings, contracts, visits, map; and the page that a
//! machine's label opens for anybody.

pub mod contracts;
mod label;
mod machines;
pub mod map;
mod overview;
mod reading_photos;
mod readings;
mod requests;
pub mod visits;

use ::equipment::{Status, VisitState};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use conversation::types::Language;
use maud::{Markup, html};
use ui::Ctx;
use ui::client_pages::Part;
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::routes;

use crate::{Portal, multipart};

/// The routes of these pages.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(
            "/portal/machines/{id}/request",
            get(requests::show).post(requests::submit),
        )
        .route("/m/{code}", get(label::show).post(label::submit))
        .route(routes::READINGS, get(readings::show).post(readings::enter))
        .layer(DefaultBodyLimit::max(multipart::MOST_BYTES))
        .route(routes::PORTAL, get(overview::show))
        .route(routes::MACHINES, get(machines::list))
        .route("/portal/machines/{id}", get(machines::show))
        .route("/portal/machines/{id}/photo", get(machines::photo))
        .route("/portal/readings/{id}/photo", get(reading_photos::show))
        .route(routes::CONTRACTS, get(contracts::list))
        .route("/portal/contracts/{id}", get(contracts::show))
        .route("/portal/contracts/{id}/files/{file}", get(contracts::file))
        .route(routes::VISITS, get(visits::list))
        .route("/portal/visits/{id}", get(visits::show))
        .route("/portal/visits/{id}/report", get(visits::report))
        .route(routes::MAP, get(map::show))
}

/// The pages below "machines".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Machines,
    Readings,
    Contracts,
    Visits,
    Map,
}

/// The row of links between them.
pub(crate) fn tabs(ctx: &Ctx<'_>, here: Tab) -> Markup {
    let all = [
        (Tab::Machines, routes::MACHINES, Icon::Machine, "eq-machines"),
        (Tab::Readings, routes::READINGS, Icon::Gauge, "eq-readings"),
        (Tab::Contracts, routes::CONTRACTS, Icon::Contract, "eq-contracts"),
        (Tab::Visits, routes::VISITS, Icon::Visit, "eq-visits"),
        (Tab::Map, routes::MAP, Icon::Map, "eq-map"),
    ];
    html! {
        nav.eq-tabs aria-label=(ctx.t("eq-tabs")) {
            @for (tab, href, glyph, key) in all {
                a href=(href) aria-current=[(tab == here).then_some("page")] { (icon(glyph)) span { (ctx.t(key)) } }
            }
        }
    }
}

/// The section of the navigation that all of them belong to.
pub(crate) const PART: Part = Part::Machines;

pub use readings::meanings;

/// How a machine's state is coloured.
pub fn tone(status: Status) -> Tone {
    match status {
        Status::Active => Tone::Good,
        Status::Repair => Tone::Warn,
        Status::Stored | Status::Retired => Tone::Neutral,
    }
}

/// How a visit's state is coloured.
pub fn visit_tone(state: VisitState) -> Tone {
    match state {
        VisitState::Planned => Tone::Neutral,
        VisitState::OnWay | VisitState::There => Tone::Accent,
        VisitState::Done => Tone::Good,
        VisitState::Cancelled => Tone::Bad,
    }
}

/// A whole number as people of the language write it.
pub fn number(value: i64, lang: Language) -> String {
    ::equipment::words::number(value, lang)
}
