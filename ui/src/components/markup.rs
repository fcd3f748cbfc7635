//! The small Markdown that agents write, as they and their customers see it on our pages: the same
//! grammar that mail and WhatsApp are made from (`channels`). Text is always escaped: raw HTML has no
//! way through.

use maud::{Markup, PreEscaped, html};

use super::text::rich_text;

/// How far a mark may reach, in bytes; it keeps hostile text linear.
const FAR: usize = 2_000;

/// The line between what somebody says and what always stands below it.
const SIGNATURE: &str = "\n\n-- \n";

/// Words with their signature, which is drawn quietly.
pub fn signed(text: &str) -> Markup {
    match text.rsplit_once(SIGNATURE) {
        Some((words, signature)) if !words.trim().is_empty() => html! {
            (markdown(words)) div.signature { (markdown(signature)) }
        },
        _ => markdown(text),
    }
}

/// Paragraphs, line breaks, `-`/`*`/`1.` lists, `>` quotations, fenced and inline code, `**bold**`,
/// `*italic*`/`_italic_`, `[text](https://…)` and bare links.
pub fn markdown(text: &str) -> Markup {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while at < lines.len() {
        let kind = Block::of(lines[at]);
        let start = at;
        at += 1;
        match kind {
            Block::Blank => {}
            Block::Fence => {
                while at < lines.len() && Block::of(lines[at]) != Block::Fence {
                    at += 1;
                }
                let code = lines[start + 1..at].join("\n");
                at = (at + 1).min(lines.len());
                out.push_str(&html! { pre { code { (code) } } }.into_string());
            }
            _ => {
                while at < lines.len() && Block::of(lines[at]) == kind {
                    at += 1;
                }
                block(&mut out, kind, &lines[start..at]);
            }
        }
    }
    PreEscaped(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Blank,
    Fence,
    Bullet,
    Number,
    Quote,
    Text,
}

impl Block {
    fn of(line: &str) -> Block {
        let line = line.trim_start();
        if line.is_empty() {
            Block::Blank
        } else if line.starts_with("```") {
            Block::Fence
        } else if line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ") {
            Block::Bullet
        } else if number(line).is_some() {
            Block::Number
        } else if line.starts_with('>') {
            Block::Quote
        } else {
            Block::Text
        }
    }
}

/// What follows `1. `.
fn number(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=4).contains(&digits) {
        return None;
    }
    line[digits..]
        .strip_prefix(". ")
        .or_else(|| line[digits..].strip_prefix(") "))
}

fn block(out: &mut String, kind: Block, lines: &[&str]) {
    let items = |strip: &dyn Fn(&str) -> String| {
        let mut list = String::new();
        for line in lines {
            list.push_str("<li>");
            inline(&mut list, &strip(line.trim_start()));
            list.push_str("</li>");
        }
        list
    };
    match kind {
        Block::Bullet => {
            let list = items(&|line| line[2..].to_owned());
            out.push_str(&format!("<ul>{list}</ul>"));
        }
        Block::Number => {
            let first: String = lines
                .first()
                .map_or("", |line| line.trim_start())
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            let start = first.parse::<u32>().unwrap_or(1);
            let list = items(&|line| number(line).unwrap_or(line).to_owned());
            out.push_str(&format!("<ol start=\"{start}\">{list}</ol>"));
        }
        Block::Quote => {
            out.push_str("<blockquote>");
            broken(
                out,
                lines
                    .iter()
                    .map(|line| line.trim_start().trim_start_matches('>').trim_start()),
            );
            out.push_str("</blockquote>");
        }
        _ => {
            out.push_str("<p>");
            broken(out, lines.iter().copied());
            out.push_str("</p>");
        }
    }
}

fn broken<'a>(out: &mut String, lines: impl Iterator<Item = &'a str>) {
    for (index, line) in lines.enumerate() {
        if index > 0 {
            out.push_str("<br>");
        }
        inline(out, line);
    }
}

/// Marks within a line. One pass; a mark that finds no partner nearby is text.
fn inline(out: &mut String, line: &str) {
    const MARKS: [(&str, &str); 5] = [("**", "strong"), ("~~", "s"), ("`", "code"), ("*", "em"), ("_", "em")];
    let mut rest = line;
    let mut plain_from = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        let before = rest[..at].chars().next_back();
        if here.starts_with('[')
            && let Some((label, url, length)) = link(here)
        {
            out.push_str(&rich_text(&rest[plain_from..at]).into_string());
            out.push_str(
                &html! { a href=(url) target="_blank" rel="noopener noreferrer nofollow" { (label) } }.into_string(),
            );
            rest = &here[length..];
            (plain_from, at) = (0, 0);
            continue;
        }
        let marked = MARKS.iter().find_map(|(mark, tag)| {
            let inside = here.strip_prefix(mark)?;
            // `2 * 3` and `snake_case` are no marks.
            let opens = !inside.starts_with(char::is_whitespace) && !before.is_some_and(char::is_alphanumeric);
            if !opens {
                return None;
            }
            let near = &inside[..floor(inside, FAR)];
            let end = near.match_indices(mark).map(|(end, _)| end).find(|end| {
                let closes = *end > 0 && !near[..*end].ends_with(char::is_whitespace);
                let after = inside[end + mark.len()..].chars().next();
                closes && !after.is_some_and(char::is_alphanumeric)
            })?;
            Some((*tag, &inside[..end], mark.len() * 2 + end))
        });
        if let Some((tag, inside, length)) = marked {
            out.push_str(&rich_text(&rest[plain_from..at]).into_string());
            out.push_str(&format!("<{tag}>"));
            if tag == "code" {
                out.push_str(&html! { (inside) }.into_string());
            } else {
                inline(out, inside);
            }
            out.push_str(&format!("</{tag}>"));
            rest = &here[length..];
            (plain_from, at) = (0, 0);
            continue;
        }
        at += here.chars().next().map_or(1, char::len_utf8);
    }
    out.push_str(&rich_text(&rest[plain_from..]).into_string());
}

