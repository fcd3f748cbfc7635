//! The model of sentences that comes with the program: all-MiniLM-L6-v2 with numbers of 8 and 4 bits (see ADR 34 and
//! `scripts/words`). It reads English, on one core, in some milliseconds a question; its file is read where it lies
//! in the program and costs no memory until it is asked.
//!
//! Format, numbers little-endian: [`MARK`]; the SHA-256 of all that follows; how many words, how many numbers a vector has, layers, heads, numbers
//! inside of a layer, places, bytes of the words (4 bytes each); the words as [`Vocabulary`] has them; then, matrices
//! by rows, one `f32` a row before (its unit) and behind (its bias): places, their norm, and each layer's query, key,
//! value, mixture, norm, inner and outer matrix, norm.

mod network;

use std::sync::{Arc, LazyLock};

use conversation::types::Language;
use tantivy::tokenizer::{TextAnalyzer, TokenStream};

use super::bytes::Bytes;
use super::vocabulary::Vocabulary;
use super::{Embedder, Role, SemanticsError, Trust, normalise};
use crate::analysis::folding_chain;
use network::{Network, Shape};

const MARK: &[u8; 8] = b"SBSENTS1";
/// Words and marks of a question that are read, so that the longest is answered as fast as promised.
const QUESTION_WORDS: usize = 30;
/// Those of a passage: what it is about stands at its beginning, and articles are read in seconds.
const PASSAGE_WORDS: usize = 64;
/// Words that are run at once: what a core keeps beside it.
const AT_ONCE: usize = 64;

/// Headlines and example questions of a base that is read: some minutes of one core, and 30 MB of vectors. Where words
/// alone tell so many articles apart, meaning brings little, and the table of words does that.
const MOST_TEXTS: usize = 20_000;

/// Made by `scripts/words/sentences.py`.
static ENGLISH: &[u8] = include_bytes!("../../words/en.sentences");

/// The model of a language, where there is one.
pub(super) fn shipped(language: Language) -> Option<Arc<dyn Embedder>> {
    match language {
        Language::En => Head::read(ENGLISH).map(|(head, _)| Arc::new(Shipped(head)) as Arc<dyn Embedder>),
        Language::Es | Language::Pt => None,
    }
}

/// What stands at the beginning of the file: all that is read of it before the first text is.
struct Head {
    fingerprint: [u8; 32],
    words: usize,
    shape: Shape,
    text: usize,
}

impl Head {
    /// With what follows; `None` for bytes of another format.
    fn read(bytes: &'static [u8]) -> Option<(Head, Bytes)> {
        let mut bytes = Bytes(bytes.strip_prefix(MARK)?);
        let fingerprint = *bytes.take(32)?.first_chunk()?;
        let words = bytes.number()?;
        let shape = Shape {
            width: bytes.number()?,
            layers: bytes.number()?,
            heads: bytes.number()?,
            inner: bytes.number()?,
            places: bytes.number()?,
        };
        let text = bytes.number()?;
        let is_possible = shape.heads > 0 && shape.width.is_multiple_of(shape.heads) && shape.places >= PASSAGE_WORDS;
        let head = Head {
            fingerprint,
            words,
            shape,
            text,
        };
        is_possible.then_some((head, bytes))
    }
}

struct Sentences {
    shape: Shape,
    words: Vocabulary,
    network: Network,
    begin: usize,
    end: usize,
    unknown: usize,
    folds: TextAnalyzer,
}

impl Sentences {
    /// `None` for bytes of another format.
    fn read(bytes: &'static [u8]) -> Option<Sentences> {
        let (Head { words, shape, text, .. }, mut bytes) = Head::read(bytes)?;
        let words = Vocabulary::read(&mut bytes, words, shape.width, text)?;
        let network = Network::read(&mut bytes, shape)?;
        if !bytes.0.is_empty() {
            return None;
        }
        Some(Sentences {
            begin: words.find(b"[CLS]")?,
            end: words.find(b"[SEP]")?,
            unknown: words.find(b"[UNK]")?,
            folds: folding_chain(),
            shape,
            words,
            network,
        })
    }

