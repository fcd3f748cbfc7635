//! What an event is about, as the API shows it: for programs that are told instead of asking.

use conversation::events::{Event, EventKind};
use conversation::types::{Actor, AgentId, ContactId, ConversationId, DeliveryId, InboxId, MessageId, TicketId};
use conversation::{Error, Result, Store, access, inboxes, surveys};
use serde::Serialize;
use serde_json::Value;

use super::agents::AgentView;
use super::contacts;
use super::events::EventView;
use super::inboxes::InboxView;
use super::surveys::SurveyView;
use super::tickets::TicketView;
use super::views::{self, ConversationView, DeliveryView};

/// The event itself.
pub(crate) fn event_json(event: Event) -> Value {
    json(EventView::from(event))
}

fn json(view: impl Serialize) -> Value {
    // Views have string keys only, so this cannot fail.
    serde_json::to_value(view).unwrap_or_default()
}

/// What the event changed, as it is now; null when it is gone or the API does not show it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn object_of(store: &Store, event: &Event) -> Result<Value> {
    let (db, id) = (store.db(), event.subject_id.as_str());
    let found = async {
        Ok(match event.kind {
            EventKind::ConversationCreated | EventKind::ConversationUpdated => json(ConversationView::from(
                access::conversation(db, &Actor::System, &ConversationId::from(id)).await?,
            )),
            EventKind::MessageCreated | EventKind::MessageUpdated => {
                let message = access::message(db, &Actor::System, &MessageId::from(id)).await?;
                json(views::messages(store, vec![message]).await?.pop())
            }
            EventKind::DeliveryUpdated => json(DeliveryView::from(
                access::delivery(db, &Actor::System, &DeliveryId::from(id)).await?,
            )),
            EventKind::TicketCreated | EventKind::TicketUpdated => json(TicketView::from(
                access::ticket(db, &Actor::System, &TicketId::from(id)).await?,
            )),
            EventKind::ContactUpdated | EventKind::ContactMerged => {
                json(contacts::detail(store, &ContactId::from(id)).await?)
            }
            EventKind::InboxUpdated => json(InboxView::from(inboxes::load(db, &InboxId::from(id)).await?)),
            EventKind::SurveyAsked | EventKind::SurveyAnswered => json(SurveyView::from(surveys::load(db, id).await?)),
            EventKind::AgentUpdated => json(AgentView::load(db, &AgentId::from(id)).await?),
            _ => Value::Null,
        })
    };
    match found.await {
        Err(Error::NotFound) => Ok(Value::Null),
        other => other,
    }
}
