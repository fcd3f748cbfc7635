//! How near a question comes in meaning to what an article says: cosines to its texts, and a separator over the
//! vectors of all examples. What that is worth is learned in `worth`.

use std::ops::Range;

use super::MOST_RANKED;
use super::features::SparseVector;
use super::linear::{Linear, Sample, Training};
use super::retrieval::UnitKind;
use super::scored::{Example, Nearness, Scored};
use crate::semantics::{ENOUGH, Vector, dot, normalise};

/// Products that finding the nearest articles may take for one question.
const MOST_PRODUCTS: usize = 3_500_000;
/// Beyond so many spreads from the middle, nearness says no more.
const FARTHEST: f32 = 3.0;
/// All numbers are in every vector, so that a pass costs much; fewer do where lines start from the middles, and hold
/// firmly to these.
const TRAINING: Training = Training { cost: 0.5, passes: 6 };
/// Margins beyond it say no more.
const FARTHEST_MARGIN: f32 = 1.5;

/// Nearest texts of an article that tell how near it is, and how near to each other they lie.
const NEAREST: usize = 3;
/// Texts on either side of one among which those around it are looked for: articles of a thousand are learned in time,
/// too.
const AROUND: usize = 200;
/// How near a text lies to others of its article, where it is the only one.
const USUAL: f32 = 0.5;
/// Of that, and of how near questions come beside it, the spread.
const SPREAD: f32 = 0.15;

/// A vector in a quarter of its room: enough for a cosine.
struct Unit {
    is_passage: bool,
    /// How near the nearest of its article's other texts lie.
    around: f32,
    scale: f32,
    numbers: Box<[i8]>,
}

impl Unit {
    fn new(is_passage: bool, vector: &[f32]) -> Unit {
        let largest = vector.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
        let scale = largest / 127.0;
        let steps = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        Unit {
            is_passage,
            around: USUAL,
            scale,
            numbers: vector.iter().map(|number| (number * steps).round() as i8).collect(),
        }
    }

    fn cosine(&self, question: &[f32]) -> f32 {
        const LANES: usize = 8;
        let mut sums = [0.0_f32; LANES];
        let (own, own_rest) = self.numbers.as_chunks::<LANES>();
        let (other, other_rest) = question.as_chunks::<LANES>();
        for (own, other) in own.iter().zip(other) {
            for lane in 0..LANES {
                sums[lane] += f32::from(own[lane]) * other[lane];
            }
        }
        let rest: f32 = own_rest.iter().zip(other_rest).map(|(a, b)| f32::from(*a) * b).sum();
        self.scale * (sums.iter().sum::<f32>() + rest)
    }
}

/// The vectors of a set of examples.
pub(super) struct Nearby {
    units: Vec<Unit>,
    /// The units of each class.
    of_class: Vec<Range<usize>>,
    /// The middle of each class; empty where the classes are too many to be looked through.
    middles: Vec<Vec<f32>>,
    linear: Option<Linear>,
}

impl Nearby {
    /// `None` where too few examples have vectors. The others are of no class.
    pub(super) fn from(examples: &[&Example], others: &[&Example], classes: usize, has_lines: bool) -> Option<Nearby> {
        let read = examples.iter().filter(|example| example.vector.is_some()).count();
        if read == 0 || (read as f32) < ENOUGH * examples.len() as f32 {
            return None;
        }
        let mut units = Vec::with_capacity(read);
        let mut of_class = vec![0..0; classes];
        let dimensions = examples
            .iter()
            .find_map(|example| example.vector.as_ref())
            .map_or(0, |vector| vector.near().len());
        let has_middles = classes * dimensions <= MOST_PRODUCTS;
        // Examples of one class lie side by side.
        for example in examples {
            let Some(vector) = example.vector.as_ref().map(Vector::near) else {
                continue;
            };
            let range = &mut of_class[example.class];
            if range.end == 0 {
                *range = units.len()..units.len();
            }
            units.push(Unit::new(matches!(example.kind, UnitKind::Passage(_)), vector));
            range.end = units.len();
        }
        for range in &of_class {
            look_around(&mut units[range.clone()]);
        }
        let middles = if has_middles {
            middles(examples.iter().copied(), classes)
        } else {
            Vec::new()
        };
        Some(Nearby {
            units,
            of_class,
            middles,
            linear: has_lines.then(|| separator(examples, others, classes)).flatten(),
        })
    }

    /// Gives up what only scoring needs.
    pub(super) fn without_weights(&mut self) {
        self.linear = None;
        self.units = Vec::new();
    }

    /// How near a question is to some classes, in order, and the classes that are nearest of all beside them.
    pub(super) fn nearness(&self, among: &[usize], question: &Vector) -> (Vec<Nearness>, Vec<(usize, Nearness)>) {
        let margins = self.linear.as_ref().map(|linear| linear.margins(&seen(question)));
        let question = question.near();
        let middles: Vec<f32> = self.middles.iter().map(|middle| dot(middle, question)).collect();
        let of = |class: usize| {
            let mut nearness = Nearness {
                middle: middles.get(class).copied(),
                ..Nearness::default()
            };
            if let Some(margin) = margins.as_ref().and_then(|margins| margins.get(class)) {
                nearness.margin = margin.clamp(-FARTHEST_MARGIN, FARTHEST_MARGIN);
            }
            let mut nearest_units = Nearest::default();
            for unit in &self.units[self.of_class[class].clone()] {
                let cosine = unit.cosine(question);
                nearest_units.add(cosine, cosine - unit.around);
                let nearest = if unit.is_passage {
                    &mut nearness.passage
                } else {
                    &mut nearness.question
                };
                *nearest = Some(nearest.map_or(cosine, |known| known.max(cosine)));
            }
            nearness.among = nearest_units.mean();
            nearness
        };
        let near = among.iter().map(|&class| of(class)).collect();
        let mut more: Vec<usize> = self.first(&middles);
        more.extend(margins.iter().flat_map(|margins| self.first(margins)));
        more.sort_unstable();
        more.dedup();
        more.retain(|class| !among.contains(class));
        (near, more.into_iter().map(|class| (class, of(class))).collect())
    }

