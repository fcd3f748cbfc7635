//! Messages and their sending.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use channels::whatsapp::send::Special;
use conversation::access::{self, Permission};
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{AttachmentId, ConversationId, DeliveryId, MessageId};
use conversation::views::{self as core_views, PageEnd};
use conversation::{Store, attachments, deliveries};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Created, Id, Json, Page, Query, cut, limit, page_end};
use super::guard::{Caller, OnceId};
use super::problem::{Outcome, Problem};
use super::views::{self, DeliveryView, MessageView};
use super::whatsapp::{SpecialBody, refused, special_of};
use crate::app::App;
use crate::inbox::whatsapp;

/// Which part of a timeline.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TimelineQuery {
    /// The `next` of the page before: it leads to older messages.
    after: Option<String>,
    /// How many messages: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A page of a timeline: the newest first by pages, the oldest first within one.
pub(super) async fn page(store: &Store, id: &ConversationId, query: &TimelineQuery) -> Outcome<Page<MessageView>> {
    let limit = limit(query.limit)?;
    let before = page_end(query.after.as_deref())?;
    let mut rows = core_views::timeline(store.db(), id, before.as_ref(), limit + 1).await?;
    rows.reverse();
    let has_more = cut(&mut rows, limit);
    let next = rows.last().filter(|_| has_more).map(|oldest| {
        let end = PageEnd {
            at: oldest.at,
            id: oldest.id.to_string(),
        };
        end.to_text()
    });
    rows.reverse();
    Ok(Page {
        items: views::messages(store, rows).await?,
        next,
    })
}

/// List the messages of a conversation
///
/// Messages, notes and activity lines, oldest first within a page; the first page has the newest,
/// and `next` leads to those before.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages", operation_id = "listMessages",
    params(("id" = String, Path, description = "The conversation."), TimelineQuery),
    responses((status = 200, description = "A page of messages.", body = Page<MessageView>)))]
pub(super) async fn timeline(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<TimelineQuery>,
) -> Outcome<Answer<Page<MessageView>>> {
    caller.may(Permission::Read)?;
    let conversation = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id)).await?;
    Ok(Answer(page(&app.store, &conversation.id, &query).await?))
}

/// Who is to see a message.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WrittenKind {
    /// The customer, by the channel they use.
    #[default]
    Reply,
    /// Agents only.
    Note,
}

/// A message to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    /// A ULID of your own: the same message sent twice is written once.
    #[schema(min_length = 26, max_length = 26, example = "01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    id: Option<String>,
    /// A reply to the customer, unless given.
    #[serde(default)]
    #[schema(default = "reply")]
    kind: WrittenKind,
    /// The words: plain text with a small Markdown. May be empty when there are files.
    #[serde(default)]
    #[schema(max_length = 50000)]
    text: String,
    /// Ids of files that this token uploaded to `/attachments`.
    #[serde(default)]
    #[schema(max_items = 50)]
    attachments: Vec<String>,
    /// The `position` of the conversation as it was read. A reply is held back with 409 when
    /// something newer was said since.
    seen: Option<i64>,
    /// The message of the same conversation that this one answers; WhatsApp shows it as a quote.
    reply_to: Option<String>,
    /// What only WhatsApp has: buttons, a list, a template …
    special: Option<SpecialBody>,
}

/// Write a message
///
/// A reply to the customer, by the channel they use, or a note for agents. Whoever replies takes
/// the conversation from the bot. How the sending goes is in `deliveries` of the message.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages", operation_id = "writeMessage",
    params(("id" = String, Path, description = "The conversation.")), request_body = NewMessage,
    responses(
        (status = 201, description = "The message.", body = MessageView, headers(("Location" = String, description = "Its path."))),
        (status = 200, description = "The message with this id was written before.", body = MessageView)))]
