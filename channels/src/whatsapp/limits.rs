//! The refusals of Meta's API, as they are said before anything is sent ([`super::checks`]).
//!
//! One is a key and its arguments; whoever shows it has the words in the reader's language
//! (`whatsapp-limit-…` of the texts).

/// Why a message cannot be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Names the sentence; see [`KEYS`].
    pub key: &'static str,
    /// What the sentence is about: names, counts, limits.
    pub args: Vec<(&'static str, String)>,
}

/// Every key there is.
pub const KEYS: &[&str] = &[
    "no-body",
    "body-length",
    "buttons-count",
    "label-empty",
    "label-length",
    "label-twice",
    "rows-count",
    "row-detail",
    "section-title",
    "url",
    "with-files",
    "emoji",
    "reaction-alone",
    "file-type",
    "file-size",
    "file-empty",
    "variable-missing",
    "variable-lines",
    "variable-length",
    "template-unknown",
    "template-state",
    "template-kind",
    "template-file",
    "window",
    "fallback-file",
    "fallback-variable",
    "fallback-length",
];

impl Limit {
    pub(crate) fn new(key: &'static str) -> Limit {
        Limit { key, args: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Limit {
        self.args.push((name, value.to_string()));
        self
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key)?;
        self.args
            .iter()
            .try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

impl std::error::Error for Limit {}
