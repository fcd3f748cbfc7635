//! Web Push (RFC 8030): browsers sign up, and a sender brings them what their agent is told.

mod crypt;
mod portal;
mod sign_up;
mod vapid;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use conversation::desk::bell;
use conversation::desk::pushes::{self, Outcome, Owner, Push, Side, Subscription};
use conversation::notifications;
use conversation::types::{AgentId, ContactId, Language};
use conversation::{Error, Result, Store, contacts};
use futures::future::join_all;
use p256::SecretKey;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use ui::{Ctx, routes};

use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, guard};
use crate::boxed::boxed;
use crate::people::agents;
use channels::outgoing::{self, Allowed};
use sign_up::{allowed, decoded, sign_up};

/// How long a push service may keep a word for a browser that is away, in seconds.
const KEEP: u32 = 3600;
/// How long a push service may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// How many are sent at a time.
const BATCH: i64 = 32;

/// The routes by which browsers sign up: agents' and customers'.
pub(crate) fn routes(app: &App) -> Router<App> {
    let inside = Router::new().route(routes::PUSH, get(boxed(show_key)).post(boxed(subscribe)));
    guard(app, inside).merge(portal::routes())
}

/// The key that browsers sign up with.
async fn show_key(State(app): State<App>, _me: SignedIn) -> Result<Response, Failure> {
    let key = vapid::key(&app.store).await?;
    Ok(Json(json!({ "key": vapid::public(&key) })).into_response())
}

/// A browser signs up, or out.
async fn subscribe(State(app): State<App>, headers: HeaderMap, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let endpoint = form.get("endpoint");
    let owner = Owner::Agent(&me.agent.id);
    if form.is_on("off") {
        pushes::unsubscribe(&app.store, owner, endpoint).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    match sign_up(&app, &headers, owner, endpoint, form.get("p256dh"), form.get("auth")).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(Some(error)) => Err(error.into()),
        Err(None) => Err(Failure::Unreadable),
    }
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
    let mut sent = 0;
    for side in [Side::Agents, Side::Contacts] {
        let due = pushes::lease(&app.store, side, BATCH).await?;
        if due.is_empty() {
            continue;
        }
        let key = vapid::key(&app.store).await?;
        sent += due.len();
        // A push service that says nothing holds up its own browsers and nobody else's; what one browser hears stays in
        // order.
        let mut browsers: BTreeMap<String, Vec<(Push, Subscription)>> = BTreeMap::new();
        for (push, browser) in due {
            browsers.entry(browser.id.clone()).or_default().push((push, browser));
        }
        let told = browsers.into_values().map(|words| tell(app, client, &key, side, words));
        for one in join_all(told).await {
            one?;
        }
    }
    Ok(sent)
}

/// Sends one browser its words.
async fn tell(
    app: &App,
    client: &reqwest::Client,
    key: &SecretKey,
    side: Side,
    due: Vec<(Push, Subscription)>,
) -> Result<()> {
    for (push, browser) in &due {
        let words = match side {
            Side::Agents => words(app, &AgentId::from(browser.owner.as_str()), &push.notification_id).await?,
            Side::Contacts => told(app, browser, &push.notification_id).await?,
        };
        let outcome = match words {
            Some(words) => send(app, client, key, browser, words).await?,
            None => Outcome::Done,
        };
        pushes::settle(&app.store, side, push, outcome).await?;
    }
    Ok(())
}

async fn send(
    app: &App,
    client: &reqwest::Client,
    key: &SecretKey,
    browser: &Subscription,
    words: Words,
) -> Result<Outcome> {
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
    let tz = agent.zone(app.tz());
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

/// What a customer's browser shows; `None` when it was read meanwhile, is gone, or the browser is no longer theirs.
async fn told(app: &App, browser: &Subscription, notification: &str) -> Result<Option<Words>> {
    let contact = &ContactId::from(browser.owner.as_str());
    let db = app.store.db();
    let told = match notifications::load(db, notification).await {
        Ok(told) if told.contact_id == *contact && told.read_at.is_none() => told,
        Ok(_) | Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let theirs = pushes::of(db, Side::Contacts, contact.as_str(), app.store.now()).await?;
    if !theirs.iter().any(|one| one.id == browser.id) {
        return Ok(None);
    }
    let person = contacts::load(db, contact).await?;
    let lang = person.language.unwrap_or(Language::En);
    let text = json!({
        "title": app.business_name(),
        "body": ui::told::sentence(lang, app.tz(), &told.words, &told.args()),
        "url": ui::routes::path(ui::routes::NOTIFICATION, &told.id),
        "tag": told.subject,
    });
    Ok(Some(Words {
        text: text.to_string(),
        topic: told.id.chars().take(32).collect(),
    }))
}
