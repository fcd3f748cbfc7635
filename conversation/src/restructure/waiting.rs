//! Who waits for an answer once messages stand elsewhere: what nobody answered where it was waits where it went, and what
//! hid the conversation there is taken back with the messages.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::refresh;
use crate::activity::activity;
use crate::conversations::Conversation;
use crate::db::{composed_sql, placeholders, sql};
use crate::error::Result;
use crate::store::{Tx, conversation_updated};
use crate::types::{Actor, AgentId, ConversationStatus, Level, MatchedBy, MessageId, MessageKind, Millis};

/// How a conversation stood before messages that wait opened it, and which; kept with the line that says they came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stood {
    status: ConversationStatus,
    level: Level,
    assignee: Option<AgentId>,
    resolved_at: Option<Millis>,
    snoozed_until: Option<Millis>,
    waiting_since: Option<Millis>,
    messages: Vec<MessageId>,
}

/// What was known before the messages moved.
#[derive(Debug)]
pub(super) struct Before {
    /// Since when the customer waits for an answer to one of them.
    unanswered: Option<Millis>,
    /// Whether an answer is among them.
    is_answer: bool,
    source: Option<Millis>,
    target: Option<Millis>,
    /// The target is made for them.
    is_new: bool,
}

/// What a customer waits for an answer to; nobody does after a sign, such as a reaction.
pub(crate) const ASKS: &str = "kind = 'inbound' AND auto = 'none' AND (extra IS NULL OR (extra NOT LIKE '%\"type\":\"reaction\"%' AND extra NOT LIKE '%\"type\":\"revoke\"%' AND extra NOT LIKE '%\"type\":\"system\"%'))";

/// That nothing of ours came after a message `m` of the conversation `$1`. Word that somebody will answer is not the answer (see
/// `reply::show_said`): what the system says, and the bot once it has handed over.
pub(crate) const UNANSWERED: &str = "NOT EXISTS (SELECT 1 FROM messages o WHERE o.conversation_id = $1 AND o.kind = 'outbound' AND (o.at, o.id) > (m.at, m.id)
            AND o.author_kind <> 'system' AND NOT (o.author_kind = 'bot' AND EXISTS (SELECT 1 FROM level_moves l WHERE l.conversation_id = $1 AND l.from_level = 'bot' AND l.at <= o.at)))";

/// Looks at the messages while they are where they were.
pub(super) async fn before(
    tx: &mut Tx,
    messages: &[MessageId],
    source: &Conversation,
    target: &Conversation,
) -> Result<Before> {
    let (answers,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM messages WHERE kind = 'outbound' AND author_kind <> 'system' AND id IN {}",
        placeholders(1, messages.len(), 0)
    ))
    .bind_all(messages)
    .one(&mut *tx)
    .await?;
    let mut unanswered = None;
    if let Some(since) = source.waiting_since {
        (unanswered,) = composed_sql(format!(
            "SELECT MIN(at) FROM messages WHERE at >= $1 AND {ASKS} AND id IN {}",
            placeholders(1, messages.len(), 1)
        ))
        .bind(since)
        .bind_all(messages)
        .one(&mut *tx)
        .await?;
    }
    Ok(Before {
        unanswered,
        is_answer: answers > 0,
        source: source.waiting_since,
        target: target.waiting_since,
        is_new: target.message_count == 0,
    })
}

/// Counts the conversation that messages left anew. What waited in it still does, as far as it is still there; an answer
/// that left answers nothing here any more.
pub(super) async fn left(tx: &mut Tx, before: &Before, source: &mut Conversation) -> Result<()> {
    refresh(tx, source).await?;
    let by_answer = source.waiting_since.take().filter(|_| before.is_answer);
    let mut waits = None;
    if let Some(since) = before.source {
        // What was moved here waits although something else was answered after it.
        (waits,) = composed_sql(format!(
            "SELECT MIN(m.at) FROM messages m WHERE m.conversation_id = $1 AND m.at >= $2 AND {ASKS} AND (m.matched_by = $3 OR {UNANSWERED})"
        ))
        .bind(&source.id)
        .bind(since)
        .bind(MatchedBy::Agent)
        .one(&mut *tx)
        .await?;
    }
    source.waiting_since = earliest(waits, by_answer);
    Ok(())
}

