//! Calls of the Graph API.
//!
//! Nothing here waits or tries again: each call says what became of it, and the dispatcher decides.

mod media;

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use conversation::inbound::BlobRef;
use conversation::outbound::{OutboundMessage, SendError, Sent, StatusUpdate};
use conversation::types::Millis;
use reqwest::RequestBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::errors;
use super::rate::Limiter;
use super::send::Special;
use super::send::{self, MediaId, WINDOW_CLOSED, permanent};
use super::settings::{SettingsError, WhatsappSettings, is_path_segment};
use super::templates::listed::Listed;
use crate::graph::{Graph, Service};

#[cfg(test)]
pub(crate) use media::allowed;
pub use media::{Fetched, MediaError};

/// How its errors are named and read.
const SERVICE: Service = Service {
    name: "whatsapp",
    refused: errors::from_response,
};

/// The longest page of a list that is read, in bytes.
const MAX_LIST: usize = 8 * 1024 * 1024;

/// The most pages of a list; Meta allows 6,000 templates.
const MOST_PAGES: usize = 100;

/// How long Meta may take, connection and answer together.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends and fetches for one number.
#[derive(Debug)]
pub struct Client {
    settings: WhatsappSettings,
    graph: Graph,
    limiter: Mutex<Limiter>,
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

/// What of a delivery is done. Keep it with the delivery and hand it in again: a next try begins
/// where this one stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Ids of the files uploaded so far, in the order of the attachments.
    pub media: Vec<MediaId>,
    /// Provider ids of the requests that were taken, in order.
    pub accepted: Vec<String>,
    /// Requests in all; 0 until the first one left.
    pub parts: usize,
}

impl Progress {
    /// Takes Meta's own word that a part arrived, after a try that ended unknown. Returns whether it
    /// was news; then [`Client::deliver`] goes on with the part after it.
    pub fn confirm(&mut self, status: &StatusUpdate) -> bool {
        let extra = status.extra.as_ref();
        let number = |key: &str| {
            extra
                .and_then(|e| e.get(key)?.as_u64())
                .and_then(|n| usize::try_from(n).ok())
        };
        let (Some(part), Some(parts)) = (number("part"), number("parts")) else {
            return false;
        };
        let is_news = part == self.accepted.len() && (self.parts == 0 || self.parts == parts);
        if is_news {
            self.parts = parts;
            self.accepted.push(status.provider_id.clone());
        }
        is_news
    }

    /// Whether all of it has left.
    pub(crate) fn is_done(&self) -> bool {
        self.parts != 0 && self.accepted.len() >= self.parts
    }

    /// What is known of the message once all of it has left.
    pub(crate) fn sent(&self) -> Sent {
        let provider_id = self.accepted.last().filter(|id| !id.is_empty()).cloned();
        Sent {
            provider_id,
            is_delivered: false,
        }
    }
}

/// What [`Client::deliver`] needs from its caller.
pub trait Journal: Sync {
    /// The bytes of an attachment.
    fn bytes(&self, blob: &BlobRef) -> impl Future<Output = Result<Bytes, SendError>> + Send;

    /// Keeps the progress, before the next request leaves.
    fn keep(&self, progress: &Progress) -> impl Future<Output = Result<(), SendError>> + Send;
}

/// What the business's telephone knows from before its number came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastPart {
    /// Whom its address book names.
    AddressBook,
    /// Its chats of the last 180 days.
    Chats,
}

impl Client {
    /// A client for a number. The process must have installed a TLS provider.
    ///
    /// # Errors
    /// [`ClientError`] where the settings cannot be used.
    pub fn new(settings: WhatsappSettings, now: Millis) -> Result<Self, ClientError> {
        Self::with_timeout(settings, now, TIMEOUT)
    }

