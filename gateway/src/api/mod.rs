//! The JSON API: `/api/v1`, described by OpenAPI 3.1 at `/api/v1/openapi.json`.
//!
//! Bearer tokens; cursor pages; `Idempotency-Key` on every POST; every error is a problem document
//! (RFC 9457). What handlers take and give are types of this module, not of the core: this surface
//! stays stable while the core changes.

mod agents;
mod agreements;
mod article_records;
mod articles;
mod begun;
mod billing;
mod blocked;
mod broadcasts;
mod contacts;
mod conversations;
mod customers;
mod desk;
mod enums;
mod equipment;
mod events;
mod extract;
mod files;
mod gaps;
mod guard;
mod inbox_bodies;
mod inboxes;
mod knowledge;
mod mail;
mod me;
mod menus;
mod messages;
mod meta_bodies;
mod moves;
mod notifications;
mod objects;
mod openapi;
mod operations;
mod organise;
pub(crate) mod people;
mod pricing;
mod proactive;
mod problem;
mod quarantine;
mod readings;
mod reports;
mod restructure;
mod rules;
mod schedules;
mod sites;
mod surveys;
mod ticket_more;
mod ticket_rules;
mod ticket_work;
mod tickets;
mod tokens;
mod transfers;
mod views;
mod webhooks;
mod whatsapp;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;

pub use guard::Caller;
pub(crate) use objects::{event_json, object_of};
pub use openapi::document;
pub use problem::Problem;

use crate::app::App;
use operations::operations;

/// The routes, to be nested at `/api/v1`.
pub fn routes(app: &App) -> Router<App> {
    let (described, _) = operations().split_for_parts();
    described
        .route_layer(from_fn_with_state((app.clone(), guard::Calls::new(app)), guard::guard))
        .route("/openapi.json", get(async || Json(&*DOCUMENT)))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        // The guard limits bodies before a handler sees them.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::new())
        .layer(from_fn(problem::complete))
}

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(document);
