//! BM25 over example questions, titles and passages, measured against a perfect match.

use std::collections::HashMap;

use crate::analysis::Word;

const K1: f32 = 1.2;
const B: f32 = 0.6;
/// A function word is worth this much of its rarity.
const FUNCTION_WORD_WEIGHT: f32 = 0.2;
/// Units that vote.
const VOTERS: usize = 10;
/// Words that are everywhere in a large base bring no order, only work.
const LONGEST_POSTINGS: usize = 20_000;

/// What a unit is of its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnitKind {
    Title,
    Question,
    /// Number of the passage.
    Passage(usize),
}

/// A class found for a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) class: usize,
    /// Score of its best unit over the score of a perfect match: 0 nothing, about 1 the same words.
    pub(crate) overlap: f32,
    /// Its share of the votes of the best units.
    pub(crate) vote: f32,
}

struct Unit {
    class: u32,
    kind: UnitKind,
    length: f32,
}

/// The inverted index in memory.
#[derive(Default)]
pub(crate) struct Retrieval {
    units: Vec<Unit>,
    terms: HashMap<String, Vec<(u32, f32)>>,
    average: f32,
}

impl Retrieval {
    /// Adds a unit; its number. A unit without words is not kept.
    pub(crate) fn add(&mut self, class: usize, kind: UnitKind, words: &[Word]) -> Option<usize> {
        if words.is_empty() {
            return None;
        }
        let number = self.units.len();
        for (word, count) in term_counts(words) {
            self.terms
                .entry(word.stem.clone())
                .or_default()
                .push((number as u32, count));
        }
        self.units.push(Unit {
            class: class as u32,
            kind,
            length: words.len() as f32,
        });
        Some(number)
    }

    /// To be called once, after the last unit.
    pub(crate) fn finish(&mut self) {
        let total: f32 = self.units.iter().map(|unit| unit.length).sum();
        self.average = (total / self.units.len().max(1) as f32).max(1.0);
    }

    pub(crate) fn units(&self) -> usize {
        self.units.len()
    }

    fn idf(&self, stem: &str) -> f32 {
        let units = self.units.len() as f32;
        let count = self.terms.get(stem).map_or(0.0, |postings| postings.len() as f32);
        ((units - count + 0.5) / (count + 0.5) + 1.0).ln()
    }

    fn weight(&self, word: &Word) -> f32 {
        let scale = if word.is_function_word {
            FUNCTION_WORD_WEIGHT
        } else {
            1.0
        };
        scale * self.idf(&word.stem)
    }

