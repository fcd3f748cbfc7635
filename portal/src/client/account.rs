//! Devices, accesses, sign-out.

use ::billing::customers::{self, Customer};
use ::billing::{CustomerId, own};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use conversation::env::hash_secret;
use conversation::inbound::{FOR_PEOPLE, InboundMessage};
use conversation::ingest::ingest_one;
use conversation::types::IdentityKind;
use conversation::{Error, contacts, doors, memberships};
use identity::{Owner, passkeys};
use serde::Deserialize;
use serde_json::json;
use ui::client_pages::{self, AccessRow, AccountView, BillingRow, DeviceRow, Part, SignInPart};
use ui::components::Tone;
use ui::{core_words, i18n, routes};

use super::Client;
use crate::form::{sender, written};
use crate::request::{Failed, Page, Reader, cookie, page, see_other};
use crate::{Portal, links};

/// What just happened, as the address says it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    said: Option<String>,
}

/// GET `/portal/account`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(asked): Query<Said>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::ACCOUNT).await?;
    let said = asked.said.as_deref().filter(|said| *said == "saved");
    let said = said.map(|_| (Tone::Good, i18n::t(client.lang, "client-own-saved").into_owned()));
    drawn(&portal, &client, &headers, said, None, None).await
}

/// The page; `error` is about a password that was sent.
pub(super) async fn draw(portal: &Portal, client: &Client, headers: &HeaderMap, error: Option<String>) -> Page {
    drawn(portal, client, headers, None, error, None).await
}

/// The page, with what just happened; `typed` is what was not taken of a customer's data, and why.
async fn drawn(
    portal: &Portal,
    client: &Client,
    headers: &HeaderMap,
    said: Option<(Tone, String)>,
    error: Option<String>,
    typed: Option<(&Details, String)>,
) -> Page {
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
    let mut billing = Vec::new();
    for customer in customers::by_ids(db, &client.customers).await? {
        if own::may_change(db, &client.contact.id, &customer).await? {
            let sent = typed.as_ref().filter(|(sent, _)| sent.customer == customer.id.as_str());
            billing.push(BillingRow {
                emails: own::addresses(db, &customer).await?,
                id: customer.id.to_string(),
                name: customer.name,
                address: sent.map_or(customer.address, |(sent, _)| sent.address.clone()),
                email: sent.map_or(customer.email.unwrap_or_default(), |(sent, _)| sent.email.clone()),
                error: sent.map(|(_, why)| why.clone()),
            });
        }
    }
    let status = if error.is_some() || typed.is_some() {
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
        frame: client.frame(portal, Part::Account, routes::ACCOUNT, said).await?,
        emails,
        billing,
        devices,
        accesses,
    };
    Ok(page(status, client_pages::account(&portal.ctx(lang), &view)))
}

/// What new documents of a customer are to say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    customer: String,
    address: String,
    email: String,
}

/// POST `/portal/account/billing`: `customer`, `address`, `email`. The business reads in the inbox what was changed.
pub(super) async fn billing(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(sent): Form<Details>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::ACCOUNT).await?;
    client.fresh(&portal, routes::ACCOUNT)?;
    let id = CustomerId::from(sent.customer.as_str());
    if !client.customers.contains(&id) {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    }
    portal.limits.forms.check(&reader.address)?;
    let mut tx = portal.store.begin().await?;
    let (actor, whose) = (&client.actor, &client.contact.id);
    let before = match own::change_in(&mut tx, actor, whose, &id, &sent.address, &sent.email).await {
        Ok(before) => before,
        Err(Error::Invalid(why) | Error::Conflict(why)) => {
            drop(tx);
            let why = core_words::said(client.lang, &why).unwrap_or(why);
            return drawn(&portal, &client, &headers, None, None, Some((&sent, why))).await;
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(before) = before {
        tx.commit().await?;
        let now = customers::load(portal.store.db(), &id).await?;
        ingest_one(&portal.store, told(&portal, &client, &before, &now).await?).await?;
        let (name, address, agent) = (now.name.as_str(), &client.address, &client.agent);
        links::note(&portal.store, whose, "changed_billing", name, address, agent).await?;
    }
    Ok(see_other(&format!("{}?said=saved", routes::ACCOUNT)))
}

/// What stands in the inbox.
async fn told(
    portal: &Portal,
    client: &Client,
    before: &Customer,
    now: &Customer,
) -> conversation::Result<InboundMessage> {
    let lang = client.lang;
    let name = [("name", now.name.as_str().into())];
    let mut text = i18n::t_args(lang, "client-own-told", &name);
    let none = || i18n::t(lang, "client-own-none").into_owned();
    let shown = |text: &str| {
        if text.is_empty() {
            none()
        } else {
            text.replace('\n', ", ")
        }
    };
    let (old, new) = (
        before.email.as_deref().unwrap_or_default(),
        now.email.as_deref().unwrap_or_default(),
    );
    for (key, old, new) in [
        ("client-own-address", before.address.as_str(), now.address.as_str()),
        ("client-own-email", old, new),
    ] {
        if old != new {
            let args = [
                ("what", i18n::t(lang, key).into_owned().into()),
                ("old", shown(old).into()),
                ("new", shown(new).into()),
            ];
            text.push('\n');
            text.push_str(&i18n::t_args(lang, "client-own-changed", &args));
        }
    }
    let from = sender(&portal.store, &client.contact, Some(lang)).await?;
    let id = format!("billing:{}", portal.store.env().ulid());
    Ok(InboundMessage {
        subject: Some(i18n::t_args(lang, "client-own-subject", &name)),
        extra: Some(json!({ "type": "billing", "customer": now.id.as_str(), (FOR_PEOPLE): true })),
        ..written(&portal.store, &text, from, id).await?
    })
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
