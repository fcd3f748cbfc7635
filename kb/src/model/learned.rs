//! What a set of examples teaches: retrieval over them and a linear classifier, and what both say
//! about a question. The whole base is learned once to answer from, and parts of it to find out
//! what its scores are worth.

use std::collections::HashMap;

use super::calibrate::Evidence;
use super::features::{SparseVector, Vectorizer, View};
use super::linear::{Linear, Sample, Training};
use super::nearby::Nearby;
use super::retrieval::{Retrieval, UnitKind};
use super::scored::{Example, Nearness, Scored};
use super::{Blend, MOST_RANKED};
use crate::analysis::{Word, is_of_any_matter};
use crate::semantics::Vector;

/// How the separators over words and letters are trained.
const TRAINING: Training = Training { cost: 4.0, passes: 10 };
/// Margins beyond it say no more.
const FARTHEST: f32 = 1.5;

/// A classifier over one view of the words.
#[derive(Default)]
struct Separator {
    vectorizer: Vectorizer,
    linear: Option<Linear>,
}

impl Separator {
    /// The words are those of the examples; others have none of their own.
    fn train(view: View, examples: &[&Example], others: &[&Example], classes: usize) -> Separator {
        let vectorizer = Vectorizer::fit(view, examples.iter().map(|example| example.own_words()), classes);
        let all = || examples.iter().chain(others);
        let vectors: Vec<SparseVector> = all().map(|example| vectorizer.vector(example.own_words())).collect();
        let samples: Vec<Sample<'_>> = all()
            .zip(&vectors)
            .map(|(example, vector)| Sample {
                class: example.class,
                vector,
                weight: example.weight,
            })
            .collect();
        let linear = Linear::train(&samples, classes, vectorizer.features(), TRAINING);
        Separator { vectorizer, linear }
    }

    fn margins(&self, words: &[Word]) -> Option<Vec<f32>> {
        Some(self.linear.as_ref()?.margins(&self.vectorizer.vector(words)))
    }
}

/// What examples taught.
pub(super) struct Learned {
    pub(super) retrieval: Retrieval,
    words: Separator,
    letters: Separator,
    /// How many example questions an article has on average: 0 none, 1 fifty or more.
    taught: f32,
    /// Where a model of sentences has read the examples.
    pub(super) nearby: Option<Nearby>,
}

impl Learned {
    /// Learns from examples in which those of one class lie side by side, and from others that are of no class. Whether lines
    /// are drawn between the classes is decided over the whole base, so that a part of it is asked as the whole will be.
    pub(super) fn from(examples: &[&Example], others: &[&Example], classes: usize, has_lines: bool) -> Learned {
        let mut retrieval = Retrieval::default();
        for example in examples {
            retrieval.add(example.class, example.kind, &example.words);
        }
        retrieval.finish();
        let train = |view| match has_lines {
            true => Separator::train(view, examples, others, classes),
            false => Separator::default(),
        };
        let (words, letters, nearby) = std::thread::scope(|scope| {
            let letters = scope.spawn(move || train(View::Letters));
            let nearby = scope.spawn(move || Nearby::from(examples, others, classes, has_lines));
            let words = train(View::Words);
            match (letters.join(), nearby.join()) {
                (Ok(letters), Ok(nearby)) => (words, letters, nearby),
                (Err(panic), _) | (_, Err(panic)) => std::panic::resume_unwind(panic),
            }
        });
        let asked = examples
            .iter()
            .filter(|example| example.kind == UnitKind::Question)
            .count();
        let taught = ((1.0 + asked as f32 / classes.max(1) as f32).ln() / 4.0).min(1.0);
        Learned {
            retrieval,
            words,
            letters,
            taught,
            nearby,
        }
    }

    /// A question with its misspelt words put right, and without the courtesies that nobody taught.
    pub(super) fn meant(&self, mut words: Vec<Word>) -> Vec<Word> {
        for word in &mut words {
            if let Some(meant) = self.retrieval.meant(word) {
                *word = word.with_stem(meant);
            }
        }
        words.retain(|word| self.retrieval.knows(word) || !is_of_any_matter(word));
        words
    }

    /// Scores the classes for a question, not yet ranked; with its vector, also by nearness.
    pub(super) fn score(&self, words: &[Word], vector: Option<&Vector>) -> Vec<Scored> {
        let mut by_class: HashMap<usize, Scored> = HashMap::new();
        let blank = |class| Scored {
            class,
            rank: 0.0,
            linear: -1.0,
            overlap: 0.0,
            vote: 0.0,
            words: -1.0,
            letters: -1.0,
            nearness: Nearness::default(),
            meaning: -1.0,
            middle: -1.0,
            among: -1.0,
            margin: -1.0,
            is_joined: false,
        };
        for found in self.retrieval.find(words) {
            let entry = by_class.entry(found.class).or_insert_with(|| blank(found.class));
            entry.overlap = found.overlap;
            entry.vote = found.vote;
        }
        if let (Some(by_words), Some(by_letters)) = (self.words.margins(words), self.letters.margins(words)) {
            let margins: Vec<f32> = by_words.iter().zip(&by_letters).map(|(a, b)| 0.5 * (a + b)).collect();
            let mut order: Vec<usize> = (0..margins.len()).collect();
            order.sort_by(|&a, &b| margins[b].total_cmp(&margins[a]));
            for &class in order.iter().take(MOST_RANKED) {
                // A class that shares no word with the question is no candidate at all.
                if margins[class] > -0.999 {
                    by_class.entry(class).or_insert_with(|| blank(class));
                }
            }
            if let (Some(nearby), Some(vector)) = (&self.nearby, vector) {
                join(&mut by_class, nearby, vector, blank);
            }
            for scored in by_class.values_mut() {
                scored.linear = margins[scored.class].clamp(-FARTHEST, FARTHEST);
                scored.words = by_words[scored.class].clamp(-FARTHEST, FARTHEST);
                scored.letters = by_letters[scored.class].clamp(-FARTHEST, FARTHEST);
            }
        } else if let (Some(nearby), Some(vector)) = (&self.nearby, vector) {
            join(&mut by_class, nearby, vector, blank);
        }
        let mut scored: Vec<Scored> = by_class.into_values().collect();
        // The order of a map is chance; sums over all questions must not be.
        scored.sort_unstable_by_key(|scored| scored.class);
        scored
    }

