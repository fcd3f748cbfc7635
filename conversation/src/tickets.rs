//! Tickets: tracked requests that hang on a conversation.
//!
//! Level, assignee and priority of a ticket are those of its conversation; kind, category, fields and
//! links are its own. [`state`] says what may follow what.

pub mod calls;
pub mod card;
pub mod categories;
pub mod diagnosis;
pub mod edit;
pub mod history;
pub mod levels;
pub mod links;
pub mod list;
pub mod notices;
mod occasion;
pub mod problems;
pub mod questions;
pub mod skills;
pub mod solve;
pub mod state;
mod words;
pub(crate) mod worker;

use serde::Serialize;
use serde_json::json;

use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::lifecycle::ticket_status;
use crate::store::{Store, Tx, event};
use crate::types::{
    Actor, AgentId, ContactId, ConversationId, Level, Millis, Priority, TicketId, TicketKind, TicketStatus,
};

/// A tracked request.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The number that people say.
    pub number: i64,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Whose it is.
    pub contact_id: ContactId,
    /// The matter.
    pub subject: String,
    /// Question, incident or request.
    pub kind: TicketKind,
    /// The category.
    pub category: Option<String>,
    /// How urgent.
    pub priority: Priority,
    /// Who has it.
    pub level: Level,
    /// New, open, waiting, confirming or resolved.
    pub status: TicketStatus,
    /// The agent who has it.
    pub assignee_id: Option<AgentId>,
    /// What was asked and what was tried, for whoever takes it.
    pub brief: String,
    /// When it was opened.
    pub created_at: Millis,
    /// When it changed last.
    pub updated_at: Millis,
    /// When it was solved.
    pub resolved_at: Option<Millis>,
    /// The problem that it is one case of.
    pub problem_id: Option<String>,
    /// When the earliest of its clocks runs out; `None` while none runs.
    pub due_at: Option<Millis>,
    /// When a promise was broken first.
    pub breached_at: Option<Millis>,
    /// Until when the customer can say whether it is solved.
    pub confirm_until: Option<Millis>,
    /// How often it was returned to a lower level.
    pub bounces: i64,
    /// Counts its changes.
    pub version: i64,
}

pub(crate) const TICKET: &str = "id, number, conversation_id, contact_id, subject, kind, category, priority, level, status, assignee_id, brief, created_at, updated_at, resolved_at, problem_id, due_at, breached_at, confirm_until, bounces, version";

/// A ticket's number as everybody says it: `T-1`. Conversations have numbers of their own, `#1`.
pub fn number_text(number: i64) -> String {
    format!("T-{number}")
}

/// What to open.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The conversation.
    pub conversation: ConversationId,
    /// The matter.
    pub subject: String,
    /// Question, incident or request.
    pub kind: TicketKind,
    /// What was asked and what was tried.
    pub brief: String,
}

/// Opens a ticket.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] without a subject.
pub async fn open(store: &Store, actor: &Actor, new: NewTicket) -> Result<Ticket> {
    let mut tx = store.begin().await?;
    let ticket = open_in(&mut tx, actor, new).await?;
    tx.commit().await?;
    Ok(ticket)
}

/// As [`open`], as part of a transaction of the caller's.
///
/// # Errors
/// As [`open`].
pub async fn open_in(tx: &mut Tx, actor: &Actor, new: NewTicket) -> Result<Ticket> {
    let conversation = conversations::lock_current(tx, &new.conversation).await?;
    crate::spam::refuse(&conversation)?;
    let subject: String = new.subject.trim().chars().take(300).collect();
    if subject.is_empty() {
        return Err(Error::Invalid("a ticket needs a subject".to_owned()));
    }
    let id = TicketId::from(tx.env().ulid());
    let now = tx.now();
    let number = tx.count("ticket", 1).await?;
    sql("INSERT INTO tickets (id, number, conversation_id, contact_id, subject, kind, priority, level, status, assignee_id, brief, created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1)")
        .bind(&id)
        .bind(number)
        .bind(&conversation.id)
        .bind(&conversation.contact_id)
        .bind(subject)
        .bind(new.kind)
        .bind(conversation.priority)
        .bind(conversation.level)
        .bind(TicketStatus::New)
        .bind(conversation.assignee_id.as_ref())
        .bind(new.brief)
        .bind(now)
        .run(&mut *tx)
        .await?;
    history::record(tx, actor, &id, "opened", &json!({})).await?;
    tx.emit(event(
        EventKind::TicketCreated,
        &conversation.id,
        id.as_str(),
        actor,
        json!({ "number": number }),
    ));
    load(tx, &id).await
}

