//! Nothing of a page runs or loads once it is cleaned, and cleaning twice changes nothing more.
#![no_main]

use channels::email::{html, quote};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    if let Some(clean) = html::sanitise(source) {
        let lower = clean.to_lowercase();
        assert!(!lower.contains("<script") && !lower.contains(" src=\"http") && !lower.contains("javascript:"));
        html::to_text(&clean);
    }
    html::to_text(&quote::mark(source));
});
