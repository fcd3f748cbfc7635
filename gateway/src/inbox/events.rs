//! `/events`: what changed, to browsers that stay connected.

mod sight;

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use conversation::types::Position;
use futures::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use serde_json::json;
use sight::Sight;
use ui::i18n;

use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::{SignedIn, cookies};
use crate::people::sessions;
use crate::realtime::{Signal, Update};

/// How often a silent connection says that it lives, and whether its session still does.
const PING: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: String,
}

/// Replays what came after `Last-Event-ID` (or `after`), then follows. Ends when the process stops
/// or the session does.
pub(super) async fn events(
    State(app): State<App>,
    me: SignedIn,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let head = app.store.head().await?;
    let after = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or(&from.after)
        .trim()
        .parse::<Position>()
        .ok();
    // A position from the future is another database's: begin anew.
    let is_lost = after.is_some_and(|after| after > head || after < 0);
    let follow = app.realtime.follow(after.filter(|_| !is_lost).unwrap_or(head));
    let first = stream::iter(is_lost.then(reset));
    let updates = seen(Sight::new(&app, me), follow);
    let secret = cookies::get(&headers, &cookies::session_name(&app))
        .unwrap_or_default()
        .to_owned();
    let stop = app.stop.clone();
    let all = first
        .chain(
            stream::select(updates.map(Some), pings(app, secret))
                .take_while(|event| {
                    // A session that ended takes its connection along.
                    futures::future::ready(event.is_some())
                })
                .filter_map(futures::future::ready),
        )
        .map(Ok::<Event, Infallible>)
        .take_until(stop.cancelled_owned());
    let mut response = Sse::new(all).into_response();
    // Proxies that collect an answer before they pass it on would hold everything back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

fn reset() -> Event {
    Event::default().event("reset").data("{}")
}

fn pings(app: App, secret: String) -> impl Stream<Item = Option<Event>> + Send {
    stream::unfold((app, secret), |(app, secret)| async move {
        tokio::time::sleep(PING).await;
        let lives = match sessions::check(&app.store, &secret).await {
            Ok(found) => found.is_some(),
            // A database that is away for a moment ends nobody's session.
            Err(_) => true,
        };
        let ping = lives.then(|| Event::default().event("ping").data("{}"));
        Some((ping, (app, secret)))
    })
}

/// What somebody sees of what happens.
fn seen(sight: Sight, follow: impl Stream<Item = Update> + Send + 'static) -> impl Stream<Item = Event> + Send {
    stream::unfold((sight, Box::pin(follow)), |(mut sight, mut follow)| async move {
        loop {
            let update = follow.next().await?;
            if let Some(event) = sight.event(update).await {
                return Some((event, (sight, follow)));
            }
        }
    })
}

fn event(me: &SignedIn, update: Update) -> Option<Event> {
    match update {
        Update::Event(event) => {
            conversation::trace::passed(&event, "browser");
            Some(
                Event::default().id(event.position.to_string()).data(
                    json!({
                        "position": event.position,
                        "kind": event.kind,
                        "conversation_id": event.conversation_id,
                        "subject_id": event.subject_id,
                    })
                    .to_string(),
                ),
            )
        }
        Update::Reset(_) => Some(reset()),
        Update::Signal(Signal::CustomerTyping {
            conversation,
            is_typing,
        }) => Some(typing(
            conversation.as_str(),
            &i18n::t(me.lang, "author-customer"),
            is_typing,
        )),
        // Nobody is told that they type themselves.
        Update::Signal(Signal::AgentTyping { name, .. }) if name == me.agent.name => None,
        Update::Signal(Signal::AgentTyping {
            conversation,
            name,
            is_typing,
        }) => Some(typing(conversation.as_str(), &name, is_typing)),
        Update::Signal(Signal::AgentViewing { agent, .. }) if agent == me.agent.id => None,
        Update::Signal(Signal::AgentViewing {
            conversation,
            agent,
            name,
            is_viewing,
        }) => {
            let data =
                json!({ "conversation_id": conversation, "agent": agent, "name": name, "is_viewing": is_viewing });
            Some(Event::default().event("viewing").data(data.to_string()))
        }
    }
}

fn typing(conversation: &str, name: &str, is_typing: bool) -> Event {
    let data = json!({ "conversation_id": conversation, "name": name, "is_typing": is_typing });
    Event::default().event("typing").data(data.to_string())
}
