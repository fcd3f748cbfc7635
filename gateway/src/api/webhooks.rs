//! Web hooks to other programs.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::events::EventKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit, number};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use super::tickets::PageQuery;
use crate::app::App;
use crate::webhooks::{self, Wanted, Webhook, queue};
use channels::outgoing::{self, Allowed};

/// An address that is told of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookView {
    /// Its id.
    id: String,
    /// What it is for.
    name: String,
    /// Where events are posted.
    url: String,
    /// Which kinds of events; an empty list means every kind.
    #[schema(value_type = Vec<enums::EventKind>)]
    kinds: Vec<EventKind>,
    /// Whether it is told anything.
    is_enabled: bool,
    /// Up to this position every event was looked at.
    position: i64,
    /// Since when nothing was taken.
    #[schema(required)]
    failing_since: Option<Time>,
    /// Why it was switched off by itself.
    #[schema(required)]
    stopped_because: Option<String>,
    /// When it was added.
    created_at: Time,
}

impl From<Webhook> for WebhookView {
    fn from(hook: Webhook) -> WebhookView {
        WebhookView {
            id: hook.id,
            name: hook.name,
            url: hook.url,
            kinds: hook.kinds,
            is_enabled: hook.is_enabled,
            position: hook.position,
            failing_since: hook.failing_since.map(Time),
            stopped_because: hook.stopped_because,
            created_at: Time(hook.created_at),
        }
    }
}

/// List web hooks
///
/// All of them, by name.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "All web hooks on one page.", body = Page<WebhookView>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<WebhookView>>> {
    caller.may(Permission::Administer)?;
    let items = webhooks::list(app.store.db()).await?;
    Ok(Answer(Page {
        items: items.into_iter().map(WebhookView::from).collect(),
        next: None,
    }))
}

/// Read a web hook
///
/// By its id.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", operation_id = "getWebhook",
    params(("id" = String, Path, description = "The web hook.")),
    responses((status = 200, description = "The web hook.", body = WebhookView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<WebhookView>> {
    caller.may(Permission::Administer)?;
    Ok(Answer(webhooks::load(app.store.db(), &id).await?.into()))
}

/// A web hook to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookBody {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where events are posted: `https://`, and no private address unless the configuration allows it.
    #[schema(max_length = 2000)]
    url: String,
    /// Which kinds of events; every kind unless given.
    #[serde(default)]
    #[schema(value_type = Vec<enums::EventKind>)]
    kinds: Vec<EventKind>,
}

/// A web hook that was added.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewWebhook {
    /// The web hook.
    webhook: WebhookView,
    /// What its posts are signed with (Standard Webhooks, `whsec_…`). Shown once.
    secret: String,
}

fn address(app: &App, text: &str) -> Outcome<String> {
    let allowed = Allowed::new(&app.config.outgoing.allow_private);
    let url = outgoing::address(text, &allowed).map_err(|words| Problem::invalid(format!("url: {words}")))?;
    Ok(url.into())
}

/// Add a web hook
///
/// It is told every event from now on, in posts signed by Standard Webhooks: `webhook-id` (`evt_` and the position, the
/// same at every attempt), `webhook-timestamp`, `webhook-signature`. Answer 2xx within 15 seconds; anything else is tried again for three days.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", operation_id = "createWebhook", request_body = WebhookBody,
    responses((status = 201, description = "The web hook and its secret.", body = NewWebhook, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<WebhookBody>,
) -> Outcome<Created<NewWebhook>> {
    caller.may(Permission::Administer)?;
    let wanted = Wanted {
        name: body.name,
        url: address(&app, &body.url)?,
        kinds: body.kinds,
        is_enabled: true,
    };
    let (hook, secret) = webhooks::create(&app.store, &caller.actor, &wanted).await?;
    Ok(Created(
        format!("/webhooks/{}", hook.id),
        NewWebhook {
            webhook: hook.into(),
            secret,
        },
    ))
}

/// What to change; a field that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookPatch {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Where events are posted.
    #[schema(max_length = 2000)]
    url: Option<String>,
    /// Which kinds of events; an empty list means every kind.
    #[schema(value_type = Option<Vec<enums::EventKind>>)]
    kinds: Option<Vec<EventKind>>,
    /// Whether it is told anything. Switched on again, it is told what happens from then on.
    is_enabled: Option<bool>,
}

