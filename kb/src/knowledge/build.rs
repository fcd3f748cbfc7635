//! How the state of a process is made: articles from the database, the index in its folder, and what the bot
//! learned from both.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use conversation::{Result, Store};

use super::shelves::Shelves;
use super::{Contents, Current, Taught};
use crate::answerer::Answerer;
use crate::article::Article;
use crate::categories::Tree;
use crate::index::{Index, IndexError};
use crate::semantics::Semantics;
use crate::store;

impl Current {
    /// Whether it holds these versions and no others.
    pub(super) fn holds(&self, stamps: &Contents) -> bool {
        self.articles.len() == stamps.len() && stamps.iter().all(|(id, stamp)| is_known(&self.articles, id, stamp))
    }
}

fn is_known(articles: &BTreeMap<String, Arc<Article>>, id: &str, stamp: &(i64, i64)) -> bool {
    articles
        .get(id)
        .is_some_and(|article| (article.version, article.updated_at) == *stamp)
}

/// The articles of these stamps: those that are there, and from the database those that differ.
pub(super) async fn fetched(
    store: &Store,
    has: &BTreeMap<String, Arc<Article>>,
    stamps: &Contents,
    is_internal: bool,
) -> Result<BTreeMap<String, Arc<Article>>> {
    let wanted: Vec<String> = stamps
        .iter()
        .filter(|(id, stamp)| !is_known(has, id, stamp))
        .map(|(id, _)| id.clone())
        .collect();
    let mut articles = has.clone();
    articles.retain(|id, _| stamps.contains_key(id));
    for article in store::load_many(store.db(), &wanted).await? {
        articles.insert(article.id.clone(), Arc::new(article));
    }
    // It may have been hidden, or kept for agents, between the two queries; the next event says so again.
    articles.retain(|_, article| {
        article.status == crate::article::ArticleStatus::Published
            && article.place.audience.is_internal() == is_internal
    });
    Ok(articles)
}

fn contents(articles: &BTreeMap<String, Arc<Article>>) -> Contents {
    articles
        .values()
        .map(|article| (article.id.clone(), (article.version, article.updated_at)))
        .collect()
}

/// Index and pages of these articles, beginning with what is there; the answerer is the one that was.
pub(super) fn build(
    current: &Current,
    articles: BTreeMap<String, Arc<Article>>,
    internal: BTreeMap<String, Arc<Article>>,
    tree: Tree,
    taught: Arc<Taught>,
) -> Result<Current, IndexError> {
    let begun = Instant::now();
    let wanted = contents(&articles);
    let written = write(&current.index, &current.indexed, &wanted, &articles).and_then(|()| {
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
            write(&index, &Contents::new(), &wanted, &articles)?;
            (Arc::new(index), None)
        }
    };
    let internal_indexed = contents(&internal);
    write(
        &current.internal_index,
        &current.internal_indexed,
        &internal_indexed,
        &internal,
    )?;
    metrics::gauge!("kb_articles").set(articles.len() as f64);
    tracing::info!(articles = articles.len(), took = ?begun.elapsed(), "articles up to date");
    Ok(Current {
        index,
        answerer: current.answerer.clone(),
        shelves: Shelves::new(&articles, tree),
        articles,
        internal,
        internal_index: current.internal_index.clone(),
        internal_indexed,
        indexed: wanted,
        manifest,
        taught,
        is_read: current.is_read,
    })
}

/// The same with an answerer that has learned from it, and from what models of sentences, once they are loaded, have
/// read of it.
pub(super) fn trained(current: &Current, models: Option<&Semantics>) -> Current {
    let begun = Instant::now();
    let lessons = current.lessons();
    let shipped = Semantics::shipped(None);
    let answerer = Answerer::train_in_full(&lessons, &current.taught.settings, models.unwrap_or(&shipped));
    let answerer = Arc::new(answerer);
    metrics::histogram!("kb_refresh_seconds").record(begun.elapsed().as_secs_f64());
    tracing::info!(articles = lessons.len(), took = ?begun.elapsed(), "the bot has learned the articles");
    Current {
        index: current.index.clone(),
        answerer,
        articles: current.articles.clone(),
        shelves: current.shelves.clone(),
        internal: current.internal.clone(),
        internal_index: current.internal_index.clone(),
        internal_indexed: current.internal_indexed.clone(),
        indexed: current.indexed.clone(),
        manifest: current.manifest.clone(),
        taught: current.taught.clone(),
        is_read: models.is_some_and(|models| models.missing(lessons.iter()).is_empty()),
    }
}

fn write(
    index: &Index,
    has: &Contents,
    wants: &Contents,
    articles: &BTreeMap<String, Arc<Article>>,
) -> Result<(), IndexError> {
    let gone: Vec<&String> = has.keys().filter(|id| !wants.contains_key(*id)).collect();
    index.remove(&gone)?;
    let changed: Vec<Article> = articles
        .values()
        .filter(|article| has.get(&article.id) != wants.get(&article.id))
        .map(|article| Article::clone(article))
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
pub(super) fn own(dir: &Path) -> Result<Option<File>, IndexError> {
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

pub(super) fn read_contents(path: &Path) -> Option<Contents> {
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
