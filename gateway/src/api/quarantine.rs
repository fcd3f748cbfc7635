//! What arrived and could not be filed.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::quarantine::{self, Entry};
use conversation::types::{self, QuarantineId};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::enums;
use super::extract::{Id, Page, Query, Time, cut_after, limit, page_end};
use super::guard::Caller;
use super::problem::Outcome;
use super::tickets::PageQuery;
use crate::app::App;

/// Something that waits for a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuarantineEntry)]
pub(super) struct EntryView {
    /// Its id.
    id: String,
    /// The inbox, when that much was clear.
    #[schema(required)]
    inbox_id: Option<String>,
    /// The channel.
    #[schema(value_type = enums::Channel)]
    channel: types::Channel,
    /// The channel's id of it.
    #[schema(required)]
    external_id: Option<String>,
    /// Why it could not be filed.
    reason: String,
    /// SHA-256 of the kept bytes.
    #[schema(required)]
    raw_sha256: Option<String>,
    /// When it arrived.
    at: Time,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> EntryView {
        EntryView {
            id: entry.id.to_string(),
            inbox_id: entry.inbox_id.map(|id| id.to_string()),
            channel: entry.channel,
            external_id: entry.external_id,
            reason: entry.reason,
            raw_sha256: entry.raw_sha256,
            at: Time(entry.at),
        }
    }
}

/// List the quarantine
///
/// What arrived and could not be filed, and nobody has settled yet; the newest first.
#[utoipa::path(get, path = "/quarantine", tag = "quarantine", operation_id = "listQuarantine", params(PageQuery),
    responses((status = 200, description = "A page of what waits.", body = Page<EntryView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<EntryView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = page_end(query.after.as_deref())?;
    let mut rows = quarantine::page(app.store.db(), after.as_ref(), limit + 1).await?;
    let next = cut_after(&mut rows, limit, |last| (last.at, last.id.to_string()));
    Ok(Answer(Page {
        items: rows.into_iter().map(EntryView::from).collect(),
        next,
    }))
}

/// Settle a quarantined message
///
/// Marks it as looked at; its bytes are kept.
#[utoipa::path(post, path = "/quarantine/{id}/settle", tag = "quarantine", operation_id = "settleQuarantine",
    params(("id" = String, Path, description = "What waits.")),
    responses((status = 204, description = "It no longer waits.")))]
pub(super) async fn settle(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Work)?;
    quarantine::settle(&app.store, &caller.actor, &QuarantineId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
