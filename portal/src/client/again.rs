//! The proof again, before something that matters: a passkey, the password, or a fresh link.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::notices::{self, NewNotice};
use conversation::types::IdentityKind;
use conversation::{contacts, doors};
use identity::{Owner, passkeys, password};
use serde::Deserialize;
use ui::client_pages::{self, AgainView, Part};
use ui::i18n;

use super::Client;
use crate::request::{Page, Reader, local_path, page, see_other};
use crate::{Portal, links, words};

pub(super) const HERE: &str = "/portal/again";

/// What was given.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    next: String,
    #[serde(rename = "do")]
    what: String,
    password: String,
    step: String,
    credential: String,
}

async fn draw(portal: &Portal, client: &Client, next: &str, is_sent: bool, error: Option<String>) -> Page {
    let owner = Owner::Contact(client.contact.id.clone());
    let db = portal.store.db();
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let view = AgainView {
        frame: client.frame(portal, Part::Account, HERE, None).await?,
        next: next.to_owned(),
        has_password: password::of(db, &owner).await?.is_some(),
        has_passkeys: identity::factors(db, &owner).await?.passkeys > 0 && portal.party().is_some(),
        is_sent,
        error,
    };
    Ok(page(status, client_pages::again(&portal.ctx(client.lang), &view)))
}

/// GET `/portal/again`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(given): Query<Given>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, HERE).await?;
    draw(&portal, &client, &given.next, false, None).await
}

/// POST `/portal/again`.
pub(super) async fn prove(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, HERE).await?;
    let next = local_path(&given.next);
    portal.limits.proofs.check(client.contact.id.as_str())?;
    if given.what == "link" {
        send_link(&portal, &client, next).await?;
        return draw(&portal, &client, next, true, None).await;
    }
    let owner = Owner::Contact(client.contact.id.clone());
    let is_right = if given.credential.is_empty() {
        let hash = password::of(portal.store.db(), &owner).await?;
        password::verify(given.password, hash).await?
    } else {
        match portal.party() {
            Some(party) => match passkeys::finish_get(&portal.store, &party, &given.step, &given.credential).await {
                Ok(found) => found == owner,
                Err(conversation::Error::Invalid(_)) => false,
                Err(error) => return Err(error.into()),
            },
            None => false,
        }
    };
    if !is_right {
        let words = i18n::t(client.lang, "again-wrong").into_owned();
        return draw(&portal, &client, next, false, Some(words)).await;
    }
    links::prove(&portal.store, &client.session).await?;
    links::note(
        &portal.store,
        &client.contact.id,
        "proved",
        "",
        &client.address,
        &client.agent,
    )
    .await?;
    Ok(see_other(next))
}

async fn send_link(portal: &Portal, client: &Client, next: &str) -> conversation::Result<()> {
    let known = contacts::identities(portal.store.db(), &client.contact.id).await?;
    let email = known
        .into_iter()
        .find(|identity| identity.kind == IdentityKind::Email && identity.is_verified);
    let Some(email) = email else { return Ok(()) };
    let words = words::of(client.lang);
    let mut tx = portal.store.begin().await?;
    let path = doors::make_in(&mut tx, &client.contact.id, Some(next), &email.value).await?;
    let notice = NewNotice {
        recipient: email.value,
        language: client.lang,
        subject: format!("{} · {}", words.notice_subject, portal.billing.called.now()),
        text: words.notice_text.to_owned(),
        action_label: words.notice_button.to_owned(),
        action_url: format!("{}{path}", portal.public_url),
    };
    notices::put_in(&mut tx, notice).await?;
    tx.commit_silently().await
}
