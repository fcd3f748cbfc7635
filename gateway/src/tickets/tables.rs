//! The tickets of a list as a table for a spreadsheet: all of what was narrowed, not one page of it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::tickets::categories::{self, Tree};
use conversation::tickets::list::{self, Place};
use conversation::tickets::{Ticket, number_text};
use conversation::types::{AgentId, ContactId, Language, Millis};
use ui::i18n;
use ui::spreadsheet::{self, Cell};

use super::find;
use super::list::{Choice, contact_names, filter};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::download::{download, note};
use crate::people::agents;

/// How many rows one question reads.
const PART: i64 = 500;

/// What the columns are called.
const TICKET: [&str; 14] = [
    "number",
    "subject",
    "customer",
    "kind",
    "category",
    "priority",
    "level",
    "status",
    "agent",
    "created_at",
    "updated_at",
    "resolved_at",
    "due_at",
    "late_since",
];

/// What rows say by name and hold by id.
struct Names {
    tree: Tree,
    agents: HashMap<AgentId, String>,
}

fn row(lang: Language, names: &Names, contacts: &HashMap<ContactId, String>, one: &Ticket) -> String {
    let at = |time: Option<Millis>| time.map(i18n::iso).unwrap_or_default();
    let agent = one.assignee_id.as_ref().and_then(|id| names.agents.get(id));
    let category = one.category.as_ref().map(|id| names.tree.name(id, lang));
    let cells = [
        number_text(one.number),
        one.subject.clone(),
        contacts.get(&one.contact_id).cloned().unwrap_or_default(),
        one.kind.to_string(),
        category.unwrap_or_default(),
        one.priority.to_string(),
        one.level.to_string(),
        one.status.to_string(),
        agent.cloned().unwrap_or_default(),
        i18n::iso(one.created_at),
        i18n::iso(one.updated_at),
        at(one.resolved_at),
        at(one.due_at),
        at(one.breached_at),
    ];
    spreadsheet::row(lang, cells.iter().map(|cell| Cell::Text(cell)))
}

/// GET `/tickets/export`: the tickets that are listed, in the order of the list.
pub(super) async fn export(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Read)?;
    let db = app.store.db();
    let tree = categories::tree(db).await?;
    let among = find::among(&app, choice.search()).await?;
    let (filter, sort) = (filter(&me, &choice, &tree, among), choice.sort());
    let agents = agents::list(db).await?;
    let agents = agents.into_iter().map(|agent| (agent.id, agent.name)).collect();
    let names = Arc::new(Names { tree, agents });
    note(&app.store, &me.actor(), "tickets", &choice.query()).await?;
    let (app, lang) = (app.clone(), me.lang);
    Ok(download("tickets.csv", lang, &TICKET, move |last: Option<Place>| {
        let (app, filter, names) = (app.clone(), filter.clone(), Arc::clone(&names));
        async move {
            let rows = list::page(app.store.db(), &filter, sort, last, PART).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            let contacts = contact_names(&app, lang, &rows).await?;
            let text = rows.iter().map(|one| row(lang, &names, &contacts, one)).collect();
            Ok(Some((text, Some(Place::behind(last, sort)))))
        }
    }))
}
