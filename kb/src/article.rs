//! Articles and how they are cut into passages.

use std::fmt;
use std::str::FromStr;

use conversation::types::{Language, Millis, UnknownValue};
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
    /// Only its authors see it.
    Draft,
    /// Customers and the bot see it.
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
    /// Whether customers and the bot see it.
    pub status: ArticleStatus,
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
}

/// A part of an article short enough to be quoted in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The nearest heading above it; empty before the first one.
    pub heading: String,
    /// Plain text.
    pub text: String,
}

impl Passage {
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
        let mut text = String::new();
        let mut chars = 0;
        for block in section.blocks {
            let block_chars = block.chars().count();
            if chars > 0 && chars + block_chars > PASSAGE_CHARS {
                passages.push(Passage {
                    heading: section.heading.clone(),
                    text: std::mem::take(&mut text),
                });
                chars = 0;
            }
            if chars > 0 {
                text.push('\n');
            }
            text.push_str(&block);
            chars += block_chars + 1;
        }
        if !text.trim().is_empty() {
            passages.push(Passage {
                heading: section.heading,
                text,
            });
        }
    }
    passages
}

#[cfg(test)]
mod tests;
