//! Contracts: conditions, files, what is included, what was used, and how each invoice came to its sum.

use ::equipment::contracts::{self, Contract};
use ::equipment::{ContractId, periods, usage, words};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use ui::Ctx;
use ui::client_pages::framed;
use ui::components::meter::meter;
use ui::components::{Tone, badge, empty};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::{PART, Tab, number, tabs};
use crate::client::Client;
use crate::request::{Failed, Page, Reader, page};
use crate::{Portal, files, links};

/// GET `/portal/contracts`.
pub(super) async fn list(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::CONTRACTS).await?;
    let (lang, ctx) = (reader.lang, portal.ctx(reader.lang));
    let all = contracts::of_customers(portal.store.db(), &client.customers).await?;
    let body = html! {
        h1 { (ctx.t("eq-contracts")) }
        (tabs(&ctx, Tab::Contracts))
        @if all.is_empty() { (empty(Icon::Contract, &ctx.t("eq-no-contracts"), "")) }
        @else { ul.eq-list { @for one in &all {
            li.eq-row {
                a.eq-main href={ (routes::CONTRACTS) "/" (one.id) } {
                    span.eq-glyph { (icon(Icon::Contract)) }
                    span.eq-words { strong { (one.number) " " (one.title) } span.muted { (span_of(one, lang)) } }
                }
                (state(&ctx, one))
            }
        } } }
    };
    let frame = client.frame(&portal, PART, routes::CONTRACTS, None).await?;
    Ok(page(
        StatusCode::OK,
        framed(&ctx, &frame, &ctx.t("eq-contracts"), None, &body),
    ))
}

/// Since when and until when.
pub fn span_of(contract: &Contract, lang: conversation::types::Language) -> String {
    let from = words::day(&contract.starts_on, lang);
    match &contract.ends_on {
        Some(end) => format!("{from} – {}", words::day(end, lang)),
        None => format!("{from} –"),
    }
}

fn state(ctx: &Ctx<'_>, contract: &Contract) -> Markup {
    if contract.is_active {
        badge(Tone::Good, &ctx.t("eq-contract-active"))
    } else {
        badge(Tone::Neutral, &ctx.t("eq-contract-over"))
    }
}

/// What the running period comes to so far, drawn; for the customer and for the business.
pub async fn consumption(
    ctx: &Ctx<'_>,
    equipment: &::equipment::Equipment,
    contract: &Contract,
) -> conversation::Result<Markup> {
    let lang = ctx.lang;
    let words = words::of(lang);
    let pots = periods::running(equipment, contract).await?;
    let (first, last) = contract.period(contract.closed)?;
    let sums = usage::by_counter(&pots);
    Ok(html! {
        p.muted { (words::day(&first.to_string(), lang)) " – " (words::day(&last.to_string(), lang)) }
        @if sums.is_empty() { p.muted { (ctx.t("eq-nothing-counted")) } }
        div.eq-meters {
            @for (counter, used, included, excess) in &sums {
                (meter(words.counter(*counter), *used, *included, &i18n::t_args(lang, "eq-used-of", &[("used", number(*used, lang).into()), ("included", number(*included, lang).into())]),
                    (*excess > 0).then(|| i18n::t_args(lang, "eq-excess", &[("excess", number(*excess, lang).into())])).as_deref()))
            }
        }
        @if !pots.is_empty() { details.eq-sum { summary { (ctx.t("eq-how-counted")) } p.pre { (periods::notes(&pots, lang)) } } }
    })
}

/// What is included and what more costs.
pub fn rates(ctx: &Ctx<'_>, contract: &Contract, all: &[usage::Rate]) -> Markup {
    let lang = ctx.lang;
    let words = words::of(lang);
    html! {
        div.table-scroll { table.table {
            caption.visually-hidden { (ctx.t("eq-rates")) }
            thead { tr { th scope="col" { (ctx.t("eq-counter")) } th scope="col" { (ctx.t("eq-included")) } th scope="col" { (ctx.t("eq-price-per-thousand")) } } }
            tbody { @for rate in all { tr {
                th scope="row" { (words.counter(rate.counter)) }
                td { (number(rate.included, lang)) }
                td { @for band in &rate.bands { div { @match band.up_to { Some(up_to) => (i18n::t_args(lang, "eq-up-to", &[("copies", number(up_to, lang).into())])), None => (ctx.t("eq-beyond")) } ": " (contract.currency.format(band.per_thousand, lang)) } } }
            } } }
        } }
    }
}

