//! The parts of a mail (RFC 2046) as ranges of its bytes. One pass over the lines that begin with
//! `--`; boundaries that are missing, repeated, closed too early or never closed still give parts.

use std::borrow::Cow;
use std::ops::Range;

use super::transfer::{self, Transfer};
use super::uuencode;
use super::words::{Valued, decode};
use crate::email::headers::Headers;

/// Multiparts within multiparts; deeper ones are one part with all their bytes.
const MAX_DEPTH: usize = 40;
/// How many parts are told apart; the last one holds all that follows.
const MAX_PARTS: usize = 2_000;
/// The longest header of one part, in bytes.
const MAX_HEADER: usize = 128 * 1024;
/// RFC 2046 allows 70; programs write more.
const MAX_BOUNDARY: usize = 300;

/// One part: its header, and where its body lies.
#[derive(Debug)]
pub(super) struct Part {
    /// The media type in lower case; `text/plain` where nothing is said.
    pub(super) kind: String,
    /// The whole Content-Type.
    pub(super) content_type: Valued,
    /// Content-Disposition, where there is one.
    pub(super) disposition: Option<Valued>,
    /// Content-ID without brackets.
    pub(super) content_id: Option<String>,
    /// Content-Location.
    pub(super) location: Option<String>,
    /// Content-Description, decoded.
    pub(super) description: Option<String>,
    transfer: Transfer,
    range: Range<usize>,
    /// The parts inside, by their place in the tree.
    pub(super) children: Vec<usize>,
    depth: usize,
}

impl Part {
    fn new(headers: &Headers, default: &str, depth: usize, range: Range<usize>) -> Part {
        let content_type = headers.get("content-type").map(Valued::read).unwrap_or_default();
        let kind = clean_kind(&content_type.value, default);
        let line = |name: &str| {
            headers
                .get(name)
                .map(|value| decode(value).trim().to_owned())
                .filter(|value| !value.is_empty() && value.len() <= 1_000)
        };
        Part {
            kind,
            disposition: headers.get("content-disposition").map(Valued::read),
            content_id: line("content-id").map(|id| id.trim_matches(['<', '>', ' ']).to_owned()),
            location: line("content-location"),
            description: line("content-description"),
            transfer: headers
                .get("content-transfer-encoding")
                .map_or(Transfer::Plain, Transfer::of),
            content_type,
            range,
            children: Vec::new(),
            depth,
        }
    }

    /// Whether it is a container of parts.
    pub(super) fn is_multipart(&self) -> bool {
        self.kind.starts_with("multipart/")
    }

    /// The name of the file, from whichever field says one.
    pub(super) fn file_name(&self) -> Option<String> {
        let disposition = self.disposition.as_ref().and_then(|d| d.text("filename"));
        disposition
            .or_else(|| self.content_type.text("name"))
            .or_else(|| self.content_type.text("filename"))
            .filter(|name| !name.trim().is_empty())
    }

    /// What the disposition says, in lower case.
    pub(super) fn disposition(&self) -> &str {
        self.disposition.as_ref().map_or("", |d| d.value.as_str())
    }
}

fn clean_kind(value: &str, default: &str) -> String {
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.' | b'_' | b'!' | b'#' | b'$' | b'&')
            })
    };
    match value.split_once('/') {
        _ if value.is_empty() => default.to_owned(),
        Some((kind, sub)) if value.len() <= 120 && is_token(kind) && is_token(sub) => value.to_owned(),
        // `text`, `html` and the like, from programs of long ago.
        None if value == "html" => "text/html".to_owned(),
        None if value == "text" || value == "plain" => "text/plain".to_owned(),
        None if value == "multipart" => "multipart/mixed".to_owned(),
        _ => "application/octet-stream".to_owned(),
    }
}

/// All parts of one mail; the first one is the mail itself.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    raw: &'a [u8],
    pub(super) parts: Vec<Part>,
}

struct Open {
    part: usize,
    boundary: Vec<u8>,
    /// The part between the last boundary and the next.
    current: Option<usize>,
}

