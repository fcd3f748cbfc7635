//! The conversation sent to the visitor by mail, where they proved an address to be theirs.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::conversations::Conversation;
use conversation::types::Actor;

use super::Widget;
use super::error::{Answer, Refused};
use super::session::{self, NOTHING};
use super::store;
use crate::transcripts;

/// Who is shut out writes on in what is spam and is not told so; nothing leaves from there.
pub(super) fn is_theirs(conversation: &Conversation) -> bool {
    conversation.spam_since.is_none()
}

/// POST `transcript`: to the address that they proved, and to no other.
pub(super) async fn send(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let (_, visitor) = session::visitor(&widget, &key, &headers).await?;
    let store = &widget.app.store;
    let contact = store::contact(store.db(), &visitor)
        .await?
        .ok_or_else(Refused::missing)?;
    let conversation = store::current(store, &contact)
        .await?
        .filter(is_theirs)
        .ok_or_else(Refused::missing)?;
    let address = transcripts::proved(&widget.app, &conversation).await?.ok_or_else(|| {
        Refused::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unproved",
            "confirm an e-mail address first: POST email",
        )
    })?;
    let actor = Actor::Contact(contact);
    transcripts::send(&widget.app, &actor, &conversation, &address).await?;
    Ok(NOTHING)
}
