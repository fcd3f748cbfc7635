//! The list of machines, and one machine.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use billing::day;
use billing::{CustomerId, customers, settings as business};
use conversation::Error;
use conversation::access::{self, Permission};
use conversation::types::ConversationId;
use equipment::counters::Counter;
use equipment::machines::{self, Filter, Machine};
use equipment::{
    CounterKind, MachineId, SiteId, Status, contracts, counters, labels, moves, readings, requests, sites, visits,
    words,
};
use maud::{Markup, html};
use portal::client::pdf_response;
use portal::equipment::{number, tone, visit_tone};
use serde::Deserialize;
use ui::components::{Tone, badge, empty, form};
use ui::icons::{Icon, icon};
use ui::routes;
use ui::{Ctx, i18n};

use super::frame::{Part, frame};
use super::plan::plan_form;
use super::refused::{Of, Refused};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Posted, PostedFiles};
use crate::auth::{SignedIn, see_other};
use crate::people::agents;

const SHOWN: usize = 50;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    q: String,
    #[serde(default)]
    customer: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    contract: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    after: String,
}

impl Choice {
    pub(super) fn filter(&self) -> Filter {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Filter {
            customers: some(&self.customer).map(|id| vec![CustomerId::from(id)]),
            site: some(&self.site).map(SiteId::from),
            contract: some(&self.contract).map(Into::into),
            status: self.status.parse().ok(),
            is_here: self.status.is_empty(),
            search: self.q.chars().take(100).collect(),
        }
    }

    /// What narrows the list, for an address.
    pub(super) fn query(&self) -> String {
        format!(
            "q={}&customer={}&site={}&contract={}&status={}",
            routes::escape(&self.q),
            routes::escape(&self.customer),
            routes::escape(&self.site),
            routes::escape(&self.contract),
            routes::escape(&self.status)
        )
    }
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let after = Some(choice.after.as_str())
        .filter(|id| !id.is_empty())
        .map(MachineId::from);
    let mut found = machines::list(db, &choice.filter(), after.as_ref(), 51).await?;
    let has_more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let (owners, places) = names(&app, &found).await?;
    let said = words::of(lang);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| format!("{}?{}&after={}", routes::EQUIPMENT, choice.query(), last.id));
    let body = html! {
        div.list-head {
            form.filters method="get" action=(routes::EQUIPMENT) role="search" data-filter=(ctx.t("filters-renewed")) {
                input.input type="search" name="q" value=(choice.q) placeholder=(ctx.t("eq-search-all")) aria-label=(ctx.t("eq-search-all"));
                select.input name="status" aria-label=(said.status) {
                    option value="" { (ctx.t("eq-not-retired")) }
                    @for status in Status::ALL { option value=(status) selected[choice.status == status.as_str()] { (said.state(*status)) } }
                }
                @for (name, value) in [("customer", &choice.customer), ("site", &choice.site), ("contract", &choice.contract)] { @if !value.is_empty() { input type="hidden" name=(name) value=(value); } }
                button.button type="submit" { (ctx.t("client-filter")) }
                @if !choice.customer.is_empty() || !choice.site.is_empty() || !choice.contract.is_empty() { a.button.ghost href=(routes::EQUIPMENT) { (ctx.t("eq-show-all")) } }
            }
            div.settings-actions {
                @if me.can(Permission::Bill) { a.button.primary href="/equipment/machines/new" { (icon(Icon::Plus)) span { (said.machine) } } }
                @if !found.is_empty() {
                    a.button href={ "/equipment/labels?" (choice.query()) } { (icon(Icon::Download)) span { (ctx.t("eq-labels")) } }
                    a.button.ghost href={ "/equipment/export?" (choice.query()) } download { (icon(Icon::Download)) span { (ctx.t("audit-export")) } }
                }
            }
        }
        @if found.is_empty() { (empty(Icon::Machine, &ctx.t("eq-no-machines"), &ctx.t("eq-add-machines-hint"))) }
        @else { ul.eq-list { @for machine in &found {
            li.eq-row {
                a.eq-main href={ "/equipment/machines/" (machine.id) } {
                    span.eq-glyph { @if machine.photo_sha256.is_some() { img src={ "/equipment/machines/" (machine.id) "/photo" } alt="" width="44" height="44" loading="lazy"; } @else { (icon(Icon::Machine)) } }
                    span.eq-words {
                        strong { (machine.name()) }
                        span.muted { (owners.get(&machine.customer_id).map(String::as_str).unwrap_or_default()) @if let Some(site) = machine.site_id.as_ref().and_then(|id| places.get(id)) { " · " (site) } " · " (machine.serial) }
                    }
                }
                (badge(tone(machine.status), said.state(machine.status)))
            }
        } } }
        @if let Some(next) = next { p { a.button.ghost href=(next) { (ctx.t("client-more")) } } }
    };
    Ok(frame(&me, Part::Machines, &ctx.t("eq-machines"), None, &body))
}

