//! Finding messages, contacts and tickets by their words.
//!
//! Each process that answers agents keeps an index of its own in its data folder and follows the
//! event log with it ([`follow`]): nobody has to own anything, and an index that is lost or damaged
//! is built anew from the database, which is the truth. [`query`] reads what people type,
//! [`find`] answers it, [`snippet`] shows why something was found.
//!
//! Nothing is decided here about who may see what: callers load what was found through `access`.

pub mod find;
pub mod follow;
pub mod index;
pub mod query;
mod similar;
pub mod snippet;

pub use find::{Find, Found};
pub use index::{Progress, Search, SearchError};
pub use query::{Query, Unread, Wanted};
