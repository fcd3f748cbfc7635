//! Putting messages where they belong: split, merge, move.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::restructure;
use conversation::types::{ConversationId, MessageId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Created, Id, Json};
use super::guard::Caller;
use super::problem::Outcome;
use super::views::ConversationView;
use crate::app::App;

fn message_ids(ids: Vec<String>) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = ids.into_iter().map(MessageId::from).collect();
    // A message named twice is one message.
    ids.sort();
    ids.dedup();
    ids
}

/// What to split off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SplitBody {
    /// The messages that belong to another matter; at least one must stay behind.
    #[schema(min_items = 1, max_items = 500)]
    messages: Vec<String>,
    /// The subject of the new conversation; unless given, that of the first message that has one, else that of the old one.
    subject: Option<String>,
}

/// Split a conversation
///
/// Takes messages out into a new conversation with the same contact. Answers to them follow.
#[utoipa::path(post, path = "/conversations/{id}/split", tag = "conversations", operation_id = "splitConversation",
    params(("id" = String, Path, description = "The conversation.")), request_body = SplitBody,
    responses((status = 201, description = "The new conversation.", body = ConversationView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn split(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<SplitBody>,
) -> Outcome<Created<ConversationView>> {
    caller.may(Permission::Work)?;
    let db = app.store.db();
    let from = access::conversation(db, &caller.actor, &ConversationId::from(id))
        .await?
        .id;
    let messages = message_ids(body.messages);
    let new = restructure::split(&app.store, &caller.actor, &from, &messages, body.subject.as_deref()).await?;
    let new = access::conversation(db, &caller.actor, &new).await?;
    Ok(Created(format!("/conversations/{}", new.id), new.into()))
}

/// What becomes part of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeBody {
    /// The id of the one that becomes part of the one in the path.
    pub(super) from: String,
}

/// Merge conversations
///
/// Makes another conversation part of this one: its messages and tickets follow, and what still
/// comes to it arrives here. Both belong to one contact: of two, each would read what the other wrote (409).
#[utoipa::path(post, path = "/conversations/{id}/merge", tag = "conversations", operation_id = "mergeConversations",
    params(("id" = String, Path, description = "The conversation that remains.")), request_body = MergeBody,
    responses((status = 200, description = "The conversation that remains.", body = ConversationView)))]
pub(super) async fn merge(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<MergeBody>,
) -> Outcome<Answer<ConversationView>> {
    caller.may(Permission::Work)?;
    let db = app.store.db();
    let into = access::conversation(db, &caller.actor, &ConversationId::from(id))
        .await?
        .id;
    let from = access::conversation(db, &caller.actor, &ConversationId::from(body.from))
        .await?
        .id;
    restructure::merge(&app.store, &caller.actor, &from, &into).await?;
    Ok(Answer(access::conversation(db, &caller.actor, &into).await?.into()))
}

/// Which merge is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnmergeBody {
    /// The id of the conversation that became part of the one in the path.
    from: String,
}

/// Undo a merge of conversations
///
/// Makes two of them again: messages, tickets and labels that came along go back, with the status, agent and level that
/// the conversation had; answers to its mails find it again. What was written since stays. 409 when it was undone
/// before, or the one in the path is itself part of another now.
#[utoipa::path(post, path = "/conversations/{id}/unmerge", tag = "conversations", operation_id = "unmergeConversations",
    params(("id" = String, Path, description = "The conversation that the other one became part of.")), request_body = UnmergeBody,
    responses((status = 200, description = "The conversation that stands by itself again.", body = ConversationView)))]
pub(super) async fn unmerge(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<UnmergeBody>,
) -> Outcome<Answer<ConversationView>> {
    caller.may(Permission::Work)?;
    let db = app.store.db();
    let into = access::conversation(db, &caller.actor, &ConversationId::from(id))
        .await?
        .id;
    let from = ConversationId::from(body.from);
    let again = restructure::unmerge(&app.store, &caller.actor, &into, &from).await?;
    Ok(Answer(access::conversation(db, &caller.actor, &again).await?.into()))
}

/// What to move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveBody {
    /// The messages.
    #[schema(min_items = 1, max_items = 500)]
    messages: Vec<String>,
    /// The conversation that has them.
    from: String,
    /// The conversation that they belong to.
    to: String,
}

/// Move messages
///
/// Puts messages into another conversation. Answers to them follow. Into one of another contact go only messages
/// which that contact wrote or was sent (409 otherwise), and notes.
#[utoipa::path(post, path = "/messages/move", tag = "messages", operation_id = "moveMessages", request_body = MoveBody,
    responses((status = 200, description = "The conversation that has them now.", body = ConversationView)))]
pub(super) async fn move_messages(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<MoveBody>,
) -> Outcome<Answer<ConversationView>> {
    caller.may(Permission::Work)?;
    let db = app.store.db();
    let from = access::conversation(db, &caller.actor, &ConversationId::from(body.from))
        .await?
        .id;
    let to = access::conversation(db, &caller.actor, &ConversationId::from(body.to))
        .await?
        .id;
    restructure::move_messages(&app.store, &caller.actor, &message_ids(body.messages), &from, &to).await?;
    Ok(Answer(access::conversation(db, &caller.actor, &to).await?.into()))
}
