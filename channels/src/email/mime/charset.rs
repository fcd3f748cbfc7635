//! Bytes to text, whatever charset is declared, missing or wrong.
//!
//! Declarations are believed unless the bytes contradict them: bytes that are UTF-8 and hold
//! multi-byte characters are UTF-8, text that a declared charset cannot hold is not in it, and text
//! whose every word is made of high bytes is not in a Western charset. What is left is guessed from
//! the bytes, with the country of the sender's address as a hint.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GBK, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// The detector sees at most so many bytes.
const SAMPLE: usize = 64 * 1024;

/// Reads bytes as text. `declared` is the label in the header; `country` is the last label of the
/// sender's domain.
pub(in crate::email) fn decode<'a>(bytes: &'a [u8], declared: Option<&str>, country: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[length..]).0;
    }
    let label = declared.map(normal_label).unwrap_or_default();
    let is_seven_bit = bytes.is_ascii();
    match label.as_str() {
        "utf-7" | "unicode-1-1-utf-7" | "unicode-2-0-utf-7" | "x-unicode-2-0-utf-7" | "csunicode11utf7"
            if is_seven_bit =>
        {
            return Cow::Owned(utf7(bytes));
        }
        "hz-gb-2312" | "hz" if is_seven_bit => return Cow::Owned(hz(bytes)),
        "utf-32" | "utf-32le" | "utf-32be" | "ucs-4" => {
            if let Some(text) = utf32(bytes, label.ends_with("le")) {
                return Cow::Owned(text);
            }
        }
        "utf-16" => {
            // Without a mark, the order shows in where the zeros of the spaces and letters are.
            let zeros = |from: usize| {
                bytes
                    .iter()
                    .skip(from)
                    .step_by(2)
                    .take(2_000)
                    .filter(|b| **b == 0)
                    .count()
            };
            let encoding = if zeros(0) > zeros(1) { UTF_16BE } else { UTF_16LE };
            return encoding.decode_without_bom_handling(bytes).0;
        }
        _ => {}
    }
    if is_seven_bit {
        // The charsets that hide in seven bits announce themselves by an escape.
        if memchr::memchr(0x1b, bytes).is_some() {
            return escaped(bytes, &label);
        }
        return match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Borrowed(""),
        };
    }
    let known = known(&label);
    if let Ok(text) = std::str::from_utf8(bytes)
        && known.is_none_or(|encoding| encoding.is_single_byte() || encoding == UTF_8 || !fits(encoding, bytes))
    {
        return Cow::Borrowed(text);
    }
    match known {
        Some(encoding) if encoding == UTF_8 => {
            // A few broken bytes in a long UTF-8 text are damage, not another charset.
            if is_mostly_utf8(bytes) {
                String::from_utf8_lossy(bytes)
            } else {
                guess(bytes, country)
            }
        }
        Some(encoding) if encoding == WINDOWS_1252 && is_foreign_to_latin(bytes) => guess(bytes, country),
        Some(encoding) if fits(encoding, bytes) => encoding.decode_without_bom_handling(bytes).0,
        Some(encoding) => {
            let (text, _, _) = encoding.decode(bytes);
            let broken = text.chars().filter(|c| *c == '\u{fffd}').count();
            let all = text.chars().filter(|c| !c.is_ascii()).count();
            // Damage here and there, or another charset altogether.
            if broken * 10 <= all {
                text
            } else {
                guess(bytes, country)
            }
        }
        None => match charset_decoder(label.as_bytes()).filter(|_| !label.is_empty() && label != "us-ascii") {
            Some(decoder) => Cow::Owned(decoder(bytes)),
            None => guess(bytes, country),
        },
    }
}

