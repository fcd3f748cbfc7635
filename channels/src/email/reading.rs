//! Reading the folders of a mailbox: each from its cursor on; a first import, however large, goes on where it was cut
//! off.

use std::time::Duration;

use conversation::inbound::Cursor;
use conversation::mailboxes::{self, Folder};
use conversation::types::{InboxId, Millis};
use conversation::{Store, inboxes, ingest};
use futures::StreamExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::imap::{self, FetchedMail, Selected, Session};
use super::receive::read;
use super::settings::{Begin, EmailSettings, ImapSettings};
use super::trouble::Trouble;
use super::{oauth, sent};

/// How many mails one look takes; they share a commit with their cursor.
const BATCH: usize = 100;
/// How many mails are read at the same time.
const AT_ONCE: usize = 8;
/// How long one IDLE waits before it is seen whether there is something else to do.
const IDLE_PART: Duration = Duration::from_secs(20);
/// How often the progress of an import is written down, and how often it is logged.
const TELL_EVERY: Duration = Duration::from_secs(1);
const LOG_EVERY: Duration = Duration::from_secs(10);
/// How far the clock of a server may be behind ours without harm, in milliseconds.
const A_LITTLE: Millis = 120_000;
const DAY: Millis = 24 * 3_600_000;

/// How patient a mailbox is watched.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How often to look where the server has no IDLE, and at folders beside the first.
    pub poll_every: Duration,
    /// The longest IDLE.
    pub idle_for: Duration,
}

/// Reads one mailbox, with the settings that it has now.
pub(super) struct Reader<'a> {
    pub(super) store: &'a Store,
    pub(super) inbox: &'a InboxId,
    pub(super) timing: Timing,
    pub(super) whole: &'a EmailSettings,
    pub(super) settings: &'a ImapSettings,
}

/// Where the reading of an open folder is.
pub(super) struct Place {
    folder: String,
    uid_validity: i64,
    last: u32,
    /// Of the import that is going on: how many mails there were, how many are done.
    import: Option<(i64, i64)>,
    /// Of the folder for sent mail: what was sent before is left alone.
    sent_since: Option<Millis>,
    told: Instant,
    logged: Instant,
}

