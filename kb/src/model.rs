//! What the answerer learns from one language's articles: retrieval over questions and passages,
//! a linear classifier over the example questions, and what their scores are worth.

mod background;
mod calibrate;
mod features;
mod fitting;
mod learned;
mod linear;
mod nearby;
mod price;
mod reference;
mod retrieval;
mod scored;
mod trial;
mod worth;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use conversation::types::Language;

use crate::analysis::{Splitter, Vocabulary, Word};
use crate::article::{Article, Passage, passages};
use crate::semantics::{self, Meaning, Trust, Vector};
use calibrate::{Calibration, Evidence, WITH_MEANING};
use learned::Learned;
use linear::Linear;
use reference::Reader;
pub(crate) use reference::Reference;
#[cfg(test)]
pub(crate) use reference::without as reference_without;
use retrieval::UnitKind;
use scored::{Example, Scored};
use worth::Sense;

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

/// What counts as a training example, and how much.
const TITLE_WEIGHT: f32 = 0.6;
const PASSAGE_WEIGHT: f32 = 0.25;

/// An article as ranked for one question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    /// Position in [`Model::articles`].
    pub(crate) class: usize,
    pub(crate) confidence: f32,
    /// The one or two passages that fit best, in their order; none where the article has none.
    pub(crate) passages: Vec<Passage>,
}

/// An article as the model keeps it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) slug: String,
    passages: Vec<Passage>,
    /// Whether its headline or an example question asks for a price: then it is the article about it.
    is_about_prices: bool,
}

/// What an article says to who asks for a price.
enum Price<'a> {
    /// It is about prices, or has nothing to go by.
    Anyhow,
    /// This part says it.
    Said(&'a Passage),
    /// Nothing of it does.
    Unsaid,
}

pub(crate) struct Model {
    pub(crate) articles: Vec<Known>,
    ids: HashMap<String, String>,
    groups: HashSet<String>,
    /// Whether some articles did not fit.
    pub(crate) is_partial: bool,
    splitter: Splitter,
    learned: Learned,
    blend: Blend,
    calibration: Calibration,
    /// The model of sentences, where it is worth anything.
    sense: Option<Sense>,
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
}

/// What a question turned out to be about, as far as it can be told.
struct Judged {
    words: Vec<Word>,
    vector: Option<Vector>,
    /// Best first.
    scored: Vec<Scored>,
    evidence: Evidence,
    /// The same and more, where meaning takes part.
    with_meaning: Option<[f32; WITH_MEANING]>,
}

/// What there is to learn from articles: their titles, questions and passages, as words and vectors.
struct Lessons {
    known: Vec<Known>,
    examples: Vec<Example>,
    /// There was more than a model holds.
    is_partial: bool,
}