/// Labels as programs write them: quoted, in capitals, with a language behind `*`, with the maker's
/// own prefix.
fn normal_label(label: &str) -> String {
    let label: String = label
        .chars()
        .take(60)
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '<' | '>'))
        .flat_map(char::to_lowercase)
        .collect();
    let label = label.split(['*', ';', '(']).next().unwrap_or_default();
    match label {
        "utf8mb4" | "utf" | "unicode" | "8859" | "utf-8n" | "utf_8" => "utf-8".to_owned(),
        "ascii" | "us" | "ansi_x3.4-1968" | "7bit" | "default" | "none" | "unknown-8bit" | "x-unknown"
        | "_autodetect" | "x-user-defined" | "charset" => "us-ascii".to_owned(),
        "cp932" | "x-ms-cp932" | "windows-31j" | "cp943" | "sjis-win" => "shift_jis".to_owned(),
        "cp936" | "gb" | "gb_2312" | "windows-936" | "euc-cn" | "gbk2312" => "gbk".to_owned(),
        "cp949" | "ks_c_5601" | "uhc" | "windows-949-2000" => "euc-kr".to_owned(),
        "cp950" | "big5-hk" | "x-x-big5" => "big5".to_owned(),
        "cp1250" | "cp1251" | "cp1252" | "cp1253" | "cp1254" | "cp1255" | "cp1256" | "cp1257" | "cp1258" => {
            format!("windows-{}", &label[2..])
        }
        "cp50220" | "cp50221" | "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-ms" | "jis" => {
            "iso-2022-jp".to_owned()
        }
        "koi8" | "koi8-ru" | "cskoi8r" => "koi8-r".to_owned(),
        "iso8859-1" | "iso-8859-1-windows" | "latin-1" | "ansi" | "iso-8859-l" | "iso8859_1" => "iso-8859-1".to_owned(),
        "x-mac-roman" | "mac" => "macintosh".to_owned(),
        _ => {
            // `iso8859_15`, `8859-2`, `win-1251`.
            if let Some(number) = label
                .strip_prefix("8859-")
                .or_else(|| label.strip_prefix("iso8859_"))
                .or_else(|| label.strip_prefix("iso8859"))
            {
                format!("iso-8859-{}", number.trim_start_matches(['-', '_']))
            } else if let Some(number) = label
                .strip_prefix("win-")
                .or_else(|| label.strip_prefix("win"))
                .filter(|number| number.bytes().all(|b| b.is_ascii_digit()))
            {
                format!("windows-{number}")
            } else {
                label.to_owned()
            }
        }
    }
}

/// A charset that a browser would know, apart from plain ASCII, which cannot hold these bytes.
fn known(label: &str) -> Option<&'static Encoding> {
    if label.is_empty() || label == "us-ascii" {
        return None;
    }
    Encoding::for_label_no_replacement(label.as_bytes())
}

fn fits(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .is_some_and(|text| !text.chars().any(|c| matches!(c, '\u{80}'..='\u{9f}' if c != '\u{85}')))
}

fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

/// Western words hold a high byte here and there; whole words of them are another script.
fn is_foreign_to_latin(bytes: &[u8]) -> bool {
    let (mut runs, mut long, mut length) = (0usize, 0usize, 0usize);
    for byte in bytes.iter().take(SAMPLE).chain(std::iter::once(&b' ')) {
        if *byte >= 0xa0 {
            length += 1;
        } else {
            if length > 0 {
                runs += 1;
                long += usize::from(length >= 4);
            }
            length = 0;
        }
    }
    long >= 2 && long * 2 >= runs
}

/// What the bytes look like.
fn guess<'a>(bytes: &'a [u8], country: Option<&str>) -> Cow<'a, str> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(SAMPLE)], true);
    let country = country
        .filter(|label| label.len() == 2 && label.bytes().all(|b| b.is_ascii_lowercase()))
        .map(str::as_bytes);
    let encoding = detector.guess(country, Utf8Detection::Allow);
    let (text, _, has_errors) = encoding.decode(bytes);
    if has_errors && encoding != WINDOWS_1252 && encoding != UTF_8 && text.matches('\u{fffd}').count() * 20 > text.len()
    {
        return WINDOWS_1252.decode_without_bom_handling(bytes).0;
    }
    if encoding == UTF_8 && has_errors && !is_mostly_utf8(bytes) {
        return WINDOWS_1252.decode_without_bom_handling(bytes).0;
    }
    text
}

