//! Any file is customers, machines or readings, or says row by row what is wrong with it.
#![no_main]

use billing::import::{csv, people};
use conversation::telephone::Country;
use conversation::types::Language;
use equipment::import::{Kind, columns};
use equipment::{counters, ids, machines, sites};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

#[path = "../../equipment/src/import/rows.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod rows;

fuzz_target!(|raw: &[u8]| {
    let Ok(table) = csv::parse(raw) else { return };
    let most = table.len();
    let (found, wrongs) = people::read(&table, Language::Es, Country::of_code("BR"));
    assert!(found.len() + wrongs.len() <= most.max(1));
    for kind in [Kind::Machines, Kind::Readings] {
        let (found, wrongs) = rows::read(kind, &table, date(2026, 1, 31));
        assert!(found.len() + wrongs.len() <= most.max(1));
        assert!(found.iter().all(|one| one.line() > 0) && wrongs.iter().all(|one| !one.why.is_empty()));
    }
});
