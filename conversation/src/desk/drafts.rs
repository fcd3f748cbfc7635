//! Drafts: what an agent has begun to write, kept on the server, so that it is there after a reload
//! and on the other device.

use serde::{Deserialize, Serialize};

use super::{from_json, to_json};
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::reply::LONGEST_TEXT;
use crate::store::{Store, Tx};
use crate::types::{AgentId, AttachmentId, Channel, ConversationId, Millis};

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where.
    pub conversation: ConversationId,
    /// A note, not a reply.
    pub is_note: bool,
    /// The words so far.
    pub text: String,
    /// What else there is.
    pub extra: DraftExtra,
    /// Counts its changes.
    pub revision: i64,
    /// When it changed last.
    pub updated_at: Millis,
}

/// What a draft has besides its words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftExtra {
    /// The channel that was chosen, where it is not the one that is proposed.
    pub channel: Option<Channel>,
    /// The cards, as `kind:reference`.
    pub cards: Vec<String>,
    /// Uploaded files.
    pub files: Vec<AttachmentId>,
    /// Who gets a copy, as it was typed; `None` leaves it to whoever proposes.
    pub cc: Option<String>,
    /// Who gets a copy that nobody else sees, as it was typed.
    pub bcc: String,
}

impl DraftExtra {
    fn is_empty(&self) -> bool {
        self.cards.is_empty() && self.files.is_empty()
    }

    fn is_long(&self) -> bool {
        self.cc.as_deref().unwrap_or_default().len() + self.bcc.len() > LONGEST_TEXT
    }
}

/// Keeps a draft; one without words, cards and files is thrown away. `based_on` is the revision that
/// the writer had: another window's newer draft is not written over.
///
/// # Errors
/// [`Error::Conflict`] when the draft has changed since `based_on`; [`Error::Invalid`] when it is too long.
pub async fn keep(
    store: &Store,
    agent: &AgentId,
    conversation: &ConversationId,
    is_note: bool,
    text: &str,
    extra: &DraftExtra,
    based_on: Option<i64>,
) -> Result<i64> {
    if text.chars().count() > LONGEST_TEXT || extra.cards.len() > 20 || extra.files.len() > 20 || extra.is_long() {
        return Err(Error::Invalid("the draft is too long".to_owned()));
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    let is_empty = text.trim().is_empty() && extra.is_empty();
    let current: Option<(i64,)> = sql("SELECT revision FROM drafts WHERE agent_id = $1 AND conversation_id = $2")
        .bind(agent)
        .bind(conversation)
        .optional(&mut tx)
        .await?;
    if let (Some((current,)), Some(based_on)) = (current, based_on)
        && current != based_on
    {
        return Err(Error::Conflict("the draft was changed in another window".to_owned()));
    }
    if is_empty {
        discard_in(&mut tx, agent, conversation).await?;
        tx.commit_silently().await?;
        return Ok(0);
    }
    // A revision is a time that only grows, so that a draft begun anew has another than the old one.
    let revision = now.max(current.map_or(0, |(current,)| current) + 1);
    sql("INSERT INTO drafts (agent_id, conversation_id, kind, text, extra, revision, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (agent_id, conversation_id) DO UPDATE SET kind = excluded.kind, text = excluded.text, extra = excluded.extra, revision = excluded.revision, updated_at = excluded.updated_at")
        .bind(agent)
        .bind(conversation)
        .bind(if is_note { "note" } else { "reply" })
        .bind(text)
        .bind(to_json(extra))
        .bind(revision)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(revision)
}

/// Throws a draft away, as when it was sent.
pub async fn discard_in(tx: &mut Tx, agent: &AgentId, conversation: &ConversationId) -> Result<()> {
    sql("DELETE FROM drafts WHERE agent_id = $1 AND conversation_id = $2")
        .bind(agent)
        .bind(conversation)
        .run(tx)
        .await?;
    Ok(())
}

/// The draft of an agent in a conversation.
pub async fn load(on: impl On, agent: &AgentId, conversation: &ConversationId) -> Result<Option<Draft>> {
    let row: Option<(String, String, String, i64, i64)> =
        sql("SELECT kind, text, extra, revision, updated_at FROM drafts WHERE agent_id = $1 AND conversation_id = $2")
            .bind(agent)
            .bind(conversation)
            .optional(on)
            .await?;
    row.map(|(kind, text, extra, revision, updated_at)| {
        Ok(Draft {
            conversation: conversation.clone(),
            is_note: kind == "note",
            text,
            extra: from_json(&format!("draft in {conversation}"), &extra)?,
            revision,
            updated_at,
        })
    })
    .transpose()
}

/// Those of these conversations in which the agent has a draft, with its beginning; for lists.
pub async fn among(
    on: impl On,
    agent: &AgentId,
    conversations: &[ConversationId],
) -> Result<Vec<(ConversationId, String)>> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(ConversationId, String)> = composed_sql(format!(
        "SELECT conversation_id, text FROM drafts WHERE agent_id = $1 AND conversation_id IN {}",
        placeholders(1, conversations.len(), 1)
    ))
    .bind(agent)
    .bind_all(conversations)
    .all(on)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, text)| (id, crate::conversations::preview_of(&crate::marks::plain(&text, ""))))
        .collect())
}
