//! Charts as SVG, without scripts: a title and a description for who cannot see them, the figures as a
//! table beneath for who wants them, colours from the style sheet so that they fit light and dark.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use crate::Ctx;
use crate::i18n;
use crate::icons::{Icon, icon};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Bars beside each other.
    Bars,
    /// Lines over the days; a day without a value is a gap.
    Lines,
}

/// Where an axis has its numbers, so that they read well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// Things that are counted.
    Count,
    /// Milliseconds: at whole minutes, hours, days.
    Time,
    /// 0 to 100.
    Percent,
}

/// One row of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// A value for each label; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

/// One chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Unique on the page.
    pub id: &'static str,
    /// The headline.
    pub title: String,
    /// What is to be seen, in a sentence.
    pub description: String,
    /// Above the first column of the table.
    pub label: String,
    /// What stands below.
    pub labels: Vec<String>,
    /// At most five rows of values as bars, three as lines.
    pub series: Vec<Series>,
    /// How it is drawn.
    pub shape: Shape,
    /// A value in words, for axis and table.
    pub words: fn(conversation::types::Language, f64) -> String,
    /// Where the axis has its numbers.
    pub steps: Steps,
    /// Where the table is as a file, if it is.
    pub csv: Option<String>,
}

/// The step of an axis, for about four of them up to `most`.
fn step_of(most: f64, steps: Steps) -> f64 {
    const MINUTE: f64 = 60_000.0;
    let rough = most / 4.0;
    match steps {
        Steps::Percent => 25.0,
        Steps::Time => {
            const NICE: [f64; 14] = [
                1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 720.0, 1_440.0, 2_880.0, 7_200.0,
            ];
            let nice = NICE
                .into_iter()
                .map(|minutes| minutes * MINUTE)
                .find(|step| *step >= rough);
            nice.unwrap_or_else(|| (rough / (1_440.0 * MINUTE)).ceil() * 1_440.0 * MINUTE)
        }
        Steps::Count => {
            let rough = rough.max(1.0);
            let power = 10_f64.powf(rough.log10().floor());
            [1.0, 2.0, 5.0, 10.0]
                .into_iter()
                .map(|factor| factor * power)
                .find(|step| *step >= rough)
                .unwrap_or(rough)
        }
    }
}

fn place(values: usize, at: usize, shape: Shape) -> f64 {
    let wide = WIDTH - LEFT - RIGHT;
    let (at, values) = (at as f64, values as f64);
    match shape {
        Shape::Bars => LEFT + wide * (at + 0.5) / values,
        Shape::Lines if values < 2.0 => LEFT + wide / 2.0,
        Shape::Lines => LEFT + wide * at / (values - 1.0),
    }
}

/// The chart, its key, its table.
pub fn chart(ctx: &Ctx<'_>, chart: &Chart) -> Markup {
    let (title, description) = (format!("{}-title", chart.id), format!("{}-desc", chart.id));
    html! {
        figure.chart id=(chart.id) {
            figcaption.chart-head {
                h2 { (chart.title) }
                @if chart.series.len() > 1 {
                    ul.chart-key { @for (number, one) in chart.series.iter().enumerate() { li { span class={ "chart-dot s" (number) } aria-hidden="true" {} (one.name) } } }
                }
            }
            @if !chart.description.is_empty() { p.chart-words { (chart.description) } }
            div.chart-scroll tabindex="0" role="region" aria-label=(chart.title) {
                svg.chart-drawing viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ (title) " " (description) } {
                    title id=(title) { (chart.title) }
                    desc id=(description) { (chart.description) }
                    (PreEscaped(drawing(ctx, chart)))
                }
            }
            details.chart-table {
                summary { (ctx.t("reports-table")) }
                (table(ctx, chart))
            }
            @if let Some(csv) = &chart.csv { a.chart-csv href=(csv) download aria-label=(i18n::t_args(ctx.lang, "reports-csv-label", &[("what", chart.title.clone().into())])) { (icon(Icon::Download)) (ctx.t("reports-csv")) } }
        }
    }
}

fn table(ctx: &Ctx<'_>, chart: &Chart) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(chart.title) {
            table.table.figures {
                caption.visually-hidden { (chart.title) }
                thead { tr { th scope="col" { (chart.label) } @for one in &chart.series { th.tally scope="col" { (one.name) } } } }
                tbody { @for (at, label) in chart.labels.iter().enumerate() {
                    tr { th scope="row" { (label) } @for one in &chart.series { td.tally { (one.values.get(at).copied().flatten().map_or_else(|| "–".to_owned(), |value| (chart.words)(ctx.lang, value))) } } }
                } }
            }
        }
    }
}

/// Escapes what stands in the drawing as text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

