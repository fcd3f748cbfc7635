//! How near a question comes in meaning to what an article says, and what that is worth: learned, like all
//! else, by asking held-out example questions. A model that does not tell right from wrong gets no weight.

use std::ops::Range;
use std::sync::Arc;

use super::MOST_RANKED;
use super::calibrate::{Calibration, EVIDENCE, Evidence, Point, WITH_MEANING};
use super::learned::{Example, Scored};
use super::retrieval::UnitKind;
use crate::semantics::{Meaning, Vector, dot, normalise};

/// With fewer of the texts read, nearness says more about which were read than about the question.
const FEWEST_READ: f32 = 0.9;
/// Products that finding the nearest articles may take for one question.
const MOST_PRODUCTS: usize = 4_000_000;
/// Nearness beside the linear margin in the rank of an article; the first is none.
const SHARES: [f32; 7] = [0.0, 0.15, 0.3, 0.6, 1.2, 2.4, 4.8];
/// How much better than chance a share, or the numbers for the calibration, must do: in standard deviations.
const BEYOND_CHANCE: f64 = 3.0;
/// Beyond so many spreads from the middle, nearness says no more.
const FARTHEST: f32 = 3.0;

/// What the calibration is told about nearness.
pub(super) const NUMBERS: usize = WITH_MEANING - EVIDENCE;

/// Cosines to the nearest question and the nearest passage of an article.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Nearness {
    question: Option<f32>,
    passage: Option<f32>,
}

struct Unit {
    is_passage: bool,
    vector: Vector,
}

/// The vectors of a set of examples.
pub(super) struct Nearby {
    units: Vec<Unit>,
    /// The units of each class.
    of_class: Vec<Range<usize>>,
    /// The middle of each class; empty where the classes are too many to be looked through.
    middles: Vec<Vec<f32>>,
}

impl Nearby {
    /// `None` where too few examples have vectors.
    pub(super) fn from(examples: &[&Example], classes: usize) -> Option<Nearby> {
        let read = examples.iter().filter(|example| example.vector.is_some()).count();
        if read == 0 || (read as f32) < FEWEST_READ * examples.len() as f32 {
            return None;
        }
        let mut units = Vec::with_capacity(read);
        let mut of_class = vec![0..0; classes];
        // Examples of one class lie side by side.
        for example in examples {
            let Some(vector) = &example.vector else { continue };
            let range = &mut of_class[example.class];
            if range.end == 0 {
                *range = units.len()..units.len();
            }
            units.push(Unit {
                is_passage: matches!(example.kind, UnitKind::Passage(_)),
                vector: vector.clone(),
            });
            range.end = units.len();
        }
        let dimensions = units.first().map_or(0, |unit: &Unit| unit.vector.len());
        let middles = if classes * dimensions <= MOST_PRODUCTS {
            let middle = |range: &Range<usize>| {
                let mut sum = vec![0.0_f32; dimensions];
                for unit in &units[range.clone()] {
                    sum.iter_mut()
                        .zip(unit.vector.iter())
                        .for_each(|(sum, number)| *sum += number);
                }
                normalise(&mut sum);
                sum
            };
            of_class.iter().map(middle).collect()
        } else {
            Vec::new()
        };
        Some(Nearby {
            units,
            of_class,
            middles,
        })
    }

    pub(super) fn nearness(&self, class: usize, question: &[f32]) -> Nearness {
        let mut nearness = Nearness::default();
        for unit in &self.units[self.of_class[class].clone()] {
            let cosine = dot(&unit.vector, question);
            let nearest = if unit.is_passage {
                &mut nearness.passage
            } else {
                &mut nearness.question
            };
            *nearest = Some(nearest.map_or(cosine, |known| known.max(cosine)));
        }
        nearness
    }

    /// The classes whose middles are nearest: they may share no word with the question.
    pub(super) fn nearest(&self, question: &[f32]) -> Vec<usize> {
        let mut found: Vec<(usize, f32)> = self
            .middles
            .iter()
            .map(|middle| dot(middle, question))
            .enumerate()
            .filter(|(class, _)| !self.of_class[*class].is_empty())
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(MOST_RANKED);
        found.into_iter().map(|(class, _)| class).collect()
    }
}

/// Mean and spread of a model's cosines between questions and candidates: models differ in what "near" is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    question: (f32, f32),
    passage: (f32, f32),
}

