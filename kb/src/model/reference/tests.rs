//! Makes the evidence out of the questions, and holds what it is good for to businesses that it does not know.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use conversation::types::Language;

use super::super::Model;
use super::*;
use crate::article::Article;
use crate::eval::sets::{self, kinds};
use crate::eval::{EvalArticle, EvalQuestion, read_articles, read_questions};
use crate::semantics::Semantics;
use crate::settings::ANSWER_AT;

/// A question of the reference counts so much of one of a business's own.
const SHARE: f32 = 0.1;
/// One of the sample's, whose customers ask more plainly, counts so much more.
const SAMPLE: f32 = 6.0;
/// What part of a reference business's questions counts as having no article, without example questions, with some
/// and with many; and of the sample's, with its own.
const UNANSWERABLE: [f32; 3] = [0.48, 0.5, 0.56];
const UNANSWERABLE_OF_SAMPLE: f32 = 0.32;
/// The number of the sample in its first language, after those of the others.
const FIRST_SAMPLE: u8 = 9;
/// The number of the first large base (see `eval::sets`), in their order.
const FIRST_LARGE: u8 = 100;
/// The thinned marketplace in Portuguese: learning the whole ones anew takes minutes.
const QUICKEST_LARGE: u8 = FIRST_LARGE + 7;
/// Example questions of each of their articles when they are asked for a second time: most bases have few.
const THINNED: usize = 5;

struct Business {
    name: String,
    language: Language,
    articles: Vec<EvalArticle>,
    questions: Vec<EvalQuestion>,
    counts: f32,
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// In the order of their numbers.
fn businesses() -> Vec<Business> {
    let names = [
        "en-dentist",
        "en-isp",
        "en-shoes",
        "es-agua",
        "es-gimnasio",
        "es-seguros",
        "pt-cursos",
        "pt-pousada",
        "pt-solar",
    ];
    let mut all: Vec<Business> = names
        .iter()
        .map(|name| {
            let path = folder("reference").join(name);
            let articles = read_articles(&path.join("articles.jsonl")).unwrap();
            Business {
                name: (*name).to_owned(),
                language: articles[0].language,
                questions: read_questions(&path.join("questions.jsonl"), &articles).unwrap(),
                articles,
                counts: SHARE,
            }
        })
        .collect();
    let (sample, _) = crate::sample::articles(0);
    let sample: Vec<EvalArticle> = sample
        .into_iter()
        .map(|article| EvalArticle {
            id: article.group,
            language: article.language,
            title: article.title,
            body: article.body,
            questions: article.questions,
        })
        .collect();
    let asked: Vec<EvalQuestion> = ["questions", "chat", "phone", "near"]
        .iter()
        .flat_map(|file| read_questions(&folder(&format!("sample/{file}.jsonl")), &sample).unwrap())
        .collect();
    all.extend(Language::ALL.iter().map(|&language| {
        Business {
            name: format!("{language}-sample"),
            language,
            articles: sample
                .iter()
                .filter(|article| article.language == language)
                .cloned()
                .collect(),
            questions: asked
                .iter()
                .filter(|question| question.language == language)
                .cloned()
                .collect(),
            counts: SHARE * SAMPLE,
        }
    }));
    all
}

/// The large ones, each as it is and thinned. They count the same, however much they are asked.
fn large() -> Vec<Business> {
    let whole_and_thinned = |name: &&str| {
        let mut thinned = large_one(name);
        thinned.articles.iter_mut().for_each(thin);
        [large_one(name), thinned]
    };
    sets::SETS.iter().flat_map(whole_and_thinned).collect()
}

fn large_one(name: &str) -> Business {
    let (articles, questions, _) = sets::read(name);
    Business {
        name: name.to_owned(),
        language: articles[0].language,
        counts: 1.0 / questions.len() as f32,
        articles,
        questions,
    }
}

fn thin(article: &mut EvalArticle) {
    let all = article.questions.len();
    let mut at = 0..;
    article
        .questions
        .retain(|_| at.next().is_some_and(|at| (at * THINNED) % all < THINNED));
}

/// What comes with the program without what a large base, in whatever language, was asked.
pub(crate) fn without(name: &str) -> Reference {
    let subject = |name: &str| name.split('-').next().unwrap().to_owned();
    let mut reference = Reference::shipped().clone();
    for (number, business) in (FIRST_LARGE..).zip(&large()) {
        if subject(&business.name) == subject(name) {
            reference.rows.retain(|row| row.business != number);
        }
    }
    reference
}

impl Business {
    fn articles(&self, examples: Examples) -> Vec<Article> {
        let mut articles: Vec<Article> = self.articles.iter().map(EvalArticle::to_article).collect();
        if examples == Examples::None {
            articles.iter_mut().for_each(|article| article.questions.clear());
        }
        articles
    }

