//! The store: pools, files, keys and clock in one handle, and the transaction that cannot commit
//! without naming its events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::blobs::Blobs;
use crate::conversations::Conversation;
use crate::db::{Db, DbTx, On, Running, Target, insert_rows, sql};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::events::{Event, EventKind, NewEvent};
use crate::ingest::Queue;
use crate::keys::Keys;
use crate::once;
use crate::stretches::News;
use crate::tallies::Tallies;
use crate::trace;
use crate::types::{Actor, Millis, Position};

/// Everything the core needs. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) env: Env,
    pub(crate) keys: Keys,
    pub(crate) committed: watch::Sender<Position>,
    pub(crate) queue: Queue,
    pub(crate) inboxes: crate::inboxes::Remembered,
    pub(crate) trail: crate::audit::Trail,
    pub(crate) leases: crate::leases::Watched,
}

impl Store {
    /// Puts a store together.
    pub fn new(db: Db, blobs: Blobs, env: Env, keys: Keys) -> Store {
        let (committed, _) = watch::channel(0);
        Store {
            inner: Arc::new(Inner {
                db,
                blobs,
                env,
                keys,
                committed,
                queue: Queue::default(),
                inboxes: crate::inboxes::Remembered::default(),
                trail: crate::audit::Trail::default(),
                leases: crate::leases::Watched::default(),
            }),
        }
    }

    /// For reading.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Time, ids, randomness.
    pub fn env(&self) -> &Env {
        &self.inner.env
    }

    /// Now, in UTC milliseconds.
    pub fn now(&self) -> Millis {
        self.inner.env.now()
    }

    /// Files.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// Stores bytes; see [`Blobs::put`].
    pub async fn put_blob(&self, bytes: &[u8]) -> Result<crate::inbound::BlobRef> {
        self.inner.blobs.put(&self.inner.env, bytes).await
    }

    /// Signing and sealing.
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Begins a writing transaction.
    pub fn begin(&self) -> Running<'_, Tx> {
        Box::pin(async move {
            Ok(Tx {
                inner: self.inner.db.begin().await?,
                store: self.clone(),
                events: Vec::new(),
                traces: HashMap::new(),
                tallies: Tallies::default(),
            })
        })
    }

    /// The last position that this process committed, as it moves. Other processes' commits are
    /// seen through the stream.
    pub fn committed(&self) -> watch::Receiver<Position> {
        self.inner.committed.subscribe()
    }

    /// For who looks at the database whenever something was committed, but not for each commit of a crowd:
    /// looks begin at least `apart` from each other.
    pub fn commits(&self, apart: Duration) -> Commits {
        Commits {
            receiver: self.committed(),
            looked_at: Instant::now(),
            apart,
        }
    }

    /// Tells this process that somebody else committed up to `position`.
    pub fn announce(&self, position: Position) {
        self.inner.committed.send_if_modified(|last| {
            let is_newer = position > *last;
            if is_newer {
                *last = position;
            }
            is_newer
        });
    }

    /// The last committed position.
    pub async fn head(&self) -> Result<Position> {
        let (head,): (i64,) = sql("SELECT value FROM counters WHERE name = 'position'")
            .one(self.db())
            .await?;
        Ok(head)
    }
}

/// Word of commits for who looks at the database; see [`Store::commits`].
#[derive(Debug)]
pub struct Commits {
    receiver: watch::Receiver<Position>,
    looked_at: Instant,
    apart: Duration,
}

impl Commits {
    /// Says that a look begins: what is committed from now on is news.
    pub fn look(&mut self) {
        self.receiver.mark_unchanged();
        self.looked_at = Instant::now();
    }

    /// Waits for something committed since the last look began, `within` at most.
    pub async fn changed(&mut self, within: Duration) {
        // The sender lives in the store, so the channel cannot be closed; a time-out is a look.
        let _ = tokio::time::timeout(within, self.receiver.changed()).await;
        tokio::time::sleep_until(self.looked_at + self.apart.min(within)).await;
    }
}

