//! Spanish and Portuguese by way of English: each word stands for the English words that mean the same, from lists of
//! our own, or for the English word that it is nearly the same as.

use std::collections::HashMap;

use conversation::types::Language;

use super::vocabulary::Vocabulary;
use crate::analysis::{Splitter, Word};

/// What texts are about, in lines `English|Spanish|Portuguese`: what businesses and their customers write of, and
/// words of everyday life in general. Of a word that is in both, what the first one says.
pub(super) const LISTS: [&str; 2] = [
    include_str!("../../words/meanings.txt"),
    include_str!("../../words/dictionary.txt"),
];
/// What sentences are built with, in the same form.
pub(super) const FUNCTION_WORDS: &str = include_str!("../../words/function-words.txt");

/// Shorter words are too often another word in English.
const SAME_LETTERS: usize = 5;

/// Shorter words that sentences are built with mean too many things.
const SHORTEST: usize = 4;
/// Words that may have a meaning together: "dar de baja", "no fim de semana".
const MOST_OF_PHRASE: usize = 4;

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

/// Spanish pronouns that are written at the end of a verb, longer ones first: "ponme", "enséñamelo".
const PRONOUNS: &[&str] = &[
    "noslo", "nosla", "melos", "melas", "selos", "selas", "melo", "mela", "telo", "tela", "selo", "sela", "nos", "les",
    "los", "las", "me", "te", "se", "le", "lo", "la",
];

/// Rows of a vocabulary, and what each counts.
pub(super) type Rows = Vec<(usize, f32)>;

/// The words of a language, each with the rows of the English words that mean the same.
pub(super) struct Meanings {
    language: Language,
    splitter: Splitter,
    /// What sentences are built with, as it is written.
    building: HashMap<String, Rows>,
    /// What texts are about, a list after the other.
    lists: Vec<List>,
}

/// The words of a list.
struct List {
    /// As they are written: stems of short words fall together.
    written: HashMap<String, Rows>,
    /// By stem; those of several words with a space between.
    stems: HashMap<String, Rows>,
}

impl List {
    fn of(&self, folded: &str, stem: &str) -> Option<&Rows> {
        let one = || {
            ["es", "s"]
                .iter()
                .find_map(|many| self.written.get(folded.strip_suffix(many)?))
        };
        self.written.get(folded).or_else(one).or_else(|| self.stems.get(stem))
    }
}

/// What stands at one place of a text.
pub(super) struct Place {
    /// The English words that mean the same, or the one that it is nearly the same as; none where neither is known.
    pub(super) rows: Rows,
    pub(super) word: Word,
}

impl Meanings {
    /// Out of lists of what texts are about, of which the first one that has a word counts, and of what sentences are
    /// built with.
    pub(super) fn new(language: Language, english: &Vocabulary, lists: &[&str], building: &str) -> Meanings {
        let splitter = Splitter::without_synonyms(language);
        let written = |member: &str| match splitter.words(member, 2).as_slice() {
            [word] => word.folded.clone(),
            _ => String::new(),
        };
        let stem = |member: &str| phrase(&splitter.words(member, MOST_OF_PHRASE));
        let list = |list: &&str| List {
            written: read(language, english, list, written),
            stems: read(language, english, list, stem),
        };
        Meanings {
            building: read(language, english, building, written),
            lists: lists.iter().map(list).collect(),
            language,
            splitter,
        }
    }

    /// How many words are known.
    pub(super) fn len(&self) -> usize {
        self.lists.iter().map(|list| list.stems.len()).sum()
    }

    /// What the first words of a text mean, one after the other; words that have a meaning together stand at one
    /// place.
    pub(super) fn places(&self, english: &Vocabulary, text: &str, most: usize) -> Vec<Place> {
        let words = self.splitter.words(text, most);
        let mut places = Vec::with_capacity(words.len());
        let mut rest = words.as_slice();
        while let Some((word, after)) = rest.split_first() {
            let together = (2..=MOST_OF_PHRASE.min(rest.len()))
                .rev()
                .find_map(|count| Some((self.together(&rest[..count])?, &rest[count..])));
            let (rows, after) = match together {
                Some((rows, after)) => (rows.clone(), after),
                None => (self.of(english, word), after),
            };
            let word = word.clone();
            places.push(Place { rows, word });
            rest = after;
        }
        places
    }

