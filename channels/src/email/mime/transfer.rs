//! Content-Transfer-Encoding (RFC 2045, 6): forgiving decoders. Whatever is broken is passed over, and
//! what can be read is read.

/// How the bytes of a part are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    Plain,
    Base64,
    QuotedPrintable,
    Uuencode,
}

impl Transfer {
    /// Reads the field's value; programs write `8bits`, `base-64` and comments.
    pub(super) fn of(value: &str) -> Transfer {
        let word: String = value
            .chars()
            .take(40)
            .take_while(|c| !matches!(c, ';' | '('))
            .filter(|c| c.is_ascii_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        match word.as_str() {
            "base64" | "b64" => Transfer::Base64,
            "quotedprintable" | "qp" => Transfer::QuotedPrintable,
            "xuuencode" | "uuencode" | "xuue" | "uue" => Transfer::Uuencode,
            _ => Transfer::Plain,
        }
    }
}

/// Base64, with white space, foreign characters and several padded pieces in a row passed over. `None`
/// where the bytes are plainly no base64 at all.
pub(super) fn base64(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3 + 3);
    let (mut word, mut bits) = (0u32, 0u32);
    let mut foreign = 0usize;
    for &byte in raw {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                // What is left of a padded piece is no whole byte.
                (word, bits) = (0, 0);
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => {
                foreign += 1;
                continue;
            }
        };
        word = word << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits & 0xff) as u8);
        }
    }
    // Sentences hold a foreign character in eight; damage is rarer.
    (foreign * 12 <= out.len().max(12)).then_some(out)
}

/// Quoted-printable; `=` that introduces nothing stays as it is.
pub(super) fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr2(b'=', b'\n', rest) {
        if rest[at] == b'\n' {
            // White space at the end of a line was added on the way.
            let mut end = at;
            while end > 0 && matches!(rest[end - 1], b' ' | b'\t' | b'\r') {
                end -= 1;
            }
            out.extend_from_slice(&rest[..end]);
            if at > 0 && rest[at - 1] == b'\r' {
                out.push(b'\r');
            }
            out.push(b'\n');
            rest = &rest[at + 1..];
            continue;
        }
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        match rest {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => rest = after,
            [high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(nibble(*high) << 4 | nibble(*low));
                rest = after;
            }
            [] => {}
            _ => {
                // A soft break with white space behind it.
                let blank = rest.iter().take(80).take_while(|b| matches!(b, b' ' | b'\t')).count();
                match &rest[blank..] {
                    [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] if blank > 0 => rest = after,
                    _ => out.push(b'='),
                }
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

pub(super) fn nibble(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_passed_over() {
        for (raw, plain) in [
            ("aGVsbG8=", Some("hello")),
            ("aGVs\r\n bG8", Some("hello")),
            ("aGVsbG8=aGVsbG8=", Some("hellohello")),
            (
                "aGVsbG8gd29ybGQh*aGVsbG8gd29ybGQhaGVsbG8",
                Some("hello world!hello world!hello"),
            ),
            ("This is no base64, it is a sentence. Really! It is (one).", None),
            ("", Some("")),
        ] {
            assert_eq!(
                base64(raw.as_bytes())
                    .map(|b| String::from_utf8_lossy(&b).into_owned())
                    .as_deref(),
                plain,
                "{raw}"
            );
        }
        for (raw, plain) in [
            ("caf=C3=A9", "café"),
            ("a=\r\nb", "ab"),
            ("a= \t\r\nb", "ab"),
            ("a=zb", "a=zb"),
            ("a  \r\nb", "a\r\nb"),
            ("a=", "a"),
            ("1 = 2", "1 = 2"),
        ] {
            assert_eq!(
                String::from_utf8_lossy(&quoted_printable(raw.as_bytes())),
                plain,
                "{raw}"
            );
        }
    }
}