/// A writing transaction. Functions that write take `&mut Tx`, change rows and [`Tx::emit`] what
/// happened; whoever began it commits it. Dropped without a commit, nothing happened.
///
/// No network call may be made while one is open.
pub struct Tx {
    inner: DbTx,
    store: Store,
    events: Vec<NewEvent>,
    /// The trace of each message and conversation that others brought here; this moment's is the rest's.
    traces: HashMap<String, String>,
    tallies: Tallies,
}

/// A place within a transaction to come back to.
pub(crate) struct Mark {
    events: usize,
    tallies: Tallies,
}

impl On for &mut Tx {
    fn target(&mut self) -> Target<'_> {
        self.inner.target()
    }
}

impl Tx {
    /// The store that it writes to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Time, ids, randomness.
    pub fn env(&self) -> &Env {
        self.store.env()
    }

    /// Now, in UTC milliseconds.
    pub fn now(&self) -> Millis {
        self.store.now()
    }

    /// Dialect of the open transaction.
    pub(crate) fn dialect(&mut self) -> &mut DbTx {
        &mut self.inner
    }

    /// Makes transactions that name the same key wait for each other's commit, where several write at the same time.
    ///
    /// # Errors
    /// The database is not to be had.
    pub async fn take_turns(&mut self, keys: Vec<String>) -> Result<()> {
        self.inner.take_turns(keys).await
    }

    /// Names an event of this transaction; it gets its position at the commit.
    pub fn emit(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Names the trace that what happens to a subject, or in a conversation, belongs to: a batch has several.
    pub(crate) fn traced(&mut self, subject: &str, trace: &str) {
        self.traces.insert(subject.to_owned(), trace.to_owned());
    }

    /// Whether anything happened that a commit would have to name.
    pub fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// A place to come back to within the transaction.
    pub(crate) async fn mark(&mut self) -> Result<Mark> {
        sql("SAVEPOINT step").run(&mut *self).await?;
        Ok(Mark {
            events: self.events.len(),
            tallies: self.tallies.clone(),
        })
    }

    /// Keeps what was done since.
    pub(crate) async fn keep(&mut self, _: Mark) -> Result<()> {
        sql("RELEASE SAVEPOINT step").run(&mut *self).await?;
        Ok(())
    }

    /// Takes back what was done since; what was held before stays held.
    pub(crate) async fn back_to(&mut self, mark: Mark) -> Result<()> {
        sql("ROLLBACK TO SAVEPOINT step").run(&mut *self).await?;
        sql("RELEASE SAVEPOINT step").run(&mut *self).await?;
        self.events.truncate(mark.events);
        self.tallies = mark.tallies;
        Ok(())
    }

    /// Remembers how a conversation counts that was just read and is held.
    pub(crate) fn hold(&mut self, conversation: &Conversation) {
        self.tallies.hold(conversation);
    }

    /// Counts a conversation that was just written back; it was held before.
    pub(crate) fn changed(&mut self, conversation: &Conversation) {
        self.tallies.changed(conversation);
    }

    /// Counts a conversation that was just added.
    pub(crate) fn created(&mut self, conversation: &Conversation) {
        self.tallies.created(conversation);
    }

    /// The next number of a counter that people see. Taken early it would serialise writers, so
    /// take it last.
    pub(crate) async fn count(&mut self, counter: &'static str, by: i64) -> Result<i64> {
        let (value,): (i64,) = sql("UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value")
            .bind(by)
            .bind(counter)
            .one(&mut *self)
            .await?;
        Ok(value)
    }

    /// Numbers the events and commits. The counter row is the last lock that is taken: positions
    /// are dense (a rollback gives its numbers back) and in the order of the commits.
    ///
    /// # Errors
    /// [`Error::Invalid`] when no event was named; use [`Tx::commit_silently`] for bookkeeping.
    pub fn commit(self) -> Running<'static, Position> {
        Box::pin(self.number_and_commit())
    }

