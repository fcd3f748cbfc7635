//! Readings handed in by hand: all counters that are wanted, or those of one machine. An odd number is asked
//! back on the same page; nothing is refused.

use ::equipment::counters::{self, Counter};
use ::equipment::machines::{self, Machine};
use ::equipment::readings::{self, Entered, NewReading};
use ::equipment::{CounterId, Doubt, MachineId, Meaning, Source, wishes, words};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use billing::day;
use conversation::Tx;
use conversation::types::{Language, is_id};
use maud::{Markup, html};
use serde::Deserialize;
use ui::client_pages::framed;
use ui::components::{Tone, empty};
use ui::icons::{Icon, icon};
use ui::routes;
use ui::{Ctx, core_words, i18n};

use super::reading_photos::{self, Photo};
use super::{PART, Tab, number, tabs};
use crate::Portal;
use crate::client::Client;
use crate::form::trouble_text;
use crate::multipart::Posted;
use crate::request::{Failed, Page, Reader, page, see_other};
use crate::words as portal_words;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    machine: String,
    #[serde(default)]
    said: String,
}

/// A row of the form.
struct Row {
    machine: Machine,
    counter: Counter,
    due_on: Option<String>,
    /// What was typed.
    typed: String,
    asks: Option<(Doubt, i64, String)>,
    wrong: Option<String>,
    photo: Option<Photo>,
    is_no_photo: bool,
}

impl Row {
    /// Whether the page has to be sent once more for it.
    fn is_open(&self) -> bool {
        self.asks.is_some() || self.wrong.is_some() || self.is_no_photo
    }
}

async fn rows(portal: &Portal, client: &Client, machine: &str) -> conversation::Result<Vec<Row>> {
    let db = portal.store.db();
    let row = |machine: Machine, counter: Counter, due_on: Option<String>| Row {
        machine,
        counter,
        due_on,
        typed: String::new(),
        asks: None,
        wrong: None,
        photo: None,
        is_no_photo: false,
    };
    if !machine.is_empty() {
        let machine = machines::for_contact(db, &client.contact.id, &MachineId::from(machine)).await?;
        let all = counters::of_machine(db, &machine.id).await?;
        return Ok(all
            .into_iter()
            .map(|counter| row(machine.clone(), counter, None))
            .collect());
    }
    let open = wishes::open_of(db, &client.customers).await?;
    Ok(wishes::wanted(db, &open)
        .await?
        .into_iter()
        .map(|one| row(one.machine, one.counter, Some(one.due_on)))
        .collect())
}

/// GET `/portal/readings`; with `machine` the counters of that one.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Query(choice): Query<Choice>,
) -> Page {
    let here = match choice.machine.as_str() {
        "" => routes::READINGS.to_owned(),
        id => format!("{}?machine={}", routes::READINGS, routes::escape(id)),
    };
    let client = Client::open(&portal, &reader, &headers, &here).await?;
    let rows = rows(&portal, &client, &choice.machine).await?;
    let said = said(reader.lang, &choice.said);
    draw(&portal, &client, &choice.machine, &rows, said, None).await
}

/// What just happened, as the address says it.
pub(super) fn said(lang: Language, said: &str) -> Option<(Tone, String)> {
    let key = match said {
        "reading" => "eq-said-reading",
        "photo" => "eq-said-photo",
        _ => return None,
    };
    Some((Tone::Good, i18n::t(lang, key).into_owned()))
}

/// What a page that is shown once more keeps.
#[derive(Clone, Copy)]
struct Again<'a> {
    /// The day that was chosen.
    on: &'a str,
    /// Something else of what was sent was taken.
    has_stored: bool,
}

