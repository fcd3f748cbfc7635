//! What is asked of a reply before it is written.

use super::{LONGEST_TEXT, NewReply, Replied, ReplyKind, Route, SEND_WITHIN};
use crate::conversations::Conversation;
use crate::db::{On, sql};
use crate::deliveries;
use crate::error::{Error, Result};
use crate::marketing;
use crate::store::Tx;
use crate::types::{Actor, ActorKind, Channel, ConversationId, DeliveryId, MessageId, Millis, Position, is_id};

/// Whether there is something to say, not too much of it, under an id that can be one.
pub(super) fn words(new: &NewReply, has_extra: bool) -> Result<()> {
    if !has_extra && new.text.trim().is_empty() && new.attachments.is_empty() && new.cards.is_empty() {
        return Err(Error::Invalid("the message is empty".to_owned()));
    }
    if new.text.chars().count() > LONGEST_TEXT {
        return Err(Error::Invalid(format!(
            "the message has more than {LONGEST_TEXT} characters"
        )));
    }
    if !is_id(new.id.as_str()) {
        return Err(Error::Invalid("the message id is not a ULID".to_owned()));
    }
    Ok(())
}

/// What became of this reply when it was given before: the message's id comes from its writer.
pub(super) async fn repeated(
    tx: &mut Tx,
    new: &NewReply,
    current: &ConversationId,
    actor: &Actor,
) -> Result<Option<Replied>> {
    let row: Option<(ConversationId, ActorKind, String)> =
        sql("SELECT conversation_id, author_kind, author_id FROM messages WHERE id = $1")
            .bind(&new.id)
            .optional(&mut *tx)
            .await?;
    let Some((stands_in, kind, author)) = row else {
        return Ok(None);
    };
    // It may have been moved since; then it was written here all the same.
    let is_here = stands_in == *current
        || {
            let written: Option<(i64,)> = sql("SELECT position FROM events WHERE conversation_id IN ($1, $2) AND kind = 'message.created' AND subject_id = $3 LIMIT 1")
            .bind(current)
            .bind(&new.conversation)
            .bind(&new.id)
            .optional(&mut *tx)
            .await?;
            written.is_some()
        };
    if !is_here || kind != actor.kind() || author != actor.id() {
        return Err(Error::Conflict("this message id is taken".to_owned()));
    }
    let delivery: Option<(DeliveryId,)> = sql("SELECT id FROM deliveries WHERE message_id = $1 ORDER BY id LIMIT 1")
        .bind(&new.id)
        .optional(tx)
        .await?;
    Ok(Some(Replied {
        message: new.id.clone(),
        delivery: delivery.map(|(id,)| id),
        is_repeated: true,
    }))
}

/// Whether its writer had seen everything that others said.
pub(super) async fn is_seen(tx: &mut Tx, conversation: &Conversation, actor: &Actor, seen: Position) -> Result<()> {
    match said_since(tx, &conversation.id, actor, seen).await? {
        Some((current, _)) => Err(Error::Stale { seen, current }),
        None => Ok(()),
    }
}

/// What somebody else said last after a position, and where that stands: what waits for its time is said, too.
///
/// # Errors
/// When the database cannot be reached.
pub async fn said_since(
    on: impl On,
    conversation: &ConversationId,
    actor: &Actor,
    seen: Position,
) -> Result<Option<(Position, MessageId)>> {
    let me = serde_json::to_string(actor).unwrap_or_default();
    sql(
        "SELECT e.position, m.id FROM events e JOIN messages m ON m.id = e.subject_id
         WHERE e.conversation_id = $1 AND e.position > $2 AND e.kind IN ('message.created', 'message.scheduled') AND e.actor <> $3 AND m.kind IN ('inbound', 'outbound', 'scheduled')
         ORDER BY e.position DESC LIMIT 1",
    )
    .bind(conversation)
    .bind(seen)
    .bind(me)
    .optional(on)
    .await
}

/// How the channel names a message of this conversation.
pub(super) async fn quoted(tx: &mut Tx, conversation: &Conversation, id: &MessageId) -> Result<String> {
    let unknown = || Error::Invalid("the message that is answered is not known to the channel".to_owned());
    let row: Option<(Option<String>, Option<String>)> = sql(
        "SELECT m.external_id, (SELECT d.provider_id FROM deliveries d WHERE d.message_id = m.id AND d.channel = $3 AND d.provider_id IS NOT NULL ORDER BY d.id DESC LIMIT 1) FROM messages m WHERE m.id = $1 AND m.conversation_id = $2 AND m.channel = $3",
    )
    .bind(id)
    .bind(&conversation.id)
    .bind(conversation.channel)
    .optional(tx)
    .await?;
    let (external, provider) = row.ok_or_else(unknown)?;
    external.or(provider).ok_or_else(unknown)
}

/// Whether somebody may be sent what advertises.
pub(super) async fn wants_it(tx: &mut Tx, conversation: &Conversation, route: &Route) -> Result<()> {
    let Some((_, address)) = route.recipients.first().filter(|_| route.channel == Channel::Whatsapp) else {
        return Ok(());
    };
    let last = deliveries::window(&mut *tx, &route.inbox, address).await?;
    match marketing::refusal(tx, &route.inbox, &conversation.contact_id, address, last).await? {
        Some(refusal) => Err(Error::Invalid(refusal.words().to_owned())),
        None => Ok(()),
    }
}

/// Whether it can leave at that time.
pub(super) fn time(new: &NewReply, send_at: Option<Millis>, now: Millis) -> Result<()> {
    let Some(at) = send_at else {
        return Ok(());
    };
    if new.kind == ReplyKind::Note {
        return Err(Error::Invalid(
            "a note is not sent, so it cannot leave later".to_owned(),
        ));
    }
    if at > now + SEND_WITHIN {
        return Err(Error::Invalid(
            "the time to send at is more than a year ahead; choose an earlier one".to_owned(),
        ));
    }
    Ok(())
}