/// Text of seven bits that switches charsets by escapes (ISO 2022).
fn escaped<'a>(bytes: &'a [u8], label: &str) -> Cow<'a, str> {
    let has = |what: &[u8]| memchr::memmem::find(bytes, what).is_some();
    if label.starts_with("iso-2022-kr") || has(b"\x1b$)C") {
        return Cow::Owned(shifted(bytes, b"\x1b$)C", encoding_rs::EUC_KR));
    }
    if label.starts_with("iso-2022-cn") || has(b"\x1b$)A") {
        return Cow::Owned(shifted(bytes, b"\x1b$)A", GBK));
    }
    if label.starts_with("iso-2022-jp") || has(b"\x1b$B") || has(b"\x1b$@") || has(b"\x1b(J") || has(b"\x1b(I") {
        return ISO_2022_JP.decode_without_bom_handling(bytes).0;
    }
    // Colours of a terminal, most of the time.
    String::from_utf8_lossy(bytes)
}

/// ISO-2022-KR and -CN: between SO and SI every byte lost its highest bit.
fn shifted(bytes: &[u8], designation: &[u8], encoding: &'static Encoding) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut is_out = false;
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        if bytes[index..].starts_with(designation) {
            index += designation.len();
            continue;
        }
        match byte {
            0x0e => is_out = true,
            0x0f => is_out = false,
            b'\n' | b'\r' => {
                is_out = false;
                plain.push(byte);
            }
            _ if is_out && byte > b' ' => plain.push(byte | 0x80),
            _ => plain.push(byte),
        }
        index += 1;
    }
    encoding.decode_without_bom_handling(&plain).0.into_owned()
}

/// RFC 2152.
fn utf7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'+', rest) {
        out.push_str(&String::from_utf8_lossy(&rest[..at]));
        rest = &rest[at + 1..];
        if let [b'-', after @ ..] = rest {
            out.push('+');
            rest = after;
            continue;
        }
        let length = rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            .count();
        let wide = super::transfer::base64(&rest[..length]).unwrap_or_default();
        if length < 2 || wide.len() < 2 {
            out.push('+');
            continue;
        }
        let units = wide.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')));
        rest = &rest[length..];
        if let [b'-', after @ ..] = rest {
            rest = after;
        }
    }
    out.push_str(&String::from_utf8_lossy(rest));
    out
}

/// RFC 1843: `~{` and `~}` around pairs without their highest bits.
fn hz(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut is_wide = false;
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after.first()) {
            (b'~', Some(b'{')) => is_wide = true,
            (b'~', Some(b'}')) => is_wide = false,
            (b'~', Some(b'~')) => plain.push(b'~'),
            (b'~', Some(b'\n')) => {}
            (b'\n', _) => {
                is_wide = false;
                plain.push(b'\n');
                continue;
            }
            _ => {
                plain.push(if is_wide && *byte > b' ' { byte | 0x80 } else { *byte });
                continue;
            }
        }
        rest = &after[1..];
    }
    GBK.decode_without_bom_handling(&plain).0.into_owned()
}

fn utf32(bytes: &[u8], is_little: bool) -> Option<String> {
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    bytes
        .chunks_exact(4)
        .map(|four| {
            let four = [four[0], four[1], four[2], four[3]];
            char::from_u32(if is_little {
                u32::from_le_bytes(four)
            } else {
                u32::from_be_bytes(four)
            })
        })
        .collect()
}

/// The charset that HTML names for itself, in its first bytes.
pub(super) fn of_html(bytes: &[u8]) -> Option<String> {
    let head = bytes[..bytes.len().min(2_048)].to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset=")?;
    let label: String = head[at + 8..]
        .iter()
        .skip_while(|b| matches!(b, b'"' | b'\'' | b' '))
        .take(40)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.'))
        .map(|b| char::from(*b))
        .collect();
    (!label.is_empty()).then_some(label)
}

/// The label of a Windows code page.
pub(super) fn codepage_label(number: u32) -> String {
    match number {
        65001 => "utf-8".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20866 => "koi8-r".to_owned(),
        21866 => "koi8-u".to_owned(),
        28591..=28606 => format!("iso-8859-{}", number - 28590),
        50220..=50222 => "iso-2022-jp".to_owned(),
        54936 => "gb18030".to_owned(),
        10000 => "macintosh".to_owned(),
        874 | 1250..=1258 => format!("windows-{number}"),
        866 => "ibm866".to_owned(),
        _ => "windows-1252".to_owned(),
    }
}

#[cfg(test)]
mod tests;