async fn draw(
    portal: &Portal,
    client: &Client,
    machine: &str,
    rows: &[Row],
    said: Option<(Tone, String)>,
    again: Option<Again<'_>>,
) -> Page {
    let (lang, ctx) = (client.lang, portal.ctx(client.lang));
    let words = words::of(lang);
    let asks = rows.iter().any(|row| row.asks.is_some());
    let once = portal.store.env().ulid();
    let today = portal.equipment.today().to_string();
    // The day that was chosen stays chosen.
    let on = again
        .map(|again| again.on)
        .filter(|on| day::parse(on).is_ok())
        .unwrap_or(&today);
    let look = match again {
        Some(again) if again.has_stored => "eq-readings-look",
        _ => "eq-readings-check",
    };
    let body = html! {
        h1 { (ctx.t("eq-readings")) }
        (tabs(&ctx, Tab::Readings))
        @if rows.is_empty() { (empty(Icon::Gauge, &ctx.t("eq-no-readings-wanted"), &ctx.t("eq-no-readings-hint")))
            p { a.button href=(routes::MACHINES) { (icon(Icon::Machine)) span { (ctx.t("eq-choose-machine")) } } } }
        @else {
            p.lead.flush { (ctx.t(if machine.is_empty() { "eq-readings-lead" } else { "eq-readings-one-lead" })) }
            @if rows.iter().any(Row::is_open) { p.form-summary role="alert" { (ctx.t(look)) } }
            form.eq-readings method="post" action=(routes::READINGS) enctype="multipart/form-data" data-once {
                input type="hidden" name="once" value=(once);
                input type="hidden" name="machine" value=(machine);
                @for row in rows {
                    @let id = format!("c-{}", row.counter.id);
                    fieldset.eq-reading.is-asked[row.is_open()] {
                        legend { (row.machine.name()) span.muted { " · " (row.machine.serial) } }
                        label for=(id) { (words.counter(row.counter.kind)) }
                        p.hint id={ (id) "-h" } { (i18n::t_args(lang, "eq-last-reading", &[("value", number(row.counter.last_value, lang).into()), ("day", words::day(&row.counter.last_on, lang).into())]))
                            @if let Some(due) = &row.due_on { " · " (i18n::t_args(lang, "eq-wanted-by", &[("day", words::day(due, lang).into())])) } }
                        input.input.eq-value id=(id) name={ "value-" (row.counter.id) } value=(row.typed) inputmode="numeric" autocomplete="off" maxlength="20" aria-describedby={ (id) "-h" } aria-invalid=[row.wrong.as_ref().map(|_| "true")];
                        @if let Some(wrong) = &row.wrong { p.error { (wrong) } }
                        @if let Some((doubt, before, on)) = &row.asks {
                            div.eq-asks role="group" aria-label=(ctx.t("eq-is-it-right")) {
                                p { (i18n::t_args(lang, match doubt { Doubt::Lower => "eq-ask-lower", Doubt::Jump => "eq-ask-jump" }, &[("before", number(*before, lang).into()), ("day", words::day(on, lang).into())])) }
                                // Not required in the browser: a number that is corrected needs no answer.
                                (meanings(&ctx, *doubt, &format!("meaning-{}", row.counter.id), false))
                                p.hint { (ctx.t("eq-mistyped")) }
                                input type="hidden" name={ "asked-" (row.counter.id) } value=(row.typed);
                            }
                        }
                        (reading_photos::field(portal, &ctx, client, &row.counter.id, row.photo.as_ref(), row.is_no_photo))
                    }
                }
                div.eq-day { label for="f-on" { (ctx.t("eq-read-on")) } input.input #f-on type="date" name="on" value=(on) max=(today) required; }
                div.sheet-actions { button.button.primary.large type="submit" { (ctx.t(if asks { "eq-confirm" } else { "eq-send-readings" })) } }
            }
        }
    };
    let frame = client.frame(portal, PART, routes::READINGS, said).await?;
    let status = again.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page(status, framed(&ctx, &frame, &ctx.t("eq-readings"), None, &body)))
}

/// What an odd number can mean. None is chosen beforehand: what most people did is to mistype it, and a press on the button would
/// say that a counter was replaced.
#[must_use]
pub fn meanings(ctx: &Ctx<'_>, doubt: Doubt, name: &str, is_required: bool) -> Markup {
    let known: &[(Meaning, &str)] = match doubt {
        Doubt::Lower => &[
            (Meaning::Replaced, "eq-mean-replaced"),
            (Meaning::Rollover, "eq-mean-rollover"),
            (Meaning::Corrected, "eq-mean-corrected"),
        ],
        Doubt::Jump => &[
            (Meaning::Right, "eq-mean-right"),
            (Meaning::Replaced, "eq-mean-replaced"),
        ],
    };
    html! {
        @for (meaning, key) in known {
            label.check { input type="radio" name=(name) value=(meaning) required[is_required]; span { (ctx.t(key)) } }
        }
    }
}

/// A number as people type it.
fn typed(text: &str) -> Option<i64> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | ','))
        .collect();
    plain
        .parse()
        .ok()
        .filter(|value| (0..=counters::LARGEST).contains(value))
}

/// The page once more, with what is missing or asked.
async fn ask_again(
    portal: &Portal,
    client: &Client,
    posted: &Posted,
    rows: &[Row],
    said: Option<(Tone, String)>,
    has_stored: bool,
) -> Page {
    let on = posted.field("on");
    let again = Again { on, has_stored };
    draw(portal, client, posted.field("machine"), rows, said, Some(again)).await
}

/// Every number is of a counter of theirs; one that is not makes the whole request wrong.
async fn check_theirs(portal: &Portal, client: &Client, posted: &Posted, rows: &[Row]) -> conversation::Result<()> {
    let db = portal.store.db();
    for id in posted.names().filter_map(|name| name.strip_prefix("value-")) {
        if !rows.iter().any(|row| row.counter.id.as_str() == id) {
            let counter = counters::load(db, &CounterId::from(id)).await?;
            machines::for_contact(db, &client.contact.id, &counter.machine_id).await?;
        }
    }
    Ok(())
}

