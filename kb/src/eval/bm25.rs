//! What others answer from, to measure against.

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, STORED, STRING, Schema, TEXT, Value};
use tantivy::tokenizer::TokenStream;
use tantivy::{TantivyDocument, Term};

use super::{EvalArticle, EvalQuestion};

/// How many questions find their article first by BM25 alone: one field of text, words as they are written.
pub(crate) fn first_by_bm25(articles: &[&EvalArticle], questions: &[&EvalQuestion]) -> usize {
    let mut schema = Schema::builder();
    let (id, text) = (
        schema.add_text_field("id", STRING | STORED),
        schema.add_text_field("text", TEXT),
    );
    let index = tantivy::Index::create_in_ram(schema.build());
    let mut writer = index.writer_with_num_threads(1, 20_000_000).unwrap();
    for article in articles {
        let mut document = TantivyDocument::default();
        document.add_text(id, &article.id);
        document.add_text(
            text,
            [&article.title, &article.questions.join("\n"), &article.body]
                .map(String::as_str)
                .join("\n"),
        );
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
    let searcher = index.reader().unwrap().searcher();
    let mut words = index.tokenizers().get("default").unwrap();
    let is_first = |question: &&&EvalQuestion| {
        let mut any: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        words.token_stream(&question.text).process(&mut |token| {
            let term = Term::from_field_text(text, &token.text);
            any.push((
                Occur::Should,
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
            ));
        });
        let found = searcher
            .search(&BooleanQuery::new(any), &TopDocs::with_limit(1).order_by_score())
            .unwrap();
        found.first().is_some_and(|(_, address)| {
            let document: TantivyDocument = searcher.doc(*address).unwrap();
            document.get_first(id).and_then(|id| id.as_str().map(str::to_owned)) == question.article
        })
    };
    questions.iter().filter(is_first).count()
}
