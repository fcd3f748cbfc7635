//! A message taken apart into the questions that it asks.

use kb::analysis::{folded_words, placed_words};

use super::READ;

/// More parts than this are no list of questions.
const MOST: usize = 6;
/// Fewer words are no question.
const WORDS: usize = 3;
/// As many words after the last question mark may ask something as well.
const REST: usize = 7;

/// What begins another matter, in folded words.
const ONWARD: &[&[&str]] = &[
    &["also"],
    &["additionally"],
    &["besides"],
    &["in", "addition"],
    &["another", "thing"],
    &["another", "question"],
    &["one", "more", "thing"],
    &["by", "the", "way"],
    &["tambien"],
    &["ademas"],
    &["aparte"],
    &["asimismo"],
    &["otra", "cosa"],
    &["otra", "consulta"],
    &["otra", "pregunta"],
    &["por", "otro", "lado"],
    &["por", "otra", "parte"],
    &["por", "cierto"],
    &["tambem"],
    &["alem", "disso"],
    &["alem", "do", "mais"],
    &["outra", "coisa"],
    &["outra", "duvida"],
    &["outra", "pergunta"],
    &["por", "outro", "lado"],
    &["alias"],
];
const AND: &[&str] = &["and", "y", "e", "ah"];

/// The questions of a text that asks several; see [`questions_in`]. Empty when it cannot be taken apart.
pub fn questions(text: &str) -> Vec<String> {
    let matters = matters(text);
    let parts = if matters.len() > 1 {
        matters
            .into_iter()
            .flat_map(|matter| {
                if marked(matter) > 1 {
                    by_marks(matter)
                } else {
                    vec![matter.to_owned()]
                }
            })
            .collect()
    } else {
        by_marks(text)
    };
    if parts.len() > MOST { Vec::new() } else { parts }
}

/// How many questions a text asks: sentences of three or more words that end in a question mark, numbered lines
/// when there are more of them, or what is joined by "also" and its like.
pub fn questions_in(text: &str) -> usize {
    match matters(text).as_slice() {
        [_] | [] => marked(text),
        several => several.iter().map(|matter| marked(matter).max(1)).sum(),
    }
}

/// Whether the text itself says that its parts are different matters: "…, and also …".
pub fn are_separate(text: &str) -> bool {
    matters(text).len() > 1
}

/// The parts between "also" and its like, where these begin a clause.
fn matters(text: &str) -> Vec<&str> {
    let words = placed_words(text, READ);
    let begins_clause = |at: usize| {
        text[..words[at].0]
            .trim_end()
            .ends_with([',', '.', ';', ':', '!', '?', '\n', '-', '–', '—', '(', '¿', '¡'])
            || text[..words[at].0].trim_end_matches(' ').ends_with('\n')
    };
    let mut parts = Vec::new();
    // The first word and the first byte of the part at hand.
    let (mut first, mut start) = (0, 0);
    let mut at = WORDS;
    while at < words.len() {
        let onward = ONWARD.iter().find(|phrase| {
            phrase.len() <= words.len() - at && phrase.iter().zip(&words[at..]).all(|(a, (_, b))| a == b)
        });
        let has_and = AND.contains(&words[at - 1].1.as_str());
        let end = if has_and { at - 1 } else { at };
        let is_cut = |phrase: &&&[&str]| {
            (has_and || begins_clause(at)) && end >= first + WORDS && words.len() - at - phrase.len() >= WORDS
        };
        match onward.filter(is_cut) {
            Some(phrase) => {
                parts.push(
                    text[start..words[end].0]
                        .trim()
                        .trim_end_matches([' ', ',', ';', ':', '\n', '(', '¿', '¡']),
                );
                first = at + phrase.len();
                start = words[first].0;
                at = first + WORDS;
            }
            None => at += 1,
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// Sentences that end in a question mark, or numbered lines when there are more of them.
fn by_marks(text: &str) -> Vec<String> {
    let numbered: Vec<&str> = text.lines().filter(|line| is_numbered(line)).collect();
    let mut parts = Vec::new();
    if numbered.len() > 1 {
        for line in numbered {
            let line = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
            parts.push(line[1..].trim().to_owned());
        }
        return parts;
    }
    let mut rest = text;
    while let Some(end) = rest.find('?') {
        let sentence = last_sentence(&rest[..end]).trim();
        if is_long_enough(sentence) {
            parts.push(format!("{sentence}?"));
        }
        rest = &rest[end + 1..];
    }
    // "… ? And one thing more: it squeaks." What is left over may be a question as well.
    if folded_words(rest, REST).len() == REST {
        return Vec::new();
    }
    parts
}

fn marked(text: &str) -> usize {
    let mut asked = 0;
    let mut rest = text;
    while let Some(end) = rest.find('?') {
        asked += usize::from(is_long_enough(last_sentence(&rest[..end])));
        rest = &rest[end + 1..];
    }
    let numbered = text.lines().filter(|line| is_numbered(line)).count();
    asked.max(numbered)
}

fn last_sentence(text: &str) -> &str {
    let start = text.rfind(['.', '!', '\n', ';']).map_or(0, |at| at + 1);
    &text[start..]
}

fn is_long_enough(sentence: &str) -> bool {
    folded_words(sentence, WORDS).len() == WORDS
}

/// `1. …`, `2) …`.
fn is_numbered(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let after = &line[digits..];
    (1..=2).contains(&digits) && after.starts_with([')', '.']) && is_long_enough(&after[1..])
}
