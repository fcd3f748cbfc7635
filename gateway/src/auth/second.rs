//! What comes after the password, passkeys instead of it, and the proof again before something that
//! matters.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use conversation::Error;
use conversation::types::{Actor, AgentId};
use identity::passkeys;
use identity::{Factors, Owner, codes, steps, totp};
use serde::{Deserialize, Serialize};
use ui::access_pages::{self, ProofView};
use ui::{i18n, routes};

use super::answer::{html, see_other};
use super::entry::{known_browser, let_in, sign_in_view};
use super::failure::Failure;
use super::form::{OpenForm, Posted};
use super::limits::{self, SignInLimits};
use super::party::party;
use super::paths::own_path;
use super::session::{SignedIn, Visitor};
use super::{cookies, policy};
use crate::app::App;
use crate::people::agents::{self, Agent};
use crate::people::sessions::{self, Proof};

/// The step between password and session.
const SECOND: &str = "second";

#[derive(Serialize, Deserialize)]
struct Waiting {
    next: String,
    by: Proof,
    tries: u32,
}

/// Lets an agent in who proved a first factor, or asks for the second.
pub(super) async fn arrive(
    app: &App,
    headers: &HeaderMap,
    agent: &Agent,
    next: &str,
    by: Proof,
) -> Result<Response, Failure> {
    let owner = Owner::Agent(agent.id.clone());
    let is_enough = matches!(by, Proof::Passkey | Proof::Sso);
    if is_enough || !identity::factors(app.store.db(), &owner).await?.has_second() {
        return let_in(app, headers, agent, next, by).await;
    }
    let waiting = Waiting {
        next: next.to_owned(),
        by,
        tries: 0,
    };
    let step = steps::begin(&app.store, SECOND, &owner.text(), &waiting).await?;
    let mut response = see_other(routes::SECOND);
    cookies::set(&mut response, &cookies::step(app, &step));
    Ok(response)
}

async fn waiting(app: &App, headers: &HeaderMap) -> Result<Option<(String, Agent, Waiting)>, Failure> {
    let Some(secret) = cookies::get(headers, &cookies::step_name(app)) else {
        return Ok(None);
    };
    let now = app.store.now();
    let Some((owner, waiting)) = steps::look::<Waiting>(app.store.db(), SECOND, secret, now).await? else {
        return Ok(None);
    };
    let Some(Owner::Agent(id)) = Owner::from_text(&owner) else {
        return Ok(None);
    };
    let agent = agents::load(app.store.db(), &id).await?;
    Ok(agent.is_enabled.then(|| (secret.to_owned(), agent, waiting)))
}

fn view(app: &App, factors: Factors, name: &str, next: &str, error: Option<Cow<'_, str>>) -> ProofView {
    ProofView {
        name: name.to_owned(),
        next: next.to_owned(),
        has_totp: factors.has_totp,
        has_codes: factors.codes > 0,
        has_passkeys: factors.passkeys > 0 && party(app).is_some(),
        error: error.map(Cow::into_owned),
        ..ProofView::default()
    }
}

/// GET `/sign-in/second`.
pub(super) async fn show(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Failure> {
    let Some((_, agent, waiting)) = waiting(&app, &headers).await? else {
        return Ok(see_other(routes::SIGN_IN));
    };
    let factors = identity::factors(app.store.db(), &Owner::Agent(agent.id.clone())).await?;
    let view = view(&app, factors, &agent.name, &waiting.next, None);
    Ok(html(access_pages::second(&visitor.ctx(), &view)))
}

/// How many codes may be tried before the password is asked for again.
const MOST_TRIES: u32 = 5;

/// POST `/sign-in/second`.
pub(super) async fn take(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignInLimits>>,
    visitor: Visitor,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> Result<Response, Failure> {
    let Some((secret, agent, waiting)) = waiting(&app, &headers).await? else {
        return Ok(see_other(routes::SIGN_IN));
    };
    let known = known_browser(&app, &headers, &agent.email);
    let address = limits::address(visitor.peer, &headers);
    let factors = identity::factors(app.store.db(), &Owner::Agent(agent.id.clone())).await?;
    let again = |status: StatusCode, words: Cow<'_, str>| {
        let view = view(&app, factors, &agent.name, &waiting.next, Some(words));
        (status, html(access_pages::second(&visitor.ctx(), &view))).into_response()
    };
    if let Err(seconds) = limits.check_code(app.store.env().steady(), address, agent.id.as_str(), known.as_deref()) {
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, i18n::t(visitor.lang, "sign-in-slowed"));
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(response);
    }
    let Some(by) = code(&app, &agent.id, form.get("code")).await? else {
        policy::refused(&app.store, &agent.email, "code").await?;
        let tries = waiting.tries + 1;
        let taken = steps::take::<Waiting>(&app.store, SECOND, &secret).await?;
        if tries >= MOST_TRIES || taken.is_none() {
            return Ok(see_other(routes::SIGN_IN));
        }
        let owner = Owner::Agent(agent.id.clone()).text();
        let next = Waiting {
            next: waiting.next.clone(),
            by: waiting.by,
            tries,
        };
        let step = steps::begin(&app.store, SECOND, &owner, &next).await?;
        let mut response = again(StatusCode::UNPROCESSABLE_ENTITY, i18n::t(visitor.lang, "second-wrong"));
        cookies::set(&mut response, &cookies::step(&app, &step));
        return Ok(response);
    };
    steps::take::<Waiting>(&app.store, SECOND, &secret).await?;
    let_in(&app, &headers, &agent, own_path(&waiting.next), by).await
}

