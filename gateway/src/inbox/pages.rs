//! The pages and the fragments that keep them live.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use conversation::access::{self, Permission};
use conversation::conversations::Conversation;
use conversation::types::{ConversationId, Position};
use ui::inbox_page::{self, InboxView, ThreadView};
use ui::routes;

use super::came::Came;
use super::list::{self, Choice};
use super::thread;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::{SignedIn, html, see_other};
use crate::framed::sections;
use crate::people::reads;

/// `/inbox`.
pub(super) async fn inbox(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    let position = app.store.head().await?;
    let list = list::load(&app, &me, &choice, None).await?;
    let view = InboxView {
        agent_name: me.agent.name.clone(),
        is_administrator: me.can(Permission::Administer),
        sections: sections(&me),
        list,
        bulk: list::bulk(&app.store, &me).await?,
        thread: None,
        position,
    };
    Ok(html(inbox_page::inbox(&me.ctx(), &view)))
}

/// `/inbox/list`.
pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    let selected = Some(choice.selected.as_str()).filter(|id| !id.is_empty());
    let view = list::load(&app, &me, &choice, selected).await?;
    Ok(html(inbox_page::list(&me.ctx(), &view)))
}

/// `/inbox/c/{id}`.
pub(super) async fn conversation(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    let position = app.store.head().await?;
    let found = access::conversation(app.store.db(), &me.actor(), &ConversationId::from(id.as_str())).await?;
    if found.id.as_str() != id {
        // It became part of another one.
        return Ok(see_other(&format!(
            "{}?{}",
            routes::path(routes::CONVERSATION, found.id.as_str()),
            choice.query()
        )));
    }
    let view = thread::load(&app, &me, &found, position, &choice, Came::Nothing).await?;
    reads::mark(&app.store, &me.agent.id, &found.id, position).await?;
    super::typing::sign(&app, &me, &found, false);
    whole(&app, &me, &choice, view, position).await
}

/// The page around an open conversation.
pub(super) async fn whole(
    app: &App,
    me: &SignedIn,
    choice: &Choice,
    view: ThreadView,
    position: Position,
) -> Result<Response, Failure> {
    let list = list::load(app, me, choice, Some(&view.id)).await?;
    let page = InboxView {
        agent_name: me.agent.name.clone(),
        is_administrator: me.can(Permission::Administer),
        sections: sections(me),
        list,
        bulk: list::bulk(&app.store, me).await?,
        thread: Some(view),
        position,
    };
    Ok(html(inbox_page::inbox(&me.ctx(), &page)))
}

/// `/inbox/c/{id}/thread`. Counts as read when the page says that it is in view.
pub(super) async fn thread(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut choice = Choice::of_page(&me);
    choice.at = asked.at;
    let position = app.store.head().await?;
    let found = access::conversation(app.store.db(), &me.actor(), &ConversationId::from(id)).await?;
    let view = thread::load(&app, &me, &found, position, &choice, Came::Nothing).await?;
    if headers.get("x-visible").is_some_and(|value| value == "visible") {
        reads::mark(&app.store, &me.agent.id, &found.id, position).await?;
        super::typing::sign(&app, &me, &found, false);
    }
    Ok(html(inbox_page::thread(&me.ctx(), &view)))
}

/// Answers a POST: the fragment for a page with scripts, else the page itself; what came to
/// nothing carries its status and says why in the composer.
pub(super) async fn answer(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    status: StatusCode,
    came: Came,
) -> Result<Response, Failure> {
    if status == StatusCode::OK && !me.is_fragment {
        return Ok(see_other(&routes::path(routes::CONVERSATION, conversation.id.as_str())));
    }
    let choice = Choice::of_page(me);
    let position = app.store.head().await?;
    let view = thread::load(app, me, conversation, position, &choice, came).await?;
    reads::mark(&app.store, &me.agent.id, &conversation.id, position).await?;
    let body = if me.is_fragment {
        html(inbox_page::thread(&me.ctx(), &view))
    } else {
        whole(app, me, &choice, view, position).await?
    };
    Ok((status, body).into_response())
}
