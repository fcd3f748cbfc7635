//! What is given to add an inbox: the settings of each channel, with the names they are stored by.

use std::collections::BTreeMap;

use conversation::types;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enums;
use super::meta_bodies::{MessengerBody, WhatsappBody};
use super::problem::{Outcome, Problem};
use crate::portal_settings::PortalSettings;
use crate::widget::Ask;

/// An inbox to add. The settings depend on the channel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "channel", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum InboxBody {
    /// A mailbox.
    Email {
        /// The name that people use.
        name: String,
        /// The language it answers in when the customer's is unknown.
        #[schema(value_type = enums::Language)]
        language: types::Language,
        /// Whether the bot answers first.
        #[serde(default)]
        bot_enabled: bool,
        /// How mail is read and sent.
        settings: EmailBody,
    },
    /// A number of the WhatsApp Business Platform.
    Whatsapp {
        /// The name that people use.
        name: String,
        /// The language it answers in when the customer's is unknown.
        #[schema(value_type = enums::Language)]
        language: types::Language,
        /// Whether the bot answers first.
        #[serde(default)]
        bot_enabled: bool,
        /// What Meta's app set-up page shows.
        settings: WhatsappBody,
    },
    /// An Instagram professional account.
    Instagram {
        /// The name that people use.
        name: String,
        /// The language it answers in when the customer's is unknown.
        #[schema(value_type = enums::Language)]
        language: types::Language,
        /// Whether the bot answers first.
        #[serde(default)]
        bot_enabled: bool,
        /// What Meta's app dashboard shows.
        settings: MessengerBody,
    },
    /// A Facebook page, reached by Messenger.
    Messenger {
        /// The name that people use.
        name: String,
        /// The language it answers in when the customer's is unknown.
        #[schema(value_type = enums::Language)]
        language: types::Language,
        /// Whether the bot answers first.
        #[serde(default)]
        bot_enabled: bool,
        /// What Meta's app dashboard shows.
        settings: MessengerBody,
    },
    /// A chat widget.
    Webchat {
        /// The name that people use.
        name: String,
        /// The language it answers in when the customer's is unknown.
        #[schema(value_type = enums::Language)]
        language: types::Language,
        /// Whether the bot answers first.
        #[serde(default)]
        bot_enabled: bool,
        /// Where it may be shown and how it looks.
        #[serde(default)]
        settings: WidgetBody,
    },
    /// A bridge to another messenger.
    Bridge {
        /// The name that people use.
        name: String,
        /// The language it answers in when the customer's is unknown.
        #[schema(value_type = enums::Language)]
        language: types::Language,
        /// Whether the bot answers first.
        #[serde(default)]
        bot_enabled: bool,
        /// Where answers go.
        #[serde(default)]
        settings: BridgeBody,
    },
    /// The portal's form.
    Portal {
        /// The name that people use.
        name: String,
        /// The language it answers in when the customer's is unknown.
        #[schema(value_type = enums::Language)]
        language: types::Language,
        /// Whether the bot answers first.
        #[serde(default)]
        bot_enabled: bool,
        /// What the form takes.
        #[serde(default)]
        settings: PortalBody,
    },
}

/// How mail is read and sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EmailSettings)]
pub(super) struct EmailBody {
    /// The address, such as `support@example.com`.
    address: String,
    /// The display name in From; empty for none.
    #[serde(default)]
    name: String,
    /// Where mail is read; without it mail comes by the web hook or `email deliver`.
    imap: Option<ImapBody>,
    /// Where mail is sent; without it the inbox only receives.
    smtp: Option<SmtpBody>,
    /// Whether an answer quotes the message it answers.
    #[serde(default)]
    quote_history: bool,
    /// Whether a copy of what is sent goes into the mailbox's folder for sent mail.
    #[serde(default)]
    copy_to_sent: bool,
    /// Whether what is sent from the mailbox with another program (a telephone, a web mail) is read from that folder, too, from
    /// when this was switched on.
    #[serde(default)]
    follow_sent: bool,
    /// That folder; empty for the one the server names.
    #[serde(default)]
    sent_folder: String,
    /// For so many hours a mail that names no other one continues what the same sender wrote under the same subject; 0 is never, more
    /// than 720 count as 720.
    #[serde(default)]
    group_hours: u32,
    /// Whether what the mail server marks as spam is filed like every other mail, instead of in spam.
    #[serde(default)]
    ignore_spam_marks: bool,
    /// Signs what is sent, where the sending server does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    dkim: Option<DkimBody>,
}

/// A DKIM key.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DkimSettings)]
pub(super) struct DkimBody {
    /// The domain that answers for the mail.
    domain: String,
    /// The record stands at `<selector>._domainkey.<domain>`.
    selector: String,
    /// RSA of 2048 bits or more, or Ed25519, in PEM. Never given back.
    #[schema(write_only)]
    private_key: String,
}

/// Secrets stay out of logs.
impl std::fmt::Debug for DkimBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DkimBody({}._domainkey.{})", self.selector, self.domain)
    }
}

/// What of a folder is read when it is attached for the first time.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Begin)]
pub(super) enum BeginBody {
    /// What arrives from now on.
    Now,
    /// The last so many days, too.
    Days(u32),
    /// Everything that is there.
    #[default]
    Everything,
}