// Writing to a String cannot fail.
fn drawing(ctx: &Ctx<'_>, chart: &Chart) -> String {
    let most = chart
        .series
        .iter()
        .flat_map(|one| one.values.iter().flatten())
        .fold(0.0_f64, |most, value| most.max(*value));
    let step = step_of(most, chart.steps);
    let top = match chart.steps {
        Steps::Percent => 100.0,
        Steps::Count | Steps::Time => (most / step).ceil().max(1.0) * step,
    };
    let height = HEIGHT - TOP - BOTTOM;
    let y = |value: f64| TOP + height * (1.0 - value / top);
    let mut out = String::new();
    let mut line = 0.0;
    while line <= top + step / 2.0 {
        let at = y(line);
        let _ = write!(
            out,
            r#"<line class="chart-line" x1="{LEFT}" x2="{:.1}" y1="{at:.1}" y2="{at:.1}"/><text class="chart-number" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0,
            escaped(&(chart.words)(ctx.lang, line))
        );
        line += step;
    }
    let count = chart.labels.len();
    let every = count.div_ceil(7).max(1);
    for (at, label) in chart.labels.iter().enumerate().filter(|(at, _)| at % every == 0) {
        let anchor = match at {
            _ if chart.shape == Shape::Bars => "middle",
            0 => "start",
            last if last + 1 == count => "end",
            _ => "middle",
        };
        let _ = write!(
            out,
            r#"<text class="chart-label" x="{:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
            place(count, at, chart.shape),
            HEIGHT - 8.0,
            escaped(label)
        );
    }
    for (number, one) in chart.series.iter().enumerate() {
        match chart.shape {
            Shape::Bars => bars(&mut out, chart, number, one, &y),
            Shape::Lines => lines(&mut out, chart, number, one, &y),
        }
    }
    out
}

fn bars(out: &mut String, chart: &Chart, number: usize, one: &Series, y: &dyn Fn(f64) -> f64) {
    let count = chart.labels.len().max(1) as f64;
    let slot = (WIDTH - LEFT - RIGHT) / count;
    let all = chart.series.len().max(1) as f64;
    let wide = (slot * 0.72 / all).clamp(0.8, 34.0);
    for (at, value) in one.values.iter().enumerate() {
        let Some(value) = value.filter(|value| *value > 0.0) else {
            continue;
        };
        let x = place(chart.labels.len(), at, Shape::Bars) + wide * (number as f64 - all / 2.0);
        let top = y(value);
        let _ = write!(
            out,
            r#"<rect class="chart-bar s{number}" x="{x:.1}" y="{top:.1}" width="{wide:.1}" height="{:.1}" rx="{:.1}"/>"#,
            (y(0.0) - top).max(0.5),
            (wide / 4.0).min(2.0)
        );
    }
}

fn lines(out: &mut String, chart: &Chart, number: usize, one: &Series, y: &dyn Fn(f64) -> f64) {
    let mut path = String::new();
    let mut is_drawing = false;
    let mut alone: Vec<(f64, f64)> = Vec::new();
    for (at, value) in one.values.iter().enumerate() {
        match value {
            Some(value) => {
                let (x, y) = (place(chart.labels.len(), at, Shape::Lines), y(*value));
                let _ = write!(path, "{}{x:.1} {y:.1}", if is_drawing { "L" } else { "M" });
                let has_neighbour = is_drawing || one.values.get(at + 1).copied().flatten().is_some();
                if !has_neighbour {
                    alone.push((x, y));
                }
                is_drawing = true;
            }
            None => is_drawing = false,
        }
    }
    let _ = write!(out, r#"<path class="chart-path s{number}" d="{path}"/>"#);
    for (x, y) in alone {
        let _ = write!(
            out,
            r#"<circle class="chart-point s{number}" cx="{x:.1}" cy="{y:.1}" r="2.5"/>"#
        );
    }
}

#[cfg(test)]
mod tests {
    use conversation::types::Language;
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn the_axis_has_numbers_that_read_well() {
        for (most, steps, step) in [
            (0.0, Steps::Count, 1.0),
            (4.0, Steps::Count, 1.0),
            (7.0, Steps::Count, 2.0),
            (23.0, Steps::Count, 10.0),
            (990.0, Steps::Count, 500.0),
            (0.0, Steps::Time, 60_000.0),
            (12_000_000.0, Steps::Time, 3_600_000.0),
            (9e9, Steps::Time, 27.0 * 86_400_000.0),
            (3.0, Steps::Percent, 25.0),
        ] {
            assert!((step_of(most, steps) - step).abs() < 1e-6, "{most} {steps:?}");
        }
    }

    #[test]
    fn a_chart_can_be_read_without_being_seen() {
        let ctx = Ctx {
            lang: Language::En,
            now: 0,
            tz: &TimeZone::UTC,
            csrf: "",
        };
        let drawn = chart(
            &ctx,
            &Chart {
                id: "volume",
                title: "Volume <now>".to_owned(),
                description: "Three & four.".to_owned(),
                label: "Day".to_owned(),
                labels: vec!["1".to_owned(), "2 <b>".to_owned(), "3".to_owned()],
                series: vec![Series {
                    name: "New".to_owned(),
                    values: vec![Some(3.0), None, Some(4.0)],
                }],
                shape: Shape::Lines,
                words: |_, value| format!("{value:.0}"),
                steps: Steps::Count,
                csv: Some("/x.csv".to_owned()),
            },
        )
        .into_string();
        for part in [
            "role=\"img\"",
            "<title id=\"volume-title\">Volume &lt;now&gt;",
            "<desc",
            "Three &amp; four.",
            "<td class=\"tally\">4</td>",
            "<td class=\"tally\">–</td>",
            "2 &lt;b&gt;",
            "<circle",
        ] {
            assert!(drawn.contains(part), "{part} in {drawn}");
        }
        assert!(!drawn.contains("style=") && !drawn.contains("<b>"));
    }
}
