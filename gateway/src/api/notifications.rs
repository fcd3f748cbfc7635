//! What customers were told, and by which ways they want to hear of it.

use axum::Json as Answer;
use axum::extract::State;
use billing::telling;
use conversation::access::{self, Permission};
use conversation::notifications::{self, Kind, Notification, Ways, Which};
use conversation::types::{self, ContactId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Id, Json, Page, Query, Time, cut, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// One thing that a customer was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactNotification)]
pub(super) struct NotificationView {
    /// Its id.
    id: String,
    /// `ticket`, `visit`, `invoice`, `payment`, `due`, `reading`, `contract`, `survey` or `access`.
    kind: String,
    /// What it says, in the customer's language.
    text: String,
    /// Where it leads: a path of the portal.
    path: String,
    /// The id of what it is about.
    subject: String,
    /// When.
    at: Time,
    /// When it was read.
    #[schema(required)]
    read_at: Option<Time>,
}

fn view(app: &App, lang: types::Language, one: Notification) -> NotificationView {
    NotificationView {
        text: ui::told::sentence(lang, app.tz(), &one.words, &one.args()),
        id: one.id,
        kind: one.kind,
        path: one.path,
        subject: one.subject,
        at: Time(one.at),
        read_at: one.read_at.map(Time),
    }
}

/// Which part.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PartQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List what a contact was told
///
/// The newest first.
#[utoipa::path(get, path = "/contacts/{id}/notifications", tag = "contacts", operation_id = "listContactNotifications",
    params(("id" = String, Path, description = "The contact."), PartQuery),
    responses((status = 200, description = "A page of notifications.", body = Page<NotificationView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<PartQuery>,
) -> Outcome<Answer<Page<NotificationView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let contact = access::contact(app.store.db(), &caller.actor, &ContactId::from(id)).await?;
    let mut rows = notifications::list(app.store.db(), &contact.id, query.after.as_deref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    let lang = contact.language.unwrap_or(types::Language::En);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.clone()),
        items: rows.into_iter().map(|one| view(&app, lang, one)).collect(),
    }))
}

/// What is read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReadNotifications)]
pub(super) struct ReadBody {
    /// The id of one; all of them unless given.
    notification: Option<String>,
}

/// Mark what a contact was told as read
///
/// For portals of your own. One that is read already stays as it is.
#[utoipa::path(post, path = "/contacts/{id}/notifications/read", tag = "contacts", operation_id = "readContactNotifications",
    params(("id" = String, Path, description = "The contact.")), request_body = ReadBody,
    responses((status = 204, description = "Done.")))]
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ReadBody>,
) -> Outcome<StatusCode> {
    caller.may(Permission::Work)?;
    let contact = access::contact(app.store.db(), &caller.actor, &ContactId::from(id))
        .await?
        .id;
    let which = match &body.notification {
        Some(one) => {
            notifications::for_contact(app.store.db(), &contact, one).await?;
            Which::One(one)
        }
        None => Which::All,
    };
    notifications::read(&app.store, &contact, which).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// By which ways beside the portal, which always shows it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationWays)]
pub(super) struct WaysView {
    /// By mail.
    mail: bool,
    /// By WhatsApp, where the customer has written by it.
    whatsapp: bool,
    /// By Web Push, on the browsers that they signed up.
    push: bool,
}

/// What counts for a kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationChoice)]
pub(super) struct ChoiceView {
    /// The kind.
    kind: &'static str,
    /// By which ways.
    ways: WaysView,
    /// The customer said so; else it is as usual.
    is_chosen: bool,
}

/// What counts, by kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationChoices)]
pub(super) struct ChoicesView {
    /// Every kind.
    choices: Vec<ChoiceView>,
}

/// See how a contact wants to be told
///
/// Every kind with the ways that count for it.
#[utoipa::path(get, path = "/contacts/{id}/notification-choices", tag = "contacts", operation_id = "getNotificationChoices",
    params(("id" = String, Path, description = "The contact.")),
    responses((status = 200, description = "What counts.", body = ChoicesView)))]
pub(super) async fn choices(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<ChoicesView>> {
    caller.may(Permission::Read)?;
    let contact = access::contact(app.store.db(), &caller.actor, &ContactId::from(id)).await?;
    Ok(Answer(choices_of(&app, &contact.id).await?))
}

async fn choices_of(app: &App, contact: &ContactId) -> Outcome<ChoicesView> {
    let db = app.store.db();
    let usual = telling::usual(db, contact).await?;
    let all = notifications::choices(db, contact, |kind| usual.of(kind)).await?;
    let choices = all.into_iter().map(|choice| {
        let Ways { mail, whatsapp, push } = choice.ways;
        ChoiceView {
            kind: choice.kind.as_str(),
            ways: WaysView { mail, whatsapp, push },
            is_chosen: choice.is_chosen,
        }
    });
    Ok(ChoicesView {
        choices: choices.collect(),
    })
}

/// What to change of a kind.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationChoiceChange)]
pub(super) struct ChangeBody {
    /// The kind.
    kind: String,
    /// By which ways from now on; null or left out is as usual again.
    ways: Option<WaysView>,
}

/// What to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationChoicesChange)]
pub(super) struct ChangesBody {
    /// The kinds that change; the others stay.
    choices: Vec<ChangeBody>,
}

/// Say how a contact wants to be told
///
/// Kinds that are not named stay as they are.
#[utoipa::path(put, path = "/contacts/{id}/notification-choices", tag = "contacts", operation_id = "setNotificationChoices",
    params(("id" = String, Path, description = "The contact.")), request_body = ChangesBody,
    responses((status = 200, description = "What counts now.", body = ChoicesView)))]
pub(super) async fn choose(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ChangesBody>,
) -> Outcome<Answer<ChoicesView>> {
    caller.may(Permission::Work)?;
    let mut changes = Vec::with_capacity(body.choices.len());
    for ChangeBody { kind, ways } in body.choices {
        let kind = Kind::from_text(&kind).ok_or_else(|| {
            let all: Vec<&str> = Kind::ALL.iter().map(|one| one.as_str()).collect();
            Problem::invalid(format!("choices: `{kind}` is no kind; take one of {}", all.join(", ")))
        })?;
        let ways = ways.map(|WaysView { mail, whatsapp, push }| Ways { mail, whatsapp, push });
        changes.push((kind, ways));
    }
    let mut tx = app.store.begin().await?;
    let contact = access::contact(&mut tx, &caller.actor, &ContactId::from(id)).await?.id;
    notifications::choose_in(&mut tx, &caller.actor, &contact, &changes).await?;
    tx.commit_silently().await?;
    Ok(Answer(choices_of(&app, &contact).await?))
}
