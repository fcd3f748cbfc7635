//! One SMTP connection of one account: RFC 5321 with STARTTLS (3207), AUTH (4954), XOAUTH2 and
//! OAUTHBEARER (7628).
//!
//! lettre speaks the protocol over our own socket: its pool would hold small packets back for 40 ms
//! and open more connections than it was allowed.

use std::error::Error as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conversation::outbound::{SendError, Sent};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials as SmtpCredentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use regex::Regex;
use tokio::time::{Instant, timeout};

use super::bearer::Bearer;
use super::net::{self, NetError, Stream};
use super::renamed;
use super::settings::{Credentials, SmtpSettings, TlsMode};
use super::starttls::{self, Protocol};

mod socket;

use socket::Socket;

/// How long the server may take for one command (RFC 5321, 4.5.3.2 allows 5 minutes; no server
/// that works needs them, and the dispatcher waits).
const COMMAND: Duration = Duration::from_secs(60);
/// When an account that has sent as much as it may is tried again, in milliseconds: limits are by the hour or the day.
const LIMITED: i64 = 3_600_000;
/// In which pieces the mail is written, in bytes.
const CHUNK: usize = 64 * 1024;
/// How long writing a whole mail may take at most, beside one second a piece.
const BODY: Duration = Duration::from_secs(120);
/// How long the server may take to answer the final dot.
const FINAL: Duration = Duration::from_secs(300);
/// From this size on, in bytes, the server is asked how much it takes before it gets the mail.
const ASK_SIZE: usize = 1024 * 1024;
/// A connection that was idle for longer is not used again.
const MAX_IDLE: Duration = Duration::from_secs(30);
/// How many mails go over one connection; servers count.
const MAX_PER_CONNECTION: u32 = 50;

/// Sends mail for one account, over one connection that is kept while there is work.
pub struct SmtpSender {
    settings: SmtpSettings,
    hello: ClientId,
    idle: Option<Idle>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
    sent: u32,
    /// The largest mail the server takes, in bytes (RFC 1870), once it was asked; 0 says nothing.
    size_limit: Option<u64>,
}

impl SmtpSender {
    /// A sender that connects when it is first used. `domain` is said in EHLO when the settings
    /// name nothing.
    pub fn new(settings: SmtpSettings, domain: &str) -> SmtpSender {
        let name = if settings.hello.trim().is_empty() {
            domain
        } else {
            settings.hello.trim()
        };
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
        let hello = ClientId::Domain(if is_name {
            name.to_owned()
        } else {
            "localhost".to_owned()
        });
        SmtpSender {
            settings,
            hello,
            idle: None,
        }
    }

