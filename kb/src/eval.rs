//! `kb eval`: how well the bot would answer a list of questions.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use conversation::types::Language;
use serde::{Deserialize, Serialize};

use crate::answerer::Answerer;
use crate::article::{Article, ArticleKind, ArticleStatus};
use crate::model::Reference;
use crate::semantics::{Semantics, SemanticsError};
use crate::settings::{ANSWER_AT, Settings};

/// A line longer than this is not an article.
const LINE_BYTES: u64 = 4 * 1024 * 1024;

/// One line of the articles' file.
#[derive(Debug, Clone, Deserialize)]
pub struct EvalArticle {
    /// What questions refer to.
    pub id: String,
    /// The language it is written in.
    pub language: Language,
    /// The headline.
    pub title: String,
    /// Markdown; may be missing.
    #[serde(default)]
    pub body: String,
    /// Example questions; may be missing.
    #[serde(default)]
    pub questions: Vec<String>,
}

/// One line of the questions' file.
#[derive(Debug, Clone, Deserialize)]
pub struct EvalQuestion {
    /// What the customer writes.
    pub text: String,
    /// The language it is written in.
    pub language: Language,
    /// The right article; `None` means that no answer exists and the bot must escalate. The key
    /// must be there: a forgotten one would count as unanswerable.
    #[serde(deserialize_with = "present_or_null")]
    pub article: Option<String>,
    /// The headings whose passages answer it ("" is what stands before the first one); empty where any does.
    #[serde(default)]
    pub headings: Vec<String>,
}

fn present_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer)
}

/// Why an evaluation cannot run.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("{path}:{line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what was expected.
        what: String,
    },
}

/// The figures of an evaluation, in the order in which they are printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Questions asked.
    pub questions: usize,
    /// Questions that got an answer.
    pub answered: usize,
    /// Answers that named the right article.
    pub correct: usize,
    /// Answers that named another one, unanswerable questions included.
    pub wrong: usize,
    /// Questions handed to people.
    pub escalated: usize,
    /// Of these, how many had an article.
    pub answerable_escalated: usize,
    /// Answers to questions without an article.
    pub unanswerable_answered: usize,
    /// Share of the answerable questions whose article was ranked first, answered or not.
    pub top1: f64,
    /// Share of the answerable questions whose article was among the first five.
    pub top5: f64,
    /// Mean reciprocal rank over the answerable questions.
    pub mrr: f64,
    /// Of the questions with `headings` whose article was ranked first, the share that was shown one of those
    /// passages; missing where no question has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passage: Option<f64>,
    /// Time to candidates, median, in milliseconds.
    pub p50_ms: f64,
    /// Time to candidates, 99th percentile, in milliseconds.
    pub p99_ms: f64,
}

/// Reads the articles' file.
///
/// # Errors
/// The file cannot be read, or the first line that is not an article.
pub fn read_articles(path: &Path) -> Result<Vec<EvalArticle>, EvalError> {
    let mut seen = HashSet::new();
    read_lines(
        path,
        r#"{"id", "language", "title", "body", "questions"}"#,
        |article: &EvalArticle| {
            if article.id.is_empty() {
                return Err("`id` is empty; give every article its own".to_owned());
            }
            if !seen.insert((article.id.clone(), article.language)) {
                return Err(format!(
                    "the id `{}` is used twice in {}; ids must differ",
                    article.id, article.language
                ));
            }
            Ok(())
        },
    )
}

/// Reads the questions' file; every article it names must exist.
///
/// # Errors
/// The file cannot be read, or the first line that is not a question about these articles.
pub fn read_questions(path: &Path, articles: &[EvalArticle]) -> Result<Vec<EvalQuestion>, EvalError> {
    let known: HashSet<&str> = articles.iter().map(|article| article.id.as_str()).collect();
    read_lines(
        path,
        r#"{"text", "language", "article"}"#,
        |question: &EvalQuestion| match &question.article {
            Some(article) if !known.contains(article.as_str()) => Err(format!(
                "the article `{article}` is not in the articles' file; correct the id, or write null if no answer exists"
            )),
            _ => Ok(()),
        },
    )
}

