//! What an event means for tickets: the customer's word on an open question, what the customer is told,
//! cards drawn anew, clocks.

use super::{Ticket, card, diagnosis, load, notices, of_conversation, solve};
use crate::conversations;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{Event, EventKind};
use crate::notifications::Sender;
use crate::sla::clocks;
use crate::store::Tx;
use crate::types::{Actor, Channel, ConversationId, MessageId, MessageKind, TicketId, TicketStatus};

/// What a ticket's own event is about, where it is no change of the ticket itself.
fn action(event: &Event) -> &str {
    event.data["action"].as_str().unwrap_or_default()
}

fn is_said(event: &Event) -> bool {
    event.kind == EventKind::MessageCreated
        && [MessageKind::Inbound, MessageKind::Outbound]
            .iter()
            .any(|kind| event.data["kind"] == kind.as_str())
}

/// Whether an event means anything for tickets.
pub(crate) async fn asks(on: impl On, event: &Event, id: &ConversationId) -> Result<bool> {
    match event.kind {
        EventKind::TicketCreated => Ok(true),
        EventKind::TicketUpdated => Ok(action(event).is_empty()),
        _ if is_said(event) => {
            let any: Option<(TicketId,)> = sql("SELECT id FROM tickets WHERE conversation_id = $1 LIMIT 1")
                .bind(id)
                .optional(on)
                .await?;
            Ok(any.is_some())
        }
        _ => Ok(false),
    }
}

/// Does what an event means. The transaction holds the conversation.
pub(crate) async fn handle_in(tx: &mut Tx, event: &Event, id: &ConversationId) -> Result<()> {
    let touched: Vec<Ticket> = match event.kind {
        EventKind::TicketCreated | EventKind::TicketUpdated if action(event).is_empty() => {
            match load(&mut *tx, &TicketId::from(event.subject_id.as_str())).await {
                Ok(ticket) => {
                    changed_in(tx, event, id, &ticket).await?;
                    vec![ticket]
                }
                Err(Error::NotFound) => Vec::new(),
                Err(error) => return Err(error),
            }
        }
        _ if is_said(event) => {
            if event.data["kind"] == MessageKind::Inbound.as_str() {
                heard_in(tx, event, id).await?;
            } else {
                answered_in(tx, event, id).await?;
            }
            of_conversation(&mut *tx, id)
                .await?
                .into_iter()
                .filter(|ticket| ticket.status != TicketStatus::Resolved)
                .collect()
        }
        _ => Vec::new(),
    };
    for ticket in touched {
        // What was just done may have changed them.
        let conversation = conversations::lock(tx, id).await?;
        let ticket = load(&mut *tx, &ticket.id).await?;
        clocks::refresh_in(tx, &ticket, &conversation, event.at).await?;
    }
    Ok(())
}

async fn changed_in(tx: &mut Tx, event: &Event, id: &ConversationId, ticket: &Ticket) -> Result<()> {
    let conversation = conversations::lock(tx, id).await?;
    notices::tell_in(tx, event, &conversation, ticket).await?;
    card::refresh_in(tx, ticket).await?;
    if event.data["has_category"] == true {
        diagnosis::begin_by_itself(tx, ticket).await?;
    }
    Ok(())
}

/// A person answered about a ticket. The answer itself leaves by the conversation's channel; the portal and what
/// else the customer chose say that it is there.
async fn answered_in(tx: &mut Tx, event: &Event, id: &ConversationId) -> Result<()> {
    // A call that was logged is nothing to read.
    let is_call = event.data["channel"] == Channel::Phone.as_str();
    if is_call || !matches!(event.actor, Actor::Agent(_) | Actor::Api(_)) {
        return Ok(());
    }
    let conversation = conversations::lock(tx, id).await?;
    let open = of_conversation(&mut *tx, id).await?;
    let Some(ticket) = open.into_iter().find(|one| one.status != TicketStatus::Resolved) else {
        return Ok(());
    };
    let sender = Sender::of_channel(conversation.channel);
    notices::remember_in(tx, &conversation, &ticket, "ticket-answered", sender).await?;
    Ok(())
}

async fn heard_in(tx: &mut Tx, event: &Event, id: &ConversationId) -> Result<()> {
    let message = match conversations::load_message(&mut *tx, &MessageId::from(event.subject_id.as_str())).await {
        Ok(message) => message,
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let conversation = conversations::lock(tx, id).await?;
    if event.is_by_stranger() {
        solve::overhear_in(tx, event.position, &message, &conversation).await?;
    } else if !diagnosis::hear_in(tx, event.position, &message, &conversation).await? {
        solve::hear_in(tx, event.position, &message, &conversation).await?;
    }
    Ok(())
}
