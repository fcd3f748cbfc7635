//! The page of one ticket: its state, its messages, a reply.

use std::collections::HashMap;

use axum::extract::{Form, FromRequest, Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use conversation::card::CardAnswer;
use conversation::conversations::{Conversation, ELSEWHERE, Message, is_elsewhere};
use conversation::inbound::{InboundMessage, ThreadHints};
use conversation::ingest::ingest_one;
use conversation::tickets::{self, Ticket};
use conversation::types::{ActorKind, ConversationId, Level, MessageId, MessageKind, TicketId, is_id};
use conversation::{access, attachments, proactive, reply, views};
use serde::Deserialize;
use serde_json::json;
use ui::client_pages::Part;
use ui::components::{AttachmentView, MessageView};
use ui::portal_pages::{self, TicketPageView};
use ui::{i18n, routes};

use crate::client::Client;
use crate::form::{sender, trouble_text, written};
use crate::multipart::{self, Posted};
use crate::request::{Failed, Page, Reader, page, see_other};
use crate::{Portal, words};

/// How many messages the page shows, the newest.
const MOST_MESSAGES: i64 = 200;
const LONGEST_TEXT: usize = 20_000;

/// Which notice the page begins with.
#[derive(Deserialize)]
pub(crate) struct Notice {
    sent: Option<String>,
}

/// A ticket that its reader may see.
struct Opened {
    client: Client,
    ticket: Ticket,
    conversation: Conversation,
}

/// The ticket, if the session's contact may see it. Without a session there is a page to ask for a
/// link on, whether the ticket exists or not.
async fn open(portal: &Portal, reader: &Reader, headers: &HeaderMap, id: &str) -> Result<Opened, Failed> {
    let db = portal.store.db();
    let client = Client::open(portal, reader, headers, &routes::path(routes::TICKET, id)).await?;
    let ticket = access::ticket(db, &client.actor, &TicketId::from(id)).await?;
    let conversation = access::conversation(db, &client.actor, &ticket.conversation_id).await?;
    Ok(Opened {
        client,
        ticket,
        conversation,
    })
}

/// GET `/portal/tickets/{id}`.
pub(crate) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<Notice>,
) -> Page {
    let words = words::of(reader.lang);
    let notice = match query.sent.as_deref() {
        Some("answer") => Some(words.answer_sent),
        Some("request") => Some(words.request_sent),
        Some(_) => Some(words.reply_sent),
        None => None,
    };
    let opened = open(&portal, &reader, &headers, &id).await?;
    // The frame reads what leads here, before it counts what is new.
    draw(&portal, &reader, opened, notice, None).await
}

/// What could not be taken, to be shown again: text, id of the reply, why.
type Refused = (String, String, String);

async fn draw(
    portal: &Portal,
    reader: &Reader,
    opened: Opened,
    notice: Option<&str>,
    refused: Option<Refused>,
) -> Page {
    let messages = timeline(portal, &opened.conversation.id).await?;
    let lang = reader.lang;
    let person = match &opened.ticket.assignee_id {
        Some(agent) => reply::agent_names(&portal.store, std::slice::from_ref(agent))
            .await?
            .into_iter()
            .next()
            .map(|(_, name)| name),
        None => None,
    };
    // Levels are the business's own matter; of the bot's the customer reads that there is an answer. (That a
    // message arrived is said by the system, at times after it.)
    let is_answered_by_bot = person.is_none()
        && opened.ticket.level == Level::Bot
        && messages
            .iter()
            .rfind(|one| one.author_kind != ActorKind::System)
            .is_some_and(|last| last.kind == MessageKind::Outbound && last.author_kind == ActorKind::Bot);
    let handler = person.map(|name| i18n::t_args(lang, "client-handled-by", &[("name", name.into())]));
    let status = if refused.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (text, reply_id, error) = match refused {
        Some((text, id, why)) => (text, id, Some(why)),
        None => (String::new(), portal.store.env().ulid(), None),
    };
    let here = routes::path(routes::TICKET, opened.ticket.id.as_str());
    let view = TicketPageView {
        frame: opened.client.frame(portal, Part::Support, &here, None).await?,
        number: tickets::number_text(opened.ticket.number),
        subject: opened.ticket.subject,
        status: opened.ticket.status,
        opened_at: opened.ticket.created_at,
        messages,
        url: here,
        reply_id,
        text,
        error,
        notice: notice.map(str::to_owned),
        handler,
        is_answered_by_bot,
    };
    Ok(page(status, portal_pages::ticket(&portal.ctx(reader.lang), &view)))
}

/// What the customer sees of a conversation.
async fn timeline(portal: &Portal, conversation: &ConversationId) -> conversation::Result<Vec<MessageView>> {
    let db = portal.store.db();
    let messages = views::customer_timeline(db, conversation, MOST_MESSAGES).await?;
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id.clone()).collect();
    let mut files: HashMap<MessageId, Vec<AttachmentView>> = HashMap::new();
    for part in ids.chunks(200) {
        for file in attachments::of_messages(db, part).await? {
            let Some(message) = file.message_id else { continue };
            files.entry(message).or_default().push(AttachmentView {
                url: format!("/portal/files/{}", routes::escape(file.id.as_str())),
                name: file.name,
                media_type: file.media_type,
                size: file.size,
                thumbnail_url: None,
            });
        }
    }
    let names = reply::speakers(&portal.store, &messages).await?;
    let answered: HashMap<MessageId, String> = messages
        .iter()
        .filter_map(|message| message.answer.as_ref())
        .filter_map(|answer| Some((answer.message.clone()?, answer.value.clone())))
        .collect();
    Ok(messages
        .into_iter()
        .map(|message| view_of(message, &mut files, &names, &answered))
        .collect())
}

