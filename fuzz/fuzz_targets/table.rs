//! Any file is a table or says what is wrong with it, row by row; any cell is a date or a number, or is none.
#![no_main]

use billing::import::{csv, rows};
use billing::settings::Business;
use billing::{day, money};
use libfuzzer_sys::fuzz_target;

#[path = "../../billing/src/stripe/signature.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod signature;

fuzz_target!(|raw: &[u8]| {
    if let Ok(table) = csv::parse(raw) {
        rows::read(&table, &Business::default());
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        let _ = day::parse(text);
        // Two digits after the point, three, none.
        for code in ["USD", "KWD", "CLP"] {
            if let Ok(currency) = code.parse::<money::Currency>() {
                let _ = currency.parse(text);
            }
        }
        assert!(signature::check(Some(text), b"{}", "whsec_a, whsec_b", 1_700_000_000_000).is_err());
    }
});
