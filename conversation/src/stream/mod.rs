//! The conversation stream: every committed event, handed to groups of workers.
//!
//! The `events` table is the truth. The stream only says "there is something at this position": in
//! the process itself ([`embedded`]) or through Redis for several processes ([`redis`]). What the
//! stream forgets, the sweeper of [`consumer`] finds in the table.

pub mod consumer;
pub mod embedded;
pub mod redis;

use std::time::Duration;

use crate::db::sql;
use crate::error::Result;
use crate::events::EventKind;
use crate::store::Store;
use crate::types::{ConversationId, Position};

/// A named set of workers that together handle every event of some kinds once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its name; part of what is stored, so it never changes.
    pub name: &'static str,
    /// The kinds that it handles.
    pub kinds: &'static [EventKind],
}

impl Group {
    /// Whether the group handles this kind.
    pub fn wants(&self, kind: EventKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// `('a', 'b')` for SQL; kinds are constants of this program.
    pub(crate) fn kinds_sql(&self) -> String {
        let list: Vec<String> = self.kinds.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
        format!("({})", list.join(", "))
    }
}

/// Word of an event: where it is and whose. The event itself is read from the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Its position.
    pub position: Position,
    /// Its conversation.
    pub conversation: Option<ConversationId>,
}

/// What carries hints to groups.
pub trait EventStream: Send + Sync {
    /// New hints for one worker of a group, waiting up to `wait` for the first.
    fn next(
        &self,
        group: &Group,
        worker: &str,
        most: usize,
        wait: Duration,
    ) -> impl Future<Output = Result<Vec<Hint>>> + Send;
    /// Says that the events at these positions have had their effect.
    fn acknowledge(&self, group: &Group, positions: &[Position]) -> impl Future<Output = Result<()>> + Send;
    /// Takes over hints that another worker was given and has not acknowledged for `idle`.
    fn claim_stale(
        &self,
        group: &Group,
        worker: &str,
        idle: Duration,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Hint>>> + Send;
    /// Says that a worker stops; what it still held can be claimed by others.
    fn leave(&self, group: &Group, worker: &str) -> impl Future<Output = Result<()>> + Send;
}

/// The stream that the configuration chose.
#[derive(Clone)]
pub enum Stream {
    /// In this process.
    Embedded(embedded::Embedded),
    /// Through Redis.
    Redis(redis::RedisStream),
}

impl EventStream for Stream {
    async fn next(&self, group: &Group, worker: &str, most: usize, wait: Duration) -> Result<Vec<Hint>> {
        match self {
            Stream::Embedded(stream) => stream.next(group, worker, most, wait).await,
            Stream::Redis(stream) => stream.next(group, worker, most, wait).await,
        }
    }
    async fn acknowledge(&self, group: &Group, positions: &[Position]) -> Result<()> {
        match self {
            Stream::Embedded(stream) => stream.acknowledge(group, positions).await,
            Stream::Redis(stream) => stream.acknowledge(group, positions).await,
        }
    }
    async fn claim_stale(&self, group: &Group, worker: &str, idle: Duration, most: usize) -> Result<Vec<Hint>> {
        match self {
            Stream::Embedded(stream) => stream.claim_stale(group, worker, idle, most).await,
            Stream::Redis(stream) => stream.claim_stale(group, worker, idle, most).await,
        }
    }
    async fn leave(&self, group: &Group, worker: &str) -> Result<()> {
        match self {
            Stream::Embedded(stream) => stream.leave(group, worker).await,
            Stream::Redis(stream) => stream.leave(group, worker).await,
        }
    }
}

/// Everything at or below this position has had its effect for the group.
pub async fn low_water(store: &Store, group: &Group) -> Result<Position> {
    let row: Option<(i64,)> = sql("SELECT low_water FROM consumers WHERE grp = $1")
        .bind(group.name)
        .optional(store.db())
        .await?;
    Ok(row.map_or(0, |(position,)| position))
}
