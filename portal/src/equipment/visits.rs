//! Visits: who comes when, followed live, and the signed report.

use ::equipment::visits::{self, Visit};
use ::equipment::{VisitId, VisitState, machines, requests, sites, words};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use ui::client_pages::framed;
use ui::components::{badge, empty};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::{PART, Tab, tabs, visit_tone};
use crate::client::{Client, pdf_response};
use crate::request::{Failed, Page, Reader, page};
use crate::{Portal, links};

/// GET `/portal/visits`.
pub(super) async fn list(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::VISITS).await?;
    let (lang, ctx) = (reader.lang, portal.ctx(reader.lang));
    let all = visits::of_customers(portal.store.db(), &client.customers, 100).await?;
    let rows = rows(&portal, &all, lang).await?;
    let body = html! {
        h1 { (ctx.t("eq-visits")) }
        (tabs(&ctx, Tab::Visits))
        div #live-visits data-live {
            @if rows.is_empty() { (empty(Icon::Visit, &ctx.t("eq-no-visits"), &ctx.t("eq-no-visits-hint"))) }
            @else { ul.eq-list { @for row in &rows { (row) } } }
        }
    };
    let frame = client.frame(&portal, PART, routes::VISITS, None).await?;
    Ok(page(
        StatusCode::OK,
        framed(&ctx, &frame, &ctx.t("eq-visits"), None, &body),
    ))
}

/// Visits as rows of a list.
pub(super) async fn rows(
    portal: &Portal,
    all: &[Visit],
    lang: conversation::types::Language,
) -> conversation::Result<Vec<Markup>> {
    let db = portal.store.db();
    let words = words::of(lang);
    let machines = machines::by_ids(db, all.iter().map(|visit| &visit.machine_id)).await?;
    let names = visits::technicians(db, all).await?;
    let mut rows = Vec::new();
    for visit in all {
        let machine = machines
            .get(&visit.machine_id)
            .map(|machine| machine.name_for(&visit.customer_id))
            .unwrap_or_default();
        let name = names.get(&visit.agent_id).map(String::as_str).unwrap_or_default();
        rows.push(html! {
            li.eq-row {
                a.eq-main href=(::equipment::card::visit_path(&visit.id)) {
                    span.eq-glyph { (icon(Icon::Visit)) }
                    span.eq-words { strong { (words::window(visit.starts_at, visit.ends_at, portal.billing.zone.now(), lang)) } span.muted { (machine) " · " (name) } }
                }
                (badge(visit_tone(visit.state), words.visit_state(visit.state)))
            }
        });
    }
    Ok(rows)
}

async fn open(portal: &Portal, reader: &Reader, headers: &HeaderMap, id: &str) -> Result<(Client, Visit), Failed> {
    let here = ::equipment::card::visit_path(&VisitId::from(routes::escape(id)));
    let client = Client::open(portal, reader, headers, &here).await?;
    let visit = visits::for_contact(portal.store.db(), &client.contact.id, &VisitId::from(id)).await?;
    Ok((client, visit))
}

/// GET `/portal/visits/{id}`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, visit) = open(&portal, &reader, &headers, &id).await?;
    let (db, lang, ctx) = (portal.store.db(), reader.lang, portal.ctx(reader.lang));
    let words = words::of(lang);
    let machine = machines::load(db, &visit.machine_id).await?;
    let name = visits::technician(db, &visit.agent_id).await?;
    let site = match &visit.site_id {
        Some(id) => Some(sites::load(db, id).await?),
        None => None,
    };
    // The ticket opens for whoever asked.
    let ticket = match &visit.request_id {
        Some(id) => match requests::load(db, id).await?.ticket_id {
            Some(id) => conversation::access::ticket(db, &client.actor, &id).await.ok(),
            None => None,
        },
        None => None,
    };
    let here = ::equipment::card::visit_path(&visit.id);
    let steps = [
        VisitState::Planned,
        VisitState::OnWay,
        VisitState::There,
        VisitState::Done,
    ];
    let at = steps.iter().position(|state| *state == visit.state);
    let body = html! {
        p { a.back href=(routes::VISITS) { (icon(Icon::Back)) (ctx.t("eq-visits")) } }
        div #live-visit data-live {
            p.ticket-meta { (badge(visit_tone(visit.state), words.visit_state(visit.state))) }
            h1 { (words::window(visit.starts_at, visit.ends_at, portal.billing.zone.now(), lang)) }
            @if let Some(at) = at {
                ol.eq-steps aria-label=(ctx.t("eq-progress")) {
                    @for (index, state) in steps.iter().enumerate() { li class=[(index <= at).then_some("is-past")] aria-current=[(index == at).then_some("step")] { (words.visit_state(*state)) } }
                }
            }
            dl.eq-facts {
                div { dt { (words.technician) } dd { (name) } }
                div { dt { (words.machine) } dd { @if machine.customer_id == visit.customer_id { a href=(::equipment::card::machine_path(&machine.id)) { (machine.name()) } } @else { (machine.model) } " " span.mono.muted { (machine.serial) } } }
                @if let Some(site) = &site { div { dt { (words.site) } dd.pre { (site.name) "\n" (site.address) } } }
                @if !visit.purpose.is_empty() { div { dt { (ctx.t("eq-purpose")) } dd.pre { (visit.purpose) } } }
                @if !visit.work.is_empty() { div { dt { (words.work) } dd.pre { (visit.work) } } }
                @if !visit.parts().is_empty() { div { dt { (words.parts) } dd { @for part in visit.parts() { div { (part.quantity) " × " (part.name) } } } } }
                @if let Some(at) = visit.done_at { div { dt { (words.signed) } dd { (visit.signed_by) " · " (i18n::date_time(lang, at, portal.billing.zone.now())) @if !visit.signature.is_empty() { (signature(&visit)) } } } }
            }
        }
        div.eq-actions {
            @if visit.report_sha256.is_some() { a.button.primary href={ (here) "/report" } { (icon(Icon::Download)) span { (words.report) " (PDF)" } } }
            @if let Some(ticket) = &ticket { a.button href=(routes::path(routes::TICKET, ticket.id.as_str())) { (icon(Icon::Ticket)) span { (conversation::tickets::number_text(ticket.number)) } } }
        }
    };
    let frame = client.frame(&portal, PART, &here, None).await?;
    Ok(page(StatusCode::OK, framed(&ctx, &frame, words.visit, None, &body)))
}

/// The signature, as it was drawn.
pub fn signature(visit: &Visit) -> Markup {
    let path: String = visit
        .strokes()
        .iter()
        .filter_map(|stroke| {
            let ((x, y), rest) = stroke.split_first()?;
            let lines: String = rest.iter().map(|(x, y)| format!("L{x} {y}")).collect();
            // A point is a line of no length, which a round pen shows as a dot.
            Some(format!(
                "M{x} {y}{}",
                if lines.is_empty() { format!("L{x} {y}") } else { lines }
            ))
        })
        .collect();
    html! { svg.eq-signature viewBox="0 0 1000 400" role="img" aria-label=(visit.signed_by) { path d=(path) {} } }
}

/// GET `/portal/visits/{id}/report`.
pub(super) async fn report(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, visit) = open(&portal, &reader, &headers, &id).await?;
    let Some(sha256) = &visit.report_sha256 else {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    };
    let bytes = portal.store.blobs().get(sha256).await?;
    let name = format!("{}.pdf", words::of(reader.lang).report_file);
    links::note(
        &portal.store,
        &client.contact.id,
        "downloaded",
        &name,
        &client.address,
        &client.agent,
    )
    .await?;
    Ok(pdf_response(&name, bytes.to_vec()))
}
