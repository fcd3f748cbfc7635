//! Cuts a text into pieces of words: of all ways to spell it with pieces that are known, the likeliest (a unigram
//! model, as SentencePiece has it).

use unicode_normalization::UnicodeNormalization;

use super::super::bytes::Bytes;
use super::super::vocabulary::Vocabulary;

/// Letters that are read for each piece that is wanted: pieces are shorter on average.
const LETTERS: usize = 12;

pub(super) struct Pieces {
    pub(super) words: Vocabulary,
    /// How likely each piece is (the logarithm), and a letter that is none.
    scores: Vec<f32>,
    unlikely: f32,
    begin: usize,
    end: usize,
    unknown: usize,
}

impl Pieces {
    /// `None` for bytes of another format.
    pub(super) fn read(bytes: &mut Bytes, words: Vocabulary) -> Option<Pieces> {
        let unlikely = *bytes.floats(1)?.first()?;
        Some(Pieces {
            scores: bytes.floats(words.len())?,
            unlikely,
            // Names that nobody can type: control characters are no part of what is read.
            unknown: words.find(b"\0")?,
            begin: words.find(b"\x01")?,
            end: words.find(b"\x02")?,
            words,
        })
    }

    /// The rows of a text's pieces, at most so many, between marks of its beginning and end.
    pub(super) fn of(&self, text: &str, most: usize) -> Vec<usize> {
        let mut rows = vec![self.begin];
        rows.append(&mut self.likeliest(&plain(text, most * LETTERS)));
        rows.truncate(most - 1);
        rows.push(self.end);
        rows
    }

    /// The likeliest way to spell a text.
    fn likeliest(&self, text: &str) -> Vec<usize> {
        /// The best way to a place: how likely it is, where its last piece begins, and that piece.
        type Way = (f32, usize, usize);
        let mut ways: Vec<Option<Way>> = vec![None; text.len() + 1];
        let reach = |ways: &mut Vec<Option<Way>>, to: usize, way: Way| {
            if ways[to].is_none_or(|known| way.0 > known.0) {
                ways[to] = Some(way);
            }
        };
        for (from, letter) in text.char_indices() {
            let before = match ways[from] {
                Some((before, ..)) => before,
                None if from == 0 => 0.0,
                None => continue,
            };
            let first = from + letter.len_utf8();
            let mut is_letter_known = false;
            let mut among = 0..self.words.len();
            let ends = text[first..].char_indices().map(|(at, _)| first + at);
            for to in ends.chain([text.len()]) {
                let letters = &text.as_bytes()[from..to];
                among = self.words.beginning(among, letters);
                if among.is_empty() {
                    break;
                }
                if self.words.is_word(among.start, letters) {
                    is_letter_known |= to == first;
                    let score = self.scores.get(among.start).copied().unwrap_or(self.unlikely);
                    reach(&mut ways, to, (before + score, from, among.start));
                }
            }
            if !is_letter_known {
                reach(&mut ways, first, (before + self.unlikely, from, self.unknown));
            }
        }
        let mut rows = Vec::new();
        let mut to = text.len();
        while let Some((_, from, row)) = ways[to] {
            rows.push(row);
            to = from;
        }
        rows.reverse();
        rows
    }
}

/// The beginning of a text in small letters, each word behind one space.
fn plain(text: &str, most: usize) -> String {
    let mut plain = String::new();
    let mut is_between = true;
    // A letter may stand for several; what is cut off by that is beyond what is read.
    let letters = text.nfkc().take(most).flat_map(char::to_lowercase);
    for letter in letters {
        if letter.is_whitespace() || letter.is_control() {
            is_between = true;
            continue;
        }
        if std::mem::take(&mut is_between) {
            plain.push(' ');
        }
        plain.push(letter);
    }
    plain
}
