//! The bot's view of the knowledge base: a question in, candidates with confidence out.
//!
//! Confidence is a probability: of all answers given with confidence 0.8, about eight in ten are
//! the right article, when about three in ten questions have no article at all. It is learned from
//! the articles' own example questions, held out (see `model`).

use std::collections::BTreeMap;

use conversation::types::Language;

use crate::article::{self, Article, ArticleStatus, Passage};
use crate::index::Index;
use crate::model::{Model, Reference};
use crate::semantics::Semantics;
use crate::settings::Settings;

/// Below this in the question's own language, articles that exist in another one alone are looked at.
const FALL_BACK_BELOW: f32 = 0.3;
/// In characters; a question beyond it is cut.
const QUESTION_CHARS: usize = 2_000;
/// Confidence in an article that only the index knows: retrieval without a learned separator.
const INDEX_ONLY_SCALE: f32 = 0.55;

/// An article that may answer a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The article.
    pub article_id: String,
    /// Its headline.
    pub title: String,
    /// Its public path, relative to the installation's address.
    pub path: String,
    /// The language it is written in; another than the question's only where that one has no
    /// such article.
    pub language: Language,
    /// The part of the article that fits best, or two that fit as well, in their order; none for an article
    /// without text.
    pub passages: Vec<Passage>,
    /// The probability that this is the right article, 0 to 1.
    pub confidence: f32,
}

impl Candidate {
    /// Its passages as one plain text: a heading says where each begins, where there are two.
    pub fn text(&self) -> String {
        match self.passages.as_slice() {
            [only] => only.text.clone(),
            several => {
                let parts: Vec<String> = several
                    .iter()
                    .map(|passage| match passage.heading.as_str() {
                        "" => passage.text.clone(),
                        heading if heading.ends_with([':', '?', '!', '.']) => format!("{heading}\n{}", passage.text),
                        heading => format!("{heading}:\n{}", passage.text),
                    })
                    .collect();
                parts.join("\n\n")
            }
        }
    }
}

impl Candidate {
    /// Its passages as a message says them (`conversation::marks`), each under its heading where there are two.
    pub fn said(&self) -> String {
        match self.passages.as_slice() {
            [only] => only.said().to_owned(),
            several => {
                let parts = several.iter().map(|passage| match passage.heading.as_str() {
                    "" => passage.said().to_owned(),
                    heading => format!("### {heading}\n\n{}", passage.said()),
                });
                parts.collect::<Vec<_>>().join("\n\n")
            }
        }
    }

    /// Gives its passages the marks that they have in their article.
    pub(crate) fn mark(&mut self, article: &Article) {
        if self.passages.iter().all(|passage| !passage.marked.is_empty()) {
            return;
        }
        for cut in article::passages(article) {
            let same = |passage: &&mut Passage| passage.text == cut.text && passage.heading == cut.heading;
            if let Some(passage) = self.passages.iter_mut().find(same) {
                passage.marked = cut.marked;
            }
        }
    }
}

/// What was learned from the articles. Immutable: train a new one when articles change.
#[derive(Default)]
pub struct Answerer {
    models: BTreeMap<Language, Model>,
}

impl Answerer {
    /// Learns from the published articles, per language. Deterministic. Takes about 0.2 s for 50
    /// articles with 20 questions each; call it off the async threads.
    pub fn train(articles: &[Article]) -> Answerer {
        Answerer::train_with(articles, &Settings::default())
    }

    /// As [`Answerer::train`], with the business's own words of one meaning.
    pub fn train_with(articles: &[Article], settings: &Settings) -> Answerer {
        Answerer::train_in_full(articles, settings, &Semantics::shipped(None))
    }

    /// As [`Answerer::train_with`], with these models before what comes with the program. Until a model has read the
    /// texts, or where it is worth nothing, the next one serves, and at last the table.
    pub fn train_in_full(articles: &[Article], settings: &Settings, semantics: &Semantics) -> Answerer {
        Answerer::train_beside(articles, settings, semantics, Reference::shipped())
    }

