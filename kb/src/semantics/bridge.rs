//! The table of English words for texts of another language, by way of what their words mean.

use std::sync::{Arc, OnceLock};

use conversation::types::Language;
use sha2::{Digest, Sha256};

use super::meanings::{LISTS, Meanings};
use super::table::{MOST_WORDS, Table};
use super::{Embedder, Role, SemanticsError, Trust, normalise};

pub(super) struct Bridge {
    language: Language,
    table: Arc<Table>,
    /// Read when the first text is.
    meanings: OnceLock<Meanings>,
    fingerprint: [u8; 32],
}

impl Bridge {
    pub(super) fn new(language: Language, table: Arc<Table>) -> Bridge {
        let mut hash = Sha256::new();
        hash.update(language.as_str());
        hash.update(table.fingerprint());
        LISTS.iter().for_each(|list| hash.update(list));
        Bridge {
            language,
            meanings: OnceLock::new(),
            table,
            fingerprint: hash.finalize().into(),
        }
    }

    fn meanings(&self) -> &Meanings {
        self.meanings
            // What sentences are built with says nothing where words are only added up.
            .get_or_init(|| Meanings::new(self.language, &self.table.words, &LISTS, ""))
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let english = &self.table.words;
        let mut sum = vec![0.0; self.table.dimensions()];
        for place in self.meanings().places(english, text, MOST_WORDS) {
            for (row, share) in place.rows {
                english.add(row, share, &mut sum);
            }
        }
        normalise(&mut sum);
        sum
    }
}

impl Embedder for Bridge {
    fn dimensions(&self) -> usize {
        self.table.dimensions()
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn describe(&self) -> String {
        let (table, words, language) = (self.table.describe(), self.meanings().len(), self.language);
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
