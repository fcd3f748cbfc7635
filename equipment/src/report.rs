//! The report of a visit as PDF, with the signature as it was drawn.

use billing::pdf::paper::{self, Face, INK, Ink, MARGIN, MUTED, RIGHT, RULE, Sheet, WIDTH, fitted, wrap};
use billing::{customers, settings as business};
use conversation::types::Language;
use conversation::{Error, Result};
use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::metadata::Metadata;

use crate::counters;
use crate::ids::CounterId;
use crate::visits::{self, Visit};
use crate::{Equipment, machines, sites, words};

/// What the paper shows.
#[derive(Debug, Clone)]
pub struct Content {
    /// Its language.
    pub language: Language,
    business: String,
    color: String,
    id: String,
    facts: Vec<(&'static str, String)>,
    work: String,
    parts: Vec<String>,
    counters: Vec<(String, String)>,
    signed_by: String,
    strokes: Vec<Vec<(i64, i64)>>,
}

/// Loads what the report shows, in the customer's language.
pub(crate) async fn content(
    equipment: &Equipment,
    visit: &Visit,
    values: &[(CounterId, i64)],
    strokes: Vec<Vec<(i64, i64)>>,
) -> Result<Content> {
    let billing = &equipment.billing;
    let db = billing.store.db();
    let customer = customers::load(db, &visit.customer_id).await?;
    let machine = machines::load(db, &visit.machine_id).await?;
    let own = business::business(db, &billing.store).await?;
    let language = customer.language;
    let said = words::of(language);
    let clock = |at: Option<i64>| match at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok()) {
        Some(at) => at.to_zoned(billing.zone.now().clone()).strftime("%H:%M").to_string(),
        None => String::new(),
    };
    let day = visit.done_at.unwrap_or(visit.starts_at);
    let day = billing::day::of(day, billing.zone.now()).to_string();
    let mut facts = vec![
        (said.day, words::day(&day, language)),
        (said.customer, customer.name),
        (said.machine, machine.name()),
        (said.serial, machine.serial.clone()),
    ];
    if let Some(site) = &visit.site_id {
        let site = sites::load(db, site).await?;
        facts.push((said.site, format!("{} {}", site.name, site.address.replace('\n', ", "))));
    }
    facts.push((said.technician, visits::technician(db, &visit.agent_id).await?));
    facts.push((said.arrived, clock(visit.arrived_at)));
    facts.push((said.finished, clock(visit.done_at)));
    let known = counters::of_machine(db, &machine.id).await?;
    let counters = values
        .iter()
        .filter_map(|(id, value)| {
            let counter = known.iter().find(|counter| counter.id == *id)?;
            Some((said.counter(counter.kind).to_owned(), words::number(*value, language)))
        })
        .collect();
    Ok(Content {
        language,
        business: billing.business_name(&own),
        color: own.color,
        id: visit.id.to_string(),
        facts,
        work: visit.work.clone(),
        parts: visit
            .parts()
            .into_iter()
            .map(|part| format!("{} × {}", part.quantity, part.name))
            .collect(),
        counters,
        signed_by: visit.signed_by.clone(),
        strokes,
    })
}

/// Draws it.
///
/// # Errors
/// [`Error::Corrupt`] when krilla refuses.
pub async fn draw(content: Content) -> Result<Vec<u8>> {
    // Some milliseconds of work: not on the thread that answers others.
    tokio::task::spawn_blocking(move || pages(&content))
        .await
        .map_err(|error| Error::corrupt("report", error))?
}

const LINE: f32 = 14.0;
const BOTTOM: f32 = 770.0;
/// The box of the signature.
const BOX: (f32, f32) = (260.0, 104.0);