    /// The rows of a text's words, of the pieces of rare ones, and of the marks between them: a mark that can be
    /// typed is a word of its own.
    fn rows(&self, text: &str, most: usize) -> Vec<usize> {
        let mut rows = vec![self.begin];
        let (mut pieces, mut read) = (Vec::new(), 0);
        let mut folds = self.folds.clone();
        let mut stream = folds.token_stream(text);
        while rows.len() < most {
            let token = stream.advance().then(|| stream.token());
            let (from, to) = token.map_or((text.len(), text.len()), |token| (token.offset_from, token.offset_to));
            let between = text.get(read..from).unwrap_or_default();
            let marks = between.bytes().filter(u8::is_ascii_punctuation);
            rows.extend(marks.map(|mark| self.words.find(&[mark]).unwrap_or(self.unknown)));
            let Some(token) = token else { break };
            self.words.pieces(&token.text, &mut pieces);
            if pieces.is_empty() {
                pieces.push(self.unknown);
            }
            rows.append(&mut pieces);
            read = to;
        }
        rows.truncate(most - 1);
        rows.push(self.end);
        rows
    }

    /// A vector for each of these texts, which are run at once.
    fn vectors(&self, texts: &[&Vec<usize>]) -> Vec<Vec<f32>> {
        let width = self.shape.width;
        let lengths: Vec<usize> = texts.iter().map(|rows| rows.len()).collect();
        let mut states = vec![0.0; lengths.iter().sum::<usize>() * width];
        for (state, &row) in states.chunks_exact_mut(width).zip(texts.iter().copied().flatten()) {
            self.words.add(row, 1.0, state);
        }
        let states = self.network.run(states, &lengths);
        let mut states = states.chunks_exact(width);
        let mean = |&length: &usize| {
            let mut mean = vec![0.0; width];
            for state in states.by_ref().take(length) {
                mean.iter_mut().zip(state).for_each(|(mean, number)| *mean += number);
            }
            // No word at all, but marks of beginning and end.
            if length == 2 {
                mean.fill(0.0);
            }
            normalise(&mut mean);
            mean
        };
        lengths.iter().map(mean).collect()
    }

    fn embed(&self, most: usize, texts: &[&str]) -> Vec<Vec<f32>> {
        let rows: Vec<Vec<usize>> = texts.iter().map(|text| self.rows(text, most)).collect();
        let mut vectors = Vec::with_capacity(rows.len());
        let mut batch = Vec::new();
        let mut words = 0;
        for text in &rows {
            if words + text.len() > AT_ONCE {
                vectors.append(&mut self.vectors(&batch));
                batch.clear();
                words = 0;
            }
            words += text.len();
            batch.push(text);
        }
        vectors.append(&mut self.vectors(&batch));
        vectors
    }
}

/// The model of this program, which is read when the first text is: a business that has nothing to read has its
/// memory.
struct Shipped(Head);

impl Embedder for Shipped {
    fn dimensions(&self) -> usize {
        self.0.shape.width
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.0.fingerprint
    }

    fn describe(&self) -> String {
        let Shape { layers, width, .. } = self.0.shape;
        format!("the model that comes with Switchboard, {layers} layers, {width} numbers")
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        static READ: LazyLock<Option<Sentences>> = LazyLock::new(|| Sentences::read(ENGLISH));
        let most = match role {
            Role::Question => QUESTION_WORDS,
            Role::Passage => PASSAGE_WORDS,
        };
        let damaged = || SemanticsError::Model("the one that comes with this program is damaged".to_owned());
        Ok(READ.as_ref().ok_or_else(damaged)?.embed(most, texts))
    }

    fn most_texts(&self) -> usize {
        MOST_TEXTS
    }

    fn trust(&self) -> Trust {
        Trust::Always
    }
}

#[cfg(test)]
mod tests;
