//! Tickets.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::tickets::list::{self, Filter, Place, Sort, State as Which, Whose};
use conversation::tickets::{self, NewTicket, Ticket, categories};
use conversation::types::{self, AgentId, ConversationId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, at_most, cut, limit, no_cursor};
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
    /// New, open, waiting, confirming or resolved.
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
    /// When the earliest of its clocks runs out; null while none runs.
    #[schema(required)]
    due_at: Option<Time>,
    /// When a promise was broken first.
    #[schema(required)]
    breached_at: Option<Time>,
    /// Until when the customer can say whether it is solved; then their silence means yes.
    #[schema(required)]
    confirm_until: Option<Time>,
    /// How often it was returned to a lower level.
    bounces: i64,
    /// The problem that it is one case of.
    #[schema(required)]
    problem_id: Option<String>,
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
            due_at: ticket.due_at.map(Time),
            breached_at: ticket.breached_at.map(Time),
            confirm_until: ticket.confirm_until.map(Time),
            bounces: ticket.bounces,
            problem_id: ticket.problem_id,
        }
    }
}

/// Which tickets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TicketQuery {
    /// In this state; `unsolved` is every state but resolved. Any state unless given.
    state: Option<String>,
    /// At this level.
    #[param(value_type = Option<enums::Level>)]
    level: Option<types::Level>,
    /// Of this agent; `none` is nobody.
    assignee: Option<String>,
    /// Of this kind.
    #[param(value_type = Option<enums::TicketKind>)]
    kind: Option<types::TicketKind>,
    /// So urgent.
    #[param(value_type = Option<enums::Priority>)]
    priority: Option<types::Priority>,
    /// In this category or one below it.
    category: Option<String>,
    /// Cases of this problem.
    problem: Option<String>,
    /// With a broken promise.
    breached: Option<bool>,
    /// A number (`T-12`), words of subject and brief, a customer's name or address; at most 200 characters.
    #[param(max_length = 200)]
    search: Option<String>,
    /// `newest` unless given, `oldest`, `due` (those whose clock runs), `updated`.
    sort: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

impl TicketQuery {
    async fn filter(&self, app: &App) -> Outcome<Filter> {
        let typed = self.search.as_deref().map_or("", str::trim);
        if typed.chars().count() > 200 {
            return Err(Problem::invalid("search: at most 200 characters"));
        }
        Ok(Filter {
            among: crate::tickets::find::among(app, typed).await?,
            state: match self.state.as_deref() {
                None => Which::Any,
                Some("unsolved") => Which::Unsolved,
                Some(text) => Which::Is(
                    text.parse()
                        .map_err(|error| Problem::invalid(format!("state: {error}, unsolved")))?,
                ),
            },
            level: self.level,
            whose: match self.assignee.as_deref() {
                None => Whose::Anybody,
                Some("none") => Whose::Nobody,
                Some(id) => Whose::Agent(AgentId::from(id)),
            },
            kind: self.kind,
            priority: self.priority,
            categories: match &self.category {
                Some(id) => match categories::tree(app.store.db()).await?.within(id) {
                    within if within.is_empty() => Some(vec![id.clone()]),
                    within => Some(within),
                },
                None => None,
            },
            problem: self.problem.clone(),
            is_breached: self.breached == Some(true),
            scope: None,
        })
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
/// Narrowed and in the order that is asked for; the newest first unless another is.
#[utoipa::path(get, path = "/tickets", tag = "tickets", operation_id = "listTickets",
    params(TicketQuery), responses((status = 200, description = "A page of tickets.", body = Page<TicketView>)))]
pub(super) async fn search(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<TicketQuery>,
) -> Outcome<Answer<Page<TicketView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let sort = match query.sort.as_deref() {
        None => Sort::Newest,
        Some(text) => Sort::from_text(text)
            .ok_or_else(|| Problem::invalid("sort: expected one of newest, oldest, due, updated"))?,
    };
    let place = match query.after.as_deref() {
        None => None,
        Some(text) => Some(Place::from_text(text).ok_or_else(no_cursor)?),
    };
    let filter = query.filter(&app).await?;
    let mut rows = list::page(app.store.db(), &filter, sort, place, limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows
            .last()
            .filter(|_| has_more)
            .map(|last| Place::behind(last, sort).to_text()),
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
    at_most(300, "subject", &body.subject)?;
    at_most(LONGEST_BRIEF, "brief", &body.brief)?;
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
