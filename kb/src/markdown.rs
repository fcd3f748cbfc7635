//! Markdown as sections, as plain text and as HTML that is safe to show.

mod marks;

use marks::Marks;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// What stands under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading's text; empty before the first one.
    pub heading: String,
    /// Paragraphs, list items and code blocks, in order.
    pub blocks: Vec<Part>,
}

/// A paragraph, an item or a block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// As plain text.
    pub text: String,
    /// In the marks of messages (`conversation::marks`).
    pub marked: String,
    /// What it shares with the other items of its list, the other rows of its table; 0 for a paragraph.
    pub group: usize,
}

/// Nesting deeper than this is not written by people; deeper parts keep their text and lose their
/// mark-up, so that no input makes later steps recurse or nest without bound.
const MAX_DEPTH: usize = 32;

fn parser(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// Cuts Markdown at its headings.
pub fn sections(markdown: &str) -> Vec<Section> {
    let mut sections = vec![Section {
        heading: String::new(),
        blocks: Vec::new(),
    }];
    let mut block = String::new();
    let mut heading: Option<String> = None;
    let mut numbers: Vec<Option<u64>> = Vec::new();
    let mut marks = Marks::default();

    for event in parser(markdown) {
        marks.before(&event, heading.is_some());
        match event {
            Event::Start(Tag::Heading { .. }) => {
                close_block(&mut block, &mut marks, &mut sections);
                heading = Some(String::new());
            }
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap_or_default();
                sections.push(Section {
                    heading: collapse(&text),
                    blocks: Vec::new(),
                });
            }
            Event::Start(Tag::List(first)) => {
                close_block(&mut block, &mut marks, &mut sections);
                numbers.push(first);
                marks.open_group(numbers.len() == 1);
            }
            Event::End(TagEnd::List(_)) => {
                numbers.pop();
                marks.depth = numbers.len();
                if numbers.is_empty() {
                    marks.group = 0;
                }
            }
            Event::Start(Tag::Item) => {
                close_block(&mut block, &mut marks, &mut sections);
                let mark = match numbers.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}. ");
                        *number += 1;
                        mark
                    }
                    _ => "- ".to_owned(),
                };
                block.push_str(&mark);
                marks.item(numbers.len(), &mark);
            }
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::CodeBlock
                | TagEnd::TableRow
                | TagEnd::TableHead
                | TagEnd::BlockQuote(_),
            ) => {
                close_block(&mut block, &mut marks, &mut sections);
                marks.depth = numbers.len();
            }
            Event::End(TagEnd::TableCell) => block.push_str("  "),
            Event::Text(text) | Event::Code(text) => match &mut heading {
                Some(heading) => heading.push_str(&text),
                None => block.push_str(&text),
            },
            Event::SoftBreak | Event::HardBreak => match &mut heading {
                Some(heading) => heading.push(' '),
                None => block.push(' '),
            },
            _ => {}
        }
    }
    close_block(&mut block, &mut marks, &mut sections);
    sections.retain(|section| !section.heading.is_empty() || !section.blocks.is_empty());
    sections
}

/// The words of Markdown, one block a line, headings included.
pub fn to_text(markdown: &str) -> String {
    let mut lines = Vec::new();
    for section in sections(markdown) {
        if !section.heading.is_empty() {
            lines.push(section.heading);
        }
        lines.extend(section.blocks.into_iter().map(|part| part.text));
    }
    lines.join("\n")
}

/// HTML for a page of ours: raw HTML in the source is shown as text, links and images go only to
/// http, https, mailto (links) or relative addresses.
pub fn to_html(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut out, safe_events(markdown));
    out
}

/// The parts of Markdown, made safe as [`to_html`] says.
pub(crate) fn safe_events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let mut depth = 0_usize;
    let mut open: Vec<bool> = Vec::new();
    parser(markdown).filter_map(move |event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(tag) => {
            depth += 1;
            let keep = depth <= MAX_DEPTH;
            open.push(keep);
            keep.then(|| Event::Start(safe_tag(tag)))
        }
        Event::End(end) => {
            depth = depth.saturating_sub(1);
            open.pop().unwrap_or(false).then_some(Event::End(end))
        }
        other => Some(other),
    })
}

fn safe_tag(tag: Tag<'_>) -> Tag<'_> {
    match tag {
        Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        } => {
            let dest_url = if is_safe_link(&dest_url) {
                dest_url
            } else {
                CowStr::Borrowed("")
            };
            Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }
        }
        Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        } => {
            let dest_url = if is_safe_link(&dest_url) && !dest_url.to_ascii_lowercase().starts_with("mailto:") {
                dest_url
            } else {
                CowStr::Borrowed("")
            };
            Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            }
        }
        other => other,
    }
}

/// Whether a link may be shown: http, https, mailto, or an address without a scheme.
///
/// Browsers drop control characters and white space inside a scheme, so an address that holds any
/// before its first `:` is refused outright.
fn is_safe_link(url: &str) -> bool {
    if url.chars().any(|c| c.is_control()) || url.starts_with(char::is_whitespace) {
        return false;
    }
    // A backslash is a slash to browsers: `\\host` would leave our origin unnoticed.
    if url.starts_with('\\') || url.starts_with("/\\") {
        return false;
    }
    let scheme_end = url.find([':', '/', '?', '#']);
    match scheme_end {
        Some(end) if url[end..].starts_with(':') => {
            matches!(url[..end].to_ascii_lowercase().as_str(), "http" | "https" | "mailto")
        }
        _ => true,
    }
}

fn close_block(block: &mut String, marks: &mut Marks, sections: &mut [Section]) {
    let text = collapse(block);
    block.clear();
    let (marked, group) = marks.close();
    if !text.is_empty()
        && text != "-"
        && let Some(section) = sections.last_mut()
    {
        section.blocks.push(Part { text, marked, group });
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
