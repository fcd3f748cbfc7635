//! Files of values parted by commas, semicolons or tabs (RFC 4180), as spreadsheets write them.

/// The largest file, in bytes.
pub const MOST_BYTES: usize = 20 * 1024 * 1024;
/// The most rows.
pub const MOST_ROWS: usize = 100_000;
/// The most columns.
const MOST_COLUMNS: usize = 100;
/// The longest value, in bytes.
const LONGEST: usize = 10_000;

/// A row with the line that it begins on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line.
    pub line: usize,
    /// The values.
    pub values: Vec<String>,
}

/// What makes the whole file unreadable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// Too large.
    #[error("the file is larger than 20 MB; part it")]
    TooLarge,
    /// Too many rows.
    #[error("the file has more than {MOST_ROWS} rows; part it")]
    TooMany,
    /// A row of too many columns, or a value too long: not a table.
    #[error("line {0}: this is not a table of values (too many columns, or a value that is too long)")]
    NotATable(usize),
    /// A quotation mark that is never closed.
    #[error("line {0}: the quotation mark is never closed")]
    Unclosed(usize),
    /// A spreadsheet or another binary file.
    #[error("the file is not a text; save it as CSV")]
    Binary,
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
}

/// The bytes as text: UTF-8 with or without mark, UTF-16 with a mark, else as Windows writes the west of Europe.
fn text(bytes: &[u8]) -> Result<String, BadFile> {
    if let Some(rest) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return Ok(String::from_utf8_lossy(rest).into_owned());
    }
    let wide = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return Ok(wide(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return Ok(wide(rest, u16::from_be_bytes));
    }
    if bytes.contains(&0) || bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"%PDF") {
        return Err(BadFile::Binary);
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| western(*byte)).collect(),
    })
}

/// What Windows-1252 has between 0x80 and 0x9f, where Latin-1 has signs that nobody sees; dots where it has nothing.
const WESTERN: &str = "€·‚ƒ„…†‡ˆ‰Š‹Œ·Ž··‘’“”•–—˜™š›œ·žŸ";

/// A byte of Windows-1252.
fn western(byte: u8) -> char {
    let other = usize::from(byte)
        .checked_sub(0x80)
        .and_then(|at| WESTERN.chars().nth(at));
    other.filter(|sign| *sign != '·').unwrap_or(char::from(byte))
}

/// The sign that parts the values of the first line with any; what stands in quotation marks parts nothing.
fn delimiter(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let first: String = first.split('"').step_by(2).collect();
    [';', '\t', ',']
        .into_iter()
        .max_by_key(|sign| (first.matches(*sign).count(), *sign == ','))
        .unwrap_or(',')
}

/// The sign that the file names on its first line, as some spreadsheets do: `sep=;`.
fn declared(text: &str) -> Option<char> {
    let mut signs = text.lines().next()?.strip_prefix("sep=")?.chars();
    signs.next().filter(|_| signs.next().is_none())
}

