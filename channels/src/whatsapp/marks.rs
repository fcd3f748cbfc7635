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
    let mut inline = Inline {
        ends: Ends::of(line),
        line,
        rest: line,
        out: String::with_capacity(line.len()),
        previous: ' ',
        open: Vec::new(),
    };
    while let Some(c) = inline.rest.chars().next() {
        let is_taken = inline.close()
            || match c {
                '\\' => inline.escape(),
                '`' => inline.code(),
                '[' => inline.link(),
                'h' => inline.address(),
                '*' | '_' | '~' => inline.mark(),
                _ => false,
            };
        if !is_taken {
            inline.out.push(c);
            inline.pass(c.len_utf8(), c);
        }
    }
    inline.out
}

/// A line on its way into WhatsApp's marks. Each of its steps looks at what comes next and says whether it took it.
struct Inline<'a> {
    line: &'a str,
    ends: Ends,
    /// What is still to be read.
    rest: &'a str,
    out: String,
    /// What stands before `rest`.
    previous: char,
    /// The marks that are open, the innermost last.
    open: Vec<Open>,
}

struct Open {
    /// How many bytes of the line are left where it ends.
    left: usize,
    /// What is written there.
    becomes: char,
    /// How many bytes it has in Markdown.
    length: usize,
}

impl<'a> Inline<'a> {
    fn pass(&mut self, length: usize, previous: char) {
        self.rest = &self.rest[length..];
        self.previous = previous;
    }

    /// How many bytes of the line lie behind the innermost open mark.
    fn behind(&self) -> usize {
        self.open.last().map_or(0, |open| open.left)
    }

    /// What is still to be read before the innermost open mark ends.
    fn within(&self) -> &'a str {
        &self.rest[..self.rest.len() - self.behind()]
    }

    fn close(&mut self) -> bool {
        let Some(open) = self.open.pop_if(|open| open.left == self.rest.len()) else {
            return false;
        };
        self.out.push(open.becomes);
        self.pass(open.length, open.becomes);
        true
    }

    fn escape(&mut self) -> bool {
        let Some(escaped) = self.within().chars().nth(1).filter(char::is_ascii_punctuation) else {
            return false;
        };
        // WhatsApp has no escapes: the character itself is all that can be said.
        self.out.push(escaped);
        self.pass(2, '\\');
        true
    }

    fn code(&mut self) -> bool {
        let within = self.within();
        let Some(end) = within[1..].find('`') else { return false };
        let code = &within[..end + 2];
        self.out.push_str(code);
        self.pass(code.len(), '`');
        true
    }

    fn link(&mut self) -> bool {
        let at = self.line.len() - self.rest.len();
        let found = self.ends.link(self.line, at);
        let Some((label, target, length)) = found.filter(|(.., length)| *length <= self.within().len()) else {
            return false;
        };
        let label = inline(label);
        if label == target {
            self.out.push_str(target);
        } else {
            self.out.push_str(&format!("{label}: {target}"));
        }
        self.pass(length, ')');
        true
    }

    /// Underscores and stars of an address are no marks.
    fn address(&mut self) -> bool {
        let within = self.within();
        if self.previous.is_alphanumeric() || !(within.starts_with("https://") || within.starts_with("http://")) {
            return false;
        }
        let length = within
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(within.len());
        self.out.push_str(&within[..length]);
        self.pass(length, 'h');
        true
    }

    fn mark(&mut self) -> bool {
        let within = self.within();
        for (index, (mark, becomes)) in MARKS.iter().enumerate() {
            if !within.starts_with(mark) {
                continue;
            }
            let body = self.line.len() - self.rest.len() + mark.len()..self.line.len() - self.behind();
            if let Some(end) = self.ends.end_of(self.line, index, body, self.previous) {
                self.out.push(*becomes);
                self.open.push(Open {
                    left: self.line.len() - end,
                    becomes: *becomes,
                    length: mark.len(),
                });
                self.pass(mark.len(), *becomes);
                return true;
            }
        }
        false
    }
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
