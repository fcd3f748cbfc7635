//! The settings: inboxes, people, API tokens and the quarantine for administrators, and everybody's
//! own account. Plain forms that work without scripts.

mod account;
pub(crate) mod audit;
mod blocked;
mod bridge;
mod canned;
pub(crate) mod certificates;
pub(crate) mod companies;
mod desk;
pub(crate) mod draw;
mod email;
mod fits;
mod frame;
mod health;
mod hours;
mod inboxes;
mod kept;
pub(crate) mod knowledge;
mod late;
mod leaving;
mod macros;
mod mailbox;
pub(crate) mod meanwhile;
mod menus;
mod messenger;
mod notices;
mod oauth;
mod organise;
mod others;
mod people;
pub(crate) mod privacy;
mod proactive;
mod quarantine;
mod questions;
mod rules;
mod security;
mod sign_in;
mod sla;
mod start;
mod steps;
mod surveys;
pub(crate) mod teams;
mod tickets;
mod tokens;
mod typed;
mod webhooks;
mod whatsapp;
mod works_in;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use conversation::access::Permission;
use ui::routes;

use crate::app::App;
use crate::auth::{SignedIn, guard, see_other};
use crate::boxed::boxed;
use crate::turns::in_turns;

/// The routes of the settings.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::SETTINGS, get(boxed(start)))
        .route("/settings/inboxes", get(boxed(inboxes::list)))
        .route(
            "/settings/inboxes/new/{channel}",
            get(boxed(inboxes::new)).post(boxed(inboxes::create)),
        )
        .route(
            "/settings/inboxes/{id}",
            get(boxed(inboxes::show)).post(boxed(inboxes::save)),
        )
        .route(
            "/settings/inboxes/{id}/whatsapp",
            axum::routing::post(boxed(whatsapp::act)),
        )
        .route(
            "/settings/inboxes/{id}/menu",
            get(boxed(menus::show)).post(boxed(menus::save)),
        )
        .route(
            "/settings/inboxes/{id}/menu/{entry}",
            get(boxed(menus::show_entry)).post(boxed(menus::save_entry)),
        )
        .route("/settings/inboxes/{id}/menu/{entry}/move", post(boxed(menus::shift)))
        .route("/settings/inboxes/{id}/proactive", get(boxed(proactive::list)))
        .route(
            "/settings/inboxes/{id}/proactive/{message}",
            get(boxed(proactive::show)).post(boxed(proactive::save)),
        )
        .route(
            "/settings/inboxes/{id}/proactive/{message}/move",
            post(boxed(proactive::shift)),
        )
        .route(
            "/settings/inboxes/{id}/people",
            get(boxed(works_in::people)).post(boxed(works_in::save_people)),
        )
        .route("/settings/inboxes/{id}/audit", post(boxed(mailbox::compare)))
        .route("/settings/inboxes/{id}/file", post(boxed(mailbox::file)))
        .route("/settings/oauth/callback", get(boxed(oauth::callback)))
        .route(
            "/settings/oauth/{provider}",
            get(boxed(oauth::show)).post(boxed(oauth::save)),
        )
        .route("/settings/oauth/{provider}/connect", get(boxed(oauth::connect)))
        .route("/settings/people", get(boxed(people::list)).post(boxed(people::invite)))
        .route("/settings/people/{id}", post(boxed(people::change)))
        .route(
            "/settings/people/{id}/inboxes",
            get(boxed(works_in::show)).post(boxed(works_in::save)),
        )
        .route("/settings/security", get(boxed(security::show)))
        .route("/settings/security/app", post(boxed(security::app_code)))
        .route("/settings/security/codes", post(boxed(security::make_codes)))
        .route("/settings/security/passkeys", post(boxed(security::add_key)))
        .route("/settings/security/passkeys/begin", post(boxed(security::begin_key)))
        .route("/settings/security/passkeys/remove", post(boxed(security::remove_key)))
        .route(
            "/settings/sign-in",
            get(boxed(sign_in::show)).post(boxed(sign_in::save)),
        )
        .route("/settings/companies", get(boxed(companies::list)))
        .route("/settings/companies/{id}", get(boxed(companies::show)))
        .route("/settings/companies/{id}/people", post(boxed(companies::people)))
        .route(
            "/settings/companies/{id}/coordinators",
            post(boxed(companies::coordinators)),
        )
        .route(routes::PRIVACY, get(boxed(privacy::show)).post(boxed(privacy::save)))
        .route("/settings/privacy/contacts/{id}", post(boxed(privacy::act::settle)))
        .route(
            "/settings/privacy/contacts/{id}/export",
            get(boxed(privacy::act::export)),
        )
        .route("/settings/health", get(boxed(health::show)).post(boxed(health::check)))
        .route("/settings/health/dead", post(boxed(health::put_away)))
        .route("/settings/audit", get(boxed(audit::show)))
        .route("/settings/audit/export", get(boxed(audit::export)))
        .route("/settings/organise", get(boxed(organise::show)))
        .route("/settings/organise/teams", post(boxed(organise::team)))
        .route(
            "/settings/organise/teams/{id}",
            get(boxed(teams::show)).post(boxed(teams::save)),
        )
        .route("/settings/organise/labels", post(boxed(organise::label)))
        .route("/settings/organise/labels/{id}", post(boxed(organise::change_label)))
        .route("/settings/organise/limits", post(boxed(organise::limits)))
        .route("/settings/organise/fields", post(boxed(organise::field)))
        .route(
            "/settings/organise/fields/{id}/remove",
            post(boxed(organise::remove_field)),
        )
        .route("/settings/tokens", get(boxed(tokens::list)).post(boxed(tokens::create)))
        .route("/settings/tokens/{id}/revoke", post(boxed(tokens::revoke)))
        .route(
            "/settings/webhooks",
            get(boxed(webhooks::list)).post(boxed(webhooks::create)),
        )
        .route(
            "/settings/webhooks/{id}",
            get(boxed(webhooks::show)).post(boxed(webhooks::save)),
        )
        .route("/settings/webhooks/{id}/replay", post(boxed(webhooks::replay)))
        .route("/settings/quarantine", get(boxed(quarantine::list)))
        .route("/settings/quarantine/{id}/raw", get(boxed(quarantine::raw)))
        .route("/settings/quarantine/{id}/settle", post(boxed(quarantine::settle)))
        .route("/settings/blocked", get(boxed(blocked::list)).post(boxed(blocked::add)))
        .route("/settings/blocked/{id}/unblock", post(boxed(blocked::unblock)))
        .route(routes::START, get(boxed(start::show)).post(boxed(start::act)))
        .route("/settings/desk", get(boxed(desk::show)).post(boxed(desk::save)))
        .route("/settings/canned", get(boxed(canned::list)).post(boxed(canned::create)))
        .route(
            "/settings/canned/{id}",
            get(boxed(canned::show)).post(boxed(canned::save)),
        )
        .route("/settings/macros", get(boxed(macros::list)).post(boxed(macros::create)))
        .route(
            "/settings/macros/{id}",
            get(boxed(macros::show)).post(boxed(macros::save)),
        )
        .route("/settings/rules", get(boxed(rules::list)))
        .route("/settings/rules/new", get(boxed(rules::new)).post(boxed(rules::create)))
        .route("/settings/rules/{id}", get(boxed(rules::show)).post(boxed(rules::save)))
        .route("/settings/rules/{id}/move", post(boxed(rules::shift)))
        .route("/settings/hours", get(boxed(hours::list)))
        .route("/settings/hours/{id}", get(boxed(hours::show)).post(boxed(hours::save)))
        .route(
            "/settings/hours/inbox/{id}",
            get(boxed(hours::inbox)).post(boxed(hours::save_inbox)),
        )
        .route("/settings/tickets", get(boxed(tickets::show)))
        .route("/settings/tickets/categories", post(boxed(tickets::add_category)))
        .route(
            "/settings/tickets/categories/{id}",
            post(boxed(tickets::change_category)),
        )
        .route(
            "/settings/tickets/levels/{level}",
            get(boxed(tickets::level)).post(boxed(tickets::save_level)),
        )
        .route(
            "/settings/tickets/notices",
            get(boxed(notices::show)).post(boxed(notices::save)),
        )
        .route("/settings/tickets/closing", post(boxed(tickets::save_closing)))
        .route("/settings/tickets/fields/{id}", post(boxed(tickets::save_field)))
        .route("/settings/tickets/skills/{id}", post(boxed(tickets::save_skills)))
        .route("/settings/questions", get(boxed(questions::list)))
        .route(
            "/settings/questions/{id}",
            get(boxed(questions::show)).post(boxed(questions::save)),
        )
        .route("/settings/sla", get(boxed(sla::list)))
        .route("/settings/sla/{id}", get(boxed(sla::show)).post(boxed(sla::save)))
        .route("/settings/sla/{id}/move", post(boxed(sla::shift)))
        .route("/settings/surveys", get(boxed(surveys::show)))
        .route("/settings/surveys/{kind}", post(boxed(surveys::save)))
        .route(
            "/settings/knowledge",
            get(boxed(knowledge::show)).post(boxed(knowledge::save)),
        )
        .route("/settings/knowledge/try", post(boxed(knowledge::try_out)))
        .route(
            "/settings/knowledge/learned/{id}/remove",
            post(boxed(knowledge::unlearn)),
        )
        .route(
            "/settings/account",
            get(boxed(account::show)).post(boxed(account::save)),
        )
        .route("/settings/account/password", post(boxed(account::password)))
        .route("/settings/account/sessions", post(boxed(account::end_session)));
    guard(app, in_turns(&app.turns, inside))
}

async fn start(me: SignedIn) -> Response {
    see_other(if me.can(Permission::Administer) {
        "/settings/inboxes"
    } else {
        "/settings/account"
    })
}
