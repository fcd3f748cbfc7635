//! The settings of an Instagram account or a Facebook page.

use std::fmt;

use conversation::types::Channel;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::whatsapp::settings::is_path_segment;

/// One account, as an administrator configures it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessengerSettings {
    /// The id of the Facebook page, or of the Instagram professional account.
    pub account_id: String,
    /// A token that may read and send the account's messages.
    pub access_token: String,
    /// The app's secret; web hooks are signed with it.
    pub app_secret: String,
    /// The word agreed with Meta for the web hook's verification.
    pub verify_token: String,
    /// Where the Graph API is; empty for Meta's own of the channel.
    #[serde(default)]
    pub graph_url: String,
    /// The version of the Graph API, with its `v`.
    #[serde(default = "default_api_version")]
    pub api_version: String,
    /// Meta has allowed the app that people answer for seven days (`HUMAN_AGENT`).
    #[serde(default)]
    pub human_agent: bool,
    /// Whether customers see that an agent read their message and is writing.
    #[serde(default = "yes")]
    pub read_marks: bool,
    /// The largest file that is fetched, in bytes.
    #[serde(default = "default_max_media_bytes")]
    pub max_media_bytes: u64,
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting `{field}`: {reason}")]
pub struct SettingsError {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it and what it should be.
    pub reason: String,
    /// It is empty.
    pub is_missing: bool,
}

/// The version that requests are made for unless the settings say another.
pub fn default_api_version() -> String {
    "v23.0".to_owned()
}

const fn yes() -> bool {
    true
}

const fn default_max_media_bytes() -> u64 {
    100 * 1024 * 1024
}

impl MessengerSettings {
    /// Those of an inbox that nobody filled in yet.
    pub fn empty() -> MessengerSettings {
        MessengerSettings {
            api_version: default_api_version(),
            read_marks: yes(),
            max_media_bytes: default_max_media_bytes(),
            ..MessengerSettings::default()
        }
    }

    /// Checks what can be checked without the network, and returns the address of the Graph API.
    ///
    /// # Errors
    /// [`SettingsError`] names the field.
    pub fn graph(&self, channel: Channel) -> Result<Url, SettingsError> {
        let wrong = |field, reason: &str| SettingsError {
            field,
            reason: reason.to_owned(),
            is_missing: false,
        };
        for (field, value) in [
            ("account_id", &self.account_id),
            ("access_token", &self.access_token),
            ("app_secret", &self.app_secret),
            ("verify_token", &self.verify_token),
        ] {
            if value.trim().is_empty() {
                return Err(SettingsError {
                    is_missing: true,
                    ..wrong(field, "is empty; copy it from Meta's app dashboard")
                });
            }
        }
        if !is_path_segment(&self.account_id) {
            return Err(wrong("account_id", "is the numeric id of the page or the account"));
        }
        // A header value takes visible ASCII only; anything else is a slip of the clipboard.
        if !self.access_token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong(
                "access_token",
                "has white space or other characters that no token has",
            ));
        }
        if !(self.api_version.starts_with('v') && is_path_segment(&self.api_version)) {
            return Err(wrong("api_version", "looks like `v23.0`"));
        }
        let address = match (self.graph_url.trim(), channel) {
            ("", Channel::Instagram) => "https://graph.instagram.com",
            ("", _) => "https://graph.facebook.com",
            (given, _) => given,
        };
        let graph = Url::parse(address).map_err(|e| {
            wrong(
                "graph_url",
                &format!("is not an address ({e}); usually https://graph.facebook.com"),
            )
        })?;
        if !matches!(graph.scheme(), "http" | "https") || graph.host_str().is_none() {
            return Err(wrong("graph_url", "must start with https:// (http:// for a stand-in)"));
        }
        Ok(graph)
    }
}

/// Secrets stay out of logs.
impl fmt::Debug for MessengerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessengerSettings")
            .field("account_id", &self.account_id)
            .field("graph_url", &self.graph_url)
            .field("api_version", &self.api_version)
            .field("human_agent", &self.human_agent)
            .field("read_marks", &self.read_marks)
            .field("max_media_bytes", &self.max_media_bytes)
            .finish_non_exhaustive()
    }
}
