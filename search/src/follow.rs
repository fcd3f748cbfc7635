//! Keeping the index in step with the database: built once, then fed from the event log.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use conversation::Store;
use conversation::db::{Db, composed_sql, sql};
use conversation::events::{Event, EventKind};
use conversation::store::events_after;
use tantivy::{IndexWriter, Term};
use tokio_util::sync::CancellationToken;

use crate::index::{Built, Fields, Progress, Search, SearchError};

mod entries;

use entries::{Entry, contacts, messages, tickets};

/// How many rows are read at once.
const PAGE: usize = 500;
/// How many documents are written between two commits while the index is built.
const BETWEEN_COMMITS: usize = 100_000;
/// Changes of a moment share a commit: it takes about as long for one as for hundreds.
const PAUSE: Duration = Duration::from_millis(400);
/// After so long without anything to write the writer is closed.
const REST: Duration = Duration::from_secs(60);

impl Search {
    /// Builds the index where it is not whole, then follows the event log until told to stop.
    ///
    /// # Errors
    /// The database or the disk; what is committed stays, and the next call goes on from there.
    pub async fn run(&self, store: &Store, stop: CancellationToken) -> Result<(), SearchError> {
        let mut pen = Pen::new(self);
        self.begin(store, &mut pen, &stop).await?;
        pen.rest().await?;
        self.tail(store, &mut pen, &stop).await
    }

    /// Brings the index up to the last event, once; for commands and tests.
    ///
    /// # Errors
    /// As [`Search::run`].
    pub async fn catch_up(&self, store: &Store) -> Result<(), SearchError> {
        let mut pen = Pen::new(self);
        self.begin(store, &mut pen, &CancellationToken::new()).await?;
        let mut progress = self.progress();
        loop {
            let events = events_after(store.db(), progress.position, 2000).await?;
            let Some(last) = events.last() else { return Ok(()) };
            progress.position = last.position;
            self.take(store, &mut pen, &events, &progress).await?;
        }
    }

    async fn begin(&self, store: &Store, pen: &mut Pen, stop: &CancellationToken) -> Result<(), SearchError> {
        let head = store.head().await?;
        if self.progress().position > head {
            // Another database than the one it was built from.
            pen.write(Vec::new(), |writer, _| {
                writer.delete_all_documents()?;
                Ok(())
            })
            .await?;
            pen.commit(Progress {
                position: -1,
                building: Some(Built::default()),
            })
            .await?;
        }
        if self.progress().building.is_some() {
            self.build(store, pen, stop).await?;
        }
        Ok(())
    }

    /// What events change; returns whether anything was to be written.
    async fn take(
        &self,
        store: &Store,
        pen: &mut Pen,
        events: &[Event],
        progress: &Progress,
    ) -> Result<bool, SearchError> {
        let Some((gone, entries)) = changed(store.db(), events).await? else {
            // Nothing of it is searched; the next commit remembers that it was seen.
            self.remember(progress);
            return Ok(false);
        };
        pen.write(entries, move |writer, fields| {
            for key in gone {
                writer.delete_term(Term::from_field_text(fields.key, &key));
            }
            Ok(())
        })
        .await?;
        pen.commit(progress.clone()).await?;
        Ok(true)
    }

    /// Everything that there is, in the order of ids, so that it can be gone on with.
    async fn build(&self, store: &Store, pen: &mut Pen, stop: &CancellationToken) -> Result<(), SearchError> {
        let mut progress = self.progress();
        let mut built = progress.building.take().unwrap_or_default();
        if progress.position < 0 {
            // What comes after this moment comes by the event log.
            progress.position = store.head().await?;
        }
        let db = store.db();
        let mut written = 0;
        loop {
            let entries = if let Some(ids) = next(db, "messages", &mut built.message).await? {
                messages(db, &ids).await?
            } else if let Some(ids) = next(db, "contacts", &mut built.contact).await? {
                contacts(db, &ids).await?
            } else if let Some(ids) = next(db, "tickets", &mut built.ticket).await? {
                tickets(db, &ids).await?
            } else {
                break;
            };
            written += entries.len();
            pen.write(entries, |_, _| Ok(())).await?;
            if written >= BETWEEN_COMMITS || stop.is_cancelled() {
                written = 0;
                pen.commit(Progress {
                    position: progress.position,
                    building: Some(built.clone()),
                })
                .await?;
                if stop.is_cancelled() {
                    return Ok(());
                }
            }
        }
        pen.commit(progress).await
    }

    async fn tail(&self, store: &Store, pen: &mut Pen, stop: &CancellationToken) -> Result<(), SearchError> {
        let mut committed = store.committed();
        let mut progress = self.progress();
        let mut written = Instant::now();
        while !stop.is_cancelled() {
            committed.mark_unchanged();
            let events = events_after(store.db(), progress.position, 2000).await?;
            let Some(last) = events.last().map(|event| event.position) else {
                if written.elapsed() > REST {
                    pen.rest().await?;
                }
                tokio::select! {
                    () = stop.cancelled() => break,
                    // A command on the same data commits without telling us.
                    _ = tokio::time::timeout(Duration::from_secs(2), committed.changed()) => {}
                }
                continue;
            };
            progress.position = last;
            let is_written = self.take(store, pen, &events, &progress).await?;
            metrics::gauge!("search_position").set(last as f64);
            if is_written {
                written = Instant::now();
                tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(PAUSE) => {} }
            }
        }
        Ok(())
    }
}

