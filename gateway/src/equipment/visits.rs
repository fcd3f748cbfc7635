//! The visits of a day: the technician's own, or everybody's.

use axum::extract::{Query, State};
use axum::response::Response;
use billing::{customers, day};
use conversation::access::Permission;
use conversation::types::Millis;
use equipment::visits::{self, Visit};
use equipment::{VisitState, machines, sites, words};
use jiff::civil::Date;
use maud::html;
use portal::equipment::visit_tone;
use serde::Deserialize;
use ui::components::{badge, empty};
use ui::icons::{Icon, icon};
use ui::routes;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    day: String,
    #[serde(default)]
    all: String,
}

fn begins(app: &App, day: Date) -> Millis {
    day.to_zoned(app.tz().clone())
        .map_or(0, |zoned| zoned.timestamp().as_millisecond())
}

/// GET `/visits`.
pub(super) async fn day(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let today = app.equipment.today();
    let on = day::parse(&choice.day).unwrap_or(today);
    let is_all = !choice.all.is_empty();
    let agent = (!is_all).then_some(&me.agent.id);
    let found: Vec<Visit> = visits::between(db, agent, begins(&app, on), begins(&app, day::plus(on, 1))).await?;
    let said = words::of(lang);
    let machines = machines::by_ids(db, found.iter().map(|visit| &visit.machine_id)).await?;
    let owners = customers::names(db, found.iter().map(|visit| &visit.customer_id)).await?;
    let sites = sites::by_ids(db, found.iter().filter_map(|visit| visit.site_id.as_ref())).await?;
    let names = visits::technicians(db, &found).await?;
    let rows: Vec<_> = found
        .iter()
        .filter_map(|visit| {
            let site = visit.site_id.as_ref().and_then(|id| sites.get(id));
            let owner = owners.get(&visit.customer_id).map_or("", String::as_str);
            let name = names.get(&visit.agent_id).map_or("", String::as_str);
            Some((visit, machines.get(&visit.machine_id)?, owner, site, name))
        })
        .collect();
    let link = |on: Date, all: bool| format!("{}?day={on}{}", routes::MY_VISITS, if all { "&all=1" } else { "" });
    let body = html! {
        nav.eq-day-nav aria-label=(ctx.t("eq-days")) {
            a.button href=(link(day::plus(on, -1), is_all)) { "‹" span.visually-hidden { (ctx.t("eq-day-before")) } }
            strong { (words::day(&on.to_string(), lang)) }
            a.button href=(link(day::plus(on, 1), is_all)) { "›" span.visually-hidden { (ctx.t("eq-day-after")) } }
            @if on != today { a.button.ghost href=(link(today, is_all)) { (ctx.t("eq-today")) } }
            a.button.ghost href=(link(on, !is_all)) { (ctx.t(if is_all { "eq-only-mine" } else { "eq-everybody" })) }
        }
        @if rows.is_empty() { (empty(Icon::Visit, &ctx.t("eq-no-visits-today"), &ctx.t("eq-no-visits-today-hint"))) }
        @for (visit, machine, owner, site, name) in &rows {
            article.eq-visit-card {
                p.ticket-meta { (badge(visit_tone(visit.state), said.visit_state(visit.state))) strong { (words::window(visit.starts_at, visit.ends_at, app.tz(), lang)) } @if is_all { span.muted { (name) } } }
                h2 { a href={ "/visits/" (visit.id) } { (owner) } }
                p { (icon(Icon::Machine)) " " (machine.name()) " " span.mono.muted { (machine.serial) } }
                @if let Some(site) = site { p.muted { (icon(Icon::Pin)) " " (site.name) " · " (site.address.replace('\n', ", ")) } }
                @if !visit.purpose.is_empty() { p.pre { (visit.purpose) } }
                @if !matches!(visit.state, VisitState::Done | VisitState::Cancelled) { div.settings-actions { a.button.primary href={ "/visits/" (visit.id) } { (ctx.t("eq-open-visit")) } } }
            }
        }
    };
    Ok(frame(&me, Part::Visits, &ctx.t("eq-visits"), None, &body))
}
