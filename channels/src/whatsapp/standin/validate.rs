//! What Meta refuses, and in which words.

use conversation::types::Millis;
use serde_json::Value;

use super::{Config, World, key};
use crate::whatsapp::phone::{is_phone, is_user_id};
use crate::whatsapp::send::WINDOW;

/// A refusal.
#[derive(Debug)]
pub(super) struct GraphError {
    pub(super) status: u16,
    pub(super) code: i64,
    pub(super) title: &'static str,
    pub(super) details: String,
}

impl GraphError {
    pub(super) fn of(code: i64, details: &str) -> GraphError {
        let status = match code {
            190 => 401,
            131000 => 500,
            131016 => 503,
            131026 | 131047 | 131056 | 130429 => 400,
            132001 => 404,
            _ => 400,
        };
        GraphError {
            status,
            code,
            title: title(code),
            details: details.to_owned(),
        }
    }
}

/// The short name of an error.
pub(super) fn title(code: i64) -> &'static str {
    match code {
        4 => "Application request limit reached",
        100 => "Invalid parameter",
        190 => "Invalid OAuth access token",
        80007 => "Rate limit issues",
        130429 => "Rate limit hit",
        131000 => "Something went wrong",
        131008 => "Required parameter is missing",
        131009 => "Parameter value is not valid",
        131016 => "Service unavailable",
        131026 => "Message undeliverable",
        131030 => "Recipient phone number not in allowed list",
        131047 => "Re-engagement message",
        131051 => "Unsupported message type",
        131053 => "Media upload error",
        131056 => "Pair rate limit hit",
        132000 => "Number of parameters does not match the expected number of params",
        132001 => "Template name does not exist in the translation",
        132012 => "Parameter format does not match format in the created template",
        _ => "Error",
    }
}

type Checked<T = ()> = Result<T, GraphError>;

fn invalid<T>(details: &str) -> Checked<T> {
    Err(GraphError::of(131009, details))
}

fn missing<T>(what: &str) -> Checked<T> {
    Err(GraphError::of(131008, &format!("The parameter {what} is required.")))
}

/// A text that is there, not empty, and short enough.
fn text<'a>(value: &'a Value, what: &str, limit: usize) -> Checked<&'a str> {
    match value.as_str() {
        None | Some("") => missing(what),
        Some(text) if text.chars().count() > limit => invalid(&format!(
            "{what} has {} characters; at most {limit} are allowed.",
            text.chars().count()
        )),
        Some(text) => Ok(text),
    }
}

/// Checks a body as Meta does, and returns the recipient.
pub(super) fn message(config: &Config, world: &World, body: &Value, now: Millis) -> Checked<String> {
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::of(100, "The parameter messaging_product is required."));
    }
    if body.get("recipient_type").is_some_and(|kind| kind != "individual") {
        return invalid("recipient_type must be individual.");
    }
    let recipient = recipient(config, body)?;
    if body.get("biz_opaque_callback_data").is_some() {
        text(&body["biz_opaque_callback_data"], "biz_opaque_callback_data", 512)?;
    }
    let kind = body["type"].as_str().unwrap_or("text");
    let content = &body[kind];
    if !content.is_object() {
        return missing(kind);
    }
    match kind {
        "text" => text(&content["body"], "text.body", 4096).map(drop)?,
        "image" | "video" | "document" | "audio" | "sticker" => media(world, kind, content)?,
        "interactive" => interactive(content)?,
        "template" => template(config, world, content)?,
        "reaction" => text(&content["message_id"], "reaction.message_id", 512).map(drop)?,
        other => {
            return Err(GraphError::of(131051, &format!("`{other}` is not taken here.")));
        }
    }
    let last = world.last_inbound.get(&key(&recipient));
    let is_open = last.is_some_and(|last| now < last + WINDOW);
    if kind != "template" && !is_open {
        return Err(GraphError::of(
            131047,
            "More than 24 hours have passed since the customer last replied to this number.",
        ));
    }
    Ok(recipient)
}

