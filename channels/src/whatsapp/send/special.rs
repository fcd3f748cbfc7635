//! Messages that only WhatsApp has: a reaction, reply buttons, a list, a button that opens a page, a
//! request for the customer's place, a template.
//!
//! Stored as the `extra` of an outbound message: an object with `type`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>

use conversation::card::CardAnswer;
use conversation::outbound::{OutboundMessage, SendError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cards::{MAX_BODY, MAX_BUTTON_TITLE, MAX_BUTTONS, MAX_ROW_DESCRIPTION, MAX_ROW_TITLE, MAX_ROWS};
use super::content::{Content, MediaId, permanent};
use super::media;
use super::split::length;
use crate::whatsapp::limits::Limit;

/// Characters above a list.
const MAX_LIST_BODY: usize = 4096;
/// Characters of a section's title.
const MAX_SECTION_TITLE: usize = 24;
/// Bytes of an address behind a button.
const MAX_URL: usize = 2000;

/// What is special about an outbound message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Special {
    /// An emoji on the message that is quoted; an empty one takes it back.
    Reaction {
        /// The emoji, shaped as the customer's own reactions are.
        reaction: Emoji,
    },
    /// One to three buttons that answer.
    Buttons {
        /// Their words.
        buttons: Vec<String>,
    },
    /// A list to choose from.
    List {
        /// The words on the button that opens it.
        button: String,
        /// Its parts.
        sections: Vec<Section>,
    },
    /// A button that opens a page.
    Link {
        /// The words on it.
        label: String,
        /// The page.
        url: String,
    },
    /// A button by which the customer sends their place.
    LocationRequest,
    /// A template that Meta approved; [`crate::whatsapp::templates`] makes it.
    Template {
        /// Meta's own JSON, without a header's file.
        template: Value,
        /// `image`, `video` or `document` where the first file of the message is the header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// The words on its buttons, for people to see.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<String>,
    },
}

/// An emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emoji {
    /// One emoji, or nothing.
    pub emoji: String,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its title; needed where a list has several parts.
    #[serde(default)]
    pub title: String,
    /// What can be chosen.
    pub rows: Vec<Row>,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its words.
    pub title: String,
    /// What stands below them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl Special {
    /// Reads the `extra` of an outbound message; `None` for what is not ours to send.
    pub fn read(extra: Option<&Value>) -> Option<Special> {
        Special::deserialize(extra?).ok()
    }

    /// Whether it is a sign on another message and no message of its own.
    pub const fn is_sign(&self) -> bool {
        matches!(self, Special::Reaction { .. })
    }

    /// Whether it may leave after the 24 hours.
    pub const fn is_template(&self) -> bool {
        matches!(self, Special::Template { .. })
    }

    /// Checks it against Meta's limits.
    ///
    /// # Errors
    /// The first limit that it breaks.
    pub fn check(&self, text: &str, files: usize) -> Result<(), Limit> {
        if let Special::Template { header, .. } = self {
            let wanted = usize::from(header.is_some());
            return if files == wanted {
                Ok(())
            } else {
                Err(Limit::new("template-file").with("count", wanted))
            };
        }
        if let Special::Reaction { reaction } = self {
            return match (is_emoji(&reaction.emoji), text.is_empty() && files == 0) {
                (true, true) => Ok(()),
                (false, _) => Err(Limit::new("emoji")),
                (true, false) => Err(Limit::new("reaction-alone")),
            };
        }
        if files > 0 {
            return Err(Limit::new("with-files"));
        }
        if text.is_empty() {
            return Err(Limit::new("no-body"));
        }
        let most = if matches!(self, Special::List { .. }) {
            MAX_LIST_BODY
        } else {
            MAX_BODY
        };
        if length(text) > most {
            return Err(Limit::new("body-length").with("count", length(text)).with("most", most));
        }
        match self {
            Special::Buttons { buttons } => {
                if !(1..=MAX_BUTTONS).contains(&buttons.len()) {
                    return Err(Limit::new("buttons-count").with("most", MAX_BUTTONS));
                }
                labels(buttons.iter().map(String::as_str), MAX_BUTTON_TITLE)
            }
            Special::List { button, sections } => list(button, sections),
            Special::Link { label, url } => {
                labels([label.as_str()], MAX_BUTTON_TITLE)?;
                let is_page = url::Url::parse(url)
                    .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
                if is_page && url.len() <= MAX_URL {
                    Ok(())
                } else {
                    Err(Limit::new("url"))
                }
            }
            Special::LocationRequest | Special::Reaction { .. } | Special::Template { .. } => Ok(()),
        }
    }

    /// The one request that it makes; `text` is marked already.
    pub(super) fn content(
        &self,
        text: &str,
        out: &OutboundMessage,
        uploaded: &[MediaId],
    ) -> Result<Content, SendError> {
        // A reaction's words are its emoji, for people who read the timeline.
        let own = if self.is_sign() || self.is_template() { "" } else { text };
        if let Err(limit) = self.check(own, out.attachments.len()) {
            return Err(permanent(
                "limit",
                format!("WhatsApp does not take this message: {limit}."),
            ));
        }
        let id = |number: usize| CardAnswer::payload(&out.message, &format!("choice:{number}"));
        let interactive = |kind: &str, action: Value| {
            (
                "interactive",
                json!({ "type": kind, "body": { "text": text }, "action": action }),
            )
        };
        Ok(match self {
            Special::Reaction { reaction } => {
                let Some(message) = &out.quotes else {
                    return Err(permanent("no_target", "The message to react to is not known."));
                };
                ("reaction", json!({ "message_id": message, "emoji": reaction.emoji }))
            }
            Special::Buttons { buttons } => {
                let buttons: Vec<Value> = buttons
                    .iter()
                    .enumerate()
                    .map(|(number, title)| json!({ "type": "reply", "reply": { "id": id(number), "title": title.trim() } }))
                    .collect();
                interactive("button", json!({ "buttons": buttons }))
            }
            Special::List { button, sections } => {
                let mut number = 0;
                let sections: Vec<Value> = sections
                    .iter()
                    .map(|section| {
                        let rows: Vec<Value> = section
                            .rows
                            .iter()
                            .map(|row| {
                                let mut line = json!({ "id": id(number), "title": row.title.trim() });
                                number += 1;
                                if !row.description.trim().is_empty() {
                                    line["description"] = json!(row.description.trim());
                                }
                                line
                            })
                            .collect();
                        let mut section_ = json!({ "rows": rows });
                        if !section.title.trim().is_empty() {
                            section_["title"] = json!(section.title.trim());
                        }
                        section_
                    })
                    .collect();
                interactive("list", json!({ "button": button.trim(), "sections": sections }))
            }
            Special::Link { label, url } => interactive(
                "cta_url",
                json!({ "name": "cta_url", "parameters": { "display_text": label.trim(), "url": url } }),
            ),
            Special::LocationRequest => interactive("location_request_message", json!({ "name": "send_location" })),
            Special::Template { template, header, .. } => ("template", filled(template, header, out, uploaded)?),
        })
    }
}

