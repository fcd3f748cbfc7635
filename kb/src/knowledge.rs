//! The knowledge base of one process: index and answerer, kept in step with the database.
//!
//! The database is the truth. Every process has an index of its own and remembers beside it which
//! version of which article is in there; [`Knowledge::refresh`] compares that with the database and
//! brings over what differs, so that a crash, a restored database or a wiped folder mend themselves.
//! Readers never wait: a new answerer is trained aside and swapped in.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use conversation::db::sql;
use conversation::types::Language;
use conversation::{Error, Result, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::answerer::{Answerer, Candidate};
use crate::article::{Article, passages};
use crate::decisions::{self, Trial};
use crate::index::{Index, IndexError, Opened};
use crate::search::Hit;
use crate::settings::{self, Settings};
use crate::{examples, store};

/// How often the events are looked at even when this process committed nothing: a command on the
/// same data does not tell us.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A commit is followed after this, so that a burst of commits is one look.
const SETTLE: Duration = Duration::from_millis(50);
/// How long to wait after a refresh that failed.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

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
    /// Held as long as the folder is ours.
    _owner: Option<File>,
}

/// A version of an article that the index holds.
type Contents = BTreeMap<String, (i64, i64)>;

struct Current {
    index: Arc<Index>,
    answerer: Arc<Answerer>,
    articles: BTreeMap<String, Arc<Article>>,
    /// Ids by public address.
    addresses: BTreeMap<(Language, String), String>,
    /// What the index holds; with a folder, also in the file beside it.
    indexed: Contents,
    manifest: Option<PathBuf>,
    taught: Arc<Taught>,
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
                            index.clear()?;
                            Contents::new()
                        }
                    };
                    (index, indexed, Some(manifest), Some(owner))
                }
            },
        };
        let (ready, _) = watch::channel(false);
        Ok(Knowledge {
            inner: Arc::new(Inner {
                current: RwLock::new(Arc::new(Current {
                    index: Arc::new(index),
                    answerer: Arc::default(),
                    articles: BTreeMap::new(),
                    addresses: BTreeMap::new(),
                    indexed,
                    manifest,
                    taught: Arc::default(),
                })),
                refreshing: tokio::sync::Mutex::new(()),
                ready,
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
        current
            .answerer
            .candidates(Some(&current.index), language, question, limit)
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
            Arc::new(Answerer::train_with(&articles, settings))
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
        let found = self
            .candidates(article.language, question, usize::MAX)
            .into_iter()
            .find(|candidate| candidate.article_id == id);
        Some(found.unwrap_or_else(|| {
            let passage = passages(&article).into_iter().next();
            let (heading, passage) = passage.map_or_else(Default::default, |passage| (passage.heading, passage.text));
            Candidate {
                article_id: article.id.clone(),
                title: article.title.clone(),
                path: article.path(),
                language: article.language,
                heading,
                passage,
                confidence: 1.0,
            }
        }))
    }

    /// The published articles of a language, by title.
    pub fn published(&self, language: Language) -> Vec<Arc<Article>> {
        let current = self.current();
        let mut articles: Vec<Arc<Article>> = current
            .articles
            .values()
            .filter(|article| article.language == language)
            .cloned()
            .collect();
        articles.sort_by(|a, b| a.title.cmp(&b.title).then_with(|| a.id.cmp(&b.id)));
        articles
    }

    /// A published article by the parts of its public address.
    pub fn at(&self, language: Language, slug: &str) -> Option<Arc<Article>> {
        let current = self.current();
        let id = current.addresses.get(&(language, slug.to_owned()))?;
        current.articles.get(id).cloned()
    }

    /// The published translations of an article, itself included, by language.
    pub fn translations(&self, article: &Article) -> Vec<Arc<Article>> {
        let current = self.current();
        let mut found: Vec<Arc<Article>> = current
            .articles
            .values()
            .filter(|other| other.group == article.group)
            .cloned()
            .collect();
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

    /// Waits until the database was read once.
    pub async fn ready(&self) {
        // The sender lives in `self`, so this cannot fail.
        let _ = self.inner.ready.subscribe().wait_for(|is_ready| *is_ready).await;
    }

    /// Brings over what differs from the database; returns whether anything did. The new state is
    /// visible to every clone when this returns.
    ///
    /// # Errors
    /// The database is not to be had. A folder that cannot be written is no error: the index goes on
    /// in memory.
    pub async fn refresh(&self, store: &Store) -> Result<bool> {
        let _turn = self.inner.refreshing.lock().await;
        let current = self.current();
        let stamps: Contents = store::stamps(store.db())
            .await?
            .into_iter()
            .map(|stamp| (stamp.id, (stamp.version, stamp.updated_at)))
            .collect();
        let is_known = |id: &String, stamp: &(i64, i64)| {
            current
                .articles
                .get(id)
                .is_some_and(|article| (article.version, article.updated_at) == *stamp)
        };
        let wanted: Vec<String> = stamps
            .iter()
            .filter(|(id, stamp)| !is_known(id, stamp))
            .map(|(id, _)| id.clone())
            .collect();
        let has_gone = current.articles.keys().any(|id| !stamps.contains_key(id));
        let settings = settings::load(store.db()).await?;
        let stamp = examples::stamp(store.db()).await?;
        let is_taught = current.taught.settings == settings && current.taught.stamp == stamp;
        if wanted.is_empty() && !has_gone && current.indexed == stamps && is_taught {
            self.inner.ready.send_replace(true);
            return Ok(false);
        }
        let mut articles = current.articles.clone();
        articles.retain(|id, _| stamps.contains_key(id));
        for article in store::load_many(store.db(), &wanted).await? {
            articles.insert(article.id.clone(), Arc::new(article));
        }
        // It may have been hidden between the two queries; the next event says so again.
        articles.retain(|_, article| article.status == crate::article::ArticleStatus::Published);

        let taught = if is_taught {
            current.taught.clone()
        } else {
            let examples = examples::all(store.db()).await?;
            Arc::new(Taught {
                settings,
                stamp,
                examples,
            })
        };
        let next = tokio::task::spawn_blocking(move || build(&current, articles, taught))
            .await
            .map_err(|error| Error::corrupt("the knowledge base", error))?
            .map_err(|error| Error::corrupt("the knowledge base", error))?;
        *self.inner.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        self.inner.ready.send_replace(true);
        Ok(true)
    }

    /// Follows the database until told to stop.
    ///
    /// # Errors
    /// None at present: what fails is logged and tried again.
    pub async fn run(&self, store: &Store, stop: CancellationToken) -> Result<()> {
        let mut committed = store.committed();
        let mut seen = None;
        while !stop.is_cancelled() {
            committed.mark_unchanged();
            let wait = match self.follow(store, seen).await {
                Ok(position) => {
                    seen = Some(position);
                    LOOK_EVERY
                }
                Err(error) => {
                    tracing::warn!(%error, "the knowledge base will be brought up to date later");
                    seen = None;
                    AGAIN_AFTER
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tokio::time::timeout(wait, committed.changed()) => {}
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(SETTLE) => {}
            }
        }
        Ok(())
    }

    /// Refreshes when an article changed after a position (or in any case); returns the position that
    /// was looked at.
    async fn follow(&self, store: &Store, seen: Option<i64>) -> Result<i64> {
        // The position first: what is committed in between is looked at again.
        let head = store.head().await?;
        let has_changed = match seen {
            None => true,
            Some(seen) if seen == head => false,
            Some(seen) => {
                let row: Option<(i64,)> = sql(
                    "SELECT position FROM events WHERE position > $1 AND position <= $2 AND kind = 'article.updated' LIMIT 1",
                )
                .bind(seen)
                .bind(head)
                .optional(store.db())
                .await?;
                // A head that went back is another database.
                row.is_some() || head < seen
            }
        };
        if has_changed {
            self.refresh(store).await?;
        }
        Ok(head)
    }
}

/// Index and answerer for these articles, beginning with what is there.
fn build(
    current: &Current,
    articles: BTreeMap<String, Arc<Article>>,
    taught: Arc<Taught>,
) -> Result<Current, IndexError> {
    let begun = Instant::now();
    let wanted: Contents = articles
        .values()
        .map(|article| (article.id.clone(), (article.version, article.updated_at)))
        .collect();
    let own: Vec<Article> = articles.values().map(|article| Article::clone(article)).collect();
    let written = write(&current.index, &current.indexed, &wanted, &own).and_then(|()| {
        current
            .manifest
            .as_deref()
            .map_or(Ok(()), |path| write_contents(path, &wanted))
    });
    let (index, manifest) = match written {
        Ok(()) => (current.index.clone(), current.manifest.clone()),
        Err(error) => {
            tracing::warn!(%error, "the index cannot be written; this process goes on with one in memory");
            let index = Index::in_memory()?;
            index.upsert(&own)?;
            (Arc::new(index), None)
        }
    };
    let lessons: Vec<Article> = own.iter().map(|article| taught.teach(article)).collect();
    let answerer = Arc::new(Answerer::train_with(&lessons, &taught.settings));
    metrics::gauge!("kb_articles").set(articles.len() as f64);
    metrics::histogram!("kb_refresh_seconds").record(begun.elapsed().as_secs_f64());
    tracing::info!(articles = articles.len(), took = ?begun.elapsed(), "knowledge base up to date");
    let addresses = articles
        .values()
        .map(|article| ((article.language, article.slug.clone()), article.id.clone()))
        .collect();
    Ok(Current {
        index,
        answerer,
        articles,
        addresses,
        indexed: wanted,
        manifest,
        taught,
    })
}

fn write(index: &Index, has: &Contents, wants: &Contents, articles: &[Article]) -> Result<(), IndexError> {
    let gone: Vec<&String> = has.keys().filter(|id| !wants.contains_key(*id)).collect();
    index.remove(&gone)?;
    let changed: Vec<Article> = articles
        .iter()
        .filter(|article| has.get(&article.id) != wants.get(&article.id))
        .cloned()
        .collect();
    index.upsert(&changed)
}

fn folder_error(path: &Path) -> impl FnOnce(io::Error) -> IndexError + '_ {
    |source| IndexError::Folder {
        path: path.to_owned(),
        source,
    }
}

/// Takes a folder for this process until it ends; `None` when another one has it.
fn own(dir: &Path) -> Result<Option<File>, IndexError> {
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).map_err(folder_error(parent))?;
    }
    let path = dir.with_extension("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(folder_error(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(folder_error(&path)(source)),
    }
}

fn read_contents(path: &Path) -> Option<Contents> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Written aside and moved into place: after a crash there is the old one or the new one.
fn write_contents(path: &Path, contents: &Contents) -> Result<(), IndexError> {
    let aside = path.with_extension("contents-new");
    let bytes = serde_json::to_vec(contents)
        .map_err(io::Error::other)
        .map_err(folder_error(path))?;
    fs::write(&aside, bytes).map_err(folder_error(&aside))?;
    fs::rename(&aside, path).map_err(folder_error(path))
}

#[cfg(test)]
mod tests;
