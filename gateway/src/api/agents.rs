//! Agents and their invitations.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::db::On;
use conversation::inbox_agents::{self, WorksIn};
use conversation::types::{self, AgentId, InboxId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit};
use super::guard::Caller;
use super::problem::Outcome;
use super::tickets::PageQuery;
use crate::app::App;
use crate::people::agents::{self, Agent, NewAgent};
use crate::people::links;

/// A person of the business.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agent)]
pub(super) struct AgentView {
    /// Its id.
    id: String,
    /// The e-mail address.
    email: String,
    /// The name that colleagues and customers see.
    name: String,
    /// What they may do.
    #[schema(value_type = enums::Role)]
    role: types::Role,
    /// The language of their pages.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// The ids of the inboxes that they work in; `null` for all, also those that come later. Administrators see everything,
    /// whatever stands here.
    inboxes: Option<Vec<String>>,
    /// Whether they may sign in and be assigned to.
    is_enabled: bool,
    /// Whether the invitation has not been taken up yet.
    is_invited: bool,
    /// When they were added.
    created_at: Time,
}

fn ids_of(works: &WorksIn) -> Option<Vec<String>> {
    match works {
        WorksIn::All => None,
        WorksIn::Only(inboxes) => Some(inboxes.iter().map(ToString::to_string).collect()),
    }
}

impl AgentView {
    /// An agent as the API shows them.
    pub(super) async fn load(on: impl On, id: &AgentId) -> conversation::Result<AgentView> {
        let mut on = on;
        let agent = agents::load(&mut on, id).await?;
        let works = inbox_agents::of_agent(on, id).await?;
        Ok(AgentView::of(agent, &works))
    }

    fn of(agent: Agent, works: &WorksIn) -> AgentView {
        AgentView {
            inboxes: ids_of(works),
            id: agent.id.to_string(),
            email: agent.email,
            name: agent.name,
            role: agent.role,
            language: agent.language,
            is_enabled: agent.is_enabled,
            is_invited: !agent.has_password,
            created_at: Time(agent.created_at),
        }
    }
}

/// List agents
///
/// In the order in which they were added.
#[utoipa::path(get, path = "/agents", tag = "agents", operation_id = "listAgents", params(PageQuery),
    responses((status = 200, description = "A page of agents.", body = Page<AgentView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<AgentView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = query.after.map(AgentId::from);
    let mut rows = agents::page(app.store.db(), after.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    let mut works = inbox_agents::of_everybody(app.store.db()).await?;
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows
            .into_iter()
            .map(|agent| {
                let theirs = works.remove(&agent.id).unwrap_or(WorksIn::All);
                AgentView::of(agent, &theirs)
            })
            .collect(),
    }))
}

/// Read an agent
///
/// By its id.
#[utoipa::path(get, path = "/agents/{id}", tag = "agents", operation_id = "getAgent",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "The agent.", body = AgentView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<AgentView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(AgentView::load(app.store.db(), &AgentId::from(id)).await?))
}

/// Where an agent works.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentInboxes {
    /// The ids of the inboxes that they work in; `null` for all, also those that come later.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    inboxes: Option<Vec<String>>,
}

/// Read an agent's inboxes
///
/// Whoever works in some inboxes sees what is in these, and what is assigned to them.
#[utoipa::path(get, path = "/agents/{id}/inboxes", tag = "agents", operation_id = "getAgentInboxes",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "Where they work.", body = AgentInboxes)))]
pub(super) async fn read_inboxes(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<AgentInboxes>> {
    caller.may(Permission::Read)?;
    let works = inbox_agents::of_agent(app.store.db(), &AgentId::from(id)).await?;
    Ok(Answer(AgentInboxes {
        inboxes: ids_of(&works),
    }))
}

/// Say in which inboxes an agent works
///
/// Replaces what was said before. What is assigned to them stays theirs.
#[utoipa::path(put, path = "/agents/{id}/inboxes", tag = "agents", operation_id = "setAgentInboxes", request_body = AgentInboxes,
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "Where they work now.", body = AgentInboxes)))]
pub(super) async fn write_inboxes(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<AgentInboxes>,
) -> Outcome<Answer<AgentInboxes>> {
    caller.may(Permission::Administer)?;
    let agent = AgentId::from(id);
    let works = match body.inboxes {
        None => WorksIn::All,
        Some(ids) => WorksIn::Only(ids.into_iter().map(InboxId::from).collect()),
    };
    let mut tx = app.store.begin().await?;
    if inbox_agents::set_in(&mut tx, &caller.actor, &agent, &works).await? {
        tx.commit().await?;
    } else {
        drop(tx);
    }
    let works = inbox_agents::of_agent(app.store.db(), &agent).await?;
    Ok(Answer(AgentInboxes {
        inboxes: ids_of(&works),
    }))
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InviteBody {
    /// The e-mail address they sign in with.
    #[schema(format = Email)]
    email: String,
    /// The name; the local part of the address unless given.
    #[serde(default)]
    name: String,
    /// What they may do.
    #[schema(value_type = enums::Role)]
    role: types::Role,
    /// The language of their pages.
    #[schema(value_type = enums::Language)]
    language: types::Language,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Invitation {
    /// The agent, who cannot sign in yet.
    agent: AgentView,
    /// Where they choose their password. Shown once; pass it on.
    url: String,
    /// Until when it is good.
    expires_at: Time,
}

/// Invite an agent
///
/// Adds an agent and makes a link, good for a week and once, where they choose their password.
/// No mail is sent: pass the link on.
#[utoipa::path(post, path = "/agents/invites", tag = "agents", operation_id = "inviteAgent", request_body = InviteBody,
    responses((status = 201, description = "The agent and the link.", body = Invitation, headers(("Location" = String, description = "The path of the agent.")))))]
pub(super) async fn invite(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<InviteBody>,
) -> Outcome<Created<Invitation>> {
    caller.may(Permission::Administer)?;
    let mut tx = app.store.begin().await?;
    let expires_at = Time(tx.now() + links::LASTS);
    let new = NewAgent {
        email: body.email,
        name: body.name,
        role: body.role,
        language: body.language,
    };
    let agent = agents::create_in(&mut tx, &caller.actor, new).await?;
    let secret = links::create_in(&mut tx, &caller.actor, Some(&agent.id), links::LASTS).await?;
    tx.commit().await?;
    Ok(Created(
        format!("/agents/{}", agent.id),
        Invitation {
            agent: AgentView::of(agent, &WorksIn::All),
            url: links::url(&app.public_url(), &secret),
            expires_at,
        },
    ))
}
