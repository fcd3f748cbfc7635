//! The knowledge base for those who write it: list, editor, review, versions, categories, files, and the questions
//! that no article answers. Plain forms that work without scripts; one script makes writing comfortable.
//!
//! Everybody of the business reads what is meant for their level; agents write.

mod act;
mod categories;
mod editor;
pub(crate) mod export;
mod files;
mod frame;
mod from;
mod gaps;
mod list;
pub(crate) mod place;
mod reading;
#[cfg(test)]
mod tests;
mod versions;
mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use ui::routes;

use crate::app::App;
use crate::auth::guard;
use crate::boxed::boxed;

pub(crate) use from::panel;

/// The routes of the knowledge base.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::KNOWLEDGE, get(boxed(list::show)))
        .route("/knowledge/new", get(boxed(editor::new)).post(boxed(editor::create)))
        .route("/knowledge/preview", post(boxed(editor::preview)))
        .route("/knowledge/export", get(boxed(export::download)))
        .route("/knowledge/from/{conversation}", get(boxed(from::show)))
        .route("/knowledge/gaps", get(boxed(gaps::list)))
        .route("/knowledge/gaps/{id}", get(boxed(gaps::show)).post(boxed(gaps::act)))
        .route(
            "/knowledge/categories",
            get(boxed(categories::list)).post(boxed(categories::create)),
        )
        .route("/knowledge/categories/{id}", post(boxed(categories::change)))
        .route("/knowledge/a/{id}", get(boxed(reading::show)).post(boxed(act::act)))
        .route(
            "/knowledge/a/{id}/edit",
            get(boxed(editor::edit)).post(boxed(editor::save)),
        )
        .route("/knowledge/a/{id}/keep", post(boxed(editor::keep)))
        .route(
            "/knowledge/a/{id}/versions",
            get(boxed(versions::show)).post(boxed(versions::restore)),
        )
        .route("/knowledge/a/{id}/feedback", get(boxed(reading::feedback)))
        .route(
            "/knowledge/a/{id}/files",
            post(boxed(files::upload)).layer(DefaultBodyLimit::max(kb::files::LARGEST + 1024 * 1024)),
        )
        .route("/knowledge/a/{id}/files/{file}", post(boxed(files::remove)));
    guard(app, inside)
}
