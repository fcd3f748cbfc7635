//! HTML mail made harmless, and HTML mail as text.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// HTML above this length in bytes is not shown; its text is. The parser's time is quadratic in
/// the depth of nesting, so both are capped.
pub const MAX_HTML: usize = 512 * 1024;
/// HTML nested deeper than this is not shown either.
pub const MAX_DEPTH: usize = 256;

/// Marks a remote image while ammonia works; no scheme of the allow-list starts like this.
const REMOTE: &str = "x-remote:";

/// Whether the parsers are let near this HTML.
pub fn is_tame(html: &str) -> bool {
    html.len() <= MAX_HTML && depth_at_most(html, MAX_DEPTH)
}

/// Makes HTML inert: no scripts, forms, handlers or remote loads. `cid:` images stay; the address
/// of a remote image moves to `data-remote-src`, so that nothing is loaded until a person asks.
///
/// `None` when the HTML is too long or nested too deep to be parsed.
pub fn sanitise(html: &str) -> Option<String> {
    if !is_tame(html) {
        return None;
    }
    Some(move_remote_sources(&CLEANER.clean(html).to_string()))
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .add_tags([
            "font", "center", "big", "tt", "u", "s", "strike", "small", "caption", "colgroup", "col",
        ])
        .rm_tags([
            "map",
            "area",
            "article",
            "aside",
            "footer",
            "header",
            "nav",
            "figure",
            "figcaption",
            "details",
            "summary",
        ])
        .clean_content_tags(HashSet::from([
            "script",
            "style",
            "title",
            "noscript",
            "template",
            "svg",
            "math",
            "iframe",
            "object",
            "embed",
            "applet",
            "audio",
            "video",
            "canvas",
            "textarea",
            "select",
            "noembed",
            "noframes",
            "xmp",
            "plaintext",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "hreflang", "target"])),
            (
                "img",
                HashSet::from(["src", "alt", "width", "height", "border", "align"]),
            ),
            ("font", HashSet::from(["color", "face", "size"])),
            (
                "table",
                HashSet::from(["width", "border", "cellpadding", "cellspacing", "align", "bgcolor"]),
            ),
            (
                "td",
                HashSet::from([
                    "width", "height", "align", "valign", "bgcolor", "colspan", "rowspan", "nowrap",
                ]),
            ),
            (
                "th",
                HashSet::from([
                    "width", "height", "align", "valign", "bgcolor", "colspan", "rowspan", "scope",
                ]),
            ),
            ("tr", HashSet::from(["align", "valign", "bgcolor"])),
            ("ol", HashSet::from(["start", "type"])),
            ("ul", HashSet::from(["type"])),
            ("col", HashSet::from(["width", "span"])),
            ("hr", HashSet::from(["width", "size", "align"])),
            ("div", HashSet::from(["align"])),
            ("p", HashSet::from(["align"])),
            ("blockquote", HashSet::from(["type"])),
        ]))
        .generic_attributes(HashSet::from(["style", "dir", "lang", "title"]))
        .generic_attribute_prefixes(HashSet::new())
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("noopener noreferrer"))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"]))
        .url_relative(UrlRelative::Deny)
        .filter_style_properties(HashSet::from([
            "color",
            "background-color",
            "font-family",
            "font-size",
            "font-style",
            "font-weight",
            "font-variant",
            "line-height",
            "letter-spacing",
            "text-align",
            "text-decoration",
            "text-indent",
            "text-transform",
            "vertical-align",
            "white-space",
            "padding",
            "padding-left",
            "padding-right",
            "padding-top",
            "padding-bottom",
            "margin",
            "margin-left",
            "margin-right",
            "margin-top",
            "margin-bottom",
            "border",
            "border-left",
            "border-right",
            "border-top",
            "border-bottom",
            "border-color",
            "border-style",
            "border-width",
            "border-radius",
            "border-collapse",
            "border-spacing",
            "width",
            "height",
            "max-width",
            "min-width",
            "table-layout",
            "word-break",
            "overflow-wrap",
            "list-style-type",
            "direction",
            "display",
            "float",
            "clear",
            "background",
            "box-sizing",
            "min-height",
            "max-height",
            "border-top-width",
            "border-top-style",
            "border-top-color",
            "border-bottom-width",
            "border-bottom-style",
            "border-bottom-color",
            "border-left-width",
            "border-left-style",
            "border-left-color",
            "border-right-width",
            "border-right-style",
            "border-right-color",
            "text-decoration-line",
            "text-decoration-color",
            "word-wrap",
            "word-spacing",
            "empty-cells",
            "opacity",
        ]))
        .attribute_filter(filter_attribute);
    builder
});

