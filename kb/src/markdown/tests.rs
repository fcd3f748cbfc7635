use super::*;

#[test]
fn nothing_active_survives() {
    for markdown in [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](vbscript:x)",
        "![x](javascript:alert(1))",
        "![x](mailto:a@b.example)",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)\n\n[a]",
        "<svg/onload=alert(1)>",
        "<iframe src=//x.example>",
    ] {
        let html = to_html(markdown).to_ascii_lowercase();
        for bad in [
            "<script",
            "<img src=x",
            "href=\"javascript",
            "href=\"java",
            "src=\"javascript",
            "href=\"data",
            "href=\"vbscript",
            "src=\"mailto",
            "<svg",
            "<iframe",
        ] {
            assert!(!html.contains(bad), "{markdown:?} gave {html}");
        }
    }
}

#[test]
fn good_links_stay() {
    for url in [
        "https://a.example/x?y=1:2",
        "http://a.example",
        "mailto:a@b.example",
        "/help/en/x",
        "x.html",
        "#top",
        "?page=2",
        "a/b:c",
    ] {
        assert!(
            to_html(&format!("[x]({url})")).contains(&format!("href=\"{url}\"")),
            "{url}"
        );
    }
    for url in [
        "\\\\\\\\evil.example",
        "/\\\\evil.example",
        "ftp://a.example",
        "file:///etc/passwd",
    ] {
        assert!(!to_html(&format!("[x]({url})")).contains("evil.example\""), "{url}");
        assert!(to_html(&format!("[x]({url})")).contains("href=\"\""), "{url}");
    }
}

#[test]
fn text_and_html_of_usual_markdown() {
    let markdown = "# Title\n\nSome *words* and `code`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
    assert_eq!(to_text(markdown), "Title\nSome words and code.\n- one\n- two\na b\n1 2");
    let html = to_html(markdown);
    assert!(
        html.contains("<h1>Title</h1>") && html.contains("<li>one</li>") && html.contains("<td>1</td>"),
        "{html}"
    );
}

#[test]
fn deep_nesting_is_flattened() {
    let html = to_html(&"> ".repeat(5_000));
    assert!(html.matches("<blockquote>").count() <= MAX_DEPTH);
    assert!(to_html(&"- ".repeat(5_000)).matches("<ul>").count() <= MAX_DEPTH);
    assert_eq!(to_text(&"[".repeat(50_000)).len(), 50_000);
    assert!(to_html(&"*a_".repeat(20_000)).contains("*a_"));
    assert_eq!(to_text(&"> ".repeat(5_000)).replace(['>', ' '], ""), "");
}
