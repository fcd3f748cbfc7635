//! Any text is an article or says what is wrong with it, and no page that is made of one runs a script.
#![no_main]

use std::path::Path;

use kb::{import, markdown, page, passages, synonyms};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(article) = import::parse(Path::new("guide/en/fuzzed.md"), text, 0) {
        let longest = article.body.len().max(1);
        assert!(passages(&article).iter().all(|passage| passage.text.len() <= longest * 2 + 64));
    }
    let html = markdown::to_html(text);
    assert!(!html.to_lowercase().contains("<script"), "{html}");
    let _ = page::draw(text);
    let _ = synonyms::parse(text);
});
