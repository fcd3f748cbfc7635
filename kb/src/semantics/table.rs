//! The table of words that comes with the program: a vector for each English word, made once from a model of
//! sentences (see ADR 33 and `scripts/words`). A text is the sum of its words. It is read where it lies in the
//! program, costs no memory until it is asked, and a text costs microseconds.
//!
//! Format, numbers little-endian: [`MARK`]; how many words, how many numbers a vector has, how many bytes the
//! words take (4 bytes each); where each word begins and the last one ends (4 bytes each); the words, ascending
//! by bytes, those that only continue a word with a `#` before; what a unit of each row is worth (`f32`); the
//! rows, two numbers of 4 bits in a byte, the first in the lower half, each 8 too large.

use std::sync::{Arc, LazyLock};

use conversation::types::Language;
use sha2::{Digest, Sha256};
use tantivy::tokenizer::{TextAnalyzer, TokenStream};

use super::bridge::Bridge;
use super::{Embedder, Role, SemanticsError, Trust, normalise};
use crate::analysis::folding_chain;

const MARK: &[u8; 8] = b"SBWORDS1";
/// Words of a text that are read.
pub(super) const MOST_WORDS: usize = 256;
/// What marks a piece that continues a word.
const CONTINUES: u8 = b'#';

/// Made by `scripts/words/make.py`.
static ENGLISH: &[u8] = include_bytes!("../../words/en.words");

/// The table of a language, where there is one.
pub(super) fn shipped(language: Language) -> Option<Arc<dyn Embedder>> {
    static READ: LazyLock<Option<Arc<Table>>> = LazyLock::new(|| Table::read(ENGLISH).map(Arc::new));
    static SPANISH: LazyLock<Option<Arc<Bridge>>> = LazyLock::new(|| bridge(Language::Es));
    static PORTUGUESE: LazyLock<Option<Arc<Bridge>>> = LazyLock::new(|| bridge(Language::Pt));
    fn bridge(language: Language) -> Option<Arc<Bridge>> {
        READ.clone().map(|table| Arc::new(Bridge::new(language, table)))
    }
    fn embedder<T: Embedder + 'static>(read: &Option<Arc<T>>) -> Option<Arc<dyn Embedder>> {
        read.clone().map(|read| read as Arc<dyn Embedder>)
    }
    match language {
        Language::En => embedder(&READ),
        Language::Es => embedder(&SPANISH),
        Language::Pt => embedder(&PORTUGUESE),
    }
}

/// Words with their vectors.
pub(super) struct Table {
    dimensions: usize,
    begins: &'static [[u8; 4]],
    words: &'static [u8],
    scales: &'static [[u8; 4]],
    rows: &'static [u8],
    fingerprint: [u8; 32],
    folds: TextAnalyzer,
}

impl Table {
    /// `None` for bytes of another format.
    pub(super) fn read(bytes: &'static [u8]) -> Option<Table> {
        let (head, rest) = bytes.split_at_checked(MARK.len() + 12)?;
        let (mark, numbers) = head.split_at(MARK.len());
        let [count, dimensions, text] = numbers.as_chunks::<4>().0 else {
            return None;
        };
        let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes) as usize;
        let (count, dimensions, text) = (number(count), number(dimensions), number(text));
        if mark != MARK || dimensions == 0 || dimensions % 2 != 0 {
            return None;
        }
        let (begins, rest) = rest.split_at_checked(count.checked_add(1)?.checked_mul(4)?)?;
        let (words, rest) = rest.split_at_checked(text)?;
        let (scales, rows) = rest.split_at_checked(count.checked_mul(4)?)?;
        let begins = begins.as_chunks::<4>().0;
        let is_whole = rows.len() == count.checked_mul(dimensions / 2)?
            && begins.is_sorted_by(|a, b| number(a) <= number(b))
            && begins.last().is_some_and(|end| number(end) == text);
        is_whole.then(|| Table {
            dimensions,
            begins,
            words,
            scales: scales.as_chunks::<4>().0,
            rows,
            // Each row has a scale; the rows themselves stay unread until they are asked for.
            fingerprint: Sha256::digest(scales).into(),
            folds: folding_chain(),
        })
    }

    fn len(&self) -> usize {
        self.scales.len()
    }

    fn word(&self, at: usize) -> &'static [u8] {
        let begin = |at: usize| {
            self.begins
                .get(at)
                .map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
        };
        self.words.get(begin(at)..begin(at + 1)).unwrap_or_default()
    }

    pub(super) fn find(&self, word: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.word(middle).cmp(word) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The rows of a folded word: its own, or those of the longest pieces that it is made of; none for one of
    /// which a part is unknown.
    pub(super) fn pieces(&self, word: &str, found: &mut Vec<usize>) {
        found.clear();
        let word = word.as_bytes();
        let mut piece = Vec::with_capacity(word.len() + 1);
        let mut from = 0;
        while from < word.len() {
            let longest = (from + 1..=word.len()).rev().find_map(|to| {
                piece.clear();
                if from > 0 {
                    piece.push(CONTINUES);
                }
                piece.extend_from_slice(&word[from..to]);
                Some((self.find(&piece)?, to))
            });
            let Some((row, to)) = longest else {
                found.clear();
                return;
            };
            found.push(row);
            from = to;
        }
    }

    /// Adds a row, times what it counts.
    pub(super) fn add(&self, row: usize, share: f32, sum: &mut [f32]) {
        let width = self.dimensions / 2;
        let (Some(scale), Some(bytes)) = (self.scales.get(row), self.rows.get(row * width..(row + 1) * width)) else {
            return;
        };
        let scale = share * f32::from_le_bytes(*scale);
        for (pair, byte) in sum.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
            pair[0] += scale * (f32::from(byte & 15) - 8.0);
            pair[1] += scale * (f32::from(byte >> 4) - 8.0);
        }
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.dimensions];
        let mut folds = self.folds.clone();
        let mut stream = folds.token_stream(text);
        let (mut pieces, mut read) = (Vec::new(), 0);
        while read < MOST_WORDS && stream.advance() {
            read += 1;
            self.pieces(&stream.token().text, &mut pieces);
            for &row in &pieces {
                self.add(row, 1.0, &mut sum);
            }
        }
        normalise(&mut sum);
        sum
    }
}

impl Embedder for Table {
    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn describe(&self) -> String {
        format!(
            "the table that comes with Switchboard, {} words, {} numbers",
            self.len(),
            self.dimensions
        )
    }

    fn embed(&self, _: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn trust(&self) -> Trust {
        Trust::Always
    }
}

#[cfg(test)]
mod tests;
