//! The stream inside one process, served from the `events` table. Durable because the table and
//! the `consumed` marks are; only who is working on what lives in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{EventStream, Group, Hint, low_water};
use crate::db::composed_sql;
use crate::error::Result;
use crate::store::Store;
use crate::types::{ConversationId, Position};

/// How often the table is looked at even when this process committed nothing: another process
/// (a command on the same data) may have.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Clone)]
pub struct Embedded {
    store: Store,
    groups: Arc<Mutex<HashMap<&'static str, State>>>,
}

struct State {
    /// Everything up to here was handed out.
    handed: Position,
    /// When the table was last looked at.
    looked_at: Instant,
    /// Handed out and not acknowledged: since when, and whose conversation.
    held: BTreeMap<Position, (Instant, Option<ConversationId>)>,
}

impl Embedded {
    /// A stream over this store.
    pub fn new(store: Store) -> Embedded {
        Embedded {
            store,
            groups: Arc::default(),
        }
    }

    /// Up to where everything was handed out to a group, and when that was looked at.
    fn handed(&self, group: &Group) -> Option<(Position, Instant)> {
        self.groups
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(group.name)
            .map(|state| (state.handed, state.looked_at))
    }

    async fn take(&self, group: &Group, most: usize) -> Result<Vec<Hint>> {
        // Positions are committed in their order: below one that is seen nothing can appear any more.
        let committed = *self.store.committed().borrow();
        let from = match self.handed(group) {
            Some((position, looked_at)) if committed <= position && looked_at.elapsed() < LOOK_EVERY => {
                return Ok(Vec::new());
            }
            Some((position, _)) => position,
            None => low_water(&self.store, group).await?,
        };
        let looked_at = Instant::now();
        let text = format!(
            "SELECT position, conversation_id FROM events WHERE position > $1 AND kind IN {} ORDER BY position LIMIT $2",
            group.kinds_sql()
        );
        let rows: Vec<(i64, Option<ConversationId>)> = composed_sql(text)
            .bind(from)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .all(self.store.db())
            .await?;
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let state = groups.entry(group.name).or_insert(State {
            handed: from,
            looked_at,
            held: BTreeMap::new(),
        });
        state.looked_at = looked_at;
        let mut hints = Vec::new();
        let is_all = rows.len() < most;
        for (position, conversation) in rows {
            // Another worker of this process may have taken some meanwhile.
            if position > state.handed {
                state.handed = position;
                state.held.insert(position, (Instant::now(), conversation.clone()));
                hints.push(Hint { position, conversation });
            }
        }
        // What the group does not want is not looked at again: the log may be long.
        if is_all {
            state.handed = state.handed.max(committed);
        }
        Ok(hints)
    }
}

impl EventStream for Embedded {
    async fn next(&self, group: &Group, _worker: &str, most: usize, wait: Duration) -> Result<Vec<Hint>> {
        let deadline = Instant::now() + wait;
        let mut committed = self.store.committed();
        loop {
            // Look only after marking the present as seen: what is committed in between wakes us.
            committed.mark_unchanged();
            let hints = self.take(group, most).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !hints.is_empty() || left.is_zero() {
                return Ok(hints);
            }
            // The sender lives in the store, so the channel cannot be closed; a time-out is a look.
            let _ = tokio::time::timeout(left.min(LOOK_EVERY), committed.changed()).await;
        }
    }

    async fn acknowledge(&self, group: &Group, positions: &[Position]) -> Result<()> {
        if let Some(state) = self
            .groups
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(group.name)
        {
            for position in positions {
                state.held.remove(position);
            }
        }
        Ok(())
    }

    async fn claim_stale(&self, group: &Group, _worker: &str, idle: Duration, most: usize) -> Result<Vec<Hint>> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = groups.get_mut(group.name) else {
            return Ok(Vec::new());
        };
        let now = Instant::now();
        let mut hints = Vec::new();
        for (position, (since, conversation)) in &mut state.held {
            if hints.len() < most && now.duration_since(*since) >= idle {
                *since = now;
                hints.push(Hint {
                    position: *position,
                    conversation: conversation.clone(),
                });
            }
        }
        Ok(hints)
    }

    async fn leave(&self, _group: &Group, _worker: &str) -> Result<()> {
        Ok(())
    }
}
