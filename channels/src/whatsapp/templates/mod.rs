//! Templates: messages of words that Meta approved beforehand, the only ones that may leave more than 24
//! hours after the customer last wrote.
//!
//! [`Template`] is one of them as Meta lists it; what it lacks, how it will read and what goes to Meta are
//! pure functions of it. [`store`] keeps them in step with Meta.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>

pub(super) mod listed;
mod store;

use std::collections::BTreeMap;

use conversation::types::{InboxId, Millis};
use serde_json::{Value, json};

use super::limits::Limit;
use super::parse::json as read;
use super::send::{Special, length};

pub use listed::Listed;
pub use store::{Synced, apply, find, list, sync, sync_due, synced};

/// Characters of one variable.
const MAX_VALUE: usize = 1024;

/// A template in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The number's inbox.
    pub inbox_id: InboxId,
    /// Its name in WhatsApp Manager.
    pub name: String,
    /// Its language there, such as `pt_BR`.
    pub language: String,
    /// Meta's id of it.
    pub id: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` and what Meta adds.
    pub status: String,
    /// Why it was rejected or paused.
    pub reason: String,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: String,
    /// Header, body, footer and buttons, as Meta's JSON.
    pub components: String,
    /// When it changed here last.
    pub updated_at: Millis,
}

/// A blank that a writer fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Names it among the template's: `header.1`, `body.first_name`, `button.0`.
    pub key: String,
    /// What Meta's reviewers were shown for it.
    pub example: String,
}

/// A template as the customer will see it; blanks that are not filled stand as `{{…}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The headline.
    pub header: String,
    /// `image`, `video` or `document` where a file is the headline.
    pub header_file: Option<&'static str>,
    /// The text.
    pub body: String,
    /// The small print.
    pub footer: String,
    /// The words on its buttons.
    pub buttons: Vec<String>,
}

impl Preview {
    /// As one text, for the timeline and search.
    pub fn text(&self) -> String {
        let parts = [&self.header, &self.body, &self.footer];
        let parts: Vec<&str> = parts
            .iter()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        parts.join("\n\n")
    }
}

/// A blank in a text: where it stands and its name.
fn blanks(text: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|at| from + at) {
        let Some(length) = text[open + 2..].find("}}") else {
            break;
        };
        let name = text[open + 2..open + 2 + length].trim();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let end = open + 2 + length + 2;
        if is_name {
            found.push((open..end, name));
            from = end;
        } else {
            from = open + 2;
        }
    }
    found
}

