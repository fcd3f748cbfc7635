//! What a ticket has to do with others, and with issues in somebody else's tracker.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;

use super::{Ticket, history, list, load, solve};
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::store::{Store, Tx, event};
use crate::types::{Actor, Millis, TicketId};

/// The most links or references of one ticket.
const MOST: i64 = 100;

/// How two tickets belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// This one says the same as the other, which is worked on.
    Duplicate,
    /// They have to do with each other.
    Related,
}

impl LinkKind {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            LinkKind::Duplicate => "duplicate",
            LinkKind::Related => "related",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<LinkKind> {
        [LinkKind::Duplicate, LinkKind::Related]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A ticket that another one is linked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How.
    pub kind: LinkKind,
    /// Whether the link was made on this side: this is a duplicate of the other.
    pub is_own: bool,
    /// The other ticket.
    pub other: Ticket,
}

/// An issue in somebody else's tracker.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Reference {
    /// Its id.
    pub id: String,
    /// What they call it, such as `APP-123`.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Since when.
    pub at: Millis,
}

/// The links of a ticket, from both sides.
pub async fn of(on: impl On, ticket: &TicketId) -> Result<Vec<Link>> {
    let mut on = on;
    let rows: Vec<(TicketId, String, bool)> = sql("SELECT other_id, kind, TRUE FROM ticket_links WHERE ticket_id = $1 UNION ALL SELECT ticket_id, kind, FALSE FROM ticket_links WHERE other_id = $1 LIMIT 200")
        .bind(ticket)
        .all(&mut on)
        .await?;
    let ids: Vec<TicketId> = rows.iter().map(|(other, ..)| other.clone()).collect();
    let others: HashMap<TicketId, Ticket> = list::some(&mut on, &ids)
        .await?
        .into_iter()
        .map(|ticket| (ticket.id.clone(), ticket))
        .collect();
    rows.into_iter()
        .map(|(other, kind, is_own)| {
            Ok(Link {
                kind: LinkKind::from_text(&kind).ok_or_else(|| Error::corrupt("ticket link", &kind))?,
                is_own,
                other: others.get(&other).cloned().ok_or(Error::NotFound)?,
            })
        })
        .collect()
}

fn changed(tx: &mut Tx, actor: &Actor, ticket: &Ticket) {
    tx.emit(event(
        EventKind::TicketUpdated,
        &ticket.conversation_id,
        ticket.id.as_str(),
        actor,
        json!({ "number": ticket.number }),
    ));
}

/// Links two tickets; linking them again changes how.
///
/// # Errors
/// [`Error::Invalid`] for a ticket with itself, or a circle of duplicates; [`Error::NotFound`].
pub async fn link(store: &Store, actor: &Actor, id: &TicketId, other: &TicketId, kind: LinkKind) -> Result<()> {
    if id == other {
        return Err(Error::Invalid("a ticket cannot be linked with itself".to_owned()));
    }
    let mut tx = store.begin().await?;
    let (ticket, _) = solve::hold(&mut tx, id).await?;
    let other = load(&mut tx, other).await?;
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM ticket_links WHERE ticket_id = $1 OR other_id = $1")
        .bind(id)
        .one(&mut tx)
        .await?;
    if count >= MOST {
        return Err(Error::Invalid(format!("a ticket has at most {MOST} links")));
    }
    sql("DELETE FROM ticket_links WHERE (ticket_id = $1 AND other_id = $2) OR (ticket_id = $2 AND other_id = $1)")
        .bind(id)
        .bind(&other.id)
        .run(&mut tx)
        .await?;
    let now = tx.now();
    sql("INSERT INTO ticket_links (ticket_id, other_id, kind, at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(&other.id)
        .bind(kind.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    for (one, two) in [(&ticket, &other), (&other, &ticket)] {
        let what = json!({ "kind": kind, "number": two.number });
        history::record(&mut tx, actor, &one.id, "linked", &what).await?;
    }
    changed(&mut tx, actor, &ticket);
    tx.commit().await?;
    Ok(())
}

/// Takes a link away, whichever side made it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn unlink(store: &Store, actor: &Actor, id: &TicketId, other: &TicketId) -> Result<()> {
    let mut tx = store.begin().await?;
    let (ticket, _) = solve::hold(&mut tx, id).await?;
    let rows =
        sql("DELETE FROM ticket_links WHERE (ticket_id = $1 AND other_id = $2) OR (ticket_id = $2 AND other_id = $1)")
            .bind(id)
            .bind(other)
            .run(&mut tx)
            .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    let other = load(&mut tx, other).await?;
    history::record(&mut tx, actor, id, "unlinked", &json!({ "number": other.number })).await?;
    changed(&mut tx, actor, &ticket);
    tx.commit().await?;
    Ok(())
}

/// The issues elsewhere that a ticket names.
pub async fn references(on: impl On, ticket: &TicketId) -> Result<Vec<Reference>> {
    sql("SELECT id, name, url, at FROM ticket_references WHERE ticket_id = $1 ORDER BY id")
        .bind(ticket)
        .all(on)
        .await
}

/// Names an issue in somebody else's tracker.
///
/// # Errors
/// [`Error::Invalid`] without a name, or for an address that does not begin with `https://` or `http://`;
/// [`Error::NotFound`].
pub async fn refer(store: &Store, actor: &Actor, id: &TicketId, name: &str, url: &str) -> Result<Reference> {
    let url = url.trim();
    let is_link = ["https://", "http://"]
        .iter()
        .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    if !is_link || url.len() > 1_000 || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Error::Invalid(
            "url: the address of the issue, beginning with https:// or http://".to_owned(),
        ));
    }
    // Trackers put what they call it last in its address.
    let last = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = crate::desk::name("name", if name.trim().is_empty() { last } else { name }, 100)?;
    let mut tx = store.begin().await?;
    let (ticket, _) = solve::hold(&mut tx, id).await?;
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM ticket_references WHERE ticket_id = $1")
        .bind(id)
        .one(&mut tx)
        .await?;
    if count >= MOST {
        return Err(Error::Invalid(format!("a ticket names at most {MOST} issues")));
    }
    let reference = Reference {
        id: tx.env().ulid(),
        name,
        url: url.to_owned(),
        at: tx.now(),
    };
    sql("INSERT INTO ticket_references (id, ticket_id, name, url, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&reference.id)
        .bind(id)
        .bind(&reference.name)
        .bind(&reference.url)
        .bind(reference.at)
        .run(&mut tx)
        .await?;
    let what = json!({ "name": reference.name, "url": reference.url });
    history::record(&mut tx, actor, id, "reference", &what).await?;
    changed(&mut tx, actor, &ticket);
    tx.commit().await?;
    Ok(reference)
}

/// Takes such a name away.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn unrefer(store: &Store, actor: &Actor, id: &TicketId, reference: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let (ticket, _) = solve::hold(&mut tx, id).await?;
    let rows = sql("DELETE FROM ticket_references WHERE id = $1 AND ticket_id = $2")
        .bind(reference)
        .bind(id)
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    history::record(&mut tx, actor, id, "reference", &json!({ "removed": true })).await?;
    changed(&mut tx, actor, &ticket);
    tx.commit().await?;
    Ok(())
}
