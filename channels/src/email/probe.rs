//! Trying the connections of an inbox one step after the other, so that what fails can be named: the
//! name, the connection, the certificate, the sign-in, a folder.

use std::time::Duration;

use conversation::Store;
use conversation::outbound::SendError;

use super::certificate::Refused;
use super::imap::{self, Folder, MailboxError};
use super::settings::{EmailSettings, ImapSettings, TlsMode};
use super::smtp::SmtpSender;
use super::starttls::Protocol;
use super::{handshake, oauth};

/// How long all steps to one server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The host name leads nowhere.
    Name,
    /// Nobody answers there, or refuses to.
    Connect,
    /// The server does not prove who it is, or does not offer the chosen protection.
    Tls,
    /// The server refuses the account.
    SignIn,
    /// The server has no such folder.
    Folder(String),
    /// The server is silent.
    Silent,
    /// The server takes no mail from this address by this account.
    Sender,
    /// The account has sent as much as it may.
    Limit,
    /// Something else.
    Other,
}

impl Failed {
    /// What the code of a trouble with a mailbox or with sending means; `None` where it is another's.
    pub fn of_code(code: &str) -> Option<Failed> {
        let (server, what) = code.split_once('.')?;
        Some(match (server, what) {
            ("imap" | "smtp", "auth") => Failed::SignIn,
            ("imap" | "smtp", "tls") => Failed::Tls,
            ("imap" | "smtp", "connect" | "network") => Failed::Connect,
            ("imap" | "smtp", "timeout") => Failed::Silent,
            ("smtp", "sender") => Failed::Sender,
            ("smtp", "limit") => Failed::Limit,
            ("imap" | "smtp", "protocol" | "server") => Failed::Other,
            _ => return None,
        })
    }
}

/// A step that failed, with the words of whoever refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Which step.
    pub failed: Failed,
    /// The words, in English or the server's own language.
    pub words: String,
    /// The certificate that was refused, where that is why.
    pub certificate: Option<Box<Refused>>,
}

/// A mailbox that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// How many mails the folders have together.
    pub mails: u64,
    /// Whether new mail is told at once.
    pub has_idle: bool,
    /// The folders of the account.
    pub folders: Vec<Folder>,
}

fn failed(failed: Failed, words: impl Into<String>) -> Probe {
    Probe {
        failed,
        words: words.into(),
        certificate: None,
    }
}

/// Where the connection failed at TLS, a look at what the server showed.
async fn with_certificate(
    mut probe: Probe,
    host: &str,
    port: u16,
    tls: TlsMode,
    protocol: Protocol,
    extra_ca: Option<&str>,
) -> Probe {
    if probe.failed == Failed::Tls {
        let refused = handshake::look(host, port, tls, protocol, extra_ca).await;
        probe.certificate = refused.map(Box::new);
    }
    probe
}

async fn resolve(host: &str, port: u16) -> Result<(), Probe> {
    match tokio::net::lookup_host((host, port)).await {
        Ok(mut found) => match found.next() {
            Some(_) => Ok(()),
            None => Err(failed(Failed::Name, format!("{host} has no address"))),
        },
        Err(error) => Err(failed(Failed::Name, format!("{host}: {error}"))),
    }
}

/// Connects, signs in and opens every folder that is to be read.
///
/// # Errors
/// [`Probe`].
pub async fn imap(store: &Store, settings: &ImapSettings) -> Result<Mailbox, Probe> {
    let all = async {
        resolve(&settings.host, settings.port).await?;
        let resolved = oauth::signed_in(store, settings)
            .await
            .map_err(|error| failed(Failed::SignIn, error.to_string()))?;
        let mut session = imap::connect(&resolved).await.map_err(|error| of_mailbox(&error))?;
        let folders = session.folders().await.map_err(|error| of_mailbox(&error))?;
        let mut mails = 0;
        for folder in settings.folders() {
            let opened = session.open(folder).await.map_err(|error| match error {
                MailboxError::Protocol(words) => failed(Failed::Folder(folder.to_owned()), words),
                error => of_mailbox(&error),
            })?;
            mails += u64::from(opened.exists);
        }
        let has_idle = session.can_idle();
        session.logout().await;
        Ok(Mailbox {
            mails,
            has_idle,
            folders,
        })
    };
    let result = tokio::time::timeout(PATIENCE, all)
        .await
        .unwrap_or_else(|_| Err(failed(Failed::Silent, format!("{}:{}", settings.host, settings.port))));
    match result {
        Ok(mailbox) => Ok(mailbox),
        Err(probe) => {
            let (host, extra_ca) = (&settings.host, settings.extra_ca.as_deref());
            Err(with_certificate(probe, host, settings.port, settings.tls, Protocol::Imap, extra_ca).await)
        }
    }
}

fn of_mailbox(error: &MailboxError) -> Probe {
    failed(
        Failed::of_code(error.code()).unwrap_or(Failed::Other),
        error.to_string(),
    )
}

/// Connects and signs in for sending; tells the largest mail the server takes, in bytes.
///
/// # Errors
/// [`Probe`].
pub async fn smtp(store: &Store, settings: &EmailSettings) -> Result<Option<u64>, Probe> {
    let Some(smtp) = &settings.smtp else {
        return Ok(None);
    };
    let all = async {
        resolve(&smtp.host, smtp.port).await?;
        let resolved = oauth::smtp(store, smtp).await.map_err(|error| of_sending(&error))?;
        let domain = settings.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let mut sender = SmtpSender::new(resolved, domain);
        sender
            .check(&settings.address)
            .await
            .map_err(|error| of_sending(&error))?;
        let limit = sender.size_limit().await.map_err(|error| of_sending(&error))?;
        sender.close().await;
        Ok(limit)
    };
    let result = tokio::time::timeout(PATIENCE, all)
        .await
        .unwrap_or_else(|_| Err(failed(Failed::Silent, format!("{}:{}", smtp.host, smtp.port))));
    match result {
        Ok(limit) => Ok(limit),
        Err(probe) => {
            let extra_ca = smtp.extra_ca.as_deref();
            Err(with_certificate(probe, &smtp.host, smtp.port, smtp.tls, Protocol::Smtp, extra_ca).await)
        }
    }
}

fn of_sending(error: &SendError) -> Probe {
    failed(Failed::of_code(error.code()).unwrap_or(Failed::Other), error.reason())
}