/// Reads a file of one JSON object a line; `shape` is said of a line that is none.
pub(crate) fn read_lines<T: for<'de> Deserialize<'de>>(
    path: &Path,
    shape: &str,
    mut check: impl FnMut(&T) -> Result<(), String>,
) -> Result<Vec<T>, EvalError> {
    let file_error = |source| EvalError::File {
        path: path.to_owned(),
        source,
    };
    let mut reader = BufReader::new(File::open(path).map_err(file_error)?);
    let mut rows = Vec::new();
    let mut number = 0;
    loop {
        let mut bytes = Vec::new();
        if reader
            .by_ref()
            .take(LINE_BYTES + 1)
            .read_until(b'\n', &mut bytes)
            .map_err(file_error)?
            == 0
        {
            return Ok(rows);
        }
        number += 1;
        let line_error = |what: String| EvalError::Line {
            path: path.to_owned(),
            line: number,
            what,
        };
        if bytes.len() as u64 > LINE_BYTES {
            return Err(line_error(format!(
                "longer than {LINE_BYTES} bytes; one JSON object a line is expected"
            )));
        }
        let line = std::str::from_utf8(&bytes).map_err(|error| line_error(format!("not UTF-8: {error}")))?;
        let line = if number == 1 {
            line.trim_start_matches('\u{feff}')
        } else {
            line
        };
        if line.trim().is_empty() {
            continue;
        }
        let row: T = serde_json::from_str(line)
            .map_err(|error| line_error(format!("{error}; expected one JSON object {shape}")))?;
        check(&row).map_err(line_error)?;
        rows.push(row);
    }
}

impl EvalArticle {
    /// The article as the knowledge base would hold it. Ids may repeat over languages here, so the
    /// language goes into the id.
    pub(crate) fn to_article(&self) -> Article {
        Article {
            id: format!("{}/{}", self.language, self.id),
            kind: ArticleKind::Faq,
            slug: self.id.clone(),
            language: self.language,
            group: self.id.clone(),
            title: self.title.clone(),
            body: self.body.clone(),
            questions: self.questions.clone(),
            status: ArticleStatus::Published,
            place: crate::article::Place::default(),
            version: 1,
            updated_at: 0,
        }
    }
}

/// One question of an evaluation: how sure the bot was, and of what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked {
    /// What the customer wrote.
    pub text: String,
    /// The right article; `None` where no answer exists.
    pub article: Option<String>,
    /// The best article; `None` where nothing was found.
    pub found: Option<String>,
    /// Confidence in the best article; 0 without one.
    pub confidence: f32,
}

impl Asked {
    /// Whether the best article is the right one.
    pub fn is_right(&self) -> bool {
        self.article.is_some() && self.found == self.article
    }
}

/// Asks every question and counts, with the models that come with the program.
pub fn evaluate(articles: &[EvalArticle], questions: &[EvalQuestion]) -> Report {
    let shipped = Semantics::shipped(None);
    // What comes with the program can be run.
    let _ = read_by(&shipped, articles);
    evaluate_with(articles, questions, &shipped).0
}

/// Makes the vectors of all articles, so that [`evaluate_with`] can use them; takes minutes for large models.
///
/// # Errors
/// The language whose model cannot be run.
pub fn read_by(semantics: &Semantics, articles: &[EvalArticle]) -> Result<(), (Language, SemanticsError)> {
    let rows: Vec<Article> = articles.iter().map(EvalArticle::to_article).collect();
    semantics.learn_all(&rows)
}

