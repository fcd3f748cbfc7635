//! The agents' door: sign-in, sign-out, the set-up of the first administrator, invitations; and what
//! every page behind it shares: who is there, anti-forgery, security headers, error pages.

pub mod cookies;
mod failed;
pub mod failure;
mod forgotten;
pub mod form;
pub(crate) mod letter;
pub mod limits;
pub mod policy;
pub mod second;
pub mod session;
pub mod sso;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use conversation::Error;
use conversation::env::hash_secret;
use conversation::types::{Actor, Language};
use serde::Deserialize;
use ui::i18n;
use ui::routes;
use ui::sign_in_pages::{self, SetUpView, SignInView, WelcomeView};

use self::failure::Failure;
use self::form::{Form, OpenForm, Posted};
use self::limits::SignInLimits;
use self::session::Visitor;
use crate::app::App;
use crate::boxed::boxed;
use crate::people::links::{self, Link, NewAdministrator, Welcome};
use crate::people::sessions::{self, Proof};
use crate::people::{agents, password};

pub use session::SignedIn;
pub(crate) use session::policy_with_pictures;

/// The routes of the door.
pub fn routes(app: &App) -> Router<App> {
    let routes = Router::new()
        .route(routes::SIGN_IN, get(boxed(show_sign_in)).post(boxed(sign_in)))
        .route(
            routes::FORGOTTEN,
            get(boxed(forgotten::show)).post(boxed(forgotten::ask)),
        )
        .route(routes::SIGN_OUT, post(boxed(sign_out)))
        .route(routes::SECOND, get(boxed(second::show)).post(boxed(second::take)))
        .route(routes::AGAIN, get(boxed(second::show_again)).post(boxed(second::again)))
        .route(routes::PASSKEY_BEGIN, post(boxed(second::passkey_begin)))
        .route(routes::PASSKEY, post(boxed(second::passkey)))
        .route(routes::SSO, get(boxed(sso::begin)))
        .route(routes::SSO_CALLBACK, get(boxed(sso::callback)))
        .route(routes::SET_UP, get(boxed(show_set_up)).post(boxed(set_up)))
        .route("/welcome/{token}", get(boxed(welcome)))
        .layer(Extension(Arc::new(SignInLimits::default())));
    guard(app, routes)
}

/// Puts the guard around routes: it finds out who asks, dresses failures as pages in their
/// language, and sets the headers that keep other people's pages and scripts out.
pub fn guard(app: &App, routes: Router<App>) -> Router<App> {
    routes.route_layer(middleware::from_fn_with_state(app.clone(), session::identify))
}

/// What answers where nothing is: a page in the language of whoever asks, known by their session or not.
pub fn nothing_here(app: &App) -> Router<App> {
    Router::new()
        // Guesses at the addresses of the portal lead to what is meant.
        .fallback(async |request: Request| {
            portal::guesses::led(request.method(), request.uri(), request.headers())
                .ok_or(Failure::Core(Error::NotFound))
        })
        .layer(middleware::from_fn_with_state(app.clone(), session::identify))
}

/// The address of a one-time link, for the set-up and for invitations.
pub fn link_url(public_url: &str, secret: &str) -> String {
    format!("{public_url}{}?token={}", routes::SET_UP, routes::escape(secret))
}

/// A path of ours to go on to; anything that could lead elsewhere becomes the inbox.
pub fn own_path(next: &str) -> &str {
    let is_door = [routes::SIGN_IN, routes::SIGN_OUT, routes::SET_UP]
        .iter()
        .any(|door| next.starts_with(door));
    if is_plain(next) && !is_door {
        next
    } else {
        routes::INBOX
    }
}

