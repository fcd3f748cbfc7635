//! The content of a signed S/MIME message (RFC 5652, 5.2): the bytes inside the signature. Nothing is
//! verified; a mail that is only wrapped can be read without any key.

/// `signedData`, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// Constructed strings within constructed strings.
const MAX_DEPTH: usize = 8;

/// One value of BER: its tag, what is inside, what follows.
struct Value<'a> {
    tag: u8,
    inside: &'a [u8],
    after: &'a [u8],
}

/// The content that was signed, where the bytes are signed data with their content inside.
pub(super) fn signed_content(bytes: &[u8]) -> Option<Vec<u8>> {
    let outer = value(bytes, 0)?;
    let kind = value(outer.inside, 0)?;
    if outer.tag != 0x30 || kind.tag != 0x06 || kind.inside != SIGNED_DATA {
        return None;
    }
    let explicit = value(kind.after, 0)?;
    let signed = value(explicit.inside, 0)?;
    let version = value(signed.inside, 0)?;
    let digests = value(version.after, 0)?;
    let content = value(digests.after, 0)?;
    let content_kind = value(content.inside, 0)?;
    let wrapped = value(content_kind.after, 0)?;
    if explicit.tag != 0xa0 || version.tag != 0x02 || digests.tag != 0x31 || wrapped.tag != 0xa0 {
        return None;
    }
    let mut out = Vec::new();
    octets(&value(wrapped.inside, 0)?, &mut out, 0)?;
    (!out.is_empty()).then_some(out)
}

fn octets(string: &Value<'_>, out: &mut Vec<u8>, depth: usize) -> Option<()> {
    match string.tag {
        0x04 => out.extend_from_slice(string.inside),
        0x24 if depth < MAX_DEPTH => {
            let mut rest = string.inside;
            while !rest.is_empty() {
                let piece = value(rest, 0)?;
                octets(&piece, out, depth + 1)?;
                rest = piece.after;
            }
        }
        _ => return None,
    }
    Some(())
}

fn value(bytes: &[u8], depth: usize) -> Option<Value<'_>> {
    let [tag, length, rest @ ..] = bytes else {
        return None;
    };
    // No tag that is looked for here has more than one byte.
    if tag & 0x1f == 0x1f {
        return None;
    }
    if *length == 0x80 {
        // Indefinite: up to the two zero bytes that belong to this value.
        if depth >= MAX_DEPTH || tag & 0x20 == 0 {
            return None;
        }
        let mut at = rest;
        loop {
            if let [0, 0, after @ ..] = at {
                let inside = &rest[..rest.len() - at.len()];
                return Some(Value {
                    tag: *tag,
                    inside,
                    after,
                });
            }
            at = value(at, depth + 1)?.after;
        }
    }
    let (length, rest) = if length & 0x80 == 0 {
        (usize::from(*length), rest)
    } else {
        let count = usize::from(length & 0x7f);
        if count > 4 || rest.len() < count {
            return None;
        }
        let (digits, rest) = rest.split_at(count);
        (digits.iter().fold(0usize, |sum, b| sum << 8 | usize::from(*b)), rest)
    };
    // A mail that was cut still shows what it has.
    let length = length.min(rest.len());
    let (inside, after) = rest.split_at(length);
    Some(Value {
        tag: *tag,
        inside,
        after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, inside: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, 0x82];
        out.extend_from_slice(&u16::try_from(inside.len()).expect("short").to_be_bytes());
        out.extend_from_slice(inside);
        out
    }

    fn open(tag: u8, inside: &[u8]) -> Vec<u8> {
        [&[tag, 0x80][..], inside, &[0, 0]].concat()
    }

    #[test]
    fn the_content_is_found_in_both_kinds_of_lengths() {
        let oid = [&[0x06, 9][..], SIGNED_DATA].concat();
        let data = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
        type Wrap = fn(u8, &[u8]) -> Vec<u8>;
        for (how, pieces) in [
            (wrap as Wrap, wrap(0x04, b"Hello")),
            (
                open as Wrap,
                open(0x24, &[wrap(0x04, b"Hel"), wrap(0x04, b"lo")].concat()),
            ),
        ] {
            let content = how(0x30, &[&data[..], &how(0xa0, &pieces)].concat());
            let signed = how(0x30, &[&[0x02, 1, 1][..], &[0x31, 0], &content].concat());
            let all = how(0x30, &[&oid[..], &how(0xa0, &signed)].concat());
            assert_eq!(signed_content(&all).as_deref(), Some(&b"Hello"[..]));
            for end in 0..all.len() {
                signed_content(&all[..end]);
            }
        }
        assert_eq!(signed_content(&[0x30; 4_000]), None);
        assert_eq!(signed_content(&[0x30, 0x80].repeat(4_000)), None);
    }
}
