//! The machines of a list as a table for a spreadsheet, its columns named as an import names them.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use billing::{CustomerId, customers};
use conversation::access::Permission;
use conversation::types::Language;
use equipment::machines::{self, Machine};
use equipment::sites::{self, Site};
use equipment::{MachineId, SiteId};
use ui::spreadsheet::{self, Cell};

use super::machines::Choice;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::download::{download, note};

/// How many rows one question reads.
const PART: i64 = 1_000;

/// What the columns are called.
const MACHINE: [&str; 10] = [
    "customer",
    "model",
    "serial",
    "site",
    "address",
    "place",
    "status",
    "installed_on",
    "label",
    "notes",
];

fn row(lang: Language, one: &Machine, owners: &HashMap<CustomerId, String>, places: &HashMap<SiteId, Site>) -> String {
    let site = one.site_id.as_ref().and_then(|id| places.get(id));
    let label = one.printed_code();
    let words = [
        owners.get(&one.customer_id).map_or("", String::as_str),
        &one.model,
        &one.serial,
        site.map_or("", |site| site.name.as_str()),
        site.map_or("", |site| site.address.as_str()),
        &one.place,
        one.status.as_str(),
        one.installed_on.as_deref().unwrap_or_default(),
        &label,
        &one.notes,
    ];
    spreadsheet::row(lang, words.into_iter().map(Cell::Text))
}

/// GET `/equipment/export`: the machines that are listed.
pub(super) async fn export(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    note(&app.store, &me.actor(), "machines", &choice.query()).await?;
    let (store, filter, lang) = (app.store.clone(), choice.filter(), me.lang);
    Ok(download(
        "machines.csv",
        lang,
        &MACHINE,
        move |last: Option<MachineId>| {
            let (store, filter) = (store.clone(), filter.clone());
            async move {
                let db = store.db();
                let rows = machines::list(db, &filter, last.as_ref(), PART).await?;
                let Some(last) = rows.last() else { return Ok(None) };
                let owners = customers::names(db, rows.iter().map(|one| &one.customer_id)).await?;
                let places = sites::by_ids(db, rows.iter().filter_map(|one| one.site_id.as_ref())).await?;
                let text = rows.iter().map(|one| row(lang, one, &owners, &places)).collect();
                Ok(Some((text, Some(last.id.clone()))))
            }
        },
    ))
}
