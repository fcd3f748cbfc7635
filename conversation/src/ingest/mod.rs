//! Filing what arrives: the only way in for messages.
//!
//! `load` reads in a few queries all that a batch can touch, `decide` files each message against
//! that picture (pure), `write` stores the result; one transaction for the whole batch, so that a
//! burst shares one commit. A message that the database will not take is set aside in quarantine
//! and the others are filed without it.

mod decide;
mod load;
mod write;

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::error::{Error, Result};
use crate::inbound::InboundMessage;
use crate::quarantine;
use crate::store::Store;
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
}

impl Outcome {
    /// The word, as metrics and the command line print it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Created => "created",
            Outcome::Appended => "appended",
            Outcome::Duplicate => "duplicate",
            Outcome::Quarantined => "quarantined",
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
    answer: oneshot::Sender<Result<Filed, String>>,
}

/// Files a batch, in order, in one transaction.
///
/// # Errors
/// Only when the database is not to be had; then nothing was filed, nothing may be acknowledged,
/// and the same batch may be given again. What can never be filed is quarantined instead.
pub async fn ingest(store: &Store, batch: &[InboundMessage]) -> Result<Vec<Filed>> {
    let mut filed = Vec::with_capacity(batch.len());
    for part in batch.chunks(MOST) {
        match file(store, part).await {
            Ok(part) => filed.extend(part),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) if part.len() == 1 => filed.push(set_aside(store, &part[0], &error).await?),
            Err(_) => {
                for message in part {
                    match file(store, std::slice::from_ref(message)).await {
                        Ok(one) => filed.extend(one),
                        Err(error) if error.is_transient() => return Err(error),
                        Err(error) => filed.push(set_aside(store, message, &error).await?),
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

/// Files one message, sharing a commit with whatever arrives at the same moment.
///
/// # Errors
/// As [`ingest`].
pub async fn ingest_one(store: &Store, message: InboundMessage) -> Result<Filed> {
    let (answer, mut answered) = oneshot::channel();
    let queue = &store.inner.queue;
    queue
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Waiting { message, answer });
    // Whoever gets the turn files everything that waits; the others find their answer given.
    let turn = tokio::select! {
        biased;
        answer = &mut answered => return received(answer),
        turn = queue.turn.lock() => turn,
    };
    if let Ok(answer) = answered.try_recv() {
        return received(Ok(answer));
    }
    let store_for_turn = store.clone();
    // A task of its own: a caller that goes away must not take the others' messages with it.
    let work = tokio::spawn(async move {
        let waiting: Vec<Waiting> = {
            let mut waiting = store_for_turn
                .inner
                .queue
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let most = waiting.len().min(MOST);
            waiting.drain(..most).collect()
        };
        let (messages, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.message, one.answer)).unzip();
        match ingest(&store_for_turn, &messages).await {
            Ok(filed) => {
                for (answer, filed) in answers.into_iter().zip(filed) {
                    // A caller that went away does not want its answer; the message is filed.
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
    });
    let outcome = work.await;
    drop(turn);
    if outcome.is_err() {
        return Err(Error::Database(sqlx::Error::WorkerCrashed));
    }
    match answered.try_recv() {
        Ok(answer) => received(Ok(answer)),
        // More waited than one commit takes: the next turn has it.
        Err(oneshot::error::TryRecvError::Empty) => Box::pin(wait_for_turn(store, answered)).await,
        Err(oneshot::error::TryRecvError::Closed) => Err(Error::Database(sqlx::Error::WorkerCrashed)),
    }
}

async fn wait_for_turn(store: &Store, mut answered: oneshot::Receiver<Result<Filed, String>>) -> Result<Filed> {
    loop {
        let queue = &store.inner.queue;
        let turn = tokio::select! {
            biased;
            answer = &mut answered => return received(answer),
            turn = queue.turn.lock() => turn,
        };
        if let Ok(answer) = answered.try_recv() {
            return received(Ok(answer));
        }
        let waiting: Vec<Waiting> = {
            let mut waiting = queue.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let most = waiting.len().min(MOST);
            waiting.drain(..most).collect()
        };
        let (messages, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.message, one.answer)).unzip();
        let outcome = ingest(store, &messages).await;
        drop(turn);
        match outcome {
            Ok(filed) => answers
                .into_iter()
                .zip(filed)
                .for_each(|(answer, filed)| drop(answer.send(Ok(filed)))),
            Err(error) => {
                let words = error.to_string();
                answers
                    .into_iter()
                    .for_each(|answer| drop(answer.send(Err(words.clone()))));
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

async fn file(store: &Store, batch: &[InboundMessage]) -> Result<Vec<Filed>> {
    // A deadlock or a lost race is the database's way to say "again"; a fresh picture settles it.
    let mut left = 3;
    loop {
        match file_once(store, batch).await {
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

async fn file_once(store: &Store, batch: &[InboundMessage]) -> Result<Vec<Filed>> {
    let mut tx = store.begin().await?;
    let mut picture = load::picture(&mut tx, batch).await?;
    let filed: Vec<Filed> = batch
        .iter()
        .map(|message| decide::file(store, &mut picture, message))
        .collect();
    let cursors = batch
        .iter()
        .filter_map(|message| message.cursor.as_ref().map(|cursor| (&message.inbox, cursor)));
    let has_cursors = write::cursors(&mut tx, cursors).await?;
    crate::fault::point("ingest.before_write");
    if write::changes(&mut tx, picture).await? {
        tx.commit().await?;
    } else if has_cursors {
        tx.commit_silently().await?;
    }
    Ok(filed)
}

async fn set_aside(store: &Store, message: &InboundMessage, error: &Error) -> Result<Filed> {
    tracing::warn!(channel = message.channel.as_str(), external_id = message.external_id, %error, "message set aside");
    let mut tx = store.begin().await?;
    write::cursors(
        &mut tx,
        message
            .cursor
            .as_ref()
            .map(|cursor| (&message.inbox, cursor))
            .into_iter(),
    )
    .await?;
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
    Ok(Filed {
        outcome: Outcome::Quarantined,
        conversation: None,
        message: None,
        contact: None,
        matched_by: None,
    })
}
