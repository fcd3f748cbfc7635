//! The kinds of message, and for each: its text, its files, its answer, what it refers to.
//!
//! `text` is what the customer or Meta wrote. Where a kind has no text of its own, it is a symbol
//! with the facts, which reads the same in every language and is found by search; the page draws
//! the real thing from `extra`.

use conversation::card::CardAnswer;
use conversation::letters::turns_direction;
use serde_json::Value;

use super::json;
use crate::whatsapp::inbound::MediaRef;
use crate::whatsapp::phone::{is_phone, is_user_id};

/// What a message holds.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) media: Vec<MediaRef>,
    pub(crate) answer: Option<CardAnswer>,
    pub(crate) in_reply_to: Option<String>,
    /// The customer's new `wa_id`.
    pub(crate) new_number: Option<String>,
    /// Why it is a placeholder.
    pub(crate) problem: Option<String>,
}

/// Kinds whose block has the kind's name, for messages that leave `type` out.
const BLOCKS: &[&str] = &[
    "text",
    "image",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "reaction",
    "order",
    "system",
    "edit",
    "revoke",
];

/// The kind of a message: its `type`, or the block that it has.
pub(crate) fn kind(item: &Value) -> String {
    let named = json::str(item, "type").map(|t| t.chars().take(40).collect::<String>());
    named
        .or_else(|| {
            BLOCKS
                .iter()
                .find(|block| item.get(**block).is_some())
                .map(|block| (*block).to_owned())
        })
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Reads the content of a message of a kind.
pub(crate) fn content(kind: &str, item: &Value) -> Content {
    let mut content = match (kind, item.get(kind)) {
        ("text", Some(block)) if block.get("body").is_some_and(Value::is_string) => Content {
            text: owned(block, "body"),
            ..Content::default()
        },
        ("image" | "audio" | "video" | "document" | "sticker", Some(block)) => media(kind, block),
        ("location", Some(block)) => location(block),
        ("contacts", Some(Value::Array(cards))) => {
            let people: Vec<String> = cards.iter().take(20).map(person).collect();
            Content {
                text: people.join("\n"),
                ..Content::default()
            }
        }
        ("interactive", Some(block)) => interactive(block),
        ("button", Some(block)) => {
            let label = json::str(block, "text").unwrap_or_default();
            chosen(json::str(block, "payload").unwrap_or(label), label)
        }
        ("reaction", Some(block)) => reaction(block),
        ("order", Some(block)) => order(block),
        ("system", Some(block)) => Content {
            text: json::str(block, "body").map_or_else(|| "ℹ️".to_owned(), str::to_owned),
            // Older versions of the API name the field after the event.
            new_number: json::text(block, "wa_id")
                .or_else(|| json::text(block, "new_wa_id"))
                .filter(|id| is_phone(id) || is_user_id(id)),
            ..Content::default()
        },
        ("edit", Some(block)) => edit(block),
        ("revoke", Some(block)) => Content {
            text: "🗑️".to_owned(),
            in_reply_to: json::text(block, "original_message_id"),
            problem: missing(block, "revoke", "original_message_id"),
            ..Content::default()
        },
        ("request_welcome", _) => symbol("👋"),
        (super::PLACEHOLDER, _) => symbol("📎"),
        ("unsupported", block) => {
            let what = block
                .and_then(|b| json::str(b, "type"))
                .filter(|t| !matches!(*t, "unknown" | "unsupported"));
            symbol(&format!("❔ {}", what.unwrap_or_default()))
        }
        (known, _) if BLOCKS.contains(&known) => Content {
            problem: Some(format!("a message of type `{known}` without a readable `{known}`")),
            ..symbol(&format!("⚠️ {known}"))
        },
        ("unknown", _) => Content {
            problem: Some("the message has no `type`".to_owned()),
            ..symbol("⚠️")
        },
        // A kind that Meta has added since: shown, with all that came.
        (new, _) => symbol(&format!("❔ {new}")),
    };
    if content.in_reply_to.is_none() {
        content.in_reply_to = item.get("context").and_then(|context| json::text(context, "id"));
    }
    content
}

fn owned(block: &Value, key: &str) -> String {
    json::str(block, key).unwrap_or_default().to_owned()
}

fn symbol(text: &str) -> Content {
    Content {
        text: text.trim().to_owned(),
        ..Content::default()
    }
}

fn missing(block: &Value, kind: &str, key: &str) -> Option<String> {
    json::text(block, key)
        .is_none()
        .then(|| format!("a message of type `{kind}` without `{key}`"))
}

fn chosen(payload: &str, label: &str) -> Content {
    Content {
        text: label.to_owned(),
        answer: Some(CardAnswer::from_payload(payload, label)),
        ..Content::default()
    }
}

fn media(kind: &str, block: &Value) -> Content {
    let full_type = json::str(block, "mime_type").unwrap_or("application/octet-stream");
    let media_type = full_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_voice = block.get("voice").and_then(Value::as_bool) == Some(true);
    let name = json::str(block, "filename")
        .map(file_name)
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| made_name(if is_voice { "voice" } else { kind }, &media_type));
    let text = json::str(block, "caption")
        .map(str::to_owned)
        .unwrap_or_else(|| match (kind, is_voice) {
            ("image", _) => "📷".to_owned(),
            ("video", _) => "🎥".to_owned(),
            ("audio", true) => "🎤".to_owned(),
            ("audio", false) => "🎵".to_owned(),
            ("sticker", _) => "💟".to_owned(),
            _ => format!("📎 {name}"),
        });
    let Some(id) = json::text(block, "id") else {
        return Content {
            text,
            problem: missing(block, kind, "id"),
            ..Content::default()
        };
    };
    let sha256 = json::str(block, "sha256").map(str::to_owned);
    Content {
        text,
        media: vec![MediaRef {
            id,
            name,
            media_type,
            sha256,
            is_voice,
        }],
        ..Content::default()
    }
}

