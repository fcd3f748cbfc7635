//! Deliveries: leased, sent outside any transaction, and settled with what the channel said.

mod outgoing;
mod progress;
mod status;
mod toward;

pub use outgoing::{MailParts, QuotedMessage, WINDOW, load_mail_parts, load_outbound, window};
pub use progress::{go_on, keep_progress, keep_provider_ids, progress};
use serde::Serialize;
use serde_json::json;
pub use status::{Sending, advance, record_statuses, sending};
pub use toward::{is_ours, sent_until, under_way};

use crate::conversations;
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::outbound::{SendError, Sent, StatusUpdate};
use crate::store::{Store, Tx, event};
use crate::types::{
    Actor, BounceReason, Channel, ConversationId, DeliveryId, DeliveryState, InboxId, MessageId, Millis, RecipientRole,
};

/// How long a sender may take before its work is given to another, in milliseconds.
pub const LEASE: Millis = 90_000;
/// How long a send that may have happened waits for the provider's word, in milliseconds.
pub const CONFIRM_WITHIN: Millis = 5 * 60_000;
/// After this many attempts a delivery has failed. With the back-off below: about a day.
const MOST_ATTEMPTS: i64 = 30;

/// The sending of one message through one channel.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The message.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The account.
    pub inbox_id: InboxId,
    /// The channel.
    pub channel: Channel,
    /// Where it goes.
    pub recipient: String,
    /// How the mail names this recipient.
    pub role: RecipientRole,
    /// How far it is.
    pub state: DeliveryState,
    /// The Message-ID, without angle brackets.
    pub external_id: String,
    /// The provider's id.
    pub provider_id: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<Millis>,
    /// A stable code of the last trouble.
    pub error_code: Option<String>,
    /// Its words.
    pub error: Option<String>,
    /// Not before this time, where its writer chose one.
    pub send_after: Option<Millis>,
    /// When it was written.
    pub queued_at: Millis,
    /// When the channel took it.
    pub sent_at: Option<Millis>,
    /// When it arrived.
    pub delivered_at: Option<Millis>,
    /// When it was read.
    pub read_at: Option<Millis>,
    /// When it failed.
    pub failed_at: Option<Millis>,
    /// What the provider said besides: pricing, origin of the conversation. JSON text.
    #[serde(skip)]
    pub extra: Option<String>,
}

const DELIVERY: &str = "id, message_id, conversation_id, inbox_id, channel, recipient, role, state, external_id, provider_id, attempts, next_attempt_at, error_code, error, send_after, queued_at, sent_at, delivered_at, read_at, failed_at, extra";

/// Nothing earlier of the same conversation waits to go the same way: messages arrive in their order.
const FIRST: &str = "NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.conversation_id = d.conversation_id AND e.channel = d.channel AND e.recipient = d.recipient AND e.id < d.id AND e.state = 'queued')";

/// Takes due deliveries for one sender. What the same sender's death left behind comes back when
/// its lease ends; a message by WhatsApp, Instagram or Messenger in that state may have left and is not sent again before
/// Meta said whether it did.
pub async fn lease(store: &Store, owner: &str, most: i64) -> Result<Vec<Delivery>> {
    lease_beside(store, owner, most, &[]).await
}

/// As [`lease`], beside inboxes that have enough under way already: one whose server says nothing takes nobody's turn.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lease_beside(store: &Store, owner: &str, most: i64, full: &[InboxId]) -> Result<Vec<Delivery>> {
    let now = store.now();
    // Every commit wakes a sender; most of them queue nothing, and a look disturbs no writer.
    if !is_any_due(store, now).await? {
        return Ok(Vec::new());
    }
    let mut tx = store.begin().await?;
    let lost = unconfirmed(&mut tx, now).await?;
    let lock = tx.dialect().for_update_skip_locked();
    let beside = if full.is_empty() {
        String::new()
    } else {
        format!("AND d.inbox_id NOT IN {}", placeholders(1, full.len(), 4))
    };
    // What `unconfirmed` settles is left to it, however much there is: it takes a part at a time.
    // The choice stands alone, so that PostgreSQL makes it once and no more rows than asked for.
    let text = format!(
        "WITH due AS MATERIALIZED (
            SELECT d.id FROM deliveries d WHERE d.state = 'queued' AND d.next_attempt_at <= $3 AND (d.lease_until IS NULL OR (d.lease_until < $3 AND d.channel NOT IN ('whatsapp', 'instagram', 'messenger') AND d.attempts < {MOST_ATTEMPTS})) {beside} AND {FIRST}
            ORDER BY d.next_attempt_at, d.id LIMIT $4 {lock})
         UPDATE deliveries SET lease_owner = $1, lease_until = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM due) RETURNING {DELIVERY}"
    );
    let mut leased: Vec<Delivery> = composed_sql(text)
        .bind(owner)
        .bind(now + LEASE)
        .bind(now)
        .bind(most)
        .bind_all(full)
        .all(&mut tx)
        .await?;
    leased.sort_by(|a, b| a.id.cmp(&b.id));
    if lost {
        tx.commit().await?;
    } else {
        tx.commit_silently().await?;
    }
    Ok(leased)
}

