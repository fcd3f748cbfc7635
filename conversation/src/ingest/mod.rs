//! Filing what arrives: the only way in for messages.
//!
//! `load` reads in a few queries all that a batch can touch, `decide` files each message against
//! that picture and `append` changes what it joins (both pure), `write` stores the result; one transaction for the
//! whole batch, so that a burst shares one commit. A message that the database will not take, or that the program
//! falls over, is set aside in quarantine and the others are filed without it.

mod agent;
mod append;
mod bounce;
mod contact;
mod decide;
pub mod echoes;
mod load;
pub mod past;
pub mod sent;
mod spam;
mod write;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::blobs::{self, Prepared};
use crate::db::sql;
use crate::error::{Error, Result};
use crate::guarded::guarded;
use crate::inbound::InboundMessage;
use crate::quarantine;
use crate::store::Store;
use crate::trace;
use crate::types::{ContactId, ConversationId, MatchedBy, MessageId};

/// What became of an inbound message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filed {
    /// New conversation, existing one, seen before, or set aside.
    pub outcome: Outcome,
    /// Its conversation.
    pub conversation: Option<ConversationId>,
    /// The stored message.
    pub message: Option<MessageId>,
    /// Who wrote it.
    pub contact: Option<ContactId>,
    /// Which key chose the conversation.
    pub matched_by: Option<MatchedBy>,
}

/// What became of an inbound message, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It began a conversation.
    Created,
    /// It joined one.
    Appended,
    /// It was filed before; nothing changed.
    Duplicate,
    /// It could not be filed and waits for a person.
    Quarantined,
    /// It concerns no conversation; nothing changed. Only of what we sent ourselves.
    Passed,
}

impl Outcome {
    /// The word, as metrics and the command line print it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Created => "created",
            Outcome::Appended => "appended",
            Outcome::Duplicate => "duplicate",
            Outcome::Quarantined => "quarantined",
            Outcome::Passed => "passed",
        }
    }
}

/// The most messages that share a commit.
const MOST: usize = 256;

/// How long after it was resolved a chat still takes up the same conversation, in milliseconds.
pub const REOPEN_WITHIN: i64 = 24 * 60 * 60 * 1000;

/// Messages that wait for the commit in progress; the next one takes them all.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Vec<Waiting>>,
    turn: AsyncMutex<()>,
}

struct Waiting {
    message: InboundMessage,
    /// Its raw bytes, where they are not stored yet.
    raw: Option<Prepared>,
    /// The trace of who brought it.
    trace: Option<String>,
    answer: oneshot::Sender<Result<Filed, String>>,
}

/// Where a batch comes from.
#[derive(Clone, Copy)]
enum Origin<'a> {
    /// It arrives, by a channel.
    Outside,
    /// It was said long ago.
    Past(&'a past::Sources<'a>),
    /// We said it, with another program.
    Ourselves(&'a sent::People),
    /// We said it in a chat, from the telephone.
    Echoed(&'a str),
}

/// Files a batch, in order, in one transaction.
///
/// # Errors
/// Only when the database is not to be had; then nothing was filed, nothing may be acknowledged,
/// and the same batch may be given again. What can never be filed is quarantined instead.
pub async fn ingest(store: &Store, batch: &[InboundMessage]) -> Result<Vec<Filed>> {
    ingest_with(store, batch, &[], &[], Origin::Outside).await
}

/// As [`ingest`], and stores raw bytes that the messages name in the same transactions.
/// `traces` names each message's trace; where it is empty all belong to this moment's.
async fn ingest_with(
    store: &Store,
    batch: &[InboundMessage],
    raw: &[Prepared],
    traces: &[Option<String>],
    origin: Origin<'_>,
) -> Result<Vec<Filed>> {
    let mut filed = Vec::with_capacity(batch.len());
    let batch = &*recognisable(batch);
    for (number, part) in batch.chunks(MOST).enumerate() {
        let first = (number * MOST).min(traces.len());
        let traces = &traces[first..(first + part.len()).min(traces.len())];
        match file(store, part, raw, traces, origin).await {
            Ok(part) => filed.extend(part),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) if part.len() == 1 => filed.push(set_aside(store, &part[0], raw, &error).await?),
            Err(_) => {
                for (at, message) in part.iter().enumerate() {
                    let own = traces.get(at).map(std::slice::from_ref).unwrap_or_default();
                    match file(store, std::slice::from_ref(message), raw, own, origin).await {
                        Ok(one) => filed.extend(one),
                        Err(error) if error.is_transient() => return Err(error),
                        Err(error) => filed.push(set_aside(store, message, raw, &error).await?),
                    }
                }
            }
        }
    }
    for (message, filed) in batch.iter().zip(&filed) {
        metrics::counter!("inbound_total", "channel" => message.channel.as_str(), "outcome" => filed.outcome.as_str())
            .increment(1);
    }
    Ok(filed)
}

