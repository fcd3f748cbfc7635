//! The days whose figures stand beside articles.

use conversation::types::Millis;

use crate::app::App;

/// Days that the figures count.
pub(crate) const COUNTED_DAYS: Millis = 90;

/// Since when the figures count.
pub(crate) fn counted_since(app: &App) -> Millis {
    app.store.now() - COUNTED_DAYS * 24 * 60 * 60 * 1000
}
