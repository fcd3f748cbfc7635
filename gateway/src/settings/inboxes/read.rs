//! What the form of an inbox means, by channel: read, tried, stored, filled in again.

use channels::email::imap::{Folder, Special};
use conversation::Result;
use conversation::inboxes::{self, Inbox, NewInbox};
use conversation::types::{Actor, Channel, InboxId, Language};
use serde::Serialize;
use ui::components::Tone;

use super::super::draw::Errors;
use super::super::{bridge, certificates, email, messenger, others, whatsapp};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::form::Form;

/// What a form of an inbox means, once it is read.
pub(in crate::settings) enum Read {
    Email(Box<channels::email::EmailSettings>),
    Whatsapp(Box<channels::whatsapp::WhatsappSettings>),
    Widget(crate::widget::WidgetSettings),
    /// Of Instagram or of Messenger.
    Messenger(Box<channels::messenger::MessengerSettings>),
    Bridge(channels::bridge::BridgeSettings),
    Portal(crate::portal_settings::PortalSettings),
}

impl Read {
    pub(super) fn address(&self) -> String {
        match self {
            Read::Email(settings) => settings.address.clone(),
            Read::Whatsapp(settings) => settings.phone_number_id.clone(),
            Read::Widget(settings) => settings.key.clone(),
            Read::Messenger(settings) => settings.account_id.clone(),
            Read::Bridge(settings) => settings.key.clone(),
            Read::Portal(_) => "portal".to_owned(),
        }
    }
}

/// What a form says; what it leaves empty is as it was.
pub(super) fn read(
    app: &App,
    lang: Language,
    channel: Channel,
    form: &Form,
    old: Option<Read>,
) -> std::result::Result<Read, Errors> {
    match (channel, old) {
        (Channel::Email, old) => {
            let old = if let Some(Read::Email(old)) = old {
                Some(*old)
            } else {
                None
            };
            email::read(lang, form, old).map(|settings| Read::Email(Box::new(settings)))
        }
        (Channel::Whatsapp, old) => {
            let old = if let Some(Read::Whatsapp(old)) = old {
                Some(*old)
            } else {
                None
            };
            whatsapp::read(app, lang, form, old).map(|settings| Read::Whatsapp(Box::new(settings)))
        }
        (Channel::Webchat, old) => {
            let old = if let Some(Read::Widget(old)) = old {
                old
            } else {
                crate::widget::WidgetSettings::default()
            };
            others::read_widget(app, lang, form, old).map(Read::Widget)
        }
        (Channel::Instagram | Channel::Messenger, old) => {
            let old = if let Some(Read::Messenger(old)) = old {
                *old
            } else {
                channels::messenger::MessengerSettings::empty()
            };
            messenger::read(app, lang, channel, form, old).map(|settings| Read::Messenger(Box::new(settings)))
        }
        (Channel::Bridge, old) => {
            let old = if let Some(Read::Bridge(old)) = old {
                old
            } else {
                channels::bridge::BridgeSettings::default()
            };
            bridge::read(app, lang, form, old).map(Read::Bridge)
        }
        (_, Some(Read::Portal(old))) => Ok(Read::Portal(old)),
        _ => Ok(Read::Portal(crate::portal_settings::PortalSettings::default())),
    }
}

/// Whether a folder can hold mail of customers: what we sent, deleted or are writing is none.
fn is_offered(folder: &Folder) -> bool {
    folder.can_open && !matches!(folder.special, Some(Special::Sent | Special::Drafts | Special::Trash))
}

/// Tries the connection with what was typed; nothing is saved. Folders that were found go into the
/// form, to be picked.
pub(super) async fn test(
    app: &App,
    me: &SignedIn,
    channel: Channel,
    read: &Read,
    form: &mut Form,
) -> Vec<(Tone, String)> {
    match read {
        Read::Email(settings) => {
            let tried = email::test(app, me.lang, &me.tz, settings).await;
            certificates::offer(form, &tried.refused);
            for folder in tried.folders.into_iter().filter(is_offered) {
                form.push("imap_found", folder.name);
            }
            tried.results
        }
        Read::Whatsapp(settings) => whatsapp::test(app, me.lang, settings).await,
        Read::Messenger(settings) => messenger::test(me.lang, channel, settings).await,
        Read::Bridge(settings) => bridge::test(app, me.lang, settings).await,
        Read::Widget(_) | Read::Portal(_) => Vec::new(),
    }
}

