//! Header values in other charsets: encoded words (RFC 2047) and parameters (RFC 2231), as they are
//! and as programs break them.

use std::borrow::Cow;

use super::charset;
use super::transfer::{base64, nibble};

/// The most words of one value that are decoded.
const MAX_WORDS: usize = 2_000;

/// Decodes encoded words. Neighbours of the same charset are joined before they are decoded, because
/// programs cut characters in the middle.
pub(super) fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains("=?") {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    runs(value, |piece| match piece {
        Piece::Plain(text) => out.push_str(text),
        Piece::Words(text) => out.push_str(&text),
    });
    Cow::Owned(out)
}

/// The same value with every run of encoded words written anew as one clean word of UTF-8, so that
/// a parser of addresses sees only words it understands.
pub(super) fn cleaned(value: &str) -> Cow<'_, str> {
    if !value.contains("=?") {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() * 2);
    runs(value, |piece| match piece {
        Piece::Plain(text) => out.push_str(text),
        Piece::Words(text) => {
            use base64::Engine as _;
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            out.push_str("=?utf-8?B?");
            out.push_str(&base64::engine::general_purpose::STANDARD.encode(text));
            out.push_str("?=");
        }
    });
    Cow::Owned(out)
}

enum Piece<'a> {
    Plain(&'a str),
    Words(String),
}

fn runs<'a>(value: &'a str, mut give: impl FnMut(Piece<'a>)) {
    let mut rest = value;
    let mut pending: Vec<(String, Vec<u8>)> = Vec::new();
    let mut words = 0;
    // Where the plain text starts that no word has taken yet.
    let mut from = 0;
    let base = value.as_ptr() as usize;
    let at_of = |part: &str| part.as_ptr() as usize - base;
    while let Some(open) = rest.find("=?") {
        let Some(word) = Word::read(&rest[open..]).filter(|_| words < MAX_WORDS) else {
            rest = &rest[open + 2..];
            continue;
        };
        words += 1;
        let start = at_of(rest) + open;
        let before = &value[from..start];
        // White space between two words is not part of the text.
        if !before.trim().is_empty() || pending.is_empty() {
            flush(&mut pending, &mut give);
            if !before.is_empty() {
                give(Piece::Plain(before));
            }
        }
        match pending.last_mut() {
            Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => bytes.extend(word.bytes),
            _ => pending.push((word.charset.to_owned(), word.bytes)),
        }
        from = start + word.length;
        rest = &value[from..];
    }
    flush(&mut pending, &mut give);
    if from < value.len() {
        give(Piece::Plain(&value[from..]));
    }
}

fn flush<'a>(pending: &mut Vec<(String, Vec<u8>)>, give: &mut impl FnMut(Piece<'a>)) {
    if pending.is_empty() {
        return;
    }
    let text: String = pending
        .drain(..)
        .map(|(charset, bytes)| charset::decode(&bytes, Some(&charset), None).into_owned())
        .collect();
    give(Piece::Words(text));
}

struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    length: usize,
}

impl<'a> Word<'a> {
    /// Reads `=?charset?B|Q?text?=` at the start of `text`. The end may be missing or cut.
    fn read(text: &'a str) -> Option<Word<'a>> {
        let inside = text.strip_prefix("=?")?;
        let charset_end = inside.bytes().take(60).position(|b| b == b'?')?;
        let charset = &inside[..charset_end];
        let is_charset = !charset.is_empty()
            && charset
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'*' | b'\''));
        let rest = &inside[charset_end + 1..];
        let kind = rest.bytes().next()?.to_ascii_lowercase();
        if !is_charset || rest.as_bytes().get(1) != Some(&b'?') || !matches!(kind, b'b' | b'q') {
            return None;
        }
        let body = &rest[2..];
        // `?=` inside a Q word may be the start of `?=3D`; a word ends where no hex follows.
        let mut end = None;
        let mut from = 0;
        while let Some(at) = body[from..].find("?=") {
            let at = from + at;
            let after = body.as_bytes().get(at + 2..at + 4);
            let is_hex = kind == b'q'
                && after.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
                && body[at + 2..].contains("?=")
                && !body[at + 2..].trim_start().starts_with("=?");
            if !is_hex {
                end = Some(at);
                break;
            }
            from = at + 2;
            // A value of nothing but these must not be searched again and again.
            if from > 4_096 {
                end = Some(at);
                break;
            }
        }
        let (content, length) = match end {
            Some(at) => (&body[..at], at + 2),
            // The end was cut off: the word goes on to the next white space.
            None => {
                let at = body.find(char::is_whitespace).unwrap_or(body.len());
                (body[..at].trim_end_matches('?'), at)
            }
        };
        let bytes = if kind == b'b' {
            base64(content.as_bytes())?
        } else {
            q_word(content)
        };
        Some(Word {
            charset,
            bytes,
            length: 2 + charset_end + 1 + 2 + length,
        })
    }
}

