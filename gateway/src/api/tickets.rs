//! Tickets.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::tickets::{self, NewTicket, Ticket};
use conversation::types::{self, ConversationId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit, number};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// The longest brief, in characters.
const LONGEST_BRIEF: usize = 20_000;

/// A tracked request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(super) struct TicketView {
    /// Its id.
    id: String,
    /// The number that people say.
    number: i64,
    /// Its conversation.
    conversation_id: String,
    /// Whose it is.
    contact_id: String,
    /// The matter.
    subject: String,
    /// Question, incident or request.
    #[schema(value_type = enums::TicketKind)]
    kind: types::TicketKind,
    /// The category.
    #[schema(required)]
    category: Option<String>,
    /// How urgent.
    #[schema(value_type = enums::Priority)]
    priority: types::Priority,
    /// Who has it.
    #[schema(value_type = enums::Level)]
    level: types::Level,
    /// New, open, waiting or resolved; it follows its conversation.
    #[schema(value_type = enums::TicketStatus)]
    status: types::TicketStatus,
    /// The agent who has it.
    #[schema(required)]
    assignee_id: Option<String>,
    /// What was asked and what was tried, for whoever takes it.
    brief: String,
    /// When it was opened.
    created_at: Time,
    /// When it changed last.
    updated_at: Time,
    /// When it was solved.
    #[schema(required)]
    resolved_at: Option<Time>,
}

impl From<Ticket> for TicketView {
    fn from(ticket: Ticket) -> TicketView {
        TicketView {
            id: ticket.id.to_string(),
            number: ticket.number,
            conversation_id: ticket.conversation_id.to_string(),
            contact_id: ticket.contact_id.to_string(),
            subject: ticket.subject,
            kind: ticket.kind,
            category: ticket.category,
            priority: ticket.priority,
            level: ticket.level,
            status: ticket.status,
            assignee_id: ticket.assignee_id.map(|id| id.to_string()),
            brief: ticket.brief,
            created_at: Time(ticket.created_at),
            updated_at: Time(ticket.updated_at),
            resolved_at: ticket.resolved_at.map(Time),
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The `next` of the page before.
    pub(super) after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<i64>,
}

/// List tickets
///
/// The newest first.
#[utoipa::path(get, path = "/tickets", tag = "tickets", operation_id = "listTickets",
    params(PageQuery), responses((status = 200, description = "A page of tickets.", body = Page<TicketView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<TicketView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let before = number(query.after.as_deref())?;
    let mut rows = tickets::list(app.store.db(), before, limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.number.to_string()),
        items: rows.into_iter().map(TicketView::from).collect(),
    }))
}

/// Read a ticket
///
/// By its id.
#[utoipa::path(get, path = "/tickets/{id}", tag = "tickets", operation_id = "getTicket",
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "The ticket.", body = TicketView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<TicketView>> {
    caller.may(Permission::Read)?;
    let ticket = access::ticket(app.store.db(), &caller.actor, &TicketId::from(id)).await?;
    Ok(Answer(ticket.into()))
}

/// A ticket to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketBody {
    /// The conversation that it hangs on.
    conversation: String,
    /// The matter.
    #[schema(min_length = 1, max_length = 300)]
    subject: String,
    /// Question, incident or request.
    #[schema(value_type = enums::TicketKind)]
    kind: types::TicketKind,
    /// What was asked and what was tried, for whoever takes it.
    #[serde(default)]
    #[schema(max_length = 20000)]
    brief: String,
}

/// Open a ticket
///
/// A tracked request on a conversation. It takes over the conversation's priority, level and agent,
/// and follows them.
#[utoipa::path(post, path = "/tickets", tag = "tickets", operation_id = "openTicket", request_body = TicketBody,
    responses((status = 201, description = "The ticket.", body = TicketView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn open(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TicketBody>,
) -> Outcome<Created<TicketView>> {
    caller.may(Permission::Work)?;
    if body.brief.chars().count() > LONGEST_BRIEF {
        return Err(Problem::invalid(format!("brief: at most {LONGEST_BRIEF} characters")));
    }
    let id = ConversationId::from(body.conversation);
    let new = NewTicket {
        conversation: access::conversation(app.store.db(), &caller.actor, &id).await?.id,
        subject: body.subject,
        kind: body.kind,
        brief: body.brief,
    };
    let ticket = tickets::open(&app.store, &caller.actor, new).await?;
    Ok(Created(format!("/tickets/{}", ticket.id), ticket.into()))
}
