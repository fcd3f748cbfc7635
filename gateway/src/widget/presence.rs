//! Whether somebody of the business is there, asked once for all open widgets.

use std::sync::{Mutex, PoisonError};

use conversation::types::Millis;
use conversation::{Result, Store};

use super::store;

/// How long an answer is good for, in milliseconds.
const FRESH: Millis = 10_000;

/// The last answer and when it was given.
#[derive(Default)]
pub(super) struct Presence(Mutex<Option<(Millis, bool)>>);

impl Presence {
    /// Whether an agent was seen lately.
    pub(super) async fn is_online(&self, store: &Store) -> Result<bool> {
        let now = store.now();
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, is_online)) = known
            && (at..at + FRESH).contains(&now)
        {
            return Ok(is_online);
        }
        let is_online = store::is_online(store.db(), now).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, is_online));
        Ok(is_online)
    }
}
