//! What texts mean: the table of words that comes with the program, or a model in a folder of the business's own,
//! turns questions and passages into vectors, and the answerer learns what they are worth.
//!
//! Everything here works on the trait [`Embedder`]; reading a model's folder needs the cargo feature
//! `semantics`. A language with neither is answered as ever: nothing of another language's model reaches it.

mod arithmetic;
pub(crate) mod background;
mod both;
mod bridge;
mod bytes;
#[cfg(feature = "semantics")]
mod encoder;
#[cfg(feature = "semantics")]
mod fixed;
#[cfg(feature = "semantics")]
mod folder;
mod meanings;
mod sentences;
mod shipped;
mod table;
mod trilingual;
mod vector;
mod vectors;
mod vocabulary;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::types::Language;

use crate::article::{Article, passages};
pub(crate) use vector::{Vector, dot, normalise};
use vectors::Vectors;

/// With a smaller share of the texts read, vectors say more about which were read than about a question.
pub(crate) const ENOUGH: f32 = 0.9;
/// Questions whose vectors are kept, because the same one is asked several times while it is decided on.
const ASKED: usize = 32;
/// Numbers that the vectors of one model may have in memory: 256 MB. What is beyond goes without.
const MOST_NUMBERS: usize = 64 * 1024 * 1024;

/// What a text is: some models read questions and passages differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// What a customer asks, an example question or a headline.
    Question,
    /// A part of an article.
    Passage,
}

/// What is believed of a model before anything was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nothing: it takes part where it answers held-out questions better.
    MustEarn,
    /// It takes part unless it answers held-out questions worse.
    UnlessHarmful,
    /// The same, and also where there are too few questions to tell.
    Always,
}

/// A model that turns texts into vectors.
pub trait Embedder: Send + Sync {
    /// Numbers of one vector.
    fn dimensions(&self) -> usize;

    /// How many more numbers follow each vector, of unit length, too: what the model said on the way there. They tell
    /// apart the articles of a base that has examples enough, and say nothing of nearness.
    fn further(&self) -> usize {
        0
    }

    /// Names the very weights: vectors of one model mean nothing to another.
    fn fingerprint(&self) -> [u8; 32];

    /// What it is, for people: "BERT, 6 layers, 384 numbers".
    fn describe(&self) -> String;

    /// A vector of unit length for each text, in order, and what is [further](Self::further) behind it; zeros for a text
    /// in which the model knows no word.
    ///
    /// # Errors
    /// The model cannot be run on them.
    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError>;

    /// Whether a text costs so little that its vector is made whenever it is wanted, and kept nowhere.
    fn is_quick(&self) -> bool {
        false
    }

    /// Texts of one language that it is worth reading; a base with more goes without it.
    fn most_texts(&self) -> usize {
        usize::MAX
    }

    /// How far it is believed before a base's own questions have shown what it is worth.
    fn trust(&self) -> Trust {
        Trust::MustEarn
    }
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SemanticsError {
    /// A file is missing, cannot be read, or is not what it should be.
    #[error("{}: {what}", path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// This program was built without it.
    #[error(
        "{}: this switchboard was built without sentence embeddings; build it with `--features semantics`, or take the setting away",
        path.display()
    )]
    NotBuiltIn {
        /// The folder that is configured.
        path: PathBuf,
    },
    /// The model cannot be run.
    #[error("the model cannot be run: {0}")]
    Model(String),
}

/// Whether this program can read models at all.
pub const fn is_built_in() -> bool {
    cfg!(feature = "semantics")
}

/// Reads a model out of the folder that a model hub gives: `config.json`, `tokenizer.json` and
/// `model.safetensors`. Takes seconds for a large one; call it off the async threads.
///
/// # Errors
/// Names the file, and what is wrong with it.
#[cfg(feature = "semantics")]
pub fn load(folder: &Path) -> Result<Arc<dyn Embedder>, SemanticsError> {
    folder::load(folder)
}

/// As with the feature `semantics`, which this program was built without.
///
/// # Errors
/// Always.
#[cfg(not(feature = "semantics"))]
pub fn load(folder: &Path) -> Result<Arc<dyn Embedder>, SemanticsError> {
    Err(SemanticsError::NotBuiltIn {
        path: folder.to_owned(),
    })
}

