//! Calls of the Graph API for one account.
//!
//! Nothing here waits or tries again: each call says what became of it, and the dispatcher decides.

use std::time::Duration;

use conversation::outbound::{OutboundMessage, SendError, Sent};
use conversation::types::{Channel, Millis};
use serde_json::json;
use url::Url;

use super::errors;
use super::send;
use super::settings::{MessengerSettings, SettingsError};
use super::webhook::MediaRef;
use crate::body::{self, BodyError};
use crate::graph::{Graph, Service};
use crate::whatsapp::client::{Fetched, Journal, MediaError, Progress};
use crate::whatsapp::settings::is_path_segment;

/// How long Meta may take, connection and answer together.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long somebody's name may take: their first message waits for it.
const NAME_WITHIN: Duration = Duration::from_secs(2);
/// Domains where Meta keeps files.
const STORES: &[&str] = &["fbsbx.com", "fbcdn.net", "cdninstagram.com"];

/// How its errors are named and read.
const SERVICE: Service = Service {
    name: "messenger",
    refused: errors::from_response,
};

/// Sends and fetches for one account.
#[derive(Debug)]
pub struct Client {
    channel: Channel,
    settings: MessengerSettings,
    graph: Graph,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The TLS set-up of this machine.
    #[error("the HTTPS client cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

/// What a message needs besides itself.
#[derive(Debug, Clone, Copy)]
pub struct House<'a> {
    /// Where each file of the message is to be had, in order.
    pub links: &'a [String],
    /// The public address of this installation.
    pub public_url: &'a str,
}

impl Client {
    /// A client for an account of Instagram or a page. The process must have installed a TLS provider.
    ///
    /// # Errors
    /// [`ClientError`] where the settings cannot be used.
    pub fn new(channel: Channel, settings: MessengerSettings) -> Result<Client, ClientError> {
        let base = settings.graph(channel)?;
        let graph = Graph::new(base, &settings.api_version, &settings.access_token, TIMEOUT, SERVICE)?;
        Ok(Client {
            channel,
            settings,
            graph,
        })
    }

    /// Sends a whole message, from where `progress` says it stands, and has the journal keep each step. [`Sent`] names the
    /// last request.
    ///
    /// # Errors
    /// [`SendError`]; what was taken before is in the journal, so that the next try goes on from there.
    pub async fn deliver<J: Journal>(
        &self,
        out: &OutboundMessage,
        now: Millis,
        progress: &mut Progress,
        journal: &J,
        house: House<'_>,
    ) -> Result<Sent, SendError> {
        if progress.is_done() {
            return Ok(progress.sent());
        }
        let requests = send::requests(self.channel, out, now, &self.settings, house.links, house.public_url)?;
        progress.parts = requests.len();
        for request in requests.iter().skip(progress.accepted.len()) {
            let answer = self.graph.answer(self.post("messages").json(request)).await?;
            let Some(id) = answer["message_id"].as_str() else {
                return Err(SERVICE.unknown("no_id", "The Graph API took the message and gave it no id."));
            };
            progress.accepted.push(id.to_owned());
            if let Err(error) = journal.keep(progress).await {
                // It has left: to try again from what was kept would send it twice.
                if progress.accepted.len() < progress.parts {
                    return Err(SendError::Unknown {
                        code: "storage".to_owned(),
                        reason: error.to_string(),
                    });
                }
                tracing::warn!(%error, "what was sent of a message could not be noted with its last part");
            }
        }
        Ok(progress.sent())
    }

    /// Shows a customer that their messages were read; `is_typing` also that an answer is being written, for 20 seconds or
    /// until it comes.
    ///
    /// # Errors
    /// [`SendError`]; nothing is lost by it.
    pub async fn mark_read(&self, user: &str, is_typing: bool) -> Result<(), SendError> {
        let signs: &[&str] = if is_typing {
            &["mark_seen", "typing_on"]
        } else {
            &["mark_seen"]
        };
        for sign in signs {
            let body = json!({ "recipient": { "id": user }, "sender_action": sign });
            self.graph.answer(self.post("messages").json(&body)).await?;
        }
        Ok(())
    }

