//! The bell: what an agent was told, the mail for those who are away, and what makes the pages an
//! application that can be installed.

mod digest;
mod install;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use conversation::desk::bell::{self, Notification};
use conversation::desk::presence::{self, DeskEdit};
use conversation::reply::agent_names;
use conversation::types::{Actor, AgentId, ConversationId};
use conversation::{Result, Store};
use maud::html;
use ui::bell_page::{self, BellView, NoticeView};
use ui::layout::Section;
use ui::routes;

use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, guard, see_other};
use crate::boxed::boxed;
use crate::framed::Framed;

pub(crate) use digest::run as run_digests;

/// The routes of the bell.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new().route(routes::BELL, get(boxed(show)).post(boxed(change)));
    guard(app, inside).merge(install::routes())
}

async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    let db = app.store.db();
    let desk = presence::load(db, &me.agent.id).await?;
    let view = BellView {
        agent: me.agent.id.to_string(),
        unread: bell::unread(db, &me.agent.id).await?,
        has_sound: desk.has_sound,
        is_away: desk.is_away,
        notices: views(&app.store, bell::list(db, &me.agent.id).await?).await?,
    };
    let ctx = me.ctx();
    let drawn = bell_page::bell(&ctx, &view);
    if me.is_fragment {
        return Ok(crate::auth::html(drawn));
    }
    let title = ctx.t("bell-title");
    let main = html! { main.settings #main tabindex="-1" { div.settings-body { div.settings-sheet { h1 { (title) } (drawn) } } } };
    Ok(Framed::new(Section::Inbox, &title).answer(&me, &main))
}

/// Notifications as the pages draw them.
pub(crate) async fn views(store: &Store, told: Vec<Notification>) -> Result<Vec<NoticeView>> {
    let mut ids: Vec<AgentId> = told
        .iter()
        .filter_map(|one| match &one.actor {
            Actor::Agent(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    ids.sort();
    ids.dedup();
    let names = agent_names(store, &ids).await?;
    Ok(told
        .into_iter()
        .map(|one| NoticeView {
            who: match &one.actor {
                Actor::Agent(id) => names
                    .iter()
                    .find(|(known, _)| known == id)
                    .map(|(_, name)| name.clone())
                    .unwrap_or_default(),
                Actor::Api(name) => name.clone(),
                Actor::Bot | Actor::System => "Switchboard".to_owned(),
                Actor::Contact(_) => String::new(),
            },
            what: if one.subject.trim().is_empty() {
                format!("#{}", one.number)
            } else {
                format!("#{} {}", one.number, one.subject.trim())
            },
            url: routes::path(routes::CONVERSATION, one.conversation.as_str()),
            kind: one.kind,
            words: one.words,
            at: one.at,
            is_read: one.read_at.is_some(),
        })
        .collect())
}

async fn change(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    match form.get("read") {
        "" => {}
        "all" => {
            bell::read(&app.store, &me.agent.id, None).await?;
        }
        one => {
            bell::read(&app.store, &me.agent.id, Some(&ConversationId::from(one))).await?;
        }
    }
    if let Ok(is_away) = form.get("away").parse::<bool>() {
        let edit = DeskEdit {
            is_away: Some(is_away),
            ..DeskEdit::default()
        };
        presence::edit(&app.store, &me.agent.id, edit).await?;
    }
    if me.is_fragment {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(see_other(routes::BELL))
}
