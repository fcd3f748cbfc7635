//! Why something was found: the best few words of a text around what was asked for, in pieces that
//! are marked or not.

use conversation::types::Language;
use kb::analysis;

use crate::find::{Terms, Wanted};

/// How many characters a snippet has, about.
const LENGTH: usize = 150;
/// How many characters stand before the first mark, about.
const BEFORE: usize = 40;
/// Longer texts are looked through no further, in bytes.
const LONGEST: usize = 60_000;

/// One piece of a snippet: its words, and whether they were asked for.
pub type Piece = (String, bool);

/// The pieces of a snippet; `None` where nothing of it was asked for.
pub fn snippet(text: &str, language: Language, terms: &Terms) -> Option<Vec<Piece>> {
    let text = cut(text, LONGEST);
    let marks = marks(text, language, terms);
    let start = best(&marks)?;
    let from = text[..start]
        .char_indices()
        .rev()
        .take(BEFORE)
        .last()
        .map_or(start, |(at, _)| at);
    // Not in the middle of a word.
    let from = if from == 0 {
        0
    } else {
        text[from..start]
            .find(char::is_whitespace)
            .map_or(start, |space| from + space + 1)
    };
    let to = text[from..]
        .char_indices()
        .nth(LENGTH)
        .map_or(text.len(), |(at, _)| from + at);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut is_spaced = true;
    let mut push = |words: &str, is_marked: bool| {
        let mut piece = String::with_capacity(words.len());
        for character in words.chars() {
            // Whatever keeps words apart is one space here.
            if !character.is_whitespace() {
                piece.push(character);
            } else if !is_spaced {
                piece.push(' ');
            }
            is_spaced = character.is_whitespace();
        }
        if !piece.is_empty() {
            pieces.push((piece, is_marked));
        }
    };
    if from > 0 {
        push("… ", false);
    }
    let mut at = from;
    for (begin, end, _) in marks {
        if begin < at || end > to {
            continue;
        }
        push(&text[at..begin], false);
        push(&text[begin..end], true);
        at = end;
    }
    push(&text[at..to], false);
    if to < text.len() {
        push(" …", false);
    }
    Some(pieces)
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Where words that were asked for stand, and which of them: (begin, end, number of the word).
fn marks(text: &str, language: Language, terms: &Terms) -> Vec<(usize, usize, usize)> {
    let mut folds = analysis::folding_chain();
    let mut stream = folds.token_stream(text);
    let mut found = Vec::new();
    let mut stems = analysis::index_chain(language);
    while stream.advance() {
        let token = stream.token();
        let (begin, end) = (token.offset_from, token.offset_to);
        let is_hit = |wanted: &Wanted| {
            wanted.folded == token.text
                || (wanted.is_open && token.text.starts_with(&wanted.folded))
                || (wanted.wrong > 0 && distance(&wanted.folded, &token.text) <= usize::from(wanted.wrong))
        };
        let mut hit = terms.0.iter().position(is_hit);
        if hit.is_none() && text.is_char_boundary(begin) && text.is_char_boundary(end) {
            let mut stream = stems.token_stream(&text[begin..end]);
            if stream.advance() {
                let stem = &stream.token().text;
                hit = terms.0.iter().position(|wanted| wanted.stems.contains(stem));
            }
        }
        if let Some(number) = hit {
            found.push((begin, end, number));
        }
    }
    found
}

/// The mark at which the most different words stand together.
fn best(marks: &[(usize, usize, usize)]) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (index, (begin, _, _)) in marks.iter().enumerate() {
        let mut seen = std::collections::BTreeSet::new();
        seen.extend(
            marks[index..]
                .iter()
                .take_while(|(other, _, _)| other - begin < LENGTH)
                .take(64)
                .map(|(_, _, number)| *number),
        );
        if best.is_none_or(|(most, _)| seen.len() > most) {
            best = Some((seen.len(), *begin));
        }
    }
    best.map(|(_, begin)| begin)
}

/// How many letters have to be changed, added, left out or swapped with their neighbour to make one
/// word of the other; anything beyond two is three.
fn distance(one: &str, other: &str) -> usize {
    const MANY: usize = 3;
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) >= MANY || one.len() > 48 || other.len() > 48 {
        return MANY;
    }
    let width = other.len() + 1;
    let mut rows: Vec<usize> = (0..=other.len()).collect();
    let mut before: Vec<usize> = vec![0; width];
    for i in 1..=one.len() {
        let mut row = vec![i; width];
        for j in 1..=other.len() {
            let same = usize::from(one[i - 1] != other[j - 1]);
            row[j] = (rows[j] + 1).min(row[j - 1] + 1).min(rows[j - 1] + same);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut rows, row);
    }
    rows[other.len()].min(MANY)
}

#[cfg(test)]
mod tests {
    use super::{Language, Terms, Wanted, distance, snippet};

    fn term(folded: &str, wrong: u8, is_open: bool) -> Wanted {
        let mut chain = kb::analysis::index_chain(Language::Pt);
        let mut stream = chain.token_stream(folded);
        let stems = if stream.advance() {
            [stream.token().text.clone()].into()
        } else {
            std::collections::BTreeSet::new()
        };
        Wanted {
            folded: folded.to_owned(),
            stems,
            wrong,
            is_open,
        }
    }

    fn shown(text: &str, terms: Vec<Wanted>) -> String {
        snippet(text, Language::Pt, &Terms(terms)).map_or_else(String::new, |pieces| {
            pieces
                .into_iter()
                .map(|(words, is_marked)| if is_marked { format!("[{words}]") } else { words })
                .collect()
        })
    }

    #[test]
    fn what_was_asked_for_is_marked_however_it_is_written() {
        let text = "Bom dia,\n\na Impressão saiu   borrada.";
        assert_eq!(
            shown(text, vec![term("impressao", 0, false)]),
            "Bom dia, a [Impressão] saiu borrada."
        );
        assert_eq!(
            shown(text, vec![term("borrad", 0, true)]),
            "Bom dia, a Impressão saiu [borrada]."
        );
        assert_eq!(
            shown(text, vec![term("bordara", 2, false)]),
            "Bom dia, a Impressão saiu [borrada]."
        );
        assert_eq!(shown(text, vec![term("fatura", 0, false)]), "");
    }

    #[test]
    fn long_texts_are_shown_where_the_most_words_stand() {
        let text = format!(
            "toner {} o toner novo da impressora chegou {}",
            "lorem ".repeat(100),
            "ipsum ".repeat(100)
        );
        let shown = shown(&text, vec![term("toner", 0, false), term("impressora", 0, false)]);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("[toner] novo da [impressora] chegou"), "{shown}");
        assert!(shown.chars().count() < 200);
    }

    #[test]
    fn distances_are_small_or_many() {
        for (one, other, far) in [
            ("toner", "toner", 0),
            ("toner", "tonre", 1),
            ("toner", "tonner", 1),
            ("toner", "taner", 1),
            ("impresora", "impressora", 1),
            ("impersora", "impressora", 2),
            ("a", "bcdef", 3),
            ("", "", 0),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
    }
}
