//! Agents' small Markdown in WhatsApp's own marks.
//!
//! WhatsApp knows `*bold*`, `_italic_`, `~strike~`, `` `code` ``, code fences, `- ` and `1. ` lists
//! and `> ` quotes. The result is never longer than the source.

use std::ops::Range;

/// Translates Markdown; text without Markdown comes back as it is.
pub(crate) fn from_markdown(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut in_fence = false;
    for (index, line) in markdown.replace("\r\n", "\n").split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let indented = line.trim_start();
        if let Some(language) = indented.strip_prefix("```") {
            // WhatsApp shows the language as if it were code.
            let opens = !in_fence && !language.contains('`');
            out.push_str(if opens || in_fence { "```" } else { line });
            in_fence ^= opens || in_fence;
        } else if in_fence {
            out.push_str(line);
        } else if let Some(title) = heading(indented) {
            let title = inline(title).replace('*', "");
            out.push_str(&format!("*{}*", title.trim()));
        } else if let Some(item) = indented.strip_prefix("* ").or_else(|| indented.strip_prefix("+ ")) {
            out.push_str(&line[..line.len() - indented.len()]);
            out.push_str("- ");
            out.push_str(&inline(item));
        } else {
            out.push_str(&inline(line));
        }
    }
    out
}

fn heading(line: &str) -> Option<&str> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    if !(1..=6).contains(&level) {
        return None;
    }
    line[level..]
        .strip_prefix(' ')
        .map(|title| title.trim().trim_end_matches('#').trim())
        .filter(|t| !t.is_empty())
}

/// How far a mark or a link may reach, in bytes; it keeps hostile text linear.
const FAR: usize = 2000;

/// Delimiters, longest first: what Markdown writes, what WhatsApp writes.
const MARKS: &[(&str, char)] = &[("**", '*'), ("__", '*'), ("~~", '~'), ("*", '_'), ("_", '_')];

