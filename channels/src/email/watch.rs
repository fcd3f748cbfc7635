//! Mailboxes that are watched, each by one process: the first folder with IDLE, the others in turns, and the one for
//! sent mail beside them. How a folder is read stands in [`super::reading`].

use std::time::Duration;

use conversation::types::{InboxId, Millis};
use conversation::{Store, inboxes, leases, mailboxes};
use tokio_util::sync::CancellationToken;

use super::imap::MailboxError;
use super::reading::Reader;
pub use super::reading::Timing;
use super::settings::EmailSettings;
use super::trouble::Trouble;
use super::{audit, copies, oauth};

/// How long a process keeps a mailbox to itself without renewing, in milliseconds: so long new mail waits at most
/// when the process that read it was killed.
const LEASE: i64 = 15_000;
/// How often the lease is renewed, whatever the server is doing at the moment; also how often the others try.
const RENEW_EVERY: Duration = Duration::from_secs(4);
/// How often to see whether an audit is due.
const AUDIT_LOOK: Duration = Duration::from_secs(600);
/// How often a folder is audited, in milliseconds.
const AUDIT_EVERY: Millis = 24 * 3_600_000;
/// The longest pause after trouble.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Watches the mailbox of an inbox until told to stop: catches up from the cursors, then IDLEs (or
/// polls). Only one process at a time does it; the others wait for its lease to end.
///
/// # Errors
/// When the connection or the database is lost; the supervisor begins again after a pause.
pub async fn watch(
    store: &Store,
    inbox: &InboxId,
    owner: &str,
    timing: Timing,
    stop: CancellationToken,
) -> conversation::Result<()> {
    let lease = format!("mailbox:{inbox}");
    let mut pause = Duration::from_secs(1);
    while !stop.is_cancelled() {
        if leases::hold(store, &lease, owner, LEASE).await?.is_none() {
            rest(&stop, RENEW_EVERY).await;
            continue;
        }
        let whole: EmailSettings = inboxes::settings(store, inbox).await?;
        let Some(settings) = &whole.imap else { return Ok(()) };
        let watch = Watch {
            reader: Reader {
                store,
                inbox,
                timing,
                whole: &whole,
                settings,
            },
            lease: &lease,
            owner,
        };
        match watch.all(&stop, &mut pause).await {
            Ok(()) => {}
            Err(Trouble::Mailbox(error)) => {
                tracing::warn!(inbox = %inbox, %error, "the mailbox cannot be read; trying again");
                metrics::counter!("mailbox_failures_total").increment(1);
                if matches!(error, MailboxError::Auth(_)) {
                    // A token may have been taken back before its time.
                    oauth::forget_access(store, &settings.auth).await?;
                }
                let words = error.to_string();
                let trouble = inboxes::Trouble {
                    code: error.code(),
                    words: &words,
                };
                inboxes::set_health(store, inbox, Some(trouble)).await?;
                // Up to five minutes, with jitter, and never given up.
                let jitter = Duration::from_millis(store.env().below(1000));
                rest(&stop, pause + jitter).await;
                pause = (pause * 2).min(Duration::from_secs(300));
            }
            Err(Trouble::Store(error)) => return Err(error),
        }
    }
    leases::release(store, &lease, owner).await
}

async fn rest(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

struct Watch<'a> {
    reader: Reader<'a>,
    lease: &'a str,
    owner: &'a str,
}