/// Whether a text is a path of ours, in no browser's reading anything else.
fn is_plain(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 1024
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// A drawn page or fragment as an answer.
pub fn html(markup: maud::Markup) -> Response {
    Html(markup.into_string()).into_response()
}

/// 303 to a path of ours.
pub fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

#[derive(Deserialize)]
struct SignInQuery {
    #[serde(default)]
    next: String,
    /// Said by a page whose session ended while it was open.
    ended: Option<String>,
}

/// What the sign-in page offers.
pub(crate) async fn sign_in_view(
    app: &App,
    next: &str,
    email: &str,
    error: Option<String>,
) -> Result<SignInView, Failure> {
    let policy = policy::load(&app.store).await?;
    let waits_for_set_up = !agents::is_anybody_known(app.store.db()).await?;
    Ok(SignInView {
        email: email.to_owned(),
        next: next.to_owned(),
        error,
        notice: None,
        has_passkeys: second::party(app).is_some(),
        sso: policy::provider(&app.store).await?.map(|provider| provider.label),
        has_password: !policy.is_without_passwords,
        waits_for_set_up,
    })
}

async fn show_sign_in(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<SignInQuery>,
) -> Result<Response, Failure> {
    if visitor.agent.is_some() {
        return Ok(see_other(own_path(&query.next)));
    }
    let mut view = sign_in_view(&app, &query.next, "", None).await?;
    if query.ended.is_some() {
        view.notice = Some(i18n::t(visitor.lang, "sign-in-ended").into_owned());
    }
    Ok(html(sign_in_pages::sign_in(&visitor.ctx(), &view)))
}

async fn sign_in(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignInLimits>>,
    visitor: Visitor,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> Result<Response, Failure> {
    let email = form.get("email").trim();
    let view = sign_in_view(&app, form.get("next"), email, None).await?;
    let again = |status: StatusCode, words: std::borrow::Cow<'_, str>| {
        let view = SignInView {
            error: Some(words.into_owned()),
            ..view.clone()
        };
        (status, html(sign_in_pages::sign_in(&visitor.ctx(), &view))).into_response()
    };
    let address = limits::address(visitor.peer, &headers);
    let known = known_browser(&app, &headers, email);
    if let Err(seconds) = limits.check(app.store.env().steady(), address, email, known.as_deref()) {
        metrics::counter!("sign_in_total", "outcome" => "slowed").increment(1);
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, i18n::t(visitor.lang, "sign-in-slowed"));
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(response);
    }
    let found = agents::sign_in(&app.store, email, form.get("password")).await?;
    let Some(agent) = found.filter(|_| view.has_password) else {
        metrics::counter!("sign_in_total", "outcome" => "refused").increment(1);
        policy::refused(&app.store, email, "password").await?;
        return Ok(again(
            StatusCode::UNPROCESSABLE_ENTITY,
            i18n::t(visitor.lang, "sign-in-wrong"),
        ));
    };
    metrics::counter!("sign_in_total", "outcome" => "done").increment(1);
    limits.succeeded(address, email, known.as_deref());
    second::arrive(&app, &headers, &agent, own_path(form.get("next")), Proof::Password).await
}

/// Begins a session, and marks the browser as one that this agent has used.
async fn let_in(
    app: &App,
    headers: &HeaderMap,
    agent: &agents::Agent,
    to: &str,
    by: Proof,
) -> Result<Response, Failure> {
    let browser = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // A browser that signs in again leaves its old session behind.
    if let Some(old) = cookies::get(headers, &cookies::session_name(app)) {
        sessions::revoke(&app.store, old).await?;
    }
    let secret = sessions::create(&app.store, &agent.id, browser, by).await?;
    let mark = app.store.keys().sign(
        "browser",
        &format!("{}:{}", email_key(&agent.email), app.store.env().ulid()),
    );
    let mut response = see_other(to);
    cookies::set(&mut response, &cookies::session(app, &secret));
    cookies::set(&mut response, &cookies::browser(app, &mark));
    Ok(response)
}

fn email_key(email: &str) -> String {
    hash_secret(&email.trim().to_lowercase()).chars().take(24).collect()
}

/// The mark of a browser that once signed in with this address; it has its own allowance, which
/// nobody else can use up.
fn known_browser(app: &App, headers: &HeaderMap, email: &str) -> Option<String> {
    let mark = cookies::get(headers, &cookies::browser_name(app))?;
    let text = app.store.keys().check("browser", mark)?;
    text.starts_with(&format!("{}:", email_key(email)))
        .then(|| text.to_owned())
}

async fn sign_out(State(app): State<App>, headers: HeaderMap, posted: Posted) -> Result<Response, Failure> {
    if let Some(secret) = cookies::get(&headers, &cookies::session_name(&app)) {
        sessions::revoke(&app.store, secret).await?;
        let me = &posted.me;
        let object = me.agent.id.as_str();
        conversation::audit::note(
            &app.store,
            &me.actor(),
            "agent.signed_out",
            object,
            &serde_json::json!({}),
        )
        .await?;
    }
    let mut response = see_other(routes::SIGN_IN);
    cookies::set(&mut response, &cookies::no_session(&app));
    Ok(response)
}

#[derive(Deserialize)]
struct TokenQuery {
    #[serde(default)]
    token: String,
}

async fn welcome(axum::extract::Path(token): axum::extract::Path<String>) -> Response {
    see_other(&format!("{}?token={}", routes::SET_UP, routes::escape(&token)))
}

