//! Words in the form in which they are looked for: small ASCII letters and digits, so that both databases
//! put them in the same order whatever their collation.

use conversation::letters::bare;

/// The longest word, in characters.
const LONGEST: usize = 40;
/// Behind every word that begins with another.
const BEHIND: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

fn folded(c: char) -> Option<char> {
    Some(bare(c)).filter(|plain| matches!(plain, 'a'..='z' | '0'..='9'))
}

/// The words of a text, each once, in order. A word with signs inside (`MX-4070`) stands whole as well as in
/// its parts.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut found = std::collections::BTreeSet::new();
    for chunk in text.split_whitespace() {
        let small = chunk.to_lowercase();
        let whole: String = small.chars().filter_map(folded).take(LONGEST).collect();
        for part in small.split(|c: char| !c.is_alphanumeric()) {
            let part: String = part.chars().filter_map(folded).take(LONGEST).collect();
            if !part.is_empty() {
                found.insert(part);
            }
        }
        if !whole.is_empty() {
            found.insert(whole);
        }
    }
    found.into_iter().collect()
}

/// From and to of the words that begin with this one.
pub(crate) fn range(word: &str) -> (String, String) {
    (word.to_owned(), format!("{word}{BEHIND}"))
}

/// What a list is ordered by.
pub(crate) fn sort_key(text: &str) -> String {
    text.to_lowercase().chars().filter_map(folded).take(80).collect()
}

/// The words of a search: at most six, each as it was typed.
pub(crate) fn search_words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|chunk| {
            chunk
                .to_lowercase()
                .chars()
                .filter_map(folded)
                .take(LONGEST)
                .collect::<String>()
        })
        .filter(|word| !word.is_empty())
        .take(6)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_as_people_type_them() {
        for (text, expected) in [
            ("Ricoh IM-C3000", vec!["c3000", "im", "imc3000", "ricoh"]),
            ("  Recepção, 3º ", vec!["3", "recepcao"]),
            ("日本", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        let (from, to) = range("ric");
        for (word, is_in) in [
            ("ricoh", true),
            ("ric", true),
            ("riczzz", true),
            ("rib", false),
            ("rid", false),
        ] {
            assert_eq!(from.as_str() <= word && word < to.as_str(), is_in, "{word}");
        }
        assert_eq!(search_words("im-c3000 RECEPÇÃO"), ["imc3000", "recepcao"]);
    }
}