fn recipient(config: &Config, body: &Value) -> Checked<String> {
    let recipient = match (body["to"].as_str(), body["recipient"].as_str()) {
        (Some(to), _) => {
            let digits: String = to.chars().filter(char::is_ascii_digit).collect();
            if !is_phone(&digits) {
                return invalid("`to` is not a telephone number.");
            }
            digits
        }
        (None, Some(user)) if is_user_id(user) => user.to_owned(),
        (None, Some(_)) => return invalid("`recipient` is not a business-scoped user id."),
        (None, None) => return missing("to"),
    };
    let is_allowed = |allowed: &Vec<String>| allowed.iter().any(|one| key(one) == key(&recipient));
    if !config.allowed_recipients.as_ref().is_none_or(is_allowed) {
        return Err(GraphError::of(
            131030,
            "Add the recipient to the allowed list and try again.",
        ));
    }
    Ok(recipient)
}

fn media(world: &World, kind: &str, content: &Value) -> Checked {
    match (content["id"].as_str(), content["link"].as_str()) {
        (Some(id), None) => {
            let Some(media) = world.media.get(id) else {
                return invalid(&format!("There is no media with id {id}."));
            };
            let top = media.media_type.split('/').next().unwrap_or_default();
            if matches!(kind, "image" | "video" | "audio") && top != kind {
                return invalid(&format!("Media {id} is {}, not {kind}.", media.media_type));
            }
        }
        (None, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => {}
        _ => return missing(&format!("{kind}.id or {kind}.link")),
    }
    if content.get("caption").is_some() {
        if matches!(kind, "audio" | "sticker") {
            return Err(GraphError::of(100, &format!("Unexpected key caption on {kind}.")));
        }
        text(&content["caption"], "caption", 1024)?;
    }
    Ok(())
}

fn interactive(content: &Value) -> Checked {
    let kind = text(&content["type"], "interactive.type", 40)?;
    let limit = if kind == "list" { 4096 } else { 1024 };
    text(&content["body"]["text"], "interactive.body.text", limit)?;
    let action = &content["action"];
    match kind {
        "button" => {
            let buttons = action["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
            if !(1..=3).contains(&buttons.len()) {
                return invalid("A message has 1 to 3 buttons.");
            }
            let replies: Vec<&Value> = buttons.iter().map(|button| &button["reply"]).collect();
            if buttons.iter().any(|button| button["type"] != "reply") {
                return invalid("A button's type is reply.");
            }
            choices(&replies, 256, 20)
        }
        "list" => {
            text(&action["button"], "action.button", 20)?;
            let sections = action["sections"].as_array().map(Vec::as_slice).unwrap_or_default();
            if sections.len() > 1 && sections.iter().any(|section| section["title"].as_str().is_none()) {
                return missing("section.title");
            }
            let rows = sections.iter().filter_map(|section| section["rows"].as_array());
            let rows: Vec<&Value> = rows.flatten().collect();
            if !(1..=10).contains(&rows.len()) {
                return invalid("A list has 1 to 10 rows.");
            }
            for row in &rows {
                if row.get("description").is_some() {
                    text(&row["description"], "row.description", 72)?;
                }
            }
            choices(&rows, 200, 24)
        }
        "cta_url" => {
            if action["name"] != "cta_url" {
                return invalid("action.name must be cta_url.");
            }
            text(&action["parameters"]["display_text"], "display_text", 20)?;
            let url = text(&action["parameters"]["url"], "url", 2000)?;
            if url.starts_with("https://") || url.starts_with("http://") {
                Ok(())
            } else {
                invalid("url must be an address.")
            }
        }
        "location_request_message" if action["name"] == "send_location" => Ok(()),
        other => invalid(&format!("interactive.type `{other}` is not taken here.")),
    }
}

fn choices(choices: &[&Value], id_limit: usize, title_limit: usize) -> Checked {
    for (index, choice) in choices.iter().enumerate() {
        let id = text(&choice["id"], "id", id_limit)?;
        let title = text(&choice["title"], "title", title_limit)?;
        if choices[..index]
            .iter()
            .any(|other| other["id"] == id || other["title"] == title)
        {
            return invalid("Ids and titles must differ from each other.");
        }
    }
    Ok(())
}

/// A template that a test set: approved, and with as many values as its body has blanks.
fn listed(world: &World, name: &str, language: &str, content: &Value) -> Checked {
    let one = world
        .templates
        .iter()
        .find(|one| one["name"] == name && one["language"] == language);
    let Some(one) = one else {
        return Err(GraphError::of(132001, &format!("{name} does not exist in {language}.")));
    };
    match one["status"].as_str() {
        Some("APPROVED") => {}
        Some("PAUSED") => return Err(GraphError::of(132015, "Template is paused.")),
        Some("DISABLED") => return Err(GraphError::of(132016, "Template is disabled.")),
        _ => return Err(GraphError::of(132001, "Template is not approved.")),
    }
    let given = content["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    for part in one["components"].as_array().into_iter().flatten() {
        let kind = part["type"].as_str().unwrap_or_default().to_lowercase();
        let blanks: std::collections::BTreeSet<&str> =
            part["text"].as_str().unwrap_or_default().split("{{").skip(1).collect();
        let mut values = given.iter().filter(|one| one["type"] == kind.as_str());
        let values = values
            .next()
            .and_then(|one| one["parameters"].as_array())
            .map_or(0, Vec::len);
        let expected = match part["format"].as_str() {
            Some("IMAGE" | "VIDEO" | "DOCUMENT") => 1,
            _ => blanks.len(),
        };
        if matches!(kind.as_str(), "header" | "body") && values != expected {
            let details = format!("{kind}: {values} given, {expected} expected.");
            return Err(GraphError::of(132000, &details));
        }
    }
    Ok(())
}

fn template(config: &Config, world: &World, content: &Value) -> Checked {
    let name = text(&content["name"], "template.name", 512)?;
    let language = text(&content["language"]["code"], "template.language.code", 20)?;
    let found = config
        .templates
        .iter()
        .find(|t| t.name == name && t.language == language);
    let Some(found) = found else {
        return listed(world, name, language, content);
    };
    let components = content["components"].as_array().into_iter().flatten();
    let mut bodies = components.filter(|component| component["type"] == "body");
    let parameters = bodies.next().and_then(|body| body["parameters"].as_array());
    let parameters = parameters.map(Vec::as_slice).unwrap_or_default();
    if parameters.len() != found.parameters {
        let details = format!("{} given, {} expected.", parameters.len(), found.parameters);
        return Err(GraphError::of(132000, &details));
    }
    for parameter in parameters {
        let value = text(&parameter["text"], "parameter.text", 1024)?;
        if value.contains(['\n', '\t']) || value.contains("     ") {
            let details = "Parameters have no line breaks, tabs or more than four spaces in a row.";
            return Err(GraphError::of(132012, details));
        }
    }
    Ok(())
}

/// Checks an uploaded file.
pub(super) fn upload(media_type: &str, size: usize) -> Checked {
    const MIB: usize = 1024 * 1024;
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    let limit = match bare {
        "image/jpeg" | "image/png" => 5 * MIB,
        "image/webp" => MIB / 2,
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => 16 * MIB,
        "video/mp4" | "video/3gpp" => 16 * MIB,
        "text/plain" | "application/pdf" | "application/msword" => 100 * MIB,
        office if office.starts_with("application/vnd.") => 100 * MIB,
        other => {
            return Err(GraphError::of(100, &format!("Param file must not be of type {other}.")));
        }
    };
    if size == 0 || size > limit {
        return Err(GraphError::of(
            131053,
            &format!("{size} bytes of {bare}; the limit is {limit}."),
        ));
    }
    Ok(())
}
