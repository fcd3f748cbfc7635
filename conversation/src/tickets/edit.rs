//! Changing what is a ticket's own: kind, category, matter, brief, fields.

use std::collections::HashSet;

use serde_json::json;

use super::{Ticket, categories, history, load, solve};
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::fields::{self, Field, Target};
use crate::store::{Store, Tx, event};
use crate::types::{Actor, FieldId, TicketId, TicketKind};

/// The longest brief, in characters.
pub const LONGEST_BRIEF: usize = 20_000;

/// What to change; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Question, incident or request.
    pub kind: Option<TicketKind>,
    /// The category; the inner `None` takes it away.
    pub category: Option<Option<String>>,
    /// The matter.
    pub subject: Option<String>,
    /// What was asked and what was tried.
    pub brief: Option<String>,
    /// Values of fields; an empty one is taken away.
    pub fields: Vec<(FieldId, String)>,
}

/// Changes a ticket.
///
/// # Errors
/// [`Error::Invalid`] for an empty subject, a category that is not there, or a value that does not fit
/// its field; [`Error::NotFound`].
pub async fn edit(store: &Store, actor: &Actor, id: &TicketId, edit: Edit) -> Result<Ticket> {
    let mut tx = store.begin().await?;
    if edit_in(&mut tx, actor, id, edit).await? {
        tx.commit().await?;
    }
    load(store.db(), id).await
}

/// As [`edit`], as part of a transaction of the caller's. Tells whether anything changed.
///
/// # Errors
/// As [`edit`].
pub async fn edit_in(tx: &mut Tx, actor: &Actor, id: &TicketId, edit: Edit) -> Result<bool> {
    let (was, conversation) = solve::hold(tx, id).await?;
    let mut now = was.clone();
    if let Some(kind) = edit.kind {
        now.kind = kind;
    }
    if let Some(category) = edit.category {
        if let Some(category) = category.as_deref().filter(|id| now.category.as_deref() != Some(*id))
            && categories::tree(&mut *tx).await?.get(category).is_none()
        {
            return Err(Error::Invalid("category: there is no such category".to_owned()));
        }
        now.category = category;
    }
    if let Some(subject) = edit.subject {
        now.subject = subject.trim().chars().take(300).collect();
        if now.subject.is_empty() {
            return Err(Error::Invalid("a ticket needs a subject".to_owned()));
        }
    }
    if let Some(brief) = edit.brief {
        now.brief = brief.trim().to_owned();
        if now.brief.chars().count() > LONGEST_BRIEF {
            return Err(Error::Invalid(format!("brief: at most {LONGEST_BRIEF} characters")));
        }
    }
    let has_fields = set_fields(tx, id, now.kind, &edit.fields).await?;
    if now == was && !has_fields {
        return Ok(false);
    }
    let at = tx.now();
    sql("UPDATE tickets SET kind = $2, category = $3, subject = $4, brief = $5, updated_at = $6, version = version + 1 WHERE id = $1")
        .bind(id)
        .bind(now.kind)
        .bind(now.category.clone())
        .bind(now.subject.as_str())
        .bind(now.brief.as_str())
        .bind(at)
        .run(&mut *tx)
        .await?;
    let changes = [
        ("kind", json!(was.kind), json!(now.kind)),
        ("category", json!(was.category), json!(now.category)),
        ("subject", json!(was.subject), json!(now.subject)),
    ];
    for (what, from, to) in changes {
        if from != to {
            history::record(tx, actor, id, what, &json!({ "from": from, "to": to })).await?;
        }
    }
    if has_fields || was.brief != now.brief {
        history::record(tx, actor, id, "field", &json!({})).await?;
    }
    tx.emit(event(
        EventKind::TicketUpdated,
        &conversation.id,
        id.as_str(),
        actor,
        json!({ "number": was.number, "has_category": was.category != now.category && now.category.is_some() }),
    ));
    Ok(true)
}

async fn set_fields(tx: &mut Tx, id: &TicketId, kind: TicketKind, given: &[(FieldId, String)]) -> Result<bool> {
    if given.is_empty() {
        return Ok(false);
    }
    let known = of_kind(&mut *tx, kind).await?;
    let mut values = Vec::new();
    for (field, value) in given {
        let field = known
            .iter()
            .find(|one| one.id == *field)
            .ok_or_else(|| Error::Invalid("fields: this kind of ticket has no such field".to_owned()))?;
        values.push((field, value.as_str()));
    }
    fields::set_in(tx, id.as_str(), &values).await
}

/// The fields of tickets of one kind.
pub async fn of_kind(on: impl On, kind: TicketKind) -> Result<Vec<Field>> {
    let mut on = on;
    let all = fields::list(&mut on).await?;
    let only = kinds(&mut on).await?;
    Ok(all
        .into_iter()
        .filter(|field| field.target == Target::Ticket)
        .filter(|field| {
            let mut own = only.iter().filter(|(id, _)| *id == field.id).peekable();
            own.peek().is_none() || own.any(|(_, of)| *of == kind)
        })
        .collect())
}

/// Which fields belong to some kinds only.
pub async fn kinds(on: impl On) -> Result<Vec<(FieldId, TicketKind)>> {
    sql("SELECT field_id, kind FROM ticket_field_kinds ORDER BY field_id, kind")
        .all(on)
        .await
}

/// Says to which kinds of tickets a field belongs; none is all.
///
/// # Errors
/// [`Error::NotFound`] when there is no such field of tickets.
pub async fn set_kinds(store: &Store, field: &FieldId, kinds: &[TicketKind]) -> Result<()> {
    let mut tx = store.begin().await?;
    let is_known = fields::list(&mut tx)
        .await?
        .iter()
        .any(|one| one.id == *field && one.target == Target::Ticket);
    if !is_known {
        return Err(Error::NotFound);
    }
    sql("DELETE FROM ticket_field_kinds WHERE field_id = $1")
        .bind(field)
        .run(&mut tx)
        .await?;
    for kind in kinds.iter().collect::<HashSet<_>>() {
        sql("INSERT INTO ticket_field_kinds (field_id, kind) VALUES ($1, $2)")
            .bind(field)
            .bind(*kind)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await
}
