//! What the answerer learns from one language's articles: retrieval over questions and passages,
//! a linear classifier over the example questions, and what their scores are worth.

mod calibrate;
mod features;
mod linear;
mod retrieval;

use std::collections::{HashMap, HashSet};

use conversation::types::Language;

use crate::analysis::{self, Splitter, Word};
use crate::article::{Article, Passage, passages};
use calibrate::{Calibration, Evidence};
use features::{SparseVector, Vectorizer};
use linear::Linear;
use retrieval::{Retrieval, UnitKind};

/// Words of a question that are read; beyond this it is a pasted document.
const QUESTION_WORDS: usize = 96;
/// Words of a passage that are read.
const PASSAGE_WORDS: usize = 400;
/// Units kept in memory; articles beyond this are found by the index alone.
const MOST_UNITS: usize = 60_000;
/// Candidates of one question.
const MOST_RANKED: usize = 8;

/// How much overlap and vote count beside the linear margin, in the rank of an article: the first
/// where a base is too small to tell, of the others the one that ranks held-out questions best.
const BLENDS: [Blend; 10] = [
    Blend::new(1.2, 0.5),
    Blend::new(0.0, 0.0),
    Blend::new(0.15, 0.1),
    Blend::new(0.3, 0.2),
    Blend::new(0.3, 0.5),
    Blend::new(0.6, 0.2),
    Blend::new(0.6, 0.5),
    Blend::new(1.2, 0.2),
    Blend::new(1.2, 1.0),
    Blend::new(2.4, 0.5),
];

/// What a passage of numbered steps is worth beside one of prose; more when the question asks how.
const STEPS: f32 = 1.25;
const STEPS_ASKED_FOR: f32 = 2.0;

/// What counts as a training example, and how much.
const TITLE_WEIGHT: f32 = 0.6;
const PASSAGE_WEIGHT: f32 = 0.25;

/// An article as ranked for one question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    /// Position in [`Model::articles`].
    pub(crate) class: usize,
    pub(crate) confidence: f32,
    /// The best passage, if the article has any.
    pub(crate) passage: Option<Passage>,
}

/// An article as the model keeps it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) slug: String,
    passages: Vec<Passage>,
}

pub(crate) struct Model {
    pub(crate) articles: Vec<Known>,
    ids: HashMap<String, String>,
    groups: HashSet<String>,
    /// Whether some articles did not fit.
    pub(crate) is_partial: bool,
    splitter: Splitter,
    retrieval: Retrieval,
    vectorizer: Vectorizer,
    linear: Option<Linear>,
    blend: Blend,
    /// How many example questions an article has on average: 0 none, 1 fifty or more.
    taught: f32,
    calibration: Calibration,
}

/// One example question prepared for training.
struct Example {
    class: usize,
    words: Vec<Word>,
    weight: f32,
    is_question: bool,
    unit: Option<usize>,
}

/// A ranked article before its confidence is known.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scored {
    class: usize,
    rank: f32,
    linear: f32,
    overlap: f32,
    vote: f32,
}

/// Shares of the rank beside the linear margin, whose share is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Blend {
    overlap: f32,
    vote: f32,
}

impl Blend {
    const fn new(overlap: f32, vote: f32) -> Blend {
        Blend { overlap, vote }
    }

    fn rank(self, scored: &Scored) -> f32 {
        scored.linear + self.overlap * scored.overlap + self.vote * scored.vote
    }

    /// Ranks anew, best first.
    fn sort(self, scored: &mut Vec<Scored>) {
        for scored in scored.iter_mut() {
            scored.rank = self.rank(scored);
        }
        scored.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.class.cmp(&b.class)));
        scored.truncate(MOST_RANKED);
    }
}