/// The names of the customers and of the sites of machines.
pub(super) async fn names(
    app: &App,
    all: &[Machine],
) -> conversation::Result<(HashMap<CustomerId, String>, HashMap<SiteId, String>)> {
    let db = app.store.db();
    let owners = customers::names(db, all.iter().map(|machine| &machine.customer_id)).await?;
    let sites = sites::by_ids(db, all.iter().filter_map(|machine| machine.site_id.as_ref())).await?;
    let places = sites.into_iter().map(|(id, site)| (id, site.name)).collect();
    Ok((owners, places))
}

/// A sheet of labels for the machines of a list.
pub(super) async fn labels(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let most = i64::try_from(labels::MOST).unwrap_or(i64::MAX);
    let found = match choice.q.strip_prefix("id:") {
        Some(id) => vec![machines::load(app.store.db(), &MachineId::from(id)).await?],
        None => machines::list(app.store.db(), &choice.filter(), None, most).await?,
    };
    if found.is_empty() {
        return Ok(no_labels(&me));
    }
    let own = business::business(app.store.db(), &app.store).await?;
    let bytes = labels::sheet(app.public_url(), app.billing.business_name(&own), own.language, found).await?;
    Ok(pdf_response("labels.pdf", bytes))
}

/// There is nothing to print a label for.
fn no_labels(me: &SignedIn) -> Response {
    let ctx = me.ctx();
    let body = html! {
        (empty(Icon::Machine, &ctx.t("eq-no-machines"), &ctx.t("eq-no-labels-hint")))
        p { a.button href=(routes::EQUIPMENT) { (ctx.t("eq-machines")) } }
    };
    let mut page = frame(me, Part::Machines, &ctx.t("eq-labels"), None, &body);
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

/// The machine of a label that an agent followed.
pub(super) async fn by_code(
    State(app): State<App>,
    me: SignedIn,
    Path(code): Path<String>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let machine = machines::by_code(app.store.db(), &code).await?.ok_or(Error::NotFound)?;
    Ok(see_other(&format!("/equipment/machines/{}", machine.id)))
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    said: String,
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let key = match said.said.as_str() {
        "reading" => Some("eq-said-reading"),
        "planned" => Some("eq-said-planned"),
        "saved" => Some("settings-saved"),
        "wished" => Some("eq-said-wished"),
        "moved" => Some("eq-said-moved"),
        _ => None,
    };
    let drawn = Drawn {
        said: key.map(|key| (Tone::Good, i18n::t(me.lang, key).into_owned())),
        ..Drawn::default()
    };
    draw(&app, &me, &MachineId::from(id), drawn).await
}

/// What the page of a machine shows of what was just done there.
#[derive(Default)]
pub(super) struct Drawn<'a> {
    /// What happened.
    pub(super) said: Option<(Tone, String)>,
    /// A reading that is to be confirmed, drawn by `readings`.
    pub(super) asks: Option<Markup>,
    /// A form that comes back.
    pub(super) refused: Option<Refused<'a>>,
}

impl Drawn<'_> {
    fn refused(&self, of: Of) -> Option<&Refused<'_>> {
        self.refused.as_ref().filter(|refused| refused.of == of)
    }

    /// Whether what was sent is not done.
    const fn is_back(&self) -> bool {
        self.asks.is_some() || self.refused.is_some()
    }
}

