//! Files that customers send: asked for by id, then fetched from where Meta keeps them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conversation::outbound::SendError;
use sha2::{Digest, Sha256};
use url::Url;

use super::Client;
use crate::body::{self, BodyError};
use crate::whatsapp::inbound::MediaRef;
use crate::whatsapp::settings::is_path_segment;

/// Domains where Meta keeps files. The token goes with the request, so it goes nowhere else.
const MEDIA_DOMAINS: &[&str] = &["fbsbx.com", "fbcdn.net", "whatsapp.net"];

/// A fetched file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of them, lower-case hexadecimal.
    pub sha256: String,
    /// The media type that Meta gives it.
    pub media_type: String,
}

impl Fetched {
    /// What was fetched, with its sum.
    pub(crate) fn of(bytes: Vec<u8>, media_type: String) -> Fetched {
        Fetched {
            sha256: hex::encode(Sha256::digest(&bytes)),
            bytes,
            media_type,
        }
    }
}

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Worth trying again.
    #[error("the file cannot be fetched now: {0}")]
    Temporary(String),
    /// Meta does not have it (any more).
    #[error("Meta does not have the file (any more): {0}")]
    Gone(String),
    /// Above the limit of the settings.
    #[error("the file is larger than the {limit} bytes that this inbox takes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// An id or an address that is not Meta's.
    #[error("the file is not at an address of Meta's: {0}")]
    Refused(String),
    /// The bytes are not those that were sent.
    #[error("the file arrived damaged: SHA-256 {found}, expected {expected}")]
    Damaged {
        /// Of what arrived.
        found: String,
        /// As Meta announced it.
        expected: String,
    },
}

impl Client {
    /// Fetches a file of an inbound message and checks its size and sum.
    ///
    /// # Errors
    /// [`MediaError`] says whether another try can help.
    pub async fn fetch_media(&self, media: &MediaRef) -> Result<Fetched, MediaError> {
        if !is_path_segment(&media.id) {
            return Err(MediaError::Refused(format!(
                "`{}` is not a media id",
                media.id.escape_debug()
            )));
        }
        let limit = self.settings.max_media_bytes;
        let mut about = self.url(&[&media.id]);
        about
            .query_pairs_mut()
            .append_pair("phone_number_id", &self.settings.phone_number_id);
        let about = self.answer(self.graph.get(about)).await.map_err(|error| match error {
            SendError::Permanent { code, reason } => MediaError::Gone(format!("{reason} ({code})")),
            SendError::Temporary { reason, .. } | SendError::Unknown { reason, .. } => MediaError::Temporary(reason),
        })?;
        if about["file_size"].as_u64().is_some_and(|size| size > limit) {
            return Err(MediaError::TooLarge { limit });
        }
        let url = about["url"]
            .as_str()
            .ok_or_else(|| MediaError::Temporary("the answer has no `url`".to_owned()))?;
        let url = allowed(self.graph.base(), url).map_err(MediaError::Refused)?;
        let request = self.graph.get(url);
        let response = request
            .send()
            .await
            .map_err(|e| MediaError::Temporary(e.without_url().to_string()))?;
        match response.status().as_u16() {
            200..=299 => {}
            404 | 410 => return Err(MediaError::Gone("HTTP 404".to_owned())),
            300..=399 => {
                return Err(MediaError::Refused("the address leads elsewhere".to_owned()));
            }
            status => return Err(MediaError::Temporary(format!("HTTP {status}"))),
        }
        let bytes = body::limited(response, limit).await.map_err(|e| match e {
            BodyError::TooLong => MediaError::TooLarge { limit },
            BodyError::Http(e) => MediaError::Temporary(e.without_url().to_string()),
        })?;
        let found = hex::encode(Sha256::digest(&bytes));
        let announced = [about["sha256"].as_str(), media.sha256.as_deref()];
        for expected in announced.into_iter().flatten().filter_map(sum) {
            if expected != found {
                return Err(MediaError::Damaged { found, expected });
            }
        }
        let media_type = about["mime_type"]
            .as_str()
            .and_then(|t| t.split(';').next())
            .map(str::trim);
        let media_type = media_type
            .filter(|t| !t.is_empty())
            .unwrap_or(&media.media_type)
            .to_ascii_lowercase();
        Ok(Fetched {
            bytes,
            sha256: found,
            media_type,
        })
    }
}

/// The address of a file, if it is the Graph API's own host or one of Meta's over HTTPS.
pub(crate) fn allowed(graph: &Url, address: &str) -> Result<Url, String> {
    let url = Url::parse(address).map_err(|e| format!("not an address: {e}"))?;
    let host = url.host_str().unwrap_or_default();
    let is_graph = url.origin() == graph.origin() && matches!(url.scheme(), "http" | "https");
    let is_meta = url.scheme() == "https"
        && url.port().is_none()
        && MEDIA_DOMAINS.iter().any(|domain| {
            host.strip_suffix(domain)
                .is_some_and(|front| front.is_empty() || front.ends_with('.'))
        });
    if !url.username().is_empty() || url.password().is_some() || !(is_graph || is_meta) {
        return Err(format!("host `{host}`"));
    }
    Ok(url)
}

/// A SHA-256 as lower-case hexadecimal, from base64 (web hooks) or hexadecimal (the Graph API). What
/// is neither says nothing.
fn sum(text: &str) -> Option<String> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    let bytes = STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 32)?;
    Some(hex::encode(bytes))
}
