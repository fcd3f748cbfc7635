//! Charts as SVG, each with the same numbers as a table. Nothing is said by colour alone.

use maud::{Markup, html};

use crate::Ctx;

/// A row of numbers over time.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// What is counted.
    pub name: String,
    /// When, how many, and that number written out.
    pub points: Vec<(String, i64, String)>,
}

const WIDE: i64 = 440;
const HIGH: i64 = 190;
/// Room below the bars for the names of months.
const FOOT: i64 = 24;
/// The most months that are drawn; the table has them all.
const DRAWN: usize = 24;

/// A round number not below the highest value.
fn top_of(highest: i64) -> i64 {
    let mut step = 1i64;
    while step < i64::MAX / 100 {
        for times in [1, 2, 5] {
            if step * times * 4 >= highest {
                return (step * times * 4).max(4);
            }
        }
        step *= 10;
    }
    highest.max(4)
}

/// Bars by month, a group for each month; `id` is unique on the page.
pub fn chart(ctx: &Ctx<'_>, id: &str, title: &str, series: &[Series]) -> Markup {
    let series: Vec<&Series> = series.iter().filter(|one| !one.points.is_empty()).collect();
    let mut months: Vec<&str> = Vec::new();
    for (month, _, _) in series.iter().flat_map(|one| &one.points) {
        if !months.contains(&month.as_str()) {
            months.push(month);
        }
    }
    // The longest series has every month in order; others begin later.
    if let Some(longest) = series.iter().max_by_key(|one| one.points.len())
        && longest.points.len() == months.len()
    {
        months = longest.points.iter().map(|(month, _, _)| month.as_str()).collect();
    }
    let drawn = &months[months.len().saturating_sub(DRAWN)..];
    let value = |one: &Series, month: &str| one.points.iter().find(|point| point.0 == month).cloned();
    let highest = series
        .iter()
        .flat_map(|one| one.points.iter().map(|point| point.1))
        .max()
        .unwrap_or(0);
    let top = top_of(highest);
    let count = i64::try_from(drawn.len().max(1)).unwrap_or(1);
    let each = i64::try_from(series.len().max(1)).unwrap_or(1);
    let slot = WIDE / count;
    let bar = ((slot * 7 / 10) / each).clamp(2, 40);
    let room = HIGH - FOOT - 8;
    let step = drawn.len().div_ceil(5).max(1);
    html! {
        figure.eq-chart aria-labelledby={ (id) "-title" } {
            figcaption {
                span id={ (id) "-title" } { (title) }
                span.eq-chart-keys { @for (index, one) in series.iter().enumerate() { span class={ "eq-chart-key k" (index) } { (one.name) } } }
            }
            svg.eq-chart-bars viewBox={ "0 0 " (WIDE) " " (HIGH) } role="img" aria-describedby={ (id) "-table" } aria-label=(title) {
                @for quarter in 0..=4i64 {
                    @let y = HIGH - FOOT - room * quarter / 4;
                    line.eq-chart-line x1="0" x2=(WIDE) y1=(y) y2=(y) {}
                    @if quarter > 0 { text.eq-chart-word x="2" y=(y + 11) { (crate::i18n::number(ctx.lang, top * quarter / 4)) } }
                }
                @for (place, month) in drawn.iter().enumerate() {
                    @let left = i64::try_from(place).unwrap_or(0) * slot;
                    @for (index, one) in series.iter().enumerate() {
                        @if let Some((_, copies, words)) = value(one, month) {
                            @let high = (i128::from(copies) * i128::from(room) / i128::from(top)).clamp(1, i128::from(room));
                            @let x = left + (slot - bar * each) / 2 + bar * i64::try_from(index).unwrap_or(0);
                            rect class={ "eq-chart-bar k" (index) } x=(x) y=(i128::from(HIGH - FOOT) - high) width=(bar) height=(high) rx="2" { title { (month) " · " (one.name) ": " (words) } }
                        }
                    }
                    @if place % step == 0 { text.eq-chart-word x=(left + slot / 2) y=(HIGH - 7) text-anchor="middle" { (month) } }
                }
            }
            details.eq-chart-table {
                summary { (ctx.t("eq-as-table")) }
                div.table-scroll tabindex="0" { table.table id={ (id) "-table" } {
                    caption.visually-hidden { (title) }
                    thead { tr { th scope="col" { (ctx.t("eq-month")) } @for one in &series { th scope="col" { (one.name) } } } }
                    tbody { @for month in months.iter().rev() { tr { th scope="row" { (month) } @for one in &series { td { (value(one, month).map(|point| point.2).unwrap_or_default()) } } } } }
                } }
            }
        }
    }
}

/// How much of what is included was used. `words` says both numbers; `more` what is beyond.
pub fn meter(label: &str, used: i64, included: i64, words: &str, more: Option<&str>) -> Markup {
    let whole = used.max(included).max(1);
    let part = |value: i64| i128::from(value.max(0)) * 1_000 / i128::from(whole);
    let inside = part(used.min(included));
    html! {
        div.eq-meter {
            p { strong { (label) } " " span.muted { (words) } @if let Some(more) = more { " " span.eq-more { (more) } } }
            svg viewBox="0 0 1000 28" preserveAspectRatio="none" role="img" aria-label={ (label) ": " (words) } {
                rect.meter-ground x="0" y="0" width="1000" height="28" {}
                rect.meter-used x="0" y="0" width=(inside) height="28" {}
                @if used > included { rect.meter-beyond x=(inside) y="0" width=(1_000 - inside) height="28" {} }
                @if included > 0 && included < whole { line.meter-mark x1=(inside) x2=(inside) y1="0" y2="28" {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_round_and_not_too_high() {
        for (highest, top) in [
            (0, 4),
            (3, 4),
            (5, 8),
            (100, 200),
            (1_234, 2_000),
            (9_999, 20_000),
            (21, 40),
        ] {
            let found = top_of(highest);
            assert_eq!(found, top, "{highest}");
            assert!(found >= highest);
        }
        let _ = top_of(i64::MAX);
    }
}