    /// Sends one mail. Afterwards the server has it, or has it not, or (`Unknown`) cannot be asked:
    /// the connection was lost between the end of the mail and its answer.
    ///
    /// # Errors
    /// [`SendError`] with the code `smtp.…`: `Temporary` and `Permanent` as the server says (RFC 5321, 4.2.1), `Unknown` as above.
    pub async fn send(&mut self, from: &str, to: &[&str], raw: &[u8]) -> Result<Sent, SendError> {
        let from = address("sender", from)?;
        let to = to
            .iter()
            .map(|to| address("recipient", to))
            .collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(permanent("smtp.recipient", "the mail has no recipient"));
        }
        let mut idle = self.connection().await?;
        if raw.len() > ASK_SIZE {
            let limit = match idle.size_limit {
                Some(known) => known,
                None => ask_size(&mut idle.connection, &self.hello).await?,
            };
            idle.size_limit = Some(limit);
            if limit > 0 && raw.len() as u64 > limit {
                self.idle = Some(idle);
                let reason = format!(
                    "the mail has {} MB, and this server takes at most {} MB; send smaller files, or a link to them",
                    megabytes(raw.len() as u64),
                    megabytes(limit)
                );
                return Err(permanent("smtp.size", reason));
            }
        }
        // Whatever goes wrong, the connection is not used again: `idle` is dropped on every `?`.
        let answer = transmit(&mut idle.connection, from, to, raw).await?;
        idle.sent += 1;
        idle.since = Instant::now();
        if idle.sent < MAX_PER_CONNECTION {
            self.idle = Some(idle);
        } else {
            quit(idle.connection).await;
        }
        Ok(Sent {
            provider_id: renamed::new_id(&self.settings.host, answer.message()),
            is_delivered: false,
        })
    }

    /// Connects, signs in and asks whether mail from `from` is taken, without sending any; for `doctor` and the settings page.
    ///
    /// # Errors
    /// [`SendError`] in words for the administrator.
    pub async fn check(&mut self, from: &str) -> Result<(), SendError> {
        let from = address("sender", from)?;
        let mut idle = self.connection().await?;
        step(
            COMMAND,
            "MAIL",
            idle.connection.command(Mail::new(Some(from), Vec::new())),
        )
        .await?;
        step(COMMAND, "RSET", idle.connection.command(Rset)).await?;
        self.idle = Some(idle);
        Ok(())
    }

    /// The largest mail the server takes, in bytes; `None` when it does not say (RFC 1870).
    ///
    /// # Errors
    /// As [`SmtpSender::check`].
    pub async fn size_limit(&mut self) -> Result<Option<u64>, SendError> {
        let mut idle = self.connection().await?;
        let limit = ask_size(&mut idle.connection, &self.hello).await?;
        idle.size_limit = Some(limit);
        self.idle = Some(idle);
        Ok(Some(limit).filter(|limit| *limit > 0))
    }

    /// Says goodbye to the server.
    pub async fn close(&mut self) {
        if let Some(idle) = self.idle.take() {
            quit(idle.connection).await;
        }
    }

    async fn connection(&mut self) -> Result<Idle, SendError> {
        if let Some(mut idle) = self.idle.take()
            && idle.since.elapsed() < MAX_IDLE
            && timeout(Duration::from_secs(10), idle.connection.test_connected())
                .await
                .unwrap_or(false)
        {
            return Ok(idle);
        }
        let connection = open(&self.settings, &self.hello).await?;
        Ok(Idle {
            connection,
            since: Instant::now(),
            sent: 0,
            size_limit: None,
        })
    }
}

async fn open(settings: &SmtpSettings, hello: &ClientId) -> Result<AsyncSmtpConnection, SendError> {
    let place = format!("{}:{}", settings.host, settings.port);
    // lettre's own STARTTLS knows authorities alone; where certificates are configured, one may be the server's.
    let is_ours = settings.tls == TlsMode::Starttls && settings.extra_ca.is_some();
    let stream = secured(settings, is_ours)
        .await
        .map_err(|e| not_connected(&place, &e))?;
    let mut connection = step(
        COMMAND,
        "greeting",
        AsyncSmtpConnection::connect_with_transport(
            Box::new(if is_ours {
                Socket::greeted(stream)
            } else {
                Socket::new(stream)
            }),
            hello,
        ),
    )
    .await?;
    if settings.tls == TlsMode::Starttls && !is_ours {
        start_tls(&mut connection, settings, hello, &place).await?;
    }
    if let Some(auth) = &settings.auth {
        sign_in(&mut connection, settings, auth, hello, &place).await?;
    }
    Ok(connection)
}

/// A connection that is protected as far as that is ours to do.
async fn secured(settings: &SmtpSettings, has_own_starttls: bool) -> Result<Stream, NetError> {
    let extra_ca = settings.extra_ca.as_deref();
    let mut stream = net::open(&settings.host, settings.port, settings.tls, extra_ca).await?;
    if has_own_starttls {
        starttls::begin(&mut stream, Protocol::Smtp).await?;
        stream = stream.secure(&settings.host, extra_ca).await?;
    }
    Ok(stream)
}

async fn start_tls(
    connection: &mut AsyncSmtpConnection,
    settings: &SmtpSettings,
    hello: &ClientId,
    place: &str,
) -> Result<(), SendError> {
    let parameters = TlsParameters::builder(settings.host.clone())
        .build()
        .map_err(|error| temporary("smtp.tls", error.to_string()))?;
    if !connection.can_starttls() {
        return Err(temporary(
            "smtp.tls",
            format!("{place} does not offer STARTTLS; choose `tls` (port 465) or, on this machine only, `none`"),
        ));
    }
    step(COMMAND, "STARTTLS", connection.starttls(parameters, hello)).await
}