impl Watch<'_> {
    /// The first folder, the others, the one for sent mail and the audits, until one of the first two ends or the settings change.
    async fn all(&self, stop: &CancellationToken, pause: &mut Duration) -> Result<(), Trouble> {
        let folders = self.reader.settings.folders();
        let Some((first, others)) = folders.split_first() else {
            return Ok(());
        };
        let own = stop.child_token();
        let main = async {
            let ended = self.first(first, &own, pause).await;
            own.cancel();
            ended
        };
        let beside = async {
            let ended = self.others(others, &own).await;
            if ended.is_err() {
                own.cancel();
            }
            ended
        };
        let sent = async {
            let ended = self.sent(&own).await;
            if ended.is_err() {
                own.cancel();
            }
            ended
        };
        let audits = async {
            while !own.is_cancelled() {
                rest(&own, AUDIT_LOOK).await;
                if !own.is_cancelled()
                    && let Err(Trouble::Store(error)) =
                        audit::due(self.reader.store, self.reader.inbox, self.reader.settings, AUDIT_EVERY).await
                {
                    tracing::warn!(inbox = %self.reader.inbox, %error, "the audit could not be made");
                }
            }
        };
        let lease = async {
            while !own.is_cancelled() {
                rest(&own, RENEW_EVERY).await;
                if own.is_cancelled() {
                    break;
                }
                // Lost while the machine or the database slept. Two readers are harmless, one is enough.
                match self.holds().await {
                    Ok(true) => match self.has_changed().await {
                        Ok(false) => {}
                        Ok(true) => own.cancel(),
                        Err(error) => {
                            tracing::warn!(inbox = %self.reader.inbox, %error, "the settings of the mailbox could not be read")
                        }
                    },
                    Ok(false) => own.cancel(),
                    Err(error) => {
                        tracing::warn!(inbox = %self.reader.inbox, ?error, "the lease of the mailbox could not be renewed");
                    }
                }
            }
        };
        let (main, beside, sent, (), ()) = tokio::join!(main, beside, sent, audits, lease);
        main.and(beside).and(sent)
    }

    /// Whether somebody changed the settings since they were read: what is changed counts at once.
    async fn has_changed(&self) -> conversation::Result<bool> {
        let now: EmailSettings = inboxes::settings(self.reader.store, self.reader.inbox).await?;
        Ok(now != *self.reader.whole)
    }

    /// Whether this process may go on reading.
    async fn holds(&self) -> Result<bool, Trouble> {
        Ok(leases::hold(self.reader.store, self.lease, self.owner, LEASE)
            .await?
            .is_some())
    }

    async fn first(&self, folder: &str, stop: &CancellationToken, pause: &mut Duration) -> Result<(), Trouble> {
        let mut session = self.reader.connect().await?;
        let mut place = self.reader.open(&mut session, folder, false).await?;
        inboxes::set_health(self.reader.store, self.reader.inbox, None).await?;
        *pause = Duration::from_secs(1);
        loop {
            if !self.reader.catch_up(&mut session, &mut place, stop).await? {
                session.logout().await;
                return Ok(());
            }
            metrics::gauge!("mailbox_checked_at", "inbox" => self.reader.inbox.to_string())
                .set(self.reader.store.now() as f64 / 1000.0);
            mailboxes::looked(self.reader.store, self.reader.inbox).await?;
            if !self.reader.wait(&mut session, stop).await? {
                session.logout().await;
                return Ok(());
            }
        }
    }

    /// Whether a folder is the one for sent mail, which is not read as what arrives.
    async fn is_sent(&self, folder: &str) -> conversation::Result<bool> {
        let known = mailboxes::folder(self.reader.store.db(), self.reader.inbox, folder).await?;
        Ok(self.reader.whole.follow_sent && known.is_some_and(|known| known.is_sent))
    }

    /// The further folders, one after the other on a connection of their own. One that cannot be
    /// opened says so and does not stop the others.
    async fn others(&self, folders: &[&str], stop: &CancellationToken) -> Result<(), Trouble> {
        if folders.is_empty() {
            return Ok(());
        }
        let mut session = self.reader.connect().await?;
        while !stop.is_cancelled() {
            for folder in folders {
                if self.is_sent(folder).await? {
                    continue;
                }
                let mut place = match self.reader.open(&mut session, folder, false).await {
                    Ok(place) => place,
                    Err(Trouble::Mailbox(error @ MailboxError::Protocol(_))) => {
                        tracing::warn!(inbox = %self.reader.inbox, folder, %error, "a folder cannot be read");
                        mailboxes::set_trouble(
                            self.reader.store,
                            self.reader.inbox,
                            folder,
                            Some(&error.to_string()),
                            false,
                        )
                        .await?;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                if !self.reader.catch_up(&mut session, &mut place, stop).await? {
                    break;
                }
            }
            rest(stop, self.reader.timing.poll_every).await;
        }
        session.logout().await;
        Ok(())
    }

    /// The folder for sent mail, where it is followed. What is wrong with it is said beside it and stops no mail that arrives.
    async fn sent(&self, stop: &CancellationToken) -> Result<(), Trouble> {
        if !self.reader.whole.follow_sent {
            mailboxes::forget_sent(self.reader.store, self.reader.inbox, None).await?;
            return Ok(());
        }
        let mut pause = self.reader.timing.poll_every;
        while !stop.is_cancelled() {
            let mut folder = self.reader.whole.sent_folder.trim().to_owned();
            match self.follow_sent(&mut folder, &mut pause, stop).await {
                Ok(()) => return Ok(()),
                Err(Trouble::Store(error)) => return Err(Trouble::Store(error)),
                Err(Trouble::Mailbox(error)) => {
                    tracing::warn!(inbox = %self.reader.inbox, folder, %error, "the folder for sent mail cannot be followed; trying again");
                    let name = if folder.is_empty() { "Sent" } else { &folder };
                    let words = error.to_string();
                    mailboxes::set_trouble(self.reader.store, self.reader.inbox, name, Some(&words), true).await?;
                    rest(stop, pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE.max(self.reader.timing.poll_every));
                }
            }
        }
        Ok(())
    }

    /// Follows the folder for sent mail on a connection of its own; `found` becomes its name.
    async fn follow_sent(
        &self,
        found: &mut String,
        pause: &mut Duration,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let mut session = self.reader.connect().await?;
        *found = copies::folder(&mut session, &self.reader.whole.sent_folder).await?;
        mailboxes::forget_sent(self.reader.store, self.reader.inbox, Some(found)).await?;
        if self.reader.settings.folders().first() == Some(&found.as_str()) {
            return Err(MailboxError::Protocol(format!("`{found}` is where mail arrives")).into());
        }
        let mut place = self.reader.open(&mut session, found, true).await?;
        *pause = self.reader.timing.poll_every;
        while self.reader.catch_up(&mut session, &mut place, stop).await?
            && self.reader.wait(&mut session, stop).await?
        {}
        session.logout().await;
        Ok(())
    }
}
