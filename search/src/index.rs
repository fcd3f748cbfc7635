//! The index: its fields, its folder, and how far it has come.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use conversation::types::{Language, Position};
use kb::analysis;
use serde::{Deserialize, Serialize};
use tantivy::indexer::IndexWriterOptions;
use tantivy::merge_policy::LogMergePolicy;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyError};

/// Counts up whenever fields or analysis change; an index of another version is built anew.
const SCHEMA_VERSION: &str = "1";
const VERSION_FILE: &str = "schema-version";
/// The writer's buffer, in bytes: larger means fewer and larger pieces while an index is built.
const WRITER_MEMORY: usize = 60_000_000;
/// Segments with more documents are not merged further: a search that finds enough in the newest ones reads no older
/// ones, so its cost does not grow with the history.
const SEGMENT: usize = 500_000;
const FOLDED: &str = "folded";

/// What can go wrong with the index.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The folder cannot be made, read or written.
    #[error("search folder {path}: {source}; check that it exists and may be written")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// tantivy's own error.
    #[error("search index: {0}")]
    Tantivy(#[from] TantivyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] conversation::Error),
    /// A blocking task ended badly; it has said why.
    #[error("a search task ended before it was done")]
    Task,
}

/// How far an index has come; travels in its commits, so that it is always true.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Every event up to here is in.
    pub position: Position,
    /// While it is built: everything up to this id is in. `None` once it is whole.
    pub building: Option<Built>,
}

/// How far the first building has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// The last message.
    pub message: String,
    /// The last contact.
    pub contact: String,
    /// The last ticket.
    pub ticket: String,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) key: Field,
    pub(crate) kind: Field,
    pub(crate) conversation: Field,
    pub(crate) at: Field,
    pub(crate) words: Field,
    pub(crate) from: Field,
    pub(crate) to: Field,
    pub(crate) channel: Field,
    pub(crate) has_file: Field,
    stems: [Field; 3],
}

impl Fields {
    pub(crate) fn stems(&self, language: Language) -> Field {
        match language {
            Language::En => self.stems[0],
            Language::Es => self.stems[1],
            Language::Pt => self.stems[2],
        }
    }
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |chain: &str, option| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(chain)
                .set_fieldnorms(false)
                .set_index_option(option),
        )
    };
    let fields = Fields {
        key: builder.add_text_field("key", STRING | STORED),
        kind: builder.add_text_field("kind", STRING),
        conversation: builder.add_text_field("conversation", STRING | STORED),
        at: builder.add_i64_field("at", FAST | INDEXED),
        // With positions, for phrases.
        words: builder.add_text_field("words", text(FOLDED, IndexRecordOption::WithFreqsAndPositions)),
        from: builder.add_text_field("from", text(FOLDED, IndexRecordOption::Basic)),
        to: builder.add_text_field("to", text(FOLDED, IndexRecordOption::Basic)),
        channel: builder.add_text_field("channel", STRING),
        has_file: builder.add_text_field("has_file", STRING),
        stems: [Language::En, Language::Es, Language::Pt].map(|language| {
            builder.add_text_field(
                &format!("stems_{language}"),
                text(analysis::chain_name(language), IndexRecordOption::Basic),
            )
        }),
    };
    (builder.build(), fields)
}

/// The search of one process. Cheap to clone.
#[derive(Clone)]
pub struct Search {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) index: tantivy::Index,
    pub(crate) reader: IndexReader,
    pub(crate) fields: Fields,
    pub(crate) progress: Mutex<Progress>,
}

impl Search {
    /// Opens the index in a folder of its own, or makes one. One that is damaged or of another
    /// version is removed: it is built anew from the database.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(dir: &Path) -> Result<Search, SearchError> {
        let folder = |source| SearchError::Folder {
            path: dir.to_owned(),
            source,
        };
        std::fs::create_dir_all(dir).map_err(folder)?;
        let version = dir.join(VERSION_FILE);
        if std::fs::read_to_string(&version).unwrap_or_default().trim() == SCHEMA_VERSION {
            match tantivy::Index::open_in_dir(dir)
                .map_err(SearchError::from)
                .and_then(Search::over)
            {
                Ok(search) => return Ok(search),
                Err(error) => tracing::warn!(path = %dir.display(), %error, "the search index is built anew"),
            }
        }
        for entry in std::fs::read_dir(dir).map_err(folder)? {
            let path = entry.map_err(folder)?.path();
            if path.is_file() {
                std::fs::remove_file(path).map_err(folder)?;
            }
        }
        let index = tantivy::Index::create_in_dir(dir, schema().0)?;
        std::fs::write(&version, SCHEMA_VERSION).map_err(folder)?;
        Search::over(index)
    }

    /// An index that lives as long as the process: for the demo and for tests.
    ///
    /// # Errors
    /// tantivy cannot start.
    pub fn in_memory() -> Result<Search, SearchError> {
        Search::over(tantivy::Index::create_in_ram(schema().0))
    }

    fn over(index: tantivy::Index) -> Result<Search, SearchError> {
        for &language in Language::ALL {
            index
                .tokenizers()
                .register(analysis::chain_name(language), analysis::index_chain(language));
        }
        index.tokenizers().register(FOLDED, analysis::folding_chain());
        let progress = index
            .load_metas()?
            .payload
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or(Progress {
                position: -1,
                building: Some(Built::default()),
            });
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Search {
            inner: Arc::new(Inner {
                index,
                reader,
                fields: schema().1,
                progress: Mutex::new(progress),
            }),
        })
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.inner
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether everything is in but for the last moments.
    pub fn is_whole(&self) -> bool {
        self.progress().building.is_none()
    }

    /// How many things can be found.
    pub fn count(&self) -> u64 {
        self.inner.reader.searcher().num_docs()
    }

    pub(crate) fn remember(&self, progress: &Progress) {
        *self.inner.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress.clone();
    }

    pub(crate) fn writer(&self) -> Result<IndexWriter, SearchError> {
        let one_of_each = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_MEMORY)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = self.inner.index.writer_with_options(one_of_each)?;
        let mut merging = LogMergePolicy::default();
        merging.set_max_docs_before_merge(SEGMENT);
        writer.set_merge_policy(Box::new(merging));
        Ok(writer)
    }

    /// Makes what was written durable and found, together with how far that is.
    pub(crate) fn commit(&self, writer: &mut IndexWriter, progress: &Progress) -> Result<(), SearchError> {
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(&serde_json::to_string(progress).unwrap_or_default());
        prepared.commit()?;
        self.inner.reader.reload()?;
        self.remember(progress);
        Ok(())
    }
}
