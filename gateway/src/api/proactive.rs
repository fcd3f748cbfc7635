//! What web chats say first.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use conversation::access::Permission;
use conversation::proactive::{self, NewProactive, Proactive};
use conversation::types::{AgentId, InboxId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::ByLanguage;
use super::extract::{Created, Id, Ids, Json, Page, Time};
use super::guard::Caller;
use super::problem::Outcome;
use crate::app::App;

/// What a web chat says first, to whoever looks at a page for a while.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProactiveMessage)]
pub(super) struct ProactiveView {
    /// Its id.
    id: String,
    /// What the team calls it.
    name: String,
    /// Whether it is shown.
    is_on: bool,
    /// Where: paths or addresses, in which `*` stands for anything; none is every page.
    pages: Vec<String>,
    /// After how many seconds on the page.
    after_seconds: i64,
    /// Whether it is shown only while the inbox is open.
    in_hours: bool,
    /// What it says.
    words: ByLanguage,
    /// The agent in whose name it speaks; without one it is the business.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    /// How often it was shown.
    shown: i64,
    /// How often the chat was opened by it.
    opened: i64,
    /// How many conversations began with it.
    answered: i64,
    /// When it changed last.
    updated_at: Time,
}

impl From<Proactive> for ProactiveView {
    fn from(one: Proactive) -> ProactiveView {
        ProactiveView {
            words: (&one.words).into(),
            id: one.id,
            name: one.name,
            is_on: one.is_on,
            pages: one.pages,
            after_seconds: one.after_seconds,
            in_hours: one.in_hours,
            agent: one.agent.map(|agent| agent.to_string()),
            shown: one.shown,
            opened: one.opened,
            answered: one.answered,
            updated_at: Time(one.updated_at),
        }
    }
}

/// What a web chat is to say first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProactiveMessage)]
pub(super) struct ProactiveBody {
    /// What the team calls it.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Whether it is shown; it is unless given.
    #[serde(default = "yes")]
    #[schema(default = true)]
    is_on: bool,
    /// Where: up to 30 paths such as `/prices*` or addresses such as `https://www.example.com/prices`; none is every page.
    #[serde(default)]
    pages: Vec<String>,
    /// After how many seconds on the page.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 600)]
    after_seconds: i64,
    /// Whether it is shown only while the inbox is open.
    #[serde(default)]
    in_hours: bool,
    /// What it says, in one language at least, up to 300 characters.
    words: ByLanguage,
    /// The agent in whose name it speaks; without one it is the business.
    #[serde(default)]
    agent: Option<String>,
}

const fn yes() -> bool {
    true
}

impl From<ProactiveBody> for NewProactive {
    fn from(body: ProactiveBody) -> NewProactive {
        NewProactive {
            name: body.name,
            is_on: body.is_on,
            pages: body.pages,
            after_seconds: body.after_seconds,
            in_hours: body.in_hours,
            words: body.words.into(),
            agent: body.agent.map(AgentId::from),
        }
    }
}

/// List proactive messages
///
/// Those of a web chat, on one page. Of those that fit a page of the business the first is shown.
#[utoipa::path(get, path = "/inboxes/{id}/proactive-messages", tag = "inboxes", operation_id = "listProactiveMessages",
    params(("id" = String, Path, description = "The inbox, a web chat.")),
    responses((status = 200, description = "All of them.", body = Page<ProactiveView>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Page<ProactiveView>>> {
    caller.may(Permission::Read)?;
    let db = app.store.db();
    let inbox = proactive::chat(db, &InboxId::from(id)).await?;
    let all = proactive::list(db, &inbox.id).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(ProactiveView::from).collect(),
        next: None,
    }))
}

/// Add a proactive message
///
/// Behind the others.
#[utoipa::path(post, path = "/inboxes/{id}/proactive-messages", tag = "inboxes", operation_id = "createProactiveMessage", request_body = ProactiveBody,
    params(("id" = String, Path, description = "The inbox, a web chat.")),
    responses((status = 201, description = "It is kept.", body = ProactiveView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ProactiveBody>,
) -> Outcome<Created<ProactiveView>> {
    caller.may(Permission::Administer)?;
    let inbox = InboxId::from(id);
    let one = proactive::create(&app.store, &caller.actor, &inbox, body.into()).await?;
    let place = format!("/inboxes/{inbox}/proactive-messages/{}", one.id);
    Ok(Created(place, one.into()))
}

/// Read a proactive message
///
/// With its figures.
#[utoipa::path(get, path = "/inboxes/{id}/proactive-messages/{message}", tag = "inboxes", operation_id = "getProactiveMessage",
    params(("id" = String, Path, description = "The inbox."), ("message" = String, Path, description = "The proactive message.")),
    responses((status = 200, description = "The proactive message.", body = ProactiveView)))]
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    Ids((inbox, id)): Ids,
) -> Outcome<Answer<ProactiveView>> {
    caller.may(Permission::Read)?;
    let one = proactive::load(app.store.db(), &InboxId::from(inbox), &id).await?;
    Ok(Answer(one.into()))
}

/// Change a proactive message
///
/// Replaces what it says, where and when. Its place and its figures stay.
#[utoipa::path(put, path = "/inboxes/{id}/proactive-messages/{message}", tag = "inboxes", operation_id = "changeProactiveMessage", request_body = ProactiveBody,
    params(("id" = String, Path, description = "The inbox."), ("message" = String, Path, description = "The proactive message.")),
    responses((status = 200, description = "As it is now.", body = ProactiveView)))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Ids((inbox, id)): Ids,
    Json(body): Json<ProactiveBody>,
) -> Outcome<Answer<ProactiveView>> {
    caller.may(Permission::Administer)?;
    let one = proactive::change(&app.store, &caller.actor, &InboxId::from(inbox), &id, body.into()).await?;
    Ok(Answer(one.into()))
}

/// Remove a proactive message
///
/// With its figures. Conversations that began with it stay as they are.
#[utoipa::path(delete, path = "/inboxes/{id}/proactive-messages/{message}", tag = "inboxes", operation_id = "removeProactiveMessage",
    params(("id" = String, Path, description = "The inbox."), ("message" = String, Path, description = "The proactive message.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove(State(app): State<App>, caller: Caller, Ids((inbox, id)): Ids) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    proactive::remove(&app.store, &caller.actor, &InboxId::from(inbox), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