    /// A client that waits for answers as long as it is told.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_timeout(settings: WhatsappSettings, now: Millis, timeout: Duration) -> Result<Self, ClientError> {
        let (base, version) = (settings.graph()?, &settings.api_version);
        let graph = Graph::new(base, version, &settings.access_token, timeout, SERVICE)?;
        let limiter = Mutex::new(Limiter::new(settings.messages_per_second, now));
        Ok(Client {
            settings,
            graph,
            limiter,
        })
    }

    /// The settings it was made from.
    pub fn settings(&self) -> &WhatsappSettings {
        &self.settings
    }

    /// Sends a whole message, from where `progress` says it stands: uploads what is not uploaded,
    /// sends what was not taken, and has the journal keep each step. [`Sent`] names the last request.
    ///
    /// # Errors
    /// [`SendError`]; what was taken before is in the journal, so that the next try goes on from there.
    pub async fn deliver<J: Journal>(
        &self,
        out: &OutboundMessage,
        now: Millis,
        progress: &mut Progress,
        journal: &J,
    ) -> Result<Sent, SendError> {
        if progress.is_done() {
            return Ok(progress.sent());
        }
        // Outside the window nothing is uploaded for a message that will be refused.
        let is_template = Special::read(out.extra.as_ref()).is_some_and(|special| special.is_template());
        let files: &[_] = if is_template || send::is_window_open(out.last_inbound_at, now) {
            &out.attachments
        } else {
            &[]
        };
        for attachment in files.iter().skip(progress.media.len()) {
            let media_type = send::upload_type(attachment)?;
            let bytes = journal.bytes(&attachment.blob).await?;
            progress
                .media
                .push(self.upload_media(&attachment.name, media_type, bytes).await?);
            journal.keep(progress).await?;
        }
        let requests = send::requests(out, now, &self.settings, &progress.media)?;
        if progress.parts != 0 && progress.parts != requests.len() {
            return Err(SendError::Permanent {
                code: WINDOW_CLOSED.to_owned(),
                reason: format!(
                    "{} of {} parts arrived; then the 24-hour window closed and the rest cannot be sent.",
                    progress.accepted.len(),
                    progress.parts
                ),
            });
        }
        progress.parts = requests.len();
        for request in requests.iter().skip(progress.accepted.len()) {
            let sent = self.send(request, now).await?;
            progress.accepted.push(sent.provider_id.unwrap_or_default());
            if let Err(error) = journal.keep(progress).await {
                // It has left: to try again from what was kept would send it twice.
                if progress.accepted.len() < progress.parts {
                    return Err(SendError::Unknown {
                        code: "storage".to_owned(),
                        reason: error.to_string(),
                    });
                }
                // All of it has left, which is what the caller keeps now.
                tracing::warn!(%error, "what was sent of a message could not be noted with its last part");
            }
        }
        Ok(progress.sent())
    }

    /// Sends one request body of [`send::requests`].
    ///
    /// # Errors
    /// [`SendError`] with the code `whatsapp.…`; `Unknown` where Meta may have taken it.
    pub async fn send(&self, request: &Value, now: Millis) -> Result<Sent, SendError> {
        let recipient = ["to", "recipient"]
            .iter()
            .find_map(|key| request.get(key)?.as_str())
            .unwrap_or_default();
        self.limited(|limiter| limiter.take(recipient, now))
            .map_err(|wait| SendError::Temporary {
                code: "whatsapp.paced".to_owned(),
                reason: "WhatsApp's rate limit is reached; the message waits its turn.".to_owned(),
                retry_after: Some(wait.millis),
            })?;
        let result = self.answer(self.post("messages").json(request)).await;
        if let Err(SendError::Temporary { code, retry_after, .. }) = &result {
            match errors::number(code) {
                Some(131056) => self.limited(|limiter| limiter.block_pair(recipient, now)),
                Some(130429 | 80007 | 4 | 131048) => {
                    self.limited(|limiter| limiter.block_number(now, retry_after.unwrap_or(1_000)));
                }
                _ => {}
            }
        }
        let answer = result?;
        match answer["messages"][0]["id"].as_str() {
            Some(id) => Ok(Sent {
                provider_id: Some(id.to_owned()),
                is_delivered: false,
            }),
            None => Err(unknown("no_id", "The Graph API took the message and gave it no id.")),
        }
    }

    /// Marks a customer's message (and those before it) as read; `is_typing` also shows that an
    /// answer is being written, for 25 seconds or until it comes.
    ///
    /// # Errors
    /// [`SendError`]; nothing is lost by it.
    pub async fn mark_read(&self, message_id: &str, is_typing: bool) -> Result<(), SendError> {
        let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message_id });
        if is_typing {
            body["typing_indicator"] = json!({ "type": "text" });
        }
        self.answer(self.post("messages").json(&body)).await.map(drop)
    }

    /// Asks for the number itself: proves address, token and id, for `doctor` and the inbox's health.
    ///
    /// # Errors
    /// [`SendError`] as Meta refuses, or as it cannot be reached.
    pub async fn check(&self) -> Result<Value, SendError> {
        let mut url = self.url(&[&self.settings.phone_number_id]);
        url.query_pairs_mut()
            .append_pair("fields", "display_phone_number,verified_name,quality_rating,name_status,status,messaging_limit_tier,whatsapp_business_manager_messaging_limit,webhook_configuration");
        self.answer(self.graph.get(url)).await
    }

    /// How many apps are subscribed to the account's web hooks.
    ///
    /// # Errors
    /// Without an account id, and where the token may not look at the account.
    pub async fn subscriptions(&self) -> Result<usize, SendError> {
        let account = self.account()?;
        let answer = self
            .answer(self.graph.get(self.url(&[account, "subscribed_apps"])))
            .await?;
        Ok(answer["data"].as_array().map_or(0, Vec::len))
    }

    /// Subscribes the app of the token to the account's web hooks.
    ///
    /// # Errors
    /// As [`Client::subscriptions`].
    pub async fn subscribe(&self) -> Result<(), SendError> {
        let account = self.account()?;
        self.answer(self.graph.post(self.url(&[account, "subscribed_apps"])))
            .await
            .map(drop)
    }

    /// Asks for a part of what the telephone knows from before, which comes by web hook afterwards. Meta takes each once,
    /// in the 24 hours after the number came here from the WhatsApp Business app.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/onboarding-business-app-users>
    ///
    /// # Errors
    /// [`SendError`] as Meta refuses, or as it cannot be reached.
    pub async fn ask_for_past(&self, part: PastPart) -> Result<(), SendError> {
        let kind = match part {
            PastPart::AddressBook => "smb_app_state_sync",
            PastPart::Chats => "history",
        };
        let body = json!({ "messaging_product": "whatsapp", "sync_type": kind });
        self.answer(self.post("smb_app_data").json(&body)).await.map(drop)
    }

    /// Every template of the account, in all its languages and states.
    ///
    /// # Errors
    /// As [`Client::subscriptions`]. A list that breaks off is an error, too: half a list would look as if
    /// the rest were deleted.
    pub async fn templates(&self) -> Result<Vec<Listed>, SendError> {
        let account = self.account()?;
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut url = self.url(&[account, "message_templates"]);
            url.query_pairs_mut()
                .append_pair(
                    "fields",
                    "id,name,language,status,category,rejected_reason,quality_score,components",
                )
                .append_pair("limit", "200");
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let answer = self.graph.answer_of(self.graph.get(url), MAX_LIST).await?;
            let Some(data) = answer["data"].as_array() else {
                return Err(permanent("answer", "The Graph API answered with no list of templates."));
            };
            all.extend(data.iter().filter_map(Listed::read));
            let next = answer["paging"]["cursors"]["after"].as_str().map(str::to_owned);
            // The cursor stands on the last page, too; only `next` says that there is one more.
            if data.is_empty() || answer["paging"]["next"].is_null() || next.is_none() || next == after {
                return Ok(all);
            }
            after = next;
        }
        Err(permanent("answer", "The Graph API's list of templates has no end."))
    }

    fn account(&self) -> Result<&str, SendError> {
        let account = self
            .settings
            .business_account_id
            .as_deref()
            .map(str::trim)
            .unwrap_or_default();
        if is_path_segment(account) {
            Ok(account)
        } else {
            Err(permanent(
                "no_account",
                "The inbox has no business account id; copy it from the app's WhatsApp set-up page.",
            ))
        }
    }

    /// Uploads a file; Meta keeps it for 30 days.
    ///
    /// # Errors
    /// [`SendError`] as Meta refuses the file, or as it cannot be reached.
    pub async fn upload_media(&self, name: &str, media_type: &str, bytes: Bytes) -> Result<MediaId, SendError> {
        let length = bytes.len() as u64;
        let file = reqwest::multipart::Part::stream_with_length(bytes, length)
            .file_name(name.to_owned())
            .mime_str(media_type)
            .map_err(|e| permanent("media_type", format!("`{media_type}` is not a media type: {e}")))?;
        let form = reqwest::multipart::Form::new()
            .text("messaging_product", "whatsapp")
            .text("type", media_type.to_owned())
            .part("file", file);
        let answer = self
            .answer(self.post("media").multipart(form))
            .await
            .map_err(|error| match error {
                // An upload that may have arrived does no harm: it is only made again.
                SendError::Unknown { code, reason } => SendError::Temporary {
                    code,
                    reason,
                    retry_after: None,
                },
                other => other,
            })?;
        let id = answer["id"].as_str().filter(|id| is_path_segment(id));
        id.map(|id| MediaId(id.to_owned())).ok_or_else(|| SendError::Temporary {
            code: "whatsapp.no_media_id".to_owned(),
            reason: "The Graph API took a file and gave it no id.".to_owned(),
            retry_after: None,
        })
    }

    fn limited<T>(&self, use_it: impl FnOnce(&mut Limiter) -> T) -> T {
        use_it(&mut self.limiter.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn post(&self, edge: &str) -> RequestBuilder {
        self.graph.post(self.url(&[&self.settings.phone_number_id, edge]))
    }

    fn url(&self, segments: &[&str]) -> Url {
        self.graph.url(segments)
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, SendError> {
        self.graph.answer(request).await
    }
}

fn unknown(code: &str, reason: &str) -> SendError {
    SERVICE.unknown(code, reason)
}
