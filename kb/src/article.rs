//! Articles and how they are cut into passages.

use std::fmt;
use std::str::FromStr;

use conversation::types::{Language, Level, Millis, UnknownValue};
use serde::{Deserialize, Serialize};

use crate::markdown;

/// What an article is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleKind {
    /// Steps that lead to something done.
    Guide,
    /// A short answer to a question that comes often.
    Faq,
    /// Reference for a machine or a service.
    Manual,
}

impl ArticleKind {
    /// The kind as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            ArticleKind::Guide => "guide",
            ArticleKind::Faq => "faq",
            ArticleKind::Manual => "manual",
        }
    }
}

impl fmt::Display for ArticleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ArticleKind {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "guide" => Ok(ArticleKind::Guide),
            "faq" => Ok(ArticleKind::Faq),
            "manual" => Ok(ArticleKind::Manual),
            other => Err(UnknownValue {
                what: "article kind",
                value: other.to_owned(),
                expected: "guide, faq, manual".to_owned(),
            }),
        }
    }
}

/// Whether customers and the bot see an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleStatus {
    /// Only those who write articles see it.
    Draft,
    /// Its audience sees it; the bot and customers, when that is everybody.
    Published,
}

impl ArticleStatus {
    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            ArticleStatus::Draft => "draft",
            ArticleStatus::Published => "published",
        }
    }
}

impl fmt::Display for ArticleStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ArticleStatus {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "draft" => Ok(ArticleStatus::Draft),
            "published" => Ok(ArticleStatus::Published),
            other => Err(UnknownValue {
                what: "article status",
                value: other.to_owned(),
                expected: "draft, published".to_owned(),
            }),
        }
    }
}

/// Who reads an article once it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Audience {
    /// Everybody: customers, the bot, search engines.
    #[default]
    #[serde(rename = "public")]
    Public,
    /// Agents of the first level and above.
    N1,
    /// Agents of the second level and above.
    N2,
    /// Agents of the third level.
    N3,
}

impl Audience {
    /// All of them, the widest first.
    pub const ALL: &'static [Audience] = &[Audience::Public, Audience::N1, Audience::N2, Audience::N3];

    /// The audience as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Audience::Public => "public",
            Audience::N1 => "N1",
            Audience::N2 => "N2",
            Audience::N3 => "N3",
        }
    }

    /// Whether it is kept among agents.
    pub const fn is_internal(self) -> bool {
        !matches!(self, Audience::Public)
    }

    /// The audience that somebody of this level belongs to: what they may read is this one and all before it.
    pub const fn of_level(level: Level) -> Audience {
        match level {
            Level::Bot => Audience::Public,
            Level::N1 => Audience::N1,
            Level::N2 => Audience::N2,
            Level::N3 => Audience::N3,
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Audience {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        Audience::ALL
            .iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text))
            .copied()
            .ok_or_else(|| UnknownValue {
                what: "audience",
                value: text.to_owned(),
                expected: "public, N1, N2, N3".to_owned(),
            })
    }
}

/// Where an article stands: its category, its readers, and what it was translated from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The category.
    pub category: Option<String>,
    /// Who reads it.
    pub audience: Audience,
    /// The article that this one is a translation of, and the version of it that this one follows.
    pub source: Option<(String, i64)>,
}

/// One article in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Names it everywhere; unique over all languages.
    pub id: String,
    /// What it is for.
    pub kind: ArticleKind,
    /// The last part of its public address, unique within the language.
    pub slug: String,
    /// The language it is written in.
    pub language: Language,
    /// Shared by the translations of one article.
    pub group: String,
    /// The headline.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Questions that customers ask and this article answers; the bot learns from them.
    #[serde(default)]
    pub questions: Vec<String>,
    /// Whether its readers see it.
    pub status: ArticleStatus,
    /// Category, readers, source.
    #[serde(default)]
    pub place: Place,
    /// Counts up with every saved change, from 1.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: Millis,
}

impl Article {
    /// The path of its public page, relative to the installation's address.
    pub fn path(&self) -> String {
        format!("/help/{}/{}", self.language, self.slug)
    }

    /// Whether customers see it.
    pub fn is_public(&self) -> bool {
        self.status == ArticleStatus::Published && !self.place.audience.is_internal()
    }
}

/// A part of an article short enough to be quoted in a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The nearest heading above it; empty before the first one.
    pub heading: String,
    /// Plain text.
    pub text: String,
    /// The same in the marks of messages (`conversation::marks`); empty where only the words are known.
    #[serde(default)]
    pub marked: String,
}

impl Passage {
    /// As a message says it.
    pub fn said(&self) -> &str {
        if self.marked.is_empty() {
            &self.text
        } else {
            &self.marked
        }
    }

    /// Whether it is a list of numbered steps.
    pub fn has_steps(&self) -> bool {
        let is_step = |line: &&str| {
            let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
            rest.len() < line.len() && rest.starts_with(". ")
        };
        self.text.lines().filter(is_step).count() >= 2
    }
}

/// A passage longer than this is cut at a block boundary; in characters.
const PASSAGE_CHARS: usize = 900;

/// Cuts an article at its headings, and long sections between paragraphs or list items.
///
/// An article without any text has no passages.
pub fn passages(article: &Article) -> Vec<Passage> {
    let mut passages = Vec::new();
    for section in markdown::sections(&article.body) {
        let (mut text, mut marked) = (String::new(), String::new());
        let mut chars = 0;
        let mut before = 0;
        for block in section.blocks {
            let block_chars = block.text.chars().count();
            if chars > 0 && chars + block_chars > PASSAGE_CHARS {
                passages.push(Passage {
                    heading: section.heading.clone(),
                    text: std::mem::take(&mut text),
                    marked: std::mem::take(&mut marked),
                });
                chars = 0;
            }
            if chars > 0 {
                text.push('\n');
                // Items of a list stand close together, paragraphs apart.
                marked.push_str(if block.group > 0 && block.group == before {
                    "\n"
                } else {
                    "\n\n"
                });
            }
            text.push_str(&block.text);
            marked.push_str(&block.marked);
            chars += block_chars + 1;
            before = block.group;
        }
        if !text.trim().is_empty() {
            passages.push(Passage {
                heading: section.heading,
                text,
                marked,
            });
        }
    }
    passages
}

#[cfg(test)]
mod tests;