/// Change a web hook
///
/// Name, address, kinds, and whether it is told anything.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "webhooks", operation_id = "updateWebhook",
    params(("id" = String, Path, description = "The web hook.")), request_body = WebhookPatch,
    responses((status = 200, description = "The web hook as it is now.", body = WebhookView)))]
pub(super) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(patch): Json<WebhookPatch>,
) -> Outcome<Answer<WebhookView>> {
    caller.may(Permission::Administer)?;
    let old = webhooks::load(app.store.db(), &id).await?;
    let wanted = Wanted {
        name: patch.name.unwrap_or(old.name),
        url: match patch.url {
            Some(url) => address(&app, &url)?,
            None => old.url,
        },
        kinds: patch.kinds.unwrap_or(old.kinds),
        is_enabled: patch.is_enabled.unwrap_or(old.is_enabled),
    };
    let hook = webhooks::edit(&app.store, &caller.actor, &id, &wanted).await?;
    Ok(Answer(hook.into()))
}

/// Remove a web hook
///
/// With its log.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", operation_id = "removeWebhook",
    params(("id" = String, Path, description = "The web hook.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<http::StatusCode> {
    caller.may(Permission::Administer)?;
    webhooks::remove(&app.store, &caller.actor, &id).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// One event for one web hook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(super) struct WebhookDeliveryView {
    /// The event.
    position: i64,
    /// `queued`, `sent` or `failed`.
    state: String,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next.
    #[schema(required)]
    next_attempt_at: Option<Time>,
    /// The HTTP status of the last answer.
    #[schema(required)]
    status: Option<i64>,
    /// What is wrong, or the beginning of the last answer.
    #[schema(required)]
    answer: Option<String>,
    /// How long the last attempt took, in milliseconds.
    #[schema(required)]
    took: Option<i64>,
    /// When it was queued.
    queued_at: Time,
    /// When it was taken or given up.
    #[schema(required)]
    settled_at: Option<Time>,
}

impl From<queue::Delivery> for WebhookDeliveryView {
    fn from(delivery: queue::Delivery) -> WebhookDeliveryView {
        WebhookDeliveryView {
            position: delivery.position,
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(Time),
            status: delivery.status,
            answer: delivery.answer,
            took: delivery.took,
            queued_at: Time(delivery.queued_at),
            settled_at: delivery.settled_at.map(Time),
        }
    }
}

/// Read the log of a web hook
///
/// The newest event first; kept for 30 days.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "listWebhookDeliveries",
    params(("id" = String, Path, description = "The web hook."), PageQuery),
    responses((status = 200, description = "A page of the log.", body = Page<WebhookDeliveryView>)))]
pub(super) async fn log(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<WebhookDeliveryView>>> {
    caller.may(Permission::Administer)?;
    let limit = limit(query.limit)?;
    let before = number(query.after.as_deref())?;
    let hook = webhooks::load(app.store.db(), &id).await?;
    let mut rows = queue::log(app.store.db(), &hook.id, before, limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.position.to_string()),
        items: rows.into_iter().map(WebhookDeliveryView::from).collect(),
    }))
}

/// From where to tell again.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayBody {
    /// Every event after this position is told again; 0 is the beginning.
    #[schema(minimum = 0)]
    after: Option<i64>,
    /// Only the event at this position.
    #[schema(minimum = 1)]
    position: Option<i64>,
}

/// What was queued.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replayed {
    /// How many events.
    events: u64,
}

/// Tell again
///
/// Either every event `after` a position, or the one at `position`. The receiver sees the same `webhook-id` as before.
#[utoipa::path(post, path = "/webhooks/{id}/replay", tag = "webhooks", operation_id = "replayWebhook",
    params(("id" = String, Path, description = "The web hook.")), request_body = ReplayBody,
    responses((status = 200, description = "How many events were queued.", body = Replayed)))]
pub(super) async fn replay(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ReplayBody>,
) -> Outcome<Answer<Replayed>> {
    caller.may(Permission::Administer)?;
    let events = match (body.after, body.position) {
        (Some(after), None) if after >= 0 => queue::replay(&app.store, &caller.actor, &id, after).await?,
        (None, Some(position)) => {
            queue::replay_one(&app.store, &caller.actor, &id, position).await?;
            1
        }
        _ => return Err(Problem::invalid("give either `after`, from 0, or `position`")),
    };
    Ok(Answer(Replayed { events }))
}
