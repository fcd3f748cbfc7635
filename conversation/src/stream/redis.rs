//! The stream through Redis: entries `<position>-0`, consumer groups over several processes.
//!
//! Redis gives speed; the database gives the guarantee. A relay in every process copies positions
//! with explicit ids, so that a second relay is harmless; an empty or lost Redis is filled again
//! from the lowest position that some group has not finished.

mod link;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamAutoClaimOptions, StreamAutoClaimReply, StreamReadOptions, StreamReadReply};
use redis::{AsyncCommands, RedisError, Value};
use tokio_util::sync::CancellationToken;

use self::link::Link;
use super::{EventStream, Group, Hint, low_water};
use crate::db::sql;
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::store::{Store, events_after};
use crate::types::{ConversationId, Position};

/// How many entries Redis keeps: a window for slow workers, not an archive.
const KEEP: usize = 200_000;
/// How many events one look copies.
const PART: i64 = 500;
/// How often the relay looks when nothing woke it: another process may have died before copying.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before listening is tried again.
const HEAR_AGAIN: Duration = Duration::from_secs(1);

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct RedisStream {
    store: Store,
    link: Link,
    key: String,
    /// The channel of what is said and not kept.
    moments: String,
    /// The connections on which workers wait, by group and worker, with the wait they are made for.
    readers: Arc<Mutex<HashMap<(String, String), (Duration, MultiplexedConnection)>>>,
}

fn no_group(error: &RedisError) -> bool {
    error.code() == Some("NOGROUP")
}

fn is_taken(error: &RedisError) -> bool {
    error.to_string().contains("equal or smaller")
}

