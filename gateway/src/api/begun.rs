//! Conversations that a program begins: by mail, or by WhatsApp.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use conversation::access::{self, Permission};
use conversation::begun::{self, Began, Beginning, ChatBeginning, OpenOne};
use conversation::blocked::IfBlocked;
use conversation::inboxes::{self, Inbox};
use conversation::reply::Sending;
use conversation::types::{AttachmentId, Channel, ContactId, ConversationId, IdentityKind, InboxId, MessageId};
use conversation::{attachments, contacts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Created, Json, Time, at_most};
use super::guard::{Caller, OnceId};
use super::problem::{Outcome, Problem};
use super::views::{self, ConversationView, MessageView};
use super::whatsapp::refused;
use crate::app::App;
use crate::inbox::whatsapp;

/// A conversation to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversation {
    /// A ULID of your own for its first message: the same request sent twice begins one conversation.
    #[schema(min_length = 26, max_length = 26, example = "01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    id: Option<String>,
    /// The id of the mailbox or of the WhatsApp number that it leaves by.
    inbox: String,
    /// The mail address, or the telephone number with its country code such as `+55 11 99999-0000`, or as it is dialled in the
    /// country of the business. Empty where
    /// `contact` is given.
    #[serde(default)]
    #[schema(max_length = 254)]
    to: String,
    /// The id of a contact, whose address or number is taken.
    contact: Option<String>,
    /// The name, where they are new.
    #[serde(default)]
    #[schema(max_length = 200)]
    name: String,
    /// What it is about; mail only, and needed there.
    #[serde(default)]
    #[schema(max_length = 300)]
    subject: String,
    /// The words: plain text with a small Markdown. On WhatsApp only within 24 hours after they wrote, else they leave
    /// inside the template of the inbox, where it has one.
    #[serde(default)]
    #[schema(max_length = 50000)]
    text: String,
    /// The template that it begins with; WhatsApp only.
    template: Option<BeginTemplate>,
    /// Ids of files that this token uploaded to `/attachments`.
    #[serde(default)]
    #[schema(max_items = 50)]
    attachments: Vec<String>,
    /// When it leaves: at most a year ahead; at once unless given.
    send_at: Option<Time>,
    /// Mail addresses that get a copy, seen by all.
    #[serde(default)]
    #[schema(max_items = 50)]
    cc: Vec<String>,
    /// Mail addresses that get a copy, seen by nobody.
    #[serde(default)]
    #[schema(max_items = 50)]
    bcc: Vec<String>,
    /// Although WhatsApp could not deliver the last message to this number, or its recipient is blocked and what they
    /// answer goes to spam.
    #[serde(default)]
    insist: bool,
}

/// A template that Meta approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BeginTemplate {
    /// Its name.
    name: String,
    /// Its language, such as `pt_BR`.
    language: String,
    /// What fills its blanks, by their keys as the list of templates gives them.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// A conversation that was begun, or went on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BegunConversation {
    /// It.
    conversation: ConversationView,
    /// What was written.
    message: MessageView,
}

/// Begin a conversation
///
/// By mail with a subject, or by WhatsApp with a template. Nobody has two conversations with one WhatsApp number: where
/// one is open, the message is written there and the answer is 200. Who took back that they may be written to by
/// WhatsApp is not (422), nor, unless `insist` says so, a number that WhatsApp could not deliver to the last time, or a
/// sender who is blocked (409).
#[utoipa::path(post, path = "/conversations", tag = "conversations", operation_id = "beginConversation", request_body = NewConversation,
    responses(
        (status = 201, description = "It was begun.", body = BegunConversation, headers(("Location" = String, description = "Its path."))),
        (status = 200, description = "Written into the one that is open.", body = BegunConversation)))]
pub(super) async fn begin(
    State(app): State<App>,
    caller: Caller,
    OnceId(once): OnceId,
    Json(body): Json<NewConversation>,
) -> Outcome<Response> {
    caller.may(Permission::Work)?;
    if body.attachments.len() > 50 {
        return Err(Problem::invalid("attachments: at most 50"));
    }
    at_most(200, "name", &body.name)?;
    let inbox = inboxes::load(app.store.db(), &InboxId::from(body.inbox.as_str())).await?;
    if !inbox.is_enabled || !matches!(inbox.channel, Channel::Email | Channel::Whatsapp) {
        return Err(Problem::invalid(
            "inbox: neither a mailbox nor a WhatsApp number in use",
        ));
    }
    let to = to(&app, &caller, &inbox, &body).await?;
    // A repeated request whose first answer was lost with its process has the same id.
    let message = MessageId::from(body.id.clone().or(once).unwrap_or_else(|| app.store.env().ulid()));
    let (conversation, is_new) = if inbox.channel == Channel::Email {
        (by_mail(&app, &caller, &inbox, to, &message, body).await?, true)
    } else {
        by_whatsapp(&app, &caller, &inbox, to, &message, body).await?
    };
    let found = access::conversation(app.store.db(), &caller.actor, &conversation).await?;
    let path = format!("/conversations/{}", found.id);
    let begun = BegunConversation {
        conversation: found.into(),
        message: views::message(&app.store, &caller, &message).await?,
    };
    Ok(if is_new {
        Created(path, begun).into_response()
    } else {
        Answer(begun).into_response()
    })
}