/// The longest id that is stored and compared, in bytes; an index of PostgreSQL takes 2,700. Mail has
/// lines of at most 998 (RFC 5322, 2.1.1).
const LONGEST_ID: usize = 1_000;

/// Of the ids that a mail refers to, the first ones (where the thread began) and the last ones count.
const FIRST_REFERENCES: usize = 10;
const LAST_REFERENCES: usize = 90;

/// Whether an id is stored as it stands, so that it is found again.
fn is_storable(id: &str) -> bool {
    id.len() <= LONGEST_ID && !id.contains('\0')
}

/// The form in which an odd id is stored: NUL replaced as the database layer does it, and one that is
/// too long by its hash.
fn storable(id: &str) -> String {
    if id.len() > LONGEST_ID {
        return format!("sha256:{}", crate::env::hash_secret(id));
    }
    id.replace('\0', "\u{FFFD}")
}

/// The batch with every id in the form in which it is stored and looked up. Hardly ever anything
/// has to change.
fn recognisable(batch: &[InboundMessage]) -> Cow<'_, [InboundMessage]> {
    fn ids(message: &InboundMessage) -> impl Iterator<Item = &String> {
        std::iter::once(&message.external_id)
            .chain(message.from.identities.iter().map(|claim| &claim.value))
            .chain(&message.from.address)
            .chain(&message.recipients)
            .chain(&message.thread.in_reply_to)
            .chain(&message.thread.references)
            .chain(message.thread.index.iter().map(|index| &index.id))
    }
    let is_odd = |message: &InboundMessage| {
        message.thread.references.len() > FIRST_REFERENCES + LAST_REFERENCES
            || message.thread.in_reply_to.len() > LAST_REFERENCES
            || !ids(message).all(|id| is_storable(id))
    };
    if !batch.iter().any(is_odd) {
        return Cow::Borrowed(batch);
    }
    let mut batch = batch.to_vec();
    for message in &mut batch {
        let thread = &mut message.thread;
        let surplus = thread
            .references
            .len()
            .saturating_sub(FIRST_REFERENCES + LAST_REFERENCES);
        if surplus > 0 {
            thread.references.drain(FIRST_REFERENCES..FIRST_REFERENCES + surplus);
        }
        thread.in_reply_to.truncate(LAST_REFERENCES);
        for id in std::iter::once(&mut message.external_id)
            .chain(message.from.identities.iter_mut().map(|claim| &mut claim.value))
            .chain(&mut message.from.address)
            .chain(&mut message.recipients)
            .chain(&mut thread.in_reply_to)
            .chain(&mut thread.references)
            .filter(|id| !is_storable(id))
        {
            *id = storable(id);
        }
    }
    Cow::Owned(batch)
}

/// Files one message, sharing a commit with whatever arrives at the same moment.
///
/// # Errors
/// As [`ingest`].
pub async fn ingest_one(store: &Store, message: InboundMessage) -> Result<Filed> {
    queue(store, message, None).await
}

