//! The small Markdown in which agents and the bot write, read once for every channel: as a tree that mail and pages
//! draw, and as plain words for what has no marks. What a channel makes of a part is the channel's own.
//!
//! Paragraphs whose line ends count, `#` headings, `-`/`*`/`1.` lists (deeper by their indentation, a line that is
//! indented goes on with its item), `>` quotations, fenced and inline code, `**bold**`, `*italic*`/`_italic_`,
//! `~~struck~~`, `[text](https://…)` and `![text](attachment:…)`. Everything else is text; there is no way for HTML.

/// How far a mark may reach, in bytes; it keeps hostile text linear.
const FAR: usize = 2_000;
/// The longest label of a link, in bytes.
const MAX_LABEL: usize = 500;
/// Deeper quotations and lists than people write lose their structure and keep their words.
const MAX_DEPTH: usize = 8;
/// What an image's address begins with; the id of an attachment follows.
const ATTACHED: &str = "attachment:";

/// A part that stands on lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block<'a> {
    /// Lines that belong together.
    Paragraph(Vec<Line<'a>>),
    /// A heading; 1 is the highest.
    Heading(u8, Line<'a>),
    /// A list; numbered where it begins with a number.
    List {
        /// The first number.
        start: Option<u32>,
        /// What it lists.
        items: Vec<Item<'a>>,
    },
    /// What somebody else wrote.
    Quote(Vec<Block<'a>>),
    /// Lines as they are.
    Code(Vec<&'a str>),
}

/// One of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its lines.
    pub lines: Vec<Line<'a>>,
    /// The lists under it.
    pub below: Vec<Block<'a>>,
}

/// What stands on one line.
pub type Line<'a> = Vec<Inline<'a>>;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline<'a> {
    /// Words; bare addresses among them are the drawer's.
    Text(&'a str),
    /// `**bold**`.
    Strong(Line<'a>),
    /// `*italic*`.
    Emphasis(Line<'a>),
    /// `~~struck~~`.
    Struck(Line<'a>),
    /// `` `code` ``.
    Code(&'a str),
    /// `[label](url)`: to the web, a mailbox, a telephone, or a page of ours (`/…`).
    Link {
        /// The words.
        label: &'a str,
        /// Where it leads.
        url: &'a str,
    },
    /// `![label](attachment:id)`.
    Picture {
        /// What is seen on it.
        label: &'a str,
        /// The attachment.
        id: &'a str,
        /// How it was written.
        source: &'a str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Fence,
    Heading(u8),
    Bullet,
    Number(u32),
    Quote,
    Text,
}

impl Kind {
    /// What a line begins, and what stands behind the mark.
    fn of(line: &str) -> (Kind, &str) {
        let line = line.trim_start();
        if line.is_empty() {
            return (Kind::Blank, line);
        }
        if let Some(rest) = line.strip_prefix("```") {
            return (Kind::Fence, rest);
        }
        if let Some(rest) = line.strip_prefix('>') {
            return (Kind::Quote, rest);
        }
        if let Some(rest) = ["- ", "* ", "+ ", "• "].iter().find_map(|mark| line.strip_prefix(mark)) {
            return (Kind::Bullet, rest.trim_start());
        }
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if let (1..=6, Some(rest)) = (level, line[level..].strip_prefix(' '))
            && !rest.trim().is_empty()
        {
            let level = u8::try_from(level).unwrap_or(6);
            return (Kind::Heading(level), rest.trim());
        }
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        if (1..=4).contains(&digits)
            && let Some(rest) = line[digits..]
                .strip_prefix(". ")
                .or_else(|| line[digits..].strip_prefix(") "))
        {
            return (Kind::Number(line[..digits].parse().unwrap_or(1)), rest.trim_start());
        }
        (Kind::Text, line)
    }

    const fn is_item(self) -> bool {
        matches!(self, Kind::Bullet | Kind::Number(_))
    }
}

/// The text as a tree. Line ends may be of any kind.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let lines: Vec<&str> = lines(text).collect();
    parse(&lines, 0)
}

/// Lines without their ends.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn parse<'a>(lines: &[&'a str], depth: usize) -> Vec<Block<'a>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let (kind, rest) = Kind::of(lines[at]);
        let start = at;
        match kind {
            Kind::Blank => at += 1,
            Kind::Fence => {
                at += 1;
                while at < lines.len() && Kind::of(lines[at]).0 != Kind::Fence {
                    at += 1;
                }
                out.push(Block::Code(lines[start + 1..at].to_vec()));
                at = (at + 1).min(lines.len());
            }
            Kind::Heading(level) => {
                out.push(Block::Heading(level, line(rest.trim_end_matches('#').trim_end())));
                at += 1;
            }
            Kind::Bullet | Kind::Number(_) => out.push(list(lines, &mut at, depth)),
            Kind::Quote => {
                let mut inside = Vec::new();
                while at < lines.len()
                    && let (Kind::Quote, rest) = Kind::of(lines[at])
                {
                    inside.push(if depth < MAX_DEPTH {
                        rest.strip_prefix(' ').unwrap_or(rest)
                    } else {
                        rest.trim_start_matches(['>', ' '])
                    });
                    at += 1;
                }
                out.push(Block::Quote(parse(&inside, depth + 1)));
            }
            Kind::Text => {
                while at < lines.len() && Kind::of(lines[at]).0 == Kind::Text {
                    at += 1;
                }
                out.push(Block::Paragraph(
                    lines[start..at].iter().map(|text| line(text.trim_end())).collect(),
                ));
            }
        }
    }
    out
}

/// The items that follow each other at one depth, with what is indented below them.
fn list<'a>(lines: &[&'a str], at: &mut usize, depth: usize) -> Block<'a> {
    let outer = indent(lines[*at]);
    let first = Kind::of(lines[*at]).0;
    let is_numbered = matches!(first, Kind::Number(_));
    let mut items: Vec<Item<'a>> = Vec::new();
    while let Some(text) = lines.get(*at) {
        let (kind, rest) = Kind::of(text);
        let is_deeper = indent(text) > outer + 1 && depth < MAX_DEPTH;
        match (kind, items.last_mut()) {
            (kind, Some(last)) if kind.is_item() && is_deeper => {
                last.below.push(list(lines, at, depth + 1));
                continue;
            }
            (Kind::Text, Some(last)) if is_deeper => last.lines.push(line(rest.trim_end())),
            // What is less indented than a list below another belongs to the one above.
            (kind, last) if kind.is_item() && (last.is_none() || depth == 0 || indent(text) + 1 >= outer) => {
                if matches!(kind, Kind::Number(_)) != is_numbered {
                    break;
                }
                items.push(Item {
                    lines: vec![line(rest.trim_end())],
                    below: Vec::new(),
                });
            }
            _ => break,
        }
        *at += 1;
    }
    let start = if let Kind::Number(number) = first {
        Some(number)
    } else {
        None
    };
    Block::List { start, items }
}

/// The marks within a line. One pass; a mark that finds no partner nearby is text.
pub fn line(text: &str) -> Line<'_> {
    const MARKS: [&str; 6] = ["**", "__", "~~", "`", "*", "_"];
    let mut out = Vec::new();
    let (mut rest, mut at) = (text, 0);
    while at < rest.len() {
        let here = &rest[at..];
        let before = rest[..at].chars().next_back();
        let is_in_word = before.is_some_and(char::is_alphanumeric);
        if !is_in_word && (here.starts_with("https://") || here.starts_with("http://")) {
            // The underscores of an address are no marks.
            at += here
                .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
                .unwrap_or(here.len());
            continue;
        }
        if is_in_word && here.starts_with(['*', '_', '~', '`']) {
            // `snake_case` and `5*3` hold no marks, however many there are.
            at += here.len() - here.trim_start_matches(['*', '_', '~', '`']).len();
            continue;
        }
        let found = match here.as_bytes()[0] {
            b'[' => link(here),
            b'!' => picture(here),
            b'*' | b'_' | b'~' | b'`' => MARKS.iter().find_map(|mark| marked(here, mark)),
            _ => None,
        };
        if let Some((part, length)) = found {
            if at > 0 {
                out.push(Inline::Text(&rest[..at]));
            }
            out.push(part);
            rest = &here[length..];
            at = 0;
            continue;
        }
        at += here.chars().next().map_or(1, char::len_utf8);
    }
    if !rest.is_empty() {
        out.push(Inline::Text(rest));
    }
    out
}

