use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use conversation::types::Language;

use super::articles;
use crate::eval::bm25::first_by_bm25;
use crate::eval::sets::draw;
use crate::eval::{EvalArticle, EvalQuestion, evaluate, evaluate_with, read_by, read_questions};
use crate::semantics::Semantics;
use crate::settings::ANSWER_AT;

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
    asked("questions", articles)
}

fn asked(file: &str, articles: &[EvalArticle]) -> Vec<EvalQuestion> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sample/{file}.jsonl"));
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
    assert!(report.top1 >= 0.92, "{report:?}");
    assert!(report.correct as f64 >= 0.76 * answerable as f64, "{report:?}");
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
        assert!(best.text().contains("1. "), "{question}: {}", best.text());
    }
}

#[test]
fn who_asks_for_a_price_is_told_a_price_or_handed_over() {
    let (articles, _) = articles(0);
    let answerer = crate::Answerer::train(&articles);
    let best = |language, question| answerer.candidates(None, language, question, 1).remove(0);
    for (language, question) in [
        (Language::En, "how much is it to lease a copier?"),
        (Language::Es, "¿cuánto cuesta alquilar una fotocopiadora al mes?"),
        (Language::Es, "cuánto vale la página a color"),
        (Language::Pt, "quanto custa o aluguel de uma copiadora?"),
        (Language::Pt, "qual é o valor da página colorida"),
    ] {
        let best = best(language, question);
        assert!(best.confidence < ANSWER_AT, "{question}: {best:?}");
    }
    for (language, question, said) in [
        (
            Language::En,
            "how much does it cost to end the contract early?",
            "costs half",
        ),
        (Language::Es, "¿cuánto vale el tóner?", "incluido"),
        (Language::Pt, "quanto custa o toner?", "nunca paga"),
    ] {
        let best = best(language, question);
        assert!(best.confidence >= ANSWER_AT, "{question}: {best:?}");
        assert!(best.text().contains(said), "{question}: {}", best.text());
    }
}

#[test]
fn the_bot_answers_well_and_refuses_what_it_cannot_know() {
    let articles = eval_articles();
    let questions = questions(&articles);
    assert!(questions.len() >= 150);
    let shipped = Semantics::shipped(None);
    read_by(&shipped, &articles).unwrap();
    let (report, each) = evaluate_with(&articles, &questions, &shipped);
    draw("answers-curve", &each);
    let unanswerable = questions.iter().filter(|question| question.article.is_none()).count();
    let answerable = questions.len() - unanswerable;
    assert!(unanswerable >= 35);

    assert!(report.top1 >= 0.98, "{report:?}");
    assert!(report.top5 >= 0.99, "{report:?}");
    assert!(report.correct as f64 >= 0.96 * answerable as f64, "{report:?}");
    assert!(
        report.unanswerable_answered as f64 <= 0.06 * unanswerable as f64,
        "{report:?}"
    );
    assert!(report.correct as f64 >= 0.97 * report.answered as f64, "{report:?}");
    assert!(report.passage >= Some(0.88), "{report:?}");
}

#[test]
fn spanish_and_portuguese_are_found_better_than_by_bm25() {
    let articles = eval_articles();
    let questions = questions(&articles);
    let mut bare = articles.clone();
    bare.iter_mut().for_each(|article| article.questions.clear());
    for (name, articles, floors) in [("taught", &articles, [0.99, 0.99]), ("bare", &bare, [0.925, 0.94])] {
        for (language, floor) in [Language::Es, Language::Pt].into_iter().zip(floors) {
            let own: Vec<&EvalArticle> = articles.iter().filter(|article| article.language == language).collect();
            let asked: Vec<&EvalQuestion> = questions
                .iter()
                .filter(|question| question.language == language && question.article.is_some())
                .collect();
            let baseline = first_by_bm25(&own, &asked) as f64 / asked.len() as f64;
            let asked: Vec<EvalQuestion> = asked.into_iter().cloned().collect();
            let report = evaluate(articles, &asked);
            assert!(
                report.top1 >= f64::max(floor, baseline + 0.05),
                "{name} {language}: {baseline} by BM25, {report:?}"
            );
        }
    }
}

#[test]
fn what_people_write_in_a_chat_is_answered_with_the_passage_that_they_need() {
    let articles = eval_articles();
    let report = evaluate(&articles, &asked("chat", &articles));
    let answerable = 105.0;
    assert!(report.top1 >= 0.95, "{report:?}");
    assert!(report.correct as f64 >= 0.93 * answerable, "{report:?}");
    assert!(report.unanswerable_answered <= 1, "{report:?}");
    assert!(report.passage >= Some(0.92), "{report:?}");
}

#[test]
fn what_thumbs_type_is_understood() {
    let articles = eval_articles();
    let report = evaluate(&articles, &asked("phone", &articles));
    assert!(report.correct >= 38, "of 40: {report:?}");
    assert_eq!((report.wrong, report.unanswerable_answered), (0, 0), "{report:?}");
}