fn filter_attribute<'u>(element: &str, attribute: &str, value: &'u str) -> Option<Cow<'u, str>> {
    match (element, attribute) {
        ("img", "src") => {
            let trimmed = value.trim();
            let lower = trimmed
                .get(..24.min(trimmed.len()))
                .unwrap_or(trimmed)
                .to_ascii_lowercase();
            if lower.starts_with("http:") || lower.starts_with("https:") {
                Some(Cow::Owned(format!("{REMOTE}{trimmed}")))
            } else if lower.starts_with("cid:") || is_image_data(&lower) {
                Some(Cow::Borrowed(value))
            } else {
                None
            }
        }
        (_, "href") => {
            let lower: String = value.trim().chars().take(8).flat_map(char::to_lowercase).collect();
            let is_link = ["http:", "https:", "mailto:", "tel:"]
                .iter()
                .any(|scheme| lower.starts_with(scheme));
            is_link.then_some(Cow::Borrowed(value))
        }
        (_, "style") => {
            if !is_active(value) {
                return Some(Cow::Borrowed(value));
            }
            // The declarations that would load or run something go; the look of the rest stays.
            let kept: Vec<&str> = value.split(';').filter(|declaration| !is_active(declaration)).collect();
            let kept = kept.join(";");
            (!kept.trim().is_empty()).then_some(Cow::Owned(kept))
        }
        _ => Some(Cow::Borrowed(value)),
    }
}

