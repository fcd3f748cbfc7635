//! Accounts of Google and Microsoft 365: the consent of their owner (authorisation code with PKCE,
//! RFC 6749 and 7636), and access tokens that are renewed before they are over.
//!
//! A consent is a row of its own which the settings of inboxes name. What the provider takes back
//! becomes a state that people see, with what to do; what is only unreachable is tried again.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::env::hash_secret;
use conversation::outbound::SendError;
use conversation::types::{AgentId, InboxId, Language, Millis};
use conversation::{Store, leases};
use reqwest::redirect::Policy;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::imap::MailboxError;
use super::settings::{Credentials, ImapSettings, SmtpSettings};
use super::trouble::Trouble;
use crate::body::{self, BodyError};

mod provider;
mod store;

pub use provider::{Endpoints, Provider};
pub use store::{Account, Client, account, client, set_client};

/// How long the browser may take to come back, in milliseconds.
const FLOW: Millis = 15 * 60_000;
/// An access token is renewed when it has less than this left, in milliseconds.
const MARGIN: Millis = 5 * 60_000;
/// How long one process may take to renew a token, in milliseconds.
const LEASE: Millis = 60_000;
/// How long the provider may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes; theirs are a few thousand.
const MAX_ANSWER: u64 = 256 * 1024;

/// Why there is no access, in words for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    /// The consent is gone; only its owner can give it again.
    #[error("{0}")]
    Revoked(String),
    /// The provider refuses the application itself, or the request makes no sense.
    #[error("{0}")]
    Refused(String),
    /// The provider cannot be reached, or is in trouble.
    #[error("{0}")]
    Unreachable(String),
    /// The store.
    #[error("{0}")]
    Store(#[from] conversation::Error),
}

/// What the consent is for; comes back with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The inbox that is to use it; `None` makes a new one.
    pub inbox: Option<InboxId>,
    /// The name of a new inbox.
    pub name: String,
    /// Its language.
    pub language: Option<Language>,
}

#[derive(Serialize, Deserialize)]
struct FlowSecret {
    verifier: String,
    token_url: String,
    wish: Wish,
}

/// Begins a consent: the address that the owner's browser goes to.
///
/// # Errors
/// [`OauthError::Refused`] when the application is not entered; [`OauthError::Store`].
pub async fn begin(
    store: &Store,
    agent: &AgentId,
    provider: Provider,
    endpoints: &Endpoints,
    redirect_uri: &str,
    wish: Wish,
) -> Result<Url, OauthError> {
    let client = client(store, provider).await?.ok_or_else(|| no_client(provider))?;
    let (state, verifier) = (store.env().secret(), store.env().secret());
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let mut url = Url::parse(&endpoints.authorize)
        .map_err(|error| OauthError::Refused(format!("the address of {} is none: {error}", provider.name())))?;
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &client.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", provider.scope())
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        // Google gives a refresh token only when asked like this, and only with a fresh consent.
        match provider {
            Provider::Google => query
                .append_pair("access_type", "offline")
                .append_pair("prompt", "consent"),
            Provider::Microsoft => query.append_pair("prompt", "select_account"),
        };
    }
    let secret = FlowSecret {
        verifier,
        token_url: endpoints.token.clone(),
        wish,
    };
    store::keep_flow(
        store,
        &hash_secret(&state),
        agent,
        provider,
        &secret,
        redirect_uri,
        FLOW,
    )
    .await?;
    Ok(url)
}

/// A consent that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The account, as settings name it.
    pub account: String,
    /// Whose it is.
    pub provider: Provider,
    /// Its address.
    pub address: String,
    /// What it is for.
    pub wish: Wish,
}

