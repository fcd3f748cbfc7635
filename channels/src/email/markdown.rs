//! The small Markdown that agents write, as HTML and as plain text.
//!
//! Paragraphs, line breaks, `-`/`*`/`1.` lists, `>` quotations, fenced and inline code, `**bold**`,
//! `*italic*`/`_italic_`, `[text](https://…)` and bare links. Everything else is text, and text is
//! always escaped: raw HTML has no way through.

use super::cut::truncate;

/// The longest link label, in bytes.
const MAX_LABEL: usize = 500;
/// The longest link address, in bytes.
const MAX_URL: usize = 2_000;

/// Text inside HTML, also inside quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are no part of HTML; tabs and line ends are handled by the blocks.
            c if c.is_control() && c != '\t' && c != '\n' => {}
            c => out.push(c),
        }
    }
    out
}

const PARAGRAPH: &str = "margin:0 0 14px 0";
const LIST: &str = "margin:0 0 14px 0;padding:0 0 0 24px";
const QUOTE: &str = "margin:0 0 14px 0;padding:0 0 0 12px;border-left:3px solid #8a94a6";
const CODE_BLOCK: &str = "margin:0 0 14px 0;padding:10px;border:1px solid #8a94a6;font-family:Consolas,Menlo,monospace;font-size:13px;white-space:pre-wrap";
const CODE: &str = "font-family:Consolas,Menlo,monospace;font-size:13px";

/// What an image's address begins with; the id of an attachment follows.
const ATTACHED: &str = "attachment:";

/// Whether the text shows the image with this id.
pub(super) fn shows(text: &str, id: &str) -> bool {
    !id.is_empty() && text.contains(&format!("]({ATTACHED}{id})"))
}

/// Markdown as HTML with inline styles.
#[cfg(test)]
pub(super) fn to_html(text: &str) -> String {
    to_html_with(text, &|_| None)
}

/// As `to_html`; `cid` gives the Content-ID of an attached image by its id.
pub(super) fn to_html_with(text: &str, cid: &dyn Fn(&str) -> Option<String>) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let mut out = String::with_capacity(text.len() * 2);
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index];
        if line.trim().is_empty() {
            index += 1;
            continue;
        }
        let kind = Block::of(line);
        let start = index;
        if kind == Block::Fence {
            index += 1;
            while index < lines.len() && Block::of(lines[index]) != Block::Fence {
                index += 1;
            }
            let code = lines[start + 1..index].join("\n");
            out.push_str(&format!("<pre style=\"{CODE_BLOCK}\">{}</pre>", escape(&code)));
            index += 1;
            continue;
        }
        while index < lines.len() && !lines[index].trim().is_empty() && Block::of(lines[index]) == kind {
            index += 1;
        }
        block(&mut out, kind, &lines[start..index], cid);
    }
    out
}

fn block(out: &mut String, kind: Block, lines: &[&str], cid: &dyn Fn(&str) -> Option<String>) {
    match kind {
        Block::Bullet | Block::Number => {
            let tag = if kind == Block::Bullet { "ul" } else { "ol" };
            out.push_str(&format!("<{tag} style=\"{LIST}\">"));
            for line in lines {
                out.push_str(&format!(
                    "<li style=\"margin:0 0 4px 0\">{}</li>",
                    inline(item_text(line), cid)
                ));
            }
            out.push_str(&format!("</{tag}>"));
        }
        Block::Quote => {
            let inner: Vec<String> = lines
                .iter()
                .map(|line| inline(line.trim_start().trim_start_matches('>').trim_start(), cid))
                .collect();
            out.push_str(&format!(
                "<blockquote style=\"{QUOTE}\">{}</blockquote>",
                inner.join("<br>")
            ));
        }
        Block::Fence | Block::Text => {
            let inner: Vec<String> = lines.iter().map(|line| inline(line.trim_end(), cid)).collect();
            out.push_str(&format!("<p style=\"{PARAGRAPH}\">{}</p>", inner.join("<br>")));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Text,
    Bullet,
    Number,
    Quote,
    Fence,
}

impl Block {
    fn of(line: &str) -> Block {
        let line = line.trim_start();
        if line.starts_with("```") {
            Block::Fence
        } else if line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ") {
            Block::Bullet
        } else if line.starts_with('>') {
            Block::Quote
        } else if numbered(line).is_some() {
            Block::Number
        } else {
            Block::Text
        }
    }
}

fn numbered(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 3 {
        return None;
    }
    line[digits..]
        .strip_prefix(". ")
        .or_else(|| line[digits..].strip_prefix(") "))
}

fn item_text(line: &str) -> &str {
    let line = line.trim_start();
    numbered(line).unwrap_or_else(|| line.trim_start_matches(['-', '*', '•']).trim_start())
}

/// Bold, italic, code and links inside a line. One pass; a mark without its partner is text.
fn inline(text: &str, cid: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    // Where a mark was looked for in vain; nothing later on the line can close it either.
    let mut dead = [false; 4];
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let is_word_before = before.is_some_and(char::is_alphanumeric);
        let taken = match c {
            '`' => span(rest, "`", &mut dead[0])
                .map(|(inner, used)| (format!("<code style=\"{CODE}\">{}</code>", escape(inner)), used)),
            '*' if rest.starts_with("**") => span(rest, "**", &mut dead[1])
                .map(|(inner, used)| (format!("<strong>{}</strong>", escape(inner)), used)),
            '*' => span(rest, "*", &mut dead[2]).map(|(inner, used)| (format!("<em>{}</em>", escape(inner)), used)),
            '_' if !is_word_before => {
                span(rest, "_", &mut dead[3]).map(|(inner, used)| (format!("<em>{}</em>", escape(inner)), used))
            }
            '[' => link(rest),
            '!' if rest.starts_with("![") => image(rest, cid),
            'h' if !is_word_before => bare_link(rest),
            _ => None,
        };
        match taken {
            Some((html, used)) => {
                out.push_str(&html);
                before = rest[..used].chars().next_back();
                rest = &rest[used..];
            }
            None => {
                let end = c.len_utf8();
                out.push_str(&escape(&rest[..end]));
                before = Some(c);
                rest = &rest[end..];
            }
        }
    }
    out
}

