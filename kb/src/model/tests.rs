use super::*;
use crate::article::{ArticleKind, ArticleStatus};

/// A made-up base: every article has words of its own and shares others.
fn articles(count: usize, questions: usize) -> Vec<Article> {
    (0..count)
        .map(|number| Article {
            id: format!("a{number}"),
            kind: ArticleKind::Faq,
            slug: format!("a{number}"),
            language: Language::En,
            group: format!("a{number}"),
            title: format!("topic{number} matter"),
            body: String::new(),
            questions: (0..questions)
                .map(|at| {
                    format!(
                        "how does topic{number} word{} shared{} common{} go",
                        at % 7,
                        (number + at) % 11,
                        at % 3
                    )
                })
                .collect(),
            status: ArticleStatus::Published,
            place: crate::article::Place::default(),
            version: 1,
            updated_at: 0,
        })
        .collect()
}

#[test]
fn an_unseen_question_finds_its_article_and_an_alien_one_does_not() {
    let articles = articles(30, 12);
    let model = Model::train(
        Language::En,
        &articles.iter().collect::<Vec<_>>(),
        &[],
        None,
        Reference::shipped(),
    );
    for number in [0, 7, 29] {
        let ranked = model.rank(&format!("please explain topic{number} again"), true);
        assert_eq!(model.articles[ranked[0].class].id, format!("a{number}"));
        assert!(ranked[0].confidence > 0.5, "{:?}", ranked[0]);
    }
    let alien = model.rank("elephants dislike marmalade", true);
    assert!(alien.iter().all(|ranked| ranked.confidence < 0.2), "{alien:?}");
}

#[test]
fn confidences_are_probabilities_in_order() {
    let articles = articles(20, 10);
    let model = Model::train(
        Language::En,
        &articles.iter().collect::<Vec<_>>(),
        &[],
        None,
        Reference::shipped(),
    );
    for text in [
        "topic1 topic2",
        "shared1 common2",
        "how does it go",
        "topic3",
        "word1 word2 word3 topic9",
    ] {
        let ranked = model.rank(text, true);
        let total: f32 = ranked.iter().map(|ranked| ranked.confidence).sum();
        assert!(total <= 1.001, "{text}: {total}");
        assert!(
            ranked
                .windows(2)
                .all(|pair| pair[0].confidence >= pair[1].confidence - 1e-6),
            "{text}: {ranked:?}"
        );
    }
}

#[test]
fn courtesies_that_nobody_taught_do_not_make_a_question_strange() {
    let articles = articles(30, 12);
    let model = Model::train(
        Language::En,
        &articles.iter().collect::<Vec<_>>(),
        &[],
        None,
        Reference::shipped(),
    );
    let bare = &model.rank("topic7 word3", true)[0];
    let polite = &model.rank("hello, could you please explain topic7 word3 again, thanks", true)[0];
    assert_eq!(bare, polite);
    // Other words are strange indeed.
    let strange = &model.rank("elephants dislike topic7 marmalade", true)[0];
    assert!(strange.confidence < bare.confidence, "{strange:?} {bare:?}");
}
