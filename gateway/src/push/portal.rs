//! Customers' browsers: signing up in the portal, and the service worker that shows what comes.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use conversation::desk::pushes::{self, Owner};
use portal::{guard, links};
use serde::Deserialize;
use serde_json::json;
use ui::{assets, routes};

use super::sign_up::sign_up;
use super::vapid;
use crate::app::App;
use crate::boxed::boxed;

/// The routes, behind the portal's own guard.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(routes::PORTAL_PUSH, get(boxed(show_key)).post(boxed(subscribe)))
        .route(routes::PORTAL_WORKER, get(boxed(worker)))
        .layer(from_fn(guard::same_origin))
}

fn failed(error: &conversation::Error) -> Response {
    tracing::error!(%error, "a customer's browser could not be signed up");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

async fn show_key(State(app): State<App>, headers: HeaderMap) -> Response {
    match links::session(&app.store, &headers).await {
        Ok(Some(_)) => match vapid::key(&app.store).await {
            Ok(key) => Json(json!({ "key": vapid::public(&key) })).into_response(),
            Err(error) => failed(&error),
        },
        Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => failed(&error),
    }
}

/// What a browser sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    endpoint: String,
    p256dh: String,
    auth: String,
    off: String,
}

async fn subscribe(State(app): State<App>, headers: HeaderMap, Form(sent): Form<Sent>) -> Response {
    let session = match links::session(&app.store, &headers).await {
        Ok(Some(session)) => session,
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => return failed(&error),
    };
    let owner = Owner::Contact(&session.contact.id, &session.hash);
    let done = if sent.off.is_empty() {
        sign_up(&app, &headers, owner, &sent.endpoint, &sent.p256dh, &sent.auth).await
    } else {
        pushes::unsubscribe(&app.store, owner, &sent.endpoint)
            .await
            .map_err(Some)
    };
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(None | Some(conversation::Error::Invalid(_))) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        Err(Some(error)) => failed(&error),
    }
}

async fn worker() -> Response {
    match assets::get("portal-sw.js") {
        // Browsers look for a new one each time.
        Some(script) => (
            [(header::CONTENT_TYPE, script.mime), (header::CACHE_CONTROL, "no-cache")],
            script.bytes.into_owned(),
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
