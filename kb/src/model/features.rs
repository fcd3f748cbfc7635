//! Questions as TF-IDF vectors over words, word pairs and letter groups.

use std::collections::HashMap;

use crate::analysis::Word;

/// Feature numbers, ascending, with their weights; unit length unless empty.
pub(crate) type SparseVector = Vec<(u32, f32)>;

/// Letter groups bridge typos, compounds and endings that the stemmer leaves.
const LETTER_GROUPS: std::ops::RangeInclusive<usize> = 2..=5;
const WORD_SHARE: f32 = 1.0;
const LETTER_SHARE: f32 = 1.0;
/// Two words with up to this many others between them are a pair, too.
const FARTHEST: usize = 4;
/// Weights of the linear model, in numbers of four bytes: 64 MB.
const MOST_WEIGHTS: usize = 16_000_000;

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

/// Turns words into vectors; knows how rare each feature is.
#[derive(Default)]
pub(crate) struct Vectorizer {
    known: HashMap<Key, (u32, f32)>,
    unknown_idf: f32,
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
        // What was seen more than once first, then by kind; the hash makes the order repeatable.
        kept.sort_by_key(|(key, count)| (*count == 1, key.kind, std::cmp::Reverse(*count), key.hash));
        kept.truncate(MOST_WEIGHTS / classes.max(1));
        let known = kept
            .into_iter()
            .enumerate()
            .map(|(number, (key, count))| {
                let idf = ((1.0 + documents as f32) / (1.0 + count as f32)).ln() + 1.0;
                (key, (number as u32, idf))
            })
            .collect();
        Vectorizer { known, unknown_idf: (1.0 + documents as f32).ln() + 1.0 }
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
            .map(|(key, count)| {
                let (number, idf) = self.known.get(&key).copied().unwrap_or((u32::MAX, self.unknown_idf));
                let idf = if number==u32::MAX && matches!(key.kind, Kind::Pair|Kind::FarPair) {0.0} else {idf};
                (number, (1.0 + count.ln()) * idf, key.kind == Kind::Letters)
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
            .filter(|(number, ..)| *number != u32::MAX)
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
    let mut count = |kind: Kind, parts: &[&[u8]]| {
        *counts.entry(Key { hash: fnv(parts), kind }).or_insert(0.0) += 1.0;
    };
    let mut padded = Vec::new();
    for word in words {
        count(Kind::Word, &[b"w", word.stem.as_bytes()]);
        for meaning in &word.meanings {
            count(Kind::Word, &[b"m", &meaning.to_le_bytes()]);
        }
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
    // A run of numbers, days or months is one place that something stands in.
    let mut line: Vec<&str> = Vec::with_capacity(words.len() + 2);
    line.push("^");
    for word in words {
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
    line.push("$");
    let marks: Vec<[u8; 4]> = words.iter().map(|word| word.meanings.first().copied().unwrap_or(u32::MAX).to_le_bytes()).collect();
    for at in 0..words.len().saturating_sub(1) {
        let (a, b) = (&words[at], &words[at + 1]);
        if !a.meanings.is_empty() { count(Kind::Pair, &[b"mp", &marks[at], b.stem.as_bytes()]); }
        if !b.meanings.is_empty() { count(Kind::Pair, &[b"pm", a.stem.as_bytes(), &marks[at+1]]); }
    }
    for (at, first) in line.iter().enumerate() {
        for (gap, second) in line[at + 1..].iter().take(FARTHEST).enumerate() {
            if gap > 0 && (*first == "^" || *second == "$") { continue; }
            let (kind, mark): (Kind, &[u8]) = if gap == 0 {
                (Kind::Pair, b"p")
            } else {
                (Kind::FarPair, b"f")
            };
            count(kind, &[mark, first.as_bytes(), second.as_bytes()]);
        }
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
