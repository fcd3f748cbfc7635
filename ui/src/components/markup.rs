//! The small Markdown of messages (`conversation::marks`) as they and their customers see it on our pages. Text is
//! always escaped: raw HTML has no way through.

use conversation::marks::{self, Block, Inline, Item, Line};
use maud::{Markup, PreEscaped, html};

use super::text::rich_text;

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

/// The marks of a message, drawn.
pub fn markdown(text: &str) -> Markup {
    let mut out = String::with_capacity(text.len() * 2);
    blocks(&mut out, &marks::blocks(text));
    PreEscaped(out)
}

fn blocks(out: &mut String, all: &[Block<'_>]) {
    for block in all {
        match block {
            Block::Paragraph(all) => {
                out.push_str("<p>");
                lines(out, all);
                out.push_str("</p>");
            }
            // A message is no part of the page's outline: its headings are seen, and are none of the page.
            Block::Heading(_, words) => within(out, "p class=\"said-heading\"", "p", words),
            Block::List { start, items } => list(out, *start, items),
            Block::Quote(inside) => {
                out.push_str("<blockquote>");
                match inside.as_slice() {
                    [Block::Paragraph(all)] => lines(out, all),
                    inside => blocks(out, inside),
                }
                out.push_str("</blockquote>");
            }
            Block::Code(lines) => out.push_str(&html! { pre { code { (lines.join("\n")) } } }.into_string()),
        }
    }
}

fn list(out: &mut String, start: Option<u32>, items: &[Item<'_>]) {
    match start {
        Some(number) => out.push_str(&format!("<ol start=\"{number}\">")),
        None => out.push_str("<ul>"),
    }
    for item in items {
        out.push_str("<li>");
        lines(out, &item.lines);
        blocks(out, &item.below);
        out.push_str("</li>");
    }
    out.push_str(if start.is_some() { "</ol>" } else { "</ul>" });
}

fn lines(out: &mut String, all: &[Line<'_>]) {
    for (index, words) in all.iter().enumerate() {
        if index > 0 {
            out.push_str("<br>");
        }
        line(out, words);
    }
}

fn within(out: &mut String, opening: &str, tag: &str, words: &[Inline<'_>]) {
    out.push_str(&format!("<{opening}>"));
    line(out, words);
    out.push_str(&format!("</{tag}>"));
}

fn line(out: &mut String, words: &[Inline<'_>]) {
    for part in words {
        match part {
            Inline::Text(text) | Inline::Picture { source: text, .. } => out.push_str(&rich_text(text).into_string()),
            Inline::Strong(inside) => within(out, "strong", "strong", inside),
            Inline::Emphasis(inside) => within(out, "em", "em", inside),
            Inline::Struck(inside) => within(out, "s", "s", inside),
            Inline::Code(text) => out.push_str(&html! { code { (text) } }.into_string()),
            Inline::Link { label, url } => out.push_str(
                &html! { a href=(url) target="_blank" rel="noopener noreferrer nofollow" { (label) } }.into_string(),
            ),
        }
    }
}

/// The words without their marks, for channels that have none.
pub fn plain(text: &str) -> String {
    marks::plain(text, "• ")
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
            ("## a\nb", "<p class=\"said-heading\">a</p><p>b</p>"),
            ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
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
