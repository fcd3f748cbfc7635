//! The body that Outlook keeps as compressed RTF ([MS-OXRTFCP]), and the HTML or text inside it
//! ([MS-OXRTFEX]).

use super::charset;
use super::transfer::nibble;

/// More than this is no letter.
const MAX_RTF: usize = 8 * 1024 * 1024;
const WINDOW: usize = 4096;
/// Groups within groups.
const MAX_DEPTH: usize = 200;

/// What the window holds before the first byte.
const PRELOADED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// What was inside.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Html(String),
    Text(String),
}

/// Unpacks; `None` where the bytes are not of this form.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let word = |at: usize| -> Option<u32> {
        let b = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    };
    let raw_size = usize::try_from(word(4)?).ok()?.min(MAX_RTF);
    let data = bytes.get(16..)?;
    match word(8)? {
        // MELA: not packed at all.
        0x414c_454d => return Some(data[..data.len().min(raw_size)].to_vec()),
        0x7546_5a4c => {}
        _ => return None,
    }
    let mut window = [b' '; WINDOW];
    window[..PRELOADED.len()].copy_from_slice(PRELOADED);
    let mut write = PRELOADED.len();
    let mut out = Vec::with_capacity(raw_size.min(256 * 1024));
    let mut input = data.iter().copied();
    'all: while let Some(flags) = input.next() {
        for bit in 0..8 {
            if out.len() >= raw_size {
                break 'all;
            }
            if flags >> bit & 1 == 0 {
                let Some(byte) = input.next() else { break 'all };
                window[write] = byte;
                write = (write + 1) % WINDOW;
                out.push(byte);
                continue;
            }
            let (Some(high), Some(low)) = (input.next(), input.next()) else {
                break 'all;
            };
            let pair = u16::from_be_bytes([high, low]);
            let from = usize::from(pair >> 4);
            let length = usize::from(pair & 0xf) + 2;
            if from == write {
                break 'all;
            }
            for step in 0..length {
                let byte = window[(from + step) % WINDOW];
                window[write] = byte;
                write = (write + 1) % WINDOW;
                out.push(byte);
            }
        }
    }
    Some(out)
}

#[derive(Clone, Copy)]
struct State {
    /// Inside `\*` or a table of fonts, colours, styles: nothing is written.
    is_hidden: bool,
    /// Inside `\htmltag`: source of HTML.
    is_tag: bool,
    /// Inside `\htmlrtf`: for readers of RTF only.
    is_rtf_only: bool,
    /// How many bytes stand for a `\u` that was understood.
    skip: usize,
}

/// Reads the words of RTF: the HTML that it was made from, or its text.
pub(super) fn read(source: &[u8]) -> Read {
    let is_html = memchr::memmem::find(&source[..source.len().min(4_096)], b"\\fromhtml1").is_some();
    let mut reader = Reader {
        source,
        index: 0,
        is_html,
        state: State {
            is_hidden: false,
            is_tag: false,
            is_rtf_only: false,
            skip: 1,
        },
        outer: Vec::new(),
        too_deep: 0,
        pending: 0,
        out: Writer {
            label: "windows-1252".to_owned(),
            bytes: Vec::new(),
            text: String::new(),
            last_high: None,
        },
    };
    while let Some(&byte) = source.get(reader.index) {
        reader.index += 1;
        match byte {
            b'{' => reader.open(),
            b'}' => reader.close(),
            b'\r' | b'\n' => {}
            b'\\' => reader.control(),
            byte => reader.character(byte),
        }
    }
    let mut out = reader.out;
    out.flush();
    if is_html {
        Read::Html(out.text)
    } else {
        Read::Text(out.text.trim().to_owned())
    }
}

struct Reader<'a> {
    source: &'a [u8],
    index: usize,
    is_html: bool,
    /// The state of the group that is read, and of those around it.
    state: State,
    outer: Vec<State>,
    /// How many groups were opened beyond [`MAX_DEPTH`].
    too_deep: usize,
    /// How many characters still stand for a `\u` that was understood.
    pending: usize,
    out: Writer,
}

