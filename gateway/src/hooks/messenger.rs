//! Instagram's and Messenger's web hooks: signed and verified as WhatsApp's are, each at an address of its own.

use axum::extract::{Path, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use channels::messenger::{MessengerSettings, receive, webhook};
use channels::whatsapp::signature;
use conversation::types::Channel;

use super::{Challenge, body_of, challenged, configured, taken_from_meta};
use crate::app::App;

pub(super) async fn verify_instagram(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<Challenge>,
) -> Result<Response, Response> {
    verify(&app, Channel::Instagram, &name, &query).await
}

pub(super) async fn verify_page(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<Challenge>,
) -> Result<Response, Response> {
    verify(&app, Channel::Messenger, &name, &query).await
}

pub(super) async fn instagram(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    take(&app, Channel::Instagram, &name, &headers, request).await
}

pub(super) async fn page(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    take(&app, Channel::Messenger, &name, &headers, request).await
}

async fn verify(app: &App, channel: Channel, name: &str, query: &Challenge) -> Result<Response, Response> {
    let (_, settings): (_, MessengerSettings) = configured(app, channel, name).await?;
    Ok(challenged(signature::challenge(
        &settings.verify_token,
        query.mode.as_deref(),
        query.verify_token.as_deref(),
        query.challenge.as_deref(),
    )))
}

async fn take(
    app: &App,
    channel: Channel,
    name: &str,
    headers: &HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    let (found, settings): (_, MessengerSettings) = configured(app, channel, name).await?;
    let body = body_of(request, webhook::MAX_BODY).await?;
    let header = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    let taken = receive::receive(&app.store, channel, &found.inbox.id, &settings, header, &body).await;
    Ok(taken_from_meta(&found.inbox, taken))
}
