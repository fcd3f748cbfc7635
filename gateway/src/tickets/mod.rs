//! The agents' pages of tickets: the list, one ticket, and what stands beside a conversation.

mod actions;
mod calls;
mod draw;
pub(crate) mod find;
mod frame;
mod list;
pub(crate) mod panel;
mod problems;
mod show;
pub(crate) mod similar;
mod tables;

#[cfg(test)]
mod tests;

pub(crate) use actions::told;
pub(crate) use draw::kind_name;

use axum::Router;
use axum::routing::{get, post};
use ui::routes;

use crate::app::App;
use crate::auth::guard;
use crate::boxed::boxed;

/// The routes of tickets.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::TICKETS, get(boxed(list::show)))
        .route("/tickets/export", get(boxed(tables::export)))
        .route("/tickets/{id}", get(boxed(show::show)).post(boxed(actions::edit)))
        .route("/tickets/{id}/do", post(boxed(actions::act)))
        .route("/tickets/{id}/level", post(boxed(actions::level)))
        .route("/tickets/{id}/diagnosis", post(boxed(actions::diagnose)))
        .route("/problems", get(boxed(problems::list)).post(boxed(problems::open)))
        .route("/problems/{id}", get(boxed(problems::show)).post(boxed(problems::act)))
        .route("/calls", post(boxed(calls::log)))
        .route("/calls/new", get(boxed(calls::new)))
        .route("/tickets/{id}/problem", post(boxed(actions::problem)))
        .route("/tickets/{id}/link", post(boxed(actions::link)))
        .route("/tickets/{id}/reference", post(boxed(actions::reference)));
    guard(app, inside)
}
