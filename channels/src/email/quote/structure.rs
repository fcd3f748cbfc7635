//! Quotations in HTML: the elements, classes and styles by which mail programs set them apart.
//!
//! [`mark`] does not decide anything. It rewrites the HTML so that its text shows the structure
//! (`>` for real quotations, a mark before introductions and histories), whatever the language,
//! and the rules for text do the rest.

use std::borrow::Cow;

use super::{ATTRIBUTION_MARK, HISTORY_MARK};
use crate::email::cut;

/// Elements whose text introduces a quotation.
const ATTRIBUTION_CLASSES: &[&str] = &[
    "gmail_attr",
    "moz-cite-prefix",
    "protonmail_quote",
    "zmail_extra",
    "front-attribution",
    "gmail_quote_attribution",
    "airmail_on",
    "protonmail_quote_header",
    "moz-email-headers-table-intro",
    "x-em-attribution",
    "elided-attribution",
    "hubspot-attribution",
];
/// Elements that contain the introduction and the quotation.
const QUOTE_CLASSES: &[&str] = &["gmail_quote", "gmail_quote_container"];
/// Elements from which everything is history.
const HISTORY_IDS: &[&str] = &[
    "divrplyfwdmsg",
    "x_divrplyfwdmsg",
    "appendonsend",
    "mail-editor-reference-message-container",
    "olk_src_body_section",
    "replysplit",
    "orimsghtmlseperator",
    "orimsghtmlseparator",
    "reply-intro",
    "stopspelling",
    "isforwardcontent",
    "isreplycontent",
    "divneteasemailcard",
    "quoted_header",
    "blue_quote",
    "bm-quote",
    "zmail_extra",
    "x_zmail_extra",
    "edo-original",
    "huawei_quote",
    "mail-app-reply",
    "em-quote-header",
    "lineoriginalmessage",
    "original-content",
    "wmquote",
    "maillist_quoted",
    "spark_quote",
    "mail_quote",
    "ms-outlook-mobile-body-separator-line",
];
const HISTORY_CLASSES: &[&str] = &[
    "yahoo_quoted",
    "yahooquotedmsg",
    "ydp_quoted",
    "mb_reply",
    "quoted_message",
    "tutanota_quote",
    "skiff_quote",
    "mail-quote-collapse",
    "x_yahoo_quoted",
    "zmail_extra",
    "zmail_extra_hr",
    "ms-outlook-mobile-reference-message",
    "mail-editor-reference-message-container",
    "polymail_quoted",
    "mailbird_reply",
    "hs_reply",
    "front-quote",
    "samsung_quoted",
    "huawei-quote",
    "quotedtext",
    "replaced-blockquote",
    "aolmail_quote",
    "aolreplacedbody",
    "wmquote_content",
];
/// Names of elements (GMX, web.de, Spark) from which everything is history.
const HISTORY_NAMES: &[&str] = &["quote", "messagereplysection", "x_messagereplysection"];

/// Rewrites HTML so that its text shows what is quoted.
pub fn mark(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 64);
    // Which open `blockquote`s were turned into `div`s.
    let mut blockquotes: Vec<bool> = Vec::new();
    let mut rest = html;
    let mut pending_attr = false;
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        if let Some(after) = rest.strip_prefix("<!--") {
            let end = after.find("-->").map_or(rest.len(), |i| i + 7);
            // Samsung and some web mails say it in a comment.
            let words = cut::truncate(after, 40).trim_start();
            if words.starts_with("originalMessage") || words.starts_with("original message") {
                out.push_str("<p>");
                out.push(HISTORY_MARK);
                out.push_str("</p>");
            }
            rest = &rest[end..];
            continue;
        }
        let Some(tag) = Tag::read(rest) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        rest = &rest[tag.length..];
        if tag.is_end {
            if tag.name == "blockquote" {
                match blockquotes.pop() {
                    Some(true) => out.push_str("</div>"),
                    _ => out.push_str("</blockquote>"),
                }
            } else {
                out.push_str(tag.source);
            }
            continue;
        }
        if tag.name == "blockquote" {
            let is_quote = is_quote_blockquote(&tag);
            blockquotes.push(!is_quote);
            out.push_str(if is_quote { "<blockquote>" } else { "<div>" });
            continue;
        }
        let is_history = is_history(&tag);
        if is_history {
            out.push_str("<p>");
            out.push(HISTORY_MARK);
            out.push_str("</p>");
        }
        out.push_str(tag.source);
        let is_attribution = tag.has_class(ATTRIBUTION_CLASSES);
        // Gmail names the introduction inside the container; old Gmail does not.
        let is_container = tag.has_class(QUOTE_CLASSES) && !contains_early(rest, "gmail_attr");
        if (is_attribution || is_container) && !pending_attr {
            out.push(ATTRIBUTION_MARK);
        }
        pending_attr = is_attribution || is_container;
    }
    out.push_str(rest);
    out
}

fn contains_early(rest: &str, word: &str) -> bool {
    memchr::memmem::find(&rest.as_bytes()[..rest.len().min(200)], word.as_bytes()).is_some()
}

