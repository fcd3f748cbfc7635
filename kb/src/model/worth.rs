//! What nearness in meaning is worth: how much it counts in the rank of an article, and what it says about the
//! first of them. Learned, like all else, by asking held-out example questions; what does not tell right from
//! wrong gets no weight.

use std::sync::Arc;

use super::calibrate::{Calibration, EVIDENCE, Evidence, Point, WITH_MEANING, Weighed, solve};
use super::nearby::Scale;
use super::reference::Others;
use super::scored::Scored;
use super::{Blend, MOST_RANKED};
use crate::semantics::{Meaning, Trust, background};

/// How much better than chance meaning must do: in standard deviations.
const BEYOND_CHANCE: f64 = 3.0;
/// What the rank is made of where meaning takes part.
const PARTS: usize = 6;
/// What the parts count together.
const TOTAL: f64 = 2.5;
/// How sharply a difference in rank tells right from wrong before anything is known.
const SHARPNESS: f32 = 3.0;
/// How firmly the weights hold to those that are expected: about so many questions. Examples of an article are written by
/// one hand, and nearer to each other than customers' questions are: what a few of them say of nearness is too much.
const HOLD: f64 = 50.0;
/// Steps of Newton's method.
const STEPS: usize = 12;

/// What the calibration is told about nearness.
pub(super) const NUMBERS: usize = WITH_MEANING - EVIDENCE;

/// What each part counts in the rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weights {
    parts: [f32; PARTS],
    /// Whether nearness alone makes a candidate.
    joins: bool,
    /// From differences in rank to odds.
    sharpness: f32,
}

fn parts(scored: &Scored) -> [f32; PARTS] {
    [
        scored.linear,
        scored.overlap,
        scored.vote,
        scored.margin,
        scored.meaning,
        scored.middle,
    ]
}

impl Weights {
    /// Those of a blend, in which meaning counts for nothing.
    pub(super) fn without(blend: Blend) -> Weights {
        Weights {
            parts: [1.0, blend.overlap, blend.vote, 0.0, 0.0, 0.0],
            joins: false,
            sharpness: SHARPNESS,
        }
    }

    /// Those under which what customers asked of small businesses finds its article (`kb/reference`, `kb/sample`) where
    /// articles have no example questions: there is nothing to draw lines by.
    const OF_NONE: Weights = Weights {
        parts: [0.02, 0.69, 0.45, 0.23, 0.94, 0.17],
        joins: true,
        sharpness: 5.2,
    };

    /// The same with their example questions.
    const OF_FEW: Weights = Weights {
        parts: [0.4, 0.45, 0.25, 0.45, 0.7, 0.25],
        joins: true,
        sharpness: 4.6,
    };

    /// The same for large bases (`kb/evaluation`), whole and thinned: there the lines between articles say most, and the
    /// middle of all texts.
    const OF_MANY: Weights = Weights {
        parts: [0.7, 0.26, 0.04, 0.5, 0.43, 0.55],
        joins: true,
        sharpness: 5.1,
    };

    /// Those from which what comes with the program starts, for a base of so many example questions.
    fn expected(examples: usize) -> Weights {
        let of_many = background::share(examples as f64) as f32;
        let between = |few: f32, many: f32| (1.0 - of_many) * few + of_many * many;
        Weights {
            parts: std::array::from_fn(|part| between(Weights::OF_FEW.parts[part], Weights::OF_MANY.parts[part])),
            joins: true,
            sharpness: between(Weights::OF_FEW.sharpness, Weights::OF_MANY.sharpness),
        }
    }

