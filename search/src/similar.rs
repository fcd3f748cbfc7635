//! Tickets that say much the same as a text: whatever words they share, the rare ones count most.

use std::collections::BTreeSet;

use conversation::types::{Language, Millis, TicketId};
use kb::analysis;
use std::ops::Bound;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query as TantivyQuery, RangeQuery, TermQuery};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{TantivyDocument, Term};

use crate::index::{Search, SearchError};

/// The most words of the text that are looked at.
const WORDS: usize = 32;
/// What shares less of the text's weight is not similar.
const SHARE: f32 = 0.4;

impl Search {
    /// Tickets opened since a moment that say much the same, the most similar first, with the share of the
    /// text's weight that they have. Blocks for some milliseconds: call it from a blocking task.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn similar(
        &self,
        language: Language,
        text: &str,
        since: Millis,
        most: usize,
    ) -> Result<Vec<(TicketId, f32)>, SearchError> {
        let searcher = self.inner.reader.searcher();
        let fields = &self.inner.fields;
        let field = fields.stems(language);
        let mut stems = BTreeSet::new();
        let mut chain = analysis::index_chain(language);
        let mut stream = chain.token_stream(text);
        while stems.len() < WORDS && stream.advance() {
            let stem = &stream.token().text;
            if stem.chars().count() > 2 && !stem.chars().all(|c| c.is_ascii_digit()) {
                stems.insert(stem.clone());
            }
        }
        if stems.is_empty() {
            return Ok(Vec::new());
        }
        let unscored =
            |query: Box<dyn TantivyQuery>| -> Box<dyn TantivyQuery> { Box::new(ConstScoreQuery::new(query, 0.0)) };
        let kind = Term::from_field_text(fields.kind, "ticket");
        let opened = RangeQuery::new(
            Bound::Included(Term::from_field_i64(fields.at, since)),
            Bound::Unbounded,
        );
        let mut clauses: Vec<(Occur, Box<dyn TantivyQuery>)> = vec![
            (
                Occur::Must,
                unscored(Box::new(TermQuery::new(kind, IndexRecordOption::Basic))),
            ),
            (Occur::Must, unscored(Box::new(opened))),
        ];
        #[expect(clippy::cast_precision_loss, reason = "a weight, not a count")]
        let all = searcher.num_docs() as f32 + 1.0;
        let mut whole = 0.0;
        for stem in &stems {
            let term = Term::from_field_text(field, stem);
            #[expect(clippy::cast_precision_loss, reason = "a weight, not a count")]
            let weight = (all / (searcher.doc_freq(&term)? as f32 + 1.0)).ln().max(0.1);
            whole += weight;
            let exact: Box<dyn TantivyQuery> = Box::new(ConstScoreQuery::new(
                Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
                1.0,
            ));
            clauses.push((Occur::Should, Box::new(BoostQuery::new(exact, weight))));
        }
        let top = TopDocs::with_limit(most.max(1)).order_by_score();
        let mut found = Vec::new();
        for (score, address) in searcher.search(&BooleanQuery::new(clauses), &top)? {
            let share = score / whole;
            if share < SHARE {
                break;
            }
            let document: TantivyDocument = searcher.doc(address)?;
            if let Some(key) = document.get_first(fields.key).and_then(|value| value.as_str()) {
                found.push((TicketId::from(key), share));
            }
        }
        Ok(found)
    }
}