impl Report {
    /// Counts what became of a question whose right article is `right`, and whose best one `found`.
    fn count(&mut self, is_answered: bool, right: Option<&str>, found: Option<&str>) {
        if !is_answered {
            self.escalated += 1;
            self.answerable_escalated += usize::from(right.is_some());
            return;
        }
        self.answered += 1;
        match right {
            Some(_) if right == found => self.correct += 1,
            Some(_) => self.wrong += 1,
            None => {
                self.wrong += 1;
                self.unanswerable_answered += 1;
            }
        }
    }
}

/// As [`evaluate`], with these models of sentences; also gives every question.
pub fn evaluate_with(
    articles: &[EvalArticle],
    questions: &[EvalQuestion],
    semantics: &Semantics,
) -> (Report, Vec<Asked>) {
    evaluate_beside(articles, questions, semantics, Reference::shipped())
}

/// As [`evaluate_with`], with this in place of what comes with the program.
pub(crate) fn evaluate_beside(
    articles: &[EvalArticle],
    questions: &[EvalQuestion],
    semantics: &Semantics,
    reference: &Reference,
) -> (Report, Vec<Asked>) {
    let rows: Vec<Article> = articles.iter().map(EvalArticle::to_article).collect();
    let names: HashMap<&str, &str> = rows
        .iter()
        .zip(articles)
        .map(|(row, article)| (row.id.as_str(), article.id.as_str()))
        .collect();
    let answerer = Answerer::train_beside(&rows, &Settings::default(), semantics, reference);

    let mut report = Report {
        questions: questions.len(),
        answered: 0,
        correct: 0,
        wrong: 0,
        escalated: 0,
        answerable_escalated: 0,
        unanswerable_answered: 0,
        top1: 0.0,
        top5: 0.0,
        mrr: 0.0,
        passage: None,
        p50_ms: 0.0,
        p99_ms: 0.0,
    };
    let mut times = Vec::with_capacity(questions.len());
    let mut answerable = 0_usize;
    let (mut shown, mut fitting) = (0_usize, 0_usize);
    let mut each = Vec::with_capacity(questions.len());
    for question in questions {
        let begun = Instant::now();
        let candidates = answerer.candidates(None, question.language, &question.text, 10);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);

        let ranked: Vec<&str> = candidates
            .iter()
            .filter_map(|candidate| names.get(candidate.article_id.as_str()).copied())
            .collect();
        if let Some(right) = question.article.as_deref() {
            answerable += 1;
            if let Some(place) = ranked.iter().position(|&id| id == right) {
                report.top1 += f64::from(u8::from(place == 0));
                report.top5 += f64::from(u8::from(place < 5));
                report.mrr += 1.0 / (place as f64 + 1.0);
            }
            if let Some(best) = candidates.first()
                && ranked.first() == Some(&right)
                && !question.headings.is_empty()
            {
                shown += 1;
                fitting += usize::from(
                    best.passages
                        .iter()
                        .any(|shown| question.headings.contains(&shown.heading)),
                );
            }
        }
        each.push(Asked {
            text: question.text.clone(),
            article: question.article.clone(),
            found: ranked.first().map(|&id| id.to_owned()),
            confidence: candidates.first().map_or(0.0, |best| best.confidence),
        });
        let is_answered = candidates
            .first()
            .is_some_and(|candidate| candidate.confidence >= ANSWER_AT);
        report.count(is_answered, question.article.as_deref(), ranked.first().copied());
    }
    if answerable > 0 {
        for share in [&mut report.top1, &mut report.top5, &mut report.mrr] {
            *share = round(*share / answerable as f64);
        }
    }
    report.passage = (shown > 0).then(|| round(fitting as f64 / shown as f64));
    times.sort_by(f64::total_cmp);
    report.p50_ms = round(percentile(&times, 0.50));
    report.p99_ms = round(percentile(&times, 0.99));
    (report, each)
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(0.0)
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
pub(crate) mod bm25;
#[cfg(test)]
pub(crate) mod sets;
#[cfg(test)]
mod taught;
#[cfg(test)]
mod tests;