impl Reader<'_> {
    fn open(&mut self) {
        if self.outer.len() + 1 < MAX_DEPTH {
            self.outer.push(self.state);
        } else {
            self.too_deep += 1;
        }
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(state) = self.outer.pop() {
            self.state = state;
        }
    }

    fn shows(&self) -> bool {
        !self.state.is_hidden && !self.state.is_rtf_only
    }

    /// A byte of the text, unless it only stands for what was written already.
    fn character(&mut self, byte: u8) {
        if self.pending > 0 {
            self.pending -= 1;
        } else if self.shows() {
            self.out.byte(byte);
        }
    }

    /// What follows a backslash.
    fn control(&mut self) {
        let (word, number, next) = control(self.source, self.index);
        self.index = next;
        match word {
            b"*" => {
                // `\*\htmltag` is what we look for; every other destination is for others.
                let start = self.index + usize::from(self.source.get(self.index) == Some(&b'\\'));
                let (next_word, _, _) = control(self.source, start);
                if next_word == b"htmltag" {
                    self.state.is_tag = true;
                } else {
                    self.state.is_hidden = true;
                }
            }
            b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header" | b"footer" => {
                self.state.is_hidden = true;
            }
            b"htmlrtf" => self.state.is_rtf_only = number != Some(0),
            b"uc" => self.state.skip = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(8),
            b"ansicpg" => {
                self.out.label = charset::codepage_label(u32::try_from(number.unwrap_or(1252)).unwrap_or(1252))
            }
            b"'" => self.byte_in_hex(),
            b"u" => {
                if self.shows() {
                    self.out.unit((number.unwrap_or(0) & 0xffff) as u16);
                }
                self.pending = self.state.skip;
            }
            b"bin" => {
                let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                self.index = self.index.saturating_add(length).min(self.source.len());
            }
            b"{" | b"}" | b"\\" if self.shows() => self.out.byte(word[0]),
            word if self.shows() => {
                if let Some(text) = self.symbol(word) {
                    self.out.text(text);
                }
            }
            _ => {}
        }
    }

    fn byte_in_hex(&mut self) {
        let code = self
            .source
            .get(self.index..self.index + 2)
            .map(|two| nibble(two[0]) << 4 | nibble(two[1]));
        self.index = (self.index + 2).min(self.source.len());
        if self.pending > 0 {
            self.pending -= 1;
        } else if let Some(code) = code.filter(|_| self.shows()) {
            self.out.byte(code);
        }
    }

    /// The text that a control word stands for. Inside HTML, lines and cells are made by its tags.
    fn symbol(&self, word: &[u8]) -> Option<&'static str> {
        Some(match word {
            b"par" | b"line" | b"row" if !(self.is_html && self.state.is_tag) => "\n",
            b"tab" => "\t",
            b"cell" if !self.is_html => "\t",
            b"emdash" => "—",
            b"endash" => "–",
            b"lquote" => "‘",
            b"rquote" => "’",
            b"ldblquote" => "“",
            b"rdblquote" => "”",
            b"bullet" => "•",
            b"~" => "\u{a0}",
            b"_" => "-",
            _ => return None,
        })
    }
}

/// The control word after a backslash, its number, and where the text goes on.
fn control(source: &[u8], start: usize) -> (&[u8], Option<i64>, usize) {
    let Some(first) = source.get(start) else {
        return (b"", None, start);
    };
    if !first.is_ascii_alphabetic() {
        return (&source[start..=start], None, start + 1);
    }
    let rest = &source[start..];
    let length = rest.iter().take(40).take_while(|b| b.is_ascii_alphabetic()).count();
    let digits = &rest[length..];
    let sign = usize::from(digits.first() == Some(&b'-'));
    let count = digits[sign..]
        .iter()
        .take(10)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let number = std::str::from_utf8(&digits[..if count > 0 { sign + count } else { 0 }])
        .ok()
        .and_then(|text| text.parse().ok());
    let mut next = start + length + if count > 0 { sign + count } else { 0 };
    if source.get(next) == Some(&b' ') {
        next += 1;
    }
    (&rest[..length], number, next)
}

/// Bytes of the code page and characters of their own, in order.
struct Writer {
    label: String,
    bytes: Vec<u8>,
    text: String,
    last_high: Option<u16>,
}

impl Writer {
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn text(&mut self, text: &str) {
        self.flush();
        self.text.push_str(text);
    }

    fn unit(&mut self, unit: u16) {
        self.flush();
        match (self.last_high.take(), unit) {
            (_, 0xd800..=0xdbff) => self.last_high = Some(unit),
            (Some(high), _) => self
                .text
                .extend(char::decode_utf16([high, unit]).map(|unit| unit.unwrap_or('\u{fffd}'))),
            (None, unit) => self.text.extend(char::from_u32(u32::from(unit))),
        }
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            self.text.push_str(&charset::decode(&bytes, Some(&self.label), None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_and_text_come_out_of_rtf() {
        let html = b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0 Arial;}}{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 Ol\\'e1 \\u8364 ?\\htmlrtf\\par}\\htmlrtf0{\\*\\htmltag72 </p>}{\\*\\mhtmltag1 <x>}}";
        assert_eq!(read(html), Read::Html("<p>Olá €</p>".to_owned()));
        let text = b"{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 Arial;}}\\pard Hello\\par \\'cf\\'f0\\'e8 \\{x\\}\\u-10179?\\u-8704?}";
        assert_eq!(read(text), Read::Text("Hello\nПри {x}😀".to_owned()));
        for broken in [
            &b"{"[..],
            b"}}}",
            b"\\",
            b"\\u",
            b"\\'",
            b"\\'e",
            b"\\bin99999999999 x",
            b"{\\*",
            b"\\u99999999999 ",
        ] {
            read(broken);
        }
        read(&b"{".repeat(100_000));
    }

    #[test]
    fn packed_rtf_is_unpacked() {
        // The example of [MS-OXRTFCP] 4.1: a run that refers to itself.
        let packed = b"\x1a\x00\x00\x00\x1c\x00\x00\x00\x4c\x5a\x46\x75\xe2\xd4\x4b\x51\x41\x00\x04\x20\x57\x58\x59\x5a\x0d\x6e\x7d\x01\x0e\xb0";
        assert_eq!(
            decompress(packed).as_deref(),
            Some(&b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"[..])
        );
        let mut plain = b"\x10\0\0\0\x05\0\0\0MELA\0\0\0\0".to_vec();
        plain.extend_from_slice(b"{\\rtf");
        assert_eq!(decompress(&plain).as_deref(), Some(&b"{\\rtf"[..]));
        assert_eq!(decompress(b"short"), None);
    }
}