pub(super) async fn write(
    State(app): State<App>,
    caller: Caller,
    OnceId(once): OnceId,
    Id(id): Id,
    Json(body): Json<NewMessage>,
) -> Outcome<Response> {
    caller.may(Permission::Work)?;
    if body.attachments.len() > 50 {
        return Err(Problem::invalid("attachments: at most 50"));
    }
    let conversation = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id)).await?;
    let (mut special, mut text) = (None, body.text);
    if let Some(given) = body.special {
        let (found, words) = special_of(&app, &conversation, given, text).await?;
        (special, text) = (Some(found), words);
    }
    let attachments: Vec<AttachmentId> = body.attachments.into_iter().map(AttachmentId::from).collect();
    let mut with = reply::Special::default();
    if matches!(body.kind, WrittenKind::Reply) {
        // A repeated request has its files in the message already.
        let files = attachments::pending(app.store.db(), &caller.actor, &attachments)
            .await
            .unwrap_or_default();
        whatsapp::check(
            &app,
            &conversation,
            if special.as_ref().is_some_and(Special::is_template) {
                ""
            } else {
                &text
            },
            &files,
            special.as_ref(),
        )
        .await?
        .map_err(|limit| refused(&limit))?;
        with.quotes = body.reply_to.map(MessageId::from);
        with.extra = whatsapp::extra_of(special.as_ref());
    } else if special.is_some() || body.reply_to.is_some() {
        return Err(Problem::invalid("special, reply_to: a note goes to nobody"));
    }
    let new = NewReply {
        // A repeated request whose first answer was lost with its process has the same id.
        id: MessageId::from(body.id.or(once).unwrap_or_else(|| app.store.env().ulid())),
        conversation: conversation.id,
        kind: match body.kind {
            WrittenKind::Reply => ReplyKind::Customer,
            WrittenKind::Note => ReplyKind::Note,
        },
        text,
        cards: Vec::new(),
        attachments,
        seen: body.seen,
    };
    let replied = reply::reply_with(&app.store, &caller.actor, new, with).await?;
    let message = view(&app.store, &caller, &replied.message).await?;
    Ok(if replied.is_repeated {
        Answer(message).into_response()
    } else {
        Created(format!("/messages/{}", replied.message), message).into_response()
    })
}

pub(super) async fn view(store: &Store, caller: &Caller, id: &MessageId) -> Outcome<MessageView> {
    let message = access::message(store.db(), &caller.actor, id).await?;
    views::messages(store, vec![message])
        .await?
        .pop()
        .ok_or_else(Problem::not_found)
}

/// Read a message
///
/// With its files and, of an outbound one, its deliveries.
#[utoipa::path(get, path = "/messages/{id}", tag = "messages", operation_id = "getMessage",
    params(("id" = String, Path, description = "The message.")),
    responses((status = 200, description = "The message.", body = MessageView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<MessageView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(view(&app.store, &caller, &MessageId::from(id)).await?))
}

/// Read a delivery
///
/// How far the sending of a message is, and what went wrong.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "messages", operation_id = "getDelivery",
    params(("id" = String, Path, description = "The delivery.")),
    responses((status = 200, description = "The delivery.", body = DeliveryView)))]
pub(super) async fn delivery(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<DeliveryView>> {
    caller.may(Permission::Read)?;
    let delivery = access::delivery(app.store.db(), &caller.actor, &DeliveryId::from(id)).await?;
    Ok(Answer(delivery.into()))
}

/// Send a failed message again
///
/// Queues a failed delivery once more. The customer gets the message twice if the provider had
/// taken it after all.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "messages", operation_id = "retryDelivery",
    params(("id" = String, Path, description = "The delivery.")),
    responses((status = 200, description = "The delivery, queued.", body = DeliveryView)))]
pub(super) async fn retry(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<DeliveryView>> {
    caller.may(Permission::Work)?;
    let id = access::delivery(app.store.db(), &caller.actor, &DeliveryId::from(id))
        .await?
        .id;
    deliveries::send_again(&app.store, &caller.actor, &id).await?;
    let delivery = access::delivery(app.store.db(), &caller.actor, &id).await?;
    Ok(Answer(delivery.into()))
}
