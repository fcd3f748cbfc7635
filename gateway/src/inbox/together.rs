//! Working together on a conversation: who looks at it, who follows it, handing it over, macros.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::desk::{follow, macros, presence};
use conversation::lifecycle::{Action, act_in};
use conversation::reply::{NewReply, ReplyKind, reply_in};
use conversation::types::{AgentId, MessageId, TeamId};
use conversation::{Error, reply};

use super::outcome::{outcome, workable};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::realtime::Signal;

/// The conversation is on the agent's screen, or no longer.
pub(super) async fn here(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = conversation::access::conversation(app.store.db(), &me.actor(), &id.as_str().into()).await?;
    let is_here = form.get("is_here") == "true";
    if is_here {
        presence::seen(&app.store, &me.agent.id).await?;
    }
    app.realtime.signal(Signal::AgentViewing {
        conversation: found.id,
        agent: me.agent.id.clone(),
        name: me.agent.name.clone(),
        is_viewing: is_here,
    });
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn follow(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let done = follow::follow(&app.store, &me.agent.id, &found.id, form.get("on") == "true").await;
    outcome(&app, &me, &found, done).await
}

pub(super) async fn run_macro(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let once = match form.get("once") {
        "" => app.store.env().ulid(),
        given => given.chars().take(40).collect(),
    };
    let done = macros::run(&app.store, &me.actor(), form.get("macro"), &found.id, &once).await;
    outcome(&app, &me, &found, done.map(|_| ())).await
}

/// Gives it away with a note that says what there is to know: both, or neither.
pub(super) async fn hand_over(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let action = match form.get("to").split_once(':') {
        Some(("agent", agent)) => Action::Assign(Some(AgentId::from(agent))),
        Some(("team", team)) => Action::GiveTo(Some(TeamId::from(team))),
        _ => return Err(Failure::Unreadable),
    };
    let done = give(&app, &me, &found.id, action, form.get("text")).await;
    outcome(&app, &me, &found, done).await
}

async fn give(
    app: &App,
    me: &SignedIn,
    id: &conversation::types::ConversationId,
    action: Action,
    text: &str,
) -> Result<(), Error> {
    let text = text.replace("\r\n", "\n");
    if text.chars().count() > reply::LONGEST_TEXT {
        return Err(Error::Invalid("the message has more than 50000 characters".to_owned()));
    }
    let mut tx = app.store.begin().await?;
    let note = NewReply::of(MessageId::from(tx.env().ulid()), id, ReplyKind::Note, text);
    reply_in(&mut tx, &me.actor(), note).await?;
    let to_team = matches!(action, Action::GiveTo(_));
    act_in(&mut tx, &me.actor(), id, action).await?;
    if to_team {
        // The team picks it up itself.
        act_in(&mut tx, &me.actor(), id, Action::Assign(None)).await?;
    }
    tx.commit().await?;
    Ok(())
}