async fn sign_in(
    connection: &mut AsyncSmtpConnection,
    settings: &SmtpSettings,
    auth: &Credentials,
    hello: &ClientId,
    place: &str,
) -> Result<(), SendError> {
    let (answer, advice) = match auth {
        Credentials::Password { password } => {
            let credentials = SmtpCredentials::new(settings.user.clone(), password.clone());
            let signing_in = async {
                connection
                    .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                    .await
                    .map(drop)
            };
            (timeout(COMMAND, signing_in).await, "check user and password")
        }
        Credentials::Xoauth2 { access_token } => (
            timeout(COMMAND, show_token(connection, hello, settings, access_token)).await,
            "the access token is wrong or over; connect the account again",
        ),
        // Whoever calls puts the account's token there.
        Credentials::Oauth { .. } => {
            return Err(temporary(
                "smtp.auth",
                format!("the account for {place} is not connected; connect it in the settings of the inbox"),
            ));
        }
    };
    match answer {
        Ok(Ok(())) => Ok(()),
        // The mail is not at fault: it leaves as soon as the settings are right.
        Ok(Err(error)) => Err(temporary(
            "smtp.auth",
            format!(
                "{place} refuses to sign in `{}`: {}; {advice}",
                settings.user,
                words(&error)
            ),
        )),
        Err(_) => Err(temporary("smtp.timeout", format!("{place} did not answer AUTH"))),
    }
}

/// Signs in with an access token. A refusal first says why, and comes once that is acknowledged.
async fn show_token(
    connection: &mut AsyncSmtpConnection,
    hello: &ClientId,
    settings: &SmtpSettings,
    token: &str,
) -> Result<(), SmtpError> {
    let bearer = if connection.server_info().supports_auth_mechanism(Mechanism::Xoauth2) {
        Bearer::Xoauth2
    } else {
        // lettre remembers the mechanisms that it knows only.
        let answer = connection.command(Ehlo::new(hello.clone())).await?;
        let lines = answer.message().filter_map(|line| {
            let (name, rest) = line.split_once([' ', '='])?;
            name.eq_ignore_ascii_case("AUTH").then_some(rest)
        });
        Bearer::of(lines.flat_map(str::split_ascii_whitespace))
    };
    let first = STANDARD.encode(bearer.first(&settings.user, &settings.host, settings.port, token));
    let answer = connection
        .command(format!("AUTH {} {first}\r\n", bearer.name()))
        .await?;
    if answer.has_code(334) {
        let last = STANDARD.encode(bearer.after_refusal());
        connection.command(format!("{last}\r\n")).await?;
    }
    Ok(())
}

/// The SIZE of the server's answer to EHLO (RFC 1870); 0 when it names none.
async fn ask_size(connection: &mut AsyncSmtpConnection, hello: &ClientId) -> Result<u64, SendError> {
    let answer = step(COMMAND, "EHLO", connection.command(Ehlo::new(hello.clone()))).await?;
    let size = answer.message().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        words.next().filter(|word| word.eq_ignore_ascii_case("SIZE"))?;
        words.next()?.parse::<u64>().ok()
    });
    Ok(size.unwrap_or(0))
}

/// With one decimal, rounded up, so that a mail that is a little too large does not look like one
/// that fits.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Returns what the server said to the whole mail.
async fn transmit(
    connection: &mut AsyncSmtpConnection,
    from: Address,
    to: Vec<Address>,
    raw: &[u8],
) -> Result<Response, SendError> {
    let mut options = Vec::new();
    let has_foreign_letters = std::iter::once(&from)
        .chain(&to)
        .any(|address| !AsRef::<str>::as_ref(address).is_ascii());
    if has_foreign_letters {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(permanent(
                "smtp.utf8",
                "the address has letters that this server cannot carry (no SMTPUTF8)",
            ));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !raw.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    step(COMMAND, "MAIL", connection.command(Mail::new(Some(from), options))).await?;
    for to in to {
        step(COMMAND, "RCPT", connection.command(Rcpt::new(to, Vec::new()))).await?;
    }
    step(COMMAND, "DATA", connection.command(Data)).await?;

    let is_written = AtomicBool::new(false);
    let pieces = Pieces {
        chunks: raw.chunks(CHUNK),
        is_written: &is_written,
    };
    let limit = BODY + FINAL + Duration::from_secs((raw.len() / CHUNK) as u64);
    let answer = timeout(limit, connection.message_iter(pieces)).await;
    let (code, reason) = match answer {
        Ok(Ok(answer)) => return Ok(answer),
        // A code is an answer, whatever it says.
        Ok(Err(error)) if error.status().is_some() => return Err(classify("DATA", &error)),
        Ok(Err(error)) => ("smtp.unanswered", words(&error)),
        Err(_) => (
            "smtp.unanswered",
            format!("no answer within {} seconds", limit.as_secs()),
        ),
    };
    if is_written.load(Ordering::Relaxed) {
        let reason = format!("the connection was lost before the server answered to the whole mail: {reason}");
        return Err(SendError::Unknown {
            code: code.to_owned(),
            reason,
        });
    }
    Err(temporary(
        "smtp.network",
        format!("the connection was lost while the mail was written: {reason}"),
    ))
}

/// The mail in pieces; notes when the last one was taken, after which lettre writes the final dot.
struct Pieces<'a> {
    chunks: std::slice::Chunks<'a, u8>,
    is_written: &'a AtomicBool,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let next = self.chunks.next();
        if next.is_none() {
            self.is_written.store(true, Ordering::Relaxed);
        }
        next
    }
}

