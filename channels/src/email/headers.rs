//! Header fields as text: the raw header section, unfolded, in order, with nothing thrown away.

use std::borrow::Cow;

use super::mime::charset;

/// The longest header section that is read, in bytes.
const MAX_SECTION: usize = 512 * 1024;

/// The header fields of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Reads the section up to the first empty line. Lines that are no header fields are skipped;
    /// lines that are not UTF-8 are read in the charset that they look like.
    pub fn read(raw: &[u8]) -> Headers {
        let section = &raw[..section_end(raw).min(MAX_SECTION)];
        let text = decode(section);
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':')
                && !name.is_empty()
                && name.trim_end().bytes().all(|b| b.is_ascii_graphic())
            {
                fields.push((name.trim_end().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Headers(fields)
    }

    /// The first field of that name (lower case), unfolded.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every field of that name (lower case), in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every field, in order: lower-cased name and unfolded value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// Where the header section ends: the offset of the first empty line, or the length.
pub(crate) fn section_end(raw: &[u8]) -> usize {
    let mut start = 0;
    for newline in memchr::memchr_iter(b'\n', raw) {
        let line = &raw[start..newline];
        if line.is_empty() || line == b"\r" {
            return start;
        }
        start = newline + 1;
    }
    raw.len()
}

/// Bytes as text: UTF-8 where a line is valid; the other lines together say which charset they are in.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let lines = || bytes.split_inclusive(|b| *b == b'\n');
    let foreign: Vec<u8> = lines()
        .filter(|line| std::str::from_utf8(line).is_err())
        .flatten()
        .copied()
        .collect();
    let guessed = charset::decode(&foreign, None, None);
    let mut guessed = guessed.split_inclusive('\n');
    let text = lines()
        .map(|line| match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(_) => guessed.next().unwrap_or_default(),
        })
        .collect();
    Cow::Owned(text)
}

/// The Message-IDs in a field value, without angle brackets, at most `limit` of them (the last
/// ones, which are the nearest in a thread).
///
/// Some programs write prose around the id, or leave the brackets out.
pub fn message_ids(value: &str, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut rest = value;
    while let Some(open) = rest.find('<') {
        let after = &rest[open + 1..];
        let Some(close) = after.find('>') else { break };
        // `<<a@b>` or a forgotten `>`: the id starts after the last opening bracket.
        let inside = &after[..close];
        let inside = inside.rsplit('<').next().unwrap_or(inside);
        let id: String = inside.split_whitespace().collect();
        if !id.is_empty() {
            ids.push(id);
        }
        rest = &after[close + 1..];
    }
    if ids.is_empty() {
        ids = value
            .split([' ', '\t', ','])
            .map(|word| word.trim_matches(['<', '>', '"', ';']))
            .filter(|word| word.contains('@'))
            .map(str::to_owned)
            .collect();
    }
    if ids.is_empty() {
        let bare = value.trim_matches(['<', '>', ' ', '\t']);
        if !bare.is_empty() && !bare.contains(' ') {
            ids.push(bare.to_owned());
        }
    }
    if ids.len() > limit {
        ids.drain(..ids.len() - limit);
    }
    ids
}

/// The position behind the empty line that ends a header section.
pub(super) fn after_empty_line(raw: &[u8], end: usize) -> usize {
    match &raw[end.min(raw.len())..] {
        [b'\r', b'\n', ..] => end + 2,
        [b'\r', b'\r', b'\n', ..] => end + 3,
        [b'\n', ..] => end + 1,
        _ => end,
    }
}