impl Model {
    /// Learns from published articles of one language.
    pub(crate) fn train(language: Language, articles: &[&Article], synonyms: &[Vec<String>]) -> Model {
        let splitter = Splitter::new(language, synonyms);
        let mut known = Vec::new();
        let mut examples = Vec::new();
        let mut retrieval = Retrieval::default();
        let mut is_partial = false;

        for article in articles {
            if retrieval.units() >= MOST_UNITS {
                is_partial = true;
                break;
            }
            let class = known.len();
            let cut = passages(article);
            let title = splitter.words(&article.title, QUESTION_WORDS);
            let unit = retrieval.add(class, UnitKind::Title, &title);
            examples.push(Example {
                class,
                words: title.clone(),
                weight: TITLE_WEIGHT,
                is_question: false,
                unit,
            });
            for question in &article.questions {
                let words = splitter.words(question, QUESTION_WORDS);
                let unit = retrieval.add(class, UnitKind::Question, &words);
                examples.push(Example {
                    class,
                    words,
                    weight: 1.0,
                    is_question: true,
                    unit,
                });
            }
            for (number, passage) in cut.iter().enumerate() {
                let mut words = splitter.words(&passage.heading, QUESTION_WORDS);
                words.extend(splitter.words(&passage.text, PASSAGE_WORDS));
                // The headline belongs to every passage: it names what "it" is.
                let mut unit_words = title.clone();
                unit_words.extend(words.iter().cloned());
                let unit = retrieval.add(class, UnitKind::Passage(number), &unit_words);
                examples.push(Example {
                    class,
                    words,
                    weight: PASSAGE_WEIGHT,
                    is_question: false,
                    unit,
                });
            }
            known.push(Known {
                id: article.id.clone(),
                title: article.title.clone(),
                slug: article.slug.clone(),
                passages: cut,
            });
        }
        retrieval.finish();

        let classes = known.len();
        // Without a classifier nobody reads the vectors: an empty vectoriser makes empty ones.
        let vectorizer = if Linear::is_worth_it(examples.len(), classes) {
            Vectorizer::fit(examples.iter().map(|example| example.words.as_slice()), classes)
        } else {
            Vectorizer::default()
        };
        let vectors: Vec<SparseVector> = examples
            .iter()
            .map(|example| vectorizer.vector(&example.words))
            .collect();
        let linear = train_linear(&vectorizer, &examples, &vectors, classes, |_| true);
        let asked = examples.iter().filter(|example| example.is_question).count();
        let taught = ((1.0 + asked as f32 / classes.max(1) as f32).ln() / 4.0).min(1.0);
        let (blend, calibration) = calibrate(&retrieval, &vectorizer, &examples, &vectors, classes, taught);
        let ids = articles
            .iter()
            .take(classes)
            .map(|article| (article.id.clone(), article.group.clone()))
            .collect();
        let groups = articles.iter().map(|article| article.group.clone()).collect();
        Model {
            articles: known,
            ids,
            groups,
            is_partial,
            splitter,
            retrieval,
            vectorizer,
            linear,
            blend,
            taught,
            calibration,
        }
    }

    /// The articles that may answer a text, best first, with their confidence.
    pub(crate) fn rank(&self, text: &str) -> Vec<Ranked> {
        let mut words = self.splitter.words(text, QUESTION_WORDS);
        for word in &mut words {
            if let Some(meant) = self.retrieval.meant(word) {
                word.stem = meant.to_owned();
            }
        }
        let vector = self.vectorizer.vector(&words);
        let margins = self.linear.as_ref().map(|linear| linear.margins(&vector));
        let mut scored = score(&self.retrieval, margins.as_deref(), &words, &|_, _| true);
        self.blend.sort(&mut scored);
        let Some(evidence) = evidence(&self.retrieval, &scored, &words, self.taught, &|_, _| true) else {
            return Vec::new();
        };
        let confidence = self.calibration.confidences(&evidence, &ranks(&scored));
        scored
            .iter()
            .zip(confidence)
            .map(|(scored, confidence)| Ranked {
                class: scored.class,
                confidence,
                passage: self.best_passage(scored.class, &words),
            })
            .collect()
    }

    pub(crate) fn knows(&self, article_id: &str) -> bool {
        self.ids.contains_key(article_id)
    }

    /// What the translations of an article in memory share.
    pub(crate) fn group_of(&self, article_id: &str) -> Option<&str> {
        self.ids.get(article_id).map(String::as_str)
    }

    /// Whether an article of this group exists in this language.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.groups.contains(group)
    }

    /// How well a text that is not in memory (an article beyond [`MOST_UNITS`]) covers a question:
    /// 0 nothing, 1 everything.
    pub(crate) fn overlap_with(&self, question: &str, text: &str) -> f32 {
        let words = self.splitter.words(question, QUESTION_WORDS);
        self.retrieval
            .overlap(&words, &self.splitter.words(text, PASSAGE_WORDS))
    }

    fn best_passage(&self, class: usize, words: &[Word]) -> Option<Passage> {
        let passages = &self.articles.get(class)?.passages;
        let wants_steps = analysis::asks_how(words);
        let worth = |number: usize| match passages.get(number) {
            // Who asks how to do a thing is helped by the steps, not by the sentence that names it most.
            Some(passage) if passage.has_steps() => {
                if wants_steps {
                    STEPS_ASKED_FOR
                } else {
                    STEPS
                }
            }
            _ => 1.0,
        };
        let number = self.retrieval.best_passage(class, words, &worth).unwrap_or(0);
        passages.get(number).cloned()
    }
}

