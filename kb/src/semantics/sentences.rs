//! The model of sentences that comes with the program: all-MiniLM-L6-v2 with numbers of 8 and 4 bits (see ADR 34 and
//! `scripts/words`). It reads English, and Spanish and Portuguese by way of what their words mean in English, on one
//! core, in some milliseconds a question; its file is read where it lies in the program and costs no memory until it
//! is asked.
//!
//! Format, numbers little-endian: [`MARK`]; the SHA-256 of all that follows; how many words, how many numbers a vector has, layers, heads, numbers
//! inside of a layer, places, bytes of the words (4 bytes each); the words as [`Vocabulary`] has them; then, matrices
//! by rows, one `f32` a row before (its unit) and behind (its bias): places, their norm, and each layer's query, key,
//! value, mixture, norm, inner and outer matrix, norm.

mod network;

use std::sync::{Arc, LazyLock, OnceLock};

use conversation::types::Language;
use sha2::{Digest, Sha256};
use tantivy::tokenizer::{TextAnalyzer, TokenStream};

use super::bytes::Bytes;
use super::meanings::{FUNCTION_WORDS, LISTS, Meanings, Rows};
use super::vocabulary::Vocabulary;
use super::{Embedder, Role, SemanticsError, Trust, normalise};
use crate::analysis::folding_chain;
use network::{Network, Shape};

const MARK: &[u8; 8] = b"SBSENTS1";
/// Words and marks of a question that are read, so that the longest is answered as fast as promised.
const QUESTION_WORDS: usize = 30;
/// Those of a passage: what it is about stands at its beginning, and articles are read in seconds.
const PASSAGE_WORDS: usize = 64;
/// The layers after which a text is looked at before it goes on: it is then nearer to its words, and both together tell
/// articles apart better than either. Of 1 to 5 and several, none does better (ADR 38).
const EARLY: usize = 4;
/// Words that are run at once: what a core keeps beside it.
const AT_ONCE: usize = 64;

/// Headlines and example questions of a base that is read: some minutes of one core, and 60 MB of vectors. Where words
/// alone tell so many articles apart, meaning brings little, and the table of words does that.
const MOST_TEXTS: usize = 20_000;

/// Made by `scripts/words/sentences.py`.
static ENGLISH: &[u8] = include_bytes!("../../words/en.sentences");

