//! Deliveries: leased, sent outside any transaction, and settled with what the channel said.

use serde::Serialize;
use serde_json::json;

use crate::conversations;
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::inbound::BlobRef;
use crate::outbound::{OutboundAttachment, OutboundMessage, SendError, Sent, StatusUpdate};
use crate::store::{Store, Tx, event};
use crate::types::{
    Actor, ActorKind, AgentId, AttachmentId, Channel, ConversationId, DeliveryId, DeliveryState, InboxId, MessageId,
    Millis, RecipientRole,
};
use crate::{attachments, contacts};

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
/// its lease ends; a WhatsApp message in that state may have left and is not sent again before
/// Meta said whether it did.
pub async fn lease(store: &Store, owner: &str, most: i64) -> Result<Vec<Delivery>> {
    let now = store.now();
    // Every commit wakes a sender; most of them queue nothing, and a look disturbs no writer.
    if !is_any_due(store, now).await? {
        return Ok(Vec::new());
    }
    let mut tx = store.begin().await?;
    let lost = unconfirmed(&mut tx, now).await?;
    let lock = tx.dialect().for_update_skip_locked();
    // What `unconfirmed` settles is left to it, however much there is: it takes a part at a time.
    // The choice stands alone, so that PostgreSQL makes it once and no more rows than asked for.
    let text = format!(
        "WITH due AS MATERIALIZED (
            SELECT d.id FROM deliveries d WHERE d.state = 'queued' AND d.next_attempt_at <= $3 AND (d.lease_until IS NULL OR (d.lease_until < $3 AND d.channel <> 'whatsapp' AND d.attempts < {MOST_ATTEMPTS})) AND {FIRST}
            ORDER BY d.next_attempt_at, d.id LIMIT $4 {lock})
         UPDATE deliveries SET lease_owner = $1, lease_until = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM due) RETURNING {DELIVERY}"
    );
    let mut leased: Vec<Delivery> = composed_sql(text)
        .bind(owner)
        .bind(now + LEASE)
        .bind(now)
        .bind(most)
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