/// What stands between two marks, and how long it is with them. `2 * 3` and `snake_case` hold none.
fn marked<'a>(here: &'a str, mark: &str) -> Option<(Inline<'a>, usize)> {
    let inside = here.strip_prefix(mark)?;
    if inside.starts_with(char::is_whitespace) {
        return None;
    }
    let near = &inside[..floor(inside, FAR)];
    let end = near.match_indices(mark).map(|(end, _)| end).find(|end| {
        let closes = *end > 0 && !near[..*end].ends_with(char::is_whitespace);
        let after = inside[end + mark.len()..].chars().next();
        closes && !after.is_some_and(char::is_alphanumeric)
    })?;
    let within = &inside[..end];
    let part = match mark {
        "**" | "__" => Inline::Strong(line(within)),
        "~~" => Inline::Struck(line(within)),
        "`" => Inline::Code(within),
        _ => Inline::Emphasis(line(within)),
    };
    Some((part, end + mark.len() * 2))
}

fn link(here: &str) -> Option<(Inline<'_>, usize)> {
    let (label, url, length) = brackets(here)?;
    (is_safe(url) && !label.is_empty() && !label.contains('[')).then_some((Inline::Link { label, url }, length))
}

fn picture(here: &str) -> Option<(Inline<'_>, usize)> {
    let (label, url, length) = brackets(here.strip_prefix('!')?)?;
    let id = url.strip_prefix(ATTACHED)?;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let source = &here[..length + 1];
    is_id.then_some((Inline::Picture { label, id, source }, length + 1))
}