/// What senders ask whenever anything was committed: first what is due, then what is lost. One question for each index,
/// so that no answer costs more as deliveries grow old.
pub const OFTEN: [&str; 4] = [
    "SELECT id FROM deliveries WHERE state = 'queued' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < $1) LIMIT 1",
    "SELECT id FROM deliveries WHERE state = 'unknown' AND next_attempt_at <= $1 LIMIT 1",
    "SELECT id FROM deliveries WHERE state = 'queued' AND next_attempt_at <= $1 AND lease_until < $1 AND (channel IN ('whatsapp', 'instagram', 'messenger') OR attempts >= $2) ORDER BY next_attempt_at, id LIMIT 50",
    "SELECT id FROM deliveries WHERE state = 'unknown' AND next_attempt_at <= $1 AND $2 > 0 ORDER BY next_attempt_at, id LIMIT 50",
];

/// Whether [`lease`] may find anything.
async fn is_any_due(store: &Store, now: Millis) -> Result<bool> {
    let [due, unknown, ..] = OFTEN;
    for question in [due, unknown] {
        let row: Option<(DeliveryId,)> = sql(question).bind(now).optional(store.db()).await?;
        if row.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Settles what cannot be known any more: leases of dead senders become unknown where a second sending would be seen ([`Channel::waits_for_word`]), and
/// unknown ones that nobody confirmed in time become failures that an agent can see. So does what
/// no sender survives.
async fn unconfirmed(tx: &mut Tx, now: Millis) -> Result<bool> {
    let [.., lost, unknown] = OFTEN;
    let mut ids: Vec<(DeliveryId,)> = Vec::new();
    for question in [lost, unknown] {
        let found: Vec<(DeliveryId,)> = sql(question).bind(now).bind(MOST_ATTEMPTS).all(&mut *tx).await?;
        ids.extend(found);
    }
    if ids.is_empty() {
        return Ok(false);
    }
    let list = placeholders(1, ids.len(), 0);
    let mut rows: Vec<Delivery> = composed_sql(format!("SELECT {DELIVERY} FROM deliveries WHERE id IN {list}"))
        .bind_all(ids.iter().map(|(id,)| id))
        .all(&mut *tx)
        .await?;
    // Everybody holds conversations in this order.
    rows.sort_by(|a, b| a.conversation_id.cmp(&b.conversation_id).then_with(|| a.id.cmp(&b.id)));
    let mut has_any = false;
    for delivery in rows {
        let settled = if delivery.state == DeliveryState::Unknown {
            Settled::Failed { code: "unconfirmed".to_owned(), words: "the provider never said whether it took the message; send it again if the customer does not have it".to_owned() }
        } else if delivery.channel.waits_for_word() {
            Settled::Unknown {
                code: "lost".to_owned(),
                words: "the sender stopped before the provider answered".to_owned(),
            }
        } else {
            Settled::Failed {
                code: "lost".to_owned(),
                words: "the sender stopped each time it tried to send this".to_owned(),
            }
        };
        has_any |= settle_in(tx, &delivery, None, settled).await?;
    }
    Ok(has_any)
}

/// A delivery by id. Callers outside the core use `access`.
pub(crate) async fn load(on: impl On, id: &DeliveryId) -> Result<Delivery> {
    composed_sql(format!("SELECT {DELIVERY} FROM deliveries WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// When the next delivery is due, for a sender that waits.
pub async fn next_due(on: impl On) -> Result<Option<Millis>> {
    let mut on = on;
    // What waits in spam waits for somebody, and not for a time.
    let scheduled: Option<(i64,)> = sql("SELECT d.send_after FROM deliveries d WHERE d.state = 'scheduled' AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = d.conversation_id AND c.spam_since IS NOT NULL) ORDER BY d.send_after LIMIT 1")
        .optional(&mut on)
        .await?;
    let scheduled = scheduled.map(|(at,)| at);
    let (at,): (Option<i64>,) = composed_sql(format!(
        "SELECT MIN(at) FROM (
            SELECT MIN(next_attempt_at) AS at FROM deliveries WHERE state = 'unknown'
            UNION ALL
            SELECT MIN(CASE WHEN d.lease_until IS NOT NULL AND d.lease_until > d.next_attempt_at THEN d.lease_until ELSE d.next_attempt_at END) AS at FROM deliveries d WHERE d.state = 'queued' AND {FIRST}
         ) AS due"
    ))
    .one(on)
    .await?;
    Ok([scheduled, at].into_iter().flatten().min())
}

enum Settled {
    Sent {
        sent: Sent,
    },
    Again {
        code: String,
        words: String,
        at: Millis,
        /// Whether the try counts. One that the provider put off with a time of its own does not.
        counts: bool,
    },
    Unknown {
        code: String,
        words: String,
    },
    Failed {
        code: String,
        words: String,
    },
}

/// Records what came of sending a leased delivery.
pub async fn settle(store: &Store, owner: &str, delivery: &Delivery, outcome: Result<Sent, SendError>) -> Result<()> {
    let now = store.now();
    let settled = match outcome {
        Ok(sent) => Settled::Sent { sent },
        Err(SendError::Temporary {
            code,
            reason,
            retry_after: None,
        }) if delivery.attempts >= MOST_ATTEMPTS => Settled::Failed { code, words: reason },
        Err(SendError::Temporary {
            code,
            reason,
            retry_after,
        }) => Settled::Again {
            code,
            words: reason,
            at: now + retry_after.unwrap_or_else(|| backoff(delivery.attempts, store.env().below(1000))),
            counts: retry_after.is_none(),
        },
        Err(SendError::Permanent { code, reason }) => Settled::Failed { code, words: reason },
        Err(SendError::Unknown { code, reason }) if delivery.channel.waits_for_word() => {
            Settled::Unknown { code, words: reason }
        }
        // Mail that may have been taken is sent again under the same Message-ID, which mail
        // systems fold; losing it would be worse. But not for ever: where nobody folds it the customer would
        // have it once an hour from then on.
        Err(SendError::Unknown { code, reason }) if delivery.attempts >= MOST_ATTEMPTS => Settled::Failed {
            code,
            words: format!(
                "{reason}; it may have arrived all the same: send it again if the customer does not have it"
            ),
        },
        Err(SendError::Unknown { code, reason }) => Settled::Again {
            code,
            words: reason,
            at: now + backoff(delivery.attempts, store.env().below(1000)),
            counts: true,
        },
    };
    let outcome = match &settled {
        Settled::Sent { .. } => "sent",
        Settled::Again { .. } => "retry",
        Settled::Unknown { .. } => "unknown",
        Settled::Failed { .. } => "failed",
    };
    metrics::counter!("delivery_attempts_total", "channel" => delivery.channel.as_str(), "outcome" => outcome)
        .increment(1);
    let mut tx = store.begin().await?;
    if settle_in(&mut tx, delivery, Some(owner), settled).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// Milliseconds until the next attempt: 5 s, doubled nine times (up to 43 minutes), plus up to a fifth
/// of jitter (`jitter` in thousandths of that fifth). Thirty tries take 15 to 18 hours.
fn backoff(attempts: i64, jitter: u64) -> Millis {
    let base = 5_000i64 << attempts.clamp(1, 10).saturating_sub(1);
    base + base / 5 * i64::try_from(jitter).unwrap_or(0) / 1000
}

/// Tells whether anything changed. A sender whose lease went to another (`owner`) has no word any
/// more, unless it says that the message left; without an owner only what is overdue is settled.
async fn settle_in(tx: &mut Tx, delivery: &Delivery, owner: Option<&str>, settled: Settled) -> Result<bool> {
    conversations::lock(tx, &delivery.conversation_id).await?;
    let now = tx.now();
    // The server refused the recipient while it was asked, which is a bounce without a letter.
    let refused = match &settled {
        Settled::Failed { code, words } if delivery.channel == Channel::Email => {
            BounceReason::of_code(code).map(|reason| (reason, words.clone()))
        }
        _ => None,
    };
    let renamed = match &settled {
        Settled::Sent { sent } if delivery.channel == Channel::Email => sent.provider_id.clone(),
        _ => None,
    };
    const ENTITLED: &str = "(lease_owner = $2 OR ($2 IS NULL AND lease_until < $3))";
    let query = match settled {
        // A status web hook may have come first and know more.
        Settled::Sent { sent } => sql("UPDATE deliveries SET state = CASE WHEN state IN ('queued', 'unknown') THEN $2 ELSE state END, provider_id = COALESCE(provider_id, $3), sent_at = COALESCE(sent_at, $4), delivered_at = CASE WHEN $5 THEN COALESCE(delivered_at, $4) ELSE delivered_at END, lease_owner = NULL, lease_until = NULL, next_attempt_at = NULL, error_code = CASE WHEN state = 'failed' THEN error_code END, error = CASE WHEN state = 'failed' THEN error END WHERE id = $1 RETURNING state")
            .bind(&delivery.id)
            .bind(if sent.is_delivered { DeliveryState::Delivered } else { DeliveryState::Sent })
            .bind(sent.provider_id)
            .bind(now)
            .bind(sent.is_delivered),
        Settled::Again { code, words, at, counts } => composed_sql(format!("UPDATE deliveries SET next_attempt_at = $6, attempts = attempts - $7, error_code = $4, error = $5, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state = 'queued' AND {ENTITLED} RETURNING state"))
            .bind(&delivery.id)
            .bind(owner)
            .bind(now)
            .bind(code)
            .bind(words)
            .bind(at)
            .bind(i64::from(!counts)),
        Settled::Unknown { code, words } => composed_sql(format!("UPDATE deliveries SET state = 'unknown', next_attempt_at = $6, error_code = $4, error = $5, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state = 'queued' AND {ENTITLED} RETURNING state"))
            .bind(&delivery.id)
            .bind(owner)
            .bind(now)
            .bind(code)
            .bind(words)
            .bind(now + CONFIRM_WITHIN),
        Settled::Failed { code, words } => composed_sql(format!("UPDATE deliveries SET state = 'failed', failed_at = $3, error_code = $4, error = $5, lease_owner = NULL, lease_until = NULL, next_attempt_at = NULL WHERE id = $1 AND ((state = 'queued' AND {ENTITLED}) OR state = 'unknown') RETURNING state"))
            .bind(&delivery.id)
            .bind(owner)
            .bind(now)
            .bind(code)
            .bind(words),
    };
    let changed: Option<(DeliveryState,)> = query.optional(&mut *tx).await?;
    let Some((state,)) = changed else {
        return Ok(false);
    };
    if let Some(mid) = renamed {
        learn_id(tx, &mid, &delivery.conversation_id).await?;
    }
    if let Some((reason, words)) = refused {
        crate::bounces::record(tx, &delivery.recipient, reason, "", &words, &delivery.conversation_id).await?;
    }
    tx.emit(event(
        EventKind::DeliveryUpdated,
        &delivery.conversation_id,
        delivery.id.as_str(),
        &Actor::System,
        json!({ "message": delivery.message_id, "state": state }),
    ));
    Ok(true)
}

/// A mail carries another Message-ID than we gave it: an answer that names this one belongs to its conversation, too.
async fn learn_id(tx: &mut Tx, mid: &str, conversation: &ConversationId) -> Result<()> {
    let now = tx.now();
    sql("INSERT INTO thread_ids (mid, conversation_id, is_held, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (mid, conversation_id) DO NOTHING")
        .bind(mid)
        .bind(conversation)
        .bind(true)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Deliveries of several messages.
pub async fn of_messages(on: impl On, messages: &[MessageId]) -> Result<Vec<Delivery>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let these = placeholders(1, messages.len(), 0);
    // A mail that carries several chat messages is a delivery of each of them.
    let of_part: Vec<String> = DELIVERY
        .split(", ")
        .map(|column| {
            if column == "message_id" {
                "p.message_id".to_owned()
            } else {
                format!("d.{column}")
            }
        })
        .collect();
    let text = format!(
        "SELECT {DELIVERY} FROM deliveries WHERE message_id IN {these}
         UNION ALL SELECT {} FROM delivery_parts p JOIN deliveries d ON d.id = p.delivery_id WHERE p.message_id IN {these} ORDER BY id",
        of_part.join(", ")
    );
    composed_sql(text).bind_all(messages).all(on).await
}

/// What could not leave by an account and waits for its next try is tried now: the account was changed, or is well again.
pub(crate) async fn wake_in(tx: &mut Tx, inbox: &InboxId) -> Result<()> {
    let now = tx.now();
    sql("UPDATE deliveries SET next_attempt_at = $2 WHERE inbox_id = $1 AND state = 'queued' AND next_attempt_at > $2 AND error_code IS NOT NULL AND lease_until IS NULL")
        .bind(inbox)
        .bind(now)
        .run(&mut *tx)
        .await?;
    sql("UPDATE notices SET next_attempt_at = $2 WHERE inbox_id = $1 AND state = 'queued' AND next_attempt_at > $2 AND error IS NOT NULL AND lease_until IS NULL")
        .bind(inbox)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Queues a failed delivery once more: from where it stopped, or, where the provider had taken it and lost it afterwards, as a
/// whole.
///
/// # Errors
/// [`Error::Invalid`] when it has not failed.
pub async fn send_again(store: &Store, actor: &Actor, id: &DeliveryId) -> Result<()> {
    let delivery: Delivery = composed_sql(format!("SELECT {DELIVERY} FROM deliveries WHERE id = $1"))
        .bind(id)
        .optional(store.db())
        .await?
        .ok_or(Error::NotFound)?;
    let mut tx = store.begin().await?;
    conversations::lock(&mut tx, &delivery.conversation_id).await?;
    let now = tx.now();
    let changed = sql("UPDATE deliveries SET state = 'queued', attempts = 0, next_attempt_at = $2, failed_at = NULL, superseded = CASE WHEN provider_id IS NULL THEN superseded ELSE COALESCE(superseded || $3, '') || provider_id END, progress = CASE WHEN provider_id IS NULL THEN progress END, provider_id = NULL, sent_at = NULL, delivered_at = NULL, error_code = NULL, error = NULL WHERE id = $1 AND state = 'failed'")
        .bind(id)
        .bind(now)
        .bind("\n")
        .run(&mut tx)
        .await?;
    if changed == 0 {
        return Err(Error::Invalid("only a failed message can be sent again".to_owned()));
    }
    tx.emit(event(
        EventKind::DeliveryUpdated,
        &delivery.conversation_id,
        id.as_str(),
        actor,
        json!({ "message": delivery.message_id, "state": DeliveryState::Queued }),
    ));
    tx.commit().await?;
    Ok(())
}

/// Marks chat messages of a conversation as seen on the customer's screen, up to one message.
pub async fn mark_seen(
    store: &Store,
    conversation: &ConversationId,
    up_to: &MessageId,
    state: DeliveryState,
) -> Result<usize> {
    let waiting: Vec<Delivery> = composed_sql(format!(
        "SELECT {DELIVERY} FROM deliveries WHERE conversation_id = $1 AND channel = 'webchat' AND state IN ('sent', 'delivered') AND message_id IN (SELECT m.id FROM messages m, messages u WHERE u.id = $2 AND m.conversation_id = $1 AND (m.at, m.id) <= (u.at, u.id)) ORDER BY id"
    ))
    .bind(conversation)
    .bind(up_to)
    .all(store.db())
    .await?;
    let now = store.now();
    let updates: Vec<StatusUpdate> = waiting
        .into_iter()
        .filter(|delivery| advance(delivery.state, state) != delivery.state)
        .map(|delivery| StatusUpdate {
            inbox: delivery.inbox_id,
            provider_id: delivery.external_id,
            delivery: Some(delivery.id),
            state,
            at: now,
            error: None,
            extra: None,
        })
        .collect();
    record_statuses(store, &updates).await
}
