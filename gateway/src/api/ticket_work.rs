//! Working on tickets: what is their own, what is done with them, links, history, clocks.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::sla::clocks::{self, Clock};
use conversation::tickets::edit::{self, Edit};
use conversation::tickets::history::{self as past, Entry};
use conversation::tickets::levels::{self, Told};
use conversation::tickets::links::{self, LinkKind, Reference};
use conversation::tickets::{Ticket, solve};
use conversation::types::{self, FieldId, TicketId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::enums;
use super::extract::{Created, Id, Json, Page, Time, at_most, given};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use super::tickets::TicketView;
use crate::app::App;

async fn found(app: &App, caller: &Caller, id: String) -> Outcome<Ticket> {
    Ok(access::ticket(app.store.db(), &caller.actor, &TicketId::from(id)).await?)
}

fn whole<T: ToSchema>(items: Vec<T>) -> Answer<Page<T>> {
    Answer(Page { items, next: None })
}

/// What to change of a ticket; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketEdit {
    /// Question, incident or request.
    #[schema(value_type = Option<enums::TicketKind>)]
    kind: Option<types::TicketKind>,
    /// The id of the category; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    category: Option<Option<String>>,
    /// The matter.
    #[schema(min_length = 1, max_length = 300)]
    subject: Option<String>,
    /// What was asked and what was tried.
    #[schema(max_length = 20000)]
    brief: Option<String>,
    /// Values of custom fields by the field's id; an empty one is taken away.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// Change a ticket
///
/// Level, priority and agent are those of its conversation: act on that.
#[utoipa::path(patch, path = "/tickets/{id}", tag = "tickets", operation_id = "changeTicket", request_body = TicketEdit,
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "The ticket as it is now.", body = TicketView)))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<TicketEdit>,
) -> Outcome<Answer<TicketView>> {
    caller.may(Permission::Work)?;
    at_most(300, "subject", body.subject.as_deref().unwrap_or_default())?;
    let ticket = found(&app, &caller, id).await?;
    let change = Edit {
        kind: body.kind,
        category: body.category,
        subject: body.subject,
        brief: body.brief,
        fields: body
            .fields
            .into_iter()
            .map(|(id, value)| (FieldId::from(id), value))
            .collect(),
    };
    let ticket = edit::edit(&app.store, &caller.actor, &ticket.id, change).await?;
    Ok(Answer(ticket.into()))
}

/// The answer to one point of a checklist.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ToldBody {
    /// The id of the point.
    check: String,
    /// The words; `yes` for what was ticked.
    #[schema(max_length = 4000)]
    answer: String,
}

/// One thing to do with a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum TicketAction {
    /// Asks the customer for more; the ticket waits for the answer.
    AskMore {
        /// The words that go out.
        text: String,
    },
    /// Asks the customer whether it is solved.
    AskSolved {
        /// The words that go out; empty sends those of the settings.
        #[serde(default)]
        text: String,
    },
    /// Closes it without asking.
    Close {},
    /// Opens it again where it was.
    Reopen {},
    /// Moves it and its conversation to a level.
    MoveTo {
        /// The level.
        #[schema(value_type = enums::Level)]
        level: types::Level,
        /// Why; whoever takes it reads this.
        #[schema(max_length = 2000)]
        reason: String,
        /// The answers to the level's checklist.
        #[serde(default)]
        told: Vec<ToldBody>,
    },
}

/// Act on a ticket
///
/// Ask the customer, close, reopen, escalate or return. A step that the ticket's state does not allow is
/// refused with 409, a level that was not told what it needs with 422.
#[utoipa::path(post, path = "/tickets/{id}/actions", tag = "tickets", operation_id = "actOnTicket", request_body = TicketAction,
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "The ticket as it is now.", body = TicketView)))]
pub(super) async fn act(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<TicketAction>,
) -> Outcome<Answer<TicketView>> {
    caller.may(Permission::Work)?;
    let ticket = found(&app, &caller, id).await?;
    let (store, actor, id) = (&app.store, &caller.actor, &ticket.id);
    let ticket = match body {
        TicketAction::AskMore { text } => solve::ask_more(store, actor, id, &text).await?,
        TicketAction::AskSolved { text } => solve::ask_solved(store, actor, id, &text).await?,
        TicketAction::Close {} => solve::close(store, actor, id).await?,
        TicketAction::Reopen {} => solve::reopen(store, actor, id).await?,
        TicketAction::MoveTo { level, reason, told } => {
            let told: Vec<Told> = told
                .into_iter()
                .map(|one| Told {
                    check: one.check,
                    answer: one.answer,
                })
                .collect();
            levels::go(store, actor, &ticket.conversation_id, level, &reason, &told).await?;
            access::ticket(store.db(), actor, id).await?
        }
    };
    Ok(Answer(ticket.into()))
}

