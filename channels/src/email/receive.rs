//! From raw mail to the conversation: one mail given to us, or a mailbox that is watched.

use std::time::Duration;

use conversation::inbound::{Cursor, InboundMessage};
use conversation::ingest::{self, Filed};
use conversation::types::{Auto, InboxId};
use conversation::{Store, inboxes, leases};
use tokio_util::sync::CancellationToken;

use super::auto;
use super::imap::{self, MailboxError, Session};
use super::mime;
use super::normal::to_inbound;
use super::settings::{EmailSettings, ImapSettings};

/// How many mails one look takes; they share a commit with their cursor.
const BATCH: usize = 50;
/// How long a process keeps a mailbox to itself without renewing, in milliseconds.
const LEASE: i64 = 60_000;
/// How often the lease is renewed while IDLE waits.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// Stores a raw mail and its files, and reads it. The bytes are safe before anything else happens.
///
/// # Errors
/// When the bytes cannot be stored.
pub async fn read(store: &Store, inbox: &InboxId, raw: &[u8]) -> conversation::Result<InboundMessage> {
    let blob = store.put_blob(raw).await?;
    let now = store.now();
    let owned = raw.to_vec();
    // Parsing a hostile mail may take its time; it does so outside the runtime's threads.
    let parsed = tokio::task::spawn_blocking(move || mime::parse(&owned))
        .await
        .map_err(|error| conversation::Error::corrupt("mail", error));
    let parsed = match parsed {
        Ok(parsed) => parsed,
        // The parser promises not to panic; if it does, the mail is kept and shown by its header.
        Err(error) => {
            tracing::error!(%error, raw.sha256 = blob.sha256, "a mail could not be parsed");
            let mut parsed = mime::parse(b"");
            parsed.message_id = format!("sha256-{}@unparsed", blob.sha256);
            parsed.quarantined = Some(error.to_string());
            parsed
        }
    };
    let mut parsed = parsed;
    if parsed.auto == Auto::Bulk {
        // Many a support@ is a group that passes every customer's mail on as a list.
        let own = conversation::inboxes::load(store.db(), inbox).await?.address;
        if auto::is_own_list(&parsed.headers, &own) {
            parsed.auto = Auto::None;
        }
    }
    let mut files = Vec::with_capacity(parsed.attachments.len());
    for file in &parsed.attachments {
        files.push(store.put_blob(&file.bytes).await?);
    }
    Ok(to_inbound(parsed, inbox, blob, files, now))
}

/// Files one raw mail, as an MTA's pipe or a provider's web hook gives it.
///
/// # Errors
/// When nothing could be stored; the giver must keep the mail and try again.
pub async fn deliver(store: &Store, inbox: &InboxId, raw: &[u8]) -> conversation::Result<Filed> {
    let message = read(store, inbox, raw).await?;
    ingest::ingest_one(store, message).await
}

/// Watches the mailbox of an inbox until told to stop: catches up from the cursor, then IDLEs (or
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
            rest(&stop, RENEW_EVERY.min(Duration::from_secs(5))).await;
            continue;
        }
        let settings: EmailSettings = inboxes::settings(store, inbox).await?;
        let Some(imap) = settings.imap else { return Ok(()) };
        let outcome = session(store, inbox, &imap, &lease, owner, timing, &stop, &mut pause).await;
        match outcome {
            Ok(()) => {}
            Err(Trouble::Mailbox(error)) => {
                tracing::warn!(inbox = %inbox, %error, "the mailbox cannot be read; trying again");
                metrics::counter!("mailbox_failures_total").increment(1);
                inboxes::set_health(store, inbox, Some(&error.to_string())).await?;
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

/// How patient a mailbox is watched.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How often to look where the server has no IDLE.
    pub poll_every: Duration,
    /// The longest IDLE.
    pub idle_for: Duration,
}

enum Trouble {
    Mailbox(MailboxError),
    Store(conversation::Error),
}

impl From<MailboxError> for Trouble {
    fn from(error: MailboxError) -> Self {
        Trouble::Mailbox(error)
    }
}

impl From<conversation::Error> for Trouble {
    fn from(error: conversation::Error) -> Self {
        Trouble::Store(error)
    }
}

async fn rest(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

async fn session(
    store: &Store,
    inbox: &InboxId,
    settings: &ImapSettings,
    lease: &str,
    owner: &str,
    timing: Timing,
    stop: &CancellationToken,
    pause: &mut Duration,
) -> Result<(), Trouble> {
    let mut session = imap::connect(settings).await?;
    let selected = session.select().await?;
    let uid_validity = i64::from(selected.uid_validity);
    let cursor = inboxes::cursor(store.db(), inbox, &settings.folder).await?;
    let mut last = match cursor {
        // The server gave every mail a new number: begin at the first one, and let the
        // Message-IDs say what is known already.
        Some(cursor) if cursor.uid_validity != uid_validity => {
            tracing::warn!(inbox = %inbox, "the mailbox was renumbered (UIDVALIDITY changed); reading it from the start");
            0
        }
        Some(cursor) => cursor.last_uid,
        None => 0,
    };
    inboxes::set_health(store, inbox, None).await?;
    *pause = Duration::from_secs(1);
    loop {
        while catch_up(store, inbox, settings, &mut session, uid_validity, &mut last).await? > 0 {
            if stop.is_cancelled() {
                break;
            }
            if leases::hold(store, lease, owner, LEASE).await?.is_none() {
                return Ok(());
            }
        }
        metrics::gauge!("mailbox_checked_at", "inbox" => inbox.to_string()).set(store.now() as f64 / 1000.0);
        let began = tokio::time::Instant::now();
        let most = if session.can_idle() {
            timing.idle_for
        } else {
            timing.poll_every
        };
        while began.elapsed() < most {
            let woken = tokio::select! {
                () = stop.cancelled() => {
                    session.logout().await;
                    return Ok(());
                }
                woken = session.wait(RENEW_EVERY.min(most)) => woken?,
            };
            // The lease may have been lost while the machine slept: two readers are harmless, one
            // is enough.
            if leases::hold(store, lease, owner, LEASE).await?.is_none() {
                session.logout().await;
                return Ok(());
            }
            if woken == imap::Woken::News {
                break;
            }
        }
    }
}

async fn catch_up(
    store: &Store,
    inbox: &InboxId,
    settings: &ImapSettings,
    session: &mut Session,
    uid_validity: i64,
    last: &mut i64,
) -> Result<usize, Trouble> {
    let after = u32::try_from(*last).unwrap_or(u32::MAX);
    let mails = session.fetch_new(after, BATCH).await?;
    let mut batch = Vec::with_capacity(mails.len());
    for mail in &mails {
        let mut message = read(store, inbox, &mail.raw).await?;
        message.cursor = Some(Cursor {
            folder: settings.folder.clone(),
            uid_validity,
            last_uid: i64::from(mail.uid),
        });
        batch.push(message);
    }
    conversation::fault::point("imap.before_ingest");
    ingest::ingest(store, &batch).await?;
    if let Some(newest) = mails.last() {
        *last = i64::from(newest.uid);
    }
    Ok(mails.len())
}
