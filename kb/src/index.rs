//! The search index: tantivy, one text field per language and kind, passages as documents.
//!
//! The database is the truth. The caller keeps the watermark: it commits here first and then
//! remembers how far it got; repeating an [`Index::upsert`] is harmless. When [`Opened::Empty`]
//! comes back (first start, new schema, damaged files) the caller upserts every article again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use conversation::types::Language;
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

use crate::analysis;
use crate::article::{Article, ArticleStatus, passages};
use crate::markdown;

/// Counts up whenever fields or analysis change; an index of another version is built anew.
const SCHEMA_VERSION: &str = "1";
const VERSION_FILE: &str = "schema-version";
/// What tantivy asks for at least; one thread is plenty for articles.
const WRITER_MEMORY: usize = 20_000_000;

/// What can go wrong with the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The folder cannot be made, read or written.
    #[error("index folder {path}: {source}; check that it exists and may be written")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The folder holds something else, so it is not wiped.
    #[error("{path} holds files but no index; name an empty folder for the index")]
    NotAnIndex {
        /// The folder.
        path: PathBuf,
    },
    /// Another process writes to this index.
    #[error("the index is being written by another process; stop it or give this one its own data folder")]
    Locked,
    /// tantivy's own error.
    #[error("search index: {0}")]
    Tantivy(TantivyError),
}

impl From<TantivyError> for IndexError {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(..) => IndexError::Locked,
            other => IndexError::Tantivy(other),
        }
    }
}

/// What was found when the index was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It holds what was committed before.
    Existing,
    /// It is empty and wants every article; says why.
    Empty(EmptyBecause),
}

/// Why an index is empty after opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmptyBecause {
    /// There was none.
    New,
    /// It was made by another version of this program.
    OtherSchema,
    /// Its files were damaged and have been removed; what tantivy said.
    Damaged(String),
}

/// The fields of one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextFields {
    pub(crate) title: Field,
    pub(crate) questions: Field,
    pub(crate) heading: Field,
    pub(crate) body: Field,
}

#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) article: Field,
    pub(crate) stored_slug: Field,
    pub(crate) stored_title: Field,
    pub(crate) stored_heading: Field,
    pub(crate) stored_passage: Field,
    en: TextFields,
    es: TextFields,
    pt: TextFields,
}

impl Fields {
    pub(crate) fn of(&self, language: Language) -> TextFields {
        match language {
            Language::En => self.en,
            Language::Es => self.es,
            Language::Pt => self.pt,
        }
    }
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let article = builder.add_text_field("article", STRING | STORED);
    let stored_slug = builder.add_text_field("stored_slug", STORED);
    let stored_title = builder.add_text_field("stored_title", STORED);
    let stored_heading = builder.add_text_field("stored_heading", STORED);
    let stored_passage = builder.add_text_field("stored_passage", STORED);
    let mut text_fields = |language: Language| {
        let options = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(analysis::chain_name(language))
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        TextFields {
            title: builder.add_text_field(&format!("title_{language}"), options.clone()),
            questions: builder.add_text_field(&format!("questions_{language}"), options.clone()),
            heading: builder.add_text_field(&format!("heading_{language}"), options.clone()),
            body: builder.add_text_field(&format!("body_{language}"), options),
        }
    };
    let (en, es, pt) = (
        text_fields(Language::En),
        text_fields(Language::Es),
        text_fields(Language::Pt),
    );
    let fields = Fields {
        article,
        stored_slug,
        stored_title,
        stored_heading,
        stored_passage,
        en,
        es,
        pt,
    };
    (builder.build(), fields)
}

/// The search index. Reading never waits for writing; all methods block, so call them from
/// `spawn_blocking` where articles are many.
pub struct Index {
    pub(crate) index: tantivy::Index,
    pub(crate) reader: IndexReader,
    pub(crate) fields: Fields,
    staging: Mutex<Staging>,
    committing: Mutex<u64>,
}

