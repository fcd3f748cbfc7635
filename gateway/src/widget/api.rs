//! What the frame sends: messages, typing, reading, an address.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use channels::webchat::{self, Author, Posted};
use conversation::card::CardAnswer;
use conversation::inbound::BlobRef;
use conversation::ingest::{Outcome, ingest_one};
use conversation::notices::{self, NewNotice};
use conversation::types::{Actor, AttachmentId, ContactId, DeliveryState, IdentityKind, MessageId, MessageKind};
use conversation::{access, attachments, contacts, deliveries, inboxes};
use serde::Deserialize;

use super::error::{Answer, Refused, json};
use super::session::{self, NOTHING};
use super::settings::WidgetSettings;
use super::store::{self, Visitor};
use super::{Widget, before, proactive, view, words};
use crate::realtime::Signal;

#[derive(Deserialize)]
struct Outgoing {
    id: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<String>,
    answer: Option<OutgoingAnswer>,
    /// The proactive message that it answers, as it was named to the browser.
    #[serde(default)]
    proactive: Option<String>,
}

#[derive(Deserialize)]
struct OutgoingAnswer {
    payload: String,
    #[serde(default)]
    label: String,
}

/// POST `messages`.
pub(super) async fn send(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Answer<Response> {
    let store = &widget.app.store;
    let (inbox, visitor) = session::visitor(&widget, &key, &headers).await?;
    let outgoing: Outgoing = json(&body)?;
    let mut posted = Posted {
        id: outgoing.id,
        text: outgoing.text,
        answer: outgoing.answer.map(|answer| (answer.payload, answer.label)),
        files: outgoing
            .attachments
            .iter()
            .map(|_| {
                let none = BlobRef {
                    sha256: String::new(),
                    size: 0,
                };
                (String::new(), String::new(), none)
            })
            .collect(),
    };
    webchat::check(&posted)?;
    // A repetition costs nothing and needs nothing of what the first one used up.
    let external_id = webchat::external_id(&visitor.visitor, &posted.id);
    if let Some(message) = store::filed(store.db(), &inbox.id, &external_id).await? {
        return stored(&widget, &visitor, &message).await;
    }
    let address = portal::request::address_of(&extensions);
    widget.limits.messages.check(&visitor.visitor)?;
    widget.limits.messages_by_address.check(&address)?;
    let contact = store::contact(store.db(), &visitor).await?;
    let current = match &contact {
        Some(contact) => store::current(store, contact).await?,
        None => None,
    };
    let opening = match (&current, outgoing.proactive.as_deref()) {
        (None, Some(key)) => proactive::opening(&widget, &inbox, key).await?,
        _ => None,
    };
    if current.is_none() {
        widget.limits.conversations.check(&address)?;
        let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
        before::check(store, &settings, &visitor, contact.as_ref()).await?;
    }
    if let Some((payload, _)) = &posted.answer {
        check_answer(&widget, contact.as_ref(), payload).await?;
    }
    let ids: Vec<AttachmentId> = outgoing.attachments.into_iter().map(AttachmentId::from).collect();
    let mut files = attachments::pending(store.db(), &visitor.uploader(), &ids).await?;
    files.sort_by_key(|file| ids.iter().position(|id| *id == file.id));
    posted.files = files
        .into_iter()
        .map(|file| {
            let blob = BlobRef {
                sha256: file.sha256,
                size: file.size,
            };
            (file.name, file.media_type, blob)
        })
        .collect();
    let author = Author {
        visitor: visitor.visitor.clone(),
        name: None,
        language: visitor.language,
    };
    let mut message = webchat::normalise(&inbox.id, &author, posted, store.now())?;
    message.opening = opening;
    let filed = ingest_one(store, message).await?;
    match (filed.outcome, filed.message) {
        (Outcome::Quarantined, _) | (_, None) => Ok(NOTHING.into_response()),
        (_, Some(message)) => stored(&widget, &visitor, &message).await,
    }
}

/// A button can only be pressed where it is shown.
async fn check_answer(widget: &Widget, contact: Option<&ContactId>, payload: &str) -> Answer<()> {
    let unknown = || Refused::invalid("`answer` names no button of this conversation");
    let pressed = CardAnswer::from_payload(payload, "");
    let (Some(contact), Some(id)) = (contact, &pressed.message) else {
        return Err(unknown());
    };
    let actor = Actor::Contact(contact.clone());
    let message = access::message(widget.app.store.db(), &actor, id)
        .await
        .map_err(|error| match error {
            conversation::Error::NotFound => unknown(),
            error => error.into(),
        })?;
    let has_it = message.cards.iter().flat_map(|card| &card.actions).any(
        |action| matches!(action, conversation::card::CardAction::Answer { value, .. } if *value == pressed.value),
    );
    if has_it { Ok(()) } else { Err(unknown()) }
}

async fn stored(widget: &Widget, visitor: &Visitor, message: &MessageId) -> Answer<Response> {
    let store = &widget.app.store;
    let Some(contact) = store::contact(store.db(), visitor).await? else {
        return Ok(NOTHING.into_response());
    };
    match view::one(&widget.app, visitor, &contact, message).await? {
        Some(shown) => Ok(Json(shown.json).into_response()),
        // It was moved to where this browser may not look.
        None => Ok(NOTHING.into_response()),
    }
}

#[derive(Deserialize)]
struct Typing {
    is_typing: bool,
}

/// POST `typing`.
pub(super) async fn typing(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<StatusCode> {
    let (_, visitor) = session::visitor(&widget, &key, &headers).await?;
    let typing: Typing = json(&body)?;
    let store = &widget.app.store;
    if widget.limits.signals.check(&visitor.visitor).is_ok()
        && let Some(contact) = store::contact(store.db(), &visitor).await?
        && let Some(conversation) = store::current(store, &contact).await?
    {
        widget.app.realtime.signal(Signal::CustomerTyping {
            conversation: conversation.id,
            is_typing: typing.is_typing,
        });
    }
    Ok(NOTHING)
}

#[derive(Deserialize)]
struct Read {
    message: String,
}

/// POST `read`.
pub(super) async fn read(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<StatusCode> {
    let (_, visitor) = session::visitor(&widget, &key, &headers).await?;
    let read: Read = json(&body)?;
    let store = &widget.app.store;
    if widget.limits.signals.check(&visitor.visitor).is_err() {
        return Ok(NOTHING);
    }
    if let Some(contact) = store::contact(store.db(), &visitor).await? {
        let actor = Actor::Contact(contact);
        match access::message(store.db(), &actor, &MessageId::from(read.message)).await {
            Ok(message) if message.kind == MessageKind::Outbound => {
                let conversation = message.conversation_id;
                deliveries::mark_seen(store, &conversation, &message.id, DeliveryState::Read).await?;
            }
            Ok(_) | Err(conversation::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(NOTHING)
}

#[derive(Deserialize)]
struct Email {
    email: String,
}

/// POST `email`: the same answer and the same work, whether the address is known or not.
pub(super) async fn email(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<StatusCode> {
    let (_, visitor) = session::visitor(&widget, &key, &headers).await?;
    let email: Email = json(&body)?;
    let store = &widget.app.store;
    let email = contacts::normal_email(&email.email)?;
    widget.limits.emails.check(&visitor.visitor)?;
    widget.limits.mailboxes.check(&email)?;
    let contact = session::contact_of(store, &visitor).await?;
    let secret = contacts::claim(store, &contact, IdentityKind::Email, &email).await?;
    ask_to_confirm(&widget, &visitor, email, &secret).await?;
    Ok(NOTHING)
}

/// An address that was said before the chat: it is kept also where no more letters may be caused.
pub(super) async fn leave_email(widget: &Widget, visitor: &Visitor, contact: &ContactId, email: &str) -> Answer<()> {
    let secret = contacts::claim(&widget.app.store, contact, IdentityKind::Email, email).await?;
    let limits = &widget.limits;
    if limits.emails.check(&visitor.visitor).is_ok() && limits.mailboxes.check(email).is_ok() {
        ask_to_confirm(widget, visitor, email.to_owned(), &secret).await?;
    }
    Ok(())
}

/// A letter to an address that somebody says is theirs.
async fn ask_to_confirm(widget: &Widget, visitor: &Visitor, email: String, secret: &str) -> Answer<()> {
    let words = words::of(visitor.language);
    let notice = NewNotice {
        recipient: email,
        language: visitor.language,
        subject: format!("{} · {}", words.subject, widget.app.business_name()),
        text: words.text.to_owned(),
        action_label: words.button.to_owned(),
        action_url: format!("{}{}", widget.app.public_url(), portal::confirm::path(secret)),
    };
    notices::put(&widget.app.store, notice).await?;
    Ok(())
}
