//! Reading JSON that others wrote: bytes that are almost text, numbers where text belongs.

use serde_json::Value;

/// Parses a body. One broken character in one message must not cost the rest of the batch, so what
/// JSON forbids inside strings (invalid UTF-8, half of a surrogate pair) is replaced and read again.
pub(crate) fn read(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(body).or_else(|first| {
        let text = mend_surrogates(&String::from_utf8_lossy(body));
        serde_json::from_str(&text).map_err(|_| first)
    })
}

/// Replaces every `\uD800`…`\uDFFF` escape that has no partner by `\uFFFD`.
fn mend_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
                out.push_str(&escape[..12]);
                12
            }
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str("\\uFFFD");
                6
            }
            _ => {
                // Any other escape is the backslash and one character, so that `\\u` is no escape.
                let length = 1 + escape[1..].chars().next().map_or(0, char::len_utf8);
                out.push_str(&escape[..length]);
                length
            }
        };
        rest = &escape[length..];
    }
    out.push_str(rest);
    out
}

/// The code unit of a `\uXXXX` escape at the start of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

/// Replaces NUL in every string: PostgreSQL's TEXT cannot hold it, and a message that cannot be
/// stored would come back for ever.
pub(crate) fn clean(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{FFFD}"),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(map) => {
            if map.keys().any(|key| key.contains('\0')) {
                *map = std::mem::take(map)
                    .into_iter()
                    .map(|(k, v)| (k.replace('\0', "\u{FFFD}"), v))
                    .collect();
            }
            map.values_mut().for_each(clean);
        }
        _ => {}
    }
}

/// A field as text. Meta writes ids and times as strings; some senders write them as numbers.
pub(crate) fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A field that is text and nothing else, as it stands.
pub(crate) fn str<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// A list, or nothing.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
