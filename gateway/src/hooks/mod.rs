//! Web hooks: WhatsApp's, Instagram's, Messenger's, Stripe's, those of bridges, and raw mail that a provider posts.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use channels::bridge::BridgeSettings;
use channels::bridge::receive::{HookError as BridgeError, Taken, receive as receive_bridge};
use channels::email::receive;
use channels::whatsapp::receive::{HookError, Received, receive as receive_whatsapp};
use channels::whatsapp::settings::WhatsappSettings;
use channels::whatsapp::{signature, webhook};
use conversation::inboxes::{self, Inbox, Opened};
use conversation::types::{Channel, InboxId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::boxed::boxed;

/// The routes under `/webhooks`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/webhooks/whatsapp/{inbox}", get(boxed(verify)).post(boxed(whatsapp)))
        .route(
            "/webhooks/instagram/{inbox}",
            get(boxed(messenger::verify_instagram)).post(boxed(messenger::instagram)),
        )
        .route(
            "/webhooks/messenger/{inbox}",
            get(boxed(messenger::verify_page)).post(boxed(messenger::page)),
        )
        .route(
            "/webhooks/email/{inbox}",
            post(boxed(mail)).layer(DefaultBodyLimit::max(LONGEST_MAIL)),
        )
        .route(
            "/webhooks/bridge/{inbox}",
            post(boxed(bridge)).layer(DefaultBodyLimit::max(channels::bridge::LONGEST_BODY)),
        )
        .route("/webhooks/stripe", post(boxed(stripe)))
}

/// The longest mail that a provider may post, in bytes: what mailboxes take, and a third for its encoding.
const LONGEST_MAIL: usize = 64 * 1024 * 1024;

/// Plain words: whoever reads a web hook's answer reads it in a log.
fn answer(status: StatusCode, words: impl Into<String>) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        words.into(),
    )
        .into_response()
}

async fn inbox(app: &App, channel: Channel, name: &str) -> Result<Arc<Opened>, Response> {
    match inboxes::opened(&app.store, channel, name).await {
        Ok(opened) if opened.inbox.is_enabled => Ok(opened),
        Ok(_) | Err(conversation::Error::NotFound) => Err(answer(StatusCode::NOT_FOUND, "no such inbox\n")),
        Err(error) => Err(unavailable(&error)),
    }
}

/// As [`inbox`], with its settings.
async fn configured<S: DeserializeOwned>(
    app: &App,
    channel: Channel,
    name: &str,
) -> Result<(Arc<Opened>, S), Response> {
    let found = inbox(app, channel, name).await?;
    let settings = found.settings().map_err(|error| unavailable(&error))?;
    Ok((found, settings))
}

/// The body, if it is no longer than `most` bytes.
async fn body_of(request: Request, most: usize) -> Result<Bytes, Response> {
    match Bytes::from_request(request, &()).await {
        Ok(body) if body.len() <= most => Ok(body),
        // The sender went away in the middle; it reads this only if it did not.
        Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::UnknownBodyError(_))) => {
            Err(answer(StatusCode::BAD_REQUEST, "not taken: the body was cut off\n"))
        }
        _ => Err(answer(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("not taken: the body is longer than {most} bytes\n"),
        )),
    }
}

fn unavailable(error: &conversation::Error) -> Response {
    tracing::error!(%error, "a web hook could not be taken; its sender will come again");
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, "not taken; try again\n");
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    response
}

#[derive(Deserialize)]
struct Challenge {
    #[serde(rename = "hub.mode", default)]
    mode: Option<String>,
    #[serde(rename = "hub.verify_token", default)]
    verify_token: Option<String>,
    #[serde(rename = "hub.challenge", default)]
    challenge: Option<String>,
}

async fn verify(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<Challenge>,
) -> Result<Response, Response> {
    let (_, settings): (_, WhatsappSettings) = configured(&app, Channel::Whatsapp, &name).await?;
    let said = signature::challenge(
        &settings.verify_token,
        query.mode.as_deref(),
        query.verify_token.as_deref(),
        query.challenge.as_deref(),
    );
    Ok(challenged(said))
}

/// The answer to Meta's verification of an address.
fn challenged(said: Result<&str, signature::ChallengeError>) -> Response {
    match said {
        Ok(challenge) => answer(StatusCode::OK, challenge),
        Err(error) => answer(StatusCode::FORBIDDEN, format!("{error}\n")),
    }
}

async fn whatsapp(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    let (found, settings): (_, WhatsappSettings) = configured(&app, Channel::Whatsapp, &name).await?;
    let body = body_of(request, webhook::MAX_BODY).await?;
    let header = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    let taken = receive_whatsapp(&app.store, &found.inbox.id, &settings, header, &body).await;
    Ok(taken_from_meta(&found.inbox, taken))
}

