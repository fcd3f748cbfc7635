//! A conversation by mail: what its customer can read of it, as a copy for somebody. Notes and lines of what happened
//! are never in it.

use std::collections::HashMap;

use conversation::conversations::{Attachment, Conversation, Message};
use conversation::notices::{Look, NewNotice};
use conversation::types::{Actor, ActorKind, IdentityKind, Language, MessageId, MessageKind};
use conversation::{Error, Result, attachments, contacts, proactive, reply, transcripts, views};
use ui::components::markup;
use ui::i18n;

use crate::app::App;

/// So many messages are in it, the newest.
const MOST: usize = 200;

/// The addresses that its customer is known by, those that are proved first, then what they only say.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn addresses(app: &App, conversation: &Conversation) -> Result<Vec<String>> {
    let (db, contact) = (app.store.db(), &conversation.contact_id);
    let mut known = contacts::identities(db, contact).await?;
    known.retain(|identity| identity.kind == IdentityKind::Email);
    known.sort_by_key(|identity| !identity.is_verified);
    let said = contacts::said(db, contact).await?;
    let said = said.into_iter().filter(|(kind, _)| *kind == IdentityKind::Email);
    let mut all: Vec<String> = Vec::new();
    for address in known
        .into_iter()
        .map(|identity| identity.value)
        .chain(said.map(|(_, address)| address))
    {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    Ok(all)
}

/// The address that its customer proved to be theirs, if they did.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn proved(app: &App, conversation: &Conversation) -> Result<Option<String>> {
    let known = contacts::identities(app.store.db(), &conversation.contact_id).await?;
    Ok(known
        .into_iter()
        .find(|identity| identity.kind == IdentityKind::Email && identity.is_verified)
        .map(|identity| identity.value))
}

/// Sends a conversation to an address, in its customer's language.
///
/// # Errors
/// [`Error::Invalid`] where the address is none or one of ours, nothing can be sent, or nothing was said yet;
/// [`Error::Conflict`] where it was sent too often.
pub(crate) async fn send(app: &App, actor: &Actor, conversation: &Conversation, address: &str) -> Result<()> {
    let store = &app.store;
    let recipient = contacts::normal_email(address)?;
    let mut messages = views::customer_timeline(store.db(), &conversation.id, MOST as i64 + 1).await?;
    if messages.is_empty() {
        return Err(Error::Invalid("nothing was said in this conversation yet".to_owned()));
    }
    let is_cut = messages.len() > MOST;
    messages.drain(..messages.len().saturating_sub(MOST));
    let business = billing::settings::business(store.db(), store).await?;
    let customer = contacts::load(store.db(), &conversation.contact_id).await?;
    let language = customer.language.unwrap_or(business.language);
    let name = app.business_name();
    let args = [("business", name.as_str().into())];
    let subject = i18n::t_args(language, "transcript-subject", &args);
    let mut text = i18n::t(language, "transcript-lead").into_owned();
    if is_cut {
        text.push(' ');
        text.push_str(&i18n::t(language, "transcript-cut"));
    }
    let zone = app.tz().iana_name().unwrap_or("UTC").to_owned();
    let look = Look {
        title: subject.clone(),
        footer: i18n::t_args(language, "transcript-zone", &[("zone", zone.into())]),
        color: business.color,
        said: said(app, language, &customer.name, &messages).await?,
        business: name,
        ..Look::default()
    };
    let notice = NewNotice {
        recipient,
        language,
        subject,
        text,
        action_label: String::new(),
        action_url: String::new(),
    };
    transcripts::send(store, actor, &conversation.id, notice, &look).await
}

/// Who said it and when, and the words.
async fn said(app: &App, language: Language, customer: &str, messages: &[Message]) -> Result<Vec<(String, String)>> {
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id.clone()).collect();
    let mut files: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    for file in attachments::of_messages(app.store.db(), &ids).await? {
        if let Some(message) = file.message_id.clone() {
            files.entry(message).or_default().push(file);
        }
    }
    let names = reply::speakers(&app.store, messages).await?;
    Ok(messages
        .iter()
        .map(|message| {
            let who = speaker(app, language, customer, &names, message);
            let when = i18n::date_time(language, message.at, app.tz());
            let files = files.remove(&message.id).unwrap_or_default();
            (format!("{who} · {when}"), words(language, message, &files))
        })
        .filter(|(_, words)| !words.is_empty())
        .collect())
}

fn speaker(
    app: &App,
    language: Language,
    customer: &str,
    names: &HashMap<String, String>,
    message: &Message,
) -> String {
    let (kind, id) = proactive::speaker(message);
    match kind {
        _ if message.kind == MessageKind::Inbound && customer.is_empty() => {
            i18n::t(language, "transcript-customer").into_owned()
        }
        _ if message.kind == MessageKind::Inbound => customer.to_owned(),
        ActorKind::Bot => i18n::t(language, "widget-assistant").into_owned(),
        _ => names.get(id).cloned().unwrap_or_else(|| app.business_name()),
    }
}

/// The words of a message, then its cards and files by their names.
fn words(language: Language, message: &Message, files: &[Attachment]) -> String {
    let text = match message.kind {
        MessageKind::Inbound => message.text.trim().to_owned(),
        // What we write has marks, which a copy to read has not.
        _ => markup::plain(&message.text).trim().to_owned(),
    };
    let cards = message.cards.iter().map(|card| format!("▸ {}", card.title));
    let files = files.iter().map(|file| {
        let size = i18n::bytes(language, file.size);
        let args = [("name", file.name.as_str().into()), ("size", size.into())];
        i18n::t_args(language, "transcript-file", &args)
    });
    std::iter::once(text)
        .filter(|text| !text.is_empty())
        .chain(cards)
        .chain(files)
        .collect::<Vec<_>>()
        .join("\n")
}
