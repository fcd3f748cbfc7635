//! The knowledge base of one process: index and answerer, kept in step with the database.
//!
//! The database is the truth. Every process has an index of its own and remembers beside it which
//! version of which article is in there; [`Knowledge::refresh`] compares that with the database and
//! brings over what differs, so that a crash, a restored database or a wiped folder mend themselves.
//! Readers never wait: a new answerer is trained aside and swapped in. Articles for agents alone have an index of
//! their own; neither search for customers nor the bot knows of them.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use conversation::types::Language;
use conversation::{Result, Store};
use tokio::sync::watch;

use crate::answerer::{Answerer, Candidate};
use crate::article::Audience;
use crate::article::{Article, passages};
use crate::categories::Tree;
use crate::decisions::{self, Trial};
use crate::feedback;
use crate::index::{Index, IndexError, Opened};
use crate::knowledge::build::{own, read_contents};
use crate::knowledge::reading::Reader;
use crate::knowledge::shelves::Shelves;
use crate::search::Hit;
use crate::semantics::Cache;
use crate::settings::Settings;

/// Of so many candidates the passages get their marks; nobody is shown more.
const MOST_MARKED: usize = 12;

/// The knowledge base, for reading. Cheap to clone; clones share one index.
#[derive(Clone)]
pub struct Knowledge {
    inner: Arc<Inner>,
}

struct Inner {
    /// What readers use; replaced as a whole.
    current: RwLock<Arc<Current>>,
    /// One refresh at a time.
    refreshing: tokio::sync::Mutex<()>,
    ready: watch::Sender<bool>,
    /// Views that are not written down yet, by article and day.
    views: Mutex<HashMap<(String, i64), i64>>,
    reader: Reader,
    /// Held as long as the folder is ours.
    _owner: Option<File>,
}

/// A version of an article that the index holds.
type Contents = BTreeMap<String, (i64, i64)>;

struct Current {
    index: Arc<Index>,
    answerer: Arc<Answerer>,
    articles: BTreeMap<String, Arc<Article>>,
    /// The same, as pages list them.
    shelves: Shelves,
    /// Articles for agents.
    internal: BTreeMap<String, Arc<Article>>,
    internal_index: Arc<Index>,
    internal_indexed: Contents,
    /// What the index holds; with a folder, also in the file beside it.
    indexed: Contents,
    manifest: Option<PathBuf>,
    taught: Arc<Taught>,
    /// Whether the answerer knows all that models of sentences can read.
    is_read: bool,
}

/// What the business taught beside its articles.
#[derive(Default)]
struct Taught {
    settings: Settings,
    /// See [`examples::stamp`].
    stamp: (i64, i64, i64),
    /// Learned questions by article.
    examples: HashMap<String, Vec<String>>,
}

impl Taught {
    /// An article with the questions that were learned for it.
    fn teach(&self, article: &Article) -> Article {
        let mut article = article.clone();
        for question in self.examples.get(&article.id).into_iter().flatten() {
            if !article.questions.contains(question) {
                article.questions.push(question.clone());
            }
        }
        article
    }
}

impl Knowledge {
    /// Opens the index in a folder, or one in memory when `dir` is `None` or another process of this
    /// machine uses the folder already. Nothing can be found before the first [`Knowledge::refresh`].
    ///
    /// # Errors
    /// The folder cannot be used, or holds files that are not an index.
    pub fn open(dir: Option<&Path>) -> Result<Knowledge, IndexError> {
        Knowledge::open_with(dir, BTreeMap::new())
    }

