//! What agents do with a conversation. Each checks the role, goes through `access`, and answers with
//! the conversation as it is now.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::access::{self, Permission};
use conversation::lifecycle::{self, Action};
use conversation::tickets::edit::{self, Edit};
use conversation::tickets::{self, NewTicket, levels};
use conversation::types::{AgentId, DeliveryId, Level, Priority, TicketKind};
use conversation::{Error, deliveries};
use ui::i18n;

use super::later::{local_time, put_off};
use super::outcome::{outcome, workable};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::realtime::Signal;

async fn act(app: &App, me: &SignedIn, id: &str, action: Action) -> Result<Response, Failure> {
    let found = workable(app, me, id).await?;
    let done = lifecycle::act(&app.store, &me.actor(), &found.id, action).await;
    outcome(app, me, &found, done.map(|_| ())).await
}

pub(super) async fn claim(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let action = Action::Claim {
        agent: posted.me.agent.id.clone(),
        from: Some(posted.form.get("holder"))
            .filter(|id| !id.is_empty())
            .map(AgentId::from),
    };
    act(&app, &posted.me, &id, action).await
}

pub(super) async fn assign(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let agent = Some(posted.form.get("agent"))
        .filter(|id| !id.is_empty())
        .map(AgentId::from);
    act(&app, &posted.me, &id, Action::Assign(agent)).await
}

/// Up or back: the level that is chosen says which.
pub(super) async fn escalate(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let level: Level = posted.form.get("level").parse().map_err(|_| Failure::Unreadable)?;
    let (reason, told) = (posted.form.get("reason"), crate::tickets::told(&posted.form));
    let done = levels::go(&app.store, &posted.me.actor(), &found.id, level, reason, &told).await;
    outcome(&app, &posted.me, &found, done.map(|_| ())).await
}

pub(super) async fn resolve(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    act(&app, &posted.me, &id, Action::Resolve).await
}

pub(super) async fn reopen(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    act(&app, &posted.me, &id, Action::Reopen).await
}

pub(super) async fn priority(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Work)?;
    let priority: Priority = posted.form.get("priority").parse().map_err(|_| Failure::Unreadable)?;
    act(&app, &posted.me, &id, Action::Prioritise(priority)).await
}

pub(super) async fn snooze(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Work)?;
    let until = match posted.form.get("for") {
        "time" => local_time(posted.form.get("at_time"), &posted.me)
            .filter(|at| *at > posted.me.now)
            .ok_or_else(|| Error::Invalid(i18n::t(posted.me.lang, "compose-later-wrong").into_owned()))?,
        choice => put_off(choice, posted.me.now, &posted.me.tz).ok_or(Failure::Unreadable)?,
    };
    act(&app, &posted.me, &id, Action::Snooze { until }).await
}

pub(super) async fn typing(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    if posted.form.get("is_typing") == "true" {
        super::typing::sign(&app, &posted.me, &found, true);
    }
    app.realtime.signal(Signal::AgentTyping {
        conversation: found.id,
        name: posted.me.agent.name.clone(),
        is_typing: posted.form.get("is_typing") == "true",
    });
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Sends a message once more whose delivery failed. The delivery must be one of this conversation.
pub(super) async fn retry(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let delivery = DeliveryId::from(posted.form.get("delivery"));
    let of = access::delivery(app.store.db(), &posted.me.actor(), &delivery).await?;
    if of.conversation_id != found.id {
        return Err(Error::NotFound.into());
    }
    let done = deliveries::send_again(&app.store, &posted.me.actor(), &delivery).await;
    outcome(&app, &posted.me, &found, done).await
}

pub(super) async fn open_ticket(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let new = NewTicket {
        conversation: found.id.clone(),
        subject: posted.form.get("subject").to_owned(),
        kind: posted.form.get("kind").parse().unwrap_or(TicketKind::Request),
        brief: String::new(),
    };
    let done = open_in_category(&app, &posted.me, new, posted.form.get("category")).await;
    outcome(&app, &posted.me, &found, done).await
}

async fn open_in_category(app: &App, me: &SignedIn, new: NewTicket, category: &str) -> conversation::Result<()> {
    let ticket = tickets::open(&app.store, &me.actor(), new).await?;
    if category.is_empty() {
        return Ok(());
    }
    let change = Edit {
        category: Some(Some(category.to_owned())),
        ..Edit::default()
    };
    edit::edit(&app.store, &me.actor(), &ticket.id, change).await.map(drop)
}
