//! Asking a base its own example questions, held out: how to rank, and what ranks are worth.

use std::collections::HashMap;

use super::calibrate::{Calibration, Point};
use super::learned::{Example, Learned, Scored};
use super::retrieval::UnitKind;
use super::{BLENDS, Blend};
use crate::analysis::Word;

const ROUNDS: usize = 4;
const POINTS_PER_ROUND: usize = 3_000;

/// One question of the calibration, scored.
struct Asked {
    class: usize,
    scored: Vec<Scored>,
    words: Vec<Word>,
    is_answerable: bool,
}

/// Learns how to rank and what ranks are worth by asking held-out example questions, once with their
/// article in place and once, for every article in turn, as if it had never been written. What is
/// held out is unknown to the last word, as a customer's question will be.
pub(super) fn calibrate(examples: &[Example], classes: usize) -> (Blend, Calibration) {
    let questions = examples
        .iter()
        .filter(|example| example.kind == UnitKind::Question)
        .count();
    if classes < 4 || questions < 12 {
        return (BLENDS[0], Calibration::default());
    }
    // Questions of one article lie side by side, so every ROUNDSth of them spreads over articles.
    let mut in_class: HashMap<usize, usize> = HashMap::new();
    let fold: Vec<Option<usize>> = examples
        .iter()
        .map(|example| {
            (example.kind == UnitKind::Question).then(|| {
                let count = in_class.entry(example.class).or_insert(0);
                *count += 1;
                (*count - 1 + example.class) % ROUNDS
            })
        })
        .collect();
    // Two at a time: each holds a set of weights.
    let mut points = Vec::new();
    let mut asked = Vec::new();
    for pair in [[0, 1], [2, 3]] {
        let fold = &fold;
        let ask = |round| ask(examples, fold, classes, round);
        asked.extend(std::thread::scope(|scope| {
            let second = scope.spawn(move || ask(pair[1]));
            let mut found = vec![ask(pair[0])];
            match second.join() {
                Ok(more) => found.push(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            found
        }));
    }
    let blend = best_blend(asked.iter().flat_map(|(_, asked)| asked));
    for (learned, asked) in asked {
        points.extend(asked.into_iter().filter_map(|mut asked| {
            blend.sort(&mut asked.scored);
            let place = asked.scored.iter().position(|scored| scored.class == asked.class);
            Some(Point {
                evidence: learned.evidence(&asked.scored, &asked.words)?,
                is_answerable: asked.is_answerable,
                place,
            })
        }));
    }
    (blend, Calibration::fit(&points))
}

fn ask(examples: &[Example], fold: &[Option<usize>], classes: usize, round: usize) -> (Learned, Vec<Asked>) {
    let is_held_class = |class: usize| class % ROUNDS == round;
    let is_held = |at: usize| fold[at] == Some(round) || is_held_class(examples[at].class);
    let kept: Vec<&Example> = (0..examples.len())
        .filter(|&at| !is_held(at))
        .map(|at| &examples[at])
        .collect();
    let learned = Learned::from(&kept, classes);
    let questions: Vec<&Example> = (0..examples.len())
        .filter(|&at| fold[at].is_some() && is_held(at))
        .map(|at| &examples[at])
        .collect();
    let step = questions.len().div_ceil(POINTS_PER_ROUND).max(1);
    let asked = questions
        .into_iter()
        .step_by(step)
        .map(|example| {
            let words = learned.meant(example.words.clone());
            Asked {
                class: example.class,
                scored: learned.score(&words),
                words,
                is_answerable: !is_held_class(example.class),
            }
        })
        .collect();
    (learned.without_weights(), asked)
}

/// The blend that puts most of the answerable questions' articles first; an earlier one unless a later
/// one is better by more than chance.
fn best_blend<'a>(asked: impl Iterator<Item = &'a Asked>) -> Blend {
    let answerable: Vec<&Asked> = asked.filter(|asked| asked.is_answerable).collect();
    let firsts = BLENDS.map(|blend| {
        answerable
            .iter()
            .filter(|asked| {
                asked
                    .scored
                    .iter()
                    .max_by(|a, b| blend.rank(a).total_cmp(&blend.rank(b)).then(b.class.cmp(&a.class)))
                    .is_some_and(|best| best.class == asked.class)
            })
            .count()
    });
    let mut best = 0;
    for (at, &first) in firsts.iter().enumerate() {
        if first > firsts[best] + answerable.len() / 500 {
            best = at;
        }
    }
    BLENDS[best]
}
