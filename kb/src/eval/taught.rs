//! What the models of sentences were taught (`kb/teaching`, see `scripts/words/teach.py`) is no question that the bot is
//! judged by: not of the evaluation, the reference or the sample.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
}

fn plain(text: &str) -> String {
    text.trim().trim_end_matches(['?', '.', '!']).to_lowercase()
}

/// What customers ask in a line of a set: a question, or the examples of an article.
fn asked(line: &str) -> Vec<String> {
    let row: serde_json::Value = serde_json::from_str(line).unwrap();
    let examples = row["questions"].as_array().into_iter().flatten();
    examples
        .chain(row.get("text"))
        .filter_map(|text| text.as_str().map(plain))
        .collect()
}

#[test]
fn no_question_that_the_bot_is_judged_by_was_taught() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sets = Vec::new();
    for folder in ["evaluation", "reference", "sample"] {
        files(&own.join(folder), "jsonl", &mut sets);
    }
    let (sample, _) = crate::sample::articles(0);
    let examples = sample.iter().flat_map(|article| &article.questions);
    let mut judged: HashSet<String> = examples.map(|example| plain(example)).collect();
    for path in sets {
        let text = std::fs::read_to_string(path).unwrap();
        judged.extend(text.lines().flat_map(asked));
    }
    assert!(judged.len() > 10_000, "{}", judged.len());
    let mut lessons = Vec::new();
    files(&own.join("teaching"), "txt", &mut lessons);
    assert!(lessons.len() >= 148, "{}", lessons.len());
    for path in lessons {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut of_topic = 0;
        for (number, line) in (1..).zip(text.lines()) {
            let at = format!("{}:{number}", path.display());
            match line.get(..2) {
                Some("# ") => of_topic = 0,
                Some("= " | "> ") => assert_eq!(of_topic, 0, "{at}: title and article stand before the lines"),
                _ => {
                    of_topic += 1;
                    assert!(!line.trim().is_empty(), "{at} is empty");
                    assert!(!judged.contains(&plain(line)), "{at} is asked in a set: {line}");
                }
            }
        }
    }
}