/// One thing that happened to a ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketHistory)]
pub(super) struct HistoryView {
    /// What: `opened`, `status`, `level`, `assignee`, `priority`, `kind`, `category`, `subject`, `field`, `linked`, `unlinked`,
    /// `reference`, `problem`, `asked`, `confirmed`, `denied`, `near`, `breached`, `diagnosed`.
    what: String,
    /// Small facts: `from` and `to` where something changed.
    #[schema(value_type = Object)]
    data: Value,
    /// Who did it: an object with `kind` and `id`.
    #[schema(value_type = Object)]
    actor: Value,
    /// When.
    at: Time,
}

impl From<Entry> for HistoryView {
    fn from(entry: Entry) -> HistoryView {
        HistoryView {
            actor: serde_json::to_value(&entry.actor).unwrap_or_default(),
            what: entry.what,
            data: entry.data,
            at: Time(entry.at),
        }
    }
}

/// Read a ticket's history
///
/// The newest first, at most 200.
#[utoipa::path(get, path = "/tickets/{id}/history", tag = "tickets", operation_id = "ticketHistory",
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "What happened to it.", body = Page<HistoryView>)))]
pub(super) async fn history(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Page<HistoryView>>> {
    caller.may(Permission::Read)?;
    let ticket = found(&app, &caller, id).await?;
    let all = past::of(app.store.db(), &ticket.id).await?;
    Ok(whole(all.into_iter().map(HistoryView::from).collect()))
}

/// One clock of a ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketClock)]
pub(super) struct ClockView {
    /// `first` answer, `next` answer, `resolution`.
    kind: &'static str,
    /// The policy that it follows.
    policy: String,
    /// Business time that is allowed, in seconds.
    allowed_seconds: i64,
    /// When it began.
    started_at: Time,
    /// Whether it runs now; it is held while the ticket waits for the customer.
    is_running: bool,
    /// When it runs out, while it runs.
    #[schema(required)]
    due_at: Option<Time>,
    /// When it was stopped: answered, solved.
    #[schema(required)]
    stopped_at: Option<Time>,
    /// When it ran out, this time.
    #[schema(required)]
    breached_at: Option<Time>,
    /// How often it was kept.
    kept: i64,
    /// How often it was broken.
    broken: i64,
}

impl From<Clock> for ClockView {
    fn from(clock: Clock) -> ClockView {
        ClockView {
            kind: clock.kind.as_str(),
            policy: clock.policy,
            allowed_seconds: clock.allowed / 1000,
            started_at: Time(clock.started_at),
            is_running: clock.running_since.is_some(),
            due_at: clock.due_at.map(Time),
            stopped_at: clock.stopped_at.map(Time),
            breached_at: clock.breached_at.map(Time),
            kept: clock.kept,
            broken: clock.broken,
        }
    }
}

/// Read a ticket's clocks
///
/// Those that a policy promises.
#[utoipa::path(get, path = "/tickets/{id}/clocks", tag = "tickets", operation_id = "ticketClocks",
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "Its clocks.", body = Page<ClockView>)))]
pub(super) async fn clocks(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Page<ClockView>>> {
    caller.may(Permission::Read)?;
    let ticket = found(&app, &caller, id).await?;
    let all = clocks::of(app.store.db(), &ticket.id).await?;
    Ok(whole(all.into_iter().map(ClockView::from).collect()))
}

/// A ticket that another one is linked with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketLink)]
pub(super) struct LinkView {
    /// `duplicate` or `related`.
    kind: &'static str,
    /// Whether this one is the duplicate; false where the other one is.
    is_own: bool,
    /// The other ticket.
    ticket: TicketView,
}

async fn links_of(app: &App, ticket: &Ticket) -> Outcome<Answer<Page<LinkView>>> {
    let all = links::of(app.store.db(), &ticket.id).await?;
    Ok(whole(
        all.into_iter()
            .map(|link| LinkView {
                kind: link.kind.as_str(),
                is_own: link.is_own,
                ticket: link.other.into(),
            })
            .collect(),
    ))
}

/// List a ticket's links
///
/// From both sides.
#[utoipa::path(get, path = "/tickets/{id}/links", tag = "tickets", operation_id = "listTicketLinks",
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "Its links.", body = Page<LinkView>)))]
pub(super) async fn list_links(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Page<LinkView>>> {
    caller.may(Permission::Read)?;
    links_of(&app, &found(&app, &caller, id).await?).await
}

/// A link to make, or to take away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkBody {
    /// The id of the other ticket.
    other: String,
    /// `duplicate` (this one is a duplicate of the other), `related`, or null: take the link away.
    #[serde(default)]
    kind: Option<String>,
}