    async fn number_and_commit(mut self) -> Result<Position> {
        if self.events.is_empty() {
            return Err(Error::Invalid(
                "a transaction was about to commit without naming its events".to_owned(),
            ));
        }
        once::mark(&mut self).await?;
        let events = std::mem::take(&mut self.events);
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let last = self.count("position", count).await?;
        let now = self.now();
        let mut touched: Vec<(String, Position, News)> = Vec::new();
        let current = trace::current();
        let traces = std::mem::take(&mut self.traces);
        let rows = events
            .into_iter()
            .zip(last - count + 1..)
            .map(|(event, position)| {
                let own = traces
                    .get(&event.subject)
                    .or_else(|| traces.get(event.conversation.as_ref()?.as_str()));
                let trace = own.or(current.as_ref()).cloned();
                if let Some(conversation) = &event.conversation {
                    let news = News::of(&event);
                    match touched.iter_mut().find(|(id, ..)| id == conversation.as_str()) {
                        Some(entry) => (entry.1, entry.2) = (position, entry.2.max(news)),
                        None => touched.push((conversation.to_string(), position, news)),
                    }
                }
                vec![
                    position.into(),
                    event.kind.as_str().into(),
                    event.conversation.as_ref().into(),
                    event.subject.into(),
                    serde_json::to_string(&event.actor).unwrap_or_default().into(),
                    now.into(),
                    event.data.to_string().into(),
                    trace.into(),
                ]
            })
            .collect();
        insert_rows(
            &mut self,
            "INSERT INTO events (position, kind, conversation_id, subject_id, actor, at, data, trace) VALUES",
            "",
            rows,
        )
        .await?;
        crate::conversations::stamp_positions(&mut self, touched).await?;
        // The counter row is held: nobody else is between here and their commit.
        let tallies = std::mem::take(&mut self.tallies);
        tallies.write(&mut self).await?;
        crate::fault::point("commit.before");
        self.inner.commit().await?;
        crate::fault::point("commit.after");
        self.store.announce(last);
        Ok(last)
    }

    /// Commits what was done, whether something happened that is to be named or not: what is found out only on the way.
    ///
    /// # Errors
    /// The database.
    pub async fn commit_any(self) -> Result<()> {
        if self.has_events() {
            self.commit().await.map(drop)
        } else {
            self.commit_silently().await
        }
    }

    /// Commits bookkeeping that nobody follows: a lease, a session, a cursor without a message.
    ///
    /// # Errors
    /// [`Error::Invalid`] when events were named after all.
    pub fn commit_silently(mut self) -> Running<'static, ()> {
        Box::pin(async move {
            if !self.events.is_empty() {
                return Err(Error::Invalid("events were named; commit them".to_owned()));
            }
            once::mark(&mut self).await?;
            self.inner.commit().await
        })
    }
}

/// Events after a position, in order, at most `most`.
pub async fn events_after(on: impl On, after: Position, most: i64) -> Result<Vec<Event>> {
    let rows: Vec<crate::events::EventRow> = sql("SELECT position, kind, conversation_id, subject_id, actor, at, data, trace FROM events WHERE position > $1 ORDER BY position LIMIT $2")
        .bind(after)
        .bind(most)
        .all(on)
        .await?;
    rows.into_iter().map(Event::try_from).collect()
}

/// The event of a conversation that is not as it was; `data` says by `action` what was done.
pub(crate) fn conversation_updated(
    conversation: &crate::types::ConversationId,
    actor: &Actor,
    data: serde_json::Value,
) -> NewEvent {
    event(
        EventKind::ConversationUpdated,
        conversation,
        conversation.as_str(),
        actor,
        data,
    )
}

/// A shorthand for events about one conversation.
pub(crate) fn event(
    kind: EventKind,
    conversation: &crate::types::ConversationId,
    subject: &str,
    actor: &Actor,
    data: serde_json::Value,
) -> NewEvent {
    NewEvent {
        kind,
        conversation: Some(conversation.clone()),
        subject: subject.to_owned(),
        actor: actor.clone(),
        data,
    }
}