/// Counts the conversation that messages came to anew, and opens it where a customer waits for an answer to them; then how
/// it stood before.
pub(super) async fn arrived(
    tx: &mut Tx,
    before: &Before,
    messages: &[MessageId],
    source: &Conversation,
    target: &mut Conversation,
) -> Result<Option<Stood>> {
    let is_hidden = target.status != ConversationStatus::Open;
    let stood = before.unanswered.filter(|_| is_hidden).map(|_| Stood {
        status: target.status,
        level: target.level,
        assignee: target.assignee_id.clone(),
        resolved_at: target.resolved_at,
        snoozed_until: target.snoozed_until,
        waiting_since: target.waiting_since,
        messages: messages.to_vec(),
    });
    if stood.is_some() {
        open(tx, source, target).await?;
    }
    refresh(tx, target).await?;
    let counted = target.waiting_since.take();
    let was = match before {
        // Everything in it came with these messages.
        Before { is_new: true, .. } => counted,
        Before { is_answer: true, .. } => before.target.and(counted),
        _ => before.target,
    };
    target.waiting_since = earliest(was, before.unanswered);
    Ok(stood)
}

/// Opens what is resolved or snoozed for what came from another conversation.
pub(super) async fn open(tx: &mut Tx, source: &Conversation, target: &mut Conversation) -> Result<()> {
    target.status = ConversationStatus::Open;
    target.resolved_at = None;
    target.snoozed_until = None;
    // The bot answers what arrives, not what is moved.
    if target.level == Level::Bot && source.status != ConversationStatus::Resolved {
        target.level = source.level;
    }
    let_go(tx, target).await
}

/// What comes back to somebody who is no longer there is nobody's: it would wait where nobody looks.
pub(crate) async fn let_go(tx: &mut Tx, conversation: &mut Conversation) -> Result<()> {
    if let Some(agent) = &conversation.assignee_id {
        let (here,): (i64,) = sql("SELECT COUNT(*) FROM agents WHERE id = $1 AND is_enabled")
            .bind(agent)
            .one(&mut *tx)
            .await?;
        if here == 0 {
            conversation.assignee_id = None;
        }
    }
    Ok(())
}

/// Says that it was opened, in its thread and to whoever follows.
pub(super) async fn say_opened(tx: &mut Tx, actor: &Actor, target: &mut Conversation) -> Result<()> {
    let what = json!({ "action": "reopened" });
    activity(tx, target, actor, what.clone()).await?;
    target.message_count += 1;
    tx.emit(conversation_updated(&target.id, actor, what));
    Ok(())
}

/// Hides a conversation again which nothing but these messages opened, now that they go back to where they came from; whether
/// it did.
pub(super) async fn hide_again(
    tx: &mut Tx,
    messages: &[MessageId],
    source: &mut Conversation,
    target: &Conversation,
) -> Result<bool> {
    if source.status != ConversationStatus::Open {
        return Ok(false);
    }
    let newest: Option<(MessageId, Option<String>)> = sql("SELECT id, extra FROM messages WHERE conversation_id = $1 AND kind = $2 AND extra LIKE '%\"stood\":%' ORDER BY at DESC, id DESC LIMIT 1")
        .bind(&source.id)
        .bind(MessageKind::Activity)
        .optional(&mut *tx)
        .await?;
    let Some((line, extra)) = newest else {
        return Ok(false);
    };
    let what: serde_json::Value = extra
        .and_then(|extra| serde_json::from_str(&extra).ok())
        .unwrap_or_default();
    let Ok(stood) = serde_json::from_value::<Stood>(what["stood"].clone()) else {
        return Ok(false);
    };
    let is_back = what["conversation"] == target.id.as_str() && stood.messages.iter().all(|one| messages.contains(one));
    let (since,): (i64,) = sql("SELECT COUNT(*) FROM messages m WHERE m.conversation_id = $1 AND m.created_at > (SELECT l.created_at FROM messages l WHERE l.id = $2)")
        .bind(&source.id)
        .bind(&line)
        .one(&mut *tx)
        .await?;
    if !is_back || since > 0 {
        return Ok(false);
    }
    source.status = stood.status;
    source.level = stood.level;
    source.assignee_id = stood.assignee;
    source.resolved_at = stood.resolved_at;
    source.snoozed_until = stood.snoozed_until;
    source.waiting_since = stood.waiting_since;
    Ok(true)
}

fn earliest(one: Option<Millis>, other: Option<Millis>) -> Option<Millis> {
    [one, other].into_iter().flatten().min()
}