fn inline(line: &str) -> String {
    let ends = Ends::of(line);
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut previous = ' ';
    // The ends of open marks: (bytes of `rest` left when it ends, what to write, its length).
    let mut open: Vec<(usize, char, usize)> = Vec::new();
    'line: while let Some(c) = rest.chars().next() {
        if let Some(&(at, mark, length)) = open.last()
            && rest.len() == at
        {
            out.push(mark);
            rest = &rest[length..];
            previous = mark;
            open.pop();
            continue;
        }
        let limit = open.last().map_or(0, |(at, ..)| *at);
        match c {
            '\\' if rest.len() - limit >= 2 && rest[1..].starts_with(|c: char| c.is_ascii_punctuation()) => {
                // WhatsApp has no escapes: the character itself is all that can be said.
                out.push_str(&rest[1..2]);
                previous = '\\';
                rest = &rest[2..];
                continue;
            }
            '`' => {
                // The last one of all that is open has nothing behind it.
                let within = rest.get(1..rest.len() - limit).unwrap_or_default();
                if let Some(end) = within.find('`') {
                    let code = &rest[..end + 2];
                    out.push_str(code);
                    rest = &rest[code.len()..];
                    previous = '`';
                    continue;
                }
            }
            '[' => {
                if let Some((label, target, length)) = ends.link(line, line.len() - rest.len())
                    && length <= rest.len() - limit
                {
                    let label = inline(label);
                    if label == target {
                        out.push_str(target)
                    } else {
                        out.push_str(&format!("{label}: {target}"))
                    }
                    rest = &rest[length..];
                    previous = ')';
                    continue;
                }
            }
            'h' if !previous.is_alphanumeric() && (rest.starts_with("https://") || rest.starts_with("http://")) => {
                // Underscores and stars of an address are no marks.
                let within = &rest[..rest.len() - limit];
                let length = within
                    .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
                    .unwrap_or(within.len());
                out.push_str(&rest[..length]);
                rest = &rest[length..];
                previous = 'h';
                continue;
            }
            '*' | '_' | '~' => {
                for (index, (mark, becomes)) in MARKS.iter().enumerate() {
                    if !rest.starts_with(mark) || mark.len() > rest.len() - limit {
                        continue;
                    }
                    let body = line.len() - rest.len() + mark.len()..line.len() - limit;
                    if let Some(end) = ends.end_of(line, index, body, previous) {
                        out.push(*becomes);
                        open.push((line.len() - end, *becomes, mark.len()));
                        rest = &rest[mark.len()..];
                        previous = *becomes;
                        continue 'line;
                    }
                }
            }
            _ => {}
        }
        out.push(c);
        previous = c;
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Where things of a line may end, found by going over it once: so a line of ten thousand stars, or of beginnings of
/// links, costs what its length costs.
#[derive(Default)]
struct Ends {
    /// For each byte of a mark, how many of its kind stand there in a row up to and with it; else 0.
    run: Vec<u32>,
    /// For each of [`MARKS`], where it can end what was opened before, in order.
    marks: [Vec<usize>; MARKS.len()],
    /// Each `](`.
    labels: Vec<usize>,
    /// Each `)`.
    closing: Vec<usize>,
    /// Each space.
    spaces: Vec<usize>,
}

/// The first of these that is at this place or behind it.
fn first_from(places: &[usize], from: usize) -> Option<usize> {
    places.get(places.partition_point(|place| *place < from)).copied()
}

impl Ends {
    fn of(line: &str) -> Ends {
        let bytes = line.as_bytes();
        let mut ends = Ends::default();
        if bytes.iter().any(|byte| matches!(byte, b'*' | b'_' | b'~')) {
            ends.run = vec![0; bytes.len()];
            for (at, byte) in bytes.iter().enumerate() {
                if matches!(byte, b'*' | b'_' | b'~') {
                    let before = if at > 0 && bytes[at - 1] == *byte {
                        ends.run[at - 1]
                    } else {
                        0
                    };
                    ends.run[at] = before + 1;
                    if bytes.get(at + 1) != Some(byte) {
                        ends.take(line, at + 1);
                    }
                }
            }
        }
        if line.contains("](") {
            ends.labels = line.match_indices("](").map(|(at, _)| at).collect();
            ends.closing = line.match_indices(')').map(|(at, _)| at).collect();
            ends.spaces = line.match_indices(char::is_whitespace).map(|(at, _)| at).collect();
        }
        ends
    }

    /// What the marks that stand in a row before `to` may end.
    fn take(&mut self, line: &str, to: usize) {
        for (index, (mark, _)) in MARKS.iter().enumerate() {
            if let Some(at) = self.last(line, index, to)
                && !(mark.starts_with('_') && line[to..].starts_with(char::is_alphanumeric))
            {
                self.marks[index].push(at);
            }
        }
    }

    /// Where a mark stands just before `to`, if it hugs what is before it: of three stars, the outer two close the outer
    /// mark; one that stands beside others of its kind is none of a single one.
    fn last(&self, line: &str, index: usize, to: usize) -> Option<usize> {
        let mark = MARKS[index].0;
        let at = to.checked_sub(mark.len())?;
        let count = if line.as_bytes()[to - 1] == mark.as_bytes()[0] {
            self.run[to - 1] as usize
        } else {
            0
        };
        let fits = if mark.len() == 1 { count == 1 } else { count >= 2 };
        (fits && line[..at].chars().next_back().is_some_and(|c| !c.is_whitespace())).then_some(at)
    }

    /// Where the mark that was opened just before `body` ends. Marks hug their text, and underscores
    /// inside a word (`file_name_2`) are letters.
    fn end_of(&self, line: &str, index: usize, body: Range<usize>, previous: char) -> Option<usize> {
        let mark = MARKS[index].0;
        let text = &line[body.clone()];
        if text.is_empty() || text.starts_with(char::is_whitespace) {
            return None;
        }
        if mark.starts_with('_') && previous.is_alphanumeric() {
            return None;
        }
        // A mark that ends further than this is not one that a person typed.
        let to = body.start + text.floor_char_boundary(FAR);
        // Marks hug something: none ends where it begins.
        let found = first_from(&self.marks[index], body.start + 1).filter(|at| at + mark.len() <= to);
        // What goes on behind the end of the body is no part of it, and may have been what forbade.
        found.or_else(|| self.last(line, index, to).filter(|at| *at > body.start))
    }

    /// `[label](target)` at this place of the line: label, target and the length of it all.
    fn link<'a>(&self, line: &'a str, from: usize) -> Option<(&'a str, &'a str, usize)> {
        let to = from + line[from..].floor_char_boundary(FAR);
        let close = first_from(&self.labels, from)?;
        let end = first_from(&self.closing, close + 2).filter(|end| *end < to)?;
        let has_space = first_from(&self.spaces, close + 2).is_some_and(|space| space < end);
        let (label, target) = (&line[from + 1..close], &line[close + 2..end]);
        let is_link = ["https://", "http://", "mailto:", "tel:"]
            .iter()
            .any(|scheme| target.starts_with(scheme));
        (is_link && !has_space && !label.is_empty() && !label.contains(['[', '\n'])).then_some((
            label,
            target,
            end + 1 - from,
        ))
    }
}
