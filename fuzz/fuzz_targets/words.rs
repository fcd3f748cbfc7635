//! Any words are a search, an answer about readings, opening hours, and in some language.
#![no_main]

use conversation::desk::hours::{read_holidays, read_spans};
use conversation::language;
use equipment::answers;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use search::Query;

fuzz_target!(|text: &str| {
    let _ = Query::parse(text, 1_700_000_000_000, &TimeZone::UTC);
    let _ = language::detect(text);
    let serials = ["CNB1234567", "99881", "X"];
    for (machine, _) in answers::read(text, &serials) {
        assert!(machine < serials.len());
    }
    let _ = read_spans(text);
    let _ = read_holidays(text);
});