/// The page of a machine.
pub(super) async fn draw(app: &App, me: &SignedIn, id: &MachineId, drawn: Drawn<'_>) -> Result<Response, Failure> {
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let machine = machines::load(db, id).await?;
    let owner = customers::load(db, &machine.customer_id).await?;
    let site = match &machine.site_id {
        Some(id) => Some(sites::load(db, id).await?),
        None => None,
    };
    let contract = match &machine.contract_id {
        Some(id) => Some(contracts::load(db, id).await?),
        None => None,
    };
    let own = counters::of_machine(db, id).await?;
    let past = readings::of_machine(db, id, 40).await?;
    let said_words = words::of(lang);
    let here = format!("/equipment/machines/{id}");
    let body = html! {
        p.ticket-meta {
            (badge(tone(machine.status), said_words.state(machine.status)))
            a href={ "/billing/customers/" (owner.id) } { (icon(Icon::Company)) " " (owner.name) }
            @if let Some(site) = &site { a href={ "/equipment/sites/" (site.id) } { (icon(Icon::Pin)) " " (site.name) } }
            @if let Some(contract) = &contract { a href={ "/equipment/contracts/" (contract.id) } { (icon(Icon::Contract)) " " (contract.number) } }
            span.mono { (machine.serial) } span.mono.muted { (machine.printed_code()) }
        }
        div.settings-actions {
            @if me.can(Permission::Bill) { a.button href={ (here) "/edit" } { (icon(Icon::Note)) span { (ctx.t("eq-edit")) } } a.button href={ (here) "/move" } { (icon(Icon::Forward)) span { (ctx.t("eq-move")) } } }
            a.button href={ "/equipment/labels?q=id:" (id) } { (icon(Icon::Download)) span { (ctx.t("eq-label")) } }
            @if me.can(Permission::Bill) { form.inline method="post" action={ (here) "/wish" } { (form::csrf(&ctx)) button.button type="submit" { (icon(Icon::Gauge)) span { (ctx.t("eq-ask-reading")) } } } }
        }
        @if machine.photo_sha256.is_some() { img.eq-photo src={ (here) "/photo" } alt=(machine.name()); }
        @if let Some(asks) = &drawn.asks { (asks) }
        h2 { (said_words.counter_values) }
        dl.eq-numbers { @for counter in &own { div { dt { (said_words.counter(counter.kind)) } dd { (number(counter.last_value, lang)) } dd.muted.small { (words::day(&counter.last_on, lang)) @if let Some(month) = counter.expected(30) { " · " (i18n::t_args(lang, "eq-pace", &[("copies", number(month, lang).into())])) } } } } }
        @if me.can(Permission::Bill) {
            @if !own.is_empty() && drawn.asks.is_none() { (reading_form(app, &ctx, &here, &own, drawn.refused(Of::Reading))) }
            (counter_form(app, &ctx, &here, drawn.refused(Of::Counter)))
        }
        @if !past.is_empty() {
            details.group open[past.iter().any(|one| one.doubt.is_some() && !one.is_void)] { summary { (ctx.t("eq-readings")) }
                (super::readings::table(me, &own, &past)) }
        }
        (consumables(&ctx, &machine))
        (history(app, me, &machine).await?)
        (stays(app, &ctx, id).await?)
        @if me.can(Permission::Bill) {
            (visit_form(app, me, &machine, drawn.refused(Of::Visit)).await?)
            form.settings-actions method="post" action={ (here) "/photo" } enctype="multipart/form-data" { (form::csrf(&ctx))
                input.input.file-input type="file" name="file" accept="image/png,image/jpeg" required aria-label=(ctx.t("eq-photo")); button.button type="submit" { (ctx.t("eq-set-photo")) } }
        }
        @if !machine.notes.is_empty() { h2 { (ctx.t("eq-notes")) } p.pre { (machine.notes) } }
    };
    let said = drawn.said.as_ref().map(|(tone, words)| (*tone, words.as_str()));
    let mut page = frame(me, Part::Machines, &machine.name(), said, &body);
    if drawn.is_back() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// What plans a visit; nobody visits a machine that is retired.
async fn visit_form(
    app: &App,
    me: &SignedIn,
    machine: &Machine,
    refused: Option<&Refused<'_>>,
) -> conversation::Result<Markup> {
    if machine.status == Status::Retired && refused.is_none() {
        return Ok(html! {});
    }
    let request = refused.map(|one| one.form.get("request")).filter(|id| !id.is_empty());
    let everybody = agents::list(app.store.db()).await?;
    Ok(plan_form(app, me, machine, request, &everybody, refused))
}

fn reading_form(app: &App, ctx: &Ctx<'_>, here: &str, own: &[Counter], refused: Option<&Refused<'_>>) -> Markup {
    let said = words::of(ctx.lang);
    let value = |name: &str, otherwise: &str| Refused::value(refused, name, otherwise);
    let today = app.equipment.today().to_string();
    let chosen = value("counter", "");
    html! {
        form.group.settings-form method="post" action={ (here) "/readings" } { (form::csrf(ctx))
            (Refused::why(refused))
            div.row-fields {
                label { (ctx.t("eq-counter")) " " select.input name="counter" { @for counter in own { option value=(counter.id) selected[counter.id.as_str() == chosen] { (said.counter(counter.kind)) } } } }
                label { (ctx.t("eq-value")) " " input.input name="value" inputmode="numeric" required maxlength="20" value=(value("value", "")) autofocus[refused.is_some()]; }
                label { (ctx.t("eq-read-on")) " " input.input type="date" name="on" value=(value("on", &today)) required; }
            }
            div.settings-actions { button.button.primary type="submit" { (ctx.t("eq-enter-reading")) } }
        }
    }
}

fn counter_form(app: &App, ctx: &Ctx<'_>, here: &str, refused: Option<&Refused<'_>>) -> Markup {
    let said = words::of(ctx.lang);
    let value = |name: &str, otherwise: &str| Refused::value(refused, name, otherwise);
    let today = app.equipment.today().to_string();
    let chosen = value("kind", "");
    html! {
        details.group open[refused.is_some()] { summary { (ctx.t("eq-add-counter")) }
            form.settings-form method="post" action={ (here) "/counters" } { (form::csrf(ctx))
                (Refused::why(refused))
                div.row-fields {
                    label { (ctx.t("eq-counter")) " " select.input name="kind" { @for kind in CounterKind::ALL { option value=(kind) selected[kind.as_str() == chosen] { (said.counter(*kind)) } } } }
                    label { (ctx.t("eq-start-value")) " " input.input name="value" inputmode="numeric" value=(value("value", "0")) required autofocus[refused.is_some()]; }
                    label { (ctx.t("eq-digits")) " " input.input name="digits" inputmode="numeric" value=(value("digits", "7")) required; }
                    label { (ctx.t("eq-since")) " " input.input type="date" name="on" value=(value("on", &today)) required; }
                }
                div.settings-actions { button.button type="submit" { (ctx.t("eq-add-counter")) } }
            }
        }
    }
}

/// What of toner and the like is left, in percent.
fn consumables(ctx: &Ctx<'_>, machine: &Machine) -> Markup {
    let all = machine.consumables();
    html! {
        @if !all.is_empty() {
            h2 { (ctx.t("eq-consumables")) }
            ul.eq-levels { @for one in all { li { span { (one.name) " " span.muted.mono { (one.part) } } @if let Some(level) = one.level { meter min="0" max="100" low="20" value=(level) { (i18n::percent(ctx.lang, &level.to_string())) } span.muted { (i18n::percent(ctx.lang, &level.to_string())) } } } } }
        }
    }
}

/// With whom it was before.
async fn stays(app: &App, ctx: &Ctx<'_>, id: &MachineId) -> conversation::Result<Markup> {
    let all = moves::of_machine(app.store.db(), id).await?;
    let names = customers::names(app.store.db(), all.iter().map(|stay| &stay.customer_id)).await?;
    Ok(html! { @if !all.is_empty() {
        h2 { (ctx.t("eq-stays")) }
        ul.people { @for stay in &all { li.person {
            @let name = names.get(&stay.customer_id).map_or("", String::as_str);
            a.inbox-name href={ "/billing/customers/" (stay.customer_id) } { (i18n::t_args(ctx.lang, "eq-stay", &[("customer", name.into()), ("day", words::day(&stay.until_on, ctx.lang).into())])) }
        } } }
    } })
}

/// Requests and visits, the newest first.
async fn history(app: &App, me: &SignedIn, machine: &Machine) -> conversation::Result<Markup> {
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let said = words::of(lang);
    let mut rows: Vec<(i64, Markup)> = Vec::new();
    let all = visits::of_machine(db, &machine.id, 20).await?;
    let names = visits::technicians(db, &all).await?;
    for visit in all {
        let name = names.get(&visit.agent_id).map_or("", String::as_str);
        rows.push((
            visit.starts_at,
            html! { li.person {
                span.muted { (words::window(visit.starts_at, visit.ends_at, app.tz(), lang)) }
                a.inbox-name href={ "/visits/" (visit.id) } { (said.visit) " · " (name) }
                (badge(visit_tone(visit.state), said.visit_state(visit.state)))
            } },
        ));
    }
    let asked = requests::of_machine(db, &machine.id, None, 20).await?;
    let places: Vec<ConversationId> = asked.iter().map(|one| one.conversation_id.clone()).collect();
    let seen = access::seen_among(db, &me.actor(), &places).await?;
    for request in asked.iter().filter(|one| seen.contains(&one.conversation_id)) {
        rows.push((request.created_at, html! { li.person {
            span.muted { (i18n::date_time(lang, request.created_at, &me.tz)) }
            a.inbox-name href=(routes::path(routes::CONVERSATION, request.conversation_id.as_str())) { (said.request(request.kind)) }
            @if !request.is_known { (badge(Tone::Warn, &ctx.t("eq-stranger"))) }
        } }));
    }
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(
        html! { h2 { (ctx.t("eq-service-history")) } @if rows.is_empty() { p.muted { (ctx.t("eq-no-history")) } } ul.people { @for (_, row) in &rows { (row) } } },
    )
}

pub(super) async fn photo(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let machine = machines::load(app.store.db(), &MachineId::from(id)).await?;
    let (Some(sha256), Some(kind)) = (&machine.photo_sha256, &machine.photo_type) else {
        return Err(Error::NotFound.into());
    };
    let bytes = app.store.blobs().get(sha256).await?;
    Ok(portal::files::picture(kind, bytes))
}

pub(super) async fn set_photo(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Bill)?;
    let id = MachineId::from(id);
    let Some(file) = posted.files.first() else {
        return Err(Error::Invalid(i18n::t(posted.me.lang, "eq-photo-kind").into_owned()).into());
    };
    let kind = match file.bytes.get(..3) {
        Some(b"\xff\xd8\xff") => "image/jpeg",
        Some(b"\x89PN") => "image/png",
        _ => return Err(Error::Invalid(i18n::t(posted.me.lang, "eq-photo-kind").into_owned()).into()),
    };
    let blob = app.store.put_blob(&file.bytes).await?;
    let mut tx = app.store.begin().await?;
    machines::set_photo_in(&mut tx, &posted.me.actor(), &id, kind, &blob).await?;
    tx.commit().await?;
    Ok(see_other(&format!("/equipment/machines/{id}")))
}

pub(super) async fn add_counter(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = MachineId::from(id);
    let added = async {
        let count = |name: &str| {
            let digits: String = form.get(name).chars().filter(char::is_ascii_digit).collect();
            digits
                .parse::<i64>()
                .map_err(|_| Error::Invalid(format!("{name}: a whole number")))
        };
        let (kind, on) = (form.get("kind").parse()?, day::parse(form.get("on"))?);
        let mut tx = app.store.begin().await?;
        counters::add_in(&mut tx, &me.actor(), &id, kind, count("digits")?, count("value")?, on).await?;
        tx.commit().await
    };
    match added.await {
        Ok(_) => Ok(see_other(&format!("/equipment/machines/{id}"))),
        Err(error) => {
            let drawn = Drawn {
                refused: Some(Refused::by(Of::Counter, me.lang, &form, error)?),
                ..Drawn::default()
            };
            draw(&app, &me, &id, drawn).await
        }
    }
}
