//! Every route on one screen.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{ACCEPT, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::app::App;
use crate::auth::limits;
use crate::boxed::boxed;
use crate::{
    api, articles, auth, bell, broadcasts, equipment, health, help, hooks, inbox, invoices, linger, manual, push,
    reports, settings, telemetry, tickets, widget,
};
use portal::Portal;
use portal::request::ClientAddress;

/// Everything that a `web` process serves.
pub fn routes(app: &App, metrics: PrometheusHandle) -> Router {
    let portal = Portal::new(
        app.store.clone(),
        app.public_url(),
        app.config.is_https(),
        app.billing.clone(),
        app.stop.clone(),
    );
    Router::new()
        .nest("/api/v1", api::routes(app))
        .merge(hooks::routes())
        .merge(auth::routes(app))
        .merge(inbox::routes(app))
        .merge(invoices::routes(app))
        .merge(equipment::routes(app))
        .merge(tickets::routes(app))
        .merge(settings::routes(app))
        .merge(articles::routes(app))
        .merge(bell::routes(app))
        .merge(push::routes(app))
        .merge(reports::routes(app))
        .merge(broadcasts::routes(app))
        .merge(help::routes(app))
        .merge(manual::routes(app))
        .merge(file_links(app))
        .merge(health::routes(metrics))
        .merge(auth::nothing_here(app))
        .layer(DefaultBodyLimit::max(app.config.server.max_body))
        .with_state(app.clone())
        // These have a state and limits of their own.
        .merge(widget::routes(app.clone(), app.stop.clone()))
        .merge(portal::routes(portal))
        .layer(axum::middleware::from_fn(to_its_page))
        .layer(axum::middleware::from_fn(from_where))
        .layer(axum::middleware::from_fn(retry_later))
        .layer(axum::middleware::from_fn(telemetry::measure))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn(linger::hear_out))
}

/// Links to files, which ask for no sign-in: where one is no longer good, a page says so in the reader's language.
fn file_links(app: &App) -> Router<App> {
    let links = Router::new().route("/f/{signed}", axum::routing::get(boxed(api::people::follow)));
    auth::guard(app, links)
}

/// Says who is at the other end of the proxy: what one address may do is counted for each customer, not for the proxy.
async fn from_where(mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| peer.ip());
    if let Some(address) = limits::address(peer, request.headers()) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    next.run(request).await
}

/// A form that was refused, or says that it was saved, stands in the browser under the address that it was sent to.
/// Whoever opens that address anew, from the history or a bookmark, comes to the page that the form is on.
async fn to_its_page(request: Request, next: Next) -> Response {
    let wants_page = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/html"));
    let page = (request.method() == Method::GET && wants_page)
        .then(|| request.uri().path().trim_end_matches('/').rsplit_once('/'))
        .flatten()
        .map(|(page, _)| page.to_owned())
        .filter(|page| !page.is_empty() && !page.starts_with("//") && !page.starts_with("/api/"));
    let response = next.run(request).await;
    match page {
        Some(page) if response.status() == StatusCode::METHOD_NOT_ALLOWED => auth::see_other(&page),
        _ => response,
    }
}

/// Who is told that we cannot serve at the moment is told when to come again.
async fn retry_later(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .entry(RETRY_AFTER)
            .or_insert(HeaderValue::from_static("5"));
    }
    response
}

/// What every process serves, whatever its role.
pub fn operations(app: &App, metrics: PrometheusHandle) -> Router {
    Router::new().merge(health::routes(metrics)).with_state(app.clone())
}