impl RedisStream {
    /// Connects: to `redis://…`, to the master that sentinels name (`redis+sentinel://…`), or to the node of a cluster
    /// that has the stream (`redis+cluster://…`). `prefix` keeps installations on one Redis apart.
    ///
    /// # Errors
    /// When Redis cannot be reached within five seconds.
    pub async fn connect(store: Store, url: &str, prefix: &str) -> Result<RedisStream> {
        let key = format!("{prefix}:events");
        let link = tokio::time::timeout(Duration::from_secs(5), Link::open(url, &key))
            .await
            .map_err(|_| Error::Invalid("redis.url: no answer within 5 seconds".to_owned()))??;
        Ok(RedisStream {
            store,
            link,
            key,
            moments: format!("{prefix}:moments"),
            readers: Arc::default(),
        })
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<()> {
        let mut connection = self.link.shared().await?;
        let _: String = redis::cmd("PING").query_async(&mut connection).await?;
        Ok(())
    }

    /// Lets the way to Redis know what went wrong: another server may have taken over.
    fn told<T>(&self, outcome: Result<T>) -> Result<T> {
        if let Err(error) = &outcome {
            self.link.hear(error);
        }
        outcome
    }

    async fn create_group(&self, group: &Group) -> Result<()> {
        let from = low_water(&self.store, group).await?;
        let mut connection = self.link.shared().await?;
        let made: Result<(), RedisError> = connection
            .xgroup_create_mkstream(&self.key, group.name, format!("{from}-0"))
            .await;
        match made {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn hints(&self, group: &Group, entries: Vec<redis::streams::StreamId>) -> (Vec<Hint>, Vec<Position>) {
        let mut hints = Vec::new();
        let mut unwanted = Vec::new();
        for entry in entries {
            let Some(position) = entry.id.split('-').next().and_then(|text| text.parse().ok()) else {
                continue;
            };
            let kind = entry
                .get::<String>("kind")
                .and_then(|kind| kind.parse::<EventKind>().ok());
            if kind.is_some_and(|kind| group.wants(kind)) {
                let conversation = entry
                    .get::<String>("conversation")
                    .filter(|id| !id.is_empty())
                    .map(ConversationId::from);
                hints.push(Hint { position, conversation });
            } else {
                unwanted.push(position);
            }
        }
        (hints, unwanted)
    }

    /// The last position that Redis has.
    async fn last(&self) -> Result<Option<Position>> {
        let mut connection = self.link.shared().await?;
        let info: Result<redis::streams::StreamInfoStreamReply, RedisError> = connection.xinfo_stream(&self.key).await;
        match info {
            Ok(info) => Ok(info
                .last_generated_id
                .split('-')
                .next()
                .and_then(|text| text.parse().ok())),
            Err(error) if error.to_string().contains("no such key") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where an empty Redis is filled from: the lowest position that a group has not finished.
    async fn lowest(&self) -> Result<Position> {
        let (low,): (Option<i64>,) = sql("SELECT MIN(low_water) FROM consumers").one(self.store.db()).await?;
        Ok(low.unwrap_or(0))
    }

    /// Copies what Redis does not have yet; returns how many entries.
    ///
    /// # Errors
    /// When Redis or the database cannot be reached: nothing is lost, the next call goes on.
    pub async fn relay_once(&self) -> Result<usize> {
        self.told(self.copy_on().await)
    }

    async fn copy_on(&self) -> Result<usize> {
        let mut copied = 0;
        loop {
            // In this order: what another process copied meanwhile was committed before the head is read.
            let last = self.last().await?;
            let head = self.store.head().await?;
            // Behind what this database ever gave: another installation's Redis, or an older backup.
            let from = match last {
                Some(last) if last > head => {
                    tracing::error!(
                        last,
                        head,
                        "the Redis stream is ahead of the database; starting it anew"
                    );
                    let mut connection = self.link.shared().await?;
                    let _: () = connection.del(&self.key).await?;
                    continue;
                }
                Some(0) | None => self.lowest().await?,
                Some(last) => last,
            };
            let events = events_after(self.store.db(), from, PART).await?;
            let Some(newest) = events.last().map(|event| event.position) else {
                return Ok(copied);
            };
            let mut pipeline = redis::pipe();
            for event in &events {
                let conversation = event.conversation_id.as_ref().map_or("", |id| id.as_str());
                pipeline
                    .xadd(
                        &self.key,
                        format!("{}-0", event.position),
                        &[("kind", event.kind.as_str()), ("conversation", conversation)],
                    )
                    .ignore();
            }
            pipeline
                .xtrim(&self.key, redis::streams::StreamMaxlen::Approx(KEEP))
                .ignore();
            let mut connection = self.link.shared().await?;
            match pipeline.query_async::<Value>(&mut connection).await {
                Ok(_) => copied += events.len(),
                // Another process copied the same at the same moment.
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(error.into()),
            }
            metrics::gauge!("stream_relayed_position").set(newest as f64);
        }
    }

    /// Copies events as they are committed, until told to stop. Redis being away only delays it.
    pub async fn relay(&self, stop: CancellationToken) -> Result<()> {
        let mut committed = self.store.committed();
        loop {
            committed.mark_unchanged();
            if let Err(error) = self.relay_once().await {
                tracing::warn!(%error, "copying events to Redis will be tried again");
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = tokio::time::timeout(LOOK_EVERY, committed.changed()) => {}
            }
        }
    }

    /// Announces in this process what other processes committed, until told to stop.
    pub async fn listen(&self, stop: CancellationToken) -> Result<()> {
        self.told(self.listen_on(stop).await)
    }

    async fn listen_on(&self, stop: CancellationToken) -> Result<()> {
        // A connection of its own: a blocking read must not hold up short commands, nor time out.
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(Duration::from_secs(8)));
        let mut connection = self
            .link
            .client()
            .await?
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let mut from = "$".to_owned();
        loop {
            let options = StreamReadOptions::default().block(3000).count(500);
            let (keys, ids) = ([&self.key], [&from]);
            let read = connection.xread_options(&keys, &ids, &options);
            let reply: Option<StreamReadReply> = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                reply = read => reply?,
            };
            let newest = reply
                .and_then(|reply| reply.keys.into_iter().next())
                .and_then(|key| key.ids.into_iter().next_back());
            match newest {
                Some(entry) => {
                    if let Some(position) = entry.id.split('-').next().and_then(|text| text.parse().ok()) {
                        self.store.announce(position);
                    }
                    from = entry.id;
                }
                // Silence, or a Redis that was emptied and began again: look at the truth.
                None => {
                    let head = self.store.head().await?;
                    self.store.announce(head);
                    from = format!("{head}-0");
                }
            }
        }
    }

    /// Says something of the moment to every process that [`hear`](Self::hear)s. It is kept nowhere:
    /// who does not listen now has missed it.
    ///
    /// # Errors
    /// When Redis cannot be reached.
    pub async fn say(&self, words: &str) -> Result<()> {
        let said = async {
            let mut connection = self.link.shared().await?;
            let _: i64 = connection.publish(&self.moments, words).await?;
            Ok(())
        };
        self.told(said.await)
    }

    /// Passes on what any process says, this one included, until told to stop. While Redis is away,
    /// or silent for longer than `silence`, it tries anew.
    pub async fn hear(&self, silence: Duration, stop: CancellationToken, mut told: impl FnMut(&str) + Send) {
        while !stop.is_cancelled() {
            let listening = async {
                let mut subscription = self.link.client().await?.get_async_pubsub().await?;
                subscription.subscribe(&self.moments).await?;
                let mut messages = subscription.into_on_message();
                // A connection whose other end is gone is silent, and nothing else.
                while let Ok(Some(message)) = tokio::time::timeout(silence, messages.next()).await {
                    if let Ok(words) = message.get_payload::<String>() {
                        told(&words);
                    }
                }
                Ok::<(), Error>(())
            };
            tokio::select! {
                () = stop.cancelled() => return,
                outcome = listening => {
                    if let Err(error) = self.told(outcome) {
                        tracing::debug!(%error, "what other processes say is not heard at the moment");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(HEAR_AGAIN) => {}
            }
        }
    }

    /// A connection of the worker's own, kept between its reads. A read that is given up or fails
    /// takes its connection with it: nobody waits behind a command that still blocks.
    async fn reader(&self, worker: &(String, String), wait: Duration) -> Result<MultiplexedConnection> {
        let kept = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(worker);
        if let Some((limit, connection)) = kept
            && limit == wait
        {
            return Ok(connection);
        }
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(wait + Duration::from_secs(5)));
        Ok(self
            .link
            .client()
            .await?
            .get_multiplexed_async_connection_with_config(&config)
            .await?)
    }
}

impl EventStream for RedisStream {
    async fn next(&self, group: &Group, worker: &str, most: usize, wait: Duration) -> Result<Vec<Hint>> {
        self.told(self.next_on(group, worker, most, wait).await)
    }

    async fn acknowledge(&self, group: &Group, positions: &[Position]) -> Result<()> {
        self.told(self.acknowledge_on(group, positions).await)
    }

    async fn claim_stale(&self, group: &Group, worker: &str, idle: Duration, most: usize) -> Result<Vec<Hint>> {
        self.told(self.claim_stale_on(group, worker, idle, most).await)
    }

    async fn leave(&self, group: &Group, worker: &str) -> Result<()> {
        self.told(self.leave_on(group, worker).await)
    }
}

/// Each step as it is, without a word to the link.
impl RedisStream {
    async fn next_on(&self, group: &Group, worker: &str, most: usize, wait: Duration) -> Result<Vec<Hint>> {
        let me = (group.name.to_owned(), worker.to_owned());
        let mut connection = self.reader(&me, wait).await?;
        let block = usize::try_from(wait.as_millis()).unwrap_or(usize::MAX).max(1);
        let options = StreamReadOptions::default()
            .group(group.name, worker)
            .count(most)
            .block(block);
        let reply: Result<Option<StreamReadReply>, RedisError> =
            connection.xread_options(&[&self.key], &[">"], &options).await;
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) if no_group(&error) => {
                self.create_group(group).await?;
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(me, (wait, connection));
        let entries = reply
            .map(|reply| reply.keys.into_iter().flat_map(|key| key.ids).collect())
            .unwrap_or_default();
        let (hints, unwanted) = self.hints(group, entries);
        self.acknowledge_on(group, &unwanted).await?;
        Ok(hints)
    }

    async fn acknowledge_on(&self, group: &Group, positions: &[Position]) -> Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = positions.iter().map(|position| format!("{position}-0")).collect();
        let mut connection = self.link.shared().await?;
        let _: i64 = connection.xack(&self.key, group.name, &ids).await?;
        Ok(())
    }

    async fn claim_stale_on(&self, group: &Group, worker: &str, idle: Duration, most: usize) -> Result<Vec<Hint>> {
        let mut connection = self.link.shared().await?;
        let idle = usize::try_from(idle.as_millis()).unwrap_or(usize::MAX);
        let options = StreamAutoClaimOptions::default().count(most);
        let reply: Result<StreamAutoClaimReply, RedisError> = connection
            .xautoclaim_options(&self.key, group.name, worker, idle, "0-0", options)
            .await;
        match reply {
            Ok(reply) => {
                let (hints, unwanted) = self.hints(group, reply.claimed);
                self.acknowledge_on(group, &unwanted).await?;
                Ok(hints)
            }
            Err(error) if no_group(&error) => {
                self.create_group(group).await?;
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn leave_on(&self, group: &Group, worker: &str) -> Result<()> {
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(group.name.to_owned(), worker.to_owned()));
        let mut connection = self.link.shared().await?;
        let pending: Result<redis::streams::StreamPendingCountReply, RedisError> = connection
            .xpending_consumer_count(&self.key, group.name, "-", "+", 1, worker)
            .await;
        if pending.is_ok_and(|pending| pending.ids.is_empty()) {
            let _: i64 = connection.xgroup_delconsumer(&self.key, group.name, worker).await?;
        }
        Ok(())
    }
}