/// A mailbox that is read over IMAP.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImapSettings)]
pub(super) struct ImapBody {
    /// The host name, which the certificate must carry.
    host: String,
    /// 993 for `tls`, 143 for `starttls` and `none`.
    port: u16,
    /// How the connection is protected; `tls` unless given.
    #[serde(default)]
    tls: Protection,
    /// The user name.
    user: String,
    /// The password or token.
    auth: Auth,
    /// The folder that is read.
    #[serde(default = "inbox_folder")]
    #[schema(default = "INBOX")]
    folder: String,
    /// Further folders that are read.
    #[serde(default)]
    #[schema(max_items = 50)]
    more_folders: Vec<String>,
    /// From when on; everything unless given.
    #[serde(default)]
    begin: BeginBody,
    /// Certificates (PEM) trusted beside the public ones.
    extra_ca: Option<String>,
    /// The largest mail that is fetched whole, in bytes.
    #[serde(default = "max_size")]
    #[schema(default = 41_943_040)]
    max_size: u32,
}

/// A server that takes mail for sending.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SmtpSettings)]
pub(super) struct SmtpBody {
    /// The host name, which the certificate must carry.
    host: String,
    /// 465 for `tls`, 587 for `starttls`, 25 for `none`.
    port: u16,
    /// How the connection is protected; `tls` unless given.
    #[serde(default)]
    tls: Protection,
    /// The user name; empty with no `auth`.
    #[serde(default)]
    user: String,
    /// The password or token, where the server asks for one.
    auth: Option<Auth>,
    /// Certificates (PEM) trusted beside the public ones.
    extra_ca: Option<String>,
    /// The name said in EHLO; the domain of the inbox where it is empty.
    #[serde(default)]
    hello: String,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TlsMode)]
pub(super) enum Protection {
    /// Not at all; for a server on the same machine only.
    None,
    /// STARTTLS, always.
    Starttls,
    /// TLS from the first byte.
    #[default]
    Tls,
}

/// What proves that the account is ours. Never given back.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Credentials)]
pub(super) enum Auth {
    /// A password.
    Password {
        /// The password.
        #[schema(write_only)]
        password: String,
    },
    /// An OAuth 2 access token.
    Xoauth2 {
        /// The access token.
        #[schema(write_only)]
        access_token: String,
    },
}

/// Secrets stay out of logs.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth(…)")
    }
}

fn inbox_folder() -> String {
    "INBOX".to_owned()
}

const fn max_size() -> u32 {
    40 * 1024 * 1024
}

/// A bridge to another messenger.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BridgeSettings)]
pub(super) struct BridgeBody {
    /// Where answers are posted. Without one the bridge only brings messages.
    #[serde(default)]
    #[schema(max_length = 2000)]
    url: String,
    /// What both sides prove themselves with: `whsec_` and 24 to 64 bytes in base64; made unless given. Never given back.
    #[serde(default)]
    #[schema(write_only)]
    secret: String,
}

/// Secrets stay out of logs.
impl std::fmt::Debug for BridgeBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BridgeBody({})", self.url)
    }
}

/// A chat widget.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WidgetSettings)]
pub(super) struct WidgetBody {
    /// Names the widget in the page that shows it; made unless given.
    key: String,
    /// Signs the user ids of your own site; made unless given. Never given back.
    #[schema(write_only)]
    identity_secret: String,
    /// The origins whose pages may show it, such as `https://www.example.com`; none means pages of this installation only.
    allowed_origins: Vec<String>,
    /// The first words of the widget, by language.
    greeting: BTreeMap<String, String>,
    /// The main colour, such as `#0a7d5a`.
    color: Option<String>,
    /// What is asked before the first message.
    before: BeforeBody,
    /// Whether visitors search and read the published help articles in it, where there are any; they do unless given.
    articles: bool,
}

impl Default for WidgetBody {
    fn default() -> WidgetBody {
        WidgetBody {
            key: String::new(),
            identity_secret: String::new(),
            allowed_origins: Vec::new(),
            greeting: BTreeMap::new(),
            color: None,
            before: BeforeBody::default(),
            articles: true,
        }
    }
}

/// What a chat asks of whoever is not known: each `no`, `optional` or `required`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = BeforeChat)]
pub(super) struct BeforeBody {
    /// What they are called.
    #[schema(pattern = "^(no|optional|required)$")]
    name: String,
    /// Their e-mail address; a letter asks them to confirm it.
    #[schema(pattern = "^(no|optional|required)$")]
    email: String,
    /// Their telephone number.
    #[schema(pattern = "^(no|optional|required)$")]
    phone: String,
}

impl Default for BeforeBody {
    fn default() -> BeforeBody {
        let no = || Ask::No.as_str().to_owned();
        BeforeBody {
            name: no(),
            email: no(),
            phone: no(),
        }
    }
}

/// Secrets stay out of logs.
impl std::fmt::Debug for WidgetBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WidgetBody")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// The portal's form.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = PortalSettings)]
pub(super) struct PortalBody {
    /// How many files one message may have.
    #[schema(maximum = 50)]
    max_files: u32,
}

impl Default for PortalBody {
    fn default() -> PortalBody {
        PortalBody {
            max_files: PortalSettings::default().max_files,
        }
    }
}

/// What a body means to its channel, by the names of its fields, which are the same.
pub(super) fn settings_of<B: Serialize, S: serde::de::DeserializeOwned>(body: &B) -> Outcome<S> {
    serde_json::to_value(body)
        .and_then(serde_json::from_value)
        .map_err(|error| Problem::invalid(format!("settings: {error}")))
}
