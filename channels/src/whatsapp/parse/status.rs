//! What became of a message that we sent.

use conversation::outbound::StatusUpdate;
use conversation::types::{DeliveryId, DeliveryState, InboxId, Millis};
use serde_json::{Map, Value, json};

use super::json;
use crate::whatsapp::send::callback;

/// Reads one status; the error says why it is none.
pub(crate) fn status(
    inbox: &InboxId,
    phone_number_id: Option<&str>,
    item: &Value,
    received_at: Millis,
) -> Result<StatusUpdate, String> {
    if !item.is_object() {
        return Err("the status is not an object".to_owned());
    }
    let word = json::str(item, "status").ok_or("the status has no `status`")?;
    let state = match word {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        // A voice message that was played was read, whatever order the two words arrive in.
        "read" | "played" => DeliveryState::Read,
        "failed" => DeliveryState::Failed,
        other => {
            let other: String = other.chars().take(40).collect();
            return Err(format!("`{other}` is not a status that is known here"));
        }
    };
    let provider_id = json::text(item, "id").ok_or("the status has no `id`")?;
    let error = json::list(item, "errors").first().and_then(error_words);
    let part = json::str(item, "biz_opaque_callback_data").map(callback::read);
    let mut extra = Map::new();
    for (key, value) in item.as_object().into_iter().flatten() {
        if !matches!(key.as_str(), "id" | "timestamp" | "biz_opaque_callback_data") {
            extra.insert(key.clone(), value.clone());
        }
    }
    if let Some(number) = phone_number_id {
        extra.insert("phone_number_id".to_owned(), json!(number));
    }
    if let Some(part) = &part {
        extra.insert("part".to_owned(), json!(part.index));
        extra.insert("parts".to_owned(), json!(part.count));
    }
    Ok(StatusUpdate {
        inbox: inbox.clone(),
        provider_id,
        delivery: part.map(|part| DeliveryId::from(part.delivery)),
        state,
        at: super::time(item).unwrap_or(received_at),
        error: error.or_else(|| {
            (state == DeliveryState::Failed).then(|| ("whatsapp.failed".to_owned(), "no reason given".to_owned()))
        }),
        extra: Some(Value::Object(extra)),
    })
}

/// Code and words of one of Meta's error objects.
pub(crate) fn error_words(error: &Value) -> Option<(String, String)> {
    let code = error.get("code")?.as_i64()?;
    let title = json::str(error, "title")
        .or_else(|| json::str(error, "message"))
        .unwrap_or_default();
    let details = error
        .get("error_data")
        .and_then(|data| json::str(data, "details"))
        .unwrap_or_default();
    let words = match (title, details) {
        ("", "") => format!("error {code}"),
        (title, "") => title.to_owned(),
        ("", details) => details.to_owned(),
        (title, details) if title == details => title.to_owned(),
        (title, details) => format!("{title}: {details}"),
    };
    Some((format!("whatsapp.{code}"), words))
}
