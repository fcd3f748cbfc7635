//! How tickets are worked: categories, checklists, promises, what customers are told.

use axum::Json as Answer;
use axum::extract::State;
use conversation::Error;
use conversation::access::Permission;
use conversation::sla::policies::{self, Policy};
use conversation::tickets::categories::{self, Category, Tree};
use conversation::tickets::levels::{self, Check, CheckKind};
use conversation::tickets::notices::{self, Notice, Occasion};
use conversation::types::{self, InboxId, Level};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::ByLanguage;
use super::enums;
use super::extract::{Created, Id, Json, Page};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// What tickets can be about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketCategory)]
pub(super) struct CategoryView {
    /// Its id.
    id: String,
    /// The one above; null at the top.
    #[schema(required)]
    parent: Option<String>,
    /// What it is called.
    names: ByLanguage,
    /// How deep it stands; the top is 1.
    depth: usize,
}

fn category_view(tree: &Tree, one: &Category) -> CategoryView {
    CategoryView {
        depth: tree.line(&one.id).len(),
        id: one.id.clone(),
        parent: one.parent.clone(),
        names: (&one.names).into(),
    }
}

/// List the categories of tickets
///
/// The whole tree, each behind the one above it.
#[utoipa::path(get, path = "/ticket-categories", tag = "tickets", operation_id = "listTicketCategories",
    responses((status = 200, description = "All of them.", body = Page<CategoryView>)))]
pub(super) async fn list_categories(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<CategoryView>>> {
    caller.may(Permission::Read)?;
    let tree = categories::tree(app.store.db()).await?;
    Ok(Answer(Page {
        items: tree.all().iter().map(|one| category_view(&tree, one)).collect(),
        next: None,
    }))
}

/// A category to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryBody {
    /// The one above; only when it is added.
    #[serde(default)]
    parent: Option<String>,
    /// What it is called, in one language at least.
    names: ByLanguage,
}

/// Add a category of tickets
///
/// At the top, or below another one.
#[utoipa::path(post, path = "/ticket-categories", tag = "tickets", operation_id = "createTicketCategory", request_body = CategoryBody,
    responses((status = 201, description = "It is kept.", body = CategoryView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create_category(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CategoryBody>,
) -> Outcome<Created<CategoryView>> {
    caller.may(Permission::Administer)?;
    let names = body.names.into();
    let made = categories::create(&app.store, &caller.actor, body.parent.as_deref(), &names).await?;
    let tree = categories::tree(app.store.db()).await?;
    Ok(Created(
        format!("/ticket-categories/{}", made.id),
        category_view(&tree, &made),
    ))
}

/// Rename a category of tickets
///
/// In every language at once.
#[utoipa::path(patch, path = "/ticket-categories/{id}", tag = "tickets", operation_id = "changeTicketCategory", request_body = CategoryBody,
    params(("id" = String, Path, description = "The category.")),
    responses((status = 200, description = "The category as it is now.", body = CategoryView)))]
pub(super) async fn change_category(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<CategoryBody>,
) -> Outcome<Answer<CategoryView>> {
    caller.may(Permission::Administer)?;
    if body.parent.is_some() {
        return Err(Problem::invalid("parent: a category stays where it is"));
    }
    let renamed = categories::rename(&app.store, &caller.actor, &id, &body.names.into()).await?;
    let tree = categories::tree(app.store.db()).await?;
    Ok(Answer(category_view(&tree, &renamed)))
}

/// Remove a category of tickets
///
/// With everything below it; tickets keep theirs.
#[utoipa::path(delete, path = "/ticket-categories/{id}", tag = "tickets", operation_id = "removeTicketCategory",
    params(("id" = String, Path, description = "The category.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove_category(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    categories::remove(&app.store, &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One point of a checklist.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckPoint {
    /// Its id; left out for a new one.
    #[serde(default)]
    id: String,
    /// `text` or `tick`.
    kind: String,
    /// Without it the level does not take over.
    #[serde(default)]
    is_required: bool,
    /// What is asked.
    labels: ByLanguage,
}

/// What a level wants to be told before it takes something over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Checklist {
    /// The points, in order.
    points: Vec<CheckPoint>,
}

fn level_of(id: &str) -> Outcome<Level> {
    match id.parse() {
        Ok(level @ (Level::N2 | Level::N3)) => Ok(level),
        _ => Err(Error::NotFound.into()),
    }
}

async fn checklist(app: &App, level: Level) -> Outcome<Answer<Checklist>> {
    let points = levels::checklist(app.store.db(), level).await?;
    Ok(Answer(Checklist {
        points: points
            .into_iter()
            .map(|one| CheckPoint {
                kind: one.kind.as_str().to_owned(),
                labels: (&one.labels).into(),
                id: one.id,
                is_required: one.is_required,
            })
            .collect(),
    }))
}