fn ranks(scored: &[Scored]) -> Vec<f32> {
    scored.iter().map(|scored| scored.rank).collect()
}

/// Scores the classes for a question, not yet ranked. `allowed(unit, class)` leaves units and classes out, which
/// is how the calibration asks "what if this article did not exist".
fn score(
    retrieval: &Retrieval,
    margins: Option<&[f32]>,
    words: &[Word],
    allowed: &impl Fn(usize, usize) -> bool,
) -> Vec<Scored> {
    let mut by_class: HashMap<usize, Scored> = HashMap::new();
    let blank = |class| Scored {
        class,
        rank: 0.0,
        linear: -1.0,
        overlap: 0.0,
        vote: 0.0,
    };
    for found in retrieval.find(words, allowed) {
        let entry = by_class.entry(found.class).or_insert_with(|| blank(found.class));
        entry.overlap = found.overlap;
        entry.vote = found.vote;
    }
    if let Some(margins) = margins {
        let mut order: Vec<usize> = (0..margins.len()).filter(|&class| allowed(usize::MAX, class)).collect();
        order.sort_by(|&a, &b| margins[b].total_cmp(&margins[a]));
        for &class in order.iter().take(MOST_RANKED) {
            // A class that shares no word with the question is no candidate at all.
            if margins[class] > -0.999 {
                by_class.entry(class).or_insert_with(|| blank(class));
            }
        }
        for scored in by_class.values_mut() {
            scored.linear = margins[scored.class].clamp(-1.5, 1.5);
        }
    }
    by_class.into_values().collect()
}

/// What the calibration looks at, for the best class of a question.
fn evidence(
    retrieval: &Retrieval,
    scored: &[Scored],
    words: &[Word],
    taught: f32,
    allowed: &impl Fn(usize, usize) -> bool,
) -> Option<Evidence> {
    const CROWD: usize = 3;
    let best = scored.first()?;
    let second = scored.get(1);
    let gap = best.rank - second.map_or(-1.0, |second| second.rank);
    let matched = retrieval.matched(best.class, words, allowed) as f32;
    let (covered, rarest_missing) = retrieval.covered(best.class, words, allowed);
    let topical = words.iter().filter(|word| !word.is_function_word).count() as f32;
    let mut others: Vec<f32> = scored.iter().skip(1).map(|scored| scored.linear).collect();
    others.sort_by(|a, b| b.total_cmp(a));
    others.resize(CROWD, -1.0);
    Some([
        1.0,
        best.linear,
        gap.clamp(0.0, 2.0),
        best.overlap,
        best.vote,
        best.overlap * best.vote,
        retrieval.known_share(words),
        (1.0 + topical).ln(),
        matched.min(4.0) / 2.0,
        (best.linear - second.map_or(-1.0, |second| second.linear)).clamp(-1.0, 2.0),
        covered,
        others.iter().sum::<f32>() / CROWD as f32,
        rarest_missing / 8.0,
        best.linear * (words.len().max(1) as f32).ln() / 2.0,
        taught,
        taught * best.linear,
    ])
}

fn train_linear(
    vectorizer: &Vectorizer,
    examples: &[Example],
    vectors: &[SparseVector],
    classes: usize,
    keep: impl Fn(usize) -> bool,
) -> Option<Linear> {
    let chosen: Vec<linear::Sample<'_>> = (0..examples.len())
        .filter(|&at| keep(at))
        .map(|at| linear::Sample {
            class: examples[at].class,
            vector: &vectors[at],
            weight: examples[at].weight,
        })
        .collect();
    Linear::train(&chosen, classes, vectorizer.features())
}

/// One question of the calibration, scored.
struct Asked {
    at: usize,
    round: usize,
    scored: Vec<Scored>,
    is_answerable: bool,
}

