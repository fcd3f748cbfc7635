//! Conversations: lists, one with its timeline, and what is done with it.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::lifecycle::{self, Action};
use conversation::types::{self, AgentId, ContactId, ConversationId, InboxId, LabelId, Level, TeamId};
use conversation::views::{self, Assignee, Filter};
use conversation::{blocked, contacts, tickets};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::contacts::ContactView;
use super::enums;
use super::extract::{Id, Json, Page, Query, Time, at_most, cut_after, limit, page_end, required};
use super::guard::Caller;
use super::messages::{self, TimelineQuery};
use super::problem::{Outcome, Problem};
use super::tickets::TicketView;
use super::views::{ConversationView, MessageView};
use crate::app::App;

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only those in this state.
    #[param(value_type = Option<enums::ConversationStatus>)]
    status: Option<types::ConversationStatus>,
    /// Only those of this agent (its id), or of `nobody`.
    assignee: Option<String>,
    /// Only those on this channel.
    #[param(value_type = Option<enums::Channel>)]
    channel: Option<types::Channel>,
    /// Only those at this level.
    #[param(value_type = Option<enums::Level>)]
    level: Option<types::Level>,
    /// Only those of this contact (its id).
    contact: Option<String>,
    /// Only those of this team (its id).
    team: Option<String>,
    /// Only those with this label (its id).
    label: Option<String>,
    /// Only those of this inbox (its id).
    inbox: Option<String>,
    /// Only those of this urgency.
    #[param(value_type = Option<enums::Priority>)]
    priority: Option<types::Priority>,
    /// What is spam, which is left out otherwise.
    #[serde(default)]
    spam: bool,
    /// Only those in this language.
    #[param(value_type = Option<enums::Language>)]
    language: Option<types::Language>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List conversations
///
/// The one with the newest message first. Conversations that became part of another one are left
/// out, and so is spam unless it is asked for.
#[utoipa::path(get, path = "/conversations", tag = "conversations", operation_id = "listConversations",
    params(ListQuery), responses((status = 200, description = "A page of conversations.", body = Page<ConversationView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Outcome<Answer<Page<ConversationView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = page_end(query.after.as_deref())?;
    let filter = Filter {
        status: query.status,
        assignee: match query.assignee {
            None => Assignee::Any,
            Some(word) if word == "nobody" => Assignee::Nobody,
            Some(id) => Assignee::Agent(AgentId::from(id)),
        },
        channel: query.channel,
        level: query.level,
        contact: query.contact.map(ContactId::from),
        teams: query.team.map(TeamId::from).into_iter().collect(),
        label: query.label.map(LabelId::from),
        inbox: query.inbox.map(InboxId::from),
        priority: query.priority,
        language: query.language,
        is_spam: query.spam,
        ..Filter::default()
    };
    let mut rows = views::conversations(app.store.db(), &filter, after.as_ref(), limit + 1).await?;
    let next = cut_after(&mut rows, limit, |last| (last.last_message_at, last.id.to_string()));
    Ok(Answer(Page {
        items: rows.into_iter().map(ConversationView::from).collect(),
        next,
    }))
}

/// A conversation with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationDetail {
    /// The conversation.
    conversation: ConversationView,
    /// Its contact.
    contact: ContactView,
    /// Its tickets, oldest first.
    tickets: Vec<TicketView>,
    /// Its newest messages, oldest of them first; `next` leads to those before.
    messages: Page<MessageView>,
    /// The position of the event log that this was read at; give it as `seen` when you reply.
    position: i64,
}

/// Read a conversation
///
/// With its contact, its tickets and a page of its timeline. The id of a conversation that became
/// part of another one leads to that one.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", operation_id = "getConversation",
    params(("id" = String, Path, description = "The conversation."), TimelineQuery),
    responses((status = 200, description = "The conversation.", body = ConversationDetail)))]
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<TimelineQuery>,
) -> Outcome<Answer<ConversationDetail>> {
    caller.may(Permission::Read)?;
    let db = app.store.db();
    // The head first: whatever is committed while we read is newer than what the caller has seen.
    let position = app.store.head().await?;
    let conversation = access::conversation(db, &caller.actor, &ConversationId::from(id)).await?;
    Ok(Answer(ConversationDetail {
        contact: contacts::load(db, &conversation.contact_id).await?.into(),
        tickets: tickets::of_conversation(db, &conversation.id)
            .await?
            .into_iter()
            .map(TicketView::from)
            .collect(),
        messages: messages::page(&app.store, &conversation.id, &query).await?,
        conversation: conversation.into(),
        position,
    }))
}