    /// As [`Knowledge::open`], with folders of models of sentences: [`Knowledge::run`] loads them, lets them read the
    /// articles and keeps their vectors in a folder beside the index. One that cannot be used is logged and left out.
    ///
    /// # Errors
    /// As [`Knowledge::open`].
    pub fn open_with(dir: Option<&Path>, models: BTreeMap<Language, PathBuf>) -> Result<Knowledge, IndexError> {
        let (index, indexed, manifest, owner) = match dir {
            None => (Index::in_memory()?, Contents::new(), None, None),
            Some(dir) => match own(dir)? {
                None => {
                    tracing::info!(path = %dir.display(), "another process keeps this index; this one has its own in memory");
                    (Index::in_memory()?, Contents::new(), None, None)
                }
                Some(owner) => {
                    let manifest = dir.with_extension("contents");
                    let (index, opened) = Index::open_or_create(dir)?;
                    let indexed = match opened {
                        Opened::Existing => read_contents(&manifest),
                        Opened::Empty(_) => Some(Contents::new()),
                    };
                    let indexed = match indexed {
                        Some(indexed) => indexed,
                        // Nobody knows what is in there.
                        None => {
                            if index.documents() > 0 {
                                index.clear()?;
                            }
                            Contents::new()
                        }
                    };
                    (index, indexed, Some(manifest), Some(owner))
                }
            },
        };
        let cache = dir.map(|dir| Cache {
            folder: dir.with_extension("vectors"),
            is_ours: owner.is_some(),
        });
        let (ready, _) = watch::channel(false);
        Ok(Knowledge {
            inner: Arc::new(Inner {
                current: RwLock::new(Arc::new(Current {
                    index: Arc::new(index),
                    answerer: Arc::default(),
                    articles: BTreeMap::new(),
                    shelves: Shelves::default(),
                    internal: BTreeMap::new(),
                    internal_index: Arc::new(Index::in_memory()?),
                    internal_indexed: Contents::new(),
                    indexed,
                    manifest,
                    taught: Arc::default(),
                    is_read: false,
                })),
                refreshing: tokio::sync::Mutex::new(()),
                ready,
                views: Mutex::default(),
                reader: Reader::new(models, cache),
                _owner: owner,
            }),
        })
    }

    fn current(&self) -> Arc<Current> {
        self.inner
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Articles for a person's query, best first; see [`Index::search`]. Blocks for a few
    /// milliseconds.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn search(&self, language: Language, query: &str, limit: usize) -> Result<Vec<Hit>, IndexError> {
        self.current().index.search(language, query, limit)
    }

    /// Articles that may answer a question, most probable first; see [`Answerer::candidates`]. Blocks
    /// for a few milliseconds.
    pub fn candidates(&self, language: Language, question: &str, limit: usize) -> Vec<Candidate> {
        let current = self.current();
        let mut found = current
            .answerer
            .candidates(Some(&current.index), language, question, limit);
        // The answerer is trained after the articles changed: what was taken away meanwhile is no answer.
        found.retain(|candidate| current.articles.contains_key(&candidate.article_id));
        for candidate in found.iter_mut().take(MOST_MARKED) {
            if let Some(article) = current.articles.get(&candidate.article_id) {
                candidate.mark(article);
            }
        }
        found
    }

    /// Articles for agents that somebody who belongs to this audience may read, best first; as
    /// [`Knowledge::search`].
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn search_internal(
        &self,
        up_to: Audience,
        language: Language,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let current = self.current();
        let mut hits = current
            .internal_index
            .search(language, query, limit.saturating_mul(3))?;
        hits.retain(|hit| {
            current
                .internal
                .get(&hit.article_id)
                .is_some_and(|article| article.place.audience <= up_to)
        });
        hits.truncate(limit);
        Ok(hits)
    }

    /// The categories.
    pub fn tree(&self) -> Arc<Tree> {
        self.current().shelves.tree.clone()
    }

    /// The published articles of a language that stand in a category itself, by title.
    pub fn in_category(&self, language: Language, category: Option<&str>) -> Vec<Arc<Article>> {
        self.current().shelves.in_category(language, category).to_vec()
    }

    /// How many published articles of a language stand in each category itself.
    pub fn category_counts(&self, language: Language) -> HashMap<String, usize> {
        self.current().shelves.counts(language)
    }

    /// Published articles of the same matter, best first, without the article itself.
    pub fn related(&self, article: &Article, most: usize) -> Vec<Arc<Article>> {
        let current = self.current();
        if let Some(known) = current.shelves.known_related(&article.id) {
            return known;
        }
        let found = current
            .index
            .search(article.language, &article.title, most + 1)
            .unwrap_or_default();
        let related: Vec<Arc<Article>> = found
            .iter()
            .filter(|hit| hit.article_id != article.id && !hit.is_other_language)
            .filter_map(|hit| current.articles.get(&hit.article_id).cloned())
            .take(most)
            .collect();
        current.shelves.keep_related(&article.id, &related);
        related
    }

