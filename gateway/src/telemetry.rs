//! Metrics: recorded through the `metrics` facade, served as Prometheus text.

use anyhow::Result;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Instrument;

/// Installs the recorder of the process.
///
/// # Errors
/// When one is installed already.
pub fn install() -> Result<PrometheusHandle> {
    const SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    crate::watch::gauges::describe();
    Ok(handle)
}

/// Measures every request by its route, not by its address: ids would make a series each.
pub async fn measure(request: Request, next: Next) -> Response {
    let began = std::time::Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!(
        target: "trace",
        "request",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    metrics::histogram!("http_request_seconds", "route" => route, "status" => response.status().as_u16().to_string())
        .record(began.elapsed().as_secs_f64());
    response
}
