//! One-time links: the set-up of the first administrator, invitations, new passwords.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use conversation::Error;
use conversation::types::{Actor, Language};
use serde::Deserialize;
use ui::sign_in_pages::{self, SetUpView, WelcomeView};
use ui::{i18n, routes};

use super::answer::{html, see_other};
use super::failure::Failure;
use super::form::{Form, OpenForm};
use super::session::Visitor;
use super::{cookies, failure, second};
use crate::app::App;
use crate::people::links::{self, Link, NewAdministrator, Welcome};
use crate::people::password;
use crate::people::sessions::Proof;

#[derive(Deserialize)]
pub(super) struct TokenQuery {
    #[serde(default)]
    token: String,
}

pub(super) async fn welcome(axum::extract::Path(token): axum::extract::Path<String>) -> Response {
    see_other(&format!("{}?token={}", routes::SET_UP, routes::escape(&token)))
}

pub(super) async fn show_set_up(
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
pub(super) fn in_their_language(mut visitor: Visitor, link: &Link, headers: &HeaderMap) -> Visitor {
    if let Link::Agent(agent) = link
        && cookies::get(headers, cookies::LANGUAGE).is_none()
    {
        visitor.lang = agent.language;
    }
    visitor
}

pub(super) fn door_page(
    visitor: &Visitor,
    link: &Link,
    token: &str,
    form: &Form,
    errors: Vec<(String, String)>,
) -> maud::Markup {
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

pub(super) async fn set_up(
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
pub(super) async fn begin_in(app: &App, actor: &Actor, time_zone: &str) -> conversation::Result<()> {
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
    crate::country::begin_in(app, actor).await
}

/// What is wrong with the form of a link, by field.
pub(super) fn check_set_up(lang: Language, link: &Link, form: &Form) -> Vec<(String, String)> {
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
