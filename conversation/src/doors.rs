//! Links in mails that sign a contact into the portal, and the history of who came in. Only hashes of the
//! links' secrets are stored; a link works once, for thirty days, until it is revoked.

use crate::audit;
use crate::contacts;
use crate::conversations;
use crate::db::{On, sql};
use crate::env::hash_secret;
use crate::error::{Error, Result};
use crate::store::{Store, Tx};
use crate::types::{Actor, ContactId, ConversationId, IdentityKind, Millis, TicketId};

/// How long a link is good for, in milliseconds.
pub const LINK_LASTS: Millis = 30 * 24 * 60 * 60 * 1000;

/// A link as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// It works once.
    Good {
        /// Whom it signs in.
        contact: ContactId,
        /// Where it leads: a path of the portal.
        target: Option<String>,
    },
    /// It worked once, is too old or was revoked.
    Spent {
        /// Whom it signed in.
        contact: ContactId,
        /// Where it led.
        target: Option<String>,
    },
    /// It was never ours.
    Unknown,
}

/// Makes a link that signs a contact in and leads to a path of the portal; `address` is where it goes.
/// Returns the link's path.
pub async fn make_in(tx: &mut Tx, contact: &ContactId, target: Option<&str>, address: &str) -> Result<String> {
    let secret = tx.env().secret();
    let id = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO portal_links (token_hash, id, contact_id, target, address, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(hash_secret(&secret))
        .bind(id)
        .bind(contact)
        .bind(target)
        .bind(address)
        .bind(now)
        .bind(now + LINK_LASTS)
        .run(tx)
        .await?;
    Ok(format!("/l/{secret}"))
}

/// A link for a message that leaves to `recipient`: only where that is an identity of the conversation's own
/// contact. Anybody else (an address from a Reply-To, a forwarded mail) gets none, and the page that they
/// open asks who they are.
pub async fn for_recipient(
    store: &Store,
    conversation: &ConversationId,
    kind: IdentityKind,
    recipient: &str,
    target: &str,
) -> Result<Option<String>> {
    let conversation = conversations::load(store.db(), conversation).await?;
    let contact = contacts::load(store.db(), &conversation.contact_id).await?;
    let value = match kind {
        IdentityKind::Email => contacts::normal_email(recipient).unwrap_or_default(),
        _ => recipient.to_owned(),
    };
    match contacts::by_identity(store.db(), kind, &value).await? {
        Some((owner, _)) if owner.id == contact.id => {
            let mut tx = store.begin().await?;
            let path = make_in(&mut tx, &contact.id, Some(target), &value).await?;
            tx.commit_silently().await?;
            Ok(Some(path))
        }
        _ => Ok(None),
    }
}

fn ticket_path(id: &TicketId) -> String {
    format!("/portal/tickets/{id}")
}

/// What a link is good for; changes nothing.
pub async fn look(on: impl On, secret: &str, now: Millis) -> Result<Link> {
    let row: Option<(
        ContactId,
        Option<TicketId>,
        Option<String>,
        Millis,
        Option<Millis>,
        Option<Millis>,
    )> = sql(
        "SELECT contact_id, ticket_id, target, expires_at, used_at, revoked_at FROM portal_links WHERE token_hash = $1",
    )
    .bind(hash_secret(secret))
    .optional(on)
    .await?;
    Ok(match row {
        None => Link::Unknown,
        Some((contact, ticket, target, expires_at, used_at, revoked_at)) => {
            let target = target.or_else(|| ticket.as_ref().map(ticket_path));
            if expires_at > now && used_at.is_none() && revoked_at.is_none() {
                Link::Good { contact, target }
            } else {
                Link::Spent { contact, target }
            }
        }
    })
}

/// Uses a link up; returns whom it signs in and where it leads.
///
/// # Errors
/// [`Error::NotFound`] when the link is unknown, used, revoked or too old.
pub async fn follow_in(tx: &mut Tx, secret: &str) -> Result<(ContactId, Option<String>)> {
    let now = tx.now();
    let used: Option<(ContactId, Option<TicketId>, Option<String>)> = sql("UPDATE portal_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2 RETURNING contact_id, ticket_id, target")
        .bind(hash_secret(secret))
        .bind(now)
        .optional(&mut *tx)
        .await?;
    let (contact, ticket, target) = used.ok_or(Error::NotFound)?;
    let contact = contacts::load(tx, &contact).await?.id;
    Ok((contact, target.or_else(|| ticket.as_ref().map(ticket_path))))
}

/// Takes back every link of a contact that was not used. Returns how many.
pub async fn revoke_in(tx: &mut Tx, contact: &ContactId) -> Result<u64> {
    let now = tx.now();
    sql("UPDATE portal_links SET revoked_at = $2 WHERE contact_id = $1 AND used_at IS NULL AND revoked_at IS NULL")
        .bind(contact)
        .bind(now)
        .run(tx)
        .await
}

/// One line of the history of a contact's accesses.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Access {
    /// Its id.
    pub id: String,
    /// What was done: `signed_in`, `signed_out`, `link_spent`, `downloaded`, `paid`, `revoked`.
    pub what: String,
    /// A word about it.
    pub detail: String,
    /// The network address.
    pub address: String,
    /// The browser.
    pub user_agent: String,
    /// When.
    pub at: Millis,
}

/// Writes a line of the history.
pub async fn note_in(
    tx: &mut Tx,
    contact: &ContactId,
    what: &str,
    detail: &str,
    address: &str,
    user_agent: &str,
) -> Result<()> {
    let id = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO portal_accesses (id, contact_id, what, detail, address, user_agent, at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id)
        .bind(contact)
        .bind(what)
        .bind(detail.chars().take(200).collect::<String>())
        .bind(address)
        .bind(user_agent.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        .bind(now)
        .run(&mut *tx)
        .await?;
    let actor = Actor::Contact(contact.clone());
    let place = audit::Place::new(address, user_agent);
    let detail = serde_json::json!({ "detail": detail.chars().take(200).collect::<String>() });
    audit::from(
        place,
        audit::record(tx, &actor, &format!("portal.{what}"), contact.as_str(), &detail),
    )
    .await
}

/// The history of a contact's accesses, the newest first.
pub async fn accesses(on: impl On, contact: &ContactId, most: i64) -> Result<Vec<Access>> {
    sql("SELECT id, what, detail, address, user_agent, at FROM portal_accesses WHERE contact_id = $1 ORDER BY id DESC LIMIT $2")
        .bind(contact)
        .bind(most)
        .all(on)
        .await
}