/// Where it goes: as it was given, or as the contact is known.
async fn to(app: &App, caller: &Caller, inbox: &Inbox, body: &NewConversation) -> Outcome<String> {
    let Some(contact) = &body.contact else {
        return Ok(body.to.clone());
    };
    if !body.to.trim().is_empty() {
        return Err(Problem::invalid("to, contact: one of them"));
    }
    let contact = access::contact(app.store.db(), &caller.actor, &ContactId::from(contact.as_str())).await?;
    let all = contacts::identities(app.store.db(), &contact.id).await?;
    let kinds: &[IdentityKind] = match inbox.channel {
        Channel::Email => &[IdentityKind::Email],
        _ => &[IdentityKind::Whatsapp, IdentityKind::Phone],
    };
    let known = |kind: &IdentityKind| {
        let mut theirs: Vec<_> = all.iter().filter(|one| one.kind == *kind).collect();
        theirs.sort_by_key(|one| !one.is_verified);
        theirs.first().map(|one| match one.kind {
            // With its country code, whatever country the business is in.
            IdentityKind::Whatsapp if contacts::is_phone(&one.value) => format!("+{}", one.value),
            _ => one.value.clone(),
        })
    };
    kinds
        .iter()
        .find_map(known)
        .ok_or_else(|| Problem::invalid("contact: no address of theirs is known there"))
}

fn files(given: Vec<String>) -> Vec<AttachmentId> {
    given.into_iter().map(AttachmentId::from).collect()
}

fn if_blocked(is_insisting: bool) -> IfBlocked {
    if is_insisting {
        IfBlocked::Keep
    } else {
        IfBlocked::Refuse
    }
}

async fn by_mail(
    app: &App,
    caller: &Caller,
    inbox: &Inbox,
    to: String,
    message: &MessageId,
    body: NewConversation,
) -> Outcome<ConversationId> {
    if body.template.is_some() {
        return Err(Problem::invalid("template: only WhatsApp takes one"));
    }
    let new = Beginning {
        message: message.clone(),
        inbox: inbox.id.clone(),
        address: to,
        name: body.name,
        subject: body.subject,
        text: body.text,
        attachments: files(body.attachments),
        sending: Sending {
            send_at: body.send_at.map(|at| at.0),
            cc: body.cc,
            bcc: body.bcc,
            ..Sending::default()
        },
        if_blocked: if_blocked(body.insist),
    };
    Ok(begun::begin(&app.store, &caller.actor, new).await?)
}

async fn by_whatsapp(
    app: &App,
    caller: &Caller,
    inbox: &Inbox,
    to: String,
    message: &MessageId,
    body: NewConversation,
) -> Outcome<(ConversationId, bool)> {
    if !(body.cc.is_empty() && body.bcc.is_empty() && body.subject.trim().is_empty()) {
        return Err(Problem::invalid("subject, cc, bcc: only mail takes them"));
    }
    let db = app.store.db();
    let person = begun::person_of(db, &to).await?;
    let last = conversation::deliveries::window(db, &inbox.id, &person.value).await?;
    let is_open = channels::whatsapp::send::is_window_open(last, app.store.now());
    let attachments = files(body.attachments);
    // A repeated request has its files in the message already.
    let kept = attachments::pending(db, &caller.actor, &attachments)
        .await
        .unwrap_or_default();
    let (special, text, is_marketing) = match body.template {
        Some(_) if !body.text.trim().is_empty() => {
            return Err(Problem::invalid("text: a template brings its own; leave it empty"));
        }
        Some(template) => {
            let filled = whatsapp::fill(app, &inbox.id, &template.name, &template.language, &template.values).await?;
            let filled = filled.map_err(|limit| refused(&limit))?;
            (Some(filled.special), filled.text, filled.is_marketing)
        }
        None => (None, body.text, false),
    };
    let own = if special.is_some() { "" } else { text.as_str() };
    whatsapp::check_toward(app, &inbox.id, is_open, own, &kept, special.as_ref())
        .await?
        .map_err(|limit| refused(&limit))?;
    let new = ChatBeginning {
        message: message.clone(),
        inbox: inbox.id.clone(),
        number: to,
        name: body.name,
        text,
        attachments,
        sending: Sending {
            send_at: body.send_at.map(|at| at.0),
            extra: whatsapp::extra_of(special.as_ref()),
            is_marketing,
            ..Sending::default()
        },
        is_insisting: body.insist,
        if_blocked: if_blocked(body.insist),
        open: OpenOne::Write,
    };
    Ok(match begun::begin_chat(&app.store, &caller.actor, new).await? {
        Began::Begun(id) => (id, true),
        Began::Written(id) | Began::Open(id) => (id, false),
    })
}