    fn right(&self, question: &EvalQuestion) -> Option<String> {
        let article = question.article.as_ref()?;
        Some(format!("{}/{article}", self.language))
    }
}

fn train(business: &Business, articles: &[Article], reader: Reader, semantics: &Semantics, by: &Reference) -> Model {
    let own: Vec<&Article> = articles.iter().collect();
    let semantics = match reader {
        Reader::Table => semantics.clone().without(business.language),
        Reader::Model | Reader::Nothing => semantics.clone(),
    };
    let meaning = semantics.of(business.language, &own).next();
    assert!(reader != Reader::Model || meaning.is_some_and(|meaning| !meaning.is_quick()));
    Model::train(
        business.language,
        &own,
        &[],
        meaning.filter(|_| reader != Reader::Nothing),
        by,
    )
}

fn rows_of(number: u8, business: &Business, reader: Reader, examples: Examples, semantics: &Semantics) -> Vec<Row> {
    let articles = business.articles(examples);
    let model = train(business, &articles, reader, semantics, &Reference::default());
    let mut rows: Vec<Row> = Vec::new();
    for question in &business.questions {
        let Some(judged) = model.judge(&question.text, true) else {
            continue;
        };
        let mut numbers = [0.0; WITH_MEANING];
        match (reader, judged.with_meaning) {
            (Reader::Nothing, _) => numbers[..EVIDENCE].copy_from_slice(&judged.evidence),
            (_, Some(evidence)) => numbers = evidence,
            // Nearness turned out to be worth nothing here.
            (_, None) => continue,
        }
        let place = business.right(question).map_or(NO_ARTICLE, |right| {
            let place = judged
                .scored
                .iter()
                .position(|scored| model.articles[scored.class].id == right);
            place.map_or(NOT_FOUND, |place| place as u8)
        });
        rows.push(Row {
            reader,
            examples,
            business: number,
            place,
            weight: 0.0,
            numbers,
        });
    }
    let unanswerable = rows.iter().filter(|row| row.place == NO_ARTICLE).count() as f32;
    let all = rows.len() as f32;
    let share = match examples {
        Examples::Some if number >= FIRST_SAMPLE => UNANSWERABLE_OF_SAMPLE,
        _ => UNANSWERABLE[examples as usize],
    };
    for row in &mut rows {
        row.weight = business.counts
            * if row.place == NO_ARTICLE {
                share * all / unanswerable
            } else {
                (1.0 - share) * all / (all - unanswerable)
            };
    }
    rows
}

fn rows(readers: &[Reader], semantics: &Semantics) -> Vec<Row> {
    let businesses = businesses();
    let mut rows = Vec::new();
    for examples in [Examples::None, Examples::Some] {
        for &reader in readers {
            for (number, business) in (0..).zip(&businesses) {
                rows.extend(rows_of(number, business, reader, examples, semantics));
            }
        }
    }
    rows
}

/// Those of some of the large ones, which only the model reads.
fn rows_of_large(is_wanted: impl Fn(u8) -> bool) -> Vec<Row> {
    (FIRST_LARGE..)
        .zip(large())
        .filter(|(number, _)| is_wanted(*number))
        .flat_map(|(number, business)| rows_of(number, &business, Reader::Model, Examples::Many, sets::semantics()))
        .collect()
}

fn write(rows: &[Row]) -> Vec<u8> {
    let scales: [f32; WITH_MEANING] = std::array::from_fn(|at| {
        let largest = rows.iter().map(|row| row.numbers[at].abs()).fold(0.0, f32::max);
        (largest / 127.0).max(1e-6)
    });
    let mut bytes = MARK.to_vec();
    bytes.extend((rows.len() as u32).to_le_bytes());
    bytes.extend((WITH_MEANING as u32).to_le_bytes());
    bytes.extend(scales.iter().flat_map(|scale| scale.to_le_bytes()));
    for row in rows {
        let reader = Reader::ALL.iter().position(|reader| *reader == row.reader).unwrap();
        let examples = Examples::ALL.iter().position(|examples| *examples == row.examples);
        bytes.extend([reader as u8, examples.unwrap() as u8, row.business, row.place]);
        bytes.extend(row.weight.to_le_bytes());
        let numbers = row.numbers.iter().zip(scales);
        bytes.extend(numbers.map(|(number, scale)| ((number / scale).round() as i8).cast_unsigned()));
    }
    bytes
}

/// All vectors of all articles.
fn read() -> Semantics {
    let semantics = Semantics::shipped(None);
    let all: Vec<Article> = businesses()
        .iter()
        .flat_map(|business| business.articles(Examples::Some))
        .collect();
    semantics.learn_all(&all).unwrap();
    semantics
}

#[test]
fn the_evidence_is_that_of_its_questions() {
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        let mut made = rows(&Reader::ALL, &read());
        made.extend(rows_of_large(|_| true));
        std::fs::write(folder("reference/evidence"), write(&made)).unwrap();
        return;
    }
    let readers = [Reader::Nothing, Reader::Table];
    let mut made = rows(&readers, &Semantics::shipped(None));
    made.extend(rows_of_large(|number| number == QUICKEST_LARGE));
    let made = Reference::read(&write(&made)).unwrap();
    let is_made = |row: &&Row| readers.contains(&row.reader) || row.business == QUICKEST_LARGE;
    let kept = Reference::shipped().rows.iter().filter(is_made);
    assert_eq!(kept.clone().count(), made.rows.len());
    for (kept, made) in kept.zip(&made.rows) {
        assert_eq!(
            (kept.reader, kept.examples, kept.business, kept.place),
            (made.reader, made.examples, made.business, made.place)
        );
        assert!(
            (kept.weight - made.weight).abs() < 1e-5,
            "{} counts {}",
            kept.weight,
            made.weight
        );
        for (kept, made) in kept.numbers.iter().zip(made.numbers) {
            assert!(
                (kept - made).abs() < 0.15,
                "{kept} is {made} now: make it again with UPDATE_REFERENCE=1"
            );
        }
    }
}

