//! Nothing of a page runs or loads once it is cleaned.
#![no_main]

use channels::email::{html, quote};
use libfuzzer_sys::fuzz_target;

/// The tags of a cleaned page, in which every other `<` is escaped and every value stands in double quotes.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).map(|after| {
        let mut is_quoted = false;
        let end = after.find(|letter| {
            is_quoted ^= letter == '"';
            letter == '>' && !is_quoted
        });
        &after[..end.unwrap_or(after.len())]
    })
}

fuzz_target!(|source: &str| {
    if let Some(clean) = html::sanitise(source) {
        for tag in tags(&clean.to_lowercase()) {
            assert!(!tag.starts_with("script") && !tag.contains(" src=\"http") && !tag.contains("=\"javascript:"), "{tag}");
        }
        html::to_text(&clean);
    }
    html::to_text(&quote::mark(source));
});