    /// The weights under which the right one of each question's candidates has the best odds (a conditional
    /// logit), held to others.
    fn fit(held_to: Weights, questions: &[&Candidates<'_>]) -> Weights {
        let before = held_to.parts.map(|part| f64::from(part * held_to.sharpness));
        let mut weights = before;
        for _ in 0..STEPS {
            let mut gradient = [0.0_f64; PARTS];
            let mut hessian = [[0.0_f64; PARTS]; PARTS];
            for i in 0..PARTS {
                gradient[i] = -HOLD * (weights[i] - before[i]);
                hessian[i][i] = HOLD;
            }
            for question in questions {
                add_question(question, &weights, &mut gradient, &mut hessian);
            }
            let step = solve(hessian, gradient);
            let mut largest = 0.0_f64;
            for (weight, step) in weights.iter_mut().zip(step) {
                let bounded = step.clamp(-2.0, 2.0);
                *weight += bounded;
                largest = largest.max(bounded.abs());
            }
            if largest < 1e-4 {
                break;
            }
        }
        // On one scale for all bases, which the calibration knows.
        let scale = weights.iter().map(|weight| weight.max(0.0)).sum::<f64>() / TOTAL;
        let scale = if scale.is_finite() && scale > 0.5 {
            scale
        } else {
            f64::from(SHARPNESS)
        };
        Weights {
            parts: weights.map(|weight| {
                if weight.is_finite() {
                    (weight / scale) as f32
                } else {
                    0.0
                }
            }),
            joins: true,
            sharpness: scale as f32,
        }
    }

    /// Whether nearness counts in the rank.
    pub(super) fn joins(&self) -> bool {
        self.joins
    }

    fn rank(&self, scored: &Scored) -> f32 {
        self.parts
            .iter()
            .zip(parts(scored))
            .map(|(weight, part)| weight * part)
            .sum()
    }

    /// Ranks, best first.
    pub(super) fn sort(&self, scored: &mut Vec<Scored>) {
        if !self.joins {
            scored.retain(|scored| !scored.is_joined);
        }
        for scored in scored.iter_mut() {
            scored.rank = self.rank(scored);
        }
        scored.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.class.cmp(&b.class)));
        scored.truncate(MOST_RANKED);
    }

    /// Whether the right candidate of a question comes first.
    pub(super) fn finds(&self, question: &Candidates) -> bool {
        let allowed = question.scored.iter().filter(|scored| self.joins || !scored.is_joined);
        let first = allowed.max_by(|a, b| self.rank(a).total_cmp(&self.rank(b)).then(b.class.cmp(&a.class)));
        first.is_some_and(|first| first.class == question.right)
    }
}

/// The candidates of an answerable question, on the base's scale, and which one is right.
pub(super) struct Candidates<'a> {
    pub(super) scored: &'a [Scored],
    pub(super) right: usize,
}

fn add_question(
    question: &Candidates<'_>,
    weights: &[f64; PARTS],
    gradient: &mut [f64; PARTS],
    hessian: &mut [[f64; PARTS]; PARTS],
) {
    let Some(right) = question.scored.iter().position(|scored| scored.class == question.right) else {
        return;
    };
    let rows: Vec<[f64; PARTS]> = question
        .scored
        .iter()
        .map(|scored| parts(scored).map(f64::from))
        .collect();
    let ranks: Vec<f64> = rows
        .iter()
        .map(|row| row.iter().zip(weights).map(|(part, weight)| part * weight).sum())
        .collect();
    let best = ranks.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = ranks.iter().map(|rank| (rank - best).exp()).collect();
    let total: f64 = odds.iter().sum();
    let mut mean = [0.0_f64; PARTS];
    for (row, odds) in rows.iter().zip(&odds) {
        for i in 0..PARTS {
            mean[i] += odds / total * row[i];
        }
    }
    for i in 0..PARTS {
        gradient[i] += rows[right][i] - mean[i];
    }
    for (row, odds) in rows.iter().zip(&odds) {
        for i in 0..PARTS {
            let share = odds / total * (row[i] - mean[i]);
            for j in 0..PARTS {
                hessian[i][j] += share * (row[j] - mean[j]);
            }
        }
    }
}

/// Whether more questions find their article with something than without, beyond chance: of those that it
/// changes, a useless one wins half.
pub(super) fn is_better(with: &[bool], without: &[bool]) -> bool {
    let (mut won, mut lost) = (0.0_f64, 0.0_f64);
    for (&with, &without) in with.iter().zip(without) {
        won += f64::from(u8::from(with && !without));
        lost += f64::from(u8::from(without && !with));
    }
    won - lost > BEYOND_CHANCE * (won + lost).sqrt()
}

