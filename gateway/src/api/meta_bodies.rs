//! What is given to add an inbox of WhatsApp, Instagram or Messenger.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A number of the WhatsApp Business Platform.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WhatsappSettings)]
pub(super) struct WhatsappBody {
    /// The id of the number (not the number itself).
    phone_number_id: String,
    /// The id of the WhatsApp Business Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    business_account_id: Option<String>,
    /// A system user's token. Never given back.
    #[schema(write_only)]
    access_token: String,
    /// The app's secret; web hooks are signed with it. Never given back.
    #[schema(write_only)]
    app_secret: String,
    /// The word agreed with Meta for the web hook's verification. Never given back.
    #[schema(write_only)]
    verify_token: String,
    /// Where the Graph API is, unless it is Meta's.
    #[serde(skip_serializing_if = "Option::is_none")]
    graph_url: Option<String>,
    /// The version of the Graph API, with its `v`.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    /// What is sent when the customer last wrote more than 24 hours ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<TemplateBody>,
    /// The public address of this installation, for the links of cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
    /// Messages a second that Meta allows this number; 80 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_per_second: Option<u32>,
    /// The largest media file that is fetched, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_media_bytes: Option<u64>,
    /// Whether customers see that an agent read their message and is writing; they do unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_marks: Option<bool>,
}

/// Secrets stay out of logs.
impl std::fmt::Debug for WhatsappBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WhatsappBody")
            .field("phone_number_id", &self.phone_number_id)
            .finish_non_exhaustive()
    }
}

/// An Instagram account or a Facebook page.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessengerSettings)]
pub(super) struct MessengerBody {
    /// The id of the page, or of the Instagram professional account.
    account_id: String,
    /// A token that may read and send the account's messages. Never given back.
    #[schema(write_only)]
    access_token: String,
    /// The app's secret; web hooks are signed with it. Never given back.
    #[schema(write_only)]
    app_secret: String,
    /// The word agreed with Meta for the web hook's verification. Never given back.
    #[schema(write_only)]
    verify_token: String,
    /// Where the Graph API is, unless it is Meta's own of the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    graph_url: Option<String>,
    /// The version of the Graph API, with its `v`.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    /// Whether Meta has allowed the app that people answer for seven days.
    #[serde(default)]
    human_agent: bool,
    /// Whether customers see that an agent read their message and is writing; they do unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_marks: Option<bool>,
    /// The largest file that is fetched, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_media_bytes: Option<u64>,
}

/// Secrets stay out of logs.
impl std::fmt::Debug for MessengerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessengerBody")
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}

/// An approved template.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FallbackTemplate)]
pub(super) struct TemplateBody {
    /// Its name in WhatsApp Manager.
    name: String,
    /// Its language there, such as `pt_BR`.
    language: String,
    /// What fills `{{1}}`, `{{2}}` … of its body, in order: `text`, `recipient_name`, `author_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Vec<String>>,
}
