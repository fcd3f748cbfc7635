//! Servers for tests: each is started on a free loopback port in a temporary folder, checked by its
//! own protocol before a test sees it, and gone when the test, or the whole test process, ends.
//!
//! ```ignore
//! #[tokio::test]
//! async fn a_mail_becomes_a_conversation() {
//!     let dovecot = need!(Dovecot::start().await);
//!     let app = need!(App::new().set("database.url", need!(fresh_database().await)).start().await);
//!     …
//! }
//! ```
//!
//! A service that is not installed is skipped with a loud line on a laptop and fails the test where
//! `CI=true`; [`need!`](crate::need) is the one place that decides.

mod api;
mod app;
mod balance;
mod browser;
mod chaos;
mod dovecot;
mod exim;
mod fake_imap;
mod fake_smtp;
mod machine;
pub mod oidc;
mod otlp;
mod people;
mod poll;
mod ports;
mod postgres;
mod process;
mod redis;
mod s3;
mod service;
pub mod stripe;
mod tls;

pub use api::Api;
pub use app::{App, Output, Running, binary, http};
pub use balance::Balance;
pub use browser::Browser;
pub use chaos::{ChaosProxy, Mode};
pub use dovecot::{Dovecot, PASSWORD, Stored};
pub use exim::Exim;
pub use fake_imap::{Cut, FakeImap};
pub use fake_smtp::{Action, FakeSmtp, Received, Stage};
pub use machine::Machine;
pub use otlp::{Otlp, Traced};
pub use poll::{DEADLINE, eventually, eventually_within};
pub use ports::Port;
pub use postgres::{Postgres, fresh_database, postgres};
pub use process::WorkDir;
pub use redis::{Data, Redis};
pub use s3::S3;
pub use service::{Missing, Skip, missing_or_panic, program};
pub use tls::{Certificate, certificate, client_config, own_certificate};