/// Ends a consent: the browser came back with a code. A state is good once, and only for who began.
///
/// # Errors
/// [`OauthError`].
pub async fn finish(store: &Store, agent: &AgentId, state: &str, code: &str) -> Result<Consent, OauthError> {
    let Some(flow) = store::take_flow(store, &hash_secret(state), agent).await? else {
        return Err(OauthError::Refused(
            "this consent was not begun here, is over, or was used already; begin again".to_owned(),
        ));
    };
    let provider = flow.provider;
    let client = client(store, provider).await?.ok_or_else(|| no_client(provider))?;
    let answer = ask(
        provider,
        &flow.secret.token_url,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &flow.redirect_uri),
            ("client_id", &client.client_id),
            ("client_secret", &client.client_secret),
            ("code_verifier", &flow.secret.verifier),
        ],
    )
    .await?;
    let Some(refresh_token) = answer.refresh_token else {
        return Err(OauthError::Refused(format!(
            "{} gave no refresh token; remove this application from the account's security page, then connect again",
            provider.name()
        )));
    };
    let address = answer.id_token.as_deref().and_then(address_of).ok_or_else(|| {
        OauthError::Refused(format!(
            "{} did not say which account it is; connect again",
            provider.name()
        ))
    })?;
    let tokens = Tokens {
        access_token: answer.access_token,
        refresh_token,
        token_url: flow.secret.token_url.clone(),
    };
    let expires_at = store.now() + answer.expires_in.unwrap_or(3600).clamp(0, 86_400) * 1000;
    let account = store::keep_account(store, agent, provider, &address, &tokens, expires_at).await?;
    Ok(Consent {
        account,
        provider,
        address,
        wish: flow.secret.wish,
    })
}

/// The address in an ID token. It came straight from the provider over TLS, so its signature proves
/// nothing more (OpenID Connect Core, 3.1.3.7).
fn address_of(id_token: &str) -> Option<String> {
    let payload = id_token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    ["email", "preferred_username", "upn"]
        .iter()
        .filter_map(|name| claims[name].as_str())
        .find(|text| text.contains('@'))
        .map(str::to_lowercase)
}

fn no_client(provider: Provider) -> OauthError {
    OauthError::Refused(format!(
        "the application for {} is not entered yet; enter its client id and secret under Settings, Inboxes",
        provider.name()
    ))
}

#[derive(Serialize, Deserialize, Clone)]
struct Tokens {
    access_token: String,
    refresh_token: String,
    token_url: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    expires_in: Option<i64>,
    #[serde(default)]
    id_token: Option<String>,
}

/// RFC 6749, 5.2.
#[derive(Deserialize, Default)]
struct TokenError {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

async fn ask(provider: Provider, url: &str, form: &[(&str, &str)]) -> Result<TokenAnswer, OauthError> {
    let name = provider.name();
    let unreachable =
        |error: reqwest::Error| OauthError::Unreachable(format!("{name} cannot be reached: {}", error.without_url()));
    let http = reqwest::Client::builder()
        // A redirect would carry the secret to wherever it points.
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(unreachable)?;
    let answer = http.post(url).form(form).send().await.map_err(unreachable)?;
    let status = answer.status();
    let bytes = body::limited(answer, MAX_ANSWER).await.map_err(|error| match error {
        BodyError::TooLong => OauthError::Unreachable(format!("the answer of {name} is too long to be one of theirs")),
        BodyError::Http(error) => unreachable(error),
    })?;
    if status.is_success() {
        return serde_json::from_slice(&bytes)
            .map_err(|error| OauthError::Unreachable(format!("{name} answered what is no token: {error}")));
    }
    let said: TokenError = serde_json::from_slice(&bytes).unwrap_or_default();
    let words: String = said
        .error_description
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect();
    match said.error.as_str() {
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
            Err(OauthError::Revoked(format!(
                "{name} no longer lets us into the account ({}: {words}); connect it again in the settings of the inbox",
                said.error
            )))
        }
        "invalid_client" | "unauthorized_client" => Err(OauthError::Refused(format!(
            "{name} refuses our application ({}: {words}); its client secret is wrong or over: enter a new one under Settings, Inboxes",
            said.error
        ))),
        _ if status.is_server_error() || status.as_u16() == 429 || said.error == "temporarily_unavailable" => Err(
            OauthError::Unreachable(format!("{name} is in trouble ({status}); trying again")),
        ),
        error => Err(OauthError::Refused(format!(
            "{name} refuses ({status} {error}: {words})"
        ))),
    }
}

