//! Asking a base its own example questions, held out: how to rank, and what ranks are worth.

use std::collections::HashMap;

use super::calibrate::{Calibration, Point, WITH_MEANING};
use super::learned::Learned;
use super::linear::Linear;
use super::nearby::Scale;
use super::reference::{self, Others, Reader, Reference};
use super::retrieval::UnitKind;
use super::scored::{Example, NOBODY, Scored};
use super::worth::{self, Candidates, Worth};
use super::{BLENDS, Blend};
use crate::analysis::Word;
use crate::semantics::Trust;

/// Each round does without one in so many questions, and without one in so many articles: what is learned without many
/// of them says less of what all of them teach.
const ROUNDS: usize = 10;
const POINTS_PER_ROUND: usize = 3_000;

/// How many of the rounds are held: so many questions tell enough in a few of them, and in fewer where these cost much (so
/// many examples × classes).
fn held_rounds(questions: usize, work: usize) -> usize {
    match (questions, work) {
        (1_200.., 1_000_000..) => 2,
        (600.., _) => 4,
        _ => ROUNDS,
    }
}

/// One question of the calibration, scored.
struct Asked {
    class: usize,
    scored: Vec<Scored>,
    words: Vec<Word>,
    is_answerable: bool,
}

impl Asked {
    /// Whether it is a question of the background.
    fn is_nobodys(&self) -> bool {
        self.class == NOBODY
    }

    /// Where its article was ranked.
    fn place(&self) -> Option<usize> {
        self.scored.iter().position(|scored| scored.class == self.class)
    }
}

/// How to rank, and what ranks are worth.
pub(super) struct Verdict {
    pub(super) blend: Blend,
    pub(super) calibration: Calibration,
    /// What nearness is worth; `None` where nothing reads texts, or it is useless.
    pub(super) meaning: Option<Worth>,
}

/// Learns how to rank and what ranks are worth by asking held-out example questions, once with their
/// article in place and once, for every article in turn, as if it had never been written. What is
/// held out is unknown to the last word, as a customer's question will be. `others` are of no article: some of them are
/// asked, too. `trust` is that in the vectors, which
/// `reader` made.
pub(super) fn calibrate(
    examples: &[Example],
    others: &[Example],
    classes: usize,
    (trust, reader): (Trust, Reader),
    reference: &Reference,
) -> Verdict {
    let questions = examples
        .iter()
        .filter(|example| example.kind == UnitKind::Question)
        .count();
    if classes < 4 || questions < 12 {
        let none = reference::Examples::None;
        return Verdict {
            blend: BLENDS[0],
            calibration: Calibration::of_others(&reference.points(Reader::Nothing, none)),
            meaning: (trust == Trust::Always).then(|| Worth::expected(&reference.points(reader, none))),
        };
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
    for round in (0..held_rounds(questions, examples.len() * classes)).step_by(2) {
        let fold = &fold;
        let ask = |round| ask(examples, others, fold, classes, round);
        asked.extend(std::thread::scope(|scope| {
            let second = scope.spawn(move || ask(round + 1));
            let mut found = vec![ask(round)];
            match second.join() {
                Ok(more) => found.push(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            found
        }));
    }
    let blend = best_blend(asked.iter().flat_map(|(_, asked)| asked));
    let meaning = worth_of_nearness(blend, (trust, questions), &reference.others(reader), &mut asked);
    for (learned, asked) in asked {
        points.extend(asked.into_iter().filter_map(|mut asked| {
            blend.sort(&mut asked.scored);
            Some(Point {
                evidence: learned.evidence(&asked.scored, &asked.words)?,
                is_answerable: asked.is_answerable,
                is_nobodys: asked.is_nobodys(),
                place: asked.place(),
            })
        }));
    }
    Verdict {
        blend,
        calibration: Calibration::fit(points.iter(), &reference.others(Reader::Nothing)),
        meaning,
    }
}

/// What nearness adds to a blend, where it adds anything.
fn worth_of_nearness(
    blend: Blend,
    (trust, examples): (Trust, usize),
    others: &Others<WITH_MEANING>,
    asked: &mut [(Learned, Vec<Asked>)],
) -> Option<Worth> {
    if asked.iter().all(|(learned, _)| learned.nearby.is_none()) {
        return None;
    }
    let all = asked.iter().flat_map(|(_, asked)| asked);
    let scale = Scale::of(all.flat_map(|asked| &asked.scored));
    for one in asked.iter_mut().flat_map(|(_, asked)| asked) {
        scale.apply(&mut one.scored);
    }
    let answerable: Vec<Candidates<'_>> = asked
        .iter()
        .flat_map(|(_, asked)| asked)
        .filter(|asked| asked.is_answerable)
        .map(|asked| Candidates {
            scored: &asked.scored,
            right: asked.class,
        })
        .collect();
    let weights = worth::earned(blend, trust, examples, &answerable);
    let mut points = Vec::new();
    for (learned, asked) in asked.iter() {
        for asked in asked {
            let mut ranked = Asked {
                scored: asked.scored.clone(),
                words: Vec::new(),
                ..*asked
            };
            weights.sort(&mut ranked.scored);
            let lexical = learned.evidence(&ranked.scored, &asked.words);
            points.extend(lexical.and_then(|lexical| {
                Some(Point {
                    evidence: worth::evidence(&weights, &lexical, &ranked.scored)?,
                    is_answerable: asked.is_answerable,
                    is_nobodys: asked.is_nobodys(),
                    place: ranked.place(),
                })
            }));
        }
    }
    (weights.joins() || worth::is_telling(&points, others)).then(|| Worth {
        weights,
        scale,
        calibration: Calibration::fit(points.iter(), others),
    })
}

fn ask(
    examples: &[Example],
    others: &[Example],
    fold: &[Option<usize>],
    classes: usize,
    round: usize,
) -> (Learned, Vec<Asked>) {
    let is_held_class = |class: usize| class % ROUNDS == round;
    let is_held = |at: usize| fold[at] == Some(round) || is_held_class(examples[at].class);
    let kept: Vec<&Example> = (0..examples.len())
        .filter(|&at| !is_held(at))
        .map(|at| &examples[at])
        .collect();
    let is_asked = |at: usize| at % ROUNDS == round;
    let others = others.iter().enumerate();
    let (asked, taught): (Vec<_>, Vec<_>) = others.partition(|(at, _)| is_asked(*at));
    let taught: Vec<&Example> = taught.into_iter().map(|(_, other)| other).collect();
    let learned = Learned::from(&kept, &taught, classes, Linear::is_worth_it(examples.len(), classes));
    let questions: Vec<&Example> = (0..examples.len())
        .filter(|&at| fold[at].is_some() && is_held(at))
        .map(|at| &examples[at])
        .collect();
    let step = questions.len().div_ceil(POINTS_PER_ROUND).max(1);
    let other_step = asked.len().div_ceil(questions.len().max(1)).max(1);
    let others = asked.into_iter().step_by(other_step).map(|(_, other)| other);
    let asked = questions
        .into_iter()
        .step_by(step)
        .chain(others)
        .map(|example| {
            let words = learned.meant(example.words.clone());
            Asked {
                class: example.class,
                scored: learned.score(&words, example.vector.as_ref()),
                words,
                is_answerable: example.class != NOBODY && !is_held_class(example.class),
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
                    .filter(|scored| !scored.is_joined)
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
