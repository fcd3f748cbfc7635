//! The tables of words that come with the program.

use std::sync::{Arc, LazyLock};

use conversation::types::Language;

use super::Embedder;
use super::bridge::Bridge;
use super::table::Table;

/// Made by `scripts/words/make.py`.
pub(super) static ENGLISH: &[u8] = include_bytes!("../../words/en.words");

/// The table of a language, where there is one.
pub(super) fn table(language: Language) -> Option<Arc<dyn Embedder>> {
    static READ: LazyLock<Option<Arc<Table>>> = LazyLock::new(|| Table::read(ENGLISH).map(Arc::new));
    static SPANISH: LazyLock<Option<Arc<Bridge>>> = LazyLock::new(|| bridge(Language::Es));
    static PORTUGUESE: LazyLock<Option<Arc<Bridge>>> = LazyLock::new(|| bridge(Language::Pt));
    fn bridge(language: Language) -> Option<Arc<Bridge>> {
        READ.clone().map(|table| Arc::new(Bridge::new(language, table)))
    }
    fn embedder<T: Embedder + 'static>(read: &Option<Arc<T>>) -> Option<Arc<dyn Embedder>> {
        read.clone().map(|read| read as Arc<dyn Embedder>)
    }
    match language {
        Language::En => embedder(&READ),
        Language::Es => embedder(&SPANISH),
        Language::Pt => embedder(&PORTUGUESE),
    }
}