/// As [`ingest_one`]; the raw bytes, prepared with [`crate::blobs::Blobs::prepare`], become part of
/// the same commit. Those of a message that was filed before are not stored again.
///
/// # Errors
/// As [`ingest`].
pub async fn ingest_raw(store: &Store, mut message: InboundMessage, raw: Prepared) -> Result<Filed> {
    message.raw = Some(raw.blob.clone());
    queue(store, message, Some(raw)).await
}

async fn queue(store: &Store, message: InboundMessage, raw: Option<Prepared>) -> Result<Filed> {
    let (answer, mut answered) = oneshot::channel();
    let queue = &store.inner.queue;
    queue
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Waiting {
            message,
            raw,
            trace: trace::current(),
            answer,
        });
    loop {
        // Whoever gets the turn files everything that waits; the others find their answer given.
        let turn = tokio::select! {
            biased;
            answer = &mut answered => return received(answer),
            turn = queue.turn.lock() => turn,
        };
        match answered.try_recv() {
            Ok(answer) => return received(Ok(answer)),
            Err(oneshot::error::TryRecvError::Closed) => return Err(Error::Database(sqlx::Error::WorkerCrashed)),
            Err(oneshot::error::TryRecvError::Empty) => {}
        }
        // A task of its own: a caller that goes away must not take the others' messages with it.
        let outcome = tokio::spawn(file_waiting(store.clone())).await;
        drop(turn);
        if outcome.is_err() {
            return Err(Error::Database(sqlx::Error::WorkerCrashed));
        }
        // More may have waited than one commit takes: then the next turn has it.
    }
}

async fn file_waiting(store: Store) {
    let waiting: Vec<Waiting> = {
        let mut waiting = store.inner.queue.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let most = waiting.len().min(MOST);
        waiting.drain(..most).collect()
    };
    let mut raw = Vec::new();
    let mut traces = Vec::with_capacity(waiting.len());
    let (messages, answers): (Vec<_>, Vec<_>) = waiting
        .into_iter()
        .map(|one| {
            raw.extend(one.raw);
            traces.push(one.trace);
            (one.message, one.answer)
        })
        .unzip();
    // A caller that went away does not want its answer; its message is filed all the same.
    match ingest_with(&store, &messages, &raw, &traces, Origin::Outside).await {
        Ok(filed) => {
            for (answer, filed) in answers.into_iter().zip(filed) {
                let _ = answer.send(Ok(filed));
            }
        }
        Err(error) => {
            let words = error.to_string();
            for answer in answers {
                let _ = answer.send(Err(words.clone()));
            }
        }
    }
}

fn received(answer: Result<Result<Filed, String>, oneshot::error::RecvError>) -> Result<Filed> {
    match answer {
        Ok(Ok(filed)) => Ok(filed),
        Ok(Err(words)) => Err(Error::Database(sqlx::Error::Protocol(words))),
        Err(_) => Err(Error::Database(sqlx::Error::WorkerCrashed)),
    }
}

async fn file(
    store: &Store,
    batch: &[InboundMessage],
    raw: &[Prepared],
    traces: &[Option<String>],
    origin: Origin<'_>,
) -> Result<Vec<Filed>> {
    // A deadlock or a lost race is the database's way to say "again"; a fresh picture settles it.
    let mut left = 3;
    loop {
        // One message that the program falls over must not stop its mailbox again and again: it is set aside.
        let filed = guarded(file_once(store, batch, raw, traces, origin))
            .await
            .unwrap_or_else(|panicked| Err(Error::corrupt("message", panicked)));
        match filed {
            // Two contacts became one in the meantime.
            Err(Error::Conflict(_)) if left > 0 => left -= 1,
            Err(Error::Database(sqlx::Error::Database(error)))
                if left > 0
                    && (error.is_unique_violation()
                        || error.code().is_some_and(|code| code == "40P01" || code == "40001")) =>
            {
                left -= 1;
                tracing::debug!(%error, "filing a batch again");
            }
            outcome => return outcome,
        }
    }
}