impl Lessons {
    fn of(splitter: &Splitter, articles: &[&Article], meaning: Option<&Arc<Meaning>>) -> Lessons {
        let mut known = Vec::new();
        let mut examples: Vec<Example> = Vec::new();
        let mut is_partial = false;
        let mut vocabulary = Vocabulary::default();
        let mut add = |class, kind, words: Vec<Word>, lead, weight, vector| {
            // Without words there is nothing to learn or find.
            if !words.is_empty() {
                examples.push(Example {
                    class,
                    kind,
                    words: vocabulary.shared(words),
                    lead,
                    weight,
                    vector,
                });
            }
            examples.len()
        };
        let mut units = 0;

        for article in articles {
            if units >= MOST_UNITS {
                is_partial = true;
                break;
            }
            let class = known.len();
            let mut cut = passages(article);
            for passage in &mut cut {
                // Only the few that are shown have need of them (`Candidate::mark`).
                passage.marked = String::new();
            }
            // In the order of what is added below.
            let mut vectors = meaning.into_iter().flat_map(|meaning| {
                let texts = semantics::texts(article);
                texts.into_iter().map(|(role, text)| meaning.known(role, &text))
            });
            let mut vector = || vectors.next().flatten();
            let title = splitter.words(&article.title, QUESTION_WORDS);
            units = add(class, UnitKind::Title, title.clone(), 0, TITLE_WEIGHT, vector());
            for question in &article.questions {
                units = add(
                    class,
                    UnitKind::Question,
                    splitter.words(question, QUESTION_WORDS),
                    0,
                    1.0,
                    vector(),
                );
            }
            for (number, passage) in cut.iter().enumerate() {
                // The headline belongs to every passage: it names what "it" is.
                let mut words = title.clone();
                words.extend(splitter.words(&passage.heading, QUESTION_WORDS));
                words.extend(splitter.words(&passage.text, PASSAGE_WORDS));
                units = add(
                    class,
                    UnitKind::Passage(number),
                    words,
                    title.len(),
                    PASSAGE_WEIGHT,
                    vector(),
                );
            }
            known.push(Known {
                id: article.id.clone(),
                title: article.title.clone(),
                slug: article.slug.clone(),
                passages: cut,
                is_about_prices: article
                    .questions
                    .iter()
                    .chain([&article.title])
                    .any(|text| price::asked(text).is_some()),
            });
        }
        Lessons {
            known,
            examples,
            is_partial,
        }
    }
}

