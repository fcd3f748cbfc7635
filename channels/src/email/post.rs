//! The one way that mail leaves, for replies and for what the gateway sends on its own: the inbox's
//! access is renewed, the mail signed, one connection for each inbox kept while its settings hold.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::outbound::{SendError, Sent};
use conversation::types::InboxId;
use conversation::{Store, inboxes};

use super::dkim::Signer;
use super::oauth;
use super::settings::EmailSettings;
use super::smtp::SmtpSender;

/// Hands mails to the servers of their inboxes.
pub struct Post {
    store: Store,
    /// Kept while the settings stay the same.
    senders: Mutex<HashMap<InboxId, (EmailSettings, Arc<tokio::sync::Mutex<SmtpSender>>)>>,
    /// The inboxes whose trouble was told from here, so that it is taken back from here.
    red: Mutex<HashSet<InboxId>>,
}

/// A mail as it left.
#[derive(Debug)]
pub struct Left {
    /// What the server said.
    pub sent: Sent,
    /// Its bytes, signed where the inbox has a key.
    pub raw: Vec<u8>,
}

impl Post {
    /// One without connections.
    pub fn new(store: Store) -> Post {
        Post {
            store,
            senders: Mutex::default(),
            red: Mutex::default(),
        }
    }

    /// The settings of an inbox that can send.
    ///
    /// # Errors
    /// `email.no_smtp`, for good, where it only receives.
    pub async fn settings(&self, inbox: &InboxId) -> Result<EmailSettings, SendError> {
        let settings: EmailSettings = inboxes::settings(&self.store, inbox).await?;
        if settings.smtp.is_none() {
            let error = no_server();
            self.turn_red(inbox, &error).await?;
            return Err(error);
        }
        Ok(settings)
    }

    /// Signs a mail and hands it over for one recipient. An account that is refused makes its inbox
    /// red, whatever the mail was.
    ///
    /// # Errors
    /// [`SendError`], as [`SmtpSender::send`]; what is wrong with the inbox is temporary, since the mail
    /// can leave once it is put right.
    pub async fn send(
        &self,
        inbox: &InboxId,
        settings: &EmailSettings,
        recipient: &str,
        raw: Vec<u8>,
    ) -> Result<Left, SendError> {
        let outcome = self.hand_over(inbox, settings, recipient, raw).await;
        match &outcome {
            // What reading the mailbox says of it stays with the reader, where there is one.
            Ok(_) if self.red().remove(inbox) || settings.imap.is_none() => {
                inboxes::set_health(&self.store, inbox, None).await?;
            }
            Ok(_) => {}
            Err(error) => {
                if error.code() == "smtp.auth"
                    && let Some(auth) = settings.smtp.as_ref().and_then(|smtp| smtp.auth.as_ref())
                {
                    oauth::forget_access(&self.store, auth).await?;
                }
                if is_about_inbox(error) {
                    self.turn_red(inbox, error).await?;
                }
            }
        }
        outcome
    }

    async fn turn_red(&self, inbox: &InboxId, error: &SendError) -> conversation::Result<()> {
        self.red().insert(inbox.clone());
        inboxes::set_health(&self.store, inbox, Some(error.into())).await
    }

    fn red(&self) -> MutexGuard<'_, HashSet<InboxId>> {
        self.red.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn hand_over(
        &self,
        inbox: &InboxId,
        settings: &EmailSettings,
        recipient: &str,
        raw: Vec<u8>,
    ) -> Result<Left, SendError> {
        let smtp = settings.smtp.as_ref().ok_or_else(no_server)?;
        let smtp = oauth::smtp(&self.store, smtp).await?;
        let raw = match &settings.dkim {
            // A mail without its signature may be thrown away unseen: better it waits for the key.
            Some(key) => Signer::new(key)
                .and_then(|signer| signer.sign(&raw, self.store.now()))
                .map_err(|error| SendError::Temporary {
                    code: "email.dkim".to_owned(),
                    reason: format!("{error}; correct it in the settings of the inbox"),
                    retry_after: None,
                })?,
            None => raw,
        };
        let resolved = EmailSettings {
            smtp: Some(smtp.clone()),
            ..settings.clone()
        };
        let sender = {
            let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
            match senders.get(inbox) {
                Some((known, sender)) if *known == resolved => sender.clone(),
                _ => {
                    let domain = settings.address.rsplit_once('@').map_or("", |(_, domain)| domain);
                    let sender = Arc::new(tokio::sync::Mutex::new(SmtpSender::new(smtp, domain)));
                    senders.insert(inbox.clone(), (resolved, sender.clone()));
                    sender
                }
            }
        };
        let sent = sender.lock().await.send(&settings.address, &[recipient], &raw).await?;
        Ok(Left { sent, raw })
    }
}

/// Whether the trouble is with the inbox, not with this mail.
fn is_about_inbox(error: &SendError) -> bool {
    matches!(
        error.code(),
        "email.dkim" | "email.no_smtp" | "smtp.auth" | "smtp.tls" | "smtp.sender" | "smtp.server" | "smtp.limit"
    )
}

fn no_server() -> SendError {
    SendError::Permanent {
        code: "email.no_smtp".to_owned(),
        reason: "this inbox has no server for sending; add one in its settings".to_owned(),
    }
}

#[cfg(test)]
mod tests;
