//! What customers asked for.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::tickets::{self, Ticket};
use conversation::types::{ConversationId, TicketId};
use equipment::{RequestId, Status, machines, requests, words};
use maud::html;
use ui::components::{Tone, badge, empty, ticket_status_chip};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::frame::{Part, frame};
use super::paged::{Paged, WANTED, cut};
use super::plan::plan_form;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::people::agents;

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(paged): Query<Paged>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let mut found = requests::list(db, paged.behind::<RequestId>().as_ref(), WANTED).await?;
    let more = cut(&me, &mut found, "/equipment/requests", |one| one.id.as_str());
    // What a customer asked for is what they wrote.
    let asked: Vec<ConversationId> = found.iter().map(|one| one.conversation_id.clone()).collect();
    let seen = access::seen_among(db, &me.actor(), &asked).await?;
    found.retain(|one| seen.contains(&one.conversation_id));
    let said = words::of(lang);
    let machines = machines::by_ids(db, found.iter().filter_map(|one| one.machine_id.as_ref())).await?;
    let ids: Vec<TicketId> = found.iter().filter_map(|one| one.ticket_id.clone()).collect();
    let tickets: HashMap<TicketId, Ticket> = tickets::list::some(db, &ids)
        .await?
        .into_iter()
        .map(|ticket| (ticket.id.clone(), ticket))
        .collect();
    let everybody = agents::list(db).await?;
    let rows: Vec<_> = found
        .iter()
        .map(|one| {
            let machine = one.machine_id.as_ref().and_then(|id| machines.get(id));
            let ticket = one.ticket_id.as_ref().and_then(|id| tickets.get(id));
            let plan = machine
                .filter(|machine| me.can(Permission::Bill) && machine.status != Status::Retired)
                .map(|machine| plan_form(&app, &me, machine, Some(one.id.as_str()), &everybody, None));
            (one, machine, ticket, plan)
        })
        .collect();
    let body = html! {
        @if rows.is_empty() { (empty(Icon::Ticket, &ctx.t("eq-no-requests"), "")) }
        @for (one, machine, ticket, plan) in &rows {
            article.eq-visit-card {
                div.ticket-meta {
                    strong { (said.request(one.kind)) }
                    @if let Some(ticket) = ticket { (ticket_status_chip(lang, ticket.status)) }
                    @if !one.is_known { (badge(Tone::Warn, &ctx.t("eq-stranger"))) }
                    span.muted { (i18n::date_time(lang, one.created_at, &me.tz)) }
                }
                @if let Some(machine) = machine { p { a href={ "/equipment/machines/" (machine.id) } { (icon(Icon::Machine)) " " (machine.name()) } " " span.mono.muted { (machine.serial) } } }
                @else { p.muted { (ctx.t("eq-unknown-label")) } }
                dl.eq-facts { @for (label, value) in one.fields() { @if !value.is_empty() { div { dt { (label) } dd.pre { (value) } } } } }
                div.settings-actions { a.button href=(routes::path(routes::CONVERSATION, one.conversation_id.as_str())) { (icon(Icon::Inbox)) span { (ctx.t("eq-open-conversation")) } } }
                @if let Some(plan) = plan { (plan) }
            }
        }
        (more)
    };
    Ok(frame(&me, Part::Requests, &ctx.t("eq-requests"), None, &body))
}
