//! The small Markdown of a message (`conversation::marks`) as a mail's HTML and as its plain text. Text is always
//! escaped: raw HTML has no way through. Styles stand at each element, as mail programs know no others.

use conversation::marks::{self, Block, Inline, Item, Line};

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
const LIST_BELOW: &str = "margin:4px 0 0 0;padding:0 0 0 24px";
const ITEM: &str = "margin:0 0 4px 0";
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
    let mut drawing = Drawing {
        out: String::with_capacity(text.len() * 2),
        cid,
    };
    drawing.blocks(&marks::blocks(text));
    drawing.out
}

struct Drawing<'a> {
    out: String,
    cid: &'a dyn Fn(&str) -> Option<String>,
}

impl Drawing<'_> {
    fn blocks(&mut self, blocks: &[Block<'_>]) {
        for block in blocks {
            match block {
                Block::Paragraph(lines) => {
                    self.out.push_str(&format!("<p style=\"{PARAGRAPH}\">"));
                    self.lines(lines);
                    self.out.push_str("</p>");
                }
                Block::Heading(level, line) => self.heading(*level, line),
                Block::List { start, items } => self.list(*start, items, LIST),
                Block::Quote(inside) => {
                    self.out.push_str(&format!("<blockquote style=\"{QUOTE}\">"));
                    match inside.as_slice() {
                        // One paragraph is as high as its words.
                        [Block::Paragraph(lines)] => self.lines(lines),
                        inside => self.blocks(inside),
                    }
                    self.out.push_str("</blockquote>");
                }
                Block::Code(lines) => {
                    let code = escape(&lines.join("\n"));
                    self.out.push_str(&format!("<pre style=\"{CODE_BLOCK}\">{code}</pre>"));
                }
            }
        }
    }

    /// The subject is a mail's headline: what stands in it begins below.
    fn heading(&mut self, level: u8, line: &Line<'_>) {
        let (tag, size) = match level {
            1 => ("h2", 19),
            2 => ("h3", 17),
            _ => ("h4", 15),
        };
        self.out.push_str(&format!(
            "<{tag} style=\"margin:18px 0 6px 0;font-size:{size}px;line-height:1.3;font-weight:600\">"
        ));
        self.line(line);
        self.out.push_str(&format!("</{tag}>"));
    }

    fn list(&mut self, start: Option<u32>, items: &[Item<'_>], style: &str) {
        let tag = if start.is_some() { "ol" } else { "ul" };
        let first = match start {
            Some(number) if number != 1 => format!(" start=\"{number}\""),
            _ => String::new(),
        };
        self.out.push_str(&format!("<{tag}{first} style=\"{style}\">"));
        for item in items {
            self.out.push_str(&format!("<li style=\"{ITEM}\">"));
            self.lines(&item.lines);
            for below in &item.below {
                if let Block::List { start, items } = below {
                    self.list(*start, items, LIST_BELOW);
                }
            }
            self.out.push_str("</li>");
        }
        self.out.push_str(&format!("</{tag}>"));
    }

    fn lines(&mut self, lines: &[Line<'_>]) {
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                self.out.push_str("<br>");
            }
            self.line(line);
        }
    }

    fn line(&mut self, line: &[Inline<'_>]) {
        for part in line {
            match part {
                Inline::Text(text) => self.words(text),
                Inline::Strong(inside) => self.within("strong", inside),
                Inline::Emphasis(inside) => self.within("em", inside),
                Inline::Struck(inside) => self.within("s", inside),
                Inline::Code(text) => self
                    .out
                    .push_str(&format!("<code style=\"{CODE}\">{}</code>", escape(text))),
                Inline::Link { label, url } => self.out.push_str(&anchor(url, label)),
                // An attached image where it is named; elsewhere the mark is text.
                Inline::Picture { label, id, source } => match (self.cid)(id) {
                    Some(cid) => self.out.push_str(&format!(
                        "<img src=\"cid:{}\" alt=\"{}\" style=\"max-width:100%;height:auto\">",
                        escape(&cid),
                        escape(label)
                    )),
                    None => self.out.push_str(&escape(source)),
                },
            }
        }
    }

    fn within(&mut self, tag: &str, inside: &[Inline<'_>]) {
        self.out.push_str(&format!("<{tag}>"));
        self.line(inside);
        self.out.push_str(&format!("</{tag}>"));
    }

    /// Words, with bare addresses to press.
    fn words(&mut self, text: &str) {
        let mut plain_from = 0;
        let mut at = 0;
        while let Some(found) = text[at..].find("http") {
            at += found;
            let before = text[..at].chars().next_back();
            match bare_link(&text[at..]).filter(|_| !before.is_some_and(char::is_alphanumeric)) {
                Some(url) => {
                    self.out.push_str(&escape(&text[plain_from..at]));
                    self.out.push_str(&anchor(url, url));
                    at += url.len();
                    plain_from = at;
                }
                None => at += "http".len(),
            }
        }
        self.out.push_str(&escape(&text[plain_from..]));
    }
}

fn bare_link(rest: &str) -> Option<&str> {
    if !(rest.starts_with("https://") || rest.starts_with("http://")) {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
        .unwrap_or(rest.len());
    let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*', '_']);
    (url.len() > "https://".len()).then_some(url)
}

fn anchor(url: &str, label: &str) -> String {
    format!(
        "<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">{}</a>",
        escape(url),
        escape(label)
    )
}

/// Markdown as plain text: its words, lists and quotations without the other marks; links are written out.
pub(super) fn to_text(text: &str) -> String {
    marks::plain(text, "- ").trim_end().to_owned()
}

#[cfg(test)]
mod tests;
