//! Events and signals to browsers: one reader of the event log per process, any number of followers,
//! each resuming from the position it has seen.

use std::sync::Arc;
use std::time::Duration;

use conversation::events::Event;
use conversation::store::events_after;
use conversation::stream::redis::RedisStream;
use conversation::types::{AgentId, ConversationId, Position};
use conversation::{Result, Store};
use futures::Stream;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// How many missed events are replayed one by one; beyond that a page is better loaded afresh.
const MOST_REPLAYED: i64 = 1000;

/// How many events one look reads.
const PART: usize = 500;

/// Something of the moment that is not kept: who types, who looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Signal {
    /// The customer types (or stopped).
    CustomerTyping {
        /// Where.
        conversation: ConversationId,
        /// Whether they still do.
        is_typing: bool,
    },
    /// An agent types (or stopped).
    AgentTyping {
        /// Where.
        conversation: ConversationId,
        /// Who.
        name: String,
        /// Whether they still do.
        is_typing: bool,
    },
    /// An agent has the conversation on the screen (or no longer).
    AgentViewing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        agent: AgentId,
        /// Their name.
        name: String,
        /// Whether they still do.
        is_viewing: bool,
    },
}

/// How often a process that has nothing to say is heard all the same.
const BREATH: Duration = Duration::from_secs(15);

/// What one process tells the others.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    process: String,
    signal: Option<Signal>,
}

/// What a follower gets.
#[derive(Debug, Clone)]
pub enum Update {
    /// A committed event.
    Event(Arc<Event>),
    /// Something of the moment.
    Signal(Signal),
    /// Too much was missed: load afresh. Carries the position to go on from.
    Reset(Position),
}

#[derive(Debug, Clone)]
enum Item {
    Event(Arc<Event>),
    Signal(Signal),
    /// The reader begins (again): whoever followed before may have missed what came until then.
    Begun,
}

/// The hub of one process. Cheap to clone.
#[derive(Clone)]
pub struct Realtime {
    store: Store,
    sender: broadcast::Sender<Item>,
    /// Signals of this process, on their way to the others.
    spoken: broadcast::Sender<Signal>,
}

impl Realtime {
    /// A hub over this store.
    pub fn new(store: Store) -> Realtime {
        let (sender, _) = broadcast::channel(4096);
        let (spoken, _) = broadcast::channel(256);
        Realtime { store, sender, spoken }
    }

    /// How many follow.
    pub fn followers(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Sends something of the moment to the followers of this process, and to those of others where
    /// [`Realtime::share`] runs.
    pub fn signal(&self, signal: Signal) {
        // Nobody following is no error.
        let _ = self.spoken.send(signal.clone());
        self.pass_on(signal);
    }

    fn pass_on(&self, signal: Signal) {
        let _ = self.sender.send(Item::Signal(signal));
    }

    /// Carries signals between the processes, until told to stop. While Redis is away they reach the
    /// followers of their own process only; nothing that is kept depends on it.
    pub async fn share(&self, redis: &RedisStream, process: &str, stop: CancellationToken) {
        let speaking = async {
            let mut spoken = self.spoken.subscribe();
            loop {
                let signal = tokio::select! {
                    () = stop.cancelled() => return,
                    // Silence is told from a dead connection by a word now and then.
                    () = tokio::time::sleep(BREATH) => None,
                    signal = spoken.recv() => match signal {
                        Ok(signal) => Some(signal),
                        // A moment that is over need not be told.
                        Err(broadcast::error::RecvError::Lagged(_)) => continue,
                        Err(broadcast::error::RecvError::Closed) => return,
                    },
                };
                let said = Said {
                    process: process.to_owned(),
                    signal,
                };
                let words = serde_json::to_string(&said).unwrap_or_default();
                if let Err(error) = redis.say(&words).await {
                    tracing::debug!(%error, "a signal stays in this process");
                }
            }
        };
        let hearing = redis.hear(BREATH * 3, stop.clone(), |words| {
            // What another version says in words of its own is not for this one.
            if let Ok(Said {
                process: from,
                signal: Some(signal),
            }) = serde_json::from_str(words)
                && from != process
            {
                self.pass_on(signal);
            }
        });
        futures::join!(speaking, hearing);
    }

    /// Reads what is committed, here or elsewhere, and passes it on, until told to stop.
    pub async fn run(&self, stop: CancellationToken) -> Result<()> {
        let mut committed = self.store.committed();
        let mut last = self.store.head().await?;
        // Nobody following is no error.
        let _ = self.sender.send(Item::Begun);
        loop {
            committed.mark_unchanged();
            loop {
                let events = events_after(self.store.db(), last, PART as i64).await?;
                let Some(newest) = events.last() else { break };
                last = newest.position;
                let is_all = events.len() < PART;
                if self.sender.receiver_count() > 0 {
                    for event in events {
                        let _ = self.sender.send(Item::Event(Arc::new(event)));
                    }
                }
                if is_all {
                    break;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                // A command on the same data commits without telling us.
                _ = tokio::time::timeout(Duration::from_secs(1), committed.changed()) => {}
            }
        }
    }

    /// Follows from a position: first what was missed, then what comes, without a gap.
    pub fn follow(&self, after: Position) -> impl Stream<Item = Update> + Send + use<> {
        let store = self.store.clone();
        // Register first, read second: what is committed in between is in both and passed once.
        let receiver = self.sender.subscribe();
        let state = Follower {
            store,
            receiver,
            last: after,
            replay: Vec::new().into_iter(),
            must_replay: true,
        };
        futures::stream::unfold(state, Follower::next)
    }
}

struct Follower {
    store: Store,
    receiver: broadcast::Receiver<Item>,
    last: Position,
    replay: std::vec::IntoIter<Event>,
    must_replay: bool,
}

impl Follower {
    async fn next(mut self) -> Option<(Update, Follower)> {
        loop {
            if let Some(event) = self.replay.next() {
                self.last = event.position;
                return Some((Update::Event(Arc::new(event)), self));
            }
            if self.must_replay {
                let missed = events_after(self.store.db(), self.last, MOST_REPLAYED + 1).await.ok()?;
                if i64::try_from(missed.len()).unwrap_or(i64::MAX) > MOST_REPLAYED {
                    self.last = self.store.head().await.ok()?;
                    return Some((Update::Reset(self.last), self));
                }
                self.must_replay = false;
                self.replay = missed.into_iter();
                continue;
            }
            match self.receiver.recv().await {
                Ok(Item::Event(event)) if event.position > self.last => {
                    // The hub skips what nobody followed; a hole means that we began in one.
                    if event.position > self.last + 1 {
                        self.must_replay = true;
                        continue;
                    }
                    self.last = event.position;
                    return Some((Update::Event(event), self));
                }
                Ok(Item::Event(_)) => {}
                Ok(Item::Signal(signal)) => return Some((Update::Signal(signal), self)),
                Ok(Item::Begun) | Err(broadcast::error::RecvError::Lagged(_)) => self.must_replay = true,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests;
