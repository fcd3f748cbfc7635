//! What happened to the reader's documents and tickets, while their page is open.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use billing::{CustomerId, customers};
use conversation::events::{Event as Change, EventKind};
use conversation::store::events_after;
use conversation::types::{ContactId, Position};
use conversation::{access, types::Actor};
use futures::stream;
use serde::Deserialize;

use crate::limit::Inside;
use crate::request::{Failed, Page, Reader};
use crate::{Portal, links};

/// How often the log is looked at when nobody told us.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A connection ends after this; the browser comes again, with a session that still stands.
const LASTS: Duration = Duration::from_secs(300);

#[derive(Debug, Deserialize)]
pub(super) struct From {
    after: Option<Position>,
}

struct Follower {
    /// Counted as long as the stream is open.
    _inside: Inside,
    portal: Portal,
    contact: ContactId,
    customers: Vec<CustomerId>,
    last: Position,
    until: tokio::time::Instant,
}

impl Follower {
    /// Waits for something of the reader's.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Follower)> {
        let mut committed = self.portal.store.committed();
        loop {
            committed.mark_unchanged();
            let events = events_after(self.portal.store.db(), self.last, 500).await.ok()?;
            let mut is_theirs = false;
            for event in &events {
                is_theirs = is_theirs || self.is_theirs(event).await;
                self.last = event.position;
            }
            if is_theirs {
                let event = Event::default().event("change").id(self.last.to_string()).data("{}");
                return Some((Ok(event), self));
            }
            tokio::select! {
                () = self.portal.stop.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                _ = tokio::time::timeout(LOOK_EVERY, committed.changed()) => {}
            }
        }
    }

    async fn is_theirs(&self, event: &Change) -> bool {
        if matches!(event.kind, EventKind::InvoiceUpdated | EventKind::EquipmentUpdated) {
            let customer = event.data["customer"].as_str().unwrap_or_default();
            return self.customers.iter().any(|own| own.as_str() == customer);
        }
        if event.kind == EventKind::ContactNotified {
            let told = event.data["contacts"].as_array();
            return told.is_some_and(|all| all.iter().any(|one| one == self.contact.as_str()));
        }
        let is_about_talk = matches!(
            event.kind,
            EventKind::MessageCreated
                | EventKind::MessageUpdated
                | EventKind::TicketCreated
                | EventKind::TicketUpdated
                | EventKind::ConversationUpdated
        );
        match (&event.conversation_id, is_about_talk) {
            (Some(conversation), true) => {
                let actor = Actor::Contact(self.contact.clone());
                access::conversation(self.portal.store.db(), &actor, conversation)
                    .await
                    .is_ok()
            }
            _ => false,
        }
    }
}

/// GET `/portal/events`.
pub(super) async fn events(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(from): Query<From>,
) -> Page {
    let Some(contact) = links::signed_in(&portal.store, &headers).await? else {
        return Err(Failed::Status(StatusCode::UNAUTHORIZED));
    };
    portal.limits.streams.check(&reader.address)?;
    let inside = portal.limits.open_streams.enter(&reader.address)?;
    let head = portal.store.head().await?;
    let asked = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok())
        .or(from.after);
    let follower = Follower {
        _inside: inside,
        customers: customers::of_contact(portal.store.db(), &contact.id).await?,
        contact: contact.id,
        // Too far back is one change: the page is fetched again as a whole.
        last: asked
            .filter(|last| (0..=head).contains(last))
            .unwrap_or(head)
            .max(head - 5_000),
        until: tokio::time::Instant::now() + LASTS,
        portal,
    };
    let mut response = Sse::new(stream::unfold(follower, Follower::next))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
        .into_response();
    let quiet = (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response.headers_mut().insert(quiet.0, quiet.1);
    Ok(response)
}
