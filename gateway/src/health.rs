//! `/healthz`, `/readyz`, `/metrics`.

use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;

use crate::app::App;

/// The routes that operators and load balancers ask.
pub fn routes(metrics: PrometheusHandle) -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(move |State(app): State<App>| show(app, metrics.clone())),
        )
}

/// Ready means: not stopping, and the database answers. Redis being away slows, but stops nothing.
async fn ready(State(app): State<App>) -> Response {
    let is_stopping = !app.is_ready.load(Ordering::Relaxed);
    let database = tokio::time::timeout(std::time::Duration::from_secs(2), app.store.head()).await;
    let is_database_up = matches!(database, Ok(Ok(_)));
    let status = if is_stopping || !is_database_up {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    (
        status,
        axum::Json(json!({ "ready": status == StatusCode::OK, "database": is_database_up, "stopping": is_stopping })),
    )
        .into_response()
}

async fn show(app: App, metrics: PrometheusHandle) -> Response {
    metrics::gauge!("sse_clients").set(app.realtime.followers() as f64);
    metrics.run_upkeep();
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.render(),
    )
        .into_response()
}
