//! The inventory, and one machine.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ::equipment::counters::{self, Counter};
use ::equipment::machines::{self, Filter, Machine};
use ::equipment::sites::{self, Site};
use ::equipment::{MachineId, RequestKind, SiteId, readings, requests, visits, words};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::types::Language;
use conversation::{access, tickets};
use maud::{Markup, html};
use serde::Deserialize;
use ui::charts::{self, Chart, Series, Shape, Steps};
use ui::client_pages::framed;
use ui::components::{badge, empty};
use ui::icons::{Icon, icon};
use ui::routes;
use ui::{Ctx, i18n};

use super::{PART, Tab, number, tabs, tone, visit_tone};
use crate::Portal;
use crate::client::Client;
use crate::files;
use crate::request::{Failed, Page, Reader, page};

/// How many machines a page shows.
const SHOWN: usize = 50;
/// How many are asked for: one more says that there is another page.
const WANTED: i64 = 51;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    q: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    after: String,
}

/// GET `/portal/machines`.
pub(super) async fn list(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(choice): Query<Choice>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::MACHINES).await?;
    let (db, lang, ctx) = (portal.store.db(), reader.lang, portal.ctx(reader.lang));
    let own_sites = sites::of_customers(db, &client.customers).await?;
    let filter = Filter {
        customers: Some(client.customers.clone()),
        // A site that is not theirs finds nothing: the customers stand beside it.
        site: Some(choice.site.as_str()).filter(|id| !id.is_empty()).map(SiteId::from),
        is_here: true,
        search: choice.q.chars().take(100).collect(),
        ..Filter::default()
    };
    let after = match choice.after.as_str() {
        "" => None,
        id => Some(
            machines::for_contact(db, &client.contact.id, &MachineId::from(id))
                .await?
                .id,
        ),
    };
    let mut found = machines::list(db, &filter, after.as_ref(), WANTED).await?;
    let has_more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let ids: Vec<MachineId> = found.iter().map(|machine| machine.id.clone()).collect();
    let all_counters = counters::of_machines(db, &ids).await?;
    let names: HashMap<&str, &str> = own_sites
        .iter()
        .map(|site| (site.id.as_str(), site.name.as_str()))
        .collect();
    let next = found.last().filter(|_| has_more).map(|last| {
        format!(
            "{}?q={}&site={}&after={}",
            routes::MACHINES,
            routes::escape(&choice.q),
            routes::escape(&choice.site),
            last.id
        )
    });
    let body = html! {
        h1 { (ctx.t("eq-machines")) }
        (tabs(&ctx, Tab::Machines))
        (filters(&ctx, &choice, &own_sites))
        div #narrowed data-filtered { div #live-machines data-live {
            @if found.is_empty() { (empty(Icon::Machine, &ctx.t("eq-no-machines"), &ctx.t("eq-no-machines-hint"))) }
            @else {
                ul.eq-list {
                    @for machine in &found {
                        (row(machine, all_counters.iter().filter(|one| one.machine_id == machine.id), &names, lang))
                    }
                }
            }
        }
        @if let Some(next) = next { p { a.button.ghost href=(next) { (ctx.t("client-more")) } } } }
    };
    let frame = client.frame(&portal, PART, routes::MACHINES, None).await?;
    Ok(page(
        StatusCode::OK,
        framed(&ctx, &frame, &ctx.t("eq-machines"), None, &body),
    ))
}

/// Words and site, by which the list is narrowed.
fn filters(ctx: &Ctx<'_>, choice: &Choice, own_sites: &[Site]) -> Markup {
    html! {
        form.filters method="get" action=(routes::MACHINES) role="search" data-filter=(ctx.t("filters-renewed")) {
            label { span.visually-hidden { (ctx.t("eq-search")) } input.input type="search" name="q" value=(choice.q) placeholder=(ctx.t("eq-search")) maxlength="100"; }
            @if own_sites.len() > 1 {
                label { span.visually-hidden { (ctx.t("eq-site")) }
                    select.input name="site" { option value="" { (ctx.t("eq-all-sites")) } @for site in own_sites { option value=(site.id) selected[site.id.as_str() == choice.site] { (site.name) } } } }
            }
            button.button type="submit" { (ctx.t("client-filter")) }
        }
    }
}

/// A machine of the list; `sites` are names by id.
fn row<'a>(
    machine: &Machine,
    counters: impl Iterator<Item = &'a Counter>,
    sites: &HashMap<&str, &str>,
    lang: Language,
) -> Markup {
    let said = words::of(lang);
    html! {
        li.eq-row {
            a.eq-main href={ (routes::MACHINES) "/" (machine.id) } {
                span.eq-glyph { @if machine.photo_sha256.is_some() { img src={ (routes::MACHINES) "/" (machine.id) "/photo" } alt="" width="44" height="44" loading="lazy"; } @else { (icon(Icon::Machine)) } }
                span.eq-words {
                    strong { (machine.name()) }
                    span.muted { @if let Some(site) = machine.site_id.as_ref().and_then(|id| sites.get(id.as_str())) { (site) " · " } (machine.serial) }
                    span.eq-counts { @for counter in counters { span { (said.counter(counter.kind)) " " b { (number(counter.last_value, lang)) } } } }
                }
            }
            (badge(tone(machine.status), said.state(machine.status)))
        }
    }
}

