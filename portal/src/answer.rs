//! Answers to cards from mails: the signed link behind a card's button.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use conversation::card::{Card, CardAction, CardAnswer};
use conversation::conversations::{Conversation, Message};
use conversation::inbound::{IdentityClaim, InboundMessage, Sender, ThreadHints};
use conversation::ingest::ingest_one;
use conversation::types::{Actor, Channel, IdentityKind};
use conversation::{Store, access, contacts, deliveries, views};
use ui::portal_pages::{self, LinkView};

use crate::request::{Failed, Page, Reader, page};
use crate::{Portal, words};

/// What the link of a card's button stands for.
struct Asked {
    conversation: Conversation,
    message: Message,
    card: Card,
    label: String,
    value: String,
    is_answered: bool,
}

/// Reads the link; the signature alone opens it. It is what the dispatcher writes into mails:
/// `sign("card", hex(CardAnswer::payload))`.
async fn read(store: &Store, signed: &str) -> Result<Asked, Failed> {
    let gone = || Failed::Status(StatusCode::NOT_FOUND);
    let payload = store.keys().check("card", signed).and_then(unhex).ok_or_else(gone)?;
    let answer = CardAnswer::from_payload(&payload, "");
    let id = answer.message.ok_or_else(gone)?;
    let message = access::message(store.db(), &Actor::System, &id).await?;
    let conversation = access::conversation(store.db(), &Actor::System, &message.conversation_id).await?;
    let (card, label) = pressed(&message, &answer.value).ok_or_else(gone)?;
    let is_answered = views::customer_timeline(store.db(), &conversation.id, 500)
        .await?
        .iter()
        .filter_map(|message| message.answer.as_ref())
        .any(|answer| answer.message.as_ref() == Some(&id));
    Ok(Asked {
        conversation,
        message,
        card,
        label,
        value: answer.value,
        is_answered,
    })
}

/// The card of a message that has this answer, and the words on its button.
pub(crate) fn pressed(message: &Message, value: &str) -> Option<(Card, String)> {
    message.cards.iter().find_map(|card| {
        card.actions.iter().find_map(|action| match action {
            CardAction::Answer { label, value: own } if own == value => Some((card.clone(), label.clone())),
            _ => None,
        })
    })
}

fn unhex(text: &str) -> Option<String> {
    String::from_utf8(hex::decode(text).ok()?).ok()
}

/// GET `/c/{signed}`: shows the question and the answer; scanners of mail press every link.
pub(crate) async fn show(State(portal): State<Portal>, reader: Reader, Path(signed): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let asked = read(&portal.store, &signed).await?;
    // A survey has a page of its own, on which it can be answered with words and changed.
    if let Some(response) = crate::survey::landing(&portal, &asked.value) {
        return Ok(response);
    }
    let lang = reader.chosen.unwrap_or(asked.conversation.language);
    let words = words::of(lang);
    if asked.is_answered {
        return Ok(done(&portal, lang, words.answered_before));
    }
    let view = LinkView {
        business: portal.business(),
        title: words.answer_title.to_owned(),
        text: format!("{} — {} “{}”", asked.card.title, words.answer_text, asked.label),
        url: format!("/c/{}", ui::routes::escape(&signed)),
        asks_to_remember: false,
    };
    Ok(page(
        StatusCode::OK,
        portal_pages::link_landing(&portal.ctx(lang), &view),
    ))
}

fn done(portal: &Portal, lang: conversation::types::Language, text: &str) -> axum::response::Response {
    let title = words::of(lang).answered_title;
    page(
        StatusCode::OK,
        portal_pages::statement(&portal.ctx(lang), &portal.business(), title, text),
    )
}

/// POST `/c/{signed}`: files the answer, once for each question.
pub(crate) async fn record(State(portal): State<Portal>, reader: Reader, Path(signed): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let store = &portal.store;
    let asked = read(store, &signed).await?;
    if let Some(response) = crate::survey::landing(&portal, &asked.value) {
        return Ok(response);
    }
    let lang = reader.chosen.unwrap_or(asked.conversation.language);
    let words = words::of(lang);
    if asked.is_answered {
        return Ok(done(&portal, lang, words.answered_before));
    }
    let contact = contacts::load(store.db(), &asked.conversation.contact_id).await?;
    // The link was in a mail: the answer came by that mailbox, from that address.
    let mailed = deliveries::of_messages(store.db(), std::slice::from_ref(&asked.message.id))
        .await?
        .into_iter()
        .find(|delivery| delivery.channel == Channel::Email);
    let known = contacts::identities(store.db(), &contact.id).await?;
    let address = mailed.as_ref().map(|delivery| delivery.recipient.clone());
    let identity = known
        .iter()
        .find(|identity| identity.kind == IdentityKind::Email && Some(&identity.value) == address.as_ref())
        .or_else(|| known.iter().find(|identity| identity.kind == IdentityKind::Email))
        .or_else(|| known.first())
        .ok_or(conversation::Error::NotFound)?;
    let (inbox, channel) = match mailed {
        Some(delivery) => (delivery.inbox_id, Channel::Email),
        None => (crate::form::inbox(store).await?.id, Channel::Portal),
    };
    let from = Sender {
        identities: vec![IdentityClaim {
            kind: identity.kind,
            value: identity.value.clone(),
            verified: identity.is_verified,
        }],
        address,
        name: None,
        language: None,
    };
    // One answer for each question, whichever button; `@missing` marks ids that are no mail's.
    let id = format!("answer.{}@missing", asked.message.id);
    let message = InboundMessage {
        thread: ThreadHints {
            conversation: Some(asked.conversation.id.clone()),
            ..ThreadHints::default()
        },
        answer: Some(CardAnswer {
            message: Some(asked.message.id.clone()),
            value: asked.value.clone(),
            label: asked.label.clone(),
        }),
        ..InboundMessage::saying(asked.label.clone(), from, (inbox, channel), id, store.now())
    };
    ingest_one(store, message).await?;
    Ok(done(&portal, lang, words.answered_text))
}