fn q_word(text: &str) -> Vec<u8> {
    let raw = text.as_bytes();
    let mut out = Vec::with_capacity(raw.len());
    let mut index = 0;
    while index < raw.len() {
        match raw[index] {
            b'_' => out.push(b' '),
            b'=' => match raw.get(index + 1..index + 3) {
                Some([high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    out.push(nibble(*high) << 4 | nibble(*low));
                    index += 2;
                }
                _ => out.push(b'='),
            },
            byte => out.push(byte),
        }
        index += 1;
    }
    out
}

/// A value with its parameters: `text/plain; charset=utf-8; name*0*=…`.
#[derive(Debug, Default)]
pub(super) struct Valued {
    /// What stands before the first semicolon, lower case.
    pub(super) value: String,
    parameters: Vec<(String, String)>,
}

/// How many parameters of one field are read.
const MAX_PARAMETERS: usize = 60;

impl Valued {
    /// Reads a Content-Type or Content-Disposition.
    pub(super) fn read(field: &str) -> Valued {
        let mut pieces = split_parameters(field);
        let value = pieces
            .next()
            .unwrap_or_default()
            .split(['(', ' ', ','])
            .find(|word| !word.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let parameters = pieces
            .take(MAX_PARAMETERS)
            .filter_map(|piece| {
                let (name, value) = piece.split_once('=')?;
                let value = unquote(value.trim());
                let name = name.trim().to_ascii_lowercase();
                (!name.is_empty()).then_some((name, value))
            })
            .collect();
        Valued { value, parameters }
    }

    /// A parameter as written.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter for people: pieces put together, percent and encoded words resolved.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        if let Some(value) = self.plain(&format!("{name}*")) {
            return Some(extended(value));
        }
        // RFC 2231, 3: `name*0*=…; name*1=…`, in any order.
        let mut pieces: Vec<(u32, bool, &str)> = self
            .parameters
            .iter()
            .filter_map(|(key, value)| {
                let rest = key.strip_prefix(name)?.strip_prefix('*')?;
                let (number, is_extended) = match rest.strip_suffix('*') {
                    Some(number) => (number, true),
                    None => (rest, false),
                };
                Some((number.parse().ok()?, is_extended, value.as_str()))
            })
            .collect();
        if !pieces.is_empty() {
            pieces.sort_by_key(|(number, _, _)| *number);
            return Some(joined(&pieces));
        }
        // Not allowed, and everywhere: encoded words inside parameters.
        let value = self.plain(name)?;
        let value = if value.contains("=?") {
            decode(value).into_owned()
        } else if value.contains('%') && value.is_ascii() && !value.contains(' ') {
            // Some write percent signs without saying so; a name that has them by chance stays valid.
            let bytes = percent(value);
            match std::str::from_utf8(&bytes) {
                Ok(text) if !text.is_ascii() => text.to_owned(),
                _ => value.to_owned(),
            }
        } else {
            value.to_owned()
        };
        Some(value)
    }
}

fn joined(pieces: &[(u32, bool, &str)]) -> String {
    let mut charset = None;
    let mut bytes = Vec::new();
    for (index, (_, is_extended, value)) in pieces.iter().enumerate() {
        let mut value = *value;
        if index == 0
            && *is_extended
            && let Some((label, rest)) = value.split_once('\'')
            && let Some((_, text)) = rest.split_once('\'')
        {
            charset = Some(label);
            value = text;
        }
        if *is_extended {
            bytes.extend(percent(value));
        } else {
            bytes.extend_from_slice(value.as_bytes());
        }
    }
    let text = charset::decode(&bytes, charset, None);
    decode(&text).into_owned()
}

