//! The table of words that comes with the program: a vector for each English word, made once from a model of
//! sentences (see ADR 33 and `scripts/words`). A text is the sum of its words. It is read where it lies in the
//! program, costs no memory until it is asked, and a text costs microseconds.
//!
//! Format, numbers little-endian: [`MARK`]; how many words, how many numbers a vector has, how many bytes the
//! words take (4 bytes each); the words with their rows, as [`Vocabulary`] has them.

use sha2::{Digest, Sha256};
use tantivy::tokenizer::{TextAnalyzer, TokenStream};

use super::bytes::Bytes;
use super::vocabulary::Vocabulary;
use super::{Embedder, Role, SemanticsError, Trust, normalise};
use crate::analysis::folding_chain;

const MARK: &[u8; 8] = b"SBWORDS1";
/// Words of a text that are read.
pub(super) const MOST_WORDS: usize = 256;

/// Words with their vectors.
pub(super) struct Table {
    dimensions: usize,
    pub(super) words: Vocabulary,
    fingerprint: [u8; 32],
    folds: TextAnalyzer,
}

impl Table {
    /// `None` for bytes of another format.
    pub(super) fn read(bytes: &'static [u8]) -> Option<Table> {
        let mut bytes = Bytes(bytes.strip_prefix(MARK)?);
        let [count, dimensions, text] = [bytes.number()?, bytes.number()?, bytes.number()?];
        let words = Vocabulary::read(&mut bytes, count, dimensions, text)?;
        bytes.0.is_empty().then(|| Table {
            dimensions,
            // Each row has a scale; the rows themselves stay unread until they are asked for.
            fingerprint: Sha256::digest(words.scales()).into(),
            words,
            folds: folding_chain(),
        })
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.dimensions];
        let mut folds = self.folds.clone();
        let mut stream = folds.token_stream(text);
        let (mut pieces, mut read) = (Vec::new(), 0);
        while read < MOST_WORDS && stream.advance() {
            read += 1;
            self.words.pieces(&stream.token().text, &mut pieces);
            for &row in &pieces {
                self.words.add(row, 1.0, &mut sum);
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
            self.words.len(),
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
