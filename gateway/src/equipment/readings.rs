//! Readings: those to look at, and handing one in.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::day;
use conversation::Error;
use conversation::access::Permission;
use equipment::counters::{self, Counter};
use equipment::readings::{self, Entered, NewReading, Reading};
use equipment::{CounterId, Doubt, MachineId, Meaning, ReadingId, Source, machines, wishes, words};
use maud::{Markup, html};
use portal::equipment::number;
use ui::components::{Tone, badge, empty, form};
use ui::i18n;
use ui::icons::Icon;

use super::frame::{Part, frame};
use super::machines::{self as pages, Drawn};
use super::paged::{Paged, WANTED, cut};
use super::refused::{Of, Refused};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

/// The key of the words for a doubt.
fn doubt_key(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Lower => "eq-doubt-lower",
        Doubt::Jump => "eq-doubt-jump",
    }
}

/// Readings of a machine, those taken back struck through.
pub(super) fn table(me: &SignedIn, own: &[Counter], past: &[Reading]) -> Markup {
    let (ctx, lang) = (me.ctx(), me.lang);
    let said = words::of(lang);
    let kind = |id: &CounterId| {
        own.iter()
            .find(|counter| counter.id == *id)
            .map(|counter| said.counter(counter.kind))
    };
    html! {
        div.table-scroll { table.table {
            thead { tr { th scope="col" { (said.day) } th scope="col" { (ctx.t("eq-counter")) } th scope="col" { (ctx.t("eq-value")) } th scope="col" { (ctx.t("eq-source")) } th scope="col" {} } }
            tbody { @for one in past { tr {
                td { (words::day(&one.taken_on, lang)) }
                td { (kind(&one.counter_id).unwrap_or_default()) }
                td { @if one.is_void { del { (number(one.value, lang)) } } @else { (number(one.value, lang)) } }
                td { (ctx.t(&format!("eq-source-{}", one.source))) @if one.photo_sha256.is_some() { " " a href={ "/equipment/readings/" (one.id) "/photo" } target="_blank" { (ctx.t("eq-photo")) } } @if let Some(doubt) = one.doubt { " " (badge(Tone::Warn, &ctx.t(doubt_key(doubt)))) } }
                td { @if !one.is_void && me.can(Permission::Bill) { form.inline method="post" action={ "/equipment/readings/" (one.id) "/void" } { (form::csrf(&ctx)) input type="hidden" name="machine" value=(one.machine_id); button.button.ghost type="submit" { (ctx.t("eq-take-back")) } } } }
            } } }
        } }
    }
}

/// Readings that were odd and were confirmed.
pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(paged): Query<Paged>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, lang, db) = (me.ctx(), me.lang, app.store.db());
    let mut found = readings::in_doubt(db, paged.behind::<ReadingId>().as_ref(), WANTED).await?;
    let more = cut(&me, &mut found, "/equipment/readings", |one| one.id.as_str());
    let machines = machines::by_ids(db, found.iter().map(|one| &one.machine_id)).await?;
    let ids: Vec<MachineId> = machines.keys().cloned().collect();
    let counters: HashMap<CounterId, _> = counters::of_machines(db, &ids)
        .await?
        .into_iter()
        .map(|counter| (counter.id.clone(), counter))
        .collect();
    let rows: Vec<_> = found
        .iter()
        .filter_map(|one| Some((one, machines.get(&one.machine_id)?, counters.get(&one.counter_id)?)))
        .collect();
    let said = words::of(lang);
    let body = html! {
        p.lead { (ctx.t("eq-doubts-lead")) }
        @if rows.is_empty() { (empty(Icon::Gauge, &ctx.t("eq-no-doubts"), "")) }
        @else { ul.eq-list { @for (one, machine, counter) in &rows { li.eq-row {
            a.eq-main href={ "/equipment/machines/" (machine.id) } { span.eq-glyph { (ui::icons::icon(Icon::Gauge)) }
                span.eq-words { strong { (machine.name()) " · " (said.counter(counter.kind)) ": " (number(one.value, lang)) } span.muted { (words::day(&one.taken_on, lang)) " · " (machine.serial) " · " (ctx.t(&format!("eq-source-{}", one.source))) } } }
            @if let Some(doubt) = one.doubt { (badge(Tone::Warn, &ctx.t(doubt_key(doubt)))) }
        } } } }
        (more)
    };
    Ok(frame(&me, Part::Readings, &ctx.t("eq-readings"), None, &body))
}

/// A number as people type it, with or without signs between its thousands.
pub(super) fn number_of(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | ',' | ' ')).collect();
    digits.parse().ok()
}

