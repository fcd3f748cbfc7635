//! What the business sets about the bot's knowledge: from which confidence it answers, which words
//! mean the same, and which matters go to people at once.

use std::collections::BTreeMap;

use conversation::audit;
use conversation::db::{On, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, Language};
use conversation::{Error, Result, Store};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::synonyms;

/// From this confidence on an answer is given; below it people are asked. A business may set another.
pub const ANSWER_AT: f32 = 0.5;
/// The one row.
const ID: &str = "knowledge";
/// The longest list of words, in bytes.
const LONGEST: usize = 64 * 1024;
/// The most groups of one language.
const MOST_GROUPS: usize = 2_000;

/// The settings. What is missing in a stored row has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// From this confidence on an answer is given, 0 to 1.
    pub answer_at: f32,
    /// Groups of words of one meaning, by language: one group a line, members between commas. They add
    /// to those that come with the program.
    pub synonyms: BTreeMap<Language, String>,
    /// Words and phrases whose matters go to people at once, one a line, of any language.
    pub sensitive: String,
    /// Whether another person reads an article before it is published.
    pub needs_review: bool,
    /// Counts the changes; 0 before the first.
    #[serde(skip)]
    pub version: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            answer_at: ANSWER_AT,
            synonyms: BTreeMap::new(),
            sensitive: String::new(),
            needs_review: false,
            version: 0,
        }
    }
}

impl Settings {
    /// The groups of a language.
    pub fn groups(&self, language: Language) -> Vec<Vec<String>> {
        self.synonyms
            .get(&language)
            .map(|text| synonyms::parse(text))
            .unwrap_or_default()
    }

    /// The sensitive words and phrases.
    pub fn sensitive_phrases(&self) -> impl Iterator<Item = &str> {
        self.sensitive.lines().map(str::trim).filter(|line| !line.is_empty())
    }

    /// Whether these can be saved.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what does not fit.
    pub fn checked(&self) -> Result<()> {
        if !(0.05..=0.99).contains(&self.answer_at) {
            return Err(Error::Invalid(
                "the confidence to answer from is between 0.05 and 0.99".to_owned(),
            ));
        }
        for text in self.synonyms.values().chain([&self.sensitive]) {
            if text.len() > LONGEST {
                return Err(Error::Invalid(format!(
                    "a list of words has more than {LONGEST} bytes; shorten it"
                )));
            }
            if text.contains('\0') {
                return Err(Error::Invalid("a list of words holds a zero byte".to_owned()));
            }
        }
        for text in self.synonyms.values() {
            if synonyms::parse(text).len() > MOST_GROUPS {
                return Err(Error::Invalid(format!(
                    "more than {MOST_GROUPS} groups of words in one language"
                )));
            }
            if let Some(line) = text
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty() && !line.starts_with('#') && synonyms::parse(line).is_empty())
            {
                return Err(Error::Invalid(format!(
                    "the line `{}` is no group: write at least two words between commas",
                    line.chars().take(60).collect::<String>()
                )));
            }
        }
        Ok(())
    }
}

/// The settings as they are.
///
/// # Errors
/// The database is not to be had, or its row is damaged.
pub async fn load(on: impl On) -> Result<Settings> {
    let row: Option<(String, i64)> = sql("SELECT value, version FROM knowledge_settings WHERE id = $1")
        .bind(ID)
        .optional(on)
        .await?;
    let Some((value, version)) = row else {
        return Ok(Settings::default());
    };
    let settings: Settings =
        serde_json::from_str(&value).map_err(|error| Error::corrupt("the settings of the knowledge base", error))?;
    Ok(Settings { version, ..settings })
}

/// Saves the settings; every process learns of it.
///
/// # Errors
/// [`Error::Invalid`] names what does not fit; [`Error::Conflict`] when somebody else saved since
/// `settings.version`.
pub async fn save(store: &Store, actor: &Actor, settings: &Settings) -> Result<Settings> {
    settings.checked()?;
    let next = Settings {
        version: settings.version + 1,
        ..settings.clone()
    };
    let value = serde_json::to_string(&next).map_err(|error| Error::Invalid(error.to_string()))?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql(
        "INSERT INTO knowledge_settings (id, value, version, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET value = excluded.value, version = excluded.version, updated_at = excluded.updated_at
         WHERE knowledge_settings.version = $5",
    )
    .bind(ID)
    .bind(value)
    .bind(next.version)
    .bind(now)
    .bind(settings.version)
    .run(&mut tx)
    .await?;
    if changed == 0 {
        return Err(Error::Conflict(
            "somebody else saved these settings; look at them and save again".to_owned(),
        ));
    }
    let facts = json!({ "answer_at": next.answer_at, "version": next.version });
    audit::record(&mut tx, actor, "knowledge.settings", ID, &facts).await?;
    tx.emit(NewEvent {
        kind: EventKind::ArticleUpdated,
        conversation: None,
        subject: ID.to_owned(),
        actor: actor.clone(),
        data: facts,
    });
    tx.commit().await?;
    Ok(next)
}
