//! What is learned from, and what a question makes of it.

use super::retrieval::UnitKind;
use crate::analysis::Word;
use crate::semantics::Vector;

/// The class of what no article is about.
pub(super) const NOBODY: usize = usize::MAX;

/// A title, an example question or a passage, prepared for learning.
pub(super) struct Example {
    /// Of an article, or [`NOBODY`].
    pub(super) class: usize,
    pub(super) kind: UnitKind,
    pub(super) words: Vec<Word>,
    /// How many of the first words stand there for the retrieval alone.
    pub(super) lead: usize,
    /// Relative to an example question.
    pub(super) weight: f32,
    /// What a model of sentences made of it.
    pub(super) vector: Option<Vector>,
}

impl Example {
    pub(super) fn own_words(&self) -> &[Word] {
        &self.words[self.lead..]
    }
}

/// An article as scored for one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    pub(super) class: usize,
    pub(super) rank: f32,
    pub(super) linear: f32,
    pub(super) overlap: f32,
    pub(super) vote: f32,
    /// The margins of the two classifiers, of which `linear` is the mean.
    pub(super) words: f32,
    pub(super) letters: f32,
    pub(super) nearness: Nearness,
    /// Nearness on the scale of the base, -1 far, 1 near: to its nearest text, and to the middle of all.
    pub(super) meaning: f32,
    pub(super) middle: f32,
    /// As in [`Nearness`], in spreads.
    pub(super) among: f32,
    /// The margin of the classifier over vectors.
    pub(super) margin: f32,
    /// Whether nearness alone makes it a candidate.
    pub(super) is_joined: bool,
}

/// How near a question comes to an article.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Nearness {
    /// Cosines to its nearest question, its nearest passage and the middle of all its texts.
    pub(super) question: Option<f32>,
    pub(super) passage: Option<f32>,
    pub(super) middle: Option<f32>,
    /// By how much it comes nearer to its nearest texts than these lie to those around them: 0 is one of them.
    pub(super) among: Option<f32>,
    /// On which side of the article's line, as in [`Linear::margins`].
    pub(super) margin: f32,
}

impl Default for Nearness {
    fn default() -> Self {
        Nearness {
            question: None,
            passage: None,
            middle: None,
            among: None,
            margin: -1.0,
        }
    }
}