async fn show_set_up(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(query): Query<TokenQuery>,
) -> Result<Response, Failure> {
    let link = links::check(app.store.db(), &query.token, app.store.now())
        .await?
        .ok_or(Failure::Gone)?;
    let visitor = in_their_language(visitor, &link, &headers);
    Ok(html(door_page(
        &visitor,
        &link,
        &query.token,
        &Form::default(),
        Vec::new(),
    )))
}

/// Whoever is invited is spoken to as their pages will be, unless they chose another language at the door.
fn in_their_language(mut visitor: Visitor, link: &Link, headers: &HeaderMap) -> Visitor {
    if let Link::Agent(agent) = link
        && cookies::get(headers, cookies::LANGUAGE).is_none()
    {
        visitor.lang = agent.language;
    }
    visitor
}

fn door_page(visitor: &Visitor, link: &Link, token: &str, form: &Form, errors: Vec<(String, String)>) -> maud::Markup {
    match link {
        Link::SetUp => sign_in_pages::set_up(
            &visitor.ctx(),
            &SetUpView {
                token: token.to_owned(),
                name: form.get("name").to_owned(),
                email: form.get("email").to_owned(),
                errors,
            },
        ),
        Link::Agent(agent) => sign_in_pages::welcome(
            &visitor.ctx(),
            &WelcomeView {
                token: token.to_owned(),
                name: agent.name.clone(),
                email: agent.email.clone(),
                errors,
            },
        ),
    }
}

async fn set_up(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> Result<Response, Failure> {
    let token = form.get("token");
    let link = links::check(app.store.db(), token, app.store.now())
        .await?
        .ok_or(Failure::Gone)?;
    let visitor = in_their_language(visitor, &link, &headers);
    let errors = check_set_up(visitor.lang, &link, &form);
    if !errors.is_empty() {
        let page = door_page(&visitor, &link, token, &form, errors);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(page)).into_response());
    }
    let to = if matches!(link, Link::SetUp) {
        "/settings/start"
    } else {
        routes::INBOX
    };
    let administrator = matches!(link, Link::SetUp).then(|| NewAdministrator {
        email: form.get("email").to_owned(),
        name: form.get("name").to_owned(),
        language: visitor.lang,
    });
    let welcome = Welcome {
        password: form.get("password").to_owned(),
        administrator,
    };
    match links::consume(&app.store, token, welcome).await {
        Ok(agent) => {
            if matches!(link, Link::SetUp) {
                begin_in(&app, &Actor::Agent(agent.id.clone()), form.get("time_zone")).await?;
            }
            second::arrive(&app, &headers, &agent, to, Proof::Link).await
        }
        Err(Error::NotFound) => Err(Failure::Gone),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let words = failure::words(visitor.lang, &error);
            let page = door_page(&visitor, &link, token, &form, vec![(String::new(), words)]);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A new installation begins in the time zone of the browser that sets it up, if it says one and nobody chose another, and in
/// the country that it lies in.
async fn begin_in(app: &App, actor: &Actor, time_zone: &str) -> conversation::Result<()> {
    let zone = &app.billing.zone;
    let is_chosen = zone.is_configured()
        || billing::settings::time_zone(app.store.db(), &app.store)
            .await?
            .is_some();
    if !is_chosen {
        match zone.choose(&app.store, actor, time_zone).await {
            // Whoever sees no right zone in the first steps says it there.
            Ok(()) | Err(Error::Invalid(_)) => {}
            Err(error) => return Err(error),
        }
    }
    crate::settings::country::begin_in(app, actor).await
}

/// What is wrong with the form of a link, by field.
fn check_set_up(lang: Language, link: &Link, form: &Form) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, words: std::borrow::Cow<'_, str>| errors.push((field.to_owned(), words.into_owned()));
    let email = match link {
        Link::Agent(agent) => agent.email.clone(),
        Link::SetUp => {
            if form.get("name").trim().is_empty() {
                wrong("name", i18n::t(lang, "error-name-empty"));
            }
            if conversation::contacts::normal_email(form.get("email")).is_err() {
                wrong("email", i18n::t(lang, "error-email"));
            }
            form.get("email").trim().to_lowercase()
        }
    };
    if let Some(words) = password_trouble(lang, form.get("password"), &email) {
        wrong("password", words.into());
    }
    errors
}

/// Why a password cannot be used, in the reader's language.
pub fn password_trouble(lang: Language, given: &str, email: &str) -> Option<String> {
    let error = password::check_rules(given, email).err()?;
    Some(failure::words(lang, &error))
}