    fn together(&self, words: &[Word]) -> Option<&Rows> {
        let stems = phrase(words);
        self.lists.iter().find_map(|list| list.stems.get(&stems))
    }

    fn listed(&self, folded: &str, stem: &str) -> Option<Rows> {
        self.lists.iter().find_map(|list| list.of(folded, stem)).cloned()
    }

    fn of(&self, english: &Vocabulary, word: &Word) -> Rows {
        if let Some(rows) = self.building.get(&word.folded) {
            return rows.clone();
        }
        if word.is_function_word && word.folded.len() < SHORTEST {
            return Rows::new();
        }
        let alike = || Some(vec![(alike(english, &word.folded)?, 1.0)]).filter(|_| !word.is_function_word);
        self.listed(&word.folded, &word.stem)
            .or_else(alike)
            .or_else(|| self.of_verb(&word.folded))
            .unwrap_or_default()
    }

    /// The meaning of a Spanish verb that pronouns are written to.
    fn of_verb(&self, folded: &str) -> Option<Rows> {
        if self.language != Language::Es {
            return None;
        }
        PRONOUNS.iter().find_map(|pronouns| {
            let verb = folded.strip_suffix(pronouns).filter(|verb| verb.len() >= 2)?;
            self.listed(verb, &self.splitter.words(verb, 1).pop()?.stem)
        })
    }
}

/// The meanings that a list has in a language, by what `key` makes of its words.
fn read(language: Language, english: &Vocabulary, list: &str, key: impl Fn(&str) -> String) -> HashMap<String, Rows> {
    let column = match language {
        Language::En => 0,
        Language::Es => 1,
        Language::Pt => 2,
    };
    let mut meant: HashMap<String, Vec<Meaning>> = HashMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('|');
        let words = columns.clone().next().unwrap_or_default();
        let mut rows: Vec<usize> = words
            .split_whitespace()
            .filter_map(|word| english.find(word.as_bytes()))
            .collect();
        if rows.is_empty() {
            // None of them is known as a whole.
            words
                .split_whitespace()
                .take(1)
                .for_each(|word| english.pieces(word, &mut rows));
        }
        let mut members: Vec<String> = Vec::new();
        for member in columns.nth(column).unwrap_or_default().split(',').map(&key) {
            if !rows.is_empty() && !member.is_empty() && !members.contains(&member) {
                members.push(member);
            }
        }
        for (place, member) in members.into_iter().enumerate() {
            meant.entry(member).or_default().push(Meaning {
                rows: rows.clone(),
                weight: 1.0 / (1.0 + place as f32),
            });
        }
    }
    let of = |(member, meanings): (String, Vec<Meaning>)| (member, shares(&meanings));
    meant.into_iter().map(of).collect()
}

fn phrase(words: &[Word]) -> String {
    let stems: Vec<&str> = words.iter().map(|word| word.stem.as_str()).collect();
    stems.join(" ")
}

/// One meaning of a word.
struct Meaning {
    rows: Vec<usize>,
    /// Words that people say rather stand first.
    weight: f32,
}

/// The rows of several meanings, so that together they count as one word.
fn shares(meanings: &[Meaning]) -> Rows {
    let all: f32 = meanings.iter().map(|meaning| meaning.weight).sum();
    let share = |meaning: &Meaning| meaning.weight / all / meaning.rows.len() as f32;
    meanings
        .iter()
        .flat_map(|meaning| meaning.rows.iter().map(move |&row| (row, share(meaning))))
        .collect()
}

/// The English word that a folded word is nearly the same as.
fn alike(english: &Vocabulary, folded: &str) -> Option<usize> {
    if folded.len() < SAME_LETTERS || !folded.is_ascii() {
        return None;
    }
    let by_ending = |(ending, others): &(&str, &[&str])| {
        let root = folded.strip_suffix(ending).filter(|root| root.len() >= 3)?;
        others
            .iter()
            .find_map(|other| english.find(format!("{root}{other}").as_bytes()))
    };
    english
        .find(folded.as_bytes())
        .or_else(|| ENDINGS.iter().find_map(by_ending))
}

#[cfg(test)]
mod tests;