/// Stores the number of one row, or writes into the row what is wrong with it or asked about it. Whether it was stored.
async fn take(tx: &mut Tx, portal: &Portal, client: &Client, posted: &Posted, row: &mut Row) -> Result<bool, Failed> {
    let of_counter = |what: &str| posted.field(&format!("{what}-{}", row.counter.id));
    let text = of_counter("value").to_owned();
    if text.is_empty() {
        return Ok(false);
    }
    let on = match posted.field("on") {
        "" => portal.equipment.today(),
        day => day::parse(day)?,
    };
    // An answer counts for the number that was asked about only.
    let was_asked = of_counter("asked") == text;
    let meaning: Option<Meaning> = of_counter("meaning").parse().ok();
    row.typed = text;
    let Some(value) = typed(&row.typed) else {
        row.wrong = Some(i18n::t(client.lang, "eq-not-a-number").into_owned());
        return Ok(false);
    };
    let new = NewReading {
        counter: row.counter.id.clone(),
        value,
        on,
        source: Source::Portal,
        meaning: meaning.filter(|_| was_asked),
        note: String::new(),
    };
    match readings::enter_in(tx, &portal.equipment, &client.actor, new).await {
        Ok(Entered::Stored(id)) => {
            if let Some(photo) = row.photo.take() {
                readings::set_photo_in(tx, &id, &photo.media_type, &photo.blob.sha256).await?;
            }
            Ok(true)
        }
        Ok(Entered::Asks {
            doubt,
            before,
            before_on,
            ..
        }) => {
            if was_asked {
                row.wrong = Some(i18n::t(client.lang, "eq-choose-meaning").into_owned());
            }
            row.asks = Some((doubt, before, before_on));
            Ok(false)
        }
        Err(conversation::Error::Invalid(why)) => {
            row.wrong = Some(core_words::said(client.lang, &why).unwrap_or(why));
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/portal/readings`: `value-…` and a file `photo-…` for each counter, `on`, and for odd numbers that were asked back `asked-…`
/// (the number that was asked about) and `meaning-…`.
pub(super) async fn enter(State(portal): State<Portal>, reader: Reader, headers: HeaderMap, request: Request) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::READINGS).await?;
    let posted = reading_photos::read(&portal.store, request).await?;
    let machine = posted.field("machine").to_owned();
    let mut rows = rows(&portal, &client, &machine).await?;
    check_theirs(&portal, &client, &posted, &rows).await?;
    for row in &mut rows {
        match reading_photos::of_counter(&portal, &client, &posted, &row.counter.id).await? {
            Ok(photo) => row.photo = photo,
            Err(()) => row.is_no_photo = true,
        }
    }
    if let Some(trouble) = &posted.trouble {
        let said = Some((Tone::Warn, trouble_text(trouble, portal_words::of(reader.lang))));
        for row in &mut rows {
            row.typed = posted.field(&format!("value-{}", row.counter.id)).to_owned();
        }
        return ask_again(&portal, &client, &posted, &rows, said, false).await;
    }
    let mut tx = portal.store.begin().await?;
    let mut stored = 0;
    for row in &mut rows {
        stored += usize::from(take(&mut tx, &portal, &client, &posted, row).await?);
    }
    tx.commit_any().await?;
    if rows.iter().any(Row::is_open) {
        // What was taken is not shown again; what is open is.
        rows.retain(|row| row.is_open() || row.typed.is_empty());
        return ask_again(&portal, &client, &posted, &rows, None, stored > 0).await;
    }
    let unread: Vec<_> = rows
        .into_iter()
        .filter_map(|row| Some((row.machine, row.counter, row.photo?)))
        .collect();
    let is_photo = !unread.is_empty();
    if is_photo {
        let once = posted.field("once");
        if !is_id(once) {
            return Err(Failed::Status(StatusCode::BAD_REQUEST));
        }
        portal.limits.replies.check(client.contact.id.as_str())?;
        reading_photos::give(&portal, &client, once, unread).await?;
    } else if stored == 0 {
        let rows = self::rows(&portal, &client, &machine).await?;
        // Sent without a number: the page says so instead of standing there as before.
        let said = Some((Tone::Warn, i18n::t(reader.lang, "eq-readings-none").into_owned()));
        return ask_again(&portal, &client, &posted, &rows, said, false).await;
    }
    let said = if is_photo { "photo" } else { "reading" };
    let to = match machine.as_str() {
        "" => format!("{}?said={said}", routes::READINGS),
        id => format!("{}/{}?said={said}", routes::MACHINES, routes::escape(id)),
    };
    Ok(see_other(&to))
}
