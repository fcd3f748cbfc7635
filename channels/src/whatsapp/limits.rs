//! What Meta's API refuses, said before anything is sent.
//!
//! A refusal is a key and its arguments; whoever shows it has the words in the reader's language
//! (`whatsapp-limit-…` of the texts).

use conversation::inbound::BlobRef;
use conversation::outbound::OutboundAttachment;

use super::send::{MAX_PARAMETER, Special, length, one_line, refusal};
use super::settings::{FallbackTemplate, TemplateParameter};

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

/// Checks a message: its words, its files (name, media type, bytes) and what is special about it.
///
/// # Errors
/// The first limit that it breaks.
pub fn check(text: &str, files: &[(String, String, i64)], special: Option<&Special>) -> Result<(), Limit> {
    for (name, media_type, size) in files {
        let file = OutboundAttachment {
            name: name.clone(),
            media_type: media_type.clone(),
            blob: BlobRef {
                sha256: String::new(),
                size: *size,
            },
        };
        refusal(&file)?;
    }
    match special {
        Some(special) => special.check(text.trim(), files.len()),
        None => Ok(()),
    }
}

/// Checks a message that the inbox's template is to carry, once the 24 hours are over.
///
/// # Errors
/// The first reason for which it cannot.
pub fn check_fallback(text: &str, files: usize, template: &FallbackTemplate) -> Result<(), Limit> {
    if files > 0 {
        return Err(Limit::new("fallback-file"));
    }
    if !template.parameters.contains(&TemplateParameter::Text) {
        return Err(Limit::new("fallback-variable").with("template", &template.name));
    }
    let characters = length(&one_line(text));
    if characters > MAX_PARAMETER {
        return Err(Limit::new("fallback-length")
            .with("count", characters)
            .with("limit", MAX_PARAMETER));
    }
    Ok(())
}
