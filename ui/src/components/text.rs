//! Plain text as HTML: escaped, with line breaks kept and addresses made clickable.

use maud::{Markup, html};

/// What a run of text is.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    Link { shown: &'a str, is_mail: bool },
}

/// Text with its `http://`, `https://` and mail addresses as links that open apart and tell the
/// other side nothing. One pass over the text.
pub fn rich_text(text: &str) -> Markup {
    html! {
        @for piece in pieces(text) {
            @match piece {
                Piece::Plain(plain) => { (plain) },
                Piece::Link { shown, is_mail: true } => { a href={ "mailto:" (shown) } { (shown) } },
                Piece::Link { shown, is_mail: false } => { a href=(shown) target="_blank" rel="noopener noreferrer nofollow" { (shown) } },
            }
        }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut plain_from = 0;
    let mut word_from = 0;
    for (index, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if !is_boundary(character) {
            continue;
        }
        if let Some((from, to, is_mail)) = link_in(&text[word_from..index]) {
            let (from, to) = (word_from + from, word_from + to);
            if plain_from < from {
                out.push(Piece::Plain(&text[plain_from..from]));
            }
            out.push(Piece::Link {
                shown: &text[from..to],
                is_mail,
            });
            plain_from = to;
        }
        word_from = (index + character.len_utf8()).min(text.len());
    }
    if plain_from < text.len() {
        out.push(Piece::Plain(&text[plain_from..]));
    }
    out
}

fn is_boundary(character: char) -> bool {
    character.is_whitespace() || matches!(character, '<' | '>' | '"' | '«' | '»' | '“' | '”' | '|' | '`')
}

/// The part of a word that is an address: from, to, whether it is a mail address.
fn link_in(word: &str) -> Option<(usize, usize, bool)> {
    // A word this long is no address that a person would press.
    if word.len() < 6 || word.len() > 2_048 {
        return None;
    }
    let start = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| word.find(scheme))
        .min();
    if let Some(from) = start {
        let to = from + trimmed(&word[from..]).len();
        return (word[from..to].len() > "https://".len()).then_some((from, to, false));
    }
    let from = word.len() - word.trim_start_matches(['(', '[', '\'', '*', ',', ';', ':']).len();
    let to = from + trimmed(&word[from..]).len();
    is_mail_address(&word[from..to]).then_some((from, to, true))
}

/// Without the punctuation that ends a sentence, and without a closing bracket that was not opened.
fn trimmed(link: &str) -> &str {
    let mut link = link;
    loop {
        let shorter = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '…']);
        let unopened = |close: char, open: char| {
            shorter.ends_with(close) && shorter.matches(close).count() > shorter.matches(open).count()
        };
        let next = if unopened(')', '(') || unopened(']', '[') || unopened('}', '{') {
            &shorter[..shorter.len() - 1]
        } else {
            shorter
        };
        if next.len() == link.len() {
            return link;
        }
        link = next;
    }
}

fn is_mail_address(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else {
        return false;
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    !local.is_empty()
        && local.chars().all(is_word)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && domain
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
}
