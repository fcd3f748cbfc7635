//! Inboxes. Their secrets come in and never go out.

use axum::Json as Answer;
use axum::extract::State;
use channels::bridge::BridgeSettings;
use channels::email::settings::EmailSettings;
use channels::messenger::MessengerSettings;
use channels::outgoing::Allowed;
use channels::whatsapp::settings::WhatsappSettings;
use conversation::access::Permission;
use conversation::contacts::normal_email;
use conversation::inboxes::{self, Inbox, InboxEdit, NewInbox};
use conversation::types::{self, Channel, InboxId};
use conversation::{Error, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time};
use super::guard::Caller;
use super::inbox_bodies::{InboxBody, settings_of};
use super::meta_bodies::MessengerBody;
use super::problem::{Outcome, Problem};
use super::tickets::PageQuery;
use crate::app::App;
use crate::portal_settings::PortalSettings;
use crate::settings::certificates::is_certificate;
use crate::widget::WidgetSettings;

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
    /// How it is doing.
    #[schema(value_type = enums::InboxHealth)]
    health: types::InboxHealth,
    /// What is wrong, and what to do.
    health_detail: String,
    /// What kind of trouble that is, such as `imap.auth`, `smtp.sender` or `whatsapp.190`; empty while there is none.
    health_code: String,
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
            health_code: inbox.health_code,
            health_at: Time(inbox.health_at),
            created_at: Time(inbox.created_at),
        }
    }
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
struct Shown(&'static str, &'static [Shown]);

const SERVER: &[Shown] = &[
    Shown("host", &[]),
    Shown("port", &[]),
    Shown("tls", &[]),
    Shown("user", &[]),
    Shown("folder", &[]),
    Shown("more_folders", &[]),
    Shown("begin", &[]),
    Shown("extra_ca", &[]),
    Shown("max_size", &[]),
    Shown("hello", &[]),
];
const EMAIL: &[Shown] = &[
    Shown("address", &[]),
    Shown("name", &[]),
    Shown("imap", SERVER),
    Shown("smtp", SERVER),
    Shown("quote_history", &[]),
    Shown("copy_to_sent", &[]),
    Shown("follow_sent", &[]),
    Shown("sent_folder", &[]),
    Shown("group_hours", &[]),
    Shown("ignore_spam_marks", &[]),
    Shown("dkim", &[Shown("domain", &[]), Shown("selector", &[])]),
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
    Shown("read_marks", &[]),
];
const MESSENGER: &[Shown] = &[
    Shown("account_id", &[]),
    Shown("graph_url", &[]),
    Shown("api_version", &[]),
    Shown("human_agent", &[]),
    Shown("read_marks", &[]),
    Shown("max_media_bytes", &[]),
];
const WEBCHAT: &[Shown] = &[
    Shown("key", &[]),
    Shown("allowed_origins", &[]),
    Shown("greeting", &[]),
    Shown("color", &[]),
    Shown("before", &[]),
    Shown("articles", &[]),
];

/// What of a channel's settings may be shown: named one by one, so that a new secret stays one.
fn public_fields(channel: Channel) -> Option<&'static [Shown]> {
    match channel {
        Channel::Email => Some(EMAIL),
        Channel::Whatsapp => Some(WHATSAPP),
        Channel::Instagram | Channel::Messenger => Some(MESSENGER),
        Channel::Webchat => Some(WEBCHAT),
        Channel::Bridge => Some(&[Shown("url", &[])]),
        Channel::Portal => Some(&[Shown("max_files", &[])]),
        Channel::Phone => None,
    }
}

fn only(value: &Value, fields: &[Shown]) -> Value {
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
/// An inbox of any channel but the telephone, with the settings of its channel. Secrets are
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
            if settings.imap.as_ref().is_some_and(|imap| imap.more_folders.len() > 50) {
                return Err(wrong("more_folders: at most 50".to_owned()));
            }
            settings.address = normal_email(&settings.address)
                .map_err(|_| wrong("address: that is not an e-mail address".to_owned()))?;
            let authorities = [
                settings.imap.as_ref().and_then(|imap| imap.extra_ca.as_deref()),
                settings.smtp.as_ref().and_then(|smtp| smtp.extra_ca.as_deref()),
            ];
            if authorities.into_iter().flatten().any(|text| !is_certificate(text)) {
                return Err(wrong(
                    "extra_ca: certificates in PEM form, without a private key; it is shown again".to_owned(),
                ));
            }
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
        InboxBody::Instagram {
            name,
            language,
            bot_enabled,
            settings,
        } => {
            let settings = messenger(Channel::Instagram, &settings)?;
            let address = settings.account_id.clone();
            add.inbox(Channel::Instagram, name, language, bot_enabled, address, settings)
                .await?
        }
        InboxBody::Messenger {
            name,
            language,
            bot_enabled,
            settings,
        } => {
            let settings = messenger(Channel::Messenger, &settings)?;
            let address = settings.account_id.clone();
            add.inbox(Channel::Messenger, name, language, bot_enabled, address, settings)
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
        InboxBody::Bridge {
            name,
            language,
            bot_enabled,
            settings,
        } => {
            let settings = settings_of::<_, BridgeSettings>(&settings)?.complete(store.env());
            settings
                .check(&Allowed::new(&app.config.outgoing.allow_private))
                .map_err(wrong)?;
            let address = settings.key.clone();
            add.inbox(Channel::Bridge, name, language, bot_enabled, address, settings)
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

fn messenger(channel: Channel, body: &MessengerBody) -> Outcome<MessengerSettings> {
    let settings: MessengerSettings = settings_of(body)?;
    match settings.graph(channel) {
        Ok(_) => Ok(settings),
        Err(error) => Err(Problem::invalid(format!("settings: {error}"))),
    }
}

/// What to change; a field that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InboxPatch {
    /// The name.
    #[schema(max_length = 100)]
    name: Option<String>,
    /// The language it answers in when the customer's is unknown.
    #[schema(value_type = Option<enums::Language>)]
    language: Option<types::Language>,
    /// Whether it receives and sends.
    is_enabled: Option<bool>,
    /// Whether the bot answers first.
    bot_enabled: Option<bool>,
}

/// Change an inbox
///
/// Its name, its language, and whether it and the bot work. The settings of its channel are changed
/// on the settings page.
#[utoipa::path(patch, path = "/inboxes/{id}", tag = "inboxes", operation_id = "updateInbox",
    params(("id" = String, Path, description = "The inbox.")), request_body = InboxPatch,
    responses((status = 200, description = "The inbox as it is now.", body = InboxDetail)))]
pub(super) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(patch): Json<InboxPatch>,
) -> Outcome<Answer<InboxDetail>> {
    caller.may(Permission::Administer)?;
    let id = InboxId::from(id);
    let edit = InboxEdit {
        name: patch.name,
        language: patch.language,
        is_enabled: patch.is_enabled,
        bot_enabled: patch.bot_enabled,
    };
    inboxes::edit(&app.store, &caller.actor, &id, &edit).await?;
    Ok(Answer(detail(&app.store, &id).await?))
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
