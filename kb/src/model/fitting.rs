//! Which passages of an article answer a question.
//!
//! All passages of an article are about the same thing, so what tells them apart are the words that few of them
//! hold, the words of their headings, and which of them means most nearly what was asked. The shares were chosen by
//! the questions of `kb/sample` whose passages are known.

use super::Known;
use super::nearby::Nearby;
use super::retrieval::Retrieval;
use crate::analysis::{self, Splitter, Word};
use crate::article::Passage;
use crate::synonyms::share_of;

/// A function word is worth this much of another.
const FUNCTION_WORD: f32 = 0.1;
/// A word that stands in the heading, beside one in the text.
const HEADING: f32 = 1.0;
/// A cosine that is higher by one.
const NEARNESS: f32 = 5.0;
/// Who writes of a thing to be done is helped by the steps, more when they ask how.
const STEPS: f32 = 0.5;
const STEPS_ASKED_FOR: f32 = 1.5;
/// Who asks for no more than the headline says is answered by what the article begins with, unless steps do that.
const LEAD: f32 = 1.0;
/// Where the second fits less well by no more than this, both are shown …
const AS_GOOD: f32 = 0.75;
/// … if they are no longer than this together, in characters.
const SHORT: usize = 700;
/// Words of a heading that are read.
const HEADING_WORDS: usize = 24;

/// A question as it is compared with passages.
pub(super) struct Asked<'a> {
    pub(super) words: &'a [Word],
    /// Its vector, where a model of sentences has read the articles.
    pub(super) vector: Option<&'a [f32]>,
}

/// The one or two passages that fit best, in the order of the article; none where it has none.
pub(super) fn fitting(
    article: &Known,
    class: usize,
    asked: &Asked<'_>,
    splitter: &Splitter,
    retrieval: &Retrieval,
    nearby: Option<&Nearby>,
) -> Vec<Passage> {
    let passages = &article.passages;
    if passages.len() < 2 {
        return passages.clone();
    }
    let mut scores = by_words(passages, class, asked.words, splitter, retrieval);
    if let (Some(nearby), Some(vector)) = (nearby, asked.vector) {
        let cosines = nearby.passages(class, vector);
        // As many as there are passages, unless the model has not read them all.
        if cosines.len() == scores.len() {
            scores
                .iter_mut()
                .zip(cosines)
                .for_each(|(score, cosine)| *score += NEARNESS * cosine);
        }
    }
    let steps = if analysis::asks_how(asked.words) {
        STEPS_ASKED_FOR
    } else {
        STEPS
    };
    for (score, passage) in scores.iter_mut().zip(passages) {
        if passage.has_steps() {
            *score += steps;
        }
    }
    let has_lead = passages[0].heading.is_empty() && !passages.iter().any(Passage::has_steps);
    if has_lead && is_said_by(&splitter.words(&article.title, HEADING_WORDS), asked.words) {
        scores[0] += LEAD;
    }
    let mut order: Vec<usize> = (0..passages.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let is_as_good = scores[order[0]] - scores[order[1]] <= AS_GOOD;
    let length = |at: usize| passages[order[at]].text.chars().count();
    order.truncate(if is_as_good && length(0) + length(1) <= SHORT {
        2
    } else {
        1
    });
    order.sort_unstable();
    order.into_iter().map(|at| passages[at].clone()).collect()
}

fn by_words(
    passages: &[Passage],
    class: usize,
    words: &[Word],
    splitter: &Splitter,
    retrieval: &Retrieval,
) -> Vec<f32> {
    let mut scores = vec![0.0_f32; passages.len()];
    let headings: Vec<Vec<Word>> = passages
        .iter()
        .map(|passage| splitter.words(&passage.heading, HEADING_WORDS))
        .collect();
    for word in words {
        let found = retrieval.in_passages(class, word);
        if found.is_empty() {
            continue;
        }
        let share = if word.is_function_word { FUNCTION_WORD } else { 1.0 };
        // What all of them hold tells little.
        let weight = share * ((passages.len() as f32 + 1.0) / found.len() as f32).ln();
        for (passage, held) in found {
            if let Some(score) = scores.get_mut(passage) {
                *score += weight * held;
            }
        }
        for (score, heading) in scores.iter_mut().zip(&headings) {
            *score += weight * HEADING * held(heading, word);
        }
    }
    scores
}

/// Whether a headline holds all that a question is about.
fn is_said_by(headline: &[Word], words: &[Word]) -> bool {
    let mut matters = words.iter().filter(|word| !analysis::is_of_any_matter(word)).peekable();
    matters.peek().is_some() && matters.all(|word| headline.iter().any(|other| other.stem == word.stem))
}

/// 1 where a heading holds a word, less where it holds one of its meaning.
fn held(heading: &[Word], word: &Word) -> f32 {
    if heading.iter().any(|other| other.stem == word.stem) {
        return 1.0;
    }
    let in_heading = |meaning: &&u32| heading.iter().any(|other| other.meanings.contains(meaning));
    word.meanings
        .iter()
        .filter(in_heading)
        .map(|meaning| share_of(*meaning))
        .fold(0.0, f32::max)
}
