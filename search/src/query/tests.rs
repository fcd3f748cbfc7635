use super::*;

const NOW: Millis = 1_795_269_600_000;

fn read(text: &str) -> Query {
    Query::parse(text, NOW, &TimeZone::UTC)
}

#[test]
fn words_phrases_and_filters_are_told_apart() {
    let query = read(
        "Impressora \"papel preso\" from:ana in:whatsapp -fatura has:file status:aberta label:\"muito urgente\" assigned:me após",
    );
    assert_eq!(query.words, ["impressora", "apos"]);
    assert_eq!(query.phrases, [["papel", "preso"]]);
    assert_eq!(query.from, ["ana"]);
    assert_eq!(query.channel, Some(Channel::Whatsapp));
    assert_eq!(query.without, ["fatura"]);
    assert!(query.has_file && query.is_open);
    assert_eq!(query.status, Some(ConversationStatus::Open));
    assert_eq!(query.label.as_deref(), Some("muito urgente"));
    assert_eq!(query.assigned.as_deref(), Some("me"));
}

#[test]
fn spam_is_asked_for() {
    let query = read("is:spam offer");
    assert!(query.is_spam && query.narrows_conversations() && !query.is_empty());
    assert_eq!(
        (query.words.as_slice(), query.status),
        (["offer".to_owned()].as_slice(), None)
    );
    assert!(!read("spam").is_spam);
}

#[test]
fn days_begin_where_the_reader_is_and_ages_count_from_now() {
    let tz = TimeZone::get("America/Sao_Paulo").unwrap();
    let query = Query::parse("before:2026-05-02 after:7d", NOW, &tz);
    assert_eq!(query.before, Some(1_777_690_800_000));
    assert_eq!(query.after, Some(NOW - 7 * 86_400_000));
    assert_eq!(read("after:2w").after, Some(NOW - 14 * 86_400_000));
}

#[test]
fn a_filter_that_cannot_be_read_is_told() {
    for (text, wanted) in [
        ("before:2026-13-99", Wanted::Moment),
        ("desde:ayer", Wanted::Moment),
        ("status:xyz", Wanted::Status),
        ("in:nowhere", Wanted::Channel),
    ] {
        let query = read(&format!("toner {text}"));
        let told: Vec<String> = query
            .unread
            .iter()
            .map(|one| format!("{}:{}", one.name, one.value))
            .collect();
        assert_eq!((told, query.unread[0].wanted), (vec![text.to_owned()], wanted));
        assert_eq!(query.words[0], "toner");
    }
    // Nothing is asked for where the only filter means nothing.
    assert!(read("before:2026-13-99").is_empty());
    for text in [
        "before:7d in:chat is:spam label:none",
        "from:nobody",
        "toner",
        "http://x",
    ] {
        assert_eq!(read(text).unread, [], "{text}");
    }
}

#[test]
fn any_text_is_legal() {
    for text in [
        "",
        " ",
        "\"",
        "\"\"",
        "-",
        "--",
        ":",
        "from:",
        "from: ana",
        "before:never",
        "after:9999999999d",
        "in:nowhere",
        "a:b:c",
        "-\"",
        "from:\"",
        "é:é",
        "\u{0}",
        "after:é",
    ] {
        let query = read(text);
        assert!(query.words.len() <= 16, "{text}");
    }
    assert_eq!(read("http://example.com/a").words, ["http", "example", "com", "a"]);
    assert_eq!(read("from: ana").words, ["from", "ana"]);
    assert_eq!(read("in:nowhere").words, ["nowhere"]);
    assert!(read("").is_empty() && read("-x").is_empty() && !read("has:file").is_empty());
    assert!(!read("toner ").is_open && read("toner").is_open && !read("from:toner").is_open);
    assert!(read(&"word ".repeat(10_000)).words.len() <= 16);
}