/// Whether a piece of CSS could load or run something. A backslash hides words, and a comment splits them.
fn is_active(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    [
        "url",
        "expression",
        "\\",
        "@",
        "image(",
        "image-set",
        "var(",
        "javascript",
        "/*",
        "behavior",
        "binding",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

fn is_image_data(lower: &str) -> bool {
    [
        "data:image/png;",
        "data:image/jpeg;",
        "data:image/jpg;",
        "data:image/gif;",
        "data:image/webp;",
    ]
    .iter()
    .any(|kind| lower.starts_with(kind))
}

/// Renames `src="x-remote:…"` to `data-remote-src="…"`, inside `img` tags only.
fn move_remote_sources(html: &str) -> String {
    let needle = format!(" src=\"{REMOTE}");
    let mut out = String::with_capacity(html.len() + 32);
    let mut rest = html;
    while let Some(open) = rest.find("<img ") {
        let (before, tag) = rest.split_at(open);
        out.push_str(before);
        let end = tag_end(tag);
        let (tag, after) = tag.split_at(end);
        match tag.split_once(&needle) {
            // One dot tells the sender that the mail was opened, and shows nothing.
            Some((head, tail)) if is_dot(tag) => {
                out.push_str(head);
                out.push_str(tail.split_once('"').map_or("", |(_, after)| after));
            }
            Some((head, tail)) => {
                out.push_str(head);
                out.push_str(" data-remote-src=\"");
                out.push_str(tail);
            }
            None => out.push_str(tag),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A picture that nobody can see.
fn is_dot(tag: &str) -> bool {
    let small = |name: &str| {
        tag.split_once(name)
            .is_some_and(|(_, rest)| matches!(rest.split('"').next(), Some("0" | "1" | "0px" | "1px")))
    };
    small(" width=\"") && small(" height=\"")
}

/// The length of the tag at the start of serialised HTML: values are in double quotes there.
fn tag_end(tag: &str) -> usize {
    let mut is_quoted = false;
    for (index, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'>' if !is_quoted => return index + 1,
            _ => {}
        }
    }
    tag.len()
}

/// HTML as text: paragraphs and lists as lines, quotations with `> `. Never fails; HTML that the
/// parser must not see is stripped of its tags instead.
pub fn to_text(html: &str) -> String {
    if !is_tame(html) {
        return strip_tags(html);
    }
    let rendered = html2text::config::plain()
        .raw_mode(true)
        .no_table_borders()
        .no_link_wrapping()
        .link_footnotes(false)
        .allow_width_overflow()
        .empty_img_mode(html2text::config::ImageRenderMode::IgnoreEmpty)
        .string_from_read(html.as_bytes(), 4_000);
    match rendered {
        Ok(text) => tidy(&text),
        Err(_) => strip_tags(html),
    }
}

/// Removes white space at line ends and more than two empty lines in a row.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blanks = 0;
    for line in text.lines() {
        let line = line.replace('\u{a0}', " ");
        let line = line.trim_end();
        if line.is_empty() {
            blanks += 1;
            continue;
        }
        if !out.is_empty() {
            for _ in 0..blanks.min(2) {
                out.push('\n');
            }
        }
        blanks = 0;
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// The text between the tags, in one linear pass; the fallback for hostile HTML.
fn strip_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let name: String = rest[1..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '/')
            .flat_map(char::to_lowercase)
            .collect();
        if matches!(name.as_str(), "script" | "style") {
            let close = format!("</{name}");
            rest = match rest.find(&close) {
                Some(at) => &rest[at..],
                None => "",
            };
        }
        if matches!(
            name.as_str(),
            "br" | "br/" | "p" | "/p" | "div" | "/div" | "tr" | "/tr" | "li" | "h1" | "h2" | "h3"
        ) && !out.ends_with('\n')
        {
            out.push('\n');
        }
        match memchr::memchr(b'>', rest.as_bytes()) {
            Some(close) => rest = &rest[close + 1..],
            None => rest = "",
        }
    }
    out.push_str(rest);
    let out = out
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    tidy(&out)
}

/// Counts open tags without a parser, on the safe side: an unclosed tag counts as nesting.
fn depth_at_most(html: &str, max: usize) -> bool {
    const VOID: &[&str] = &[
        "br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "source", "embed", "param", "track",
    ];
    // These end by themselves where the next one starts, so mail that never closes them is flat.
    const SELF_ENDING: &[&str] = &[
        "p", "li", "td", "tr", "th", "dd", "dt", "option", "thead", "tbody", "tfoot",
    ];
    let bytes = html.as_bytes();
    // An end tag counts only against its own name: `<div></b><div></b>` is as deep as it is long.
    let mut open_tags: HashMap<String, usize> = HashMap::new();
    let mut depth = 0usize;
    for open in memchr::memchr_iter(b'<', bytes) {
        let after = &bytes[open + 1..];
        let is_end = after.first() == Some(&b'/');
        let name_bytes = if is_end { &after[1..] } else { after };
        let length = name_bytes
            .iter()
            .take(24)
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b':')
            .count();
        if length == 0 {
            continue;
        }
        let name = String::from_utf8_lossy(&name_bytes[..length]).to_ascii_lowercase();
        if VOID.contains(&name.as_str()) {
            continue;
        }
        // Nested tables nest cells too, but the tables themselves are counted.
        if SELF_ENDING.contains(&name.as_str()) {
            continue;
        }
        if is_end {
            if let Some(count) = open_tags.get_mut(&name)
                && *count > 0
            {
                *count -= 1;
                depth -= 1;
            }
        } else {
            *open_tags.entry(name).or_default() += 1;
            depth += 1;
            if depth > max {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests;