    /// Somebody looked at an article's page.
    pub fn viewed(&self, article: &str, at: conversation::types::Millis) {
        let mut views = self.inner.views.lock().unwrap_or_else(PoisonError::into_inner);
        *views.entry((article.to_owned(), feedback::day(at))).or_default() += 1;
    }

    /// Writes the views down.
    ///
    /// # Errors
    /// The database is not to be had; the views are kept for the next time.
    pub async fn flush_views(&self, store: &Store) -> Result<()> {
        let views = std::mem::take(&mut *self.inner.views.lock().unwrap_or_else(PoisonError::into_inner));
        let written = feedback::add_views(store, &views).await;
        if written.is_err() {
            let mut kept = self.inner.views.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, count) in views {
                *kept.entry(key).or_default() += count;
            }
        }
        written
    }

    /// The settings that answers are given by.
    pub fn settings(&self) -> Settings {
        self.current().taught.settings.clone()
    }

    /// What other settings, and drafts as if they were published, would make of these questions. Blocks
    /// for the time of a training and a few milliseconds a question.
    pub fn try_out(&self, questions: &[(String, Language)], settings: &Settings, drafts: &[Article]) -> Trial {
        let current = self.current();
        let mut articles: BTreeMap<&str, Article> = current
            .articles
            .iter()
            .map(|(id, article)| (id.as_str(), current.taught.teach(article)))
            .collect();
        for draft in drafts {
            let published = Article {
                status: crate::article::ArticleStatus::Published,
                ..current.taught.teach(draft)
            };
            articles.insert(&draft.id, published);
        }
        let now = &current.taught.settings;
        let has_other_words = settings.synonyms != now.synonyms;
        let then = if drafts.is_empty() && !has_other_words {
            current.answerer.clone()
        } else {
            let articles: Vec<Article> = articles.into_values().collect();
            let models = self.models_for(&articles);
            Arc::new(Answerer::train_in_full(&articles, settings, &models))
        };
        decisions::compare(questions, (&current.answerer, now), (&then, settings))
    }

    /// A published article.
    pub fn article(&self, id: &str) -> Option<Arc<Article>> {
        self.current().articles.get(id).cloned()
    }

    /// An article that somebody chose, with its best passage for what was asked.
    pub fn chosen(&self, id: &str, question: &str) -> Option<Candidate> {
        let article = self.article(id)?;
        let mut found = self
            .candidates(article.language, question, usize::MAX)
            .into_iter()
            .find(|candidate| candidate.article_id == id);
        if let Some(candidate) = &mut found {
            candidate.mark(&article);
        }
        Some(found.unwrap_or_else(|| Candidate {
            article_id: article.id.clone(),
            title: article.title.clone(),
            path: article.path(),
            language: article.language,
            passages: passages(&article).into_iter().take(1).collect(),
            confidence: 1.0,
        }))
    }

    /// The published articles of a language, by title.
    pub fn published(&self, language: Language) -> Vec<Arc<Article>> {
        self.current().shelves.of(language).to_vec()
    }

    /// Some of the published articles of a language, by title: at most `most` after the first `skip`; and how
    /// many there are.
    pub fn page(&self, language: Language, skip: usize, most: usize) -> (Vec<Arc<Article>>, usize) {
        let current = self.current();
        let all = current.shelves.of(language);
        (all.iter().skip(skip).take(most).cloned().collect(), all.len())
    }

    /// A published article by the parts of its public address.
    pub fn at(&self, language: Language, slug: &str) -> Option<Arc<Article>> {
        let current = self.current();
        let id = current.shelves.at(language, slug)?;
        current.articles.get(id).cloned()
    }

    /// The published translations of an article, itself included, by language.
    pub fn translations(&self, article: &Article) -> Vec<Arc<Article>> {
        let current = self.current();
        let mut found = current.shelves.group(&article.group).to_vec();
        found.sort_by_key(|other| (other.language, other.id != article.id));
        // One of each language; of its own, itself.
        found.dedup_by_key(|other| other.language);
        found
    }

    /// How many articles can be found.
    pub fn len(&self) -> usize {
        self.current().articles.len()
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

mod build;
mod follow;
mod reading;
mod shelves;
#[cfg(test)]
mod tests;