/// One thing to do with a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ActionBody {
    /// Gives it to an agent, or to nobody.
    Assign {
        /// The agent's id; null for nobody.
        #[serde(deserialize_with = "required")]
        #[schema(required)]
        agent: Option<String>,
    },
    /// Gives it to a team, or to none.
    Give {
        /// The team's id; null for none.
        #[serde(deserialize_with = "required")]
        #[schema(required)]
        team: Option<String>,
    },
    /// Moves it to a level.
    MoveTo {
        /// The level.
        #[schema(value_type = enums::Level)]
        level: types::Level,
        /// Why; whoever takes it reads this.
        #[schema(max_length = 2000)]
        reason: String,
    },
    /// Moves it one level up.
    Escalate {
        /// Why; whoever takes it reads this.
        #[schema(max_length = 2000)]
        reason: String,
    },
    /// Moves it one level back, as far as N1.
    Return {
        /// Why; whoever takes it reads this.
        #[schema(max_length = 2000)]
        reason: String,
    },
    /// Hides it until a time or the customer's next message.
    Snooze {
        /// A time that is still to come.
        until: Time,
    },
    /// Done.
    Resolve {},
    /// Not done after all.
    Reopen {},
    /// It is spam: it leaves every list and count, and nothing is done in it until it is none.
    Spam {},
    /// It is no spam after all: it stands as it did, and whoever wrote meanwhile waits.
    NotSpam {},
    /// Shuts its customer out where they write: what they write from now on goes to spam.
    BlockSender {
        /// Everybody at the domain of their mail address.
        #[serde(default)]
        domain: bool,
        /// Why.
        #[serde(default)]
        #[schema(max_length = 300)]
        reason: String,
    },
    /// Lets its customer in again.
    UnblockSender {},
    /// Says how urgent it is.
    Prioritise {
        /// How urgent.
        #[schema(value_type = enums::Priority)]
        priority: types::Priority,
    },
}

/// Refuses what is wrong with an action whatever the conversation is, also where it would change nothing.
fn check(body: &ActionBody) -> Outcome<()> {
    match body {
        ActionBody::MoveTo { reason, .. } | ActionBody::Escalate { reason } | ActionBody::Return { reason } => {
            at_most(2000, "reason", reason)
        }
        ActionBody::BlockSender { reason, .. } => at_most(300, "reason", reason),
        _ => Ok(()),
    }
}

/// An action that is the same whatever the conversation is.
pub(super) fn plain_action(body: ActionBody) -> Outcome<Action> {
    check(&body)?;
    Ok(match body {
        ActionBody::Assign { agent } => Action::Assign(agent.map(AgentId::from)),
        ActionBody::Give { team } => Action::GiveTo(team.map(TeamId::from)),
        ActionBody::MoveTo { level, reason } => Action::MoveTo { level, reason },
        ActionBody::Snooze { until } => Action::Snooze { until: until.0 },
        ActionBody::Resolve {} => Action::Resolve,
        ActionBody::Reopen {} => Action::Reopen,
        ActionBody::Spam {} => Action::Spam,
        ActionBody::NotSpam {} => Action::NotSpam,
        ActionBody::Prioritise { priority } => Action::Prioritise(priority),
        ActionBody::Escalate { .. } | ActionBody::Return { .. } => {
            return Err(Problem::invalid("say the level: move_to N1, N2 or N3"));
        }
        ActionBody::BlockSender { .. } | ActionBody::UnblockSender {} => {
            return Err(Problem::invalid("block senders one by one"));
        }
    })
}

/// Act on a conversation
///
/// Assign, give to a team, move between levels, snooze, resolve, reopen, prioritise, say that it is spam or none, block or unblock its customer. Doing a thing twice is
/// harmless. Everything but a change of priority leaves a line in the timeline.
#[utoipa::path(post, path = "/conversations/{id}/actions", tag = "conversations", operation_id = "actOnConversation",
    params(("id" = String, Path, description = "The conversation.")), request_body = ActionBody,
    responses((status = 200, description = "The conversation as it is now.", body = ConversationView)))]
pub(super) async fn act(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ActionBody>,
) -> Outcome<Answer<ConversationView>> {
    caller.may(Permission::Work)?;
    check(&body)?;
    let conversation = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id)).await?;
    let action = match body {
        ActionBody::BlockSender { domain, reason } => {
            blocked::block_here(&app.store, &caller.actor, &conversation.id, domain, &reason).await?;
            return as_it_is(&app, &caller, &conversation.id).await;
        }
        ActionBody::UnblockSender {} => {
            blocked::unblock_here(&app.store, &caller.actor, &conversation.id).await?;
            return as_it_is(&app, &caller, &conversation.id).await;
        }
        ActionBody::Escalate { reason } => Action::MoveTo {
            level: match conversation.level {
                Level::Bot => Level::N1,
                Level::N1 => Level::N2,
                Level::N2 => Level::N3,
                Level::N3 => return Err(Problem::invalid("the conversation is at the highest level, N3")),
            },
            reason,
        },
        ActionBody::Return { reason } => Action::MoveTo {
            level: match conversation.level {
                Level::N3 => Level::N2,
                Level::N2 => Level::N1,
                Level::N1 | Level::Bot => {
                    return Err(Problem::invalid(
                        "the conversation is at the first level of people; move_to bot gives it to the bot",
                    ));
                }
            },
            reason,
        },
        other => plain_action(other)?,
    };
    lifecycle::act(&app.store, &caller.actor, &conversation.id, action).await?;
    as_it_is(&app, &caller, &conversation.id).await
}

/// Read afresh: the commit gave it a new position.
async fn as_it_is(app: &App, caller: &Caller, id: &ConversationId) -> Outcome<Answer<ConversationView>> {
    let conversation = access::conversation(app.store.db(), &caller.actor, id).await?;
    Ok(Answer(conversation.into()))
}
