//! Notices of delivery: which of our deliveries they speak of, and what they end.

use serde_json::json;

use super::load::Picture;
use super::write::{BadAddress, PendingDelivery};
use crate::db::{composed_sql, placeholders};
use crate::error::Result;
use crate::events::EventKind;
use crate::inbound::{BouncedRecipient, InboundMessage};
use crate::store::{Tx, event};
use crate::types::{Actor, Auto, ConversationId, DeliveryId, DeliveryState, MessageId, Millis};

/// A delivery that a bounce speaks of.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Bounced {
    pub(super) id: DeliveryId,
    pub(super) message_id: MessageId,
    pub(super) conversation_id: ConversationId,
    pub(super) external_id: String,
    pub(super) recipient: String,
    pub(super) state: DeliveryState,
}

/// For how long a notice that does not name the mail may speak of the last one to its recipient, in
/// milliseconds: servers give up after five days.
const RECENT: Millis = 7 * 24 * 3_600_000;

pub(super) async fn load_bounced(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    const COLUMNS: &str = "id, message_id, conversation_id, external_id, recipient, state";
    let ids: Vec<&str> = batch
        .iter()
        .filter_map(|message| message.bounce.as_ref()?.original_message_id.as_deref())
        .collect();
    for part in ids.chunks(200) {
        let text = format!(
            "SELECT {COLUMNS} FROM deliveries WHERE external_id IN {} ORDER BY id",
            placeholders(1, part.len(), 0)
        );
        let rows: Vec<Bounced> = composed_sql(text).bind_all(part.iter().copied()).all(&mut *tx).await?;
        for row in rows {
            picture.bounced.entry(row.external_id.clone()).or_default().push(row);
        }
    }
    let now = tx.now();
    for message in batch.iter().filter(|message| is_failure(message)) {
        let Some(bounce) = &message.bounce else { continue };
        let is_named = bounce
            .original_message_id
            .as_ref()
            .is_some_and(|id| picture.bounced.contains_key(id));
        if is_named {
            continue;
        }
        for recipient in bounce.all().into_iter().take(10).filter(|one| !one.address.is_empty()) {
            let row: Option<Bounced> = composed_sql(format!(
                "SELECT {COLUMNS} FROM deliveries WHERE channel = 'email' AND recipient IN ($1, $2) AND inbox_id = $3 AND queued_at > $4 ORDER BY id DESC LIMIT 1"
            ))
            // As it was written, which is how it stands there, or as addresses are kept.
            .bind(recipient.address.as_str())
            .bind(recipient.address.to_lowercase())
            .bind(&message.inbox)
            .bind(now - RECENT)
            .optional(&mut *tx)
            .await?;
            if let Some(row) = row {
                picture
                    .guessed
                    .entry(message.external_id.clone())
                    .or_default()
                    .push(row);
            }
        }
    }
    Ok(())
}

/// Whether a notice says that a mail did not arrive. A delay that the other server is still working
/// on fails nothing, nor does a success.
pub(super) fn is_failure(message: &InboundMessage) -> bool {
    message.auto == Auto::Bounce
        && message
            .bounce
            .as_ref()
            .is_none_or(|bounce| bounce.all().iter().any(has_failed))
}

fn has_failed(recipient: &BouncedRecipient) -> bool {
    !recipient.is_delayed
        && !recipient
            .status
            .as_deref()
            .is_some_and(|status| status.starts_with('2'))
}

/// The deliveries that a notice speaks of, and whether it names them by an id that only a receiver of
/// the mail can know.
pub(super) fn deliveries_of(picture: &Picture, message: &InboundMessage) -> Option<(Vec<Bounced>, bool)> {
    let bounce = message.bounce.as_ref()?;
    let named = bounce
        .original_message_id
        .as_ref()
        .and_then(|id| picture.bounced.get(id))
        .map(|rows| (rows.clone(), true));
    named.or_else(|| Some((picture.guessed.get(&message.external_id)?.clone(), false)))
}

/// Marks each recipient that failed. A notice about one address of a mail to several ends only that
/// one; a mail to one recipient may have been forwarded, so the notice may name another address.
pub(super) fn record_bounce(
    picture: &mut Picture,
    message: &InboundMessage,
    bounced: &[Bounced],
    is_named: bool,
    id: &ConversationId,
    now: Millis,
) {
    let Some(bounce) = &message.bounce else {
        return;
    };
    for recipient in bounce.all().iter().filter(|recipient| has_failed(recipient)) {
        let named = |address: &str| {
            bounced
                .iter()
                .find(|delivery| delivery.recipient.eq_ignore_ascii_case(address))
        };
        let own = named(&recipient.address).or_else(|| named(recipient.tried.as_deref()?));
        let is_own = own.is_some();
        let Some(delivery) = own.or_else(|| bounced.first().filter(|_| bounced.len() == 1)) else {
            continue;
        };
        if delivery.state == DeliveryState::Failed || picture.changes.failed.iter().any(|known| known.id == delivery.id)
        {
            continue;
        }
        let status = recipient.status.as_deref().unwrap_or_default();
        let code = if status.is_empty() {
            format!("bounce.{}", recipient.reason)
        } else {
            format!("bounce.{}.{status}", recipient.reason)
        };
        let words = recipient
            .diagnostic
            .clone()
            .unwrap_or_else(|| "the receiving server returned the mail".to_owned());
        // An address that a stranger names in a notice of their own is not marked.
        if is_named && is_own {
            picture.changes.bad_addresses.push(BadAddress {
                address: delivery.recipient.clone(),
                reason: recipient.reason,
                status: status.to_owned(),
                words: words.clone(),
                conversation: id.clone(),
            });
        }
        picture.changes.failed.push(PendingDelivery {
            id: delivery.id.clone(),
            code,
            words,
            at: now,
        });
        picture.changes.events.push(event(
            EventKind::DeliveryUpdated,
            id,
            delivery.id.as_str(),
            &Actor::System,
            json!({ "message": delivery.message_id, "state": DeliveryState::Failed }),
        ));
    }
}
