//! Questions as TF-IDF vectors over words, word pairs and letter groups.

use std::collections::HashMap;

use crate::analysis::Word;

/// Feature numbers, ascending, with their weights; unit length unless empty.
pub(crate) type SparseVector = Vec<(u32, f32)>;

/// Letter groups bridge typos, compounds and endings that the stemmer leaves.
const LETTER_GROUPS: std::ops::RangeInclusive<usize> = 3..=5;
const WORD_SHARE: f32 = 1.0;
const LETTER_SHARE: f32 = 0.6;
const PAIR_WEIGHT: f32 = 0.7;
/// A function word says little about the matter, yet "how" and "why" do differ.
const FUNCTION_WORD_WEIGHT: f32 = 0.5;
/// Weights of the linear model, in numbers of four bytes: 48 MB.
const MOST_WEIGHTS: usize = 12_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    hash: u64,
    is_letters: bool,
}

/// Turns words into vectors; knows how rare each feature is.
#[derive(Default)]
pub(crate) struct Vectorizer {
    known: HashMap<Key, (u32, f32)>,
}

impl Vectorizer {
    /// Learns the features of the examples; keeps as many as a linear model over `classes` may have.
    pub(crate) fn fit<'a>(examples: impl Iterator<Item = &'a [Word]>, classes: usize) -> Vectorizer {
        let mut in_documents: HashMap<Key, u32> = HashMap::new();
        let mut documents = 0_u32;
        for words in examples {
            documents += 1;
            for key in counts(words).into_keys() {
                *in_documents.entry(key).or_insert(0) += 1;
            }
        }
        let mut kept: Vec<(Key, u32)> = in_documents.into_iter().collect();
        // Common features first among words, then among letters; the hash makes the order repeatable.
        kept.sort_by_key(|(key, count)| (key.is_letters, std::cmp::Reverse(*count), key.hash));
        kept.truncate(MOST_WEIGHTS / classes.max(1));
        let known = kept
            .into_iter()
            .enumerate()
            .map(|(number, (key, count))| {
                let idf = ((1.0 + documents as f32) / (1.0 + count as f32)).ln() + 1.0;
                (key, (number as u32, idf))
            })
            .collect();
        Vectorizer { known }
    }

    pub(crate) fn features(&self) -> usize {
        self.known.len()
    }

    pub(crate) fn vector(&self, words: &[Word]) -> SparseVector {
        if self.known.is_empty() {
            return SparseVector::new();
        }
        let mut vector: Vec<(u32, f32, bool)> = counts(words)
            .into_iter()
            .filter_map(|(key, count)| {
                let (number, idf) = *self.known.get(&key)?;
                Some((number, (1.0 + count.ln().max(-0.9)) * idf, key.is_letters))
            })
            .collect();
        vector.sort_by_key(|(number, ..)| *number);
        let norm = |letters: bool| {
            vector
                .iter()
                .filter(|(_, _, is_letters)| *is_letters == letters)
                .map(|(_, value, _)| value * value)
                .sum::<f32>()
                .sqrt()
                .max(1e-6)
        };
        let (words_norm, letters_norm) = (norm(false), norm(true));
        let total = (WORD_SHARE * WORD_SHARE + LETTER_SHARE * LETTER_SHARE).sqrt();
        vector
            .iter()
            .map(|&(number, value, is_letters)| {
                let scale = if is_letters {
                    LETTER_SHARE / letters_norm
                } else {
                    WORD_SHARE / words_norm
                };
                (number, value * scale / total)
            })
            .collect()
    }
}

fn counts(words: &[Word]) -> HashMap<Key, f32> {
    let mut counts: HashMap<Key, f32> = HashMap::new();
    for word in words {
        let weight = if word.is_function_word {
            FUNCTION_WORD_WEIGHT
        } else {
            1.0
        };
        let key = Key {
            hash: fnv(&[b"w", word.stem.as_bytes()]),
            is_letters: false,
        };
        *counts.entry(key).or_insert(0.0) += weight;
        if word.is_function_word {
            continue;
        }
        let mut padded = Vec::with_capacity(word.folded.len() + 2);
        padded.push(b'_');
        padded.extend_from_slice(word.folded.as_bytes());
        padded.push(b'_');
        for length in LETTER_GROUPS {
            for group in padded.windows(length) {
                let key = Key {
                    hash: fnv(&[b"c", group]),
                    is_letters: true,
                };
                *counts.entry(key).or_insert(0.0) += 1.0;
            }
        }
    }
    for pair in words.windows(2) {
        let key = Key {
            hash: fnv(&[b"p", pair[0].stem.as_bytes(), pair[1].stem.as_bytes()]),
            is_letters: false,
        };
        *counts.entry(key).or_insert(0.0) += PAIR_WEIGHT;
    }
    counts
}

/// FNV-1a, with a separator between the parts.
fn fnv(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}
