//! What somebody told WhatsApp of the marketing messages of a business.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences>

use conversation::types::Millis;
use serde_json::Value;

use super::{Contacts, json};

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// Our number, as Meta names it.
    pub phone_number_id: Option<String>,
    /// Their number and the id by which WhatsApp knows them, whichever it tells.
    pub ids: Vec<String>,
    /// Their name there, or nothing.
    pub name: String,
    /// Whether they want such messages.
    pub is_given: bool,
    /// Meta's words.
    pub words: String,
    /// When they said so.
    pub at: Millis,
}

/// Reads one; the error says why it is none.
pub(crate) fn preference(
    contacts: &Contacts<'_>,
    phone_number_id: Option<&str>,
    item: &Value,
    received_at: Millis,
) -> Result<Preference, String> {
    let short = |text: &str| text.chars().take(40).collect::<String>();
    let word = |name: &str| json::str(item, name).unwrap_or_default();
    if word("category") != "marketing_messages" {
        return Err(format!(
            "`{}` is no category that is known here",
            short(word("category"))
        ));
    }
    let is_given = match word("value") {
        "stop" => false,
        "resume" => true,
        other => return Err(format!("`{}` is neither `stop` nor `resume`", short(other))),
    };
    let (number, user) = (json::text(item, "wa_id"), json::text(item, "user_id"));
    let contact = contacts.of(number.as_deref(), user.as_deref());
    let mut ids: Vec<String> = Vec::new();
    let named = |name: &str| contact.and_then(|contact| json::text(contact, name));
    for id in [number, named("wa_id"), user, named("user_id")].into_iter().flatten() {
        let id = id.trim().trim_start_matches('+').to_owned();
        if !id.is_empty() && !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err("it does not say whose choice it is".to_owned());
    }
    Ok(Preference {
        phone_number_id: phone_number_id.map(str::to_owned),
        ids,
        name: contact
            .and_then(|contact| json::str(contact.get("profile")?, "name"))
            .unwrap_or_default()
            .trim()
            .to_owned(),
        is_given,
        words: word("detail").to_owned(),
        at: super::time(item).unwrap_or(received_at),
    })
}