/// Read a level's checklist
///
/// `N2` or `N3`.
#[utoipa::path(get, path = "/checklists/{id}", tag = "tickets", operation_id = "readChecklist",
    params(("id" = String, Path, description = "The level.")),
    responses((status = 200, description = "Its points.", body = Checklist)))]
pub(super) async fn read_checklist(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Checklist>> {
    caller.may(Permission::Read)?;
    checklist(&app, level_of(&id)?).await
}

/// Write a level's checklist
///
/// Replaces all points.
#[utoipa::path(patch, path = "/checklists/{id}", tag = "tickets", operation_id = "writeChecklist", request_body = Checklist,
    params(("id" = String, Path, description = "The level.")),
    responses((status = 200, description = "The points as they are now.", body = Checklist)))]
pub(super) async fn write_checklist(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<Checklist>,
) -> Outcome<Answer<Checklist>> {
    caller.may(Permission::Administer)?;
    let level = level_of(&id)?;
    let mut points = Vec::new();
    for point in body.points {
        points.push(Check {
            kind: match point.kind.as_str() {
                "text" => CheckKind::Text,
                "tick" => CheckKind::Tick,
                _ => return Err(Problem::invalid("kind: expected text or tick")),
            },
            id: point.id,
            is_required: point.is_required,
            labels: point.labels.into(),
        });
    }
    levels::set_checklist(&app.store, &caller.actor, level, &points).await?;
    checklist(&app, level).await
}

/// A promise, and which tickets it is made for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SlaPolicy)]
pub(super) struct PolicyView {
    /// Its id.
    id: String,
    /// What it is called.
    name: String,
    /// At this level.
    #[schema(value_type = Option<enums::Level>, required)]
    level: Option<types::Level>,
    /// So urgent.
    #[schema(value_type = Option<enums::Priority>, required)]
    priority: Option<types::Priority>,
    /// Of this kind.
    #[schema(value_type = Option<enums::TicketKind>, required)]
    kind: Option<types::TicketKind>,
    /// In this inbox.
    #[schema(required)]
    inbox: Option<String>,
    /// The id of the business hours; null for those of the inbox.
    #[schema(required)]
    schedule: Option<String>,
    /// Minutes of business hours until a person's first answer.
    first_minutes: i64,
    /// Minutes until each later answer.
    next_minutes: i64,
    /// Minutes until it is solved.
    resolve_minutes: i64,
    /// So many percent of the time gone is near the end.
    warn_percent: i64,
    /// Whether it counts.
    is_enabled: bool,
}

/// A promise to keep; what is left out fits every ticket or promises nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyBody {
    /// What it is called.
    name: String,
    /// At this level.
    #[schema(value_type = Option<enums::Level>)]
    level: Option<types::Level>,
    /// So urgent.
    #[schema(value_type = Option<enums::Priority>)]
    priority: Option<types::Priority>,
    /// Of this kind.
    #[schema(value_type = Option<enums::TicketKind>)]
    kind: Option<types::TicketKind>,
    /// In this inbox.
    inbox: Option<String>,
    /// The id of the business hours; those of the inbox unless given.
    schedule: Option<String>,
    /// Minutes of business hours until a person's first answer.
    #[serde(default)]
    first_minutes: i64,
    /// Minutes until each later answer.
    #[serde(default)]
    next_minutes: i64,
    /// Minutes until it is solved.
    #[serde(default)]
    resolve_minutes: i64,
    /// So many percent of the time gone is near the end.
    #[serde(default = "usual_warning")]
    warn_percent: i64,
    /// Whether it counts.
    #[serde(default = "yes")]
    is_enabled: bool,
}

const fn usual_warning() -> i64 {
    75
}

const fn yes() -> bool {
    true
}

impl PolicyBody {
    fn policy(self, id: String) -> Policy {
        Policy {
            id,
            name: self.name,
            level: self.level,
            priority: self.priority,
            kind: self.kind,
            inbox: self.inbox.map(InboxId::from),
            schedule: self.schedule,
            first_minutes: self.first_minutes,
            next_minutes: self.next_minutes,
            resolve_minutes: self.resolve_minutes,
            warn_percent: self.warn_percent,
            is_enabled: self.is_enabled,
        }
    }
}

