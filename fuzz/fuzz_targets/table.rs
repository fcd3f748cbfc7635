//! Any file is a table or says what is wrong with it; any cell is a date or a number, or is none.
#![no_main]

use billing::import::csv;
use billing::{day, money};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let _ = csv::parse(raw);
    if let Ok(text) = std::str::from_utf8(raw) {
        let _ = day::parse(text);
        // Two digits after the point, three, none.
        for code in ["USD", "KWD", "CLP"] {
            if let Ok(currency) = code.parse::<money::Currency>() {
                let _ = currency.parse(text);
            }
        }
    }
});
