//! Recognisers for the few things people say to a bot that are not questions: a person please,
//! thanks, hello, it helped, it did not.
//!
//! All work on folded words (lower case, no accents), and all know the three languages at once:
//! people mix them, and a greeting is too short to tell its language from.

use std::collections::HashSet;
use std::sync::LazyLock;

mod matters;
mod menu;
mod parts;
mod pattern;
mod shorthand;
mod tables;

pub use menu::{Way, asks_for_menu, menu_number, nearest_title};
pub use parts::{are_separate, questions, questions_in};
use pattern::Pattern;
use shorthand::read;

/// Words of a message that are read.
const READ: usize = 200;

/// What a customer may ask about their own matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matter {
    /// "Where is my ticket?"
    Ticket,
    /// "How much do I owe?"
    Balance,
    /// "Send me my invoice."
    Invoice,
    /// "Where is my order?"
    Order,
    /// "When does the technician come?"
    Visit,
    /// "Which machines do I have?"
    Machine,
}

struct Patterns {
    person: Vec<Pattern>,
    not_person: Vec<Pattern>,
    not_helped: Vec<Pattern>,
    helped: Vec<Pattern>,
    angry: Vec<Pattern>,
    follow_up: Vec<Pattern>,
    about_bot: Vec<Pattern>,
    matters: Vec<(Matter, Vec<Pattern>)>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    fn compile(lists: &[&[&'static str]]) -> Vec<Pattern> {
        lists.concat().into_iter().map(Pattern::new).collect()
    }
    Patterns {
        person: compile(tables::PERSON),
        not_person: compile(&[tables::NOT_PERSON]),
        not_helped: compile(&[tables::NOT_HELPED]),
        helped: compile(&[tables::HELPED]),
        angry: compile(&[tables::ANGRY]),
        follow_up: compile(&[matters::FOLLOW_UP]),
        about_bot: compile(&[tables::ABOUT_BOT]),
        matters: [
            (Matter::Ticket, matters::TICKET),
            (Matter::Balance, matters::BALANCE),
            (Matter::Invoice, matters::INVOICE),
            (Matter::Order, matters::ORDER),
            (Matter::Visit, matters::VISIT),
            (Matter::Machine, matters::MACHINE),
        ]
        .into_iter()
        .map(|(matter, phrases)| (matter, compile(&[phrases])))
        .collect(),
    }
});

fn words(text: &str) -> Vec<String> {
    read(text, READ)
}

fn any(patterns: &[Pattern], words: &[String]) -> bool {
    patterns.iter().any(|pattern| pattern.is_in(words))
}

/// Whether somebody asks for a person instead of the bot.
pub fn asks_for_person(text: &str) -> bool {
    let words = words(text);
    any(&PATTERNS.person, &words) && !any(&PATTERNS.not_person, &words)
}

/// Whether somebody is past being helped by a machine.
pub fn is_angry(text: &str) -> bool {
    any(&PATTERNS.angry, &words(text)) || is_shouting(text)
}

/// Capitals throughout and at least two exclamation marks.
fn is_shouting(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    letters >= 12 && capitals * 10 >= letters * 8 && text.matches('!').count() >= 2
}

/// Which of their own matters somebody asks about.
pub fn matter(text: &str) -> Option<Matter> {
    let words = words(text);
    PATTERNS
        .matters
        .iter()
        .find(|(matter, patterns)| any(patterns, &words) && !(*matter == Matter::Balance && is_about_prices(&words)))
        .map(|(matter, _)| *matter)
}

/// Whether words that could ask for a balance ask what something costs, or would cost.
fn is_about_prices(words: &[String]) -> bool {
    let supposes = words
        .iter()
        .skip(2)
        .any(|word| matters::SUPPOSING.contains(&word.as_str()));
    let is_verb = |word: &String| word.len() > 3 && ["ar", "er", "ir"].iter().any(|end| word.ends_with(end));
    let must_do = words
        .windows(2)
        .any(|pair| matters::MUST.contains(&pair[0].as_str()) && pair[1] != "pagar" && is_verb(&pair[1]));
    let pays_for = words.windows(3).any(|three| {
        matters::MUST.contains(&three[0].as_str())
            && three[1] == "pagar"
            && ["por", "para", "pelo", "pela", "de"].contains(&three[2].as_str())
    });
    supposes || must_do || pays_for
}

/// Whether a short text hangs on what was asked before: "and for the black one?".
pub fn is_follow_up(text: &str) -> bool {
    const WORDS: usize = 9;
    let words = read(text, WORDS + 1);
    words.len() <= WORDS && any(&PATTERNS.follow_up, &words)
}

/// Whether a text has one of these words or phrases, each word whole, accents and case aside.
pub fn mentions<'a>(text: &str, phrases: impl Iterator<Item = &'a str>) -> bool {
    const PHRASE: usize = 12;
    let words = words(text);
    phrases
        .map(|phrase| read(phrase, PHRASE))
        .any(|phrase| !phrase.is_empty() && words.windows(phrase.len()).any(|window| window == phrase))
}

