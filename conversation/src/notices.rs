//! Notices: mail that is part of no conversation, such as a link that confirms an address. Queued
//! in the caller's transaction, leased and settled by the sender like a delivery.

use serde::{Deserialize, Serialize};

use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::Result;
use crate::inboxes;
use crate::outbound::SendError;
use crate::store::{Store, Tx};
use crate::types::{InboxId, Language, Millis, is_id};

/// How long a sender may take before its work is given to another, in milliseconds.
pub const LEASE: Millis = 90_000;
/// After this many attempts a notice has failed: about six hours.
const MOST_ATTEMPTS: i64 = 12;

/// What the Message-ID of a notice begins with; its own id follows.
const MARK: &str = "notice.";

/// What to send.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// The address.
    pub recipient: String,
    /// The language of the words.
    pub language: Language,
    /// The subject.
    pub subject: String,
    /// The words, plain text; an empty line parts paragraphs.
    pub text: String,
    /// The words on the link.
    pub action_label: String,
    /// The whole address that the link opens; an empty one is no link.
    pub action_url: String,
}

/// How a notice is dressed beyond plain words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Look {
    /// Above the words.
    pub title: String,
    /// The name of the business, at the head.
    pub business: String,
    /// The colour of head and button: `#rrggbb`.
    pub color: String,
    /// Label and value, below the words.
    pub facts: Vec<(String, String)>,
    /// What was said in a conversation: who and when, and the words.
    pub said: Vec<(String, String)>,
    /// The last line.
    pub footer: String,
    /// Words and whole address that end mails of its kind: a link at the end, and for mail programs (RFC 8058).
    pub stop: Option<(String, String)>,
    /// A file that goes with it.
    pub file: Option<crate::outbound::OutboundAttachment>,
    /// The signed token of the conversation that an answer to it goes to; without one nobody reads answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_token: Option<String>,
}

/// A notice that is due.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Notice {
    /// Its id.
    pub id: String,
    /// The mailbox it leaves by.
    pub inbox_id: InboxId,
    /// The address.
    pub recipient: String,
    /// The language of the words.
    pub language: Language,
    /// The subject.
    pub subject: String,
    /// The words.
    pub text: String,
    /// The words on the link.
    pub action_label: String,
    /// What it opens.
    pub action_url: String,
    /// The Message-ID without angle brackets.
    pub message_id: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Millis,
    /// A [`Look`] as JSON.
    pub look: Option<String>,
}

/// Queues a notice that is dressed; as [`put_in`].
pub async fn put_dressed_in(tx: &mut Tx, new: NewNotice, look: &Look) -> Result<Option<String>> {
    let id = put_in(tx, new).await?;
    if let Some(id) = &id {
        let text = serde_json::to_string(look).map_err(|error| crate::error::Error::corrupt("notice", error))?;
        sql("UPDATE notices SET look = $2, file_sha256 = $3 WHERE id = $1")
            .bind(id.as_str())
            .bind(text)
            .bind(look.file.as_ref().map(|file| file.blob.sha256.clone()))
            .run(tx)
            .await?;
    }
    Ok(id)
}

/// Queues a notice by the default mailbox. Returns its id, or `None` where the business has no
/// mailbox: the caller goes on all the same, since its answer must not tell.
pub async fn put_in(tx: &mut Tx, new: NewNotice) -> Result<Option<String>> {
    let Some(inbox) = inboxes::default_email(&mut *tx).await? else {
        tracing::warn!("a notice has no mailbox to leave by; add an e-mail inbox");
        return Ok(None);
    };
    let id = tx.env().ulid();
    let now = tx.now();
    let domain = inbox
        .address
        .rsplit_once('@')
        .map_or("switchboard.invalid", |(_, domain)| domain)
        .to_ascii_lowercase();
    sql("INSERT INTO notices (id, inbox_id, recipient, language, subject, text, action_label, action_url, message_id, state, attempts, next_attempt_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', 0, $10, $10)")
        .bind(id.as_str())
        .bind(&inbox.id)
        .bind(new.recipient)
        .bind(new.language)
        .bind(new.subject)
        .bind(new.text)
        .bind(new.action_label)
        .bind(new.action_url)
        .bind(format!("{MARK}{}@{domain}", id.to_ascii_lowercase()))
        .bind(now)
        .run(tx)
        .await?;
    Ok(Some(id))
}

/// The notice that a Message-ID may be of. Whoever finds it compares the whole Message-ID, which only its receivers know.
pub(crate) fn id_of(message_id: &str) -> Option<String> {
    let (id, _) = message_id.strip_prefix(MARK)?.split_once('@')?;
    is_id(id).then(|| id.to_ascii_uppercase())
}

