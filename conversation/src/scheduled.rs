//! Messages that leave later: released when their time comes, or taken back before.
//!
//! Until its release a message is [`MessageKind::Scheduled`], which no view of a customer's shows;
//! `message.created` is told only then. Whoever takes a message back gets its words again.

use serde_json::json;

use crate::audit;
use crate::conversations::{self, Attachment, Message};
use crate::db::{On, placeholders, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::reply::{SEND_WITHIN, is_shown, show_said};
use crate::store::{Store, Tx, event};
use crate::types::{
    Actor, ActorKind, AgentId, Channel, ContactId, ConversationId, DeliveryState, MessageId, MessageKind, Millis,
};
use crate::{attachments, restructure};

/// How many messages one look releases.
const AT_ONCE: i64 = 50;

/// What is due, asked every few moments. The earliest deliveries are chosen by their index before they are grouped:
/// SQLite would walk through all there ever were, in the order of their messages.
pub const DUE: &str = "SELECT message_id, MIN(send_after) AS due FROM (
        SELECT message_id, conversation_id, send_after FROM deliveries WHERE state = 'scheduled' AND send_after <= $1 ORDER BY send_after LIMIT 1000
    ) AS earliest WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = earliest.conversation_id AND c.spam_since IS NOT NULL) GROUP BY message_id ORDER BY due, message_id LIMIT $2";

/// What was taken back, to be written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    /// Where it was.
    pub conversation: ConversationId,
    /// Its words.
    pub text: String,
    /// Its files, which whoever took it back can put into another message.
    pub attachments: Vec<Attachment>,
}

/// Lets go what is due; returns how many messages. The dispatcher sends them.
pub async fn release_due(store: &Store) -> Result<usize> {
    let due: Vec<(MessageId, i64)> = sql(DUE).bind(store.now()).bind(AT_ONCE).all(store.db()).await?;
    let mut released = 0;
    for (id, _) in due {
        let mut tx = store.begin().await?;
        if release(&mut tx, &id).await? {
            crate::fault::point("scheduled.before_commit");
            tx.commit().await?;
            released += 1;
        }
    }
    Ok(released)
}

/// The message and its conversation, held.
async fn hold(tx: &mut Tx, id: &MessageId) -> Result<(conversations::Conversation, Message)> {
    let found = conversations::load_message(&mut *tx, id).await?;
    let conversation = conversations::lock_current(tx, &found.conversation_id).await?;
    // As it is now that nobody else can change it.
    let message = conversations::load_message(&mut *tx, id).await?;
    if message.conversation_id != conversation.id {
        return Err(Error::Conflict(
            "the message was moved to another conversation; try again".to_owned(),
        ));
    }
    Ok((conversation, message))
}

