use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use conversation::types::Language;

use super::articles;
use crate::eval::{EvalArticle, EvalQuestion, evaluate, read_questions};

fn eval_articles() -> Vec<EvalArticle> {
    let (articles, problems) = articles(0);
    assert_eq!(problems, []);
    articles
        .into_iter()
        .map(|article| EvalArticle {
            id: article.group,
            language: article.language,
            title: article.title,
            body: article.body,
            questions: article.questions,
        })
        .collect()
}

fn questions(articles: &[EvalArticle]) -> Vec<EvalQuestion> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/questions.jsonl");
    read_questions(&path, articles).expect("the sample questions are well formed")
}

#[test]
fn every_article_exists_in_three_languages() {
    let (articles, problems) = articles(7);
    assert_eq!(problems, []);
    let mut groups: HashMap<&str, usize> = HashMap::new();
    let mut ids = BTreeSet::new();
    for article in &articles {
        *groups.entry(&article.group).or_default() += 1;
        assert!(ids.insert(&article.id), "{} twice", article.id);
        assert!(article.questions.len() >= 6, "{} has few questions", article.id);
        assert_eq!(article.updated_at, 7);
    }
    assert_eq!(groups.len(), 12);
    assert!(groups.values().all(|&translations| translations == 3), "{groups:?}");
}

#[test]
fn the_evaluation_asks_nothing_that_an_article_already_says() {
    let articles = eval_articles();
    let taught: BTreeSet<&str> = articles
        .iter()
        .flat_map(|article| article.questions.iter().map(String::as_str))
        .collect();
    for question in questions(&articles) {
        assert!(
            !taught.contains(question.text.as_str()),
            "`{}` is an example question",
            question.text
        );
    }
}

#[test]
fn articles_without_example_questions_are_found_and_trusted() {
    let mut articles = eval_articles();
    for article in &mut articles {
        article.questions.clear();
    }
    let questions = questions(&articles);
    let report = evaluate(&articles, &questions);
    let unanswerable = questions.iter().filter(|question| question.article.is_none()).count();
    let answerable = questions.len() - unanswerable;
    assert!(report.top1 >= 0.90, "{report:?}");
    assert!(report.correct as f64 >= 0.74 * answerable as f64, "{report:?}");
    assert!(
        report.unanswerable_answered as f64 <= 0.13 * unanswerable as f64,
        "{report:?}"
    );
}

#[test]
fn who_asks_how_gets_the_steps() {
    let (articles, _) = articles(0);
    let answerer = crate::Answerer::train(&articles);
    for (language, question) in [
        (Language::En, "how do I change the toner cartridge?"),
        (Language::En, "how can I put in a new cartridge"),
        (Language::Es, "¿cómo cambio el cartucho de tóner?"),
        (Language::Pt, "como troco o cartucho de toner?"),
        (Language::En, "how do I clear a paper jam"),
        (Language::Pt, "como tiro o papel preso?"),
    ] {
        let best = &answerer.candidates(None, language, question, 1)[0];
        assert!(best.passage.starts_with("1. "), "{question}: {}", best.passage);
    }
}

#[test]
fn the_bot_answers_well_and_refuses_what_it_cannot_know() {
    let articles = eval_articles();
    let questions = questions(&articles);
    assert!(questions.len() >= 150);
    let report = evaluate(&articles, &questions);
    let unanswerable = questions.iter().filter(|question| question.article.is_none()).count();
    let answerable = questions.len() - unanswerable;
    assert!(unanswerable >= 35);

    assert!(report.top1 >= 0.98, "{report:?}");
    assert!(report.top5 >= 0.99, "{report:?}");
    assert!(report.correct as f64 >= 0.89 * answerable as f64, "{report:?}");
    assert!(
        report.unanswerable_answered as f64 <= 0.13 * unanswerable as f64,
        "{report:?}"
    );
    assert!(report.correct as f64 >= 0.95 * report.answered as f64, "{report:?}");
}
