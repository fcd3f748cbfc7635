//! What the rows of a file say, before anything is looked up.

use std::collections::HashMap;

use billing::day;
use billing::import::csv::Row;
use billing::import::rows::Wrong;
use billing::money::decimal;
use conversation::types::UnknownValue;
use conversation::{Error, Result};
use jiff::civil::Date;

use super::{Kind, columns};
use crate::ids::{CounterKind, Status};
use crate::machines::MachineData;
use crate::{counters, sites};

/// A row that can be read.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Machine(Box<MachineRow>),
    Reading(ReadingRow),
}

/// A machine as its row tells of it.
#[derive(Debug, Clone)]
pub(super) struct MachineRow {
    pub(super) line: usize,
    pub(super) customer: String,
    pub(super) site: String,
    pub(super) address: String,
    pub(super) position: Option<(i64, i64)>,
    pub(super) contract: String,
    pub(super) data: MachineData,
    pub(super) counters: Vec<(CounterKind, i64)>,
}

/// A reading as its row tells of it.
#[derive(Debug, Clone)]
pub(super) struct ReadingRow {
    pub(super) line: usize,
    pub(super) serial: String,
    pub(super) counter: CounterKind,
    pub(super) value: i64,
    pub(super) on: Date,
}

impl Found {
    pub(super) fn line(&self) -> usize {
        match self {
            Found::Machine(row) => row.line,
            Found::Reading(row) => row.line,
        }
    }
}

/// The columns of a file by their names.
struct Columns<'a> {
    places: &'a HashMap<String, usize>,
    row: &'a Row,
}

impl Columns<'_> {
    fn get(&self, name: &str) -> &str {
        let place = self.places.get(name).copied();
        place
            .and_then(|place| self.row.values.get(place))
            .map_or("", |value| value.trim())
    }

    fn wrong(&self, column: &str, why: impl Into<String>) -> Wrong {
        Wrong {
            line: self.row.line,
            column: column.to_owned(),
            why: why.into(),
        }
    }

    fn needed(&self, name: &str) -> Result<&str, Wrong> {
        match self.get(name) {
            "" => Err(self.wrong(name, "it is missing")),
            value => Ok(value),
        }
    }

    fn count(&self, name: &str) -> Result<i64, Wrong> {
        // With thousands parted, and the decimals that a spreadsheet may show behind a whole number.
        match decimal(self.get(name), 0, true) {
            Ok(value) if (0..=counters::LARGEST).contains(&value) => Ok(value),
            _ => Err(self.wrong(name, "not a whole number such as 12345")),
        }
    }
}

fn words_of(error: Error) -> String {
    error.to_string()
}

/// Reads the rows of a kind of file; those that cannot be read stand apart.
pub(super) fn read(kind: Kind, rows: &[Row], today: Date) -> (Vec<Found>, Vec<Wrong>) {
    let Some((head, body)) = rows.split_first() else {
        return (Vec::new(), Vec::new());
    };
    let places: HashMap<String, usize> = head
        .values
        .iter()
        .enumerate()
        .map(|(place, name)| (name.trim().to_lowercase(), place))
        .collect();
    let (mut found, mut wrongs) = (Vec::new(), Vec::new());
    let missing: Vec<&str> = columns(kind)
        .split(", ")
        .filter_map(|name| name.strip_suffix('*'))
        .filter(|name| !places.contains_key(*name))
        .collect();
    if !missing.is_empty() {
        wrongs.push(Wrong {
            line: head.line,
            column: missing.join(", "),
            why: "the first row has no such column".to_owned(),
        });
        return (found, wrongs);
    }
    for row in body {
        let columns = Columns { places: &places, row };
        let one = match kind {
            Kind::Machines => machine_row(&columns).map(|row| Found::Machine(Box::new(row))),
            Kind::Readings => reading_row(&columns, today).map(Found::Reading),
        };
        match one {
            Ok(one) => found.push(one),
            Err(wrong) => wrongs.push(wrong),
        }
    }
    (found, wrongs)
}

fn machine_row(columns: &Columns<'_>) -> Result<MachineRow, Wrong> {
    let status = match columns.get("status") {
        "" => Status::Active,
        text => text
            .to_lowercase()
            .parse()
            .map_err(|error: UnknownValue| columns.wrong("status", error.to_string()))?,
    };
    let installed_on = match columns.get("installed_on") {
        "" => None,
        text => Some(
            day::parse(text)
                .map_err(|error| columns.wrong("installed_on", words_of(error)))?
                .to_string(),
        ),
    };
    let mut counters = Vec::new();
    for kind in [CounterKind::Mono, CounterKind::Color, CounterKind::Total] {
        if !columns.get(kind.as_str()).is_empty() {
            counters.push((kind, columns.count(kind.as_str())?));
        }
    }
    Ok(MachineRow {
        line: columns.row.line,
        customer: columns.needed("customer")?.to_owned(),
        site: columns.get("site").to_owned(),
        address: columns.get("address").to_owned(),
        position: sites::position(columns.get("position"))
            .map_err(|error| columns.wrong("position", words_of(error)))?,
        contract: columns.get("contract").to_owned(),
        data: MachineData {
            site: None,
            contract: None,
            model: columns.needed("model")?.to_owned(),
            serial: columns.needed("serial")?.to_owned(),
            place: columns.get("place").to_owned(),
            status,
            installed_on,
            consumables: Vec::new(),
            notes: columns.get("notes").to_owned(),
        },
        counters,
    })
}

fn reading_row(columns: &Columns<'_>, today: Date) -> Result<ReadingRow, Wrong> {
    let on = match columns.get("day") {
        "" => today,
        text => day::parse(text).map_err(|error| columns.wrong("day", words_of(error)))?,
    };
    if on > today {
        return Err(columns.wrong("day", "that day is still to come"));
    }
    Ok(ReadingRow {
        line: columns.row.line,
        serial: columns.needed("serial")?.to_owned(),
        counter: columns
            .needed("counter")?
            .to_lowercase()
            .parse()
            .map_err(|error: UnknownValue| columns.wrong("counter", error.to_string()))?,
        value: columns.count("value")?,
        on,
    })
}