/// The text with its blanks filled.
fn filled(text: &str, place: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (range, name) in blanks(text) {
        out.push_str(&text[from..range.start]);
        match values.get(&format!("{place}.{name}")).map(|value| value.trim()) {
            Some(value) if !value.is_empty() => out.push_str(value),
            _ => out.push_str(&text[range.clone()]),
        }
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}

impl Template {
    fn parts(&self) -> Vec<Value> {
        match serde_json::from_str(&self.components) {
            Ok(Value::Array(parts)) => parts,
            _ => Vec::new(),
        }
    }

    /// Whether Meta takes it now.
    pub fn is_approved(&self) -> bool {
        self.status == "APPROVED"
    }

    /// Whether Meta takes it for advertising, whatever its words are.
    pub fn is_marketing(&self) -> bool {
        self.category == "MARKETING"
    }

    /// Why it cannot be filled here, where it cannot: codes to sign in with, carousels, places.
    pub fn unsupported(&self) -> Option<String> {
        if self.category == "AUTHENTICATION" {
            return Some("AUTHENTICATION".to_owned());
        }
        self.parts().iter().find_map(|part| {
            let kind = read::str(part, "type").unwrap_or_default().to_ascii_uppercase();
            let format = read::str(part, "format").unwrap_or("TEXT").to_ascii_uppercase();
            match kind.as_str() {
                "HEADER" if !matches!(format.as_str(), "TEXT" | "IMAGE" | "VIDEO" | "DOCUMENT") => Some(format),
                "HEADER" | "BODY" | "FOOTER" => None,
                "BUTTONS" => read::list(part, "buttons").iter().find_map(|button| {
                    let kind = read::str(button, "type").unwrap_or_default().to_ascii_uppercase();
                    let known = ["QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL"];
                    (!known.contains(&kind.as_str())).then_some(kind)
                }),
                _ => Some(kind),
            }
        })
    }

    /// Whether it can be sent from here now.
    pub fn is_usable(&self) -> bool {
        self.is_approved() && self.unsupported().is_none()
    }

    /// What has to be filled in, in the order of the message.
    pub fn variables(&self) -> Vec<Variable> {
        let mut found: Vec<Variable> = Vec::new();
        let mut add = |key: String, example: Option<String>| {
            if !found.iter().any(|one| one.key == key) {
                found.push(Variable {
                    key,
                    example: example.unwrap_or_default(),
                });
            }
        };
        for part in self.parts() {
            let kind = read::str(&part, "type").unwrap_or_default().to_ascii_lowercase();
            let text = read::str(&part, "text").unwrap_or_default();
            let example = part.get("example").unwrap_or(&Value::Null);
            match kind.as_str() {
                "header" | "body" => {
                    for (number, (_, name)) in blanks(text).into_iter().enumerate() {
                        add(format!("{kind}.{name}"), shown(example, &kind, name, number));
                    }
                }
                "buttons" => {
                    for (number, button) in read::list(&part, "buttons").iter().enumerate() {
                        let kind = read::str(button, "type").unwrap_or_default();
                        let has_blank = kind == "COPY_CODE"
                            || (kind == "URL" && !blanks(read::str(button, "url").unwrap_or_default()).is_empty());
                        if has_blank {
                            let example = match button.get("example") {
                                Some(Value::Array(all)) => all.first().and_then(Value::as_str).map(str::to_owned),
                                Some(Value::String(one)) => Some(one.clone()),
                                _ => None,
                            };
                            add(format!("button.{number}"), example);
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// How it reads with these values.
    pub fn preview(&self, values: &BTreeMap<String, String>) -> Preview {
        let mut preview = Preview::default();
        for part in self.parts() {
            let text = read::str(&part, "text").unwrap_or_default();
            match read::str(&part, "type")
                .unwrap_or_default()
                .to_ascii_uppercase()
                .as_str()
            {
                "HEADER" => {
                    preview.header = filled(text, "header", values);
                    preview.header_file = file_of(&part);
                }
                "BODY" => preview.body = filled(text, "body", values),
                "FOOTER" => preview.footer = text.to_owned(),
                "BUTTONS" => {
                    preview.buttons = read::list(&part, "buttons")
                        .iter()
                        .filter_map(|button| read::str(button, "text").or_else(|| read::str(button, "type")))
                        .map(str::to_owned)
                        .collect();
                }
                _ => {}
            }
        }
        preview
    }

    /// What is stored with the message and goes to Meta.
    ///
    /// # Errors
    /// When it is not approved, cannot be filled here, or a value is missing or not one that Meta takes.
    pub fn special(&self, values: &BTreeMap<String, String>) -> Result<Special, Limit> {
        let named = |key| Limit::new(key).with("name", &self.name);
        if !self.is_approved() {
            return Err(named("template-state").with("state", &self.status));
        }
        if let Some(kind) = self.unsupported() {
            return Err(named("template-kind").with("kind", kind));
        }
        for variable in self.variables() {
            let value = values.get(&variable.key).map(|value| value.trim()).unwrap_or_default();
            let wrong = |key| Limit::new(key).with("variable", &variable.key);
            if value.is_empty() {
                return Err(wrong("variable-missing"));
            }
            if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
                return Err(wrong("variable-lines"));
            }
            if length(value) > MAX_VALUE {
                return Err(wrong("variable-length").with("most", MAX_VALUE));
            }
        }
        let value = |key: &str| values.get(key).map(|value| value.trim().to_owned()).unwrap_or_default();
        let mut components = Vec::new();
        let mut header = None;
        for part in self.parts() {
            let kind = read::str(&part, "type").unwrap_or_default().to_ascii_lowercase();
            let text = read::str(&part, "text").unwrap_or_default();
            match kind.as_str() {
                "header" | "body" => {
                    header = header.or_else(|| file_of(&part).map(str::to_owned));
                    let mut seen = Vec::new();
                    let mut parameters = Vec::new();
                    for (_, name) in blanks(text) {
                        if seen.contains(&name) {
                            continue;
                        }
                        seen.push(name);
                        let mut parameter = json!({ "type": "text", "text": value(&format!("{kind}.{name}")) });
                        if !name.bytes().all(|b| b.is_ascii_digit()) {
                            parameter["parameter_name"] = json!(name);
                        }
                        parameters.push(parameter);
                    }
                    if !parameters.is_empty() {
                        components.push(json!({ "type": kind, "parameters": parameters }));
                    }
                }
                "buttons" => {
                    for (number, button) in read::list(&part, "buttons").iter().enumerate() {
                        let value = value(&format!("button.{number}"));
                        let (sub_type, parameter) = match read::str(button, "type").unwrap_or_default() {
                            _ if value.is_empty() => continue,
                            "COPY_CODE" => ("copy_code", json!({ "type": "coupon_code", "coupon_code": value })),
                            _ => ("url", json!({ "type": "text", "text": value })),
                        };
                        components.push(json!({
                            "type": "button", "sub_type": sub_type, "index": number.to_string(), "parameters": [parameter],
                        }));
                    }
                }
                _ => {}
            }
        }
        let mut template = json!({ "name": self.name, "language": { "code": self.language } });
        if !components.is_empty() {
            template["components"] = Value::Array(components);
        }
        Ok(Special::Template {
            template,
            header,
            buttons: self.preview(values).buttons,
        })
    }
}

fn file_of(header: &Value) -> Option<&'static str> {
    match read::str(header, "format").unwrap_or_default() {
        "IMAGE" => Some("image"),
        "VIDEO" => Some("video"),
        "DOCUMENT" => Some("document"),
        _ => None,
    }
}

/// The example of a blank: by its name, or by its number.
fn shown(example: &Value, kind: &str, name: &str, number: usize) -> Option<String> {
    let named = read::list(example, &format!("{kind}_text_named_params"));
    if let Some(one) = named.iter().find(|one| read::str(one, "param_name") == Some(name)) {
        return read::str(one, "example").map(str::to_owned);
    }
    let all = read::list(example, &format!("{kind}_text"));
    let all = match all.first() {
        Some(Value::Array(first)) => first.as_slice(),
        _ => all,
    };
    let place = name
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1))
        .unwrap_or(number);
    all.get(place)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;
