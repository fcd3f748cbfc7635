use super::*;

/// The tree in one line, to be compared.
fn shape(blocks: &[Block<'_>]) -> String {
    let inline = |line: &Line<'_>| line.iter().map(part).collect::<String>();
    fn part(part: &Inline<'_>) -> String {
        let all = |line: &Line<'_>| line.iter().map(|inner| self::shape_of(inner)).collect::<String>();
        match part {
            Inline::Text(text) => (*text).to_owned(),
            Inline::Strong(inside) => format!("B({})", all(inside)),
            Inline::Emphasis(inside) => format!("I({})", all(inside)),
            Inline::Struck(inside) => format!("S({})", all(inside)),
            Inline::Code(text) => format!("C({text})"),
            Inline::Link { label, url } => format!("L({label}|{url})"),
            Inline::Picture { label, id, .. } => format!("P({label}|{id})"),
        }
    }
    let lines = |all: &Vec<Line<'_>>| all.iter().map(inline).collect::<Vec<_>>().join("/");
    blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(all) => format!("<p {}>", lines(all)),
            Block::Heading(level, line) => format!("<h{level} {}>", inline(line)),
            Block::List { start, items } => {
                let items: String = items
                    .iter()
                    .map(|item| format!("[{}{}]", lines(&item.lines), shape(&item.below)))
                    .collect();
                start.map_or_else(|| format!("<ul {items}>"), |start| format!("<ol{start} {items}>"))
            }
            Block::Quote(inside) => format!("<q {}>", shape(inside)),
            Block::Code(lines) => format!("<code {}>", lines.join("/")),
        })
        .collect()
}

fn shape_of(part: &Inline<'_>) -> String {
    let text = shape(&[Block::Paragraph(vec![vec![part.clone()]])]);
    text[3..text.len() - 1].to_owned()
}

#[test]
fn marks_make_a_tree() {
    for (text, expected) in [
        ("", ""),
        ("a\r\nb\n\nc", "<p a/b><p c>"),
        ("# One\n### Two ##\ntext\n#no", "<h1 One><h3 Two><p text/#no>"),
        ("- a\n* b\n• c", "<ul [a][b][c]>"),
        ("3. a\n4) b", "<ol3 [a][b]>"),
        ("1. a\n  - x\n  - y\n2. b", "<ol1 [a<ul [x][y]>][b]>"),
        ("- a\n  - b\n    1. c\n- d", "<ul [a<ul [b<ol1 [c]>]>][d]>"),
        ("1. a\n  goes on\n2. b\nnot in it", "<ol1 [a/goes on][b]><p not in it>"),
        ("   - a\n - b\n- c", "<ul [a][b][c]>"),
        ("1. a\n- b", "<ol1 [a]><ul [b]>"),
        ("> a\n>> b\n>\n> c", "<q <p a><q <p b>><p c>>"),
        ("> - a\n> - b", "<q <ul [a][b]>>"),
        ("```sh\n**a**\n```\nb", "<code **a**><p b>"),
        (
            "**a** *b* _c_ ~~d~~ `e*f*` __g__",
            "<p B(a) I(b) I(c) S(d) C(e*f*) B(g)>",
        ),
        ("**_both_ here**", "<p B(I(both) here)>"),
        (
            "2 * 3 * 4 snake_case_name a**b**c",
            "<p 2 * 3 * 4 snake_case_name a**b**c>",
        ),
        ("https://x.example/a_b_/_c_ _d_", "<p https://x.example/a_b_/_c_ I(d)>"),
        ("**https://x.example**", "<p B(https://x.example)>"),
        (
            "[a](https://b.example) [c](/help/x)",
            "<p L(a|https://b.example) L(c|/help/x)>",
        ),
        (
            "[a](javascript:x) [a](//b.example) [a](/\\b)",
            "<p [a](javascript:x) [a](//b.example) [a](/\\b)>",
        ),
        (
            "![a](attachment:01X) ![a](https://b.example/x.png)",
            "<p P(a|01X) !L(a|https://b.example/x.png)>",
        ),
        ("**", "<p **>"),
        ("**é", "<p **é>"),
    ] {
        assert_eq!(shape(&blocks(text)), expected, "{text:?}");
    }
}

#[test]
fn plain_words_have_no_marks() {
    for (text, expected) in [
        ("**Hi** _you_\n\n-- \nAna", "Hi you\n\n-- \nAna"),
        ("## One\n- a\n  * b", "One\n- a\n  - b"),
        ("1. a\n> b **c**", "1. a\n> b c"),
        (
            "[a](https://b.example/x) https://c.example",
            "a (https://b.example/x) https://c.example",
        ),
        ("[b.example](https://b.example)", "b.example"),
        ("```\n*x*\n```", "*x*"),
        ("![Door](attachment:01X)", "[Door]"),
    ] {
        assert_eq!(plain(text, "- "), expected, "{text:?}");
    }
    // One line of a list does not show who is quoted.
    assert_eq!(plain("> > a\n> b\n\nYes, 2 > 1", ""), "a\nb\n\nYes, 2 > 1");
    assert_eq!(
        with_base("[a](/x) [b](//y) [c](https://z)", "https://o.example/"),
        "[a](https://o.example/x) [b](//y) [c](https://z)"
    );
}

#[test]
fn hostile_text_ends() {
    for mark in [
        "[", "*", "**a", "_a", "`", "](", "http://", "[a](", "> ", ">", "- ", "  - a\n", "1. a\n >", "![", "# ",
    ] {
        let text = mark.repeat(20_000);
        std::hint::black_box((
            blocks(&text).len(),
            plain(&text, "- ").len(),
            with_base(&text, "b").len(),
        ));
    }
    let stairs: String = (0..500).map(|deep| format!("{}- a\n", "  ".repeat(deep))).collect();
    assert_eq!(blocks(&stairs).len(), 1);
}