/// A name that no file system takes for a path, and that reads as it ends.
fn file_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .filter(|c| !turns_direction(*c))
        .map(|c| {
            if matches!(c, '/' | '\\') || c.is_control() {
                '_'
            } else {
                c
            }
        })
        .take(200)
        .collect();
    clean.trim().trim_start_matches('.').to_owned()
}

fn made_name(kind: &str, media_type: &str) -> String {
    let extension = match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "audio/ogg" | "audio/opus" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/aac" => "aac",
        "audio/amr" => "amr",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => return kind.to_owned(),
    };
    format!("{kind}.{extension}")
}

fn location(block: &Value) -> Content {
    let place: Vec<&str> = ["name", "address"]
        .iter()
        .filter_map(|key| json::str(block, key))
        .collect();
    let (latitude, longitude) = (block.get("latitude"), block.get("longitude"));
    let text = match (place.is_empty(), latitude, longitude) {
        (false, ..) => place.join(", "),
        (true, Some(latitude), Some(longitude)) => format!("{latitude}, {longitude}"),
        _ => String::new(),
    };
    let problem = (latitude.is_none() || longitude.is_none())
        .then(|| "a message of type `location` without `latitude` and `longitude`".to_owned());
    Content {
        problem,
        ..symbol(&format!("📍 {text}"))
    }
}

fn person(card: &Value) -> String {
    let name = card.get("name");
    let name = name.and_then(|n| json::str(n, "formatted_name").or_else(|| json::str(n, "first_name")));
    let phone = json::list(card, "phones").first().and_then(|p| json::str(p, "phone"));
    let line = [Some("👤"), name, phone];
    line.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn interactive(block: &Value) -> Content {
    for key in ["button_reply", "list_reply"] {
        if let Some(reply) = block.get(key) {
            let label = json::str(reply, "title").unwrap_or_default();
            let mut content = chosen(json::str(reply, "id").unwrap_or(label), label);
            content.problem = missing(reply, key, "id");
            return content;
        }
    }
    if let Some(form) = block.get("nfm_reply") {
        let body = json::str(form, "body")
            .or_else(|| json::str(form, "name"))
            .unwrap_or_default();
        return symbol(&format!("📝 {body}"));
    }
    // Newer answers (call permission, address, payment) have a block named by `type`.
    symbol(&format!("❔ {}", json::str(block, "type").unwrap_or("interactive")))
}

fn reaction(block: &Value) -> Content {
    Content {
        // Taking a reaction back sends it without an emoji.
        text: json::str(block, "emoji").unwrap_or("✖️").to_owned(),
        in_reply_to: json::text(block, "message_id"),
        problem: missing(block, "reaction", "message_id"),
        ..Content::default()
    }
}

fn order(block: &Value) -> Content {
    let items: Vec<String> = json::list(block, "product_items")
        .iter()
        .take(50)
        .map(|item| {
            let quantity = json::text(item, "quantity").unwrap_or_else(|| "?".to_owned());
            format!(
                "{quantity} × {}",
                json::text(item, "product_retailer_id").unwrap_or_default()
            )
        })
        .collect();
    let note = json::str(block, "text")
        .map(|text| format!("\n{text}"))
        .unwrap_or_default();
    symbol(&format!("🛒 {}{note}", items.join(", ")))
}

/// A changed message. It comes as a message of its own that points to the first one, so that both
/// wordings are kept.
fn edit(block: &Value) -> Content {
    let original = json::text(block, "original_message_id");
    let problem = missing(block, "edit", "original_message_id");
    let Some(new) = block.get("message").filter(|m| m.is_object()) else {
        return Content {
            in_reply_to: original,
            problem: Some("a message of type `edit` without the new `message`".to_owned()),
            ..symbol("✏️")
        };
    };
    let new_kind = kind(new);
    // An edit inside an edit would only be a way to make this loop.
    let mut content = if new_kind == "edit" {
        symbol("")
    } else {
        self::content(&new_kind, new)
    };
    content.text = format!("✏️ {}", content.text).trim().to_owned();
    // An edited caption may repeat the file, which the first message has already.
    content.media.clear();
    content.problem = problem;
    content.in_reply_to = original;
    content
}