/// Where vectors are kept from one start to the next.
#[derive(Debug, Clone)]
pub struct Cache {
    /// A folder of their own.
    pub folder: PathBuf,
    /// Whether this process may write there; one at a time does.
    pub is_ours: bool,
}

/// The models of a process, by the language that each was configured for, and the models and tables that come with
/// the program. Empty by default. Cheap to clone.
#[derive(Clone, Default)]
pub struct Semantics {
    by_language: BTreeMap<Language, Arc<Meaning>>,
    /// Models that come with the program.
    sentences: BTreeMap<Language, Arc<Meaning>>,
    tables: BTreeMap<Language, Arc<Meaning>>,
}

impl Semantics {
    /// What every installation has: what comes with the program, and where its model keeps its vectors.
    pub fn shipped(cache: Option<&Cache>) -> Semantics {
        type Shipped = fn(Language) -> Option<Arc<dyn Embedder>>;
        let all = |shipped: Shipped, cache: Option<&Cache>| {
            let meaning = |&language| Some((language, Arc::new(Meaning::new(shipped(language)?, cache))));
            Language::ALL.iter().filter_map(meaning).collect()
        };
        Semantics {
            by_language: BTreeMap::new(),
            sentences: all(both::shipped, cache),
            tables: all(shipped::table, None),
        }
    }

    /// As shipped, with the models of these folders; languages with one folder share one model. What cannot be
    /// read is left out and comes back with its reason.
    pub fn load(
        folders: &BTreeMap<Language, PathBuf>,
        cache: Option<&Cache>,
    ) -> (Semantics, Vec<(Language, SemanticsError)>) {
        let mut read: BTreeMap<&Path, Arc<Meaning>> = BTreeMap::new();
        let mut semantics = Semantics::shipped(cache);
        let mut failed = Vec::new();
        for (&language, folder) in folders {
            let known = read.get(folder.as_path()).cloned();
            let meaning = known.map_or_else(|| load(folder).map(|model| Arc::new(Meaning::new(model, cache))), Ok);
            match meaning {
                Ok(meaning) => {
                    read.insert(folder, meaning.clone());
                    semantics.by_language.insert(language, meaning);
                }
                Err(error) => failed.push((language, error)),
            }
        }
        (semantics, failed)
    }

    /// The same with a model of one's own for a language.
    #[must_use]
    pub fn with(mut self, language: Language, embedder: Arc<dyn Embedder>) -> Semantics {
        self.by_language
            .insert(language, Arc::new(Meaning::new(embedder, None)));
        self
    }

    /// The same without the first model that reads a language's articles.
    #[must_use]
    pub(crate) fn without(mut self, language: Language) -> Semantics {
        if self.by_language.remove(&language).is_none() {
            self.sentences.remove(&language);
        }
        self
    }

    /// Whether there is nothing that must have read the articles before it takes part.
    pub fn is_empty(&self) -> bool {
        self.by_language.is_empty() && self.sentences.is_empty()
    }

    /// What each model of the business's own is, for people.
    pub fn describe(&self) -> Vec<(Language, String)> {
        self.by_language
            .iter()
            .map(|(&language, meaning)| (language, meaning.embedder.describe()))
            .collect()
    }

    /// What reads a language's articles: the business's own model, and the one that comes with the program.
    fn readers_of(&self, language: Language) -> impl Iterator<Item = &Arc<Meaning>> {
        [&self.by_language, &self.sentences]
            .into_iter()
            .filter_map(move |models| models.get(&language))
    }

    /// All that reads articles, each with its language.
    fn readers(&self) -> impl Iterator<Item = (Language, &Arc<Meaning>)> {
        Language::ALL
            .iter()
            .flat_map(|&language| self.readers_of(language).map(move |meaning| (language, meaning)))
    }

