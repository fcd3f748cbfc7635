//! The settings of one WhatsApp number.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// One number of the WhatsApp Business Platform, as an administrator configures it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatsappSettings {
    /// The id of the number (not the number itself), from the app's API set-up page.
    pub phone_number_id: String,
    /// The id of the WhatsApp Business Account that owns the number.
    #[serde(default)]
    pub business_account_id: Option<String>,
    /// A system user's token with `whatsapp_business_messaging`.
    pub access_token: String,
    /// The app's secret; web hooks are signed with it.
    pub app_secret: String,
    /// The word agreed with Meta for the web hook's verification.
    pub verify_token: String,
    /// Where the Graph API is.
    #[serde(default = "default_graph_url")]
    pub graph_url: String,
    /// The version of the Graph API, with its `v`.
    #[serde(default = "default_api_version")]
    pub api_version: String,
    /// What is sent when the customer last wrote more than 24 hours ago.
    #[serde(default)]
    pub template: Option<FallbackTemplate>,
    /// The public address of this installation; a card's links are relative to it. Without one,
    /// cards go out without their links.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Messages a second that Meta allows this number (80 unless Meta raised it).
    #[serde(default = "default_throughput")]
    pub messages_per_second: u32,
    /// The largest media file that is fetched, in bytes.
    #[serde(default = "default_max_media_bytes")]
    pub max_media_bytes: u64,
    /// Whether customers see that an agent read their message and is writing.
    #[serde(default = "yes")]
    pub read_marks: bool,
}

/// An approved template that carries a message outside the 24-hour window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackTemplate {
    /// Its name in WhatsApp Manager.
    pub name: String,
    /// Its language there, such as `pt_BR`.
    pub language: String,
    /// What fills `{{1}}`, `{{2}}` … of its body, in order.
    #[serde(default = "default_parameters")]
    pub parameters: Vec<TemplateParameter>,
}

/// What fills one variable of a template's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateParameter {
    /// The message itself, on one line.
    Text,
    /// The customer's name.
    RecipientName,
    /// The name of whoever answers.
    AuthorName,
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("whatsapp setting `{field}`: {reason}")]
pub struct SettingsError {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it and what it should be.
    pub reason: String,
    /// It is empty.
    pub is_missing: bool,
}

fn yes() -> bool {
    true
}

fn default_graph_url() -> String {
    "https://graph.facebook.com".to_owned()
}

fn default_api_version() -> String {
    "v23.0".to_owned()
}

fn default_throughput() -> u32 {
    80
}

/// Meta's own limit for documents.
fn default_max_media_bytes() -> u64 {
    100 * 1024 * 1024
}

fn default_parameters() -> Vec<TemplateParameter> {
    vec![TemplateParameter::Text]
}

impl WhatsappSettings {
    /// Checks what can be checked without the network, and returns the address of the Graph API.
    ///
    /// # Errors
    /// [`SettingsError`] names the field.
    pub fn graph(&self) -> Result<Url, SettingsError> {
        let wrong = |field, reason: &str| SettingsError {
            field,
            reason: reason.to_owned(),
            is_missing: false,
        };
        for (field, value) in [
            ("phone_number_id", &self.phone_number_id),
            ("access_token", &self.access_token),
            ("app_secret", &self.app_secret),
            ("verify_token", &self.verify_token),
        ] {
            if value.trim().is_empty() {
                return Err(SettingsError {
                    is_missing: true,
                    ..wrong(field, "is empty; copy it from the app's WhatsApp set-up page")
                });
            }
        }
        if !is_path_segment(&self.phone_number_id) {
            return Err(wrong(
                "phone_number_id",
                "is the numeric id that Meta shows under the number",
            ));
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
        if self.messages_per_second == 0 {
            return Err(wrong("messages_per_second", "must be at least 1"));
        }
        let graph = Url::parse(&self.graph_url).map_err(|e| {
            wrong(
                "graph_url",
                &format!("is not an address ({e}); usually https://graph.facebook.com"),
            )
        })?;
        if !matches!(graph.scheme(), "http" | "https") || graph.host_str().is_none() {
            return Err(wrong("graph_url", "must start with https:// (http:// for a stand-in)"));
        }
        if let Some(public) = &self.public_url
            && Url::parse(public).map_or(true, |url| url.host_str().is_none())
        {
            return Err(wrong(
                "public_url",
                "is not an address such as https://support.example.com",
            ));
        }
        Ok(graph)
    }
}

/// Whether an id can stand in a path without changing its meaning.
pub(crate) fn is_path_segment(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 256
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && !id.bytes().all(|b| b == b'.')
}

/// Secrets stay out of logs.
impl fmt::Debug for WhatsappSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhatsappSettings")
            .field("phone_number_id", &self.phone_number_id)
            .field("business_account_id", &self.business_account_id)
            .field("graph_url", &self.graph_url)
            .field("api_version", &self.api_version)
            .field("template", &self.template)
            .field("public_url", &self.public_url)
            .field("messages_per_second", &self.messages_per_second)
            .field("max_media_bytes", &self.max_media_bytes)
            .field("read_marks", &self.read_marks)
            .finish_non_exhaustive()
    }
}
