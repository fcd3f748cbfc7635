//! The signed-in customer's pages: statement, documents, payment, support, account.

mod account;
mod brand;
mod document;
mod download;
mod home;
mod live;
mod pay;
mod support;
pub mod view;

pub use document::pdf_response;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use billing::settings::{self, Business};
use billing::{CustomerId, customers};
use conversation::contacts::{self, Contact};
use conversation::inboxes;
use conversation::types::{Actor, Channel, IdentityKind, Language, Position};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ui::client_pages::{Frame, Part};
use ui::components::Tone;
use ui::routes;

use crate::request::{Failed, Reader, page};
use crate::{Portal, link, links};

/// The routes of these pages.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(routes::STATEMENT, get(home::show))
        .route(routes::DOCUMENT, get(document::show))
        .route("/portal/documents/{id}/pdf", get(document::pdf))
        .route("/portal/documents/{id}/decision", post(document::decide))
        .route("/portal/documents/{id}/files/{file}", get(document::file))
        .route("/portal/documents/{id}/pay", get(pay::show).post(pay::hosted))
        .route("/portal/documents/{id}/checkout", post(pay::embedded))
        .route("/portal/documents/{id}/paid", get(pay::returned))
        .route(routes::DOWNLOAD, post(download::zip))
        .route(routes::SUPPORT, get(support::show))
        .route(routes::ACCOUNT, get(account::show))
        .route("/portal/account/sign-out", post(account::sign_out))
        .route("/portal/account/devices", post(account::end_device))
        .route(routes::PORTAL_EVENTS, get(live::events))
        .route("/portal/brand.css", get(brand::css))
        .route("/portal/logo", get(brand::logo))
}

/// Who reads, and whose documents they may see.
pub(crate) struct Client {
    pub(crate) contact: Contact,
    pub(crate) actor: Actor,
    pub(crate) customers: Vec<CustomerId>,
    pub(crate) business: Business,
    pub(crate) lang: Language,
    pub(crate) address: String,
    pub(crate) agent: String,
    position: Position,
}

impl Client {
    /// Whoever is signed in; without, the page that asks for a link and comes back to `here`.
    pub(crate) async fn open(
        portal: &Portal,
        reader: &Reader,
        headers: &HeaderMap,
        here: &str,
    ) -> Result<Result<Client, Response>, Failed> {
        // Read before anything else, so that no change falls between page and stream.
        let position = portal.store.head().await?;
        let Some(contact) = links::signed_in(&portal.store, headers).await? else {
            let body = link::ask_page(portal, reader.lang, here);
            return Ok(Err(page(StatusCode::UNAUTHORIZED, body)));
        };
        let db = portal.store.db();
        Ok(Ok(Client {
            actor: Actor::Contact(contact.id.clone()),
            customers: customers::of_contact(db, &contact.id).await?,
            business: settings::business(db, &portal.store).await?,
            lang: reader.lang,
            address: reader.address.clone(),
            agent: links::user_agent(headers).to_owned(),
            contact,
            position,
        }))
    }

    /// What stands around a page.
    pub(crate) async fn frame(
        &self,
        portal: &Portal,
        part: Part,
        here: &str,
        said: Option<(Tone, String)>,
    ) -> Result<Frame, Failed> {
        let name = if self.contact.name.is_empty() {
            links::identities(&portal.store, &self.contact)
                .await?
                .1
                .unwrap_or_default()
        } else {
            self.contact.name.clone()
        };
        Ok(Frame {
            business: portal.billing.business_name(&self.business),
            logo: self
                .business
                .logo
                .as_ref()
                .map(|logo| format!("/portal/logo?{}", logo.sha256.get(..12).unwrap_or_default())),
            name,
            part,
            here: here.to_owned(),
            position: self.position,
            chat: self.chat(portal).await?,
            said,
        })
    }

    /// The chat widget's key, and a signed word about who writes, so that the chat knows its customer.
    async fn chat(&self, portal: &Portal) -> Result<Option<(String, Option<String>)>, Failed> {
        let store = &portal.store;
        let inbox = inboxes::list(store.db())
            .await?
            .into_iter()
            .find(|inbox| inbox.channel == Channel::Webchat && inbox.is_enabled);
        let Some(inbox) = inbox else { return Ok(None) };
        let settings: serde_json::Value = inboxes::settings(store, &inbox.id).await?;
        let key = match settings["key"].as_str() {
            Some(key) => key.to_owned(),
            None => return Ok(None),
        };
        let email = contacts::identities(store.db(), &self.contact.id)
            .await?
            .into_iter()
            .find(|identity| identity.kind == IdentityKind::Email && identity.is_verified);
        let secret = settings["identity_secret"].as_str().filter(|secret| !secret.is_empty());
        let word = match (email, secret) {
            (Some(email), Some(secret)) => word(&self.contact, &email.value, secret, store.now()),
            _ => None,
        };
        Ok(Some((key, word)))
    }
}

/// A JWT (HS256) for the widget, good for an hour.
fn word(contact: &Contact, email: &str, secret: &str, now: i64) -> Option<String> {
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = serde_json::json!({
        "sub": format!("portal:{}", contact.id),
        "email": email,
        "name": contact.name,
        "exp": now / 1_000 + 3_600,
    });
    let body = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut mac = <Hmac<Sha256>>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(body.as_bytes());
    Some(format!(
        "{body}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    ))
}