fn extended(value: &str) -> String {
    match value.split_once('\'') {
        Some((label, rest)) => {
            let text = rest.split_once('\'').map_or(rest, |(_, text)| text);
            charset::decode(&percent(text), Some(label), None).into_owned()
        }
        None => charset::decode(&percent(value), None, None).into_owned(),
    }
}

fn percent(text: &str) -> Vec<u8> {
    let raw = text.as_bytes();
    let mut out = Vec::with_capacity(raw.len());
    let mut index = 0;
    while index < raw.len() {
        match (raw[index], raw.get(index + 1..index + 3)) {
            (b'%', Some([high, low])) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(nibble(*high) << 4 | nibble(*low));
                index += 3;
            }
            (byte, _) => {
                out.push(byte);
                index += 1;
            }
        }
    }
    out
}

/// Splits at the semicolons that are not inside quotes.
fn split_parameters(field: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    field.split(move |c: char| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match c {
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => return true,
            _ => {}
        }
        false
    })
}

fn unquote(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"') else {
        // `name=a.pdf (comment)` and trailing garbage behind a bare token.
        return value.trim_matches('\'').to_owned();
    };
    let mut out = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some(next @ ('"' | '\\')) => out.push(next),
                // A Windows path, not an escape.
                Some(next) => {
                    out.push('\\');
                    out.push(next);
                }
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_however_they_are_broken() {
        for (value, text) in [
            ("plain", "plain"),
            ("=?utf-8?Q?caf=C3=A9?=", "café"),
            ("=?UTF-8?B?Y2Fmw6k=?= au lait", "café au lait"),
            ("=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "café"),
            ("=?utf-8?B?Y2Fmww==?=\t=?utf-8?B?qQ==?=", "café"),
            ("=?iso-8859-1?Q?N=E3o?= =?utf-8?B?IMOpIGlzc28=?=", "Não é isso"),
            ("Re: =?utf-8?q?a_b?=", "Re: a b"),
            ("=?utf-8?Q?a b?=", "a b"),
            ("=?utf-8*pt?Q?ol=C3=A1?=", "olá"),
            ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
            ("=?iso-2022-jp?B?GyRCJDMbKEI=?=", "こ"),
            ("=?utf-8?Q?cut", "cut"),
            ("=?utf-8?Q?", ""),
            ("=?utf-8?X?no?=", "=?utf-8?X?no?="),
            ("a =? b", "a =? b"),
            ("=?utf-8?Q?Why=3F=3F?=", "Why??"),
            ("=?utf-8?Q?Why?=3D?=", "Why?="),
            ("=?utf-8?B?8J+YgA==?=", "😀"),
            ("(=?utf-8?Q?a?=)", "(a)"),
        ] {
            assert_eq!(decode(value), text, "{value}");
            assert_eq!(decode(&cleaned(value)), text, "{value}");
        }
    }

    #[test]
    fn parameters_are_put_together() {
        for (field, name) in [
            ("a/b; name=x.pdf", "x.pdf"),
            ("a/b; name=\"x y.pdf\"", "x y.pdf"),
            ("a/b; name=\"x;y.pdf\"", "x;y.pdf"),
            ("a/b; name=\"x\\\"y.pdf\"", "x\"y.pdf"),
            ("a/b; name*=utf-8''fa%C3%A7ade.pdf", "façade.pdf"),
            ("a/b; name*=iso-8859-1'pt'fa%E7ade.pdf", "façade.pdf"),
            ("a/b; name*0*=utf-8''fa%C3; name*1*=%A7ade; name*2=.pdf", "façade.pdf"),
            ("a/b; name*1=b.pdf; name*0=a", "ab.pdf"),
            ("a/b; name=\"=?utf-8?Q?fa=C3=A7ade.pdf?=\"", "façade.pdf"),
            ("a/b; name==?utf-8?B?ZmHDp2FkZS5wZGY=?=", "façade.pdf"),
            ("a/b; name=fa%C3%A7ade.pdf", "façade.pdf"),
            ("a/b; name=100%25.pdf", "100%25.pdf"),
            ("a/b; name=\"open", "open"),
        ] {
            assert_eq!(Valued::read(field).text("name").as_deref(), Some(name), "{field}");
        }
        assert_eq!(Valued::read("Text/HTML (x); charset=\"utf-8\"").value, "text/html");
        assert_eq!(Valued::read("").value, "");
        assert_eq!(
            Valued::read("text/plain; charset=utf-8 ; x").plain("charset"),
            Some("utf-8")
        );
    }
}