/// Link a ticket
///
/// With another one, or no longer.
#[utoipa::path(post, path = "/tickets/{id}/links", tag = "tickets", operation_id = "linkTicket", request_body = LinkBody,
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "Its links as they are now.", body = Page<LinkView>)))]
pub(super) async fn link(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<LinkBody>,
) -> Outcome<Answer<Page<LinkView>>> {
    caller.may(Permission::Work)?;
    let ticket = found(&app, &caller, id).await?;
    let other = TicketId::from(body.other);
    match body.kind.as_deref() {
        None => links::unlink(&app.store, &caller.actor, &ticket.id, &other).await?,
        Some(text) => {
            let kind = LinkKind::from_text(text)
                .ok_or_else(|| Problem::invalid("kind: expected duplicate, related or null"))?;
            links::link(&app.store, &caller.actor, &ticket.id, &other, kind).await?;
        }
    }
    links_of(&app, &ticket).await
}

/// An issue in somebody else's tracker.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketReference)]
pub(super) struct ReferenceView {
    /// Its id.
    id: String,
    /// What they call it.
    name: String,
    /// Where it is.
    url: String,
    /// Since when the ticket names it.
    at: Time,
}

impl From<Reference> for ReferenceView {
    fn from(one: Reference) -> ReferenceView {
        ReferenceView {
            id: one.id,
            name: one.name,
            url: one.url,
            at: Time(one.at),
        }
    }
}

/// List a ticket's references
///
/// Issues in somebody else's tracker.
#[utoipa::path(get, path = "/tickets/{id}/references", tag = "tickets", operation_id = "listTicketReferences",
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "All of them.", body = Page<ReferenceView>)))]
pub(super) async fn list_references(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Outcome<Answer<Page<ReferenceView>>> {
    caller.may(Permission::Read)?;
    let ticket = found(&app, &caller, id).await?;
    let all = links::references(app.store.db(), &ticket.id).await?;
    Ok(whole(all.into_iter().map(ReferenceView::from).collect()))
}

/// An issue to name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferenceBody {
    /// What they call it; the end of the address unless given.
    #[serde(default)]
    name: String,
    /// Where it is: `https://` or `http://`.
    url: String,
}

/// Name an issue elsewhere
///
/// In somebody else's tracker.
#[utoipa::path(post, path = "/tickets/{id}/references", tag = "tickets", operation_id = "addTicketReference", request_body = ReferenceBody,
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 201, description = "It is named.", body = ReferenceView, headers(("Location" = String, description = "The path of the ticket.")))))]
pub(super) async fn refer(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ReferenceBody>,
) -> Outcome<Created<ReferenceView>> {
    caller.may(Permission::Work)?;
    let ticket = found(&app, &caller, id).await?;
    let made = links::refer(&app.store, &caller.actor, &ticket.id, &body.name, &body.url).await?;
    Ok(Created(format!("/tickets/{}", ticket.id), made.into()))
}
