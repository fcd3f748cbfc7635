//! Reading one mailbox over IMAP (RFC 3501), with IDLE (RFC 2177) where the server has it.
//!
//! async-imap speaks the protocol; the commands are run here one response at a time, because its
//! own `fetch` reports a refusal as "no messages" and loses what arrives unasked. Every step has a
//! time limit. After an error or a dropped future the session is broken: connect again.

use std::collections::VecDeque;
use std::time::Duration;

use async_imap::imap_proto::{MailboxDatum, RequestId, Response, Status};
use conversation::types::Millis;
use tokio::time::{Instant, sleep, timeout};

use super::net::Stream;

mod connect;
mod fetch;
mod wire;

pub use connect::connect;
pub use fetch::Headed;
use wire::{brief, broken, failed, first_word, limited, silent, unharmed};

/// How long the server may be silent within a command.
const COMMAND: Duration = Duration::from_secs(60);
/// How long it may be silent while it sends mail.
const BODY: Duration = Duration::from_secs(300);
/// The longest IDLE: some servers and many routers forget a silent connection after ten minutes.
const MAX_IDLE: Duration = Duration::from_secs(9 * 60);
/// How often a server without IDLE is asked.
const POLL: Duration = Duration::from_secs(30);

/// Why the mailbox cannot be read, in words that tell the administrator what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    /// The server refuses the account.
    #[error("{0}")]
    Auth(String),
    /// The server does not prove who it is, or does not offer the chosen protection.
    #[error("{0}")]
    Tls(String),
    /// The server cannot be reached, or the connection broke.
    #[error("{0}")]
    Network(String),
    /// The server answered something that cannot be worked with.
    #[error("{0}")]
    Protocol(String),
    /// The server is silent.
    #[error("{0}")]
    Timeout(String),
}

impl MailboxError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            MailboxError::Auth(_) => "imap.auth",
            MailboxError::Tls(_) => "imap.tls",
            MailboxError::Network(_) => "imap.network",
            MailboxError::Protocol(_) => "imap.protocol",
            MailboxError::Timeout(_) => "imap.timeout",
        }
    }
}

/// A signed-in connection.
#[derive(Debug)]
pub struct Session {
    inner: async_imap::Session<Stream>,
    place: String,
    /// The folder of the settings.
    folder: String,
    max_size: u32,
    can_idle: bool,
    /// How many mails the open folder has, and the UID that the next one will have at least.
    exists: u32,
    uid_next: Option<u32>,
    /// What was listed and not fetched yet, lowest UID first.
    listed: VecDeque<Listed>,
    /// Mails that reached the server before are passed over.
    since: Millis,
    /// The server said that there is new mail, and nobody has looked since.
    has_news: bool,
    /// A command was begun and not ended.
    is_broken: bool,
}

/// The folder as it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selected {
    /// UIDVALIDITY: when it differs from the cursor's, every UID means another mail.
    pub uid_validity: u32,
    /// The UID that the next new mail will have at least.
    pub uid_next: Option<u32>,
    /// How many mails are there.
    pub exists: u32,
}

/// One mail as fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedMail {
    /// Its UID.
    pub uid: u32,
    /// Its bytes. Of one that is too large, the header and a note for [`super::mime::parse`].
    pub raw: Vec<u8>,
    /// Its size on the server, in bytes.
    pub size: u32,
    /// When it reached the server (INTERNALDATE).
    pub arrived_at: Option<Millis>,
    /// Whether `raw` is the whole mail.
    pub is_whole: bool,
}

/// One mail as the server lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its UID.
    pub uid: u32,
    /// Its size on the server, in bytes.
    pub size: u32,
    /// When it reached the server (INTERNALDATE), where that can be read.
    pub arrived_at: Option<Millis>,
}

/// One folder of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its name, decoded.
    pub name: String,
    /// Whether it can be opened.
    pub can_open: bool,
    /// What it is for, where the server says (RFC 6154).
    pub special: Option<Special>,
}

/// What a folder is for (RFC 6154).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// Every mail of the account.
    All,
    /// What is kept.
    Archive,
    /// What is being written.
    Drafts,
    /// Marked ones.
    Flagged,
    /// Spam.
    Junk,
    /// Sent mail.
    Sent,
    /// Deleted mail.
    Trash,
}

/// Why [`Session::wait`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// The server says that the mailbox changed.
    News,
    /// The time is over; look anyway, for a server may forget to speak.
    Elapsed,
}

impl Session {
    /// Waits until the server has news, at most `max`: with IDLE, or by asking every 30 seconds.
    ///
    /// # Errors
    /// [`MailboxError`]; then the session is broken.
    pub async fn wait(&mut self, max: Duration) -> Result<Woken, MailboxError> {
        if self.has_news {
            return Ok(Woken::News);
        }
        if self.can_idle {
            self.idle(max.min(MAX_IDLE)).await
        } else {
            self.poll(max).await
        }
    }

    /// Whether the server has IDLE.
    pub fn can_idle(&self) -> bool {
        self.can_idle
    }

    /// Says goodbye.
    pub async fn logout(mut self) {
        if !self.is_broken
            && let Err(error) = self.run("LOGOUT", Duration::from_secs(5), |_| {}).await
        {
            tracing::debug!(%error, "the mailbox did not answer LOGOUT");
        }
    }

