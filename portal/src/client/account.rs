//! Devices, accesses, sign-out.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use conversation::env::hash_secret;
use conversation::types::IdentityKind;
use conversation::{contacts, doors, memberships};
use identity::{Owner, passkeys};
use serde::Deserialize;
use ui::client_pages::{self, AccessRow, AccountView, DeviceRow, Part, SignInPart};
use ui::{i18n, routes};

use super::Client;
use crate::request::{Page, Reader, cookie, page, see_other};
use crate::{Portal, links};

/// GET `/portal/account`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::ACCOUNT).await?;
    draw(&portal, &client, &headers, None).await
}

/// The page; `error` is about a password that was sent.
pub(super) async fn draw(portal: &Portal, client: &Client, headers: &HeaderMap, error: Option<String>) -> Page {
    let (db, lang, now) = (portal.store.db(), client.lang, portal.store.now());
    let this = cookie(headers, links::COOKIE).map(hash_secret);
    let devices = links::devices(db, &client.contact.id, now)
        .await?
        .into_iter()
        .map(|device| DeviceRow {
            is_this: Some(&device.token_hash) == this.as_ref(),
            name: ui::browser_name(lang, device.user_agent.as_deref().unwrap_or_default()),
            seen: i18n::relative(
                lang,
                now,
                device.last_seen_at.unwrap_or(device.created_at),
                portal.billing.zone.now(),
            ),
            id: device.id,
        })
        .collect();
    let accesses = doors::accesses(db, &client.contact.id, 60)
        .await?
        .into_iter()
        .map(|access| {
            let key = format!("client-did-{}", access.what);
            let mut words = i18n::t(lang, &key).into_owned();
            if access.what == "downloaded" && !access.detail.is_empty() {
                words.push_str(&format!(": {}", access.detail));
            }
            let by = match access.user_agent.as_str() {
                "" => String::new(),
                agent => format!(" · {}", ui::browser_name(lang, agent)),
            };
            AccessRow {
                at: i18n::date_time(lang, access.at, portal.billing.zone.now()),
                words,
                from: format!("{}{by}", access.address),
            }
        })
        .collect();
    let emails = contacts::identities(db, &client.contact.id)
        .await?
        .into_iter()
        .filter(|identity| identity.kind == IdentityKind::Email)
        .map(|identity| identity.value)
        .collect();
    let owner = Owner::Contact(client.contact.id.clone());
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let sign_in = SignInPart {
        has_password: identity::password::of(db, &owner).await?.is_some(),
        can_passkeys: portal.party().is_some(),
        keys: passkeys::list(db, &owner)
            .await?
            .into_iter()
            .map(|key| (key.id, key.name))
            .collect(),
        error,
        invitations: memberships::invitations(db, &client.contact.id)
            .await?
            .into_iter()
            .map(|(id, name)| (id.to_string(), name))
            .collect(),
    };
    let view = AccountView {
        sign_in,
        frame: client.frame(portal, Part::Account, routes::ACCOUNT, None).await?,
        emails,
        devices,
        accesses,
    };
    Ok(page(status, client_pages::account(&portal.ctx(lang), &view)))
}

/// POST `/portal/account/sign-out`: this device.
pub(super) async fn sign_out(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::ACCOUNT).await?;
    let this = cookie(&headers, links::COOKIE).map(hash_secret);
    let found = links::devices(portal.store.db(), &client.contact.id, portal.store.now())
        .await?
        .into_iter()
        .find(|device| Some(&device.token_hash) == this.as_ref());
    if let Some(device) = found {
        end(&portal, &client, Some(&device.id)).await?;
    }
    let mut response = see_other(crate::link::REQUEST);
    let gone = portal.set_cookie(links::COOKIE, "", -1);
    response.headers_mut().insert(header::SET_COOKIE, gone);
    Ok(response)
}

async fn end(portal: &Portal, client: &Client, device: Option<&str>) -> conversation::Result<()> {
    let mut tx = portal.store.begin().await?;
    links::sign_out_in(&mut tx, &client.contact.id, device, "customer", &client.address).await?;
    tx.commit_silently().await
}

/// Which device; empty is all of them.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    device: String,
}

/// POST `/portal/account/devices`.
pub(super) async fn end_device(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(which): Form<Which>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::ACCOUNT).await?;
    let device = Some(which.device.as_str()).filter(|id| !id.is_empty());
    end(&portal, &client, device).await?;
    Ok(see_other(routes::ACCOUNT))
}
