//! The event stream of one open widget. There may be thousands: each holds a place in the
//! broadcast of events and a few ids, and asks the database only about its own conversation.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue};
use axum::response::sse::{Event as Sent, Sse};
use axum::response::{IntoResponse, Response};
use conversation::events::EventKind;
use conversation::types::{Actor, ContactId, ConversationId, DeliveryState, MessageId, MessageKind, Position};
use conversation::{Result, deliveries};
use futures::{Stream, StreamExt};
use portal::limit::Inside;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::error::Answer;
use super::store::{self, Visitor};
use super::{Widget, session, view};
use crate::realtime::{Signal, Update};

/// The longest silence; the frame gives up after 45 s.
const TICK: Duration = Duration::from_secs(15);
/// How many missed events are replayed one by one; beyond that a new session is better.
const MOST_REPLAYED: i64 = 300;
/// How far back a stream may begin, in positions of the whole log.
const OLDEST: Position = 100_000;

#[derive(Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    after: Position,
}

/// GET `stream?after=<position>`.
pub(super) async fn follow(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Answer<Response> {
    let (_, visitor) = session::visitor(&widget, &key, &headers).await?;
    let inside = widget.limits.streams.enter(&portal::request::address_of(&extensions))?;
    let store = widget.app.store.clone();
    // Register before anything is read: what happens in between arrives by the hub.
    let head = store.head().await?;
    let live = Box::pin(widget.app.realtime.follow(head));
    let contact = store::contact(store.db(), &visitor).await?;
    let conversation = match &contact {
        Some(contact) => store::current(&store, contact)
            .await?
            .map(|conversation| conversation.id),
        None => None,
    };
    let is_online = widget.presence.is_online(&store).await?;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick.reset();
    let mut open = Open {
        _inside: inside,
        widget,
        visitor,
        contact,
        conversation,
        last_own: None,
        ready: VecDeque::new(),
        live,
        tick,
        is_online,
        has_ended: false,
    };
    open.replay(begin.after, head).await?;
    let events = futures::stream::unfold(Box::new(open), |mut open| async move {
        let event = open.next().await?;
        Some((Ok::<Sent, Infallible>(event), open))
    });
    let mut response = Sse::new(events).into_response();
    // Proxies that buffer would hold every message back.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Open {
    /// Counted as long as the stream is open.
    _inside: Inside,
    widget: Widget,
    visitor: Visitor,
    contact: Option<ContactId>,
    conversation: Option<ConversationId>,
    /// The browser's id of its newest message, which is read once an agent answers.
    last_own: Option<String>,
    ready: VecDeque<Sent>,
    live: Pin<Box<dyn Stream<Item = Update> + Send>>,
    tick: Interval,
    is_online: bool,
    has_ended: bool,
}

impl Open {
    /// What happened in the shown conversation while nobody listened.
    async fn replay(&mut self, after: Position, head: Position) -> Result<()> {
        let db = self.widget.app.store.db();
        if after > head || head - after > OLDEST {
            self.reset();
            return Ok(());
        }
        if let Some(contact) = &self.contact
            && store::was_merged(db, contact, after, head).await?
        {
            self.reset();
            return Ok(());
        }
        let Some(conversation) = self.conversation.clone() else {
            return Ok(());
        };
        let missed = store::happened(db, &conversation, after, head, MOST_REPLAYED + 1).await?;
        if i64::try_from(missed.len()).unwrap_or(i64::MAX) > MOST_REPLAYED {
            self.reset();
            return Ok(());
        }
        for (position, kind, subject, data) in missed {
            let (Ok(kind), Ok(data)) = (kind.parse::<EventKind>(), serde_json::from_str::<Value>(&data)) else {
                continue;
            };
            self.own(position, kind, &subject, &data).await?;
            if self.has_ended {
                break;
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                if self.ready.is_empty() {
                    self.ready.shrink_to_fit();
                }
                return Some(event);
            }
            if self.has_ended {
                return None;
            }
            let outcome = tokio::select! {
                () = self.widget.stop.cancelled() => return None,
                update = self.live.next() => match update {
                    Some(update) => self.take(update).await,
                    None => return None,
                },
                _ = self.tick.tick() => self.beat().await,
            };
            if let Err(error) = outcome {
                // The frame connects anew and misses nothing.
                tracing::warn!(%error, "a widget's stream ends");
                return None;
            }
        }
    }

    async fn beat(&mut self) -> Result<()> {
        let is_online = self.widget.presence.is_online(&self.widget.app.store).await?;
        if is_online == self.is_online {
            self.ready.push_back(Sent::default().comment(""));
        } else {
            self.is_online = is_online;
            self.push(None, "presence", &json!({ "is_online": is_online }));
        }
        Ok(())
    }

    async fn take(&mut self, update: Update) -> Result<()> {
        match update {
            Update::Reset(_) => self.reset(),
            Update::Signal(Signal::AgentTyping {
                conversation,
                name,
                is_typing,
            }) if Some(&conversation) == self.conversation.as_ref() => {
                self.push(None, "typing", &json!({ "name": name, "is_typing": is_typing }));
            }
            Update::Signal(_) => {}
            Update::Event(event) => {
                if event.kind == EventKind::ContactMerged {
                    self.widget.owners.forget(event.position);
                    let contact = self.contact.as_ref().map_or("", |contact| contact.as_str());
                    let is_mine = !contact.is_empty()
                        && (event.subject_id == contact
                            || event.data["from"] == contact
                            || event.data["undone"] == contact);
                    if is_mine {
                        self.reset();
                    }
                } else if event.conversation_id.is_some() && event.conversation_id == self.conversation {
                    conversation::trace::passed(&event, "widget");
                    self.own(event.position, event.kind, &event.subject_id, &event.data)
                        .await?;
                } else if event.kind == EventKind::MessageCreated
                    && event.data["kind"] == "inbound"
                    && event.data["channel"] == "webchat"
                    && let (Some(conversation), Actor::Contact(author)) = (&event.conversation_id, &event.actor)
                    && self.wrote(author).await?
                {
                    if self.conversation.is_some() {
                        // The chat goes on in another conversation: the frame loads that one.
                        self.reset();
                    } else {
                        self.contact = Some(author.clone());
                        self.conversation = Some(conversation.clone());
                        self.own(event.position, event.kind, &event.subject_id, &event.data)
                            .await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a message's author is this visitor's contact.
    async fn wrote(&mut self, author: &ContactId) -> Result<bool> {
        match &self.contact {
            Some(contact) => Ok(contact == author),
            None => {
                let store = &self.widget.app.store;
                let visitors = self.widget.owners.visitors(store, author).await?;
                Ok(visitors.contains(&self.visitor.visitor))
            }
        }
    }

    /// Something happened in the shown conversation.
    async fn own(&mut self, position: Position, kind: EventKind, subject: &str, data: &Value) -> Result<()> {
        match kind {
            EventKind::MessageCreated | EventKind::MessageUpdated => self.message(position, kind, subject).await?,
            EventKind::DeliveryUpdated => {
                let event = json!({ "message": data["message"], "state": data["state"] });
                self.push(Some(position), "delivery", &event);
            }
            EventKind::ConversationUpdated => {
                let moved = [
                    "merged",
                    "merged_into",
                    "unmerged",
                    "split",
                    "moved",
                    "contact_merged",
                    "contact_unmerged",
                ];
                if data["action"].as_str().is_some_and(|action| moved.contains(&action)) {
                    self.reset();
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn message(&mut self, position: Position, kind: EventKind, id: &str) -> Result<()> {
        let (Some(contact), Some(conversation)) = (self.contact.clone(), self.conversation.clone()) else {
            return Ok(());
        };
        let app = self.widget.app.clone();
        let store = &app.store;
        let id = MessageId::from(id);
        let Some(shown) = view::one(&app, &self.visitor, &contact, &id).await? else {
            return Ok(());
        };
        if shown.kind == MessageKind::Inbound {
            self.last_own = shown.json["id"].as_str().map(str::to_owned);
        }
        let is_agents = shown.json["author"]["kind"] == "agent";
        self.push(Some(position), "message", &json!({ "message": shown.json }));
        if shown.kind == MessageKind::Outbound && kind == EventKind::MessageCreated {
            if is_agents && let Some(own) = self.last_own.take() {
                self.push(
                    None,
                    "delivery",
                    &json!({ "message": own, "state": DeliveryState::Read }),
                );
            }
            deliveries::mark_seen(store, &conversation, &id, DeliveryState::Delivered).await?;
        }
        Ok(())
    }

    /// Tells the frame to begin a new session, and ends.
    fn reset(&mut self) {
        self.ready.push_back(Sent::default().event("reset").data(""));
        self.has_ended = true;
    }

    fn push(&mut self, position: Option<Position>, name: &str, data: &Value) {
        let mut event = Sent::default().event(name).data(data.to_string());
        if let Some(position) = position {
            event = event.id(position.to_string());
        }
        self.ready.push_back(event);
    }
}
