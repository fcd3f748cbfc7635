//! The only way from an id to an object. What an actor may not see and what does not exist answer
//! alike.

use crate::contacts;
use crate::conversations::{self, Attachment, Conversation, Message};
use crate::db::{On, sql};
use crate::deliveries::{self, Delivery};
use crate::error::{Error, Result};
use crate::tickets::{self, Ticket};
use crate::types::{
    Actor, AttachmentId, ContactId, ConversationId, DeliveryId, MessageId, MessageKind, Role, TicketId,
};

/// What a person of the business may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See conversations, contacts, tickets, articles.
    Read,
    /// Reply, note, assign, escalate, resolve, merge.
    Work,
    /// Inboxes, agents, tokens, settings.
    Administer,
}

/// Whether a role includes a permission.
pub const fn can(role: Role, permission: Permission) -> bool {
    match permission {
        Permission::Read => true,
        Permission::Work => matches!(role, Role::Administrator | Role::Agent),
        Permission::Administer => matches!(role, Role::Administrator),
    }
}

/// A conversation that the actor may see; a merged one leads to where it is now.
pub async fn conversation(on: impl On, actor: &Actor, id: &ConversationId) -> Result<Conversation> {
    let mut on = on;
    let mut conversation = conversations::load(&mut on, id).await?;
    // What is part of another is never merged again, so the chain has an end.
    while let Some(into) = conversation.merged_into.clone() {
        conversation = conversations::load(&mut on, &into).await?;
    }
    own(&mut on, actor, &conversation.contact_id).await?;
    Ok(conversation)
}

/// Lets a customer through to what is theirs; a contact that became part of another is that one now.
async fn own(on: impl On, actor: &Actor, owner: &ContactId) -> Result<()> {
    match actor {
        Actor::Contact(contact) if contact != owner && contacts::load(on, contact).await?.id != *owner => {
            Err(Error::NotFound)
        }
        _ => Ok(()),
    }
}

/// A conversation by the number that people say.
pub async fn conversation_by_number(on: impl On, actor: &Actor, number: i64) -> Result<Conversation> {
    let mut on = on;
    let (id,): (ConversationId,) = sql("SELECT id FROM conversations WHERE number = $1")
        .bind(number)
        .optional(&mut on)
        .await?
        .ok_or(Error::NotFound)?;
    conversation(on, actor, &id).await
}

/// A message that the actor may see. Customers see no notes, and nothing before it leaves.
pub async fn message(on: impl On, actor: &Actor, id: &MessageId) -> Result<Message> {
    let mut on = on;
    let message = conversations::load_message(&mut on, id).await?;
    conversation(on, actor, &message.conversation_id).await?;
    match (actor, message.kind) {
        (Actor::Contact(_), MessageKind::Scheduled | MessageKind::Note | MessageKind::Activity) => Err(Error::NotFound),
        _ => Ok(message),
    }
}

/// A file of a message that the actor may see.
pub async fn attachment(on: impl On, actor: &Actor, id: &AttachmentId) -> Result<Attachment> {
    let mut on = on;
    let file = crate::attachments::load(&mut on, id).await?;
    match &file.message_id {
        Some(message_id) => {
            message(on, actor, message_id).await?;
            Ok(file)
        }
        None => Err(Error::NotFound),
    }
}

/// A delivery of a message that the actor may see.
pub async fn delivery(on: impl On, actor: &Actor, id: &DeliveryId) -> Result<Delivery> {
    let mut on = on;
    let delivery = deliveries::load(&mut on, id).await?;
    message(on, actor, &delivery.message_id).await?;
    Ok(delivery)
}

/// A ticket that the actor may see.
pub async fn ticket(on: impl On, actor: &Actor, id: &TicketId) -> Result<Ticket> {
    let mut on = on;
    let ticket = tickets::load(&mut on, id).await?;
    own(on, actor, &ticket.contact_id).await?;
    Ok(ticket)
}
