//! Messages and their sending.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use channels::whatsapp::send::Special;
use conversation::access::{self, Permission};
use conversation::reply::{self, NewReply, ReplyKind, Sending};
use conversation::types::{AttachmentId, ConversationId, DeliveryId, MessageId};
use conversation::views as core_views;
use conversation::{Store, attachments, deliveries, scheduled};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Created, Id, Json, Page, Query, Time, cut_after, limit, page_end};
use super::guard::{Caller, OnceId};
use super::problem::{Outcome, Problem};
use super::views::{self, AttachmentView, DeliveryView, MessageView};
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
    let next = cut_after(&mut rows, limit, |oldest| (oldest.at, oldest.id.to_string()));
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
    /// When a reply leaves: at most a year ahead; at once unless given. Until then the customer does
    /// not see it, and `cancel` takes it back.
    send_at: Option<Time>,
    /// Mail addresses that a reply goes to instead of the one the customer wrote from last.
    #[serde(default)]
    #[schema(max_items = 50)]
    to: Vec<String>,
    /// Mail addresses that get a copy, seen by all. Each recipient has a delivery of its own.
    #[serde(default)]
    #[schema(max_items = 50)]
    cc: Vec<String>,
    /// Mail addresses that get a copy, seen by nobody.
    #[serde(default)]
    #[schema(max_items = 50)]
    bcc: Vec<String>,
}

/// A message taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CancelledMessage {
    /// Where it was.
    conversation_id: String,
    /// Its words, to be written anew.
    text: String,
    /// Its files; their ids can be given to another message.
    attachments: Vec<AttachmentView>,
}

/// Another time for a message that waits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTime {
    /// When it leaves; a time that is over sends it now.
    send_at: Time,
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
    let (mut special, mut text, mut is_marketing) = (None, body.text, false);
    if let Some(given) = body.special {
        let (found, words, advertises) = special_of(&app, &conversation, given, text).await?;
        (special, text, is_marketing) = (Some(found), words, advertises);
    }
    let attachments: Vec<AttachmentId> = body.attachments.into_iter().map(AttachmentId::from).collect();
    let mut with = reply::Sending::default();
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
        with.is_marketing = is_marketing;
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
    let sending = Sending {
        send_at: body.send_at.map(|at| at.0),
        to: body.to,
        cc: body.cc,
        bcc: body.bcc,
        ..with
    };
    let replied = reply::reply_with(&app.store, &caller.actor, new, sending).await?;
    let message = views::message(&app.store, &caller, &replied.message).await?;
    Ok(if replied.is_repeated {
        Answer(message).into_response()
    } else {
        Created(format!("/messages/{}", replied.message), message).into_response()
    })
}

/// Read a message
///
/// With its files and, of an outbound one, its deliveries.
#[utoipa::path(get, path = "/messages/{id}", tag = "messages", operation_id = "getMessage",
    params(("id" = String, Path, description = "The message.")),
    responses((status = 200, description = "The message.", body = MessageView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<MessageView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(views::message(&app.store, &caller, &MessageId::from(id)).await?))
}

/// Take a message back
///
/// As long as it has not left: `scheduled`, or `queued` and with no server yet. The message is gone,
/// and its words and files come back.
#[utoipa::path(post, path = "/messages/{id}/cancel", tag = "messages", operation_id = "cancelMessage",
    params(("id" = String, Path, description = "The message.")),
    responses((status = 200, description = "What it said.", body = CancelledMessage)))]
pub(super) async fn cancel(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<CancelledMessage>> {
    caller.may(Permission::Work)?;
    let message = access::message(app.store.db(), &caller.actor, &MessageId::from(id)).await?;
    let cancelled = scheduled::cancel(&app.store, &caller.actor, &message.id).await?;
    Ok(Answer(CancelledMessage {
        conversation_id: cancelled.conversation.to_string(),
        text: cancelled.text,
        attachments: cancelled.attachments.into_iter().map(AttachmentView::from).collect(),
    }))
}

/// Send a waiting message at another time
///
/// Of a `scheduled` message: later, earlier, or now.
#[utoipa::path(post, path = "/messages/{id}/reschedule", tag = "messages", operation_id = "rescheduleMessage",
    params(("id" = String, Path, description = "The message.")), request_body = NewTime,
    responses((status = 200, description = "The message.", body = MessageView)))]
pub(super) async fn reschedule(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<NewTime>,
) -> Outcome<Answer<MessageView>> {
    caller.may(Permission::Work)?;
    let message = access::message(app.store.db(), &caller.actor, &MessageId::from(id)).await?;
    scheduled::reschedule(&app.store, &caller.actor, &message.id, body.send_at.0).await?;
    Ok(Answer(views::message(&app.store, &caller, &message.id).await?))
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