/// `[label](target)`: both, and how long it is.
fn brackets(here: &str) -> Option<(&str, &str, usize)> {
    let behind = here.strip_prefix('[')?;
    let middle = behind[..floor(behind, MAX_LABEL)].find("](")?;
    let target = &behind[middle + 2..];
    let end = target[..floor(target, FAR)].find(')')?;
    Some((&behind[..middle], target[..end].trim(), 1 + middle + 2 + end + 1))
}

/// Where a link may lead. Browsers take a backslash for a slash, so that a page of ours has none.
fn is_safe(url: &str) -> bool {
    let is_ours = url.starts_with('/') && !url.starts_with("//") && !url.contains('\\');
    let is_known = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    (is_ours || is_known) && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The largest place for a cut that is no more than `most` bytes in.
fn floor(text: &str, most: usize) -> usize {
    let mut at = most.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The text with links to pages of ours (`/…`) as whole addresses, for whoever reads it elsewhere.
pub fn with_base(text: &str, base: &str) -> String {
    let base = base.trim_end_matches('/');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](/") {
        out.push_str(&rest[..at + 2]);
        rest = &rest[at + 2..];
        if !rest.starts_with("//") {
            out.push_str(base);
        }
    }
    out.push_str(rest);
    out
}

/// The words without their marks, line by line; `bullet` begins what is listed without numbers, and an address stays
/// beside its label. Without a bullet they become one line of a list, where nothing shows that somebody else is quoted.
pub fn plain(text: &str, bullet: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_code = false;
    let mut is_first = true;
    for whole in lines(text) {
        let (kind, rest) = Kind::of(whole);
        if kind == Kind::Fence {
            is_code = !is_code;
            continue;
        }
        if !is_first {
            out.push('\n');
        }
        is_first = false;
        if is_code {
            out.push_str(whole);
            continue;
        }
        match kind {
            Kind::Heading(_) => words(&mut out, &line(rest.trim_end_matches('#').trim_end())),
            Kind::Bullet => {
                out.push_str(&whole[..indent(whole)]);
                out.push_str(bullet);
                words(&mut out, &line(rest));
            }
            Kind::Quote if bullet.is_empty() => {
                words(&mut out, &line(whole.trim_start_matches(['>', ' '])));
            }
            _ => words(&mut out, &line(whole)),
        }
    }
    out
}

fn words(out: &mut String, line: &[Inline<'_>]) {
    for part in line {
        match part {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Strong(inside) | Inline::Emphasis(inside) | Inline::Struck(inside) => words(out, inside),
            Inline::Link { label, url } => {
                out.push_str(label);
                // A page of ours without its host (`with_base`) leads nowhere from where it is read.
                if !url.starts_with('/') && !url.ends_with(label) {
                    out.push_str(&format!(" ({url})"));
                }
            }
            Inline::Picture { label, .. } => out.push_str(&format!("[{label}]")),
        }
    }
}

#[cfg(test)]
mod tests;
