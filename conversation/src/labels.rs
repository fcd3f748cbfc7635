//! Labels: words that people put on conversations to find them again.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;

use crate::audit;
use crate::conversations;
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx, conversation_updated};
use crate::teams::name_of;
use crate::types::{Actor, ConversationId, LabelId, Millis};

/// How many tints there are to choose from.
pub const TINTS: i64 = 6;
/// The most labels that one conversation carries.
pub const MOST: i64 = 20;

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// Its word.
    pub name: String,
    /// One of [`TINTS`], from 0.
    pub tint: i64,
    /// Since when.
    pub created_at: Millis,
}

/// All labels, by name.
pub async fn list(on: impl On) -> Result<Vec<Label>> {
    sql("SELECT id, name, tint, created_at FROM labels ORDER BY name, id")
        .all(on)
        .await
}

/// The labels of several conversations, by name.
pub async fn of_conversations(
    on: impl On,
    conversations: &[ConversationId],
) -> Result<HashMap<ConversationId, Vec<Label>>> {
    if conversations.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(ConversationId, LabelId, String, i64, Millis)> = composed_sql(format!(
        "SELECT c.conversation_id, l.id, l.name, l.tint, l.created_at FROM conversation_labels c JOIN labels l ON l.id = c.label_id WHERE c.conversation_id IN {} ORDER BY l.name, l.id",
        placeholders(1, conversations.len(), 0)
    ))
    .bind_all(conversations)
    .all(on)
    .await?;
    let mut found: HashMap<ConversationId, Vec<Label>> = HashMap::new();
    for (conversation, id, name, tint, created_at) in rows {
        found.entry(conversation).or_default().push(Label {
            id,
            name,
            tint,
            created_at,
        });
    }
    Ok(found)
}

/// Adds a label, or finds the one of that name.
///
/// # Errors
/// [`Error::Invalid`] without a name.
pub async fn create(store: &Store, actor: &Actor, name: &str, tint: Option<i64>) -> Result<Label> {
    let name = name_of(name)?;
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["labels".to_owned()]).await?;
    // `Urgent` and `urgent` are one word to the people who search for it.
    let all: Vec<Label> = list(&mut tx).await?;
    if let Some(known) = all.iter().find(|one| one.name.to_lowercase() == name.to_lowercase()) {
        return Ok(known.clone());
    }
    let now = tx.now();
    let next = i64::try_from(all.len()).unwrap_or(0);
    let label = Label {
        id: LabelId::from(tx.env().ulid()),
        name,
        tint: tint.unwrap_or(next).rem_euclid(TINTS),
        created_at: now,
    };
    sql("INSERT INTO labels (id, name, tint, created_at) VALUES ($1, $2, $3, $4)")
        .bind(&label.id)
        .bind(label.name.as_str())
        .bind(label.tint)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.emit(changed(&label.id, actor));
    tx.commit().await?;
    Ok(label)
}

/// Renames or recolours a label.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when there is one of that name.
pub async fn change(store: &Store, actor: &Actor, id: &LabelId, name: &str, tint: i64) -> Result<()> {
    let name = name_of(name)?;
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["labels".to_owned()]).await?;
    let all: Vec<Label> = list(&mut tx).await?;
    if all
        .iter()
        .any(|one| one.id != *id && one.name.to_lowercase() == name.to_lowercase())
    {
        return Err(Error::Conflict("there is a label of that name already".to_owned()));
    }
    let rows = sql("UPDATE labels SET name = $2, tint = $3 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(tint.rem_euclid(TINTS))
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    tx.emit(changed(id, actor));
    tx.commit().await?;
    Ok(())
}

/// Removes a label from everywhere.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &LabelId) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("DELETE FROM conversation_labels WHERE label_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    if sql("DELETE FROM labels WHERE id = $1").bind(id).run(&mut tx).await? == 0 {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, actor, "label.removed", id.as_str(), &json!({})).await?;
    tx.emit(changed(id, actor));
    tx.commit().await?;
    Ok(())
}

fn changed(id: &LabelId, actor: &Actor) -> NewEvent {
    NewEvent {
        kind: EventKind::LabelUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({}),
    }
}

/// Puts labels on a conversation and takes others off; returns whether anything changed.
///
/// # Errors
/// [`Error::NotFound`] for a conversation or a label that is not there; [`Error::Invalid`] beyond
/// [`MOST`].
pub async fn set(
    store: &Store,
    actor: &Actor,
    conversation: &ConversationId,
    add: &[LabelId],
    remove: &[LabelId],
) -> Result<bool> {
    let mut tx = store.begin().await?;
    let has_changed = set_in(&mut tx, actor, conversation, add, remove).await?;
    if has_changed {
        tx.commit().await?;
    }
    Ok(has_changed)
}

/// As [`set`], as part of a transaction of the caller's.
///
/// # Errors
/// As [`set`].
pub async fn set_in(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &ConversationId,
    add: &[LabelId],
    remove: &[LabelId],
) -> Result<bool> {
    let held = conversations::lock_current(tx, conversation).await?;
    let now = tx.now();
    let mut changes = 0;
    for label in remove {
        changes += sql("DELETE FROM conversation_labels WHERE conversation_id = $1 AND label_id = $2")
            .bind(&held.id)
            .bind(label)
            .run(&mut *tx)
            .await?;
    }
    for label in add {
        let known: Option<(LabelId,)> = sql("SELECT id FROM labels WHERE id = $1")
            .bind(label)
            .optional(&mut *tx)
            .await?;
        if known.is_none() {
            return Err(Error::NotFound);
        }
        changes += sql("INSERT INTO conversation_labels (conversation_id, label_id, added_at) VALUES ($1, $2, $3) ON CONFLICT (conversation_id, label_id) DO NOTHING")
            .bind(&held.id)
            .bind(label)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    if changes == 0 {
        return Ok(false);
    }
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM conversation_labels WHERE conversation_id = $1")
        .bind(&held.id)
        .one(&mut *tx)
        .await?;
    if count > MOST {
        return Err(Error::Invalid(format!("a conversation carries at most {MOST} labels")));
    }
    tx.emit(conversation_updated(
        &held.id,
        actor,
        json!({ "action": "labelled", "added": add, "removed": remove }),
    ));
    Ok(true)
}
