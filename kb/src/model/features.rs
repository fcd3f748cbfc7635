//! Questions as TF-IDF vectors: over words and pairs of words, and over groups of letters.

use std::collections::HashMap;

use crate::analysis::Word;

/// Feature numbers, ascending, with their weights; at most of unit length.
pub(crate) type SparseVector = Vec<(u32, f32)>;

/// Letter groups bridge typos, compounds and endings that the stemmer leaves.
const LETTER_GROUPS: std::ops::RangeInclusive<usize> = 2..=5;
/// Where a question begins and ends; no word is written so.
const BEGIN: &str = "^";
const END: &str = "$";
/// Two words with up to this many others between them are a pair, too.
const FARTHEST: usize = 4;
/// Weights of one linear model, in numbers of four bytes: 32 MB.
const MOST_WEIGHTS: usize = 8_000_000;

/// What a feature is; where there is no room for all, earlier kinds stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Word,
    Pair,
    Letters,
    FarPair,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    hash: u64,
    kind: Kind,
}

/// What a vectoriser looks at. One classifier for each: where the two disagree, neither is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Words, their kinds and how they follow each other.
    Words,
    /// Groups of letters inside words.
    Letters,
}

/// Turns words into vectors; knows how rare each feature is.
#[derive(Default)]
pub(crate) struct Vectorizer {
    view: Option<View>,
    known: HashMap<Key, (u32, f32)>,
    unknown_idf: f32,
}

impl Vectorizer {
    /// Learns the features of the examples; keeps as many as a linear model over `classes` may have.
    pub(crate) fn fit<'a>(view: View, examples: impl Iterator<Item = &'a [Word]>, classes: usize) -> Vectorizer {
        let mut in_documents: HashMap<Key, u32> = HashMap::new();
        let mut documents = 0_u32;
        for words in examples {
            documents += 1;
            for key in counts(view, words).into_keys() {
                *in_documents.entry(key).or_insert(0) += 1;
            }
        }
        let mut kept: Vec<(Key, u32)> = in_documents.into_iter().collect();
        // What was seen more than once first, then by kind; the hash makes the order repeatable.
        kept.sort_by_key(|(key, count)| (*count == 1, key.kind, std::cmp::Reverse(*count), key.hash));
        kept.truncate(MOST_WEIGHTS / classes.max(1));
        let idf = |count: f32| ((1.0 + documents as f32) / (1.0 + count)).ln() + 1.0;
        let known = kept
            .into_iter()
            .enumerate()
            .map(|(number, (key, count))| (key, (number as u32, idf(count as f32))))
            .collect();
        Vectorizer {
            view: Some(view),
            known,
            unknown_idf: idf(0.0),
        }
    }

    /// How much of a question anybody taught: the share of its adjoining pairs, and of all else by rarity.
    pub(crate) fn familiar(&self, words: &[Word]) -> (f32, f32) {
        let Some(view) = self.view else {
            return (0.0, 0.0);
        };
        let (mut pairs, mut known_pairs) = (0_u32, 0_u32);
        let (mut rest, mut known_rest) = (0_u64, 0_u64);
        for key in counts(view, words).into_keys() {
            let known = self.known.get(&key);
            match key.kind {
                Kind::Pair => {
                    pairs += 1;
                    known_pairs += u32::from(known.is_some());
                }
                Kind::FarPair => {}
                Kind::Word | Kind::Letters => {
                    let rarity = millionths(known.map_or(self.unknown_idf, |(_, idf)| *idf).powi(2));
                    rest += rarity;
                    if known.is_some() {
                        known_rest += rarity;
                    }
                }
            }
        }
        (
            known_pairs as f32 / pairs.max(1) as f32,
            (known_rest as f64 / rest.max(1) as f64) as f32,
        )
    }

    pub(crate) fn features(&self) -> usize {
        self.known.len()
    }

    /// Unit length where every feature is known; what nobody taught takes its part of the length, so that
    /// a strange question is less like any example. Strange pairs of words do not: most pairs are.
    pub(crate) fn vector(&self, words: &[Word]) -> SparseVector {
        let Some(view) = self.view else {
            return SparseVector::new();
        };
        let mut unknown = 0;
        let mut vector: SparseVector = Vec::new();
        for (key, count) in counts(view, words) {
            let weight = 1.0 + count.ln();
            match self.known.get(&key) {
                Some(&(number, idf)) => vector.push((number, weight * idf)),
                None if matches!(key.kind, Kind::Word | Kind::Letters) => {
                    unknown += millionths((weight * self.unknown_idf).powi(2));
                }
                None => {}
            }
        }
        vector.sort_by_key(|(number, _)| *number);
        let known: f64 = vector.iter().map(|(_, value)| f64::from(value * value)).sum();
        let norm = (known + unknown as f64 / 1e6).sqrt().max(1e-6) as f32;
        for (_, value) in &mut vector {
            *value /= norm;
        }
        vector
    }
}