/// Whether the message is thanks and nothing else.
pub fn is_thanks(text: &str) -> bool {
    is_only(text, tables::THANKS, &[tables::COURTESY, tables::GREETING], 10)
}

/// Whether the message is a greeting and nothing else.
pub fn is_greeting(text: &str) -> bool {
    is_only(text, tables::GREETING, &[tables::COURTESY], 8)
}

/// Whether a text says what it is about, rather than only that a person is wanted, a greeting or thanks.
pub fn says_what(text: &str) -> bool {
    // Whoever writes more than that has said it, too.
    const WORDS: usize = 10;
    let is_for_person = asks_for_person(text) && read(text, WORDS + 1).len() <= WORDS;
    !text.trim().is_empty() && sign(text).is_none() && !is_for_person && !is_thanks(text) && !is_greeting(text)
}

/// Whether somebody asks who is there: a machine or a person, and what it can do.
pub fn asks_about_bot(text: &str) -> bool {
    const WORDS: usize = 10;
    let words = read(text, WORDS + 1);
    words.len() <= WORDS && any(&PATTERNS.about_bot, &words)
}

/// What a message without a single word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A thumb up, a heart, a smile.
    Content,
    /// A thumb down, an angry face.
    Discontent,
    /// "???", a dot, a picture sign that says neither.
    Nothing,
}

/// Reads a message that has neither letter nor digit; `None` where it has, or is empty.
pub fn sign(text: &str) -> Option<Sign> {
    if text.trim().is_empty() || text.chars().any(char::is_alphanumeric) {
        return None;
    }
    let has = |signs: &[char]| text.chars().any(|c| signs.contains(&c));
    Some(if has(tables::DISCONTENT) {
        Sign::Discontent
    } else if has(tables::CONTENT) {
        Sign::Content
    } else {
        Sign::Nothing
    })
}

/// What is said about the last answer: `Some(true)` it helped, `Some(false)` it did not. To be
/// asked only when an answer was given.
pub fn helped(text: &str) -> Option<bool> {
    match sign(text) {
        Some(Sign::Content) => return Some(true),
        Some(Sign::Discontent) => return Some(false),
        Some(Sign::Nothing) | None => {}
    }
    let words = words(text);
    if any(&PATTERNS.not_helped, &words) {
        return Some(false);
    }
    let is_no = is_only(text, tables::NO, &[], 3);
    if is_no {
        return Some(false);
    }
    let is_yes = is_only(text, tables::YES, &[tables::THANKS, tables::COURTESY], 8);
    let is_done = words.len() <= 12 && any(&PATTERNS.helped, &words);
    (is_yes || is_done).then_some(true)
}

/// Whether a text has one of `core`, and nothing but `core` and `also`.
fn is_only(text: &str, core: &[&str], also: &[&[&str]], most: usize) -> bool {
    let words = read(text, most + 1);
    words.len() <= most
        && words.iter().any(|word| core.contains(&word.as_str()))
        && words
            .iter()
            .all(|word| core.contains(&word.as_str()) || also.iter().any(|list| list.contains(&word.as_str())))
}

/// Whether two texts ask the same in nearly the same words.
pub fn is_same_question(a: &str, b: &str) -> bool {
    let a: HashSet<String> = words(a).into_iter().collect();
    let b: HashSet<String> = words(b).into_iter().collect();
    let common = a.intersection(&b).count();
    let all = a.len() + b.len() - common;
    common > 0 && common * 5 >= all * 4
}

/// The place, from 0, that "2", "the second one" or "la primera" names.
pub fn chosen_number(text: &str) -> Option<usize> {
    let words = read(text, 6);
    if words.len() > 5 {
        return None;
    }
    let mut chosen = None;
    for word in &words {
        let number = tables::NUMBERS.iter().position(|names| names.contains(&word.as_str()));
        match number {
            Some(number) if chosen.is_none() => chosen = Some(number),
            // "the second one": the last word only points.
            Some(0) if word == "one" => {}
            Some(_) => return None,
            None if tables::POINTING.contains(&word.as_str()) => {}
            None => return None,
        }
    }
    chosen
}

#[cfg(test)]
mod tests;
