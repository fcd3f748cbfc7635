//! `/healthz`, `/readyz`, `/metrics`, and a short stream that shows whether a proxy holds events back.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use conversation::leases;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::boxed::boxed;
use crate::watch;

/// Where the stream is that `doctor` reads through the proxy.
pub(crate) const STREAM: &str = "/healthz/stream";
/// Between its two events, in milliseconds: unless asked otherwise, and at most.
const STREAM_PAUSE: u64 = 600;
const LONGEST_PAUSE: u64 = 5_000;

/// The routes that operators and load balancers ask.
pub fn routes(metrics: PrometheusHandle) -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route(
            STREAM,
            get(async |Query(asked): Query<Asked>, headers: HeaderMap| stream(&asked, &headers)),
        )
        .route("/readyz", get(boxed(ready)))
        .route(
            "/metrics",
            get(move |State(app): State<App>, request: Request| show(app, metrics.clone(), request)),
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

/// Says, on that stream, whether the proxy says who is at its other end.
pub(crate) const FORWARDED_SEEN: &str = "x-forwarded-seen";

#[derive(Deserialize)]
struct Asked {
    /// The milliseconds between the two events.
    pause: Option<u64>,
}

/// Two events with a pause between them: a proxy that holds events back brings them together.
fn stream(asked: &Asked, headers: &HeaderMap) -> Response {
    let pause = Duration::from_millis(asked.pause.unwrap_or(STREAM_PAUSE).min(LONGEST_PAUSE));
    let is_forwarded = headers.contains_key("x-forwarded-for");
    let events = futures::stream::unfold(0u8, move |sent| async move {
        if sent == 1 {
            tokio::time::sleep(pause).await;
        }
        (sent < 2).then(|| {
            let event = format!("data: {sent}\n\n");
            (Ok::<_, std::convert::Infallible>(Bytes::from(event)), sent + 1)
        })
    });
    (
        [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-store"),
            (header::HeaderName::from_static("x-accel-buffering"), "no"),
            (
                header::HeaderName::from_static(FORWARDED_SEEN),
                if is_forwarded { "yes" } else { "no" },
            ),
        ],
        Body::from_stream(events),
    )
        .into_response()
}

/// Headers that a proxy adds: the request came from somewhere else.
const FORWARDED: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
    "cf-connecting-ip",
];

/// Who may read the metrics: whoever brings `metrics.token`; where none is set, this machine and its private
/// network, but not what a proxy passes on from outside.
///
/// # Errors
/// The status and the words for whoever may not.
fn may_read(token: Option<&str>, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<(), (StatusCode, &'static str)> {
    if let Some(token) = token {
        let brought = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, token)| token.trim());
        return if bool::from(brought.as_bytes().ct_eq(token.as_bytes())) {
            Ok(())
        } else {
            Err((
                StatusCode::UNAUTHORIZED,
                "metrics are for who brings metrics.token: Authorization: Bearer …\n",
            ))
        };
    }
    let is_near = match peer.map(|peer| peer.to_canonical()) {
        Some(IpAddr::V4(peer)) => peer.is_loopback() || peer.is_private() || peer.is_link_local(),
        Some(IpAddr::V6(peer)) => peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local(),
        None => false,
    };
    if is_near && !FORWARDED.iter().any(|name| headers.contains_key(*name)) {
        Ok(())
    } else {
        Err((
            StatusCode::FORBIDDEN,
            "metrics are read from this machine or its private network, past the proxy; set metrics.token to read them from elsewhere\n",
        ))
    }
}

async fn show(app: App, metrics: PrometheusHandle, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let token = app.config.metrics.token.as_deref();
    if let Err((status, words)) = may_read(token, peer.map(|peer| peer.0.ip()), request.headers()) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        return if status == StatusCode::UNAUTHORIZED {
            (status, challenge, words).into_response()
        } else {
            (status, words).into_response()
        };
    }
    watch::gauges::refresh(&app).await;
    metrics.run_upkeep();
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.render(),
    )
        .into_response()
}

#[cfg(test)]
mod tests;
