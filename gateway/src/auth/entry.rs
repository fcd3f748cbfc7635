//! What all ways of signing in share: the page of the door, and what letting somebody in means.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use conversation::env::hash_secret;
use ui::sign_in_pages::SignInView;

use super::answer::see_other;
use super::failure::Failure;
use super::party::party;
use super::{cookies, policy};
use crate::app::App;
use crate::people::agents;
use crate::people::sessions::{self, Proof};

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
        has_passkeys: party(app).is_some(),
        sso: policy::provider(&app.store).await?.map(|provider| provider.label),
        has_password: !policy.is_without_passwords,
        waits_for_set_up,
    })
}

/// Begins a session, and marks the browser as one that this agent has used.
pub(super) async fn let_in(
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

pub(super) fn email_key(email: &str) -> String {
    hash_secret(&email.trim().to_lowercase()).chars().take(24).collect()
}

/// The mark of a browser that once signed in with this address; it has its own allowance, which
/// nobody else can use up.
pub(super) fn known_browser(app: &App, headers: &HeaderMap, email: &str) -> Option<String> {
    let mark = cookies::get(headers, &cookies::browser_name(app))?;
    let text = app.store.keys().check("browser", mark)?;
    text.starts_with(&format!("{}:", email_key(email)))
        .then(|| text.to_owned())
}
