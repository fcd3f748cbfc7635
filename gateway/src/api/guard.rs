//! What stands before every operation: the token, the limit of the body, and requests that are
//! done once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conversation::Store;
use conversation::access::{Permission, can};
use conversation::audit::{self, Place};
use conversation::once::{self, Work};
use conversation::types::{Actor, Role};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use portal::limit::{Limit, TooMany};
use portal::request::address_of;
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::problem::{Outcome, Problem};
use crate::app::App;
use crate::auth::limits;
use crate::people::idempotency::{self, Answer, Claim};
use crate::people::tokens;

/// The longest JSON body, in bytes. Files may have as many as `server.max_body` says.
pub(super) const LONGEST_JSON: usize = 1024 * 1024;

/// How many requests with a token that is none one address may make in a minute; each of them asks the database.
const STRANGERS: u32 = 300;

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
static IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Who calls: the token, by its name and role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The author of what is written.
    pub actor: Actor,
    /// What it may do.
    pub role: Role,
}

impl Caller {
    /// Refuses what the role does not include.
    pub(super) fn may(&self, permission: Permission) -> Outcome<()> {
        if can(self.role, permission) {
            return Ok(());
        }
        let needed = match permission {
            Permission::Read => "read",
            Permission::Work => "work on conversations",
            Permission::Administer => "administer",
            Permission::Books => "see invoices",
            Permission::Bill => "write invoices",
            Permission::Audit => "read the audit",
            Permission::Watch => "watch the live board",
        };
        Err(Problem::forbidden(format!(
            "this token has the role {}, which may not {needed}",
            self.role
        )))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Outcome<Caller> {
        // The guard put it there; a route without the guard lets nobody in.
        parts.extensions.get::<Caller>().cloned().ok_or_else(no_token)
    }
}

fn no_token() -> Problem {
    Problem::unauthorized("send `Authorization: Bearer` with an API token; `switchboard token create` makes one")
}

/// An id that is the same for every try of one Idempotency-Key; without a key, a new one. Whoever takes it makes
/// everything under it, so that trying again changes nothing.
#[derive(Debug, Clone)]
pub(super) struct OnceId(pub(super) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for OnceId {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Outcome<OnceId> {
        once::is_repeatable();
        Ok(parts.extensions.get::<OnceId>().cloned().unwrap_or(OnceId(None)))
    }
}

/// How often a token may ask, and an address without a good one.
pub(super) struct Calls {
    /// None where the settings want no limit.
    tokens: Option<Limit>,
    strangers: Limit,
}

impl Calls {
    pub(super) fn new(app: &App) -> Arc<Calls> {
        const MINUTE: Duration = Duration::from_secs(60);
        let most = app.config.server.api_per_minute;
        let env = app.store.env();
        Arc::new(Calls {
            tokens: (most > 0).then(|| Limit::new(env, most, MINUTE)),
            strangers: Limit::new(env, STRANGERS, MINUTE),
        })
    }
}

fn too_many(error: TooMany) -> Problem {
    Problem::too_many(error.retry_after)
}

/// Lets a request with a good token pass.
pub(super) async fn guard(State((app, calls)): State<(App, Arc<Calls>)>, request: Request, next: Next) -> Response {
    let user_agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    let address = limits::address(peer, request.headers()).map(|address| address.to_string());
    let place = Place::new(address.unwrap_or_default(), user_agent);
    audit::from(place.clone(), guarded(app, &calls, place, request, next))
        .await
        .unwrap_or_else(Problem::into_response)
}

async fn guarded(app: App, calls: &Calls, place: Place, mut request: Request, next: Next) -> Outcome<Response> {
    let secret = bearer(request.headers()).ok_or_else(no_token)?;
    let Some(token) = tokens::check(&app.store, secret).await? else {
        calls
            .strangers
            .check(&address_of(request.extensions()))
            .map_err(too_many)?;
        return Err(Problem::unauthorized("this token is unknown or was revoked"));
    };
    if let Some(limit) = &calls.tokens {
        limit.check(token.id.as_str()).map_err(too_many)?;
    }
    let (name, token_id) = (token.name, token.id);
    request.extensions_mut().insert(Caller {
        actor: Actor::Api(name.clone()),
        role: token.role,
    });
    let actor = Actor::Api(name.clone());
    let what = format!("{} {}", request.method(), request.uri().path());
    let store = app.store.clone();
    let answer = answered(app, place, token_id, request, next).await?;
    if answer.status() == StatusCode::FORBIDDEN {
        audit::note(&store, &actor, "token.refused", &what, &serde_json::json!({})).await?;
    }
    Ok(answer)
}

async fn answered(app: App, place: Place, token_id: String, request: Request, next: Next) -> Outcome<Response> {
    if request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    let is_upload = request.uri().path() == "/attachments";
    let limit = if is_upload {
        app.config.server.max_body
    } else {
        LONGEST_JSON.min(app.config.server.max_body)
    };
    let (mut parts, body) = request.into_parts();
    let body = read(&parts.headers, body, limit).await?;
    let key = match parts.headers.get(&IDEMPOTENCY_KEY) {
        Some(key) if parts.method == Method::POST => Some(readable_key(key)?),
        _ => None,
    };
    // In a task of its own: a caller who hangs up must not cut a transaction, nor lose its answer.
    let work = match key {
        None => {
            let request = Request::from_parts(parts, Body::from(body));
            let work = async move { Ok(next.run(request).await) };
            tokio::spawn(audit::from(place, work).in_current_span())
        }
        Some(key) => {
            let hash = request_hash(&parts, &body);
            match idempotency::claim(&app.store, &token_id, &key, &hash).await? {
                Claim::Done(answer) => return Ok(replay(answer)),
                Claim::InProgress => return Err(Problem::in_progress()),
                Claim::Lost => return Err(Problem::answer_lost()),
                Claim::Mismatch => return Err(Problem::key_reused()),
                Claim::Proceed(claimed) => {
                    parts.extensions.insert(OnceId(Some(claimed.id)));
                    let request = Request::from_parts(parts, Body::from(body));
                    let held = Work::new(token_id, key, claimed.owner);
                    tokio::spawn(do_once(app, place, held, request, next).in_current_span())
                }
            }
        }
    };
    match work.await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, "API request panicked");
            Err(Problem::internal())
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Outcome<Bytes> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Problem::too_large(limit));
    }
    // What else can fail here is a connection that broke: nobody reads the answer then.
    to_bytes(body, limit).await.map_err(|_| Problem::too_large(limit))
}

