//! What makes the agents' pages an application: manifest, icons, service worker.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use ui::{assets, routes};

use crate::app::App;
use crate::boxed::boxed;

const ICON_192: &[u8] = include_bytes!("icons/icon-192.png");
const ICON_512: &[u8] = include_bytes!("icons/icon-512.png");

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(routes::MANIFEST, get(boxed(manifest)))
        .route(routes::SERVICE_WORKER, get(boxed(service_worker)))
        .route("/icon-192.png", get(async || icon(ICON_192)))
        .route("/icon-512.png", get(async || icon(ICON_512)))
}

async fn manifest(State(app): State<App>) -> Response {
    let name = app.business_name();
    let name = if name.trim().is_empty() {
        "Switchboard".to_owned()
    } else {
        format!("{name} · Switchboard")
    };
    let icon = |size: &str, purpose: &str| json!({ "src": format!("/icon-{size}.png"), "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": "/inbox",
        "name": name,
        "short_name": "Switchboard",
        "start_url": routes::INBOX,
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f5f6",
        "theme_color": "#0b6b5d",
        "icons": [icon("192", "any"), icon("512", "any"), icon("192", "maskable"), icon("512", "maskable")],
        "shortcuts": [{ "name": "Inbox", "url": routes::INBOX }],
    });
    let mut response = Json(manifest).into_response();
    if let Ok(kind) = "application/manifest+json".parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

async fn service_worker() -> Response {
    match assets::get("sw.js") {
        // Browsers look for a new one each time.
        Some(script) => (
            [(header::CONTENT_TYPE, script.mime), (header::CACHE_CONTROL, "no-cache")],
            script.bytes.into_owned(),
        )
            .into_response(),
        None => axum::http::StatusCode::NOT_FOUND.into_response(),
    }
}

fn icon(bytes: &'static [u8]) -> Response {
    (
        [
            (header::CONTENT_TYPE, "image/png"),
            (header::CACHE_CONTROL, "public, max-age=86400"),
        ],
        bytes,
    )
        .into_response()
}
