//! Words with a row of numbers each, as files that come with the program have them, read where they lie.
//!
//! Format, numbers little-endian: where each word begins and the last one ends (4 bytes each); the words, ascending
//! by bytes, those that only continue a word with a `#` before; what a unit of each row is worth (`f32`); the rows,
//! two numbers of 4 bits in a byte, the first in the lower half, each 8 too large.

use std::ops::Range;

use super::bytes::Bytes;

/// What marks a piece that continues a word.
const CONTINUES: u8 = b'#';

pub(super) struct Vocabulary {
    dimensions: usize,
    begins: &'static [[u8; 4]],
    words: &'static [u8],
    scales: &'static [[u8; 4]],
    rows: &'static [u8],
}

impl Vocabulary {
    /// So many words, whose letters take `text` bytes, with so many numbers each; `None` for bytes of another format.
    pub(super) fn read(bytes: &mut Bytes, count: usize, dimensions: usize, text: usize) -> Option<Vocabulary> {
        if dimensions == 0 || !dimensions.is_multiple_of(2) {
            return None;
        }
        let (begins, _) = bytes.take(count.checked_add(1)?.checked_mul(4)?)?.as_chunks::<4>();
        let words = bytes.take(text)?;
        let (scales, _) = bytes.take(count.checked_mul(4)?)?.as_chunks::<4>();
        let rows = bytes.take(count.checked_mul(dimensions / 2)?)?;
        let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes) as usize;
        let is_whole =
            begins.is_sorted_by(|a, b| number(a) <= number(b)) && begins.last().is_some_and(|end| number(end) == text);
        is_whole.then_some(Vocabulary {
            dimensions,
            begins,
            words,
            scales,
            rows,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.scales.len()
    }

    /// What the rows' units are worth, one number a word: tells one vocabulary from another.
    pub(super) fn scales(&self) -> &'static [u8] {
        self.scales.as_flattened()
    }

    fn word(&self, at: usize) -> &'static [u8] {
        let begin = |at: usize| {
            self.begins
                .get(at)
                .map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
        };
        self.words.get(begin(at)..begin(at + 1)).unwrap_or_default()
    }

    /// Those words of a range that begin with these letters; the first one of them is the word of just these, where
    /// there is one.
    pub(super) fn beginning(&self, within: Range<usize>, letters: &[u8]) -> Range<usize> {
        let begin = self.first(within.clone(), |word| word >= letters);
        begin..self.first(begin..within.end, |word| !word.starts_with(letters))
    }

    /// Whether a word is of just these letters.
    pub(super) fn is_word(&self, at: usize, letters: &[u8]) -> bool {
        self.word(at) == letters
    }

    /// The first word of a range from which on something is so.
    fn first(&self, within: Range<usize>, is_so: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (within.start, within.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_so(self.word(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// The row of a word.
    pub(super) fn find(&self, word: &[u8]) -> Option<usize> {
        let at = self.first(0..self.len(), |known| known >= word);
        (at < self.len() && self.word(at) == word).then_some(at)
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
}

#[cfg(test)]
impl Vocabulary {
    /// Words ascend, none stands twice, and every row is of finite numbers.
    pub(super) fn check(&self) {
        for at in 0..self.len() {
            assert_eq!(self.find(self.word(at)), Some(at));
            let mut row = vec![0.0; self.dimensions];
            self.add(at, 1.0, &mut row);
            assert!(row.iter().all(|number| number.is_finite()));
        }
    }
}
