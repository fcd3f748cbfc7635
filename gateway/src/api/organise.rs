//! Labels, teams, one thing done with many conversations, and searching.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::bulk::{self, Came, Work};
use conversation::labels::{self, Label};
use conversation::teams;
use conversation::types::{AgentId, ConversationId, LabelId, TeamId};
use jiff::tz::TimeZone;
use search::{Find, Query as Asked};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversations::{ActionBody, plain_action};
use super::extract::{Created, Id, Json, Query};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use super::views::ConversationView;
use crate::app::App;

/// A label of conversations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Label)]
pub(super) struct LabelView {
    /// Its id.
    id: String,
    /// Its word.
    name: String,
    /// One of six tints, from 0.
    tint: i64,
}

impl From<Label> for LabelView {
    fn from(label: Label) -> LabelView {
        LabelView {
            id: label.id.to_string(),
            name: label.name,
            tint: label.tint,
        }
    }
}

/// Several things.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct All<T> {
    /// All of them.
    pub(super) items: Vec<T>,
}

/// List labels
///
/// All of them, by name.
#[utoipa::path(get, path = "/labels", tag = "conversations", operation_id = "listLabels",
    responses((status = 200, description = "All labels.", body = All<LabelView>)))]
pub(super) async fn list_labels(State(app): State<App>, caller: Caller) -> Outcome<Answer<All<LabelView>>> {
    caller.may(Permission::Read)?;
    let items = labels::list(app.store.db()).await?;
    Ok(Answer(All {
        items: items.into_iter().map(LabelView::from).collect(),
    }))
}

/// A new label.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelBody {
    /// Its word.
    #[schema(max_length = 60)]
    name: String,
    /// One of six tints, from 0; the next one unless given.
    #[schema(minimum = 0, maximum = 5)]
    tint: Option<i64>,
}

/// Add a label
///
/// One that is there already, written in capitals or not, is answered instead of a second one.
#[utoipa::path(post, path = "/labels", tag = "conversations", operation_id = "createLabel", request_body = LabelBody,
    responses((status = 201, description = "The label.", body = LabelView, headers(("Location" = String, description = "Where labels are listed.")))))]
pub(super) async fn create_label(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<LabelBody>,
) -> Outcome<Created<LabelView>> {
    caller.may(Permission::Work)?;
    if body.tint.is_some_and(|tint| !(0..=5).contains(&tint)) {
        return Err(Problem::invalid("tint: from 0 to 5"));
    }
    let label = labels::create(&app.store, &caller.actor, &body.name, body.tint).await?;
    Ok(Created("/labels".to_owned(), label.into()))
}

/// Labels to put on and to take off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelsBody {
    /// To put on (ids).
    #[serde(default)]
    #[schema(max_items = 20)]
    add: Vec<String>,
    /// To take off (ids).
    #[serde(default)]
    #[schema(max_items = 20)]
    remove: Vec<String>,
}

fn label_ids(ids: Vec<String>) -> Outcome<Vec<LabelId>> {
    if ids.len() > 20 {
        return Err(Problem::invalid("20 labels are the most"));
    }
    Ok(ids.into_iter().map(LabelId::from).collect())
}

/// Label a conversation
///
/// Puts labels on and takes others off; answers with those that it carries now.
#[utoipa::path(post, path = "/conversations/{id}/labels", tag = "conversations", operation_id = "labelConversation",
    params(("id" = String, Path, description = "The conversation.")), request_body = LabelsBody,
    responses((status = 200, description = "What it carries now.", body = All<LabelView>)))]
pub(super) async fn label(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<LabelsBody>,
) -> Outcome<Answer<All<LabelView>>> {
    caller.may(Permission::Work)?;
    let db = app.store.db();
    let found = access::conversation(db, &caller.actor, &ConversationId::from(id)).await?;
    let (add, remove) = (label_ids(body.add)?, label_ids(body.remove)?);
    labels::set(&app.store, &caller.actor, &found.id, &add, &remove).await?;
    let carried = labels::of_conversations(db, std::slice::from_ref(&found.id)).await?;
    Ok(Answer(All {
        items: carried.into_values().flatten().map(LabelView::from).collect(),
    }))
}

/// A group of agents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
pub(super) struct TeamView {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Its members (ids of agents).
    members: Vec<String>,
}

/// List teams
///
/// All of them with their members, by name.
#[utoipa::path(get, path = "/teams", tag = "agents", operation_id = "listTeams",
    responses((status = 200, description = "All teams.", body = All<TeamView>)))]
pub(super) async fn list_teams(State(app): State<App>, caller: Caller) -> Outcome<Answer<All<TeamView>>> {
    caller.may(Permission::Read)?;
    let members = teams::members(app.store.db()).await?;
    let items = teams::list(app.store.db())
        .await?
        .into_iter()
        .map(|team| TeamView {
            members: members
                .iter()
                .filter(|(id, _)| *id == team.id)
                .map(|(_, agent)| agent.to_string())
                .collect(),
            id: team.id.to_string(),
            name: team.name,
        })
        .collect();
    Ok(Answer(All { items }))
}

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamBody {
    /// Its name.
    #[schema(max_length = 60)]
    name: String,
    /// Its members (ids of agents).
    #[serde(default)]
    #[schema(max_items = 500)]
    members: Vec<String>,
}

/// Add a team
///
/// Members that do not exist are refused.
#[utoipa::path(post, path = "/teams", tag = "agents", operation_id = "createTeam", request_body = TeamBody,
    responses((status = 201, description = "The team.", body = TeamView, headers(("Location" = String, description = "Where teams are listed.")))))]