/// Who reads and the machine, if they may see it.
pub(super) async fn open(
    portal: &Portal,
    reader: &Reader,
    headers: &HeaderMap,
    id: &str,
    here: &str,
) -> Result<(Client, Machine), Failed> {
    let client = Client::open(portal, reader, headers, here).await?;
    let machine = machines::for_contact(portal.store.db(), &client.contact.id, &MachineId::from(id)).await?;
    Ok((client, machine))
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    said: String,
}

/// GET `/portal/machines/{id}`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(said): Query<Said>,
) -> Page {
    let here = ::equipment::card::machine_path(&MachineId::from(id.as_str()));
    let (client, machine) = open(&portal, &reader, &headers, &id, &here).await?;
    let (lang, ctx) = (reader.lang, portal.ctx(reader.lang));
    let notice = super::readings::said(lang, &said.said);
    let db = portal.store.db();
    let words = words::of(lang);
    let site = match &machine.site_id {
        Some(id) => Some(sites::load(db, id).await?),
        None => None,
    };
    let contract = match &machine.contract_id {
        Some(id) => Some(::equipment::contracts::load(db, id).await?),
        None => None,
    };
    let own_counters = counters::of_machine(db, &machine.id).await?;
    let mut pictured = Vec::new();
    for counter in &own_counters {
        let newest = readings::of_counter(db, &counter.id, 1).await?;
        pictured.extend(
            newest
                .into_iter()
                .filter(|reading| reading.photo_sha256.is_some() && machine.is_of_now(&reading.taken_on)),
        );
    }
    let drawn = history(&portal, &machine, &own_counters, lang).await?;
    let consumables = machine.consumables();
    let body = html! {
        p { a.back href=(routes::MACHINES) { (icon(Icon::Back)) (ctx.t("eq-machines")) } }
        header.eq-head {
            div.eq-title #live-machine data-live {
                p.ticket-meta { (badge(tone(machine.status), words.state(machine.status))) span.mono.muted { (machine.serial) } }
                h1 { (machine.name()) }
                p.muted { @if let Some(site) = &site { (site.name) " · " (site.address.replace('\n', ", ")) } }
            }
            @if machine.photo_sha256.is_some() { img.eq-photo src={ (here) "/photo" } alt=(machine.name()); }
        }
        nav.eq-actions aria-label=(ctx.t("eq-actions")) {
            @for kind in [RequestKind::Service, RequestKind::Toner, RequestKind::Support] {
                a.button.primary[kind == RequestKind::Service] href={ (here) "/request?kind=" (kind) } { (words.request(kind)) }
            }
            a.button href={ (routes::READINGS) "?machine=" (machine.id) } { (icon(Icon::Gauge)) span { (ctx.t("eq-enter-reading")) } }
        }
        section aria-labelledby="counters-title" {
            h2 #counters-title { (words.counter_values) }
            div #live-counters data-live {
                dl.eq-numbers {
                    @for counter in &own_counters { div { dt { (words.counter(counter.kind)) } dd { (number(counter.last_value, lang)) } dd.muted.small { (words::day(&counter.last_on, lang)) @if let Some(one) = pictured.iter().find(|one| one.counter_id == counter.id) { " · " a href={ (routes::READINGS) "/" (one.id) "/photo" } { (ctx.t("eq-photo")) } } } } }
                }
                @if own_counters.is_empty() { p.muted { (ctx.t("eq-no-counters")) } }
            }
            @if let Some(drawn) = &drawn { (charts::chart(&ctx, drawn)) }
        }
        @if !consumables.is_empty() {
            section aria-labelledby="consumables-title" {
                h2 #consumables-title { (ctx.t("eq-consumables")) }
                ul.eq-levels {
                    @for one in &consumables {
                        li { span { (one.name) @if !one.part.is_empty() { span.muted.mono { " " (one.part) } } }
                            @if let Some(level) = one.level { meter min="0" max="100" low="20" value=(level) { (ui::i18n::percent(lang, &level.to_string())) } span.muted { (ui::i18n::percent(lang, &level.to_string())) } } }
                    }
                }
            }
        }
        @if let Some(contract) = &contract {
            section aria-labelledby="contract-title" {
                h2 #contract-title { (ctx.t("eq-contract")) }
                p { a href={ (routes::CONTRACTS) "/" (contract.id) } { (icon(Icon::Contract)) " " (contract.number) " " (contract.title) } }
            }
        }
        (past(&portal, &client, &machine, lang).await?)
    };
    let frame = client.frame(&portal, PART, &here, notice).await?;
    Ok(page(StatusCode::OK, framed(&ctx, &frame, &machine.name(), None, &body)))
}

