//! `/healthz`, `/readyz`, `/metrics`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use conversation::leases;
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

/// How long a probe may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Ready means: not stopping, and what arrives can be kept: database and files can be written. Redis being away
/// slows, but stops nothing.
async fn ready(State(app): State<App>) -> Response {
    let is_stopping = !app.is_ready.load(Ordering::Relaxed);
    // A row that every process may write: the probe is whether the write succeeds.
    let database = tokio::time::timeout(LIMIT, leases::hold(&app.store, "ready", "anybody", 1)).await;
    let is_database_up = matches!(database, Ok(Ok(_)));
    let files = tokio::time::timeout(LIMIT, app.store.blobs().check()).await;
    let are_files_up = matches!(files, Ok(Ok(())));
    let status = if is_stopping || !is_database_up || !are_files_up {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    (
        status,
        axum::Json(json!({ "ready": status == StatusCode::OK, "database": is_database_up, "files": are_files_up, "stopping": is_stopping })),
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
