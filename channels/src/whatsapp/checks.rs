//! What Meta's API would refuse of a message, found before it is sent.

use conversation::inbound::BlobRef;
use conversation::outbound::OutboundAttachment;

use super::limits::Limit;
use super::send::{MAX_PARAMETER, Special, length, one_line, refusal};
use super::settings::{FallbackTemplate, TemplateParameter};

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
