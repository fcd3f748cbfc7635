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
mod messages;
mod notifications;
mod objects;
mod openapi;
mod organise;
pub(crate) mod people;
mod pricing;
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
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use guard::Caller;
pub(crate) use objects::{event_json, object_of};
pub use openapi::document;
pub use problem::Problem;

use crate::app::App;

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

/// Every operation with its description; nothing is routed that is not described.
fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        .routes(routes!(conversations::list, begun::begin))
        .routes(routes!(conversations::read))
        .routes(routes!(messages::timeline, messages::write))
        .routes(routes!(conversations::act))
        .routes(routes!(organise::bulk))
        .routes(routes!(organise::label))
        .routes(routes!(organise::list_labels, organise::create_label))
        .routes(routes!(organise::list_teams, organise::create_team))
        .routes(routes!(organise::remove_team))
        .routes(routes!(organise::search))
        .routes(routes!(restructure::split))
        .routes(routes!(restructure::merge))
        .routes(routes!(restructure::unmerge))
        .routes(routes!(restructure::move_messages))
        .routes(routes!(mail::bounced))
        .routes(routes!(mail::forgive))
        .routes(routes!(mail::sender))
        .routes(routes!(messages::read))
        .routes(routes!(files::raw))
        .routes(routes!(files::upload))
        .routes(routes!(files::download))
        .routes(routes!(messages::delivery))
        .routes(routes!(messages::cancel))
        .routes(routes!(messages::reschedule))
        .routes(routes!(messages::retry))
        .routes(routes!(contacts::list))
        .routes(routes!(contacts::read, contacts::edit))
        .routes(routes!(contacts::merge))
        .routes(routes!(contacts::undo))
        .routes(routes!(tickets::search, tickets::open))
        .routes(routes!(tickets::read, ticket_work::change))
        .routes(routes!(ticket_work::act))
        .routes(routes!(ticket_work::history))
        .routes(routes!(ticket_work::clocks))
        .routes(routes!(ticket_work::list_links, ticket_work::link))
        .routes(routes!(ticket_work::list_references, ticket_work::refer))
        .routes(routes!(ticket_rules::list_categories, ticket_rules::create_category))
        .routes(routes!(ticket_rules::change_category, ticket_rules::remove_category))
        .routes(routes!(ticket_rules::read_checklist, ticket_rules::write_checklist))
        .routes(routes!(schedules::list, schedules::create))
        .routes(routes!(schedules::read, schedules::change, schedules::remove))
        .routes(routes!(schedules::read_closing, schedules::write_closing))
        .routes(routes!(ticket_rules::list_policies, ticket_rules::create_policy))
        .routes(routes!(ticket_rules::change_policy, ticket_rules::remove_policy))
        .routes(routes!(ticket_rules::list_notices, ticket_rules::write_notice))
        .routes(routes!(ticket_more::list_problems, ticket_more::open_problem))
        .routes(routes!(ticket_more::read_problem))
        .routes(routes!(ticket_more::act_on_problem))
        .routes(routes!(ticket_more::list_questions, ticket_more::create_questions))
        .routes(routes!(ticket_more::change_questions, ticket_more::remove_questions))
        .routes(routes!(ticket_more::list_diagnoses, ticket_more::begin_diagnosis))
        .routes(routes!(ticket_more::log_call))
        .routes(routes!(inboxes::list, inboxes::create))
        .routes(routes!(inboxes::read, inboxes::edit))
        .routes(routes!(whatsapp::react))
        .routes(routes!(whatsapp::window))
        .routes(routes!(whatsapp::list))
        .routes(routes!(whatsapp::sync))
        .routes(routes!(agents::list))
        .routes(routes!(agents::read))
        .routes(routes!(agents::invite))
        .routes(routes!(schedules::read_skills, schedules::write_skills))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::read, webhooks::edit, webhooks::remove))
        .routes(routes!(webhooks::log))
        .routes(routes!(webhooks::replay))
        .routes(routes!(blocked::list, blocked::create))
        .routes(routes!(blocked::remove))
        .routes(routes!(broadcasts::list, broadcasts::create))
        .routes(routes!(broadcasts::read))
        .routes(routes!(broadcasts::act))
        .routes(routes!(broadcasts::recipients))
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::settle))
        .routes(routes!(desk::list_canned, desk::create_canned))
        .routes(routes!(desk::change_canned, desk::remove_canned))
        .routes(routes!(desk::list_macros, desk::create_macro))
        .routes(routes!(desk::change_macro, desk::remove_macro))
        .routes(routes!(desk::run_macro))
        .routes(routes!(rules::list_rules, rules::create_rule))
        .routes(routes!(rules::try_rule))
        .routes(routes!(rules::log))
        .routes(routes!(rules::change_rule, rules::remove_rule))
        .routes(routes!(knowledge::decided))
        .routes(routes!(knowledge::read_settings, knowledge::write_settings))
        .routes(routes!(knowledge::try_out))
        .routes(routes!(knowledge::figures))
        .routes(routes!(knowledge::learned, knowledge::teach))
        .routes(routes!(knowledge::unlearn))
        .routes(routes!(articles::list, articles::create))
        .routes(routes!(articles::read, articles::write))
        .routes(routes!(articles::act))
        .routes(routes!(article_records::versions))
        .routes(routes!(article_records::said))
        .routes(routes!(gaps::list_categories, gaps::create_category))
        .routes(routes!(gaps::change_category, gaps::remove_category))
        .routes(routes!(gaps::list))
        .routes(routes!(gaps::act))
        .routes(routes!(events::list))
        .routes(routes!(customers::customers_list, customers::customer_add))
        .routes(routes!(customers::customer_read, customers::customer_change))
        .routes(routes!(customers::statement_read))
        .routes(routes!(billing::list, billing::write))
        .routes(routes!(billing::read))
        .routes(routes!(billing::send))
        .routes(routes!(billing::void))
        .routes(routes!(billing::pay))
        .routes(routes!(billing::pay_together))
        .routes(routes!(people::list_audit))
        .routes(routes!(people::list_companies))
        .routes(routes!(people::list_people, people::set_person))
        .routes(routes!(people::list_consents, people::add_consent))
        .routes(routes!(people::erase))
        .routes(routes!(people::export))
        .routes(routes!(people::link))
        .routes(routes!(equipment::list, equipment::add))
        .routes(routes!(equipment::read, equipment::change))
        .routes(routes!(equipment::add_counter))
        .routes(routes!(readings::list, readings::enter))
        .routes(routes!(sites::list, sites::add))
        .routes(routes!(agreements::contracts_list, agreements::contract_write))
        .routes(routes!(agreements::usage))
        .routes(routes!(agreements::requests_list))
        .routes(routes!(agreements::visit_plan))
        .routes(routes!(agreements::visit))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read))
        .routes(routes!(notifications::choices, notifications::choose))
        .routes(routes!(surveys::list))
        .routes(routes!(surveys::read))
        .routes(routes!(surveys::of_contact))
        .routes(routes!(surveys::read_settings, surveys::write_settings))
        .routes(routes!(reports::read))
        .routes(routes!(me::me))
}