async fn step<T>(
    limit: Duration,
    name: &str,
    future: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, SendError> {
    match timeout(limit, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(classify(name, &error)),
        Err(_) => Err(temporary(
            "smtp.timeout",
            format!("no answer to {name} within {} seconds", limit.as_secs()),
        )),
    }
}

async fn quit(mut connection: AsyncSmtpConnection) {
    // The mail is sent; a server that says goodbye badly changes nothing.
    if timeout(Duration::from_secs(5), connection.quit()).await.is_err() {
        tracing::debug!("the server did not answer QUIT");
    }
}

/// A reply code decides; everything without one is worth another try.
fn classify(name: &str, error: &SmtpError) -> SendError {
    let reason = format!("{name}: {}", words(error));
    match error.status() {
        Some(status) if error.is_permanent() => refused(name, status.into(), reason),
        Some(status) => temporary(&format!("smtp.{status}"), reason),
        // Whatever breaks off the handshake, it is about the protection.
        None if error.is_tls() || name == "STARTTLS" => temporary("smtp.tls", reason),
        None => temporary("smtp.network", reason),
    }
}

/// What providers say of an account that has sent as much as it may; of a mailbox that is full they speak otherwise.
static LIMIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:sending|daily|hourly|submission|outbound|outgoing)\b[^\n.]{0,40}\b(?:limit|quota)|\b5\.4\.5\b|\b5\.1\.90\b")
        .expect("a constant pattern")
});

/// A refusal for good: of this mail where its recipient or the mail itself is refused, else of whoever sends, and then
/// this mail can leave once that is put right.
fn refused(name: &str, status: u16, reason: String) -> SendError {
    match name {
        _ if LIMIT.is_match(&reason) => SendError::Temporary {
            code: "smtp.limit".to_owned(),
            reason,
            retry_after: Some(LIMITED),
        },
        _ if matches!(status, 530 | 534 | 535) => temporary("smtp.auth", reason),
        // A bounce without a letter.
        "RCPT" | "DATA" => permanent(&super::bounce::code_of_refusal(status, &reason), reason),
        "MAIL" => temporary("smtp.sender", reason),
        _ => temporary("smtp.server", reason),
    }
}

/// The server's own words where there are some.
fn words(error: &SmtpError) -> String {
    match error.source() {
        // What lies behind it stands in it already, mostly.
        Some(source) if !error.to_string().contains(&source.to_string()) => {
            format!("{error} {source}").chars().take(500).collect()
        }
        _ => error.to_string().chars().take(500).collect(),
    }
}

fn not_connected(place: &str, error: &NetError) -> SendError {
    match error {
        NetError::Tcp(error) => temporary("smtp.connect", format!("{place} cannot be reached: {error}")),
        NetError::Tls(words) => temporary(
            "smtp.tls",
            format!("{place} does not prove who it is: {words}; check the host name, or add its certificate"),
        ),
        NetError::Timeout(_) => temporary("smtp.timeout", format!("{place}: {error}")),
    }
}

fn address(what: &str, text: &str) -> Result<Address, SendError> {
    text.trim()
        .parse()
        .map_err(|_| permanent("smtp.address", format!("the {what} `{text}` is not an e-mail address")))
}

fn temporary(code: &str, reason: impl Into<String>) -> SendError {
    SendError::Temporary {
        code: code.to_owned(),
        reason: reason.into(),
        retry_after: None,
    }
}

fn permanent(code: &str, reason: impl Into<String>) -> SendError {
    SendError::Permanent {
        code: code.to_owned(),
        reason: reason.into(),
    }
}

#[cfg(test)]
pub(super) mod tests;
