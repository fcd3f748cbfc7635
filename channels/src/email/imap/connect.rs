//! From nothing to a session: the connection, its protection, and who we are.

use std::collections::VecDeque;

use async_imap::imap_proto::{Capability, Response, Status};
use async_imap::{Authenticator, Client};

use super::wire::{brief, broken, failed, limited, not_connected, not_signed_in, offered, server_words};
use super::{COMMAND, MailboxError, Session};
use crate::email::net::{self, Stream};
use crate::email::settings::{Credentials, ImapSettings, TlsMode};

/// Connects and signs in.
///
/// # Errors
/// [`MailboxError`] says which step failed: `Network` and `Tls` may be over soon, `Auth` waits for the administrator.
pub async fn connect(settings: &ImapSettings) -> Result<Session, MailboxError> {
    let place = format!("{}:{}", settings.host, settings.port);
    let extra_ca = settings.extra_ca.as_deref();
    let stream = net::open(&settings.host, settings.port, settings.tls, extra_ca)
        .await
        .map_err(|e| not_connected(&place, &e))?;
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