/// Marks one that the receiving server returned.
pub(crate) async fn came_back_in(tx: &mut Tx, id: &str, words: String) -> Result<()> {
    let now = tx.now();
    sql("UPDATE notices SET state = 'failed', error = $2, settled_at = COALESCE(settled_at, $3), text = '', action_url = '', look = NULL, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state <> 'failed'")
        .bind(id)
        .bind(words)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Takes back a notice of the same transaction, so that a request for an address that is not known
/// costs what one for a known address costs.
pub async fn discard_in(tx: &mut Tx, id: &str) -> Result<()> {
    sql("DELETE FROM notices WHERE id = $1 AND state = 'queued' AND attempts = 0")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// Queues a notice in a transaction of its own.
pub async fn put(store: &Store, new: NewNotice) -> Result<Option<String>> {
    let mut tx = store.begin().await?;
    let id = put_in(&mut tx, new).await?;
    tx.commit_silently().await?;
    Ok(id)
}

/// Takes due notices for one sender.
pub async fn lease(store: &Store, owner: &str, most: i64) -> Result<Vec<Notice>> {
    lease_beside(store, owner, most, &[]).await
}

/// As [`lease`], beside mailboxes that have enough under way already: one whose server says nothing takes nobody's turn.
pub async fn lease_beside(store: &Store, owner: &str, most: i64, full: &[InboxId]) -> Result<Vec<Notice>> {
    let now = store.now();
    if next_due(store.db()).await?.is_none_or(|at| at > now) {
        return Ok(Vec::new());
    }
    let mut tx = store.begin().await?;
    let lock = tx.dialect().for_update_skip_locked();
    let beside = if full.is_empty() {
        String::new()
    } else {
        format!("AND n.inbox_id NOT IN {}", placeholders(1, full.len(), 4))
    };
    let leased = composed_sql(format!(
        "UPDATE notices SET lease_owner = $1, lease_until = $2, attempts = attempts + 1 WHERE id IN (
            SELECT n.id FROM notices n WHERE n.state = 'queued' AND n.next_attempt_at <= $3 AND (n.lease_until IS NULL OR n.lease_until < $3) {beside}
            ORDER BY n.next_attempt_at, n.id LIMIT $4 {lock})
         RETURNING id, inbox_id, recipient, language, subject, text, action_label, action_url, message_id, attempts, created_at, look"
    ))
    .bind(owner)
    .bind(now + LEASE)
    .bind(now)
    .bind(most)
    .bind_all(full)
    .all(&mut tx)
    .await?;
    tx.commit_silently().await?;
    Ok(leased)
}

/// When the next notice is due, for a sender that waits.
pub async fn next_due(on: impl On) -> Result<Option<Millis>> {
    let (at,): (Option<i64>,) = sql("SELECT MIN(CASE WHEN lease_until IS NOT NULL AND lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END) FROM notices WHERE state = 'queued'")
        .one(on)
        .await?;
    Ok(at)
}

/// Records what came of sending a leased notice. One that may have left is sent again under the
/// same Message-ID, which mail systems fold.
pub async fn settle(store: &Store, owner: &str, notice: &Notice, outcome: Result<(), SendError>) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let end = |state: &'static str, error: Option<String>| {
        sql("UPDATE notices SET state = $2, error = $3, settled_at = $4, text = '', action_url = '', look = NULL, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state = 'queued'")
            .bind(notice.id.as_str())
            .bind(state)
            .bind(error)
            .bind(now)
    };
    let query = match outcome {
        Ok(()) => end("sent", None),
        Err(SendError::Permanent { code, reason }) => end("failed", Some(format!("{code}: {reason}"))),
        Err(SendError::Temporary { code, reason, .. } | SendError::Unknown { code, reason })
            if notice.attempts >= MOST_ATTEMPTS =>
        {
            end("failed", Some(format!("{code}: {reason}")))
        }
        Err(SendError::Temporary {
            code,
            reason,
            retry_after,
        }) => again(notice, owner, now, retry_after, format!("{code}: {reason}")),
        Err(SendError::Unknown { code, reason }) => again(notice, owner, now, None, format!("{code}: {reason}")),
    };
    query.run(&mut tx).await?;
    tx.commit_silently().await
}

fn again(notice: &Notice, owner: &str, now: Millis, retry_after: Option<i64>, error: String) -> crate::db::Sql {
    let pause = retry_after.unwrap_or(5_000i64 << notice.attempts.clamp(0, 9));
    sql("UPDATE notices SET next_attempt_at = $3, error = $4, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND lease_owner = $2 AND state = 'queued'")
        .bind(notice.id.as_str())
        .bind(owner)
        .bind(now + pause)
        .bind(error)
}
