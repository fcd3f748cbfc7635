//! The table, and the same as JSON.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

/// What a figure should reach.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aim {
    /// At least this part of the floor's rate.
    OfFloor(f64),
    /// At most this value.
    Below(f64),
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
struct Figure {
    part: &'static str,
    what: String,
    value: f64,
    unit: &'static str,
    floor: Option<f64>,
    ratio: Option<f64>,
    aim: Option<Aim>,
    is_met: Option<bool>,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// Adds a figure and its floor, both in `unit`.
    pub(crate) fn add(
        &mut self,
        part: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        floor: Option<f64>,
        aim: Option<Aim>,
    ) {
        let ratio = floor.map(|floor| value / floor);
        let is_met = aim.map(|aim| match aim {
            Aim::OfFloor(part) => ratio.is_some_and(|ratio| ratio >= part),
            Aim::Below(most) => value < most,
        });
        let figure = Figure {
            part,
            what: what.into(),
            value,
            unit,
            floor,
            ratio,
            aim,
            is_met,
        };
        // Standard error, as it comes: the table follows at the end.
        eprintln!("  {}", line(&figure));
        self.figures.push(figure);
    }

    /// Prints the table.
    pub(crate) fn print(&self, took: Duration) {
        let head = format!(
            "{:<58} {:>10} {:<7} {:>10} {:>8}  {}",
            "", "figure", "", "floor", "ratio", "aim"
        );
        let mut part = "";
        for figure in &self.figures {
            if figure.part != part {
                part = figure.part;
                println!("\n{part}\n{head}");
            }
            println!("{}", line(figure));
        }
        println!("\n{} | {:.0} s", machine(), took.as_secs_f64());
    }

    /// Writes the figures.
    pub(crate) fn write_json(&self, path: &Path) -> anyhow::Result<()> {
        let json = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "machine": machine(),
            "figures": self.figures,
        });
        let text = serde_json::to_string_pretty(&json)?;
        std::fs::write(path, text + "\n").with_context(|| path.display().to_string())
    }
}

fn line(figure: &Figure) -> String {
    let aim = match (figure.aim, figure.is_met) {
        (Some(Aim::OfFloor(part)), Some(is_met)) => format!("at least {part} x floor: {}", word(is_met)),
        (Some(Aim::Below(most)), Some(is_met)) => format!("below {most}: {}", word(is_met)),
        _ => String::new(),
    };
    let text = format!(
        "{:<58} {:>10} {:<7} {:>10} {:>8}  {aim}",
        figure.what,
        number(figure.value),
        figure.unit,
        figure.floor.map(number).unwrap_or_default(),
        figure.ratio.map(|ratio| format!("{ratio:.2} x")).unwrap_or_default(),
    );
    text.trim_end().to_owned()
}

const fn word(is_met: bool) -> &'static str {
    if is_met { "met" } else { "MISSED" }
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Cores and memory, as far as they say something to others; no names.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib: u64 = memory
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemTotal:")?
                .trim()
                .strip_suffix("kB")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    format!("{cores} cores, {} GB, load {load}", kib / 1_000_000)
}

/// The value below which `part` (0 to 1) of the sorted values lie.
pub(crate) fn percentile(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(at.saturating_sub(1).min(last)).copied().unwrap_or(f64::NAN)
}