fn readable_key(key: &HeaderValue) -> Outcome<String> {
    match key.to_str() {
        Ok(text) if (1..=255).contains(&text.len()) => Ok(text.to_owned()),
        _ => Err(Problem::bad_request(
            "Idempotency-Key: 1 to 255 visible ASCII characters, such as a UUID",
        )),
    }
}

fn request_hash(parts: &Parts, body: &[u8]) -> String {
    let uri = match parts.extensions.get::<OriginalUri>() {
        Some(OriginalUri(uri)) => uri,
        None => &parts.uri,
    };
    let media_type = parts.headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let mut hash = Sha256::new();
    for part in [
        parts.method.as_str().as_bytes(),
        uri.path().as_bytes(),
        uri.query().unwrap_or_default().as_bytes(),
        media_type,
        body,
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// Does a claimed request and keeps its answer. What failed changed nothing and may be tried again
/// under the same key. While it works, the key stays its own; of a process that died it is free after seconds.
async fn do_once(app: App, place: Place, held: Arc<Work>, request: Request, next: Next) -> Outcome<Response> {
    // A task within the task: a handler that panics must not leave its key behind.
    let work = once::within(held.clone(), audit::from(place, async move { next.run(request).await }));
    let mut work = tokio::spawn(work.in_current_span());
    let worked = loop {
        match tokio::time::timeout(idempotency::RENEW_EVERY, &mut work).await {
            Ok(worked) => break worked,
            Err(_) => {
                if let Err(error) = idempotency::renew(&app.store, &held).await {
                    tracing::warn!(%error, "an Idempotency-Key could not be renewed");
                }
            }
        }
    };
    let response = worked.unwrap_or_else(|error| {
        tracing::error!(%error, "API request panicked");
        Problem::internal().into_response()
    });
    if !response.status().is_success() {
        let is_refused = !response.status().is_server_error();
        write_down(app.store, held, Became::Failed { is_refused }).await;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| Problem::internal())?;
    let text = |name: HeaderName| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let answer = Answer {
        status: parts.status.as_u16(),
        content_type: text(CONTENT_TYPE).unwrap_or_default(),
        location: text(LOCATION),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    write_down(app.store, held, Became::Done(answer)).await;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// What became of a claimed request.
enum Became {
    Failed { is_refused: bool },
    Done(Answer),
}

impl Became {
    async fn note(&self, store: &Store, held: &Work) -> conversation::Result<()> {
        match self {
            Became::Failed { is_refused } => idempotency::release(store, held, *is_refused).await,
            Became::Done(answer) => idempotency::finish(store, held, answer).await,
        }
    }
}

/// Writes down what became of a request. The answer does not wait for a database that refuses for a moment (a full
/// disk): it is asked again meanwhile, or whoever repeats the request would be told for long that it is in progress.
async fn write_down(store: Store, held: Arc<Work>, became: Became) {
    const AGAIN: Duration = Duration::from_millis(250);
    const TIMES: usize = 60;
    let Err(error) = became.note(&store, &held).await else {
        return;
    };
    tracing::warn!(%error, "what became of an Idempotency-Key is written down later");
    tokio::spawn(async move {
        for _ in 0..TIMES {
            tokio::time::sleep(AGAIN).await;
            if became.note(&store, &held).await.is_ok() {
                return;
            }
        }
        // It is free when nobody renewed it for a while.
        tracing::warn!("what became of an Idempotency-Key could not be written down");
    });
}

fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    let location = answer.location.unwrap_or_default();
    for (name, text) in [(CONTENT_TYPE, &answer.content_type), (LOCATION, &location)] {
        if let (false, Ok(value)) = (text.is_empty(), HeaderValue::from_str(text)) {
            headers.insert(name, value);
        }
    }
    headers.insert(IDEMPOTENT_REPLAYED.clone(), HeaderValue::from_static("true"));
    response
}