/// Reads the whole file. Empty rows are left out.
///
/// # Errors
/// Says what is wrong and on which line.
pub fn parse(bytes: &[u8]) -> Result<Vec<Row>, BadFile> {
    if bytes.len() > MOST_BYTES {
        return Err(BadFile::TooLarge);
    }
    let text = text(bytes)?;
    let declared = declared(&text);
    let sign = declared.unwrap_or_else(|| delimiter(&text));
    let mut rows: Vec<Row> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    let mut value = String::new();
    let (mut line, mut began) = (1, 1);
    let mut quote: Option<usize> = None;
    let mut chars = text.chars().peekable();
    loop {
        let next = chars.next();
        match (next, quote) {
            (Some('"'), Some(_)) if chars.peek() == Some(&'"') => {
                chars.next();
                value.push('"');
            }
            (Some('"'), Some(_)) => quote = None,
            (Some(c), Some(_)) => {
                if c == '\n' {
                    line += 1;
                }
                value.push(c);
            }
            (Some('"'), None) if value.trim().is_empty() => {
                value.clear();
                quote = Some(line);
            }
            (Some(c), None) if c == sign => values.push(std::mem::take(&mut value)),
            (Some('\r'), None) if chars.peek() == Some(&'\n') => {}
            (Some('\n' | '\r') | None, None) => {
                values.push(std::mem::take(&mut value));
                let row = Row {
                    line: began,
                    values: std::mem::take(&mut values),
                };
                if row.values.iter().any(|value| !value.trim().is_empty()) {
                    rows.push(row);
                }
                line += 1;
                began = line;
                if rows.len() > MOST_ROWS + 1 {
                    return Err(BadFile::TooMany);
                }
                if next.is_none() {
                    break;
                }
            }
            (None, Some(opened)) => return Err(BadFile::Unclosed(opened)),
            (Some(c), None) => value.push(c),
        }
        if value.len() > LONGEST {
            return Err(match quote {
                Some(opened) => BadFile::Unclosed(opened),
                None => BadFile::NotATable(began),
            });
        }
        if values.len() > MOST_COLUMNS {
            return Err(BadFile::NotATable(began));
        }
    }
    if declared.is_some() && !rows.is_empty() {
        rows.remove(0);
    }
    if rows.is_empty() {
        return Err(BadFile::Empty);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &[u8]) -> Result<Vec<Vec<String>>, BadFile> {
        Ok(parse(text)?.into_iter().map(|row| row.values).collect())
    }

    #[test]
    fn tables_are_read_as_spreadsheets_write_them() {
        let cases: [(&[u8], &[&[&str]]); 12] = [
            (b"\"a, b, c\";d\r\n1,5;2\r\n", &[&["a, b, c", "d"], &["1,5", "2"]]),
            (
                b"a;b\n\x93c\xf3d\x94;\x9cuvre \x95 \x99\xd1",
                &[&["a", "b"], &["“cód”", "œuvre • ™Ñ"]],
            ),
            // A line that only names the sign, and empty ones above the first.
            (b"sep=;\r\na,x;b\r\n1;2\r\n", &[&["a,x", "b"], &["1", "2"]]),
            (b"\xef\xbb\xbfsep=\t\na\tb\n", &[&["a", "b"]]),
            (b"\r\n\r\na;b\r\n1;2\r\n", &[&["a", "b"], &["1", "2"]]),
            (b"a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]),
            (b"a;b\r\n\"1;5\";\"x \"\"y\"\"\"", &[&["a", "b"], &["1;5", "x \"y\""]]),
            (b"\xef\xbb\xbfa\tb\n1\t2", &[&["a", "b"], &["1", "2"]]),
            (b"a,b\n\n , \n1,\"two\nlines\"\n", &[&["a", "b"], &["1", "two\nlines"]]),
            (b"a,b\ncaf\xe9,\x80 5", &[&["a", "b"], &["café", "€ 5"]]),
            (b"\xff\xfea\0,\0b\0", &[&["a", "b"]]),
            (b"a\n5\" pipe", &[&["a"], &["5\" pipe"]]),
        ];
        for (bytes, expected) in cases {
            assert_eq!(values(bytes).unwrap(), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        for (bytes, error) in [
            (b"".to_vec(), BadFile::Empty),
            (b"\n \n".to_vec(), BadFile::Empty),
            (b"a,b\n1,\"2\n3,4\n".to_vec(), BadFile::Unclosed(2)),
            (b"PK\x03\x04rest".to_vec(), BadFile::Binary),
            (b"a\0b".to_vec(), BadFile::Binary),
            (vec![b','; 500], BadFile::NotATable(1)),
            (vec![b'x'; 20_000], BadFile::NotATable(1)),
            ([b"a\n\"".to_vec(), vec![b'x'; 20_000]].concat(), BadFile::Unclosed(2)),
            (vec![b'x'; MOST_BYTES + 1], BadFile::TooLarge),
            (b"1\n".repeat(MOST_ROWS + 3), BadFile::TooMany),
        ] {
            assert_eq!(parse(&bytes).unwrap_err(), error);
        }
    }

    #[test]
    fn lines_are_counted_through_quotes() {
        let rows = parse(b"a,b\n\"x\ny\",1\n2,3\n").unwrap();
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 2, 4]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = parse(&bytes);
        }
    }
}