/// What is stored of an inbox.
pub(super) async fn stored(app: &App, inbox: &Inbox) -> Result<Read> {
    Ok(match inbox.channel {
        Channel::Email => Read::Email(Box::new(inboxes::settings(&app.store, &inbox.id).await?)),
        Channel::Whatsapp => Read::Whatsapp(Box::new(inboxes::settings(&app.store, &inbox.id).await?)),
        Channel::Webchat => Read::Widget(inboxes::settings(&app.store, &inbox.id).await?),
        Channel::Instagram | Channel::Messenger => {
            Read::Messenger(Box::new(inboxes::settings(&app.store, &inbox.id).await?))
        }
        Channel::Bridge => Read::Bridge(inboxes::settings(&app.store, &inbox.id).await?),
        Channel::Portal | Channel::Phone => Read::Portal(inboxes::settings(&app.store, &inbox.id).await?),
    })
}

/// Fills a form with what is stored.
pub(super) fn fill(form: &mut Form, read: &Read) {
    match read {
        Read::Email(settings) => email::fill(form, settings),
        Read::Whatsapp(settings) => whatsapp::fill(form, settings),
        Read::Widget(settings) => others::fill_widget(form, settings),
        Read::Messenger(settings) => messenger::fill(form, settings),
        Read::Bridge(settings) => bridge::fill(form, settings),
        Read::Portal(_) => {}
    }
}

/// Stores what a form said; the pair is whether the bot answers first, and whether the inbox is on.
pub(super) async fn configure(
    app: &App,
    actor: &Actor,
    id: &InboxId,
    read: &Read,
    (bot, on): (bool, bool),
) -> Result<()> {
    match read {
        Read::Email(settings) => inboxes::configure(&app.store, actor, id, settings, bot, on).await,
        Read::Whatsapp(settings) => inboxes::configure(&app.store, actor, id, settings, bot, on).await,
        Read::Widget(settings) => inboxes::configure(&app.store, actor, id, settings, bot, on).await,
        Read::Messenger(settings) => inboxes::configure(&app.store, actor, id, settings, bot, on).await,
        Read::Bridge(settings) => inboxes::configure(&app.store, actor, id, settings, bot, on).await,
        Read::Portal(settings) => inboxes::configure(&app.store, actor, id, settings, bot, on).await,
    }
}

/// An inbox to add.
pub(super) struct Add<'a> {
    pub(super) app: &'a App,
    pub(super) me: &'a SignedIn,
    pub(super) channel: Channel,
    pub(super) name: &'a str,
    pub(super) language: Language,
    pub(super) address: String,
    pub(super) bot: bool,
}

impl Add<'_> {
    /// With what its form said.
    pub(super) async fn inbox_of(&self, read: &Read) -> Result<InboxId> {
        match read {
            Read::Email(settings) => self.inbox(settings).await,
            Read::Whatsapp(settings) => self.inbox(settings).await,
            Read::Messenger(settings) => self.inbox(settings).await,
            Read::Widget(settings) => self.inbox(settings).await,
            Read::Bridge(settings) => self.inbox(settings).await,
            Read::Portal(settings) => self.inbox(settings).await,
        }
    }

    async fn inbox<S: Serialize>(&self, settings: S) -> Result<InboxId> {
        let new = NewInbox {
            channel: self.channel,
            name: self.name.to_owned(),
            language: self.language,
            address: self.address.clone(),
            bot_enabled: self.bot,
            settings,
        };
        inboxes::create(&self.app.store, &self.me.actor(), new).await
    }
}