    /// Cosines to the passages of a class, in their order.
    pub(super) fn passages(&self, class: usize, question: &[f32]) -> Vec<f32> {
        let own = &self.units[self.of_class[class].clone()];
        own.iter()
            .filter(|unit| unit.is_passage)
            .map(|unit| unit.cosine(question))
            .collect()
    }

    /// The classes of the largest of these numbers: they may share no word with the question.
    fn first(&self, numbers: &[f32]) -> Vec<usize> {
        let mut found: Vec<usize> = (0..numbers.len())
            .filter(|&class| !self.of_class[class].is_empty())
            .collect();
        let by_number = |a: &usize, b: &usize| numbers[*b].total_cmp(&numbers[*a]).then(a.cmp(b));
        if found.len() > MOST_RANKED {
            found.select_nth_unstable_by(MOST_RANKED, by_number);
            found.truncate(MOST_RANKED);
        }
        found
    }
}

/// The numbers of the nearest texts.
#[derive(Default)]
struct Nearest {
    /// Cosine and number, nearest first.
    found: [Option<(f32, f32)>; NEAREST],
}

impl Nearest {
    fn add(&mut self, cosine: f32, number: f32) {
        let mut next = Some((cosine, number));
        for place in &mut self.found {
            if place.is_none_or(|(nearest, _)| next.is_some_and(|(cosine, _)| cosine > nearest)) {
                std::mem::swap(place, &mut next);
            }
        }
    }

    /// `None` of no texts.
    fn mean(&self) -> Option<f32> {
        let numbers = || self.found.iter().flatten().map(|(_, number)| number);
        let count = numbers().count();
        (count > 0).then(|| numbers().sum::<f32>() / count as f32)
    }
}

/// Finds out how near the texts of one article lie to each other.
fn look_around(units: &mut [Unit]) {
    let mut nearest: Vec<Nearest> = units.iter().map(|_| Nearest::default()).collect();
    for (at, unit) in units.iter().enumerate() {
        let vector: Vec<f32> = unit
            .numbers
            .iter()
            .map(|&number| unit.scale * f32::from(number))
            .collect();
        for (other_at, other) in units.iter().enumerate().skip(at + 1).take(AROUND) {
            let cosine = other.cosine(&vector);
            nearest[at].add(cosine, cosine);
            nearest[other_at].add(cosine, cosine);
        }
    }
    for (unit, nearest) in units.iter_mut().zip(nearest) {
        unit.around = nearest.mean().unwrap_or(USUAL);
    }
}

/// The middle of each class; nothing, which is far from all, of one without vectors.
pub(super) fn middles<'a>(examples: impl IntoIterator<Item = &'a Example>, classes: usize) -> Vec<Vec<f32>> {
    let mut middles: Vec<Vec<f32>> = vec![Vec::new(); classes];
    for example in examples {
        let Some(vector) = example.vector.as_ref().map(Vector::near) else {
            continue;
        };
        let middle = &mut middles[example.class];
        middle.resize(vector.len(), 0.0);
        for (sum, number) in middle.iter_mut().zip(vector) {
            *sum += example.weight * number;
        }
    }
    middles.iter_mut().for_each(|middle| normalise(middle));
    middles
}

/// What separators see of a vector.
fn seen(vector: &Vector) -> SparseVector {
    (0..).zip(vector.for_lines()).collect()
}

fn separator(examples: &[&Example], others: &[&Example], classes: usize) -> Option<Linear> {
    let read: Vec<(&Example, SparseVector)> = examples
        .iter()
        .chain(others)
        .filter_map(|example| Some((*example, seen(example.vector.as_ref()?))))
        .collect();
    let numbers = read.first().map_or(0, |(_, vector)| vector.len());
    let samples: Vec<Sample<'_>> = read
        .iter()
        .map(|(example, vector)| Sample {
            class: example.class,
            vector,
            weight: example.weight,
        })
        .collect();
    Linear::train(&samples, classes, numbers, TRAINING)
}

/// Mean and spread of a model's cosines between questions and candidates: models differ in what "near" is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    question: (f32, f32),
    passage: (f32, f32),
    middle: (f32, f32),
}

impl Scale {
    /// That of what comes with the program, about: the middle of ten businesses in three languages.
    pub(super) const EXPECTED: Scale = Scale {
        question: (0.29, 0.12),
        passage: (0.18, 0.105),
        middle: (0.265, 0.12),
    };

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
            middle: middle(|nearness| nearness.middle),
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
            scored.middle = on_scale(nearness.middle, self.middle);
            scored.among = nearness
                .among
                .map_or(-1.0, |among| (among / SPREAD).clamp(-FARTHEST, FARTHEST) / FARTHEST);
            scored.margin = nearness.margin;
        }
    }
}

#[cfg(test)]
mod tests;
