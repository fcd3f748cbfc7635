//! Who is shut out.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::blocked::{self, Blocked, LONGEST_REASON};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, at_most, cut_after, limit, page_end};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// A sender whose messages go to spam.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockedSender)]
pub(super) struct BlockedView {
    /// Its id.
    id: String,
    /// What is blocked.
    #[schema(value_type = enums::BlockedKind)]
    kind: blocked::Kind,
    /// The address, the domain, the WhatsApp number in digits or user id, or the browser.
    value: String,
    /// Why, in somebody's words.
    reason: String,
    /// Since when.
    blocked_at: Time,
    /// How many messages came since.
    messages: i64,
    /// When the last of them came.
    #[schema(required)]
    last_message_at: Option<Time>,
}

impl From<Blocked> for BlockedView {
    fn from(one: Blocked) -> BlockedView {
        BlockedView {
            id: one.id,
            kind: one.kind,
            value: one.value,
            reason: one.reason,
            blocked_at: Time(one.at),
            messages: one.messages,
            last_message_at: one.last_at.map(Time),
        }
    }
}

/// Which blocked senders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BlockedQuery {
    /// Only those whose address, domain, number or reason holds this.
    #[param(max_length = 200)]
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List blocked senders
///
/// What they write is kept in spam; nobody is told and nothing answers. The last one blocked first.
#[utoipa::path(get, path = "/blocked-senders", tag = "spam", operation_id = "listBlockedSenders", params(BlockedQuery),
    responses((status = 200, description = "A page of blocked senders.", body = Page<BlockedView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<BlockedQuery>,
) -> Outcome<Answer<Page<BlockedView>>> {
    caller.may(Permission::Audit)?;
    let limit = limit(query.limit)?;
    let text = query.q.unwrap_or_default();
    at_most(200, "q", &text)?;
    let after = page_end(query.after.as_deref())?;
    let before = after.as_ref().map(|end| end.id.as_str());
    let mut rows = blocked::list(app.store.db(), &text, before, limit + 1).await?;
    let next = cut_after(&mut rows, limit, |last| (last.at, last.id.clone()));
    Ok(Answer(Page {
        items: rows.into_iter().map(BlockedView::from).collect(),
        next,
    }))
}

/// Whom to block.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BlockBody {
    /// A mail address, a mail domain (`shop.example`, with everything under it), or a telephone number with its country code.
    #[schema(max_length = 300)]
    sender: String,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 300)]
    reason: String,
}

/// Block a sender
///
/// Refused for the business's own addresses, and for domains at which everybody may have an address. Who writes in a conversation is
/// blocked there by the action `block_sender`.
#[utoipa::path(post, path = "/blocked-senders", tag = "spam", operation_id = "blockSender", request_body = BlockBody,
    responses((status = 201, description = "Who is blocked now.", body = BlockedView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<BlockBody>,
) -> Outcome<Created<BlockedView>> {
    caller.may(Permission::Administer)?;
    at_most(300, "sender", &body.sender)?;
    at_most(LONGEST_REASON, "reason", &body.reason)?;
    let key = blocked::read(&body.sender)?;
    let Some(blocked) = blocked::block(&app.store, &caller.actor, key, &body.reason).await? else {
        return Err(Problem::from(conversation::Error::Conflict(
            "this sender is blocked already".to_owned(),
        )));
    };
    Ok(Created(format!("/blocked-senders/{}", blocked.id), blocked.into()))
}

/// Unblock a sender
///
/// The next message comes as any other; what came stays in spam.
#[utoipa::path(delete, path = "/blocked-senders/{id}", tag = "spam", operation_id = "unblockSender",
    params(("id" = String, Path, description = "The blocked sender.")),
    responses((status = 204, description = "They are let in.")))]
pub(super) async fn remove(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    blocked::unblock(&app.store, &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
