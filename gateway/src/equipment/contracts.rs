//! Contracts: the list, one contract, its files.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use billing::customers;
use conversation::Error;
use conversation::access::Permission;
use equipment::{ContractId, contracts, periods, words};
use maud::html;
use portal::equipment::contracts::{consumption, rates, span_of};
use ui::components::{Tone, badge, empty, form};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::frame::{Part, frame};
use super::paged::{Paged, WANTED, cut};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::PostedFiles;
use crate::auth::{SignedIn, see_other};

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(paged): Query<Paged>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, db) = (me.ctx(), app.store.db());
    let mut found = contracts::list(db, paged.behind::<ContractId>().as_ref(), WANTED).await?;
    let more = cut(&me, &mut found, "/equipment/contracts", |one| one.id.as_str());
    let owners = customers::names(db, found.iter().map(|one| &one.customer_id)).await?;
    let body = html! {
        @if me.can(Permission::Bill) { div.settings-actions { a.button.primary href="/equipment/contracts/new" { (icon(Icon::Plus)) span { (ctx.t("eq-contract")) } } } }
        @if found.is_empty() { (empty(Icon::Contract, &ctx.t("eq-no-contracts"), "")) }
        @else { ul.eq-list { @for one in &found { li.eq-row {
            a.eq-main href={ "/equipment/contracts/" (one.id) } { span.eq-glyph { (icon(Icon::Contract)) } span.eq-words { strong { (one.number) " " (one.title) } span.muted { (owners.get(&one.customer_id).map_or("", String::as_str)) " · " (span_of(one, me.lang)) } } }
            @if one.is_active { (badge(Tone::Good, &ctx.t("eq-contract-active"))) } @else { (badge(Tone::Neutral, &ctx.t("eq-contract-over"))) }
        } } } }
        (more)
    };
    Ok(frame(&me, Part::Contracts, &ctx.t("eq-contracts"), None, &body))
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let contract = contracts::load(db, &ContractId::from(id)).await?;
    let owner = customers::load(db, &contract.customer_id).await?;
    let all_rates = contracts::rates(db, &contract.id).await?;
    let closed = periods::of_contract(db, &contract.id, 24).await?;
    let files = contracts::files(db, &contract.id).await?;
    let here = format!("/equipment/contracts/{}", contract.id);
    let body = html! {
        p.ticket-meta {
            @if contract.is_active { (badge(Tone::Good, &ctx.t("eq-contract-active"))) } @else { (badge(Tone::Neutral, &ctx.t("eq-contract-over"))) }
            a href={ "/billing/customers/" (owner.id) } { (icon(Icon::Company)) " " (owner.name) }
            a href={ (routes::EQUIPMENT) "?contract=" (contract.id) } { (icon(Icon::Machine)) " " (ctx.t("eq-machines")) }
            span.muted { (span_of(&contract, lang)) }
            @if let Some(next) = equipment::renewals::next_end(&contract)? { span.muted { (i18n::t_args(lang, "eq-renews-until", &[("day", words::day(&next, lang).into())])) } }
        }
        @if me.can(Permission::Bill) { div.settings-actions { a.button href={ (here) "/edit" } { (icon(Icon::Note)) span { (ctx.t("eq-edit")) } } } }
        @if contract.is_active { h2 { (ctx.t("eq-this-period")) } (consumption(&ctx, &app.equipment, &contract).await?)
            @if let Some(on) = &contract.close_on { p.muted { (i18n::t_args(lang, "eq-closes-on", &[("day", words::day(on, lang).into())])) } } }
        h2 { (ctx.t("eq-rates")) }
        p { @if contract.base_price > 0 { (i18n::t_args(lang, "eq-base-price", &[("amount", contract.currency.format(contract.base_price, lang).into()), ("months", contract.every.into())])) " " } (ctx.t(if contract.is_pooled { "eq-pooled" } else { "eq-each" })) }
        (rates(&ctx, &contract, &all_rates))
        @if !contract.terms.is_empty() { h2 { (ctx.t("eq-terms")) } p.pre { (contract.terms) } }
        h2 { (ctx.t("billing-files")) }
        ul.people { @for file in &files { li.person { a.inbox-name href={ (here) "/files/" (file.id) } { (file.name) } span.muted { (i18n::bytes(lang, file.size)) } } } }
        @if me.can(Permission::Bill) {
            form.settings-actions method="post" action={ (here) "/files" } enctype="multipart/form-data" { (form::csrf(&ctx)) input.input.file-input type="file" name="file" required aria-label=(ctx.t("billing-files")); button.button type="submit" { (ctx.t("billing-attach")) } }
        }
        @if !closed.is_empty() {
            h2 { (ctx.t("eq-past-periods")) }
            ul.people { @for period in &closed { li.person {
                span.muted { (words::day(&period.starts_on, lang)) " – " (words::day(&period.ends_on, lang)) }
                span.inbox-name { @if let Some(summed) = period.summed() { details.eq-sum { summary { (ctx.t("eq-how-counted")) } p.pre { (periods::notes(&summed.pots, lang)) } } } }
                @if let Some(document) = &period.document_id { a href={ "/billing/documents/" (document) } { (icon(Icon::Invoice)) " " (ctx.t("eq-invoice")) } }
            } } }
        }
    };
    let title = format!("{} {}", contract.number, contract.title);
    Ok(frame(&me, Part::Contracts, title.trim(), None, &body))
}

pub(super) async fn attach(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Bill)?;
    let id = ContractId::from(id);
    for file in &posted.files {
        let blob = app.store.put_blob(&file.bytes).await?;
        let mut tx = app.store.begin().await?;
        contracts::attach_in(&mut tx, &posted.me.actor(), &id, &file.name, &file.media_type, &blob).await?;
        tx.commit().await?;
    }
    Ok(see_other(&format!("/equipment/contracts/{id}")))
}

pub(super) async fn file(
    State(app): State<App>,
    me: SignedIn,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let all = contracts::files(app.store.db(), &ContractId::from(id)).await?;
    let file = all.into_iter().find(|one| one.id == file).ok_or(Error::NotFound)?;
    let bytes = app.store.blobs().get(&file.sha256).await?;
    let name = routes::escape(&file.name);
    Ok((
        [
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename*=UTF-8''{name}"),
            ),
        ],
        bytes,
    )
        .into_response())
}
