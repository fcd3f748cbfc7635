//! Answering a query: the newest messages that fit, and contacts and tickets by how well they do.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;
use std::time::Instant;

use conversation::types::{ContactId, ConversationId, Language, MessageId, TicketId};
use kb::analysis;
use tantivy::collector::{Collector, TopDocs};
use tantivy::query::{
    BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EnableScoring, FuzzyTermQuery, Occur, PhraseQuery,
    Query as TantivyQuery, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, Order, Searcher, TantivyDocument, Term};

use crate::index::{Search, SearchError};
use crate::query::Query;

/// Words with fewer letters are taken as they are written.
const FUZZY_LETTERS: usize = 4;
/// From so many letters on, two may be wrong.
const TWO_WRONG_LETTERS: usize = 8;
/// A word that stands in more messages than this is no typo.
const RARE: u64 = 2;
/// Shorter beginnings of words would be half the language.
const OPEN_LETTERS: usize = 3;

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Find {
    /// What was typed.
    pub query: Query,
    /// Messages in these conversations only, where that is already known.
    pub conversations: Option<Vec<ConversationId>>,
    /// How many messages at most.
    pub messages: usize,
    /// How many contacts, and how many tickets, at most.
    pub others: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Messages and their conversations, the newest first.
    pub messages: Vec<(MessageId, ConversationId)>,
    /// Contacts, the best first.
    pub contacts: Vec<ContactId>,
    /// Tickets, the best first.
    pub tickets: Vec<TicketId>,
    /// There may be more messages than were asked for.
    pub has_more: bool,
    /// How a snippet shows what was meant.
    pub terms: Terms,
}

/// The words of a query as they were matched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms(pub(crate) Vec<Wanted>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) folded: String,
    pub(crate) stems: BTreeSet<String>,
    /// How many letters may be wrong.
    pub(crate) wrong: u8,
    pub(crate) is_open: bool,
}

