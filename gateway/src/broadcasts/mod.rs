//! Broadcasts: one message to many customers. Who watches over the work sees them, who administers makes them.

mod edit;
mod frame;
mod list;
mod people;
mod show;
pub(crate) mod tasks;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use axum::Router;
use axum::routing::get;
use ui::routes;

use crate::app::App;
use crate::auth::guard;
use crate::boxed::boxed;

/// The routes of broadcasts.
pub(crate) fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::BROADCASTS, get(boxed(list::show)).post(boxed(edit::create)))
        .route("/broadcasts/new", get(boxed(edit::new)))
        .route("/broadcasts/{id}", get(boxed(show::show)).post(boxed(show::act)))
        .route("/broadcasts/{id}/live", get(boxed(show::live)))
        .route("/broadcasts/{id}/edit", get(boxed(edit::show)).post(boxed(edit::save)))
        .route("/broadcasts/{id}/recipients", get(boxed(people::show)))
        .route("/broadcasts/{id}/recipients.csv", get(boxed(people::csv)));
    guard(app, inside)
}
