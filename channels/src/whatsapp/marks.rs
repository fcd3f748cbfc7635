//! Agents' small Markdown in WhatsApp's own marks.
//!
//! WhatsApp knows `*bold*`, `_italic_`, `~strike~`, `` `code` ``, code fences, `- ` and `1. ` lists
//! and `> ` quotes. The result is never longer than the source.

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
    let mut out = String::with_capacity(line.len());
    // For each delimiter, whether a search for its end came up empty: then no later one has an end
    // either, which keeps a line of a thousand stars linear.
    let mut hopeless = [false; MARKS.len()];
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
                if let Some(end) = rest[1..].find('`') {
                    let code = &rest[..end + 2];
                    if code.len() <= rest.len() - limit {
                        out.push_str(code);
                        rest = &rest[code.len()..];
                        previous = '`';
                        continue;
                    }
                }
            }
            '[' => {
                if let Some((label, target, length)) = link(rest)
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
                let length = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
                    .unwrap_or(rest.len());
                let length = length.min(rest.len() - limit);
                out.push_str(&rest[..length]);
                rest = &rest[length..];
                previous = 'h';
                continue;
            }
            '*' | '_' | '~' => {
                for (index, (mark, becomes)) in MARKS.iter().enumerate() {
                    if !rest.starts_with(mark) || mark.len() > rest.len() - limit || hopeless[index] {
                        continue;
                    }
                    let body = &rest[mark.len()..rest.len() - limit];
                    match end_of(body, mark, previous) {
                        Some(end) => {
                            out.push(*becomes);
                            open.push((rest.len() - mark.len() - end, *becomes, mark.len()));
                            rest = &rest[mark.len()..];
                            previous = *becomes;
                            continue 'line;
                        }
                        None if limit == 0 && !body.contains(mark) => hopeless[index] = true,
                        None => {}
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

/// Where the mark that was opened just before `body` ends. Marks hug their text, and underscores
/// inside a word (`file_name_2`) are letters.
fn end_of(body: &str, mark: &str, previous: char) -> Option<usize> {
    if body.starts_with(char::is_whitespace) || body.is_empty() {
        return None;
    }
    if mark.starts_with('_') && previous.is_alphanumeric() {
        return None;
    }
    // A mark that ends further than this is not one that a person typed.
    let body = &body[..body.floor_char_boundary(FAR)];
    let mut from = 0;
    while let Some(found) = body[from..].find(mark) {
        let mut at = from + found;
        // Of three stars, the outer two close the outer mark.
        while mark.len() == 2 && body[at + 1..].starts_with(mark) {
            at += 1;
        }
        let before = body[..at].chars().next_back();
        let after = body[at + mark.len()..].chars().next();
        let longer = mark.len() == 1 && (after == mark.chars().next() || before == mark.chars().next());
        let hugs = before.is_some_and(|c| !c.is_whitespace());
        let in_word = mark.starts_with('_') && after.is_some_and(char::is_alphanumeric);
        if hugs && !in_word && !longer {
            return Some(at);
        }
        from = at + mark.len();
    }
    None
}

/// `[label](target)` at the start of `text`: label, target and the length of it all.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let text = &text[..text.floor_char_boundary(FAR)];
    let close = text.find("](")?;
    let label = &text[1..close];
    let target = &text[close + 2..];
    let end = target.find(')')?;
    let target = &target[..end];
    let is_link = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| target.starts_with(scheme));
    (is_link && !label.is_empty() && !label.contains(['[', '\n']) && !target.contains(char::is_whitespace)).then_some((
        label,
        target,
        close + 2 + end + 1,
    ))
}