impl Model {
    /// Learns from published articles of one language, with the vectors that a model of sentences has made of them;
    /// what its scores are worth, also from what customers of other businesses asked.
    pub(crate) fn train(
        language: Language,
        articles: &[&Article],
        synonyms: &[Vec<String>],
        meaning: Option<&Arc<Meaning>>,
        reference: &Reference,
    ) -> Model {
        let splitter = Splitter::new(language, synonyms);
        let Lessons {
            known,
            examples,
            is_partial,
        } = Lessons::of(&splitter, articles, meaning);
        let classes = known.len();
        let reader = match meaning {
            None => Reader::Nothing,
            Some(meaning) if meaning.is_quick() => Reader::Table,
            Some(_) => Reader::Model,
        };
        let others = background::examples(language, &splitter, meaning, &examples, classes);
        let trust = meaning.map_or(Trust::MustEarn, |meaning| meaning.trust());
        let verdict = trial::calibrate(&examples, &others, classes, (trust, reader), reference);
        let has_lines = Linear::is_worth_it(examples.len(), classes);
        let (own, others): (Vec<_>, Vec<_>) = (examples.iter().collect(), others.iter().collect());
        let mut learned = Learned::from(&own, &others, classes, has_lines);
        let sense = meaning
            .zip(verdict.meaning)
            .filter(|_| learned.nearby.is_some())
            .map(|(meaning, worth)| Sense {
                meaning: meaning.clone(),
                worth,
            });
        if sense.is_none() {
            learned.nearby = None;
        }
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
            learned,
            blend: verdict.blend,
            calibration: verdict.calibration,
            sense,
        }
    }

    /// The articles that may answer a text, best first, with their confidence. `is_own` says that the text is
    /// in the articles' language: of others the model of sentences need not know a word.
    pub(crate) fn rank(&self, text: &str, is_own: bool) -> Vec<Ranked> {
        let Some(judged) = self.judge(text, is_own) else {
            return Vec::new();
        };
        let ranks: Vec<f32> = judged.scored.iter().map(|scored| scored.rank).collect();
        let sense = self.sense.as_ref().zip(judged.with_meaning.as_ref());
        let confidence = match sense {
            Some((sense, evidence)) => sense.worth.calibration.confidences(evidence, &ranks),
            None => self.calibration.confidences(&judged.evidence, &ranks),
        };
        let asked = fitting::Asked {
            words: &judged.words,
            vector: judged.vector.as_ref().map(Vector::near),
        };
        let wanted = price::asked(text);
        let mut ranked: Vec<Ranked> = judged
            .scored
            .iter()
            .zip(confidence)
            .map(|(scored, confidence)| {
                let class = scored.class;
                let passages = self.fitting(class, &asked);
                let price = wanted.map(|wanted| self.price(class, wanted, &judged.words));
                let (confidence, passages) = match price {
                    Some(Price::Unsaid) => (confidence * price::UNSAID, passages),
                    Some(Price::Said(said)) if !passages.contains(said) => (confidence, vec![said.clone()]),
                    _ => (confidence, passages),
                };
                Ranked {
                    class,
                    confidence,
                    passages,
                }
            })
            .collect();
        if wanted.is_some() {
            ranked.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        }
        ranked
    }

    /// What an article says to a question for a price: a sentence with a price counts when it, the one before it or
    /// its heading has a word of what the question is about.
    fn price(&self, class: usize, wanted: price::Asked, question: &[Word]) -> Price<'_> {
        let Some(article) = self.articles.get(class) else {
            return Price::Anyhow;
        };
        let about: HashSet<&str> = question
            .iter()
            .filter(|word| !word.is_function_word && !price::is_own_word(&word.folded))
            .map(|word| word.stem.as_str())
            .collect();
        if article.is_about_prices || article.passages.is_empty() || about.is_empty() {
            return Price::Anyhow;
        }
        let is_about = |text: &str| {
            let words = self.splitter.words(text, PASSAGE_WORDS);
            words.iter().any(|word| about.contains(word.stem.as_str()))
        };
        let says = |passage: &&Passage| {
            let is_headed = is_about(&passage.heading);
            let mut was_about = false;
            price::sentences(&passage.text).any(|sentence| {
                // "The toner is part of the lease. You never pay for it."
                let before = std::mem::replace(&mut was_about, is_about(sentence));
                (is_headed || was_about || before) && price::is_said(wanted, sentence)
            })
        };
        article.passages.iter().find(says).map_or(Price::Unsaid, Price::Said)
    }

    /// Ranks the articles, and gathers what tells whether the first is the right one; `None` where there is none.
    fn judge(&self, text: &str, is_own: bool) -> Option<Judged> {
        let words = self.learned.meant(self.splitter.words(text, QUESTION_WORDS));
        let sense = self.sense.as_ref().filter(|_| is_own);
        let sense = sense.and_then(|sense| Some((&sense.worth, sense.meaning.question(text)?)));
        let mut scored = self.learned.score(&words, sense.as_ref().map(|(_, vector)| vector));
        match &sense {
            Some((worth, _)) => {
                worth.scale.apply(&mut scored);
                worth.weights.sort(&mut scored);
            }
            None => self.blend.sort(&mut scored),
        }
        let evidence = self.learned.evidence(&scored, &words)?;
        let with_meaning = sense
            .as_ref()
            .and_then(|(worth, _)| worth::evidence(&worth.weights, &evidence, &scored));
        Some(Judged {
            words,
            vector: sense.map(|(_, vector)| vector),
            scored,
            evidence,
            with_meaning,
        })
    }

    fn fitting(&self, class: usize, asked: &fitting::Asked<'_>) -> Vec<Passage> {
        let Learned { retrieval, nearby, .. } = &self.learned;
        match self.articles.get(class) {
            Some(article) => fitting::fitting(article, class, asked, &self.splitter, retrieval, nearby.as_ref()),
            None => Vec::new(),
        }
    }

    /// Whether a model of sentences takes part in its answers.
    pub(crate) fn has_sense(&self) -> bool {
        self.sense.is_some()
    }

    /// Whether that is one of the business's own.
    pub(crate) fn has_own_model(&self) -> bool {
        let own = |sense: &Sense| sense.meaning.trust() == Trust::MustEarn;
        self.sense.as_ref().is_some_and(own)
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
        self.learned
            .retrieval
            .overlap(&words, &self.splitter.words(text, PASSAGE_WORDS))
    }
}

#[cfg(test)]
mod tests;