impl From<Policy> for PolicyView {
    fn from(policy: Policy) -> PolicyView {
        PolicyView {
            id: policy.id,
            name: policy.name,
            level: policy.level,
            priority: policy.priority,
            kind: policy.kind,
            inbox: policy.inbox.map(|id| id.to_string()),
            schedule: policy.schedule,
            first_minutes: policy.first_minutes,
            next_minutes: policy.next_minutes,
            resolve_minutes: policy.resolve_minutes,
            warn_percent: policy.warn_percent,
            is_enabled: policy.is_enabled,
        }
    }
}

/// List the promises
///
/// In the order in which they are looked at: of those that fit a ticket, the first counts.
#[utoipa::path(get, path = "/sla-policies", tag = "tickets", operation_id = "listSlaPolicies",
    responses((status = 200, description = "All of them.", body = Page<PolicyView>)))]
pub(super) async fn list_policies(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<PolicyView>>> {
    caller.may(Permission::Read)?;
    let all = policies::list(app.store.db()).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(PolicyView::from).collect(),
        next: None,
    }))
}

/// Add a promise
///
/// It goes last. Clocks that run are set anew by it.
#[utoipa::path(post, path = "/sla-policies", tag = "tickets", operation_id = "createSlaPolicy", request_body = PolicyBody,
    responses((status = 201, description = "It is kept.", body = PolicyView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create_policy(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<PolicyBody>,
) -> Outcome<Created<PolicyView>> {
    caller.may(Permission::Administer)?;
    let made = policies::save(&app.store, &caller.actor, &body.policy(String::new())).await?;
    Ok(Created(format!("/sla-policies/{}", made.id), made.into()))
}

/// Change a promise
///
/// Replaces all of it. What was used up of a clock stays used up.
#[utoipa::path(patch, path = "/sla-policies/{id}", tag = "tickets", operation_id = "changeSlaPolicy", request_body = PolicyBody,
    params(("id" = String, Path, description = "The policy.")),
    responses((status = 200, description = "The policy as it is now.", body = PolicyView)))]
pub(super) async fn change_policy(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<PolicyBody>,
) -> Outcome<Answer<PolicyView>> {
    caller.may(Permission::Administer)?;
    Ok(Answer(
        policies::save(&app.store, &caller.actor, &body.policy(id))
            .await?
            .into(),
    ))
}

/// Remove a promise
///
/// Clocks follow the next one that fits.
#[utoipa::path(delete, path = "/sla-policies/{id}", tag = "tickets", operation_id = "removeSlaPolicy",
    params(("id" = String, Path, description = "The policy.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove_policy(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    policies::remove(&app.store, &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a customer is told on one occasion.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketNotice {
    /// In this inbox; null is every inbox.
    #[serde(default)]
    #[schema(required)]
    inbox: Option<String>,
    /// For this kind; null is every kind.
    #[serde(default)]
    #[schema(value_type = Option<enums::TicketKind>)]
    kind: Option<types::TicketKind>,
    /// `opened`, `started`, `escalated`, `waiting`, `asked`, `resolved`, `reopened`.
    occasion: String,
    /// The words, with variables such as `{{ticket.number}}`; none says nothing.
    texts: ByLanguage,
}

/// List what customers are told
///
/// Of tickets, by inbox and kind.
#[utoipa::path(get, path = "/ticket-notices", tag = "tickets", operation_id = "listTicketNotices",
    responses((status = 200, description = "All words that were written.", body = Page<TicketNotice>)))]
pub(super) async fn list_notices(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<TicketNotice>>> {
    caller.may(Permission::Administer)?;
    let all = notices::list(app.store.db()).await?;
    Ok(Answer(Page {
        items: all
            .into_iter()
            .map(|one| TicketNotice {
                inbox: one.inbox.map(|id| id.to_string()),
                kind: one.kind,
                occasion: one.occasion.as_str().to_owned(),
                texts: (&one.texts).into(),
            })
            .collect(),
        next: None,
    }))
}

/// Write what customers are told
///
/// For one inbox and kind, or for all. Words for an inbox go before those for a kind, and those before
/// words for all.
#[utoipa::path(post, path = "/ticket-notices", tag = "tickets", operation_id = "writeTicketNotice", request_body = TicketNotice,
    responses((status = 204, description = "It is kept.")))]
pub(super) async fn write_notice(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TicketNotice>,
) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    let occasion = Occasion::from_text(&body.occasion).ok_or_else(|| {
        Problem::invalid("occasion: expected opened, started, escalated, waiting, asked, resolved or reopened")
    })?;
    let notice = Notice {
        inbox: body.inbox.map(InboxId::from),
        kind: body.kind,
        occasion,
        texts: body.texts.into(),
    };
    notices::save(&app.store, &caller.actor, &notice).await?;
    Ok(StatusCode::NO_CONTENT)
}