/// The ticket that is being worked on in a conversation, if there is one: the newest unsolved.
pub async fn current(on: impl On, conversation: &ConversationId) -> Result<Option<Ticket>> {
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE conversation_id = $1 AND status <> 'resolved' ORDER BY number DESC LIMIT 1"
    ))
    .bind(conversation)
    .optional(on)
    .await
}

/// All tickets of a conversation, oldest first.
pub async fn of_conversation(on: impl On, conversation: &ConversationId) -> Result<Vec<Ticket>> {
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE conversation_id = $1 ORDER BY number"
    ))
    .bind(conversation)
    .all(on)
    .await
}

/// The tickets of a contact, the newest first.
pub async fn of_contact(on: impl On, contact: &ContactId, most: i64) -> Result<Vec<Ticket>> {
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE contact_id = $1 ORDER BY number DESC LIMIT $2"
    ))
    .bind(contact)
    .bind(most)
    .all(on)
    .await
}

/// The tickets of the people whose own company this is, the newest first.
pub async fn of_company(on: impl On, company: &crate::types::CompanyId, most: i64) -> Result<Vec<Ticket>> {
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE contact_id IN (SELECT id FROM contacts WHERE company_id = $1) ORDER BY number DESC LIMIT $2"
    ))
    .bind(company)
    .bind(most)
    .all(on)
    .await
}

/// Tickets, newest first, before a number; at most `most`.
pub async fn list(on: impl On, before: Option<i64>, most: i64) -> Result<Vec<Ticket>> {
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE number < $1 ORDER BY number DESC LIMIT $2"
    ))
    .bind(before.unwrap_or(i64::MAX))
    .bind(most)
    .all(on)
    .await
}

/// A ticket by id; callers outside the core use `access` for customers.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &TicketId) -> Result<Ticket> {
    composed_sql(format!("SELECT {TICKET} FROM tickets WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// Makes the unsolved tickets of a conversation follow it: level, assignee, priority, status.
/// A solved ticket opens again only when its conversation is reopened by hand or by the customer
/// while it is the newest one and no other is worked on.
pub(crate) async fn follow(tx: &mut Tx, actor: &Actor, conversation: &Conversation) -> Result<()> {
    let tickets: Vec<Ticket> = of_conversation(&mut *tx, &conversation.id).await?;
    let newest = tickets.last().map(|ticket| ticket.id.clone());
    let has_open = tickets.iter().any(|ticket| ticket.status != TicketStatus::Resolved);
    let now = tx.now();
    for ticket in tickets {
        if ticket.status == TicketStatus::Resolved && (has_open || newest.as_ref() != Some(&ticket.id)) {
            continue;
        }
        let status = ticket_status(conversation, ticket.status);
        if status == ticket.status
            && conversation.level == ticket.level
            && conversation.assignee_id == ticket.assignee_id
            && conversation.priority == ticket.priority
        {
            continue;
        }
        sql("UPDATE tickets SET status = $2, level = $3, assignee_id = $4, priority = $5, updated_at = $6, resolved_at = $7, confirm_until = $8, version = version + 1 WHERE id = $1")
            .bind(&ticket.id)
            .bind(status)
            .bind(conversation.level)
            .bind(conversation.assignee_id.as_ref())
            .bind(conversation.priority)
            .bind(now)
            .bind((status == TicketStatus::Resolved).then_some(ticket.resolved_at.unwrap_or(now)))
            .bind(ticket.confirm_until.filter(|_| status == TicketStatus::Confirming))
            .run(&mut *tx)
            .await?;
        history::followed(tx, actor, &ticket, conversation, status).await?;
        tx.emit(event(
            EventKind::TicketUpdated,
            &conversation.id,
            ticket.id.as_str(),
            actor,
            json!({ "number": ticket.number, "status": status, "was": ticket.status, "level": conversation.level, "level_was": ticket.level }),
        ));
    }
    Ok(())
}