    fn saturated(&self, count: f32, length: f32) -> f32 {
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length / self.average))
    }

    /// What a unit with exactly these words would score.
    fn self_score(&self, words: &[Word]) -> f32 {
        let length = words.len() as f32;
        term_counts(words)
            .iter()
            .map(|(word, count)| self.weight(word) * self.saturated(*count, length))
            .sum::<f32>()
            .max(1e-3)
    }

    /// The classes of the best units, in no order. `allowed(unit, class)` leaves units out.
    pub(crate) fn find(&self, words: &[Word], allowed: &impl Fn(usize, usize) -> bool) -> Vec<Found> {
        let mut scores: HashMap<u32, f32> = HashMap::new();
        for (word, _) in term_counts(words) {
            let Some(postings) = self.terms.get(&word.stem) else {
                continue;
            };
            if postings.len() > LONGEST_POSTINGS {
                continue;
            }
            let weight = self.weight(word);
            for &(number, count) in postings {
                let unit = &self.units[number as usize];
                *scores.entry(number).or_insert(0.0) += weight * self.saturated(count, unit.length);
            }
        }
        let perfect = self.self_score(words);
        let mut best: Vec<(u32, f32)> = scores
            .into_iter()
            .filter(|(number, _)| allowed(*number as usize, self.units[*number as usize].class as usize))
            .map(|(number, score)| (number, score / perfect))
            .collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(VOTERS);
        let total: f32 = best.iter().map(|(_, overlap)| overlap).sum::<f32>().max(1e-6);

        let mut found: Vec<Found> = Vec::new();
        for (number, overlap) in best {
            let class = self.units[number as usize].class as usize;
            match found.iter_mut().find(|found| found.class == class) {
                Some(found) => found.vote += overlap / total,
                None => found.push(Found {
                    class,
                    overlap: overlap.min(1.2),
                    vote: overlap / total,
                }),
            }
        }
        found
    }

    /// How well other words cover these: 0 nothing, about 1 everything.
    pub(crate) fn overlap(&self, words: &[Word], other: &[Word]) -> f32 {
        let other_counts: HashMap<&str, f32> = term_counts(other)
            .into_iter()
            .map(|(word, count)| (word.stem.as_str(), count))
            .collect();
        let score: f32 = term_counts(words)
            .iter()
            .filter_map(|(word, _)| {
                let count = other_counts.get(word.stem.as_str())?;
                Some(self.weight(word) * self.saturated(*count, other.len() as f32))
            })
            .sum();
        (score / self.self_score(words)).min(1.2)
    }

    /// The number of the passage of a class that covers the words best.
    pub(crate) fn best_passage(&self, class: usize, words: &[Word]) -> Option<usize> {
        let mut scores: HashMap<usize, f32> = HashMap::new();
        for (word, _) in term_counts(words) {
            let Some(postings) = self.terms.get(&word.stem) else {
                continue;
            };
            let weight = self.weight(word);
            for &(number, count) in postings {
                let unit = &self.units[number as usize];
                if unit.class as usize == class
                    && let UnitKind::Passage(passage) = unit.kind
                {
                    *scores.entry(passage).or_insert(0.0) += weight * self.saturated(count, unit.length);
                }
            }
        }
        scores
            .into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            .map(|(passage, _)| passage)
    }

    /// How many distinct topical words of a question the allowed units of a class hold.
    pub(crate) fn matched(&self, class: usize, words: &[Word], allowed: &impl Fn(usize, usize) -> bool) -> usize {
        term_counts(words)
            .iter()
            .filter(|(word, _)| !word.is_function_word)
            .filter(|(word, _)| self.is_in(class, &word.stem, allowed))
            .count()
    }

    /// The share of the question, by rarity, that the allowed units of a class hold, and the rarity of
    /// the rarest word that they lack.
    pub(crate) fn covered(&self, class: usize, words: &[Word], allowed: &impl Fn(usize, usize) -> bool) -> (f32, f32) {
        let (mut held, mut total, mut rarest) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (word, _) in term_counts(words) {
            let weight = self.weight(word);
            total += weight;
            if self.is_in(class, &word.stem, allowed) {
                held += weight;
            } else {
                rarest = rarest.max(weight);
            }
        }
        if total > 0.0 {
            (held / total, rarest)
        } else {
            (0.0, 0.0)
        }
    }

    fn is_in(&self, class: usize, stem: &str, allowed: &impl Fn(usize, usize) -> bool) -> bool {
        let Some(postings) = self.terms.get(stem) else {
            return false;
        };
        // Units of one class lie side by side, and postings ascend.
        let class_of = |number: u32| self.units[number as usize].class as usize;
        let start = postings.partition_point(|&(number, _)| class_of(number) < class);
        postings[start..]
            .iter()
            .take_while(|&&(number, _)| class_of(number) == class)
            .any(|&(number, _)| allowed(number as usize, class))
    }

    /// The share of the question, by rarity, that any article mentions at all.
    pub(crate) fn known_share(&self, words: &[Word]) -> f32 {
        let (mut known, mut total) = (0.0, 0.0);
        for word in words {
            let weight = self.weight(word);
            total += weight;
            if self.terms.contains_key(&word.stem) {
                known += weight;
            }
        }
        if total > 0.0 { known / total } else { 0.0 }
    }
}

fn term_counts(words: &[Word]) -> Vec<(&Word, f32)> {
    let mut counts: Vec<(&Word, f32)> = Vec::with_capacity(words.len());
    let mut at: HashMap<&str, usize> = HashMap::with_capacity(words.len());
    for word in words {
        match at.get(word.stem.as_str()) {
            Some(&place) => counts[place].1 += 1.0,
            None => {
                at.insert(&word.stem, counts.len());
                counts.push((word, 1.0));
            }
        }
    }
    counts
}
