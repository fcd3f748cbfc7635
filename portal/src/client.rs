//! The signed-in customer's pages: statement, documents, payment, support, account.

mod account;
mod again;
mod brand;
mod colleagues;
mod document;
mod download;
mod home;
mod live;
mod movements;
mod pay;
mod privacy;
mod sign_in;
pub(crate) mod support;
mod together;
pub mod transfer;
pub mod view;

pub use document::pdf_response;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use billing::settings::{self, Business, is_color};
use billing::{CustomerId, customers};
use conversation::contacts::{self, Contact};
use conversation::inboxes;
use conversation::memberships::{self, Membership};
use conversation::notifications::{self, Which};
use conversation::types::{Actor, Channel, IdentityKind, Language, Millis, Position};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ui::client_pages::{Chat, Frame, Part};
use ui::components::Tone;
use ui::routes;

use crate::request::{Failed, Reader, page, see_other};
use crate::{Portal, guesses, link, links, multipart};

/// The routes of these pages.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(routes::STATEMENT, get(home::show))
        .route(routes::DOCUMENT, get(document::show))
        .route("/portal/documents/{id}/pdf", get(document::pdf))
        .route("/portal/documents/{id}/decision", post(document::decide))
        .route("/portal/documents/{id}/again", post(document::send_again))
        .route(
            "/portal/documents/{id}/transfer",
            post(transfer::tell).layer(DefaultBodyLimit::max(multipart::MOST_BYTES)),
        )
        .route("/portal/documents/{id}/files/{file}", get(document::file))
        .route("/portal/documents/{id}/pay", get(pay::show).post(pay::hosted))
        .route("/portal/documents/{id}/checkout", post(pay::embedded))
        .route("/portal/documents/{id}/paid", get(pay::returned))
        .route(routes::PAY, get(together::show).post(together::hosted))
        .route(routes::PAY_CHECKOUT, post(together::embedded))
        .route(routes::PAID, get(together::returned))
        .route(routes::DOWNLOAD, post(download::zip))
        .route(routes::MOVEMENTS, get(movements::csv))
        .route(routes::SUPPORT, get(support::show))
        .route(routes::ACCOUNT, get(account::show))
        .route("/portal/account/billing", post(account::billing))
        .route("/portal/account/sign-out", post(account::sign_out))
        .route("/portal/account/devices", post(account::end_device))
        .route("/portal/people", get(colleagues::show).post(colleagues::change))
        .route("/portal/company", post(colleagues::turn))
        .route("/portal/invitations", post(colleagues::answer))
        .route("/portal/again", get(again::show).post(again::prove))
        .route("/portal/sign-in", get(guesses::sign_in).post(sign_in::password))
        .route("/portal/passkey/begin", post(sign_in::begin))
        .route("/portal/passkey", post(sign_in::passkey))
        .route("/portal/account/password", post(sign_in::set_password))
        .route("/portal/account/passkeys", post(sign_in::add_key))
        .route("/portal/account/passkeys/begin", post(sign_in::begin_key))
        .route("/portal/account/passkeys/remove", post(sign_in::remove_key))
        .route("/portal/privacy", get(privacy::show).post(privacy::ask))
        .route("/portal/privacy/export", get(privacy::export))
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
    /// The companies that they belong to.
    pub(crate) companies: Vec<Membership>,
    /// The one that this device looks at.
    pub(crate) company: Option<Membership>,
    /// Names the session.
    pub(crate) session: String,
    proved_at: Millis,
    position: Position,
}

/// How long a proof is enough to pay, to manage colleagues and for one's own data, in milliseconds.
pub(crate) const PROVED_FOR: Millis = 12 * 60 * 60 * 1000;

impl Client {
    /// Whoever is signed in; without, the page that asks for a link and comes back to `here`.
    pub(crate) async fn open(
        portal: &Portal,
        reader: &Reader,
        headers: &HeaderMap,
        here: &str,
    ) -> Result<Client, Failed> {
        Client::find(portal, reader, headers).await?.ok_or_else(|| {
            let body = link::ask_page(portal, reader.lang, here);
            Failed::instead(page(StatusCode::UNAUTHORIZED, body))
        })
    }

    /// Whoever is signed in, for pages that are for everybody.
    pub(crate) async fn find(portal: &Portal, reader: &Reader, headers: &HeaderMap) -> Result<Option<Client>, Failed> {
        // Read before anything else, so that no change falls between page and stream.
        let position = portal.store.head().await?;
        let Some(session) = links::session(&portal.store, headers).await? else {
            return Ok(None);
        };
        let db = portal.store.db();
        let contact = session.contact;
        let companies = memberships::of_contact(db, &contact.id).await?;
        let company = companies
            .iter()
            .find(|one| Some(&one.company_id) == session.company.as_ref())
            .or_else(|| companies.first())
            .cloned();
        let chosen = company.as_ref().map(|one| &one.company_id);
        Ok(Some(Client {
            actor: Actor::Contact(contact.id.clone()),
            customers: customers::within(db, &contact.id, chosen).await?,
            companies,
            company,
            session: session.hash,
            proved_at: session.proved_at,
            business: settings::business(db, &portal.store).await?,
            lang: reader.lang,
            address: reader.address.clone(),
            agent: links::user_agent(headers).to_owned(),
            contact,
            position,
        }))
    }

    /// Asks them to prove again who they are, when they did so too long ago; `next` is the page to come back to.
    pub(crate) fn fresh(&self, portal: &Portal, next: &str) -> Result<(), Failed> {
        if portal.store.now() - self.proved_at < PROVED_FOR {
            return Ok(());
        }
        let again = format!("{}?next={}", again::HERE, routes::escape(next));
        Err(Failed::instead(see_other(&again)))
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
            companies: self
                .companies
                .iter()
                .filter(|_| self.companies.len() > 1)
                .map(|one| {
                    let is_chosen = self
                        .company
                        .as_ref()
                        .is_some_and(|chosen| chosen.company_id == one.company_id);
                    (one.company_id.to_string(), one.company.clone(), is_chosen)
                })
                .collect(),
            is_manager: self.company.as_ref().is_some_and(|one| one.rights.is_administrator),
            here: here.to_owned(),
            position: self.position,
            chat: self.chat(portal).await?,
            unread: self.unread(portal, here).await?,
            said,
        })
    }

    /// How much they have not read. What leads to the page they look at is read by that.
    async fn unread(&self, portal: &Portal, here: &str) -> Result<i64, Failed> {
        let contact = &self.contact.id;
        notifications::read(&portal.store, contact, Which::Path(here)).await?;
        Ok(notifications::unread(portal.store.db(), contact).await?)
    }

    /// The chat widget with a signed word about who writes, so that the chat knows its customer; in its own colour, or the
    /// business's.
    async fn chat(&self, portal: &Portal) -> Result<Option<Chat>, Failed> {
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
        let own = settings["color"].as_str().unwrap_or_default();
        let color = [own, &self.business.color].into_iter().find(|color| is_color(color));
        Ok(Some(Chat {
            key,
            identity: word,
            color: color.map(str::to_owned),
        }))
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
