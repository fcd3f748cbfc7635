//! What every page of the portal needs of its request: language, address, cookies; and error pages.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Form, FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use conversation::audit::{self, Place};
use conversation::types::Language;
use maud::Markup;
use serde::Deserialize;
use ui::Ctx;
use ui::portal_pages::Business;

use crate::Portal;
use crate::client::Client;
use crate::limit::TooMany;

/// The address of the client, where a layer in front knows better than the socket (a trusted
/// proxy's header). Put it into the request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// Reader and sender of a request.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The language: `?lang=`, the cookie, `Accept-Language`, English.
    pub lang: Language,
    /// The language that they chose here, by `?lang=` or the switch of a page: it counts before the one that they were
    /// written to in.
    pub chosen: Option<Language>,
    /// The client's address as a key of limits.
    pub address: String,
}

/// The cookie that remembers the language.
const LANGUAGE_COOKIE: &str = "language";

/// The policy of the pages; see the crate `ui`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The client's address as a key of limits.
pub fn address_of(extensions: &axum::http::Extensions) -> String {
    let known = extensions.get::<ClientAddress>().map(|address| address.0);
    let socket = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip());
    crate::limit::address_key(known.or(socket))
}

/// The reader's language.
pub fn language_of(query: Option<&str>, headers: &HeaderMap) -> Language {
    chosen_language(query, headers)
        .or_else(|| {
            headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .and_then(ui::i18n::accept)
        })
        .unwrap_or(Language::En)
}

/// The language that a reader chose.
fn chosen_language(query: Option<&str>, headers: &HeaderMap) -> Option<Language> {
    let asked = query.unwrap_or_default().split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        matches!(name, "lang" | "language")
            .then(|| Language::from_tag(value))
            .flatten()
    });
    asked.or_else(|| cookie(headers, LANGUAGE_COOKIE).and_then(Language::from_tag))
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Reader {
            lang: language_of(parts.uri.query(), &parts.headers),
            chosen: chosen_language(parts.uri.query(), &parts.headers),
            address: address_of(&parts.extensions),
        })
    }
}

/// A cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

