//! Reading one mailbox over IMAP (RFC 3501), with IDLE (RFC 2177) where the server has it.
//!
//! async-imap speaks the protocol; the commands are run here one response at a time, because its
//! own `fetch` reports a refusal as "no messages" and loses what arrives unasked. Every step has a
//! time limit. After an error or a dropped future the session is broken: connect again.

use std::collections::VecDeque;
use std::time::Duration;

use async_imap::imap_proto::{Capability, MailboxDatum, RequestId, Response, Status};
use async_imap::{Authenticator, Client};
use conversation::types::Millis;
use tokio::time::{Instant, sleep, timeout};

use super::net::{self, Stream};
use super::settings::{Credentials, ImapSettings, TlsMode};

mod fetch;
mod wire;

pub use fetch::Headed;
use wire::{
    brief, broken, failed, first_word, limited, not_connected, not_signed_in, offered, server_words, silent, unharmed,
};

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

/// Connects and signs in.
pub async fn connect(settings: &ImapSettings) -> Result<Session, MailboxError> {
    let place = format!("{}:{}", settings.host, settings.port);
    let extra_ca = settings.extra_ca.as_deref();
    let mut stream = net::connect(&settings.host, settings.port)
        .await
        .map_err(|e| not_connected(&place, &e))?;
    if settings.tls == TlsMode::Tls {
        stream = stream
            .secure(&settings.host, extra_ca)
            .await
            .map_err(|e| not_connected(&place, &e))?;
    }
    let mut client = Client::new(stream);
    match limited(&place, "the greeting", COMMAND, client.read_response()).await? {
        Ok(Some(greeting)) => {
            if let Response::Data {
                status: Status::Bye,
                outcome,
            } = greeting.parsed()
            {
                let words = brief(outcome.information.as_deref().unwrap_or_default());
                return Err(MailboxError::Network(format!("{place} closes at once: {words}")));
            }
        }
        Ok(None) => {
            return Err(MailboxError::Network(format!(
                "{place} closed the connection before its greeting"
            )));
        }
        Err(error) => return Err(broken(&place, &error)),
    }
    if settings.tls == TlsMode::Starttls {
        limited(
            &place,
            "STARTTLS",
            COMMAND,
            client.run_command_and_check_ok("STARTTLS", None),
        )
        .await?
        .map_err(|_| {
            MailboxError::Tls(format!(
                "{place} does not offer STARTTLS; choose `tls` (port 993) or, on this machine only, `none`"
            ))
        })?;
        // What came in clear text before the handshake is dropped with the old client.
        let stream = client
            .into_inner()
            .secure(&settings.host, extra_ca)
            .await
            .map_err(|e| not_connected(&place, &e))?;
        client = Client::new(stream);
    }
    let inner = sign_in(client, settings, &place).await?;
    let mut session = Session {
        inner,
        place,
        folder: settings.folder.clone(),
        max_size: settings.max_size,
        can_idle: false,
        exists: 0,
        uid_next: None,
        listed: VecDeque::new(),
        since: 0,
        has_news: false,
        is_broken: false,
    };
    let mut can_idle = false;
    session
        .run("CAPABILITY", COMMAND, |response| {
            if let Response::Capabilities(found) = response {
                can_idle |= found.iter().any(
                    |capability| matches!(capability, Capability::Atom(name) if name.eq_ignore_ascii_case("IDLE")),
                );
            }
        })
        .await?;
    session.can_idle = can_idle;
    Ok(session)
}

async fn sign_in(
    mut client: Client<Stream>,
    settings: &ImapSettings,
    place: &str,
) -> Result<async_imap::Session<Stream>, MailboxError> {
    let user = &settings.user;
    let answer = match &settings.auth {
        Credentials::Password { password } if user.is_ascii() && password.is_ascii() => {
            limited(place, "LOGIN", COMMAND, client.login(user, password)).await?
        }
        // LOGIN cannot carry other letters; AUTHENTICATE PLAIN can (RFC 4616).
        Credentials::Password { password } => {
            let first = format!("\0{user}\0{password}");
            limited(
                place,
                "AUTHENTICATE",
                COMMAND,
                client.authenticate("PLAIN", Answers(Some(first), "")),
            )
            .await?
        }
        Credentials::Xoauth2 { access_token } => {
            let bearer = offered(&mut client, place).await?;
            let first = bearer.first(user, &settings.host, settings.port, access_token);
            let answers = Answers(Some(first), bearer.after_refusal());
            limited(
                place,
                "AUTHENTICATE",
                COMMAND,
                client.authenticate(bearer.name(), answers),
            )
            .await?
        }
        Credentials::Oauth { .. } => return Err(MailboxError::Auth(not_signed_in(place))),
    };
    answer.map_err(|(error, _)| match error {
        async_imap::error::Error::No(words) => {
            let words = server_words(&words);
            // RFC 5530: these say that the server, not the password, is at fault.
            let upper = words.to_ascii_uppercase();
            if ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"]
                .iter()
                .any(|code| upper.contains(code))
            {
                MailboxError::Network(format!("{place} cannot sign in `{user}` now: {words}"))
            } else {
                let advice = match settings.auth {
                    Credentials::Password { .. } => {
                        "check user and password, and whether the provider wants an app password or OAuth"
                    }
                    Credentials::Xoauth2 { .. } | Credentials::Oauth { .. } => {
                        "the access token is wrong or over; connect the account again"
                    }
                };
                MailboxError::Auth(format!("{place} refuses `{user}`: {words}; {advice}"))
            }
        }
        async_imap::error::Error::Validate(_) => {
            MailboxError::Auth(format!("the user or password for {place} holds a line break"))
        }
        error => failed(place, &error),
    })
}

/// What is said at each challenge: the first answer, then what ends a refused attempt politely.
struct Answers(Option<String>, &'static str);

impl Authenticator for Answers {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_else(|| self.1.to_owned())
    }
}

impl Session {
    /// Waits until the server has news, at most `max`: with IDLE, or by asking every 30 seconds.
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