/// The text between two marks and the bytes used, marks included.
fn span<'a>(rest: &'a str, mark: &str, is_dead: &mut bool) -> Option<(&'a str, usize)> {
    if *is_dead {
        return None;
    }
    let after = &rest[mark.len()..];
    let Some(end) = after.find(mark) else {
        *is_dead = true;
        return None;
    };
    let inner = &after[..end];
    let is_tight =
        !inner.is_empty() && !inner.starts_with(char::is_whitespace) && !inner.ends_with(char::is_whitespace);
    let next = after[end + mark.len()..].chars().next();
    let is_word_after = mark == "_" && next.is_some_and(char::is_alphanumeric);
    (is_tight && !is_word_after).then_some((inner, end + mark.len() * 2))
}

fn link(rest: &str) -> Option<(String, usize)> {
    // A label and an address have their limits, so that a row of brackets costs linear time.
    let middle = truncate(rest, MAX_LABEL).find("](")?;
    let label = &rest[1..middle];
    let target = truncate(&rest[middle + 2..], MAX_URL);
    let end = target.find(')')?;
    let url = target[..end].trim();
    if label.contains('[') || !is_safe_url(url) {
        return None;
    }
    Some((anchor(url, label), middle + 2 + end + 1))
}

/// An attached image where it is named; elsewhere the mark is text.
fn image(rest: &str, cid: &dyn Fn(&str) -> Option<String>) -> Option<(String, usize)> {
    let (label, id, used) = attached(rest)?;
    let cid = cid(id)?;
    let html = format!(
        "<img src=\"cid:{}\" alt=\"{}\" style=\"max-width:100%;height:auto\">",
        escape(&cid),
        escape(label)
    );
    Some((html, used))
}

/// The words, the id and the length of `![words](attachment:id)`.
fn attached(rest: &str) -> Option<(&str, &str, usize)> {
    let middle = truncate(rest, MAX_LABEL).find("](")?;
    let target = truncate(&rest[middle + 2..], MAX_URL);
    let end = target.find(')')?;
    let id = target[..end].strip_prefix(ATTACHED)?;
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_id && rest.starts_with("![")).then(|| (&rest[2..middle], id, middle + 2 + end + 1))
}

fn bare_link(rest: &str) -> Option<(String, usize)> {
    if !(rest.starts_with("https://") || rest.starts_with("http://")) {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
        .unwrap_or(rest.len());
    let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*', '_']);
    (url.len() > "https://".len()).then(|| (anchor(url, url), url.len()))
}

fn is_safe_url(url: &str) -> bool {
    ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
        && !url.contains(char::is_whitespace)
}

fn anchor(url: &str, label: &str) -> String {
    format!(
        "<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">{}</a>",
        escape(url),
        escape(label)
    )
}

/// Markdown as plain text: it reads well as it is; only links are written out.
pub(super) fn to_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let mut rest = line;
        while let Some(open) = rest.find('[') {
            if open > 0
                && rest.is_char_boundary(open - 1)
                && let Some((label, _, used)) = attached(&rest[open - 1..])
            {
                out.push_str(&rest[..open - 1]);
                out.push_str(&format!("[{label}]"));
                rest = &rest[open - 1 + used..];
                continue;
            }
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            let found = truncate(rest, MAX_LABEL).find("](").and_then(|middle| {
                let end = truncate(&rest[middle + 2..], MAX_URL).find(')')?;
                Some((
                    &rest[1..middle],
                    rest[middle + 2..middle + 2 + end].trim(),
                    middle + 3 + end,
                ))
            });
            match found {
                Some((label, url, used)) if is_safe_url(url) && !label.contains('[') => {
                    out.push_str(&if label == url {
                        url.to_owned()
                    } else {
                        format!("{label} ({url})")
                    });
                    rest = &rest[used..];
                }
                _ => {
                    out.push('[');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
