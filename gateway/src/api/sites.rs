//! `/sites`: where machines stand.

use ::equipment::SiteId;
use ::equipment::sites::{self, Site, SiteData};
use axum::Json as Answer;
use axum::extract::State;
use billing::CustomerId;
use conversation::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Created, Json, Page, Query, cut, limit};
use super::guard::Caller;
use super::problem::Outcome;
use super::tickets::PageQuery;
use crate::app::App;

/// Where machines stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Site)]
pub(super) struct SiteView {
    /// Its id.
    id: String,
    /// Whose.
    customer_id: String,
    /// As people call it.
    name: String,
    /// The postal address.
    address: String,
    /// Degrees north and east, such as `-0.180653, -78.467834`.
    #[schema(required)]
    position: Option<String>,
}

impl From<Site> for SiteView {
    fn from(site: Site) -> SiteView {
        let position = site.position();
        SiteView {
            position: position.map(|(north, east)| format!("{}, {}", sites::degrees(north), sites::degrees(east))),
            id: site.id.to_string(),
            customer_id: site.customer_id.to_string(),
            name: site.name,
            address: site.address,
        }
    }
}

/// List sites
///
/// By name.
#[utoipa::path(get, path = "/sites", tag = "equipment", operation_id = "listSites",
    params(PageQuery), responses((status = 200, description = "A page of sites.", body = Page<SiteView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<SiteView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = query.after.map(SiteId::from);
    let mut rows = sites::list(app.store.db(), after.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: rows.into_iter().map(SiteView::from).collect(),
    }))
}

/// A site to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteBody {
    /// Whose.
    customer: String,
    /// As people call it.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// The postal address.
    #[serde(default)]
    address: String,
    /// Degrees north and east, such as `-0.180653, -78.467834`.
    #[serde(default)]
    position: String,
}

/// Add a site
///
/// Machines can stand on it.
#[utoipa::path(post, path = "/sites", tag = "equipment", operation_id = "addSite", request_body = SiteBody,
    responses((status = 201, description = "The site.", body = SiteView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<SiteBody>,
) -> Outcome<Created<SiteView>> {
    caller.may(Permission::Work)?;
    let data = SiteData {
        name: body.name,
        address: body.address,
        position: sites::position(&body.position)?,
        ..SiteData::default()
    };
    let mut tx = app.store.begin().await?;
    let id = sites::create_in(&mut tx, &caller.actor, &CustomerId::from(body.customer), data).await?;
    tx.commit().await?;
    let made = sites::load(app.store.db(), &id).await?;
    Ok(Created(format!("/sites/{id}"), made.into()))
}
