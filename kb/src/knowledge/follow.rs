//! Bringing over what the database says, once and for as long as the process lives.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use conversation::db::sql;
use conversation::{Error, Result, Store};
use tokio_util::sync::CancellationToken;

use super::build::{build, fetched, trained};
use super::{Contents, Current, Knowledge, Taught};
use crate::index::IndexError;
use crate::{categories, examples, settings, store};

/// How often the events are looked at even when this process committed nothing: a command on the
/// same data does not tell us.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A commit is followed after this, so that a burst of commits is one look.
const SETTLE: Duration = Duration::from_millis(50);
/// How long to wait after a refresh that failed.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

impl Knowledge {
    /// Waits until the database was read once.
    pub async fn ready(&self) {
        // The sender lives in `self`, so this cannot fail.
        let _ = self.inner.ready.subscribe().wait_for(|is_ready| *is_ready).await;
    }

    /// Brings over what differs from the database; returns whether anything did. The new state is
    /// visible to every clone when this returns.
    ///
    /// # Errors
    /// The database is not to be had. A folder that cannot be written is no error: the index goes on
    /// in memory.
    pub async fn refresh(&self, store: &Store) -> Result<bool> {
        let _turn = self.inner.refreshing.lock().await;
        let current = self.current();
        let (internal, public): (Vec<_>, Vec<_>) = store::stamps(store.db())
            .await?
            .into_iter()
            .partition(|stamp| stamp.is_internal);
        let contents = |stamps: Vec<store::Stamp>| -> Contents {
            stamps
                .into_iter()
                .map(|stamp| (stamp.id, (stamp.version, stamp.updated_at)))
                .collect()
        };
        let (stamps, internal_stamps) = (contents(public), contents(internal));
        let tree = categories::load(store.db()).await?;
        let settings = settings::load(store.db()).await?;
        let stamp = examples::stamp(store.db()).await?;
        let is_taught = current.taught.settings == settings && current.taught.stamp == stamp;
        let has_articles = current.holds(&stamps)
            && current.indexed == stamps
            && current.internal_indexed == internal_stamps
            && *current.shelves.tree == tree;
        if has_articles && is_taught {
            self.inner.ready.send_replace(true);
            return Ok(false);
        }
        let articles = fetched(store, &current.articles, &stamps, false).await?;
        let internal = fetched(store, &current.internal, &internal_stamps, true).await?;

        let taught = if is_taught {
            current.taught.clone()
        } else {
            let examples = examples::all(store.db()).await?;
            Arc::new(Taught {
                settings,
                stamp,
                examples,
            })
        };
        let is_trained = is_taught && current.holds(&stamps);
        let run = |next: Result<Current, IndexError>| next.map_err(|error| Error::corrupt("the knowledge base", error));
        // Pages and search first: a large base takes seconds to learn.
        let next = tokio::task::spawn_blocking(move || build(&current, articles, internal, tree, taught))
            .await
            .map_err(|error| Error::corrupt("the knowledge base", error))?;
        let next = Arc::new(run(next)?);
        self.put(next.clone());
        if !is_trained {
            let models = self.inner.reader.loaded();
            let learned = tokio::task::spawn_blocking(move || trained(&next, models.as_ref()))
                .await
                .map_err(|error| Error::corrupt("the knowledge base", error))?;
            self.put(Arc::new(learned));
        }
        self.inner.ready.send_replace(true);
        Ok(true)
    }

    pub(super) fn put(&self, next: Arc<Current>) {
        *self.inner.current.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Follows the database until told to stop.
    ///
    /// # Errors
    /// None at present: what fails is logged and tried again.
    pub async fn run(&self, store: &Store, stop: CancellationToken) -> Result<()> {
        let mut committed = store.committed();
        let mut seen = None;
        while !stop.is_cancelled() {
            committed.mark_unchanged();
            let wait = match self.follow(store, seen).await {
                Ok(position) => {
                    seen = Some(position);
                    if self.read_on().await {
                        continue;
                    }
                    LOOK_EVERY
                }
                Err(error) => {
                    tracing::warn!(%error, "the knowledge base will be brought up to date later");
                    seen = None;
                    AGAIN_AFTER
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tokio::time::timeout(wait, committed.changed()) => {}
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(SETTLE) => {}
            }
        }
        Ok(())
    }

    /// Refreshes when an article changed after a position (or in any case); returns the position that
    /// was looked at.
    async fn follow(&self, store: &Store, seen: Option<i64>) -> Result<i64> {
        // The position first: what is committed in between is looked at again.
        let head = store.head().await?;
        let has_changed = match seen {
            None => true,
            Some(seen) if seen == head => false,
            Some(seen) => {
                let row: Option<(i64,)> = sql(
                    "SELECT position FROM events WHERE position > $1 AND position <= $2 AND kind = 'article.updated' LIMIT 1",
                )
                .bind(seen)
                .bind(head)
                .optional(store.db())
                .await?;
                // A head that went back is another database.
                row.is_some() || head < seen
            }
        };
        if has_changed {
            self.refresh(store).await?;
        }
        Ok(head)
    }
}
