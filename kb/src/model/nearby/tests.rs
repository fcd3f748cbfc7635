use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use conversation::types::Language;

use super::super::worth::is_better;
use super::super::{Model, Reference};
use crate::article::{Article, ArticleKind, ArticleStatus, Place};
use crate::semantics::tests::{Both, Made, chance};
use crate::semantics::{Embedder, Semantics};

const MATTERS: usize = 16;
const WORDS: usize = 30;

/// One of many words for a matter, of which no two have letters in common but by chance.
fn word(matter: usize, number: usize) -> String {
    let mut next = chance((matter * WORDS + number + 1) as u64);
    (0..9)
        .map(|_| char::from(b'a' + ((next() + 1.0) * 12.99) as u8))
        .collect()
}

/// The words of a text by what they mean.
fn meanings(text: &str) -> Vec<String> {
    static KNOWN: OnceLock<HashMap<String, usize>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let all = (0..MATTERS).flat_map(|matter| (0..WORDS).map(move |number| (word(matter, number), matter)));
        all.collect()
    });
    text.split_whitespace()
        .map(|word| known.get(word).map_or_else(|| word.to_owned(), usize::to_string))
        .collect()
}

/// Articles whose customers never use the same word for a matter twice.
fn articles() -> Vec<Article> {
    (0..MATTERS)
        .map(|matter| Article {
            id: format!("a{matter}"),
            kind: ArticleKind::Faq,
            slug: format!("a{matter}"),
            language: Language::En,
            group: format!("a{matter}"),
            title: format!("heading{matter}"),
            body: String::new(),
            questions: (0..14)
                .map(|at| format!("please {} verb{} thing{}", word(matter, at), at % 3, (matter + at) % 5))
                .collect(),
            status: ArticleStatus::Published,
            place: Place::default(),
            version: 1,
            updated_at: 0,
        })
        .collect()
}

/// A question about a matter in a word that no article has.
fn asked(matter: usize) -> String {
    format!("please {} verb1 thing2", word(matter, 20))
}

fn trained(model: &Arc<impl Embedder + 'static>, articles: &[Article]) -> Model {
    let models = Semantics::default().with(Language::En, model.clone());
    models.learn_all(articles).unwrap();
    let all: Vec<&Article> = articles.iter().collect();
    Model::train(
        Language::En,
        &all,
        &[],
        models.of(Language::En, &all).next(),
        Reference::shipped(),
    )
}

/// How many matters are found, and how many of these surely.
fn found(model: &Model) -> (usize, usize) {
    let firsts: Vec<f32> = (0..MATTERS)
        .filter_map(|matter| {
            let ranked = model.rank(&asked(matter), true);
            let first = ranked.first()?;
            (model.articles[first.class].id == format!("a{matter}")).then_some(first.confidence)
        })
        .collect();
    (
        firsts.len(),
        firsts.iter().filter(|confidence| **confidence >= 0.5).count(),
    )
}

#[test]
fn a_model_that_knows_what_words_mean_finds_what_words_do_not() {
    let articles = articles();
    let all: Vec<&Article> = articles.iter().collect();
    let without = Model::train(Language::En, &all, &[], None, Reference::shipped());
    let with = trained(&Made::new(1, meanings), &articles);
    assert!(with.has_sense());
    assert_eq!(found(&with), (MATTERS, MATTERS));
    let (first, sure) = found(&without);
    assert!(first < 8 && sure < 3, "{first}, {sure}");
    // A matter that nobody wrote about is no nearer than before.
    let strange = with.rank("please elephantine verb1 thing2", true);
    assert!(strange[0].confidence < 0.3, "{strange:?}");
    // In another language it keeps still.
    for text in [&asked(3), "elephantine", "verb2"] {
        assert_eq!(with.rank(text, false), without.rank(text, false), "{text}");
    }
}

#[test]
fn what_stands_behind_a_vector_tells_articles_apart() {
    let both = Arc::new(Both(Made::of_words(1), Made::new(2, meanings)));
    let alone = Arc::new(Both(Made::of_words(1), Made::useless(3)));
    let articles = articles();
    let (found_with, found_without) = (
        found(&trained(&both, &articles)).0,
        found(&trained(&alone, &articles)).0,
    );
    assert!(found_with > found_without + 4, "{found_with}, {found_without}");
}

#[test]
fn half_read_articles_are_answered_without() {
    let articles = articles();
    let model = Made::new(1, meanings);
    let models = Semantics::default().with(Language::En, model);
    models.learn_all(&articles[..8]).unwrap();
    let all: Vec<&Article> = articles.iter().collect();
    assert!(
        !Model::train(
            Language::En,
            &all,
            &[],
            models.of(Language::En, &all).next(),
            Reference::shipped()
        )
        .has_sense()
    );
}

#[test]
fn what_changes_the_order_must_do_better_than_chance() {
    // Of `changed` questions, every second one is right without it, the first `right` are with it.
    let is_better = |right: usize, changed: usize| {
        let with: Vec<bool> = (0..changed).map(|at| at < right).collect();
        let without: Vec<bool> = (0..changed).map(|at| at % 2 == 0).collect();
        is_better(&with, &without)
    };
    assert!(!is_better(50, 100));
    assert!(!is_better(54, 100));
    assert!(is_better(95, 100));
    assert!(!is_better(0, 0));
}
