//! A block of an article in the marks of messages (`conversation::marks`), which every channel draws in its own way.
//! What those cannot say (a bold part of a word, a picture, a table's columns) keeps its words.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::is_safe_link;

/// A block that is being written.
#[derive(Debug, Default)]
pub(super) struct Marks {
    text: String,
    /// Marks that are open, with where they began; `None` where a mark would be none.
    open: Vec<(usize, Option<&'static str>)>,
    /// Where the mark that was closed last began, if nothing stands behind it yet.
    closed: Option<(usize, &'static str)>,
    links: Vec<(usize, String)>,
    /// How many lists a block is in.
    pub(super) depth: usize,
    /// The outermost list or the table that the block belongs to.
    pub(super) group: usize,
    groups: usize,
    quotes: usize,
    is_item: bool,
    is_code: bool,
    is_in_row: bool,
}

impl Marks {
    /// A list or a table begins.
    pub(super) fn open_group(&mut self, is_outermost: bool) {
        if is_outermost {
            self.groups += 1;
            self.group = self.groups;
        }
    }

    /// An item begins with its mark.
    pub(super) fn item(&mut self, depth: usize, mark: &str) {
        self.depth = depth;
        self.is_item = true;
        self.text.push_str(mark);
    }

    /// Takes what is said inside of blocks.
    pub(super) fn before(&mut self, event: &Event<'_>, is_heading: bool) {
        if is_heading {
            return;
        }
        match event {
            Event::Start(Tag::Strong) => self.begin("**"),
            Event::End(TagEnd::Strong) => self.end(),
            Event::Start(Tag::Emphasis) => self.begin("_"),
            Event::End(TagEnd::Emphasis) => self.end(),
            Event::Start(Tag::Strikethrough) => self.begin("~~"),
            Event::End(TagEnd::Strikethrough) => self.end(),
            Event::Start(Tag::Link { dest_url, .. }) => self.links.push((self.text.len(), dest_url.to_string())),
            Event::End(TagEnd::Link) => self.link(),
            Event::Start(Tag::BlockQuote(_)) => self.quotes += 1,
            // What stands in it was closed with its own end.
            Event::End(TagEnd::BlockQuote(_)) => self.quotes = self.quotes.saturating_sub(1),
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = if let CodeBlockKind::Fenced(language) = kind {
                    &**language
                } else {
                    ""
                };
                let language: String = language.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
                self.is_code = true;
                self.text.push_str(&format!("```{language}\n"));
            }
            Event::End(TagEnd::CodeBlock) => {
                let line = if self.text.ends_with('\n') { "" } else { "\n" };
                self.text.push_str(&format!("{line}```"));
            }
            Event::Start(Tag::Table(_)) => self.open_group(true),
            Event::End(TagEnd::Table) => self.group = 0,
            Event::Start(Tag::TableHead | Tag::TableRow) => self.is_in_row = false,
            Event::Start(Tag::TableCell) => {
                if self.is_in_row {
                    self.space(" · ");
                }
                self.is_in_row = true;
            }
            Event::Code(code) => {
                let is_plain = code.contains('`') || !self.links.is_empty() || self.in_word() || self.is_code;
                let mark = if is_plain { "" } else { "`" };
                let at = self.text.len();
                self.text.push_str(&format!("{mark}{code}{mark}"));
                self.closed = (!is_plain).then_some((at, "`"));
            }
            Event::Text(words) => {
                if words.starts_with(char::is_alphanumeric)
                    && let Some((at, mark)) = self.closed
                    && self.text.ends_with(mark)
                {
                    // A mark that ends within a word would be text.
                    self.text.truncate(self.text.len() - mark.len());
                    self.text.replace_range(at..at + mark.len(), "");
                }
                if !words.is_empty() {
                    self.closed = None;
                }
                self.text.push_str(words);
            }
            Event::SoftBreak => self.space(" "),
            // A line of its own cannot be within a mark or a link.
            Event::HardBreak if self.open.is_empty() && self.links.is_empty() && !self.is_in_row => self.space("\n"),
            Event::HardBreak => self.space(" "),
            _ => {}
        }
    }

    fn space(&mut self, space: &str) {
        self.closed = None;
        self.text.push_str(space);
    }

    fn in_word(&self) -> bool {
        self.text.ends_with(char::is_alphanumeric)
    }

    fn begin(&mut self, mark: &'static str) {
        let is_mark = self.links.is_empty() && !self.in_word();
        self.open.push((self.text.len(), is_mark.then_some(mark)));
    }

    fn end(&mut self) {
        let Some((at, Some(mark))) = self.open.pop() else {
            return;
        };
        // Where a link begins inside, its place moves with the mark.
        let inside = self.text.get(at..).unwrap_or_default();
        if inside.trim() != inside || inside.is_empty() || inside.contains(mark) || !self.links.is_empty() {
            return;
        }
        self.text.insert_str(at, mark);
        self.text.push_str(mark);
        self.closed = Some((at, mark));
    }

    fn link(&mut self) {
        let Some((at, url)) = self.links.pop() else {
            return;
        };
        let is_whole = ["https://", "http://", "mailto:"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        let is_ours = url.starts_with('/') && !url.starts_with("//");
        let label = self.text.get(at..).unwrap_or_default().trim().replace(['[', ']'], "");
        // The words of a link that leads nowhere from here stay.
        if !(is_whole || is_ours) || !is_safe_link(&url) || label.is_empty() || label == url || label.contains('\n') {
            return;
        }
        let url = url
            .replace('(', "%28")
            .replace(')', "%29")
            .replace(char::is_whitespace, "%20");
        self.text.truncate(at);
        self.text.push_str(&format!("[{label}]({url})"));
        self.closed = None;
    }

    /// The block as it stands, with the marks of where it stands; and what it belongs to.
    pub(super) fn close(&mut self) -> (String, usize) {
        let text = std::mem::take(&mut self.text);
        let (is_item, is_code) = (std::mem::take(&mut self.is_item), std::mem::take(&mut self.is_code));
        self.open.clear();
        self.closed = None;
        self.links.clear();
        let text = text.trim();
        let indent = if is_code {
            0
        } else {
            self.depth.saturating_sub(usize::from(is_item))
        };
        let prefix = if self.quotes > 0 {
            "> ".repeat(self.quotes.min(4))
        } else {
            "  ".repeat(indent.min(8))
        };
        let lines: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(number, line)| {
                // What goes on in an item is indented under it.
                let deeper = if number > 0 && is_item && !is_code { "  " } else { "" };
                let line = if is_code { line } else { line.trim() };
                format!("{prefix}{deeper}{line}")
            })
            .collect();
        let group = if is_code { 0 } else { self.group };
        (lines.join("\n"), group)
    }
}
