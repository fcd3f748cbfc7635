//! Every route on one screen.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::{health, hooks};

/// Everything that a `web` process serves.
pub fn routes(app: &App, metrics: PrometheusHandle) -> Router {
    Router::new()
        .merge(hooks::routes())
        .merge(health::routes(metrics))
        .layer(DefaultBodyLimit::max(app.config.server.max_body))
        .layer(CatchPanicLayer::new())
        .with_state(app.clone())
}

/// What every process serves, whatever its role.
pub fn operations(app: &App, metrics: PrometheusHandle) -> Router {
    Router::new().merge(health::routes(metrics)).with_state(app.clone())
}