struct Staging {
    writer: Option<IndexWriter>,
    /// Counts staged batches; a commit covers all that were staged before it began.
    staged: u64,
    /// Counts writers that failed: what was staged with one of them is gone.
    failures: u64,
}

impl Staging {
    fn fail(&mut self) {
        self.writer = None;
        self.failures += 1;
    }
}

impl Index {
    /// Opens the index in a folder, or makes one. A damaged or outdated index is removed and an
    /// empty one takes its place; [`Opened`] tells.
    ///
    /// # Errors
    /// The folder cannot be used, or holds files that are not an index (nothing is removed then).
    pub fn open_or_create(dir: &Path) -> Result<(Index, Opened), IndexError> {
        let folder_error = |source| IndexError::Folder {
            path: dir.to_owned(),
            source,
        };
        fs::create_dir_all(dir).map_err(folder_error)?;
        let version_file = dir.join(VERSION_FILE);
        let is_ours = version_file.exists() || dir.join("meta.json").exists();
        let is_empty = fs::read_dir(dir).map_err(folder_error)?.next().is_none();
        if !is_ours && !is_empty {
            return Err(IndexError::NotAnIndex { path: dir.to_owned() });
        }

        let because = if is_empty {
            EmptyBecause::New
        } else if fs::read_to_string(&version_file).unwrap_or_default().trim() != SCHEMA_VERSION {
            EmptyBecause::OtherSchema
        } else {
            match open_existing(dir) {
                Ok(index) => return Ok((index, Opened::Existing)),
                Err(IndexError::Locked) => return Err(IndexError::Locked),
                Err(error) => {
                    tracing::warn!(path = %dir.display(), %error, "search index damaged, building it anew");
                    EmptyBecause::Damaged(error.to_string())
                }
            }
        };
        wipe(dir).map_err(folder_error)?;
        // The version comes first: a folder with this file and nothing else is recognised as ours.
        fs::write(&version_file, SCHEMA_VERSION).map_err(folder_error)?;
        let (schema, fields) = schema();
        let index = tantivy::Index::create_in_dir(dir, schema)?;
        Ok((Index::over(index, fields)?, Opened::Empty(because)))
    }

    /// An index that lives as long as the process: for the demo, `kb search` and tests.
    ///
    /// # Errors
    /// tantivy cannot start its threads.
    pub fn in_memory() -> Result<Index, IndexError> {
        let (schema, fields) = schema();
        Index::over(tantivy::Index::create_in_ram(schema), fields)
    }

    fn over(index: tantivy::Index, fields: Fields) -> Result<Index, IndexError> {
        for &language in Language::ALL {
            index
                .tokenizers()
                .register(analysis::chain_name(language), analysis::index_chain(language));
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Index {
            index,
            reader,
            fields,
            staging: Mutex::new(Staging {
                writer: None,
                staged: 0,
                failures: 0,
            }),
            committing: Mutex::new(0),
        })
    }

