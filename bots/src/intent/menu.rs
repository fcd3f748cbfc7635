//! What is said to a menu: the word that asks for it, a number, a title or nearly one.

use std::collections::HashSet;

use super::{is_only, read, tables};

/// Words of an answer to a menu; whoever writes more asks something.
const READ: usize = 8;
/// How many letters of a title somebody must have written for it to be meant.
const LETTERS: usize = 4;

/// Where somebody wants to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the menu.
    Top,
    /// One step back.
    Back,
}

const TOP: &[&str] = &[
    "0",
    "zero",
    "cero",
    "menu",
    "menus",
    "inicio",
    "principal",
    "opciones",
    "opcoes",
    "options",
    "home",
    "start",
];
const BACK: &[&str] = &["volver", "regresar", "atras", "back", "voltar"];
const BESIDE: &[&str] = &[
    "al", "el", "la", "las", "los", "a", "o", "os", "as", "ao", "the", "to", "go", "ir", "de", "do", "main", "ver",
    "show", "see", "me", "mostrar", "quiero", "quero", "por", "favor", "please", "otra", "vez", "again", "anterior",
];

/// Whether somebody asks for the menu, or for the step before.
pub fn asks_for_menu(text: &str) -> Option<Way> {
    const WORDS: usize = 6;
    if is_only(text, TOP, &[BESIDE], WORDS) {
        return Some(Way::Top);
    }
    if is_only(text, BACK, &[BESIDE], WORDS) {
        return Some(Way::Back);
    }
    // "Back to the menu" goes there, and "back" one step.
    is_only(text, BACK, &[TOP, BESIDE], WORDS).then_some(Way::Top)
}

/// The numbers of a menu, from 1; the first three are those of every choice.
const MORE: &[&[&str]] = &[
    &["4", "four", "cuatro", "quatro", "cuarta", "cuarto", "quarta"],
    &["5", "five", "cinco", "quinta", "quinto"],
    &["6", "six", "seis", "sexta", "sexto"],
    &["7", "seven", "siete", "sete", "septima", "setima"],
    &["8", "eight", "ocho", "oito", "octava", "oitava"],
    &["9", "nine", "nueve", "nove", "novena", "nona"],
    &["10", "ten", "diez", "dez", "decima"],
];

/// The number, from 1, that "2", "2.", "dos", "opción 2" or "la segunda" is.
pub fn menu_number(text: &str) -> Option<usize> {
    // What a key of a telephone looks like: the digit is in it, the rest is drawing.
    let text: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{fe0f}' | '\u{20e3}'))
        .collect::<String>()
        .replace('🔟', "10");
    let words = read(&text, 6);
    if words.len() > 5 {
        return None;
    }
    let mut chosen = None;
    for word in &words {
        let number = tables::NUMBERS
            .iter()
            .chain(MORE)
            .position(|names| names.contains(&word.trim_start_matches('0')));
        match number {
            Some(number) if chosen.is_none() => chosen = Some(number + 1),
            Some(0) if word == "one" => {}
            Some(_) => return None,
            None if tables::POINTING.contains(&word.as_str()) => {}
            None => return None,
        }
    }
    chosen
}

/// Words that say nothing of what is meant.
const EMPTY: &[&str] = &[
    "quiero", "quisiera", "necesito", "ver", "con", "de", "del", "el", "la", "los", "las", "un", "una", "mi", "mis",
    "sobre", "para", "por", "favor", "y", "en", "es", "i", "want", "need", "to", "the", "my", "a", "about", "please",
    "and", "for", "of", "quero", "preciso", "gostaria", "do", "da", "dos", "das", "o", "os", "as", "um", "uma", "meu",
    "minha", "meus", "minhas", "e", "com", "opcion", "opcao", "option",
];

fn telling(text: &str) -> Vec<String> {
    read(text, READ + 1)
        .into_iter()
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .collect()
}

/// Which of several titles a short text is, or nearly is; `None` where it is none, or could be more than one. Each title is
/// given in every language it has.
pub fn nearest_title(text: &str, titles: &[Vec<&str>]) -> Option<usize> {
    let said = read(text, READ + 1);
    if said.is_empty() || said.len() > READ {
        return None;
    }
    // Word for word is meant, whatever else is near.
    let mut same = (0..titles.len()).filter(|at| titles[*at].iter().any(|title| read(title, READ + 1) == said));
    if let (Some(at), None) = (same.next(), same.next()) {
        return Some(at);
    }
    let said: HashSet<String> = telling(text).into_iter().collect();
    let letters: usize = said.iter().map(|word| word.chars().count()).sum();
    if letters < LETTERS {
        return None;
    }
    let is_near = |title: &&str| {
        let words = telling(title);
        said.iter().all(|one| words.iter().any(|word| near(one, word)))
    };
    let mut found = (0..titles.len()).filter(|at| titles[*at].iter().any(is_near));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Whether two words are the same but for a slip: one letter in short ones, two in long ones.
fn near(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let shorter = a.len().min(b.len());
    let allowed = match shorter {
        0..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    a.len().abs_diff(b.len()) <= allowed && slips(&a, &b) <= allowed
}

/// How many letters have to be changed, added, taken out or swapped with their neighbour.
fn slips(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut rows = vec![0usize; (a.len() + 1) * width];
    for at in 0..=a.len() {
        rows[at * width] = at;
    }
    for (at, first) in rows.iter_mut().take(width).enumerate() {
        *first = at;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[(i - 1) * width + j] + 1)
                .min(rows[i * width + j - 1] + 1)
                .min(rows[(i - 1) * width + j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[(i - 2) * width + j - 2] + 1);
            }
            rows[i * width + j] = least;
        }
    }
    rows[a.len() * width + b.len()]
}