/// Whether [`lease`] may find anything. Two questions, so that each has its index.
async fn is_any_due(store: &Store, now: Millis) -> Result<bool> {
    const DUE: [&str; 2] = [
        "SELECT id FROM deliveries WHERE state = 'queued' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < $1) LIMIT 1",
        "SELECT id FROM deliveries WHERE state = 'unknown' AND next_attempt_at <= $1 LIMIT 1",
    ];
    for question in DUE {
        let row: Option<(DeliveryId,)> = sql(question).bind(now).optional(store.db()).await?;
        if row.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Settles what cannot be known any more: leases of dead WhatsApp senders become unknown, and
/// unknown ones that nobody confirmed in time become failures that an agent can see. So does what
/// no sender survives.
async fn unconfirmed(tx: &mut Tx, now: Millis) -> Result<bool> {
    let mut rows: Vec<Delivery> = composed_sql(format!(
        "SELECT {DELIVERY} FROM deliveries WHERE (state = 'queued' AND next_attempt_at <= $1 AND lease_until < $1 AND (channel = 'whatsapp' OR attempts >= $2)) OR (state = 'unknown' AND next_attempt_at <= $1) ORDER BY id LIMIT 50"
    ))
    .bind(now)
    .bind(MOST_ATTEMPTS)
    .all(&mut *tx)
    .await?;
    // Everybody holds conversations in this order.
    rows.sort_by(|a, b| a.conversation_id.cmp(&b.conversation_id).then_with(|| a.id.cmp(&b.id)));
    let mut has_any = false;
    for delivery in rows {
        let settled = if delivery.state == DeliveryState::Unknown {
            Settled::Failed { code: "unconfirmed".to_owned(), words: "the provider never said whether it took the message; send it again if the customer does not have it".to_owned() }
        } else if delivery.channel == Channel::Whatsapp {
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
    let (scheduled,): (Option<i64>,) = sql("SELECT MIN(send_after) FROM deliveries WHERE state = 'scheduled'")
        .one(&mut on)
        .await?;
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

/// Everything the channel needs to send it.
pub async fn load_outbound(store: &Store, delivery: &Delivery) -> Result<OutboundMessage> {
    let db = store.db();
    let message = conversations::load_message(db, &delivery.message_id).await?;
    let conversation = conversations::load(db, &delivery.conversation_id).await?;
    let contact = contacts::load(db, &conversation.contact_id).await?;
    let author_name = match message.author_kind {
        ActorKind::Agent => {
            let name: Option<(String,)> = sql("SELECT name FROM agents WHERE id = $1")
                .bind(&AgentId::from(message.author_id.as_str()))
                .optional(db)
                .await?;
            name.map(|(name,)| name).unwrap_or_default()
        }
        _ => String::new(),
    };
    let in_reply_to: Option<(String,)> = sql(
        "SELECT external_id FROM messages WHERE conversation_id = $1 AND kind = 'inbound' AND channel = $2 AND external_id IS NOT NULL ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(&conversation.id)
    .bind(delivery.channel)
    .optional(db)
    .await?;
    let mut references: Vec<(String,)> = sql("SELECT mid FROM thread_ids WHERE conversation_id = $1 AND is_held AND mid <> $2 ORDER BY created_at DESC, mid DESC LIMIT 20")
        .bind(&conversation.id)
        .bind(&delivery.external_id)
        .all(db)
        .await?;
    references.reverse();
    let window = window(db, &delivery.inbox_id, &delivery.recipient).await?;
    let files = attachments::of_messages(db, std::slice::from_ref(&message.id)).await?;
    Ok(OutboundMessage {
        delivery: delivery.id.clone(),
        message: message.id.clone(),
        conversation: conversation.id.clone(),
        inbox: delivery.inbox_id.clone(),
        recipient: delivery.recipient.clone(),
        recipient_name: Some(contact.name).filter(|name| !name.is_empty()),
        language: conversation.language,
        author_name,
        subject: conversation.subject,
        text: message.text,
        attachments: files
            .into_iter()
            .map(|file| OutboundAttachment {
                name: file.name,
                media_type: file.media_type,
                blob: BlobRef {
                    sha256: file.sha256,
                    size: file.size,
                },
            })
            .collect(),
        cards: message.cards,
        external_id: delivery.external_id.clone(),
        reply_token: store.keys().reply_token(&conversation.id),
        in_reply_to: in_reply_to.map(|(mid,)| mid),
        references: references.into_iter().map(|(mid,)| mid).collect(),
        is_automatic: matches!(message.author_kind, ActorKind::Bot | ActorKind::System),
        last_inbound_at: window,
        quotes: message.in_reply_to,
        extra: message.extra,
    })
}

/// When the person behind an address last wrote to an inbox, under whichever form of the address.
pub async fn window(on: impl On, inbox: &InboxId, address: &str) -> Result<Option<Millis>> {
    let (at,): (Option<i64>,) = sql(
        "SELECT MAX(last_inbound_at) FROM windows WHERE inbox_id = $1 AND (address = $2 OR address IN (SELECT v.value FROM identities i JOIN identities v ON v.contact_id = i.contact_id AND v.kind = 'whatsapp' WHERE i.kind = 'whatsapp' AND i.value = $2))",
    )
    .bind(inbox)
    .bind(address)
    .one(on)
    .await?;
    Ok(at)
}

/// What only a mail needs: everybody it goes to, its files by id, the message it answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailParts {
    /// Those of To.
    pub to: Vec<String>,
    /// Those of Cc.
    pub cc: Vec<String>,
    /// The customer's own address, which has the recipient's name.
    pub customer: Option<String>,
    /// The ids of the files, in the order of [`OutboundMessage::attachments`]; the text may show one
    /// with `![words](attachment:id)`.
    pub files: Vec<AttachmentId>,
    /// What the customer wrote last.
    pub quoted: Option<QuotedMessage>,
    /// Whether it is quoted under the answer.
    pub is_quoting: bool,
}

/// A message that is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedMessage {
    /// The sender: a name, or else an address.
    pub author: String,
    /// When it came.
    pub at: Millis,
    /// Its whole text.
    pub text: String,
}

/// As [`load_outbound`], what only mail has.
pub async fn load_mail_parts(store: &Store, delivery: &Delivery, is_quoting: bool) -> Result<MailParts> {
    let db = store.db();
    let all = of_messages(db, std::slice::from_ref(&delivery.message_id)).await?;
    let named = |role: RecipientRole| {
        all.iter()
            .filter(|one| one.channel == Channel::Email && one.role == role)
            .map(|one| one.recipient.clone())
            .collect()
    };
    let (customer,): (Option<String>,) = sql("SELECT reply_address FROM conversations WHERE id = $1")
        .bind(&delivery.conversation_id)
        .one(db)
        .await?;
    let files = attachments::of_messages(db, std::slice::from_ref(&delivery.message_id)).await?;
    let mut quoted = None;
    if is_quoting {
        let last: Option<(String, Option<String>, Millis, String)> = sql(
            "SELECT m.text, m.body, m.at, COALESCE((SELECT c.name FROM contacts c WHERE c.id = m.author_id), '') FROM messages m WHERE m.conversation_id = $1 AND m.kind = 'inbound' AND m.channel = 'email' AND m.auto = 'none' ORDER BY m.at DESC, m.id DESC LIMIT 1",
        )
        .bind(&delivery.conversation_id)
        .optional(db)
        .await?;
        quoted = last.map(|(text, body, at, name)| QuotedMessage {
            author: Some(name)
                .filter(|name| !name.trim().is_empty())
                .or_else(|| customer.clone())
                .unwrap_or_default(),
            at,
            text: body.unwrap_or(text),
        });
    }
    Ok(MailParts {
        to: named(RecipientRole::To),
        cc: named(RecipientRole::Cc),
        customer,
        files: files.into_iter().map(|file| file.id).collect(),
        quoted,
        is_quoting,
    })
}

enum Settled {
    Sent { sent: Sent },
    Again { code: String, words: String, at: Millis },
    Unknown { code: String, words: String },
    Failed { code: String, words: String },
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
        },
        Err(SendError::Permanent { code, reason }) => Settled::Failed { code, words: reason },
        Err(SendError::Unknown { code, reason }) if delivery.channel == Channel::Whatsapp => {
            Settled::Unknown { code, words: reason }
        }
        // Mail that may have been taken is sent again under the same Message-ID, which mail
        // systems fold; losing it would be worse.
        Err(SendError::Unknown { code, reason }) => Settled::Again {
            code,
            words: reason,
            at: now + backoff(delivery.attempts, store.env().below(1000)),
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

/// Milliseconds until the next attempt: 5 s, doubled each time up to an hour, plus up to a fifth
/// of jitter (`jitter` in thousandths of that fifth).
fn backoff(attempts: i64, jitter: u64) -> Millis {
    let base = 5_000i64 << attempts.clamp(1, 10).saturating_sub(1);
    let base = base.min(3_600_000);
    base + base / 5 * i64::try_from(jitter).unwrap_or(0) / 1000
}

/// Tells whether anything changed. A sender whose lease went to another (`owner`) has no word any
/// more, unless it says that the message left; without an owner only what is overdue is settled.
async fn settle_in(tx: &mut Tx, delivery: &Delivery, owner: Option<&str>, settled: Settled) -> Result<bool> {
    conversations::lock(tx, &delivery.conversation_id).await?;
    let now = tx.now();
    const ENTITLED: &str = "(lease_owner = $2 OR ($2 IS NULL AND lease_until < $3))";
    let query = match settled {
        // A status web hook may have come first and know more.
        Settled::Sent { sent } => sql("UPDATE deliveries SET state = CASE WHEN state IN ('queued', 'unknown') THEN $2 ELSE state END, provider_id = COALESCE(provider_id, $3), sent_at = COALESCE(sent_at, $4), delivered_at = CASE WHEN $5 THEN COALESCE(delivered_at, $4) ELSE delivered_at END, lease_owner = NULL, lease_until = NULL, next_attempt_at = NULL, error_code = CASE WHEN state = 'failed' THEN error_code END, error = CASE WHEN state = 'failed' THEN error END WHERE id = $1 RETURNING state")
            .bind(&delivery.id)
            .bind(if sent.is_delivered { DeliveryState::Delivered } else { DeliveryState::Sent })
            .bind(sent.provider_id)
            .bind(now)
            .bind(sent.is_delivered),
        Settled::Again { code, words, at } => composed_sql(format!("UPDATE deliveries SET next_attempt_at = $6, error_code = $4, error = $5, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state = 'queued' AND {ENTITLED} RETURNING state"))
            .bind(&delivery.id)
            .bind(owner)
            .bind(now)
            .bind(code)
            .bind(words)
            .bind(at),
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
    tx.emit(event(
        EventKind::DeliveryUpdated,
        &delivery.conversation_id,
        delivery.id.as_str(),
        &Actor::System,
        json!({ "message": delivery.message_id, "state": state }),
    ));
    Ok(true)
}

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
    let state = advance(delivery.state, update.state);
    let is_news = state != delivery.state
        || match update.state {
            DeliveryState::Sent => delivery.sent_at.is_none(),
            DeliveryState::Delivered => delivery.delivered_at.is_none(),
            DeliveryState::Read => delivery.read_at.is_none(),
            _ => false,
        };
    if !is_news {
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
    sql("UPDATE deliveries SET state = $2, provider_id = COALESCE(provider_id, $3), sent_at = $4, delivered_at = $5, read_at = $6, failed_at = $7, error_code = $8, error = $9, extra = COALESCE($10, extra), lease_owner = NULL, lease_until = NULL, next_attempt_at = NULL WHERE id = $1")
        .bind(&delivery.id)
        .bind(state)
        .bind(update.provider_id.as_str())
        .bind(at(DeliveryState::Sent, delivery.sent_at))
        .bind(at(DeliveryState::Delivered, delivery.delivered_at))
        .bind(at(DeliveryState::Read, delivery.read_at))
        .bind(if failed { Some(update.at) } else { delivery.failed_at })
        .bind(code)
        .bind(words)
        .bind(merged(delivery.extra.as_deref(), update.extra.as_ref()))
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

/// What all reports say together: a later one may leave out what an earlier one said (prices come once).
fn merged(known: Option<&str>, news: Option<&serde_json::Value>) -> Option<String> {
    let news = news?;
    let known = known.and_then(|text| serde_json::from_str(text).ok());
    Some(match (known, news) {
        (Some(serde_json::Value::Object(mut all)), serde_json::Value::Object(news)) => {
            all.extend(news.iter().map(|(name, value)| (name.clone(), value.clone())));
            serde_json::Value::Object(all).to_string()
        }
        (_, news) => news.to_string(),
    })
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

/// Deliveries of several messages.
pub async fn of_messages(on: impl On, messages: &[MessageId]) -> Result<Vec<Delivery>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {DELIVERY} FROM deliveries WHERE message_id IN {} ORDER BY id",
        placeholders(1, messages.len(), 0)
    );
    composed_sql(text).bind_all(messages).all(on).await
}

/// Queues a failed delivery once more.
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
    let changed = sql("UPDATE deliveries SET state = 'queued', attempts = 0, next_attempt_at = $2, failed_at = NULL, provider_id = NULL, sent_at = NULL, delivered_at = NULL, error_code = NULL, error = NULL WHERE id = $1 AND state = 'failed'")
        .bind(id)
        .bind(now)
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

/// Chat messages that went out before `before`, were not read, and have not gone on by mail:
/// message, contact's address. For the continuation by e-mail.
pub async fn unread_in_chat(
    on: impl On,
    before: Millis,
    most: i64,
) -> Result<Vec<(MessageId, ConversationId, String)>> {
    sql("SELECT d.message_id, d.conversation_id, COALESCE(
            (SELECT value FROM identities i WHERE i.contact_id = c.contact_id AND i.kind = 'email' AND i.is_verified ORDER BY i.id LIMIT 1),
            (SELECT value FROM claims k WHERE k.contact_id = c.contact_id AND k.kind = 'email' ORDER BY k.created_at DESC LIMIT 1))
         FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
         WHERE d.channel = 'webchat' AND d.state IN ('sent', 'delivered') AND d.sent_at < $1
           AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.message_id = d.message_id AND e.channel = 'email')
           AND (EXISTS (SELECT 1 FROM identities i WHERE i.contact_id = c.contact_id AND i.kind = 'email' AND i.is_verified)
             OR EXISTS (SELECT 1 FROM claims k WHERE k.contact_id = c.contact_id AND k.kind = 'email'))
         ORDER BY d.id LIMIT $2")
        .bind(before)
        .bind(most)
        .all(on)
        .await
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

/// What of a delivery that needs several sends has left; the channel's own JSON.
pub async fn progress(on: impl On, id: &DeliveryId) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> = sql("SELECT progress FROM deliveries WHERE id = $1")
        .bind(id)
        .optional(on)
        .await?;
    Ok(row.and_then(|(progress,)| progress))
}

/// Keeps the provider's ids of a message's parts, so that an answer to any of them is found.
pub async fn keep_provider_ids(store: &Store, delivery: &Delivery, ids: &[String]) -> Result<()> {
    let rows: Vec<Vec<crate::db::Value>> = ids
        .iter()
        .filter(|id| !id.is_empty())
        .map(|id| {
            vec![
                (&delivery.inbox_id).into(),
                id.as_str().into(),
                (&delivery.message_id).into(),
            ]
        })
        .collect();
    let mut tx = store.begin().await?;
    crate::db::insert_rows(
        &mut tx,
        "INSERT INTO provider_ids (inbox_id, provider_id, message_id) VALUES",
        "ON CONFLICT (inbox_id, provider_id) DO NOTHING",
        rows,
    )
    .await?;
    tx.commit_silently().await
}

/// Keeps the progress of a delivery before its next part leaves.
pub async fn keep_progress(store: &Store, id: &DeliveryId, progress: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("UPDATE deliveries SET progress = $2 WHERE id = $1")
        .bind(id)
        .bind(progress)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

/// Goes on with a delivery of which the provider has confirmed a part, after a try whose end is
/// not known.
pub async fn go_on(store: &Store, id: &DeliveryId) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE deliveries SET state = 'queued', next_attempt_at = $2 WHERE id = $1 AND state = 'unknown'")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}
