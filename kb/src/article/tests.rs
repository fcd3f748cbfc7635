use super::*;

fn article(body: &str) -> Article {
    Article {
        id: "en/a".to_owned(),
        kind: ArticleKind::Guide,
        slug: "a".to_owned(),
        language: Language::En,
        group: "a".to_owned(),
        title: "A".to_owned(),
        body: body.to_owned(),
        questions: Vec::new(),
        status: ArticleStatus::Published,
        place: crate::article::Place::default(),
        version: 1,
        updated_at: 0,
    }
}

#[test]
fn passages_stand_under_their_headings() {
    let cut = passages(&article(
        "Before.\n\n## First\nOne\ntwo.\n\n1. a\n2. **b**\n\n## Empty\n\n## Last\n`code`",
    ));
    let pairs: Vec<(&str, &str)> = cut
        .iter()
        .map(|passage| (passage.heading.as_str(), passage.text.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [("", "Before."), ("First", "One two.\n1. a\n2. b"), ("Last", "code")]
    );
    assert_eq!(passages(&article("")), []);
    assert_eq!(passages(&article("  \n\n")), []);
}

#[test]
fn passages_keep_their_marks() {
    let said = |body: &str| {
        passages(&article(body))
            .iter()
            .map(|one| one.marked.clone())
            .collect::<Vec<_>>()
            .join("|")
    };
    for (body, expected) in [
        (
            "One\ntwo **bold** and *soft*.\n\nThree",
            "One two **bold** and _soft_.\n\nThree",
        ),
        (
            "1. a\n2. **b**\n   - c\n3. d\n\nAfter",
            "1. a\n2. **b**\n  - c\n3. d\n\nAfter",
        ),
        ("1. a\n\n   more\n\n2. b", "1. a\n  more\n2. b"),
        (
            "[x](https://a.example/b_(c)) [y](/help/en/y) [z](y.html) [q](javascript:x)",
            "[x](https://a.example/b_%28c%29) [y](/help/en/y) z q",
        ),
        (
            "**[x](https://a.example)** <https://b.example>",
            "**[x](https://a.example)** https://b.example",
        ),
        ("re**start**ed `a` ~~b~~ ***c***", "restarted `a` ~~b~~ _**c**_"),
        ("> a\n> b\n\nc", "> a b\n\nc"),
        ("```sh\nls -l\n  x\n```\nb", "```sh\nls -l\n  x\n```\n\nb"),
        ("line  \nnext", "line\nnext"),
        ("| a | b |\n|---|---|\n| **c** | d |", "a · b\n**c** · d"),
        ("![the door](/help/files/1) <b>x</b>", "the door x"),
        ("## H\na\n\n## I\n- b", "a|- b"),
    ] {
        assert_eq!(said(body), expected, "{body:?}");
    }
}

#[test]
fn a_long_section_is_cut_between_paragraphs() {
    let body = format!(
        "## Long\n{}",
        "A paragraph of some length, told at leisure.\n\n".repeat(100)
    );
    let cut = passages(&article(&body));
    assert!(cut.len() > 3);
    for passage in &cut {
        assert_eq!(passage.heading, "Long");
        assert!(passage.text.chars().count() <= PASSAGE_CHARS + 50);
    }
    let words: usize = cut.iter().map(|passage| passage.text.split_whitespace().count()).sum();
    assert_eq!(words, 800);
}