    /// What may take part in the answers from these articles of a language, what is believed to be best first:
    /// models that have read most of them, and the table.
    pub(crate) fn of<'a>(
        &'a self,
        language: Language,
        articles: &'a [&'a Article],
    ) -> impl Iterator<Item = &'a Arc<Meaning>> {
        self.readers_of(language)
            .filter(|meaning| meaning.has_read(articles))
            .chain(self.tables.get(&language))
    }

    /// The texts of published articles that have no vector yet.
    pub(crate) fn missing<'a>(
        &self,
        articles: impl Iterator<Item = &'a Article> + Clone,
    ) -> Vec<(Language, Role, String)> {
        let mut missing = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (language, meaning) in self.readers() {
            let own = articles.clone().filter(|article| article.language == language);
            if !meaning.is_for(own.clone()) {
                continue;
            }
            for (role, text) in own.flat_map(texts) {
                if meaning.has_room(missing.len()) && !meaning.knows(role, &text) {
                    let one = (language, role, text);
                    if seen.insert(one.clone()) {
                        missing.push(one);
                    }
                }
            }
        }
        // The articles of all languages first.
        for (language, meaning) in self.background_readers() {
            let own = articles.clone().filter(|article| article.language == language);
            if !meaning.is_for(own.clone()) {
                continue;
            }
            for (role, text) in background::texts(language, own) {
                if meaning.has_room(missing.len()) && !meaning.knows(role, &text) {
                    missing.push((language, role, text));
                }
            }
        }
        missing
    }

    /// What reads the background: the models that come with the program.
    fn background_readers(&self) -> impl Iterator<Item = (Language, &Arc<Meaning>)> {
        self.sentences.iter().map(|(&language, meaning)| (language, meaning))
    }

    /// Gives these texts their vectors; a language whose model fails comes back with the reason.
    pub(crate) fn learn(&self, texts: &[(Language, Role, String)]) -> Result<(), (Language, SemanticsError)> {
        for (language, meaning) in self.readers() {
            for role in [Role::Question, Role::Passage] {
                let own: Vec<&str> = texts
                    .iter()
                    .filter(|text| (text.0, text.1) == (language, role) && !meaning.knows(role, &text.2))
                    .map(|text| text.2.as_str())
                    .collect();
                if !own.is_empty() {
                    meaning.learn(role, &own).map_err(|error| (language, error))?;
                }
            }
        }
        Ok(())
    }

    /// Gives all texts of articles their vectors, on all cores and however long it takes: for an evaluation.
    ///
    /// # Errors
    /// The language whose model cannot be run.
    pub fn learn_all(&self, articles: &[Article]) -> Result<(), (Language, SemanticsError)> {
        let missing = self.missing(articles.iter());
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = missing.len().div_ceil(cores).max(1);
        std::thread::scope(|scope| {
            let shares: Vec<_> = missing
                .chunks(share)
                .map(|some| scope.spawn(|| self.learn(some)))
                .collect();
            shares.into_iter().try_for_each(|share| share.join().unwrap_or(Ok(())))
        })
    }

    /// Forgets, in memory and on disk, the vectors of texts that no article has any longer, where they are many.
    pub(crate) fn tidy<'a>(&self, articles: impl Iterator<Item = &'a Article> + Clone) {
        let mut kept: Vec<(&Arc<Meaning>, Vec<vectors::Key>)> = Vec::new();
        for (language, meaning) in self.readers() {
            let keys = articles
                .clone()
                .filter(|article| article.language == language)
                .flat_map(texts)
                .map(|(role, text)| vectors::key(role, &text));
            match kept.iter_mut().find(|(other, _)| Arc::ptr_eq(other, meaning)) {
                Some((_, all)) => all.extend(keys),
                None => kept.push((meaning, keys.collect())),
            }
        }
        for (language, meaning) in self.background_readers() {
            let own = articles.clone().filter(|article| article.language == language);
            let keys = background::texts(language, own).map(|(role, text)| vectors::key(role, &text));
            if let Some((_, all)) = kept.iter_mut().find(|(other, _)| Arc::ptr_eq(other, meaning)) {
                all.extend(keys);
            }
        }
        for (meaning, keys) in kept {
            meaning.vectors().tidy(&keys);
        }
    }
}

/// The texts of an article that get a vector, in the order in which they are learned: headline, example
/// questions, passages.
pub(crate) fn texts(article: &Article) -> Vec<(Role, String)> {
    let mut texts = vec![(Role::Question, article.title.clone())];
    texts.extend(
        article
            .questions
            .iter()
            .map(|question| (Role::Question, question.clone())),
    );
    texts.extend(passages(article).iter().map(|passage| {
        // The headline names what the passage is about.
        let parts = [article.title.as_str(), &passage.heading, &passage.text];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        (Role::Passage, parts.join(". "))
    }));
    texts
}

