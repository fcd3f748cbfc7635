//! What customers asked for, and planning a visit.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::{self, Permission};
use conversation::types::{Actor, AgentId, Millis};
use equipment::visits::{self, NewVisit};
use equipment::{MachineId, RequestId, machines, requests, words};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use maud::html;
use serde::Deserialize;
use ui::components::{Tone, badge, empty, ticket_status_chip};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    after: String,
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let before = Some(choice.after.as_str())
        .filter(|id| !id.is_empty())
        .map(RequestId::from);
    let found = requests::list(db, before.as_ref(), 51).await?;
    let said = words::of(lang);
    let mut rows = Vec::new();
    for one in found.iter().take(50) {
        let machine = match &one.machine_id {
            Some(id) => Some(machines::load(db, id).await?),
            None => None,
        };
        let ticket = match &one.ticket_id {
            Some(id) => access::ticket(db, &Actor::System, id).await.ok(),
            None => None,
        };
        let plan = match &machine {
            Some(machine) if me.can(Permission::Bill) => {
                Some(super::machines::plan_form(&app, &me, machine, Some(&one.id)).await?)
            }
            _ => None,
        };
        rows.push((one, machine, ticket, plan));
    }
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
        @if let (true, Some(last)) = (found.len() > 50, found.get(49)) { p { a.button.ghost href={ "/equipment/requests?after=" (last.id) } { (ctx.t("client-more")) } } }
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
    let (starts_at, ends_at) = window(&form, &app.billing.tz)?;
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