/// Learns how to rank and what ranks are worth by asking held-out example questions, once with their
/// article in place and once, for every article in turn, as if it had never been written.
fn calibrate(
    retrieval: &Retrieval,
    vectorizer: &Vectorizer,
    examples: &[Example],
    vectors: &[SparseVector],
    classes: usize,
    taught: f32,
) -> (Blend, Calibration) {
    const ROUNDS: usize = 4;
    const POINTS_PER_ROUND: usize = 1_000;
    let questions: Vec<usize> = (0..examples.len()).filter(|&at| examples[at].is_question).collect();
    if classes < 4 || questions.len() < 12 {
        return (BLENDS[0], Calibration::default());
    }
    // Questions of one article lie side by side, so every ROUNDSth of them spreads over articles.
    let mut fold = vec![usize::MAX; examples.len()];
    let mut in_class: HashMap<usize, usize> = HashMap::new();
    for &at in &questions {
        let count = in_class.entry(examples[at].class).or_insert(0);
        fold[at] = (*count + examples[at].class) % ROUNDS;
        *count += 1;
    }
    let held_class = |class: usize, round: usize| class % ROUNDS == round;
    let is_trained = |at: usize, round: usize| fold[at] != round && !held_class(examples[at].class, round);
    // By unit; a unit of no example is never held.
    let mut example_of = vec![None; retrieval.units()];
    for (at, example) in examples.iter().enumerate() {
        if let Some(unit) = example.unit {
            example_of[unit] = Some(at);
        }
    }
    let allowed = |round: usize| {
        let example_of = &example_of;
        move |unit: usize, class: usize| {
            !held_class(class, round)
                && example_of
                    .get(unit)
                    .copied()
                    .flatten()
                    .is_none_or(|at| is_trained(at, round))
        }
    };
    let ask = |round: usize| {
        let linear = train_linear(vectorizer, examples, vectors, classes, |at| is_trained(at, round));
        let asked: Vec<usize> = questions
            .iter()
            .copied()
            .filter(|&at| fold[at] == round || held_class(examples[at].class, round))
            .collect();
        let step = asked.len().div_ceil(POINTS_PER_ROUND).max(1);
        asked
            .into_iter()
            .step_by(step)
            .map(|at| {
                let margins = linear.as_ref().map(|linear| linear.margins(&vectors[at]));
                Asked {
                    at,
                    round,
                    scored: score(retrieval, margins.as_deref(), &examples[at].words, &allowed(round)),
                    is_answerable: !held_class(examples[at].class, round),
                }
            })
            .collect::<Vec<Asked>>()
    };
    // Two at a time: each holds a set of weights.
    let mut asked: Vec<Asked> = Vec::new();
    for pair in [[0, 1], [2, 3]] {
        let ask = &ask;
        asked.extend(std::thread::scope(|scope| {
            let second = scope.spawn(move || ask(pair[1]));
            let mut found = ask(pair[0]);
            match second.join() {
                Ok(more) => found.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            found
        }));
    }

    let blend = best_blend(examples, &asked);
    let points: Vec<calibrate::Point> = asked
        .into_iter()
        .filter_map(|mut asked| {
            blend.sort(&mut asked.scored);
            let example = &examples[asked.at];
            let evidence = evidence(retrieval, &asked.scored, &example.words, taught, &allowed(asked.round))?;
            let place = asked.scored.iter().position(|scored| scored.class == example.class);
            Some(calibrate::Point {
                evidence,
                is_answerable: asked.is_answerable,
                place,
            })
        })
        .collect();
    (blend, Calibration::fit(&points))
}

/// The blend that puts most of the answerable questions' articles first; an earlier one unless a later
/// one is better by more than chance.
fn best_blend(examples: &[Example], asked: &[Asked]) -> Blend {
    let answerable = asked.iter().filter(|asked| asked.is_answerable).count();
    let firsts = BLENDS.map(|blend| {
        asked
            .iter()
            .filter(|asked| asked.is_answerable)
            .filter(|asked| {
                asked
                    .scored
                    .iter()
                    .max_by(|a, b| blend.rank(a).total_cmp(&blend.rank(b)).then(b.class.cmp(&a.class)))
                    .is_some_and(|best| best.class == examples[asked.at].class)
            })
            .count()
    });
    let mut best = 0;
    for (at, &first) in firsts.iter().enumerate() {
        if first > firsts[best] + answerable / 500 {
            best = at;
        }
    }
    BLENDS[best]
}

#[cfg(test)]
mod tests;