/// Whether a text is the app's code or a recovery code of an agent's.
async fn code(app: &App, agent: &AgentId, given: &str) -> Result<Option<Proof>, Failure> {
    let owner = Owner::Agent(agent.clone());
    if totp::check(&app.store, &owner, given).await? {
        return Ok(Some(Proof::Code));
    }
    // Recovery codes are longer than the app's.
    if given.trim().len() > 8 && codes::take(&app.store, &owner, given).await? {
        let mut tx = app.store.begin().await?;
        let actor = Actor::Agent(agent.clone());
        conversation::audit::record(
            &mut tx,
            &actor,
            "agent.recovery_code_used",
            agent.as_str(),
            &serde_json::json!({}),
        )
        .await?;
        tx.commit_silently().await?;
        return Ok(Some(Proof::Code));
    }
    Ok(None)
}

/// POST `/sign-in/passkey/begin`: the question for the browser.
pub(super) async fn passkey_begin(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignInLimits>>,
    visitor: Visitor,
    headers: HeaderMap,
    OpenForm(_): OpenForm,
) -> Result<Response, Failure> {
    let address = limits::address(visitor.peer, &headers);
    if let Err(seconds) = limits.check_address(app.store.env().steady(), address) {
        let retry = [(header::RETRY_AFTER, seconds.to_string())];
        return Ok((StatusCode::TOO_MANY_REQUESTS, retry).into_response());
    }
    let party = party(&app).ok_or(Error::NotFound)?;
    let question = passkeys::begin_get(&app.store, &party).await?;
    Ok(Json(question).into_response())
}

/// The agent whose passkey answered; nobody's answers with words.
async fn answered(app: &App, step: &str, credential: &str) -> Result<Option<Agent>, Failure> {
    let party = party(app).ok_or(Error::NotFound)?;
    match passkeys::finish_get(&app.store, &party, step, credential).await {
        Ok(Owner::Agent(id)) => {
            let agent = agents::load(app.store.db(), &id).await?;
            Ok(agent.is_enabled.then_some(agent))
        }
        Ok(Owner::Contact(_)) | Err(Error::Invalid(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// POST `/sign-in/passkey`.
pub(super) async fn passkey(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> Result<Response, Failure> {
    match answered(&app, form.get("step"), form.get("credential")).await? {
        Some(agent) => {
            metrics::counter!("sign_in_total", "outcome" => "done").increment(1);
            let_in(&app, &headers, &agent, own_path(form.get("next")), Proof::Passkey).await
        }
        None => {
            metrics::counter!("sign_in_total", "outcome" => "refused").increment(1);
            policy::refused(&app.store, "", "passkey").await?;
            let words = i18n::t(visitor.lang, "passkey-refused").into_owned();
            let view = sign_in_view(&app, form.get("next"), "", Some(words)).await?;
            let page = html(ui::sign_in_pages::sign_in(&visitor.ctx(), &view));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

async fn again_page(app: &App, me: &SignedIn, next: &str, error: Option<Cow<'_, str>>) -> Result<Response, Failure> {
    let factors = identity::factors(app.store.db(), &Owner::Agent(me.agent.id.clone())).await?;
    let is_wrong = error.is_some();
    let view = ProofView {
        has_password: me.agent.has_password,
        sso: policy::provider(&app.store).await?.map(|provider| provider.label),
        ..view(app, factors, &me.agent.email, next, error)
    };
    let page = html(access_pages::again(&me.ctx(), &view));
    Ok(if is_wrong {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// GET `/sign-in/again`.
pub(super) async fn show_again(
    State(app): State<App>,
    me: SignedIn,
    Query(query): Query<Next>,
) -> Result<Response, Failure> {
    again_page(&app, &me, &query.next, None).await
}

/// POST `/sign-in/again`.
pub(super) async fn again(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignInLimits>>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let next = form.get("next");
    // The session is the mark of a known browser: its tries are its own.
    if limits
        .check_code(
            app.store.env().steady(),
            None,
            me.agent.id.as_str(),
            Some(&me.session.id),
        )
        .is_err()
    {
        return again_page(&app, &me, next, Some(i18n::t(me.lang, "sign-in-slowed"))).await;
    }
    let factors = identity::factors(app.store.db(), &Owner::Agent(me.agent.id.clone())).await?;
    let by = if !form.get("credential").is_empty() {
        let owner = answered(&app, form.get("step"), form.get("credential")).await?;
        owner.filter(|agent| agent.id == me.agent.id).map(|_| Proof::Passkey)
    } else if factors.has_totp {
        code(&app, &me.agent.id, form.get("code")).await?
    } else {
        let right = agents::sign_in(&app.store, &me.agent.email, form.get("password")).await?;
        right.map(|_| Proof::Password)
    };
    let Some(by) = by else {
        policy::refused(&app.store, &me.agent.email, "again").await?;
        return again_page(&app, &me, next, Some(i18n::t(me.lang, "again-wrong"))).await;
    };
    sessions::prove(&app.store, &me.actor(), &me.agent.id, &me.session.id, by).await?;
    Ok(see_other(own_path(next)))
}

#[cfg(test)]
mod tests;