/// The template with the file that its header shows.
fn filled(
    template: &Value,
    header: &Option<String>,
    out: &OutboundMessage,
    uploaded: &[MediaId],
) -> Result<Value, SendError> {
    let mut template = template.clone();
    let Some(kind) = header else { return Ok(template) };
    let (Some(file), Some(id)) = (out.attachments.first(), uploaded.first()) else {
        return Err(permanent(
            "not_uploaded",
            "The file of the template's header was not uploaded.",
        ));
    };
    let (own, content) = media::content(file, id)?;
    if own != kind {
        let reason = format!(
            "The template's header takes a file of the kind {kind}; `{}` is {own}.",
            file.name
        );
        return Err(permanent("media_type", reason));
    }
    let part = json!({ "type": "header", "parameters": [{ "type": own, own: content }] });
    match template.get_mut("components").and_then(Value::as_array_mut) {
        Some(components) => components.insert(0, part),
        None => template["components"] = json!([part]),
    }
    Ok(template)
}

fn list(button: &str, sections: &[Section]) -> Result<(), Limit> {
    labels([button], MAX_BUTTON_TITLE)?;
    let rows: Vec<&Row> = sections.iter().flat_map(|section| &section.rows).collect();
    if !(1..=MAX_ROWS).contains(&rows.len()) || sections.iter().any(|section| section.rows.is_empty()) {
        return Err(Limit::new("rows-count").with("most", MAX_ROWS));
    }
    for section in sections {
        let title = section.title.trim();
        if length(title) > MAX_SECTION_TITLE || (title.is_empty() && sections.len() > 1) {
            return Err(Limit::new("section-title").with("most", MAX_SECTION_TITLE));
        }
    }
    if let Some(row) = rows
        .iter()
        .find(|row| length(row.description.trim()) > MAX_ROW_DESCRIPTION)
    {
        return Err(Limit::new("row-detail")
            .with("label", &row.title)
            .with("most", MAX_ROW_DESCRIPTION));
    }
    labels(rows.iter().map(|row| row.title.as_str()), MAX_ROW_TITLE)
}

fn labels<'a>(labels: impl IntoIterator<Item = &'a str>, most: usize) -> Result<(), Limit> {
    let mut seen = Vec::new();
    for label in labels {
        let label = label.trim();
        if label.is_empty() {
            return Err(Limit::new("label-empty"));
        }
        if length(label) > most {
            return Err(Limit::new("label-length").with("label", label).with("most", most));
        }
        if seen.contains(&label) {
            return Err(Limit::new("label-twice").with("label", label));
        }
        seen.push(label);
    }
    Ok(())
}

/// One emoji as people see it: no letters, and at most a few code points (families, flags, skin tones).
fn is_emoji(text: &str) -> bool {
    text.chars().count() <= 10
        && text.chars().all(|c| {
            matches!(c, '\u{200D}' | '\u{FE0F}' | '\u{20E3}' | '#' | '*' | '0'..='9')
                || (!c.is_alphanumeric() && !c.is_ascii() && !c.is_whitespace() && !c.is_control())
        })
        && (text.is_empty() || !text.is_ascii())
}