/// Writes the index. What writing takes (threads, buffers of some megabytes, the lock of the folder)
/// is only held while there is something to write.
struct Pen {
    search: Search,
    writer: Option<IndexWriter>,
}

impl Pen {
    fn new(search: &Search) -> Self {
        Self {
            search: search.clone(),
            writer: None,
        }
    }

    /// Runs `work` with the writer where it may block; opens it if need be.
    async fn with(
        &mut self,
        work: impl FnOnce(&Search, &mut IndexWriter) -> Result<(), SearchError> + Send + 'static,
    ) -> Result<(), SearchError> {
        let search = self.search.clone();
        let writer = self.writer.take();
        let worked = tokio::task::spawn_blocking(move || {
            let mut writer = match writer {
                Some(writer) => writer,
                None => search.writer()?,
            };
            work(&search, &mut writer)?;
            Ok::<_, SearchError>(writer)
        });
        self.writer = Some(worked.await.map_err(|_| SearchError::Task)??);
        Ok(())
    }

    async fn write(
        &mut self,
        entries: Vec<Entry>,
        before: impl FnOnce(&mut IndexWriter, &Fields) -> Result<(), SearchError> + Send + 'static,
    ) -> Result<(), SearchError> {
        self.with(move |search, writer| {
            let fields = &search.inner.fields;
            before(writer, fields)?;
            for entry in entries {
                writer.add_document(entry.document(fields))?;
            }
            Ok(())
        })
        .await
    }

    async fn commit(&mut self, progress: Progress) -> Result<(), SearchError> {
        self.with(move |search, writer| search.commit(writer, &progress)).await
    }

    /// Closes the writer until something is written again.
    async fn rest(&mut self) -> Result<(), SearchError> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        tokio::task::spawn_blocking(move || writer.wait_merging_threads())
            .await
            .map_err(|_| SearchError::Task)??;
        Ok(())
    }
}

/// The next ids of a table; moves the mark.
async fn next(db: &Db, table: &'static str, mark: &mut String) -> Result<Option<Vec<String>>, SearchError> {
    let rows: Vec<(String,)> = composed_sql(format!("SELECT id FROM {table} WHERE id > $1 ORDER BY id LIMIT $2"))
        .bind(mark.as_str())
        .bind(i64::try_from(PAGE).unwrap_or(i64::MAX))
        .all(db)
        .await?;
    let Some((last,)) = rows.last() else { return Ok(None) };
    mark.clone_from(last);
    Ok(Some(rows.into_iter().map(|(id,)| id).collect()))
}

type Changed = Option<(Vec<String>, Vec<Entry>)>;

/// What events change: what goes out of the index, and what comes in.
async fn changed(db: &Db, events: &[Event]) -> Result<Changed, SearchError> {
    let (mut about_messages, mut about_contacts, mut about_tickets) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut whole = BTreeSet::new();
    for event in events {
        let subject = event.subject_id.clone();
        match event.kind {
            EventKind::MessageCreated | EventKind::MessageUpdated | EventKind::MessageCancelled => {
                about_messages.insert(subject);
            }
            EventKind::ConversationCreated => {
                // With a new conversation comes, often, a new contact.
                whole.insert((subject, true));
            }
            EventKind::ConversationImported => {
                whole.insert((subject, false));
            }
            EventKind::ConversationUpdated => {
                let action = event.data["action"].as_str().unwrap_or_default();
                if matches!(action, "merged" | "merged_into" | "unmerged" | "split" | "moved") {
                    whole.insert((subject, false));
                }
            }
            EventKind::ContactUpdated | EventKind::ContactMerged | EventKind::ContactImported => {
                about_contacts.insert(subject);
                about_contacts.extend(
                    ["winner", "loser"]
                        .iter()
                        .filter_map(|who| event.data[who].as_str().map(str::to_owned)),
                );
            }
            EventKind::TicketCreated | EventKind::TicketUpdated => {
                about_tickets.insert(subject);
            }
            _ => {}
        }
    }
    for (conversation, is_new) in whole {
        let contact: Option<(String,)> = sql("SELECT contact_id FROM conversations WHERE id = $1")
            .bind(conversation.as_str())
            .optional(db)
            .await?;
        about_contacts.extend(contact.map(|(id,)| id));
        if !is_new {
            let rows: Vec<(String,)> =
                sql("SELECT id FROM messages WHERE conversation_id = $1 ORDER BY id LIMIT 50000")
                    .bind(conversation.as_str())
                    .all(db)
                    .await?;
            about_messages.extend(rows.into_iter().map(|(id,)| id));
        }
    }
    let mut entries = Vec::new();
    let mut gone = Vec::new();
    let parts = |ids: BTreeSet<String>| -> Vec<Vec<String>> {
        let ids: Vec<String> = ids.into_iter().collect();
        ids.chunks(PAGE).map(<[String]>::to_vec).collect()
    };
    for part in parts(about_messages) {
        entries.extend(messages(db, &part).await?);
        gone.extend(part);
    }
    for part in parts(about_contacts) {
        entries.extend(contacts(db, &part).await?);
        gone.extend(part);
    }
    for part in parts(about_tickets) {
        entries.extend(tickets(db, &part).await?);
        gone.extend(part);
    }
    Ok((!gone.is_empty()).then_some((gone, entries)))
}
