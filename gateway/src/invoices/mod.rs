//! Billing for the business's people: documents, customers, imports, recurrences, settings. Plain forms that
//! work without scripts. Everybody may read; agents write; settings are the administrator's.

mod actions;
mod customers;
mod drop;
mod editor;
mod frame;
mod import;
mod known;
mod list;
mod recurring;
mod settings;
mod show;
mod tables;
pub(crate) mod tasks;

use axum::Router;
use axum::routing::{get, post};
use ui::routes;

use crate::app::App;
use crate::auth::guard;
use crate::boxed::boxed;
use crate::turns::in_turns;

pub(crate) use drop::choices;

/// The routes of billing.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::BILLING, get(boxed(list::show)))
        .route("/billing/export", get(boxed(tables::documents)))
        .route("/billing/customers/export", get(boxed(tables::customers)))
        .route("/billing/new", get(boxed(editor::new)).post(boxed(editor::create)))
        .route("/billing/documents/{id}", get(boxed(show::show)))
        .route(
            "/billing/documents/{id}/edit",
            get(boxed(editor::edit)).post(boxed(editor::save)),
        )
        .route("/billing/documents/{id}/pdf", get(boxed(show::pdf)))
        .route("/billing/documents/{id}/send", post(boxed(actions::send)))
        .route("/billing/documents/{id}/resend", post(boxed(actions::resend)))
        .route("/billing/documents/{id}/void", post(boxed(actions::void)))
        .route("/billing/documents/{id}/delete", post(boxed(actions::delete)))
        .route("/billing/documents/{id}/payment", post(boxed(actions::payment)))
        .route("/billing/documents/{id}/transfer", post(boxed(actions::transfer)))
        .route("/billing/documents/{id}/take-back", post(boxed(actions::take_back)))
        .route("/billing/documents/{id}/refund", post(boxed(actions::refund)))
        .route("/billing/documents/{id}/credit", post(boxed(actions::credit)))
        .route("/billing/documents/{id}/files", post(boxed(actions::attach)))
        .route("/billing/documents/{id}/recurring", post(boxed(recurring::begin)))
        .route("/billing/files/{id}", get(boxed(show::file)))
        .route("/billing/recurring", get(boxed(recurring::list)))
        .route("/billing/recurring/{id}", post(boxed(recurring::toggle)))
        .route("/billing/customers", get(boxed(customers::list)))
        .route(
            "/billing/customers/new",
            get(boxed(customers::new)).post(boxed(customers::create)),
        )
        .route(
            "/billing/customers/{id}",
            get(boxed(customers::show)).post(boxed(customers::save)),
        )
        .route("/billing/customers/{id}/revoke", post(boxed(customers::revoke)))
        .route("/billing/import", get(boxed(import::list)).post(boxed(import::begin)))
        .route("/billing/import/example/{kind}", get(boxed(import::example)))
        .route("/billing/import/{id}", get(boxed(import::show)))
        .route("/billing/import/{id}/confirm", post(boxed(import::confirm)))
        .route("/billing/settings/preview", get(boxed(settings::preview)))
        .route(routes::DROP_INVOICE, post(boxed(drop::drop)));
    let forms = Router::new()
        .route(
            "/billing/settings",
            get(boxed(settings::show)).post(boxed(settings::save)),
        )
        .route("/billing/settings/stripe", post(boxed(settings::save_stripe)));
    guard(app, inside.merge(in_turns(&app.turns, forms)))
}

#[cfg(test)]
mod tests;
