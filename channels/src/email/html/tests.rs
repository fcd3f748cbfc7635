use super::*;

#[test]
fn active_content_is_gone() {
    let hostile = [
        "<script>alert(1)</script>x",
        "<img src=x onerror=alert(1)>x",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\" java\tscript:alert(1)\">x</a>",
        "<form action=\"https://evil.example\"><input name=p><button>x</button></form>",
        "<iframe src=\"https://evil.example\"></iframe>x",
        "<svg><script>alert(1)</script></svg>x",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<div style=\"background-color:red;background:url(https://evil.example/a)\">x</div>",
        "<p style=\"color:red;background-image:URL('https://evil.example')\">x</p>",
        "<meta http-equiv=refresh content=\"0;url=https://evil.example\">x",
        "<link rel=stylesheet href=\"https://evil.example\">x",
        "<base href=\"https://evil.example\">x",
        "<style>@import 'https://evil.example'</style>x",
        "<img src=\"data:image/svg+xml;base64,AAAA\">x",
        "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
        "<video src=\"https://evil.example/v\"></video>x",
        "<table background=\"https://evil.example/p\"><tr><td>x</td></tr></table>",
        "<input type=image src=\"https://evil.example/p\">x",
        "<img srcset=\"https://evil.example/p 2x\">x",
    ];
    for source in hostile {
        let clean = sanitise(source).expect("short and flat").to_lowercase();
        for word in [
            "script",
            "onerror",
            "javascript",
            "<form",
            "<input",
            "<iframe",
            "<svg",
            "<meta",
            "<link",
            "<base",
            "<style",
            "url(",
            "evil.example",
            "svg+xml",
        ] {
            assert!(!clean.contains(word), "{word} in {clean} of {source}");
        }
    }
}

#[test]
fn pictures_wait_until_they_are_asked_for() {
    let html = "<p>a<img src=\"https://t.example/p.gif?a=1&amp;b=2\" alt=\"x\">b<img src=\"cid:logo@x\">c<img src=\"data:image/png;base64,AAAA\"> src=\"x-remote:d</p>";
    let clean = sanitise(html).expect("short and flat");
    assert!(
        clean.contains(" data-remote-src=\"https://t.example/p.gif?a=1&amp;b=2\""),
        "{clean}"
    );
    assert!(
        clean.contains("src=\"cid:logo@x\"") && clean.contains("src=\"data:image/png;base64,AAAA\""),
        "{clean}"
    );
    assert!(!clean.contains(" src=\"https:"), "{clean}");
    assert!(clean.contains("src=\"x-remote:d"), "text is left alone: {clean}");
}

#[test]
fn links_open_elsewhere_and_style_is_limited() {
    let clean = sanitise(
        "<a href=\"https://a.example\">x</a><p class=\"z\" id=\"q\" style=\"color:red;position:fixed;z-index:9\">y</p>",
    )
    .expect("flat");
    assert!(
        clean.contains("rel=\"noopener noreferrer\"") && clean.contains("target=\"_blank\""),
        "{clean}"
    );
    assert!(
        clean.contains("color:red")
            && !clean.contains("position")
            && !clean.contains("class")
            && !clean.contains("id="),
        "{clean}"
    );
}

#[test]
fn hostile_size_and_depth_are_refused() {
    assert!(sanitise(&"<div>".repeat(300)).is_none());
    assert!(
        sanitise(&"<div></b>".repeat(300)).is_none(),
        "end tags of others do not count"
    );
    assert!(sanitise(&format!("<p>{}</p>", "x".repeat(MAX_HTML))).is_none());
    assert!(sanitise(&"<div>a</div>".repeat(5_000)).is_some());
    assert!(
        sanitise(&"<p>a<br>".repeat(5_000)).is_some(),
        "paragraphs end by themselves"
    );
    assert_eq!(
        to_text(&format!("{}a&amp;b<script>no</script><p>c", "<div>".repeat(300))),
        "a&b\nc"
    );
}

#[test]
fn text_reads_like_the_page() {
    let html = "<html><head><style>p{}</style></head><body><p>Hola&nbsp;Ana,</p><ul><li>uno</li><li>dos</li></ul><blockquote>antes</blockquote><table><tr><td>a</td></tr></table></body></html>";
    let text = to_text(html);
    for line in ["Hola Ana,", "* uno", "* dos", "> antes", "a"] {
        assert!(text.lines().any(|l| l.trim() == line), "{line} in {text}");
    }
}
