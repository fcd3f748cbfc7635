//! What customers asked for, and planning a visit.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::tickets::{self, Ticket};
use conversation::types::{AgentId, Millis, TicketId};
use equipment::visits::{self, NewVisit};
use equipment::{MachineId, RequestId, machines, requests, words};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use maud::html;
use ui::components::{Tone, badge, empty, ticket_status_chip};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::frame::{Part, frame};
use super::machines::plan_form;
use super::paged::{Paged, WANTED, cut};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
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
                .filter(|_| me.can(Permission::Bill))
                .map(|machine| plan_form(&app, &me, machine, Some(&one.id), &everybody));
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

/// The window that a form says: `day`, `from`, `to`, in the business's time.
pub(super) fn window(form: &Form, tz: &TimeZone) -> Result<(Millis, Millis), Error> {
    let day: Date = billing::day::parse(form.get("day"))?;
    let at = |field: &str| -> Result<Millis, Error> {
        let odd = || Error::Invalid(format!("{field}: a time such as 09:00"));
        let time: Time = form.get(field).parse().map_err(|_| odd())?;
        let zoned = day.to_datetime(time).to_zoned(tz.clone()).map_err(|_| odd())?;
        Ok(zoned.timestamp().as_millisecond())
    };
    Ok((at("from")?, at("to")?))
}

/// POST `agent`, `day`, `from`, `to`, `purpose`, `request`.
pub(super) async fn plan(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let (starts_at, ends_at) = window(&form, app.tz())?;
    let id = MachineId::from(id);
    let new = NewVisit {
        machine: id.clone(),
        agent: AgentId::from(form.get("agent")),
        purpose: form.get("purpose").to_owned(),
        starts_at,
        ends_at,
        request: Some(form.get("request"))
            .filter(|id| !id.is_empty())
            .map(RequestId::from),
        conversation: None,
    };
    let mut tx = app.store.begin().await?;
    visits::plan_in(&mut tx, &app.equipment, &me.actor(), new).await?;
    tx.commit().await?;
    Ok(see_other(&format!("/equipment/machines/{id}?said=planned")))
}
