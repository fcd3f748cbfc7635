//! Models of sentences read the articles in the background: first the bot answers without them, then, a little at
//! a time and beginning with what was read before, with them.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use conversation::types::Language;

use super::build::trained;
use super::{Current, Knowledge};
use crate::article::Article;
use crate::semantics::{Cache, Role, Semantics};

/// How long is read before the database is looked at again.
const SLICE: Duration = Duration::from_millis(500);
/// Texts between two looks at the clock.
const SOME: usize = 8;
/// Texts of a trial that are read while somebody waits for it.
const MOST_OF_TRIAL: usize = 200;

type Text = (Language, Role, String);

/// The models of a process, and what they still have to read.
pub(super) struct Reader {
    folders: BTreeMap<Language, PathBuf>,
    cache: Option<Cache>,
    /// `None` until they are loaded.
    models: Mutex<Option<Semantics>>,
    /// What is left of the articles of a state.
    rest: Mutex<Option<(Arc<Current>, VecDeque<Text>)>>,
}

impl Reader {
    pub(super) fn new(folders: BTreeMap<Language, PathBuf>, cache: Option<Cache>) -> Reader {
        // What comes with the program is there at once; folders take their time.
        let models = folders.is_empty().then(|| Semantics::shipped(cache.as_ref()));
        Reader {
            folders,
            cache,
            models: Mutex::new(models),
            rest: Mutex::default(),
        }
    }

    fn models(&self) -> Semantics {
        self.loaded().unwrap_or_else(|| Semantics::shipped(None))
    }

    /// The models, once they are loaded.
    pub(super) fn loaded(&self) -> Option<Semantics> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether models are configured that were not looked at yet.
    #[cfg(test)]
    pub(super) fn is_waiting(&self) -> bool {
        !self.folders.is_empty() && self.loaded().is_none()
    }

    fn set(&self, models: Semantics) {
        *self.models.lock().unwrap_or_else(PoisonError::into_inner) = Some(models);
    }

    /// Takes seconds for large models.
    fn load(&self) -> Semantics {
        let begun = Instant::now();
        let (models, failed) = Semantics::load(&self.folders, self.cache.as_ref());
        for (language, error) in failed {
            tracing::error!(%language, %error, "the model of sentences cannot be used; the bot goes on without");
        }
        for (language, what) in models.describe() {
            tracing::info!(%language, what, took = ?begun.elapsed(), "model of sentences loaded");
        }
        self.set(models.clone());
        models
    }

    /// Reads for a moment; whether anything is left.
    fn read_some(&self, models: &Semantics, current: &Arc<Current>) -> bool {
        let begun = Instant::now();
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        if !rest.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, current)) {
            let missing = models.missing(current.lessons().iter());
            if missing.len() > SOME {
                tracing::info!(texts = missing.len(), "the model of sentences reads the articles");
            }
            *rest = Some((current.clone(), missing.into()));
        }
        let Some((_, texts)) = rest.as_mut() else {
            return false;
        };
        while !texts.is_empty() && begun.elapsed() < SLICE {
            let some: Vec<Text> = texts.drain(..texts.len().min(SOME)).collect();
            if let Err((language, error)) = models.learn(&some) {
                tracing::error!(%language, %error, "the model of sentences fails; the bot goes on without");
                self.set(self.models().without(language));
                // What comes next for the language has texts of its own to read.
                *rest = None;
                return true;
            }
        }
        let is_left = !texts.is_empty();
        if !is_left {
            *rest = None;
        }
        is_left
    }
}

impl Current {
    /// The articles with the questions that were learned for them.
    pub(super) fn lessons(&self) -> Vec<Article> {
        self.articles
            .values()
            .map(|article| self.taught.teach(article))
            .collect()
    }
}

impl Knowledge {
    /// Lets the models read for a moment, and the answerer learn when they have read all; whether there is more.
    pub(super) async fn read_on(&self) -> bool {
        let reader = &self.inner.reader;
        let has_none = reader.loaded().is_some_and(|models| models.is_empty());
        if has_none || self.current().is_read {
            return false;
        }
        let (knowledge, read) = (self.clone(), self.current());
        let of = read.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let reader = &knowledge.inner.reader;
            let models = reader.loaded().unwrap_or_else(|| reader.load());
            !models.is_empty() && reader.read_some(&models, &of)
        });
        if reading.await.unwrap_or(false) {
            return true;
        }
        let _turn = self.inner.refreshing.lock().await;
        let current = self.current();
        let models = reader.models();
        if models.is_empty() {
            return false;
        }
        if !Arc::ptr_eq(&current, &read) {
            // Somebody else brought changes over meanwhile: read those first.
            return true;
        }
        let learned = tokio::task::spawn_blocking(move || {
            let learned = trained(&current, Some(&models));
            models.tidy(learned.lessons().iter());
            for (language, _) in models.describe() {
                let takes_part = learned.answerer.has_own_model(language);
                tracing::info!(%language, takes_part, "the model of sentences has read the articles");
            }
            learned
        });
        match learned.await {
            // Everything that can be read is: what is missing has no room.
            Ok(learned) => self.put(Arc::new(Current {
                is_read: true,
                ..learned
            })),
            Err(error) => tracing::error!(%error, "the bot has not learned what the model of sentences read"),
        }
        false
    }

    /// The models, with what a trial of these articles still needs; a little is read at once, much goes without.
    pub(super) fn models_for(&self, articles: &[Article]) -> Semantics {
        let models = self.inner.reader.models();
        if !models.is_empty() {
            let mut missing = models.missing(articles.iter());
            missing.truncate(MOST_OF_TRIAL);
            if let Err((language, error)) = models.learn(&missing) {
                tracing::warn!(%language, %error, "a trial is made without the model of sentences");
                return models.without(language);
            }
        }
        models
    }
}
