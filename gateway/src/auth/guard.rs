//! The guard of the agents' routes: finds out who asks, and dresses what is answered.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conversation::audit;
use conversation::audit::Place;
use conversation::types::{Actor, Language};
use ui::{i18n, routes};

use super::failure::Failed;
use super::session::{Visitor, csrf};
use super::{cookies, failed, limits, policy};
use crate::app::App;
use crate::people::agents::Agent;
use crate::people::sessions;

/// What the pages of agents may load and do; `ui` says why none of them needs more.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The guard of the agents' routes; see [`super::guard`].
pub(super) async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    let peer = peer(&request);
    let user_agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let address = limits::address(peer, request.headers()).map(|address| address.to_string());
    let place = Place::new(address.unwrap_or_default(), user_agent);
    audit::from(place, identified(app, request, next)).await
}

async fn identified(app: App, mut request: Request, next: Next) -> Response {
    let mut visitor = anonymous(&app, &request);
    let secret = cookies::get(request.headers(), &cookies::session_name(&app)).map(str::to_owned);
    match look_up(&app, secret).await {
        Ok(Some((agent, session, must_enrol))) => {
            visitor.lang = agent.language;
            visitor.tz = agent.zone(app.tz());
            visitor.csrf = csrf(&app, &session);
            visitor.agent = Some((agent, session));
            let path = request.uri().path();
            let is_way =
                path.starts_with("/settings/security") || path.starts_with("/sign-in") || path == routes::SIGN_OUT;
            if must_enrol && !is_way {
                let response = if visitor.is_fragment {
                    StatusCode::UNAUTHORIZED.into_response()
                } else {
                    super::answer::see_other("/settings/security")
                };
                return finished(&app, response);
            }
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "a session could not be looked up");
            return finished(&app, failed::page(&app, &visitor, &Failed::from(&error)));
        }
    }
    if request.method() != Method::GET {
        visitor.here = routes::INBOX.to_owned();
    }
    let what = format!("{} {}", request.method(), request.uri().path());
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    if let Some(failed) = response.extensions_mut().remove::<Failed>() {
        // Of who reaches a part only: what is outside of it and what is missing look alike here, too.
        if let Some((agent, _)) = &visitor.agent
            && (failed.is_refusal() || failed.is_missing() && agent.scope().is_some())
        {
            let actor = Actor::Agent(agent.id.clone());
            if let Err(error) = audit::note(&app.store, &actor, "agent.refused", &what, &serde_json::json!({})).await {
                tracing::warn!(%error, "a refusal could not be recorded");
            }
        }
        response = failed::page(&app, &visitor, &failed);
    }
    finished(&app, response)
}

fn peer(request: &Request) -> Option<IpAddr> {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip())
}

/// The policy of a page that shows pictures of one more origin, such as a map's tiles.
pub(crate) fn policy_with_pictures(origin: &str) -> Option<HeaderValue> {
    let pictures = format!("img-src 'self' data: blob: {origin};");
    HeaderValue::from_str(&POLICY.replace("img-src 'self' data: blob:;", &pictures)).ok()
}

fn finished(app: &App, mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::CACHE_CONTROL, "no-store");
    set(
        header::HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if app.config.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn anonymous(app: &App, request: &Request) -> Visitor {
    let headers = request.headers();
    Visitor {
        agent: None,
        lang: language(headers),
        tz: app.tz().clone(),
        now: app.store.now(),
        csrf: String::new(),
        is_fragment: headers.contains_key("hx-request"),
        shown: headers
            .get("x-shown")
            .and_then(|value| value.to_str().ok())
            .filter(|text| !text.is_empty() && text.len() <= 40)
            .map(str::to_owned),
        page_query: page_query(headers),
        peer: peer(request),
        here: request
            .uri()
            .path_and_query()
            .map_or_else(|| routes::INBOX.to_owned(), ToString::to_string),
    }
}

/// What the address of the page says behind its question mark: htmx names that address, and our own modules do likewise.
fn page_query(headers: &HeaderMap) -> String {
    let address = headers.get("hx-current-url").and_then(|value| value.to_str().ok());
    let query = address.and_then(|address| address.split('#').next()?.split_once('?'));
    query.map_or_else(String::new, |(_, query)| query.chars().take(2_000).collect())
}

async fn look_up(app: &App, secret: Option<String>) -> conversation::Result<Option<(Agent, sessions::Session, bool)>> {
    let Some(secret) = secret else { return Ok(None) };
    let Some((agent, session)) = sessions::check(&app.store, &secret).await? else {
        return Ok(None);
    };
    let must_enrol = policy::must_enrol(&app.store, &agent, &session.proved_by).await?;
    Ok(Some((agent, session, must_enrol)))
}

/// The language of somebody who is not signed in.
fn language(headers: &HeaderMap) -> Language {
    cookies::get(headers, cookies::LANGUAGE)
        .and_then(|value| value.parse().ok())
        .or_else(|| i18n::accept(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
        .unwrap_or(Language::En)
}
