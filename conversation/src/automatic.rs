//! How many answers by itself one mail address gets. A machine whose mails look like a person's, and that answers
//! every one of ours, would otherwise go on with the bot for ever, each time in a new conversation (RFC 3834, section 2).

use serde_json::json;

use crate::activity::activity;
use crate::conversations::{self, Conversation};
use crate::db::sql;
use crate::error::Result;
use crate::reply::{NewReply, Replied, reply_in};
use crate::store::Tx;
use crate::types::{Actor, Channel, Millis};

/// So many within so many milliseconds; both sides must have written as often. No person reads and answers faster.
const BUDGETS: [(usize, Millis); 2] = [(8, 10 * 60_000), (30, 24 * 3_600_000)];
/// The mark of a conversation whose agents were told.
const QUIET: &str = "quiet";

/// Whether the address that a conversation answers to had all the answers by itself that it gets for now. What is told because
/// of something else (an invoice, a visit) is not counted against somebody who writes little.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_spent(tx: &mut Tx, conversation: &Conversation) -> Result<bool> {
    let (Channel::Email, Some(address)) = (conversation.channel, &conversation.reply_address) else {
        return Ok(false);
    };
    let now = tx.now();
    let most = BUDGETS[BUDGETS.len() - 1].0;
    let said: Vec<(Millis,)> = sql("SELECT m.created_at FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.recipient = $1 AND d.channel = 'email' AND m.author_kind IN ('bot', 'system') ORDER BY d.id DESC LIMIT $2")
        .bind(address.as_str())
        .bind(most as i64)
        .all(&mut *tx)
        .await?;
    let is_full = |times: &[(Millis,)]| {
        BUDGETS
            .iter()
            .any(|(count, span)| times.get(count - 1).is_some_and(|(at,)| *at > now - span))
    };
    if !is_full(&said) {
        return Ok(false);
    }
    let heard: Vec<(Millis,)> = sql("SELECT m.created_at FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE c.contact_id = $1 AND c.last_message_at > $2 AND m.kind = 'inbound' AND m.created_at > $2 ORDER BY m.created_at DESC LIMIT $3")
        .bind(&conversation.contact_id)
        .bind(now - BUDGETS[BUDGETS.len() - 1].1)
        .bind(most as i64)
        .all(&mut *tx)
        .await?;
    Ok(is_full(&heard))
}

/// Says something by itself, as an answer to what a customer wrote; nothing where that is too much for their address, and
/// a line in the conversation tells agents so, once. Returns what was written.
///
/// # Errors
/// As [`reply_in`].
pub async fn answer_in(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &Conversation,
    new: NewReply,
) -> Result<Option<Replied>> {
    if is_spent(tx, conversation).await? {
        keep_quiet_in(tx, conversation).await?;
        return Ok(None);
    }
    reply_in(tx, actor, new).await.map(Some)
}

async fn keep_quiet_in(tx: &mut Tx, conversation: &Conversation) -> Result<()> {
    let told: Option<(i64,)> = sql("SELECT at FROM conversation_marks WHERE conversation_id = $1 AND kind = $2")
        .bind(&conversation.id)
        .bind(QUIET)
        .optional(&mut *tx)
        .await?;
    if told.is_some() {
        return Ok(());
    }
    let now = tx.now();
    let mut held = conversations::lock(tx, &conversation.id).await?;
    let line = activity(tx, &held, &Actor::System, json!({ "action": "kept_quiet" })).await?;
    held.message_count += 1;
    conversations::save(tx, &mut held).await?;
    sql("INSERT INTO conversation_marks (conversation_id, kind, message_id, at) VALUES ($1, $2, $3, $4)")
        .bind(&conversation.id)
        .bind(QUIET)
        .bind(&line)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}
