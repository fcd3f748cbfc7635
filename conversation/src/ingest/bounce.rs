//! Notices of delivery: which of our deliveries they speak of, and what they end.

use serde_json::json;

use super::load::Picture;
use super::write::{BadAddress, PendingDelivery};
use crate::db::{composed_sql, rows_in, sql};
use crate::error::Result;
use crate::events::EventKind;
use crate::inbound::{BouncedRecipient, InboundMessage};
use crate::notices;
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

/// A delivery whose mail carries another id than ours.
#[derive(sqlx::FromRow)]
struct Renamed {
    provider_id: String,
    #[sqlx(flatten)]
    bounced: Bounced,
}

/// A mail of ours outside any conversation (a link, news of a ticket, an invoice) that a report names.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct BouncedNews {
    id: String,
    message_id: String,
    recipient: String,
    file_sha256: Option<String>,
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
    let select = format!("SELECT {COLUMNS} FROM deliveries WHERE external_id IN");
    for row in rows_in::<Bounced, _>(&mut *tx, &select, ids.iter().copied()).await? {
        picture.bounced.entry(row.external_id.clone()).or_default().push(row);
    }
    // A server that put an id of its own in place of ours names that one.
    let select = format!(
        "SELECT provider_id, {COLUMNS} FROM deliveries WHERE channel = 'email' AND provider_id IS NOT NULL AND provider_id IN"
    );
    for row in rows_in::<Renamed, _>(&mut *tx, &select, ids.iter().copied()).await? {
        picture.bounced.entry(row.provider_id).or_default().push(row.bounced);
    }
    for found in picture.bounced.values_mut() {
        found.sort_by(|one, other| one.id.cmp(&other.id));
    }
    // A mail that was sent with another program has no delivery here; who got it is who knows its id.
    for message in batch {
        let Some(id) = message
            .bounce
            .as_ref()
            .and_then(|bounce| bounce.original_message_id.as_ref())
        else {
            continue;
        };
        let row: Option<(ConversationId,)> =
            sql("SELECT conversation_id FROM messages WHERE inbox_id = $1 AND external_id = $2 AND kind = 'outbound'")
                .bind(&message.inbox)
                .bind(id.as_str())
                .optional(&mut *tx)
                .await?;
        if let Some((conversation,)) = row {
            picture.returned.insert(id.clone(), conversation);
        }
    }
    let news = ids.iter().filter_map(|id| notices::id_of(id));
    let select = "SELECT id, message_id, recipient, file_sha256 FROM notices WHERE id IN";
    let rows: Vec<BouncedNews> = rows_in(&mut *tx, select, news).await?;
    picture
        .bounced_news
        .extend(rows.into_iter().map(|row| (row.message_id.clone(), row)));
    let now = tx.now();
    for message in batch.iter().filter(|message| is_failure(message)) {
        let Some(bounce) = &message.bounce else { continue };
        let is_named = bounce.original_message_id.as_ref().is_some_and(|id| {
            picture.bounced.contains_key(id)
                || picture.bounced_news.contains_key(id)
                || picture.returned.contains_key(id)
        });
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
    let named = named.or_else(|| returned_to(picture, message).map(|_| (Vec::new(), true)));
    named.or_else(|| Some((picture.guessed.get(&message.external_id)?.clone(), false)))
}

/// The conversation of a mail that was sent with another program and came back.
pub(super) fn returned_to(picture: &Picture, message: &InboundMessage) -> Option<ConversationId> {
    let id = message.bounce.as_ref()?.original_message_id.as_ref()?;
    Some(picture.current(picture.returned.get(id)?))
}

/// The mail outside any conversation that a report speaks of.
fn news_of<'a>(picture: &'a Picture, message: &InboundMessage) -> Option<&'a BouncedNews> {
    picture
        .bounced_news
        .get(message.bounce.as_ref()?.original_message_id.as_ref()?)
}

/// Whether somebody must see that a mail did not arrive: an answer, or what carried a file, such as an invoice. News that
/// come back are marked where they stand and are nobody's work.
pub(super) fn is_work(picture: &Picture, message: &InboundMessage) -> bool {
    is_failure(message) && news_of(picture, message).is_none_or(|news| news.file_sha256.is_some())
}

/// Marks the mail outside any conversation, and its address, where a report says that it did not arrive.
pub(super) fn record_news(picture: &mut Picture, message: &InboundMessage, id: &ConversationId) {
    let (Some(news), Some(bounce)) = (news_of(picture, message).cloned(), &message.bounce) else {
        return;
    };
    for recipient in bounce.all().iter().filter(|recipient| has_failed(recipient)) {
        let (code, words) = said(recipient);
        if recipient.address.eq_ignore_ascii_case(&news.recipient) {
            picture.changes.bad_addresses.push(BadAddress {
                address: news.recipient.clone(),
                reason: recipient.reason,
                status: recipient.status.clone().unwrap_or_default(),
                words: words.clone(),
                conversation: id.clone(),
            });
        }
        picture
            .changes
            .failed_news
            .push((news.id.clone(), format!("{code}: {words}")));
    }
}

/// What a report says of a recipient: a code, and the server's words.
fn said(recipient: &BouncedRecipient) -> (String, String) {
    let code = match recipient.status.as_deref() {
        Some(status) if !status.is_empty() => format!("bounce.{}.{status}", recipient.reason),
        _ => format!("bounce.{}", recipient.reason),
    };
    let words = recipient
        .diagnostic
        .clone()
        .unwrap_or_else(|| "the receiving server returned the mail".to_owned());
    (code, words)
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
        let (code, words) = said(recipient);
        // An address that a stranger names in a notice of their own is not marked.
        if is_named && is_own {
            picture.changes.bad_addresses.push(BadAddress {
                address: delivery.recipient.clone(),
                reason: recipient.reason,
                status: recipient.status.clone().unwrap_or_default(),
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