    /// Gives up what only [`Learned::score`] needs: most of the memory.
    pub(super) fn without_weights(mut self) -> Learned {
        self.words.linear = None;
        self.letters.linear = None;
        if let Some(nearby) = &mut self.nearby {
            nearby.without_weights();
        }
        self
    }

    /// What the calibration looks at, for the best class of a question. Squares and products let two
    /// straight lines (see `calibrate`) follow a bend.
    pub(super) fn evidence(&self, scored: &[Scored], words: &[Word]) -> Option<Evidence> {
        const CROWD: usize = 3;
        let (best, others) = scored.split_first()?;
        let second = others.first();
        let gap = best.rank - second.map_or(-1.0, |second| second.rank);
        let matched = self.retrieval.matched(best.class, words) as f32;
        let (covered, rarest_missing) = self.retrieval.covered(best.class, words);
        let known = self.retrieval.known_share(words);
        let topical = words.iter().filter(|word| !word.is_function_word).count() as f32;
        let mut crowd: Vec<f32> = others.iter().map(|scored| scored.linear).collect();
        crowd.sort_by(|a, b| b.total_cmp(a));
        crowd.resize(CROWD, -1.0);
        let (share, spread) = spread(scored);
        let is_nearest = others.iter().all(|other| other.overlap <= best.overlap);
        let (known_pairs, known_words) = self.words.vectorizer.familiar(words);
        let (_, known_letters) = self.letters.vectorizer.familiar(words);
        let lead = |of: fn(&Scored) -> f32| (of(best) - others.iter().map(of).fold(-1.0, f32::max)).min(0.5);
        Some([
            1.0,
            best.linear,
            gap.clamp(0.0, 2.0),
            best.overlap,
            best.vote,
            best.overlap * best.vote,
            known,
            (1.0 + topical).ln(),
            matched.min(4.0) / 2.0,
            (best.linear - second.map_or(-1.0, |second| second.linear)).clamp(-1.0, 2.0),
            covered,
            crowd.iter().sum::<f32>() / CROWD as f32,
            rarest_missing / 8.0,
            best.linear * (words.len().max(1) as f32).ln() / 2.0,
            self.taught,
            self.taught * best.linear,
            share,
            spread,
            f32::from(u8::from(is_nearest)),
            best.linear * best.linear,
            best.linear * best.overlap,
            best.linear * covered,
            best.linear * best.vote,
            covered * covered,
            best.overlap * best.overlap,
            known * known,
            known * best.linear,
            known_pairs,
            known_words,
            known_letters,
            best.words,
            best.letters,
            best.words.min(best.letters),
            best.words * best.letters,
            lead(|scored| scored.words),
            lead(|scored| scored.letters),
            (best.linear - 0.3).max(0.0),
            (-0.3 - best.linear).max(0.0),
        ])
    }
}

/// Measures how near the candidates are, and makes those candidates that are nearest of all.
fn join(by_class: &mut HashMap<usize, Scored>, nearby: &Nearby, vector: &Vector, blank: impl Fn(usize) -> Scored) {
    let among: Vec<usize> = by_class.keys().copied().collect();
    let (near, more) = nearby.nearness(&among, vector);
    for (class, nearness) in more {
        let joined = Scored {
            is_joined: true,
            nearness,
            ..blank(class)
        };
        by_class.insert(class, joined);
    }
    for (class, nearness) in among.into_iter().zip(near) {
        if let Some(scored) = by_class.get_mut(&class) {
            scored.nearness = nearness;
        }
    }
}

/// The margins as shares of one whole: the first one's, and the entropy of all.
fn spread(scored: &[Scored]) -> (f32, f32) {
    const SHARPNESS: f32 = 5.0;
    /// What classes that are not ranked hold together.
    const REST: f32 = 8.0;
    let odds: Vec<f32> = scored.iter().map(|scored| (SHARPNESS * scored.linear).exp()).collect();
    let total = odds.iter().sum::<f32>() + REST * (-SHARPNESS).exp();
    let entropy = odds
        .iter()
        .map(|odds| odds / total)
        .map(|share| -share * share.max(1e-6).ln())
        .sum();
    (odds.first().map_or(0.0, |first| first / total), entropy)
}

impl Blend {
    /// Ranks without meaning, best first; what nearness alone brought is no candidate.
    pub(super) fn sort(self, scored: &mut Vec<Scored>) {
        scored.retain(|scored| !scored.is_joined);
        for scored in scored.iter_mut() {
            scored.rank = self.rank(scored);
        }
        scored.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.class.cmp(&b.class)));
        scored.truncate(MOST_RANKED);
    }
}
