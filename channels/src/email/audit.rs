//! The daily audit: what the server has in a folder is compared with what the store has, and what is
//! not filed is listed, for a person to file with one press.

use conversation::ingest::{self, Filed};
use conversation::mailboxes::{self, Folder, Unfiled};
use conversation::types::{InboxId, Millis};
use conversation::{Store, inboxes};

use super::headers::message_ids;
use super::imap::{self, Listed, MailboxError, Session};
use super::normal::usable_id;
use super::receive::read;
use super::settings::{EmailSettings, ImapSettings};
use super::trouble::Trouble;
use super::{mime, oauth};

/// How many unfiled mails of a folder are listed; a mailbox with more has another trouble.
const MOST: usize = 1_000;

/// Why a mailbox could not be compared, or a mail not be filed.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The server.
    #[error("{0}")]
    Mailbox(#[from] MailboxError),
    /// The store.
    #[error("{0}")]
    Store(#[from] conversation::Error),
    /// There is nothing to do it with; the words say what is missing.
    #[error("{0}")]
    Nothing(&'static str),
}

/// Audits the folders of a mailbox whose last audit is older than `every` milliseconds and whose
/// import is done.
pub(super) async fn due(store: &Store, inbox: &InboxId, settings: &ImapSettings, every: Millis) -> Result<(), Trouble> {
    let now = store.now();
    let read = settings.folders();
    for folder in mailboxes::folders(store.db(), inbox).await? {
        let began = folder.audited_at.or(folder.finished_at);
        if read.contains(&folder.folder.as_str()) && began.is_some_and(|at| at + every <= now) {
            match one(store, inbox, settings, &folder).await {
                Ok(_) | Err(AuditError::Nothing(_)) => {}
                Err(AuditError::Mailbox(error)) => return Err(Trouble::Mailbox(error)),
                Err(AuditError::Store(error)) => return Err(Trouble::Store(error)),
            }
        }
    }
    Ok(())
}

/// Audits all folders of an inbox now; returns how many mails are not filed.
///
/// # Errors
/// [`AuditError`].
pub async fn now(store: &Store, inbox: &InboxId) -> Result<usize, AuditError> {
    let settings: EmailSettings = inboxes::settings(store, inbox).await?;
    let settings = settings
        .imap
        .ok_or(AuditError::Nothing("this inbox reads no mailbox"))?;
    let read = settings.folders();
    let mut count = 0;
    for folder in mailboxes::folders(store.db(), inbox).await? {
        if read.contains(&folder.folder.as_str()) && folder.uid_validity != 0 {
            count += one(store, inbox, &settings, &folder).await?;
        }
    }
    Ok(count)
}

async fn one(store: &Store, inbox: &InboxId, settings: &ImapSettings, folder: &Folder) -> Result<usize, AuditError> {
    let outcome = compare(store, inbox, settings, folder).await;
    let words = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let found = outcome.as_ref().map(Clone::clone).map_err(|_| words.as_str());
    mailboxes::record_audit(store, inbox, &folder.folder, found).await?;
    let (total, unfiled) = outcome?;
    if unfiled.is_empty() {
        tracing::info!(inbox = %inbox, folder = folder.folder, mails = total, "audit: everything is filed");
    } else {
        tracing::warn!(inbox = %inbox, folder = folder.folder, mails = total, unfiled = unfiled.len(), "audit: mails are not filed; see the settings of the inbox");
    }
    Ok(unfiled.len())
}

async fn connect(store: &Store, settings: &ImapSettings) -> Result<Session, AuditError> {
    let settings = match oauth::imap(store, settings).await {
        Ok(settings) => settings,
        Err(Trouble::Mailbox(error)) => return Err(error.into()),
        Err(Trouble::Store(error)) => return Err(error.into()),
    };
    Ok(imap::connect(&settings).await?)
}

async fn compare(
    store: &Store,
    inbox: &InboxId,
    settings: &ImapSettings,
    folder: &Folder,
) -> Result<(i64, Vec<Unfiled>), AuditError> {
    let mut session = connect(store, settings).await?;
    let selected = session.open(&folder.folder).await?;
    let uid_validity = i64::from(selected.uid_validity);
    let cursor = inboxes::cursor(store.db(), inbox, &folder.folder).await?;
    // What is above the cursor is not late yet; a renumbered folder is read anew first.
    let Some(cursor) = cursor.filter(|cursor| cursor.uid_validity == uid_validity) else {
        return Err(AuditError::Nothing("the folder is being read anew; the audit waits"));
    };
    let end = u32::try_from(cursor.last_uid).unwrap_or(u32::MAX);
    let mut unfiled = Vec::new();
    let mut total = 0i64;
    let mut after = 0;
    loop {
        let window = session.list(after).await?;
        let Some(last) = window.last() else { break };
        after = last.uid;
        let wanted: Vec<Listed> = window
            .into_iter()
            .filter(|one| one.uid <= end && one.arrived_at.is_none_or(|at| at >= folder.since))
            .collect();
        total += i64::try_from(wanted.len()).unwrap_or_default();
        if unfiled.len() < MOST {
            look(store, inbox, folder, uid_validity, &mut session, &wanted, &mut unfiled).await?;
        }
        if after >= end {
            break;
        }
    }
    session.logout().await;
    unfiled.truncate(MOST);
    Ok((total, unfiled))
}

async fn look(
    store: &Store,
    inbox: &InboxId,
    folder: &Folder,
    uid_validity: i64,
    session: &mut Session,
    wanted: &[Listed],
    unfiled: &mut Vec<Unfiled>,
) -> Result<(), AuditError> {
    let mut found = Vec::with_capacity(wanted.len());
    for headed in session.headers(wanted).await? {
        let parsed = mime::parse(&headed.header);
        let has_id = parsed
            .headers
            .get("message-id")
            .is_some_and(|id| !message_ids(id, 1).is_empty());
        let id = if has_id {
            parsed.message_id.clone()
        } else {
            // Its id was made of its bytes, so they are needed.
            let mail = session.fetch(&[headed.listed]).await?;
            match mail.first() {
                Some(mail) => mime::parse(&mail.raw).message_id,
                None => parsed.message_id.clone(),
            }
        };
        let id = usable_id(&id);
        let sender = parsed
            .from
            .as_ref()
            .map(|from| from.address.clone())
            .unwrap_or_default();
        found.push((
            id.clone(),
            Unfiled {
                folder: folder.folder.clone(),
                uid_validity,
                uid: i64::from(headed.listed.uid),
                message_id: has_id.then_some(id),
                sender: sender.chars().take(200).collect(),
                subject: parsed.subject.unwrap_or_default().chars().take(200).collect(),
                size: i64::from(headed.listed.size),
                arrived_at: headed.listed.arrived_at,
            },
        ));
    }
    let ids: Vec<String> = found.iter().map(|(id, _)| id.clone()).collect();
    let known = mailboxes::known(store.db(), inbox, &ids).await?;
    unfiled.extend(
        found
            .into_iter()
            .filter(|(id, _)| !known.contains(id))
            .map(|(_, mail)| mail),
    );
    Ok(())
}

/// Files a mail that an audit found.
///
/// # Errors
/// [`AuditError::Nothing`] when the server no longer has it under that number.
pub async fn file(store: &Store, inbox: &InboxId, mail: &Unfiled) -> Result<Filed, AuditError> {
    let settings: EmailSettings = inboxes::settings(store, inbox).await?;
    let settings = settings
        .imap
        .ok_or(AuditError::Nothing("this inbox reads no mailbox"))?;
    let mut session = connect(store, &settings).await?;
    let selected = session.open(&mail.folder).await?;
    let gone = AuditError::Nothing("the mail is no longer there; run the audit again");
    if i64::from(selected.uid_validity) != mail.uid_validity {
        return Err(gone);
    }
    let Ok(uid) = u32::try_from(mail.uid) else {
        return Err(gone);
    };
    let listed = session.list(uid.saturating_sub(1)).await?;
    let Some(one) = listed.into_iter().find(|one| one.uid == uid) else {
        return Err(gone);
    };
    let fetched = session.fetch(&[one]).await?;
    session.logout().await;
    let Some(fetched) = fetched.into_iter().next() else {
        return Err(gone);
    };
    let message = read(store, inbox, &fetched.raw).await?;
    let filed = ingest::ingest_one(store, message).await?;
    mailboxes::settle_unfiled(store, inbox, mail).await?;
    Ok(filed)
}
