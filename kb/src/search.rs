//! Search for people: any text is a query.

use std::collections::HashMap;
use std::ops::Range;

use conversation::types::Language;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{Searcher, TantivyDocument, Term};

use crate::analysis;
use crate::index::{Index, IndexError};

/// How much a match counts, by where it is.
const TITLE_WEIGHT: f32 = 2.0;
const QUESTIONS_WEIGHT: f32 = 1.4;
const HEADING_WEIGHT: f32 = 1.5;
const BODY_WEIGHT: f32 = 1.0;
/// A word that is one letter off counts less than the word itself.
const FUZZY_WEIGHT: f32 = 0.6;
/// Words shorter than this are too often another word when one letter changes.
const FUZZY_LETTERS: usize = 5;
/// A query beyond these is a pasted document; its first words say what it is about.
const QUERY_CHARS: usize = 4_000;
const QUERY_TERMS: usize = 48;
const FUZZY_TERMS: usize = 6;
/// Documents fetched per wanted article: an article has a lead and several passages.
const DOCUMENTS_PER_HIT: usize = 12;

/// One article that was found, with its best passage.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The article.
    pub article_id: String,
    /// The language it is written in.
    pub language: Language,
    /// Nothing was found in the language asked for; this is what another one has.
    pub is_other_language: bool,
    /// The last part of its public address.
    pub slug: String,
    /// The headline.
    pub title: String,
    /// Comparable within one result only.
    pub score: f32,
    /// The best passage, plain text; empty for an article without text.
    pub passage: String,
    /// The heading above that passage; may be empty.
    pub heading: String,
    /// Byte ranges of the words in `passage` that were asked for, in order, not overlapping.
    pub highlights: Vec<Range<usize>>,
}

impl Hit {
    /// The path of the article's public page, relative to the installation's address.
    pub fn path(&self) -> String {
        format!("/help/{}/{}", self.language, self.slug)
    }
}

impl Index {
    /// The best articles for a text, best first. Any text is legal; one without words finds
    /// nothing. When nothing is found in `language`, articles of the other languages are
    /// looked for and flagged.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn search(&self, language: Language, query: &str, limit: usize) -> Result<Vec<Hit>, IndexError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let hits = self.search_one(language, query, limit, false)?;
        if !hits.is_empty() {
            return Ok(hits);
        }
        let mut others = Vec::new();
        for &other in Language::ALL {
            if other != language {
                others.extend(self.search_one(other, query, limit, true)?);
            }
        }
        others.sort_by(|a: &Hit, b: &Hit| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| a.article_id.cmp(&b.article_id))
        });
        others.truncate(limit);
        Ok(others)
    }

    fn search_one(
        &self,
        language: Language,
        query: &str,
        limit: usize,
        is_other_language: bool,
    ) -> Result<Vec<Hit>, IndexError> {
        let searcher = self.reader.searcher();
        let terms = query_terms(language, query);
        let Some((tantivy_query, fuzzy)) = self.build(&searcher, language, &terms)? else {
            return Ok(Vec::new());
        };
        let documents = limit.saturating_mul(DOCUMENTS_PER_HIT).min(2_000);
        let found = searcher.search(&tantivy_query, &TopDocs::with_limit(documents).order_by_score())?;

        let mut hits: Vec<Hit> = Vec::new();
        let mut position: HashMap<String, usize> = HashMap::new();
        let mut more: Vec<f32> = Vec::new();
        for (score, address) in found {
            let document: TantivyDocument = searcher.doc(address)?;
            let text = |field| {
                document
                    .get_first(field)
                    .and_then(|value| value.as_str())
                    .unwrap_or_default()
                    .to_owned()
            };
            let article_id = text(self.fields.article);
            if let Some(&at) = position.get(&article_id) {
                // A second document of the same article speaks for it, a little.
                more[at] = more[at].max(score);
                continue;
            }
            if hits.len() == limit {
                continue;
            }
            position.insert(article_id.clone(), hits.len());
            more.push(0.0);
            hits.push(Hit {
                article_id,
                language,
                is_other_language,
                slug: text(self.fields.stored_slug),
                title: text(self.fields.stored_title),
                score,
                passage: text(self.fields.stored_passage),
                heading: text(self.fields.stored_heading),
                highlights: Vec::new(),
            });
        }
        for (hit, more) in hits.iter_mut().zip(more) {
            hit.score += 0.3 * more;
            hit.highlights = highlights(language, &hit.passage, &terms, &fuzzy);
        }
        hits.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| a.article_id.cmp(&b.article_id))
        });
        Ok(hits)
    }

    /// The query, and the terms that are matched loosely because nobody wrote them like this.
    fn build(
        &self,
        searcher: &Searcher,
        language: Language,
        terms: &[String],
    ) -> Result<Option<(BooleanQuery, Vec<String>)>, IndexError> {
        let text = self.fields.of(language);
        let weighted = [
            (text.title, TITLE_WEIGHT),
            (text.questions, QUESTIONS_WEIGHT),
            (text.heading, HEADING_WEIGHT),
            (text.body, BODY_WEIGHT),
        ];
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut fuzzy = Vec::new();
        for word in terms {
            let mut known = false;
            for (field, _) in weighted {
                known = known || searcher.doc_freq(&Term::from_field_text(field, word))? > 0;
            }
            let mut alternatives: Vec<Box<dyn Query>> = Vec::new();
            if known {
                for (field, weight) in weighted {
                    let term = TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs);
                    alternatives.push(Box::new(BoostQuery::new(Box::new(term), weight)));
                }
            } else if fuzzy.len() < FUZZY_TERMS && word.chars().count() >= FUZZY_LETTERS {
                for (field, weight) in weighted {
                    let term = FuzzyTermQuery::new(Term::from_field_text(field, word), 1, true);
                    alternatives.push(Box::new(BoostQuery::new(Box::new(term), weight * FUZZY_WEIGHT)));
                }
                fuzzy.push(word.clone());
            } else {
                continue;
            }
            clauses.push((
                Occur::Should,
                Box::new(DisjunctionMaxQuery::with_tie_breaker(alternatives, 0.3)),
            ));
        }
        Ok((!clauses.is_empty()).then(|| (BooleanQuery::new(clauses), fuzzy)))
    }
}

