//! Lists in pages: each begins behind the last row of the one before.

use maud::{Markup, html};
use serde::Deserialize;

use crate::auth::SignedIn;

/// The rows of a page.
const SHOWN: usize = 50;
/// What to read for a page: one more says that there is another.
pub(super) const WANTED: i64 = 51;

/// Which page of a list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Paged {
    #[serde(default)]
    after: String,
}

impl Paged {
    /// The last row of the page before.
    pub(super) fn behind<I: for<'a> From<&'a str>>(&self) -> Option<I> {
        Some(self.after.as_str()).filter(|id| !id.is_empty()).map(I::from)
    }
}

/// Cuts what was read to a page, and draws the way to the next one where there is more.
pub(super) fn cut<T>(me: &SignedIn, found: &mut Vec<T>, path: &str, id: impl Fn(&T) -> &str) -> Markup {
    let has_more = found.len() > SHOWN;
    found.truncate(SHOWN);
    html! {
        @if let (true, Some(last)) = (has_more, found.last()) {
            p { a.button.ghost href={ (path) "?after=" (id(last)) } { (me.ctx().t("client-more")) } }
        }
    }
}
