//! Web Push (RFC 8030): browsers sign up, and a sender brings them what their agent is told.

mod crypt;
mod vapid;

#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::desk::bell;
use conversation::desk::pushes::{self, Outcome, Push, Subscription};
use conversation::types::AgentId;
use conversation::{Error, Result, Store};
use p256::SecretKey;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use ui::Ctx;
use url::Url;

use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::outgoing::{self, Allowed};
use crate::people::agents;

/// How long a push service may keep a word for a browser that is away, in seconds.
const KEEP: u32 = 3600;
/// How long a push service may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many are sent at a time.
const BATCH: i64 = 32;

/// The key that browsers sign up with.
pub(crate) async fn show_key(State(app): State<App>, _me: SignedIn) -> Result<Response, Failure> {
    let key = vapid::key(&app.store).await?;
    Ok(Json(json!({ "key": vapid::public(&key) })).into_response())
}

/// A browser signs up, or out.
pub(crate) async fn subscribe(State(app): State<App>, headers: HeaderMap, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let endpoint = form.get("endpoint");
    if form.is_on("off") {
        pushes::unsubscribe(&app.store, &me.agent.id, endpoint).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if allowed(&app, endpoint).is_none() {
        return Err(Error::Invalid("endpoint: a push service is reached by https".to_owned()).into());
    }
    let (p256dh, auth) = (form.get("p256dh"), form.get("auth"));
    let (Some(key), Some(secret)) = (decoded(p256dh), decoded(auth)) else {
        return Err(Failure::Unreadable);
    };
    // A key that nothing can be encrypted for is better refused now than found out later.
    let probe = vapid::random_key(app.store.env());
    if crypt::encrypt(&key, &secret, &probe, &[0; 16], b"").is_err() {
        return Err(Failure::Unreadable);
    }
    let browser = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    pushes::subscribe(&app.store, &me.agent.id, endpoint, p256dh, auth, browser).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('=')).ok()
}

/// The address of a push service: no machine of our own network, unless the configuration allows it.
fn allowed(app: &App, endpoint: &str) -> Option<Url> {
    outgoing::address(endpoint, &Allowed::new(&app.config.outgoing.allow_private)).ok()
}

/// Sends what is due until told to stop.
pub(crate) async fn run(app: &App, stop: CancellationToken) -> Result<()> {
    let client = outgoing::client(&Allowed::new(&app.config.outgoing.allow_private), PATIENCE)
        .map_err(|error| Error::Invalid(format!("no client for push services: {error}")))?;
    while !stop.is_cancelled() {
        while send_due(app, &client).await? > 0 {}
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(Duration::from_secs(1)) => {} }
    }
    Ok(())
}

/// Sends what is due; returns how much there was.
pub(crate) async fn send_due(app: &App, client: &reqwest::Client) -> Result<usize> {
    let due = pushes::lease(&app.store, BATCH).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let key = vapid::key(&app.store).await?;
    for (push, browser) in &due {
        let outcome = send(app, client, &key, push, browser).await?;
        pushes::settle(&app.store, push, outcome).await?;
    }
    Ok(due.len())
}

async fn send(
    app: &App,
    client: &reqwest::Client,
    key: &SecretKey,
    push: &Push,
    browser: &Subscription,
) -> Result<Outcome> {
    let Some(words) = words(app, &browser.agent_id, &push.notification_id).await? else {
        return Ok(Outcome::Done);
    };
    let Some(url) = allowed(app, &browser.endpoint) else {
        return Ok(Outcome::Gone);
    };
    let (Some(p256dh), Some(auth)) = (decoded(&browser.p256dh), decoded(&browser.auth)) else {
        return Ok(Outcome::Gone);
    };
    let mut salt = [0; 16];
    app.store.env().fill(&mut salt);
    let secret = vapid::random_key(app.store.env());
    let Ok(body) = crypt::encrypt(&p256dh, &auth, &secret, &salt, words.text.as_bytes()) else {
        return Ok(Outcome::Gone);
    };
    let origin = url.origin().ascii_serialization();
    let answer = client
        .post(url)
        .header(
            "authorization",
            vapid::authorization(key, &origin, &app.public_url(), app.store.now()),
        )
        .header("content-encoding", "aes128gcm")
        .header("content-type", "application/octet-stream")
        .header("ttl", KEEP)
        .header("urgency", "high")
        .header("topic", words.topic)
        .body(body)
        .send()
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::debug!(%error, "a push service did not answer");
            return Ok(Outcome::Again(None));
        }
    };
    metrics::counter!("push_total", "status" => answer.status().as_u16().to_string()).increment(1);
    Ok(match answer.status().as_u16() {
        200..=299 => Outcome::Done,
        404 | 410 => Outcome::Gone,
        429 | 500..=599 => {
            let after = answer
                .headers()
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
            Outcome::Again(after.map(|seconds| seconds.clamp(1, 3600) * 1000))
        }
        status => {
            tracing::warn!(status, "a push service refused a word");
            Outcome::Done
        }
    })
}

struct Words {
    text: String,
    topic: String,
}

/// What the browser shows; `None` when it was read meanwhile, or is gone.
async fn words(app: &App, agent: &AgentId, notification: &str) -> Result<Option<Words>> {
    let store: &Store = &app.store;
    let told = match bell::load(store.db(), notification).await {
        Ok((whose, told)) if whose == *agent => told,
        Ok(_) | Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let agent = agents::load(store.db(), agent).await?;
    let tz = app.config.time_zone();
    let ctx = Ctx {
        lang: agent.language,
        now: store.now(),
        tz: &tz,
        csrf: "",
    };
    let view = crate::bell::views(store, vec![told.clone()]).await?.remove(0);
    let text = json!({
        "title": ui::bell_page::sentence(&ctx, &view),
        "body": told.words,
        "url": view.url,
        "tag": told.conversation,
    });
    // A later word about the same conversation takes the place of an earlier one (RFC 8030, 5.4).
    let topic: String = told.conversation.as_str().chars().take(32).collect();
    Ok(Some(Words {
        text: text.to_string(),
        topic,
    }))
}