impl<'a> Tree<'a> {
    /// Reads the body that starts at `body` of `raw`, whose header is `headers`.
    pub(super) fn read(raw: &'a [u8], headers: &Headers, body: usize) -> Tree<'a> {
        let body = body.min(raw.len());
        let mut root = Part::new(headers, "text/plain", 0, body..raw.len());
        let declared = boundary(&root);
        let looks_split = root.is_multipart() || headers.get("content-type").is_none();
        if !looks_split {
            return Tree { raw, parts: vec![root] };
        }
        if let Some(boundary) = declared.filter(|_| root.is_multipart()) {
            let mut tree = Tree { raw, parts: vec![root] };
            tree.split(boundary, body);
            if !tree.parts[0].children.is_empty() {
                return tree;
            }
            root = tree.parts.swap_remove(0);
        }
        // No boundary, or one that stands nowhere: the first line that looks like one.
        if let Some(boundary) = guessed_boundary(&raw[body..]) {
            if !root.is_multipart() {
                root.kind = "multipart/mixed".to_owned();
            }
            let mut tree = Tree { raw, parts: vec![root] };
            tree.split(boundary, body);
            return tree;
        }
        if root.is_multipart() {
            let is_html = memchr::memmem::find(&raw[body..raw.len().min(body + 2_000)], b"<html").is_some();
            root.kind = if is_html { "text/html" } else { "text/plain" }.to_owned();
        }
        Tree { raw, parts: vec![root] }
    }

    fn split(&mut self, boundary: Vec<u8>, body: usize) {
        let raw = self.raw;
        let mut open = vec![Open {
            part: 0,
            boundary,
            current: None,
        }];
        let starts = std::iter::once(body)
            .filter(|at| raw[*at..].starts_with(b"--"))
            .chain(memchr::memmem::find_iter(&raw[body..], b"\n--").map(|at| body + at + 1));
        let mut skip_to = body;
        for start in starts {
            if start < skip_to {
                continue;
            }
            let end = memchr::memchr(b'\n', &raw[start..]).map_or(raw.len(), |at| start + at);
            if end - start > MAX_BOUNDARY + 200 {
                continue;
            }
            let line = raw[start + 2..end].trim_ascii_end();
            let Some((level, is_close)) = matching(&open, line) else {
                continue;
            };
            self.close(&mut open, level, start);
            if is_close {
                continue;
            }
            if self.parts.len() >= MAX_PARTS {
                // What follows stays with the last part, whole.
                let last = self.parts.len() - 1;
                self.parts[last].range.end = raw.len();
                return;
            }
            let parent = open[level].part;
            let default = if self.parts[parent].kind == "multipart/digest" {
                "message/rfc822"
            } else {
                "text/plain"
            };
            let (headers, at) = part_header(raw, (end + 1).min(raw.len()), &open);
            skip_to = at;
            let depth = self.parts[parent].depth + 1;
            let part = Part::new(&headers, default, depth, at..raw.len());
            let id = self.parts.len();
            let inner = boundary_of_inner(&part, depth, &open);
            self.parts.push(part);
            self.parts[parent].children.push(id);
            open[level].current = Some(id);
            if let Some(boundary) = inner {
                open.push(Open {
                    part: id,
                    boundary,
                    current: None,
                });
            }
        }
        // Multiparts that hold nothing are what they hold: bytes.
        for part in &mut self.parts {
            if part.is_multipart() && part.children.is_empty() && part.depth > 0 {
                part.kind = "text/plain".to_owned();
            }
        }
    }

    /// Ends what is open at `level` and below, at the line that starts at `start`.
    fn close(&mut self, open: &mut Vec<Open>, level: usize, start: usize) {
        let mut end = start;
        if end > 0 && self.raw[end - 1] == b'\n' {
            end -= 1;
            if end > 0 && self.raw[end - 1] == b'\r' {
                end -= 1;
            }
        }
        for one in &mut open[level..] {
            if let Some(current) = one.current.take() {
                let part = &mut self.parts[current];
                part.range.end = end.max(part.range.start);
            }
        }
        open.truncate(level + 1);
    }

    /// The bytes of a part as they stand in the mail.
    pub(super) fn raw_body(&self, id: usize) -> &'a [u8] {
        self.raw.get(self.parts[id].range.clone()).unwrap_or_default()
    }

