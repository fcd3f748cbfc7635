//! Who asks: the agent of the session cookie, or somebody to be asked to sign in.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conversation::access::{Permission, can};
use conversation::audit::{self, Place};
use conversation::types::{Actor, AgentId, Language, Millis, Role};
use jiff::tz::TimeZone;
use ui::{Ctx, i18n, routes};

use super::failed;
use super::failure::{Failed, Failure};
use super::{cookies, limits, policy};
use crate::app::App;
use crate::people::agents::Agent;
use crate::people::sessions;

/// What the pages of agents may load and do; `ui` says why none of them needs more.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How long a proof is enough for what matters most (people, keys, privacy), in milliseconds.
pub const PROVED_FOR: Millis = 30 * 60 * 1000;

/// Whoever asks.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The agent and its session, when they are signed in.
    pub agent: Option<(Agent, sessions::Session)>,
    /// The agent's language, else the one that the cookie or the browser names.
    pub lang: Language,
    /// The time zone of the installation (`server.time_zone`): a browser does not say its own.
    pub tz: TimeZone,
    /// Now.
    pub now: Millis,
    /// The anti-forgery token; empty without a session.
    pub csrf: String,
    /// Whether a script asks for a part of a page.
    pub is_fragment: bool,
    /// The window of messages that the page shows: the first one's id, as the page's script says.
    pub shown: Option<String>,
    /// The query of the page that a script asks for, without the question mark; empty where none said.
    pub page_query: String,
    /// The address that the connection comes from.
    pub peer: Option<IpAddr>,
    /// Where they are, to come back to.
    here: String,
}

impl Visitor {
    /// Whether the address is one of the portal's.
    pub(super) fn is_in_portal(&self) -> bool {
        self.here.starts_with(routes::PORTAL)
    }

    /// What components need to know.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx {
            lang: self.lang,
            now: self.now,
            tz: &self.tz,
            csrf: &self.csrf,
        }
    }

    /// The visitor that the guard found.
    pub fn of(request: &Request) -> Result<Visitor, Failure> {
        request.extensions().get::<Visitor>().cloned().ok_or(Failure::Unguarded)
    }

    /// The agent, or the way to the sign-in page.
    pub fn signed_in(self) -> Result<SignedIn, Failure> {
        match self.agent {
            Some((agent, session)) => Ok(SignedIn {
                agent,
                session,
                lang: self.lang,
                tz: self.tz,
                now: self.now,
                csrf: self.csrf,
                is_fragment: self.is_fragment,
                shown: self.shown,
                page_query: self.page_query,
            }),
            None => Err(Failure::SignIn { next: self.here }),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Visitor>().cloned().ok_or(Failure::Unguarded)
    }
}

/// An agent who is signed in. Pages without one lead to the sign-in page, fragments answer 401.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The agent.
    pub agent: Agent,
    /// Their session.
    pub session: sessions::Session,
    /// Their language.
    pub lang: Language,
    /// The time zone that they read times in: their own, else that of the business.
    pub tz: TimeZone,
    /// Now.
    pub now: Millis,
    /// The session's anti-forgery token.
    pub csrf: String,
    /// Whether a script asks for a part of a page.
    pub is_fragment: bool,
    /// The window of messages that the page shows: the first one's id, as the page's script says.
    pub shown: Option<String>,
    /// The query of the page that a script asks for, without the question mark; empty where none said.
    pub page_query: String,
}

impl SignedIn {
    /// What components need to know.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx {
            lang: self.lang,
            now: self.now,
            tz: &self.tz,
            csrf: &self.csrf,
        }
    }

    /// The agent as the author of what they do.
    pub fn actor(&self) -> Actor {
        Actor::Agent(self.agent.id.clone())
    }

    /// Whose companies the lists are narrowed to: a coordinator's own.
    pub fn scope(&self) -> Option<AgentId> {
        (self.agent.role == Role::Coordinator).then(|| self.agent.id.clone())
    }

    /// Whether their role includes it.
    pub fn can(&self, permission: Permission) -> bool {
        can(self.agent.role, permission)
    }

    /// Refuses when they proved too long ago who they are; `next` is the page to come back to.
    pub fn fresh(&self, next: &str) -> Result<(), Failure> {
        if self.now - self.session.proved_at < PROVED_FOR {
            Ok(())
        } else {
            Err(Failure::Again { next: next.to_owned() })
        }
    }

    /// Refuses when their role does not include it.
    pub fn must(&self, permission: Permission) -> Result<(), Failure> {
        if self.can(permission) {
            Ok(())
        } else {
            Err(Failure::Forbidden)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        Visitor::from_request_parts(parts, state).await?.signed_in()
    }
}

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
                    super::see_other("/settings/security")
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
        // A coordinator reaches a part only: what is outside of it and what is missing look alike here, too.
        if let Some((agent, _)) = &visitor.agent
            && (failed.is_refusal() || failed.is_missing() && agent.role == Role::Coordinator)
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

/// The anti-forgery token of a session: bound to it by the instance key.
pub fn csrf(app: &App, session: &sessions::Session) -> String {
    let name: String = session.id.chars().take(16).collect();
    app.store.keys().sign("csrf", &name)
}

/// The language of somebody who is not signed in.
fn language(headers: &HeaderMap) -> Language {
    cookies::get(headers, cookies::LANGUAGE)
        .and_then(|value| value.parse().ok())
        .or_else(|| i18n::accept(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
        .unwrap_or(Language::En)
}