    /// What the account is called: proves address, token and id.
    ///
    /// # Errors
    /// [`SendError`] as Meta refuses, or as it cannot be reached.
    pub async fn check(&self) -> Result<String, SendError> {
        let mut url = self.url(&[&self.settings.account_id]);
        url.query_pairs_mut().append_pair("fields", "name,username");
        let answer = self.graph.answer(self.graph.get(url)).await?;
        let names = [
            answer["name"].as_str().map(str::to_owned),
            answer["username"].as_str().map(|name| format!("@{name}")),
        ];
        Ok(names.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }

    /// Has the app of the token told of what happens in the account; again does no harm.
    ///
    /// # Errors
    /// As [`Client::check`].
    pub async fn subscribe(&self) -> Result<(), SendError> {
        let fields = match self.channel {
            Channel::Instagram => "messages,messaging_postbacks,messaging_seen,messaging_referral,message_reactions",
            _ => {
                "messages,messaging_postbacks,messaging_referrals,message_reactions,message_echoes,message_deliveries,\
                 message_reads,message_edits"
            }
        };
        let mut url = self.url(&[&self.settings.account_id, "subscribed_apps"]);
        url.query_pairs_mut().append_pair("subscribed_fields", fields);
        self.graph.answer(self.graph.post(url)).await.map(drop)
    }

    /// What somebody who wrote is called there; nothing where Meta does not say it at once.
    pub async fn name_of(&self, user: &str) -> Option<String> {
        if !is_path_segment(user) {
            return None;
        }
        let mut url = self.url(&[user]);
        let fields = match self.channel {
            Channel::Instagram => "name,username",
            _ => "name,first_name,last_name",
        };
        url.query_pairs_mut().append_pair("fields", fields);
        let answer = self.graph.answer(self.graph.get(url).timeout(NAME_WITHIN)).await;
        let answer = answer
            .inspect_err(|error| tracing::debug!(%error, "somebody's name is not known"))
            .ok()?;
        let text = |key: &str| {
            let text = answer[key].as_str().map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let both = || {
            let parts: Vec<String> = ["first_name", "last_name"].into_iter().filter_map(text).collect();
            Some(parts.join(" ")).filter(|name| !name.is_empty())
        };
        let name = text("name").or_else(both);
        name.or_else(|| text("username").map(|name| format!("@{name}")))
            .map(|name| name.chars().filter(|c| !c.is_control()).take(200).collect())
    }

    /// Fetches a file of an inbound message. The address came in a signed web hook; it is asked without the token.
    ///
    /// # Errors
    /// [`MediaError`] says whether another try can help.
    pub async fn fetch(&self, media: &MediaRef) -> Result<Fetched, MediaError> {
        let limit = self.settings.max_media_bytes;
        let url = self.allowed(&media.url).map_err(MediaError::Refused)?;
        let response = self.graph.get_openly(url).send().await;
        let response = response.map_err(|error| MediaError::Temporary(error.without_url().to_string()))?;
        match response.status().as_u16() {
            200..=299 => {}
            // Addresses of files are good for some days.
            status @ (403 | 404 | 410) => return Err(MediaError::Gone(format!("HTTP {status}"))),
            300..=399 => return Err(MediaError::Refused("the address leads elsewhere".to_owned())),
            status => return Err(MediaError::Temporary(format!("HTTP {status}"))),
        }
        let said = response.headers().get(reqwest::header::CONTENT_TYPE);
        let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
        let said = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let bytes = body::limited(response, limit).await.map_err(|error| match error {
            BodyError::TooLong => MediaError::TooLarge { limit },
            BodyError::Http(error) => MediaError::Temporary(error.without_url().to_string()),
        })?;
        let found = infer::get(&bytes).map(|kind| kind.mime_type().to_owned());
        let said = Some(said).filter(|said| said.contains('/') && said != "application/octet-stream");
        Ok(Fetched::of(
            bytes,
            said.or(found).unwrap_or_else(|| media.media_type.clone()),
        ))
    }

    /// The address of a file, if it is the Graph API's own host or one of Meta's stores over HTTPS.
    fn allowed(&self, address: &str) -> Result<Url, String> {
        let url = Url::parse(address).map_err(|error| format!("not an address: {error}"))?;
        let host = url.host_str().unwrap_or_default();
        let is_graph = url.origin() == self.graph.base().origin();
        let is_store = url.scheme() == "https" && url.port().is_none() && is_store_of_metas(host);
        if !url.username().is_empty() || url.password().is_some() || !(is_graph || is_store) {
            return Err(format!("host `{host}`"));
        }
        Ok(url)
    }

    fn post(&self, edge: &str) -> reqwest::RequestBuilder {
        self.graph.post(self.url(&[&self.settings.account_id, edge]))
    }

    fn url(&self, segments: &[&str]) -> Url {
        self.graph.url(segments)
    }
}

/// Whether Meta keeps files at a host.
pub(super) fn is_store_of_metas(host: &str) -> bool {
    STORES.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|front| front.is_empty() || front.ends_with('.'))
    })
}
