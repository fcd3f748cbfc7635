//! The chat widget's side of the server: its script and frame, its API, its event stream. The
//! protocol is written down in `ui/WIDGET_PROTOCOL.md`.

pub mod continuity;
pub mod identity;
pub mod settings;

mod api;
mod articles;
mod before;
mod error;
mod files;
mod limits;
mod pages;
mod presence;
mod proactive;
mod session;
pub(crate) mod store;
mod stream;
mod transcript;
mod view;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::boxed::boxed;

pub use before::{Ask, Asked, Before};
pub use settings::{WidgetSettings, origin};

/// What the widget's handlers share. Cheap to clone.
#[derive(Clone)]
struct Widget {
    app: App,
    limits: Arc<limits::Limits>,
    owners: Arc<store::Owners>,
    presence: Arc<presence::Presence>,
    ranked: Arc<articles::Ranked>,
    /// Ends the open streams, so that the server can stop.
    stop: CancellationToken,
}

/// Forgets visitors who never said anything, a part at a time; returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn prune_visitors(store: &conversation::Store) -> conversation::Result<u64> {
    store::prune(store).await
}

/// Every route of the widget: `/widget.js`, `/widget/…`, `/assets/…` and `/sample`. Open streams end
/// with `stop`.
pub fn routes(app: App, stop: CancellationToken) -> Router {
    let widget = Widget {
        limits: Arc::new(limits::Limits::new(app.store.env())),
        owners: Arc::default(),
        presence: Arc::default(),
        ranked: Arc::default(),
        app,
        stop,
    };
    let api = Router::new()
        .route("/session", post(boxed(session::begin)))
        .route("/messages", post(boxed(api::send)))
        .route("/typing", post(boxed(api::typing)))
        .route("/read", post(boxed(api::read)))
        .route("/about", post(boxed(before::about)))
        .route("/email", post(boxed(api::email)))
        .route("/transcript", post(boxed(transcript::send)))
        .route("/articles", get(boxed(articles::list)))
        .route("/articles/{id}", get(boxed(articles::read)))
        .route("/articles/{id}/verdict", post(boxed(articles::verdict)))
        .route("/stream", get(boxed(stream::follow)))
        .layer(DefaultBodyLimit::max(256 * 1024))
        .merge(
            Router::new()
                .route("/uploads", post(boxed(files::upload)))
                .layer(DefaultBodyLimit::max(limits::LARGEST + 64 * 1024)),
        )
        .layer(middleware::from_fn(error::same_origin));
    Router::new()
        .nest(ui::routes::WIDGET_API, api)
        .route(
            "/widget/proactive/{inbox}",
            get(boxed(proactive::script))
                .post(boxed(proactive::count))
                .layer(DefaultBodyLimit::max(8 * 1024)),
        )
        .route("/widget/files/{signed}", get(boxed(files::download)))
        .route(ui::routes::WIDGET_SCRIPT, get(boxed(pages::script)))
        .route(ui::routes::WIDGET_FRAME, get(boxed(pages::frame)))
        .route(ui::routes::SAMPLE, get(boxed(pages::sample)))
        .route("/assets/{*path}", get(boxed(pages::asset)))
        .with_state(widget)
}

#[cfg(test)]
mod tests;
