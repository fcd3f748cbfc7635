//! Inboxes. Their secrets come in and never go out.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use channels::email::settings::EmailSettings;
use channels::whatsapp::settings::WhatsappSettings;
use conversation::access::Permission;
use conversation::contacts::normal_email;
use conversation::inboxes::{self, Inbox, NewInbox};
use conversation::types::{self, Channel, InboxId};
use conversation::{Error, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use super::tickets::PageQuery;
use crate::app::App;
use crate::widget_settings::{PortalSettings, WidgetSettings};

/// A configured account of a channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inbox)]
pub(super) struct InboxView {
    /// Its id.
    id: String,
    /// The channel.
    #[schema(value_type = enums::Channel)]
    channel: types::Channel,
    /// The name that people and the command line use.
    name: String,
    /// The language it answers in when the customer's is unknown.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// How the channel addresses it: e-mail address, phone number id, widget key.
    address: String,
    /// Whether it receives and sends.
    is_enabled: bool,
    /// Whether the bot answers first.
    bot_enabled: bool,
    /// `unknown`, `ok` or `failing`.
    health: String,
    /// What is wrong, and what to do.
    health_detail: String,
    /// Since when.
    health_at: Time,
    /// When it was added.
    created_at: Time,
}

impl From<Inbox> for InboxView {
    fn from(inbox: Inbox) -> InboxView {
        InboxView {
            id: inbox.id.to_string(),
            channel: inbox.channel,
            name: inbox.name,
            language: inbox.language,
            address: inbox.address,
            is_enabled: inbox.is_enabled,
            bot_enabled: inbox.bot_enabled,
            health: inbox.health,
            health_detail: inbox.health_detail,
            health_at: Time(inbox.health_at),
            created_at: Time(inbox.created_at),
        }
    }
}

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
}

/// Secrets stay out of logs.
impl std::fmt::Debug for WhatsappBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WhatsappBody")
            .field("phone_number_id", &self.phone_number_id)
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

/// A chat widget.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WidgetSettings)]
pub(super) struct WidgetBody {
    /// Names the widget in the page that shows it; made unless given.
    key: String,
    /// Signs the user ids of your own site; made unless given. Never given back.
    #[schema(write_only)]
    identity_secret: String,
    /// The origins whose pages may show it, such as `https://www.example.com`; none means any.
    allowed_origins: Vec<String>,
    /// The first words of the widget, by language.
    greeting: BTreeMap<String, String>,
    /// The main colour, such as `#0a7d5a`.
    color: Option<String>,
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

/// List inboxes
///
/// All of them, by name, with their health.
#[utoipa::path(get, path = "/inboxes", tag = "inboxes", operation_id = "listInboxes", params(PageQuery),
    responses((status = 200, description = "A page of inboxes.", body = Page<InboxView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<InboxView>>> {
    caller.may(Permission::Read)?;
    let limit = super::extract::limit(query.limit)?;
    // There are tens of inboxes at most; the core reads them all.
    let mut rows = inboxes::list(app.store.db()).await?;
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(after) = &query.after {
        rows.retain(|inbox| inbox.id.as_str() > after.as_str());
    }
    let has_more = super::extract::cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows.into_iter().map(InboxView::from).collect(),
    }))
}

/// An inbox with its settings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InboxDetail {
    /// The inbox.
    inbox: InboxView,
    /// The settings of its channel, as they are given when it is added, without the secrets.
    #[schema(value_type = Object)]
    settings: Value,
}

/// Read an inbox
///
/// With the settings of its channel. Passwords, tokens and secrets are left out.
#[utoipa::path(get, path = "/inboxes/{id}", tag = "inboxes", operation_id = "getInbox",
    params(("id" = String, Path, description = "The inbox.")),
    responses((status = 200, description = "The inbox.", body = InboxDetail)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<InboxDetail>> {
    caller.may(Permission::Read)?;
    Ok(Answer(detail(&app.store, &InboxId::from(id)).await?))
}

async fn detail(store: &Store, id: &InboxId) -> Outcome<InboxDetail> {
    let inbox = inboxes::load(store.db(), id).await?;
    let all: Value = inboxes::settings(store, id).await?;
    let settings = match public_fields(inbox.channel) {
        Some(fields) => only(&all, fields),
        None => Value::Object(serde_json::Map::new()),
    };
    Ok(InboxDetail {
        settings,
        inbox: inbox.into(),
    })
}

/// A field that may be shown, and those below it.
pub(super) struct Shown(pub(super) &'static str, pub(super) &'static [Shown]);

const SERVER: &[Shown] = &[
    Shown("host", &[]),
    Shown("port", &[]),
    Shown("tls", &[]),
    Shown("user", &[]),
    Shown("folder", &[]),
    Shown("extra_ca", &[]),
    Shown("max_size", &[]),
    Shown("hello", &[]),
];
const EMAIL: &[Shown] = &[
    Shown("address", &[]),
    Shown("name", &[]),
    Shown("imap", SERVER),
    Shown("smtp", SERVER),
];
const WHATSAPP: &[Shown] = &[
    Shown("phone_number_id", &[]),
    Shown("business_account_id", &[]),
    Shown("graph_url", &[]),
    Shown("api_version", &[]),
    Shown("template", &[]),
    Shown("public_url", &[]),
    Shown("messages_per_second", &[]),
    Shown("max_media_bytes", &[]),
];
const WEBCHAT: &[Shown] = &[
    Shown("key", &[]),
    Shown("allowed_origins", &[]),
    Shown("greeting", &[]),
    Shown("color", &[]),
];

/// What of a channel's settings may be shown: named one by one, so that a new secret stays one.
fn public_fields(channel: Channel) -> Option<&'static [Shown]> {
    match channel {
        Channel::Email => Some(EMAIL),
        Channel::Whatsapp => Some(WHATSAPP),
        Channel::Webchat => Some(WEBCHAT),
        Channel::Portal => Some(&[Shown("max_files", &[])]),
        Channel::Phone => None,
    }
}

