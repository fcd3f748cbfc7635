//! Takes what names a person out of a text, as far as that can be recognised: addresses, numbers, links with
//! keys in them, and names that are known. What was taken is told, so that somebody looks at it.

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number, an account, a number of a document or a machine.
    Number,
    /// A link.
    Link,
    /// A name.
    Name,
}

impl Kind {
    /// What stands in its place, the same in every language.
    pub const fn mark(self) -> &'static str {
        match self {
            Kind::Email => "[e-mail]",
            Kind::Number => "[###]",
            Kind::Link => "[link]",
            Kind::Name => "[…]",
        }
    }
}

/// A text without what names a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text.
    pub text: String,
    /// What was taken out, in order, each once.
    pub taken: Vec<(Kind, String)>,
}

/// Digits from which on a number names something.
const DIGITS: usize = 6;
/// Letters from which on a part of a name is looked for by itself.
const NAME_LETTERS: usize = 3;

/// Takes out what is recognised. `names` are the names of people and companies that are known to be in it.
pub fn redact(text: &str, names: &[&str]) -> Redacted {
    let mut taken = Vec::new();
    let mut out = String::with_capacity(text.len());
    let parts = name_parts(names);
    // Words are what stands between white space; a number may be several of them.
    let mut rest = text;
    while !rest.is_empty() {
        let space = rest.len() - rest.trim_start().len();
        out.push_str(&rest[..space]);
        rest = &rest[space..];
        if let Some(length) = number(rest) {
            take(&mut taken, Kind::Number, &rest[..length]);
            out.push_str(Kind::Number.mark());
            rest = &rest[length..];
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        word(&rest[..end], &parts, &mut out, &mut taken);
        rest = &rest[end..];
    }
    Redacted { text: out, taken }
}

fn take(taken: &mut Vec<(Kind, String)>, kind: Kind, text: &str) {
    let entry = (kind, text.to_owned());
    if !taken.contains(&entry) {
        taken.push(entry);
    }
}

fn name_parts(names: &[&str]) -> Vec<String> {
    names
        .iter()
        .flat_map(|name| name.split(|c: char| !c.is_alphanumeric()))
        .filter(|part| part.chars().count() >= NAME_LETTERS)
        .map(str::to_lowercase)
        .collect()
}

/// How many bytes at the beginning are a telephone number, an account and the like.
fn number(text: &str) -> Option<usize> {
    let begins = text.strip_prefix(['(', '+']).unwrap_or(text);
    if !begins.starts_with(|c: char| c.is_ascii_digit() || c == '(') {
        return None;
    }
    let (mut digits, mut end, mut gap) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() {
            digits += 1;
            gap = 0;
            end = at + 1;
        } else if matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '+' | '\u{a0}') && gap < 2 {
            gap += 1;
        } else {
            break;
        }
    }
    // A word that goes on with letters is looked at as a word.
    let goes_on = text[end..].starts_with(|c: char| c.is_alphanumeric() || c == '@');
    (digits >= DIGITS && !goes_on && !is_date(&text[..end])).then_some(end)
}

/// `31/12/2026`, `2026-12-31`: a day names nobody.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_digits = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    is_digits && matches!(lengths.as_slice(), [1..=2, 1..=2, 2 | 4] | [4, 1..=2, 1..=2])
}

fn word(word: &str, names: &[String], out: &mut String, taken: &mut Vec<(Kind, String)>) {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+');
    let Some(at) = word.find(core).filter(|_| !core.is_empty()) else {
        out.push_str(word);
        return;
    };
    let (before, after) = (&word[..at], &word[at + core.len()..]);
    let kind = kind_of(core);
    out.push_str(before);
    match kind {
        Some(kind) => {
            take(taken, kind, core);
            out.push_str(kind.mark());
        }
        None => known_names(core, names, out, taken),
    }
    out.push_str(after);
}

fn kind_of(core: &str) -> Option<Kind> {
    let lower = core.to_ascii_lowercase();
    if lower.contains("://") || lower.starts_with("www.") {
        return Some(Kind::Link);
    }
    if let Some((_, domain)) = core.split_once('@')
        && domain.contains('.')
    {
        return Some(Kind::Email);
    }
    let digits = core.bytes().filter(u8::is_ascii_digit).count();
    // A number of a document or a machine: letters and many digits.
    (digits >= 5 && !is_date(core)).then_some(Kind::Number)
}

fn known_names(core: &str, names: &[String], out: &mut String, taken: &mut Vec<(Kind, String)>) {
    let mut from = 0;
    let ends: Vec<usize> = core
        .char_indices()
        .filter(|(_, c)| !c.is_alphanumeric())
        .map(|(at, _)| at)
        .chain([core.len()])
        .collect();
    for end in ends {
        if end < from {
            continue;
        }
        let part = &core[from..end];
        if names.contains(&part.to_lowercase()) {
            take(taken, Kind::Name, part);
            out.push_str(Kind::Name.mark());
        } else {
            out.push_str(part);
        }
        let next = core[end..].chars().next().map_or(0, char::len_utf8);
        out.push_str(&core[end..end + next]);
        from = end + next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_person_goes_and_the_rest_stays() {
        let names = ["Ana María Pérez", "Acme & Sons"];
        for (text, expected) in [
            ("", ""),
            ("Open the door.", "Open the door."),
            ("I am Ana Pérez of Acme.", "I am […] […] of […]."),
            ("ANA'S printer", "[…]'S printer"),
            ("Write to ana.perez@acme.example, please", "Write to [e-mail], please"),
            ("Call +52 (55) 1234-5678 today", "Call [###] today"),
            ("(55) 1234 5678", "[###]"),
            ("Error 50.4 on page 2 of 10", "Error 50.4 on page 2 of 10"),
            ("since 31/12/2026 or 2026-12-31", "since 31/12/2026 or 2026-12-31"),
            (
                "Serial XK4471920B, invoice F-2026-00123.",
                "Serial [###], invoice [###].",
            ),
            ("See https://acme.example/l/abc?x=1 now", "See [link] now"),
            ("Mañana\n\n  a las 10:30", "Mañana\n\n  a las 10:30"),
            ("Anastasia stays", "Anastasia stays"),
        ] {
            assert_eq!(redact(text, &names).text, expected, "{text}");
        }
        let told = redact("ana@x.example and ana@x.example, 5512345678", &[]);
        assert_eq!(
            told.taken,
            [
                (Kind::Email, "ana@x.example".to_owned()),
                (Kind::Number, "5512345678".to_owned())
            ]
        );
    }

    #[test]
    fn any_text_is_taken() {
        for text in [
            "+",
            "((((",
            "@",
            "1".repeat(200_000).as_str(),
            "é@ü.x",
            "\u{a0}1 2 3 4 5 6\u{a0}",
        ] {
            let _ = redact(text, &["é"]);
        }
    }
}
