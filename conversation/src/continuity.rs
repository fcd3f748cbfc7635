//! What waits unread in the chat goes on by e-mail: one mail for all of it, once it has been quiet
//! for a while.

use serde_json::json;

use crate::card::CardAction;
use crate::conversations::{self, Message};
use crate::db::{On, insert_rows, sql};
use crate::deliveries::Delivery;
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::inboxes;
use crate::outbound::OutboundMessage;
use crate::reply::{Route, deliver, domain_of};
use crate::store::{Store, Tx, event};
use crate::types::{Actor, Channel, ConversationId, DeliveryId, DeliveryState, MessageId, Millis, RecipientRole};

/// A conversation in which messages wait, and the address where they can go.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// The conversation.
    pub conversation: ConversationId,
    /// A proved address of the contact, or the one they typed last.
    pub address: String,
}

/// How patient the continuation is, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// So long nothing new was said in the chat.
    pub quiet: Millis,
    /// So long a message waits at most, however much is being said.
    pub most: Millis,
}

/// An answer that has waited longer than this is no longer news to anybody, in milliseconds.
const TOO_OLD: Millis = 7 * 24 * 60 * 60 * 1000;

/// Unread chat messages that have not gone on yet. `$1` is the oldest that counts.
const UNREAD: &str = "d.channel = 'webchat' AND d.state IN ('sent', 'delivered') AND d.sent_at > $1
    AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.message_id = d.message_id AND e.channel = 'email')
    AND NOT EXISTS (SELECT 1 FROM delivery_parts p WHERE p.message_id = d.message_id)";

/// Conversations whose unread messages should go on now, where an address is known.
pub async fn due(on: impl On, now: Millis, patience: Patience, most: i64) -> Result<Vec<Waiting>> {
    crate::db::composed_sql(format!(
        "SELECT d.conversation_id AS conversation, COALESCE(
            (SELECT value FROM identities i WHERE i.contact_id = c.contact_id AND i.kind = 'email' AND i.is_verified ORDER BY i.id LIMIT 1),
            (SELECT value FROM claims k WHERE k.contact_id = c.contact_id AND k.kind = 'email' ORDER BY k.created_at DESC LIMIT 1)) AS address
         FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
         WHERE {UNREAD} AND c.spam_since IS NULL
           AND (EXISTS (SELECT 1 FROM identities i WHERE i.contact_id = c.contact_id AND i.kind = 'email' AND i.is_verified)
             OR EXISTS (SELECT 1 FROM claims k WHERE k.contact_id = c.contact_id AND k.kind = 'email'))
         GROUP BY d.conversation_id, c.contact_id
         HAVING MAX(d.sent_at) < $2 OR MIN(d.sent_at) < $3
         ORDER BY d.conversation_id LIMIT $4"
    ))
    .bind(now - TOO_OLD)
    .bind(now - patience.quiet)
    .bind(now - patience.most.max(patience.quiet))
    .bind(most)
    .all(on)
    .await
}

/// Queues one mail with everything that waits unread in a conversation. Does nothing when all was
/// read, or is on its way already, or something was said a moment ago.
///
/// # Errors
/// [`Error::Invalid`] when no mailbox is configured.
pub async fn send_on(
    store: &Store,
    conversation: &ConversationId,
    address: &str,
    patience: Patience,
) -> Result<Option<DeliveryId>> {
    let mut tx = store.begin().await?;
    let conversation = conversations::lock(&mut tx, conversation).await?;
    let now = tx.now();
    // Read again under the lock: another process may have been faster, and so may the customer.
    let unread: Vec<(MessageId, Millis)> = crate::db::composed_sql(format!(
        "SELECT m.id, d.sent_at FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.conversation_id = $2 AND {UNREAD} ORDER BY m.at, m.id"
    ))
    .bind(now - TOO_OLD)
    .bind(&conversation.id)
    .all(&mut tx)
    .await?;
    let newest = unread.iter().map(|(_, at)| *at).max().unwrap_or(now);
    let oldest = unread.iter().map(|(_, at)| *at).min().unwrap_or(now);
    let is_due = newest < now - patience.quiet || oldest < now - patience.most.max(patience.quiet);
    let Some(((last, _), earlier)) = unread.split_last().filter(|_| is_due) else {
        return Ok(None);
    };
    let Some(inbox) = inboxes::default_email(&mut tx).await? else {
        return Err(Error::Invalid("no e-mail inbox is configured".to_owned()));
    };
    let route = Route {
        domain: domain_of(&inbox.address),
        inbox: inbox.id,
        channel: Channel::Email,
        recipients: vec![(RecipientRole::To, address.to_owned())],
    };
    let delivery = deliver(&mut tx, &conversation, last, route, None).await?;
    add_parts(&mut tx, &delivery, earlier.iter().map(|(id, _)| id)).await?;
    for (message, _) in &unread {
        tx.emit(event(
            EventKind::DeliveryUpdated,
            &conversation.id,
            delivery.as_str(),
            &Actor::System,
            json!({ "message": message, "state": DeliveryState::Queued }),
        ));
    }
    tx.commit().await?;
    Ok(Some(delivery))
}

async fn add_parts(tx: &mut Tx, delivery: &DeliveryId, messages: impl Iterator<Item = &MessageId>) -> Result<()> {
    let rows = messages.map(|message| vec![delivery.into(), message.into()]).collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO delivery_parts (delivery_id, message_id) VALUES",
        "",
        rows,
    )
    .await?;
    Ok(())
}

/// The earlier messages that a delivery carries besides its own, in their order.
pub(crate) async fn parts(on: impl On, delivery: &Delivery) -> Result<Vec<Message>> {
    let mut on = on;
    let ids: Vec<(MessageId,)> = sql(
        "SELECT m.id FROM delivery_parts p JOIN messages m ON m.id = p.message_id WHERE p.delivery_id = $1 ORDER BY m.at, m.id",
    )
    .bind(&delivery.id)
    .all(&mut on)
    .await?;
    let mut messages = Vec::with_capacity(ids.len());
    for (id,) in ids {
        messages.push(conversations::load_message(&mut on, &id).await?);
    }
    Ok(messages)
}

/// Puts earlier messages in front of the one that a mail is about. Buttons of earlier cards stay
/// behind: what they asked has been overtaken, and a press belongs to the last message.
pub(crate) fn put_in_front(out: &mut OutboundMessage, earlier: Vec<Message>) {
    let mut texts = Vec::new();
    let mut cards = Vec::new();
    for message in earlier {
        if !message.text.is_empty() {
            texts.push(message.text);
        }
        cards.extend(message.cards.into_iter().map(|mut card| {
            card.actions
                .retain(|action| !matches!(action, CardAction::Answer { .. }));
            card
        }));
    }
    if !out.text.is_empty() {
        texts.push(std::mem::take(&mut out.text));
    }
    out.text = texts.join("\n\n");
    cards.append(&mut out.cards);
    out.cards = cards;
}