/// A model with the vectors that it has made.
pub(crate) struct Meaning {
    embedder: Arc<dyn Embedder>,
    vectors: Mutex<Vectors>,
    /// What was asked last.
    asked: Mutex<VecDeque<(String, Vector)>>,
}

impl Meaning {
    fn new(embedder: Arc<dyn Embedder>, cache: Option<&Cache>) -> Meaning {
        let vectors = Vectors::open(cache, &*embedder);
        Meaning {
            embedder,
            vectors: Mutex::new(vectors),
            asked: Mutex::default(),
        }
    }

    pub(crate) fn trust(&self) -> Trust {
        self.embedder.trust()
    }

    /// Whether it is asked for vectors when they are needed, not before.
    pub(crate) fn is_quick(&self) -> bool {
        self.embedder.is_quick()
    }

    fn vectors(&self) -> MutexGuard<'_, Vectors> {
        self.vectors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a base of these articles is one that it reads. Headlines and questions are counted: the rest is looked
    /// at only once it is read.
    fn is_for<'a>(&self, articles: impl Iterator<Item = &'a Article>) -> bool {
        let most = self.embedder.most_texts();
        most == usize::MAX || articles.map(|article| 1 + article.questions.len()).sum::<usize>() <= most
    }

    fn has_room(&self, more: usize) -> bool {
        (self.vectors().len() + more) * (self.embedder.dimensions() + self.embedder.further()) < MOST_NUMBERS
    }

    fn knows(&self, role: Role, text: &str) -> bool {
        self.known(role, text).is_some()
    }

    /// Whether it has made vectors of as many of these articles' texts as the answerer wants.
    fn has_read(&self, articles: &[&Article]) -> bool {
        if self.is_quick() {
            return true;
        }
        if !self.is_for(articles.iter().copied()) {
            return false;
        }
        let (mut read, mut all) = (0, 0);
        for (role, text) in articles.iter().flat_map(|article| texts(article)) {
            all += 1;
            read += usize::from(self.knows(role, &text));
        }
        read as f32 >= ENOUGH * all as f32
    }

    /// The vector of a text that was learned, or costs nothing.
    pub(crate) fn known(&self, role: Role, text: &str) -> Option<Vector> {
        if self.is_quick() {
            return self.checked(role, &[text]).ok()?.pop();
        }
        self.vectors().get(&vectors::key(role, text))
    }

    fn learn(&self, role: Role, texts: &[&str]) -> Result<(), SemanticsError> {
        // A few at a time: what is made is kept even when the process ends.
        for some in texts.chunks(16) {
            let made = self.checked(role, some)?;
            self.vectors()
                .add(some.iter().map(|text| vectors::key(role, text)).zip(made));
        }
        Ok(())
    }

    /// The vector of what is asked now; `None`, and a word in the log, when the model fails.
    pub(crate) fn question(&self, text: &str) -> Option<Vector> {
        let asked = || self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, vector)) = asked().iter().find(|(known, _)| known == text) {
            return Some(vector.clone());
        }
        let made = match self.checked(Role::Question, &[text]) {
            Ok(made) => made.into_iter().next()?,
            Err(error) => {
                tracing::warn!(%error, "a question is answered without its meaning");
                return None;
            }
        };
        let mut asked = asked();
        if asked.len() == ASKED {
            asked.pop_front();
        }
        asked.push_back((text.to_owned(), made.clone()));
        Some(made)
    }

    /// Vectors as they were promised.
    fn checked(&self, role: Role, texts: &[&str]) -> Result<Vec<Vector>, SemanticsError> {
        let made = self.embedder.embed(role, texts)?;
        let dimensions = self.embedder.dimensions();
        let whole = dimensions + self.embedder.further();
        let is_sound = |vector: &Vec<f32>| vector.len() == whole && vector.iter().all(|number| number.is_finite());
        if made.len() != texts.len() || !made.iter().all(is_sound) {
            return Err(SemanticsError::Model(
                "it gives no finite numbers; its weights are damaged".to_owned(),
            ));
        }
        Ok(made.iter().map(|numbers| Vector::new(numbers, dimensions)).collect())
    }
}

#[cfg(test)]
pub(crate) mod tests;
