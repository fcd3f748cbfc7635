//! One visit on the technician's phone: on the way, there, done; parts, counters, signature.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use billing::customers;
use conversation::Error;
use conversation::access::{self, Permission};
use conversation::types::{AgentId, ConversationId};
use equipment::visits::{self, Done, Part as Piece, Visit};
use equipment::{CounterId, VisitId, VisitState, counters, machines, sites, words};
use maud::{Markup, html};
use portal::client::pdf_response;
use portal::equipment::{number, visit_tone};
use ui::components::{badge, form};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::frame::{Part, frame};
use super::plan::{self, anyway, technicians, window_fields};
use super::refused::{Of, Refused};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::agents;

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    draw(&app, &me, &VisitId::from(id), None).await
}

/// The page of a visit; `refused` is one of its forms that comes back.
async fn draw(app: &App, me: &SignedIn, id: &VisitId, refused: Option<Refused<'_>>) -> Result<Response, Failure> {
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let visit = visits::load(db, id).await?;
    let machine = machines::load(db, &visit.machine_id).await?;
    let owner = customers::load(db, &visit.customer_id).await?;
    let site = match &visit.site_id {
        Some(id) => Some(sites::load(db, id).await?),
        None => None,
    };
    let name = visits::technician(db, &visit.agent_id).await?;
    let said = words::of(lang);
    let place: Vec<ConversationId> = visit.conversation_id.iter().cloned().collect();
    let place = access::seen_among(db, &me.actor(), &place).await?;
    let is_open = !matches!(visit.state, VisitState::Done | VisitState::Cancelled);
    let of = |form: Of| refused.as_ref().filter(|refused| refused.of == form);
    let body = html! {
        p.ticket-meta { (badge(visit_tone(visit.state), said.visit_state(visit.state))) strong { (words::window(visit.starts_at, visit.ends_at, app.tz(), lang)) } span.muted { (name) } }
        dl.eq-facts {
            div { dt { (said.customer) } dd { (owner.name) } }
            div { dt { (said.machine) } dd { a href={ "/equipment/machines/" (machine.id) } { (machine.name()) } " " span.mono.muted { (machine.serial) } } }
            @if let Some(site) = &site { div { dt { (said.site) } dd.pre { (site.name) "\n" (site.address)
                @if let Some((latitude, longitude)) = site.position() { "\n" a href={ "geo:" (sites::degrees(latitude)) "," (sites::degrees(longitude)) } { (ctx.t("eq-navigate")) } } } }
                @if !site.contact_name.is_empty() || !site.contact_phone.is_empty() { div { dt { (ctx.t("eq-contact-name")) } dd { (site.contact_name) " " a href={ "tel:" (site.contact_phone.replace(' ', "")) } { (site.contact_phone) } } } }
                @if !site.notes.is_empty() { div { dt { (ctx.t("eq-notes")) } dd.pre { (site.notes) } } } }
            @if !visit.purpose.is_empty() { div { dt { (ctx.t("eq-purpose")) } dd.pre { (visit.purpose) } } }
            @if !visit.work.is_empty() { div { dt { (said.work) } dd.pre { (visit.work) } } }
            @if !visit.parts().is_empty() { div { dt { (said.parts) } dd { @for part in visit.parts() { div { (part.quantity) " × " (part.name) } } } } }
            @if visit.done_at.is_some() { div { dt { (said.signed) } dd { (visit.signed_by) @if !visit.signature.is_empty() { (portal::equipment::visits::signature(&visit)) } } } }
        }
        div.settings-actions {
            @if visit.report_sha256.is_some() { a.button.primary href={ "/visits/" (id) "/report" } { (icon(Icon::Download)) span { (said.report) " (PDF)" } } }
            @for conversation in &place { a.button href=(routes::path(routes::CONVERSATION, conversation.as_str())) { (icon(Icon::Inbox)) span { (ctx.t("eq-open-conversation")) } } }
        }
        @if is_open && me.can(Permission::Bill) {
            (steps(me, &visit))
            (report_form(app, me, &visit, of(Of::Report)).await?)
            (again_form(app, me, &visit, of(Of::Again)).await?)
        }
    };
    let mut response = frame(me, Part::Visits, &owner.name, None, &body);
    if refused.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn steps(me: &SignedIn, visit: &Visit) -> Markup {
    let ctx = me.ctx();
    html! {
        form.settings-actions method="post" action={ "/visits/" (visit.id) "/step" } { (form::csrf(&ctx))
            @if visit.state == VisitState::Planned { button.button.primary type="submit" name="to" value="on_way" { (icon(Icon::Visit)) span { (ctx.t("eq-step-way")) } } }
            @if visit.state != VisitState::There { button.button type="submit" name="to" value="there" { (icon(Icon::Pin)) span { (ctx.t("eq-step-there")) } } }
            button.button.ghost type="submit" name="to" value="cancelled" { (ctx.t("eq-step-cancel")) }
        }
    }
}

async fn report_form(
    app: &App,
    me: &SignedIn,
    visit: &Visit,
    refused: Option<&Refused<'_>>,
) -> conversation::Result<Markup> {
    let (ctx, lang) = (me.ctx(), me.lang);
    let said = words::of(lang);
    let own = counters::of_machine(app.store.db(), &visit.machine_id).await?;
    let is_there = visit.state == VisitState::There || refused.is_some();
    let value = |name: &str| Refused::value(refused, name, "");
    Ok(html! {
        details.group open[is_there] { summary { (ctx.t("eq-finish")) }
            form.settings-form method="post" action={ "/visits/" (visit.id) "/done" } { (form::csrf(&ctx))
                (Refused::why(refused))
                div.field { label for="f-work" { (said.work) } textarea.input #f-work name="work" rows="4" required maxlength="4000" { (value("work")) } }
                div.field { label for="f-parts" { (said.parts) span.optional { " (" (ctx.t("form-optional")) ")" } } p.hint #h-parts { (ctx.t("eq-parts-hint")) } textarea.input #f-parts name="parts" rows="3" aria-describedby="h-parts" { (value("parts")) } }
                @for counter in &own {
                    @let field = format!("counter-{}", counter.id);
                    div.field { label for=(field) { (said.counter(counter.kind)) span.optional { " (" (ctx.t("form-optional")) ")" } } p.hint { (i18n::t_args(lang, "eq-last-reading", &[("value", number(counter.last_value, lang).into()), ("day", words::day(&counter.last_on, lang).into())])) } input.input id=(field) name=(field) inputmode="numeric" maxlength="20" value=(value(&field)); }
                }
                div.eq-pad data-sign hidden { p { (ctx.t("eq-sign-here")) } canvas width="1000" height="400" aria-hidden="true" {} input type="hidden" name="signature" value=(value("signature")); div.settings-actions { button.button type="button" data-clear { (ctx.t("eq-sign-again")) } } }
                div.field { label for="f-signed" { (ctx.t("eq-signed-name")) } p.hint #h-signed { (ctx.t("eq-signed-hint")) } input.input #f-signed name="signed_by" required maxlength="120" autocomplete="off" aria-describedby="h-signed" value=(value("signed_by")); }
                div.settings-actions { button.button.primary type="submit" { (icon(Icon::Check)) span { (ctx.t("eq-finish")) } } }
            }
        }
    })
}

async fn again_form(app: &App, me: &SignedIn, visit: &Visit, refused: Option<&Refused<'_>>) -> Result<Markup, Failure> {
    let ctx = me.ctx();
    let everybody = agents::list(app.store.db()).await?;
    let zoned = |at: i64| {
        jiff::Timestamp::from_millisecond(at)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(app.tz().clone())
    };
    let (from, to) = (zoned(visit.starts_at), zoned(visit.ends_at));
    let value = |name: &str, otherwise: &str| Refused::value(refused, name, otherwise);
    let agent = value("agent", visit.agent_id.as_str());
    let (day, from, to) = (
        value("day", &from.date().to_string()),
        value("from", &from.strftime("%H:%M").to_string()),
        value("to", &to.strftime("%H:%M").to_string()),
    );
    Ok(html! {
        details.group open[refused.is_some()] { summary { (ctx.t("eq-move-visit")) }
            form.settings-form method="post" action={ "/visits/" (visit.id) "/move" } { (form::csrf(&ctx))
                (Refused::why(refused))
                div.row-fields {
                    label { (words::of(me.lang).technician) " " (technicians(&everybody, &agent, refused.is_some())) }
                    (window_fields(me, &day, &from, &to))
                }
                (anyway(me, refused))
                div.settings-actions { button.button type="submit" { (ctx.t("eq-move-visit")) } }
            }
        }
    })
}

/// POST `to` = `on_way|there|cancelled`.
pub(super) async fn step(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = VisitId::from(id);
    let to: VisitState = form.get("to").parse().map_err(conversation::Error::from)?;
    let mut tx = app.store.begin().await?;
    visits::step_in(&mut tx, &app.equipment, &me.actor(), &id, to).await?;
    tx.commit_any().await?;
    Ok(see_other(&format!("/visits/{id}")))
}

/// Moves a visit as its form says; answers the question that is to be asked first, where there is one.
async fn moved(app: &App, me: &SignedIn, id: &VisitId, form: &Form) -> Result<Option<String>, Error> {
    let window = plan::window(form, app.tz())?;
    let agent = AgentId::from(form.get("agent"));
    let mut tx = app.store.begin().await?;
    if let Some(question) = plan::question(app, me, &mut tx, form, window, Some(id)).await? {
        return Ok(Some(question));
    }
    visits::move_in(&mut tx, &app.equipment, &me.actor(), id, &agent, window).await?;
    tx.commit().await?;
    Ok(None)
}

/// POST `agent`, `day`, `from`, `to`, `anyway`.
pub(super) async fn again(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = VisitId::from(id);
    let refused = match moved(&app, &me, &id, &form).await {
        Ok(None) => return Ok(see_other(&format!("/visits/{id}"))),
        Ok(Some(question)) => Refused::asked(Of::Again, &form, question),
        Err(error @ Error::Invalid(_)) => Refused::by(Of::Again, me.lang, &form, error)?,
        Err(error) => return Err(error.into()),
    };
    draw(&app, &me, &id, Some(refused)).await
}

/// Parts as they are typed: `2 Fuser`, one on each line; without a number it is one.
fn pieces(text: &str) -> Vec<Piece> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let first = first.trim_end_matches(['x', '×']);
            match first.parse() {
                Ok(quantity) if !rest.trim().is_empty() => Piece {
                    name: rest.trim().chars().take(120).collect(),
                    quantity,
                },
                _ => Piece {
                    name: line.chars().take(120).collect(),
                    quantity: 1,
                },
            }
        })
        .collect()
}

/// POST `work`, `parts`, `counter-…`, `signed_by`, `signature`.
pub(super) async fn finish(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = VisitId::from(id);
    let visit = visits::load(app.store.db(), &id).await?;
    let own = counters::of_machine(app.store.db(), &visit.machine_id).await?;
    let mut values: Vec<(CounterId, i64)> = Vec::new();
    for counter in own {
        let text: String = form
            .get(&format!("counter-{}", counter.id))
            .chars()
            .filter(|c| !matches!(c, '.' | ',' | ' '))
            .collect();
        if text.is_empty() {
            continue;
        }
        match text.parse() {
            Ok(value) if (0..=counters::LARGEST).contains(&value) => values.push((counter.id, value)),
            _ => {
                let why = i18n::t(me.lang, "eq-not-a-number").into_owned();
                let refused = Refused::because(Of::Report, &form, why);
                return draw(&app, &me, &id, Some(refused)).await;
            }
        }
    }
    let done = Done {
        work: form.get("work").to_owned(),
        parts: pieces(form.get("parts")),
        counters: values,
        signed_by: form.get("signed_by").to_owned(),
        signature: form.get("signature").to_owned(),
    };
    match visits::finish(&app.equipment, &me.actor(), &id, done).await {
        Ok(()) => Ok(see_other(&format!("/visits/{id}"))),
        Err(error @ Error::Invalid(_)) => {
            let refused = Refused::by(Of::Report, me.lang, &form, error)?;
            draw(&app, &me, &id, Some(refused)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn report(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let visit = visits::load(app.store.db(), &VisitId::from(id)).await?;
    let sha256 = visit.report_sha256.as_deref().ok_or(Error::NotFound)?;
    let bytes = app.store.blobs().get(sha256).await?;
    let name = format!("{}.pdf", words::of(me.lang).report_file);
    Ok(pdf_response(&name, bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_technicians_type_them() {
        let found: Vec<(i64, String)> = pieces("2 Fuser\nRoller kit\n3x Toner K\n\n 1 × \n4")
            .into_iter()
            .map(|piece| (piece.quantity, piece.name))
            .collect();
        assert_eq!(
            found,
            [
                (2, "Fuser".to_owned()),
                (1, "Roller kit".to_owned()),
                (3, "Toner K".to_owned()),
                (1, "×".to_owned()),
                (1, "4".to_owned()),
            ]
        );
    }
}
