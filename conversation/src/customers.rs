//! A customer as an agent edits them in place: name, company, language, time zone and custom fields
//! in one step; and what a merge of two would do, before it is done.

use serde_json::json;

use crate::audit;
use crate::contacts;
use crate::conversations;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::fields::{self, Target};
use crate::store::{Store, conversation_updated};
use crate::types::{Actor, ContactId, ConversationId, FieldId, Language};

/// What an agent fills in.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The name; empty for none.
    pub name: String,
    /// The company's name; empty for none.
    pub company: String,
    /// The language.
    pub language: Option<Language>,
    /// The IANA name of the time zone; empty for none.
    pub tz: String,
    /// Custom values of the contact, its company and the conversation; an empty one is taken away.
    pub values: Vec<(FieldId, String)>,
}

/// Edits the customer of a conversation, and the conversation's own fields, at once or not at all.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for a time zone that is none and for values that do not
/// fit their field.
pub async fn edit(store: &Store, actor: &Actor, conversation: &ConversationId, edit: &Edit) -> Result<()> {
    let tz = edit.tz.trim();
    if !tz.is_empty() && (tz.len() > 64 || !is_time_zone(tz)) {
        return Err(Error::Invalid(format!(
            "`{}` is no time zone; write one such as America/Sao_Paulo",
            tz.chars().take(60).collect::<String>()
        )));
    }
    let mut tx = store.begin().await?;
    let held = conversations::lock_current(&mut tx, conversation).await?;
    let contact = held.contact_id.clone();
    let company = contacts::edit_in(&mut tx, &contact, &edit.name, edit.language, Some(&edit.company)).await?;
    sql("UPDATE contacts SET tz = $2 WHERE id = $1")
        .bind(&contact)
        .bind(Some(tz.to_owned()).filter(|tz| !tz.is_empty()))
        .run(&mut tx)
        .await?;
    let all = fields::list(&mut tx).await?;
    let mut has_changed = false;
    for target in Target::ALL {
        let object = match target {
            Target::Contact => Some(contact.as_str()),
            Target::Company => company.as_ref().map(|id| id.as_str()),
            Target::Conversation => Some(held.id.as_str()),
            // `tickets::edit` sets those.
            Target::Ticket => None,
        };
        let given: Vec<(&fields::Field, &str)> = edit
            .values
            .iter()
            .filter_map(|(id, value)| {
                let field = all.iter().find(|field| field.id == *id && field.target == *target)?;
                Some((field, value.as_str()))
            })
            .collect();
        if let Some(object) = object {
            let changed = fields::set_in(&mut tx, object, &given).await?;
            has_changed |= changed && *target == Target::Conversation;
        }
    }
    audit::record(&mut tx, actor, "contact.edited", contact.as_str(), &json!({})).await?;
    tx.emit(NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: contact.to_string(),
        actor: actor.clone(),
        data: json!({}),
    });
    if has_changed {
        tx.emit(conversation_updated(&held.id, actor, json!({ "action": "fields" })));
    }
    tx.commit().await?;
    Ok(())
}

fn is_time_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// The customer's time zone, where it is known.
pub async fn time_zone(on: impl On, contact: &ContactId) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> = sql("SELECT tz FROM contacts WHERE id = $1")
        .bind(contact)
        .optional(on)
        .await?;
    Ok(row.and_then(|(tz,)| tz))
}

/// Remembers the time zone that a customer's own browser named, unless one is known.
pub async fn learn_time_zone(store: &Store, contact: &ContactId, tz: &str) -> Result<()> {
    if tz.len() > 64 || !is_time_zone(tz) || time_zone(store.db(), contact).await?.is_some() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    sql("UPDATE contacts SET tz = $2 WHERE id = $1 AND tz IS NULL")
        .bind(contact)
        .bind(tz)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// What would move if a contact became part of another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergePreview {
    /// How many addresses and numbers.
    pub identities: i64,
    /// How many conversations.
    pub conversations: i64,
    /// How many tickets.
    pub tickets: i64,
}

/// Counts what would move.
pub async fn merge_preview(on: impl On, loser: &ContactId) -> Result<MergePreview> {
    let (identities, conversations, tickets): (i64, i64, i64) = sql("SELECT (SELECT COUNT(*) FROM identities WHERE contact_id = $1), (SELECT COUNT(*) FROM conversations WHERE contact_id = $1 AND merged_into IS NULL), (SELECT COUNT(*) FROM tickets WHERE contact_id = $1)")
        .bind(loser)
        .one(on)
        .await?;
    Ok(MergePreview {
        identities,
        conversations,
        tickets,
    })
}
