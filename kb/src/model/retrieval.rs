//! BM25 over example questions, titles and passages, measured against a perfect match.

use std::collections::HashMap;
use std::ops::Range;

use crate::analysis::Word;
use crate::search::is_one_edit_apart;
use crate::synonyms::share_of;

const K1: f32 = 1.2;
const B: f32 = 0.6;
/// A function word is worth this much of its rarity.
const FUNCTION_WORD_WEIGHT: f32 = 0.2;
/// Shorter words are too often another word when one letter changes.
const TYPO_LETTERS: usize = 5;
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
    /// By group of words of one meaning.
    meanings: HashMap<u32, Vec<(u32, f32)>>,
    /// Terms long enough to be misspelt, by first letter.
    by_first: HashMap<char, Vec<String>>,
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
            match self.terms.get_mut(&word.stem) {
                Some(postings) => postings.push((number as u32, count)),
                None => {
                    self.terms.insert(word.stem.clone(), vec![(number as u32, count)]);
                }
            }
        }
        for meaning in words.iter().flat_map(|word| &word.meanings) {
            let postings = self.meanings.entry(*meaning).or_default();
            match postings.last_mut() {
                Some((last, count)) if *last == number as u32 => *count += 1.0,
                _ => postings.push((number as u32, 1.0)),
            }
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
        for postings in self.terms.values_mut().chain(self.meanings.values_mut()) {
            postings.shrink_to_fit();
        }
        let total: f32 = self.units.iter().map(|unit| unit.length).sum();
        self.average = (total / self.units.len().max(1) as f32).max(1.0);
        for term in self.terms.keys() {
            let Some(first) = term.chars().next() else { continue };
            if term.chars().count() + 1 >= TYPO_LETTERS && term.bytes().all(|byte| !byte.is_ascii_digit()) {
                self.by_first.entry(first).or_default().push(term.clone());
            }
        }
    }

    /// The known word that a word unknown to every article was probably meant to be: one letter off,
    /// with the same first letter; of several the most frequent.
    pub(crate) fn meant(&self, word: &Word) -> Option<&str> {
        if word.stem.chars().count() < TYPO_LETTERS || self.terms.contains_key(&word.stem) || !word.meanings.is_empty()
        {
            return None;
        }
        let found = self.by_first.get(&word.stem.chars().next()?)?;
        found
            .iter()
            .filter(|term| is_one_edit_apart(term, &word.stem))
            .max_by_key(|term| {
                (
                    self.terms.get(term.as_str()).map_or(0, Vec::len),
                    std::cmp::Reverse(*term),
                )
            })
            .map(String::as_str)
    }

    /// Whether any unit holds the very word.
    pub(crate) fn knows(&self, word: &Word) -> bool {
        self.terms.contains_key(&word.stem)
    }

    fn idf(&self, stem: &str) -> f32 {
        self.rarity(self.terms.get(stem).map_or(0, Vec::len))
    }

    /// What a word is worth that so many units hold.
    fn rarity(&self, holders: usize) -> f32 {
        let (units, count) = (self.units.len() as f32, holders as f32);
        ((units - count + 0.5) / (count + 0.5) + 1.0).ln()
    }

    /// The units of `among` that hold a word or one of the same meaning, in their order, with what that is worth.
    fn holders(&self, word: &Word, among: Range<u32>) -> Vec<(u32, f32)> {
        let mut holders = Vec::new();
        let mut lists = 0;
        let mut add = |postings: &[(u32, f32)], weight: f32| {
            let start = postings.partition_point(|&(number, _)| number < among.start);
            let held = postings[start..].iter().take_while(|&&(number, _)| number < among.end);
            holders.extend(held.map(|&(number, count)| {
                let unit = &self.units[number as usize];
                (number, weight * self.saturated(count, unit.length))
            }));
            lists += 1;
        };
        let in_bounds = |postings: &&Vec<(u32, f32)>| postings.len() <= LONGEST_POSTINGS;
        if let Some(postings) = self.terms.get(&word.stem).filter(in_bounds) {
            add(postings, self.weight(word));
        }
        for meaning in &word.meanings {
            if let Some(postings) = self.meanings.get(meaning).filter(in_bounds) {
                // Never worth more than the word itself.
                let weight = share_of(*meaning) * self.rarity(postings.len()).min(self.weight(word));
                add(postings, weight);
            }
        }
        if lists > 1 {
            // Of what says the same, what is worth most.
            holders.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            holders.dedup_by_key(|(number, _)| *number);
        }
        holders
    }

    /// The units of a class, which lie side by side.
    fn of_class(&self, class: usize) -> Range<u32> {
        let start = self.units.partition_point(|unit| (unit.class as usize) < class);
        let end = self.units.partition_point(|unit| unit.class as usize <= class);
        start as u32..end as u32
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

    /// The classes of the best units, in no order.
    pub(crate) fn find(&self, words: &[Word]) -> Vec<Found> {
        let mut scores = vec![0.0_f32; self.units.len()];
        let mut touched = Vec::new();
        for (word, _) in term_counts(words) {
            for (number, worth) in self.holders(word, 0..self.units.len() as u32) {
                let score = &mut scores[number as usize];
                if *score == 0.0 {
                    touched.push(number);
                }
                *score += worth;
            }
        }
        let perfect = self.self_score(words);
        let mut best: Vec<(u32, f32)> = touched
            .into_iter()
            .map(|number| (number, scores[number as usize] / perfect))
            .collect();
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if best.len() > VOTERS {
            best.select_nth_unstable_by(VOTERS, order);
            best.truncate(VOTERS);
        }
        best.sort_unstable_by(order);
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

    /// The passages of a class that hold a word or one of its meaning, with how much they do.
    pub(crate) fn in_passages(&self, class: usize, word: &Word) -> Vec<(usize, f32)> {
        let own = self.of_class(class);
        let mut found: Vec<(usize, f32)> = Vec::new();
        let mut add = |postings: &[(u32, f32)], share: f32| {
            let start = postings.partition_point(|&(number, _)| number < own.start);
            for &(number, count) in postings[start..].iter().take_while(|&&(number, _)| number < own.end) {
                let unit = &self.units[number as usize];
                if let UnitKind::Passage(passage) = unit.kind {
                    let share = share * self.saturated(count, unit.length);
                    match found.iter_mut().find(|(known, _)| *known == passage) {
                        Some((_, known)) => *known = known.max(share),
                        None => found.push((passage, share)),
                    }
                }
            }
        };
        if let Some(postings) = self.terms.get(&word.stem) {
            add(postings, 1.0);
        }
        for meaning in &word.meanings {
            if let Some(postings) = self.meanings.get(meaning) {
                add(postings, share_of(*meaning));
            }
        }
        found
    }

    /// How many distinct topical words of a question the units of a class hold.
    pub(crate) fn matched(&self, class: usize, words: &[Word]) -> usize {
        term_counts(words)
            .iter()
            .filter(|(word, _)| !word.is_function_word)
            .filter(|(word, _)| self.held(class, word) > 0.0)
            .count()
    }

    /// The share of the question, by rarity, that the units of a class hold, and the rarity of
    /// the rarest word that they lack.
    pub(crate) fn covered(&self, class: usize, words: &[Word]) -> (f32, f32) {
        let (mut held, mut total, mut rarest) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (word, _) in term_counts(words) {
            let weight = self.weight(word);
            total += weight;
            let share = self.held(class, word);
            held += share * weight;
            if share == 0.0 {
                rarest = rarest.max(weight);
            }
        }
        if total > 0.0 {
            (held / total, rarest)
        } else {
            (0.0, 0.0)
        }
    }

    /// 1 when the units of a class hold a word, less when they hold one of its meaning.
    fn held(&self, class: usize, word: &Word) -> f32 {
        let is_in = |postings: Option<&Vec<(u32, f32)>>| postings.is_some_and(|found| self.is_in(class, found));
        if is_in(self.terms.get(&word.stem)) {
            1.0
        } else {
            word.meanings
                .iter()
                .filter(|meaning| is_in(self.meanings.get(meaning)))
                .map(|meaning| share_of(*meaning))
                .fold(0.0, f32::max)
        }
    }

    fn is_in(&self, class: usize, postings: &[(u32, f32)]) -> bool {
        // Units of one class lie side by side, and postings ascend.
        let class_of = |number: u32| self.units[number as usize].class as usize;
        let start = postings.partition_point(|&(number, _)| class_of(number) < class);
        postings
            .get(start)
            .is_some_and(|&(number, _)| class_of(number) == class)
    }

    /// The share of the question, by rarity, that any article mentions at all.
    pub(crate) fn known_share(&self, words: &[Word]) -> f32 {
        let (mut known, mut total) = (0.0, 0.0);
        for word in words {
            let weight = self.weight(word);
            total += weight;
            if self.terms.contains_key(&word.stem) {
                known += weight;
            } else {
                known += weight
                    * word
                        .meanings
                        .iter()
                        .filter(|meaning| self.meanings.contains_key(meaning))
                        .map(|meaning| share_of(*meaning))
                        .fold(0.0, f32::max);
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