/// How many months are drawn.
const MONTHS: usize = 24;

/// The copies of the last two years by month; none where there is only one month.
async fn history(
    portal: &Portal,
    machine: &Machine,
    own: &[counters::Counter],
    lang: Language,
) -> conversation::Result<Option<Chart>> {
    let (words, ctx) = (words::of(lang), portal.ctx(lang));
    let mut months = BTreeSet::new();
    let mut counted = Vec::new();
    for counter in own {
        let by_month: BTreeMap<String, i64> =
            readings::by_month(portal.store.db(), &counter.id, machine.moved_on.as_deref(), 400)
                .await?
                .into_iter()
                .collect();
        months.extend(by_month.keys().cloned());
        counted.push((words.counter(counter.kind), by_month));
    }
    if months.len() < 2 {
        return Ok(None);
    }
    let months: Vec<String> = months.into_iter().rev().take(MONTHS).rev().collect();
    #[expect(clippy::cast_precision_loss, reason = "copies of a month, to be drawn")]
    let value = |copies: &i64| *copies as f64;
    Ok(Some(Chart {
        id: "history",
        title: ctx.t("eq-history").into_owned(),
        description: String::new(),
        label: ctx.t("eq-month").into_owned(),
        labels: months.iter().map(|month| words::month(month, lang)).collect(),
        series: counted
            .into_iter()
            .map(|(name, by_month)| Series {
                name: name.to_owned(),
                values: months.iter().map(|month| by_month.get(month).map(value)).collect(),
            })
            .collect(),
        shape: Shape::Bars,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number that was made a fraction to be drawn"
        )]
        words: |lang, value| number(value as i64, lang),
        steps: Steps::Count,
        csv: None,
    }))
}

/// Service history: visits and requests, the newest first.
async fn past(portal: &Portal, client: &Client, machine: &Machine, lang: Language) -> conversation::Result<Markup> {
    let (db, ctx, words) = (portal.store.db(), portal.ctx(lang), words::of(lang));
    let mut rows: Vec<(i64, Markup)> = Vec::new();
    let mut all = visits::of_machine(db, &machine.id, 20).await?;
    // Who came to somebody else is theirs to know.
    all.retain(|visit| visit.customer_id == machine.customer_id);
    let names = visits::technicians(db, &all).await?;
    for visit in all {
        let name = names.get(&visit.agent_id).map_or("", String::as_str);
        rows.push((
            visit.starts_at,
            html! {
                li {
                    span.muted { (words::window(visit.starts_at, visit.ends_at, portal.billing.zone.now(), lang)) }
                    a.history-words href=(::equipment::card::visit_path(&visit.id)) { (words.visit) " · " (name) }
                    (badge(visit_tone(visit.state), words.visit_state(visit.state)))
                }
            },
        ));
    }
    for request in requests::of_machine(db, &machine.id, Some(&machine.customer_id), 20).await? {
        // The ticket opens for whoever asked; colleagues see that somebody did.
        let mine = match &request.ticket_id {
            Some(id) => access::ticket(db, &client.actor, id).await.ok(),
            None => None,
        };
        rows.push((request.created_at, html! {
            li {
                span.muted { (i18n::date(lang, request.created_at, portal.billing.zone.now())) }
                @match &mine {
                    Some(ticket) => { a.history-words href=(routes::path(routes::TICKET, ticket.id.as_str())) { (words.request(request.kind)) " · " (tickets::number_text(ticket.number)) } (ui::components::ticket_status_chip(lang, ticket.status)) },
                    None => span.history-words { (words.request(request.kind)) },
                }
            }
        }));
    }
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(html! {
        section aria-labelledby="past-title" {
            h2 #past-title { (ctx.t("eq-service-history")) }
            div #live-past data-live {
                @if rows.is_empty() { p.muted { (ctx.t("eq-no-history")) } }
                @else { ul.history { @for (_, row) in &rows { (row) } } }
            }
        }
    })
}

/// GET `/portal/machines/{id}/photo`.
pub(super) async fn photo(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let here = ::equipment::card::machine_path(&MachineId::from(id.as_str()));
    let (_, machine) = open(&portal, &reader, &headers, &id, &here).await?;
    let (Some(sha256), Some(kind)) = (&machine.photo_sha256, &machine.photo_type) else {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    };
    let bytes = portal.store.blobs().get(sha256).await?;
    Ok(files::picture(kind, bytes))
}