async fn file_once(
    store: &Store,
    batch: &[InboundMessage],
    raw: &[Prepared],
    traces: &[Option<String>],
    origin: Origin<'_>,
) -> Result<Vec<Filed>> {
    let mut tx = store.begin().await?;
    let mut picture = load::picture(&mut tx, batch).await?;
    let filed: Vec<Filed> = match origin {
        Origin::Past(past) => past.file(&mut tx, &mut picture, batch).await?,
        Origin::Ourselves(people) => people.file(&mut tx, &mut picture, batch).await?,
        Origin::Echoed(sender) => echoes::file_all(store, &mut picture, batch, sender),
        Origin::Outside => batch
            .iter()
            .map(|message| decide::file(store, &mut picture, message))
            .collect(),
    };
    for (filed, trace) in filed.iter().zip(traces) {
        let Some(trace) = trace else { continue };
        let ids = [
            filed.message.as_ref().map(MessageId::as_str),
            filed.conversation.as_ref().map(ConversationId::as_str),
        ];
        for id in ids.into_iter().flatten() {
            tx.traced(id, trace);
        }
    }
    let cursors = batch
        .iter()
        .filter_map(|message| message.cursor.as_ref().map(|cursor| (&message.inbox, cursor)));
    let has_cursors = write::cursors(&mut tx, cursors).await?;
    crate::fault::point("ingest.before_write");
    if write::changes(&mut tx, picture).await? {
        if let Origin::Past(past) = origin {
            past.remember(&mut tx, &filed).await?;
        }
        let stored: Vec<Prepared> = of_batch(raw, batch).cloned().collect();
        blobs::put_in(&mut tx, &stored).await?;
        tx.commit().await?;
    } else if has_cursors {
        tx.commit_silently().await?;
    }
    Ok(filed)
}

/// The prepared bytes that messages of this batch name.
fn of_batch<'a>(raw: &'a [Prepared], batch: &'a [InboundMessage]) -> impl Iterator<Item = &'a Prepared> {
    let named: HashSet<&str> = batch
        .iter()
        .filter_map(|message| message.raw.as_ref())
        .map(|raw| raw.sha256.as_str())
        .collect();
    raw.iter()
        .filter(move |prepared| named.contains(prepared.blob.sha256.as_str()))
}

async fn set_aside(store: &Store, message: &InboundMessage, raw: &[Prepared], error: &Error) -> Result<Filed> {
    tracing::warn!(channel = message.channel.as_str(), external_id = message.external_id, %error, "message set aside");
    let mut tx = store.begin().await?;
    let known: Option<(i64,)> = sql("SELECT created_at FROM inboxes WHERE id = $1")
        .bind(&message.inbox)
        .optional(&mut tx)
        .await?;
    // An inbox that is not there has no cursor either.
    let cursor = message.cursor.as_ref().filter(|_| known.is_some());
    write::cursors(&mut tx, cursor.map(|cursor| (&message.inbox, cursor)).into_iter()).await?;
    let filed = Filed {
        outcome: Outcome::Quarantined,
        conversation: None,
        message: None,
        contact: None,
        matched_by: None,
    };
    if quarantine::has(&mut tx, &message.inbox, &message.external_id).await? {
        // It came before; only the cursor may have moved.
        tx.commit_silently().await?;
        return Ok(filed);
    }
    let stored: Vec<Prepared> = of_batch(raw, std::slice::from_ref(message)).cloned().collect();
    blobs::put_in(&mut tx, &stored).await?;
    quarantine::put_in(
        &mut tx,
        quarantine::NewEntry {
            inbox: Some(message.inbox.clone()),
            channel: message.channel,
            external_id: Some(message.external_id.clone()),
            reason: error.to_string(),
            raw_sha256: message.raw.as_ref().map(|raw| raw.sha256.clone()),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(filed)
}
