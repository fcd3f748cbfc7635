//! The template that carries a message once the 24-hour window is closed.
//!
//! A template is one message of words that Meta approved beforehand; the message travels in its
//! variables, which take one line each. What does not fit is refused rather than lost.

use conversation::outbound::{OutboundMessage, SendError};
use serde_json::{Value, json};

use super::content::{Content, WINDOW_CLOSED, permanent};
use super::{cards, split};
use crate::whatsapp::settings::{TemplateParameter, WhatsappSettings};

/// Characters of one variable.
pub(crate) const MAX_PARAMETER: usize = 1024;

pub(crate) fn content(out: &OutboundMessage, settings: &WhatsappSettings) -> Result<Content, SendError> {
    let closed = |why: &str| SendError::Permanent {
        code: WINDOW_CLOSED.to_owned(),
        reason: format!(
            "The customer last wrote more than 24 hours ago, so WhatsApp takes only an approved template. {why}"
        ),
    };
    let Some(template) = &settings.template else {
        return Err(closed(
            "This inbox has none; wait for the customer to write, or choose another channel.",
        ));
    };
    if !out.attachments.is_empty() {
        return Err(closed(
            "A template carries no files; send the text alone, or choose another channel.",
        ));
    }
    if !template.parameters.contains(&TemplateParameter::Text) {
        return Err(closed(
            "The template of this inbox has no variable for the text, so the customer would not receive it.",
        ));
    }
    let text = one_line(&whole_text(out, settings));
    if text.is_empty() {
        return Err(permanent(
            "empty",
            "The message has no text that a template could carry.",
        ));
    }
    if split::length(&text) > MAX_PARAMETER {
        return Err(closed(
            "The text is longer than the 1024 characters that a template takes.",
        ));
    }
    let parameters: Vec<Value> = template
        .parameters
        .iter()
        .map(|parameter| {
            let value = match parameter {
                TemplateParameter::Text => text.clone(),
                TemplateParameter::RecipientName => named(out.recipient_name.as_deref()),
                TemplateParameter::AuthorName => named(Some(&out.author_name)),
            };
            json!({ "type": "text", "text": value })
        })
        .collect();
    Ok((
        "template",
        json!({
            "name": template.name,
            "language": { "code": template.language },
            "components": [{ "type": "body", "parameters": parameters }],
        }),
    ))
}

/// A variable may not be empty.
fn named(name: Option<&str>) -> String {
    let name = one_line(name.unwrap_or_default());
    if name.is_empty() {
        "–".to_owned()
    } else {
        name[..split::fitting(&name, 60)].to_owned()
    }
}

/// Marks have no place in a variable, but cards do: as their words and links.
fn whole_text(out: &OutboundMessage, settings: &WhatsappSettings) -> String {
    let mut parts = vec![out.text.clone()];
    parts.extend(
        out.cards
            .iter()
            .map(|card| cards::plain(card, settings.public_url.as_deref())),
    );
    parts.join("\n")
}

/// Meta refuses variables with line breaks, tabs or more than four spaces in a row.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