/// An access token of an account, renewed where it is about to end. One process renews at a time:
/// providers that rotate refresh tokens take the second use of an old one for a theft.
///
/// # Errors
/// [`OauthError`].
pub async fn access(store: &Store, id: &str) -> Result<String, OauthError> {
    let lease = format!("oauth:{id}");
    let me = store.env().ulid();
    for _ in 0..60 {
        let (account, tokens) = store::load(store, id).await?;
        if account.state == "revoked" {
            return Err(OauthError::Revoked(account.error));
        }
        if account.expires_at - MARGIN > store.now() {
            return Ok(tokens.access_token);
        }
        if leases::hold(store, &lease, &me, LEASE).await?.is_some() {
            let renewed = renew(store, id, account.version).await;
            leases::release(store, &lease, &me).await?;
            return match renewed {
                // The old one may still do for its last minutes.
                Err(OauthError::Unreachable(_)) if account.expires_at > store.now() => Ok(tokens.access_token),
                other => other,
            };
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err(OauthError::Unreachable(
        "another process has been renewing the access for too long".to_owned(),
    ))
}

async fn renew(store: &Store, id: &str, version: i64) -> Result<String, OauthError> {
    // Somebody may have been quicker before the lease was ours.
    let (account, tokens) = store::load(store, id).await?;
    if account.version != version && account.expires_at - MARGIN > store.now() {
        return Ok(tokens.access_token);
    }
    let Some(provider) = Provider::of(&account.provider) else {
        return Err(OauthError::Refused(format!("`{}` is no provider", account.provider)));
    };
    let client = client(store, provider).await?.ok_or_else(|| no_client(provider))?;
    let answer = ask(
        provider,
        &tokens.token_url,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", &tokens.refresh_token),
            ("client_id", &client.client_id),
            ("client_secret", &client.client_secret),
        ],
    )
    .await;
    match answer {
        Ok(answer) => {
            let fresh = Tokens {
                access_token: answer.access_token,
                // Google keeps the old one, Microsoft gives a new one each time.
                refresh_token: answer.refresh_token.unwrap_or(tokens.refresh_token),
                token_url: tokens.token_url,
            };
            let expires_at = store.now() + answer.expires_in.unwrap_or(3600).clamp(0, 86_400) * 1000;
            store::renewed(store, id, &fresh, expires_at).await?;
            Ok(fresh.access_token)
        }
        Err(OauthError::Revoked(words)) => {
            store::revoked(store, id, &words).await?;
            Err(OauthError::Revoked(words))
        }
        Err(error) => Err(error),
    }
}

/// The settings with an access token in the place of the account.
pub(super) async fn imap(store: &Store, settings: &ImapSettings) -> Result<ImapSettings, Trouble> {
    let Credentials::Oauth { account } = &settings.auth else {
        return Ok(settings.clone());
    };
    match access(store, account).await {
        Ok(access_token) => Ok(ImapSettings {
            auth: Credentials::Xoauth2 { access_token },
            ..settings.clone()
        }),
        Err(OauthError::Store(error)) => Err(Trouble::Store(error)),
        Err(error @ OauthError::Unreachable(_)) => Err(Trouble::Mailbox(MailboxError::Network(error.to_string()))),
        Err(error) => Err(Trouble::Mailbox(MailboxError::Auth(error.to_string()))),
    }
}

/// As `imap`, for tests of a connection in the settings.
///
/// # Errors
/// [`MailboxError`] in words for the administrator.
pub async fn signed_in(store: &Store, settings: &ImapSettings) -> Result<ImapSettings, MailboxError> {
    imap(store, settings).await.map_err(|trouble| match trouble {
        Trouble::Mailbox(error) => error,
        Trouble::Store(error) => MailboxError::Network(error.to_string()),
    })
}

/// As `imap`, for sending. Mail waits until the access is there again.
///
/// # Errors
/// [`SendError::Temporary`].
pub async fn smtp(store: &Store, settings: &SmtpSettings) -> Result<SmtpSettings, SendError> {
    let Some(Credentials::Oauth { account }) = &settings.auth else {
        return Ok(settings.clone());
    };
    match access(store, account).await {
        Ok(access_token) => Ok(SmtpSettings {
            auth: Some(Credentials::Xoauth2 { access_token }),
            ..settings.clone()
        }),
        Err(error) => Err(SendError::Temporary {
            code: match &error {
                OauthError::Store(_) => "storage".to_owned(),
                OauthError::Unreachable(_) => "smtp.network".to_owned(),
                _ => "smtp.auth".to_owned(),
            },
            reason: error.to_string(),
            retry_after: None,
        }),
    }
}

/// The server refuses a token that should be good: the next use asks for a new one. One that is
/// quite new is left alone, so that a server that refuses everything is not a reason to ask again
/// and again.
pub(crate) async fn forget_access(store: &Store, auth: &Credentials) -> conversation::Result<()> {
    match auth {
        Credentials::Oauth { account } => store::forget_access(store, account, 60_000).await,
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests;