fn pages(content: &Content) -> Result<Vec<u8>> {
    let refused = || Error::corrupt("report", "the page cannot be drawn");
    let said = words::of(content.language);
    let mut pdf = Pdf::new_with(SerializeSettings::default());
    pdf.set_metadata(
        Metadata::new()
            .title(said.report.to_owned())
            .authors(vec![content.business.clone()])
            .language(content.language.as_str().to_owned())
            .document_id(content.id.clone()),
    );
    let mut blocks: Vec<(&str, Vec<String>)> = vec![(said.work, wrap(&content.work, Face::Text, 10.5, RIGHT - MARGIN))];
    if !content.parts.is_empty() {
        let parts = content
            .parts
            .iter()
            .flat_map(|part| wrap(part, Face::Text, 10.5, RIGHT - MARGIN))
            .collect();
        blocks.push((said.parts, parts));
    }
    if !content.counters.is_empty() {
        let counters = content
            .counters
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        blocks.push((said.counter_values, counters));
    }
    // Everything in lines, so that long work goes on over the next page.
    let mut rows: std::collections::VecDeque<(bool, String)> = std::collections::VecDeque::new();
    for (title, lines) in blocks {
        rows.push_back((true, title.to_owned()));
        rows.extend(lines.into_iter().map(|line| (false, line)));
    }
    let mut is_first = true;
    let mut is_signed = false;
    while is_first || !rows.is_empty() || !is_signed {
        let mut page = paper::page(&mut pdf).ok_or_else(refused)?;
        let mut sheet = Sheet::new(&mut page);
        let mut y = if is_first { head(&mut sheet, content) } else { 70.0 };
        is_first = false;
        while let Some((is_title, text)) = rows.front() {
            let step = if *is_title { LINE + 16.0 } else { LINE };
            if y + step > BOTTOM {
                break;
            }
            y += step;
            if *is_title {
                sheet.text(MARGIN, y, Face::Bold, 11.5, INK, text);
            } else {
                sheet.text(MARGIN, y, Face::Text, 10.5, INK, text);
            }
            rows.pop_front();
        }
        if rows.is_empty() && y + BOX.1 + 60.0 <= BOTTOM {
            sign(&mut sheet, content, y + 34.0);
            is_signed = true;
        }
        sheet.finish();
        page.finish();
    }
    pdf.finish()
        .map_err(|error| Error::corrupt("report", format!("{error:?}")))
}

fn head(sheet: &mut Sheet<'_>, content: &Content) -> f32 {
    let said = words::of(content.language);
    let color = Ink::parse(&content.color);
    sheet.block(0.0, 0.0, WIDTH, 6.0, color);
    sheet.text(
        MARGIN,
        58.0,
        Face::Bold,
        14.0,
        color,
        &fitted(&content.business, Face::Bold, 14.0, 260.0),
    );
    sheet.text_end(RIGHT, 60.0, Face::Bold, 20.0, INK, said.report);
    let mut y = 100.0;
    for (label, value) in &content.facts {
        if value.trim().is_empty() {
            continue;
        }
        sheet.text(MARGIN, y, Face::Text, 10.0, MUTED, label);
        sheet.text(
            MARGIN + 120.0,
            y,
            Face::Bold,
            10.0,
            INK,
            &fitted(value, Face::Bold, 10.0, RIGHT - MARGIN - 120.0),
        );
        y += 16.0;
    }
    sheet.block(MARGIN, y - 4.0, RIGHT - MARGIN, 0.8, RULE);
    y
}

fn sign(sheet: &mut Sheet<'_>, content: &Content, y: f32) {
    let said = words::of(content.language);
    sheet.text(MARGIN, y, Face::Text, 10.0, MUTED, said.signed);
    sheet.text(MARGIN + 120.0, y, Face::Bold, 10.0, INK, &content.signed_by);
    if content.strokes.is_empty() {
        return;
    }
    let top = y + 12.0;
    #[expect(clippy::cast_precision_loss, reason = "points to 1000")]
    let at = |(x, y): &(i64, i64)| (MARGIN + *x as f32 / 1_000.0 * BOX.0, top + *y as f32 / 400.0 * BOX.1);
    for stroke in &content.strokes {
        let points: Vec<(f32, f32)> = stroke.iter().map(at).collect();
        sheet.stroke(&points, 1.4, INK);
    }
    sheet.block(MARGIN, top + BOX.1, BOX.0, 0.8, RULE);
}
