//! Which questions are of one matter; pure.

use std::collections::{HashMap, HashSet};

use conversation::types::Language;

use crate::analysis::Splitter;
use crate::settings::Settings;

/// Words of a question that count.
const WORDS: usize = 60;
/// From this likeness on two questions are one matter, 0 to 1.
const ALIKE: f64 = 0.5;
/// A question with fewer words that say something is no matter.
pub(super) const FEWEST: usize = 2;

/// What a question is about: stems without the words that only build a sentence, words of one meaning as one.
pub(super) struct Reader {
    splitters: HashMap<Language, Splitter>,
}

impl Reader {
    pub(super) fn new(settings: &Settings) -> Reader {
        Reader {
            splitters: Language::ALL
                .iter()
                .map(|language| (*language, Splitter::new(*language, &settings.groups(*language))))
                .collect(),
        }
    }

    pub(super) fn terms(&self, language: Language, text: &str) -> HashSet<String> {
        let Some(splitter) = self.splitters.get(&language) else {
            return HashSet::new();
        };
        splitter
            .words(text, WORDS)
            .into_iter()
            .filter(|word| {
                !word.is_function_word && word.folded.len() > 1 && !word.folded.bytes().all(|b| b.is_ascii_digit())
            })
            .map(|word| match word.meanings.first() {
                Some(meaning) => format!("#{meaning}"),
                None => word.stem.clone(),
            })
            .collect()
    }
}

/// Dice's coefficient: twice what both have, by what each has.
fn likeness(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    let shared = a.intersection(b).count();
    if shared < FEWEST {
        return 0.0;
    }
    2.0 * shared as f64 / (a.len() + b.len()) as f64
}

/// Questions that new ones are compared with, by the words in them.
#[derive(Default)]
pub(super) struct Known {
    terms: Vec<(String, HashSet<String>)>,
    by_term: HashMap<(Language, String), Vec<usize>>,
}

impl Known {
    pub(super) fn add(&mut self, gap: &str, language: Language, terms: &HashSet<String>) {
        let at = self.terms.len();
        for term in terms {
            self.by_term.entry((language, term.clone())).or_default().push(at);
        }
        self.terms.push((gap.to_owned(), terms.clone()));
    }

    /// The matter of the most similar question.
    pub(super) fn most_like(&self, language: Language, terms: &HashSet<String>) -> Option<&str> {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for term in terms {
            for at in self.by_term.get(&(language, term.clone())).into_iter().flatten() {
                *shared.entry(*at).or_default() += 1;
            }
        }
        let mut best: Option<(f64, usize)> = None;
        for (at, count) in shared {
            if count < FEWEST {
                continue;
            }
            let alike = likeness(terms, &self.terms[at].1);
            // The older one on a tie, so that the same questions give the same matters.
            if alike >= ALIKE && best.is_none_or(|(top, place)| alike > top || (alike == top && at < place)) {
                best = Some((alike, at));
            }
        }
        best.map(|(_, at)| self.terms[at].0.as_str())
    }
}