    /// Puts articles in, replacing earlier versions; drafts are taken out. When this returns they
    /// are durable and found. Callers at the same time share one commit.
    ///
    /// # Errors
    /// Another process holds the index, or the disk refuses.
    pub fn upsert(&self, articles: &[Article]) -> Result<(), IndexError> {
        if articles.is_empty() {
            return Ok(());
        }
        self.write(|writer, fields| {
            for article in articles {
                writer.delete_term(Term::from_field_text(fields.article, &article.id));
                if article.status == ArticleStatus::Published {
                    for document in documents(article, fields) {
                        writer.add_document(document)?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Takes articles out by id; unknown ids are fine.
    ///
    /// # Errors
    /// Another process holds the index, or the disk refuses.
    pub fn remove<S: AsRef<str>>(&self, ids: &[S]) -> Result<(), IndexError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.write(|writer, fields| {
            for id in ids {
                writer.delete_term(Term::from_field_text(fields.article, id.as_ref()));
            }
            Ok(())
        })
    }

    /// Takes everything out, for a rebuild that also forgets deleted articles.
    ///
    /// # Errors
    /// Another process holds the index, or the disk refuses.
    pub fn clear(&self) -> Result<(), IndexError> {
        self.write(|writer, _| writer.delete_all_documents().map(|_| ()))
    }

    fn write(&self, stage: impl FnOnce(&IndexWriter, &Fields) -> Result<(), TantivyError>) -> Result<(), IndexError> {
        let (ticket, failures) = {
            let mut staging = lock(&self.staging);
            if staging.writer.is_none() {
                staging.writer = Some(self.index.writer_with_num_threads(1, WRITER_MEMORY)?);
            }
            let Some(writer) = staging.writer.as_ref() else {
                return Err(IndexError::Locked);
            };
            if let Err(error) = stage(writer, &self.fields) {
                // A writer that failed may have lost its thread: start afresh with the next batch.
                staging.fail();
                return Err(error.into());
            }
            staging.staged += 1;
            (staging.staged, staging.failures)
        };

        let mut committed = lock(&self.committing);
        if *committed >= ticket {
            return Ok(());
        }
        let mut staging = lock(&self.staging);
        let covers = staging.staged;
        let staging_failures = staging.failures;
        let outcome = match staging.writer.as_mut() {
            Some(writer) if failures == staging_failures => writer.commit().map(|_| ()),
            _ => Err(TantivyError::ErrorInThread(
                "a batch staged beside this one failed; repeat this one".to_owned(),
            )),
        };
        if let Err(error) = outcome {
            if failures == staging_failures {
                staging.fail();
            }
            return Err(error.into());
        }
        drop(staging);
        self.reader.reload()?;
        *committed = covers;
        Ok(())
    }

    /// Documents that can be found: passages, and one lead per article.
    pub fn documents(&self) -> u64 {
        self.reader.searcher().num_docs()
    }
}

fn open_existing(dir: &Path) -> Result<Index, IndexError> {
    let index = tantivy::Index::open_in_dir(dir)?;
    let damaged = index.validate_checksum()?;
    if !damaged.is_empty() {
        let names: Vec<_> = damaged.iter().map(|path| path.display().to_string()).collect();
        return Err(TantivyError::SystemError(format!("wrong checksum of {}", names.join(", "))).into());
    }
    let (schema, fields) = schema();
    if index.schema() != schema {
        return Err(TantivyError::SchemaError("fields differ".to_owned()).into());
    }
    Index::over(index, fields)
}

/// Removes the files of a folder, not the folder (it may be a mount) and no folders in it.
fn wipe(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A poisoned lock only means that another caller panicked; the writer behind it is replaced when
/// it fails.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lead that carries title and questions, and one document per passage.
fn documents(article: &Article, fields: &Fields) -> Vec<TantivyDocument> {
    let text = fields.of(article.language);
    let cut = passages(article);
    let mut lead = base(article, fields);
    lead.add_text(text.title, &article.title);
    for question in &article.questions {
        lead.add_text(text.questions, question);
    }
    if let Some(first) = cut.first() {
        lead.add_text(fields.stored_heading, &first.heading);
        lead.add_text(fields.stored_passage, &first.text);
    } else {
        lead.add_text(fields.stored_passage, markdown::to_text(&article.body));
    }

    let mut documents = vec![lead];
    for passage in cut {
        let mut document = base(article, fields);
        document.add_text(text.title, &article.title);
        document.add_text(text.heading, &passage.heading);
        document.add_text(text.body, &passage.text);
        document.add_text(fields.stored_heading, &passage.heading);
        document.add_text(fields.stored_passage, &passage.text);
        documents.push(document);
    }
    documents
}

fn base(article: &Article, fields: &Fields) -> TantivyDocument {
    let mut document = TantivyDocument::default();
    document.add_text(fields.article, &article.id);
    document.add_text(fields.stored_slug, &article.slug);
    document.add_text(fields.stored_title, &article.title);
    document
}

#[cfg(test)]
mod tests;