impl Scale {
    pub(super) fn of<'a>(scored: impl Iterator<Item = &'a Scored> + Clone) -> Scale {
        let middle = |of: fn(&Nearness) -> Option<f32>| {
            let (mut count, mut sum, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64);
            for cosine in scored.clone().filter_map(|scored| of(&scored.nearness)) {
                let cosine = f64::from(cosine);
                count += 1.0;
                sum += cosine;
                squares += cosine * cosine;
            }
            let mean = sum / count.max(1.0);
            let spread = (squares / count.max(1.0) - mean * mean).max(0.0).sqrt();
            (mean as f32, spread.max(1e-4) as f32)
        };
        Scale {
            question: middle(|nearness| nearness.question),
            passage: middle(|nearness| nearness.passage),
        }
    }

    /// Puts the nearness of each candidate on one scale: -1 far, 0 as usual, 1 near.
    pub(super) fn apply(&self, scored: &mut [Scored]) {
        let on_scale = |cosine: Option<f32>, (mean, spread): (f32, f32)| {
            cosine.map_or(-1.0, |cosine| {
                ((cosine - mean) / spread).clamp(-FARTHEST, FARTHEST) / FARTHEST
            })
        };
        for scored in scored {
            let nearness = scored.nearness;
            scored.meaning = on_scale(nearness.question, self.question).max(on_scale(nearness.passage, self.passage));
        }
    }
}

/// What nearness turned out to be worth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worth {
    pub(super) share: f32,
    pub(super) scale: Scale,
    pub(super) calibration: Calibration<WITH_MEANING>,
}

/// A model's vectors with what they are worth to a base.
pub(super) struct Sense {
    pub(super) meaning: Arc<Meaning>,
    pub(super) worth: Worth,
}

/// What nearness says about the first of some ranked candidates.
pub(super) fn evidence(lexical: &Evidence, scored: &[Scored]) -> Option<[f32; WITH_MEANING]> {
    let (best, others) = scored.split_first()?;
    let second = others.iter().map(|other| other.meaning).fold(-1.0, f32::max);
    let lead = best.meaning - second;
    let numbers: [f32; NUMBERS] = [
        best.meaning,
        lead.clamp(-1.0, 1.0),
        f32::from(u8::from(lead >= 0.0)),
        best.meaning * best.meaning,
        best.meaning * best.linear,
    ];
    let mut evidence = [0.0; WITH_MEANING];
    evidence[..EVIDENCE].copy_from_slice(lexical);
    evidence[EVIDENCE..].copy_from_slice(&numbers);
    Some(evidence)
}

/// The share with which most held-out questions find their article, if it finds more than none does, beyond
/// chance. `firsts` says of a share, for each question, whether its article came first.
pub(super) fn best_share(firsts: impl Fn(f32) -> Vec<bool>) -> f32 {
    let without = firsts(SHARES[0]);
    let mut best = (0.0, SHARES[0]);
    for &share in &SHARES[1..] {
        let with = firsts(share);
        let (mut won, mut lost) = (0.0_f64, 0.0_f64);
        for (with, without) in with.iter().zip(&without) {
            won += f64::from(u8::from(*with && !without));
            lost += f64::from(u8::from(*without && !with));
        }
        // Of questions that it changes, a useless one wins half.
        let gain = won - lost;
        if gain > BEYOND_CHANCE * (won + lost).sqrt() && gain > best.0 {
            best = (gain, share);
        }
    }
    best.1
}

/// Whether confidences that know of nearness describe questions better that they were not fitted to, beyond
/// chance.
pub(super) fn is_telling(points: &[Point<WITH_MEANING>]) -> bool {
    let lexical = |point: &Point<WITH_MEANING>| -> Point {
        let mut evidence = [0.0; EVIDENCE];
        evidence.copy_from_slice(&point.evidence[..EVIDENCE]);
        Point {
            evidence,
            is_answerable: point.is_answerable,
            place: point.place,
        }
    };
    let (mut count, mut sum, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64);
    for half in 0..2 {
        let fitted: Vec<&Point<WITH_MEANING>> = points.iter().skip(half).step_by(2).collect();
        let with = Calibration::fit(fitted.iter().copied());
        let plain: Vec<Point> = fitted.into_iter().map(lexical).collect();
        let without = Calibration::fit(plain.iter());
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

#[cfg(test)]
mod tests;
