//! What a base learns from questions that are nobody's (see `semantics::background`).

use std::sync::Arc;

use conversation::types::Language;

use super::QUESTION_WORDS;
use super::linear::Linear;
use super::nearby::middles;
use super::retrieval::UnitKind;
use super::scored::{Example, NOBODY};
use crate::analysis::{Splitter, Vocabulary};
use crate::semantics::{ENOUGH, Meaning, Role, Trust, Vector, background, dot};

/// What part of a base's own questions lies farther from the middle of its article than a line of the background may lie
/// near: what lies nearer may be a question of its customers.
const FARTHEST_OWN: f32 = 0.25;

/// The lines that a base of these examples is certainly not asked, as examples of no class. None for a base with few
/// questions or too many articles, and where the model that comes with the program has not read them.
pub(super) fn examples(
    language: Language,
    splitter: &Splitter,
    meaning: Option<&Arc<Meaning>>,
    own: &[Example],
    classes: usize,
) -> Vec<Example> {
    let questions = || own.iter().filter(|example| example.kind == UnitKind::Question);
    let share = background::share(questions().count() as f64);
    let meaning = meaning.filter(|meaning| meaning.trust() == Trust::Always && !meaning.is_quick());
    let Some(meaning) = meaning.filter(|_| share > 0.0) else {
        return Vec::new();
    };
    let all = background::lines(language).count();
    if !Linear::is_worth_it(own.len() + all, classes) {
        return Vec::new();
    }
    let read: Vec<(&str, Vector)> = background::lines(language)
        .filter_map(|line| Some((line, meaning.known(Role::Question, line)?)))
        .collect();
    if (read.len() as f32) < ENOUGH * all as f32 {
        return Vec::new();
    }
    let middles = middles(own, classes);
    let mut nearness: Vec<f32> = questions()
        .filter_map(|example| Some(dot(middles.get(example.class)?, example.vector.as_ref()?.near())))
        .collect();
    nearness.sort_unstable_by(f32::total_cmp);
    let Some(&nearest) = nearness.get((nearness.len() as f32 * FARTHEST_OWN) as usize) else {
        return Vec::new();
    };
    let is_alien = |vector: &Vector| middles.iter().all(|middle| dot(middle, vector.near()) < nearest);
    let alien: Vec<(&str, Vector)> = read.into_iter().filter(|(_, vector)| is_alien(vector)).collect();
    // Together they count no more than the base's own examples.
    let weight = share as f32 * (own.len() as f32 / alien.len().max(1) as f32).min(1.0);
    let mut vocabulary = Vocabulary::default();
    alien
        .into_iter()
        .map(|(line, vector)| Example {
            class: NOBODY,
            kind: UnitKind::Question,
            words: vocabulary.shared(splitter.words(line, QUESTION_WORDS)),
            lead: 0,
            weight,
            vector: Some(vector),
        })
        .filter(|example| !example.words.is_empty())
        .collect()
}