pub(super) async fn create_team(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TeamBody>,
) -> Outcome<Created<TeamView>> {
    caller.may(Permission::Administer)?;
    let mut members: Vec<AgentId> = body.members.into_iter().map(AgentId::from).collect();
    members.sort();
    members.dedup();
    if members.len() > 500 {
        return Err(Problem::invalid("500 members are the most"));
    }
    let known = conversation::reply::agent_names(&app.store, &members).await?;
    if known.len() != members.len() {
        return Err(Problem::invalid("one of the members does not exist"));
    }
    let id = teams::create(&app.store, &caller.actor, &body.name, &members).await?;
    let view = TeamView {
        id: id.to_string(),
        name: body.name.trim().to_owned(),
        members: members.iter().map(ToString::to_string).collect(),
    };
    Ok(Created("/teams".to_owned(), view))
}

/// What becomes of what a team has.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TeamTo {
    /// The id of the team that takes over; without it what is not resolved is no team's.
    to: Option<String>,
}

/// Remove a team
///
/// What it has that is not resolved goes to the team `to`, which rules, macros, kept lists and requests of machines name from
/// now on. Without `to` it is refused (409) where rules or macros give to it. What is resolved keeps its name.
#[utoipa::path(delete, path = "/teams/{id}", tag = "agents", operation_id = "removeTeam",
    params(("id" = String, Path, description = "The team."), TeamTo),
    responses((status = 204, description = "It is gone.")))]
pub(super) async fn remove_team(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<TeamTo>,
) -> Outcome<http::StatusCode> {
    caller.may(Permission::Administer)?;
    let to = query.to.map(TeamId::from);
    crate::settings::teams::remove(&app, &caller.actor, &TeamId::from(id), to.as_ref()).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// One thing for many conversations.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkBody {
    /// The conversations (ids).
    #[schema(min_items = 1, max_items = 500)]
    conversations: Vec<String>,
    /// What to do with each: anything but `escalate` and `return`, which depend on where each is; or nothing but labels.
    action: Option<ActionBody>,
    /// Labels to put on and to take off.
    labels: Option<LabelsBody>,
    /// Makes all of them part of the oldest; they must be of one contact.
    #[serde(default)]
    merge: bool,
}

/// What came of one conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkItem {
    /// The conversation.
    id: String,
    /// `done`, `unchanged` or `refused`.
    outcome: &'static str,
    /// Why, when it was refused.
    #[schema(required)]
    why: Option<String>,
}

/// Act on many conversations
///
/// Each stands on its own: what one refuses does not hold the others back.
#[utoipa::path(post, path = "/conversations/bulk", tag = "conversations", operation_id = "actOnConversations", request_body = BulkBody,
    responses((status = 200, description = "What came of each, in their order.", body = All<BulkItem>)))]
pub(super) async fn bulk(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<BulkBody>,
) -> Outcome<Answer<All<BulkItem>>> {
    caller.may(Permission::Work)?;
    let work = match (body.action, body.labels, body.merge) {
        (Some(action), None, false) => Work::Act(plain_action(action)?),
        (None, Some(labels), false) => Work::Label {
            add: label_ids(labels.add)?,
            remove: label_ids(labels.remove)?,
        },
        (None, None, true) => Work::Merge,
        _ => return Err(Problem::invalid("give either `action`, `labels` or `merge`")),
    };
    let ids: Vec<ConversationId> = body.conversations.into_iter().map(ConversationId::from).collect();
    let items = bulk::run(&app.store, &caller.actor, &ids, &work)
        .await?
        .into_iter()
        .map(|(id, came)| {
            let (outcome, why) = match came {
                Came::Done => ("done", None),
                Came::Unchanged => ("unchanged", None),
                Came::Refused(error) => ("refused", Some(error.to_string())),
            };
            BulkItem {
                id: id.to_string(),
                outcome,
                why,
            }
        })
        .collect();
    Ok(Answer(All { items }))
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// Words, "phrases", -words, and `from:`, `to:`, `in:`, `before:`, `after:`, `has:file`. Filters by state, label
    /// and agent belong to the inbox; here they are not looked at.
    q: Option<String>,
    /// How many messages: 1 to 100, 20 unless given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// One message that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchHit {
    /// The message.
    message_id: String,
    /// Its conversation.
    conversation: ConversationView,
}

/// Search messages
///
/// The newest first. What was written in the last second may be missing.
#[utoipa::path(get, path = "/search", tag = "messages", operation_id = "searchMessages", params(SearchQuery),
    responses((status = 200, description = "What was found.", body = All<SearchHit>)))]
pub(super) async fn search(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Outcome<Answer<All<SearchHit>>> {
    caller.may(Permission::Read)?;
    let limit = query.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit: 1 to 100"));
    }
    let mut asked = Asked::parse(query.q.as_deref().unwrap_or_default(), app.store.now(), &TimeZone::UTC);
    asked.is_open = false;
    let find = Find {
        query: asked,
        conversations: None,
        messages: limit,
        others: 0,
    };
    let index = app.search.clone();
    let found = tokio::task::spawn_blocking(move || index.find(&find))
        .await
        .map_err(|error| conversation::Error::corrupt("the search index", error))?
        .map_err(|error| conversation::Error::corrupt("the search index", error))?;
    let mut items = Vec::new();
    for (message, conversation) in found.messages {
        match access::conversation(app.store.db(), &caller.actor, &conversation).await {
            Ok(conversation) => items.push(SearchHit {
                message_id: message.to_string(),
                conversation: conversation.into(),
            }),
            Err(conversation::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Answer(All { items }))
}
