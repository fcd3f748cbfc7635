//! Links that sign a contact in, and the sessions that they open. Only hashes of secrets are stored.

use axum::http::HeaderMap;
use conversation::contacts::{self, Contact};
use conversation::db::{On, sql};
use conversation::env::hash_secret;
use conversation::events::{EventKind, NewEvent};
use conversation::inbound::IdentityClaim;
use conversation::types::{Actor, ContactId, IdentityKind, Millis, TicketId};
use conversation::{Error, Result, Store, Tx};

/// How long a link is good for, in milliseconds.
pub const LINK_LASTS: Millis = 30 * 24 * 60 * 60 * 1000;
/// How long a session lasts, in milliseconds.
pub const SESSION_LASTS: Millis = 30 * 24 * 60 * 60 * 1000;
/// The cookie of a session.
pub const COOKIE: &str = "portal";

/// A link as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// It works once.
    Good {
        /// Whom it signs in.
        contact: ContactId,
        /// Where it leads.
        ticket: Option<TicketId>,
    },
    /// It worked once, or is too old.
    Spent {
        /// Where it led.
        ticket: Option<TicketId>,
    },
    /// It was never ours.
    Unknown,
}

/// Makes a link that signs a contact in and leads to a ticket; returns its path.
pub async fn make_in(tx: &mut Tx, contact: &ContactId, ticket: Option<&TicketId>) -> Result<String> {
    let secret = tx.env().secret();
    let now = tx.now();
    sql("INSERT INTO portal_links (token_hash, contact_id, ticket_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(hash_secret(&secret))
        .bind(contact)
        .bind(ticket)
        .bind(now)
        .bind(now + LINK_LASTS)
        .run(tx)
        .await?;
    Ok(ui::routes::path(ui::routes::LINK, &secret))
}

/// What a link is good for; changes nothing.
pub async fn look(on: impl On, secret: &str, now: Millis) -> Result<Link> {
    let row: Option<(ContactId, Option<TicketId>, Millis, Option<Millis>)> =
        sql("SELECT contact_id, ticket_id, expires_at, used_at FROM portal_links WHERE token_hash = $1")
            .bind(hash_secret(secret))
            .optional(on)
            .await?;
    Ok(match row {
        None => Link::Unknown,
        Some((contact, ticket, expires_at, None)) if expires_at > now => Link::Good { contact, ticket },
        Some((_, ticket, ..)) => Link::Spent { ticket },
    })
}

/// Uses a link up and opens a session; returns the cookie's secret and where the link leads.
///
/// # Errors
/// [`Error::NotFound`] when the link is unknown, used or too old.
pub async fn follow(store: &Store, secret: &str) -> Result<(String, Option<TicketId>)> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let used: Option<(ContactId, Option<TicketId>)> = sql("UPDATE portal_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING contact_id, ticket_id")
        .bind(hash_secret(secret))
        .bind(now)
        .optional(&mut tx)
        .await?;
    let (contact, ticket) = used.ok_or(Error::NotFound)?;
    let contact = contacts::load(&mut tx, &contact).await?.id;
    let session = tx.env().secret();
    sql("INSERT INTO portal_sessions (token_hash, contact_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(hash_secret(&session))
        .bind(&contact)
        .bind(now)
        .bind(now + SESSION_LASTS)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok((session, ticket))
}

/// Whoever the request's cookie signs in.
pub async fn signed_in(store: &Store, headers: &HeaderMap) -> Result<Option<Contact>> {
    let Some(secret) = crate::request::cookie(headers, COOKIE) else {
        return Ok(None);
    };
    let row: Option<(ContactId,)> =
        sql("SELECT contact_id FROM portal_sessions WHERE token_hash = $1 AND expires_at > $2")
            .bind(hash_secret(secret))
            .bind(store.now())
            .optional(store.db())
            .await?;
    match row {
        Some((contact,)) => Ok(Some(contacts::load(store.db(), &contact).await?)),
        None => Ok(None),
    }
}

/// The identities that a signed-in contact writes with, and the address that answers go to: the
/// portal user first, which the session proves.
pub(crate) async fn identities(store: &Store, contact: &Contact) -> Result<(Vec<IdentityClaim>, Option<String>)> {
    let known = contacts::identities(store.db(), &contact.id).await?;
    let user = match known.iter().find(|identity| identity.kind == IdentityKind::Portal) {
        Some(identity) => identity.value.clone(),
        None => {
            let mut tx = store.begin().await?;
            let value = contact.id.to_string();
            let actor = Actor::Contact(contact.id.clone());
            contacts::prove_in(&mut tx, &actor, &contact.id, IdentityKind::Portal, &value, "portal").await?;
            // Two first replies at once: the second proves nothing new, and commits all the same.
            tx.emit(NewEvent {
                kind: EventKind::ContactUpdated,
                conversation: None,
                subject: contact.id.to_string(),
                actor,
                data: serde_json::json!({}),
            });
            tx.commit().await?;
            value
        }
    };
    let claim = IdentityClaim {
        kind: IdentityKind::Portal,
        value: user,
        verified: true,
    };
    let emails = || known.iter().filter(|identity| identity.kind == IdentityKind::Email);
    let address = emails()
        .find(|identity| identity.is_verified)
        .or_else(|| emails().next())
        .map(|identity| identity.value.clone());
    Ok((vec![claim], address))
}

/// How long a link that is over is remembered, so that its page can say so, in milliseconds.
const REMEMBERED: Millis = 30 * 24 * 60 * 60 * 1000;
/// How much one transaction forgets.
const PART: i64 = 500;

/// Forgets sessions whose time is over and links that nobody will open any more, a part at a time;
/// returns how many.
pub async fn prune(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let sessions = sql("DELETE FROM portal_sessions WHERE token_hash IN (SELECT token_hash FROM portal_sessions WHERE expires_at <= $1 LIMIT $2)")
        .bind(now)
        .bind(PART)
        .run(&mut tx)
        .await?;
    let links = sql("DELETE FROM portal_links WHERE token_hash IN (SELECT token_hash FROM portal_links WHERE expires_at <= $1 LIMIT $2)")
        .bind(now - REMEMBERED)
        .bind(PART)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(sessions + links)
}