/// The weights to rank with, for a base of so many example questions, some of which were asked. What a business brings
/// must earn them on questions that they were not fitted to, or the blend's stay; what comes with the program has them
/// unless it does harm.
pub(super) fn earned(blend: Blend, trust: Trust, examples: usize, questions: &[Candidates<'_>]) -> Weights {
    let without = Weights::without(blend);
    let is_trusted = trust != Trust::MustEarn;
    let held_to = if is_trusted {
        Weights::expected(examples)
    } else {
        without
    };
    let mut with = Vec::with_capacity(questions.len());
    let mut before = Vec::with_capacity(questions.len());
    for half in 0..2 {
        let fitted: Vec<&Candidates<'_>> = questions.iter().skip(half).step_by(2).collect();
        let weights = Weights::fit(held_to, &fitted);
        for question in questions.iter().skip(1 - half).step_by(2) {
            with.push(weights.finds(question));
            before.push(without.finds(question));
        }
    }
    let is_taken = if is_trusted {
        !is_better(&before, &with)
    } else {
        is_better(&with, &before)
    };
    if is_taken {
        Weights::fit(held_to, &questions.iter().collect::<Vec<_>>())
    } else {
        without
    }
}

/// What nearness turned out to be worth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worth {
    pub(super) weights: Weights,
    pub(super) scale: Scale,
    pub(super) calibration: Calibration<WITH_MEANING>,
}

impl Worth {
    /// What that which comes with the program is worth to a base too small to tell, by what others were asked.
    pub(super) fn expected(reference: &[Weighed<WITH_MEANING>]) -> Worth {
        Worth {
            weights: Weights::OF_NONE,
            scale: Scale::EXPECTED,
            calibration: Calibration::of_others(reference),
        }
    }
}

/// What reads texts, with what that is worth to a base.
pub(super) struct Sense {
    pub(super) meaning: Arc<Meaning>,
    pub(super) worth: Worth,
}

/// What nearness says about the first of some ranked candidates.
pub(super) fn evidence(weights: &Weights, lexical: &Evidence, scored: &[Scored]) -> Option<[f32; WITH_MEANING]> {
    let (best, others) = scored.split_first()?;
    let lead = |of: fn(&Scored) -> f32| (of(best) - others.iter().map(of).fold(-1.0, f32::max)).clamp(-1.0, 1.0);
    let odds = |scored: &Scored| (weights.sharpness * (scored.rank - best.rank)).exp();
    let share = 1.0 / scored.iter().map(odds).sum::<f32>().max(1.0);
    let (by_meaning, by_margin) = (lead(|scored| scored.meaning), lead(|scored| scored.margin));
    let numbers: [f32; NUMBERS] = [
        best.meaning,
        by_meaning,
        f32::from(u8::from(by_meaning >= 0.0)),
        best.meaning * best.meaning,
        best.meaning * best.linear,
        best.margin,
        by_margin.min(0.5),
        best.margin * best.margin,
        best.margin * best.linear,
        best.margin.min(best.linear),
        best.middle,
        lead(|scored| scored.middle),
        share,
        share * share,
        best.margin * best.meaning,
        best.among,
        best.among * best.among,
    ];
    let mut evidence = [0.0; WITH_MEANING];
    evidence[..EVIDENCE].copy_from_slice(lexical);
    evidence[EVIDENCE..].copy_from_slice(&numbers);
    Some(evidence)
}

/// Whether confidences that know of nearness describe questions better that they were not fitted to, beyond
/// chance.
pub(super) fn is_telling(points: &[Point<WITH_MEANING>], others: &Others<WITH_MEANING>) -> bool {
    let lexical = |point: &Point<WITH_MEANING>| -> Point {
        let mut evidence = [0.0; EVIDENCE];
        evidence.copy_from_slice(&point.evidence[..EVIDENCE]);
        Point {
            evidence,
            is_answerable: point.is_answerable,
            is_nobodys: point.is_nobodys,
            place: point.place,
        }
    };
    let plainly = |others: &[Weighed<WITH_MEANING>]| -> Vec<Weighed> {
        let plain = |one: &Weighed<WITH_MEANING>| Weighed {
            point: lexical(&one.point),
            weight: one.weight,
        };
        others.iter().map(plain).collect()
    };
    let plain_others = Others {
        few: plainly(&others.few),
        many: plainly(&others.many),
    };
    let (mut count, mut sum, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64);
    for half in 0..2 {
        let fitted: Vec<&Point<WITH_MEANING>> = points.iter().skip(half).step_by(2).collect();
        let with = Calibration::fit(fitted.iter().copied(), others);
        let plain: Vec<Point> = fitted.into_iter().map(lexical).collect();
        let without = Calibration::fit(plain.iter(), &plain_others);
        for point in points.iter().skip(1 - half).step_by(2) {
            let gain = without.loss(&lexical(point)) - with.loss(point);
            count += 1.0;
            sum += gain;
            squares += gain * gain;
        }
    }
    let variance = squares - sum * sum / count.max(1.0);
    sum > BEYOND_CHANCE * variance.max(0.0).sqrt()
}