impl Search {
    /// Finds. Blocks for some milliseconds: call it from a blocking task.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn find(&self, find: &Find) -> Result<Found, SearchError> {
        let started = Instant::now();
        let searcher = self.inner.reader.searcher();
        let terms = self.terms(&searcher, &find.query)?;
        let mut found = Found {
            terms: Terms(terms.clone()),
            ..Found::default()
        };
        if find.query.is_empty() {
            return Ok(found);
        }
        if find.messages > 0 {
            let query = self.messages_query(find, &terms);
            let mut hits = newest(&searcher, &query, find.messages + 1)?;
            found.has_more = hits.len() > find.messages;
            hits.truncate(find.messages);
            for address in hits {
                let (key, conversation) = self.keys(&searcher, address)?;
                found
                    .messages
                    .push((MessageId::from(key), ConversationId::from(conversation)));
            }
        }
        if find.others > 0 && !find.query.is_about_messages() {
            for key in self.others(&searcher, &find.query, &terms, "contact", find.others)? {
                found.contacts.push(ContactId::from(key));
            }
            for key in self.others(&searcher, &find.query, &terms, "ticket", find.others)? {
                found.tickets.push(TicketId::from(key));
            }
        }
        metrics::histogram!("search_seconds").record(started.elapsed().as_secs_f64());
        Ok(found)
    }

    fn keys(&self, searcher: &Searcher, address: DocAddress) -> Result<(String, String), SearchError> {
        let document: TantivyDocument = searcher.doc(address)?;
        let text = |field| {
            document
                .get_first(field)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Ok((text(self.inner.fields.key), text(self.inner.fields.conversation)))
    }

    fn others(
        &self,
        searcher: &Searcher,
        query: &Query,
        terms: &[Wanted],
        kind: &str,
        most: usize,
    ) -> Result<Vec<String>, SearchError> {
        let mut clauses = self.word_clauses(query, terms);
        clauses.push((Occur::Must, unscored(exact(self.inner.fields.kind, kind))));
        let top = TopDocs::with_limit(most).order_by_score();
        searcher
            .search(&BooleanQuery::new(clauses), &top)?
            .into_iter()
            .map(|(_, address)| Ok(self.keys(searcher, address)?.0))
            .collect()
    }

    /// The words of a query with everything that decides how they are matched.
    fn terms(&self, searcher: &Searcher, query: &Query) -> Result<Vec<Wanted>, SearchError> {
        let fields = &self.inner.fields;
        let mut wanted: Vec<(Wanted, bool)> = Vec::new();
        let mut chains: Vec<(Language, tantivy::tokenizer::TextAnalyzer)> = Language::ALL
            .iter()
            .map(|language| (*language, analysis::index_chain(*language)))
            .collect();
        for (number, word) in query.words.iter().enumerate() {
            let mut stems = BTreeSet::new();
            let mut is_known = searcher.doc_freq(&Term::from_field_text(fields.words, word))? > RARE;
            let mut is_small_word = false;
            for (language, chain) in &mut chains {
                let mut stream = chain.token_stream(word);
                match stream.advance().then(|| stream.token().text.clone()) {
                    Some(stem) => {
                        is_known |= searcher.doc_freq(&Term::from_field_text(fields.stems(*language), &stem))? > RARE;
                        stems.insert(stem);
                    }
                    None => is_small_word = true,
                }
            }
            let letters = word.chars().count();
            let is_number = word.chars().any(|c| c.is_ascii_digit());
            let wrong = match letters {
                _ if is_known || is_number => 0,
                ..FUZZY_LETTERS => 0,
                FUZZY_LETTERS..TWO_WRONG_LETTERS => 1,
                _ => 2,
            };
            let is_last = number + 1 == query.words.len();
            let word = Wanted {
                folded: word.clone(),
                stems,
                wrong,
                is_open: query.is_open && is_last && letters >= OPEN_LETTERS,
            };
            wanted.push((word, is_small_word && !(query.is_open && is_last)));
        }
        // `the`, `de`, `o`: they say nothing beside other words.
        let has_others = wanted.iter().any(|(_, is_small)| !is_small);
        wanted.retain(|(_, is_small)| !(*is_small && has_others));
        Ok(wanted.into_iter().map(|(word, _)| word).collect())
    }

    fn word_clauses(&self, query: &Query, terms: &[Wanted]) -> Vec<(Occur, Box<dyn TantivyQuery>)> {
        let fields = &self.inner.fields;
        let mut clauses: Vec<(Occur, Box<dyn TantivyQuery>)> = Vec::new();
        for term in terms {
            let folded = Term::from_field_text(fields.words, &term.folded);
            let mut ways: Vec<Box<dyn TantivyQuery>> =
                vec![Box::new(TermQuery::new(folded.clone(), IndexRecordOption::WithFreqs))];
            let stems: HashSet<(Field, &String)> = Language::ALL
                .iter()
                .flat_map(|language| term.stems.iter().map(|stem| (fields.stems(*language), stem)))
                .collect();
            for (field, stem) in stems {
                ways.push(exact(field, stem));
            }
            if term.is_open {
                ways.push(Box::new(FuzzyTermQuery::new_prefix(folded.clone(), 0, true)));
            }
            if term.wrong > 0 {
                ways.push(Box::new(FuzzyTermQuery::new(folded, term.wrong, true)));
            }
            clauses.push((Occur::Must, Box::new(DisjunctionMaxQuery::new(ways))));
        }
        for phrase in &query.phrases {
            let terms = phrase
                .iter()
                .map(|word| Term::from_field_text(fields.words, word))
                .collect();
            clauses.push((Occur::Must, Box::new(PhraseQuery::new(terms))));
        }
        for word in &query.without {
            clauses.push((Occur::MustNot, exact(fields.words, word)));
        }
        clauses
    }

    fn messages_query(&self, find: &Find, terms: &[Wanted]) -> BooleanQuery {
        let fields = &self.inner.fields;
        let query = &find.query;
        let mut clauses: Vec<(Occur, Box<dyn TantivyQuery>)> = self
            .word_clauses(query, terms)
            .into_iter()
            .map(|(occur, clause)| (occur, unscored(clause)))
            .collect();
        let mut must = |clause: Box<dyn TantivyQuery>| clauses.push((Occur::Must, unscored(clause)));
        must(exact(fields.kind, "message"));
        for (field, words) in [(fields.from, &query.from), (fields.to, &query.to)] {
            for word in words {
                let term = Term::from_field_text(field, word);
                must(Box::new(FuzzyTermQuery::new_prefix(term, 0, true)));
            }
        }
        if let Some(channel) = query.channel {
            must(exact(fields.channel, channel.as_str()));
        }
        if query.has_file {
            must(exact(fields.has_file, "yes"));
        }
        if query.before.is_some() || query.after.is_some() {
            let term = |at| Term::from_field_i64(fields.at, at);
            must(Box::new(RangeQuery::new(
                query.after.map_or(Bound::Unbounded, |at| Bound::Included(term(at))),
                query.before.map_or(Bound::Unbounded, |at| Bound::Excluded(term(at))),
            )));
        }
        if let Some(conversations) = &find.conversations {
            let terms = conversations
                .iter()
                .map(|id| Term::from_field_text(fields.conversation, id.as_str()));
            must(Box::new(TermSetQuery::new(terms)));
        }
        BooleanQuery::new(clauses)
    }
}

/// The newest documents that fit, the newest first. The index is looked through a segment at a time, from the newest
/// on, and no further than older ones can add something: what a business wrote years ago does not slow down who looks
/// for words that are written every day.
fn newest(searcher: &Searcher, query: &dyn TantivyQuery, most: usize) -> Result<Vec<DocAddress>, SearchError> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let top = TopDocs::with_limit(most).order_by_fast_field::<i64>("at", Order::Desc);
    let mut segments = Vec::new();
    for (number, reader) in (0_u32..).zip(searcher.segment_readers()) {
        segments.push((reader.fast_fields().i64("at")?.max_value(), number, reader));
    }
    segments.sort_unstable_by_key(|(newest, number, _)| Reverse((*newest, *number)));
    let mut found: Vec<(Option<i64>, DocAddress)> = Vec::new();
    for (newest, number, reader) in segments {
        if found.len() >= most && found.last().is_some_and(|(oldest, _)| *oldest > Some(newest)) {
            break;
        }
        let segment = top.collect_segment(weight.as_ref(), number, reader)?;
        found.extend(top.merge_fruits(vec![segment])?);
        found.sort_unstable_by_key(|(at, address)| (Reverse(*at), *address));
        found.truncate(most);
    }
    Ok(found.into_iter().map(|(_, address)| address).collect())
}

fn exact(field: Field, text: &str) -> Box<dyn TantivyQuery> {
    Box::new(TermQuery::new(
        Term::from_field_text(field, text),
        IndexRecordOption::Basic,
    ))
}

fn unscored(query: Box<dyn TantivyQuery>) -> Box<dyn TantivyQuery> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}