fn view_of(
    message: Message,
    files: &mut HashMap<MessageId, Vec<AttachmentView>>,
    names: &HashMap<String, String>,
    answered: &HashMap<MessageId, String>,
) -> MessageView {
    // Marks are drawn in what was written here alone.
    let (author_kind, author) = proactive::speaker(&message);
    let author_name = names.get(author).cloned().unwrap_or_default();
    let extra = is_elsewhere(message.extra.as_ref()).then(|| json!({ "type": "mail", (ELSEWHERE): true }));
    MessageView {
        extra,
        attachments: files.remove(&message.id).unwrap_or_default(),
        answered: answered.get(&message.id).cloned(),
        author_name,
        id: message.id.to_string(),
        kind: message.kind,
        channel: message.channel,
        author_kind,
        at: message.at,
        text: message.text,
        cards: message.cards,
        auto: message.auto,
        ..MessageView::default()
    }
}

/// A pressed button of a card.
#[derive(Deserialize)]
struct Press {
    answer: String,
}

/// POST `/portal/tickets/{id}`: a reply (multipart) or a pressed card (urlencoded).
pub(crate) async fn post(
    State(portal): State<Portal>,
    reader: Reader,
    Path(id): Path<String>,
    request: Request,
) -> Page {
    let headers = request.headers().clone();
    let opened = open(&portal, &reader, &headers, &id).await?;
    portal.limits.replies.check(opened.client.contact.id.as_str())?;
    let is_press = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let bad = |_| Failed::Status(StatusCode::BAD_REQUEST);
    if is_press {
        let Form(press) = <Form<Press>>::from_request(request, &())
            .await
            .map_err(|_| Failed::Status(StatusCode::BAD_REQUEST))?;
        answer(&portal, opened, &press.answer).await
    } else {
        let multipart = Multipart::from_request(request, &()).await.map_err(bad)?;
        let posted = multipart::read(&portal.store, multipart, |_| true).await?;
        take_reply(&portal, &reader, opened, posted).await
    }
}

async fn take_reply(portal: &Portal, reader: &Reader, opened: Opened, posted: Posted) -> Page {
    let words = words::of(reader.lang);
    let text = posted.field("text").to_owned();
    let id = posted.field("id").to_owned();
    let trouble = match &posted.trouble {
        Some(trouble) => Some(trouble_text(trouble, words)),
        None if text.is_empty() && posted.files.is_empty() => Some(words.required.to_owned()),
        None if text.chars().count() > LONGEST_TEXT => Some(words.too_long.to_owned()),
        None => None,
    };
    if !is_id(&id) {
        return Err(Failed::Status(StatusCode::BAD_REQUEST));
    }
    if let Some(why) = trouble {
        return draw(portal, reader, opened, None, Some((text, id, why))).await;
    }
    let to = routes::path(routes::TICKET, opened.ticket.id.as_str());
    // The contact is part of it, so that one customer cannot take another one's id.
    let id = format!("reply:{}:{id}", opened.client.contact.id);
    let message = InboundMessage {
        attachments: posted.files,
        ..written_in(portal, &opened, &text, id).await?
    };
    ingest_one(&portal.store, message).await?;
    Ok(see_other(&format!("{to}?sent=reply")))
}

async fn answer(portal: &Portal, opened: Opened, payload: &str) -> Page {
    let pressed = CardAnswer::from_payload(payload, "");
    let id = pressed.message.ok_or(Failed::Status(StatusCode::BAD_REQUEST))?;
    let question = access::message(portal.store.db(), &opened.client.actor, &id).await?;
    let (_, label) = crate::answer::pressed(&question, &pressed.value).ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    let to = routes::path(routes::TICKET, opened.ticket.id.as_str());
    let written = written_in(portal, &opened, &label, format!("answer:{id}")).await?;
    let message = InboundMessage {
        answer: Some(CardAnswer {
            message: Some(id),
            value: pressed.value,
            label,
        }),
        ..written
    };
    ingest_one(&portal.store, message).await?;
    Ok(see_other(&format!("{to}?sent=answer")))
}

/// A message of the signed-in contact that belongs to the ticket's conversation.
async fn written_in(
    portal: &Portal,
    opened: &Opened,
    text: &str,
    external_id: String,
) -> Result<InboundMessage, Failed> {
    let store = &portal.store;
    let from = sender(store, &opened.client.contact, None).await?;
    Ok(InboundMessage {
        thread: ThreadHints {
            conversation: Some(opened.conversation.id.clone()),
            ..ThreadHints::default()
        },
        ..written(store, text, from, external_id).await?
    })
}