/// The answer to one of Meta's web hooks.
fn taken_from_meta(inbox: &Inbox, taken: Result<Received, HookError>) -> Response {
    match taken {
        Ok(received) => {
            tracing::debug!(
                messages = received.messages,
                statuses = received.statuses,
                kept = received.kept,
                "web hook taken"
            );
            StatusCode::OK.into_response()
        }
        Err(HookError::Signature(error)) => {
            metrics::counter!("webhook_refused_total", "channel" => inbox.channel.as_str()).increment(1);
            tracing::warn!(inbox = %inbox.id, %error, "web hook refused");
            answer(StatusCode::UNAUTHORIZED, format!("{error}\n"))
        }
        Err(HookError::Store(error)) => unavailable(&error),
    }
}

/// Raw MIME in the body. The poster proves itself with the inbox's own secret, which the settings
/// page shows: `Authorization: Bearer <secret>`, or HTTP Basic with the secret as the password.
async fn mail(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    let found = inbox(&app, Channel::Email, &name).await?;
    // Before anything of the body is read.
    if !shows(&headers, &mail_secret(&app, &found.inbox.id)) {
        return Err(unknown_caller(Channel::Email));
    }
    let body = body_of(request, LONGEST_MAIL).await?;
    if body.is_empty() {
        return Err(answer(
            StatusCode::BAD_REQUEST,
            "the body is empty; post the raw mail (message/rfc822)\n",
        ));
    }
    Ok(match receive::deliver(&app.store, &found.inbox.id, &body).await {
        Ok(filed) => axum::Json(json!({
            "outcome": filed.outcome, "conversation": filed.conversation, "message": filed.message, "matched_by": filed.matched_by
        }))
        .into_response(),
        Err(error) => unavailable(&error),
    })
}

/// What a bridge brings from another messenger, as JSON. It proves itself with the inbox's secret, as whoever posts mail does.
async fn bridge(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    let (found, settings): (_, BridgeSettings) = configured(&app, Channel::Bridge, &name).await?;
    if !shows(&headers, &settings.secret) {
        return Err(unknown_caller(Channel::Bridge));
    }
    let body = body_of(request, channels::bridge::LONGEST_BODY).await?;
    Ok(match receive_bridge(&app.store, &found.inbox.id, &body).await {
        Ok(Taken::Filed(filed)) => axum::Json(json!({
            "outcome": filed.outcome, "conversation": filed.conversation, "message": filed.message
        }))
        .into_response(),
        Ok(Taken::Noted(is_news)) => axum::Json(json!({ "is_news": is_news })).into_response(),
        Err(BridgeError::Refused(words)) => answer(StatusCode::UNPROCESSABLE_ENTITY, format!("not taken: {words}\n")),
        Err(BridgeError::Store(error)) => unavailable(&error),
    })
}

/// Whether the caller shows the secret, compared in constant time; nothing shows an empty one.
fn shows(headers: &HeaderMap, secret: &str) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(bearer_or_password)
        .is_some_and(|given| !secret.is_empty() && given.as_bytes().ct_eq(secret.as_bytes()).into())
}

fn unknown_caller(channel: Channel) -> Response {
    metrics::counter!("webhook_refused_total", "channel" => channel.as_str()).increment(1);
    let mut response = answer(
        StatusCode::UNAUTHORIZED,
        "give the inbox's secret as `Authorization: Bearer …`\n",
    );
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        header::HeaderValue::from_static("Bearer, Basic"),
    );
    response
}

/// Stripe's events: signed over the raw body.
async fn stripe(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    use billing::stripe::HookError;
    if body.len() > billing::stripe::MAX_BODY {
        return answer(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is longer than Stripe's events are\n",
        );
    }
    let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    match billing::stripe::receive(&app.billing, header, &body).await {
        Ok(taken) => {
            tracing::debug!(?taken, "web hook of Stripe taken");
            StatusCode::OK.into_response()
        }
        Err(HookError::Off) => answer(StatusCode::NOT_FOUND, "Stripe is not set up here\n"),
        Err(error @ HookError::Signature(_)) => {
            metrics::counter!("webhook_refused_total", "channel" => "stripe").increment(1);
            tracing::warn!(%error, "web hook of Stripe refused");
            answer(StatusCode::BAD_REQUEST, format!("{error}\n"))
        }
        Err(error @ HookError::Unreadable) => answer(StatusCode::BAD_REQUEST, format!("{error}\n")),
        Err(HookError::Store(error)) => unavailable(&error),
    }
}

/// The secret of an inbox's mail web hook; derived, so that there is nothing to store or leak.
pub fn mail_secret(app: &App, inbox: &InboxId) -> String {
    app.store.keys().sign("mail-hook", inbox.as_str())
}

fn bearer_or_password(header: &str) -> Option<String> {
    use base64::Engine;
    if let Some(token) = header.strip_prefix("Bearer ") {
        return Some(token.trim().to_owned());
    }
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(header.strip_prefix("Basic ")?.trim())
        .ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

mod messenger;
#[cfg(test)]
mod tests;
