//! The numbers of an answer. Pure.

use conversation::letters;

/// Words that stand beside a number in an answer, folded to small letters without accents.
const BESIDE: &[&str] = &[
    "reading",
    "readings",
    "counter",
    "meter",
    "lectura",
    "lecturas",
    "leitura",
    "leituras",
    "contador",
    "contadores",
    "medidor",
    "black",
    "white",
    "mono",
    "color",
    "colour",
    "cor",
    "preto",
    "branco",
    "negro",
    "blanco",
    "bn",
    "total",
    "scan",
    "scans",
    "and",
    "y",
    "e",
    "is",
    "es",
    "the",
    "el",
    "la",
    "o",
    "a",
    "it",
    "hi",
    "hello",
    "hola",
    "ola",
    "thanks",
    "thank",
    "you",
    "gracias",
    "obrigado",
    "obrigada",
    "machine",
    "maquina",
    "shows",
    "muestra",
    "mostra",
    "value",
    "valor",
    "number",
    "numero",
    "bom",
    "dia",
    "buenos",
    "buenas",
    "dias",
    "tardes",
    "boa",
    "tarde",
    "here",
    "aqui",
    "pages",
    "paginas",
    "copias",
    "copies",
];

/// The longest answer, in characters.
const LONGEST: usize = 600;

fn folded(word: &str) -> String {
    let mut plain = letters::folded(word);
    plain.retain(|letter| letter.is_ascii_alphanumeric());
    plain
}

/// The line with numbers in one piece that are written in groups of three, as our own Spanish messages write them. A plain
/// space joins only where no number of a line can stand before it.
fn joined(line: &str, with_spaces: bool) -> String {
    let chars: Vec<char> = line.chars().collect();
    let digits = |places: &[char]| places.iter().take_while(|c| c.is_ascii_digit()).count();
    let mut kept = String::with_capacity(line.len());
    for (at, c) in chars.iter().enumerate() {
        let may_join = matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}') || (*c == ' ' && with_spaces);
        let before = chars[..at].iter().rev().take_while(|c| c.is_ascii_digit()).count();
        if !(may_join && (1..=3).contains(&before) && digits(&chars[at + 1..]) == 3) {
            kept.push(*c);
        }
    }
    kept
}

/// A number with or without separators of thousands: `12345`, `12.345`, `12,345`.
fn number(word: &str) -> Option<i64> {
    let word = word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | ')' | '(' | '='));
    let parts: Vec<&str> = word.split(['.', ',']).collect();
    let is_grouped = parts.len() == 1 || (parts[0].len() <= 3 && parts[1..].iter().all(|part| part.len() == 3));
    let digits = parts.concat();
    let is_number =
        is_grouped && !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// The numbers of an answer: which of the wanted ones, from 0, and what it shows. Nothing where the text may be
/// about anything else. `serials` are those of the wanted machines, in order.
pub fn read(text: &str, serials: &[&str]) -> Vec<(usize, i64)> {
    let count = serials.len();
    if count == 0 || text.chars().count() > LONGEST {
        return Vec::new();
    }
    let mut rows: Vec<Vec<i64>> = Vec::new();
    let mut named: Vec<Option<usize>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = &joined(line, count == 1);
        let mut numbers = Vec::new();
        let mut machine = None;
        for word in line.split_whitespace() {
            let plain = folded(word);
            let same = |serial: &&str| !plain.is_empty() && folded(serial) == plain;
            let hits: Vec<usize> = (0..count).filter(|index| same(&serials[*index])).collect();
            if let (Some(first), true) = (hits.first(), machine.is_none()) {
                // A machine of several counters is not named by its serial number alone.
                if hits.len() > 1 {
                    return Vec::new();
                }
                machine = Some(*first);
            } else if let Some(number) = number(word) {
                numbers.push(number);
            } else if !plain.is_empty() && !BESIDE.contains(&plain.as_str()) {
                return Vec::new();
            }
        }
        if !numbers.is_empty() {
            rows.push(numbers);
            named.push(machine);
        }
    }
    let line_of = |number: i64| {
        usize::try_from(number)
            .ok()
            .filter(|n| (1..=count).contains(n))
            .map(|n| n - 1)
    };
    let mut found = Vec::new();
    for (row, machine) in rows.iter().zip(&named) {
        match (row.as_slice(), machine) {
            ([value], Some(machine)) => found.push((*machine, *value)),
            ([value], None) if count == 1 && rows.len() == 1 => found.push((0, *value)),
            // As many lines as are wanted, in their order.
            ([value], None) if rows.len() == count => found.push((found.len(), *value)),
            ([line, value], None) => match line_of(*line) {
                Some(index) => found.push((index, *value)),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        }
    }
    let mut seen = vec![false; count];
    for (index, _) in &found {
        if std::mem::replace(&mut seen[*index], true) {
            return Vec::new();
        }
    }
    found
}

/// Whether a text says yes.
pub(super) fn is_yes(text: &str, yes: &[&str]) -> bool {
    let said = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    yes.contains(&said.as_str())
}

/// Whether a text says nothing beyond the words that stand beside a number.
pub(super) fn is_bare(text: &str) -> bool {
    text.split_whitespace()
        .all(|word| BESIDE.contains(&folded(word).as_str()))
}

#[cfg(test)]
mod tests {
    use conversation::types::Language;

    use super::*;
    use crate::words;

    #[test]
    fn numbers_are_taken_and_nothing_else() {
        for (text, serials, expected) in [
            ("12345", &["A"][..], vec![(0, 12_345)]),
            ("12.345", &["A"], vec![(0, 12_345)]),
            ("Hola, la lectura es 12,345. Gracias!", &["A"], vec![(0, 12_345)]),
            ("Leitura: 1.234.567", &["A"], vec![(0, 1_234_567)]),
            ("error 1234", &["A"], vec![]),
            ("My copier makes noise since 10 days", &["A"], vec![]),
            ("79 853", &["A"], vec![(0, 79_853)]),
            ("Lectura: 1\u{a0}234\u{202f}567.", &["A"], vec![(0, 1_234_567)]),
            ("1 853\n2 79\u{a0}853", &["A", "B"], vec![(0, 853), (1, 79_853)]),
            ("12.34", &["A"], vec![]),
            ("12345 23456", &["A"], vec![]),
            ("", &["A"], vec![]),
            ("12345", &[], vec![]),
            ("1 12345\n2 678", &["A", "B"], vec![(0, 12_345), (1, 678)]),
            ("2) 678", &["A", "B"], vec![(1, 678)]),
            ("1: 12345", &["A", "B"], vec![(0, 12_345)]),
            ("3 12345", &["A", "B"], vec![]),
            ("100\n200", &["A", "B"], vec![(0, 100), (1, 200)]),
            ("100", &["A", "B"], vec![]),
            ("1 100\n1 200", &["A", "B"], vec![]),
            ("E123 contador 900", &["E123", "F5"], vec![(0, 900)]),
            ("E123 900", &["E123", "E123"], vec![]),
        ] {
            assert_eq!(read(text, serials), expected, "{text:?} of {serials:?}");
        }
        assert!(is_yes(" Sí. ", words::of(Language::Es).yes));
        assert!(!is_yes("yes but", words::of(Language::En).yes));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,700}", count in 0usize..4) {
            let serials = vec!["A1"; count];
            let _ = read(&text, &serials);
        }
    }
}