/// The model for a language.
pub(super) fn shipped(language: Language) -> Option<Arc<dyn Embedder>> {
    let (head, _) = Head::read(ENGLISH)?;
    let fingerprint = match language {
        Language::En => head.fingerprint,
        Language::Es | Language::Pt => {
            let mut hash = Sha256::new();
            hash.update(language.as_str());
            hash.update(head.fingerprint);
            LISTS.iter().for_each(|list| hash.update(list));
            hash.update(FUNCTION_WORDS);
            hash.finalize().into()
        }
    };
    Some(Arc::new(Shipped {
        language,
        shape: head.shape,
        fingerprint,
    }))
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
        let is_possible = shape.heads > 0
            && shape.layers > EARLY
            && shape.width.is_multiple_of(shape.heads)
            && shape.places >= PASSAGE_WORDS;
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

    /// What stands at each place of a text: its words, the pieces of rare ones, and the marks between them; a mark
    /// that can be typed is a word of its own.
    fn places(&self, text: &str, most: usize) -> Vec<Rows> {
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
        rows.into_iter().map(|row| vec![(row, 1.0)]).collect()
    }

    /// The same of a text in another language: at the place of each word, the middle of the English words that mean
    /// the same. Of a word that is not known its letters are read, as of a name.
    fn places_by_way_of(&self, meanings: &Meanings, text: &str, most: usize) -> Vec<Rows> {
        let mut places = vec![vec![(self.begin, 1.0)]];
        let mut pieces = Vec::new();
        for place in meanings.places(&self.words, text, most) {
            if !place.rows.is_empty() {
                places.push(place.rows);
            } else if !place.word.is_function_word {
                self.words.pieces(&place.word.folded, &mut pieces);
                places.extend(pieces.drain(..).map(|row| vec![(row, 1.0)]));
            }
        }
        places.truncate(most - 1);
        places.push(vec![(self.end, 1.0)]);
        places
    }

    /// A vector for each of these texts, which are run at once, with the early one behind it.
    fn vectors(&self, texts: &[&[Rows]]) -> Vec<Vec<f32>> {
        let width = self.shape.width;
        let lengths: Vec<usize> = texts.iter().map(|places| places.len()).collect();
        let mut states = vec![0.0; lengths.iter().sum::<usize>() * width];
        for (state, place) in states.chunks_exact_mut(width).zip(texts.iter().copied().flatten()) {
            place.iter().for_each(|&(row, share)| self.words.add(row, share, state));
        }
        let mut vectors = vec![Vec::with_capacity(2 * width); texts.len()];
        for states in self.network.run(states, &lengths, EARLY) {
            let mut states = states.chunks_exact(width);
            for (vector, &length) in vectors.iter_mut().zip(&lengths) {
                let mut mean = vec![0.0; width];
                for state in states.by_ref().take(length) {
                    mean.iter_mut().zip(state).for_each(|(mean, number)| *mean += number);
                }
                // No word at all, but marks of beginning and end.
                if length == 2 {
                    mean.fill(0.0);
                }
                normalise(&mut mean);
                vector.append(&mut mean);
            }
        }
        vectors
    }

    fn embed(&self, texts: &[Vec<Rows>]) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut batch: Vec<&[Rows]> = Vec::new();
        let mut places = 0;
        for text in texts {
            if places + text.len() > AT_ONCE {
                vectors.append(&mut self.vectors(&batch));
                batch.clear();
                places = 0;
            }
            places += text.len();
            batch.push(text);
        }
        vectors.append(&mut self.vectors(&batch));
        vectors
    }
}

/// The model of this program, which is read when the first text is: a business that has nothing to read has its
/// memory.
struct Shipped {
    language: Language,
    shape: Shape,
    fingerprint: [u8; 32],
}

impl Shipped {
    fn read() -> Option<&'static Sentences> {
        static READ: LazyLock<Option<Sentences>> = LazyLock::new(|| Sentences::read(ENGLISH));
        READ.as_ref()
    }

    /// What the words of the language mean; `None` for English.
    fn meanings(&self, sentences: &Sentences) -> Option<&'static Meanings> {
        static SPANISH: OnceLock<Meanings> = OnceLock::new();
        static PORTUGUESE: OnceLock<Meanings> = OnceLock::new();
        let of = match self.language {
            Language::En => return None,
            Language::Es => &SPANISH,
            Language::Pt => &PORTUGUESE,
        };
        Some(of.get_or_init(|| Meanings::new(self.language, &sentences.words, &LISTS, FUNCTION_WORDS)))
    }
}

impl Embedder for Shipped {
    fn dimensions(&self) -> usize {
        self.shape.width
    }

    fn further(&self) -> usize {
        self.shape.width
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn describe(&self) -> String {
        let Shape { layers, width, .. } = self.shape;
        format!("the model that comes with Switchboard, {layers} layers, {width} numbers")
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        let most = match role {
            Role::Question => QUESTION_WORDS,
            Role::Passage => PASSAGE_WORDS,
        };
        let damaged = || SemanticsError::Model("the one that comes with this program is damaged".to_owned());
        let sentences = Shipped::read().ok_or_else(damaged)?;
        let meanings = self.meanings(sentences);
        let places = |text: &&str| match meanings {
            Some(meanings) => sentences.places_by_way_of(meanings, text, most),
            None => sentences.places(text, most),
        };
        Ok(sentences.embed(&texts.iter().map(places).collect::<Vec<_>>()))
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
