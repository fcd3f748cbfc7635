//! Ways in beside the link, for customers who want them: a password, passkeys.

use axum::Json;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use conversation::notifications::{self, Kind, News};
use conversation::types::{ContactId, IdentityKind};
use conversation::{Error, audit, contacts};
use identity::passkeys;
use identity::{Owner, password as passwords};
use serde::Deserialize;
use serde_json::json;
use ui::{i18n, routes};

use super::Client;
use crate::request::{Failed, Page, Reader, local_path, page, see_other};
use crate::{Portal, link, links};

/// What a form of these carries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    email: String,
    password: String,
    next: String,
    step: String,
    credential: String,
    name: String,
    key: String,
    #[serde(rename = "do")]
    what: String,
}

/// Opens a session and goes on.
async fn let_in(portal: &Portal, reader: &Reader, headers: &HeaderMap, contact: &ContactId, next: &str) -> Page {
    let agent = links::user_agent(headers);
    let mut tx = portal.store.begin().await?;
    let secret = links::begin_in(&mut tx, contact, true, &reader.address, agent, next).await?;
    tx.commit_silently().await?;
    let to = match local_path(next) {
        "/" => routes::PORTAL,
        path => path,
    };
    let mut response = see_other(to);
    let cookie = portal.set_cookie(links::COOKIE, &secret, links::SESSION_LASTS / 1000);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

async fn refused(portal: &Portal, reader: &Reader, next: &str, why: &str) -> Page {
    let actor = conversation::types::Actor::System;
    audit::note(
        &portal.store,
        &actor,
        "portal.sign_in_refused",
        "",
        &json!({ "why": why }),
    )
    .await?;
    let words = i18n::t(reader.lang, "client-sign-in-wrong");
    Ok(page(
        StatusCode::UNPROCESSABLE_ENTITY,
        link::ask_page_saying(portal, reader.lang, next, Some(&words)),
    ))
}

/// POST `/portal/sign-in`: by password. An unknown address takes as long as a wrong password.
pub(super) async fn password(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Page {
    portal.limits.proofs.check(&reader.address)?;
    let known = match contacts::normal_email(&given.email) {
        Ok(email) => {
            // An attacker somewhere else cannot use up what the owner may try from here.
            portal.limits.proofs.check(&format!("{}:{email}", reader.address))?;
            contacts::by_identity(portal.store.db(), IdentityKind::Email, &email).await?
        }
        Err(_) => None,
    };
    let contact = known
        .filter(|(_, identity)| identity.is_verified)
        .map(|(contact, _)| contact.id);
    let hash = match &contact {
        Some(id) => passwords::of(portal.store.db(), &Owner::Contact(id.clone())).await?,
        None => None,
    };
    let fits = passwords::verify(given.password, hash).await?;
    match contact.filter(|_| fits) {
        Some(contact) => let_in(&portal, &reader, &headers, &contact, &given.next).await,
        None => refused(&portal, &reader, &given.next, "password").await,
    }
}

/// POST `/portal/passkey/begin`: the question for the browser.
pub(super) async fn begin(State(portal): State<Portal>, reader: Reader) -> Page {
    portal.limits.proofs.check(&reader.address)?;
    let party = portal.party().ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    let question = passkeys::begin_get(&portal.store, &party).await?;
    Ok(Json(question).into_response())
}

/// POST `/portal/passkey`: signs in.
pub(super) async fn passkey(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Page {
    portal.limits.proofs.check(&reader.address)?;
    let party = portal.party().ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    match passkeys::finish_get(&portal.store, &party, &given.step, &given.credential).await {
        Ok(Owner::Contact(id)) => {
            let contact = contacts::load(portal.store.db(), &id).await?.id;
            let_in(&portal, &reader, &headers, &contact, &given.next).await
        }
        Ok(Owner::Agent(_)) | Err(Error::Invalid(_)) => refused(&portal, &reader, &given.next, "passkey").await,
        Err(error) => Err(error.into()),
    }
}

/// The signed-in reader with a fresh proof.
async fn proved(portal: &Portal, reader: &Reader, headers: &HeaderMap) -> Result<Client, Failed> {
    let client = Client::open(portal, reader, headers, routes::ACCOUNT).await?;
    client.fresh(portal, routes::ACCOUNT)?;
    Ok(client)
}

/// POST `/portal/account/password`.
pub(super) async fn set_password(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Page {
    let client = proved(&portal, &reader, &headers).await?;
    let owner = Owner::Contact(client.contact.id.clone());
    if given.what == "remove" {
        let mut tx = portal.store.begin().await?;
        passwords::remove_in(&mut tx, &owner).await?;
        tx.commit_silently().await?;
        note(&portal, &client, "password_removed").await?;
        return Ok(see_other(routes::ACCOUNT));
    }
    let email = links::identities(&portal.store, &client.contact)
        .await?
        .1
        .unwrap_or_default();
    if passwords::check_rules(&given.password, &email).is_err() {
        let words = i18n::t(client.lang, "client-password-weak").into_owned();
        return super::account::draw(&portal, &client, &headers, Some(words)).await;
    }
    let hash = passwords::hash(portal.store.env(), given.password).await?;
    let mut tx = portal.store.begin().await?;
    passwords::put_in(&mut tx, &owner, &hash).await?;
    tx.commit_silently().await?;
    note(&portal, &client, "password_set").await?;
    Ok(see_other(routes::ACCOUNT))
}

async fn note(portal: &Portal, client: &Client, what: &str) -> conversation::Result<()> {
    let news = News {
        kind: Kind::Access,
        words: match what {
            "passkey_added" => "access-passkey_added",
            "passkey_removed" => "access-passkey_removed",
            _ => "access-password",
        },
        args: serde_json::json!({}),
        path: routes::ACCOUNT.to_owned(),
        subject: client.contact.id.to_string(),
    };
    let mut tx = portal.store.begin().await?;
    notifications::tell_one_in(&mut tx, &news, &client.contact.id).await?;
    tx.commit().await?;
    links::note(
        &portal.store,
        &client.contact.id,
        what,
        "",
        &client.address,
        &client.agent,
    )
    .await
}

/// POST `/portal/account/passkeys/begin`.
pub(super) async fn begin_key(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = proved(&portal, &reader, &headers).await?;
    let party = portal.party().ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    let owner = Owner::Contact(client.contact.id.clone());
    let email = links::identities(&portal.store, &client.contact)
        .await?
        .1
        .unwrap_or_default();
    let name = if client.contact.name.is_empty() {
        &email
    } else {
        &client.contact.name
    };
    let question = passkeys::begin_create(&portal.store, &party, &owner, &email, name).await?;
    Ok(Json(question).into_response())
}

/// POST `/portal/account/passkeys`.
pub(super) async fn add_key(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Page {
    let client = proved(&portal, &reader, &headers).await?;
    let party = portal.party().ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    let owner = Owner::Contact(client.contact.id.clone());
    let name = if given.name.is_empty() {
        ui::browser_name(client.lang, &client.agent)
    } else {
        given.name
    };
    passkeys::finish_create(&portal.store, &party, &owner, &given.step, &given.credential, &name).await?;
    note(&portal, &client, "passkey_added").await?;
    Ok(see_other(routes::ACCOUNT))
}

/// POST `/portal/account/passkeys/remove`.
pub(super) async fn remove_key(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Page {
    let client = proved(&portal, &reader, &headers).await?;
    let mut tx = portal.store.begin().await?;
    passkeys::remove_in(&mut tx, &Owner::Contact(client.contact.id.clone()), &given.key).await?;
    tx.commit_silently().await?;
    note(&portal, &client, "passkey_removed").await?;
    Ok(see_other(routes::ACCOUNT))
}