/// Asks the nine businesses, each judged by what the others were asked: at least so many right answers, at most so many
/// wrong ones to what is in scope, and answers to what is near the articles or far from all.
fn unknown_businesses_reach(examples: Examples, right: usize, [wrong, near, far]: [usize; 3]) {
    let semantics = read();
    let (mut asked, mut answered): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    for (number, business) in (0..FIRST_SAMPLE).zip(&businesses()) {
        let mut others = Reference::shipped().clone();
        others.rows.retain(|row| row.business != number);
        let articles = business.articles(examples);
        let kinds = kinds(&folder("reference").join(&business.name).join("questions.jsonl"));
        let model = train(business, &articles, Reader::Model, &semantics, &others);
        for question in &business.questions {
            let ranked = model.rank(&question.text, true);
            let best = ranked.first().filter(|best| best.confidence >= ANSWER_AT);
            let kind = match &question.article {
                Some(_) => "in",
                None if kinds[&question.text] == "near" => "near",
                None => "far",
            };
            *asked.entry(kind).or_default() += 1;
            let right = business.right(question);
            let Some(best) = best else { continue };
            let is_right = right.is_some_and(|right| model.articles[best.class].id == right);
            *answered.entry(if is_right { "right" } else { kind }).or_default() += 1;
        }
    }
    assert_eq!(asked, BTreeMap::from([("in", 405), ("near", 360), ("far", 135)]));
    assert!(answered["right"] >= right, "{answered:?}");
    for (kind, most) in [("in", wrong), ("near", near), ("far", far)] {
        assert!(answered[kind] <= most, "{answered:?}");
    }
}

#[test]
fn a_business_that_nobody_asked_yet_is_served_by_what_others_were_asked() {
    // Without the reference: 91 right, 11 wrong, 94 of the near ones answered, 4 of the far.
    unknown_businesses_reach(Examples::Some, 165, [17, 92, 6]);
}

#[test]
fn articles_alone_answer_what_they_surely_can() {
    // Without the reference: 140 right, and 215 wrong answers.
    unknown_businesses_reach(Examples::None, 173, [38, 110, 4]);
}
