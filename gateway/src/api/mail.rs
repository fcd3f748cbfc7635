//! What only mail has: addresses from which it comes back, who really wrote, and a conversation as a mail.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use conversation::access::{self, Permission};
use conversation::bounces::{self, BouncedAddress};
use conversation::types::{self, ConversationId};
use conversation::{conversations, restructure};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enums;
use super::extract::{Id, Json, Time};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use super::views::ConversationView;
use crate::app::App;
use crate::transcripts;

/// An address from which mail came back for good.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BouncedAddress)]
pub(super) struct BouncedView {
    /// The address, lower-cased.
    address: String,
    /// Why.
    #[schema(value_type = enums::BounceReason)]
    reason: types::BounceReason,
    /// The enhanced status code (RFC 3463), such as `5.1.1`; may be empty.
    status: String,
    /// The server's words; may be empty.
    words: String,
    /// How often it came back.
    count: i64,
    /// When it first did.
    first_at: Time,
    /// When it last did.
    last_at: Time,
}

impl From<BouncedAddress> for BouncedView {
    fn from(one: BouncedAddress) -> BouncedView {
        BouncedView {
            address: one.address,
            reason: one.reason,
            status: one.status,
            words: one.words,
            count: one.count,
            first_at: Time(one.first_at),
            last_at: Time(one.last_at),
        }
    }
}

/// The addresses of a conversation from which mail came back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BouncedList {
    /// In the order of their letters; empty when all take mail.
    items: Vec<BouncedView>,
}

/// List the addresses from which mail came back
///
/// Those of the conversation's people whose mailbox refused mail for good. A reply to one of them is refused until
/// somebody says that the address is right, or mail comes from it.
#[utoipa::path(get, path = "/conversations/{id}/bounced-addresses", tag = "conversations", operation_id = "listBouncedAddresses",
    params(("id" = String, Path, description = "The conversation.")),
    responses((status = 200, description = "The addresses.", body = BouncedList)))]
pub(super) async fn bounced(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<BouncedList>> {
    let db = app.store.db();
    let found = access::conversation(db, &caller.actor, &ConversationId::from(id)).await?;
    let mut addresses = conversations::participants(db, &found.id).await?;
    addresses.extend(found.reply_address);
    let items = bounces::of_addresses(db, &addresses).await?;
    Ok(Answer(BouncedList {
        items: items.into_iter().map(BouncedView::from).collect(),
    }))
}

/// Which address is right after all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForgiveBody {
    /// The address, in any case of its letters.
    #[schema(max_length = 254)]
    address: String,
}

/// Say that an address is right
///
/// Takes the mark off an address from which mail came back, so that the next reply leaves. Twice is as once.
#[utoipa::path(post, path = "/conversations/{id}/forgive", tag = "conversations", operation_id = "forgiveAddress",
    params(("id" = String, Path, description = "The conversation.")), request_body = ForgiveBody,
    responses((status = 200, description = "The addresses that are still marked.", body = BouncedList)))]
pub(super) async fn forgive(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ForgiveBody>,
) -> Outcome<Answer<BouncedList>> {
    caller.may(Permission::Work)?;
    let found = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id.clone())).await?;
    bounces::forgive(&app.store, &caller.actor, &found.id, &body.address).await?;
    bounced(State(app), caller, Id(id)).await
}

/// To whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TranscriptBody {
    /// The address; unless given, one that the customer is known by, proved ones first.
    #[schema(max_length = 254)]
    address: Option<String>,
}

/// Send a conversation by mail
///
/// A copy of what the customer can read, without notes, in their language. A line in the conversation says to whom it went.
/// Three times an hour at most (409).
#[utoipa::path(post, path = "/conversations/{id}/transcript", tag = "conversations", operation_id = "sendTranscript",
    params(("id" = String, Path, description = "The conversation.")), request_body = TranscriptBody,
    responses((status = 204, description = "It is on its way.")))]
pub(super) async fn transcript(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<TranscriptBody>,
) -> Outcome<StatusCode> {
    caller.may(Permission::Work)?;
    let found = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id)).await?;
    let address = match body.address {
        Some(address) => address,
        None => transcripts::addresses(&app, &found)
            .await?
            .into_iter()
            .next()
            .ok_or_else(|| Problem::invalid("address: the customer is known by none, so name one"))?,
    };
    transcripts::send(&app, &caller.actor, &found, &address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who really wrote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SenderBody {
    /// The address that answers go to from now on.
    #[schema(max_length = 254)]
    address: String,
    /// The name, where the address is new.
    #[serde(default)]
    #[schema(max_length = 200)]
    name: String,
}

/// Say who really wrote
///
/// Makes the first sender of a forwarded mail the contact of the conversation; answers go there. The same call
/// with the former address takes it back.
#[utoipa::path(post, path = "/conversations/{id}/sender", tag = "conversations", operation_id = "setSender",
    params(("id" = String, Path, description = "The conversation.")), request_body = SenderBody,
    responses((status = 200, description = "The conversation with its new contact.", body = ConversationView)))]
pub(super) async fn sender(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<SenderBody>,
) -> Outcome<Answer<ConversationView>> {
    caller.may(Permission::Work)?;
    let db = app.store.db();
    let found = access::conversation(db, &caller.actor, &ConversationId::from(id)).await?;
    restructure::give_to(&app.store, &caller.actor, &found.id, &body.address, &body.name).await?;
    Ok(Answer(access::conversation(db, &caller.actor, &found.id).await?.into()))
}