async fn release(tx: &mut Tx, id: &MessageId) -> Result<bool> {
    let (mut conversation, mut message) = match hold(tx, id).await {
        Ok(held) => held,
        // Taken back, or moved, a moment ago: the next look knows.
        Err(Error::NotFound | Error::Conflict(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    // What waits in spam waits there until somebody says that it is none.
    if message.kind != MessageKind::Scheduled || conversation.spam_since.is_some() {
        return Ok(false);
    }
    let now = tx.now();
    message.kind = MessageKind::Outbound;
    sql("UPDATE messages SET kind = $2, at = $3, sent_at = $3 WHERE id = $1")
        .bind(id)
        .bind(MessageKind::Outbound)
        .bind(now)
        .run(&mut *tx)
        .await?;
    let channels: Vec<(Channel,)> =
        sql("SELECT channel FROM deliveries WHERE message_id = $1 AND state = 'scheduled' ORDER BY id")
            .bind(id)
            .all(&mut *tx)
            .await?;
    let shown = channels.first().is_some_and(|(channel,)| is_shown(*channel));
    let state = if shown {
        DeliveryState::Sent
    } else {
        DeliveryState::Queued
    };
    sql("UPDATE deliveries SET state = $2, next_attempt_at = $3, sent_at = $4 WHERE message_id = $1 AND state = 'scheduled'")
        .bind(id)
        .bind(state)
        .bind((!shown).then_some(now))
        .bind(shown.then_some(now))
        .run(&mut *tx)
        .await?;
    let author = author(&message);
    show_said(&mut conversation, &message, &author);
    conversation.last_message_at = now;
    conversations::save(tx, &mut conversation).await?;
    tx.emit(NewEvent {
        kind: EventKind::MessageCreated,
        conversation: Some(conversation.id.clone()),
        subject: message.id.to_string(),
        actor: author,
        data: json!({ "kind": message.kind, "channel": message.channel }),
    });
    Ok(true)
}

/// Whoever wrote a message, for the event that tells of it.
fn author(message: &Message) -> Actor {
    let id = message.author_id.as_str();
    match message.author_kind {
        ActorKind::Agent => Actor::Agent(AgentId::from(id)),
        ActorKind::Contact => Actor::Contact(ContactId::from(id)),
        ActorKind::Api => Actor::Api(id.to_owned()),
        ActorKind::Bot => Actor::Bot,
        ActorKind::System => Actor::System,
    }
}

/// Takes a message back that has not left: it is gone, for the customer as well, and its words and
/// files are the caller's again.
///
/// # Errors
/// [`Error::Conflict`] when it is on its way or left already; [`Error::Invalid`] when it is no
/// message to a customer; [`Error::NotFound`].
pub async fn cancel(store: &Store, actor: &Actor, id: &MessageId) -> Result<Cancelled> {
    cancel_for(store, actor, actor, id).await
}

/// As [`cancel`]; the files become somebody else's than whoever takes it back.
///
/// # Errors
/// As [`cancel`].
pub async fn cancel_for(store: &Store, actor: &Actor, owner: &Actor, id: &MessageId) -> Result<Cancelled> {
    let mut tx = store.begin().await?;
    let (mut conversation, message) = hold(&mut tx, id).await?;
    if !matches!(message.kind, MessageKind::Scheduled | MessageKind::Outbound) {
        return Err(Error::Invalid(
            "only a message to the customer can be taken back".to_owned(),
        ));
    }
    let (all,): (i64,) = sql("SELECT COUNT(*) FROM deliveries WHERE message_id = $1")
        .bind(id)
        .one(&mut tx)
        .await?;
    // A sender takes a delivery by the lease; whoever comes second here sees what the first did.
    // What was tried may go as well, if the server's own answer says that it has nothing.
    let gone: Vec<(String,)> = sql("DELETE FROM deliveries WHERE message_id = $1 AND (state = 'scheduled' OR (state = 'queued' AND lease_until IS NULL AND progress IS NULL AND (attempts = 0 OR error_code <> 'smtp.unanswered'))) RETURNING external_id")
        .bind(id)
        .all(&mut tx)
        .await?;
    if i64::try_from(gone.len()).unwrap_or(i64::MAX) < all || all == 0 {
        return Err(Error::Conflict(
            "the message is on its way already and can no longer be taken back".to_owned(),
        ));
    }
    let mut ids: Vec<String> = gone.into_iter().map(|(id,)| id).collect();
    ids.dedup();
    crate::db::composed_sql(format!(
        "DELETE FROM thread_ids WHERE conversation_id = $1 AND mid IN {}",
        placeholders(1, ids.len(), 1)
    ))
    .bind(&conversation.id)
    .bind_all(ids)
    .run(&mut tx)
    .await?;
    let files = attachments::give_back(&mut tx, owner, id).await?;
    sql("DELETE FROM messages WHERE id = $1").bind(id).run(&mut tx).await?;
    if message.kind == MessageKind::Scheduled {
        conversation.message_count -= 1;
    } else {
        restructure::refresh(&mut tx, &mut conversation).await?;
    }
    conversations::save(&mut tx, &mut conversation).await?;
    audit::record(
        &mut tx,
        actor,
        "message.cancelled",
        id.as_str(),
        &json!({ "conversation": conversation.id, "text": message.text }),
    )
    .await?;
    tx.emit(event(
        EventKind::MessageCancelled,
        &conversation.id,
        id.as_str(),
        actor,
        json!({ "kind": message.kind, "channel": message.channel }),
    ));
    tx.commit().await?;
    Ok(Cancelled {
        conversation: conversation.id,
        text: message.text,
        attachments: files,
    })
}

/// A message that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// It.
    pub message: MessageId,
    /// Where it waits.
    pub conversation: ConversationId,
    /// The number of that conversation.
    pub number: i64,
    /// When it leaves.
    pub at: Millis,
}

/// What an agent wrote that still waits, the next to leave first; what is in spam leaves only when that is none.
///
/// # Errors
/// When the database cannot be reached.
pub async fn of_agent(on: impl On, agent: &AgentId) -> Result<Vec<Waiting>> {
    sql("SELECT m.id AS message, c.id AS conversation, c.number AS number, MIN(d.send_after) AS at FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN conversations c ON c.id = d.conversation_id
         WHERE d.state = 'scheduled' AND m.kind = 'scheduled' AND m.author_kind = 'agent' AND m.author_id = $1 AND c.spam_since IS NULL GROUP BY m.id, c.id, c.number ORDER BY at, message")
        .bind(agent)
        .all(on)
        .await
}

/// Gives a message that waits another time; one that is over sends it now.
///
/// # Errors
/// [`Error::Conflict`] when it no longer waits; [`Error::Invalid`] for a time too far ahead;
/// [`Error::NotFound`].
pub async fn reschedule(store: &Store, actor: &Actor, id: &MessageId, send_at: Millis) -> Result<()> {
    let mut tx = store.begin().await?;
    let (conversation, message) = hold(&mut tx, id).await?;
    let now = tx.now();
    if message.kind != MessageKind::Scheduled {
        return Err(Error::Conflict("the message left already".to_owned()));
    }
    if send_at > now + SEND_WITHIN {
        return Err(Error::Invalid(
            "the time to send at is more than a year ahead; choose an earlier one".to_owned(),
        ));
    }
    sql("UPDATE deliveries SET send_after = $2 WHERE message_id = $1 AND state = 'scheduled'")
        .bind(id)
        .bind(send_at.max(now))
        .run(&mut tx)
        .await?;
    tx.emit(event(
        EventKind::MessageScheduled,
        &conversation.id,
        id.as_str(),
        actor,
        json!({ "kind": message.kind, "channel": message.channel }),
    ));
    if send_at <= now {
        release(&mut tx, id).await?;
    }
    tx.commit().await?;
    Ok(())
}