/// POST `counter`, `value`, `on`, and `meaning` once an odd number was asked back.
pub(super) async fn enter(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = MachineId::from(id);
    let counter = counters::load(app.store.db(), &CounterId::from(form.get("counter"))).await?;
    if counter.machine_id != id {
        return Err(Error::NotFound.into());
    }
    let Some(value) = number_of(form.get("value")) else {
        let words = i18n::t(me.lang, "eq-not-a-number").into_owned();
        return back(&app, &me, &id, Refused::because(Of::Reading, &form, words)).await;
    };
    match entered(&app, &me, &counter, value, &form).await {
        Ok(Entered::Stored(_)) => Ok(see_other(&format!("/equipment/machines/{id}?said=reading"))),
        Ok(Entered::Asks {
            doubt,
            before,
            before_on,
            ..
        }) => {
            let odd = Odd {
                value,
                doubt,
                before,
                before_on: &before_on,
            };
            let drawn = Drawn {
                asks: Some(asked_back(&me, &counter, &odd, form.get("on"))),
                ..Drawn::default()
            };
            pages::draw(&app, &me, &id, drawn).await
        }
        Err(error) => {
            let refused = Refused::by(Of::Reading, me.lang, &form, error)?;
            back(&app, &me, &id, refused).await
        }
    }
}

async fn back(app: &App, me: &SignedIn, id: &MachineId, refused: Refused<'_>) -> Result<Response, Failure> {
    let drawn = Drawn {
        refused: Some(refused),
        ..Drawn::default()
    };
    pages::draw(app, me, id, drawn).await
}

async fn entered(
    app: &App,
    me: &SignedIn,
    counter: &Counter,
    value: i64,
    form: &Form,
) -> conversation::Result<Entered> {
    let new = NewReading {
        counter: counter.id.clone(),
        value,
        on: day::parse(form.get("on"))?,
        source: Source::Agent,
        meaning: form.get("meaning").parse::<Meaning>().ok(),
        note: form.get("note").to_owned(),
    };
    let mut tx = app.store.begin().await?;
    let entered = readings::enter_in(&mut tx, &app.equipment, &me.actor(), new).await?;
    tx.commit_any().await?;
    Ok(entered)
}

/// A number that does not follow the one before.
struct Odd<'a> {
    value: i64,
    doubt: Doubt,
    before: i64,
    before_on: &'a str,
}

/// The question what an odd number means.
fn asked_back(me: &SignedIn, counter: &Counter, odd: &Odd<'_>, on: &str) -> Markup {
    let (ctx, machine) = (me.ctx(), &counter.machine_id);
    let key = match odd.doubt {
        Doubt::Lower => "eq-ask-lower",
        Doubt::Jump => "eq-ask-jump",
    };
    html! {
        form.group.settings-form.eq-reading.is-asked method="post" action={ "/equipment/machines/" (machine) "/readings" } { (form::csrf(&ctx))
            input type="hidden" name="counter" value=(counter.id); input type="hidden" name="value" value=(odd.value); input type="hidden" name="on" value=(on);
            p role="alert" { strong { (words::of(me.lang).counter(counter.kind)) ": " (number(odd.value, me.lang)) } " – " (i18n::t_args(me.lang, key, &[("before", number(odd.before, me.lang).into()), ("day", words::day(odd.before_on, me.lang).into())])) }
            div.checks { (portal::equipment::meanings(&ctx, odd.doubt, "meaning", true)) }
            div.settings-actions { button.button.primary type="submit" { (ctx.t("eq-confirm")) } a.button href={ "/equipment/machines/" (machine) } { (ctx.t("eq-do-not")) } }
        }
    }
}

/// GET `/equipment/readings/{id}/photo`.
pub(super) async fn photo(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let reading = readings::load(app.store.db(), &ReadingId::from(id)).await?;
    let (Some(sha256), Some(kind)) = (&reading.photo_sha256, &reading.photo_type) else {
        return Err(Error::NotFound.into());
    };
    let bytes = app.store.blobs().get(sha256).await?;
    Ok(portal::files::picture(kind, bytes))
}

pub(super) async fn void(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let mut tx = app.store.begin().await?;
    readings::void_in(&mut tx, &me.actor(), &ReadingId::from(id)).await?;
    tx.commit().await?;
    Ok(see_other(&format!(
        "/equipment/machines/{}?said=saved",
        ui::routes::escape(form.get("machine"))
    )))
}

/// Asks the customer for the readings of a machine, within a week; the reminder goes out with the next look.
pub(super) async fn wish(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    posted.me.must(Permission::Bill)?;
    let machine = machines::load(app.store.db(), &MachineId::from(id)).await?;
    let today = app.equipment.today();
    let early = equipment::settings::load(app.store.db())
        .await?
        .remind_days
        .into_iter()
        .max()
        .unwrap_or(3);
    let mut tx = app.store.begin().await?;
    wishes::wish_in(
        &mut tx,
        &machine,
        &day::plus(today, early).to_string(),
        &today.to_string(),
    )
    .await?;
    tx.commit_silently().await?;
    Ok(see_other(&format!("/equipment/machines/{}?said=wished", machine.id)))
}
