//! What only WhatsApp has: buttons, lists, reactions, templates, and the window for free words.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use channels::whatsapp::limits::Limit;
use channels::whatsapp::send::{Emoji, Row, Section, Special};
use channels::whatsapp::templates::{self, Template};
use conversation::access::{self, Permission};
use conversation::conversations::Conversation;
use conversation::inboxes;
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{Channel, ConversationId, InboxId, Language, MessageId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Created, Id, Json, Page, Query, Time};
use super::guard::{Caller, OnceId};
use super::problem::{Outcome, Problem};
use super::views::{self, MessageView};
use crate::app::App;
use crate::inbox::whatsapp;

/// What a WhatsApp message has beside words. The `text` of the message stands above it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SpecialBody {
    /// One to three buttons that answer.
    Buttons {
        /// Their words, at most 20 characters each.
        #[schema(min_items = 1, max_items = 3)]
        buttons: Vec<String>,
    },
    /// A list to choose from.
    List {
        /// The words on the button that opens it, at most 20 characters.
        button: String,
        /// Its parts, with at most 10 lines in all.
        sections: Vec<SectionBody>,
    },
    /// A button that opens a page.
    Link {
        /// The words on it, at most 20 characters.
        label: String,
        /// The page.
        url: String,
    },
    /// A button by which the customer sends their place.
    LocationRequest {},
    /// A template that Meta approved; `text` stays empty.
    Template {
        /// Its name.
        name: String,
        /// Its language, such as `pt_BR`.
        language: String,
        /// What fills its blanks, by their keys as the list of templates gives them.
        #[serde(default)]
        values: BTreeMap<String, String>,
    },
}

/// A part of a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionBody {
    /// Its title, at most 24 characters; needed where a list has several parts.
    #[serde(default)]
    title: String,
    /// What can be chosen.
    rows: Vec<RowBody>,
}

/// A line of a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RowBody {
    /// Its words, at most 24 characters.
    title: String,
    /// What stands below them, at most 72 characters.
    #[serde(default)]
    description: String,
}

/// A limit of Meta's as a problem.
pub(super) fn refused(limit: &Limit) -> Problem {
    Problem::invalid(whatsapp::words(Language::En, limit))
}

/// What a body means: the special part, the words that the message has then, and whether it advertises.
pub(super) async fn special_of(
    app: &App,
    conversation: &Conversation,
    body: SpecialBody,
    text: String,
) -> Outcome<(Special, String, bool)> {
    if conversation.channel != Channel::Whatsapp {
        return Err(Problem::invalid("special: only a WhatsApp conversation takes it"));
    }
    let special = match body {
        SpecialBody::Buttons { buttons } => Special::Buttons { buttons },
        SpecialBody::List { button, sections } => Special::List {
            button,
            sections: sections
                .into_iter()
                .map(|section| Section {
                    title: section.title,
                    rows: section
                        .rows
                        .into_iter()
                        .map(|row| Row {
                            title: row.title,
                            description: row.description,
                        })
                        .collect(),
                })
                .collect(),
        },
        SpecialBody::Link { label, url } => Special::Link { label, url },
        SpecialBody::LocationRequest {} => Special::LocationRequest,
        SpecialBody::Template { name, language, values } => {
            if !text.trim().is_empty() {
                return Err(Problem::invalid("text: a template brings its own; leave it empty"));
            }
            let filled = whatsapp::prepare(app, conversation, &name, &language, &values).await?;
            let filled = filled.map_err(|limit| refused(&limit))?;
            return Ok((filled.special, filled.text, filled.is_marketing));
        }
    };
    Ok((special, text, false))
}

/// A reaction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReactionBody {
    /// One emoji; an empty text takes the reaction back.
    #[schema(example = "👍")]
    emoji: String,
}

/// React to a message
///
/// Puts an emoji on a WhatsApp message, or takes it back. The reaction is a message of its own in the
/// timeline, with `extra.type` = `reaction` and `in_reply_to` naming the other one.
#[utoipa::path(post, path = "/messages/{id}/reaction", tag = "messages", operation_id = "reactToMessage",
    params(("id" = String, Path, description = "The message.")), request_body = ReactionBody,
    responses((status = 201, description = "The reaction.", body = MessageView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn react(
    State(app): State<App>,
    caller: Caller,
    OnceId(once): OnceId,
    Id(id): Id,
    Json(body): Json<ReactionBody>,
) -> Outcome<Response> {
    caller.may(Permission::Work)?;
    let target = access::message(app.store.db(), &caller.actor, &MessageId::from(id)).await?;
    let conversation = access::conversation(app.store.db(), &caller.actor, &target.conversation_id).await?;
    if conversation.channel != Channel::Whatsapp {
        return Err(Problem::invalid("only a WhatsApp conversation takes reactions"));
    }
    let special = Special::Reaction {
        reaction: Emoji {
            emoji: body.emoji.clone(),
        },
    };
    whatsapp::check(&app, &conversation, "", &[], Some(&special))
        .await?
        .map_err(|limit| refused(&limit))?;
    let new = NewReply::of(
        MessageId::from(once.unwrap_or_else(|| app.store.env().ulid())),
        &conversation.id,
        ReplyKind::Customer,
        body.emoji,
    );
    let with = reply::Sending {
        quotes: Some(target.id),
        extra: whatsapp::extra_of(Some(&special)),
        is_sign: true,
        ..reply::Sending::default()
    };
    let replied = reply::reply_with(&app.store, &caller.actor, new, with).await?;
    let message = views::message(&app.store, &caller, &replied.message).await?;
    Ok(Created(format!("/messages/{}", replied.message), message).into_response())
}

/// How long free words may still leave.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Window)]
pub(super) struct WindowView {
    /// Whether anything may be sent now; else only a template.
    is_open: bool,
    /// Until when; null where the customer never wrote by this number.
    #[schema(required)]
    until: Option<Time>,
}

/// Read the window of a WhatsApp conversation
///
/// WhatsApp takes free words for 24 hours after the customer's last message to the number.
#[utoipa::path(get, path = "/conversations/{id}/window", tag = "conversations", operation_id = "getWindow",
    params(("id" = String, Path, description = "The conversation.")),
    responses((status = 200, description = "The window.", body = WindowView)))]
