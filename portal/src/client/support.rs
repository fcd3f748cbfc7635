//! Tickets and help.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use conversation::types::AgentId;
use conversation::{reply, tickets};
use ui::client_pages::{self, Part, SupportView, TicketRow};
use ui::{i18n, routes};

use super::Client;
use crate::Portal;
use crate::request::{Page, Reader, page};

/// How many tickets the page shows, the newest.
const SHOWN: i64 = 100;

/// The newest tickets that somebody sees: their own, and those of the company that they look at, if they may.
pub(crate) async fn seen(portal: &Portal, client: &Client) -> conversation::Result<Vec<tickets::Ticket>> {
    let mut found = tickets::of_contact(portal.store.db(), &client.contact.id, SHOWN).await?;
    if let Some(company) = client.company.as_ref().filter(|one| one.rights.sees_tickets) {
        let others = tickets::of_company(portal.store.db(), &company.company_id, SHOWN).await?;
        found.extend(others);
        found.sort_by_key(|ticket| std::cmp::Reverse(ticket.number));
        found.dedup_by_key(|ticket| ticket.number);
        found.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    }
    Ok(found)
}

/// GET `/portal/support`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::SUPPORT).await?;
    let found = seen(&portal, &client).await?;
    let mut agents: Vec<AgentId> = found.iter().filter_map(|ticket| ticket.assignee_id.clone()).collect();
    agents.sort();
    agents.dedup();
    let names: HashMap<String, String> = reply::agent_names(&portal.store, &agents)
        .await?
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .collect();
    let now = portal.store.now();
    let tickets = found
        .into_iter()
        .map(|ticket| TicketRow {
            url: routes::path(routes::TICKET, ticket.id.as_str()),
            number: tickets::number_text(ticket.number),
            subject: ticket.subject,
            status: ticket.status,
            level: ticket.level,
            agent: ticket
                .assignee_id
                .and_then(|id| names.get(id.as_str()).cloned())
                .unwrap_or_default(),
            changed: i18n::relative(reader.lang, now, ticket.updated_at, portal.billing.zone.now()),
        })
        .collect();
    let view = SupportView {
        frame: client.frame(&portal, Part::Support, routes::SUPPORT, None).await?,
        help: format!("{}/{}", routes::HELP, reader.lang),
        tickets,
    };
    Ok(page(
        StatusCode::OK,
        client_pages::support(&portal.ctx(reader.lang), &view),
    ))
}
