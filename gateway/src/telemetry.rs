//! Metrics: recorded through the `metrics` facade, served as Prometheus text.

use anyhow::Result;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Installs the recorder of the process.
///
/// # Errors
/// When one is installed already.
pub fn install() -> Result<PrometheusHandle> {
    const SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    metrics::describe_counter!("inbound_total", "Inbound messages by channel and outcome");
    metrics::describe_counter!("delivery_attempts_total", "Attempts to send by channel and outcome");
    metrics::describe_counter!("events_handled_total", "Events that a group handled");
    metrics::describe_gauge!("event_lag", "Positions a group is behind");
    metrics::describe_histogram!("http_request_seconds", "Time to answer a request, by route and status");
    Ok(handle)
}

/// Measures every request by its route, not by its address: ids would make a series each.
pub async fn measure(request: Request, next: Next) -> Response {
    let began = std::time::Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    metrics::histogram!("http_request_seconds", "route" => route, "status" => response.status().as_u16().to_string())
        .record(began.elapsed().as_secs_f64());
    response
}