/// `[label](https://…)`: label, address, how long it is.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let near = &text[..floor(text, FAR)];
    let (label, behind) = near[1..].split_once("](")?;
    let (url, _) = behind.split_once(')')?;
    let is_web = ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    let is_whole = !label.is_empty() && !label.contains('\n') && !url.contains(char::is_whitespace);
    (is_web && is_whole).then_some((label, url, 1 + label.len() + 2 + url.len() + 1))
}

/// The largest place for a cut that is no more than `most` bytes in.
fn floor(text: &str, most: usize) -> usize {
    let mut at = most.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The words without their marks, for channels that have none.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_fence = false;
    for (index, line) in text.replace("\r\n", "\n").split('\n').enumerate() {
        if Block::of(line) == Block::Fence {
            in_fence = !in_fence;
            continue;
        }
        if index > 0 && !out.is_empty() {
            out.push('\n');
        }
        if in_fence {
            out.push_str(line);
        } else {
            let line = match Block::of(line) {
                Block::Bullet => format!("• {}", &line.trim_start()[2..]),
                _ => line.to_owned(),
            };
            plain_inline(&mut out, &line);
        }
    }
    out
}

fn plain_inline(out: &mut String, line: &str) {
    let mut drawn = String::new();
    inline(&mut drawn, line);
    // Our own markup, written a moment ago: tags go, entities come back; an address stays beside its label.
    let mut rest = drawn.as_str();
    while let Some((words, tag)) = rest.split_once('<') {
        out.push_str(&unescaped(words));
        let (tag, behind) = tag.split_once('>').unwrap_or((tag, ""));
        rest = behind;
        if let Some(url) = tag.strip_prefix("a href=\"").and_then(|tag| tag.split('"').next()) {
            let url = unescaped(url);
            if let Some((label, behind)) = rest.split_once("</a>") {
                let label = unescaped(label);
                out.push_str(&label);
                if label != url && !url.ends_with(&label) {
                    out.push_str(&format!(" ({url})"));
                }
                rest = behind;
            }
        }
    }
    out.push_str(&unescaped(rest));
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_drawn_and_everything_else_is_text() {
        for (text, drawn) in [
            (
                "**a** *b* _c_ ~~d~~ `e*f*`",
                "<p><strong>a</strong> <em>b</em> <em>c</em> <s>d</s> <code>e*f*</code></p>",
            ),
            ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
            ("- a\n- **b**", "<ul><li>a</li><li><strong>b</strong></li></ul>"),
            ("2. a\n3. b", "<ol start=\"2\"><li>a</li><li>b</li></ol>"),
            ("> a\n> b", "<blockquote>a<br>b</blockquote>"),
            ("```\n<b>\n```", "<pre><code>&lt;b&gt;</code></pre>"),
            ("2 * 3 * 4 snake_case_name", "<p>2 * 3 * 4 snake_case_name</p>"),
            (
                "<script>x</script> **<i>**",
                "<p>&lt;script&gt;x&lt;/script&gt; <strong>&lt;i&gt;</strong></p>",
            ),
            ("[a](javascript:x)", "<p>[a](javascript:x)</p>"),
            ("**", "<p>**</p>"),
            ("**é", "<p>**é</p>"),
            ("", ""),
        ] {
            assert_eq!(markdown(text).into_string(), drawn, "{text}");
        }
        let link = markdown("[**x** & y](https://a.example/?q=\"1)").into_string();
        assert!(link.contains("href=\"https://a.example/?q=&quot;1\""), "{link}");
        assert!(
            signed("Hi\n\n-- \nAna")
                .into_string()
                .ends_with("<div class=\"signature\"><p>Ana</p></div>")
        );
    }

    #[test]
    fn plain_words_lose_their_marks() {
        for (text, words) in [
            ("**Hi** _you_", "Hi you"),
            ("- a\n* b", "• a\n• b"),
            (
                "[the page](https://a.example/x) & <b>",
                "the page (https://a.example/x) & <b>",
            ),
            ("https://a.example/x", "https://a.example/x"),
            ("write to a@b.example", "write to a@b.example"),
            ("```\ncode *x*\n```", "code *x*"),
        ] {
            assert_eq!(plain(text), words, "{text}");
        }
    }

    #[test]
    fn hostile_text_costs_no_more_than_its_length() {
        for text in [
            "*".repeat(50_000),
            "[".repeat(50_000),
            "**a ".repeat(12_000),
            "_é".repeat(20_000),
            "`".repeat(49_999),
        ] {
            let text = format!("x{text}");
            assert!(markdown(&text).into_string().starts_with("<p>x"));
            assert!(plain(&text).starts_with('x'));
        }
    }
}