    async fn idle(&mut self, max: Duration) -> Result<Woken, MailboxError> {
        self.begin()?;
        let end = Instant::now() + max;
        let tag = self.command("IDLE").await?;
        let mut is_idling = false;
        let mut woken = Woken::Elapsed;
        loop {
            let left = if is_idling {
                end.saturating_duration_since(Instant::now())
            } else {
                COMMAND
            };
            let response = match timeout(left, unharmed(&self.place, self.inner.read_response())).await {
                Ok(answer) => self.arrived(answer?)?,
                Err(_) if is_idling => break,
                Err(_) => return Err(silent(&self.place, "IDLE")),
            };
            match response.parsed() {
                Response::Continue(_) => is_idling = true,
                Response::Done {
                    tag: done,
                    status,
                    outcome,
                } if *done == tag => {
                    self.is_broken = false;
                    if *status == Status::Ok {
                        return Ok(Woken::News);
                    }
                    // It offers IDLE and refuses it: ask instead.
                    tracing::debug!(?outcome, "IDLE refused");
                    self.can_idle = false;
                    return self.poll(end.saturating_duration_since(Instant::now())).await;
                }
                Response::Data {
                    status: Status::Bye,
                    outcome,
                } => {
                    return Err(self.bye(outcome.information.as_deref()));
                }
                Response::MailboxData(MailboxDatum::Exists(count)) => {
                    self.exists = *count;
                    woken = Woken::News;
                }
                Response::MailboxData(MailboxDatum::Recent(_)) => woken = Woken::News,
                _ => {}
            }
            if woken == Woken::News && is_idling {
                break;
            }
        }
        limited(&self.place, "DONE", COMMAND, self.inner.run_command_untagged("DONE"))
            .await?
            .map_err(|error| failed(&self.place, &error))?;
        self.read_to_end(&tag, COMMAND, |_| {}).await?;
        if self.has_news { Ok(Woken::News) } else { Ok(woken) }
    }

    async fn poll(&mut self, max: Duration) -> Result<Woken, MailboxError> {
        let end = Instant::now() + max;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            sleep(left.min(POLL)).await;
            self.run("NOOP", COMMAND, |_| {}).await?;
            if self.has_news {
                return Ok(Woken::News);
            }
            if Instant::now() >= end {
                return Ok(Woken::Elapsed);
            }
        }
    }

    /// Runs one command to its end; a tagged NO or BAD is an error.
    async fn run(
        &mut self,
        command: &str,
        limit: Duration,
        on_response: impl FnMut(&Response<'_>),
    ) -> Result<(), MailboxError> {
        self.begin()?;
        let tag = self.command(command).await?;
        self.read_to_end(&tag, limit, on_response).await
    }

    fn begin(&mut self) -> Result<(), MailboxError> {
        if self.is_broken {
            return Err(MailboxError::Network(format!(
                "the connection to {} was left in mid-command",
                self.place
            )));
        }
        self.is_broken = true;
        Ok(())
    }

    async fn command(&mut self, command: &str) -> Result<RequestId, MailboxError> {
        limited(
            &self.place,
            first_word(command),
            COMMAND,
            self.inner.run_command(command),
        )
        .await?
        .map_err(|error| failed(&self.place, &error))
    }

    async fn read_to_end(
        &mut self,
        tag: &RequestId,
        limit: Duration,
        mut on_response: impl FnMut(&Response<'_>),
    ) -> Result<(), MailboxError> {
        loop {
            let answer = match timeout(limit, unharmed(&self.place, self.inner.read_response())).await {
                Ok(answer) => self.arrived(answer?)?,
                Err(_) => return Err(silent(&self.place, "the command")),
            };
            match answer.parsed() {
                Response::Done {
                    tag: done,
                    status,
                    outcome,
                } if done == tag => {
                    self.is_broken = false;
                    return match status {
                        Status::Ok => Ok(()),
                        _ => Err(MailboxError::Protocol(format!(
                            "{} refuses: {}",
                            self.place,
                            brief(outcome.information.as_deref().unwrap_or("no reason given"))
                        ))),
                    };
                }
                Response::Data {
                    status: Status::Bye,
                    outcome,
                } => {
                    return Err(self.bye(outcome.information.as_deref()));
                }
                Response::MailboxData(MailboxDatum::Exists(count)) => {
                    self.has_news = true;
                    self.exists = *count;
                    on_response(answer.parsed());
                }
                response => on_response(response),
            }
        }
    }

    /// A response, or why there is none.
    fn arrived<T>(&self, answer: std::io::Result<Option<T>>) -> Result<T, MailboxError> {
        match answer {
            Ok(Some(response)) => Ok(response),
            Ok(None) => Err(MailboxError::Network(format!("{} closed the connection", self.place))),
            Err(error) => Err(broken(&self.place, &error)),
        }
    }

    /// BYE is the end, whether or not the server closes the connection.
    fn bye(&self, words: Option<&str>) -> MailboxError {
        MailboxError::Network(format!(
            "{} ends the connection: {}",
            self.place,
            brief(words.unwrap_or("no reason given"))
        ))
    }
}

#[cfg(test)]
mod tests;