/// A `blockquote` that quotes a mail, not one that indents a paragraph.
fn is_quote_blockquote(tag: &Tag<'_>) -> bool {
    let style = tag.attribute("style").unwrap_or_default().to_ascii_lowercase();
    tag.attribute("type").is_some_and(|v| v.eq_ignore_ascii_case("cite"))
        || tag.attribute("cite").is_some()
        || tag.attribute("class").is_some_and(|v| {
            let v = v.to_ascii_lowercase();
            v.contains("quote") || v.contains("cite")
        })
        || style.contains("border-left")
        || style.contains("padding-left:1ex")
}

fn is_history(tag: &Tag<'_>) -> bool {
    if tag.has_class(HISTORY_CLASSES) {
        return true;
    }
    if let Some(id) = tag.attribute("id") {
        let id = id.to_ascii_lowercase();
        if HISTORY_IDS.iter().any(|known| id == known.to_ascii_lowercase()) {
            return true;
        }
    }
    if tag.name == "div"
        && tag
            .attribute("name")
            .is_some_and(|name| HISTORY_NAMES.contains(&name.to_ascii_lowercase().as_str()))
    {
        return true;
    }
    if matches!(tag.name.as_str(), "div" | "p" | "td")
        && let Some(style) = tag.attribute("style")
    {
        // Outlook's rule above the header block of what it quotes.
        let style: String = style
            .chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect();
        let is_rule = [
            "border-top:solid#e1e1e1",
            "border-top:solid#b5c4df",
            "border-top:1ptsolidrgb(225,225,225)",
            "border-top:1ptsolidrgb(181,196,223)",
            "border-top:1ptsolid#e1e1e1",
            "border-top:1ptsolid#b5c4df",
            "border-top:#e1e1e11ptsolid",
            "border-top:#b5c4df1ptsolid",
            "border-top:solid#aaaaaa",
            "border-width:1ptnonenone;border-style:solidnonenone",
        ]
        .iter()
        .any(|rule| style.contains(rule));
        return is_rule && style.contains("padding:3");
    }
    false
}

/// One tag of HTML source.
struct Tag<'a> {
    source: &'a str,
    length: usize,
    name: String,
    is_end: bool,
}

impl<'a> Tag<'a> {
    /// Reads the tag at the start of `text`, up to its `>`; quoted values may hold one.
    fn read(text: &'a str) -> Option<Tag<'a>> {
        let bytes = text.as_bytes();
        let is_end = bytes.get(1) == Some(&b'/');
        let name_start = if is_end { 2 } else { 1 };
        if !bytes.get(name_start)?.is_ascii_alphabetic() {
            return None;
        }
        let name_end = bytes[name_start..]
            .iter()
            .position(|b| !b.is_ascii_alphanumeric() && *b != b':')?
            + name_start;
        let mut quote = None;
        for (index, byte) in bytes.iter().enumerate().skip(name_end) {
            match (quote, byte) {
                (None, b'>') => {
                    return Some(Tag {
                        source: &text[..=index],
                        length: index + 1,
                        name: text[name_start..name_end].to_ascii_lowercase(),
                        is_end,
                    });
                }
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if open == *byte => quote = None,
                _ => {}
            }
        }
        // Without an end, all the rest is inside the tag, and nothing is scanned twice.
        Some(Tag {
            source: text,
            length: text.len(),
            name: String::new(),
            is_end: false,
        })
    }

    /// The value of an attribute, entities unresolved.
    fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut rest = self
            .source
            .get(1 + self.name.len()..self.source.len().checked_sub(1)?)?;
        if self.name.is_empty() {
            return None;
        }
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest
                .find(|c: char| c == '=' || c.is_whitespace() || c == '/')
                .unwrap_or(rest.len());
            let key = &rest[..end];
            rest = rest[end..].trim_start();
            let mut value = "";
            if let Some(after) = rest.strip_prefix('=') {
                let after = after.trim_start();
                let (found, next) = match after.as_bytes().first() {
                    Some(quote @ (b'"' | b'\'')) => {
                        let body = &after[1..];
                        match memchr::memchr(*quote, body.as_bytes()) {
                            Some(close) => (&body[..close], &body[close + 1..]),
                            None => (body, ""),
                        }
                    }
                    _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
                };
                value = found;
                rest = next;
            } else if end == 0 {
                rest = rest.get(1..).unwrap_or_default();
            }
            if key.eq_ignore_ascii_case(name) {
                return Some(Cow::Borrowed(value));
            }
        }
    }

    fn has_class(&self, known: &[&str]) -> bool {
        self.attribute("class").is_some_and(|value| {
            value.split_whitespace().any(|class| {
                let class = class.to_ascii_lowercase();
                known.iter().any(|k| class == *k || class.strip_prefix("x_").is_some_and(|c| c == *k))
                    // Yahoo prefixes a random number: `ydp3a1b2c_quoted`, `ydpabcyahoo_quoted`.
                    || (class.starts_with("ydp") && known.iter().any(|k| class.ends_with(k)))
            })
        })
    }
}