/// For sums that must not depend on the order of a map.
fn millionths(value: f32) -> u64 {
    (f64::from(value) * 1e6) as u64
}

fn counts(view: View, words: &[Word]) -> HashMap<Key, f32> {
    let mut counts: HashMap<Key, f32> = HashMap::new();
    let mut count = |kind: Kind, parts: &[&[u8]]| {
        *counts.entry(Key { hash: fnv(parts), kind }).or_insert(0.0) += 1.0;
    };
    match view {
        View::Words => count_words(words, &mut count),
        View::Letters => {
            let mut padded = Vec::new();
            for word in words {
                padded.clear();
                padded.push(b'_');
                padded.extend_from_slice(word.folded.as_bytes());
                padded.push(b'_');
                for length in LETTER_GROUPS {
                    for group in padded.windows(length) {
                        count(Kind::Letters, &[b"c", group]);
                    }
                }
            }
        }
    }
    counts
}

fn count_words(words: &[Word], count: &mut impl FnMut(Kind, &[&[u8]])) {
    if words.is_empty() {
        return;
    }
    // A run of numbers, days or months is one place that something stands in.
    let mut line: Vec<&str> = Vec::with_capacity(words.len() + 2);
    line.push(BEGIN);
    for word in words {
        count(Kind::Word, &[b"w", word.stem.as_bytes()]);
        for meaning in &word.meanings {
            count(Kind::Word, &[b"m", &meaning.to_le_bytes()]);
        }
        match slot(&word.folded) {
            None => line.push(&word.stem),
            Some(slot) => {
                count(Kind::Word, &[b"w", slot.as_bytes()]);
                if line.last() != Some(&slot) {
                    line.push(slot);
                }
            }
        }
    }
    line.push(END);
    for (at, first) in line.iter().enumerate() {
        for (gap, second) in line[at + 1..].iter().take(FARTHEST).enumerate() {
            let (kind, mark): (Kind, &[u8]) = if gap == 0 {
                (Kind::Pair, b"p")
            } else {
                (Kind::FarPair, b"f")
            };
            if gap > 0 && (*first == BEGIN || *second == END) {
                continue;
            }
            count(kind, &[mark, first.as_bytes(), second.as_bytes()]);
        }
    }
    // "fly to" and any town.
    for pair in words.windows(2) {
        if let Some(meaning) = pair[0].meanings.first() {
            count(Kind::Pair, &[b"mp", &meaning.to_le_bytes(), pair[1].stem.as_bytes()]);
        }
        if let Some(meaning) = pair[1].meanings.first() {
            count(Kind::Pair, &[b"pm", pair[0].stem.as_bytes(), &meaning.to_le_bytes()]);
        }
    }
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

/// What kind of changing detail a folded word is: which one it is says little about the matter.
fn slot(folded: &str) -> Option<&'static str> {
    if folded.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("#number");
    }
    [("#number", NUMBERS), ("#day", DAYS), ("#month", MONTHS)]
        .into_iter()
        .find(|(_, words)| words.contains(&folded))
        .map(|(slot, _)| slot)
}

const NUMBERS: &[&str] = &[
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "million",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "veinte",
    "treinta",
    "cuarenta",
    "cincuenta",
    "sesenta",
    "setenta",
    "ochenta",
    "noventa",
    "cien",
    "ciento",
    "doscientos",
    "quinientos",
    "mil",
    "dois",
    "duas",
    "quatro",
    "sete",
    "oito",
    "nove",
    "dez",
    "onze",
    "doze",
    "treze",
    "quatorze",
    "quinze",
    "vinte",
    "trinta",
    "quarenta",
    "cinquenta",
    "sessenta",
    "oitenta",
    "cem",
    "cento",
    "duzentos",
    "trezentos",
    "quinhentos",
];
const DAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "segunda",
    "terca",
    "quarta",
    "quinta",
    "sexta",
    "feira",
];
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "janeiro",
    "fevereiro",
    "marco",
    "maio",
    "junho",
    "julho",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];
