//! The only way from an id to an object. What an actor may not see and what does not exist answer
//! alike.

use std::collections::HashSet;

use crate::contacts::{self, Contact};
use crate::conversations::{self, Attachment, Conversation, Message};
use crate::db::{On, composed_sql, parts, placeholders, sql};
use crate::deliveries::{self, Delivery};
use crate::error::{Error, Result};
use crate::memberships;
use crate::scope;
use crate::tickets::{self, Ticket};
use crate::types::{
    Actor, AgentId, AttachmentId, CompanyId, ContactId, ConversationId, DeliveryId, InboxId, MessageId, MessageKind,
    Role, TicketId,
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
    /// See invoices, payments and machines: what is not narrowed to a coordinator's companies.
    Books,
    /// Write invoices, record payments, plan visits.
    Bill,
    /// Who did what, and from where.
    Audit,
    /// Watch over the work of others: the live board, for a coordinator that of their companies.
    Watch,
}

impl Permission {
    /// All of them.
    pub const ALL: [Permission; 7] = [
        Permission::Read,
        Permission::Work,
        Permission::Administer,
        Permission::Books,
        Permission::Bill,
        Permission::Audit,
        Permission::Watch,
    ];
}

/// Whether a role includes a permission. What it is about is narrower besides: see [`sees`] and [`sees_conversation`].
pub const fn can(role: Role, permission: Permission) -> bool {
    match permission {
        Permission::Read => true,
        Permission::Work => matches!(role, Role::Administrator | Role::Agent | Role::Coordinator),
        Permission::Administer => matches!(role, Role::Administrator),
        Permission::Books => matches!(role, Role::Administrator | Role::Agent | Role::Supervisor),
        Permission::Bill => matches!(role, Role::Administrator | Role::Agent),
        Permission::Audit => matches!(role, Role::Administrator | Role::Supervisor),
        Permission::Watch => matches!(role, Role::Administrator | Role::Supervisor | Role::Coordinator),
    }
}

/// A conversation that the actor may see; a merged one leads to where it is now.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn conversation(on: impl On, actor: &Actor, id: &ConversationId) -> Result<Conversation> {
    let mut on = on;
    let mut conversation = conversations::load(&mut on, id).await?;
    // What is part of another is never merged again, so the chain has an end.
    while let Some(into) = conversation.merged_into.clone() {
        conversation = conversations::load(&mut on, &into).await?;
    }
    if sees_conversation(&mut on, actor, &conversation).await? {
        return Ok(conversation);
    }
    match actor {
        Actor::Contact(contact) if is_colleagues(on, contact, &conversation).await? => Ok(conversation),
        _ => Err(Error::NotFound),
    }
}

/// Whether a conversation is in the actor's reach: as [`sees`] of its contact, and of those who work in some inboxes only
/// what is in these now, or is theirs.
pub async fn sees_conversation(on: impl On, actor: &Actor, conversation: &Conversation) -> Result<bool> {
    match actor {
        Actor::Agent(agent) => {
            let assignee = conversation.assignee_id.as_ref();
            is_shown(on, agent, &conversation.contact_id, &conversation.inbox_id, assignee).await
        }
        Actor::Contact(_) | Actor::Bot | Actor::System | Actor::Api(_) => {
            sees(on, actor, &conversation.contact_id).await
        }
    }
}

/// Whether an agent sees a conversation also when it is somebody else's: only to such it is given.
pub async fn can_be_given(on: impl On, agent: &AgentId, conversation: &Conversation) -> Result<bool> {
    is_shown(on, agent, &conversation.contact_id, &conversation.inbox_id, None).await
}

async fn is_shown(
    on: impl On,
    agent: &AgentId,
    owner: &ContactId,
    inbox: &InboxId,
    assignee: Option<&AgentId>,
) -> Result<bool> {
    let (hidden,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM agents a WHERE a.id = $1 AND {}",
        scope::hidden("$2", "$3", "$4")
    ))
    .bind(agent)
    .bind(owner)
    .bind(inbox)
    .bind(assignee.map_or("", AgentId::as_str))
    .one(on)
    .await?;
    Ok(hidden == 0)
}

/// The agents to whom a conversation can be given: enabled, and it is in their reach. Their roles are another matter
/// ([`can`]).
pub async fn who_can_be_given(on: impl On, conversation: &Conversation) -> Result<HashSet<AgentId>> {
    let rows: Vec<(AgentId,)> = composed_sql(format!(
        "SELECT a.id FROM agents a WHERE a.is_enabled AND NOT {}",
        scope::hidden("$1", "$2", "''")
    ))
    .bind(&conversation.contact_id)
    .bind(&conversation.inbox_id)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those of these conversations that the actor may see; a merged one counts as it was when it was merged.
pub async fn seen_among(on: impl On, actor: &Actor, ids: &[ConversationId]) -> Result<HashSet<ConversationId>> {
    let Actor::Agent(agent) = actor else {
        return Ok(ids.iter().cloned().collect());
    };
    let mut on = on;
    let mut seen = HashSet::new();
    for part in parts(ids) {
        let rows: Vec<(ConversationId,)> = composed_sql(format!(
            "SELECT c.id FROM conversations c WHERE c.id IN {} AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = ${} AND {})",
            placeholders(1, part.len(), 0),
            part.len() + 1,
            scope::hidden("c.contact_id", "c.inbox_id", "c.assignee_id")
        ))
        .bind_all(&part)
        .bind(agent)
        .all(&mut on)
        .await?;
        seen.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(seen)
}

/// Lets through whoever may begin something in an inbox: the business, but who works in some inboxes only in these.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn inbox(on: impl On, actor: &Actor, inbox: &InboxId) -> Result<()> {
    let Actor::Agent(agent) = actor else {
        return Ok(());
    };
    let (elsewhere,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM agents a WHERE a.id = $1 AND {}",
        scope::is_elsewhere("$2", "''")
    ))
    .bind(agent)
    .bind(inbox)
    .one(on)
    .await?;
    if elsewhere == 0 { Ok(()) } else { Err(Error::NotFound) }
}

