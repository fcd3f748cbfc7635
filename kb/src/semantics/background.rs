//! Questions that are no particular business's: what people ask of an assistant, an office, a shop or each other, about
//! anything (`kb/words/background`, written for this program). A base with examples enough learns from them what it is
//! *not* asked: its own examples know only each other.

use conversation::types::Language;

use super::Role;
use crate::article::Article;

/// Up to so many example questions, what customers of other businesses asked says what scores are worth (see
/// `model::reference`); beyond it that counts less and less, and the background more and more.
pub(crate) const FEW_QUESTIONS: f64 = 120.0;

/// What the background counts for a base of so many questions, in full 1.
pub(crate) fn share(questions: f64) -> f64 {
    1.0 - (FEW_QUESTIONS / questions).min(1.0)
}

/// The questions in a language, those of one subject side by side.
pub(crate) fn lines(language: Language) -> impl Iterator<Item = &'static str> {
    let file = match language {
        Language::En => include_str!("../../words/background/en.txt"),
        Language::Es => include_str!("../../words/background/es.txt"),
        Language::Pt => include_str!("../../words/background/pt.txt"),
    };
    file.lines().filter(|line| !line.starts_with('#'))
}

/// The texts that a model reads for a base of these articles: none where that has few questions.
pub(super) fn texts<'a>(
    language: Language,
    articles: impl Iterator<Item = &'a Article>,
) -> impl Iterator<Item = (Role, String)> {
    let questions: usize = articles.map(|article| article.questions.len()).sum();
    let is_wanted = share(questions as f64) > 0.0;
    let read = is_wanted.then(|| lines(language).map(|line| (Role::Question, line.to_owned())));
    read.into_iter().flatten()
}
