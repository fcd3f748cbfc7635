//! The event log as pages, for integrations that follow it.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::events::{Event, EventKind};
use conversation::store::events_after;
use conversation::types::ActorKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Query, Time, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// One committed change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventView {
    /// Its number: dense, in the order of the commits.
    position: i64,
    /// What kind of thing changed.
    #[schema(value_type = enums::EventKind)]
    kind: EventKind,
    /// The conversation it belongs to.
    #[schema(required)]
    conversation_id: Option<String>,
    /// The id of what changed; read it for its present state.
    subject_id: String,
    /// Who did it.
    actor: EventActor,
    /// When.
    at: Time,
    /// Small facts, different by kind; new ones may be added.
    #[schema(value_type = Object)]
    data: Value,
}

/// Who did a thing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventActor {
    /// A contact, an agent, the bot, the system or an API token.
    #[schema(value_type = enums::ActorKind)]
    kind: ActorKind,
    /// The id of the contact or agent, the name of the token; empty for bot and system.
    id: String,
}

impl From<Event> for EventView {
    fn from(event: Event) -> EventView {
        EventView {
            position: event.position,
            kind: event.kind,
            conversation_id: event.conversation_id.map(|id| id.to_string()),
            subject_id: event.subject_id,
            actor: EventActor {
                kind: event.actor.kind(),
                id: event.actor.id().to_owned(),
            },
            at: Time(event.at),
            data: event.data,
        }
    }
}

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// The last position you have; 0, which is the beginning, unless given.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A part of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventPage {
    /// The events, oldest first.
    items: Vec<EventView>,
    /// Give it as `after` next time: the position of the last event here, or what you gave when
    /// there is nothing new. Never null, for the log goes on.
    next: i64,
    /// The last position of the log when this was read; you have everything when `next` is as high.
    head: i64,
}

/// Follow the events
///
/// Every change, in order, by position. Keep the `next` of each page and ask again with it as
/// `after`: nothing is missed and nothing comes twice.
#[utoipa::path(get, path = "/events", tag = "events", operation_id = "listEvents", params(EventsQuery),
    responses((status = 200, description = "A page of events.", body = EventPage)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<EventsQuery>,
) -> Outcome<Answer<EventPage>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = query.after.unwrap_or(0);
    if after < 0 {
        return Err(Problem::invalid("after: a position, from 0"));
    }
    let events = events_after(app.store.db(), after, limit).await?;
    let next = events.last().map_or(after, |event| event.position);
    Ok(Answer(EventPage {
        items: events.into_iter().map(EventView::from).collect(),
        next,
        head: app.store.head().await?,
    }))
}