pub(super) async fn window(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<WindowView>> {
    caller.may(Permission::Read)?;
    let conversation = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id)).await?;
    if conversation.channel != Channel::Whatsapp {
        return Err(Problem::not_found());
    }
    let window = whatsapp::window(&app, &conversation).await?;
    Ok(Answer(WindowView {
        is_open: window.is_open(app.store.now()),
        until: window.window_until.map(Time),
    }))
}

/// A template of a WhatsApp number in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub(super) struct TemplateView {
    /// Its name.
    name: String,
    /// Its language, such as `pt_BR`.
    language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    category: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` and what Meta adds.
    status: String,
    /// Why it was rejected or paused; empty where Meta does not say.
    reason: String,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    quality: String,
    /// Whether it can be sent by this API now.
    is_usable: bool,
    /// The keys of its blanks with an example of each.
    blanks: BTreeMap<String, String>,
    /// `image`, `video` or `document` where the message needs one such file.
    #[schema(required)]
    file: Option<String>,
    /// How it reads.
    text: String,
    /// The words on its buttons.
    buttons: Vec<String>,
}

impl From<Template> for TemplateView {
    fn from(template: Template) -> TemplateView {
        let preview = template.preview(&BTreeMap::new());
        TemplateView {
            is_usable: template.is_usable(),
            blanks: template
                .variables()
                .into_iter()
                .map(|one| (one.key, one.example))
                .collect(),
            file: preview.header_file.map(str::to_owned),
            text: preview.text(),
            buttons: preview.buttons,
            name: template.name,
            language: template.language,
            category: template.category,
            status: template.status,
            reason: template.reason,
            quality: template.quality,
        }
    }
}

/// Which templates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TemplateQuery {
    /// Only those in this state, such as `APPROVED`.
    status: Option<String>,
}

async fn number(app: &App, id: String) -> Outcome<InboxId> {
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    if inbox.channel == Channel::Whatsapp {
        Ok(inbox.id)
    } else {
        Err(Problem::invalid("only a WhatsApp inbox has templates"))
    }
}

async fn page(app: &App, inbox: &InboxId, query: &TemplateQuery) -> Outcome<Page<TemplateView>> {
    let all = templates::list(app.store.db(), inbox).await?;
    let wanted = |template: &Template| query.status.as_ref().is_none_or(|status| template.status == *status);
    Ok(Page {
        items: all.into_iter().filter(wanted).map(TemplateView::from).collect(),
        next: None,
    })
}

/// List the templates of a WhatsApp number
///
/// In every language and state, as Meta listed them last; they are asked for every hour.
#[utoipa::path(get, path = "/inboxes/{id}/templates", tag = "inboxes", operation_id = "listTemplates",
    params(("id" = String, Path, description = "The inbox."), TemplateQuery),
    responses((status = 200, description = "All templates on one page.", body = Page<TemplateView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<TemplateQuery>,
) -> Outcome<Answer<Page<TemplateView>>> {
    caller.may(Permission::Read)?;
    let inbox = number(&app, id).await?;
    Ok(Answer(page(&app, &inbox, &query).await?))
}

/// List the templates of a number anew
///
/// Asks Meta now.
#[utoipa::path(post, path = "/inboxes/{id}/templates/sync", tag = "inboxes", operation_id = "syncTemplates",
    params(("id" = String, Path, description = "The inbox.")),
    responses((status = 200, description = "All templates on one page.", body = Page<TemplateView>)))]
pub(super) async fn sync(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Page<TemplateView>>> {
    caller.may(Permission::Administer)?;
    let inbox = number(&app, id).await?;
    if let Err(error) = templates::sync(&app.store, &inbox).await? {
        return Err(Problem::conflict(format!("Meta gave no list: {error}")));
    }
    Ok(Answer(page(&app, &inbox, &TemplateQuery { status: None }).await?))
}
