//! Planning a visit: its form, on the page of a machine and of a request, and the question before a technician gets two
//! at once.

use axum::extract::{Path, State};
use axum::response::Response;
use billing::day;
use conversation::access::Permission;
use conversation::types::{AgentId, Millis};
use conversation::{Error, Tx};
use equipment::machines::Machine;
use equipment::visits::{self, NewVisit, Window};
use equipment::{MachineId, RequestId, VisitId, words};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use ui::components::form;
use ui::i18n;

use super::machines::{self as pages, Drawn};
use super::refused::{Of, Refused};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::agents::Agent;

/// The form that plans a visit at a machine; `request` asked for it, `refused` is the form as it came back.
pub(super) fn plan_form(
    app: &App,
    me: &SignedIn,
    machine: &Machine,
    request: Option<&str>,
    everybody: &[Agent],
    refused: Option<&Refused<'_>>,
) -> Markup {
    let ctx = me.ctx();
    let tomorrow = day::plus(app.equipment.today(), 1).to_string();
    let value = |name: &str, otherwise: &str| Refused::value(refused, name, otherwise);
    let agent = value("agent", me.agent.id.as_str());
    let has_happened = refused.is_some_and(|one| one.form.is_on("has_happened"));
    html! {
        details.group open[refused.is_some()] { summary { (ctx.t("eq-plan-visit")) }
            form.settings-form method="post" action={ "/equipment/machines/" (machine.id) "/visits" } { (form::csrf(&ctx))
                @if let Some(request) = request { input type="hidden" name="request" value=(request); }
                (Refused::why(refused))
                div.row-fields {
                    label { (words::of(me.lang).technician) " " (technicians(everybody, &agent, refused.is_some())) }
                    (window_fields(me, &value("day", &tomorrow), &value("from", "09:00"), &value("to", "11:00")))
                }
                label { (ctx.t("eq-purpose")) " " textarea.input name="purpose" rows="2" maxlength="1000" { (value("purpose", "")) } }
                div.checks {
                    label.check { input type="checkbox" name="has_happened" value="on" checked[has_happened]; span { (ctx.t("eq-visit-happened")) } }
                    (anyway(me, refused))
                }
                div.settings-actions { button.button.primary type="submit" { (ctx.t("eq-plan-visit")) } }
            }
        }
    }
}

/// Who comes: everybody who works here, and whoever it is now.
pub(super) fn technicians(everybody: &[Agent], chosen: &str, is_looked_at: bool) -> Markup {
    html! { select.input name="agent" autofocus[is_looked_at] {
        @for agent in everybody.iter().filter(|agent| agent.is_enabled) { option value=(agent.id) selected[agent.id.as_str() == chosen] { (agent.name) } }
    } }
}

/// Day, from and to.
pub(super) fn window_fields(me: &SignedIn, day: &str, from: &str, to: &str) -> Markup {
    let ctx = me.ctx();
    html! {
        label { (words::of(me.lang).day) " " input.input type="date" name="day" value=(day) required; }
        label { (ctx.t("eq-from")) " " input.input type="time" name="from" value=(from) required; }
        label { (ctx.t("eq-to")) " " input.input type="time" name="to" value=(to) required; }
    }
}

/// The answer to the question whether a technician is to have two visits at once, where it was asked.
pub(super) fn anyway(me: &SignedIn, refused: Option<&Refused<'_>>) -> Markup {
    html! { @if let Some(refused) = refused.filter(|one| one.is_asked) {
        label.check { input type="checkbox" name="anyway" value="on" checked[refused.form.is_on("anyway")]; span { (me.ctx().t("eq-visit-anyway")) } }
    } }
}

/// The window that a form says: `day`, `from`, `to`, in the business's time.
pub(super) fn window(form: &Form, tz: &TimeZone) -> Result<Window, Error> {
    let day: Date = day::parse(form.get("day"))?;
    let at = |field: &str| -> Result<Millis, Error> {
        let odd = || Error::Invalid(format!("{field}: a time such as 09:00"));
        let time: Time = form.get(field).parse().map_err(|_| odd())?;
        let zoned = day.to_datetime(time).to_zoned(tz.clone()).map_err(|_| odd())?;
        Ok(zoned.timestamp().as_millisecond())
    };
    Ok((at("from")?, at("to")?))
}

/// What asks before a technician gets two visits at once: `None` where nothing is in the way, or it was answered.
pub(super) async fn question(
    app: &App,
    me: &SignedIn,
    tx: &mut Tx,
    form: &Form,
    window: Window,
    but: Option<&VisitId>,
) -> Result<Option<String>, Error> {
    if form.is_on("anyway") {
        return Ok(None);
    }
    let agent = AgentId::from(form.get("agent"));
    let in_the_way = visits::in_the_way(&mut *tx, &agent, window, but).await?;
    if in_the_way.is_empty() {
        return Ok(None);
    }
    let name = visits::technician(&mut *tx, &agent).await?;
    let when: Vec<String> = in_the_way
        .iter()
        .map(|visit| words::window(visit.starts_at, visit.ends_at, app.tz(), me.lang))
        .collect();
    let args = [("name", name.into()), ("when", when.join("; ").into())];
    Ok(Some(i18n::t_args(me.lang, "eq-visit-in-the-way", &args)))
}

/// What became of a form.
enum Planned {
    /// It stands.
    Stands(VisitId),
    /// The technician has something else then.
    Asks(String),
}

async fn planned(app: &App, me: &SignedIn, machine: &MachineId, form: &Form) -> Result<Planned, Error> {
    let window = window(form, app.tz())?;
    let has_happened = form.is_on("has_happened");
    let new = NewVisit {
        machine: machine.clone(),
        agent: AgentId::from(form.get("agent")),
        purpose: form.get("purpose").to_owned(),
        starts_at: window.0,
        ends_at: window.1,
        request: Some(form.get("request"))
            .filter(|id| !id.is_empty())
            .map(RequestId::from),
        conversation: None,
        has_happened,
    };
    let mut tx = app.store.begin().await?;
    if !has_happened && let Some(question) = question(app, me, &mut tx, form, window, None).await? {
        return Ok(Planned::Asks(question));
    }
    let id = visits::plan_in(&mut tx, &app.equipment, &me.actor(), new).await?;
    tx.commit().await?;
    Ok(Planned::Stands(id))
}

/// POST `agent`, `day`, `from`, `to`, `purpose`, `request`, `has_happened`, `anyway`.
pub(super) async fn plan(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = MachineId::from(id);
    let refused = match planned(&app, &me, &id, &form).await {
        // Its report is what is written next.
        Ok(Planned::Stands(visit)) if form.is_on("has_happened") => return Ok(see_other(&format!("/visits/{visit}"))),
        Ok(Planned::Stands(_)) => return Ok(see_other(&format!("/equipment/machines/{id}?said=planned"))),
        Ok(Planned::Asks(words)) => Refused::asked(Of::Visit, &form, words),
        Err(error) => Refused::by(Of::Visit, me.lang, &form, error)?,
    };
    let drawn = Drawn {
        refused: Some(refused),
        ..Drawn::default()
    };
    pages::draw(&app, &me, &id, drawn).await
}
