//! The knowledge base: articles, their index, search, the answerer, import and evaluation.
//!
//! Entry points: [`import::import_dir`] reads Markdown, [`index::Index`] keeps what is searched,
//! [`index::Index::search`] serves people, [`answerer::Answerer`] serves the bot, and
//! [`eval::evaluate`] measures it. The database is the truth, in [`store`]; [`knowledge::Knowledge`]
//! keeps index and answerer of a process in step with it. Everything else is given articles as
//! values and can be rebuilt from them at any time.

pub mod analysis;
pub mod answerer;
pub mod article;
pub mod categories;
pub mod curve;
pub mod days;
pub mod decisions;
pub mod diff;
pub mod drafts;
pub mod eval;
pub mod examples;
pub mod export;
pub mod feedback;
pub mod files;
mod form;
pub mod gaps;
pub mod import;
pub mod index;
pub mod knowledge;
pub mod markdown;
mod model;
pub mod overview;
pub mod page;
pub mod redact;
pub mod sample;
mod search;
pub mod semantics;
pub mod settings;
pub mod slugs;
pub mod store;
pub mod synonyms;

pub use answerer::{Answerer, Candidate};
pub use article::{Article, ArticleKind, ArticleStatus, Audience, Passage, Place, passages};
pub use index::{Index, IndexError, Opened};
pub use knowledge::Knowledge;
pub use search::Hit;
pub use settings::ANSWER_AT;
pub use settings::Settings;