/// The distinct index terms of a query, in order.
fn query_terms(language: Language, query: &str) -> Vec<String> {
    let end = query.char_indices().nth(QUERY_CHARS).map_or(query.len(), |(at, _)| at);
    let mut chain = analysis::index_chain(language);
    let mut stream = chain.token_stream(&query[..end]);
    let mut terms: Vec<String> = Vec::new();
    while terms.len() < QUERY_TERMS && stream.advance() {
        if !terms.contains(&stream.token().text) {
            terms.push(stream.token().text.clone());
        }
    }
    terms
}

fn highlights(language: Language, passage: &str, terms: &[String], fuzzy: &[String]) -> Vec<Range<usize>> {
    let mut chain = analysis::index_chain(language);
    let mut stream = chain.token_stream(passage);
    let mut ranges = Vec::new();
    while stream.advance() {
        let token = stream.token();
        let is_asked = terms.contains(&token.text) || fuzzy.iter().any(|word| is_one_edit_apart(word, &token.text));
        if is_asked && passage.is_char_boundary(token.offset_from) && passage.is_char_boundary(token.offset_to) {
            ranges.push(token.offset_from..token.offset_to);
        }
    }
    ranges
}

/// Whether one insertion, deletion, replacement or swap of neighbours makes `a` into `b`, or none. It is asked of
/// thousands of words for one question, and most differ at once.
pub(crate) fn is_one_edit_apart(a: &str, b: &str) -> bool {
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let same = a.floor_char_boundary(same);
    let (a, b) = (&a[same..], &b[same..]);
    let same = a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (
        &a[..a.ceil_char_boundary(a.len() - same)],
        &b[..b.ceil_char_boundary(b.len() - same)],
    );
    let (mut a, mut b) = (a.chars(), b.chars());
    match (a.next(), a.next(), a.next(), b.next(), b.next(), b.next()) {
        (_, None, _, _, None, _) => true,
        (Some(a0), Some(a1), None, Some(b0), Some(b1), None) => a0 == b1 && a1 == b0,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
