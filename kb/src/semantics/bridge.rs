//! Spanish and Portuguese by way of English: each word has the vector of the English words that mean the same,
//! from a list of our own, or of the English word that it is nearly the same as.

use std::collections::HashMap;
use std::sync::Arc;

use conversation::types::Language;
use sha2::{Digest, Sha256};

use super::table::{MOST_WORDS, Table};
use super::{Embedder, Role, SemanticsError, Trust, normalise};
use crate::analysis::{Splitter, Word};

/// Lines `English|Spanish|Portuguese`.
const MEANINGS: &str = include_str!("../../words/meanings.txt");
/// Shorter words are too often another word in English.
const SAME_LETTERS: usize = 5;

/// Endings that become others in English, longer ones first.
const ENDINGS: &[(&str, &[&str])] = &[
    ("aciones", &["ation"]),
    ("amiento", &["ment"]),
    ("amento", &["ment"]),
    ("idades", &["ity"]),
    ("mente", &["ly", "ally"]),
    ("acoes", &["ation"]),
    ("encia", &["ence", "ency"]),
    ("ancia", &["ance", "ancy"]),
    ("cion", &["tion"]),
    ("sion", &["sion"]),
    ("idad", &["ity"]),
    ("dade", &["ty"]),
    ("avel", &["able"]),
    ("ivel", &["ible"]),
    ("able", &["able"]),
    ("ible", &["ible"]),
    ("ista", &["ist"]),
    ("ismo", &["ism"]),
    ("ario", &["ary", "ar"]),
    ("orio", &["ory"]),
    ("ador", &["ator", "er"]),
    ("cao", &["tion"]),
    ("sao", &["sion"]),
    ("ado", &["ated", "ed", "ate"]),
    ("oso", &["ous"]),
    ("ivo", &["ive"]),
    ("iva", &["ive"]),
    ("ico", &["ic", "ical"]),
    ("ica", &["ic", "ics", "ical"]),
    ("ia", &["y", "ia"]),
    ("io", &["y", "ium"]),
    ("ar", &["ate", "e", ""]),
    ("er", &["e", ""]),
    ("ir", &["e", ""]),
    ("os", &["", "e", "o"]),
    ("as", &["", "e", "a"]),
    ("es", &["", "e"]),
    ("o", &["", "e"]),
    ("a", &["", "e"]),
    ("e", &["", "y"]),
];

/// Words of one language with the rows of the table that mean the same.
pub(super) struct Bridge {
    language: Language,
    table: Arc<Table>,
    splitter: Splitter,
    /// By stem: rows and what each counts.
    known: HashMap<String, Vec<(usize, f32)>>,
    fingerprint: [u8; 32],
}

impl Bridge {
    pub(super) fn new(language: Language, table: Arc<Table>) -> Bridge {
        let splitter = Splitter::without_synonyms(language);
        let column = match language {
            Language::En => 0,
            Language::Es => 1,
            Language::Pt => 2,
        };
        let mut lines: HashMap<String, Vec<Vec<usize>>> = HashMap::new();
        let mut pieces = Vec::new();
        for line in MEANINGS.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('|');
            let Some(english) = columns.clone().next() else {
                continue;
            };
            let mut rows = Vec::new();
            for word in english.split_whitespace() {
                table.words.pieces(word, &mut pieces);
                rows.extend_from_slice(&pieces);
            }
            for member in columns.nth(column).unwrap_or_default().split(',') {
                for word in splitter.words(member, 1) {
                    lines.entry(word.stem).or_default().push(rows.clone());
                }
            }
        }
        let known = lines.into_iter().map(|(stem, lines)| (stem, shares(&lines))).collect();
        let mut hash = Sha256::new();
        hash.update(language.as_str());
        hash.update(table.fingerprint());
        hash.update(MEANINGS);
        Bridge {
            language,
            table,
            splitter,
            known,
            fingerprint: hash.finalize().into(),
        }
    }

    /// The English word that a folded word is nearly the same as.
    fn alike(&self, folded: &str) -> Option<usize> {
        if folded.len() < SAME_LETTERS || !folded.is_ascii() {
            return None;
        }
        let by_ending = |(ending, others): &(&str, &[&str])| {
            let root = folded.strip_suffix(ending).filter(|root| root.len() >= 3)?;
            others
                .iter()
                .find_map(|other| self.table.words.find(format!("{root}{other}").as_bytes()))
        };
        let found = self.table.words.find(folded.as_bytes());
        found.or_else(|| ENDINGS.iter().find_map(by_ending))
    }

    fn add(&self, word: &Word, sum: &mut [f32]) {
        if let Some(rows) = self.known.get(&word.stem) {
            for &(row, share) in rows {
                self.table.words.add(row, share, sum);
            }
        } else if !word.is_function_word
            && let Some(row) = self.alike(&word.folded)
        {
            self.table.words.add(row, 1.0, sum);
        }
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.table.dimensions()];
        for word in self.splitter.words(text, MOST_WORDS) {
            self.add(&word, &mut sum);
        }
        normalise(&mut sum);
        sum
    }
}

/// The rows of several meanings, so that together they count as one word.
fn shares(lines: &[Vec<usize>]) -> Vec<(usize, f32)> {
    let each = 1.0 / lines.len().max(1) as f32;
    lines
        .iter()
        .flat_map(|rows| rows.iter().map(move |&row| (row, each / rows.len() as f32)))
        .collect()
}

impl Embedder for Bridge {
    fn dimensions(&self) -> usize {
        self.table.dimensions()
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn describe(&self) -> String {
        let (table, words, language) = (self.table.describe(), self.known.len(), self.language);
        format!("{table}, {words} words of {language} by way of them")
    }

    fn embed(&self, _: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn trust(&self) -> Trust {
        Trust::UnlessHarmful
    }
}