impl Portal {
    /// The context of a page.
    pub(crate) fn ctx(&self, lang: Language) -> Ctx<'_> {
        Ctx {
            lang,
            now: self.store.now(),
            tz: self.billing.zone.now(),
            // Same-origin checks and SameSite cookies take the token's place.
            csrf: "",
        }
    }

    /// What stands around a page.
    pub(crate) fn business(&self) -> Business {
        Business {
            name: self.billing.called.now().to_string(),
            url: None,
        }
    }

    /// `Set-Cookie` for our own cookies.
    pub(crate) fn set_cookie(&self, name: &str, value: &str, max_age: i64) -> HeaderValue {
        let secure = if self.is_https { "; Secure" } else { "" };
        // 0 ends with the browser.
        let age = match max_age {
            0 => String::new(),
            seconds => format!("; Max-Age={seconds}"),
        };
        HeaderValue::from_str(&format!("{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}"))
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// A page that could not be shown. The layer [`pages`] draws it in the reader's language.
#[derive(Debug)]
pub(crate) enum Failed {
    /// This stands in its place: the way to sign in, or to prove again who one is.
    Instead(Box<Response>),
    /// By its status.
    Status(StatusCode),
    /// Too often.
    TooMany(TooMany),
    /// The core said no.
    Core(conversation::Error),
}

/// Marks an answer that the layer turns into an error page.
#[derive(Debug, Clone)]
struct Blank {
    reference: Option<String>,
}

impl Failed {
    pub(crate) fn instead(response: Response) -> Failed {
        Failed::Instead(Box::new(response))
    }
}

impl From<conversation::Error> for Failed {
    fn from(error: conversation::Error) -> Failed {
        Failed::Core(error)
    }
}

impl From<TooMany> for Failed {
    fn from(error: TooMany) -> Failed {
        Failed::TooMany(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        use conversation::Error;
        let (mut reference, mut retry_after) = (None, None);
        let status = match self {
            Failed::Instead(response) => return *response,
            Failed::Status(status) => status,
            Failed::TooMany(too_many) => {
                retry_after = Some(too_many.retry_after);
                StatusCode::TOO_MANY_REQUESTS
            }
            Failed::Core(Error::NotFound) => StatusCode::NOT_FOUND,
            Failed::Core(Error::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            Failed::Core(Error::Conflict(_) | Error::Stale { .. }) => StatusCode::CONFLICT,
            Failed::Core(error) => {
                let status = if error.is_transient() {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::INTERNAL_SERVER_ERROR
                };
                let name = conversation::Env::system().ulid();
                tracing::error!(reference = name, %error, "a page of the portal failed");
                reference = Some(name);
                status
            }
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Blank { reference });
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

pub(crate) type Page = Result<Response, Failed>;

/// A page with its status.
pub(crate) fn page(status: StatusCode, markup: Markup) -> Response {
    (status, Html(markup.into_string())).into_response()
}

/// Draws error pages and adds the headers that every page carries.
pub(crate) async fn pages(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let lang = language_of(request.uri().query(), request.headers());
    let chosen = chosen_language(request.uri().query(), request.headers());
    let place = Place::new(
        address_of(request.extensions()),
        crate::links::user_agent(request.headers()),
    );
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let reader = Reader {
        lang,
        chosen,
        address: address_of(request.extensions()),
    };
    let mut response = audit::from(place, recorded(&portal, request, next)).await;
    let blank = response.extensions_mut().remove::<Blank>();
    let is_bare = response.status().is_client_error()
        && !response.headers().contains_key(header::CONTENT_SECURITY_POLICY)
        && !response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    // What axum refuses by itself (a wrong method, a body too large) gets a page, too.
    if blank.is_some() || is_bare {
        let status = response.status();
        let reference = blank.and_then(|blank| blank.reference);
        let body = match framed_error(&portal, &reader, &headers, &path, status).await {
            Some(body) => body,
            None => ui::portal_pages::error(
                &portal.ctx(lang),
                // Whoever is signed in finds their home there, whoever is not the way in.
                &Business {
                    url: Some(ui::routes::PORTAL.to_owned()),
                    ..portal.business()
                },
                status.as_u16(),
                reference.as_deref(),
            ),
        };
        let retry_after = response.headers().get(header::RETRY_AFTER).cloned();
        let allow = response.headers().get(header::ALLOW).cloned();
        response = page(status, body);
        for (name, value) in [(header::RETRY_AFTER, retry_after), (header::ALLOW, allow)] {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        }
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Addresses of these pages carry secrets.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The page of a refusal with the portal around it, for whoever is signed in. What failed here is said without asking the
/// database for more.
async fn framed_error(
    portal: &Portal,
    reader: &Reader,
    headers: &HeaderMap,
    path: &str,
    status: StatusCode,
) -> Option<Markup> {
    let is_within = path == ui::routes::PORTAL || path.starts_with("/portal/");
    if !is_within || !status.is_client_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let client = Client::find(portal, reader, headers).await.ok()??;
    let part = ui::client_pages::part_of(path);
    let frame = client.frame(portal, part, ui::routes::PORTAL, None).await.ok()?;
    Some(ui::client_pages::error(
        &portal.ctx(reader.lang),
        &frame,
        status.as_u16(),
    ))
}

/// Answers, and records what somebody who is signed in was refused: a missing thing and somebody else's
/// look alike here, too.
async fn recorded(portal: &Portal, request: Request, next: Next) -> Response {
    let what = format!("{} {}", request.method(), request.uri().path());
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let is_refusal = matches!(response.status(), StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
    if is_refusal && cookie(&headers, crate::links::COOKIE).is_some() {
        let recorded = async {
            if let Some(contact) = crate::links::signed_in(&portal.store, &headers).await? {
                let actor = conversation::types::Actor::Contact(contact.id);
                audit::note(&portal.store, &actor, "portal.refused", &what, &serde_json::json!({})).await?;
            }
            Ok::<(), conversation::Error>(())
        };
        if let Err(error) = recorded.await {
            tracing::warn!(%error, "a refusal could not be recorded");
        }
    }
    response
}

/// What the language switch sends.
#[derive(Deserialize)]
pub(crate) struct Switch {
    language: Option<String>,
    next: Option<String>,
}

/// GET `/language`: for links.
pub(crate) async fn switch_language(State(portal): State<Portal>, Query(switch): Query<Switch>) -> Response {
    switched(&portal, &switch)
}

/// POST `/language`: for forms.
pub(crate) async fn switch_language_by_form(State(portal): State<Portal>, Form(switch): Form<Switch>) -> Response {
    switched(&portal, &switch)
}

fn switched(portal: &Portal, switch: &Switch) -> Response {
    const YEAR: i64 = 365 * 24 * 3600;
    let next = local_path(switch.next.as_deref().unwrap_or("/"));
    let mut response = see_other(next);
    if let Some(language) = switch.language.as_deref().and_then(Language::from_tag) {
        response.headers_mut().insert(
            header::SET_COOKIE,
            portal.set_cookie(LANGUAGE_COOKIE, language.as_str(), YEAR),
        );
    }
    response
}

/// A path of this installation, or the front page: nobody is led elsewhere by a link of ours.
pub(crate) fn local_path(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.len() <= 2000
        && next.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if is_local { next } else { "/" }
}

pub(crate) fn see_other(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}
