use super::*;

const ARTICLES: &str = r#"{"id":"toner","language":"en","title":"Change the toner","body":"Open the door.","questions":["the toner is empty","replace the cartridge"]}
{"id":"pay","language":"en","title":"Pay an invoice","body":"","questions":["pay by card","how can I pay the invoice"]}
"#;

fn files(articles: &str, questions: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (a, q) = (dir.path().join("A.jsonl"), dir.path().join("Q.jsonl"));
    std::fs::write(&a, articles).unwrap();
    std::fs::write(&q, questions).unwrap();
    (dir, a, q)
}

#[test]
fn the_report_has_the_promised_keys_and_adds_up() {
    let (_dir, a, q) = files(
        ARTICLES,
        "\u{feff}{\"text\":\"how do I pay by card\",\"language\":\"en\",\"article\":\"pay\"}\r\n\n\
         {\"text\":\"the toner is empty\",\"language\":\"en\",\"article\":\"toner\"}\n\
         {\"text\":\"weather tomorrow\",\"language\":\"en\",\"article\":null}",
    );
    let articles = read_articles(&a).unwrap();
    let report = evaluate(&articles, &read_questions(&q, &articles).unwrap());
    assert_eq!(
        (report.questions, report.top1, report.unanswerable_answered),
        (3, 1.0, 0)
    );
    assert_eq!(report.answered, report.correct + report.wrong);
    assert_eq!(report.questions, report.answered + report.escalated);
    let json = serde_json::to_value(&report).unwrap();
    let mut keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let mut promised = vec![
        "questions",
        "answered",
        "correct",
        "wrong",
        "escalated",
        "answerable_escalated",
        "unanswerable_answered",
        "top1",
        "top5",
        "mrr",
        "p50_ms",
        "p99_ms",
    ];
    promised.sort_unstable();
    assert_eq!(keys, promised);
}

#[test]
fn broken_lines_are_named() {
    let article = r#"{"id":"a","language":"en","title":"A"}"#;
    for (articles, questions, line, part) in [
        ("{", "", 1, "expected one JSON object"),
        (&*format!("{article}\n{article}\n"), "", 2, "used twice"),
        (&*format!("{article}\n\nnonsense"), "", 3, "expected"),
        (r#"{"id":"a","language":"fr","title":"A"}"#, "", 1, "fr"),
        (r#"{"id":"","language":"en","title":"A"}"#, "", 1, "empty"),
        (r#"{"id":"a","title":"A"}"#, "", 1, "language"),
        (article, r#"{"text":"x","language":"en"}"#, 1, "article"),
        (
            article,
            r#"{"text":"x","language":"en","article":"b"}"#,
            1,
            "`b` is not in",
        ),
        (article, r#"{"text":7,"language":"en","article":null}"#, 1, "string"),
        (article, "[1]", 1, "expected"),
    ] {
        let (_dir, a, q) = files(articles, questions);
        let error = read_articles(&a)
            .and_then(|rows| read_questions(&q, &rows).map(|_| ()))
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(&format!(".jsonl:{line}: ")) && text.contains(part),
            "{text}"
        );
    }
    assert!(matches!(
        read_articles(Path::new("/nowhere/A.jsonl")),
        Err(EvalError::File { .. })
    ));
}

#[test]
fn bytes_that_are_not_text_are_named_and_nothing_at_all_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("A.jsonl");
    std::fs::write(&path, [b'{', 0xff, 0xfe, b'\n']).unwrap();
    assert!(read_articles(&path).unwrap_err().to_string().contains("UTF-8"));
    std::fs::write(&path, "").unwrap();
    assert_eq!(evaluate(&read_articles(&path).unwrap(), &[]).questions, 0);
}
