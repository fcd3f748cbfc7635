//! A template as Meta lists it.

use serde_json::Value;

use crate::whatsapp::parse::json as read;

/// One template as Meta lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Meta's id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Language.
    pub language: String,
    /// Category.
    pub category: String,
    /// State.
    pub status: String,
    /// Why it is not approved.
    pub reason: String,
    /// Quality.
    pub quality: String,
    /// Its parts, as JSON.
    pub components: String,
}

impl Listed {
    /// Reads an entry of the list; one without a name or a language is none.
    pub fn read(entry: &Value) -> Option<Listed> {
        let text = |name: &str| read::text(entry, name).unwrap_or_default();
        let (name, language) = (read::text(entry, "name")?, read::text(entry, "language")?);
        Some(Listed {
            id: text("id"),
            name,
            language,
            category: text("category").to_ascii_uppercase(),
            status: text("status").to_ascii_uppercase(),
            reason: Some(text("rejected_reason"))
                .filter(|reason| reason != "NONE")
                .unwrap_or_default(),
            quality: entry
                .get("quality_score")
                .and_then(|score| read::str(score, "score"))
                .unwrap_or("UNKNOWN")
                .to_owned(),
            components: entry.get("components").unwrap_or(&Value::Null).to_string(),
        })
    }
}
