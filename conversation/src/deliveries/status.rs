//! What providers say of a delivery after it left.

use serde_json::json;

use super::{DELIVERY, Delivery};
use crate::conversations;
use crate::db::{On, composed_sql, sql};
use crate::error::Result;
use crate::events::EventKind;
use crate::outbound::StatusUpdate;
use crate::store::{Store, Tx, event};
use crate::types::{Actor, DeliveryId, DeliveryState, InboxId, Millis};

/// Records what providers say later. States only move forward and a failure stays one; what
/// speaks of messages that are not ours is counted and left alone. Returns how many changed something.
pub async fn record_statuses(store: &Store, updates: &[StatusUpdate]) -> Result<usize> {
    let mut changed = 0;
    for update in updates {
        if record_status(store, update).await? {
            changed += 1;
        }
    }
    Ok(changed)
}

async fn record_status(store: &Store, update: &StatusUpdate) -> Result<bool> {
    let found: Option<Delivery> = composed_sql(format!(
        "SELECT {DELIVERY} FROM deliveries WHERE inbox_id = $1 AND (id = $2 OR provider_id = $3) ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1"
    ))
    .bind(&update.inbox)
    .bind(update.delivery.as_ref().map_or("", |id| id.as_str()))
    .bind(update.provider_id.as_str())
    .optional(store.db())
    .await?;
    let Some(found) = found else {
        metrics::counter!("status_unmatched_total").increment(1);
        return Ok(false);
    };
    let mut tx = store.begin().await?;
    conversations::lock(&mut tx, &found.conversation_id).await?;
    let delivery: Delivery = composed_sql(format!("SELECT {DELIVERY} FROM deliveries WHERE id = $1"))
        .bind(&found.id)
        .one(&mut tx)
        .await?;
    if update.state == DeliveryState::Failed && is_of_earlier_try(&mut tx, &delivery, update).await? {
        return Ok(false);
    }
    let state = advance(delivery.state, update.state);
    let is_news = state != delivery.state
        || match update.state {
            DeliveryState::Sent => delivery.sent_at.is_none(),
            DeliveryState::Delivered => delivery.delivered_at.is_none(),
            DeliveryState::Read => delivery.read_at.is_none(),
            _ => false,
        };
    let extra = merged(delivery.extra.as_deref(), update.extra.as_ref(), is_news);
    if !is_news && extra == delivery.extra {
        return Ok(false);
    }
    let at = |wanted: DeliveryState, current: Option<Millis>| current.or((update.state == wanted).then_some(update.at));
    let failed = state == DeliveryState::Failed && delivery.state != DeliveryState::Failed;
    let (code, words) = match (&update.error, failed) {
        (Some((code, words)), true) => (Some(code.clone()), Some(words.clone())),
        (None, true) => (
            Some("provider".to_owned()),
            Some("the provider reported a failure".to_owned()),
        ),
        _ if state == DeliveryState::Failed => (delivery.error_code.clone(), delivery.error.clone()),
        _ => (None, None),
    };
    sql("UPDATE deliveries SET state = $2, provider_id = COALESCE(provider_id, $3), sent_at = $4, delivered_at = $5, read_at = $6, failed_at = $7, error_code = $8, error = $9, extra = $10, lease_owner = NULL, lease_until = NULL, next_attempt_at = NULL WHERE id = $1")
        .bind(&delivery.id)
        .bind(state)
        .bind(update.provider_id.as_str())
        .bind(at(DeliveryState::Sent, delivery.sent_at))
        .bind(at(DeliveryState::Delivered, delivery.delivered_at))
        .bind(at(DeliveryState::Read, delivery.read_at))
        .bind(if failed { Some(update.at) } else { delivery.failed_at })
        .bind(code)
        .bind(words)
        .bind(extra)
        .run(&mut tx)
        .await?;
    tx.emit(event(
        EventKind::DeliveryUpdated,
        &delivery.conversation_id,
        delivery.id.as_str(),
        &Actor::System,
        json!({ "message": delivery.message_id, "state": state }),
    ));
    tx.commit().await?;
    Ok(true)
}

/// Which of the sendings that agents asked for a delivery is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// How often it was sent again after it had been taken and failed.
    pub number: usize,
    /// What the provider calls it, where it was taken.
    pub provider_id: Option<String>,
}

/// The sending that a delivery of an inbox is in; `None` when it has no such delivery.
pub async fn sending(on: impl On, inbox: &InboxId, id: &DeliveryId) -> Result<Option<Sending>> {
    let row: Option<(Option<String>, Option<String>)> =
        sql("SELECT superseded, provider_id FROM deliveries WHERE inbox_id = $1 AND id = $2")
            .bind(inbox)
            .bind(id)
            .optional(on)
            .await?;
    Ok(row.map(|(superseded, provider_id)| Sending {
        number: superseded.map_or(0, |ids| ids.lines().count()),
        provider_id,
    }))
}

/// Whether a failure is about a try before the one that an agent asked for with [`send_again`].
async fn is_of_earlier_try(tx: &mut Tx, delivery: &Delivery, update: &StatusUpdate) -> Result<bool> {
    // Nothing has been tried since: it cannot have failed.
    if delivery.state == DeliveryState::Queued && delivery.attempts == 0 {
        return Ok(true);
    }
    let parts = update.extra.as_ref().and_then(|extra| extra.get("parts")?.as_u64());
    // Each part of a message has an id of its own; a whole one has the one that is known.
    if parts.is_none_or(|parts| parts < 2)
        && delivery
            .provider_id
            .as_ref()
            .is_some_and(|known| *known != update.provider_id)
    {
        return Ok(true);
    }
    let (superseded,): (Option<String>,) = sql("SELECT superseded FROM deliveries WHERE id = $1")
        .bind(&delivery.id)
        .one(tx)
        .await?;
    Ok(superseded.is_some_and(|ids| ids.lines().any(|id| id == update.provider_id)))
}

/// Where a delivery stands after a report: forward only. A failure ends one that had not arrived,
/// and nothing undoes a failure.
pub fn advance(current: DeliveryState, reported: DeliveryState) -> DeliveryState {
    use DeliveryState::{Delivered, Failed, Queued, Read, Scheduled, Sent, Unknown};
    let rank = |state| match state {
        Scheduled => 0,
        Queued => 1,
        Unknown => 2,
        Sent => 3,
        Delivered => 4,
        Read => 5,
        Failed => 6,
    };
    match (current, reported) {
        (Failed, _) => Failed,
        (Delivered | Read, Failed) => current,
        _ if rank(reported) > rank(current) => reported,
        _ => current,
    }
}

/// What all reports say together: a later one may leave out what an earlier one said (prices come once). One
/// that brings no newer state only adds what is not known yet, so that a repetition changes nothing.
fn merged(known: Option<&str>, news: Option<&serde_json::Value>, is_newer: bool) -> Option<String> {
    let Some(serde_json::Value::Object(news)) = news else {
        return known.map(str::to_owned);
    };
    let mut all = match known.and_then(|text| serde_json::from_str(text).ok()) {
        Some(serde_json::Value::Object(all)) => all,
        _ => serde_json::Map::new(),
    };
    let mut has_changed = false;
    for (name, value) in news {
        if is_newer || !all.contains_key(name) {
            has_changed |= all.insert(name.clone(), value.clone()).as_ref() != Some(value);
        }
    }
    if has_changed || known.is_none() {
        Some(serde_json::Value::Object(all).to_string())
    } else {
        known.map(str::to_owned)
    }
}