impl Reader<'_> {
    pub(super) async fn connect(&self) -> Result<Session, Trouble> {
        let settings = oauth::imap(self.store, self.settings).await?;
        Ok(imap::connect(&settings).await?)
    }

    /// Waits until there may be news in the folder that is open; `false` when told to stop.
    pub(super) async fn wait(&self, session: &mut Session, stop: &CancellationToken) -> Result<bool, Trouble> {
        let began = Instant::now();
        let most = if session.can_idle() {
            self.timing.idle_for
        } else {
            self.timing.poll_every
        };
        while began.elapsed() < most {
            let woken = tokio::select! {
                () = stop.cancelled() => return Ok(false),
                woken = session.wait(IDLE_PART.min(most)) => woken?,
            };
            if woken == imap::Woken::News {
                break;
            }
        }
        Ok(true)
    }

    /// Opens a folder and finds the place to read on from.
    pub(super) async fn open(&self, session: &mut Session, folder: &str, is_sent: bool) -> Result<Place, Trouble> {
        let selected = session.open(folder).await?;
        let uid_validity = i64::from(selected.uid_validity);
        let known = mailboxes::folder(self.store.db(), self.inbox, folder).await?;
        let cursor = inboxes::cursor(self.store.db(), self.inbox, folder).await?;
        // What was read as one kind of folder is begun anew as the other.
        let cursor = cursor.filter(|_| known.as_ref().is_some_and(|known| known.is_sent) == is_sent);
        let (last, since) = match cursor {
            Some(cursor) if cursor.uid_validity == uid_validity => {
                let last = u32::try_from(cursor.last_uid).unwrap_or(u32::MAX);
                if let Some(known) = known.as_ref().filter(|known| known.trouble.is_some()) {
                    mailboxes::set_trouble(self.store, self.inbox, &known.folder, None, is_sent).await?;
                }
                (last, known.as_ref().map_or(0, |known| known.since))
            }
            // The server gave every mail a new number: begin at the first one, and let the
            // Message-IDs say what is known already.
            Some(_) => {
                tracing::warn!(inbox = %self.inbox, folder, "the mailbox was renumbered (UIDVALIDITY changed); reading it from the start");
                let since = known.as_ref().map_or(0, |known| known.since);
                let total = if is_sent { 0 } else { i64::from(selected.exists) };
                self.attach(folder, uid_validity, 0, since, total, is_sent).await?;
                (0, since)
            }
            None => self.begin(session, folder, selected, is_sent).await?,
        };
        let known = mailboxes::folder(self.store.db(), self.inbox, folder).await?;
        let import = known
            .filter(|known| known.finished_at.is_none() && known.uid_validity == uid_validity)
            .map(|Folder { total, done, .. }| (total, done));
        if import.is_some() || is_sent {
            session.skip_before(since);
        }
        Ok(Place {
            folder: folder.to_owned(),
            uid_validity,
            last,
            import,
            sent_since: is_sent.then_some(since),
            told: Instant::now(),
            logged: Instant::now(),
        })
    }

    /// Attaches a folder for the first time: from when on is the administrator's choice; what we sent counts from now on.
    async fn begin(
        &self,
        session: &mut Session,
        folder: &str,
        selected: Selected,
        is_sent: bool,
    ) -> Result<(u32, Millis), Trouble> {
        // A server that tells seconds only, or whose clock is a little behind, must not make what comes next look old.
        let now = self.store.now() - if is_sent { A_LITTLE } else { 0 };
        let newest = match selected.uid_next {
            Some(next) => next.saturating_sub(1),
            None => session.list(0).await?.last().map_or(0, |last| last.uid),
        };
        let begin = if is_sent { Begin::Now } else { self.settings.begin };
        let (last, since, total) = match begin {
            Begin::Everything => (0, 0, i64::from(selected.exists)),
            Begin::Now => (newest, now, 0),
            Begin::Days(days) => {
                let since = now - i64::from(days) * DAY;
                let found = session.search_since(since).await?;
                let last = found.first().map_or(newest, |first| first.saturating_sub(1));
                (last, since, i64::try_from(found.len()).unwrap_or(i64::MAX))
            }
        };
        let uid_validity = i64::from(selected.uid_validity);
        self.attach(folder, uid_validity, last, since, total, is_sent).await?;
        Ok((last, since))
    }

    async fn attach(
        &self,
        folder: &str,
        uid_validity: i64,
        last: u32,
        since: Millis,
        total: i64,
        is_sent: bool,
    ) -> conversation::Result<()> {
        let cursor = Cursor {
            folder: folder.to_owned(),
            uid_validity,
            last_uid: i64::from(last),
        };
        tracing::info!(inbox = %self.inbox, folder, mails = total, "reading a folder");
        mailboxes::attach(self.store, self.inbox, &cursor, since, total, is_sent).await
    }

    /// Files everything above the place; `false` when told to stop before its end. While one batch
    /// is filed the next one is fetched.
    pub(super) async fn catch_up(
        &self,
        session: &mut Session,
        place: &mut Place,
        stop: &CancellationToken,
    ) -> Result<bool, Trouble> {
        let (mut mails, mut up_to) = session.fetch_new(place.last, BATCH).await?;
        loop {
            if mails.is_empty() {
                if up_to > place.last {
                    // Everything that was listed was passed over.
                    inboxes::move_cursor(self.store, self.inbox, &self.cursor(place, up_to)).await?;
                    place.last = up_to;
                }
                self.tell(place, true).await?;
                // From now on what appears is new here, however old: somebody put it there. Of what we sent, the old is not
                // said now.
                session.skip_before(place.sent_since.unwrap_or(0));
                return Ok(true);
            }
            let count = mails.len();
            let (filed, next) = tokio::join!(self.file(place, mails), session.fetch_new(up_to, BATCH));
            filed?;
            place.last = up_to;
            if let Some((_, done)) = &mut place.import {
                *done += i64::try_from(count).unwrap_or_default();
            }
            self.tell(place, false).await?;
            (mails, up_to) = next?;
            if stop.is_cancelled() {
                return Ok(false);
            }
        }
    }

    fn cursor(&self, place: &Place, uid: u32) -> Cursor {
        Cursor {
            folder: place.folder.clone(),
            uid_validity: place.uid_validity,
            last_uid: i64::from(uid),
        }
    }

    async fn file(&self, place: &Place, mails: Vec<FetchedMail>) -> conversation::Result<()> {
        let span = tracing::info_span!(target: "trace", "fetch mail", otel.kind = "consumer", mails = mails.len(), inbox = %self.inbox);
        self.file_all(place, mails).instrument(span).await
    }

    async fn file_all(&self, place: &Place, mails: Vec<FetchedMail>) -> conversation::Result<()> {
        if let Some(since) = place.sent_since {
            let mails = mails.into_iter().map(|mail| (self.cursor(place, mail.uid), mail));
            return sent::file(self.store, self.inbox, since, mails.collect()).await;
        }
        let batch: Vec<_> = futures::stream::iter(mails)
            .map(|mail| async move {
                let mut message = read(self.store, self.inbox, &mail.raw).await?;
                message.cursor = Some(self.cursor(place, mail.uid));
                Ok::<_, conversation::Error>(message)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        let batch = batch.into_iter().collect::<conversation::Result<Vec<_>>>()?;
        conversation::fault::point("imap.before_ingest");
        ingest::ingest(self.store, &batch).await?;
        conversation::fault::point("imap.after_ingest");
        Ok(())
    }

    /// Writes down how far an import is; once it is at its end there is none.
    async fn tell(&self, place: &mut Place, is_finished: bool) -> conversation::Result<()> {
        let Some((total, done)) = place.import else {
            return Ok(());
        };
        if is_finished {
            mailboxes::progress(self.store, self.inbox, &place.folder, done, true).await?;
            if done > 0 {
                tracing::info!(inbox = %self.inbox, folder = place.folder, mails = done, "the folder is read");
            }
            place.import = None;
        } else if place.told.elapsed() > TELL_EVERY {
            place.told = Instant::now();
            mailboxes::progress(self.store, self.inbox, &place.folder, done, false).await?;
            if place.logged.elapsed() > LOG_EVERY {
                place.logged = Instant::now();
                tracing::info!(inbox = %self.inbox, folder = place.folder, done, total, "reading the folder");
            }
        }
        Ok(())
    }
}
