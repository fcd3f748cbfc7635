//! What a search found, as it is shown.

use kb::Hit;
use ui::help_pages::Found;

/// A passage below a result is cut around what was asked for, in characters.
pub(super) const SNIPPET: usize = 240;

pub(super) fn found_of(hit: &Hit) -> Found {
    Found {
        title: hit.title.clone(),
        path: hit.path(),
        other_language: hit.is_other_language.then_some(hit.language),
        passage: snippet(hit),
    }
}

/// The part of the passage around the first word that was asked for, in pieces.
pub(super) fn snippet(hit: &Hit) -> Vec<(String, bool)> {
    let passage = &hit.passage;
    let first = hit.highlights.first().map_or(0, |range| range.start);
    // A third of the room stands before it.
    let before = passage[..first].char_indices().rev().nth(SNIPPET / 3);
    let start = before.map_or(0, |(at, _)| {
        passage[at..first].find(' ').map_or(at, |space| at + space + 1)
    });
    let end = passage[start..]
        .char_indices()
        .nth(SNIPPET)
        .map_or(passage.len(), |(at, _)| start + at);
    let mut pieces = Vec::new();
    if start > 0 {
        pieces.push(("… ".to_owned(), false));
    }
    let mut at = start;
    for range in &hit.highlights {
        if range.start < at || range.end > end {
            continue;
        }
        pieces.push((passage[at..range.start].to_owned(), false));
        pieces.push((passage[range.clone()].to_owned(), true));
        at = range.end;
    }
    pieces.push((passage[at..end].to_owned(), false));
    if end < passage.len() {
        pieces.push(("…".to_owned(), false));
    }
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}
