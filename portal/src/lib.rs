//! The customer's side: sign-in by links in mails, home, machines, statement, invoices and payments, tickets, the public
//! ticket form, answers to cards from mails, confirmation of addresses.
//!
//! Everything works without scripts. A customer reaches an object only through
//! `conversation::access` as the contact of the session's cookie; what a link in a mail does happens
//! on the button of its page and never on the GET, which mail scanners make, too.

pub mod archive;
pub mod files;
pub mod guard;
pub mod guesses;
pub mod limit;
pub mod links;
pub mod notify;
pub mod request;

mod answer;
pub mod client;
pub mod confirm;
pub mod equipment;
mod form;
mod leave;
mod link;
mod multipart;
mod notifications;
mod survey;
mod tickets;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use billing::Billing;
use conversation::Store;
use tokio_util::sync::CancellationToken;

use crate::limit::Limits;

/// What the portal's pages need. Cheap to clone.
#[derive(Clone)]
pub struct Portal {
    /// The core.
    pub store: Store,
    /// The address that people's browsers use, without a slash at the end.
    pub public_url: Arc<str>,
    /// Whether cookies may only travel encrypted.
    pub is_https: bool,
    /// How often things may be done.
    pub limits: Arc<Limits>,
    /// Invoices and payments.
    pub billing: Billing,
    /// Machines, readings, contracts and visits.
    pub equipment: ::equipment::Equipment,
    /// Cancelled when the process stops; pages that follow end with it.
    pub stop: CancellationToken,
}

impl Portal {
    /// The relying party of passkeys; none where browsers make no passkeys for this address.
    pub fn party(&self) -> Option<identity::passkeys::Party> {
        identity::passkeys::Party::of(&self.public_url, &self.billing.called.now())
    }

    /// A portal over this store, showing times in the business's zone.
    pub fn new(
        store: Store,
        public_url: impl Into<Arc<str>>,
        is_https: bool,
        billing: Billing,
        stop: CancellationToken,
    ) -> Portal {
        Portal {
            equipment: ::equipment::Equipment::new(billing.clone()),
            billing,
            stop,
            limits: Arc::new(Limits::new(store.env())),
            store,
            public_url: public_url.into(),
            is_https,
        }
    }
}

/// The routes of the portal, with their state, language, same-origin check and security headers.
pub fn routes(portal: Portal) -> Router {
    Router::new()
        .route(ui::routes::TICKET_NEW, get(form::show).post(form::submit))
        .route(ui::routes::TICKET, get(tickets::show).post(tickets::post))
        .layer(DefaultBodyLimit::max(multipart::MOST_BYTES))
        .route("/portal/files/{id}", get(files::download))
        .merge(client::routes())
        .merge(equipment::routes())
        .merge(notifications::routes())
        .route(link::REQUEST, get(link::ask).post(link::request))
        .route(ui::routes::LINK, get(link::show).post(link::follow))
        .route("/c/{signed}", get(answer::show).post(answer::record))
        .route(ui::routes::LEAVE, get(leave::show).post(leave::act))
        .route(ui::routes::SURVEY, get(survey::show).post(survey::record))
        .route("/confirm/{token}", get(confirm::show).post(confirm::confirm))
        .route(
            ui::routes::LANGUAGE,
            get(request::switch_language).post(request::switch_language_by_form),
        )
        .layer(middleware::from_fn(guard::same_origin))
        .layer(middleware::from_fn_with_state(portal.clone(), request::pages))
        .with_state(portal)
}

#[cfg(test)]
mod tests;