pub(super) fn only(value: &Value, fields: &[Shown]) -> Value {
    let Value::Object(object) = value else {
        return value.clone();
    };
    let shown = fields.iter().filter_map(|Shown(name, below)| {
        let field = object.get(*name)?;
        let field = if below.is_empty() {
            field.clone()
        } else {
            only(field, below)
        };
        Some(((*name).to_owned(), field))
    });
    Value::Object(shown.collect())
}

/// Add an inbox
///
/// An e-mail, WhatsApp, web chat or portal inbox with the settings of its channel. Secrets are
/// stored sealed and never given back.
#[utoipa::path(post, path = "/inboxes", tag = "inboxes", operation_id = "createInbox", request_body = InboxBody,
    responses((status = 201, description = "The inbox.", body = InboxDetail, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<InboxBody>,
) -> Outcome<Created<InboxDetail>> {
    caller.may(Permission::Administer)?;
    let store = &app.store;
    let wrong = |words: String| Problem::invalid(format!("settings: {words}"));
    let add = Add { store, caller: &caller };
    let id = match body {
        InboxBody::Email {
            name,
            language,
            bot_enabled,
            settings,
        } => {
            let mut settings: EmailSettings = settings_of(&settings)?;
            settings.address = normal_email(&settings.address)
                .map_err(|_| wrong("address: that is not an e-mail address".to_owned()))?;
            let address = settings.address.clone();
            add.inbox(Channel::Email, name, language, bot_enabled, address, settings)
                .await?
        }
        InboxBody::Whatsapp {
            name,
            language,
            bot_enabled,
            settings,
        } => {
            let settings: WhatsappSettings = settings_of(&settings)?;
            settings.graph().map_err(|error| wrong(error.to_string()))?;
            let address = settings.phone_number_id.clone();
            add.inbox(Channel::Whatsapp, name, language, bot_enabled, address, settings)
                .await?
        }
        InboxBody::Webchat {
            name,
            language,
            bot_enabled,
            settings,
        } => {
            let settings = settings_of::<_, WidgetSettings>(&settings)?.complete(store.env());
            settings.check().map_err(wrong)?;
            let address = settings.key.clone();
            add.inbox(Channel::Webchat, name, language, bot_enabled, address, settings)
                .await?
        }
        InboxBody::Portal {
            name,
            language,
            bot_enabled,
            settings,
        } => {
            let settings: PortalSettings = settings_of(&settings)?;
            if settings.max_files > 50 {
                return Err(wrong("max_files: at most 50".to_owned()));
            }
            // Nothing outside addresses a form; its name does as well.
            let address = name.trim().to_owned();
            add.inbox(Channel::Portal, name, language, bot_enabled, address, settings)
                .await?
        }
    };
    Ok(Created(format!("/inboxes/{id}"), detail(store, &id).await?))
}

struct Add<'a> {
    store: &'a Store,
    caller: &'a Caller,
}

impl Add<'_> {
    async fn inbox<S: Serialize>(
        &self,
        channel: Channel,
        name: String,
        language: types::Language,
        bot_enabled: bool,
        address: String,
        settings: S,
    ) -> Outcome<InboxId> {
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Problem::invalid("name: 1 to 100 characters"));
        }
        match inboxes::find(self.store.db(), channel, &address).await {
            Ok(inbox) if inbox.address == address => {
                return Err(Problem::conflict(format!(
                    "the inbox `{}` has this address already",
                    inbox.name
                )));
            }
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        let new = NewInbox {
            channel,
            name,
            language,
            address,
            bot_enabled,
            settings,
        };
        Ok(inboxes::create(self.store, &self.caller.actor, new).await?)
    }
}
