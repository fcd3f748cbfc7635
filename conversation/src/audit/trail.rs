//! Looks, many in one commit: whoever gets the turn writes everything that waits, so that a burst of
//! downloads costs a few commits and each answer still waits until its line is kept.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::Place;
use crate::db::{Value, insert_rows};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::Actor;

type Waiting = (Vec<Value>, oneshot::Sender<()>);

/// What waits to be written.
#[derive(Default)]
pub(crate) struct Trail {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

/// The most lines of one commit.
const MOST: usize = 200;

/// Records what somebody looked at, took along or was refused; a code of [`super::CODES`].
///
/// # Errors
/// When the line could not be kept; then nobody should be shown what it is about.
pub async fn note(store: &Store, actor: &Actor, action: &str, object: &str, detail: &serde_json::Value) -> Result<()> {
    debug_assert!(
        super::CODES.binary_search(&action).is_ok(),
        "{action} is no code of the audit"
    );
    let place = Place::here();
    let row: Vec<Value> = vec![
        store.env().ulid().into(),
        store.now().into(),
        serde_json::to_string(actor).unwrap_or_default().into(),
        action.into(),
        object.chars().take(200).collect::<String>().into(),
        detail.to_string().into(),
        place.address.into(),
        place.user_agent.into(),
    ];
    let (sender, kept) = oneshot::channel();
    let trail = &store.inner.trail;
    trail
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((row, sender));
    let turn = trail.turn.lock().await;
    let part: Vec<Waiting> = {
        let mut waiting = trail.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(MOST);
        waiting.drain(..count).collect()
    };
    if !part.is_empty() {
        let (rows, senders): (Vec<_>, Vec<_>) = part.into_iter().unzip();
        let mut tx = store.begin().await?;
        insert_rows(
            &mut tx,
            "INSERT INTO audit (id, at, actor, action, object, detail, address, user_agent) VALUES",
            "",
            rows,
        )
        .await?;
        tx.commit_silently().await?;
        for sender in senders {
            // Whoever hung up meanwhile asks no more.
            let _ = sender.send(());
        }
    }
    drop(turn);
    // Another one's turn may have taken this line, and failed with it.
    kept.await.map_err(|_| Error::Database(sqlx::Error::WorkerCrashed))
}
