use super::*;

#[test]
fn markdown_becomes_html() {
    let cases = [
        ("a **b** *c* _d_ `e`", "<strong>b</strong> <em>c</em> <em>d</em> <code"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        (
            "[help](https://h.example/a?b=1&c=2)",
            "href=\"https://h.example/a?b=1&amp;c=2\"",
        ),
        ("see https://h.example/x.", "href=\"https://h.example/x\""),
        ("- a\n- b", "<li style=\"margin:0 0 4px 0\">a</li><li"),
        ("1. a\n2) b", "<ol"),
        ("> quoted", "<blockquote"),
        ("```\nif a < b\n```", "if a &lt; b"),
        ("a\nb\n\nc", "a<br>b</p><p"),
        ("**a _b_**", "<strong>a <em>b</em></strong>"),
        ("3. a\n4. b", "<ol start=\"3\""),
        ("1. a\n  - b", "a<ul style=\"margin:4px 0 0 0;padding:0 0 0 24px\"><li"),
        (
            "## Paper\ntext",
            "<h3 style=\"margin:18px 0 6px 0;font-size:17px;line-height:1.3;font-weight:600\">Paper</h3><p",
        ),
        (
            "> a\n>> b",
            "<blockquote style=\"margin:0 0 14px 0;padding:0 0 0 12px;border-left:3px solid #8a94a6\">b</blockquote></blockquote>",
        ),
        ("[help](tel:+593)", "href=\"tel:+593\""),
    ];
    for (text, expected) in cases {
        let html = to_html(text);
        assert!(html.contains(expected), "{expected} in {html}");
    }
}

#[test]
fn text_is_always_escaped() {
    for text in [
        "<script>alert(1)</script>",
        "**<img src=x onerror=alert(1)>**",
        "[<b>](https://x.example/\"onclick=\"a)",
        "[x](javascript:alert(1))",
        "[x](https://a.example/ onmouseover=alert(1))",
        "```\n</pre><script>\n```",
        "`<script>`",
        "https://x.example/<script>",
        "- <script>\n> <script>",
    ] {
        let html = to_html(text).to_lowercase();
        for word in ["<script", "<img", "<b>", "href=\"javascript", "\"onclick"] {
            assert!(!html.contains(word), "{word} in {html}");
        }
    }
}

#[test]
fn links_are_written_out_in_text() {
    assert_eq!(to_text("a [b](https://c.example) [d"), "a b (https://c.example) [d");
    assert_eq!(to_text("## **a**\n* _b_\n> `c`"), "a\n- b\n> c");
    assert_eq!(to_text("x\r\ny [z](javascript:1)"), "x\ny [z](javascript:1)");
}

#[test]
fn rows_of_marks_stay_rows_of_marks() {
    for mark in ["[", "*", "**a", "_a", "`", "](", "http://", "[a](", "> "] {
        let text = mark.repeat(20_000);
        // Nothing of it is a mark with its partner, or each is one: the page grows with the text.
        assert!(to_html(&text).len() <= text.len() * 16 + 200, "{mark}");
        assert!(to_text(&text).len() <= text.len() * 2, "{mark}");
    }
}