async fn open(portal: &Portal, reader: &Reader, headers: &HeaderMap, id: &str) -> Result<(Client, Contract), Failed> {
    let here = format!("{}/{}", routes::CONTRACTS, routes::escape(id));
    let client = Client::open(portal, reader, headers, &here).await?;
    let contract = contracts::for_contact(portal.store.db(), &client.contact.id, &ContractId::from(id)).await?;
    Ok((client, contract))
}

/// GET `/portal/contracts/{id}`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, contract) = open(&portal, &reader, &headers, &id).await?;
    let (db, lang, ctx) = (portal.store.db(), reader.lang, portal.ctx(reader.lang));
    let here = format!("{}/{}", routes::CONTRACTS, contract.id);
    let all_rates = contracts::rates(db, &contract.id).await?;
    let closed = periods::of_contract(db, &contract.id, 24).await?;
    let own_files = contracts::files(db, &contract.id).await?;
    let next_end = ::equipment::renewals::next_end(&contract)?;
    let body = html! {
        p { a.back href=(routes::CONTRACTS) { (icon(Icon::Back)) (ctx.t("eq-contracts")) } }
        header { p.ticket-meta { (state(&ctx, &contract)) } h1 { (contract.number) " " (contract.title) }
            p.muted { (span_of(&contract, lang)) @if let Some(next) = &next_end { " · " (i18n::t_args(lang, "eq-renews-until", &[("day", words::day(next, lang).into())])) } } }
        @if contract.is_active {
            section aria-labelledby="now-title" {
                h2 #now-title { (ctx.t("eq-this-period")) }
                div #live-usage data-live { (consumption(&ctx, &portal.equipment, &contract).await?) }
            }
        }
        section aria-labelledby="rates-title" {
            h2 #rates-title { (ctx.t("eq-rates")) }
            p { @if contract.base_price > 0 { (i18n::t_args(lang, "eq-base-price", &[("amount", contract.currency.format(contract.base_price, lang).into()), ("months", contract.every.into())])) " " }
                (ctx.t(if contract.is_pooled { "eq-pooled" } else { "eq-each" })) }
            (rates(&ctx, &contract, &all_rates))
        }
        @if !contract.terms.is_empty() { section aria-labelledby="terms-title" { h2 #terms-title { (ctx.t("eq-terms")) } p.pre { (contract.terms) } } }
        @if !own_files.is_empty() { ul.paper-files { @for file in &own_files { li { a href={ (here) "/files/" (file.id) } { (icon(Icon::File)) (file.name) } } } } }
        @if !closed.is_empty() {
            section aria-labelledby="periods-title" {
                h2 #periods-title { (ctx.t("eq-past-periods")) }
                ul.history { @for period in &closed { li {
                    span.muted { (words::day(&period.starts_on, lang)) " – " (words::day(&period.ends_on, lang)) }
                    span.history-words { @if let Some(summed) = period.summed() { details.eq-sum { summary { (ctx.t("eq-how-counted")) } p.pre { (periods::notes(&summed.pots, lang)) } } } }
                    @if let Some(document) = &period.document_id { a href=(billing::card::path(document)) { (icon(Icon::Invoice)) " " (ctx.t("eq-invoice")) } }
                } } }
            }
        }
    };
    let frame = client.frame(&portal, PART, &here, None).await?;
    Ok(page(
        StatusCode::OK,
        framed(&ctx, &frame, &contract.number, None, &body),
    ))
}

/// GET `/portal/contracts/{id}/files/{file}`.
pub(super) async fn file(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path((id, file)): Path<(String, String)>,
) -> Page {
    let (client, contract) = open(&portal, &reader, &headers, &id).await?;
    let all = contracts::files(portal.store.db(), &contract.id).await?;
    let Some(file) = all.into_iter().find(|one| one.id == file) else {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    };
    let (contact, store) = (&client.contact.id, &portal.store);
    links::note(store, contact, "downloaded", &file.name, &client.address, &client.agent).await?;
    let bytes = portal.store.blobs().get(&file.sha256).await?;
    Ok(files::file_response(&file.name, &file.media_type, bytes))
}