    /// The bytes of a part, transfer encoding taken off.
    pub(super) fn contents(&self, id: usize) -> Cow<'a, [u8]> {
        let raw = self.raw_body(id);
        match self.parts[id].transfer {
            Transfer::Plain => Cow::Borrowed(raw),
            Transfer::Base64 => transfer::base64(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
            Transfer::QuotedPrintable => Cow::Owned(transfer::quoted_printable(raw)),
            Transfer::Uuencode => uuencode::whole(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
        }
    }
}

fn boundary(part: &Part) -> Option<Vec<u8>> {
    let value = part.content_type.plain("boundary")?;
    let value = value.trim_end();
    (!value.is_empty() && value.len() <= MAX_BOUNDARY).then(|| value.as_bytes().to_vec())
}

/// The boundary of a multipart inside another; one that an outer part uses already cannot be told
/// from it.
fn boundary_of_inner(part: &Part, depth: usize, open: &[Open]) -> Option<Vec<u8>> {
    if !part.is_multipart() || depth >= MAX_DEPTH {
        return None;
    }
    boundary(part).filter(|boundary| !open.iter().any(|one| one.boundary == *boundary))
}

/// The innermost open multipart that the line belongs to, and whether it ends it.
fn matching(open: &[Open], line: &[u8]) -> Option<(usize, bool)> {
    open.iter().enumerate().rev().find_map(|(level, one)| {
        let rest = line.strip_prefix(one.boundary.as_slice())?;
        match rest {
            b"" => Some((level, false)),
            b"--" => Some((level, true)),
            _ => None,
        }
    })
}

/// A line that looks like a boundary, with a header below it.
fn guessed_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let starts = std::iter::once(0)
        .filter(|_| body.starts_with(b"--"))
        .chain(memchr::memmem::find_iter(body, b"\n--").map(|at| at + 1));
    for start in starts.take(50) {
        let end = start + memchr::memchr(b'\n', &body[start..])?;
        let line = body[start + 2..end].trim_ascii_end();
        let after = &body[end + 1..];
        let is_followed = after
            .get(..8)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"content-"));
        if is_followed && line.len() >= 3 && line.len() <= MAX_BOUNDARY && !line.contains(&b' ') {
            return Some(line.to_vec());
        }
    }
    None
}

/// The header of the part at `start`, and where its body begins. A header that an empty line does not
/// end is ended by the first line that cannot be one.
fn part_header(raw: &[u8], start: usize, open: &[Open]) -> (Headers, usize) {
    let mut at = start;
    let mut end = start;
    let mut has_any = false;
    loop {
        if at >= raw.len() || at - start > MAX_HEADER {
            break;
        }
        let newline = memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |i| at + i);
        let next = (newline + 1).min(raw.len());
        let line = raw[at..newline].trim_ascii_end();
        if line.is_empty() {
            return (Headers::read(&raw[start..end]), next);
        }
        let is_folded = matches!(raw[at], b' ' | b'\t');
        let is_field = memchr::memchr(b':', line)
            .is_some_and(|colon| colon > 0 && line[..colon].iter().all(|b| b.is_ascii_graphic() || *b == b' '))
            && (has_any
                || line.get(..8).is_some_and(|w| w.eq_ignore_ascii_case(b"content-"))
                || looks_like_field(line));
        let is_boundary = line.starts_with(b"--") && matching(open, &line[2..]).is_some();
        if is_boundary || !(is_field || (is_folded && has_any)) {
            // No header at all, or one without an end.
            return (Headers::read(&raw[start..end]), at);
        }
        has_any = true;
        end = next;
        at = next;
        if newline == raw.len() {
            break;
        }
    }
    (Headers::read(&raw[start..end]), end.max(at).min(raw.len()))
}

/// `Name: value`, where the name is one word of letters and dashes.
fn looks_like_field(line: &[u8]) -> bool {
    let name = line.split(|b| *b == b':').next().unwrap_or_default();
    name.len() <= 40 && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-') && name.contains(&b'-')
        || name.eq_ignore_ascii_case(b"mime-version")
        || name.eq_ignore_ascii_case(b"subject")
        || name.eq_ignore_ascii_case(b"from")
        || name.eq_ignore_ascii_case(b"date")
        || name.eq_ignore_ascii_case(b"to")
        || name.eq_ignore_ascii_case(b"lines")
}
