//! Copies of sent mail into the account's own folder (IMAP APPEND). The folder is searched for the
//! Message-ID before each try, so that a copy is there once, whoever made it: a try of ours whose
//! end was lost, or a provider that keeps copies by itself.

use std::time::Duration;

use conversation::sent_copies::{self, SentCopy};
use conversation::{Store, inboxes};
use tokio_util::sync::CancellationToken;

use super::imap::{self, MailboxError, Session, Special};
use super::oauth;
use super::settings::EmailSettings;
use super::trouble::Trouble;

/// How many copies one look takes.
const BATCH: i64 = 20;
/// How far looks are apart.
const APART: Duration = Duration::from_millis(100);
/// How often to look when nothing woke us.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Makes copies until told to stop.
///
/// # Errors
/// When the database cannot be reached.
pub async fn run(store: &Store, stop: CancellationToken) -> conversation::Result<()> {
    let mut commits = store.commits(APART);
    while !stop.is_cancelled() {
        commits.look();
        if make_due(store).await? > 0 {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = commits.changed(LOOK_EVERY) => {}
        }
    }
    Ok(())
}

/// Makes the copies that are due; returns how many were tried.
///
/// # Errors
/// When the database cannot be reached.
pub async fn make_due(store: &Store) -> conversation::Result<usize> {
    let due = sent_copies::lease(store, BATCH).await?;
    for copy in &due {
        let outcome = match make(store, copy).await {
            Ok(()) => Ok(()),
            // Files may come back, and may be gone for good: the copies behind this one do not wait for it.
            Err(Trouble::Store(error @ conversation::Error::Files(_))) => Err((error.to_string(), true)),
            Err(Trouble::Store(error)) if error.is_transient() => return Err(error),
            Err(Trouble::Store(error)) => Err((error.to_string(), false)),
            Err(Trouble::Mailbox(error)) => Err((error.to_string(), true)),
        };
        if let Err((error, _)) = &outcome {
            tracing::warn!(inbox = %copy.inbox_id, message = %copy.message_id, error, "the copy of a sent mail could not be made");
        }
        sent_copies::settle(store, copy, outcome).await?;
    }
    Ok(due.len())
}

async fn make(store: &Store, copy: &SentCopy) -> Result<(), Trouble> {
    let settings: EmailSettings = inboxes::settings(store, &copy.inbox_id).await?;
    // Switched off since: then there is nothing to do.
    let Some(mailbox) = settings.imap.filter(|_| settings.copy_to_sent) else {
        return Ok(());
    };
    let raw = store.blobs().get(&copy.raw_sha256).await?;
    let Ok(text) = std::str::from_utf8(&raw) else {
        return Err(conversation::Error::corrupt("a sent mail", "it is not text").into());
    };
    let mailbox = oauth::imap(store, &mailbox).await?;
    let mut session = imap::connect(&mailbox).await?;
    let folder = folder(&mut session, &settings.sent_folder).await?;
    if !session.has_message(&folder, &copy.external_id).await? {
        session.append(&folder, text).await?;
        conversation::fault::point("sent_copy.after_append");
    }
    session.logout().await;
    Ok(())
}

/// What servers and programs call it that do not say which it is, lower-cased.
const SENT: [&str; 26] = [
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "sent-mail",
    "sent-items",
    "enviados",
    "enviadas",
    "elementos enviados",
    "mensajes enviados",
    "correo enviado",
    "correos enviados",
    "itens enviados",
    "mensagens enviadas",
    "e-mails enviados",
    "correio enviado",
    "envoyés",
    "envoyes",
    "messages envoyés",
    "éléments envoyés",
    "courrier envoyé",
    "objets envoyés",
    "gesendet",
    "gesendete elemente",
    "gesendete objekte",
    "gesendete nachrichten",
];

/// The folder for sent mail: the configured one, the one that the server names, or one whose name
/// says so.
///
/// # Errors
/// [`MailboxError::Protocol`] when there is none.
pub async fn folder(session: &mut Session, configured: &str) -> Result<String, MailboxError> {
    if !configured.trim().is_empty() {
        return Ok(configured.trim().to_owned());
    }
    let all = session.folders().await?;
    let named = all
        .iter()
        .find(|folder| folder.can_open && folder.special == Some(Special::Sent))
        .or_else(|| {
            all.iter().find(|folder| {
                let last = folder.name.rsplit(['/', '.']).next().unwrap_or_default().to_lowercase();
                folder.can_open && SENT.contains(&last.as_str())
            })
        });
    named.map(|folder| folder.name.clone()).ok_or_else(|| {
        MailboxError::Protocol(
            "the mailbox has no folder for sent mail; make one, or name it in the settings of the inbox".to_owned(),
        )
    })
}