    /// As [`Answerer::train_in_full`], with this in place of what comes with the program.
    pub(crate) fn train_beside(
        articles: &[Article],
        settings: &Settings,
        semantics: &Semantics,
        reference: &Reference,
    ) -> Answerer {
        let mut models = BTreeMap::new();
        for &language in Language::ALL {
            let own: Vec<&Article> = articles
                .iter()
                .filter(|article| article.language == language && article.status == ArticleStatus::Published)
                .collect();
            if !own.is_empty() {
                let groups = settings.groups(language);
                // What is worth nothing here leaves its place to the next.
                let mut meanings = semantics.of(language, &own);
                let mut model = Model::train(language, &own, &groups, meanings.next(), reference);
                while !model.has_sense()
                    && let Some(next) = meanings.next()
                {
                    model = Model::train(language, &own, &groups, Some(next), reference);
                }
                models.insert(language, model);
            }
        }
        Answerer { models }
    }

    /// Whether nothing can be answered at all.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// Whether meaning takes part in the answers of a language, by a model or by the table that comes with the
    /// program.
    pub fn has_sense(&self, language: Language) -> bool {
        self.models.get(&language).is_some_and(Model::has_sense)
    }

    /// Whether it is a model of the business's own: one is configured, has read the articles, and held-out
    /// questions are answered better with it.
    pub fn has_own_model(&self, language: Language) -> bool {
        self.models.get(&language).is_some_and(Model::has_own_model)
    }

    /// The articles that may answer a question, most probable first. `index` finds what a very
    /// large base does not keep in memory; without it, or when it fails, the rest still answers.
    pub fn candidates(
        &self,
        index: Option<&Index>,
        language: Language,
        question: &str,
        limit: usize,
    ) -> Vec<Candidate> {
        let end = question
            .char_indices()
            .nth(QUESTION_CHARS)
            .map_or(question.len(), |(at, _)| at);
        let question = &question[..end];
        let mut candidates = match self.models.get(&language) {
            Some(model) => self.of_model(index, language, model, question, true),
            None => Vec::new(),
        };
        // What exists in this language answers in it; what does not may answer in another one.
        if !candidates.iter().any(|own| own.confidence >= FALL_BACK_BELOW) {
            let own = self.models.get(&language);
            for (&other, model) in self.models.iter().filter(|(other, _)| **other != language) {
                let found = self.of_model(index, other, model, question, false);
                candidates.extend(found.into_iter().filter(|candidate| {
                    let group = model.group_of(&candidate.article_id);
                    own.is_none() || !group.is_some_and(|group| own.is_some_and(|own| own.has_group(group)))
                }));
            }
        }
        candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        candidates.truncate(limit);
        candidates
    }

    fn of_model(
        &self,
        index: Option<&Index>,
        language: Language,
        model: &Model,
        question: &str,
        is_own: bool,
    ) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = model
            .rank(question, is_own)
            .into_iter()
            .filter_map(|ranked| {
                let article = model.articles.get(ranked.class)?;
                Some(Candidate {
                    article_id: article.id.clone(),
                    title: article.title.clone(),
                    path: format!("/help/{language}/{}", article.slug),
                    language,
                    passages: ranked.passages,
                    confidence: ranked.confidence,
                })
            })
            .collect();
        if model.is_partial
            && let Some(index) = index
        {
            candidates.extend(beyond_memory(index, language, model, question));
        }
        candidates
    }
}

/// What the index finds among the articles that the model had no room for.
fn beyond_memory(index: &Index, language: Language, model: &Model, question: &str) -> Vec<Candidate> {
    let hits = match index.search(language, question, 8) {
        Ok(hits) => hits,
        Err(error) => {
            tracing::warn!(%error, "search index not readable, answering from memory alone");
            return Vec::new();
        }
    };
    hits.into_iter()
        .filter(|hit| !hit.is_other_language && !model.knows(&hit.article_id))
        .map(|hit| {
            let text = format!("{} {} {}", hit.title, hit.heading, hit.passage);
            let overlap = model.overlap_with(question, &text);
            Candidate {
                path: hit.path(),
                article_id: hit.article_id,
                title: hit.title,
                language,
                passages: vec![Passage {
                    heading: hit.heading,
                    text: hit.passage,
                    marked: String::new(),
                }],
                confidence: (INDEX_ONLY_SCALE * overlap).clamp(0.0, 1.0),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
