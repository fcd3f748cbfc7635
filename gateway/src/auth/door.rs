//! Sign-in by password, and sign-out.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use ui::sign_in_pages::{self, SignInView};
use ui::{i18n, routes};

use super::answer::{html, see_other};
use super::entry::{known_browser, sign_in_view};
use super::failure::Failure;
use super::form::{OpenForm, Posted};
use super::limits::SignInLimits;
use super::paths::own_path;
use super::session::Visitor;
use super::{cookies, limits, policy, second};
use crate::app::App;
use crate::people::agents;
use crate::people::sessions::{self, Proof};

#[derive(Deserialize)]
pub(super) struct SignInQuery {
    #[serde(default)]
    next: String,
    /// Said by a page whose session ended while it was open.
    ended: Option<String>,
}

pub(super) async fn show_sign_in(
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

pub(super) async fn sign_in(
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

pub(super) async fn sign_out(State(app): State<App>, headers: HeaderMap, posted: Posted) -> Result<Response, Failure> {
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
