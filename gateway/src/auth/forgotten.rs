//! A link by mail for an agent who forgot the password. No answer tells whether an address is known here.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use conversation::types::{Actor, Language, Millis};
use conversation::{Store, notices};
use ui::{routes, sign_in_pages};

use super::answer::{html, see_other};
use super::failure::Failure;
use super::form::OpenForm;
use super::letter::{self, Words};
use super::limits::{self, SignInLimits};
use super::paths::link_url;
use super::policy;
use super::session::Visitor;
use crate::app::App;
use crate::people::{agents, links};

/// How long the link is good for, in milliseconds: whoever asks sits there and waits for it.
const LASTS: Millis = 60 * 60 * 1000;

const WORDS: Words = Words {
    subject: "forgotten-mail-subject",
    text: "forgotten-mail-text",
    button: "forgotten-mail-button",
};

pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    if !has_passwords(&app.store).await? {
        return Ok(see_other(routes::SIGN_IN));
    }
    Ok(html(sign_in_pages::forgotten(&visitor.ctx(), None)))
}

pub(super) async fn ask(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignInLimits>>,
    visitor: Visitor,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> Result<Response, Failure> {
    if !has_passwords(&app.store).await? {
        return Ok(see_other(routes::SIGN_IN));
    }
    let email = form.get("email").trim();
    let address = limits::address(visitor.peer, &headers);
    // Whoever asks too often reads the same: the letters before are on their way.
    if limits.check_letter(app.store.env().steady(), address, email).is_ok() {
        send(&app, email).await?;
    }
    Ok(html(sign_in_pages::forgotten(&visitor.ctx(), Some(email))))
}

async fn has_passwords(store: &Store) -> conversation::Result<bool> {
    Ok(!policy::load(store).await?.is_without_passwords)
}

/// Costs the same for an address that nobody has: its letter is written, too, and thrown away.
async fn send(app: &App, email: &str) -> conversation::Result<()> {
    let mut tx = app.store.begin().await?;
    let agent = agents::by_email(&mut tx, email).await?.filter(|agent| agent.is_enabled);
    let (secret, lang, to) = match &agent {
        Some(agent) => {
            let secret = links::create_in(&mut tx, &Actor::System, Some(&agent.id), LASTS).await?;
            (secret, agent.language, agent.email.as_str())
        }
        None => (tx.env().secret(), Language::En, email),
    };
    let url = link_url(&app.public_url(), &secret);
    let queued = letter::put_in(&mut tx, app, (to, lang), &WORDS, "", url).await?;
    if let (None, Some(id)) = (&agent, &queued) {
        notices::discard_in(&mut tx, id).await?;
    }
    tx.commit_any().await
}

#[cfg(test)]
mod tests;
