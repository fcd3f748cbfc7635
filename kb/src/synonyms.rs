//! Words of one meaning: those that every business's customers use for one another, and the business's own.
//!
//! A group is a list of words or short phrases. Text that uses one of them is marked with the group,
//! so that a question in other words than the article's still meets it, for less than the very word.

use std::collections::HashMap;

use conversation::types::Language;

use crate::form::Form;

/// Words of a phrase that are read.
const PHRASE: usize = 4;

const ENGLISH: &str = include_str!("synonyms/en.txt");
const SPANISH: &str = include_str!("synonyms/es.txt");
const PORTUGUESE: &str = include_str!("synonyms/pt.txt");
const ENGLISH_KINDS: &str = include_str!("kinds/en.txt");
const SPANISH_KINDS: &str = include_str!("kinds/es.txt");
const PORTUGUESE_KINDS: &str = include_str!("kinds/pt.txt");

/// A word of the same meaning is worth this much of the word itself.
const MEANING_SHARE: f32 = 0.55;
/// A word of the same kind is worth this much of the word itself.
const KIND_SHARE: f32 = 0.25;

/// Kinds are numbered from here on, groups of words of one meaning below.
const KIND: u32 = 1 << 31;

/// Whether a group holds words of one kind ("lemon", "melon"), not of one meaning.
pub(crate) fn is_kind(group: u32) -> bool {
    group >= KIND
}

/// What a word of the same group is worth of the word itself.
pub(crate) fn share_of(group: u32) -> f32 {
    if is_kind(group) { KIND_SHARE } else { MEANING_SHARE }
}

/// The kinds that come with the program.
fn kinds(language: Language) -> &'static str {
    match language {
        Language::En => ENGLISH_KINDS,
        Language::Es => SPANISH_KINDS,
        Language::Pt => PORTUGUESE_KINDS,
    }
}

/// The groups that come with the program.
fn shipped(language: Language) -> &'static str {
    match language {
        Language::En => ENGLISH,
        Language::Es => SPANISH,
        Language::Pt => PORTUGUESE,
    }
}

/// Reads groups: one a line, members between commas; empty lines and lines that begin with `#` say
/// nothing. A line of fewer than two members is no group.
pub fn parse(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            line.split(',')
                .map(str::trim)
                .filter(|member| !member.is_empty())
                .map(str::to_owned)
                .collect::<Vec<String>>()
        })
        .filter(|members| members.len() > 1)
        .collect()
}

/// Finds groups in a line of words.
#[derive(Default)]
pub(crate) struct Lookup {
    /// By the first stem: the stems that follow, and the group.
    phrases: HashMap<String, Vec<(Vec<String>, u32)>>,
}

impl Lookup {
    /// `stems` gives the stems of a phrase's first words, at most so many.
    pub(crate) fn new(language: Language, own: &[Vec<String>], stems: impl Fn(&str, usize) -> Vec<String>) -> Lookup {
        let mut lookup = Lookup::default();
        let groups = parse(shipped(language));
        let kinds = parse(kinds(language));
        let alike = groups.iter().chain(own).zip(0_u32..);
        for (members, number) in alike.chain(kinds.iter().zip(KIND..)) {
            for member in members {
                let mut stems = stems(member, PHRASE).into_iter();
                let Some(first) = stems.next() else {
                    continue;
                };
                let entry = (stems.collect::<Vec<String>>(), number);
                let phrases = lookup.phrases.entry(first).or_default();
                if !phrases.contains(&entry) {
                    phrases.push(entry);
                }
            }
        }
        lookup
    }

    pub(crate) fn mark(&self, words: &mut [Form]) {
        for at in 0..words.len() {
            let Some(phrases) = self.phrases.get(&words[at].stem) else {
                continue;
            };
            let mut meanings: Vec<u32> = phrases
                .iter()
                .filter(|(rest, _)| {
                    let follow = words[at + 1..].iter().map(|word| &word.stem);
                    rest.len() < words.len() - at && rest.iter().eq(follow.take(rest.len()))
                })
                .map(|(_, group)| *group)
                .collect();
            meanings.sort_unstable();
            meanings.dedup();
            words[at].meanings = meanings;
        }
    }
}
