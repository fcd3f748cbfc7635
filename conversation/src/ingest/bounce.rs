//! Notices of delivery: which of our deliveries they speak of, and what they end.

use serde_json::json;

use super::load::Picture;
use super::write::PendingDelivery;
use crate::db::{composed_sql, placeholders};
use crate::error::Result;
use crate::events::EventKind;
use crate::inbound::InboundMessage;
use crate::store::{Tx, event};
use crate::types::{Actor, Auto, ConversationId, DeliveryId, DeliveryState, MessageId, Millis};

/// A delivery that a bounce speaks of.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Bounced {
    pub(super) id: DeliveryId,
    pub(super) message_id: MessageId,
    pub(super) conversation_id: ConversationId,
    pub(super) external_id: String,
    pub(super) state: DeliveryState,
}

pub(super) async fn load_bounced(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let ids: Vec<&str> = batch
        .iter()
        .filter_map(|message| message.bounce.as_ref()?.original_message_id.as_deref())
        .collect();
    for part in ids.chunks(200) {
        let text = format!(
            "SELECT id, message_id, conversation_id, external_id, state FROM deliveries WHERE external_id IN {}",
            placeholders(1, part.len(), 0)
        );
        let rows: Vec<Bounced> = composed_sql(text).bind_all(part.iter().copied()).all(&mut *tx).await?;
        picture
            .bounced
            .extend(rows.into_iter().map(|row| (row.external_id.clone(), row)));
    }
    Ok(())
}

/// Whether a notice says that a mail did not arrive. A delay that the other server is still working
/// on fails nothing (the adapter marks it), nor does a success.
pub(super) fn is_failure(message: &InboundMessage) -> bool {
    let is_delay = message
        .extra
        .as_ref()
        .is_some_and(|extra| extra["type"] == "delivery_delayed");
    let status = message.bounce.as_ref().and_then(|bounce| bounce.status.as_deref());
    message.auto == Auto::Bounce && !is_delay && !status.is_some_and(|status| status.starts_with('2'))
}

pub(super) fn record_bounce(
    picture: &mut Picture,
    message: &InboundMessage,
    bounced: &Bounced,
    id: &ConversationId,
    now: Millis,
) {
    let Some(bounce) = &message.bounce else {
        return;
    };
    if !is_failure(message) || bounced.state == DeliveryState::Failed {
        return;
    }
    let code = bounce
        .status
        .as_deref()
        .map_or_else(|| "bounce".to_owned(), |status| format!("bounce.{status}"));
    picture.changes.failed.push(PendingDelivery {
        id: bounced.id.clone(),
        code,
        words: bounce
            .diagnostic
            .clone()
            .unwrap_or_else(|| "the receiving server returned the mail".to_owned()),
        at: now,
    });
    picture.changes.events.push(event(
        EventKind::DeliveryUpdated,
        id,
        bounced.id.as_str(),
        &Actor::System,
        json!({ "message": bounced.message_id, "state": DeliveryState::Failed }),
    ));
}
