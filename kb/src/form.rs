//! What is known of a word of a text.

/// What is known of a word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Form {
    /// Lower-cased and folded, not stemmed.
    pub(crate) folded: String,
    /// Stemmed and folded.
    pub(crate) stem: String,
    /// Says how a question is built, not what it is about.
    pub(crate) is_function_word: bool,
    /// The groups of words of one meaning that begin here; see [`crate::synonyms`].
    pub(crate) meanings: Vec<u32>,
}