/// Lets a coordinator through to their companies and a customer to what is theirs.
async fn own(on: impl On, actor: &Actor, owner: &ContactId) -> Result<()> {
    if sees(on, actor, owner).await? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Whether what belongs to a contact is in the actor's reach: everything for the business, but for a
/// coordinator only what is of their companies; for a customer what is theirs. A contact that became part
/// of another is that one now. Customers are everybody's, whatever inboxes one works in; what they wrote is not: see
/// [`sees_conversation`].
pub async fn sees(on: impl On, actor: &Actor, owner: &ContactId) -> Result<bool> {
    let mut on = on;
    match actor {
        Actor::Contact(contact) if contact == owner => Ok(true),
        Actor::Contact(contact) => Ok(contacts::load(on, contact).await?.id == *owner),
        Actor::Agent(agent) => {
            let (is_outside,): (i64,) = composed_sql(format!(
                "SELECT COUNT(*) FROM agents a WHERE a.id = $1 AND {}",
                scope::is_strangers("$2")
            ))
            .bind(agent)
            .bind(owner)
            .one(&mut on)
            .await?;
            Ok(is_outside == 0)
        }
        Actor::Bot | Actor::System | Actor::Api(_) => Ok(true),
    }
}

/// A contact that the actor may see.
pub async fn contact(on: impl On, actor: &Actor, id: &ContactId) -> Result<Contact> {
    let mut on = on;
    let contact = contacts::load(&mut on, id).await?;
    own(on, actor, &contact.id).await?;
    Ok(contact)
}

/// Lets through who may see what belongs to a company: the business, but a coordinator only for companies
/// that were given to them; a customer for companies that they belong to.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn company(on: impl On, actor: &Actor, company: &CompanyId) -> Result<()> {
    let mut on = on;
    let is_inside = match actor {
        Actor::Contact(contact) => memberships::in_company(on, contact, company).await?.is_some(),
        Actor::Agent(agent) => {
            let (is_outside,): (i64,) = sql("SELECT COUNT(*) FROM agents a WHERE a.id = $1 AND a.role = 'coordinator' AND NOT EXISTS (SELECT 1 FROM agent_companies k WHERE k.agent_id = a.id AND k.company_id = $2)")
                .bind(agent)
                .bind(company)
                .one(&mut on)
                .await?;
            is_outside == 0
        }
        Actor::Bot | Actor::System | Actor::Api(_) => true,
    };
    if is_inside { Ok(()) } else { Err(Error::NotFound) }
}

/// Whether a customer sees a conversation that a colleague wrote: it holds a ticket, and they see all
/// tickets of the colleague's company.
pub(crate) async fn is_colleagues(on: impl On, contact: &ContactId, conversation: &Conversation) -> Result<bool> {
    let mut on = on;
    let (tickets,): (i64,) = sql("SELECT COUNT(*) FROM tickets WHERE conversation_id = $1")
        .bind(&conversation.id)
        .one(&mut on)
        .await?;
    Ok(tickets > 0 && memberships::sees_tickets_of(on, contact, &conversation.contact_id).await?)
}

/// A conversation by the number that people say.
///
/// # Errors
/// [`Error::NotFound`].
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
    Ok(message_in(on, actor, id).await?.0)
}

/// A message that the actor may see, and the conversation that it is in.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn message_in(on: impl On, actor: &Actor, id: &MessageId) -> Result<(Message, Conversation)> {
    let mut on = on;
    let message = conversations::load_message(&mut on, id).await?;
    let conversation = conversation(on, actor, &message.conversation_id).await?;
    match (actor, message.kind) {
        (Actor::Contact(_), MessageKind::Scheduled | MessageKind::Note | MessageKind::Activity) => Err(Error::NotFound),
        _ => Ok((message, conversation)),
    }
}

/// A file of a message that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
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
///
/// # Errors
/// [`Error::NotFound`].
pub async fn ticket(on: impl On, actor: &Actor, id: &TicketId) -> Result<Ticket> {
    let mut on = on;
    let ticket = tickets::load(&mut on, id).await?;
    if sees(&mut on, actor, &ticket.contact_id).await? {
        // Of the business, whoever sees the conversation sees its tickets.
        if let Actor::Agent(_) = actor {
            conversation(&mut on, actor, &ticket.conversation_id).await?;
        }
        return Ok(ticket);
    }
    match actor {
        Actor::Contact(contact) if memberships::sees_tickets_of(on, contact, &ticket.contact_id).await? => Ok(ticket),
        _ => Err(Error::NotFound),
    }
}
