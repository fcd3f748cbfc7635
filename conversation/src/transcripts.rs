//! A conversation sent by mail as a copy to read: by whom, how often, and the line that says so.

use serde_json::json;

use crate::activity::activity;
use crate::audit;
use crate::conversations;
use crate::db::sql;
use crate::error::{Error, Result};
use crate::inboxes;
use crate::notices::{self, Look, NewNotice};
use crate::store::{Store, conversation_updated};
use crate::types::{Actor, ConversationId, Millis};

/// So often is one conversation sent within [`PERIOD`], to whomever.
pub const MOST: i64 = 3;
/// An hour, in milliseconds.
pub const PERIOD: Millis = 60 * 60 * 1000;

/// Sends a conversation, as the caller wrote it down; a line in it and an entry of the audit say to whom. What is answered to
/// the copy comes back to the conversation.
///
/// # Errors
/// [`Error::Invalid`] where there is no mailbox to send it by, the address is one of ours, or the conversation is spam;
/// [`Error::Conflict`] where it was sent [`MOST`] times within the last hour.
pub async fn send(
    store: &Store,
    actor: &Actor,
    conversation: &ConversationId,
    notice: NewNotice,
    look: &Look,
) -> Result<()> {
    let mut tx = store.begin().await?;
    let mut found = conversations::lock_current(&mut tx, conversation).await?;
    if found.spam_since.is_some() {
        return Err(Error::Invalid(
            "nothing leaves from a conversation that is spam".to_owned(),
        ));
    }
    let is_ours = inboxes::list(&mut tx)
        .await?
        .iter()
        .any(|inbox| inbox.address.eq_ignore_ascii_case(&notice.recipient));
    if is_ours {
        // It would come in as a customer's.
        return Err(Error::Invalid(format!(
            "`{}` is a mailbox of this business: name somebody's own address",
            notice.recipient
        )));
    }
    let since = tx.now() - PERIOD;
    let (sent,): (i64,) = sql("SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND kind = 'activity' AND at > $2 AND extra LIKE '%\"action\":\"transcript_sent\"%'")
        .bind(&found.id)
        .bind(since)
        .one(&mut tx)
        .await?;
    if sent >= MOST {
        return Err(Error::Conflict(
            "this conversation was sent three times within the last hour; try again later".to_owned(),
        ));
    }
    let recipient = notice.recipient.clone();
    // Whoever answers the copy is heard where it was said.
    let look = Look {
        reply_token: Some(store.keys().reply_token(&found.id)),
        ..look.clone()
    };
    if notices::put_dressed_in(&mut tx, notice, &look).await?.is_none() {
        return Err(Error::Invalid(
            "no mail leaves here yet: add an e-mail inbox first".to_owned(),
        ));
    }
    let what = json!({ "action": "transcript_sent", "address": recipient });
    activity(&mut tx, &found, actor, what).await?;
    found.message_count += 1;
    conversations::save(&mut tx, &mut found).await?;
    let id = found.id.as_str();
    audit::record(&mut tx, actor, "conversation.transcript_sent", id, &json!({})).await?;
    tx.emit(conversation_updated(
        &found.id,
        actor,
        json!({ "action": "transcript_sent" }),
    ));
    tx.commit().await.map(drop)
}
