//! What a search found, as it is shown.

use kb::Hit;
use ui::help_pages::Found;

use crate::readers::snippet;

pub(super) fn found_of(hit: &Hit) -> Found {
    Found {
        title: hit.title.clone(),
        path: hit.path(),
        other_language: hit.is_other_language.then_some(hit.language),
        passage: snippet(hit),
    }
}
