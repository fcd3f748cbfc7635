//! Long text in parts, cut where a reader would.

/// How long Meta may think a text is: UTF-16 units, the strictest way to count characters.
pub(crate) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Parts of at most `limit` characters, cut between paragraphs, else lines, else sentences, else
/// words, else anywhere. White space at the cuts is dropped; nothing else is.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(2);
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = fitting(rest, limit);
        if end == rest.len() {
            parts.push(rest.to_owned());
            break;
        }
        let cut = border(&rest[..end]);
        parts.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    parts
}

/// The longest start of `text` of at most `limit` units, in bytes.
pub(crate) fn fitting(text: &str, limit: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > limit {
            return at;
        }
    }
    text.len()
}

/// Where to cut a full part. A border in its first third would leave a stub, so the next kind of
/// border is taken.
fn border(full: &str) -> usize {
    let enough = full.floor_char_boundary(full.len() / 3);
    for mark in ["\n\n", "\n", ". ", "? ", "! ", " "] {
        if let Some(at) = full[enough..].rfind(mark) {
            // The cut comes after the mark, so that a full stop stays with its sentence.
            return enough + at + mark.len();
        }
    }
    full.len()
}
