//! Mails out of an mbox file (RFC 4155, and the variants that programs write), one at a time.

use std::io::{self, BufRead};

/// A longer mail is not read into memory; in bytes.
pub(crate) const LONGEST: usize = 100 * 1024 * 1024;

/// The mails of an mbox file, in order.
pub(crate) struct Mbox<R> {
    source: R,
    /// Bytes read, up to the end of the last mail.
    place: u64,
    /// The line that begins the next mail was read already; its length.
    ahead: Option<u64>,
}

/// One mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Its bytes.
    Mail(Vec<u8>),
    /// It is longer than [`LONGEST`] and was passed over.
    TooLong,
    /// What stood before the first separator is no mail.
    NoMbox,
}

impl<R: BufRead> Mbox<R> {
    /// Reads from `source`, which stands at the byte `place` of the file.
    pub(crate) fn new(source: R, place: u64) -> Mbox<R> {
        Mbox {
            source,
            place,
            ahead: None,
        }
    }

    /// How far the file was read: behind the last mail that was given.
    pub(crate) fn place(&self) -> u64 {
        self.place
    }

    /// The next mail.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn next(&mut self) -> io::Result<Option<Found>> {
        if self.ahead.is_none() {
            let mut line = Vec::new();
            loop {
                line.clear();
                let length = self.line(&mut line)?;
                if length == 0 {
                    return Ok(None);
                }
                if is_separator(&line) {
                    self.ahead = Some(length);
                    break;
                }
                let is_blank = line.iter().all(u8::is_ascii_whitespace);
                self.place += length;
                if !is_blank {
                    return Ok(Some(Found::NoMbox));
                }
            }
        }
        self.place += self.ahead.take().unwrap_or_default();
        let mut mail = Vec::new();
        let mut is_too_long = false;
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = self.line(&mut line)?;
            if length == 0 {
                break;
            }
            // A body may hold "From here on": what separates two mails names a time, too.
            if is_separator(&line) && has_time(&line) {
                self.ahead = Some(length);
                break;
            }
            self.place += length;
            if mail.len() + line.len() > LONGEST {
                is_too_long = true;
                mail = Vec::new();
            }
            if !is_too_long {
                mail.extend_from_slice(unquoted(&line));
            }
        }
        if is_too_long {
            return Ok(Some(Found::TooLong));
        }
        // The empty line before the next separator belongs to the file, not to the mail.
        if mail.ends_with(b"\r\n\r\n") {
            mail.truncate(mail.len() - 2);
        } else if mail.ends_with(b"\n\n") {
            mail.truncate(mail.len() - 1);
        }
        Ok(Some(Found::Mail(mail)))
    }

    /// The next line, or the next part of one that is longer than any mail's.
    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<u64> {
        let mut length = 0;
        loop {
            let read = self.source.fill_buf()?;
            if read.is_empty() || length >= 1 << 20 {
                break;
            }
            let (take, is_end) = match read.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (read.len(), false),
            };
            line.extend_from_slice(&read[..take]);
            self.source.consume(take);
            length += take;
            if is_end {
                break;
            }
        }
        Ok(length as u64)
    }
}

/// Whether a line may separate two mails: `From `, an address, a time.
fn is_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ") && line.len() < 1_000
}

/// Whether a separator ends with a time of day and a year, as every program writes it.
fn has_time(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else {
        return false;
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_time = |word: &str| word.len() >= 5 && word.split(':').all(|part| part.len() == 2 && is_number(part));
    let is_year = |word: &str| word.len() == 4 && is_number(word);
    words.len() >= 6
        && words.iter().any(|word| word.contains(':') && is_time(word))
        && words.iter().rev().take(3).any(|word| is_year(word))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A line as it was in the mail: programs put a `>` before `From ` so that it separates nothing.
fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|byte| **byte == b'>').count();
    if marks > 0 && line[marks..].starts_with(b"From ") {
        &line[1..]
    } else {
        line
    }
}
